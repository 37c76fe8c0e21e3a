"""A comparison as a figure, for notebooks and papers; the page of a study shows the same panels."""

from collections.abc import Callable, Sequence
from typing import Protocol

import polars as pl

from experiments.comparison.schemas import POOLED
from experiments.comparison.source import Source
from experiments.figures import Figure, Look, forest, left_out, looks, regrets, ridges, sheet, tradeoffs
from simulation import InputError, Problem, Registry


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

    @property
    def ridge(self) -> pl.DataFrame:
        """Paired differences along the ridge."""


Plot = Callable[[Drawable, str], Figure]
PLOTS: Registry[Plot] = Registry("plot")
"""Every way to draw a comparison, by name."""
MOST_DRAWN = 12
"""Outcomes of one figure."""


def plot(comparison: Drawable, kind: str = "differences", scenario: str | None = None) -> Figure:
    """A figure of a comparison; see `Comparison.plot`."""
    draw = PLOTS[kind]
    present = set(comparison.table["scenario"])
    every = POOLED if POOLED in present else next(iter(present))
    if scenario is not None and scenario not in present:
        allowed = f"scenarios: {', '.join(sorted(present))}"
        raise InputError(Problem("scenario", f"there is none called {scenario!r}", allowed))
    return draw(comparison, scenario or every)


def looks_of(comparison: Drawable) -> dict[str, Look]:
    """How each arm of the study is drawn, shown or not, so that an arm looks the same in every figure."""
    every = looks(comparison.source.arms, comparison.baseline)
    return {arm: look for arm, look in every.items() if arm in (*comparison.arms, comparison.baseline)}


@PLOTS.register("differences")
def _differences(comparison: Drawable, scenario: str) -> Figure:
    """Forest plots: what each arm changes."""
    rows = comparison.table.filter(pl.col("scenario") == scenario)
    names = rows["outcome"].unique(maintain_order=True).head(MOST_DRAWN).to_list()
    drawings = forest(rows.filter(pl.col("outcome").is_in(names)), looks_of(comparison), comparison.baseline)
    return sheet(drawings, comparison.source.study.question)


@PLOTS.register("left out")
def _left_out(comparison: Drawable, scenario: str) -> Figure:
    """Who is never reached."""
    arms = looks_of(comparison)
    rows = comparison.reached_by_group.filter(pl.col("scenario") == scenario)
    return sheet(left_out(rows, arms), "Who is left out", list(arms.items()))


@PLOTS.register("trade-offs")
def _tradeoffs(comparison: Drawable, scenario: str) -> Figure:
    """Reach of support against harm."""
    rows = comparison.tradeoffs.filter(pl.col("scenario") == scenario)
    return sheet(tradeoffs(rows, looks_of(comparison)), "Trade-offs")


@PLOTS.register("regret")
def _regret(comparison: Drawable, scenario: str) -> Figure:
    """In which worlds each arm falls behind; one world where one is asked for."""
    wanted = pl.col("scenario") != POOLED if scenario == POOLED else pl.col("scenario") == scenario
    drawings = regrets(comparison.regret.filter(wanted), list(looks_of(comparison)))
    return sheet(drawings, "How far each arm falls behind the best one")


@PLOTS.register("ridge")
def _ridge(comparison: Drawable, scenario: str) -> Figure:
    """What arms change along the ridge, all of it: it has worlds of its own."""
    arms = {arm: look for arm, look in looks_of(comparison).items() if arm != comparison.baseline}
    names = comparison.ridge["outcome"].unique(maintain_order=True).head(MOST_DRAWN // 2).to_list()
    return sheet(ridges(comparison.ridge, names, arms), "How silence is read", list(arms.items()))
