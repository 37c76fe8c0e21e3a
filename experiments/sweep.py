"""From a study to its results: what is there already is not run again, what fails does not stop the rest."""

import math
import os
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.batch import Batch, BatchReport, Item, Kept, StoreError, do_batch
from experiments.claims import Claims, Presence
from experiments.estimates import work_of
from experiments.executors import EXECUTORS
from experiments.interrupts import look
from experiments.pace import Pace, Progress
from experiments.provenance import code_state, code_version, machine, packages, versions
from experiments.relatives import keys_of, relatives_of, take_over
from experiments.store import (
    ADDRESS,
    MOST_SMALL_SHARDS,
    RIDGE,
    RUNS_PER_SHARD,
    Damage,
    Inventory,
    Keys,
    Store,
    among,
    as_key,
    as_numbers,
    default_folder,
)
from experiments.study import Experiment, Study, replicate_seed
from simulation import InputError, Problem

SECONDS_PER_BATCH = (1.0, 10.0)
"""A worker is handed about so much at once: the less, the sooner it counts; the more, the fewer and larger shards."""
SHARE_PER_BATCH = 0.02
"""Of the time that is left, between these bounds."""
MOST_NAMED = 1_000
"""Failures that a report names, and seeds that a manifest lists."""
_SECONDS_TO_WAIT = 1.0
"""Between two looks at what other sweeps have taken."""


@dataclass(frozen=True)
class Failure:
    """A run that failed: which, and why."""

    run: str
    scenario: str
    arm: str
    replicate: int
    seed: int
    error: str
    trace: str = ""


@dataclass(frozen=True)
class Part:
    """One of several parts of a study, for jobs that do one part each: arms of a replicate stay together.

    Args:
        number: which, from 1.
        of: how many there are.
    """

    number: int = 1
    of: int = 1

    @classmethod
    def read(cls, text: str) -> "Part":
        """What `i/n` means.

        Raises:
            InputError: it means nothing.
        """
        number, slash, of = text.partition("/")
        if slash and number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of):
            return cls(int(number), int(of))
        allowed = "allowed: i/n with i from 1 to n, for example --shard 3/20"
        raise InputError(Problem("--shard", f"{text!r} is no part of a study", allowed))

    def holds(self, study: Study) -> Callable[[Experiment], bool]:
        """Whether a run belongs to the part; scenarios change places from replicate to replicate."""
        if self.of == 1:
            return lambda experiment: True
        places = {label: place for place, label in enumerate(study.scenarios.labels_once)}
        return lambda item: (places[item.scenario] + item.replicate) % self.of == self.number - 1


