"""Outcomes in plain words: a title for headings and axes, and numbers with their unit.

A share is shown in per cent, a difference of shares in percentage points; scales from 0 to 1 stay as they are. What an
outcome is exactly, its registration says.
"""

import math
from typing import NamedTuple

from simulation import OUTCOMES, Outcome

TITLES = {
    "normalization": "Believed prevalence of struggling",
    "prevalence": "True prevalence of struggling",
    "normalization_ratio": "Believed over true prevalence",
    "descriptive_gap": "True less believed prevalence",
    "over_normalization": "People who believe struggling more common than it is",
    "injunctive_gap": "Perceived public less personal stigma",
    "stigma": "Personal stigma",
    "perceived_stigma": "Perceived public stigma",
    "career_fear": "Career fear",
    "support_reach_7d": "Strugglers reached by support in 7 days",
    "support_received_7d": "Strugglers who received support in 7 days",
    "support_seen_7d": "Strugglers who saw others supported in 7 days",
    "supported_within_24h": "Struggle posts supported within 24 h",
    "disclosers_supported_24h": "Share of a discloser's posts supported within 24 h",
    "never_reached": "Strugglers never reached by support",
    "hours_to_first_support": "Time to first support",
    "supportive_replies": "Supportive replies to a struggle post",
    "support_gini": "Inequality of supportive replies (Gini)",
    "thread_reach": "People who saw a struggle post supported",
    "harm_exposure": "Rule-breaking posts met",
    "harm_derogatory": "Derogatory posts met",
    "harm_misinformation": "Misinformation met",
    "harm_irrelevant": "Irrelevant posts met",
    "harm_privacy": "Breaches of privacy met",
    "harm_copyright": "Breaches of copyright met",
    "disclosers_hurt_24h": "Disclosers with a derogatory reply within 24 h",
    "wrongly_removed": "Removed posts that broke no rule",
    "struggles_removed": "Struggle posts removed",
    "adoption": "People who ever adopted a support tag",
    "active_adoption": "People who use a support tag now",
    "adopters": "People who ever adopted a support tag",
    "struggle_posts": "Struggle posts",
    "disclosing": "Strugglers who disclosed",
    "help_seeking": "Strugglers who entered treatment",
    "help_seeking_yearly": "Strugglers who enter treatment in a year",
    "distress": "Distress",
    "isolation": "Isolation",
    "isolated": "People with high isolation",
    "desk_wait": "Wait at the moderation desk",
    "desk_load": "Moderators' time taken by cases",
    "removals": "Posts removed",
}
"""Titles of the outcomes that people ask for; the name of any other is its title."""

COUNTED = {"wrong_removals": ("Removed posts that broke no rule", "posts")}
"""Title and unit of what comparisons count and no outcome is registered for; less of it is better."""

SCALES = frozenset({"stigma", "perceived_stigma", "injunctive_gap", "career_fear", "isolation"})
"""Registered as shares, but means of scales from 0 to 1, not shares of anybody."""

PHRASES = {
    "normalization": "the believed prevalence of struggling",
    "prevalence": "the true prevalence of struggling",
    "harm_exposure": "the number of rule-breaking posts met",
    "struggle_posts": "the number of struggle posts",
    "adopters": "the number of adopters",
    "hours_to_first_support": "the time to first support",
    "supportive_replies": "the number of supportive replies to a struggle post",
    "distress": "mean distress",
}
"""What stands in a sentence for outcomes whose title does not fit into one."""

MINUS = "\N{MINUS SIGN}"


