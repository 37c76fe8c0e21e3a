"""One run: an experiment in, tables out. Pure and picklable: the unit of work of every executor."""

import resource
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field, replace

import polars as pl

from experiments.study import Experiment
from simulation import Hashtag, Moderation, Parameters, SupportnetWarning, SupportNetworkModel

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
        error: why it failed, in one line; empty when it did not.
        trace: where it failed.
        seconds: wall time.
        peak_memory_mb: largest memory of the process so far.
    """

    experiment: Experiment
    tables: Tables = field(default_factory=dict)
    error: str = ""
    trace: str = ""
    seconds: float = 0.0
    peak_memory_mb: float = 0.0


def run_experiment(experiment: Experiment) -> Tables:
    """Build the model, run all its days, and return its tables.

    Returns:
        `outcomes` (step, day, group, outcome, value) and the event tables of the model, all with the keys first.

    Raises:
        Exception: whatever the model raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SupportnetWarning)  # told once, of the study
        model = SupportNetworkModel(
            experiment.parameters,
            rng=experiment.seed,
            interventions=experiment.interventions,
            outcomes=experiment.outcomes,
        )
    model.run()
    tables = {"outcomes": model.outcomes, **model.tables}
    return {name: with_keys(table, experiment) for name, table in tables.items()}


def attempt(experiment: Experiment) -> RunResult:
    """Run an experiment; a failure becomes part of the result, so that other runs go on."""
    start = time.perf_counter()
    try:
        tables, error, trace = run_experiment(experiment), "", ""
    except Exception as problem:
        tables, error, trace = {}, _in_one_line(problem), traceback.format_exc()
    return RunResult(experiment, tables, error, trace, time.perf_counter() - start, peak_memory_mb())


def compile_model(experiment: Experiment) -> float:
    """Have the model compiled by a tiny run in the place of this one; seconds that it took.

    Compiled code is kept for all later processes. A failure here is left to the run itself, which will meet it again.
    """
    tiny = replace(experiment, parameters=_TINY, interventions=(Hashtag(), Moderation()))
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
