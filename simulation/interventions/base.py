"""What every intervention is: a frozen record of levers that changes settings or acts on a run."""

from abc import ABC
from collections.abc import Iterable
from itertools import combinations
from math import inf
from typing import ClassVar, Self

from pydantic import model_validator

from simulation.errors import InputError, Problem
from simulation.parameters import Parameters
from simulation.records import Record, parameter
from simulation.registry import Registry
from simulation.world import Engine


class Intervention(Record, ABC):
    """Something that is done, from a day on and perhaps up to a day.

    A new one is a subclass with a field `type`, `@INTERVENTIONS.register(name)`, and any of the three methods. Before
    `start_day` it must leave no trace: an arm equals its baseline, event by event, until onset.
    """

    identifier: ClassVar[str] = ""
    """Number in docs/model.md, such as I1."""

    start_day: float = parameter(
        0.0, "Day on which it begins.", unit="days", allowed=(0.0, None), grade="-", source="lever"
    )
    end_day: float | None = parameter(
        None, "Day on which it ends; none for never.", unit="days", allowed=(0.0, None), grade="-", source="lever"
    )

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_day is not None and self.end_day <= self.start_day:
            raise ValueError(f"end_day {self.end_day:g} must come after start_day {self.start_day:g}")
        return self

    def configure(self, parameters: Parameters) -> Parameters:
        """The settings of the run under this intervention; unchanged unless it works through settings alone."""
        return parameters

    def contradicts(self, other: "Intervention") -> str:
        """Why it cannot go together with another one, as a sentence; empty where it can."""
        return ""

    def overlaps(self, other: "Intervention") -> bool:
        """Whether there is a time at which both are in force."""
        ends = [inf if action.end_day is None else action.end_day for action in (self, other)]
        return max(self.start_day, other.start_day) < min(ends)

    def begin(self, engine: Engine) -> object:
        """Act at the beginning of `start_day`; what is returned is handed to `finish`."""
        return None

    def finish(self, engine: Engine, begun: object) -> None:
        """Act at the beginning of `end_day`."""


def refuse_contradictions(actions: Iterable[Intervention]) -> None:
    """Make sure that interventions can go together.

    Raises:
        InputError: two of them contradict each other.
    """
    pairs = combinations(actions, 2)
    problems = [Problem("", sentence) for one, other in pairs if (sentence := one.contradicts(other))]
    if problems:
        raise InputError(*problems)


INTERVENTIONS: Registry[type[Intervention]] = Registry("intervention")
"""Every intervention by the name of its `type`."""
