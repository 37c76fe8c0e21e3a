"""Sweeps on the model itself, in worlds of a few dozen people: what is run, kept, resumed and reported."""

import ctypes
import gc
import sys
import time
import weakref
from typing import Any

import polars as pl
import pytest

import experiments.run
import experiments.sweep
from experiments import Store
from experiments.adaptive import Adaptive
from experiments.claims import Presence
from experiments.pace import Progress
from experiments.run import KEYS, attempt
from experiments.study import replicate_seed
from experiments.sweep import How, Part, plan, sweep
from simulation import EventLog, InputError, RunError, SupportNetworkModel
from tests.sweeps import BASE, ROOT, Failing, are_equal, tables_of, tiny


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
    for path in finished[0].glob("shards/*/*.parquet"):
        shard = pl.read_parquet(path)
        assert shard.columns[: len(KEYS)] == list(KEYS), path.name
        assert shard.select(KEYS).null_count().sum_horizontal().item() == 0 if shard.height else True


def test_arms_of_a_replicate_are_paired_by_their_seed(finished):
    runs = Store(finished[0]).runs().select("arm", "replicate", "seed").rows()
    assert runs == [(arm, r, replicate_seed(3, r)) for r in (1, 2) for arm in ("none", "tag")]


def test_the_same_study_run_twice_gives_identical_tables(finished, tmp_path):
    sweep(tiny(), tmp_path)
    assert are_equal(tmp_path, finished[0])


def test_an_interrupted_sweep_goes_on_where_it_stopped_with_the_same_result(finished, tmp_path):
    def stop_after_one(progress):
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(tiny(), tmp_path, report=stop_after_one)
    assert Store(tmp_path).manifest()["status"] == "interrupted"
    kept = Store(tmp_path).runs().height
    assert kept >= 1
    report = sweep(tiny(), tmp_path)
    assert (report.kept, report.ran) == (kept, 4 - kept)
    assert Store(tmp_path).manifest()["status"] == "complete"
    assert are_equal(tmp_path, finished[0])


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


def test_a_damaged_shard_is_set_aside_and_its_runs_are_done_again(finished, tmp_path):
    sweep(tiny(), tmp_path)
    path = next(tmp_path.glob("shards/*/outcomes.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    report = sweep(tiny(), tmp_path)
    assert report.damaged[0].words.startswith("outcomes.parquet has 100 bytes")
    assert (tmp_path / "damaged" / path.parent.name / "posts.parquet").is_file()
    assert are_equal(tmp_path, finished[0])


def test_a_run_that_fails_is_recorded_and_set_aside_and_the_others_go_on(finished, monkeypatch, tmp_path):
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Failing)
    report = sweep(tiny(), tmp_path)
    assert (report.ran, report.failed, len(report.failures)) == (4, 1, 1)
    failure = report.failures[0]
    assert (failure.arm, failure.replicate, failure.seed) == ("tag", 2, replicate_seed(3, 2))
    assert failure.error == "RunError: the desk caught fire"
    assert "Traceback" in failure.trace
    assert Store(tmp_path).runs()["status"].to_list() == ["done", "done", "done", "failed"]
    assert Store(tmp_path).manifest()["status"] == "incomplete"
    monkeypatch.undo()
    again = sweep(tiny(), tmp_path)
    assert (again.kept, again.ran, again.failed, again.failures) == (3, 0, 1, report.failures)
    retried = sweep(tiny(), tmp_path, How(retry_failed=True))
    assert (retried.kept, retried.ran, retried.failed, retried.failures) == (3, 1, 0, ())
    assert are_equal(tmp_path, finished[0])


def test_a_run_that_fails_again_stays_failed_and_is_counted_once(monkeypatch, tmp_path):
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Failing)
    sweep(tiny(), tmp_path)
    again = sweep(tiny(), tmp_path, How(retry_failed=True))
    assert (again.kept, again.ran, again.failed, len(again.failures)) == (3, 1, 1, 1)
    assert Store(tmp_path).runs()["status"].to_list() == ["done", "done", "done", "failed"]


