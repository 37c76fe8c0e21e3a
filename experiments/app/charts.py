"""What the curves show: outcomes that have a value every day, in plain words, for two arms."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.app.runs import DAILY, Frame
from experiments.outcome_words import measure

BELIEF = "normalization"
TRUTH = "prevalence"
"""Drawn in one picture: how common struggling is believed to be, and how common it is."""

FIRST = (BELIEF, "adoption", "support_reach_7d", "supported_within_24h", "struggle_posts", "harm_exposure")
"""Curves that are there at the beginning."""

CHOICES = tuple(name for name in DAILY if name != TRUTH)
MOST = 12
"""Curves at once."""


def choices() -> list[dict[str, str]]:
    """Every curve that can be chosen: name, title, unit and sentence, those of the beginning first."""
    ordered = [*FIRST, *sorted((name for name in CHOICES if name not in FIRST), key=lambda name: measure(name).title)]
    return [{"name": name, "title": _title(name), "sentence": _sentence(name)} for name in ordered]


def kept(names: object) -> tuple[str, ...]:
    """Of what a page asks for, the curves that there are, each once, in the order of choosing."""
    given = names if isinstance(names, list | tuple) else ()
    return tuple(dict.fromkeys(name for name in given if isinstance(name, str) and name in CHOICES))[:MOST]


def charts(frame: Frame, names: Sequence[str]) -> list[dict[str, Any]]:
    """For each chosen outcome title, unit, sentence and lines; a line has the arm's place, dashes and its values."""
    return [_chart(frame, name) for name in names]


def table(frame: Frame, names: Sequence[str]) -> list[dict[str, str]]:
    """The values of the day: for each outcome its title, the value in both arms and the difference, with units."""
    wanted = [inner for name in names for inner in ((BELIEF, TRUTH) if name == BELIEF else (name,))]
    return [_row(frame, name) for name in wanted]


def _chart(frame: Frame, name: str) -> dict[str, Any]:
    """One picture."""
    words = measure(name)
    lines = [_line(side.series, name, arm, words.factor) for arm, side in enumerate(frame.sides)]
    if name == BELIEF:
        factor = measure(TRUTH).factor
        lines += [{**_line(side.series, TRUTH, arm, factor), "dashed": True} for arm, side in enumerate(frame.sides)]
    return {"name": name, "title": _title(name), "unit": words.unit, "sentence": _sentence(name), "lines": lines}


def _line(series: Mapping[str, Sequence[float]], name: str, arm: int, factor: float) -> dict[str, Any]:
    """One curve; None where there is no value."""
    values = [None if value != value else round(factor * value, 6) for value in series[name]]  # noqa: PLR0124 - NaN
    return {"arm": arm, "dashed": False, "values": values}


def _row(frame: Frame, name: str) -> dict[str, str]:
    """One outcome as it stands."""
    words = measure(name)
    left, right = (side.series[name][-1] for side in frame.sides)
    return {
        "title": words.title,
        "sentence": words.description,
        "left": words.value(left),
        "right": words.value(right),
        "difference": words.difference(right - left),
    }


def _title(name: str) -> str:
    """A title; the first picture has two outcomes in it."""
    return "Believed and true prevalence of struggling" if name == BELIEF else measure(name).title


def _sentence(name: str) -> str:
    """What an outcome is, and for the first picture how its lines differ."""
    return "Full lines: believed. Dotted lines: true." if name == BELIEF else measure(name).description
