"""The evidence register: what every setting rests on, and which settings no fact fixes.

Everything here is read from the declarations. A setting is *fixed by a fact* where a fact identifies its value, or
where it was measured and its plausible range is narrow; all others that have a plausible range are *free*, and so are
those whose fact leaves so much room that they can turn an answer around (`RISKIEST`, section 7 of the description).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from experiments.factors import Range
from experiments.listing import shown_default, span
from simulation import INTERVENTIONS, Declaration, Intervention, Network, Parameters, Target, declarations

GRADES = {
    "V": "read in the primary source",
    "V2": "read in a secondary source",
    "C": "computed from data",
    "M": "quoted from memory, not checked",
    "A": "assumed; no source was found",
}
"""Grades of evidence in words, best first."""
NO_QUANTITY = "-"
"""The grade of sizes and switches, which need no evidence."""
ASSUMED = "A"
MEASURED = ("V", "V2", "C")
"""Grades of settings whose value was seen somewhere."""
NARROW = 0.5
"""A plausible range is narrow where it is no wider than this share of the default."""
ORDERS = 10.0
"""A plausible range whose ends are at least so many times apart, above 0, is taken by orders of magnitude."""

RISKIEST = {
    "beliefs.silence_weight": "How silence is read decides the size, perhaps the sign, of what happens to beliefs.",
    "beliefs.prior_mean": "What people believe beforehand; told apart from the reading of silence by no fact.",
    "disclosure.intercept": "What share of those who struggle say so is bounded only by 2% to 51%.",
    "disclosure.norm": "Above 0, disclosure feeds on itself and can tip the whole system.",
    "reactions.struggle_reply": "How willing people are to answer drives the reach of support; no clinician data.",
    "reactions.derogatory": "How often replies hurt drives the backlash; no clinician data.",
    "adoption.first_exposure": "How far a tag spreads decides all that it does; known to a factor of two at best.",
    "moderation.false_positive_rate": "Decides with the next whether moderation helps or hurts.",
    "moderation.chilling": "Decides with the former whether moderation helps or hurts.",
    "help.norm": "At 0, believing that struggling is common leads nobody to seek help, as the one trial found.",
}
"""Settings that can turn an answer around, and why: section 7 of the description of the model."""


class Standing(NamedTuple):
    """Whether a setting may take any value of its plausible range, and why, in words."""

    is_free: bool
    why: str


def standing(item: Declaration) -> Standing:
    """Whether anything fixes a setting."""
    if item.grade == NO_QUANTITY:
        return Standing(False, "not an empirical quantity")
    if item.plausible is None or item.type not in _NUMBERS:
        return Standing(False, "no plausible range")
    low, high = item.plausible
    if not low < high:
        return Standing(False, "one plausible value")
    if item.path in RISKIEST:
        loose = f", but only loosely by {item.identified_by}" if item.identified_by else ""
        return Standing(True, f"can turn an answer around{loose}")
    if item.identified_by:
        return Standing(False, f"found from {item.identified_by}")
    if item.grade in MEASURED:
        narrow = isinstance(item.default, int | float) and high - low <= NARROW * abs(item.default)
        return Standing(not narrow, "measured" if narrow else "measured, but in a wide range")
    return Standing(True, GRADES[item.grade])


_NUMBERS = {"float", "int", "float | None", "int | None"}


def plausible_range(item: Declaration) -> Range:
    """The plausible range of a setting as a factor."""
    low, high = item.plausible or (0.0, 0.0)
    return Range(low, high, "log" if low > 0.0 and high >= ORDERS * low else "linear")


def settings_of(network: type[Network]) -> list[Declaration]:
    """Every empirical setting of the world, those of a kind of network included."""
    every = [*declarations(Parameters), *declarations(network, "network.")]
    return [item for item in every if item.grade != NO_QUANTITY and item.path != "network"]


def levers_with_evidence() -> list[Declaration]:
    """Levers of interventions that are empirical quantities, by path `hashtag.seeds.share`."""
    found = [item for name, kind in INTERVENTIONS.items() for item in _own(name, kind)]
    return [*found, *(item for item in declarations(Target, "target.") if item.grade != NO_QUANTITY)]


def _own(name: str, kind: type[Intervention]) -> Iterator[Declaration]:
    """The empirical levers of one intervention."""
    shared = {"type", *Intervention.model_fields}
    for item in declarations(kind, f"{name}."):
        if item.path.removeprefix(f"{name}.") not in shared and item.grade != NO_QUANTITY:
            yield item


# --- facts and the settings that were set by them ---------------------------------------------------------------------

_ROWS = re.compile(r"C-(\d+)([a-z]?)(?: to C-(\d+))?")


def rows_in(text: str) -> set[str]:
    """Rows of the evidence register that a text names: `C-34 to C-36` names three."""
    found: set[str] = set()
    for match in _ROWS.finditer(text):
        first, letter, last = match.groups()
        found |= {f"C-{number:02d}" for number in range(int(first), int(last) + 1)} if last else {f"C-{first}{letter}"}
    return found


class Use(NamedTuple):
    """What a fact was used for: settings that are found from it, and settings whose value or range rests on it."""

    found_from: tuple[str, ...]
    rests_on: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """`no`, or which settings."""
        parts = [f"found from it: {', '.join(self.found_from)}"] if self.found_from else []
        parts += [f"its source: {', '.join(self.rests_on)}"] if self.rests_on else []
        return "; ".join(parts) or "no"


def use_of(rows: Iterable[str], known: Sequence[Declaration]) -> Use:
    """What was set by any of some facts, `C-33`, according to the declarations."""
    wanted = set(rows)
    found = tuple(item.path for item in known if wanted & rows_in(item.identified_by))
    rests = tuple(item.path for item in known if wanted & rows_in(item.source) and item.path not in found)
    return Use(found, rests)


# --- the page ---------------------------------------------------------------------------------------------------------

HEADS = ("setting", "value", "unit", "plausible", "source", "grade", "found from", "for screening", "rank", "meaning")


def register_rows(items: Iterable[Declaration], ranks: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Cells of every setting.

    Args:
        items: declared settings.
        ranks: what a screening says of those that went through it: their place, from 1, or why they have none.
    """
    for item in items:
        free = standing(item)
        yield (
            f"`{item.path}`",
            shown_default(item.default),
            item.unit,
            span(*item.plausible) if item.plausible else "",
            item.source,
            item.grade,
            item.identified_by,
            "free" if free.is_free else f"fixed: {free.why}",
            ranks.get(item.path, ""),
            item.meaning,
        )


def counts(items: Sequence[Declaration]) -> dict[str, int]:
    """How many settings rest on each grade."""
    return {grade: sum(item.grade == grade for item in items) for grade in GRADES}


def groups(items: Sequence[Declaration]) -> dict[str, list[Declaration]]:
    """Settings by the first word of their path, in the order of declaration."""
    found: dict[str, list[Declaration]] = {}
    for item in items:
        found.setdefault(item.path.split(".", 1)[0] if "." in item.path else "run", []).append(item)
    return found
