"""One run: an experiment in, tables out. Pure and picklable: the unit of work of every executor."""

import resource
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from experiments.event_files import ParquetSink
from experiments.study import Experiment
from simulation import Hashtag, Moderation, Parameters, Sink, SupportnetWarning, SupportNetworkModel

KEYS = ("study", "scenario", "arm", "replicate", "seed")
"""Columns that stand first in every row of every table."""

Tables = dict[str, pl.DataFrame]

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
        peak_memory_mb: largest memory of the process so far.
    """

    experiment: Experiment
    tables: Tables = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    error: str = ""
    trace: str = ""
    seconds: float = 0.0
    peak_memory_mb: float = 0.0


def run_experiment(experiment: Experiment) -> Tables:
    """Build the model, run all its days, and return its tables.

    Returns:
        `outcomes` (step, day, group, outcome, value), the event tables of the model and those of its event log, where
        one is asked for; all with the keys first.

    Raises:
        Exception: whatever the model raises.
    """
    model = _ran(experiment, None)
    tables = _tables_of(model, experiment)
    if experiment.events is not None:
        tables |= {name: with_keys(table, experiment) for name, table in model.events.items()}
    return tables


def attempt(experiment: Experiment, spool: Path | None = None) -> RunResult:
    """Run an experiment; a failure becomes part of the result, so that other runs go on.

    Args:
        experiment: what to run.
        spool: folder for the event log, which is written as it happens; in memory where left out.
    """
    start = time.perf_counter()
    try:
        result = RunResult(experiment, run_experiment(experiment)) if spool is None else _spooled(experiment, spool)
    except Exception as problem:
        result = RunResult(experiment, error=_in_one_line(problem), trace=traceback.format_exc())
    return replace(result, seconds=time.perf_counter() - start, peak_memory_mb=peak_memory_mb())


def _spooled(experiment: Experiment, spool: Path) -> RunResult:
    """Run an experiment whose event log, if any, goes into a folder of its own below `spool`."""
    if experiment.events is None:
        return RunResult(experiment, run_experiment(experiment))
    sink = ParquetSink(spool / experiment.key("events"), lambda table: with_keys(table, experiment))
    model = _ran(experiment, sink)
    files = sink.joined()
    kept = {name: table for name, table in _tables_of(model, experiment).items() if name not in files}
    return RunResult(experiment, kept, files)


def _ran(experiment: Experiment, sink: Sink | None) -> SupportNetworkModel:
    """The model of a run, after all its days."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SupportnetWarning)  # told once, of the study
        model = SupportNetworkModel(
            experiment.parameters,
            rng=experiment.seed,
            interventions=experiment.interventions,
            outcomes=experiment.outcomes,
            events=experiment.events,
            sink=sink,
        )
    model.run()
    return model


def _tables_of(model: SupportNetworkModel, experiment: Experiment) -> Tables:
    """Outcomes and the tables that every model keeps."""
    tables = {"outcomes": model.outcomes, **model.tables}
    return {name: with_keys(table, experiment) for name, table in tables.items()}


def compile_model(experiment: Experiment) -> float:
    """Have the model compiled by a tiny run in the place of this one; seconds that it took.

    Compiled code is kept for all later processes. A failure here is left to the run itself, which will meet it again.
    """
    tiny = replace(experiment, parameters=_TINY, interventions=(Hashtag(), Moderation()), events=None)
    return attempt(tiny).seconds


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


def peak_memory_mb() -> float:
    """Largest resident memory of this process, MB; the system counts in KB, on a Mac in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1024.0**2 if sys.platform == "darwin" else 1024.0)
