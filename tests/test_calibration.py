"""Calibration: what is solved holds, what cannot be met is said, and neither a kill nor workers change anything."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import optuna
import polars as pl
import pytest
from typer.testing import CliRunner

from experiments import Study
from experiments.calibration import CalibrationTarget, Fact, Joint, calibrate, read_targets
from experiments.calibration.sampling import left_open, propose, stretched, weigh
from experiments.calibration.scales import from_line, mean_of, outcome_at, outcome_place, to_line
from experiments.calibration.searching import search
from experiments.calibration.solving import NEAR, Solution, solve
from experiments.calibration.targets import Free, Sample, Targets
from experiments.cli import app
from experiments.executors import EXECUTORS
from experiments.factors import Range
from experiments.study import replicate_seed
from experiments.study_files import doubts_in_file
from experiments.yaml_files import read_document
from simulation import InputError, Parameters, World, measures

ROOT = Path(__file__).resolve().parents[1]
TARGETS = sorted((ROOT / "configs" / "targets").glob("*.yaml"))
BROKEN = sorted((Path(__file__).parent / "broken_targets").glob("*.yaml"))

SMALL = """
calibration: small
base: {agents: 200, days: 8, warmup_days: 3, step_minutes: 120}
network: {type: ring, neighbours: 16}
seed: 1
replicates: 3
fresh: 3
facts:
  reactions.retweet: {between: [0.002, 0.5], scale: log, outcome: retweeted, value: 0.10, uncertainty: 0.02}
  reactions.reply: {between: [0.004, 0.5], scale: log, outcome: replied, value: 0.23, uncertainty: 0.03}
joint:
  latency:
    solve: [reactions.retweet]
    days: 6
    trials: 6
    batch: 4
    parameters: {reactions.age_power: {between: [0.0, 1.0]}}
    targets: {within 6 h: {outcome: retweets_within_6h, value: 0.66, uncertainty: 0.05}}
checks:
  cascades: {outcome: cascade_size, value: 50, uncertainty: 0.2}
sample: {points: 6, replicates: 2}
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def calibrated(path, folder, workers=1, **more):
    name = "serial" if workers == 1 else "processes"
    with EXECUTORS[name](workers) as place:
        return calibrate(read_targets(path), folder, place, **more)


def contents(folder):
    """What must not depend on how a calibration was done."""
    names = ("calibrated.yaml", "parameters.csv", "fit.csv", "sample.parquet", "trials-latency.parquet")
    return {name: (Path(folder) / name).read_bytes() for name in names}


# --- facts, in worlds whose answer is known ---------------------------------------------------------------------------

FACTS = {
    "reactions.retweet": Fact(outcome="retweeted", value=0.06, uncertainty=0.005, between=(1e-4, 1.0), scale="log"),
    "reactions.reply": Fact(outcome="replied", value=0.23, uncertainty=0.02, between=(1e-4, 1.0), scale="log"),
}
NOISE = np.array([-0.03, 0.01, 0.02, -0.01, 0.0, 0.01])
"""By how much the seeds of a made-up world differ, in logits."""


def share(logit):
    return 1.0 / (1.0 + np.exp(-logit))


def crossed(points):
    """Two shares, each moved mostly by its own parameter and a little by the other's."""
    logs = np.log([[point["reactions.retweet"], point["reactions.reply"]] for point in points])
    places = np.stack([1.0 + 0.9 * logs[:, 0] + 0.2 * logs[:, 1], 2.0 + 0.1 * logs[:, 0] + 0.8 * logs[:, 1]], axis=1)
    return share(places[:, None, :] + NOISE[None, :, None])


def test_all_facts_are_solved_together_though_each_parameter_moves_both():
    found = solve(FACTS, crossed, {"reactions.retweet": 0.01, "reactions.reply": 0.5})
    got = crossed([found.point])[0].mean(axis=0)
    errors = crossed([found.point])[0].std(axis=0, ddof=1) / 6**0.5
    assert (abs(got - [0.06, 0.23]) <= 1.05 * NEAR * errors).all()
    assert all(item.is_met for item in found.facts.values())
    assert found.rounds <= 10


