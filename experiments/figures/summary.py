"""A study at a glance: four outcomes over time, arm by arm."""

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures.cards import Figure
from experiments.figures.curves import Curve, curve
from experiments.figures.style import GREY, Floats, Words, arm_legend, looks, picture, styled
from experiments.run import KEYS
from experiments.shards import write_whole
from experiments.summary import OVERALL
from simulation import OUTCOMES

MOST_BANDS = 4
"""With more arms than this, bands would hide each other: bars at the right edge take their place."""
MOST_ROWS = 6
"""Scenarios shown; of more, this many are chosen at even distances."""

SETTINGS = {
    "agents": "people",
    "beliefs.contact": "effect of contact",
    "beliefs.prior_mean": "belief beforehand (n0)",
    "beliefs.silence_weight": "weight of silence (psi)",
    "beliefs.stigma_mean": "mean stigma",
    "disclosure.intercept": "disclosure (beta_0)",
    "disclosure.norm": "weight of the norm (beta_n)",
    "adoption.first_exposure": "chance to adopt (p1)",
}
"""Settings that studies vary, in words; any other is shown by its path."""


class Panel(NamedTuple):
    """What one panel shows.

    Args:
        outcome: its name.
        title: a sentence that a newcomer understands.
        label: of the vertical axis, with the unit.
        percent: whether a share is shown as per cent.
        reference: an outcome shown as a dashed line.
        from_zero: whether the axis begins at nothing.
    """

    outcome: str
    title: str
    label: str
    percent: bool = False
    reference: str = ""
    from_zero: bool = True


PANELS = (
    Panel(
        "normalization", "How common people believe struggling to be", "believed share; dashed: true share", True,
        "prevalence", False,
    ),
    Panel("adoption", "How many people have taken up a support tag", "share of people, cumulative", True),
    Panel("supported_within_24h", "Struggle posts that found support within 24 h", "share of posts since day 0", True),
    Panel("harm_exposure", "How often people met a rule-breaking post", "views per 10,000, since day 0"),
)  # fmt: skip


def summary_figure(tables: Mapping[str, pl.DataFrame], words: Words | None = None) -> Figure:
    """The study at a glance: a row of panels per scenario, or two by two when there is one.

    Args:
        tables: `outcomes` with the keys in front (scenario, arm, replicate, step, day, group, outcome, value).
        words: title, order of arms, numbers for the caption.
    """
    outcomes = tables["outcomes"].filter(pl.col("group") == OVERALL).filter(pl.col("value").is_finite())
    words = words or Words()
    drawing = _Drawing(outcomes, words)
    with styled():
        return drawing.figure()


def write_summary_figure(tables: Mapping[str, pl.DataFrame], folder: Path, words: Words | None = None) -> Path:
    """Write `summary.png` and `summary.svg` into a folder; returns the path of the former."""
    figure = summary_figure(tables, words)
    for ending in ("png", "svg"):
        write_whole(folder / f"summary.{ending}", picture(figure, ending))
        figure.set_layout_engine("none")  # where things stand is worked out once
    return folder / "summary.png"