def test_one_run_that_raises_among_fifty_takes_nothing_from_the_others(monkeypatch, tmp_path):
    study = tiny(replicates=25, base=BASE.with_values({"agents": 20, "days": 1}), outcomes=["adopters"])
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Failing)
    report = sweep(study, tmp_path)
    assert (report.ran, report.failed) == (50, 1)
    monkeypatch.undo()
    sweep(study, tmp_path, How(retry_failed=True))
    sweep(study, tmp_path / "whole")
    assert are_equal(tmp_path, tmp_path / "whole")


def test_a_run_that_exceeds_the_time_limit_is_recorded(tmp_path):
    report = sweep(tiny(replicates=1), tmp_path, How(time_limit=0.002))
    assert {failure.error for failure in report.failures} == {
        "TimeLimitError: took longer than the time limit of 0.002 s"
    }
    assert sweep(tiny(replicates=1), tmp_path, How(retry_failed=True, time_limit=60.0)).failed == 0


def test_a_time_limit_that_falls_into_code_which_makes_another_error_of_it_is_recorded_as_one(monkeypatch, tmp_path):
    def wraps_what_is_raised(*_, **__):
        try:
            time.sleep(60)
        except Exception as problem:
            raise RuntimeError("a reporter failed validation") from problem

    monkeypatch.setattr(experiments.run, "SupportNetworkModel", wraps_what_is_raised)
    report = sweep(tiny(replicates=1), tmp_path, How(time_limit=0.02))
    assert {failure.error for failure in report.failures} == {
        "TimeLimitError: took longer than the time limit of 0.02 s"
    }


@pytest.mark.parametrize("package", ["numba", "polars", "weakref"])
def test_an_alarm_lets_what_cannot_be_stopped_finish_and_rings_again(package, monkeypatch, capfd, tmp_path):
    finished = []
    library: dict[str, Any] = {
        "__name__": f"{package}.made_up",
        "call": ctypes.CFUNCTYPE(None)(lambda: time.sleep(0.1)),
    }
    exec("def work(): call(); return True", library)

    def work_and_go_on(*_, **__):
        finished.append(library["work"]())
        time.sleep(60)

    monkeypatch.setattr(experiments.run, "SupportNetworkModel", work_and_go_on)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    start = time.perf_counter()
    report = sweep(tiny(replicates=1), tmp_path, How(time_limit=0.02))
    assert [failure.error.split(":")[0] for failure in report.failures] == ["TimeLimitError"] * 2
    assert finished == [True, True]
    assert time.perf_counter() - start < 60
    assert "Exception ignored" not in capfd.readouterr().err


@pytest.mark.parametrize("limit", [None, 0.02])
@pytest.mark.parametrize("events", [None, EventLog()])
def test_a_run_leaves_nothing_of_its_model_in_memory_for_the_collector_of_garbage(limit, events, monkeypatch, tmp_path):
    made: list[weakref.ref[Any]] = []

    class Watched(SupportNetworkModel):
        def __init__(self, *words, **more):
            super().__init__(*words, **more)
            made.extend([weakref.ref(self), weakref.ref(self.engine), weakref.ref(self.datacollector)])

        def step(self):
            super().step()
            if limit:
                time.sleep(60)

    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Watched)
    study = tiny(replicates=1, events=events)
    gc.collect()
    gc.disable()
    try:
        results = [attempt(experiment, limit, tmp_path / experiment.arm) for experiment in study.experiments()]
        left = [vars(item()) for item in made if item() is not None]
    finally:
        gc.enable()
    assert [bool(result.error) for result in results] == [bool(limit)] * 2
    assert len(made) == 6
    assert not any(left)


def test_progress_counts_from_none_to_all_and_guesses_the_time_left(tmp_path):
    seen: list[Progress] = []
    sweep(tiny(), tmp_path, report=seen.append)
    counts = [now.done for now in seen]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1], seen[-1].left) == (0, 4, 0)
    assert seen[0].seconds_left is None
    assert seen[-1].seconds_left == pytest.approx(0.0)


