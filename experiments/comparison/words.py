"""What a comparison says in plain sentences that its numbers support."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from experiments.comparison.pairing import BETTER, HINT, NO_VALUES, SAME, SEEN, TOO_FEW, WORSE
from experiments.comparison.schemas import POOLED
from experiments.outcome_words import measure

_VERBS = {"higher": "raises", "lower": "lowers"}
_JUDGED = {BETTER: ", for the better", WORSE: ", for the worse"}


def answers(table: pl.DataFrame) -> list[str]:
    """A sentence per outcome and arm: over all scenarios where there are several.

    Args:
        table: of differences.
    """
    return [answer(row) for row in main_rows(table).to_dicts()]


def main_rows(table: pl.DataFrame) -> pl.DataFrame:
    """The pooled rows; those of the only scenario where there is one."""
    pooled = table.filter(pl.col("scenario") == POOLED)
    return pooled if pooled.height else table


def answer(row: dict[str, Any]) -> str:
    """What one row of differences says."""
    shown, arm, baseline = measure(row["outcome"]), quoted(row["arm"]), quoted(row["baseline"])
    pairs = f"{row['replicates']:,} {'pair' if row['replicates'] == 1 else 'pairs'} of runs"
    if row["verdict"] == NO_VALUES:
        return f"{shown.title}: no pair of runs of {arm} and {baseline} has a value."
    if row["verdict"] == TOO_FEW:
        return f"{shown.title}: {pairs} of {arm} and {baseline} are too few to say anything."
    if row["verdict"] == SAME:
        return f"{shown.title}: {arm} changes nothing against {baseline}, in any of {pairs}."
    size, reached = shown.difference(row["difference"]), shown.value(row["mean_arm"])
    if row["verdict"] == HINT:
        between = f"a hint of a difference between {arm} and {baseline}, not more"
        adjusted = f"P {row['p_adjusted']:.2g} once allowance is made for all comparisons"
        return f"{shown.title}: {between} ({size}{_interval(row)}, {pairs}; {adjusted})."
    if row["verdict"] not in SEEN:
        between = f"no difference that we can see between {arm} and {baseline}"
        return f"{shown.title}: {between} ({size}{_interval(row)}, {pairs})."
    verb = _VERBS["higher" if row["difference"] > 0 else "lower"]
    judged = _JUDGED.get(row["verdict"], "")
    before = shown.value(row["mean_baseline"])
    return f"{shown.title}: {arm} {verb} it from {before} to {reached} ({size}{_interval(row)}, {pairs}){judged}."


def quoted(name: str) -> str:
    """The name of an arm in a sentence."""
    return f"\u201c{name}\u201d"


def _interval(row: dict[str, Any]) -> str:
    """`, 95% interval +0.4 to +1.2`."""
    if row["lower"] is None:
        return ""
    shown = measure(row["outcome"])
    low, high = (shown.difference(row[end], unit=False) for end in ("lower", "upper"))
    return f", 95% interval {low} to {high}"


def adjustment(table: pl.DataFrame, correction: str) -> str:
    """How P is adjusted: the correction, and over how many comparisons.

    Args:
        table: of differences of all arms, those that are not shown among them.
        correction: name of the way.
    """
    known = table.drop_nulls("p")
    pooled = main_rows(known).height
    single = known.height - pooled
    over = f"P is adjusted after {correction} over {pooled:,} {'comparison' if pooled == 1 else 'comparisons'}"
    return f"{over} of all scenarios together, and over {single:,} of single ones." if single else f"{over}."


def warnings_of(table: pl.DataFrame, before: Sequence[str] = ()) -> list[str]:
    """What weakens a comparison, each once.

    Args:
        table: of differences.
        before: what is said first.
    """
    return [*before, *_few(main_rows(table)), *_useless(main_rows(table))]


def _few(rows: pl.DataFrame) -> Iterator[str]:
    """A warning where there are few replicates."""
    known = rows.filter(pl.col("replicates") > 0)
    few = known.filter(pl.col("warnings").str.contains("few replicates"))
    if few.height:
        rest = f"{few.height} of {known.height} comparisons rest on few replicates"
        yield f"{rest}, the least on {min(few['replicates'])}: more would narrow them."


def _useless(rows: pl.DataFrame) -> Iterator[str]:
    """A warning where pairing saved nothing."""
    useless = rows.filter(pl.col("warnings").str.contains("pairing did not help"))
    if useless.height:
        names = ", ".join(useless["outcome"].unique(maintain_order=True).head(5))
        more = " and others" if useless["outcome"].n_unique() > 5 else ""
        which = f"{useless.height} of {rows.height} comparisons ({names}{more})"
        yield f"Pairing did not help in {which}: there, equal seeds did not narrow the comparison."
