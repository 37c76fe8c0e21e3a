"""Plain charts for notebooks: lines, bars and dots in the common look, each with a title, axes and units.

They take numbers, not tables, so that a learner sees what is drawn.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from experiments.figures.cards import Figure
from experiments.figures.style import COLOURS, GREY, Floats, Look, looks, styled

WIDTH, HEIGHT = 8.2, 3.7
"""Inches."""


def lines(
    series: Mapping[str, tuple[ArrayLike, ArrayLike]], title: str, x: str, y: str, *, dashed: Collection[str] = ()
) -> Figure:
    """A line for each series.

    Args:
        series: by its name the numbers along both axes, of one length each.
        title: what is shown, as a sentence.
        x: what stands along the horizontal axis, with its unit.
        y: the same of the vertical one.
        dashed: names of series that are drawn grey and dashed, for what the others are held against.
    """
    names = [name for name in series if name not in dashed]
    with _chart(title, x, y) as (figure, axes):
        for name, look in _looks_of(names).items():
            axes.plot(*series[name], color=look.colour, linestyle=look.dashes, linewidth=2.2, label=name)
        for name in dashed:
            axes.plot(*series[name], color=GREY, linestyle=(0, (4, 3)), linewidth=1.6, label=name)
        axes.margins(x=0.01)
        _legend(axes, len(series))
        last = {name: float(np.asarray(values[1])[-1]) for name, values in series.items()}
        ends = ", ".join(f"{name} ends at {value:.3g}" for name, value in last.items())
        figure.say(title, f"{title} {y} against {x}: {ends}.")
    return figure


def bars(groups: Mapping[str, Mapping[str, float]], title: str, y: str) -> Figure:
    """A group of bars for each name, a bar for each thing in it.

    Args:
        groups: by the name of a group its bars by theirs; every group has the same bars.
        title: what is shown, as a sentence.
        y: what the height of a bar is, with its unit.
    """
    kinds = list(next(iter(groups.values()), {}))
    width = 0.8 / max(1, len(kinds))
    with _chart(title, "", y) as (figure, axes):
        for place, (kind, look) in enumerate(_looks_of(kinds).items()):
            at = np.arange(len(groups)) + (place - (len(kinds) - 1) / 2) * width
            heights = [group[kind] for group in groups.values()]
            drawn = axes.bar(at, heights, width=0.92 * width, color=look.colour, label=kind)
            axes.bar_label(drawn, [f"{height:.3g}" for height in heights], fontsize=9, padding=2, color=GREY)
        axes.set_xticks(np.arange(len(groups)), list(groups))
        axes.margins(y=0.14)
        _legend(axes, len(kinds))
        told = {name: ", ".join(f"{kind} {group[kind]:.3g}" for kind in kinds) for name, group in groups.items()}
        said = "; ".join(f"{name}: {text}" for name, text in told.items())
        figure.say(title, f"{title} {y}: {said}.")
    return figure


def dots(groups: Mapping[str, ArrayLike], title: str, x: str) -> Figure:
    """A row of dots for each group, with its mean and the 95% interval of that (Student's t).

    Args:
        groups: numbers by the name of their group.
        title: what is shown, as a sentence.
        x: what the numbers are, with their unit.
    """
    numbers = {name: np.asarray(values, dtype=float) for name, values in groups.items()}
    with _chart(title, x, "") as (figure, axes):
        every = np.concatenate(list(numbers.values()))
        if every.min() <= 0.0 <= every.max():
            axes.axvline(0.0, color=GREY, linewidth=1.0)
        for row, (name, look) in enumerate(_looks_of(list(groups)).items()):
            _row_of_dots(axes, row, numbers[name], look)
        axes.set_yticks(range(len(groups)), list(groups))
        axes.set_ylim(len(groups) - 0.45, -0.55)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        said = "; ".join(f"{name}: mean {values.mean():.3g}, {len(values)} dots" for name, values in numbers.items())
        figure.say(title, f"{title} {x}: {said}.")
    return figure


def _row_of_dots(axes: Axes, row: int, values: Floats, look: Look) -> None:
    """The dots of a group, a little apart, and its mean with an interval above them."""
    jitter = 0.16 * ((np.arange(len(values)) * 0.618) % 1.0 - 0.5)
    axes.scatter(values, row + 0.2 + jitter, s=22, color=look.colour, alpha=0.55, linewidths=0)
    half = _half_width(values)
    axes.errorbar(
        [values.mean()], [row - 0.16], xerr=[[half], [half]], color=look.colour, marker="D", capsize=4, linewidth=2.0
    )


def _legend(axes: Axes, names: int) -> None:
    """Names beside the chart, where they hide nothing; none where there is one thing alone."""
    if names > 1:
        axes.legend(frameon=False, fontsize=9.5, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def _half_width(values: Floats) -> float:
    """Half of the 95% interval of a mean; 0 for a single value."""
    n = len(values)
    return float(stdtrit(n - 1, 0.975) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0


def _looks_of(names: Sequence[str]) -> dict[str, Look]:
    """How each series is drawn; a single one in blue."""
    if len(names) == 1:
        return {names[0]: Look(COLOURS[0], "-")}
    return looks(names, names[0]) if names else {}


@contextmanager
def _chart(title: str, x: str, y: str) -> Iterator[tuple[Figure, Axes]]:
    """An empty chart with its words; what is drawn into it is drawn in the common look."""
    with styled():
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, fontweight="bold", loc="left", pad=24 if y else 10)
        axes.annotate(y, (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points", color=GREY, fontsize=9.5)
        axes.set_xlabel(x)
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        yield figure, axes