def test_a_fact_beyond_the_range_of_its_parameter_ends_there_and_is_said_to_be_missed():
    facts = FACTS | {"reactions.reply": FACTS["reactions.reply"].model_copy(update={"between": (1e-4, 1e-3)})}
    found = solve(facts, crossed, {"reactions.retweet": 0.01, "reactions.reply": 2e-4})
    assert found.point["reactions.reply"] == 1e-3
    assert not found.facts["reactions.reply"].is_met
    assert found.facts["reactions.retweet"].is_met


def test_an_outcome_that_its_parameter_does_not_move_is_missed():
    found = solve(FACTS, lambda points: crossed(points) * [1.0, 0.0] + [0.0, 0.5],
                  {"reactions.retweet": 0.01, "reactions.reply": 0.02})  # fmt: skip
    assert not found.facts["reactions.reply"].is_met
    assert found.facts["reactions.retweet"].is_met


def test_first_slopes_taken_one_by_one_are_those_of_each_parameter_alone():
    start = {"reactions.retweet": 0.01, "reactions.reply": 0.02}
    slopes = [item.slope for item in solve(FACTS, crossed, start, one_by_one=True).facts.values()]
    assert slopes == pytest.approx([0.9, 0.8], rel=0.01)
    assert solve(FACTS, crossed, start).facts["reactions.retweet"].slope > 1.0


def test_a_fact_without_a_value_makes_the_outcome_equal_to_the_parameter():
    facts = {"disclosure.norm_reference": Fact(outcome="normalization", between=(0.01, 0.9))}

    def ask(points):
        centres = np.array([0.1 + 0.2 * point["disclosure.norm_reference"] for point in points])
        return share(np.log(centres / (1 - centres))[:, None] + NOISE[None, :])[:, :, None]

    found = solve(facts, ask, {"disclosure.norm_reference": 0.5})
    assert found.point["disclosure.norm_reference"] == pytest.approx(0.125, rel=0.01)


def test_intervals_hold_what_is_not_known_of_the_fact_and_the_narrower_ones_only_chance():
    found = solve(FACTS, crossed, {"reactions.retweet": 0.01, "reactions.reply": 0.02}).facts["reactions.retweet"]
    fact = FACTS["reactions.retweet"]
    lower, upper = found.interval(fact)
    # One standard deviation of 0.005 at 0.06 is 0.0887 logits; the outcome moves by about 0.9 logits per log unit
    # (slopes are taken with all parameters moved together, so they are known roughly).
    assert np.log(upper / lower) == pytest.approx(2 * 1.96 * 0.0887 / 0.9, rel=0.25)
    narrow = found.interval(fact, noise_only=True)
    assert lower < narrow[0] < found.value < narrow[1] < upper


def test_scales_go_there_and_back():
    for span in (Range(0.1, 10.0, "log"), Range(-3.0, 3.0)):
        assert from_line(span, to_line(span, 2.5)) == pytest.approx(2.5)
        assert from_line(span, 99.0) == span.high
    for name, value in (("retweeted", 0.06), ("views", 17.0)):
        aim = CalibrationTarget(outcome=name, value=value, uncertainty=1.0)
        assert outcome_at(aim, outcome_place(aim, value)) == pytest.approx(value)
    assert mean_of(VIEWS_20, np.array([np.nan, np.nan])).error == np.inf


# --- searches and samples, in worlds whose answer is known ------------------------------------------------------------

BOWL = Joint(
    trials=24,
    batch=6,
    parameters={"reading.scan_mean": Free(between=(10, 110)), "reactions.age_power": Free(between=(0.0, 1.0))},
    targets={"views": CalibrationTarget(outcome="views", value=5.0, uncertainty=0.5)},
)
VIEWS_20 = CalibrationTarget(outcome="views", value=20.0, uncertainty=0.5)
HERE = {"reading.scan_mean": 100.0, "reactions.age_power": 0.9}


def line(points, readings):
    """Views grow with both parameters: 10 times the sum of their places in their ranges; two seeds differ by 0.2."""
    sums = np.array([point["reading.scan_mean"] / 100.0 - 0.1 + point["reactions.age_power"] for point in points])
    return (5.0 * sums[:, None] + np.array([-0.1, 0.1]))[:, :, None]


def searched(folder, **more):
    given = {"seed": 3, "journal": folder / "trials.journal"} | more
    return search("bowl", BOWL, {}, Solution({}, 0), HERE, line, **given)