def test_a_run_is_on_the_disk_when_it_is_counted(tmp_path):
    def count(progress):
        there = Store(tmp_path).inventory()
        assert len(there.done) == progress.done
        assert there.damaged == ()

    sweep(tiny(), tmp_path, report=count)


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
    assert plan(tiny(), tmp_path / "new").left == 4
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


def test_every_sweep_leaves_a_record_and_every_run_names_its_sweep(tmp_path):
    for replicates in (1, 2):
        sweep(tiny(replicates=replicates), tmp_path, How(command=("supportnet", f"replicates={replicates}")))
    records = {item["sweep"]: item for item in Store(tmp_path).sweeps()}
    for row in Store(tmp_path).runs().iter_rows(named=True):
        assert records[row["sweep"]]["command"][1] == f"replicates={row['replicate']}"
        assert row["code"]
        assert row["seconds"] > 0
        assert row["peak_memory_mb"] > 50
    assert all(item["packages"]["polars"] and item["machine"]["memory_gb"] for item in records.values())


def test_an_executor_that_is_not_there_or_cannot_have_so_many_workers_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown executor"):
        sweep(tiny(), tmp_path, How(executor="serail"))
    with pytest.raises(InputError, match="one worker"):
        sweep(tiny(), tmp_path, How(executor="serial", workers=2))
    assert list(tmp_path.iterdir()) == []


def test_parts_of_a_study_share_nothing_and_together_are_the_study(finished, tmp_path):
    study = tiny()
    parts = [Part(number, 3) for number in (1, 2, 3)]
    chosen = [[item.run for item in plan(study, tmp_path, How(part=part)).runs()] for part in parts]
    assert sorted(run for part in chosen for run in part) == sorted(item.run for item in plan(study, tmp_path).runs())
    for part in parts:
        report = sweep(study, tmp_path, How(part=part))
        assert report.ran == report.total == len(chosen[part.number - 1])
    assert Store(tmp_path).manifest()["status"] == "complete"
    assert Store(tmp_path).manifest()["runs"] == {"total": 4, "done": 4, "failed": 0}
    assert are_equal(tmp_path, finished[0])


def test_parts_are_of_about_the_same_size_whatever_the_design(tmp_path):
    for factors, replicates in (({}, 12), ({"beliefs.contact": (0.0, 0.1, 0.2)}, 4), ({"beliefs.contact": (0.0,)}, 5)):
        study = tiny(factors=factors, replicates=replicates)
        sizes = [plan(study, tmp_path, How(part=Part(number, 3))).total for number in (1, 2, 3)]
        assert max(sizes) - min(sizes) <= 2
        assert sum(sizes) == study.number_of_runs


