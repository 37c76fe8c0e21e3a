"""Scenarios: what the world is in each point of a design."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple, overload

import polars as pl
from pydantic.fields import FieldInfo

from experiments.arms import Arm
from experiments.designs import Design
from experiments.factors import Factors, Point, Range, written_values
from experiments.levers import is_lever, lever_field, with_levers
from experiments.problems import field_of
from experiments.yaml_files import canonical, shown_value
from simulation import NETWORKS, Parameters


class _Declared(NamedTuple):
    """A declaration that no record holds."""

    path: str
    field: FieldInfo


KIND_OF_NETWORK = _Declared(
    "network.type",
    FieldInfo(annotation=Literal[tuple(NETWORKS)], description="Kind of network, with its default settings."),  # type: ignore[arg-type]
)
"""Any network may take the place of the one that is given."""
NO_FACTORS = "-"
"""Label of the only scenario of a study without factors."""
_NUMBERS = {int, float}
MOST_KEPT = 5_000
"""Scenarios that are kept once they have been made."""


class Scenario(NamedTuple):
    """A point of the design: what the world is.

    Args:
        label: short and stable, such as `beliefs.stigma_mean=0.45`.
        parameters: the base with the values of the point.
        arms: those of the study, with the levers that are factors set to the values of the point.
        point: the value of each factor.
    """

    label: str
    parameters: Parameters
    arms: tuple[Arm, ...]
    point: Point


@dataclass(frozen=True)
class Given:
    """What scenarios follow from.

    Args:
        base, arms, factors, design, seed: as the study has them.
        text: all of it spelled out, by which two of these are known to be the same.
    """

    base: Parameters = field(compare=False)
    arms: tuple[Arm, ...] = field(compare=False)
    factors: Factors = field(compare=False)
    design: Design = field(compare=False)
    seed: int = field(compare=False)
    text: str = ""


def given(base: Parameters, arms: Sequence[Arm], factors: Factors, design: Design, seed: int) -> Given:
    """What scenarios follow from, ranges of whole numbers being known as such."""
    spelled = {
        "base": base.model_dump(mode="json"),
        "arms": [[arm.name, [action.model_dump(mode="json") for action in arm.interventions]] for arm in arms],
        "factors": [[path, written_values(values)] for path, values in factors.items()],
        "design": design.model_dump(mode="json"),
        "seed": seed,
    }
    return Given(base, tuple(arms), _typed(base, arms, factors), design, seed, canonical(spelled))


def _typed(base: Parameters, arms: Sequence[Arm], factors: Factors) -> Factors:
    """Factors whose ranges know whether their values are whole numbers."""
    return {path: _whole(values, base, arms, path) for path, values in factors.items()}


def _whole(values: Any, base: Parameters, arms: Sequence[Arm], path: str) -> Any:  # noqa: ANN401 - values of any kind
    """The values of a factor, a range with whole numbers where the setting is one."""
    if not isinstance(values, Range):
        return values
    declared = declared_at(base, arms, path)
    return Range(values.low, values.high, values.scale, declared is not None and "int" in str(declared.annotation))


def declared_at(base: Parameters, arms: Sequence[Arm], path: str) -> Any:  # noqa: ANN401 - a pydantic field or None
    """The declaration of the setting or lever at a path, None when there is none."""
    if path == KIND_OF_NETWORK.path:
        return KIND_OF_NETWORK.field
    return lever_field(arms, path) if is_lever(path) else field_of(base, path)


class Scenarios(Sequence[Scenario]):
    """The scenarios of a study, each once, in the order of the design.

    They are made when they are asked for, and only some thousands of them are kept: what is held is the points.

    Args:
        of: what they follow from.

    `points` and `labels` are those of the design in its order, in which a scenario may come more than once;
    `labels_once` names every scenario once.
    """

    def __init__(self, of: Given) -> None:
        self.of = of
        self.points: tuple[Point, ...] = tuple(of.design.choose(of.factors, of.seed))
        self.labels: tuple[str, ...] = tuple(label_of(point) for point in self.points)
        first = {label: index for index, label in reversed(tuple(enumerate(self.labels)))}
        self.labels_once: tuple[str, ...] = tuple(dict.fromkeys(self.labels))
        self._first = tuple(first[label] for label in self.labels_once)
        self._kept: dict[int, Scenario] = {}

    def __len__(self) -> int:
        """How many scenarios."""
        return len(self._first)

    @overload
    def __getitem__(self, index: int) -> Scenario: ...
    @overload
    def __getitem__(self, index: slice) -> list[Scenario]: ...
    def __getitem__(self, index: int | slice) -> Scenario | list[Scenario]:
        """A scenario by its place."""
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        place = range(len(self))[index]
        kept = self._kept.get(place)
        if kept is not None:
            return kept
        scenario = scenario_of(self.of, self.points[self._first[place]], self.labels_once[place])
        if len(self._kept) < MOST_KEPT:
            self._kept[place] = scenario
        return scenario


@lru_cache(maxsize=4)
def designed(of: Given) -> Scenarios:
    """Every scenario, each made once to see that it can be; kept, because a study is checked first and run later.

    Raises:
        pydantic.ValidationError: a combination of values is not allowed.
        InputError: levers make two interventions contradict each other.
    """
    scenarios = Scenarios(of)
    for _ in scenarios:
        continue
    return scenarios


def scenario_of(of: Given, point: Point, label: str = "") -> Scenario:
    """The scenario at a point, with its label where that is known already.

    Raises:
        pydantic.ValidationError, InputError: the values do not go together.
    """
    levers = {path: value for path, value in point.items() if is_lever(path)}
    settings = {path: value for path, value in point.items() if path not in levers}
    parameters = of.base.with_values(settings) if settings else of.base
    arms = with_levers(of.arms, levers) if levers else of.arms
    return Scenario(label or label_of(point), parameters, arms, point)


def label_of(point: Point) -> str:
    """The label of a point; a value is written as in the study file."""
    return ", ".join(f"{path}={_written(value)}" for path, value in point.items()) or NO_FACTORS


def _written(value: object) -> str:
    """A value of a factor in a label."""
    if isinstance(value, str):
        return value
    return repr(value) if type(value) in _NUMBERS else shown_value(value)


def scenario_table(study: str, scenarios: Scenarios) -> pl.DataFrame:
    """One row per point of the design: study, point (from 1), scenario, and the value of every factor."""
    columns = {
        "study": [study] * len(scenarios.points),
        "point": list(range(1, len(scenarios.points) + 1)),
        "scenario": list(scenarios.labels),
    }
    factors = {path: _column([point[path] for point in scenarios.points]) for path in scenarios.of.factors}
    return pl.DataFrame(columns, schema={"study": pl.String, "point": pl.Int32, "scenario": pl.String}).with_columns(
        **factors
    )


def _column(values: list[Any]) -> pl.Series:
    """Values of a factor as a column: numbers where all of them are, texts otherwise."""
    kinds = {type(value) for value in values}
    if kinds <= {int, float} or kinds <= {bool}:
        return pl.Series(values, dtype=pl.Float64 if float in kinds else None)
    return pl.Series([None if value is None else _written(value) for value in values], dtype=pl.String)