def test_a_search_finds_values_that_meet_their_target_and_changes_no_more_than_it_must(tmp_path):
    done = searched(tmp_path)
    assert len(done.trials) == BOWL.trials
    assert done.chosen.distance <= done.least + 1.0 <= 1.1
    good = [trial for trial in done.trials if trial.distance <= done.least + 1.0]
    assert len(good) > 1
    apart = [abs(t.point["reading.scan_mean"] - 100) / 100 + abs(t.point["reactions.age_power"] - 0.9) for t in good]
    assert apart[good.index(done.chosen)] <= 2 * min(apart)


def test_the_same_trials_are_tried_again_and_other_ones_with_another_seed(tmp_path):
    points = [[trial.point for trial in searched(tmp_path, seed=seed).trials] for seed in (3, 3, 4)]
    assert points[0] == points[1] != points[2]


def test_the_journal_of_trials_can_be_opened_with_optuna(tmp_path):
    done = searched(tmp_path)
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(tmp_path / "trials.journal"))
    )
    kept = optuna.load_study(study_name="bowl", storage=storage)
    assert [trial.value for trial in kept.trials] == [trial.distance for trial in done.trials]


def test_the_weighted_sample_is_the_posterior_where_that_is_known(tmp_path):
    """The sum of places u + v is normal around 1 with SD 0.1 (twice 0.5 over ten), cut to the square; u is even."""
    targets = Targets("known", Parameters(), joint={"bowl": BOWL}, sample=Sample(points=400, replicates=2))
    done = searched(tmp_path)
    assert stretched(done) == 1.0
    proposed = propose(targets, Solution({}, 0), [done], 1)
    sample = weigh(targets, [done], proposed, line)
    table = sample.table
    total = (table["reading.scan_mean"] / 100.0 - 0.1 + table["reactions.age_power"]).to_numpy()
    mean = np.average(total, weights=table["weight"].to_numpy())
    spread = np.average((total - mean) ** 2, weights=table["weight"].to_numpy()) ** 0.5
    assert table["weight"].sum() == pytest.approx(1.0)
    assert sample.effective > 200
    assert mean == pytest.approx(1.0, abs=0.03)
    assert spread == pytest.approx(np.hypot(0.5, 0.1) / 5.0, rel=0.2)
    place = ((table["reading.scan_mean"] - 10.0) / 100.0 * table["weight"]).sum()
    assert place == pytest.approx(0.5, abs=0.08)


def test_a_search_leaves_open_what_its_target_does_not_tell_even_where_no_trial_was(tmp_path):
    """Only the sum of places is known, to 0.1: each place alone may be anything."""
    left = left_open(searched(tmp_path), {})
    assert left.ranges["reading.scan_mean"] == pytest.approx((10.0, 110.0), abs=8.0)
    assert left.ranges["reactions.age_power"] == pytest.approx((0.0, 1.0), abs=0.08)


def test_a_search_leaves_open_two_standard_deviations_of_a_place_that_its_target_tells(tmp_path):
    """The place is 0.5, with a standard deviation of 0.5 and 0.1 together over 10."""
    one = BOWL.model_copy(update={"parameters": {"reactions.age_power": Free(between=(0.0, 1.0))}})

    def ask(points, readings):
        return (10.0 * np.array([[point["reactions.age_power"]] for point in points]) + [-0.1, 0.1])[:, :, None]

    done = search("one", one, {}, Solution({}, 0), HERE, ask, seed=3, journal=tmp_path / "one.journal")
    lower, upper = left_open(done, {}).ranges["reactions.age_power"]
    assert (lower, upper) == pytest.approx((0.5 - 2 * 0.051, 0.5 + 2 * 0.051), abs=0.01)


def test_targets_that_cannot_be_met_stretch_what_is_not_known_of_them(tmp_path):
    far = BOWL.model_copy(update={"targets": {"views": VIEWS_20}})
    done = search("far", far, {}, Solution({}, 0), HERE, line, seed=1, journal=tmp_path / "far.journal")
    assert stretched(done) == pytest.approx(done.least**0.5)
    assert stretched(done) > 10


# --- the whole, in a small world of the model -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("calibration")
    (place / "small.yaml").write_text(SMALL, encoding="utf-8")
    calibrated(place / "small.yaml", place / "out")
    return place / "out"


