"""Sensitivity: what is screened, indices of known functions, verdicts, and all of it on small runs."""

import json
import math

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from experiments import Arm, Range
from experiments.cli import app
from experiments.designs import Morris, Sobol
from experiments.register import standing
from experiments.sensitivity import Request, analyse, choose, first_stage, read_reliance, reliance_of, tables
from experiments.sensitivity.choosing import LEFT_OUT
from experiments.sensitivity.indices import effects, screened, shares, sides
from experiments.sensitivity.outputs import Output
from experiments.sensitivity.reliance import TABLE
from experiments.sweep import How
from simulation import Hashtag, InputError, Parameters, declarations
from tests.sweeps import BASE, tiny


def there[T](value: T | None) -> T:
    """What has to be there."""
    assert value is not None
    return value


# --- what is screened -------------------------------------------------------------------------------------------------


def test_what_no_fact_fixes_is_screened_and_what_a_fact_finds_is_held():
    choice = choose(tiny())
    held = {item.path: item.why for item in choice.held}
    assert {"beliefs.silence_weight", "disclosure.tag", "network.community_share"} <= choice.ranges.keys()
    assert held["reactions.retweet"].startswith("found from 6% of posts retweeted")
    assert held["distress.trait_sd"] == "measured"
    assert not choice.ranges.keys() & held.keys()


def test_every_empirical_setting_is_either_screened_or_held():
    choice = choose(tiny())
    known = {item.path for item in declarations(Parameters) if item.grade != "-" and item.path != "network"}
    assert known == {
        path for path in (*choice.ranges, *(i.path for i in choice.held)) if not path.startswith("network.")
    }


def test_shares_that_must_add_up_to_one_are_held_because_none_can_be_varied_by_itself():
    held = {item.path: item.why for item in choose(tiny()).held}
    assert "add up to 1" in held["population.roles.student"]


def test_the_range_of_a_setting_is_its_plausible_one_and_logarithmic_where_it_spans_orders_of_magnitude():
    ranges = choose(tiny()).ranges
    assert ranges["beliefs.stigma_mean"] == Range(0.30, 0.60)
    assert ranges["adoption.first_exposure"] == Range(0.002, 0.035, "log")


def test_a_setting_that_can_turn_an_answer_around_is_free_even_where_a_fact_leans_on_it():
    by_path = {item.path: standing(item) for item in declarations(Parameters)}
    assert by_path["disclosure.intercept"].is_free
    assert not by_path["disclosure.norm_reference"].is_free


def test_patterns_choose_settings_and_groups():
    chosen = choose(tiny(), only=["beliefs", "help.n*"], without=["beliefs.fear_*"]).ranges
    assert "beliefs.stigma_mean" in chosen
    assert "help.norm" in chosen
    assert not [path for path in chosen if not path.startswith("beliefs.") and path != "help.norm"]
    assert "beliefs.fear_sd" not in chosen


def test_a_study_with_ranges_is_screened_over_these_alone():
    study = tiny(factors={"reactions.retweet": Range(0.003, 0.02)}, design=Morris())
    assert list(choose(study).ranges) == ["reactions.retweet"]


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        (["beliefs.stigma_men"], "did you mean 'beliefs.stigma_mean'"),
        (["reactions.retweet"], "it is not free: found from 6% of posts retweeted"),
    ],
)
def test_a_pattern_that_fits_nothing_is_refused_with_the_reason_or_the_nearest_name(patterns, words):
    with pytest.raises(InputError, match="--only") as told:
        choose(tiny(), only=patterns)
    assert words in str(told.value)


def test_leaving_out_everything_is_refused():
    with pytest.raises(InputError, match="leaves no setting"):
        choose(tiny(), only=["help"], without=["*"])


def test_an_arm_that_the_study_lacks_is_refused():
    with pytest.raises(InputError, match="did you mean 'tag'"):
        first_stage(tiny(), Request(arms=["tags"]))


def test_runs_are_no_larger_than_asked_for_and_no_larger_than_the_study_has_them():
    first, _ = first_stage(tiny(), Request(agents=30, days=10, trajectories=4))
    assert (first.base.agents, first.base.days, first.base.warmup_days) == (30, 2, 1)


# --- indices of known functions ---------------------------------------------------------------------------------------