@dataclass(frozen=True)
class Plan:
    """What a sweep would do.

    Args:
        study: what is run.
        folder: of the results.
        keys: of all runs wanted [R], in the order of the study.
        mine: which of them are in the part asked for [R].
        todo: which of them are to be done [R].
        work: of what is to be done; see `estimates.work_of`.
        failed: runs that failed before and are not tried again.
        superseded: number of runs in the folder that are not of this study or not of this code.
        damaged: what is to be set aside.
        relatives: stores of earlier results from which runs are taken over.
        repeated: whether some run is there twice.
        shards: names of those that were there, for whoever asks whether the plan still holds.
    """

    study: Study
    folder: Path
    keys: Keys
    mine: NDArray[np.bool_]
    todo: NDArray[np.bool_]
    work: float
    failed: int
    superseded: int
    damaged: tuple[Damage, ...]
    relatives: tuple[Store, ...] = ()
    repeated: bool = False
    shards: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Runs wanted."""
        return int(np.count_nonzero(self.mine))

    @property
    def left(self) -> int:
        """Runs to do."""
        return int(np.count_nonzero(self.todo))

    @property
    def kept(self) -> int:
        """Runs that are there, those that failed included."""
        return self.total - self.left

    def runs(self) -> Iterator[Item]:
        """The runs to do, in order; described one at a time, so that any number of them takes no memory."""
        if self.left:
            wanted = compress(_wanted(self.study, Store(self.folder)), self.todo)
            yield from map(Item, map(as_key, self.keys[self.todo].tolist()), wanted)


@dataclass(frozen=True)
class SweepReport:
    """What a sweep did.

    Args:
        folder: of the results.
        total: runs wanted; kept: of these, there before; ran: done by this sweep; failed: not there for having failed.
        failures: the first of those that failed.
        superseded: runs of other settings or code that were set aside.
        damaged: shards that were set aside.
        seconds: wall time.
    """

    folder: Path
    total: int
    kept: int
    ran: int
    failed: int
    failures: tuple[Failure, ...]
    superseded: int
    damaged: tuple[Damage, ...]
    seconds: float


Report = Callable[[Progress], None]


def _silent(_: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class How:
    """How a sweep is done; none of it changes a result.

    Args:
        executor: where runs happen; workers: how many go on at once; scheduler: address of one that is there.
        part: which part of the study is done.
        retry_failed: whether runs that failed before are tried again.
        time_limit: seconds that one run may take; memory_mb: memory of one worker; none for any.
        keep: names of the tables to keep; none for all.
        command: what was typed, for the manifest.
    """

    executor: str = "serial"
    workers: int = 1
    scheduler: str = ""
    part: Part = field(default_factory=Part)
    retry_failed: bool = False
    time_limit: float | None = None
    memory_mb: float | None = None
    keep: tuple[str, ...] | None = None
    command: tuple[str, ...] = ()


def plan(study: Study, folder: Path | None = None, how: How | None = None) -> Plan:
    """What running a study into a folder would do; changes nothing.

    Raises:
        InputError: the folder holds the results of a study of another name.
    """
    store, how = Store(folder or default_folder(study.study, study.content_hash())), how or How()
    there = store.manifest().get("study", study.study)
    if there != study.study:
        what = f"holds the results of the study '{there}'"
        raise InputError(Problem(str(store.folder), what, f"choose another folder for '{study.study}'"))
    relatives = () if folder else relatives_of(store, study.study)
    return _planned(study, store, how, store.inventory(), relatives)


def plan_along_ridge(study: Study, folder: Path, how: How) -> Plan | None:
    """What running the arms along the ridge would do beside the results of their study; None where not wanted."""
    along = study.along_ridge
    return plan(along, folder / RIDGE, how) if along else None


def _planned(study: Study, store: Store, how: How, inventory: Inventory, relatives: tuple[Store, ...] = ()) -> Plan:
    """What is to be done, given what is there and what can be taken over."""
    holds, code = how.part.holds(study), code_version()
    keys, mine, work = array("Q"), array("b"), array("d")
    for experiment in _wanted(study, store):
        keys.append(int(experiment.key(code), 16))
        mine.append(holds(experiment))
        work.append(work_of(experiment.parameters))
    wanted, in_part = np.array(keys, dtype=np.uint64), np.array(mine, dtype=np.bool_)
    failed = among(wanted, inventory.failed) & in_part
    todo = in_part & ~among(wanted, inventory.done) & ~among(wanted, keys_of(relatives))
    if not how.retry_failed:
        todo &= ~failed
    strangers = ~among(np.concatenate([inventory.done, inventory.failed]), belonging(study, wanted))
    return Plan(
        study=study,
        folder=store.folder,
        keys=wanted,
        mine=in_part,
        todo=todo,
        work=float(np.array(work)[todo].sum()) if keys else 0.0,
        failed=int(np.count_nonzero(failed & ~todo)),
        superseded=int(np.count_nonzero(strangers)) + store.old_runs(),
        damaged=inventory.damaged,
        relatives=relatives,
        repeated=inventory.repeated,
        shards=inventory.shards,
    )


def _wanted(study: Study, store: Store) -> Iterator[Experiment]:
    """The runs that a study wants, given what is there."""
    if not study.is_adaptive:
        return study.wanted(None)
    failed = store.failed_runs(most=2**31).select(ADDRESS).rows()
    return store.steadily(lambda: study.wanted(store.scan_if_there("outcomes"), set(failed)))


def belonging(study: Study, wanted: Keys) -> Keys:
    """Keys of all runs that the study may ask for, sorted."""
    if not study.is_adaptive:
        return np.sort(wanted)
    code = code_version()
    return np.sort(as_numbers([experiment.key(code) for experiment in study.experiments()]))


def sweep(
    study: Study,
    folder: Path | None = None,
    how: How | None = None,
    *,
    report: Report = _silent,
    planned: Plan | None = None,
) -> SweepReport:
    """Do every run of a study that is not there yet.

    Args:
        study: what to run.
        folder: of the results; `results/<study>/<hash>` by default.
        how: where and how it is done; one run after another in this process by default.
        report: called before the first run and whenever runs are finished.
        planned: the plan of just this, where it has been made already.

    Raises:
        InputError: the folder, the executor or the number of workers cannot be used.
        StoreError: results can no longer be written.
        RunError: workers cannot be had any more.
    """
    how = how or How()
    kind = EXECUTORS[how.executor]
    executor = kind(how.workers, scheduler=how.scheduler, memory_mb=how.memory_mb)
    planned = planned or plan(study, folder, how)
    Store(planned.folder).prepare()
    with executor as place:
        return _Sweep(planned, how, report).through(place.map, place.places)


RunAll = Callable[[Callable[[Batch], BatchReport], Iterable[Batch], int], Iterator[BatchReport]]


class _Sweep:
    """One sweep under way; counts what is done."""

    def __init__(self, planned: Plan, how: How, report: Report) -> None:
        self.plan = planned
        self.how = how
        self.report = report
        self.store = Store(planned.folder)
        self.name = os.urandom(8).hex()
        self.presence = Presence(self.store.working, self.name)
        self.claims = Claims(self.store.working, self.presence)
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self.start = time.perf_counter()
        self.pace = Pace(planned.work)
        self.progress = Progress(planned.total, planned.kept)
        self.failed = self.failed_before = planned.failed
        self.superseded = 0
        self.deferred = 0
        self.batches = 0
        self.work: dict[str, float] = {}
        self.small: list[str] = []
        self.seconds_per_run: float | None = None
        self.is_telling = False

    def through(self, run_all: RunAll, places: Callable[[], int]) -> SweepReport:
        """Do the runs by way of an executor's `map`; each batch is on the disk when its report comes.

        What the caller's `report` raises is passed on as it is.

        Raises:
            StoreError: results can no longer be written.
        """
        try:
            with self._arrived():
                self._describe("running")
                self._tell()
                self._rounds(run_all, places)
                self._finish()
        except OSError as error:
            self._leave()
            if self.is_telling:
                raise
            words = error.strerror or str(error)
            raise StoreError(f"{self.plan.folder}: results can no longer be written: {words}") from error
        except BaseException:
            self._leave()
            raise
        return self._reported()

    @contextmanager
    def _arrived(self) -> Iterator[None]:
        """Be at work, after making order; other sweeps arrive before or after that, not meanwhile."""
        with ExitStack() as stack:
            with self.store.arriving():
                stack.enter_context(self.presence)
                self._make_order()
            yield

    def _make_order(self) -> None:
        """Set aside what does not belong here; clear up after sweeps that came to a sudden end."""
        relatives = self.plan.relatives
        if tuple(shard.name for shard in self.store.shards()) != self.plan.shards:
            self._plan_again(self.how)
        self.store.set_damaged_aside(self.plan.damaged)
        wanted = belonging(self.plan.study, self.plan.keys) if relatives else self.plan.keys
        if take_over(self.store, relatives, wanted):
            self._plan_again(self.how)
        if self.presence.others():
            return
        self.store.clear_working()
        self.claims.forget()
        if self.plan.superseded:
            self.superseded = self.store.set_aside(belonging(self.plan.study, self.plan.keys))
            self._plan_again(self.how)

    def _plan_again(self, how: How) -> None:
        """Look anew at what is there and what is wanted."""
        self.claims.refresh()
        before = self.plan
        self.plan = _planned(before.study, self.store, how, self.store.inventory())
        self.pace.more(self.plan.work - self.pace.left)
        self.failed = self.plan.failed
        kept = self.plan.total - self.plan.left - self.progress.done
        self.progress = replace(self.progress, total=self.plan.total, kept=max(0, kept))

    def _rounds(self, run_all: RunAll, places: Callable[[], int]) -> None:
        """Do what is wanted, ask again, and wait for what other sweeps have taken."""
        while self.plan.left:
            self.deferred, before = 0, self.progress.done
            for result in run_all(do_batch, self._to_do(places), 2 * RUNS_PER_SHARD + 1):
                self._count(result)
            if not self.plan.study.is_adaptive and not self.deferred:
                return
            if self.progress.done == before:
                time.sleep(_SECONDS_TO_WAIT)
            self._plan_again(replace(self.how, retry_failed=False))
            self._tell()

    def _to_do(self, places: Callable[[], int]) -> Iterator[Batch]:
        """Batches of what no other sweep has taken, each as large as is sensible when it is asked for."""
        items: list[Item] = []
        left = self.plan.left
        for item in self.plan.runs():
            items.append(item)
            if len(items) >= self._batch_size(left, places()):
                left -= len(items)
                yield from self._claimed(items)
                items = []
        yield from self._claimed(items)

    def _batch_size(self, left: int, places: int) -> int:
        """Runs for one batch: not so many that others would wait for it in the end."""
        if self.seconds_per_run is None:
            return 1
        shortest, longest = SECONDS_PER_BATCH
        seconds = min(longest, max(shortest, SHARE_PER_BATCH * (self.pace.seconds_left or 0.0)))
        by_time = round(seconds / max(self.seconds_per_run, 1e-3))
        return max(1, min(RUNS_PER_SHARD, by_time, math.ceil(left / (2 * places))))

    def _claimed(self, items: Sequence[Item]) -> Iterator[Batch]:
        """A batch of those runs that are free."""
        free = self.claims.take([item.run for item in items]) if items else set()
        self.deferred += len(items) - len(free)
        if free:
            mine = tuple(item for item in items if item.run in free)
            name = f"{self.batches:06d}"
            self.batches += 1
            self.work[name] = sum(work_of(item.experiment.parameters) for item in mine)
            folder, how = self.plan.folder.absolute(), self.how
            yield Batch(folder, name, self.name, code_version(), mine, how.time_limit, how.keep)

    def _count(self, result: BatchReport) -> None:
        """Count runs that are on the disk."""
        runs = len(result.receipts)
        failed = sum(bool(receipt.error) for receipt in result.receipts)
        seconds = self._seconds()
        self.pace.add(seconds, runs, self.work.pop(result.batch), result.seconds)
        mean = result.seconds / max(1, runs)
        self.seconds_per_run = mean if self.seconds_per_run is None else 0.5 * (mean + self.seconds_per_run)
        self.failed += failed
        now = self.progress
        self.progress = replace(now, done=now.done + runs, failed=now.failed + failed)
        self._merge(result.shards)
        self._tell()

    def _merge(self, shards: Sequence[Kept]) -> None:
        """Merge small shards when there are enough of them; where that fails, they stay as they are."""
        self.small += [kept.shard for kept in shards if kept.is_small]
        if len(self.small) >= MOST_SMALL_SHARDS:
            with suppress(OSError):
                self.store.merge_small(self.small)
            self.small = []

    def _tell(self) -> None:
        """Tell how far things are; the place to stop, where that was asked for."""
        self.progress = replace(
            self.progress, seconds=self._seconds(), rate=self.pace.rate, seconds_left=self.pace.seconds_left
        )
        self.is_telling = True
        self.report(self.progress)
        self.is_telling = False
        look()

    def _seconds(self) -> float:
        """Wall time of this sweep."""
        return time.perf_counter() - self.start

    def _finish(self) -> None:
        """Put the store in order and write down how things ended."""
        if (self.progress.done or self.plan.repeated) and not self.presence.others():
            with suppress(OSError):
                self.store.tidy()
        self._describe(self._status())

    def _status(self) -> str:
        """Where the whole study stands."""
        tally = self._tally()
        if tally["done"] == tally["total"]:
            return "complete"
        return "running" if self.presence.others() else "incomplete"

    def _tally(self) -> dict[str, int]:
        """Runs wanted, done and failed, of all parts."""
        if self.how.part.of == 1:
            done = self.progress.kept + self.progress.done - self.failed
            return {"total": self.plan.total, "done": done, "failed": self.failed}
        there = self.store.inventory()
        counts = (int(np.count_nonzero(among(self.plan.keys, known))) for known in (there.done, there.failed))
        return dict(zip(("total", "done", "failed"), (len(self.plan.keys), *counts), strict=True))

    def _leave(self) -> None:
        """Write down that the sweep did not come to its end, if that is possible."""
        with suppress(OSError):
            self._describe("interrupted")

    def _describe(self, status: str) -> None:
        """Write the study, the manifest and the record of this sweep as things stand."""
        self.store.note_sweep(self.name, self._record(status))
        self.store.describe(self.plan.study.resolve(), self._manifest(status))
        self.store.note_scenarios(self.plan.study.scenario_table())

    def _record(self, status: str) -> dict[str, Any]:
        """What this sweep did, where and how."""
        return {
            "sweep": self.name,
            "status": status,
            "started": self.started,
            "seconds": round(self._seconds(), 3),
            "part": f"{self.how.part.number}/{self.how.part.of}",
            "executor": self.how.executor,
            "workers": self.how.workers,
            "runs": {"done": self.progress.done - self.progress.failed, "failed": self.progress.failed},
            "command": list(self.how.command),
            "code": code_state(),
            "machine": machine(),
            "packages": packages(),
        }

    def _manifest(self, status: str) -> dict[str, Any]:
        """Where the numbers of the study come from."""
        study = self.plan.study
        return {
            "study": study.study,
            "hash": study.content_hash(),
            "status": status,
            "runs": self._tally(),
            "scenarios": list(study.scenarios.labels_once),
            "arms": [arm.name for arm in study.arms],
            "seed": study.seed,
            "replicate_seeds": [
                replicate_seed(study.seed, r + 1) for r in range(min(MOST_NAMED, study.most_replicates))
            ],
            "wall_seconds": round(sum(item.get("seconds", 0.0) for item in self.store.sweeps()), 3),
            "command": list(self.how.command),
            "code": code_state(),
            "versions": versions(),
            "machine": machine(),
        }

    def _reported(self) -> SweepReport:
        """What was done."""
        return SweepReport(
            folder=self.plan.folder,
            total=self.progress.total,
            kept=self.progress.kept - self.failed_before,
            ran=self.progress.done,
            failed=self.failed,
            failures=tuple(self._failures()) if self.failed else (),
            superseded=self.superseded,
            damaged=self.plan.damaged,
            seconds=self._seconds(),
        )

    def _failures(self) -> Iterator[Failure]:
        """The first runs of this part that failed."""
        names = Failure.__dataclass_fields__
        mine = np.sort(self.plan.keys[self.plan.mine])
        rows = self.store.failed_runs(most=MOST_NAMED).select(*names)
        chosen = rows.filter(among(as_numbers(rows["run"].to_list()), mine))
        return (Failure(**row) for row in chosen.iter_rows(named=True))
