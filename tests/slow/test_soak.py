"""Two thousand runs in one process, or in two workers of Dask: nothing grows, and no run differs from a fresh one."""

import os
from pathlib import Path
from typing import Any

import pytest

from experiments import Store
from experiments.sweep import How, sweep
from experiments.verify import verify
from simulation import EventLog
from tests.slow.test_breaking import children
from tests.sweeps import BASE, tiny

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="a system that does not say what a process holds"),
]

RUNS = 2_000
PAGE = os.sysconf("SC_PAGE_SIZE")
MOST_GROWTH = 32 * 2**20
"""Bytes by which a process may grow in its second thousand runs: noise of the allocator, far below a kept run each."""
MOST_FILES = 6
"""By how many open files a process may differ: a lock, a shard that is being written."""
HALF, WHOLE = 0.5, 0.95


def resident(pid: int) -> int:
    """Bytes of memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def held(pid: int) -> tuple[int, int]:
    """Bytes of memory and number of open files of a process; zeros of one that has ended."""
    try:
        return resident(pid), len(os.listdir(f"/proc/{pid}/fd"))
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0


class Watch:
    """Notes what processes hold while a sweep goes on."""

    def __init__(self, processes: Any) -> None:
        self.processes = processes
        self.seen: list[tuple[float, dict[int, tuple[int, int]]]] = []

    def __call__(self, now: Any) -> None:
        self.seen.append((now.done / RUNS, {pid: held(pid) for pid in self.processes()}))

    def between(self, low: float, high: float) -> dict[int, list[tuple[int, int]]]:
        """What each process held between two shares of the runs."""
        found: dict[int, list[tuple[int, int]]] = {}
        for share, each in self.seen:
            for pid, numbers in each.items() if low <= share <= high else ():
                found.setdefault(pid, []).append(numbers)
        return {pid: rows for pid, rows in found.items() if all(memory for memory, _ in rows)}

    def assert_flat(self) -> None:
        """Nobody holds much more at the end than half-way."""
        middle, end = self.between(0.25, HALF), self.between(WHOLE, 1.0)
        assert middle.keys() & end.keys()
        for pid in middle.keys() & end.keys():
            memory, files = (max(column) for column in zip(*middle[pid], strict=True))
            later, open_later = (max(column) for column in zip(*end[pid], strict=True))
            assert later - memory < MOST_GROWTH, (pid, memory, later)
            assert open_later - files <= MOST_FILES, (pid, files, open_later)


def study():
    base = BASE.with_values({"agents": 20, "days": 1, "warmup_days": 0, "step_minutes": 240.0})
    outcomes = ("adoption", "stigma", "struggle_posts", "desk_load")
    return tiny(base=base, replicates=RUNS // 2, outcomes=outcomes, events=EventLog(tables=("views", "reactions")))


def soaked(folder: Path, watch: Watch, how: How) -> None:
    report = sweep(study(), folder, how, report=watch)
    assert (report.ran, report.failed) == (RUNS, 0)
    assert len(Store(folder).inventory().done) == RUNS
    watch.assert_flat()
    found = verify(folder, sample=100)
    assert found.is_same
    assert found.total == RUNS


def test_two_thousand_runs_in_one_process_leave_nothing_behind(tmp_path):
    soaked(tmp_path / "out", Watch(lambda: [os.getpid()]), How())


def test_two_thousand_runs_in_two_workers_of_dask_leave_nothing_behind(tmp_path):
    watch = Watch(lambda: [os.getpid(), *children(os.getpid())])
    soaked(tmp_path / "out", watch, How(executor="dask", workers=2))
    assert len(watch.between(WHOLE, 1.0)) >= 3
