"""One run day by day: what people believe, what they write, who takes up a tag, who is answered."""

from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures.drawings import Drawing
from experiments.figures.style import COLOURS, GREY, Floats
from experiments.outcome_words import measure, tick_text


class _Panel(NamedTuple):
    """What a panel shows: a column of the daily table, in what colour, beside which other one."""

    column: str
    title: str
    note: str
    colour: str
    percent: bool = False
    beside: str = ""
    always: bool = False


_PANELS = (
    _Panel(
        "normalization", "How common people believe struggling to be", "per cent; dashed: true share", COLOURS[0],
        percent=True, beside="prevalence", always=True,
    ),
    _Panel("struggle_posts", "Struggle posts so far", "posts", COLOURS[1], always=True),
    _Panel("supported_within_24h", measure("supported_within_24h").title, "per cent of posts since day 0", COLOURS[2],
           percent=True),
    _Panel("adopters", "People who have taken up a support tag", "people", COLOURS[3]),
)  # fmt: skip


def days(daily: pl.DataFrame) -> list[Drawing]:
    """A drawing for each thing that a run has to tell.

    Args:
        daily: one row a day, ascending: day (negative in the warm-up), normalization, prevalence, struggle_posts, and
            where they are known adopters and supported_within_24h; a column without values above 0 may be left out.
    """
    return [_drawing(daily, panel) for panel in _PANELS if panel.always or _has_values(daily, panel.column)]


def _has_values(daily: pl.DataFrame, column: str) -> bool:
    """Whether there is anything to see in a column."""
    return column in daily.columns and bool((daily[column].fill_nan(None).fill_null(0.0) > 0).any())


def _drawing(daily: pl.DataFrame, panel: _Panel) -> Drawing:
    """The drawing of a panel."""
    grey = "; grey: warm-up" if float(daily["day"].min() or 0.0) < 0 else ""  # type: ignore[arg-type]
    return Drawing(
        title=panel.title,
        note=f"{panel.note}{grey}",
        description=_described(daily, panel),
        draw=lambda axes: _draw(axes, daily, panel),
        height=2.5,
        lines=True,
    )


def _numbers(daily: pl.DataFrame, column: str, percent: bool) -> Floats:
    """A column as it is shown."""
    factor = 100.0 if percent else 1.0
    return np.asarray(factor * daily[column].cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)


def _described(daily: pl.DataFrame, panel: _Panel) -> str:
    """The panel in words."""
    values = _numbers(daily, panel.column, panel.percent)
    sign = "%" if panel.percent else ""
    known = values[np.isfinite(values)]
    ends = f"from {known[0]:.3g}{sign} to {known[-1]:.3g}{sign}" if len(known) else "not known yet"
    beside = f"; the true share in the end {100 * daily[panel.beside][-1]:.3g}%" if panel.beside else ""
    return f"{panel.title}, over days: {ends}{beside}."


def _draw(axes: Axes, daily: pl.DataFrame, panel: _Panel) -> None:
    """A line over days, the true one dashed, the warm-up in grey."""
    day = daily["day"].to_numpy()
    marker = "o" if len(day) == 1 else ""
    if panel.beside:
        axes.plot(day, _numbers(daily, panel.beside, panel.percent), color=GREY, linestyle=(0, (4, 3)), linewidth=1.5)
    axes.plot(day, _numbers(daily, panel.column, panel.percent), color=panel.colour, linewidth=2.2, marker=marker)
    if day[0] < 0:
        axes.axvspan(float(day[0]), min(0.0, float(day[-1])), color=GREY, alpha=0.13, linewidth=0)
    axes.margins(x=0.0 if len(day) > 1 else 0.5)
    axes.set_ylim(0.0, max(1.0, 1.08 * axes.dataLim.y1))
    _axes_of(axes, percent=panel.percent)


def _axes_of(axes: Axes, *, percent: bool) -> None:
    """Round numbers on both axes."""
    axes.set_xlabel("day", fontsize=9.5)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 7, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=not percent, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, "%" if percent else "")))
