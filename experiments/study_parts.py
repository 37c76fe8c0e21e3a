"""What a study is made of: arms, scenarios, and the checks that a file and a Python call share.

A check yields every problem it finds, at the path of the key in a study file. The scenario is what the world is, the
arm is what we do, the replicate is luck.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from experiments.arm_checks import impossible_groups
from experiments.designs import Design, Factors, Point
from experiments.problems import inner_record, validated, value_problem
from experiments.yaml_files import Located, shown_value
from simulation import (
    EVENT_TABLES,
    OUTCOMES,
    EventLog,
    Intervention,
    Parameters,
    Record,
    declarations,
    event_log,
    nearest_name,
    refuse_contradictions,
)

MOST_RUNS = 1_000_000
"""Runs that one study may ask for."""
LARGEST_SEED = 2**63 - 1
NO_FACTORS = "-"
"""Label of the only scenario of a study without factors."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Arm:
    """A named set of interventions: what we do.

    Args:
        name: as it stands in tables and figures.
        interventions: applied together; none is the world left alone.

    Raises:
        InputError: two interventions contradict each other.
    """

    name: str
    interventions: tuple[Intervention, ...] = ()

    def __init__(self, name: str, interventions: Sequence[Intervention] = ()) -> None:
        refuse_contradictions(interventions)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "interventions", tuple(interventions))


class Scenario(NamedTuple):
    """A point of the design: what the world is.

    Args:
        label: short and stable, such as `beliefs.stigma_mean=0.45`.
        parameters: the base with the values of the point.
    """

    label: str
    parameters: Parameters


def label_of(point: Point) -> str:
    """The label of a point; a value is written as in the study file."""
    return ", ".join(f"{path}={_written(value)}" for path, value in point.items()) or NO_FACTORS


def _written(value: object) -> str:
    """A value of a factor in a label."""
    return value if isinstance(value, str) else shown_value(value)


def scenarios_of(base: Parameters, factors: Factors, design: Design) -> list[Scenario]:
    """Every scenario, in the order of the design."""
    points = design.points(factors)
    return [Scenario(label_of(point), base.with_values(point) if point else base) for point in points]


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
    if {"base", "factors"} <= given:
        yield from _factor_problems(fields["base"], fields["factors"], fields.get("design"))
    if "outcomes" in given:
        yield from _outcome_problems(fields["outcomes"])
    if "replicates" in given:
        yield from _whole_number_problems("replicates", fields["replicates"], 1, MOST_RUNS, "replicates: 30")
    if "seed" in given:
        yield from _whole_number_problems("seed", fields["seed"], 0, LARGEST_SEED, "seed: 42")
    yield from _size_problems(fields)


def log_of(raw: object) -> EventLog | list[Located] | None:
    """What is asked for under `events`, or what is wrong with it: names of tables, a mapping, a log, or nothing."""
    if raw is None or isinstance(raw, EventLog):
        return raw
    if isinstance(raw, Mapping):
        return validated(EventLog, dict(raw), ("events",), "an event log")
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        what = f"{shown_value(raw)} is neither a list of tables nor a group of settings"
        return [Located(("events",), what, f"for example events: [views, reactions]; {_known_tables()}")]
    wrong = [(index, name) for index, name in enumerate(raw) if name not in EVENT_TABLES]
    if wrong:
        return [
            Located(("events", index), f"{shown_value(name)} is not a table of the event log", _known_tables(),
                    nearest_name(str(name), EVENT_TABLES))
            for index, name in wrong
        ]  # fmt: skip
    return event_log(list(raw)) if raw else None


def _known_tables() -> str:
    """The sentence that names the tables of a log."""
    return f"tables: {', '.join(EVENT_TABLES)}"


def _name_problems(name: object) -> Iterator[Located]:
    """A study's name is the name of a folder."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        allowed = "allowed: up to 80 letters, digits, dots, hyphens and underscores, the first a letter or digit"
        yield Located(("study",), f"{shown_value(name)} cannot be the name of a folder", allowed)


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


def _factor_problems(base: Parameters, factors: Factors, design: Design | None) -> Iterator[Located]:
    """Every factor is a setting, every value is allowed, and so is every combination."""
    found = [problem for path, values in factors.items() for problem in _values_problems(base, path, values)]
    yield from found
    if not found and design is not None and number_of_points(factors) <= MOST_RUNS:
        yield from _combination_problems(base, factors, design)


def _values_problems(base: Parameters, path: str, values: Sequence[object]) -> Iterator[Located]:
    """The path of a factor and each of its values."""
    field = field_at(base, path)
    if field is None:
        yield unknown_setting(base, path)
        return
    if not values:
        yield Located(("factors", path), "has no values", "for example [0.3, 0.45, 0.6]")
    for index, value in enumerate(values):
        problem = value_problem(field, value, ("factors", path, index))
        if problem:
            yield problem
        elif value in values[:index]:
            yield Located(("factors", path, index), f"{shown_value(value)} is given twice")


def _combination_problems(base: Parameters, factors: Factors, design: Design) -> Iterator[Located]:
    """The first combination of values that the settings do not allow, if there is one."""
    for point in design.points(factors):
        try:
            base.with_values(point)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            yield Located(("factors",), f"the scenario {label_of(point)} cannot be: {first}")
            return


def _size_problems(fields: Mapping[str, Any]) -> Iterator[Located]:
    """The study does not ask for more runs than anybody could want."""
    points = number_of_points(fields.get("factors", {}))
    replicates = fields.get("replicates", 1)
    runs = points * max(1, len(fields.get("arms", ()))) * (replicates if isinstance(replicates, int) else 1)
    if runs > MOST_RUNS and points > 1:
        yield Located(("factors",), f"the study asks for {runs:,} runs", f"allowed: at most {MOST_RUNS:,}")


def number_of_points(factors: Factors) -> int:
    """How many combinations the factors have."""
    return math.prod(len(values) for values in factors.values())


def field_at(base: Parameters, path: str) -> FieldInfo | None:
    """The declaration of the setting at a dotted path, None when there is no such setting."""
    *groups, name = path.split(".")
    record: object = base
    for group in groups:
        record = getattr(record, group, None) if isinstance(record, Record) else None
    field = type(record).model_fields.get(name) if isinstance(record, Record) else None
    return field if field is not None and (inner_record(field) is None or field.json_schema_extra) else None


def unknown_setting(base: Parameters, path: str) -> Located:
    """The problem with a factor that is not a setting."""
    names = setting_paths(base)
    by_last_word = {name.rsplit(".", 1)[-1]: name for name in reversed(names)}
    nearest = nearest_name(path, names) or by_last_word.get(path.rsplit(".", 1)[-1], "")
    is_group = any(name.startswith(f"{path}.") for name in names)
    what = "is a group of settings, not a setting" if is_group else "no such setting"
    allowed = "a factor is a setting such as beliefs.stigma_mean; 'supportnet list parameters' shows all"
    return Located(("factors", path), what, allowed, "" if is_group else nearest)


def setting_paths(base: Parameters) -> list[str]:
    """Dotted paths of every setting, those of the network included."""
    own = [item.path for item in declarations(Parameters) if not item.path.startswith("network")]
    return own + [item.path for item in declarations(type(base.network), "network.")]
