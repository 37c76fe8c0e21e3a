"""Forest plots: what each arm changes, compared with the baseline, and how sure that is."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures.drawings import Drawing, folded, lines_of
from experiments.figures.style import FIRST_COLOUR, GREY, PAPER, Look
from experiments.outcome_words import Measure, measure, tick_text

SEEN = ("better", "worse", "higher", "lower")
"""Verdicts that say that there is a difference."""
WITHOUT = ("too few replicates", "no values")
"""Verdicts that stand in a row in place of a mark: there is nothing to compare."""
ENDS = ("difference", "lower", "upper")
"""Columns of what is drawn."""
_BETTER = {"higher": "better \N{RIGHTWARDS ARROW}", "lower": "\N{LEFTWARDS ARROW} better"}


def forest(table: pl.DataFrame, looks: Mapping[str, Look], baseline: str) -> list[Drawing]:
    """A drawing per outcome that has values, a row per arm: the paired difference from the baseline, its interval.

    Where there is nothing to compare, the row says so and has no mark.

    Args:
        table: rows of one scenario, one per outcome and arm: outcome, arm, difference, lower, upper, verdict.
        looks: of arms, in the order in which they are shown.
        baseline: from which the differences are taken.
    """
    rows = [table.filter(pl.col("outcome") == name) for name in table["outcome"].unique(maintain_order=True)]
    return [_drawing(item, looks, baseline) for item in rows if item["difference"].is_not_null().any()]


def _drawing(rows: pl.DataFrame, looks: Mapping[str, Look], baseline: str) -> Drawing:
    """The drawing of one outcome."""
    shown = measure(rows["outcome"][0])
    by_arm = {row["arm"]: row for row in rows.to_dicts()}
    arms = [arm for arm in looks if arm in by_arm]
    height = 0.75 + sum(0.1 + 0.19 * lines_of(arm) for arm in arms)
    return Drawing(
        title=shown.title,
        note=f"{shown.difference_axis}, from \N{LEFT DOUBLE QUOTATION MARK}{baseline}\N{RIGHT DOUBLE QUOTATION MARK}",
        description=_described(shown, [by_arm[arm] for arm in arms], baseline),
        draw=lambda axes: _draw(axes, shown, [by_arm[arm] for arm in arms], looks),
        height=height,
    )


def _described(shown: Measure, rows: Sequence[Mapping[str, object]], baseline: str) -> str:
    """The drawing in words."""
    parts = [f"{row['arm']}: {_said(shown, row)}" for row in rows]
    return f"{shown.title}: difference of each arm from {baseline}. {'; '.join(parts)}."


def _said(shown: Measure, row: Mapping[str, object]) -> str:
    """A row in words."""
    if row["verdict"] in WITHOUT:
        return str(row["verdict"])
    return f"{shown.difference(_number(row, 'difference'))}, {_interval(shown, row)}"


def _interval(shown: Measure, row: Mapping[str, object]) -> str:
    """An interval in words."""
    low, high = _number(row, "lower"), _number(row, "upper")
    if low is None or high is None:
        return "no interval"
    return f"interval {shown.difference(low, unit=False)} to {shown.difference(high, unit=False)}"


def _number(row: Mapping[str, object], name: str) -> float | None:
    """A number of a row; None where there is none."""
    value = row[name]
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None


def _draw(axes: Axes, shown: Measure, rows: Sequence[Mapping[str, object]], looks: Mapping[str, Look]) -> None:
    """Rows of points with their intervals around a line at no difference."""
    heights = np.array([0.1 + 0.19 * lines_of(str(row["arm"])) for row in rows])
    tops = np.cumsum(heights) - heights / 2.0
    for row, place in zip(rows, tops, strict=True):
        _point(axes, shown, row, looks[str(row["arm"])], float(place))
    axes.axvline(0.0, color=GREY, linewidth=1.1, zorder=1)
    axes.set_yticks(tops, [folded(str(row["arm"])) for row in rows], fontsize=9.5, linespacing=1.0)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(float(heights.sum()) + 0.05, -0.05)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.08)
    _x_axis(axes, shown, [row for row in rows if row["verdict"] not in WITHOUT])


def _point(axes: Axes, shown: Measure, row: Mapping[str, object], look: Look, place: float) -> None:
    """An arm's difference: full where the comparison sees one, hollow where not."""
    value, low, high = (_number(row, name) for name in ENDS)
    if row["verdict"] in WITHOUT or value is None:
        axes.text(
            0.5, place, str(row["verdict"]), transform=axes.get_yaxis_transform(), ha="center", va="center",
            fontsize=9, color=GREY, backgroundcolor=PAPER,
        )  # fmt: skip
        return
    colour = look.colour if look.colour != FIRST_COLOUR else GREY
    if low is not None and high is not None:
        ends = [shown.factor * low, shown.factor * high]
        axes.plot(ends, [place, place], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    axes.plot(
        [shown.factor * value], [place], marker=look.marker, markersize=7, color=colour, markeredgewidth=1.6,
        markerfacecolor=colour if row["verdict"] in SEEN else PAPER, zorder=3,
    )  # fmt: skip


def _x_axis(axes: Axes, shown: Measure, rows: Sequence[Mapping[str, object]]) -> None:
    """Ticks with signs, and which way is better; where nothing differs there is no scale, but for a tick at 0."""
    if any(_number(row, name) for row in rows for name in ENDS):
        low, high = axes.get_xlim()
        axes.set_xlim(min(low, -0.05 * (high - low)), max(high, 0.05 * (high - low)))
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    else:
        axes.set_xlim(-1.0, 1.0)
        axes.set_xticks([0.0])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, signed=True)))
    axes.set_xlabel(_BETTER.get(shown.direction, "neither way is better in itself"), fontsize=9, color=GREY)
