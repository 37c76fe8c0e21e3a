"""What a sensitivity analysis is asked for, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from experiments.sensitivity.choosing import Choice
from experiments.study import Study

MORRIS, SOBOL = "screening", "indices"
"""Names of the two stages: of their folders, and of their tables."""


@dataclass(frozen=True)
class Request:
    """How an analysis is done.

    Args:
        only, without: patterns of settings.
        outcomes: names; the usual ones where none is given.
        arms: compared with the baseline; all of the study where none is given.
        agents, days, warmup_days: the most that a run has; the study's own where it has fewer.
        replicates: of every point; two at least tell effects from luck.
        trajectories: of the screening; as many as take some twenty minutes where none is given.
        base_points: of the second stage, a power of two; 0 for no second stage.
        survivors: the most settings that go into the second stage.
    """

    only: Sequence[str] = ()
    without: Sequence[str] = ()
    outcomes: Sequence[str] = ()
    arms: Sequence[str] = ()
    agents: int = 1000
    days: int = 30
    warmup_days: int = 7
    replicates: int = 2
    trajectories: int | None = None
    base_points: int = 32
    survivors: int = 8


class Timing(NamedTuple):
    """What a stage takes.

    Args:
        stage: its name; runs: in all; ran: of these, done just now; failed: of these, never.
        estimated: seconds on one core for all runs; measured: wall seconds of what was done just now.
        workers: how many runs went on at once.
    """

    stage: str
    runs: int
    ran: int
    failed: int
    estimated: float
    measured: float
    workers: int


@dataclass(frozen=True)
class Result:
    """What an analysis found.

    Args:
        study: that was analysed, as it was run; choice: what was screened and what not.
        folder: where everything lies.
        screening, indices, signs, ranks, reliance: tables, see `tables` and `reliance`.
        stages: the studies that were run; timings: what they took.
        survivors: settings that went into the second stage.
    """

    study: Study
    choice: Choice
    folder: Path
    screening: pl.DataFrame
    indices: pl.DataFrame
    signs: pl.DataFrame
    ranks: pl.DataFrame
    reliance: pl.DataFrame
    stages: tuple[Study, ...] = ()
    timings: tuple[Timing, ...] = ()
    survivors: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table by name."""
        names = (MORRIS, SOBOL, "signs", "ranks", "reliance")
        found = (self.screening, self.indices, self.signs, self.ranks, self.reliance)
        return dict(zip(names, found, strict=True))

    @property
    def failed(self) -> int:
        """Runs that failed."""
        return sum(item.failed for item in self.timings)
