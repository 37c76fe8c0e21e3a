"""What a figure is made of: drawings, each with a title and a description in words, alone or together on a sheet."""

import math
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from experiments.figures.cards import Figure
from experiments.figures.style import GREY, Look, arm_legend, styled

WIDTH = 4.6
"""Of a drawing, in inches: its letters can still be read on a telephone."""
_LETTERS = 56
"""Of a title in small print that fit side by side into a drawing."""


@dataclass(frozen=True)
class Drawing:
    """One panel.

    Args:
        title: what is shown, as plain text.
        note: how it is counted, in small letters below the title.
        description: the same for somebody who cannot see it.
        draw: puts it into axes.
        height: in inches.
        width: in inches.
        lines: whether arms are lines, not marks.
    """

    title: str
    note: str
    description: str
    draw: Callable[[Axes], None]
    height: float = 3.0
    width: float = WIDTH
    lines: bool = False

    def alone(self) -> Figure:
        """The panel as a figure of its own, without title, which the page around it has."""
        with styled():
            figure = Figure(figsize=(self.width, self.height), layout="constrained")
            self.draw(figure.subplots())
        return figure


def sheet(
    drawings: Sequence[Drawing], title: str = "", legend: Sequence[tuple[str, Look]] = (), columns: int = 2
) -> Figure:
    """Drawings side by side, under one title.

    Args:
        drawings: in their order.
        title: of all of them.
        legend: arms and how they are drawn; none where drawings name their arms themselves.
        columns: how many stand side by side.
    """
    columns = max(1, min(columns, len(drawings)))
    rows = [drawings[start : start + columns] for start in range(0, len(drawings), columns)]
    heights = [max(drawing.height for drawing in row) + 0.75 for row in rows]
    width = columns * max((drawing.width for drawing in drawings), default=WIDTH)
    lines = textwrap.wrap(title, int(width * 9.2))
    top = (0.18 + 0.27 * len(lines) if lines else 0.05) + _legend_height(legend, width)
    with styled():
        figure = Figure(figsize=(width, sum(heights) + top))
        height = figure.get_figheight()
        figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0.01, 0.0, 0.98, 1.0 - top / height)))
        figure.text(0.015, 1 - 0.1 / height, "\n".join(lines), fontsize=14, fontweight="bold", va="top")
        are_lines = any(drawing.lines for drawing in drawings)
        _legend_into(figure, legend, width, 1 - (0.16 + 0.27 * len(lines)) / height, lines=are_lines)
        _into(figure, rows, heights, columns)
    figure.say(title, " ".join(drawing.description for drawing in drawings))
    return figure


def _into(figure: Figure, rows: Sequence[Sequence[Drawing]], heights: Sequence[float], columns: int) -> None:
    """Drawings into a figure."""
    if not rows:
        return
    grid = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights)
    for places, row in zip(grid, rows, strict=True):
        for axes, drawing in zip(places, row, strict=False):
            drawing.draw(axes)
            axes.set_title(textwrap.fill(drawing.title, 36), fontweight="bold", loc="left", pad=20, fontsize=11)
            axes.annotate(
                drawing.note, (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points", color=GREY,
                fontsize=9,
            )  # fmt: skip
        for axes in places[len(row) :]:
            axes.set_axis_off()


def _legend_columns(legend: Sequence[tuple[str, Look]], width: float) -> int:
    """Arms side by side."""
    longest = max((len(name) for name, _ in legend), default=1)
    return max(1, min(len(legend), int(width * 11) // (longest + 6)))


def _legend_height(legend: Sequence[tuple[str, Look]], width: float) -> float:
    """Inches that a legend takes."""
    return 0.25 * math.ceil(len(legend) / _legend_columns(legend, width)) + 0.1 if legend else 0.0


def _legend_into(figure: Figure, legend: Sequence[tuple[str, Look]], width: float, top: float, *, lines: bool) -> None:
    """A legend into a figure."""
    if not legend:
        return
    handles = [handle(look, line=lines, mark=not lines) for _, look in legend]
    arm_legend(
        figure, [name for name, _ in legend], handles, loc="upper left", bbox_to_anchor=(0.01, top), frameon=False,
        ncols=_legend_columns(legend, width), fontsize=10, borderaxespad=0.0, borderpad=0.0, columnspacing=1.6,
    ).set_in_layout(False)  # fmt: skip


def handle(look: Look, *, line: bool, mark: bool) -> Line2D:
    """What stands for an arm in a legend."""
    return Line2D(
        [], [], color=look.colour, linestyle=look.dashes if line else "none", linewidth=1.8, markersize=6,
        marker=look.marker if mark else "none",
    )  # fmt: skip


def folded(name: str, width: int = 20) -> str:
    """A name in lines of about so many letters; nothing of it is left out."""
    lines = textwrap.wrap(name, width, break_on_hyphens=False, drop_whitespace=True)
    return "\n".join(lines) if lines and re.sub(r"\s", "", name) else name


def lines_of(name: str, width: int = 20) -> int:
    """How many lines a folded name takes."""
    return folded(name, width).count("\n") + 1
