"""The evidence register of a study: on what its settings rest, and which assumptions decide most."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.listing import shown_default, span
from experiments.register import ASSUMED, GRADES, NO_QUANTITY, RISKIEST, settings_of
from experiments.study import Study
from simulation import Declaration, Parameters, declarations

__all__ = ["ASSUMED", "GRADES", "NO_QUANTITY", "RISKIEST"]


VARIED, VARIED_ALONG_RIDGE = "varied by this study", "varied along the ridge"
NOT_VARIED = "not varied: one value throughout"
"""Where an assumption was varied."""


class Setting(NamedTuple):
    """One setting of a study.

    Args:
        declared: what is known about it.
        value: in the study.
        status: `default`, `set` or `varied`.
    """

    declared: Declaration
    value: object
    status: str


class Grade(NamedTuple):
    """How many settings rest on one grade of evidence.

    Args:
        grade, meaning: letter and words.
        number: of settings; share: of all, 0 to 1.
        default, set, varied: how many of them are at their default, set by the study, varied by it.
    """

    grade: str
    meaning: str
    number: int
    share: float
    default: int
    set: int
    varied: int


class Risk(NamedTuple):
    """An assumption that can turn the answer around."""

    path: str
    meaning: str
    why: str
    value: str
    plausible: str
    varied: str


def settings(study: Study) -> list[Setting]:
    """Every empirical setting of the world, those of the network included."""
    return [_setting(study, item) for item in settings_of(type(study.base.network))]


def _setting(study: Study, item: Declaration) -> Setting:
    """A setting as the study has it."""
    value = value_at(study.base, item.path)
    if item.path in study.factors:
        return Setting(item, value, "varied")
    return Setting(item, value, "default" if value == item.default else "set")


def value_at(record: object, path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """The value of a setting by its dotted path."""
    for name in path.split("."):
        record = getattr(record, name)
    return record


def register(found: Sequence[Setting]) -> list[Grade]:
    """Settings by grade."""
    return [_grade(grade, [item for item in found if item.declared.grade == grade], len(found)) for grade in GRADES]


def _grade(grade: str, found: Sequence[Setting], total: int) -> Grade:
    """One grade."""
    counts = {status: sum(item.status == status for item in found) for status in ("default", "set", "varied")}
    return Grade(grade, GRADES[grade], len(found), len(found) / total if total else 0.0, **counts)


def assumed_share(grades: Sequence[Grade]) -> float:
    """The share of the settings that are assumed."""
    return next((item.share for item in grades if item.grade == ASSUMED), 0.0)


def risks(study: Study, ridge: Study | None = None) -> list[Risk]:
    """The riskiest settings as the study has them.

    Args:
        study: that was run.
        ridge: the same arms along the ridge, where they were taken there; what it varies are its factors.
    """
    along = ridge.factors if ridge else ()
    return [_risk(_setting(study, item), along) for item in _declared(RISKIEST)]


def _declared(paths: Mapping[str, str]) -> Iterator[Declaration]:
    """Declarations by path, in the order of the paths."""
    by_path = {item.path: item for item in declarations(Parameters)}
    yield from (by_path[path] for path in paths)


def _risk(item: Setting, along: Collection[str]) -> Risk:
    """One of them in words."""
    declared = item.declared
    varied = VARIED if item.status == "varied" else VARIED_ALONG_RIDGE if declared.path in along else NOT_VARIED
    plausible = span(*declared.plausible) if declared.plausible else NO_QUANTITY
    return Risk(declared.path, declared.meaning, RISKIEST[declared.path], shown_default(item.value), plausible, varied)
