"""What the commands `trace`, `compare` and `replay` do: single events of results that are there, for reading."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from experiments.console import console_on, counted, print_json, say, table_of, tell
from experiments.event_comparison import BOTH, EventComparison, compare_events, with_key_texts
from experiments.replay import FILE, replay_of_results
from experiments.replay.repeating import chosen_runs
from experiments.store import FIGURES
from experiments.summary import written
from experiments.trace_drawing import write_trace_figure
from experiments.tracing import Trace, trace
from simulation import key_text

MOST_ROWS = 40
"""Rows of a long table that are printed."""

_NOT_KEPT = "the study did not keep who viewed and liked it; 'events: [views, reactions]' in its file does"


@dataclass(frozen=True)
class RunChoice:
    """Which run is meant; None leaves it to the command."""

    scenario: str | None = None
    arm: str | None = None
    replicate: int | None = None


def show_trace(folder: Path, post: str, chosen: RunChoice, out: Path | None, as_json: bool) -> None:
    """Print what became of a post, and draw it.

    Raises:
        InputError: no such results, run or post.
    """
    found = trace(folder, post, scenario=chosen.scenario, arm=chosen.arm, replicate=chosen.replicate)
    target = out if out is not None else folder / FIGURES
    figure = write_trace_figure(found, target)
    table = found.table()
    rows = figure.with_suffix(".csv")
    table.write_csv(rows, float_precision=4)
    if as_json:
        print_json(_trace_as_json(found, table, figure))
        return
    for line in trace_in_words(found):
        say(line)
    console_on(sys.stdout).print(table_of([_readable(row) for row in table.head(MOST_ROWS).iter_rows(named=True)]))
    if table.height > MOST_ROWS:
        say(f"... and {table.height - MOST_ROWS:,} more rows: {rows}")
    say(f"table:  {rows}")
    say(f"figure: {figure}")


def trace_in_words(found: Trace) -> list[str]:
    """The trace in a few sentences."""
    root = found.root
    head = f"post {found.name} ({root['key']}), {root['kind']}, by {root['author']}; {found.run}"
    lines = [head]
    if found.key != root["key"]:
        kind = found.posts.filter(pl.col("key") == found.key)["kind"][0].replace("_", " ")
        lines.append(f"  {key_text(found.key)} is a {kind} of it")
    lines += [f"  {sentence}" for sentence in found.fate()]
    lines.append(f"  {found.missed(found.run.world)}")
    lines.append(f"  {counted(found.retweets.height, 'retweet')}, {counted(found.replies.height, 'answer')}")
    if found.views is None or found.reactions is None:
        lines.append(f"  {_NOT_KEPT}")
    return lines


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the trace as it is printed."""
    cells = {name: "-" if value is None else value for name, value in row.items()}
    return {
        "day": f"{row['day']:.2f}", "hours": f"{row['hours']:.2f}", "agent": cells["agent"], "event": row["event"],
        "by": row["by"], "post": row["post"], "from": cells["from_agent"],
    }  # fmt: skip


def _trace_as_json(found: Trace, table: pl.DataFrame, figure: Path) -> dict[str, Any]:
    """A trace for a script."""
    run = found.run
    return {
        "post": found.root["key"], "name": found.name, "scenario": run.scenario, "arm": run.arm,
        "replicate": run.replicate, "kind": found.root["kind"], "author": found.root["author"], "fate": found.fate(),
        "retweets": found.retweets.height, "replies": found.replies.height,
        "viewers": None if found.views is None else found.first_views.height,
        "figure": str(figure), "events": table.to_dicts(),
    }  # fmt: skip


def write_replay(folder: Path, run: str | None, arms: Sequence[str], chosen: RunChoice, out: Path | None) -> None:
    """Write the replay of one run, or of two arms side by side, and say where its runs come from.

    Raises:
        InputError: no such results or run.
        RunError: a run came out otherwise than it is stored.
    """
    named = (*arms, *([chosen.arm] if chosen.arm is not None else []))
    which: dict[str, Any] = {"run": run, "arms": named, "scenario": chosen.scenario, "replicate": chosen.replicate}
    chosen_runs(folder, **which)  # refuses what is not there before anything is said of what it takes
    tell("the runs are done again, which takes as long as it took")
    found = replay_of_results(folder, **which)
    for arm in found.arms:
        tell(f"{arm.name}: {arm.source}")
    say(found.write(out if out is not None else folder / FILE))


def compare(folder: Path, chosen: RunChoice, baseline: str | None, as_json: bool) -> None:
    """Compare the events of two arms, one by one.

    Raises:
        InputError: no such results or run.
    """
    replicate = 1 if chosen.replicate is None else chosen.replicate
    found = compare_events(folder, arm=chosen.arm, baseline=baseline, scenario=chosen.scenario, replicate=replicate)
    if as_json:
        print_json(_comparison_as_json(found))
        return
    _print_comparison(found)


def _print_comparison(found: EventComparison) -> None:
    """The counts, then the events that exist in one arm alone."""
    say(found.title())
    console = console_on(sys.stdout)
    console.print(table_of([_cells(row) for row in found.summary().iter_rows(named=True)]))
    alone = with_key_texts(found.table.filter(pl.col("exists") != BOTH))
    days = [
        ((pl.col(f"step_{side}") - found.arm.parameters.warmup_steps) / found.arm.parameters.steps_per_day)
        .round(2)
        .alias(f"day {side}")
        for side in ("with", "without")
    ]
    shown = alone.select("event", "exists", "agent", "post", "tag", *days).head(MOST_ROWS)
    if shown.height:
        console.print(table_of([_cells(row) for row in shown.iter_rows(named=True)]))
    if alone.height > MOST_ROWS:
        say(f"... and {alone.height - MOST_ROWS:,} more; --json lists all")
    for note in found.notes:
        tell(note)


def _cells(row: dict[str, Any]) -> dict[str, str]:
    """A row as it is printed; a hyphen where there is nothing."""
    return {name: written(value) for name, value in row.items()}


def _comparison_as_json(found: EventComparison) -> dict[str, Any]:
    """A comparison for a script."""
    return {
        "arm": found.arm.arm, "baseline": found.baseline.arm, "scenario": found.arm.scenario,
        "replicate": found.arm.replicate, "summary": found.summary().to_dicts(), "events": found.table.to_dicts(),
        "notes": found.notes,
    }  # fmt: skip
