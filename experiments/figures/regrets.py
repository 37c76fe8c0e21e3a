"""Regret: in which of the worlds considered each arm falls behind the best one, and by how much."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from experiments.figures.drawings import Drawing, folded, lines_of
from experiments.figures.style import Floats
from experiments.outcome_words import Measure, measure, plain_number

_MOST_WITH_NUMBERS = 8
"""With more worlds than this, cells are too narrow for numbers."""
_COLOURS = LinearSegmentedColormap.from_list("regret", ["#F3F6FA", "#9EC3E2", "#3C82BC", "#08366B"])
_DARK, _LIGHT = "#10202F", "#FDFDFD"


def regrets(table: pl.DataFrame, arms: Sequence[str]) -> list[Drawing]:
    """A drawing per outcome with values: rows are arms, columns worlds, darker cells further behind the best arm.

    Args:
        table: of regret: outcome, scenario, arm, regret; single scenarios only.
        arms: in the order in which they are shown.
    """
    table = table.filter(pl.col("regret").is_not_null().any().over("outcome"))
    names = table["outcome"].unique(maintain_order=True)
    return [_drawing(table.filter(pl.col("outcome") == name), arms) for name in names]


def _drawing(rows: pl.DataFrame, arms: Sequence[str]) -> Drawing:
    """The drawing of one outcome."""
    shown = measure(rows["outcome"][0])
    scenarios: list[str] = rows["scenario"].unique(maintain_order=True).to_list()
    there = [arm for arm in arms if arm in set(rows["arm"])]
    values = _matrix(rows, scenarios, there)
    below = 0.35 + 0.17 * max(name.count(", ") + 1 for name in scenarios) * (len(scenarios) <= _MOST_WITH_NUMBERS)
    return Drawing(
        title=shown.title,
        note=f"behind the best arm, {shown.difference_unit or 'as counted'}",
        description=_described(shown, scenarios, there, values),
        draw=lambda axes: _draw(axes, shown, scenarios, there, values),
        height=0.35 + below + sum(0.16 + 0.19 * lines_of(arm) for arm in there),
    )


def _matrix(rows: pl.DataFrame, scenarios: Sequence[str], arms: Sequence[str]) -> Floats:
    """Regret [A, S] of A arms in S scenarios; NaN where there is none."""
    found = {(row["arm"], row["scenario"]): row["regret"] for row in rows.to_dicts()}
    cells = [[found.get((arm, scenario)) for scenario in scenarios] for arm in arms]
    return np.array([[np.nan if value is None else value for value in row] for row in cells], dtype=np.float64)


def _described(shown: Measure, scenarios: Sequence[str], arms: Sequence[str], values: Floats) -> str:
    """The drawing in words."""
    parts = []
    for arm, row in zip(arms, values, strict=True):
        if np.isfinite(row).any():
            worst = int(np.nanargmax(row))
            parts.append(f"{arm}: at most {shown.size(float(row[worst]))} behind, in {scenarios[worst]}")
    return f"{shown.title}: how far each arm falls behind the best one. {'; '.join(parts)}."


def _draw(axes: Axes, shown: Measure, scenarios: Sequence[str], arms: Sequence[str], values: Floats) -> None:
    """The cells, from light for nothing to dark for the most."""
    shaded = shown.factor * values
    most = float(np.nanmax(shaded)) if np.isfinite(shaded).any() else 0.0
    edges = np.concatenate([[0.0], np.cumsum([0.16 + 0.19 * lines_of(arm) for arm in arms])])
    axes.pcolormesh(
        np.arange(len(scenarios) + 1), edges, np.ma.masked_invalid(shaded), cmap=_COLOURS, vmin=0.0,
        vmax=most or 1.0, edgecolors="#FDFDFD", linewidth=2.0 if len(scenarios) <= _MOST_WITH_NUMBERS else 0.0,
    )  # fmt: skip
    axes.set_ylim(edges[-1], 0.0)
    centres = (edges[1:] + edges[:-1]) / 2.0
    axes.set_yticks(centres, [folded(arm) for arm in arms], fontsize=9.5)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _columns(axes, scenarios)
    if len(scenarios) <= _MOST_WITH_NUMBERS:
        _numbers(axes, shaded, centres, most)


def _columns(axes: Axes, scenarios: Sequence[str]) -> None:
    """The names of the worlds; of many only what they are."""
    if len(scenarios) > _MOST_WITH_NUMBERS:
        axes.set_xticks([])
        axes.set_xlabel(f"the {len(scenarios)} worlds considered, in the order of the design", fontsize=9)
        return
    labels, factors = _short(scenarios)
    axes.set_xticks(np.arange(len(scenarios)) + 0.5, labels, fontsize=9)
    axes.set_xlabel(factors, fontsize=9)


def _short(scenarios: Sequence[str]) -> tuple[list[str], str]:
    """Labels of scenarios without what is the same in all of them, the names of the factors, and these names."""
    parts = [[part.partition("=") for part in scenario.split(", ")] for scenario in scenarios]
    names = [[name for name, _, _ in row] for row in parts]
    if any(row != names[0] for row in names) or any(not value for row in parts for _, _, value in row):
        return [folded(scenario, max(8, 36 // len(scenarios))) for scenario in scenarios], ""
    factors = [name.rpartition(".")[2].replace("_", " ") for name in names[0]]
    return ["\n".join(value for _, _, value in row) for row in parts], ", ".join(factors)


def _numbers(axes: Axes, shaded: Floats, centres: Floats, most: float) -> None:
    """The number of each cell, in letters that stand out from it."""
    for (row, column), value in np.ndenumerate(shaded):
        text = "no value" if not np.isfinite(value) else "best" if value == 0 else plain_number(float(value))
        dark = np.isfinite(value) and most > 0 and value > 0.55 * most
        axes.text(column + 0.5, float(centres[row]), text, ha="center", va="center", fontsize=9,
                  color=_LIGHT if dark else _DARK)  # fmt: skip