def test_runs_that_were_lost_are_done_again_and_nothing_else_and_the_end_is_the_same(folder, small, tmp_path):
    lines = (folder / "runs.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    half = len(lines) // 2
    (tmp_path / "runs.jsonl").write_text("".join(lines[:half]) + lines[half][:20], encoding="utf-8")
    assert calibrated(small, tmp_path).runs == len(lines) - half
    assert contents(tmp_path) == contents(folder)


@pytest.mark.slow
def test_a_calibration_is_the_same_on_two_workers(folder, small, tmp_path):
    calibrated(small, tmp_path, workers=2)
    assert contents(tmp_path) == contents(folder)


@pytest.mark.slow
def test_a_calibration_that_was_killed_goes_on_to_the_same_end(small, tmp_path):
    calibrated(small, tmp_path / "whole")
    command = [sys.executable, "-m", "experiments.cli", "calibrate", str(small), "-o", str(tmp_path / "killed")]
    process = subprocess.Popen(
        [*command, "--workers", "2"], cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    file, end = tmp_path / "killed" / "runs.jsonl", time.monotonic() + 120
    while (not file.is_file() or file.read_bytes().count(b"\n") < 15) and time.monotonic() < end:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "manifest.json").exists()
    kept = file.read_bytes().count(b"\n")
    done = calibrated(small, tmp_path / "killed")
    assert contents(tmp_path / "whole") == contents(tmp_path / "killed")
    assert 15 <= kept == file.read_bytes().count(b"\n") - done.runs


def test_a_second_calibration_with_another_seed_lies_within_the_stated_uncertainty(small, tmp_path):
    """Two estimates from 8 seeds each differ by more than 4.1 standard errors once in 1,000 times (t, 14 degrees)."""
    text = SMALL.replace("replicates: 3", "replicates: 8", 1)
    found = []
    for seed in (1, 2):
        small.write_text(text.replace("seed: 1", f"seed: {seed}"), encoding="utf-8")
        found.append(calibrated(small, tmp_path / str(seed), facts_only=True).solution.facts)
    for path in found[0]:
        one, other = found[0][path], found[1][path]
        assert one.is_met
        assert other.is_met
        apart = abs(np.log(one.value / other.value)) / np.hypot(one.noise, other.noise)
        assert 0.0 < apart < 4.1, path


JOINT = """
calibration: joint
base:
  agents: 200
  days: 6
  warmup_days: 2
  step_minutes: 120
  activity: {posts_sigma: 0.7, sessions_sigma: 0.8, sessions_median: 2.0}
  reactions: {retweet: 0.02}
network: {type: ring, neighbours: 16}
seed: 1
replicates: 4
fresh: 2
facts:
  reactions.retweet: {between: [0.002, 0.5], scale: log, outcome: retweeted, value: 0.42, uncertainty: 0.03}
joint:
  posting:
    solve: [reactions.retweet]
    trials: 16
    refine: 8
    batch: 8
    parameters:
      activity.posts_median: {between: [0.5, 8], scale: log}
      reactions.age_power: {between: [0.0, 1.0]}
    targets:
      views: {outcome: views, value: 4.62, uncertainty: 0.3}
      within 6 h: {outcome: retweets_within_6h, value: 0.556, uncertainty: 0.03}
sample: {points: 2, replicates: 2}
"""
"""The targets are the means over 20 other seeds of the world with 2 posts, `age_power` 0.3 and retweets of 0.05."""
TRUTH = {"reactions.retweet": 0.05, "activity.posts_median": 2.0, "reactions.age_power": 0.3}


def test_a_second_joint_search_with_another_seed_lies_within_the_stated_uncertainty(tmp_path):
    """The world that made the targets lies within both ranges; the two values are no further apart than both allow.

    That one value lies within the range of the other is not to be asked for: of 95% intervals, 83% hold it.
    """
    found = []
    for seed in (1, 2):
        file = tmp_path / f"{seed}.yaml"
        file.write_text(JOINT.replace("seed: 1", f"seed: {seed}"), encoding="utf-8")
        done = calibrated(file, tmp_path / str(seed))
        assert done.searches[0].chosen.number > 0
        found.append({row["parameter"]: row for row in done.parameters.to_dicts()})
    for path, true in TRUTH.items():
        below, above = sorted((rows[path] for rows in found), key=lambda row: row["value"])
        assert below["value"] < above["value"]
        allowed = np.hypot(below["upper"] - below["value"], above["value"] - above["lower"])
        assert above["value"] - below["value"] <= allowed, path
        for row in (below, above):
            assert row["lower"] <= true <= row["upper"], path
            assert row["upper"] - row["lower"] < 0.75 * (row["high"] - row["low"]), path


def test_facts_hold_over_fresh_seeds_and_a_target_out_of_reach_is_reported(folder):
    fit = {row["target"]: row for row in pl.read_csv(folder / "fit.csv").to_dicts()}
    assert fit["reactions.retweet"]["met"]
    assert fit["reactions.reply"]["met"]
    assert fit["reactions.retweet"]["lower"] < 0.10 < fit["reactions.retweet"]["upper"]
    assert not fit["cascades"]["met"]
    assert fit["cascades"]["used"] == "no"
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["not_met"][-1] == "cascades"


def test_the_folder_holds_pictures_tables_and_where_they_come_from(folder):
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"figures/fit.png", "figures/sample.png", "figures/latency.png", "targets.yaml", "runs.jsonl"} <= names
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["network"]["type"] == "ring"
    assert manifest["people"] == 200
    assert {"code", "versions", "machine", "seconds", "seed"} <= manifest.keys()


