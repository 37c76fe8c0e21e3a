"""One run: an experiment in, tables out. Pure and picklable: the unit of work of every executor."""

import resource
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

import polars as pl

from experiments.event_files import ParquetSink
from experiments.interrupts import look
from experiments.study import Experiment
from simulation import (
    EVENT_TABLES,
    Parameters,
    RunError,
    Sink,
    SupportnetWarning,
    SupportNetworkModel,
    Worlds,
)

KEYS = ("study", "scenario", "arm", "replicate", "seed")
"""Columns that stand first in every row of every table."""

Tables = dict[str, pl.DataFrame]

WORLDS = Worlds()
"""The world that this process built last: arms of a replicate share it, and scenarios often share its graph."""

_TINY = Parameters().with_values({"agents": 50, "days": 1, "warmup_days": 0, "step_minutes": 120.0})


@dataclass(frozen=True)
class RunResult:
    """What came of a run.

    Args:
        experiment: what was run.
        tables: `outcomes` and the event tables, each with the keys first; empty when the run failed.
        files: tables of the event log that were written to files on the way, waiting to be kept.
        error: why it failed, in one line; empty when it did not.
        trace: where it failed.
        seconds: wall time.
        peak_memory_mb: largest memory of the process during the run; so far, where the system cannot tell.
    """

    experiment: Experiment
    tables: Tables = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    error: str = ""
    trace: str = ""
    seconds: float = 0.0
    peak_memory_mb: float = 0.0


def run_experiment(
    experiment: Experiment,
    after_a_day: Callable[[float], object] | None = None,
    keep: Collection[str] | None = None,
) -> Tables:
    """Build the model, run all its days, and return its tables.

    Args:
        experiment: what to run.
        after_a_day: called after every day with the share of the run that is done.
        keep: names of the tables that are wanted, so that no other is made; all where left out.

    Returns:
        `outcomes` (step, day, group, outcome, value), the event tables of the model and those of its event log, where
        one is asked for; all with the keys first.

    Raises:
        Exception: whatever the model raises.
    """
    with _ran(experiment, None, after_a_day) as model:
        logged = {} if experiment.events is None else model.events
        return _tables_of(model, experiment, keep, but=logged) | {
            name: with_keys(table, experiment) for name, table in logged.items() if keep is None or name in keep
        }


def _spooled(
    experiment: Experiment,
    spool: Path,
    after_a_day: Callable[[float], object] | None,
    keep: Collection[str] | None,
) -> RunResult:
    """Run an experiment whose event log, if any, goes into files below a folder as it happens."""
    if experiment.events is None:
        return RunResult(experiment, run_experiment(experiment, after_a_day, keep))
    sink = ParquetSink(spool, lambda table: with_keys(table, experiment))
    with _ran(experiment, sink, after_a_day) as model:
        files = sink.joined()
        return RunResult(experiment, _tables_of(model, experiment, keep, but=files), files)


