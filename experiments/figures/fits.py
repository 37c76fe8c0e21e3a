"""How well a calibrated model fits: targets, the latency of retweets, and parameter sets that fit."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import COLOURS, FIRST_COLOUR, GREY, styled

MET, MISSED = COLOURS[0], COLOURS[1]
LATENCY = {"within_15min": 0.25, "within_1h": 1.0, "within_6h": 6.0, "within_24h": 24.0}
"""Ends of the names of outcomes that are points of a latency curve, with their hours."""
MOST_PAIRS = 9
"""Pairs of parameters that are drawn."""


def fit_figure(fit: pl.DataFrame) -> Figure:
    """Every target: what was wanted with twice its uncertainty, what came out with its interval; misses in orange.

    Each row is drawn in units of the target's uncertainty, from 12 below to 12 above; what lies farther is at the edge.

    Args:
        fit: the table of the fit.
    """
    rows = fit.to_dicts()
    with styled():
        figure = Figure(figsize=(9.0, 1.4 + 0.34 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for place, row in enumerate(rows):
            _target(axes, place, row)
        axes.axvline(0.0, color=GREY, linewidth=1.0, zorder=1)
        axes.axvspan(-2.0, 2.0, color="#EEF3F7", zorder=0)
        axes.set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=9)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(-13.0, 13.0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("miss, in units of the uncertainty; bars: 95% over fresh seeds", fontsize=9)
        figure.suptitle("Targets: met (blue, round) and not met (orange, crossed)", x=0.01, ha="left", fontsize=11.5)
    return figure


def _label(row: Mapping[str, Any]) -> str:
    """A target with its numbers."""
    group = "" if row["group"] == "all" else f" ({row['group']})"
    used = "" if row["used"] != "no" else ", set nothing"
    return f"{row['target']}{group}: {row['got']:.4g}, wanted {row['wanted']:.4g}{used}"


def _target(axes: Axes, place: int, row: Mapping[str, Any]) -> None:
    """One target as a point with its bar."""
    unit = row["uncertainty"] or max(abs(row["upper"] - row["lower"]), 1e-12)
    at, low, high = (np.clip((row[name] - row["wanted"]) / unit, -12.5, 12.5) for name in ("got", "lower", "upper"))
    colour = MET if row["met"] else MISSED
    axes.plot([low, high], [place, place], color=colour, linewidth=2.0, solid_capstyle="butt")
    axes.plot([at], [place], marker="o" if row["met"] else "X", color=colour, markersize=6.5, linestyle="none")


def latency_figure(fit: pl.DataFrame) -> Figure | None:
    """How soon posts are passed on: what is wanted, and the model; None where there are no such targets.

    Args:
        fit: the table of the fit.
    """
    curves: dict[str, list[tuple[float, Mapping[str, Any]]]] = {}
    for row in fit.to_dicts():
        for end, hours in LATENCY.items():
            if row["outcome"].endswith(end):
                curves.setdefault(row["outcome"].removesuffix(f"_{end}"), []).append((hours, row))
    if not curves:
        return None
    with styled():
        figure = Figure(figsize=(6.6, 4.2), layout="constrained")
        axes = figure.subplots()
        for colour, (name, points) in zip(COLOURS, curves.items(), strict=False):
            _curve(axes, name, sorted(points, key=lambda item: item[0]), colour)
        axes.set_xscale("log")
        ticks = sorted({hours for points in curves.values() for hours, _ in points})
        axes.set_xticks(ticks, [f"{each:g}" for each in ticks])
        axes.minorticks_off()
        axes.set_ylim(0.0, 1.0)
        axes.set_xlabel("hours since the post")
        axes.set_ylabel("share of retweets")
        axes.set_title("How soon posts are passed on")
        axes.legend(frameon=False, fontsize=9)
    return figure


def _curve(axes: Axes, name: str, points: Sequence[tuple[float, Mapping[str, Any]]], colour: str) -> None:
    """One curve: the model's as a line with intervals, what is wanted as crosses with twice its uncertainty."""
    hours = [hour for hour, _ in points]
    rows = [row for _, row in points]
    got, wanted = (np.array([row[key] for row in rows]) for key in ("got", "wanted"))
    apart = np.abs(np.array([[row["lower"], row["upper"]] for row in rows]).T - got)
    axes.errorbar(hours, got, yerr=apart, color=colour, marker="o", markersize=5, label=f"model: {name}", capsize=3)
    unsure = 2.0 * np.array([row["uncertainty"] for row in rows])
    known = {text.get_label() for text in axes.containers}
    label = f"wanted: {rows[0]['source']}"
    axes.errorbar(
        hours, wanted, yerr=unsure, color=FIRST_COLOUR, marker="x", linestyle="none", capsize=3,
        label="_nolegend_" if label in known else label,
    )  # fmt: skip


def sample_figure(sample: pl.DataFrame, parameters: Sequence[str], chosen: Mapping[str, float]) -> Figure:
    """Parameter sets that fit: the pairs that go together most closely, areas by weight, the chosen set as a cross.

    Args:
        sample: the weighted sample.
        parameters: its parameters.
        chosen: the calibrated values.
    """
    with styled():
        names = [name for name in parameters if name in sample.columns]
        if len(names) < 2:
            return _one(sample, names[0], chosen)
        pairs = _closest(sample, names)
        columns = min(3, len(pairs))
        rows = -(-len(pairs) // columns)
        figure = Figure(figsize=(3.5 * columns, 3.3 * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        for place, pair in zip(axes.flat, pairs, strict=False):
            _pair(place, sample, pair, chosen)
        for place in list(axes.flat)[len(pairs) :]:
            place.set_axis_off()
    return figure


def _one(sample: pl.DataFrame, name: str, chosen: Mapping[str, float]) -> Figure:
    """The sample of a single parameter."""
    figure = Figure(figsize=(4.5, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.hist(sample[name].to_numpy(), weights=sample["weight"].to_numpy(), bins=20, color=MET)
    axes.axvline(chosen[name], color=FIRST_COLOUR)
    axes.set_xlabel(name)
    axes.set_ylabel("weight")
    return figure


def _closest(sample: pl.DataFrame, names: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of parameters with the largest correlations among the sets, the largest first."""
    values = sample.select(names).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.cov(values.T)
        apart = np.nan_to_num(spread / np.sqrt(np.outer(np.diag(spread), np.diag(spread))))
    order = sorted(combinations(range(len(names)), 2), key=lambda pair: -abs(float(apart[pair])))
    return [(names[one], names[other]) for one, other in order[:MOST_PAIRS]]


def _pair(axes: Axes, sample: pl.DataFrame, pair: tuple[str, str], chosen: Mapping[str, float]) -> None:
    """One pair."""
    weight = sample["weight"].to_numpy()
    across, up = pair
    axes.scatter(
        sample[across].to_numpy(), sample[up].to_numpy(), s=4.0 + 300.0 * weight / weight.max() ** 0.5 * 0.4,
        color=MET, alpha=0.5, linewidths=0,
    )  # fmt: skip
    axes.plot([chosen[across]], [chosen[up]], marker="X", color=MISSED, markersize=9, linestyle="none")
    axes.set_xlabel(across, fontsize=9)
    axes.set_ylabel(up, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.grid(visible=True)