def ishigami(unit):
    """Ishigami & Homma 1990 with a = 7, b = 0.1; its indices are known."""
    x = math.pi * (2.0 * unit - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_the_ishigami_function_are_the_known_ones():
    unit = Sobol(base_points=2048).draw(3, 1)
    found = there(shares(3, ishigami(unit)[:, None], 1))
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    assert math.isnan(found.luck)


def linear(unit, replicates=2, luck=0.0):
    """3 x0 - x1, and nothing of x2; replicates may have luck of their own at every point."""
    noise = np.random.default_rng(3).normal(size=(len(unit), replicates))
    return (3.0 * unit[:, 0] - unit[:, 1])[:, None] + luck * noise


def test_elementary_effects_of_a_linear_function_are_its_slopes_in_every_trajectory():
    unit = Morris(trajectories=6).draw(3, 1)
    assert effects(unit, linear(unit)) == pytest.approx(np.broadcast_to([[[3.0], [-1.0], [0.0]]], (6, 3, 2)))


def test_screening_finds_slopes_and_what_is_without_any_effect():
    unit = Morris(trajectories=6).draw(3, 1)
    found = there(screened(unit, linear(unit), 4, 1))
    assert found.mu == pytest.approx([3.0, -1.0, 0.0])
    assert found.mu_star == pytest.approx([3.0, 1.0, 0.0])
    assert found.sigma == pytest.approx([0.0, 0.0, 0.0])
    assert found.square == pytest.approx([9.0, 1.0, 0.0])


def test_the_luck_of_replicates_is_what_it_gives_to_an_argument_without_effect():
    """With 400 trajectories the mean size of its effects is known to about 4%."""
    unit = Morris(trajectories=400).draw(3, 1)
    found = there(screened(unit, linear(unit, replicates=8, luck=1.0), 4, 1))
    assert found.mu_star[2] == pytest.approx(found.luck[2], rel=0.2)
    assert found.square[2] < 0.2 * found.mu_star[2] ** 2
    assert found.square[0] == pytest.approx(9.0, rel=0.1)


def test_a_verdict_tells_what_matters_from_what_is_inert_untouched_or_luck():
    unit = Morris(trajectories=10).draw(4, 1)
    noise = np.random.default_rng(5).normal(size=(len(unit), 2))
    values = (10.0 * unit[:, 0] + 0.5 * unit[:, 1])[:, None] + 0.0 * noise
    quiet = list(tables.screening_rows(Output("a", "b"), "wxyz", there(screened(unit, values, 4, 1))))
    assert [row["verdict"] for row in quiet] == ["matters", "inert", "untouched", "untouched"]
    loud = list(tables.screening_rows(Output("a", "b"), "wxyz", there(screened(unit, values + 3.0 * noise, 4, 1))))
    assert [row["verdict"] for row in loud] == ["matters", "luck", "luck", "luck"]


def test_a_trajectory_with_a_missing_value_is_left_out_and_the_others_stay():
    unit = Morris(trajectories=6).draw(3, 1)
    values = linear(unit)
    values[5, 1] = np.nan
    found = there(screened(unit, values, 4, 1))
    assert found.blocks == 5
    assert found.mu == pytest.approx([3.0, -1.0, 0.0])
    values[:] = np.nan
    assert screened(unit, values, 4, 1) is None
    assert sides(unit, values, 4) is None
    assert shares(2, values, 1) is None


def test_what_does_not_vary_has_no_indices():
    assert shares(3, np.ones((40, 2)), 1) is None


def test_the_share_of_variance_that_is_luck_is_found():
    """Variance of 3 x0 - x1 over the unit square 10/12; luck of the mean of two replicates 1/2."""
    unit = Sobol(base_points=1024).draw(3, 1)
    found = there(shares(3, linear(unit, replicates=2, luck=1.0), 1))
    assert found.luck == pytest.approx(0.5 / (10.0 / 12.0 + 0.5), abs=0.05)


def test_a_difference_whose_sign_one_setting_decides_is_told_from_one_whose_sign_is_fixed():
    unit = Sobol(base_points=64).draw(2, 1)
    values = (unit[:, 0] - 0.5 + 0.1 * unit[:, 1])[:, None]
    rows = list(tables.sign_rows(Output("o", "tag", "none"), ["x", "y"], there(sides(unit, values, 4))))
    assert [row["decides"] for row in rows] == ["yes", "no"]
    assert rows[0]["low"] == pytest.approx(-0.2, abs=0.03)
    assert rows[0]["high"] == pytest.approx(0.3, abs=0.03)
    noise = np.random.default_rng(1).normal(size=values.shape)
    unsure = list(tables.sign_rows(Output("o", "tag", "none"), ["x", "y"], there(sides(unit, 0.1 * values + noise, 4))))
    assert unsure[0]["decides"] != "yes"


# --- reliance on assumptions ------------------------------------------------------------------------------------------


def test_the_share_on_assumptions_is_that_of_settings_of_grade_A():
    keys = {"outcome": "o", "arm": "tag", "against": "none", "method": "sobol"}
    rows = [keys | {"parameter": name, "share": share} for name, share in (("a", 0.5), ("b", 0.2), ("lever", 0.3))]
    found = reliance_of(pl.DataFrame(rows), {"a": "A", "b": "V", "lever": "-"}).row(0, named=True)
    assert found["A"] == pytest.approx(0.5 / 0.7)
    assert found["V"] == pytest.approx(0.2 / 0.7)


def test_indices_that_are_mostly_luck_give_way_to_effects_without_luck():
    base = {"outcome": "o", "arm": "tag", "against": "none"}
    screening = pl.DataFrame([base | {"parameter": "a", "square": 3.0}, base | {"parameter": "b", "square": 0.1}])
    rows = [base | {"parameter": "a", "total": 0.1, "luck": luck} for luck in (0.9, 0.1)]
    unsound, sound = (tables.importance(screening, pl.DataFrame([row])) for row in rows)
    assert unsound["share"].to_list() == pytest.approx([3.0 / 3.1, 0.1 / 3.1])
    assert sound["method"].to_list() == ["sobol"]


def test_indices_of_a_few_settings_do_not_speak_for_an_output_for_which_others_matter():
    base = {"outcome": "o", "arm": "tag", "against": "none"}
    screening = pl.DataFrame([base | {"parameter": "a", "square": 3.0}, base | {"parameter": "b", "square": 1.0}])
    found = tables.importance(screening, pl.DataFrame([base | {"parameter": "a", "total": 1.0, "luck": 0.0}]))
    assert dict(zip(found["parameter"], found["share"], strict=True)) == {"a": 0.75, "b": 0.25}


# --- on the model -----------------------------------------------------------------------------------------------------

ONLY = ("beliefs.prior_mean", "beliefs.stigma_mean", "chat.join")


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    """A study with a tag but without chats: n0 moves beliefs, p_chat nothing at all."""
    folder = tmp_path_factory.mktemp("sensitivity")
    study = tiny(arms=[Arm("none"), Arm("tag", [Hashtag(seeds={"count": 5})])], outcomes=["normalization", "stigma"])
    request = Request(only=ONLY, trajectories=4, base_points=4)
    return study, request, analyse(study, request, folder, How())


def test_a_setting_without_any_way_to_act_is_untouched_and_one_that_acts_matters(analysed):
    _, _, found = analysed
    verdicts = dict(found.ranks.select("parameter", "verdict").iter_rows())
    assert verdicts == {
        "beliefs.prior_mean": "matters", "beliefs.stigma_mean": "matters", "chat.join": "untouched",
    }  # fmt: skip
    assert set(found.survivors) == {"beliefs.prior_mean", "beliefs.stigma_mean"}


def test_what_an_outcome_owes_to_a_setting_comes_out_of_both_stages(analysed):
    _, _, found = analysed
    mine = (pl.col("outcome") == "normalization") & (pl.col("against") == "")
    effect = found.screening.filter(mine & (pl.col("parameter") == "beliefs.prior_mean"))["mu"][0]
    assert 0.1 < effect < 0.3  # beliefs begin at n0, whose range is 0.22 wide
    total = dict(found.indices.filter(mine).select("parameter", "total").iter_rows())
    assert total["beliefs.prior_mean"] > 10.0 * total["beliefs.stigma_mean"]


def test_an_analysis_that_is_there_is_not_run_again(analysed):
    study, request, found = analysed
    again = analyse(study, request, found.folder, How())
    assert [item.ran for item in again.timings] == [0, 0]
    assert again.screening.equals(found.screening)
    assert again.indices.equals(found.indices)


def test_everything_is_written_down(analysed):
    _, _, found = analysed
    for name, table in found.tables.items():
        assert pl.read_parquet(found.folder / f"{name}.parquet").equals(table)
        assert (found.folder / f"{name}.csv").is_file()
    text = (found.folder / "sensitivity.md").read_text()
    assert "`chat.join`" in text.split("Without any trace in these outcomes (1): ")[1].splitlines()[0]
    for name in ("screening-1", "indices-1"):
        assert (found.folder / "figures" / f"{name}.png").stat().st_size > 5000
        assert f"figures/{name}.png" in text
    about = json.loads((found.folder / "sensitivity.json").read_text())
    assert list(about["screened"]) == list(ONLY)


def test_what_rests_on_assumptions_can_be_read_again(analysed):
    _, _, found = analysed
    read = read_reliance(found.folder)
    assert read.study == "tiny"
    assert read.varied == "3 of the settings that no fact fixes, in runs of 40 people over 2 days"
    assert there(read.assumed("normalization", "none")) > 0.9  # n0 is assumed, mean stigma is not
    assert there(read.assumed("stigma", "none")) < 0.1
    assert read.assumed("stigma", "nobody") is None


@pytest.mark.parametrize(
    ("about", "varied"),
    [
        ({"screened": {"a": 1, "b": 2}, "held": {"c": "fixed by C-01"}}, "all 2 settings that no fact fixes"),
        ({"screened": {"a": 1}, "held": {"c": LEFT_OUT}, "agents": 1000, "days": 30},
         "1 of the settings that no fact fixes, in runs of 1,000 people over 30 days"),
        ({"screened": {"a": 1}, "held": {}}, "1 of the settings that no fact fixes"),
        ({"screened": [], "held": 3}, "settings"),
        ([], "settings"),
    ],
)  # fmt: skip
def test_what_was_varied_is_said_so_far_as_it_is_known(about, varied, tmp_path):
    pl.DataFrame(schema=TABLE).write_csv(tmp_path / "reliance.csv")
    (tmp_path / "sensitivity.json").write_text(json.dumps(about))
    assert read_reliance(tmp_path).varied == varied


def test_a_folder_without_an_analysis_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no sensitivity analysis"):
        read_reliance(tmp_path)


STUDY_FILE = """
study: tiny
base: {agents: 40, days: 2, warmup_days: 1, step_minutes: 120}
arms: {none: [], tag: [{type: hashtag, seeds: {count: 3}}]}
outcomes: [normalization]
"""


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY_FILE)
    return path


