"""Studies that grow, through real sweeps: more replicates, more arms, replicates that follow the width of intervals."""

import json
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from experiments import Arm, Range, Store, Study
from experiments.adaptive import Adaptive, replicates_wanted
from experiments.cli import app
from experiments.designs import Morris
from experiments.run import KEYS
from experiments.store import _study_text
from experiments.study import replicate_seed
from experiments.sweep import How, plan, sweep
from simulation import Hashtag, Moderation, RunError, SupportNetworkModel
from tests.sweeps import BASE, are_equal, tables_of

TAG = Arm("tag", [Hashtag(seeds={"count": 5})])
DESK = Arm("desk", [Moderation(regime="automatic_review")])
RULE = Adaptive(at_least=4, at_most=16, until={"adopters": 3.0})


def study(**changes):
    usual: dict[str, Any] = {
        "study": "growing",
        "base": BASE,
        "arms": [Arm("none"), TAG],
        "factors": {"beliefs.stigma_mean": (0.3, 0.6)},
        "replicates": 2,
        "outcomes": ["adopters", "stigma"],
        "seed": 3,
    }
    return Study(**(usual | changes))


def counts(folder):
    """How many replicates each scenario and arm has."""
    runs = Store(folder).runs().group_by("scenario", "arm").agg(pl.len())
    return {(scenario, arm): number for scenario, arm, number in runs.iter_rows()}


# --- more of everything -----------------------------------------------------------------------------------------------


def test_twenty_more_replicates_run_only_what_is_new(tmp_path):
    sweep(study(), tmp_path / "grown")
    report = sweep(study(replicates=22), tmp_path / "grown")
    assert (report.kept, report.ran, report.superseded) == (8, 80, 0)
    sweep(study(replicates=22), tmp_path / "at-once")
    assert are_equal(tmp_path / "grown", tmp_path / "at-once")


def test_one_more_arm_runs_only_that_arm_with_the_seeds_of_the_others(tmp_path):
    sweep(study(), tmp_path)
    report = sweep(study(arms=[Arm("none"), TAG, DESK]), tmp_path)
    assert (report.kept, report.ran, report.superseded) == (8, 4, 0)
    seeds = Store(tmp_path).runs().group_by("replicate").agg(pl.col("seed").unique()).sort("replicate")["seed"]
    assert seeds.to_list() == [[replicate_seed(3, 1)], [replicate_seed(3, 2)]]


def test_one_more_value_of_a_factor_runs_only_its_scenarios(tmp_path):
    sweep(study(), tmp_path)
    report = sweep(study(factors={"beliefs.stigma_mean": (0.3, 0.45, 0.6)}), tmp_path)
    assert (report.kept, report.ran) == (8, 4)


def test_one_more_trajectory_of_a_morris_design_keeps_those_that_are_there(tmp_path):
    factors = {"beliefs.stigma_mean": Range(0.2, 0.6), "interventions.hashtag.seeds.count": Range(1, 9)}
    few, more = (study(factors=factors, design=Morris(trajectories=r), replicates=1) for r in (2, 3))
    done = sweep(few, tmp_path)
    report = sweep(more, tmp_path)
    assert report.kept == done.ran
    assert report.superseded == 0


def test_a_sweep_that_stops_early_is_balanced(tmp_path):
    def stop(progress):
        if progress.done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(study(replicates=5), tmp_path, report=stop)
    assert max(counts(tmp_path).values()) - min(counts(tmp_path).values()) <= 1


def test_the_points_of_the_design_lie_beside_the_results(tmp_path):
    sweep(study(), tmp_path)
    points = Store(tmp_path).scenarios()
    assert points.equals(study().scenario_table())
    joined = Store(tmp_path).table("outcomes").join(points, on=["study", "scenario"], how="left")
    assert set(joined["beliefs.stigma_mean"]) == {0.3, 0.6}


def test_every_row_of_a_drawn_design_with_levers_has_all_keys(tmp_path):
    factors = {"interventions.hashtag.seeds.count": Range(1, 9)}
    sweep(study(factors=factors, design=Morris(trajectories=2), replicates=1), tmp_path)
    for name, table in tables_of(tmp_path).items():
        assert table.columns[:5] == list(KEYS), name
        assert table.select(KEYS).null_count().sum_horizontal().item() == 0, name


# --- adaptive replicates ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapted")
    return folder, sweep(study(replicates=RULE), folder)


