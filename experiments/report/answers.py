"""The answer of a study in three sentences that its numbers support.

The rules, in order:

1. *What helps*, by the main outcome. Among the arms that are better than the baseline the one furthest ahead is named,
   with its value, the baseline's, the difference and its interval; unless it is the best of all with a chance of 95% or
   more, the sentence says that which is best cannot be told. No better arm, but a worse one: that is said. Neither:
   there is no difference that we can see, and how large one could still be, by the widest interval.
2. *At what price*, by the other outcomes shown: what the named arm makes better and worse and where no difference is
   seen; without a named arm, for which arms some difference is seen. Either way, what cannot be compared. A hint (an
   interval that leaves out zero, but not after correction for many comparisons) is called one.
3. *How sure*: in how many of the worlds considered the verdict on the named arm (or the lack of one) holds, on how many
   pairs of runs the two sentences before rest, as a range where outcomes have more and fewer of them, and which share
   of the settings is assumed; with a sensitivity analysis, also which share of the variance of the main outcome rests
   on these.

"Better" and "worse" are the verdicts of the comparison: the interval leaves out zero after correction for many
comparisons, and the outcome has a direction. An outcome without one is higher or lower.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from experiments.figures.forests import WITHOUT
from experiments.outcome_words import Measure, measure

Row = Mapping[str, Any]

GOOD, WORSE, MOVED = ("better", "higher", "lower"), "worse", ("higher", "lower")
"""Verdicts by which an arm can be named, the one that speaks against it, and those of outcomes without a direction."""
SEEN = (*GOOD, WORSE)
HINT = "a hint"
SURE_OF_BEST = 0.95


@dataclass(frozen=True)
class Findings:
    """What the answer is made from.

    Args:
        table: paired differences: scenario, outcome, arm, verdict and the numbers.
        outcomes: names; the main one first.
        baseline: the arm that others are compared with.
        overall: the scenario in which the answer is given, all of them pooled where there are several.
        worlds: the single scenarios.
        people: in a run.
        assumed: share of the settings that rest on no source, 0 to 1.
        assumed_variance: share of the variance of the main outcome's differences that rests on such settings; None
            where nobody has looked.
    """

    table: pl.DataFrame
    outcomes: Sequence[str]
    baseline: str
    overall: str
    worlds: Sequence[str]
    people: int
    assumed: float
    assumed_variance: float | None = None

    def rows(self, outcome: str, scenario: str = "") -> Sequence[Row]:
        """Rows of an outcome in a scenario, one per arm; overall where none is given."""
        there = (pl.col("outcome") == outcome) & (pl.col("scenario") == (scenario or self.overall))
        return self.table.filter(there).to_dicts()

    @property
    def main(self) -> str:
        """The main outcome."""
        return self.outcomes[0]

    def named(self) -> Row | None:
        """The arm that is furthest ahead among those that are better by the main outcome; None where none is."""
        better = [row for row in self.rows(self.main) if row["verdict"] in GOOD]
        return max(better, key=lambda row: abs(row["difference"])) if better else None


def answer(found: Findings) -> list[str]:
    """The three sentences."""
    named = found.named()
    return [what_helps(found, named), at_what_price(found, named), how_sure(found, named)]


def quoted(name: str) -> str:
    """A name in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def listed(parts: Iterable[str]) -> str:
    """`a, b and c`."""
    items = list(parts)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


# --- the first sentence -----------------------------------------------------------------------------------------------


def what_helps(found: Findings, named: Row | None) -> str:
    """What changes the main outcome."""
    rows, shown = found.rows(found.main), measure(found.main)
    if named is not None:
        return f"Against {quoted(found.baseline)}, {_change(named, shown)}{_others(found, named)}."
    harmful = [f"{quoted(row['arm'])} ({_difference(row, shown)})" for row in rows if row["verdict"] == WORSE]
    if harmful:
        return (
            f"No arm changes {shown.phrase} for the better against {quoted(found.baseline)}; "
            f"for the worse it is changed by {listed(harmful)}."
        )
    if all(row["verdict"] in WITHOUT for row in rows):
        return f"There are too few replicates to say whether any arm changes {shown.phrase}."
    hints = [f"{quoted(row['arm'])} ({_difference(row, shown)})" for row in rows if row["verdict"] == HINT]
    weak = f"; a hint that does not survive correction for many comparisons: {listed(hints)}" if hints else ""
    return (
        f"There is no difference that we can see: no arm changes {shown.phrase} against {quoted(found.baseline)} "
        f"by more than chance explains{weak or _still_possible(rows, shown)}."
    )


def _change(row: Row, shown: Measure) -> str:
    """What an arm does to an outcome, with the numbers."""
    verb = "raises" if row["difference"] > 0 else "lowers"
    values = f"from {shown.value(row['mean_baseline'])} to {shown.value(row['mean_arm'])}"
    return f"{quoted(row['arm'])} {verb} {shown.phrase} {values}, {_difference(row, shown)}"


def _others(found: Findings, named: Row) -> str:
    """What is said of the other arms."""
    others = [row for row in found.rows(found.main) if row["arm"] != named["arm"]]
    helping = [quoted(row["arm"]) for row in others if row["verdict"] in GOOD]
    if not helping:
        return "; no other arm visibly does so" if others else ""
    if (named["chance_best"] or 0.0) >= SURE_OF_BEST:
        return f"; it is ahead of {listed(helping)}, which {'helps' if len(helping) == 1 else 'help'} too"
    does = "helps" if len(helping) == 1 else "help"
    return f"; {listed(helping)} {does} too, and which of them is best cannot be told"