def test_the_command_lists_what_it_would_screen(file):
    done = call("sensitivity", file, "-n", "--json")
    assert done.exit_code == 0, done.output
    listed = json.loads(done.stdout)
    paths = [item["path"] for item in listed["screened"]]
    assert "beliefs.silence_weight" in paths
    assert listed["runs"] == 2 * 2 * (len(paths) + 1) * (listed["runs"] // (4 * (len(paths) + 1)))
    assert {"path": "distress.trait_sd", "why": "measured"} in listed["held"]


def test_the_command_prints_ranks_and_where_everything_is(file, tmp_path):
    words = ("--only", "beliefs.prior_mean", "--trajectories", "2", "--base-points", "2", "-o", tmp_path / "out")
    done = call("sensitivity", file, *words, "--debug")
    assert done.exit_code == 0, done.output
    assert "beliefs.prior_mean" in done.stdout
    assert f"results: {tmp_path / 'out'}" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "beliefs.prior_men"), "did you mean 'beliefs.prior_mean'"),
        (("--outcome", "normalisation"), "did you mean 'normalization'"),
        (("--base-points", "3", "--only", "beliefs.prior_mean"), "not a power of two"),
    ],
)
def test_a_wrong_request_exits_with_two_and_helps(words, told, file, tmp_path):
    done = call("sensitivity", file, *words, "-o", tmp_path / "out", "--trajectories", "2")
    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.parametrize(
    "words", [("--trajectories", "100001"), ("--base-points", "1"), ("--base-points", str(2**21))], ids="=".join
)
def test_a_design_of_a_size_that_it_does_not_take_is_refused_before_anything_runs(words, file, tmp_path):
    done = call("sensitivity", file, "--only", "beliefs.prior_mean", *words, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert f"{words[0]}: {words[1]} is out of range\n" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_screening_all_free_settings_of_a_small_study_comes_to_an_end_and_finds_the_known_ones(tmp_path):
    """150 settings along four trajectories; n0 and psi decide what people believe, p_chat nothing without a chat."""
    study = tiny(base=BASE.with_values({"agents": 60, "days": 4}), outcomes=["normalization", "stigma"])
    found = analyse(study, Request(trajectories=4, base_points=0), tmp_path, How("processes", 2))
    verdicts = dict(found.ranks.select("parameter", "verdict").iter_rows())
    assert verdicts["beliefs.prior_mean"] == verdicts["beliefs.stigma_mean"] == "matters"
    assert verdicts["chat.join"] == "untouched"
    assert found.indices.is_empty()