@contextmanager
def _ran(
    experiment: Experiment, sink: Sink | None, after_a_day: Callable[[float], object] | None
) -> Iterator[SupportNetworkModel]:
    """The model of a run, after all its days; taken apart in the end.

    A model and its parts hold one another, so that many of them would lie about before Python looks for such garbage.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SupportnetWarning)  # told once, of the study
        model = SupportNetworkModel(
            experiment.parameters,
            rng=experiment.seed,
            interventions=experiment.interventions,
            outcomes=experiment.outcomes,
            events=experiment.events,
            threads=experiment.threads,
            sink=sink,
            worlds=WORLDS,
        )
    try:
        model.run(progress=after_a_day)
        yield model
    finally:
        vars(model.engine).clear()
        vars(model).clear()


def _tables_of(
    model: SupportNetworkModel, experiment: Experiment, keep: Collection[str] | None, but: Collection[str]
) -> Tables:
    """Outcomes and the tables that every model keeps, those that are wanted and not had from elsewhere."""
    there = model.tables
    wanted = [name for name in ("outcomes", *there) if name not in but and (keep is None or name in keep)]
    made = {name: model.outcomes if name == "outcomes" else there[name] for name in wanted}
    return {name: with_keys(table, experiment) for name, table in made.items()}


def attempt(
    experiment: Experiment,
    time_limit: float | None = None,
    spool: Path | None = None,
    keep: Collection[str] | None = None,
) -> RunResult:
    """Run an experiment; a failure becomes part of the result, so that other runs go on.

    Args:
        experiment: what to run.
        time_limit: seconds after which it has failed; none for never.
        spool: folder of this run for its event log, which is written as it happens; in memory where left out.
        keep: names of the tables that are wanted, so that no other is made; all where left out.
    """
    start = time.perf_counter()
    reset_peak_memory()
    try:
        with _limited(time_limit) as check:
            if spool is None:
                result = RunResult(experiment, run_experiment(experiment, check, keep))
            else:
                result = _spooled(experiment, spool, check, keep)
    except Exception as problem:
        result = RunResult(experiment, error=_in_one_line(problem), trace=traceback.format_exc())
    return replace(result, seconds=time.perf_counter() - start, peak_memory_mb=peak_memory_mb())


class TimeLimitError(RunError):
    """A run took longer than it may."""


@contextmanager
def _limited(seconds: float | None) -> Iterator[Callable[[float], None]]:
    """End what takes longer than so many seconds: at once in the main thread, elsewhere when the yielded check is made.

    Compiler and tables are let finish what they are at.

    Raises:
        TimeLimitError: the time is over.
    """
    message = f"took longer than the time limit of {seconds:g} s" if seconds else ""
    end = time.monotonic() + (seconds or 0.0)

    def check(_share: float) -> None:
        look()
        if seconds and time.monotonic() > end:
            raise TimeLimitError(message)

    has_rung = False

    def ring(_number: int, frame: FrameType | None) -> None:
        nonlocal has_rung
        if _is_stoppable(frame):
            has_rung = True
            raise TimeLimitError(message)
        signal.setitimer(signal.ITIMER_REAL, _SOON)

    if not seconds or threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield check
    except Exception as problem:
        if has_rung:  # Mesa makes another error of what is raised while it tries a reporter
            raise TimeLimitError(message) from problem
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


_UNSTOPPABLE = {"importlib", "llvmlite", "numba", "polars", "weakref"}
"""Packages that an exception out of nowhere would break: they swallow it, are left half done, or end the process."""
_SOON = 0.01
"""Seconds after which an alarm that fell into one of them rings again."""


def _is_stoppable(frame: FrameType | None) -> bool:
    """Whether the run can end where it is now."""
    while frame is not None and frame.f_code is not attempt.__code__:
        if str(frame.f_globals.get("__name__")).partition(".")[0] in _UNSTOPPABLE:
            return False
        frame = frame.f_back
    return True


def table_names() -> tuple[str, ...]:
    """Names of the tables of a run, from one in which nothing has happened yet."""
    return tuple(dict.fromkeys(["outcomes", *SupportNetworkModel(_TINY, rng=0).tables, *EVENT_TABLES]))


def with_keys(table: pl.DataFrame, experiment: Experiment) -> pl.DataFrame:
    """A table with the keys of a run in front of every row."""
    return table.select(
        pl.lit(experiment.study).alias("study"),
        pl.lit(experiment.scenario).alias("scenario"),
        pl.lit(experiment.arm).alias("arm"),
        pl.lit(experiment.replicate, dtype=pl.Int32).alias("replicate"),
        pl.lit(experiment.seed, dtype=pl.Int64).alias("seed"),
        pl.all(),
    )


def _in_one_line(problem: Exception) -> str:
    """Kind and message of an exception."""
    text = " ".join(str(problem).split())
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def reset_peak_memory() -> None:
    """Count the largest memory from now on, where the system can (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb() -> float:
    """Largest resident memory of this process since it was reset, MB; since its beginning where it cannot be reset."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1024.0**2 if sys.platform == "darwin" else 1024.0)
