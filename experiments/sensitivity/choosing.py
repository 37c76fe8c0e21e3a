"""Which settings are screened: those that the declarations leave free, unless a study or a user says less."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from pydantic import ValidationError

from experiments.factors import Range
from experiments.register import plausible_range, settings_of, standing
from experiments.study import Study
from simulation import Declaration, InputError, Parameters, Problem, nearest_name

LEFT_OUT = "left out by the request"
"""Why a setting is held that `--only` or `--without` leaves out."""


class Held(NamedTuple):
    """A setting that is not screened, and why."""

    path: str
    why: str


@dataclass(frozen=True)
class Choice:
    """What is screened and what is not.

    Args:
        ranges: settings and their ranges, in the order of declaration.
        why: for each of them why it is free.
        held: what is not screened.
    """

    ranges: Mapping[str, Range]
    why: Mapping[str, str]
    held: tuple[Held, ...]


def choose(study: Study, only: Sequence[str] = (), without: Sequence[str] = ()) -> Choice:
    """What is screened of a study.

    A study with ranges among its factors is screened over these and nothing else; every other one over all settings of
    its world that no fact fixes, within their plausible ranges.

    Args:
        study: whose world it is.
        only: patterns such as `beliefs.*`; what matches none is not screened.
        without: patterns of what is not screened.

    Raises:
        InputError: a pattern matches nothing, or nothing is left.
    """
    own = {path: values for path, values in study.factors.items() if isinstance(values, Range)}
    found = Choice(own, dict.fromkeys(own, "named by the study"), ()) if own else free_settings(study.base)
    _check(found, only, "--only")
    _check(found, without, "--without")
    kept = [path for path in found.ranges if _matches(path, only or ["*"]) and not _matches(path, without)]
    if not kept:
        what = f"{' '.join([*only, *without])} leaves no setting to screen"
        raise InputError(Problem("--only and --without", what, "leave one of them out"))
    left_out = [Held(path, LEFT_OUT) for path in found.ranges if path not in kept]
    ranges, why = ({path: values[path] for path in kept} for values in (found.ranges, found.why))
    return Choice(ranges, why, (*found.held, *left_out))  # type: ignore[arg-type]


def free_settings(base: Parameters) -> Choice:
    """Every setting of a world that no fact fixes and that can be varied by itself."""
    ranges: dict[str, Range] = {}
    why: dict[str, str] = {}
    held: list[Held] = []
    for item in settings_of(type(base.network)):
        stands = standing(item)
        refused = _refused(base, item) if stands.is_free else stands.why
        if refused:
            held.append(Held(item.path, refused))
        else:
            ranges[item.path], why[item.path] = plausible_range(item), stands.why
    return Choice(ranges, why, tuple(held))


def _refused(base: Parameters, item: Declaration) -> str:
    """Why a setting cannot be varied by itself; empty where it can."""
    for end in item.plausible or ():
        try:
            base.with_values({item.path: int(end) if item.type.startswith("int") else end})
        except ValidationError as error:
            words = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
            return f"cannot be varied by itself: {words}"
    return ""


def _matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path fits one of the patterns; a group stands for all that is in it."""
    return any(fnmatchcase(path, pattern) or path.startswith(f"{pattern}.") for pattern in patterns)


def _check(found: Choice, patterns: Sequence[str], option: str) -> None:
    """Every pattern fits a setting.

    Raises:
        InputError: one does not.
    """
    reasons = {item.path: item.why for item in found.held}
    problems = []
    for pattern in patterns:
        if not any(_matches(path, [pattern]) for path in found.ranges):
            known = f"it is not free: {reasons[pattern]}" if pattern in reasons else "it fits no free setting"
            allowed = "allowed: a setting, a group or a pattern such as beliefs.*; -n lists the settings that are free"
            nearest = nearest_name(pattern, found.ranges)
            problems.append(Problem(option, f"{pattern!r}: {known}", allowed, nearest))
    if problems:
        raise InputError(*problems)
