"""From a study to its results: what is there already is not run again, what fails does not stop the rest."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from experiments.event_files import SPOOL
from experiments.executors import EXECUTORS
from experiments.provenance import code_state, code_version, machine, versions
from experiments.run import RunResult, attempt
from experiments.store import DONE, FAILED, Store, default_folder
from experiments.study import Experiment, Study, replicate_seed
from simulation import InputError, Problem


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
class Progress:
    """How far a sweep has come.

    Args:
        total: runs of the study.
        kept: runs that were there when the sweep began.
        done: runs finished since, failed ones included.
        failed: of these, how many failed.
        seconds: since the sweep began.
    """

    total: int
    kept: int = 0
    done: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def left(self) -> int:
        """Runs still to do."""
        return self.total - self.kept - self.done

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time still needed; None before the first run has finished."""
        return self.seconds / self.done * self.left if self.done else None


@dataclass(frozen=True)
class Plan:
    """What a sweep would do.

    Args:
        folder: of the results.
        to_run: runs to do, by key, in order.
        kept: keys of runs that are there.
        superseded: number of runs in the folder that are not of this study or not of this code.
    """

    folder: Path
    to_run: dict[str, Experiment]
    kept: tuple[str, ...]
    superseded: int

    @property
    def total(self) -> int:
        """Runs of the study."""
        return len(self.to_run) + len(self.kept)


@dataclass(frozen=True)
class SweepReport:
    """What a sweep did."""

    folder: Path
    total: int
    kept: int
    ran: int
    failures: tuple[Failure, ...]
    superseded: int
    seconds: float


Report = Callable[[Progress], None]


def _silent(_: Progress) -> None:
    """Tell nobody."""


def plan(study: Study, folder: Path | None = None) -> Plan:
    """What running a study into a folder would do; changes nothing.

    Raises:
        InputError: the folder holds the results of a study of another name.
    """
    store = Store(folder or default_folder(study.study, study.content_hash()))
    there = store.manifest().get("study", study.study)
    if there != study.study:
        what = f"holds the results of the study '{there}'"
        raise InputError(Problem(str(store.folder), what, f"choose another folder for '{study.study}'"))
    experiments = {experiment.key(code_version()): experiment for experiment in study.experiments()}
    kept = tuple(key for key in experiments if store.is_done(key))
    known = set(store.runs()["run"])
    return Plan(
        folder=store.folder,
        to_run={key: experiment for key, experiment in experiments.items() if key not in set(kept)},
        kept=kept,
        superseded=len(known - experiments.keys()),
    )


def sweep(
    study: Study,
    folder: Path | None = None,
    *,
    executor: str = "serial",
    workers: int = 1,
    command: Sequence[str] = (),
    report: Report = _silent,
    planned: Plan | None = None,
) -> SweepReport:
    """Do every run of a study that is not there yet.

    Args:
        study: what to run.
        folder: of the results; `results/<study>/<hash>` by default.
        executor: name of the executor.
        workers: how many runs may go on at once.
        command: what was typed, for the manifest.
        report: called before the first run and after each.
        planned: the plan of just this, where it has been made already.

    Raises:
        InputError: the folder, the executor or the number of workers cannot be used.
    """
    with EXECUTORS[executor](workers) as place:
        return _Sweep(study, planned or plan(study, folder), list(command), report).through(place.map)


class _Sweep:
    """One sweep under way; counts what is done."""

    def __init__(self, study: Study, planned: Plan, command: list[str], report: Report) -> None:
        self.study = study
        self.plan = planned
        self.command = command
        self.report = report
        self.store = Store(planned.folder)
        self.start = time.perf_counter()
        self.seconds_before = self._seconds_before()
        self.progress = Progress(planned.total, len(planned.kept))
        self.failures: list[Failure] = []

    def through(self, run_all: Callable[[Callable[[Experiment], RunResult], Any], Any]) -> SweepReport:
        """Do the runs by way of an executor's `map`, and keep each as it comes."""
        keys = {experiment: key for key, experiment in self._addresses()}
        self._describe("running")
        superseded = self.store.set_aside({*self.plan.kept, *self.plan.to_run})
        self.report(self.progress)
        try:
            work = partial(attempt, spool=self.plan.folder / SPOOL)
            for result in run_all(work, list(self.plan.to_run.values())):
                self._keep(keys[_address(result.experiment)], result)
        except BaseException:
            self._describe("interrupted")
            raise
        shutil.rmtree(self.plan.folder / SPOOL, ignore_errors=True)
        self._describe("incomplete" if self.failures else "complete")
        return SweepReport(
            folder=self.plan.folder,
            total=self.progress.total,
            kept=self.progress.kept,
            ran=self.progress.done,
            failures=tuple(self.failures),
            superseded=superseded,
            seconds=self._seconds(),
        )

    def _seconds_before(self) -> float:
        """Wall time of earlier sweeps whose runs are kept."""
        return float(self.store.manifest().get("wall_seconds", 0.0)) if self.plan.kept else 0.0

    def _seconds(self) -> float:
        """Wall time of this sweep."""
        return time.perf_counter() - self.start

    def _addresses(self) -> list[tuple[str, tuple[str, str, int]]]:
        """Key and address of every run to do."""
        return [(key, _address(experiment)) for key, experiment in self.plan.to_run.items()]

    def _keep(self, key: str, result: RunResult) -> None:
        """Store a run, and only then count it."""
        self.store.append(key, result.tables, _row(result), result.files)
        if result.error:
            self.failures.append(_failure(key, result))
        self.progress = replace(
            self.progress,
            done=self.progress.done + 1,
            failed=len(self.failures),
            seconds=self._seconds(),
        )
        self.report(self.progress)

    def _describe(self, status: str) -> None:
        """Write the study and the manifest as things stand."""
        study = self.study
        manifest = {
            "study": study.study,
            "hash": study.content_hash(),
            "status": status,
            "runs": {"total": self.plan.total, "done": self._done(), "failed": len(self.failures)},
            "scenarios": [scenario.label for scenario in study.scenarios],
            "arms": [arm.name for arm in study.arms],
            "seed": study.seed,
            "replicate_seeds": [replicate_seed(study.seed, r + 1) for r in range(study.replicates)],
            "wall_seconds": round(self.seconds_before + self._seconds(), 3),
            "command": self.command,
            "code": code_state(),
            "versions": versions(),
            "machine": machine(),
        }
        self.store.describe(study.resolve(), manifest)

    def _done(self) -> int:
        """Runs that are there and did not fail."""
        return self.progress.kept + self.progress.done - len(self.failures)


def _address(experiment: Experiment) -> tuple[str, str, int]:
    """Scenario, arm and replicate: what tells the runs of one study apart."""
    return experiment.scenario, experiment.arm, experiment.replicate


def _row(result: RunResult) -> dict[str, Any]:
    """A run's row in the table of runs."""
    experiment = result.experiment
    return {
        "study": experiment.study,
        "scenario": experiment.scenario,
        "arm": experiment.arm,
        "replicate": experiment.replicate,
        "seed": experiment.seed,
        "status": FAILED if result.error else DONE,
        "error": result.error,
        "seconds": round(result.seconds, 3),
        "peak_memory_mb": round(result.peak_memory_mb, 1),
    }


def _failure(key: str, result: RunResult) -> Failure:
    """What to say about a run that failed."""
    item = result.experiment
    return Failure(key, item.scenario, item.arm, item.replicate, item.seed, result.error, result.trace)
