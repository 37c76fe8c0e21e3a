"""Nothing that ends a sweep suddenly loses a finished run or changes a number: kill it, resume it, compare."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from experiments import Store, Study
from experiments.sweep import How, sweep
from tests.sweeps import ROOT, STUDY, are_equal

pytestmark = pytest.mark.slow

RUN = [sys.executable, "-m", "experiments.cli", "run"]
MOMENTS = 20
PATIENCE = 300
"""Seconds to wait for what takes a few on an idle machine."""
COUNTED = """
import os, signal, sys
import experiments.batch, experiments.store, experiments.sweep
experiments.sweep._Sweep._batch_size = lambda sweep, left, places: 3
experiments.store.RUNS_PER_SHARD = experiments.sweep.RUNS_PER_SHARD = experiments.batch.RUNS_PER_SHARD = 12
experiments.store.MOST_SMALL_SHARDS = experiments.sweep.MOST_SMALL_SHARDS = 3
last, calls = int(sys.argv[1]), 0
def counted(real):
    def call(*words, **more):
        global calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*words, **more)
    return call
for name in ("fsync", "replace", "rename", "unlink", "rmdir", "mkdir", "open"):
    setattr(os, name, counted(getattr(os, name)))
from experiments.study import Study
experiments.sweep.sweep(Study.from_file(sys.argv[2]), __import__("pathlib").Path(sys.argv[3]))
print(calls)
"""
"""A sweep that is killed at one of the moments at which it touches the disk; its batches do not follow the clock."""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "study.yaml").write_text(f"{STUDY}replicates: 20\n")
    return tmp_path / "study.yaml"


@pytest.fixture
def undisturbed(file, tmp_path):
    sweep(Study.from_file(file), tmp_path / "whole")
    return tmp_path / "whole"


def killed_at(moment, file, folder):
    command = [sys.executable, "-c", COUNTED, str(moment), str(file), str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def started(file, folder, *words, before=(), **more):
    command = [*before, *RUN, str(file), "-o", str(folder), *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more)


def finished(folder):
    return len(Store(folder).inventory().done)


def wait_for(is_so: Callable[[], object], process=None):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None, "the sweep ended too early"
        time.sleep(0.02)


def children(pid):
    """Processes that work for a process, and theirs."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
            found += [int(child) for child in path.read_text().split()]
    return found + [grandchild for child in found for grandchild in children(child)]


def workers(pid):
    found = []
    for child in children(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # a process that has ended meanwhile
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


def test_a_sweep_killed_at_any_of_twenty_moments_goes_on_with_the_same_tables(file, undisturbed, tmp_path):
    whole = killed_at(0, file, tmp_path / "counted")
    assert whole.returncode == 0, whole.stderr
    moments = int(whole.stdout)
    killed = 0
    for number in range(MOMENTS):
        folder = tmp_path / f"killed {number}"
        done = killed_at(1 + number * (moments - 1) // MOMENTS, file, folder)
        killed += done.returncode == -signal.SIGKILL
        kept = finished(folder)
        report = sweep(Study.from_file(file), folder)
        assert (report.kept, report.ran, report.failed, report.damaged) == (kept, 40 - kept, 0, ())
        assert are_equal(folder, undisturbed)
        assert pl.read_parquet(folder / "shards" / "*" / "runs.parquet").height == 40
    assert killed == MOMENTS


@pytest.mark.parametrize("runs", [1, 10, 25])
def test_a_sweep_in_processes_that_is_killed_goes_on_and_leaves_no_process_behind(runs, file, undisturbed, tmp_path):
    with started(file, tmp_path / "out", "--workers", "2") as process:
        wait_for(lambda: finished(tmp_path / "out") >= runs, process)
        orphans = workers(process.pid)
        os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans))
    kept = finished(tmp_path / "out")
    report = sweep(Study.from_file(file), tmp_path / "out", How(executor="processes", workers=2))
    assert (report.kept, report.ran) == (kept, 40 - kept)
    assert are_equal(tmp_path / "out", undisturbed)


@pytest.mark.parametrize("executor", ["processes", "dask"])
def test_a_worker_that_is_killed_costs_nothing(executor, file, undisturbed, tmp_path):
    with started(file, tmp_path / "out", "--workers", "2", "--executor", executor) as process:
        wait_for(lambda: finished(tmp_path / "out") >= 1, process)
        os.kill(workers(process.pid)[-1], signal.SIGKILL)
        assert process.wait(timeout=PATIENCE) == 0, process.stderr.read()
    assert are_equal(tmp_path / "out", undisturbed)


