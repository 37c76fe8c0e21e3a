"""Comparisons that show themselves: in a notebook, and on the command line as `supportnet compare DIR`."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import polars as pl

from experiments.comparison import Comparison
from experiments.comparison import compare as compared
from experiments.comparison.schemas import POOLED
from experiments.comparison.words import main_rows
from experiments.console import console_on, print_json, say, table_of, tell
from experiments.figures import card, html_table, paragraph
from experiments.outcome_words import measure, plain_number
from experiments.summary import SHOWN, written
from simulation import Registry

MOST_ROWS = 120
"""Rows of a table that are printed."""


def interval(row: dict[str, Any]) -> str:
    """Both ends of an interval."""
    shown = measure(row["outcome"])
    if row["lower"] is None:
        return "-"
    return f"{shown.difference(row['lower'], unit=False)} to {shown.difference(row['upper'], unit=False)}"


def bare(row: dict[str, Any], name: str) -> str:
    """A value without its unit, in per cent where it is a share."""
    shown = measure(row["outcome"])
    return f"{plain_number(shown.shown(row[name]))}{'%' if shown.unit == '%' else ''}"


def per_cent(share: float | None) -> str:
    """A share in per cent."""
    return "-" if share is None else f"{share:.0%}"


CELLS: dict[str, Callable[[dict[str, Any]], str]] = {
    "arm": lambda row: row["arm"],
    "baseline": lambda row: bare(row, "mean_baseline"),
    "under the arm": lambda row: bare(row, "mean_arm"),
    "difference": lambda row: measure(row["outcome"]).difference(row["difference"], unit=False),
    "95% interval": interval,
    "better in": lambda row: per_cent(row["share_better"]),
    "chance best": lambda row: per_cent(row["chance_best"]),
    "adjusted P": lambda row: "-" if row["p_adjusted"] is None else f"{row['p_adjusted']:.2g}",
    "verdict": lambda row: row["verdict"],
    "warnings": lambda row: row["warnings"],
}
"""What a row of differences says to a reader, by the head of the column."""


def in_words(row: dict[str, Any]) -> dict[str, str]:
    """A row of differences for a reader."""
    return {name: cell(row) for name, cell in CELLS.items()}


@dataclass(frozen=True)
class Shown(Comparison):
    """A comparison that shows itself in a notebook."""

    def _repr_html_(self) -> str:
        """The small table and the figure, as a notebook shows them."""
        rows = [[measure(row["outcome"]).title, *in_words(row).values()] for row in main_rows(self.table).to_dicts()]
        return card(
            html_table(["outcome", *CELLS], rows[:MOST_ROWS], more=max(0, len(rows) - MOST_ROWS)),
            *(paragraph(sentence) for sentence in self.warnings),
            self.plot().svg(),
            title=f"Differences from “{self.baseline}”, in pairs",
        )


def compare(
    folder: str | Path,
    outcome: str | Sequence[str] | None = None,
    *,
    arm: str | Sequence[str] | None = None,
    baseline: str | None = None,
) -> Shown:
    """Compare the arms of a study that was run; see `experiments.comparison.compare`.

    Raises:
        InputError: no results there, no such outcome or arm, or nothing to compare.
    """
    found = compared(folder, outcome, arm=arm, baseline=baseline)
    return Shown(found.source, found.outcomes, found.arms, found.baseline)


# --- the command ------------------------------------------------------------------------------------------------------

TABLES: Registry[Callable[[Comparison], pl.DataFrame]] = Registry("table")
"""What `compare --table` prints, by name."""
DIFFERENCES = "differences"
TABLES.register(DIFFERENCES)(lambda found: found.table)
for _name in (
    "arm_means", "by_group", "reached_by_group", "tradeoffs", "costs", "regret", "robustness", "deciding", "ridge",
):  # fmt: skip
    TABLES.register(_name)(attrgetter(_name))


@dataclass(frozen=True)
class Request:
    """What `supportnet compare` was asked for.

    Args:
        folder: of the results.
        outcomes, arms: names; all where none.
        baseline: name of an arm; that of the study where None.
        table: a name of TABLES.
        as_json: for a script.
    """

    folder: Path
    outcomes: Sequence[str] = ()
    arms: Sequence[str] = ()
    baseline: str | None = None
    table: str = DIFFERENCES
    as_json: bool = False


def show(request: Request) -> None:
    """Print a comparison.

    Raises:
        InputError: no results there, or something of another name.
    """
    make = TABLES[request.table]
    found = compare(request.folder, request.outcomes, arm=request.arms, baseline=request.baseline)
    table = make(found)
    if request.as_json:
        print_json(as_json(found, request.table, table))
        return
    if request.table == DIFFERENCES:
        _show_differences(found, asked=bool(request.outcomes))
    else:
        _print([{name: written(value) for name, value in row.items()} for row in table.drop("study").to_dicts()])
    for sentence in [*found.warnings, *found.unexplored]:
        tell(sentence)


def as_json(found: Comparison, name: str, table: pl.DataFrame) -> dict[str, Any]:
    """A comparison for a script."""
    return {
        "study": found.source.study.study, "baseline": found.baseline, "confidence": found.confidence,
        "correction": found.correction, "adaptive": found.adaptive, "sentences": found.sentences,
        "warnings": found.warnings, "unexplored": found.unexplored, "table": name, "rows": table.to_dicts(),
    }  # fmt: skip


def _show_differences(found: Comparison, *, asked: bool) -> None:
    """Print differences: over all scenarios, and scenario by scenario where outcomes were asked for."""
    usual = [name for name in SHOWN if name in found.outcomes]
    names = list(found.outcomes) if asked or not usual else usual
    rows = found.table if asked else main_rows(found.table)
    several = rows["scenario"].n_unique() > 1
    say(f"differences from '{found.baseline}', in pairs")
    for name in names:
        shown = measure(name)
        say(f"\n{name}: {shown.title}{f', in {shown.difference_unit}' if shown.difference_unit else ''}")
        mine = rows.filter(pl.col("outcome") == name).sort(pl.col("scenario") != POOLED, maintain_order=True)
        _print([({"scenario": row["scenario"]} if several else {}) | in_words(row) for row in mine.to_dicts()])
    if len(names) < len(found.outcomes):
        say(f"... and {len(found.outcomes) - len(names)} more outcomes: --outcome NAME, or --json")
    say(f"\n{found.adjustment}")


def _print(rows: Sequence[dict[str, Any]]) -> None:
    """Print the first rows of a table."""
    console_on(sys.stdout).print(table_of(rows[:MOST_ROWS]))
    if len(rows) > MOST_ROWS:
        say(f"... and {len(rows) - MOST_ROWS:,} more rows; --json has all")
