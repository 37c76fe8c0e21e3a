"""Sliders, switches and choices, made from the declarations of settings and levers.

A number's slider covers its plausible range where one is declared, what is allowed otherwise, and always its default;
the field beside it takes anything that is allowed.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from experiments.listing import first_sentence, shown_default, span
from simulation import INTERVENTIONS, NETWORKS, Declaration, Parameters, Record, declarations

Kind = Literal["number", "whole", "switch", "choice"]

FIRST = (
    "agents",
    "days",
    "network.type",
    "beliefs.stigma_mean",
    "beliefs.silence_weight",
    "beliefs.prior_mean",
    "disclosure.intercept",
    "disclosure.norm",
    "reactions.struggle_reply",
    "reactions.derogatory",
    "adoption.first_exposure",
    "adoption.reinforcement",
)
"""What stands first: the size of the world, and what docs/model.md names as deciding the answers."""

MOST_PEOPLE = 20_000
MOST_DAYS = 180
LIMITS: Mapping[str, tuple[float, float]] = {
    "agents": (50, MOST_PEOPLE),
    "days": (1, MOST_DAYS),
    "warmup_days": (0, 60),
    "step_minutes": (5, 360),
}
"""What a page shared by visitors can compute at a walking pace; study files may go further."""
SLIDERS: Mapping[str, tuple[float, float]] = {
    "agents": (100, 5_000),
    "days": (10, 90),
    "start_day": (0, 60),
    "end_day": (0, 60),
}
"""Ends of sliders for sizes, whose plausible ranges are those of studies, and for days."""
FAR = {"whole": 100.0, "number": 10.0}
"""Where a slider ends at most, or at four times the default, where nobody says what is plausible."""

_MEANINGS = {
    "V": "read in the primary source",
    "V2": "read in a secondary source",
    "C": "computed from data",
    "M": "quoted from memory",
    "A": "assumed",
}


@dataclass(frozen=True)
class Control:
    """One setting or lever as a part of a form.

    Args:
        path: dotted path in its record.
        title: the last word of the path, for people.
        sentence: what it means; `unit` of the value; `source` and range, for those who ask.
        kind: how it is set.
        default: the value while nobody touches it; None for an optional lever that is left out.
        low, high: what is allowed, None for an open end; `start`, `end`: of the slider.
        suggested: the value of an optional lever when it is switched on.
        choices: names to choose from.
        optional: whether it may be left out.
    """

    path: str
    title: str
    sentence: str
    unit: str
    source: str
    kind: Kind
    default: object
    low: float | None = None
    high: float | None = None
    start: float = 0.0
    end: float = 1.0
    suggested: float = 0.0
    choices: tuple[str, ...] = ()
    optional: bool = False

    def refusal(self, value: object) -> str:
        """Why a value cannot stand, as the end of a sentence; empty where it can."""
        if value is None and self.optional:
            return ""
        return _REFUSALS[self.kind](self, value)


@dataclass(frozen=True)
class Group:
    """Controls that belong together, under a heading and a sentence; `name` tells groups apart."""

    name: str
    title: str
    sentence: str
    controls: tuple[Control, ...]


def setting_groups() -> tuple[Group, ...]:
    """Every setting of the world, the most important first and then group by group, each in one place only."""
    known = {item.path: item for item in (_network_choice(), *controls(Parameters)) if _is_ours(item.path)}
    first = Group("first", "The world", "What decides most.", tuple(known[path] for path in FIRST))
    rest = [item for path, item in known.items() if path not in FIRST]
    heads = dict.fromkeys(item.path.split(".")[0] if "." in item.path else "" for item in rest)
    return (first, *(_group(head, [item for item in rest if _head(item.path) == head]) for head in heads))


def action_groups() -> tuple[Group, ...]:
    """Every intervention with its levers, in the order of their numbers in docs/model.md."""
    kinds = sorted(INTERVENTIONS.items(), key=lambda item: int(item[1].identifier.removeprefix("I")))
    return tuple(Group(name, _words(name), _plain(first_sentence(kind)), tuple(_levers(kind))) for name, kind in kinds)


def controls(record: type[Record]) -> Iterator[Control]:
    """A control for every declared setting that a form can hold: numbers, switches and names out of a few."""
    for declared in declarations(record):
        made = _control(declared, _annotation(record, declared.path))
        if made is not None:
            yield made


def _is_ours(path: str) -> bool:
    """Whether a setting of the world has a control; of the network it is the kind alone."""
    return path == "network.type" or not path.startswith("network.")


def _levers(kind: type[Record]) -> Iterator[Control]:
    """The levers of an intervention: its own first, then when it begins and ends."""
    found = [item for item in controls(kind) if item.path != "type"]
    times = ("start_day", "end_day")
    yield from (item for item in found if item.path not in times)
    yield from (item for item in found if item.path in times)


def _head(path: str) -> str:
    """The group of a path; empty for settings of no group."""
    return path.split(".", maxsplit=1)[0] if "." in path else ""


def _group(head: str, found: Iterable[Control]) -> Group:
    """The settings of one group of `Parameters`."""
    if not head:
        return Group("time", "Time", "How long, and in which steps.", tuple(found))
    record = Parameters.model_fields[head].annotation
    return Group(head, _words(head), _plain(first_sentence(record)), tuple(found))


def _network_choice() -> Control:
    """Which kind of network is drawn: those that need nothing but the number of people."""
    default = str(Parameters().network.type)  # type: ignore[attr-defined]
    names = tuple(name for name, kind in NETWORKS.items() if _is_drawn(kind))
    sentence = f"How the follower graph is drawn. {first_sentence(NETWORKS[default])}"
    return Control("network.type", "Network", sentence, "", "", "choice", default, choices=names)


def _is_drawn(kind: type[Record]) -> bool:
    """Whether a network can be had without a file, with its default settings."""
    try:
        network: Any = kind()
        return len(network.attributes(100)) == 0 and bool(network.size(100) == 100)
    except (ValidationError, LookupError, OSError, ValueError):
        return False


def _annotation(record: type[Record], path: str) -> Any:  # noqa: ANN401 - whatever the field is declared as
    """The declared type at a dotted path."""
    *groups, name = path.split(".")
    for group in groups:
        inner: Any = record.model_fields[group].annotation
        record = inner
    return record.model_fields[name].annotation


def _control(declared: Declaration, annotation: Any) -> Control | None:  # noqa: ANN401
    """The control of one declaration; None where only a file can say it (lists, groups of people, free text)."""
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    optional = type(None) in parts
    plain = next(part for part in parts if part is not type(None))
    kind = _kind(plain)
    if kind is None:
        return None
    low, high = LIMITS.get(declared.path, (declared.low, declared.high))
    start, end = _ends(declared, kind, low, high)
    choices = tuple(str(name) for name in get_args(plain)) if kind == "choice" else ()
    return Control(
        path=declared.path,
        title=_words(declared.path.rpartition(".")[2]),
        sentence=_plain(declared.meaning),
        unit=declared.unit,
        source=_source(declared),
        kind=kind,
        default=declared.default,
        low=low,
        high=high,
        start=start,
        end=end,
        suggested=_suggested(declared, kind, start, end),
        choices=choices,
        optional=optional,
    )


def _kind(plain: Any) -> Kind | None:  # noqa: ANN401
    """How a value of this type is set."""
    if get_origin(plain) is Literal:
        return "choice"
    return {bool: "switch", int: "whole", float: "number"}.get(plain)  # type: ignore[return-value]


def _ends(declared: Declaration, kind: Kind, low: float | None, high: float | None) -> tuple[float, float]:
    """Ends of the slider: the plausible range, else what is allowed, widened to hold the default."""
    default = declared.default
    number = float(default) if isinstance(default, int | float) else 0.0
    start, end = SLIDERS.get(declared.path) or declared.plausible or _plain_ends(number, kind, low, high)
    if end <= start:
        start, end = start - 1.0, end + 1.0
    held = (start, end) if default is None else (min(start, number), max(end, number))
    bottom = -math.inf if low is None else low
    top = math.inf if high is None else high
    return max(held[0], bottom), min(held[1], top)


def _suggested(declared: Declaration, kind: Kind, start: float, end: float) -> float:
    """The middle of the slider, or a tenth of the way where nobody says what is plausible."""
    known = declared.plausible is not None or declared.path in SLIDERS
    value = (start + end) / 2 if known else start + (end - start) / 10
    return float(round(value)) if kind == "whole" else float(f"{value:.3g}")


def _plain_ends(number: float, kind: Kind, low: float | None, high: float | None) -> tuple[float, float]:
    """Ends where nobody says what is plausible: as far as is allowed, but within sight of the default."""
    start = 0.0 if low is None else low
    far = max(start + FAR.get(kind, 1.0), 4.0 * abs(number))
    return start, far if high is None else min(high, far)


def _source(declared: Declaration) -> str:
    """Default, allowed and plausible values and source, in a line."""
    parts = [
        f"default {shown_default(declared.default)}" if declared.default is not None else "left out by default",
        f"allowed {allowed}" if (allowed := span(declared.low, declared.high)) else "",
        f"plausible {span(*declared.plausible)}" if declared.plausible else "",
        _grade(declared),
    ]
    return "; ".join(part for part in parts if part)


def _grade(declared: Declaration) -> str:
    """The source with its grade; nothing for what is not an empirical quantity."""
    if declared.grade == "-":
        return ""
    words = _MEANINGS[declared.grade]
    return words if declared.source == words else f"source: {declared.source} ({words})"


def _plain(sentence: str) -> str:
    """A sentence without the marks of code."""
    return sentence.replace("`", "")


def _words(name: str) -> str:
    """A name as a title."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _refuse_number(control: Control, value: object) -> str:
    """A number within what is allowed."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "is not a number"
    if control.kind == "whole" and value != int(value):
        return "is not a whole number"
    low = -math.inf if control.low is None else control.low
    high = math.inf if control.high is None else control.high
    return "" if low <= value <= high else f"is out of range: {span(control.low, control.high)}"


def _refuse_switch(control: Control, value: object) -> str:
    """On or off."""
    return "" if isinstance(value, bool) else "is neither on nor off"


def _refuse_choice(control: Control, value: object) -> str:
    """One of the names."""
    return "" if value in control.choices else f"is not one of: {', '.join(control.choices)}"


_REFUSALS = {
    "number": _refuse_number,
    "whole": _refuse_number,
    "switch": _refuse_switch,
    "choice": _refuse_choice,
}
