"""The scorecard in words: a page of Markdown, failures first."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.estimates import in_words
from experiments.validation.judging import ERROR, FACT_LEVEL, FAIL, LAW_LEVEL, NO_DATA, NOT_COVERED, PASS
from experiments.validation.scoring import Scorecard

PAGE = "scorecard.md"
Row = Mapping[str, Any]

HEADS = {
    FAIL: "What fails",
    PASS: "What passes",
    NO_DATA: "What could not be looked at",
    NOT_COVERED: "What the model has nothing to show with",
}
COLUMNS = ("", "pattern", "model", "interval", "wanted", "set by it", "source")


def number(value: float | None) -> str:
    """A number with four significant digits."""
    if value is None or math.isnan(value):
        return "-"
    return f"{value:.4g}" if abs(value) >= 1e-12 else "0"


def wanted(row: Row) -> str:
    """The range in which a value should be."""
    if row["judge"] == "sign":
        return "above 0" if row["high"] == math.inf else "below 0"
    if row["judge"] == "nothing":
        return f"no effect: holds 0, within {number(row['low'])} to {number(row['high'])}"
    if row["low"] == row["high"]:
        return number(row["low"])
    return "-" if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"


def interval(row: Row) -> str:
    """The interval of the model's value."""
    if row["lower"] is None or row["lower"] == row["upper"]:
        return "-" if row["lower"] is None else "the same for every seed"
    return f"{number(row['lower'])} to {number(row['upper'])}"


def page(card: Scorecard) -> str:
    """The page."""
    parts = [_head(card), *(_section(card, status, head) for status, head in HEADS.items()), _timing(card)]
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _head(card: Scorecard) -> Iterator[str]:
    """What the scorecard is."""
    yield "# Scorecard\n"
    yield (
        f"{card.count(FAIL, ERROR)} of {card.count(FAIL, ERROR, PASS)} lines fail, {card.count(NOT_COVERED)} are not "
        f"covered, {card.count(NO_DATA)} lack data. A value is the mean over {card.seeds} seeds; intervals are "
        f"Student's, {FACT_LEVEL:.0%} for facts and {LAW_LEVEL:.1%} for laws. A value in a range passes by its mean, a "
        "sign by its whole interval, a law by lying in the interval. *Set by it* says whether the same row of the "
        "evidence register was used to set anything: such a line is a check of fit rather than a test.\n"
    )
    for kind, title in (("fact", "facts"), ("network", "networks"), ("law", "laws")):
        for is_used, words in ((False, ""), (True, " that were used to set something")):
            mine = card.table.filter((card.table["kind"] == kind) & ((card.table["used"] != "no") == is_used))
            judged = [status for status in mine["status"] if status in {PASS, FAIL, ERROR}]
            if judged:
                yield f"- {title}{words}: {judged.count(PASS)} of {len(judged)} pass"


def _section(card: Scorecard, status: str, head: str) -> Iterator[str]:
    """Lines of one status."""
    chosen = [FAIL, ERROR] if status == FAIL else [status]
    rows = card.table.filter(card.table["status"].is_in(chosen)).to_dicts()
    yield f"## {head} ({len(rows)})\n"
    if not rows:
        yield "Nothing."
    elif status in {NOT_COVERED, NO_DATA}:
        yield "\n".join(f"- {row['name']} ({_where(row)}): {row['says']}. Why not: {row['remark']}." for row in rows)
    else:
        yield _table(rows)


def _table(rows: Sequence[Row]) -> str:
    """Lines as a table."""
    lines = [COLUMNS[1:], ["---"] * (len(COLUMNS) - 1), *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> list[str]:
    """One line."""
    remark = f" ({row['remark']})" if row["remark"] else ""
    return [
        f"**{row['name']}**: {row['says']}{remark}".replace("|", "\\|"), number(row["value"]), interval(row),
        wanted(row), row["used"], _where(row),
    ]  # fmt: skip


def _where(row: Row) -> str:
    """The source and the rows of the register."""
    return f"{row['source']}, {row['rows']}" if row["rows"] else row["source"]


def _timing(card: Scorecard) -> Iterator[str]:
    """What it took."""
    yield "## What it took\n"
    total = sum(card.seconds.values())
    slowest = sorted(card.seconds.items(), key=lambda item: -item[1])[:3]
    named = ", ".join(f"{name} {in_words(seconds)}" for name, seconds in slowest)
    yield (
        f"{card.ran + card.kept} runs of {len(card.seconds)} patterns, {in_words(total)} in all when they were done "
        f"(most of it: {named}); {card.ran} of them just now, in {in_words(card.wall)}."
    )
