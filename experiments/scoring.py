"""What `supportnet validate` does: run the patterns, print the scorecard with failures first, write it down."""

import io
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.console import console_on, print_json, say, table_of, tell
from experiments.progress import shown
from experiments.shards import write_whole
from experiments.spreadsheets import csv_content
from experiments.validation import SEEDS, Scorecard, validate
from experiments.validation.judging import ERROR, FAIL, NO_DATA, NOT_COVERED, PASS
from experiments.validation.words import PAGE, interval, number, page, wanted
from simulation import InputError, Problem

FOLDER = Path("results") / "validation"
TABLE = "scorecard"
MOST_SEEDS = 10_000
"""The most seeds of a pattern: so many of everything take about two days of one core."""


@dataclass(frozen=True)
class Asked:
    """What was typed.

    Args:
        out: folder; one below `results` where left out.
        workers: how many patterns run at once; seeds: for each of them; seed: from which they follow.
        only: names of patterns.
        as_json: whether a script reads the answer.
    """

    out: Path | None = None
    workers: int = 1
    seeds: int = SEEDS
    seed: int = 1
    only: Sequence[str] = ()
    as_json: bool = False


def score(asked: Asked) -> Scorecard:
    """Validate the model and write the scorecard down.

    Raises:
        InputError: something in the request is wrong.
    """
    if not 2 <= asked.seeds <= MOST_SEEDS:
        what = f"{asked.seeds} makes no interval" if asked.seeds < 2 else f"{asked.seeds:,} seeds are too many"
        raise InputError(Problem("--seeds", what, f"allowed: 2 to {MOST_SEEDS:,}, usually {SEEDS}"))
    folder = asked.out or FOLDER
    with shown() as report:
        card = validate(folder, workers=asked.workers, seeds=asked.seeds, seed=asked.seed, only=asked.only,
                        report=report)  # fmt: skip
    write(card, folder)
    if asked.as_json:
        print_json(as_json(card))
        return card
    console_on(sys.stdout).print(table_of([_line(row) for row in card.table.to_dicts()]))
    say(f"{card.count(PASS)} pass, {card.failed} fail, {card.count(NOT_COVERED)} not covered, "
        f"{card.count(NO_DATA)} without data")  # fmt: skip
    say(f"results: {folder}")
    tell(f"Next: read {folder / PAGE}")
    return card


def write(card: Scorecard, folder: Path) -> None:
    """The scorecard as tables, JSON and a page."""
    buffer = io.BytesIO()
    card.table.write_parquet(buffer)
    write_whole(folder / f"{TABLE}.parquet", buffer.getvalue())
    write_whole(folder / f"{TABLE}.csv", csv_content(card.table))
    write_whole(folder / f"{TABLE}.json", (json.dumps(as_json(card), indent=1, ensure_ascii=False) + "\n").encode())
    write_whole(folder / PAGE, page(card).encode())


def as_json(card: Scorecard) -> dict[str, Any]:
    """The scorecard for a script; an open end of a range is null."""
    counts = {status: card.count(status) for status in (PASS, FAIL, ERROR, NOT_COVERED, NO_DATA)}
    rows = [{key: None if value in (math.inf, -math.inf) else value for key, value in row.items()}
            for row in card.table.to_dicts()]  # fmt: skip
    return {"seeds": card.seeds, "counts": counts, "lines": rows}


def _line(row: dict[str, Any]) -> dict[str, str]:
    """A line of the table that is printed."""
    used = "no" if row["used"] == "no" else "yes"
    return {
        "status": row["status"].upper() if row["status"] in {FAIL, ERROR} else row["status"], "name": row["name"],
        "model": number(row["value"]), "interval": interval(row), "wanted": wanted(row), "set by it": used,
        "source": row["rows"] or row["source"],
    }  # fmt: skip