CAMPAIGN = """
calibration: campaign
base:
  {agents: 200, days: 6, warmup_days: 3, step_minutes: 120, activity: {posts_median: 10}, posting: {tip_share: 0.5}}
network: {type: ring, neighbours: 16}
arms:
  campaign: {type: hashtag, seeds: {who: random, count: 10}}
replicates: 3
fresh: 2
facts:
  reactions.retweet: {between: [0.002, 0.5], scale: log, outcome: retweeted, value: 0.10, uncertainty: 0.02}
  adoption.first_exposure:
    {between: [0.02, 0.5], scale: log, arm: campaign, days: 3, outcome: adoption, value: 0.15, uncertainty: 0.03}
checks:
  later: {arm: campaign, outcome: adoption, value: 0.3, uncertainty: 0.1}
  alone: {outcome: adoption, value: 0.1, uncertainty: 0.1}
"""


def test_a_target_may_be_read_in_an_arm_and_in_runs_of_another_length(tmp_path):
    (tmp_path / "campaign.yaml").write_text(CAMPAIGN, encoding="utf-8")
    done = calibrated(tmp_path / "campaign.yaml", tmp_path / "out", facts_only=True)
    assert done.solution.facts["adoption.first_exposure"].is_met
    assert done.solution.facts["reactions.retweet"].is_met
    fit = {row["target"]: row for row in done.fit.to_dicts()}
    assert fit["adoption.first_exposure"]["lower"] < 0.15 < fit["adoption.first_exposure"]["upper"]
    assert fit["later"]["got"] > fit["adoption.first_exposure"]["got"]
    assert fit["alone"]["got"] < 1e-5
    assert [fit[name]["arm"] for name in ("reactions.retweet", "later")] == ["none", "campaign"]
    again = calibrated(tmp_path / "campaign.yaml", tmp_path / "out", facts_only=True)
    assert again.runs == 0
    assert again.solution.point == done.solution.point


GRAPHS = """
calibration: graphs
base: {agents: 150, days: 3, warmup_days: 1, step_minutes: 240}
network: {type: popularity}
replicates: 4
fresh: 4
facts:
  reactions.retweet: {between: [0.002, 0.5], scale: log, outcome: retweeted, value: 0.10, uncertainty: 0.02}
  network.followed_median: {between: [4, 40], scale: log, measure: mean_degree, value: 12, uncertainty: 1}
  network.return_probability: {between: [0.05, 0.9], measure: reciprocity, value: 0.4, uncertainty: 0.05}
checks:
  clustering: {measure: clustering, value: 0.9, uncertainty: 0.01}
"""
OF_GRAPHS = ["network.followed_median", "network.return_probability"]


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    place = tmp_path_factory.mktemp("graphs")
    (place / "graphs.yaml").write_text(GRAPHS, encoding="utf-8")
    return place / "graphs.yaml", calibrated(place / "graphs.yaml", place / "out", facts_only=True)


def test_facts_of_the_network_are_solved_and_met_over_fresh_seeds(graphs):
    _, done = graphs
    assert all(item.is_met for item in done.solution.facts.values())
    fit = {row["target"]: row for row in done.fit.to_dicts()}
    assert [fit[path]["outcome"] for path in OF_GRAPHS] == ["mean_degree", "reciprocity"]
    assert [fit[path]["wanted"] for path in OF_GRAPHS] == [12, 0.4]
    assert all(fit[path]["met"] for path in OF_GRAPHS)
    assert not fit["clustering"]["met"]
    drawn = [measures(World.build(done.world, replicate_seed(1, replicate)).graph) for replicate in range(5, 9)]
    for name, target in (("mean_degree", OF_GRAPHS[0]), ("reciprocity", OF_GRAPHS[1]), ("clustering", "clustering")):
        assert fit[target]["got"] == pytest.approx(np.mean([row[name] for row in drawn]))


