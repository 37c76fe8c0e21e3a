"""What each arm changes along the ridge: worlds that no baseline can tell apart, with other readings of silence."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures.drawings import Drawing
from experiments.figures.style import GREY, Look
from experiments.outcome_words import Measure, measure, tick_text

MOST_NAMED = 12
"""Arms that a description names."""


def ridges(table: pl.DataFrame, names: Sequence[str], looks: Mapping[str, Look]) -> list[Drawing]:
    """A drawing per outcome and value of beta_n: differences from the baseline over psi, a line for each arm.

    Args:
        table: paired differences with `silence_weight`, `prior_mean` and `norm` of their world.
        names: of the outcomes.
        looks: of arms, in the order in which they are shown.
    """
    present = set(table["outcome"])
    return [drawing for name in names if name in present for drawing in _of_outcome(table, name, looks)]


def _of_outcome(table: pl.DataFrame, name: str, looks: Mapping[str, Look]) -> Iterator[Drawing]:
    """The drawings of one outcome, with equal axes."""
    shown, mine = measure(name), table.filter(pl.col("outcome") == name).sort("silence_weight")
    ends = _ends(shown, mine)
    for norm in mine["norm"].unique(maintain_order=True).sort(descending=True).to_list():
        rows = mine.filter(pl.col("norm") == norm)
        lines = {arm: rows.filter(pl.col("arm") == arm) for arm in looks}
        lines = {arm: found for arm, found in lines.items() if found.height}
        yield Drawing(
            title=f"{shown.title}, beta_n = {norm:g}",
            note=f"difference from the baseline{f', {shown.difference_unit}' if shown.difference_unit else ''}",
            description=_described(shown, lines, norm),
            draw=partial(_draw, shown=shown, lines=lines, looks=looks, ends=ends),
            lines=True,
        )


def _ends(shown: Measure, rows: pl.DataFrame) -> tuple[float, float]:
    """Ends of the axis of differences; no difference is on it."""
    values = [shown.factor * value for name in ("difference", "lower", "upper") for value in rows[name].drop_nulls()]
    low, high = min([0.0, *values]), max([0.0, *values])
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin


def _described(shown: Measure, lines: Mapping[str, pl.DataFrame], norm: float) -> str:
    """The drawing in words."""
    parts = [
        f"{arm} from {shown.difference(rows['difference'][0])} to {shown.difference(rows['difference'][-1])}"
        for arm, rows in list(lines.items())[:MOST_NAMED]
    ]
    return f"{shown.title} at beta_n = {norm:g}, from the least to the greatest weight of silence: {'; '.join(parts)}."


def _draw(
    axes: Axes, shown: Measure, lines: Mapping[str, pl.DataFrame], looks: Mapping[str, Look], ends: tuple[float, float]
) -> None:
    """A line with its intervals for each arm."""
    axes.axhline(0.0, color=GREY, linewidth=1.0)
    for place, (arm, rows) in enumerate(lines.items()):
        look = looks[arm]
        x = [psi + 0.0015 * (place - 0.5 * (len(lines) - 1)) for psi in rows["silence_weight"]]
        y = [shown.factor * value for value in rows["difference"]]
        axes.plot(x, y, color=look.colour, linestyle=look.dashes, marker=look.marker, markersize=4, linewidth=1.6)
        for where, low, high in zip(x, rows["lower"], rows["upper"], strict=True):
            if low is not None and high is not None:
                axes.plot([where] * 2, [shown.factor * low, shown.factor * high], color=look.colour, linewidth=1.0)
    axes.set_xlabel("weight of silence, psi", fontsize=9.5)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, signed=True)))
    axes.set_ylim(*ends)
