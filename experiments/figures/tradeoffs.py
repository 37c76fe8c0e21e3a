"""Trade-offs: what each arm buys and what it costs, and which arms no other beats on all counts."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox

from experiments.figures.drawings import Drawing, folded
from experiments.figures.style import GREY, PAPER, Look
from experiments.outcome_words import Measure, measure, tick_text

GAIN = "support_reach_7d"
LOSSES = {"harm": "harm_exposure", "wrong_removals": "wrong_removals"}
"""Columns of the table of trade-offs, and what they hold."""


class _Spot(NamedTuple):
    """Where an arm stands: gain and loss with their intervals, in the units shown."""

    arm: str
    gain: float
    loss: float
    gain_ends: tuple[float, float]
    loss_ends: tuple[float, float]
    on_front: bool


def tradeoffs(table: pl.DataFrame, looks: Mapping[str, Look]) -> list[Drawing]:
    """A drawing per loss in which arms differ: the reach of support against it.

    Args:
        table: of trade-offs, rows of one scenario: arm, reach, harm, wrong_removals, their intervals, non_dominated.
        looks: of arms.
    """
    rows = [row for row in table.to_dicts() if row["arm"] in looks]
    found = [(_spots(rows, column, measure(outcome)), measure(outcome)) for column, outcome in LOSSES.items()]
    return [_drawing(spots, loss, looks) for spots, loss in found if len({spot.loss for spot in spots}) > 1]


def _spots(rows: Sequence[Mapping[str, object]], column: str, loss: Measure) -> list[_Spot]:
    """Arms that have both numbers."""
    gain, found = measure(GAIN), []
    for row in rows:
        numbers = [_number(row, name) for name in ("reach", column)]
        if None in numbers or not np.isfinite(np.array(numbers, dtype=float)).all():
            continue
        x, y = gain.factor * (numbers[0] or 0.0), loss.factor * (numbers[1] or 0.0)
        ends = _ends(row, "reach", gain.factor), _ends(row, column, loss.factor)
        found.append(_Spot(str(row["arm"]), x, y, *ends, bool(row["non_dominated"])))
    return found


def _number(row: Mapping[str, object], name: str) -> float | None:
    """A number of a row."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) else None


def _ends(row: Mapping[str, object], column: str, factor: float) -> tuple[float, float]:
    """An interval; NaN where there is none."""
    low, high = (_number(row, f"{column}_{end}") for end in ("lower", "upper"))
    return (np.nan if low is None else factor * low, np.nan if high is None else factor * high)


def _drawing(spots: Sequence[_Spot], loss: Measure, looks: Mapping[str, Look]) -> Drawing:
    """The drawing of one loss."""
    gain = measure(GAIN)
    return Drawing(
        title=f"Reach of support and {loss.title[:1].lower()}{loss.title[1:]}",
        note="full marks: no other arm is at least as good on every count",
        description=_described(spots, gain, loss),
        draw=lambda axes: _draw(axes, spots, gain, loss, looks),
        height=3.7,
    )


def _described(spots: Sequence[_Spot], gain: Measure, loss: Measure) -> str:
    """The drawing in words."""
    parts = [
        f"{spot.arm}: {gain.value(spot.gain / gain.factor)} and {loss.value(spot.loss / loss.factor)}"
        f"{', not dominated' if spot.on_front else ''}"
        for spot in spots
    ]
    return f"{gain.title}, further right is better, against {loss.title}, lower is better. {'; '.join(parts)}."


def _draw(axes: Axes, spots: Sequence[_Spot], gain: Measure, loss: Measure, looks: Mapping[str, Look]) -> None:
    """Marks with their names and intervals, and the front as a line."""
    front = sorted((spot.gain, spot.loss) for spot in spots if spot.on_front)
    if len(front) > 1:
        axes.plot(*zip(*front, strict=True), color="#CFCFCF", linewidth=3, solid_joinstyle="round", zorder=1)
    for spot in spots:
        _spot(axes, spot, looks[spot.arm])
    axes.grid(visible=True, axis="both")
    axes.margins(x=0.16, y=0.16)
    for axis, shown, direction in ((axes.xaxis, gain, "right"), (axes.yaxis, loss, "down")):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(_tick(shown)))
        arrow = {"right": "\N{RIGHTWARDS ARROW}", "down": "\N{LEFTWARDS ARROW}"}[direction]
        text = f"{shown.title}, {shown.axis}"
        better = f"better {arrow}" if direction == "right" else f"{arrow} better"
        axis.set_label_text(f"{folded(text, 60)}\n({better})", fontsize=9)
    _name(axes, spots)


def _tick(shown: Measure) -> FuncFormatter:
    """How numbers of an outcome stand on an axis."""
    return FuncFormatter(lambda value, _: tick_text(value, shown.unit))


def _spot(axes: Axes, spot: _Spot, look: Look) -> None:
    """An arm: full where it is on the front, hollow where not, with thin intervals."""
    for x, y in ((spot.gain_ends, (spot.loss,) * 2), ((spot.gain,) * 2, spot.loss_ends)):
        axes.plot(x, y, color=look.colour, linewidth=1.0, alpha=0.45, zorder=2)
    axes.plot(
        [spot.gain], [spot.loss], marker=look.marker, markersize=8, color=look.colour, markeredgewidth=1.6,
        markerfacecolor=look.colour if spot.on_front else PAPER, zorder=3,
    )  # fmt: skip


def _name(axes: Axes, spots: Sequence[_Spot]) -> None:
    """The name of each arm beside its mark, where it hides no other."""
    figure = axes.get_figure(root=True)
    if figure is None:
        return
    figure.draw_without_rendering()  # so that every mark is where it will be
    points = [axes.transData.transform((spot.gain, spot.loss)) for spot in spots]
    scale = figure.dpi / 72.0
    taken = [Bbox.from_extents(x - 5 * scale, y - 5 * scale, x + 5 * scale, y + 5 * scale) for x, y in points]
    for spot, (x, y) in sorted(zip(spots, points, strict=True), key=lambda pair: -pair[1][1]):
        taken.append(_placed(axes, spot, (float(x), float(y)), taken, scale))


_AROUND = [(x, y) for distance in (7, 16, 27, 40, 54) for y in (distance, -distance) for x in (7, -7)]
"""Where a name may stand, in points from its mark, the best places first."""


def _placed(axes: Axes, spot: _Spot, at: tuple[float, float], taken: Sequence[Bbox], scale: float) -> Bbox:
    """Put a name into the first free place; returns the room that it takes."""
    panel = axes.get_window_extent()
    best: tuple[float, Annotation, Bbox] | None = None
    for x, y in _AROUND:
        label = axes.annotate(
            folded(spot.arm, 24), (spot.gain, spot.loss), (x, y), textcoords="offset points", fontsize=9, zorder=4,
            ha="left" if x > 0 else "right", va="bottom" if y > 0 else "top",
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6} if abs(y) > 12 else None,
        )  # fmt: skip
        label.set_in_layout(False)
        label.get_window_extent()  # puts it in its place; the room that it takes is without the line to its mark
        room = Text.get_window_extent(label)
        cost = sum(_overlap(room, other) for other in taken) + 3 * (room.width * room.height - _overlap(room, panel))
        if best is not None:
            if cost >= best[0]:
                label.remove()
                continue
            best[1].remove()
        best = (cost, label, room)
        if cost <= scale:
            break
    assert best is not None
    return best[2]


def _overlap(one: Bbox, other: Bbox) -> float:
    """The area that two boxes share."""
    shared = Bbox.intersection(one, other)
    return float(shared.width * shared.height) if shared is not None else 0.0