@pytest.mark.parametrize("words", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
def test_what_is_no_part_is_refused(words):
    with pytest.raises(InputError, match="is no part of a study"):
        Part.read(words)


def test_two_sweeps_at_once_share_the_work_and_repeat_nothing(finished, tmp_path):
    inner: list[Any] = []

    def another(progress):
        if progress.done and not inner:
            inner.append(sweep(tiny(), tmp_path))

    outer = sweep(tiny(), tmp_path, report=another)
    assert inner[0].ran + outer.ran == 4
    assert pl.read_parquet(tmp_path / "shards" / "*" / "runs.parquet").height == 4
    assert are_equal(tmp_path, finished[0])


def test_what_a_sweep_took_and_did_not_finish_is_done_by_the_other(finished, tmp_path):
    def another(progress):
        if progress.done and not list((tmp_path / "sweeps").glob("*.json"))[1:]:
            with pytest.raises(KeyboardInterrupt):
                sweep(tiny(), tmp_path, report=interrupted)

    def interrupted(progress):
        raise KeyboardInterrupt

    assert sweep(tiny(), tmp_path, report=another).ran == 4
    assert are_equal(tmp_path, finished[0])


def test_what_another_sweep_has_done_between_plan_and_arrival_is_not_done_again(finished, tmp_path):
    planned = plan(tiny(), tmp_path)
    sweep(tiny(), tmp_path)
    report = sweep(tiny(), tmp_path, planned=planned)
    assert (report.kept, report.ran) == (4, 0)
    assert are_equal(tmp_path, finished[0])


def test_a_sweep_leaves_the_files_of_another_one_at_work_alone(tmp_path):
    store = Store(tmp_path)
    with Presence(store.working, "f" * 16):
        (store.working / "shard-of-the-other").mkdir()
        sweep(tiny(replicates=1), tmp_path)
        assert (store.working / "shard-of-the-other").is_dir()
    sweep(tiny(), tmp_path)
    assert not (store.working / "shard-of-the-other").exists()


def test_a_disk_that_fills_up_stops_the_sweep_with_a_sentence_and_loses_nothing(finished, monkeypatch, tmp_path):
    import os

    real = os.fsync
    is_full: list[int] = []

    def full(handle):
        if is_full:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr("experiments.shards.os.fsync", full)
    with pytest.raises(RunError, match="can no longer be written: No space left on device"):
        sweep(tiny(), tmp_path, report=lambda progress: is_full.append(1) if progress.done else None)
    monkeypatch.undo()
    kept = Store(tmp_path).runs().height
    assert kept >= 1
    assert sweep(tiny(), tmp_path).kept == kept
    assert are_equal(tmp_path, finished[0])


def test_what_the_report_raises_is_not_taken_for_a_full_disk_and_loses_nothing(finished, tmp_path):
    def report(progress):
        if progress.done:
            raise BrokenPipeError(32, "nobody listens")

    with pytest.raises(BrokenPipeError, match="nobody listens"):
        sweep(tiny(), tmp_path, report=report)
    kept = Store(tmp_path).runs().height
    assert kept >= 1
    assert sweep(tiny(), tmp_path).kept == kept
    assert are_equal(tmp_path, finished[0])


def test_only_the_tables_asked_for_are_kept(finished, tmp_path):
    sweep(tiny(), tmp_path, How(keep=("outcomes",)))
    assert Store(tmp_path).names() == ["outcomes", "runs"]
    assert tables_of(tmp_path)["outcomes"].equals(tables_of(finished[0])["outcomes"])


def test_adaptive_replicates_come_in_rounds_and_a_resumed_sweep_agrees(tmp_path):
    study = tiny(replicates=Adaptive(at_least=3, at_most=8, until={"normalization": 1e-9}))
    seen: list[int] = []
    report = sweep(study, tmp_path / "one", report=lambda progress: seen.append(progress.total))
    assert (seen[0], report.ran) == (6, 16)
    stopped: list[int] = []

    def stop(progress):
        if progress.done >= 7 and not stopped:
            stopped.append(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(study, tmp_path / "two", report=stop)
    sweep(study, tmp_path / "two")
    assert are_equal(tmp_path / "one", tmp_path / "two")


def test_results_show_themselves_in_a_notebook(finished):
    results = tiny().run(out=finished[0])
    text = results._repr_html_()
    assert "<table>" in text
    assert 'role="img"' in text
    assert results.people == 40
    assert set(results.outcomes["arm"]) == {"none", "tag"}
    assert results.summary().height == 2


def test_a_study_in_python_takes_its_arms_along_the_ridge_when_it_says_so(tmp_path):
    results = tiny(ridge=1, replicates=1, outcomes=["normalization"]).run(out=tmp_path / "out")
    assert Store(results.folder / "ridge").runs().height == 20
    assert results.runs.height == 2


def test_every_column_of_every_table_is_in_the_documentation(finished):
    sections = (ROOT / "docs" / "results.md").read_text().split("\n**`")
    described = {section.split("`")[0]: section for section in sections[1:]}
    store = Store(finished[0])
    for name in store.names():
        for column in store.scan(name).collect_schema().names()[len(KEYS) :]:
            assert f"`{column}`" in described[name], f"{name}.{column}"
