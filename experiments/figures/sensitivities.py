"""Which settings matter: mean size and spread of effects, and shares of variance."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from experiments.figures.drawings import Drawing
from experiments.figures.style import COLOURS, GREY, INK
from experiments.outcome_words import measure

_NAMED = 8
"""Settings that are named in a figure of effects."""
_DRAWN = 12
"""Settings that have bars."""


def effects_drawing(rows: pl.DataFrame, title: str) -> Drawing:
    """Every setting by the mean size of its effects and their spread; those below the line act nearly alone.

    Args:
        rows: of one output: parameter, mu_star, sigma, luck, verdict.
        title: of the output.
    """
    ordered = rows.sort("mu_star", descending=True)
    names = ordered["parameter"].head(_NAMED).to_list()
    described = f"{title}: the largest mean effects are those of {', '.join(names)}."
    unit = measure(rows["outcome"][0]).difference_unit or "as counted"
    return Drawing(
        title=title,
        note=f"elementary effects over the whole range, {unit}; grey: inert or not told from luck",
        description=described,
        draw=lambda axes: _draw_effects(axes, ordered),
        height=3.6,
        width=6.4,
    )


def _draw_effects(axes: Axes, rows: pl.DataFrame) -> None:
    """Marks, their names, and the line on which the spread is as large as the mean."""
    factor = measure(rows["outcome"][0]).factor
    mean, spread = factor * rows["mu_star"].to_numpy(), factor * rows["sigma"].to_numpy()
    matters = (rows["verdict"] == "matters").to_numpy()
    axes.scatter(mean[~matters], spread[~matters], s=18, color=GREY, alpha=0.6, linewidths=0)
    axes.scatter(mean[matters], spread[matters], s=26, color=COLOURS[0], linewidths=0)
    end = float(max(mean.max(initial=0.0), spread.max(initial=0.0))) or 1.0
    axes.plot([0.0, end], [0.0, end], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlim(0.0, 1.28 * (float(mean.max(initial=0.0)) or 1.0))
    axes.set_ylim(0.0, 1.12 * (float(spread.max(initial=0.0)) or 1.0))
    axes.set_xlabel("mean size of the effects (mu*)")
    axes.set_ylabel("their spread (sigma)")
    places = _apart(spread[:_NAMED], axes.get_ylim()[1] / 22.0)
    for name, x, y, shown in zip(rows["parameter"].to_list(), mean, spread, places, strict=False):
        axes.annotate(name, (x, y), (x + 0.015 * axes.get_xlim()[1], shown), fontsize=8, color=INK, va="center")


def _apart(heights: "np.ndarray[tuple[int], np.dtype[np.float64]]", least: float) -> list[float]:
    """Heights of labels, pushed upward until no two of them are nearer than `least`."""
    places: dict[int, float] = {}
    last = -np.inf
    for place in np.argsort(heights, kind="stable").tolist():
        last = max(float(heights[place]), last + least)
        places[place] = last
    return [places[place] for place in range(len(heights))]


def shares_drawing(rows: pl.DataFrame, title: str) -> Drawing:
    """Bars of first and total indices with their intervals.

    Args:
        rows: of one output: parameter, first, first_conf, total, total_conf, luck.
        title: of the output.
    """
    ordered = rows.sort("total", descending=True).head(_DRAWN)
    parts = [f"{row['parameter']} {row['total']:.0%}" for row in ordered.to_dicts()]
    return Drawing(
        title=title,
        note="share of variance: dark alone (S1), light with others (ST)",
        description=f"{title}: total indices {', '.join(parts)}.",
        draw=lambda axes: _draw_shares(axes, ordered),
        height=0.9 + 0.42 * ordered.height,
        width=6.4,
    )


def _draw_shares(axes: Axes, rows: pl.DataFrame) -> None:
    """Two bars for each setting."""
    places = np.arange(rows.height, dtype=float)
    bars = (("first", -0.19, COLOURS[0], "alone (S1)"), ("total", 0.19, COLOURS[5], "with others (ST)"))
    for name, shift, colour, label in bars:
        values, errors = rows[name].to_numpy(), rows[f"{name}_conf"].to_numpy()
        axes.barh(places + shift, values, height=0.36, color=colour, label=label)
        axes.errorbar(values, places + shift, xerr=errors, fmt="none", ecolor=INK, elinewidth=0.9, capsize=2)
    axes.set_yticks(places, rows["parameter"].to_list(), fontsize=8.5)
    axes.invert_yaxis()
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(frameon=False, fontsize=8.5, loc="lower right")
