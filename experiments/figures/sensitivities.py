"""Which settings matter: mean size and spread of effects, and shares of variance."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from experiments.figures.drawings import Drawing
from experiments.figures.style import COLOURS, GREY, INK
from experiments.outcome_words import measure

_NAMED = 8
"""Settings that are named in a figure of effects."""
_DRAWN = 12
"""Settings that have bars."""
_SHOWN = (-0.25, 1.25)
"""Shares of variance that are drawn; intervals may reach farther."""


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
        note=f"elementary effects over the whole range, {unit}",
        description=described,
        draw=lambda axes: _draw_effects(axes, ordered),
        height=4.0,
        width=7.6,
    )


def _draw_effects(axes: Axes, rows: pl.DataFrame) -> None:
    """Marks, the names of the largest beside them, and the line on which the spread is as large as the mean."""
    factor = measure(rows["outcome"][0]).factor
    mean, spread = factor * rows["mu_star"].to_numpy(), factor * rows["sigma"].to_numpy()
    matters = (rows["verdict"] == "matters").to_numpy()
    axes.scatter(mean[~matters], spread[~matters], s=18, color=GREY, alpha=0.6, linewidths=0,
                 label="inert, or not told from luck")  # fmt: skip
    axes.scatter(mean[matters], spread[matters], s=26, color=COLOURS[0], linewidths=0, label="matters")
    right, top = (1.06 * (float(values.max(initial=0.0)) or 1.0) for values in (mean, spread))
    axes.plot([0.0, max(right, top)], [0.0, max(right, top)], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)),
              label="spread as large as the mean")  # fmt: skip
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, top)
    axes.set_xlabel("mean size of the effects (mu*)")
    axes.set_ylabel("their spread (sigma)")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    leader = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "relpos": (0.0, 0.5)}
    heights = _spread_out(spread[:_NAMED])
    for name, x, y, height in zip(rows["parameter"].head(_NAMED), mean, spread, heights, strict=False):
        axes.annotate(name, (x, y), (1.03, height), textcoords=axes.transAxes, fontsize=8, color=INK, va="center",
                      arrowprops=leader)  # fmt: skip


def _spread_out(heights: NDArray[np.float64]) -> list[float]:
    """Heights of labels, in shares of the height of the axes: in the order of the marks, evenly spread."""
    order = np.argsort(np.argsort(heights, kind="stable"))
    return [float(place) for place in (order + 0.5) / len(heights)]


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
        note="with 95% intervals; estimates can leave 0 to 100%",
        description=f"{title}: total indices {', '.join(parts)}.",
        draw=lambda axes: _draw_shares(axes, ordered),
        height=0.9 + 0.42 * ordered.height,
        width=7.6,
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
    axes.set_xlim(*_SHOWN)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("share of the variance")
    axes.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(1.0, 1.0))
