"""What is wrong with a study: the checks that a file and a Python call share.

A check yields every problem it finds, at the path of the key in a study file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from experiments.adaptive import MOST_REPLICATES, Adaptive, adaptive_problems
from experiments.arm_checks import impossible_groups
from experiments.arms import Arm
from experiments.costs import cost_problems
from experiments.factor_checks import factor_problems, number_of_points
from experiments.yaml_files import Located, shown_value
from simulation import OUTCOMES, nearest_name

MOST_RUNS = 1_000_000
"""Runs that one study may ask for."""
MOST_THREADS = 256
LARGEST_SEED = 2**63 - 1

_WHOLE_NUMBERS = {
    "ridge": (0, MOST_REPLICATES, "ridge: 10"),
    "seed": (0, LARGEST_SEED, "seed: 42"),
    "threads": (1, MOST_THREADS, "threads: 2"),
}
"""Of each field the least, the largest and an example."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""A name that can be that of a file or folder wherever results go."""
NAME_IN_WORDS = "up to 80 letters, digits, dots, hyphens and underscores, the first a letter or digit"


def problems_of(fields: Mapping[str, Any]) -> Iterator[Located]:
    """Everything wrong with the fields of a study taken together; fields that are absent were found wrong before."""
    given = fields.keys()
    if "study" in given:
        yield from _name_problems(fields["study"])
    if "arms" in given:
        yield from _arm_problems(fields["arms"])
    if {"arms", "baseline"} <= given:
        yield from _baseline_problems(fields["arms"], fields["baseline"])
    if {"arms", "base"} <= given:
        yield from impossible_groups(fields)
    if "factors" in given:
        yield from factor_problems(fields, MOST_RUNS)
    if "outcomes" in given:
        yield from _outcome_problems(fields["outcomes"])
    if "replicates" in given:
        yield from _replicate_problems(fields)
    for name, limits in _WHOLE_NUMBERS.items():
        if name in given:
            yield from _whole_number_problems(name, fields[name], *limits)
    if "costs" in given:
        yield from cost_problems(fields["costs"], fields.get("arms"))
    yield from _size_problems(fields)


def _name_problems(name: object) -> Iterator[Located]:
    """A study's name is the name of a folder."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield Located(("study",), f"{shown_value(name)} cannot be the name of a folder", f"allowed: {NAME_IN_WORDS}")


def _arm_problems(arms: Sequence[Arm]) -> Iterator[Located]:
    """There is an arm, and no two have one name."""
    names = [arm.name for arm in arms]
    if not names:
        yield Located(("arms",), "a study needs at least one arm", "for example arms: {none: []}")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Located(("arms", name), "given twice")
    if "" in names:
        yield Located(("arms", ""), "an arm needs a name")


def _baseline_problems(arms: Sequence[Arm], baseline: object) -> Iterator[Located]:
    """The baseline is an arm."""
    names = [arm.name for arm in arms]
    if names and baseline not in names:
        allowed = f"arms of this study: {', '.join(names)}"
        nearest = nearest_name(str(baseline), names)
        yield Located(("baseline",), f"{shown_value(baseline)} is not an arm", allowed, nearest)


def _outcome_problems(outcomes: Iterable[object]) -> Iterator[Located]:
    """Every outcome is registered."""
    for index, name in enumerate(outcomes):
        if name not in OUTCOMES:
            problem = OUTCOMES.unknown(name)
            yield Located(("outcomes", index), problem.what, problem.allowed, problem.nearest)


def _whole_number_problems(key: str, value: object, low: int, high: int, example: str) -> Iterator[Located]:
    """A field is a whole number within bounds."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    allowed = f"allowed: a whole number from {low:,} to {high:,}, for example {example}"
    if not is_number:
        yield Located((key,), f"{shown_value(value)} is not a whole number", allowed)
    elif not low <= int(str(value)) <= high:
        yield Located((key,), f"{value} is out of range", allowed)


def _replicate_problems(fields: Mapping[str, Any]) -> Iterator[Located]:
    """Replicates are a number, or a rule that fits the arms and outcomes."""
    replicates = fields["replicates"]
    if isinstance(replicates, Adaptive):
        yield from adaptive_problems(replicates, fields.get("arms"), fields.get("outcomes", ()))
    else:
        yield from _whole_number_problems("replicates", replicates, 1, MOST_RUNS, "replicates: 30")


def _size_problems(fields: Mapping[str, Any]) -> Iterator[Located]:
    """The study does not ask for more runs than anybody could want."""
    points = number_of_points(fields)
    replicates = fields.get("replicates", 1)
    times = replicates.at_most if isinstance(replicates, Adaptive) else replicates
    runs = points * max(1, len(fields.get("arms", ()))) * (times if isinstance(times, int) else 1)
    if runs > MOST_RUNS and points > 1:
        yield Located(("factors",), f"the study asks for {runs:,} runs", f"allowed: at most {MOST_RUNS:,}")
