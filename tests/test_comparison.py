"""Comparisons of made-up results whose truth is known, and of one small study of equal arms that is really run."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from typer.testing import CliRunner

from experiments import Adaptive, Arm, Costs, Study, compare, comparing
from experiments.cli import app
from experiments.comparison import costs as efforts
from experiments.comparison import deciding
from experiments.comparison.schemas import (
    ARMS,
    COSTS,
    DECIDING,
    DIFFERENCES,
    GROUP_ARMS,
    GROUP_DIFFERENCES,
    POOLED,
    REGRET,
    RIDGE,
    ROBUSTNESS,
    TRADEOFFS,
)
from experiments.comparison.tradeoffs import dominates
from experiments.designs import LatinHypercube, Ridge
from experiments.factors import Range
from simulation import INTERVENTIONS, Hashtag, InputError, Moderation, Parameters
from tests.made_up import made_up
from tests.sweeps import tiny

LUCK = np.random.default_rng(1).normal(size=(1_000, 8))
"""Luck of replicates: of both arms, then of single ones."""
NASTY = ['<script>alert("x")</script>', "a 'quoted' \"arm\"", "tag 🙂", "=1+1", "a; b\\n"]
HALVES = ("all", "role=student", "role=faculty", "visibility=low", "visibility=high", "stigma=low", "stigma=high")


def paired(effect, noise=0.3, shared=1.0):
    """Values of arms `none` and `tag` whose true difference is `effect`, with luck that they share."""

    def value(_scenario, arm, replicate, _outcome, _group):
        own = LUCK[replicate, 1 if arm == "none" else 2]
        return 10 + shared * LUCK[replicate, 0] + noise * own + (effect if arm == "tag" else 0.0)

    return value


def row_of(table, **wanted):
    """The one row with these values."""
    found = table.filter(*(pl.col(name) == value for name, value in wanted.items()))
    assert found.height == 1, found
    return found.to_dicts()[0]


# --- paired differences -----------------------------------------------------------------------------------------------


def test_a_known_difference_is_found_with_sign_size_and_interval(tmp_path):
    row = row_of(compare(made_up(tmp_path, paired(1.0)), "normalization").table, arm="tag")
    assert row["lower"] < 1.0 < row["upper"]
    assert row["difference"] == pytest.approx(row["mean_arm"] - row["mean_baseline"])
    assert row["relative"] == pytest.approx(row["difference"] / row["mean_baseline"])
    assert (row["verdict"], row["share_better"], row["replicates"], row["method"]) == ("better", 1.0, 30, "bca")
    assert row["chance_best"] == 1.0


def test_of_an_outcome_of_which_less_is_better_a_fall_is_better(tmp_path):
    row = row_of(compare(made_up(tmp_path, paired(-1.0), outcomes=["harm_exposure"])).table, arm="tag")
    assert (row["verdict"], row["share_better"], row["share_higher"], row["chance_best"]) == ("better", 1.0, 0.0, 1.0)


def test_of_an_outcome_without_a_direction_nobody_says_what_is_better(tmp_path):
    row = row_of(compare(made_up(tmp_path, paired(1.0), outcomes=["adoption"])).table, arm="tag")
    assert (row["verdict"], row["share_better"], row["chance_best"]) == ("higher", None, None)


def test_the_pairing_factor_is_the_variance_that_pairing_saved(tmp_path):
    row = row_of(compare(made_up(tmp_path, paired(0.0), replicates=900)).table, arm="tag")
    assert row["pairing_factor"] == pytest.approx((1 + 0.09) / 0.09, rel=0.2)
    assert row["warnings"] == ""


def test_a_warning_says_where_pairing_did_not_help_or_replicates_are_few(tmp_path):
    opposed = lambda _s, arm, replicate, _o, _g: LUCK[replicate, 0] * (1 if arm == "tag" else -1)  # noqa: E731
    useless = compare(made_up(tmp_path / "a", opposed))
    assert row_of(useless.table, arm="tag")["warnings"] == "pairing did not help"
    assert "Pairing did not help in" in useless.warnings[0]
    few = compare(made_up(tmp_path / "b", paired(1.0), replicates=4))
    assert row_of(few.table, arm="tag")["warnings"] == "few replicates: 4"
    assert "few replicates" in few.warnings[0]


def test_two_replicates_say_nothing_and_the_sentence_says_so(tmp_path):
    found = compare(made_up(tmp_path, paired(5.0), replicates=2))
    row = row_of(found.table, arm="tag")
    assert (row["verdict"], row["lower"], row["chance_best"]) == ("too few replicates", None, None)
    assert found.sentences[0].endswith("are too few to say anything.")


def test_where_there_is_no_difference_the_sentence_says_so(tmp_path):
    assert "no difference that we can see" in compare(made_up(tmp_path, paired(0.0))).sentences[0]


def test_an_arm_that_is_the_baseline_in_every_run_is_the_same(tmp_path):
    found = compare(made_up(tmp_path, lambda _s, _a, replicate, _o, _g: LUCK[replicate, 0]))
    assert row_of(found.table, arm="tag")["verdict"] == "the same"


def test_a_pair_with_a_missing_value_is_left_out_and_the_others_stay(tmp_path):
    def value(scenario, arm, replicate, outcome, group):
        gone = (arm, replicate) in {("tag", 3), ("none", 5)}
        return None if gone else paired(1.0)(scenario, arm, replicate, outcome, group)

    row = row_of(compare(made_up(tmp_path, value)).table, arm="tag")
    kept = [replicate for replicate in range(1, 31) if replicate not in (3, 5)]
    assert row["replicates"] == 28
    assert row["difference"] == pytest.approx(np.mean([1 + 0.3 * (LUCK[r, 2] - LUCK[r, 1]) for r in kept]))


def test_pooled_rows_are_means_over_scenarios_replicate_by_replicate(tmp_path):
    def value(scenario, arm, replicate, outcome, group):
        return paired(3.0 if scenario.endswith("0.6") else 1.0)(scenario, arm, replicate, outcome, group)

    table = compare(made_up(tmp_path, value, factors={"beliefs.stigma_mean": (0.3, 0.6)})).table
    single = table.filter(pl.col("scenario") != POOLED)["difference"]
    assert row_of(table, scenario=POOLED)["difference"] == pytest.approx(single.mean())
    assert table["scenario"].to_list() == ["beliefs.stigma_mean=0.3", "beliefs.stigma_mean=0.6", POOLED]


def test_adaptive_replicates_are_compared_by_confidence_sequences_and_it_is_said(tmp_path):
    rule = Adaptive(at_least=10, at_most=30, until={"normalization": 0.01})
    found = compare(made_up(tmp_path, paired(1.0), replicates=rule))
    row = row_of(found.table, arm="tag")
    assert row["method"] == "sequence"
    verdict = row_of(found.source.study.verdicts(found.source.store.scan("outcomes")), arm="tag")
    assert row["upper"] - row["difference"] == pytest.approx(verdict["half_width"])
    assert "confidence sequence" in found.warnings[0]


def test_one_outcome_is_corrected_after_holm_and_many_after_benjamini_and_hochberg(tmp_path):
    folder = made_up(tmp_path, paired(0.1), outcomes=["normalization", "adoption"])
    assert (compare(folder, "adoption").correction, compare(folder).correction) == ("Holm", "Benjamini-Hochberg")


def test_under_the_table_stands_over_how_many_comparisons_p_is_adjusted(tmp_path):
    names, worlds = ["normalization", "adoption", "stigma"], {"beliefs.stigma_mean": (0.3, 0.6)}
    folder = made_up(tmp_path, paired(0.1), ("none", "tag", "desk"), outcomes=names, factors=worlds)
    every = "P is adjusted after Benjamini-Hochberg over 6 comparisons of all scenarios together, and over 12 of single"
    assert compare(folder).adjustment == f"{every} ones."
    assert compare(folder, arm="tag").adjustment == f"{every} ones."
    assert command(folder).stdout.splitlines()[-1] == f"{every} ones."
    one = made_up(tmp_path / "one", paired(0.1))
    assert compare(one).adjustment == "P is adjusted after Holm over 1 comparison."


# --- arms equal in truth ----------------------------------------------------------------------------------------------


def test_comparisons_of_equal_arms_find_something_in_at_most_5_per_cent_of_studies(tmp_path):
    """400 studies of 3 arms and 4 outcomes that all share luck; blamed wrongly once in a million."""
    outcomes = ["normalization", "stigma", "adoption", "harm_exposure"]
    rng, studies, found = np.random.default_rng(8), 400, 0
    folder = made_up(tmp_path, paired(0.0), ("none", "one", "two"), outcomes=outcomes, replicates=12)
    base = compare(folder)
    for _ in range(studies):
        values = rng.normal(size=(1, 4, 1, 1, 12)) + rng.normal(size=base.cube.values.shape)
        again = compare(folder)
        object.__setattr__(again, "cube", replace(base.cube, values=values))
        found += bool(again.table["verdict"].is_in(["better", "worse", "higher", "lower"]).any())
    assert stats.binom.sf(found - 1, studies, 0.05) > 1e-6, f"{found} of {studies}"
    assert found > 0, "a test that never finds anything tests nothing"


def test_a_real_study_of_equal_arms_finds_nothing(tmp_path):
    """The arms differ in their names alone, so every pair of runs is the same."""
    tag = Hashtag(seeds={"count": 5})
    study = Study(
        base=Parameters(agents=40, days=3, warmup_days=1, step_minutes=240), replicates=3,
        arms=[Arm("one", [tag]), Arm("other", [tag])],
    )  # fmt: skip
    table = study.run(out=tmp_path).compare().table
    assert set(table["verdict"]) <= {"the same", "no values", "too few replicates"}
    assert (table["verdict"] == "the same").sum() > 30


def test_a_real_study_of_arms_that_differ_by_luck_alone_finds_nothing(tmp_path):
    """Two halves of one study, each with seeds of its own, are called arms; nothing is blamed on the names."""
    base = Parameters(agents=60, days=4, warmup_days=1, step_minutes=240)
    outcomes = ("normalization", "stigma", "perceived_stigma", "distress", "isolation", "views")
    halves = [Study(base=base, seed=seed, replicates=12, outcomes=outcomes) for seed in (1, 2)]
    tables = [half.run(out=tmp_path / str(half.seed)).outcomes for half in halves]
    last = [table.filter(pl.col("group") == "all", pl.col("day") == 4) for table in tables]

    def value(_scenario, arm, replicate, outcome, _group):
        mine = last[0 if arm == "none" else 1]
        return mine.filter(pl.col("replicate") == replicate, pl.col("outcome") == outcome)["value"][0]

    table = compare(made_up(tmp_path / "both", value, replicates=12, outcomes=list(outcomes))).table
    assert set(table["verdict"]) <= {"no difference seen", "a hint"}


# --- names ------------------------------------------------------------------------------------------------------------


def test_no_arm_is_dropped_or_mislabelled_whatever_its_name(tmp_path):
    effects = {name: float(place) for place, name in enumerate(["none", *NASTY])}
    value = lambda _s, arm, replicate, _o, _g: LUCK[replicate, 0] + effects[arm]  # noqa: E731
    found = compare(made_up(tmp_path, value, ["none", *NASTY]))
    assert dict(zip(found.table["arm"], found.table["difference"].round(9), strict=True)) == {
        name: effects[name] for name in NASTY
    }
    assert found.arm_means["arm"].to_list() == ["none", *NASTY]
    for table in (found.tradeoffs, found.costs, found.regret, found.robustness):
        assert table["arm"].to_list() == ["none", *NASTY]


def test_names_in_a_notebook_are_text_and_execute_nothing(tmp_path):
    page = compare(made_up(tmp_path, paired(0.0), ["none", *NASTY], replicates=4))._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "🙂" in page
    assert 'role="img"' in page
    assert "<desc " in page


def test_arms_can_be_chosen_and_another_baseline_named(tmp_path):
    folder = made_up(tmp_path, paired(1.0), ["none", "tag", "other"])
    found = compare(folder, arm="none", baseline="tag")
    assert found.table.select("arm", "baseline").rows() == [("none", "tag")]
    assert found.table["difference"][0] < 0
    assert found.arm_means["arm"].to_list() == ["none", "tag"]


def test_what_is_not_there_is_refused_with_the_nearest_name(tmp_path):
    folder = made_up(tmp_path / "a", paired(1.0))
    with pytest.raises(InputError, match="did you mean 'normalization'"):
        compare(folder, "normalisation")
    with pytest.raises(InputError, match="holds no arm 'tags'"):
        compare(folder, arm="tags")
    with pytest.raises(InputError, match="holds no results"):
        compare(tmp_path)
    with pytest.raises(InputError, match="has one arm"):
        compare(made_up(tmp_path / "b", paired(1.0), ["none"]))


def test_tables_have_the_columns_that_are_documented(tmp_path):
    found = compare(made_up(tmp_path, paired(1.0), groups=HALVES, outcomes=["normalization", "never_reached"]))
    promised = {
        "table": DIFFERENCES, "arm_means": ARMS, "by_group": GROUP_DIFFERENCES, "reached_by_group": GROUP_ARMS,
        "tradeoffs": TRADEOFFS, "costs": COSTS, "regret": REGRET, "robustness": ROBUSTNESS, "deciding": DECIDING,
        "ridge": RIDGE,
    }  # fmt: skip
    for name, schema in promised.items():
        assert dict(getattr(found, name).schema) == schema, name


# --- who is left out --------------------------------------------------------------------------------------------------

SIZES = {"people": 100.0, "prevalence": 0.3, "struggle_posts": 40.0}


def grouped(tmp_path, people):
    """Results by group; the tag reaches faculty alone. Groups have so many people."""

    def value(_scenario, arm, replicate, outcome, group):
        if outcome == "people":
            return people.get(group, 100.0)
        if outcome in SIZES:
            return SIZES[outcome]
        return 0.9 + 0.01 * LUCK[replicate, 0] - 0.5 * (arm == "tag" and group == "role=faculty")

    return compare(made_up(tmp_path, value, groups=HALVES, outcomes=["never_reached", *SIZES]), "never_reached")


def test_groups_are_compared_one_by_one(tmp_path):
    found = grouped(tmp_path, {})
    assert found.by_group["group"].to_list() == [
        "role=faculty", "role=student", "visibility=low", "visibility=high", "stigma=low", "stigma=high"
    ]  # fmt: skip
    assert row_of(found.by_group, group="role=faculty")["difference"] == pytest.approx(-0.5)
    assert row_of(found.by_group, group="role=student")["verdict"] == "the same"
    assert row_of(found.reached_by_group, group="role=faculty", arm="tag")["mean"] == pytest.approx(0.4, abs=0.01)
    assert row_of(found.by_group, group="role=faculty")["cell"] == pytest.approx(30.0)


def test_small_cells_are_hidden_with_all_their_numbers(tmp_path):
    found = grouped(tmp_path, {"role=faculty": 60.0})  # 18 strugglers
    row = row_of(found.by_group, group="role=faculty")
    assert row["hidden"]
    assert row["verdict"] == "hidden"
    named = {"study", "scenario", "outcome", "unit", "direction", "group", "arm", "baseline", "division", "hidden"}
    numbers = set(row) - named - {"people", "cell", "method", "verdict", "warnings"}
    assert {row[name] for name in numbers} == {None}
    assert row_of(found.reached_by_group, group="role=faculty", arm="tag")["mean"] is None
    assert not row_of(found.by_group, group="role=student")["hidden"]
    assert row["warnings"] == "fewer than 20 in the cell"


def test_cells_of_unknown_size_are_hidden_and_say_why(tmp_path):
    folder = made_up(tmp_path, lambda *_: 0.5, groups=HALVES, outcomes=["never_reached", "people"])
    rows = compare(folder, "never_reached").by_group
    assert rows["hidden"].all()
    assert rows["difference"].is_null().all()
    assert "prevalence" in rows["warnings"][0]


# --- trade-offs -------------------------------------------------------------------------------------------------------


def test_dominance_by_hand():
    values = np.array([[1.0, 2.0, 2.0, 0.5], [1.0, 1.0, 1.0, 3.0]])
    assert dominates(values).tolist() == [
        [False, True, True, False], [False] * 4, [False] * 4, [False] * 4
    ]  # fmt: skip


def test_arms_that_nobody_improves_on_are_named_and_those_that_dominate_the_others_too(tmp_path):
    means = {"none": (0.1, 50.0, 0.0), "tag": (0.3, 60.0, 0.0), "worse tag": (0.2, 70.0, 4.0)}

    def value(_scenario, arm, replicate, outcome, _group):
        reach, harm, removed = means[arm]
        known = {"support_reach_7d": reach, "harm_exposure": harm, "removals": removed, "wrongly_removed": 0.5}
        return None if outcome == "wrongly_removed" and not removed else known[outcome] + 0.0 * replicate

    outcomes = ["support_reach_7d", "harm_exposure", "removals", "wrongly_removed"]
    table = compare(made_up(tmp_path, value, list(means), outcomes=outcomes)).tradeoffs
    assert table["non_dominated"].to_list() == [True, True, False]
    assert table["dominated_by"].to_list() == [[], [], ["tag"]]
    assert table["wrong_removals"].to_list() == [0.0, 0.0, 2.0]
    assert table["chance_non_dominated"].to_list() == [1.0, 1.0, 0.0]


def desk_arm():
    return Arm("desk", [Moderation(regime="automatic_review", servers=2, start_day=4)])


def test_a_desk_is_on_duty_round_the_clock_from_its_first_day_to_the_last(tmp_path):
    table = compare(made_up(tmp_path, paired(0.0), ["none", desk_arm()])).costs
    assert row_of(table, arm="desk")["desk_hours"] == 2 * 24 * 6
    assert row_of(table, arm="desk")["cost"] is None
    assert row_of(table, arm="desk")["note"] == efforts.NO_COSTS


def reached(fall, noise):
    """The share never reached falls by `fall` under the desk, with luck of its own."""

    def value(_scenario, arm, replicate, outcome, _group):
        if outcome == "prevalence":
            return 0.25
        return 0.8 - (arm == "desk") * (fall + noise * LUCK[replicate, 3])

    return value


@pytest.mark.parametrize(
    ("fall", "noise", "note"), [(0.1, 0.02, ""), (0.01, 0.2, efforts.UNSURE), (-0.2, 0.01, efforts.NO_GAIN)]
)
def test_the_cost_of_one_more_supported_struggler_has_an_upper_end_only_where_there_surely_is_one(
    tmp_path, fall, noise, note
):
    folder = made_up(
        tmp_path, reached(fall, noise), ["none", desk_arm()], outcomes=["never_reached", "prevalence"],
        costs=Costs(currency="EUR", desk_hour=10.0, fixed={"desk": 120.0}),
    )  # fmt: skip
    row = row_of(compare(folder).costs, arm="desk")
    assert row["extra_cost"] == 2 * 24 * 6 * 10 + 120
    assert row["note"] == note
    gained = 200 * 0.25 * np.mean([fall + noise * LUCK[r, 3] for r in range(1, 31)])
    assert row["additional_supported"] == pytest.approx(gained)
    if note == efforts.NO_GAIN:
        assert row["cost_per_additional"] is None
    else:
        assert row["cost_per_additional"] == pytest.approx(3000 / gained)
        assert row["cost_per_additional_lower"] == pytest.approx(3000 / row["additional_upper"])
        assert (row["cost_per_additional_upper"] is None) == bool(note)


def test_interventions_take_what_their_levers_say():
    parameters = Parameters(agents=1000, days=28)
    chat = INTERVENTIONS["tweet_chat"].model_validate({"type": "tweet_chat", "moderators": 3, "start_day": 7})
    assert efforts.efforts_of((chat,), parameters)["chat_moderator_hours"] == 3 * 3
    target = {"roles": ["student"], "share": 0.5}
    contact: dict[str, Any] = {"type": "contact", "contacts": 10, "every_days": 14, "target": target}
    norms: dict[str, Any] = {"type": "norm_correction", "target": {"roles": ["student"]}}
    taken = [INTERVENTIONS[item["type"]].model_validate(item) for item in (contact, norms)]
    students = 1000 * parameters.population.roles.student
    assert efforts.efforts_of((taken[0],), parameters)["campaign_contacts"] == pytest.approx(0.5 * students * 2 * 10)
    assert efforts.efforts_of((taken[1],), parameters)["campaign_contacts"] == pytest.approx(students)
    assert set(efforts.EFFORTS) <= set(INTERVENTIONS)


def test_costs_are_read_from_a_study_and_change_no_hash(tmp_path):
    text = "arms: {none: [], tag: [{type: hashtag}]}\n"
    plain, priced = tmp_path / "plain.yaml", tmp_path / "priced.yaml"
    plain.write_text("study: x\n" + text)
    priced.write_text("study: x\n" + text + "costs: {currency: EUR, desk_case: 2.5, fixed: {tag: 10}}\n")
    one, other = Study.from_file(plain), Study.from_file(priced)
    assert one.content_hash() == other.content_hash()
    assert (other.costs.desk_case, other.costs.fixed) == (2.5, {"tag": 10})
    priced.write_text("study: x\n" + text + "costs: {fixed: {tags: 10}}\n")
    with pytest.raises(InputError, match="did you mean 'tag'"):
        Study.from_file(priced)


# --- robustness -------------------------------------------------------------------------------------------------------


def two_worlds(scenario, arm, replicate, _outcome, _group):
    """`a` is best where stigma is low, `b` where it is high; `none` is never best."""
    best = "a" if scenario.endswith("0.3") else "b"
    return 0.01 * LUCK[replicate, 0] + {"none": 0.1, best: 0.5}.get(arm, 0.2)


def test_regret_says_in_which_world_each_arm_falls_behind_and_by_how_much(tmp_path):
    found = compare(made_up(tmp_path, two_worlds, ["none", "a", "b"], factors={"beliefs.stigma_mean": (0.3, 0.6)}))
    assert found.regret["regret"].round(9).to_list() == pytest.approx([0.4, 0.0, 0.3, 0.4, 0.3, 0.0])
    assert found.regret["best_arm"].to_list() == ["a"] * 3 + ["b"] * 3
    row = row_of(found.robustness, arm="a")
    assert (row["best_in"], row["scenarios"], row["worst_scenario"]) == (1, 2, "beliefs.stigma_mean=0.6")
    assert row["largest_regret"] == pytest.approx(0.3)
    assert "is best in 1 of the 2 worlds considered" in row["sentence"]
    assert "30.0 percentage points behind \u201cb\u201d" in row["sentence"]


def in_drawn_worlds(tmp_path, effect):
    """40 worlds in which the tag changes normalization by what a function of stigma says."""
    factors = {
        "beliefs.stigma_mean": Range(0.2, 0.8),
        "beliefs.contact": Range(0.0, 0.02),
        "network.type": ("ring", "star"),
    }

    def value(scenario, arm, replicate, _outcome, _group):
        stigma = float(scenario.split("beliefs.stigma_mean=")[1].split(",")[0])
        return 0.3 + 0.01 * LUCK[replicate, 0] + (arm == "tag") * (effect(stigma) + 0.002 * LUCK[replicate, 1])

    return compare(made_up(tmp_path, value, factors=factors, design=LatinHypercube(points=40), replicates=3))


def test_the_factor_that_decides_is_found_with_its_threshold(tmp_path):
    found = in_drawn_worlds(tmp_path, lambda stigma: 0.05 if stigma < 0.5 else -0.05)
    worst, best = found.deciding.to_dicts()[0], found.deciding.to_dicts()[-1]
    assert "beliefs.stigma_mean above 0." in worst["rule"]
    assert "beliefs.stigma_mean at most 0." in best["rule"]
    assert float(worst["rule"].split("above ")[1].split(" ")[0]) == pytest.approx(0.5, abs=0.03)
    assert (worst["share_better"], best["share_better"]) == (0.0, 1.0)
    assert worst["explained"] > 0.8


def test_where_no_factor_decides_the_table_says_so(tmp_path):
    row = row_of(in_drawn_worlds(tmp_path, lambda _stigma: 0.05).deciding, arm="tag")
    assert row["rule"] == "everywhere"
    assert "no factor considered decides" in row["sentence"]


def test_prim_finds_the_box_of_worlds_in_which_an_arm_does_worse(tmp_path):
    found = in_drawn_worlds(tmp_path, lambda stigma: 0.05 if stigma < 0.5 else -0.05)
    box = deciding.worse_box(found.source, "normalization", "tag", "none")
    assert box is not None
    assert box.limits["beliefs.stigma_mean"][0] == pytest.approx(0.5, abs=0.05)
    assert box.coverage > 0.8
    assert box.density > 0.9
    levels = [float(label.split("=")[1].split(",")[0]) for label in found.source.scenarios]
    assert box.scenarios == sum(level >= box.limits["beliefs.stigma_mean"][0] for level in levels)


def test_few_worlds_have_no_rule(tmp_path):
    assert compare(made_up(tmp_path, paired(1.0), factors={"beliefs.stigma_mean": (0.3, 0.6)})).deciding.is_empty()


def test_what_a_study_did_not_vary_is_said_and_the_ridge_varies_it(tmp_path):
    assert len(compare(made_up(tmp_path / "a", paired(1.0), replicates=3)).unexplored) == 2
    found = compare(made_up(tmp_path / "b", paired(1.0), replicates=3, design=Ridge()))
    assert found.unexplored == []
    assert found.ridge.height == 10
    assert sorted(set(found.ridge["norm"])) == [0.0, Parameters().disclosure.norm]


def test_arms_that_were_taken_along_the_ridge_beside_the_study_count_as_its_ridge(tmp_path):
    folder = made_up(tmp_path, paired(1.0), replicates=3)
    made_up(tmp_path / "ridge", paired(2.0), replicates=3, design=Ridge())
    found = compare(folder)
    assert found.unexplored == []
    assert found.ridge.height == 10
    assert found.table["difference"].to_list() == pytest.approx([1.0], abs=0.5)
    assert found.ridge["difference"].to_list() == pytest.approx([2.0] * 10, abs=0.5)
    assert found.plot("ridge").axes


def test_a_ridge_of_other_arms_does_not_count(tmp_path):
    folder = made_up(tmp_path, paired(1.0), replicates=3)
    made_up(tmp_path / "ridge", paired(2.0), ("other", "tag"), replicates=3, design=Ridge())
    assert compare(folder).ridge["scenario"].to_list() == ["-"]
    assert len(compare(folder).unexplored) == 2


def test_the_ridge_goes_through_the_defaults_and_stays_within_plausible_bounds():
    points = Study(design=Ridge()).scenarios.points
    defaults = Parameters()
    usual = {
        "beliefs.silence_weight": defaults.beliefs.silence_weight,
        "beliefs.prior_mean": defaults.beliefs.prior_mean,
    }
    assert {**usual, "disclosure.norm": defaults.disclosure.norm} in points
    assert all(0.08 <= point["beliefs.prior_mean"] <= 0.30 for point in points)


# --- the command ------------------------------------------------------------------------------------------------------


def command(*words):
    return CliRunner().invoke(app, ["compare", *map(str, words)])


def test_the_command_prints_differences_and_every_other_table(tmp_path):
    folder = made_up(tmp_path, paired(1.0), ["none", *NASTY, "tag"], groups=HALVES)
    done = command(folder, "--outcome", "normalization", "--arm", "tag")
    assert done.exit_code == 0, done.output
    assert "better" in done.stdout
    for table in ("arm_means", "by_group", "tradeoffs", "costs", "regret", "robustness", "ridge", "deciding"):
        assert command(folder, "--table", table).exit_code == 0, table
    refused = command(folder, "--table", "differnces")
    assert refused.exit_code == 2
    assert "did you mean 'differences'" in refused.stderr


def test_the_command_gives_json_with_the_numbers_of_the_table(tmp_path):
    folder = made_up(tmp_path, paired(1.0))
    said = json.loads(command(folder, "--json").stdout)
    row = row_of(compare(folder).table, arm="tag")
    assert said["rows"][0] == pytest.approx(row)
    assert (said["baseline"], said["correction"], said["confidence"]) == ("none", "Holm", 0.95)


def test_a_comparison_comes_out_the_same_twice_and_draws_itself(tmp_path):
    folder = made_up(tmp_path, paired(1.0), factors={"beliefs.stigma_mean": (0.3, 0.6)})
    assert compare(folder).table.equals(compare(folder).table)
    assert compare(folder).plot().axes
    assert math.isfinite(compare(folder, "normalization").table["lower"][0])


def test_worlds_are_found_again_however_their_whole_numbers_were_written(tmp_path):
    study = tiny(factors={"moderation.chilling": [0.0, 0.5]}, outcomes=["views"])
    found = study.run(out=tmp_path).compare().table
    assert found["difference"].null_count() == 0
    assert set(found["scenario"]) == {"moderation.chilling=0", "moderation.chilling=0.5", "(pooled)"}


# --- what the command prints ------------------------------------------------------------------------------------------


def printed(capsys, folder, **asked):
    comparing.show(comparing.Request(folder, **asked))
    return capsys.readouterr().out


def is_named(shown):
    """Whether the first column of a table is that of scenarios."""
    return any(line.split()[:1] == ["scenario"] for line in shown.splitlines())


def test_scenarios_are_named_where_there_are_several_with_all_of_them_first(tmp_path, capsys):
    one = made_up(tmp_path / "one", paired(1.0), replicates=3)
    two = made_up(tmp_path / "two", paired(1.0), replicates=3, factors={"beliefs.stigma_mean": (0.3, 0.6)})
    assert not is_named(printed(capsys, one, outcomes=["normalization"]))
    assert not is_named(printed(capsys, two))
    shown = printed(capsys, two, outcomes=["normalization"])
    assert is_named(shown)
    rows = [line for line in shown.splitlines() if " tag " in line]
    assert [row.split()[0] for row in rows] == [POOLED.split()[0], "beliefs.stigma_mean=0.3", "beliefs.stigma_mean=0.6"]


def test_more_rows_than_are_printed_are_counted(tmp_path, capsys, monkeypatch):
    folder = made_up(tmp_path, paired(1.0), arms=["none", *"abcde"], replicates=3)
    assert "more rows" not in printed(capsys, folder, table="arm_means")
    monkeypatch.setattr(comparing, "MOST_ROWS", 4)
    shown = printed(capsys, folder, table="arm_means")
    assert "... and 2 more rows; --json has all" in shown
    monkeypatch.setattr(comparing, "MOST_ROWS", 6)
    assert "more rows" not in printed(capsys, folder, table="arm_means")


def test_outcomes_that_are_not_shown_are_counted_and_units_are_told(tmp_path, capsys):
    outcomes = ["normalization", "harm_exposure", "stigma", "active_adoption"]
    folder = made_up(tmp_path, paired(1.0), outcomes=outcomes, replicates=3)
    shown = printed(capsys, folder)
    assert "\nnormalization: " in shown
    assert "\nharm_exposure: Rule-breaking posts met, in views per 10,000\n" in shown
    assert "... and 2 more outcomes: --outcome NAME, or --json" in shown
    every = printed(capsys, folder, outcomes=outcomes)
    assert "\nactive_adoption: " in every
    assert "more outcomes" not in every


def test_rows_that_a_notebook_does_not_show_are_counted(tmp_path, monkeypatch):
    folder = made_up(tmp_path, paired(1.0), arms=["none", *"abcde"], replicates=3)
    monkeypatch.setattr(comparing, "MOST_ROWS", 3)
    assert "2 more" in compare(folder)._repr_html_()


def test_one_arm_or_the_baseline_alone_leaves_nothing_to_compare(tmp_path):
    with pytest.raises(InputError, match="has one arm"):
        compare(made_up(tmp_path / "one", paired(1.0), arms=["none"], replicates=3))
    with pytest.raises(InputError, match="'none' is the baseline itself"):
        compare(made_up(tmp_path / "two", paired(1.0), replicates=3), arm="none")