class Measure(NamedTuple):
    """How an outcome is shown.

    Args:
        name: of the outcome.
        title: in plain words.
        unit: of a value: `%`, `views per 10,000`, or nothing.
        difference_unit: of a difference: `percentage points` where the unit is per cent.
        factor: from the stored number to the one shown.
        direction: which way is better: `higher`, `lower` or `none`.
        description: what the outcome is exactly.
    """

    name: str
    title: str
    unit: str
    difference_unit: str
    factor: float
    direction: str
    description: str

    @property
    def phrase(self) -> str:
        """The outcome inside a sentence: `the share of strugglers reached by support in 7 days`."""
        words = f"{self.title[:1].lower()}{self.title[1:]}"
        return PHRASES.get(self.name, f"the share of {words}" if self.unit == "%" else words)

    @property
    def axis(self) -> str:
        """Label of an axis of values."""
        return {"%": "per cent", "": "value"}.get(self.unit, self.unit)

    @property
    def difference_axis(self) -> str:
        """Label of an axis of differences."""
        return f"difference, {self.difference_unit}" if self.difference_unit else "difference"

    def value(self, number: float | None) -> str:
        """A value with its unit: `28.3%`, `41.2 views per 10,000`."""
        text = plain_number(self.shown(number))
        return text if text == NONE else f"{text}{self._after(self.unit)}"

    def difference(self, number: float | None, *, unit: bool = True) -> str:
        """A difference with its sign and unit: `+1.2 percentage points`."""
        text = plain_number(self.shown(number), signed=True)
        return text if text == NONE or not unit else f"{text}{self._after(self.difference_unit)}"

    def size(self, number: float | None) -> str:
        """A difference without its sign: `1.2 percentage points`."""
        shown = self.shown(number)
        text = plain_number(None if shown is None else abs(shown))
        return text if text == NONE else f"{text}{self._after(self.difference_unit)}"

    def shown(self, number: float | None) -> float | None:
        """A stored number in the unit shown."""
        return None if number is None or not math.isfinite(number) else self.factor * number

    @staticmethod
    def _after(unit: str) -> str:
        """What follows a number."""
        return unit if unit in ("", "%") else f" {unit}"


NONE = "\N{EN DASH}"
"""Shown where there is no number."""


def measure(name: str) -> Measure:
    """How an outcome is shown; a name that nobody registered is shown as it is."""
    if name in COUNTED:
        title, unit = COUNTED[name]
        return Measure(name, title, unit, unit, 1.0, "lower", "")
    entry: Outcome | None = OUTCOMES[name] if name in OUTCOMES else None  # noqa: SIM401 - `get` would complain
    unit, direction, description = (entry.unit, entry.direction, entry.description) if entry else ("", "none", "")
    title = TITLES.get(name, _title(name))
    if unit == "share" and name not in SCALES:
        return Measure(name, title, "%", "percentage points", 100.0, direction, description)
    shown = "on a scale from 0 to 1" if name in SCALES else {"1": ""}.get(unit, unit)
    return Measure(name, title, shown, shown, 1.0, direction, description)


def _title(name: str) -> str:
    """A name as a title."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def plain_number(number: float | None, *, signed: bool = False) -> str:
    """A number for people: three digits that count, a true minus sign, an en dash for none."""
    if number is None or not math.isfinite(number):
        return NONE
    text = _digits(abs(number))
    if not any(digit in text for digit in "123456789"):
        return text
    sign = MINUS if number < 0 else "+" if signed else ""
    return f"{sign}{text}"


def _digits(size: float) -> str:
    """A number of at least 0 with two or three digits that count; a small one with four places at most."""
    if size >= 100:
        return f"{size:,.0f}"
    if size >= 10:
        return f"{size:.1f}"
    if size >= 0.1:
        return f"{size:.2f}"
    return f"{size:.3f}" if size >= 0.0095 else f"{size:.4f}" if size >= 0.00005 else "0"


def tick_text(number: float, unit: str = "", *, signed: bool = False) -> str:
    """A round number on an axis: `+5`, `12.5%`, `0`."""
    clean = round(number, 10)
    sign = MINUS if clean < 0 else "+" if signed and clean > 0 else ""
    size = abs(clean)
    text = f"{size:,.0f}" if size >= 1000 else f"{size:.6g}"
    return f"{sign}{text}{'%' if unit == '%' else ''}"
