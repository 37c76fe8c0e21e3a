"""What holds for every registered outcome, by its name, on a short run in which much happens."""

import math
import re

import polars as pl
import pytest

from simulation import Hashtag, Moderation, SupportNetworkModel
from simulation.generators import ROLES, SPECIALTIES
from simulation.outcomes import OUTCOMES
from simulation.population import PUBLIC

DAYS = 15
GROUPS = {
    "all",
    *(f"role={role}" for role in ROLES[:PUBLIC]),
    *(f"specialty={specialty}" for specialty in SPECIALTIES),
    *(f"{name}={answer}" for name in ("trainee", "struggler") for answer in ("yes", "no")),
}
LASTING = {f"{name}={third}" for name in ("visibility", "stigma") for third in ("low", "middle", "high")}
"""Groups that are taken at the end alone."""
SIGNED = {"descriptive_gap", "gap_network", "gap_prior", "gap_silence", "injunctive_gap"}
"""Differences of shares; every other share lies between 0 and 1."""
RARE = {
    "sensor_quality",
    "disclosure_after_removal",
    "disclosure_of_matched",
    "chilling_ratio",
    "trainee_faculty_ratio",
    "specialty_ratio",
    *(name for name in OUTCOMES if name.startswith("chat_")),
}
"""Outcomes that a short run may have no case for."""


@pytest.fixture(scope="module")
def rows():
    """Outcomes of a run with a tag and a desk."""
    model = SupportNetworkModel(
        agents=250, days=DAYS, warmup_days=2, rng=5, disclosure__intercept=-1.0, reactions__reply=0.3,
        adoption__first_exposure=0.1, reactions__derogatory=0.2, help__hazard_student=0.02, reactions__retweet=0.03,
        reactions__struggle_reply=10.0, reading__search_others=0.5,
        interventions=[
            Hashtag(seeds={"share": 0.1}),
            Moderation(regime="automatic_review", false_positive_rate=0.3, reports_needed=1),
        ],
    )  # fmt: skip
    model.run()
    return model.outcomes


def of(rows, name, group=None):
    """The rows of an outcome, of one group where one is named."""
    mine = rows.filter(pl.col("outcome") == name)
    return mine if group is None else mine.filter(pl.col("group") == group)


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_says_what_it_is(name):
    outcome = OUTCOMES[name]
    assert re.fullmatch(r"[a-z0-9_]+", name)
    assert outcome.name == name
    assert outcome.description.endswith(".")
    assert outcome.unit
    assert outcome.direction in {"higher", "lower", "none"}
    assert (outcome.ratio is None) != (outcome.subset is None)


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_is_taken_when_it_is_due_and_for_its_groups(name, rows):
    outcome, mine = OUTCOMES[name], of(rows, name)
    days = list(range(DAYS + 1)) if outcome.due == "daily" else [DAYS]
    assert sorted(set(mine["day"])) == days
    by_tag = mine.filter(pl.col("group") == "tag=general support")
    mine = mine.filter(pl.col("group") != "tag=general support")
    at_end = mine.filter(pl.col("day") == DAYS)
    assert set(at_end["group"]) == (GROUPS | LASTING if outcome.grouped else {"all"})
    assert set(mine.filter(pl.col("day") < DAYS)["group"]) <= GROUPS
    daily = GROUPS if outcome.grouped else {"all"}
    assert mine.height == (len(days) - 1) * len(daily) + len(set(at_end["group"]))
    assert by_tag["day"].to_list() == ([day for day in days if day > 0] if outcome.by_tag else [])


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_is_a_number_or_nothing(name, rows):
    values = of(rows, name)["value"]
    assert values.dtype == pl.Float64
    assert all(math.isfinite(value) for value in values.drop_nulls())
    if name not in RARE:
        assert of(rows, name, "all")["value"][-1] is not None


@pytest.mark.parametrize("name", [name for name in OUTCOMES if OUTCOMES[name].unit == "share"])
def test_a_share_lies_between_0_and_1(name, rows):
    values = of(rows, name)["value"].drop_nulls()
    low = -1.0 if name in SIGNED else 0.0
    assert values.is_between(low - 1e-12, 1.0 + 1e-12).all()


@pytest.mark.parametrize("name", [name for name in OUTCOMES if OUTCOMES[name].unit != "share" and name not in RARE])
def test_amounts_are_not_negative(name, rows):
    if OUTCOMES[name].unit != "1" and name != "support_concentration":
        assert (of(rows, name)["value"].drop_nulls() >= 0).all()


@pytest.mark.parametrize("name", ["struggle_posts", "adopters"])
@pytest.mark.parametrize("division", ["role", "trainee", "specialty", "struggler"])
def test_counts_of_groups_add_up_to_the_count_of_all(name, division, rows):
    mine = of(rows, name)
    parts = mine.filter(pl.col("group").str.starts_with(f"{division}=")).group_by("day").agg(pl.col("value").sum())
    whole = of(rows, name, "all").join(parts, on="day", suffix="_of_parts")
    assert whole["value"].max() > 0
    assert whole["value"].to_list() == whole["value_of_parts"].to_list()


@pytest.mark.parametrize("division", ["role", "trainee", "specialty", "struggler"])
@pytest.mark.parametrize("name", ["normalization", "supported_within_24h", "harm_exposure", "retweeted"])
def test_the_value_of_all_lies_between_those_of_its_groups(name, division, rows):
    last = of(rows, name).filter(pl.col("day") == DAYS)
    parts = last.filter(pl.col("group").str.starts_with(f"{division}="))["value"].drop_nulls()
    assert parts.min() - 1e-9 <= last.filter(pl.col("group") == "all")["value"][0] <= parts.max() + 1e-9


@pytest.mark.parametrize("day", range(DAYS + 1))
def test_the_descriptive_gap_is_split_exactly_every_day_and_for_every_group(day, rows):
    today = rows.filter(pl.col("day") == day)
    parts = today.filter(pl.col("outcome").str.starts_with("gap_")).group_by("group").agg(pl.col("value").sum())
    both = today.filter(pl.col("outcome") == "descriptive_gap").join(parts, on="group", suffix="_of_parts")
    assert both.height == len(GROUPS | LASTING if day == DAYS else GROUPS)
    both = both.drop_nulls("value")
    assert both["value"].to_list() == pytest.approx(both["value_of_parts"].to_list(), abs=1e-12)


def test_types_of_harm_add_up_to_harm_exposure(rows):
    types = ("irrelevant", "misinformation", "derogatory", "privacy", "copyright")
    parts = [of(rows, f"harm_{name}", "all")["value"][-1] for name in types]
    assert all(part > 0 for part in parts)
    assert sum(parts) == pytest.approx(of(rows, "harm_exposure", "all")["value"][-1])


@pytest.mark.parametrize("name", ["struggle_posts", "adopters", "adoption", "help_seeking", "disclosing"])
def test_what_accumulates_never_falls(name, rows):
    values = of(rows, name, "all")["value"].to_list()
    assert values == sorted(values)
    assert values[-1] > 0
