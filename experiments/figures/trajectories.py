"""Trajectories: an outcome over days, a line and a band for each arm, and where it helps the truth beside it."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures.curves import Curve, curve
from experiments.figures.drawings import Drawing
from experiments.figures.style import GREY, Look
from experiments.outcome_words import Measure, measure, tick_text

REFERENCES = {"normalization": "prevalence"}
"""Outcomes that another one is shown beside, as a dashed line."""
_MOST_BANDS = 4


def pooled_over_scenarios(outcomes: pl.DataFrame) -> pl.DataFrame:
    """The mean over scenarios of each replicate, arm and day; days that some scenario lacks are left out."""
    keys = ["arm", "replicate", "outcome", "day"]
    expected = outcomes["scenario"].n_unique()
    means = outcomes.group_by(keys, maintain_order=True).agg(pl.col("value").mean(), pl.len().alias("scenarios"))
    whole = means.filter(pl.col("scenarios") == expected)
    return (whole if whole.height else means).drop("scenarios")


def trajectories(outcomes: pl.DataFrame, names: Sequence[str], looks: Mapping[str, Look], baseline: str, where: str = ""
                 ) -> list[Drawing]:  # fmt: skip
    """A drawing per outcome, with a line for each arm: the mean over replicates and its 95% interval.

    Args:
        outcomes: of everybody, of one scenario or pooled: arm, replicate, outcome, day, value.
        names: of the outcomes.
        looks: of arms, in the order in which they are shown.
        baseline: whose other outcome is the dashed line.
        where: the scenario, for the title; empty for all of them.
    """
    finite = outcomes.filter(pl.col("value").is_finite())
    return [_drawing(finite, name, looks, baseline, where) for name in names if name in set(finite["outcome"])]


def _drawing(outcomes: pl.DataFrame, name: str, looks: Mapping[str, Look], baseline: str, where: str) -> Drawing:
    """The drawing of one outcome."""
    shown, other = measure(name), REFERENCES.get(name, "")
    curves = {arm: curve(_rows(outcomes, name, arm)) for arm in looks}
    curves = {arm: found for arm, found in curves.items() if len(found.days)}
    truth = curve(_rows(outcomes, other, baseline)) if other else None
    truth = truth if truth is not None and len(truth.days) else None
    dashed = "; dashed: true prevalence" if truth is not None else ""
    return Drawing(
        title=f"{shown.title}{f', {where}' if where else ''}",
        note=f"{shown.axis}{dashed}",
        description=_described(shown, curves, truth, where),
        draw=lambda axes: _draw(axes, shown, curves, truth, looks),
        lines=True,
    )


def _rows(outcomes: pl.DataFrame, name: str, arm: str) -> pl.DataFrame:
    """Rows of an outcome in an arm."""
    return outcomes.filter((pl.col("outcome") == name) & (pl.col("arm") == arm))


def _described(shown: Measure, curves: Mapping[str, Curve], truth: Curve | None, where: str) -> str:
    """The drawing in words."""
    last = max((float(found.days[-1]) for found in curves.values()), default=0.0)
    parts = [f"{arm} from {shown.value(found.mean[0])} to {shown.value(found.mean[-1])}"
             for arm, found in curves.items()]  # fmt: skip
    beside = f" The true prevalence in the end: {shown.value(truth.mean[-1])}." if truth is not None else ""
    return f"{shown.title}{f', {where},' if where else ''} over {last:g} days. {'; '.join(parts)}.{beside}"


def _draw(axes: Axes, shown: Measure, curves: Mapping[str, Curve], truth: Curve | None, looks: Mapping[str, Look]
          ) -> None:  # fmt: skip
    """Lines, bands, and the truth."""
    if truth is not None:
        axes.plot(truth.days, shown.factor * truth.mean, color=GREY, linestyle=(0, (4, 3)), linewidth=1.4)
    for place, (arm, found) in enumerate(curves.items()):
        look = looks[arm]
        width = 2.5 - 1.0 * place / max(1, len(curves) - 1)
        axes.plot(found.days, shown.factor * found.mean, color=look.colour, linestyle=look.dashes, linewidth=width)
        _interval(axes, shown, found, look, (place, len(curves)))
    axes.margins(x=0.01)
    axes.set_xlabel("day", fontsize=9.5)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 7, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, shown.unit)))
    low, high = _limits(shown, [*curves.values(), *([truth] if truth is not None else [])])
    axes.set_ylim(low, high)


def _interval(axes: Axes, shown: Measure, found: Curve, look: Look, place: tuple[int, int]) -> None:
    """A band; where there are many arms, a bar at the right edge."""
    if np.isnan(found.lower).all():
        return
    low, high = shown.factor * found.lower, shown.factor * found.upper
    if place[1] <= _MOST_BANDS:
        axes.fill_between(found.days, low, high, color=look.colour, alpha=0.14, linewidth=0)
        return
    x = float(found.days[-1]) + float(found.days[-1] - found.days[0] or 1.0) * (0.02 + 0.014 * place[0])
    axes.plot([x, x], [low[-1], high[-1]], color=look.colour, linewidth=1.7, solid_capstyle="butt")


def _limits(shown: Measure, curves: Sequence[Curve]) -> tuple[float, float]:
    """Ends of the axis: what is seen after the first quarter of the days, where few events make lines jump."""
    late = [found.days >= found.days[0] + 0.25 * (found.days[-1] - found.days[0]) for found in curves]
    values = np.concatenate(
        [
            edge[when]
            for found, when in zip(curves, late, strict=True)
            for edge in (found.mean, found.lower, found.upper)
        ]
        or [np.zeros(1)]
    )
    values = shown.factor * values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    least = min((float(np.nanmin(found.mean)) for found in curves), default=0.0)
    floor = 0.0 if least >= 0 and (low < 0 or low - margin < 0.35 * high) else low - margin
    return floor, min(high + margin, 102.0) if shown.unit == "%" else high + margin
