"""Who is left out: for each kind of people the value under each arm, so that gaps between groups are seen."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures.drawings import Drawing, folded
from experiments.figures.style import GREY, Look
from experiments.outcome_words import Measure, measure, tick_text

DIVISIONS = {
    "trainee": "trainee status",
    "struggler": "struggler status",
    "visibility": "visibility (thirds by followers)",
    "stigma": "personal stigma (thirds)",
}
"""Divisions whose names alone do not say what they are."""
NOT_SHOWN = "too few people to show, or not counted"
_ROW = 0.36
"""Height of a group, in inches."""


def left_out(table: pl.DataFrame, looks: Mapping[str, Look]) -> list[Drawing]:
    """A drawing per outcome and division of the people, with a row per group and a mark per arm.

    Args:
        table: rows of one scenario: outcome, division, group (`role=student`), arm, mean, hidden.
        looks: of arms, in the order in which they are shown.
    """
    pairs = table.select("outcome", "division").unique(maintain_order=True).rows()
    return [
        _drawing(table.filter((pl.col("outcome") == outcome) & (pl.col("division") == division)), looks)
        for outcome, division in pairs
    ]


def group_name(group: str) -> str:
    """A group in words: `role=student` is shown as `student`."""
    division, _, name = group.partition("=")
    return {"yes": division, "no": f"not {division}"}.get(name, name or group)


def division_name(division: str) -> str:
    """A division in words."""
    return DIVISIONS.get(division, division.replace("_", " "))


def _drawing(rows: pl.DataFrame, looks: Mapping[str, Look]) -> Drawing:
    """The drawing of one outcome by one division."""
    shown, division = measure(rows["outcome"][0]), division_name(rows["division"][0])
    groups = rows["group"].unique(maintain_order=True).to_list()
    values = {(row["group"], row["arm"]): _value(row) for row in rows.to_dicts()}
    arms = [arm for arm in looks if any((group, arm) in values for group in groups)]
    return Drawing(
        title=f"{shown.title}, by {division}",
        note=shown.axis,
        description=_described(shown, division, groups, arms, values),
        draw=lambda axes: _draw(axes, shown, groups, {arm: looks[arm] for arm in arms}, values),
        height=0.75 + _ROW * len(groups),
    )


def _value(row: Mapping[str, object]) -> float | None:
    """The mean of a cell; None where it is hidden or there is none."""
    mean = row["mean"]
    return float(mean) if isinstance(mean, float) and np.isfinite(mean) and not row["hidden"] else None


Values = Mapping[tuple[str, str], float | None]


def _described(shown: Measure, division: str, groups: Sequence[str], arms: Sequence[str], values: Values) -> str:
    """The drawing in words."""
    parts = [
        f"{group_name(group)}: " + ", ".join(f"{arm} {_cell(shown, values.get((group, arm)))}" for arm in arms)
        for group in groups
    ]
    return f"{shown.title}, by {division}. {'; '.join(parts)}."


def _cell(shown: Measure, value: float | None) -> str:
    """A cell in words."""
    return NOT_SHOWN if value is None else shown.value(value)


def _draw(axes: Axes, shown: Measure, groups: Sequence[str], looks: Mapping[str, Look], values: Values) -> None:
    """A row per group: marks, joined by a line from the lowest to the highest."""
    for place, group in enumerate(groups):
        found = {arm: shown.factor * value for arm in looks if (value := values.get((group, arm))) is not None}
        if not found:
            axes.text(0.02, place, NOT_SHOWN, transform=axes.get_yaxis_transform(), va="center",
                      fontsize=9, color=GREY)  # fmt: skip
            continue
        axes.plot([min(found.values()), max(found.values())], [place, place], color="#CFCFCF", linewidth=2, zorder=1)
        _marks(axes, found, looks, place)
    axes.set_yticks(range(len(groups)), [folded(group_name(group), 22) for group in groups], fontsize=9.5)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, shown.unit)))


def _marks(axes: Axes, found: Mapping[str, float], looks: Mapping[str, Look], row: int) -> None:
    """A mark per arm, a little above or below the line, so that equal ones are both seen."""
    offsets = np.linspace(-0.22, 0.22, max(2, len(looks)))
    for offset, (arm, look) in zip(offsets, looks.items(), strict=False):
        if arm in found:
            axes.plot([found[arm]], [row + offset], marker=look.marker, markersize=5.5, color=look.colour, zorder=3)
