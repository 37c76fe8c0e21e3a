"""Sweeps on the model itself, in worlds of a few dozen people: what is run, kept, resumed and reported."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import experiments.run
from experiments import Arm, Store, Study
from experiments.executors import EXECUTORS
from experiments.run import KEYS
from experiments.study import replicate_seed
from experiments.sweep import Progress, plan, sweep
from simulation import Hashtag, InputError, Moderation, Parameters, RunError, SupportNetworkModel

ROOT = Path(__file__).resolve().parents[1]
BASE = Parameters(agents=40, days=2, warmup_days=1, step_minutes=120)


def tiny(**changes):
    given: dict[str, Any] = {
        "study": "tiny",
        "base": BASE,
        "arms": [Arm("none"), Arm("tag", [Hashtag(), Moderation(regime="automatic_review")])],
        "replicates": 2,
        "seed": 3,
    }
    return Study(**(given | changes))


def files_of(folder, *, without=("runs", "manifest.json")):
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    named = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    return {name: content for name, content in named.items() if name.split("/")[0] not in without}


class Failing(SupportNetworkModel):
    """A model that does not survive the second replicate of the arm with a tag."""

    def __init__(self, parameters, *, rng, interventions=(), **rest):
        super().__init__(parameters, rng=rng, interventions=interventions, **rest)
        if interventions and rng == replicate_seed(3, 2):
            raise RunError("the desk\ncaught fire")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    return folder, sweep(tiny(), folder)


def test_every_run_of_a_study_is_done_and_kept(finished):
    folder, report = finished
    assert (report.total, report.ran, report.kept, report.failures) == (4, 4, 0, ())
    assert Store(folder).manifest()["status"] == "complete"
    assert Store(folder).runs()["status"].to_list() == ["done"] * 4


def test_the_keys_stand_first_in_every_row_of_every_table(finished):
    store = Store(finished[0])
    assert {"outcomes", "posts", "network", "runs"} <= set(store.names())
    for name in store.names():
        shards = [pl.read_parquet(path) for path in sorted((finished[0] / name).glob("*.parquet"))]
        assert all(shard.columns[: len(KEYS)] == list(KEYS) for shard in shards), name
        assert sum(shard.select(KEYS).null_count().sum_horizontal().item() for shard in shards) == 0


def test_arms_of_a_replicate_are_paired_by_their_seed(finished):
    runs = Store(finished[0]).runs().select("arm", "replicate", "seed").rows()
    assert runs == [(arm, r, replicate_seed(3, r)) for r in (1, 2) for arm in ("none", "tag")]


def test_the_same_study_run_twice_gives_byte_identical_tables(finished, tmp_path):
    sweep(tiny(), tmp_path)
    assert files_of(tmp_path) == files_of(finished[0])


def test_an_interrupted_sweep_goes_on_where_it_stopped_with_the_same_result(finished, tmp_path):
    def stop_after_two(progress):
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(tiny(), tmp_path, report=stop_after_two)
    assert Store(tmp_path).manifest()["status"] == "interrupted"
    assert Store(tmp_path).runs().height == 2
    report = sweep(tiny(), tmp_path)
    assert (report.kept, report.ran) == (2, 2)
    assert files_of(tmp_path) == files_of(finished[0])


def test_a_finished_study_runs_nothing_again(tmp_path):
    sweep(tiny(replicates=1), tmp_path)
    before = Store(tmp_path).runs()
    report = sweep(tiny(replicates=1), tmp_path)
    assert (report.kept, report.ran) == (2, 0)
    assert Store(tmp_path).runs().equals(before)


def test_more_replicates_add_runs_and_repeat_none(finished, tmp_path):
    sweep(tiny(replicates=1), tmp_path)
    report = sweep(tiny(), tmp_path)
    assert (report.kept, report.ran, report.superseded) == (2, 2, 0)
    kept, fresh = Store(tmp_path).table("outcomes"), Store(finished[0]).table("outcomes")
    assert kept.equals(fresh)


def test_a_damaged_shard_is_computed_again(finished, tmp_path):
    sweep(tiny(), tmp_path)
    shard = next(iter(sorted((tmp_path / "outcomes").glob("*.parquet"))))
    shard.write_bytes(shard.read_bytes()[:100])
    assert sweep(tiny(), tmp_path).ran == 1
    assert files_of(tmp_path) == files_of(finished[0])


def test_a_run_that_fails_is_recorded_and_the_others_go_on(monkeypatch, tmp_path):
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Failing)
    report = sweep(tiny(), tmp_path)
    assert (report.ran, len(report.failures)) == (4, 1)
    failure = report.failures[0]
    assert (failure.arm, failure.replicate, failure.seed) == ("tag", 2, replicate_seed(3, 2))
    assert failure.error == "RunError: the desk caught fire"
    assert Store(tmp_path).runs()["status"].to_list() == ["done", "done", "done", "failed"]
    assert Store(tmp_path).manifest()["status"] == "incomplete"
    monkeypatch.undo()
    again = sweep(tiny(), tmp_path)
    assert (again.kept, again.ran, again.failures) == (3, 1, ())


def test_progress_counts_from_none_to_all_and_guesses_the_time_left(tmp_path):
    seen: list[Progress] = []
    sweep(tiny(), tmp_path, report=seen.append)
    assert [now.done for now in seen] == [0, 1, 2, 3, 4]
    assert seen[0].seconds_left is None
    assert seen[2].seconds_left == pytest.approx(seen[2].seconds)
    assert seen[-1].left == 0


def test_a_change_of_settings_sets_the_old_runs_aside(tmp_path):
    sweep(tiny(replicates=1), tmp_path)
    changed = tiny(replicates=1, base=BASE.with_values({"beliefs.contact": 0.0}))
    assert plan(changed, tmp_path).superseded == 2
    assert sweep(changed, tmp_path).superseded == 2
    assert Store(tmp_path).runs().height == 2


def test_a_folder_with_another_study_is_refused(finished):
    with pytest.raises(InputError, match="results of the study 'tiny'"):
        sweep(tiny(study="other"), finished[0])


def test_a_plan_changes_nothing(tmp_path):
    assert len(plan(tiny(), tmp_path / "new").to_run) == 4
    assert not (tmp_path / "new").exists()


def test_only_the_outcomes_asked_for_are_kept(tmp_path):
    sweep(tiny(replicates=1, outcomes=["adopters"]), tmp_path)
    assert Store(tmp_path).table("outcomes")["outcome"].unique().to_list() == ["adopters"]


def test_the_manifest_says_where_the_numbers_come_from(finished):
    manifest = Store(finished[0]).manifest()
    assert manifest["hash"] == tiny().content_hash()
    assert manifest["replicate_seeds"] == [replicate_seed(3, 1), replicate_seed(3, 2)]
    assert manifest["versions"]["numpy"]
    assert manifest["code"]["simulation"]
    assert manifest["runs"] == {"total": 4, "done": 4, "failed": 0}


def test_an_executor_that_is_not_there_or_cannot_have_so_many_workers_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown executor"):
        sweep(tiny(), tmp_path, executor="serail")
    with pytest.raises(InputError, match="one worker"):
        sweep(tiny(), tmp_path, workers=2)


@pytest.mark.parametrize("name", list(EXECUTORS))
def test_an_executor_yields_one_value_for_every_item(name):
    with EXECUTORS[name]() as executor:
        assert sorted(executor.map(abs, [-3, 1, -2])) == [1, 2, 3]


def test_results_show_themselves_in_a_notebook(finished):
    results = tiny().run(out=finished[0])
    text = results._repr_html_()
    assert text.startswith("<table>")
    assert "data:image/png;base64," in text
    assert results.people == 40
    assert set(results.outcomes["arm"]) == {"none", "tag"}
    assert results.summary().height == 2


@pytest.mark.slow
def test_a_sweep_that_is_killed_loses_no_finished_run(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(
        "study: killed\nbase: {agents: 40, days: 2, warmup_days: 1, step_minutes: 120}\nreplicates: 40\nseed: 3\n"
    )
    command = [sys.executable, "-m", "experiments.cli", "run", str(file), "-o", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while len(list((tmp_path / "out" / "runs").glob("*.parquet"))) < 3:
            assert process.poll() is None, "the sweep ended before it could be killed"
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    finished = len(list((tmp_path / "out" / "runs").glob("*.parquet")))
    study = Study.from_file(file)
    report = sweep(study, tmp_path / "out")
    assert report.kept == finished
    sweep(study, tmp_path / "whole")
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")


def test_every_column_of_every_table_is_in_the_documentation(finished):
    sections = (ROOT / "docs" / "studies.md").read_text().split("\n**`")
    described = {section.split("`")[0]: section for section in sections[1:]}
    store = Store(finished[0])
    for name in store.names():
        for column in store.scan(name).collect_schema().names()[len(KEYS) :]:
            assert f"`{column}`" in described[name], f"{name}.{column}"