def test_a_sweep_ends_when_every_comparison_is_precise_or_has_the_most(adapted):
    folder, report = adapted
    grown = study(replicates=RULE)
    verdicts = grown.verdicts(Store(folder).scan("outcomes"))
    assert report.ran == sum(counts(folder).values())
    for scenario, arm, pairs, reached in verdicts.select("scenario", "arm", "pairs", "reached").iter_rows():
        assert reached or pairs == 16
        assert counts(folder)[scenario, arm] == counts(folder)[scenario, "none"] == pairs
    assert verdicts["reached"].any()
    assert max(counts(folder).values()) > 4


def test_nothing_is_run_beyond_the_look_at_which_a_comparison_was_precise(adapted):
    folder, _ = adapted
    grown = study(replicates=RULE)
    needed = replicates_wanted(RULE, grown.comparisons, Store(folder).scan("outcomes"))
    assert needed == counts(folder)


def test_an_adaptive_sweep_that_is_interrupted_again_and_again_comes_to_the_same_end(adapted, tmp_path):
    grown = study(replicates=RULE)
    for moment in (1, 3, 2, 5, 4):

        def stop(progress, moment=moment):
            if progress.done >= moment:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sweep(grown, tmp_path, report=stop)
    sweep(grown, tmp_path)
    assert are_equal(tmp_path, adapted[0])
    assert sweep(grown, tmp_path).ran == 0


def test_an_adaptive_sweep_in_two_processes_comes_to_the_same_end(adapted, tmp_path):
    sweep(study(replicates=RULE), tmp_path, How(executor="processes", workers=2))
    assert are_equal(tmp_path, adapted[0])


def test_a_plain_study_can_become_adaptive_and_keeps_its_runs(adapted, tmp_path):
    sweep(study(replicates=3), tmp_path)
    report = sweep(study(replicates=RULE), tmp_path)
    assert report.kept + report.ran == adapted[1].ran
    assert are_equal(tmp_path, adapted[0])


class Failing(SupportNetworkModel):
    """A model that never survives the second replicate of an arm with a tag."""

    def __init__(self, parameters, *, rng, interventions=(), **rest):
        super().__init__(parameters, rng=rng, interventions=interventions, **rest)
        if interventions and rng == replicate_seed(3, 2):
            raise RunError("the desk caught fire")


def test_a_run_that_fails_does_not_hold_up_its_comparison(monkeypatch, tmp_path):
    monkeypatch.setattr("experiments.run.SupportNetworkModel", Failing)
    tight = Adaptive(at_least=4, at_most=6, until={"adopters": 1e-6})
    report = sweep(study(replicates=tight, factors={}), tmp_path)
    assert report.failed == 1
    assert counts(tmp_path) == {("-", "none"): 6, ("-", "tag"): 6}
    assert study(replicates=tight, factors={}).verdicts(Store(tmp_path).scan("outcomes"))["pairs"].to_list() == [5]


# --- folders of their own ---------------------------------------------------------------------------------------------


def test_a_grown_study_in_a_folder_of_its_own_takes_over_what_was_done_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sweep(study())
    assert plan(study(replicates=3)).kept == 8
    report = sweep(study(replicates=3))
    assert report.folder != before.folder
    assert (report.kept, report.ran) == (8, 4)
    assert len(Store(before.folder).runs()) == 8
    sweep(study(replicates=3), tmp_path / "at-once")
    assert are_equal(report.folder, tmp_path / "at-once")


def test_an_adaptive_study_takes_over_plain_replicates_and_goes_on(adapted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep(study(replicates=4))
    report = sweep(study(replicates=RULE))
    assert report.kept + report.ran == adapted[1].ran
    assert report.kept >= 16
    assert are_equal(report.folder, adapted[0])


def test_runs_of_other_settings_or_that_failed_are_not_taken_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("experiments.run.SupportNetworkModel", Failing)
        sweep(study())
    assert plan(study(replicates=3)).kept == 6
    assert plan(study(base=BASE.with_values({"beliefs.contact": 0.5}))).kept == 0


def test_the_command_says_how_precise_the_comparisons_are_and_that_looking_was_allowed_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_bytes(_study_text(study(replicates=RULE, factors={}).resolve()))
    done = CliRunner().invoke(app, ["run", "study.yaml", "-o", "out"])
    assert done.exit_code == 0, done.stderr
    assert "1 of 1 intervals are as narrow as wanted. Looking repeatedly was allowed for" in done.stdout
    assert "supportnet run study.yaml replicates.at_most=32 -o out goes on" in done.stderr
    answer = json.loads(CliRunner().invoke(app, ["run", "study.yaml", "-o", "out", "--json"]).stdout)
    assert answer["runs"]["ran"] == 0
    assert [(item["arm"], item["outcome"], item["reached"]) for item in answer["comparisons"]] == [
        ("tag", "adopters", True)
    ]
