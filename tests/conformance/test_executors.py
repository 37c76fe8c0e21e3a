"""What every executor must do: the table of the serial one, row for row, whatever happens to its workers."""

import os
import signal
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import experiments.executors
import experiments.sweep
from experiments import Store
from experiments.executors import EXECUTORS, Processes
from experiments.sweep import How, sweep
from simulation import InputError, RunError
from tests.sweeps import are_equal, die, die_once, do_greedy_batch, do_lethal_batch, say_environment, tiny

EACH = [pytest.param(name, marks=pytest.mark.slow) if name == "dask" else name for name in EXECUTORS]
PARALLEL = [name for name in EXECUTORS if name != "serial"]


@pytest.fixture(scope="module")
def serially(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serially")
    sweep(tiny(replicates=6), folder)
    return folder


@pytest.mark.parametrize("name", EACH)
def test_an_executor_yields_one_value_for_every_item(name):
    with EXECUTORS[name]() as executor:
        assert sorted(executor.map(abs, iter([-3, 1, -2, -2]))) == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("name", "workers"),
    [
        pytest.param("processes", 1, marks=pytest.mark.slow),
        ("processes", 2),
        pytest.param("dask", 2, marks=pytest.mark.slow),
    ],
)
def test_the_same_study_gives_identical_tables_wherever_it_is_run(name, workers, serially, tmp_path):
    report = sweep(tiny(replicates=6), tmp_path, How(executor=name, workers=workers))
    assert (report.ran, report.failed) == (12, 0)
    assert are_equal(tmp_path, serially)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(EXECUTORS))
def test_items_are_taken_as_they_can_be_used_and_not_all_at_once(name):
    taken = []

    def items():
        for item in range(40):
            taken.append(item)
            yield item

    with EXECUTORS[name]() as executor:
        results = executor.map(abs, items())
        next(results)
        assert len(taken) <= 4


@pytest.mark.slow
@pytest.mark.parametrize("name", PARALLEL)
def test_workers_keep_to_one_thread(name):
    with EXECUTORS[name]() as executor:
        (found,) = executor.map(say_environment, ["NUMBA_NUM_THREADS"])
    assert found == "1"


@pytest.mark.slow
@pytest.mark.parametrize("name", PARALLEL)
def test_an_item_whose_worker_was_killed_is_given_to_another(name, tmp_path):
    items = [str(tmp_path / f"item {number}") for number in range(3)]
    with EXECUTORS[name](2) as executor:
        assert sorted(executor.map(die_once, items, patience=10)) == items


@pytest.mark.slow
def test_an_item_that_kills_worker_after_worker_is_given_up():
    with Processes() as executor, pytest.raises(RunError, match="3 workers were killed over the same runs"):
        list(executor.map(die, [1], patience=3))


@pytest.mark.slow
def test_a_run_that_kills_its_worker_twice_is_recorded_as_failed_and_the_others_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.sweep, "do_batch", do_lethal_batch)
    report = sweep(tiny(replicates=6), tmp_path, How(executor="processes"))
    assert (report.ran, report.failed) == (12, 1)
    failure = report.failures[0]
    assert (failure.arm, failure.replicate) == ("tag", 2)
    assert failure.error.startswith("WorkerKilled: its worker was killed twice")


@pytest.mark.slow
def test_a_run_that_kills_workers_of_dask_is_recorded_as_failed_too(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.sweep, "do_batch", do_lethal_batch)
    report = sweep(tiny(replicates=2), tmp_path, How(executor="dask"))
    assert (report.ran, report.failed) == (4, 1)
    assert report.failures[0].error.startswith("WorkerKilled")


@pytest.mark.slow
def test_a_run_that_needs_more_memory_than_its_worker_may_have_is_recorded_as_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.sweep, "do_batch", do_greedy_batch)
    report = sweep(tiny(), tmp_path, How(executor="processes", memory_mb=4000.0))
    assert [failure.error for failure in report.failures] == ["MemoryError"]


@pytest.mark.slow
def test_an_interrupted_sweep_ends_its_workers_at_once():
    executor = Processes(2)
    with executor:
        pids = list(executor.map(_pid, range(4)))
        executor.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _pid(_):
    return os.getpid()


def test_a_missing_extra_costs_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'supportnet\[dask\]'"):
        sweep(tiny(), tmp_path, How(executor="dask"))


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(experiments.executors, "_SECONDS_TO_CONNECT", 1)
    with pytest.raises(InputError, match=r"nobody answers at tcp://127\.0\.0\.1:9"):
        sweep(tiny(), tmp_path, How(executor="dask", scheduler="tcp://127.0.0.1:9"))


def test_only_dask_has_a_scheduler(tmp_path):
    with pytest.raises(InputError, match="only the executor 'dask' has one"):
        sweep(tiny(), tmp_path, How(executor="processes", scheduler="tcp://127.0.0.1:8786"))


@pytest.mark.slow
def test_a_scheduler_that_is_there_is_used_and_its_end_is_told(serially, tmp_path):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
    with cluster:
        how = How(executor="dask", scheduler=cluster.scheduler_address)
        report = sweep(tiny(replicates=6), tmp_path, how)
    assert report.ran == 12
    assert are_equal(tmp_path, serially)


def test_a_worker_that_is_killed_from_outside_costs_nothing(serially, tmp_path):
    killed: list[int] = []

    def kill_one(progress):
        if progress.done and not killed:
            children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
            workers = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            killed.append(int(workers[-1]))
            os.kill(killed[0], signal.SIGKILL)

    report = sweep(tiny(replicates=6), tmp_path, How(executor="processes", workers=2), report=kill_one)
    assert killed
    assert (report.ran, report.failed) == (12, 0)
    assert pl.read_parquet(tmp_path / "shards" / "*" / "runs.parquet").height == 12
    assert are_equal(tmp_path, serially)
    assert Store(tmp_path).inventory().repeated is False