def test_the_scheduler_of_dask_is_killed_and_the_sweep_says_so_and_resumes(file, undisturbed, tmp_path):
    address = "tcp://127.0.0.1:18786"
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard"],
        stderr=subprocess.DEVNULL,
    )
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"],
        cwd=ROOT, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with started(file, tmp_path / "out", "--scheduler", address) as process:
            wait_for(lambda: finished(tmp_path / "out") >= 1, process)
            scheduler.kill()
            assert process.wait(timeout=PATIENCE) == 1
            assert "the scheduler of Dask is gone" in process.stderr.read()
    finally:
        for other in (worker, scheduler):
            other.kill()
            other.wait()
    kept = finished(tmp_path / "out")
    assert sweep(Study.from_file(file), tmp_path / "out").kept == kept
    assert are_equal(tmp_path / "out", undisturbed)


def test_two_sweeps_at_once_in_one_folder_share_the_work(file, undisturbed, tmp_path):
    with started(file, tmp_path / "out") as one, started(file, tmp_path / "out") as two:
        for each in (one, two):
            assert each.wait(timeout=PATIENCE) == 0, each.stderr.read()
    assert are_equal(tmp_path / "out", undisturbed)
    assert pl.read_parquet(tmp_path / "out" / "shards" / "*" / "runs.parquet").height == 40


def test_of_two_sweeps_at_once_one_is_killed_and_the_other_does_everything(file, undisturbed, tmp_path):
    with started(file, tmp_path / "out") as one, started(file, tmp_path / "out") as two:
        wait_for(lambda: finished(tmp_path / "out") >= 4, one)
        os.kill(one.pid, signal.SIGKILL)
        assert two.wait(timeout=PATIENCE) == 0
    assert are_equal(tmp_path / "out", undisturbed)


@pytest.mark.parametrize("words", [(), ("--workers", "2"), ("--executor", "dask")])
def test_ctrl_c_exits_with_130_and_the_sweep_can_go_on(words, file, undisturbed, tmp_path):
    with started(file, tmp_path / "out", *words, start_new_session=True) as process:
        wait_for(lambda: finished(tmp_path / "out") >= 1, process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 130
        text = process.stderr.read()
    assert "goes on where this one stopped" in text
    assert "Traceback" not in text
    assert Store(tmp_path / "out").manifest()["status"] == "interrupted"
    sweep(Study.from_file(file), tmp_path / "out")
    assert are_equal(tmp_path / "out", undisturbed)


def test_files_that_can_no_longer_be_written_stop_the_sweep_with_a_sentence(file, undisturbed, tmp_path):
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from experiments.cli import app\n"
        "from experiments import sweep\n"
        "def full(progress):\n"
        "    if progress.done: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "import experiments.progress as shown\n"
        "shown.Lines.report = lambda self, now: full(now)\n"
        "app(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "run", str(file), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "results can no longer be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert finished(tmp_path / "out") >= 1
    sweep(Study.from_file(file), tmp_path / "out")
    assert are_equal(tmp_path / "out", undisturbed)


def everything_in(folder):
    return [folder, *(path for path in folder.glob("*") if path.is_dir())]


@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_folder_that_becomes_read_only_stops_the_sweep_with_a_sentence(file, undisturbed, tmp_path):
    rights = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    with started(file, tmp_path / "out", before=rights) as process:
        wait_for(lambda: finished(tmp_path / "out") >= 1, process)
        for folder in everything_in(tmp_path / "out"):
            folder.chmod(0o555)
        assert process.wait(timeout=PATIENCE) == 1
        text = process.stderr.read()
    assert "results can no longer be written: Permission denied" in text
    assert "Traceback" not in text
    refused = subprocess.run(
        [*rights, *RUN, str(file), "-o", str(tmp_path / "out")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "results cannot be written here: Permission denied" in refused.stderr
    for folder in everything_in(tmp_path / "out"):
        folder.chmod(0o755)
    kept = finished(tmp_path / "out")
    assert sweep(Study.from_file(file), tmp_path / "out").kept == kept
    assert are_equal(tmp_path / "out", undisturbed)