def test_facts_of_the_network_are_solved_apart_from_the_others_and_before_them(graphs, tmp_path):
    file, done = graphs
    lines = [json.loads(line) for line in (file.parent / "out" / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    is_of_a_graph = [all(not name.startswith("retweeted") for name in line["values"]) for line in lines]
    first_run = is_of_a_graph.index(False)
    assert is_of_a_graph[first_run:-8] == [False] * (len(lines) - 8 - first_run)  # the last eight are those of the fit
    text = GRAPHS.replace("value: 0.10", "value: 0.15")
    (tmp_path / "graphs.yaml").write_text(text, encoding="utf-8")
    other = calibrated(tmp_path / "graphs.yaml", tmp_path / "out", facts_only=True)
    assert [other.solution.facts[path] for path in OF_GRAPHS] == [done.solution.facts[path] for path in OF_GRAPHS]
    assert other.solution.facts["reactions.retweet"].value > done.solution.facts["reactions.retweet"].value


def test_graphs_that_were_measured_are_not_drawn_again(graphs, tmp_path):
    file, _ = graphs
    lines = (file.parent / "out" / "runs.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "runs.jsonl").write_text("".join(lines[:10]) + lines[10][:20], encoding="utf-8")
    again = calibrated(file, tmp_path, facts_only=True)
    assert again.runs == len(lines) - 10
    for name in ("calibrated.yaml", "parameters.csv", "fit.csv", "runs.jsonl"):
        assert (tmp_path / name).read_bytes() == (file.parent / "out" / name).read_bytes()


def test_the_calibrated_world_has_the_network_that_was_found(graphs):
    file, done = graphs
    text = (file.parent / "out" / "calibrated.yaml").read_text(encoding="utf-8")
    assert "# was not given; " in text
    network = Study.from_file(file.parent / "out" / "calibrated.yaml").base.model_dump()["network"]
    assert [network[path.partition(".")[2]] for path in OF_GRAPHS] == [done.point[path] for path in OF_GRAPHS]


def test_a_network_is_searched_and_sampled_with_measures_as_with_outcomes(tmp_path):
    text = """
    base: {agents: 150}
    replicates: 2
    fresh: 2
    joint:
      triangles:
        trials: 4
        batch: 2
        parameters: {network.followed_median: {between: [4, 40]}}
        targets: {degree: {measure: mean_degree, value: 12, uncertainty: 4}}
    sample: {points: 3, replicates: 2}
    """
    (tmp_path / "joint.yaml").write_text(text, encoding="utf-8")
    done = calibrated(tmp_path / "joint.yaml", tmp_path / "out")
    assert done.searches[0].trials[0].point == {"network.followed_median": 22.0}  # the middle, where none is given
    assert done.sample.table.height == 3


def test_a_study_takes_the_calibrated_world_and_what_it_says_itself_wins(folder, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(f"base: {{calibrated: {folder / 'calibrated.yaml'}, days: 5, reactions: {{like_per_reply: 3}}}}",
                    encoding="utf-8")  # fmt: skip
    base = Study.from_file(file).base
    row = pl.read_csv(folder / "parameters.csv").filter(pl.col("parameter") == "reactions.retweet").to_dicts()[0]
    assert base.reactions.retweet == row["value"] != Parameters().reactions.retweet
    assert base.reactions.like_per_reply == 3
    assert (base.agents, base.days, base.model_dump()["network"]["type"]) == (200, 5, "ring")
    assert Study.from_file(folder / "calibrated.yaml").base == base.with_values(
        {"days": Parameters().days, "reactions.like_per_reply": 5.0}
    )


def test_a_study_may_give_the_calibrated_world_another_network(folder, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(f"base: {{calibrated: {folder / 'calibrated.yaml'}}}\nnetwork: {{type: star}}", encoding="utf-8")
    assert Study.from_file(file).base.model_dump()["network"]["type"] == "star"


FOUND = re.findall(
    r"^\| `([\w.]+)` \| (-?[\d.]+) \| (-?[\d.]+) \|",
    (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8").partition("\n## The network\n")[0],
    re.M,
)
"""Rows of the table of what was found for the default world: parameter, default, value."""


def digits(value, count):
    """A value with so many digits that count."""
    return float(f"{value:.{count}g}")


def test_the_page_lists_what_was_found_for_the_default_world():
    calibrated = read_document(ROOT / "configs" / "calibrated" / "popularity-5000.yaml").data["base"]
    groups = {group: values for group, values in calibrated.items() if group not in {"agents", "network"}}
    paths = {f"{group}.{name}" for group, values in groups.items() for name in values}
    assert {path for path, _, _ in FOUND} == paths - {"adoption.reinforcement"}
    base = Study.from_file(ROOT / "configs" / "calibrated" / "popularity-5000.yaml").base
    assert (base.agents, base.network) == (Parameters().agents, Parameters().network)
    assert base.adoption.reinforcement == Parameters().adoption.reinforcement


@pytest.mark.parametrize(("path", "default", "value"), FOUND, ids=[path for path, _, _ in FOUND])
def test_a_default_that_was_found_is_its_calibrated_value_in_two_or_three_digits(path, default, value):
    group, name = path.split(".")
    calibrated = read_document(ROOT / "configs" / "calibrated" / "popularity-5000.yaml").data["base"][group][name]
    kept = read_document(ROOT / "configs" / "base.yaml").data[group][name]
    assert kept == float(default)
    assert kept in {digits(calibrated, 2), digits(calibrated, 3)}
    assert float(value) in {digits(calibrated, 2), digits(calibrated, 3)}


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("}", ()),
        (", agents: 150, reactions: {like_per_reply: 3}}", ()),
        (", agents: 40}", ("study.yaml:1: base.agents: ", "for 200 people on its network", "this world has 40 people")),
        ("}\nnetwork: {type: star}", ("study.yaml:2: network: ", "for 200 people", "this world has another network")),
        (", agents: 40, reactions: {retweet: 0.01}}", ()),
    ],
)
def test_a_study_is_told_where_it_leaves_the_calibrated_world_that_it_takes(rest, told, folder, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(f"base: {{calibrated: {folder / 'calibrated.yaml'}{rest}", encoding="utf-8")
    doubts = [str(doubt) for doubt in doubts_in_file(file)]
    assert len(doubts) == bool(told)
    assert all(words in doubts[0] for words in told)


def test_a_calibrated_world_that_is_not_there_is_told_with_its_line(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("study: x\nbase: {calibrated: nowhere.yaml}", encoding="utf-8")
    with pytest.raises(InputError, match=r"study.yaml:2: base.calibrated: nowhere.yaml: no such file"):
        Study.from_file(file)


def test_a_study_takes_points_from_the_sample(folder, tmp_path):
    file = tmp_path / "study.yaml"
    text = f"base: {{calibrated: {folder / 'calibrated.yaml'}}}\nseed: 5\n"
    file.write_text(
        f"{text}design: {{type: posterior, path: {folder / 'sample.parquet'}, points: 12}}", encoding="utf-8"
    )
    points = Study.from_file(file).scenario_table()
    sample = pl.read_parquet(folder / "sample.parquet")
    assert points.height == 12
    assert set(points["reactions.retweet"]) <= set(sample["reactions.retweet"])
    assert {"reactions.retweet", "reactions.reply", "reactions.age_power"} <= set(points.columns)
    assert "weight" not in points.columns


# --- targets files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.stem)
def test_the_targets_that_come_with_the_package_are_correct(path):
    targets = read_targets(path)
    assert targets.calibration == path.stem
    assert all(aim.source != "assumed" for aim in targets.every.values())


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_targets_file_is_refused_with_the_message_that_helps(path):
    result = CliRunner().invoke(app, ["calibrate", str(path)])
    assert result.exit_code == 2
    assert result.stdout == ""
    wanted = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    lines = result.stderr.replace(str(path), "FILE").splitlines()
    assert len(lines) == len(wanted), result.stderr
    for line_, pattern in zip(lines, wanted, strict=True):
        is_long = pattern.endswith(" ...")
        assert line_.startswith(pattern.removesuffix("...")) if is_long else line_ == pattern


def test_there_are_broken_targets_files_for_every_part():
    assert len(BROKEN) >= 8