class _Drawing:
    """One summary figure in the making.

    Args:
        outcomes: of everybody, finite values only.
        words: for title and caption.
    """

    def __init__(self, outcomes: pl.DataFrame, words: Words) -> None:
        self.outcomes = outcomes
        self.words = words
        present = outcomes["arm"].unique(maintain_order=True).to_list()
        self.arms = [arm for arm in words.arms if arm in present] or present
        baseline = words.baseline if words.baseline in self.arms else (self.arms or [""])[0]
        self.baseline = baseline
        self.looks = looks(self.arms, baseline)
        self.all_scenarios: list[str] = outcomes["scenario"].unique(maintain_order=True).to_list()
        self.scenarios = _chosen(self.all_scenarios)
        self.panels = _panels(set(outcomes["outcome"]))
        self.is_cut = False

    def figure(self) -> Figure:
        """Title, legend, panels, caption."""
        rows = len(self.scenarios)
        figure = Figure(figsize=(13.33, 7.5 if rows <= 1 else 2.4 + 2.3 * rows), layout="constrained")
        top = self._title(figure)
        if self.panels:
            self._panels_into(figure, top)
        self._caption(figure)
        figure.say(self.words.title, " ".join(self._described()))
        return figure

    def _described(self) -> Iterator[str]:
        """What stands at the end of every line of the first scenario, in words."""
        for panel in self.panels:
            ends = [(arm, self._curve(panel.outcome, self.scenarios[0], arm).mean) for arm in self.arms]
            factor, sign = (100.0, "%") if panel.percent else (1.0, "")
            said = ", ".join(f"{arm} {factor * mean[-1]:.3g}{sign}" for arm, mean in ends if len(mean))
            yield f"{panel.title}, in the end: {said}."

    def _panels_into(self, figure: Figure, top: float) -> None:
        """The panels, between legend and caption; `top` is how many inches the former takes."""
        height, foot, left = figure.get_figheight(), 0.62, 0.012
        if len(self.scenarios) > 1:
            left = 0.014 + 0.013 * max(in_words(scenario).count("\n") + 1 for scenario in self.scenarios)
        rect = (left, foot / height, 0.985 - left, 1.0 - (foot + top) / height)
        figure.set_layout_engine(ConstrainedLayoutEngine(rect=rect, hspace=0.05, wspace=0.04))
        if len(self.scenarios) <= 1:
            shape = (2 if len(self.panels) > 2 else 1, min(2, len(self.panels)))
            places = figure.subplots(*shape, squeeze=False, sharex=True)
            self._row(list(places.flat), self.scenarios[0] if self.scenarios else "", titles=True)
            return
        self._rows(figure)

    def _rows(self, figure: Figure) -> None:
        """A row of panels per scenario; panels of a column share their axis."""
        grid = figure.subplots(len(self.scenarios), len(self.panels), squeeze=False, sharex=True, sharey="col")
        for row, scenario in enumerate(self.scenarios):
            self._row(list(grid[row]), scenario, titles=row == 0)
            grid[row][0].annotate(
                in_words(scenario), (0, 0.5), (-46, 0),
                xycoords="axes fraction", textcoords="offset points", rotation=90, ha="right", va="center",
                fontweight="bold", fontsize=10, multialignment="center", annotation_clip=False,
            ).set_in_layout(False)  # fmt: skip

    def _row(self, places: Sequence[Axes], scenario: str, *, titles: bool) -> None:
        """The panels of one scenario."""
        for axes, panel in zip(places, self.panels, strict=False):
            self._panel(axes, panel, scenario)
            if titles:
                self._panel_title(axes, panel)
            place = axes.get_subplotspec()
            if place is not None and place.is_last_row():
                axes.set_xlabel("day")
        for axes in places[len(self.panels) :]:
            axes.set_axis_off()

    def _panel_title(self, axes: Axes, panel: Panel) -> None:
        """What is shown, and in small letters how it is counted."""
        width = 60 if len(self.scenarios) <= 1 else 29
        axes.set_title(textwrap.fill(panel.title, width, break_on_hyphens=False), fontweight="bold", pad=21)
        axes.annotate(panel.label, (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points", color=GREY)

    def _panel(self, axes: Axes, panel: Panel, scenario: str) -> None:
        """One outcome in one scenario: a line per arm."""
        if panel.percent:
            axes.yaxis.set_major_formatter(FuncFormatter(_per_cent))
        if panel.reference:
            self._reference(axes, panel.reference, scenario)
        for place, arm in enumerate(self.arms):
            found = self._curve(panel.outcome, scenario, arm)
            if len(found.days):
                self._line(axes, found, arm, place)
        axes.margins(x=0.01)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 7, 10]))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        if self._limits(panel) is not None:
            axes.set_ylim(self._limits(panel))

    def _limits(self, panel: Panel) -> tuple[float, float] | None:
        """Ends of an axis, the same in all scenarios; what is counted from zero need not fit in the first quarter."""
        found = [self._curve(panel.outcome, where, arm) for where in self.scenarios for arm in self.arms]
        drawn = [one for one in found if len(one.days)]
        if not drawn:
            return None
        dashed = [self._curve(panel.reference, where, self.baseline) for where in self.scenarios if panel.reference]
        ends = slice(None) if len(self.arms) <= MOST_BANDS else slice(-1, None)  # what is drawn of the intervals
        wait = 0.25 if panel.from_zero else 0.0
        seen = [_settled(one.days, one.mean, wait) for one in drawn + dashed if len(one.days)]
        seen += [_settled(one.days, edge, wait)[ends] for one in drawn for edge in (one.lower, one.upper)]
        values = np.concatenate(seen)
        low, high = (0.0 if panel.from_zero else float(np.nanmin(values))), float(np.nanmax(values))
        margin = 0.06 * (high - low) or 0.01 * abs(high) or 1.0
        low, high = (low if panel.from_zero else low - margin), high + margin
        self.is_cut = self.is_cut or any(one.mean.max() > high or one.mean.min() < low for one in drawn)
        return low, high

    def _line(self, axes: Axes, found: Curve, arm: str, place: int) -> None:
        """An arm's mean and interval."""
        look = self.looks[arm]
        width = 2.6 - 0.9 * place / max(1, len(self.arms) - 1)  # later lines are thinner, so that equal ones all show
        axes.plot(found.days, found.mean, color=look.colour, linestyle=look.dashes, linewidth=width, zorder=3)
        if np.isnan(found.lower).all():
            return
        if len(self.arms) <= MOST_BANDS:
            axes.fill_between(found.days, found.lower, found.upper, color=look.colour, alpha=0.16, linewidth=0)
            return
        span = float(found.days[-1] - found.days[0]) or 1.0
        x = float(found.days[-1]) + span * (0.02 + 0.012 * place)
        axes.plot([x, x], [found.lower[-1], found.upper[-1]], color=look.colour, linewidth=1.8, solid_capstyle="butt")
        axes.plot([x], [found.mean[-1]], marker="o", markersize=3.2, color=look.colour)

    def _reference(self, axes: Axes, outcome: str, scenario: str) -> None:
        """The dashed line of another outcome in the baseline."""
        found = self._curve(outcome, scenario, self.baseline)
        axes.plot(found.days, found.mean, color=GREY, linestyle=(0, (4, 3)), linewidth=1.3)

    @cache  # noqa: B019 - a drawing lives as long as its figure is being made
    def _curve(self, outcome: str, scenario: str, arm: str) -> Curve:
        """The curve of an outcome in a scenario and arm."""
        wanted = (pl.col("outcome") == outcome) & (pl.col("scenario") == scenario) & (pl.col("arm") == arm)
        return curve(self.outcomes.filter(wanted))

    def _legend_columns(self) -> int:
        """All arms side by side where they fit; otherwise about as many columns as rows."""
        longest = max((len(arm) for arm in self.arms), default=1)
        fit = max(1, 140 // (longest + 8))
        return len(self.arms) if len(self.arms) <= fit else min(fit, math.ceil(math.sqrt(len(self.arms))))

    def _title(self, figure: Figure) -> float:
        """The question in at most two lines, and the legend below it; returns the inches that they take."""
        height = figure.get_figheight()
        lines = textwrap.wrap(self.words.title, _even_width(self.words.title), max_lines=2, placeholder=" ...")
        figure.text(0.018, 1.0 - 0.16 / height, "\n".join(lines), fontsize=15, fontweight="bold", va="top", ha="left")
        legend_top = 0.26 + 0.25 * len(lines)
        columns = self._legend_columns()
        arm_legend(
            figure, self.arms, [self._handle(arm) for arm in self.arms], loc="upper left",
            bbox_to_anchor=(0.018, 1.0 - legend_top / height), ncols=max(1, columns), frameon=False, fontsize=11,
            handlelength=2.4, columnspacing=2.0, borderaxespad=0.0, borderpad=0.0,
        ).set_in_layout(False)  # fmt: skip
        return legend_top + 0.24 * math.ceil(len(self.arms) / max(1, columns)) + 0.12

    def _handle(self, arm: str) -> Line2D:
        """An arm in the legend."""
        look = self.looks[arm]
        return Line2D([], [], color=look.colour, linestyle=look.dashes, linewidth=2.4)

    def _caption(self, figure: Figure) -> None:
        """How to read it, in small print."""
        text = textwrap.fill(" ".join(self._caption_sentences()), 172)
        figure.text(0.018, 0.1 / figure.get_figheight(), text, fontsize=9, color=GREY, va="bottom", ha="left")

    def _caption_sentences(self) -> list[str]:
        """Replicates, intervals, people, seeds, scenarios left out."""
        replicates = self.outcomes["replicate"].n_unique()
        seeds = self.outcomes["seed"].n_unique() if KEYS[-1] in self.outcomes.columns else replicates
        shape, where = (
            ("bands", "") if len(self.arms) <= MOST_BANDS else ("bars", " at the right edge, for the last day")
        )
        sentences = [_replicate_words(replicates, f"{shape}{where}")]
        if self.words.people:
            sentences.append(f"{self.words.people:,} simulated people in each run.")
        if replicates > 1:
            pairs = f", the same in every arm: differences between arms are surer than the {shape} suggest"
            sentences.append(f"{seeds} seeds{pairs if len(self.arms) > 1 else ''}.")
        if self.words.seed is not None:
            sentences.append(f"Seed of the study: {self.words.seed}.")
        if self.is_cut:
            sentences.append(
                "Lines may leave a panel in the first quarter of the days, where few events make them jump."
            )
        if len(self.scenarios) < len(self.all_scenarios):
            sentences.append(f"{len(self.scenarios)} of {len(self.all_scenarios)} scenarios are shown.")
        return sentences


def in_words(scenario: str) -> str:
    """The label of a scenario in lines: its settings in words, where they have some, and their values."""
    parts = [part.partition("=") for part in scenario.split(", ")]
    named = [(SETTINGS.get(path, path), sign, value) for path, sign, value in parts]
    between = "\n= " if sum(len(name) + len(value) for name, _, value in named) > 20 else " = "
    return "\n".join(f"{name}{between}{value}" if sign else name for name, sign, value in named)


def _even_width(title: str) -> int:
    """Characters in a line of the title: two lines of about the same length rather than one and a word."""
    return 104 if len(title) <= 104 else min(104, len(title) // 2 + 12)


def _replicate_words(replicates: int, shape: str) -> str:
    """What lines and intervals are."""
    if replicates == 1:
        return "One run for each line, so chance is not told apart from effect."
    if replicates == 2:
        return f"Lines: means of 2 replicates; {shape}: their range."
    return f"Lines: means of {replicates} replicates; {shape}: 95% interval of the mean (Student's t)."


def _settled(days: Floats, values: Floats, share: float) -> Floats:
    """Values after a share of the days."""
    return np.asarray(values[days >= days[0] + share * (days[-1] - days[0])], dtype=np.float64)


def _chosen(scenarios: Sequence[str]) -> list[str]:
    """All scenarios, or as many as there are rows for, at even distances."""
    if len(scenarios) <= MOST_ROWS:
        return list(scenarios)
    places = np.linspace(0, len(scenarios) - 1, MOST_ROWS).round().astype(int)
    return [scenarios[place] for place in places]


def _panels(present: set[str]) -> list[Panel]:
    """The panels for the outcomes that are there; other outcomes when none of the usual ones is."""
    usual = [panel for panel in PANELS if panel.outcome in present]
    return usual or [_plain_panel(name) for name in sorted(present)[:4]]


def _plain_panel(name: str) -> Panel:
    """A panel for any outcome, with what its registration says."""
    unit = OUTCOMES[name].unit if name in OUTCOMES else ""
    return Panel(name, name.replace("_", " "), unit or "value", from_zero=False)


def _per_cent(value: float, _position: int | None = None) -> str:
    """A share on an axis."""
    return f"{100 * value:.3g}%"
