"""A comparison as a figure, for notebooks and papers; the page of a study shows the same panels."""

from collections.abc import Callable, Sequence
from typing import Protocol

import polars as pl

from experiments.comparison.schemas import POOLED
from experiments.comparison.source import Source
from experiments.figures import Drawing, Figure, Look, forest, left_out, looks, regrets, sheet, tradeoffs
from simulation import Registry


class Drawable(Protocol):
    """What figures need of a comparison: its tables, as `Comparison` describes them."""

    @property
    def source(self) -> Source:
        """The results."""

    @property
    def arms(self) -> Sequence[str]:
        """Names of the arms that are shown."""

    @property
    def baseline(self) -> str:
        """Name of the arm that they are compared with."""

    @property
    def table(self) -> pl.DataFrame:
        """Paired differences."""

    @property
    def reached_by_group(self) -> pl.DataFrame:
        """Share never reached, by group."""

    @property
    def tradeoffs(self) -> pl.DataFrame:
        """Reach, harm and wrong removals."""

    @property
    def regret(self) -> pl.DataFrame:
        """How far arms fall behind."""


Plot = Callable[[Drawable], Figure]
PLOTS: Registry[Plot] = Registry("plot")
"""Every way to draw a comparison, by name."""


def plot(comparison: Drawable, kind: str = "differences") -> Figure:
    """A figure of a comparison; see `Comparison.plot`."""
    return PLOTS[kind](comparison)


def looks_of(comparison: Drawable) -> dict[str, Look]:
    """How each arm of the study is drawn, shown or not, so that an arm looks the same in every figure."""
    every = looks(comparison.source.arms, comparison.baseline)
    return {arm: look for arm, look in every.items() if arm in (*comparison.arms, comparison.baseline)}


def overall(table: pl.DataFrame) -> pl.DataFrame:
    """The rows over all scenarios; those of the only one where there is one."""
    pooled = table.filter(pl.col("scenario") == POOLED)
    return pooled if pooled.height else table


@PLOTS.register("differences")
def _differences(comparison: Drawable) -> Figure:
    """Forest plots: what each arm changes."""
    drawings = forest(overall(comparison.table), looks_of(comparison), comparison.baseline)
    return sheet(drawings, comparison.source.study.question)


@PLOTS.register("left out")
def _left_out(comparison: Drawable) -> Figure:
    """Who is never reached."""
    arms = looks_of(comparison)
    return sheet(left_out(overall(comparison.reached_by_group), arms), "Who is left out", list(arms.items()))


@PLOTS.register("trade-offs")
def _tradeoffs(comparison: Drawable) -> Figure:
    """Reach of support against harm."""
    return sheet(tradeoffs(overall(comparison.tradeoffs), looks_of(comparison)), "Trade-offs")


@PLOTS.register("regret")
def _regret(comparison: Drawable) -> Figure:
    """In which worlds each arm falls behind."""
    return sheet(_worlds(comparison), "How far each arm falls behind the best one")


def _worlds(comparison: Drawable) -> Sequence[Drawing]:
    """Heat maps over single worlds."""
    single = comparison.regret.filter(pl.col("scenario") != POOLED)
    return regrets(single, list(looks_of(comparison)))