def _difference(row: Row, shown: Measure) -> str:
    """A difference with its interval."""
    if row["lower"] is None or row["upper"] is None:
        return f"a difference of {shown.difference(row['difference'])}"
    ends = f"{shown.difference(row['lower'], unit=False)} to {shown.difference(row['upper'], unit=False)}"
    return f"a difference of {shown.difference(row['difference'])} (95% interval {ends})"


def _still_possible(rows: Sequence[Row], shown: Measure) -> str:
    """How large a difference could still be."""
    ends = [end for row in rows for end in (row["lower"], row["upper"]) if end is not None]
    if not ends:
        return ""
    low, high = shown.difference(min(ends), unit=False), shown.difference(max(ends))
    return f"; differences from {low} to {high} remain possible"


# --- the second sentence ----------------------------------------------------------------------------------------------


def at_what_price(found: Findings, named: Row | None) -> str:
    """What else changes."""
    others = found.outcomes[1:]
    if not others:
        return "No other outcome was asked for, so the price is not known."
    return _price_of(found, named["arm"], others) if named is not None else _elsewhere(found, others)


def _price_of(found: Findings, arm: str, others: Sequence[str]) -> str:
    """What the named arm makes better and worse."""
    rows = [row for name in others for row in found.rows(name) if row["arm"] == arm]
    worse = [_moved(row) for row in rows if row["verdict"] == WORSE]
    better = [_moved(row) for row in rows if row["verdict"] == "better"]
    other = [_moved(row) for row in rows if row["verdict"] in MOVED]
    hints = [_moved(row) for row in rows if row["verdict"] == HINT]
    unseen = [measure(row["outcome"]).phrase for row in rows if row["verdict"] not in (*SEEN, *WITHOUT, HINT)]
    unknown = [measure(row["outcome"]).phrase for row in rows if row["verdict"] in WITHOUT]
    parts = [f"for the worse: {listed(worse)}"] if worse else ["nothing for the worse that we can see"]
    parts += [f"for the better: {listed(better)}"] if better else []
    parts += [f"neither better nor worse in itself: {listed(other)}"] if other else []
    parts += [f"a hint and no more: {listed(hints)}"] if hints else []
    parts += [f"no difference that we can see in {listed(unseen)}"] if unseen else []
    parts += [f"{listed(unknown)} cannot be compared"] if unknown else []
    return f"Among the other outcomes shown it changes {'; '.join(parts)}."


def _moved(row: Row) -> str:
    """An outcome with the difference in brackets."""
    shown = measure(row["outcome"])
    return f"{shown.phrase} ({shown.difference(row['difference'])})"


def _elsewhere(found: Findings, others: Sequence[str]) -> str:
    """In which other outcomes any arm differs, and which cannot be compared."""
    rows = {name: found.rows(name) for name in others}
    told = [
        f"{_moved(row)} under {quoted(row['arm'])}, {row['verdict']}"
        for name in others
        for row in rows[name]
        if row["verdict"] in SEEN
    ]
    known = [name for name in others if any(row["verdict"] not in WITHOUT for row in rows[name])]
    unknown = listed(measure(name).phrase for name in others if name not in known)
    if not known:
        return f"Of the other outcomes shown, {unknown} cannot be compared."
    seen = f"Differences are seen elsewhere: {'; '.join(told)}" if told else ""
    parts = [seen or f"Nor do we see any in {listed(measure(name).phrase for name in known)}"]
    parts += [f"{unknown} cannot be compared"] if unknown else []
    return f"{'; '.join(parts)}."


# --- the third sentence -----------------------------------------------------------------------------------------------


def how_sure(found: Findings, named: Row | None) -> str:
    """What the answer rests on."""
    rests = f"rests on {_pairs(found, named)} of runs of {found.people:,} simulated people"
    share = f"{100 * found.assumed:.0f}% of the settings of the model are assumed without a source"
    if found.assumed_variance is not None:
        share += f", which make {100 * found.assumed_variance:.0f}% of the variance that settings give the main outcome"
    return f"{_in_worlds(found, named)} {rests}, and {share}."


def _pairs(found: Findings, named: Row | None) -> str:
    """How many pairs of runs stand behind the outcomes that have any, of the named arm or of all: `1 to 3 pairs`."""
    rows = [row for name in found.outcomes for row in found.rows(name) if named is None or row["arm"] == named["arm"]]
    told = replicates_of(rows)
    return f"{told} {'pair' if told == '1' else 'pairs'}"


def replicates_of(rows: Iterable[Row]) -> str:
    """How many pairs of runs rows rest on, of those that have any: `30`, or `1 to 3`."""
    counts = [row["replicates"] for row in rows if row["replicates"]]
    low, high = min(counts, default=0), max(counts, default=0)
    return str(low) if low == high else f"{low} to {high}"


def _in_worlds(found: Findings, named: Row | None) -> str:
    """In how many worlds the first sentence holds."""
    if len(found.worlds) < 2:
        return "Only one world was considered; the answer"
    if named is None:
        clear = sum(not any(row["verdict"] in SEEN for row in found.rows(found.main, world)) for world in found.worlds)
        return f"No difference is seen in {clear} of the {len(found.worlds)} worlds considered; the answer"
    holds = sum(
        row["verdict"] == named["verdict"]
        for world in found.worlds
        for row in found.rows(found.main, world)
        if row["arm"] == named["arm"]
    )
    return f"Taken alone, {holds} of the {len(found.worlds)} worlds considered show the same; the answer"
