"""What every intervention is: a frozen record of levers that changes settings or acts on a run."""

from abc import ABC
from collections.abc import Sequence
from math import inf
from typing import ClassVar, NamedTuple, Self

import numpy as np
from pydantic import model_validator

from simulation.interventions.target import Agents, Target
from simulation.parameters import Parameters
from simulation.records import Record, parameter
from simulation.registry import Registry
from simulation.world import Engine, Tag, World


class Lack(NamedTuple):
    """What an intervention lacks: the lever that names it, the sentence, what would do, and the nearest name."""

    lever: str
    what: str
    allowed: str = ""
    nearest: str = ""


class Intervention(Record, ABC):
    """Something that is done, from a day on and perhaps up to a day, to everybody or to a group.

    A new one is a subclass with a field `type`, `@INTERVENTIONS.register(name)`, and whichever of the methods it needs.
    Before `start_day` it must leave no trace: an arm equals its baseline, event by event, until onset.

    What somebody is, as long as the intervention lasts, it holds: `engine.levers.hold(column, agents, value)` in
    `begin`, `let_go` in `finish`; other interventions may then hold the same at the same time. What it does at certain
    moments it does in `act`, which is called in the steps that are `due`.
    """

    identifier: ClassVar[str] = ""
    """Number in docs/model.md, such as I1."""

    start_day: float = parameter(
        0.0, "Day on which it begins.", unit="days", allowed=(0.0, None), grade="-", source="lever"
    )
    end_day: float | None = parameter(
        None, "Day on which it ends; none for never.", unit="days", allowed=(0.0, None), grade="-", source="lever"
    )
    target: Target | None = parameter(None, "The group it is meant for; none for everybody.", grade="-", source="lever")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_day is not None and self.end_day <= self.start_day:
            raise ValueError(f"end_day {self.end_day:g} must come after start_day {self.start_day:g}")
        return self

    # --- what it says before a run ---------------------------------------------------------------------------------

    def configure(self, parameters: Parameters) -> Parameters:
        """The settings of the run under this intervention; unchanged unless it works through settings alone."""
        return parameters

    def contradicts(self, other: "Intervention") -> str:
        """Why it cannot go together with another one, as a sentence; empty where it can."""
        return ""

    def needs(self, others: "Sequence[Intervention]") -> "Lack | None":
        """What it lacks among the other interventions of its arm; None where it lacks nothing."""
        return None

    def sure_to_miss(self, parameters: Parameters) -> "Lack | None":
        """What `misses` will say of every population with these settings; None where they alone do not show it."""
        return None

    def misses(self, world: World) -> "Lack | None":
        """Whom it looks for in its group and does not find in this population; None where it finds them.

        What is missing does not keep a run from going on. Asked only where there is somebody in the group.
        """
        return None

    def tags(self) -> list[Tag]:
        """The support tags that it opens."""
        return []

    def overlaps(self, other: "Intervention") -> bool:
        """Whether there is a time at which both are in force."""
        ends = [inf if action.end_day is None else action.end_day for action in (self, other)]
        return max(self.start_day, other.start_day) < min(ends)

    def members(self, world: World) -> Agents:
        """Whom it is meant for: rows [M], ascending."""
        return np.arange(world.n_agents) if self.target is None else self.target.members(world)

    # --- what it does in a run -------------------------------------------------------------------------------------

    def begin(self, engine: Engine) -> object:
        """Act at the beginning of `start_day`; what is returned is handed to `act` and `finish`."""
        return None

    def due(self, world: World, step: int) -> bool:
        """Whether `act` is to be called at the beginning of a step in which it is in force.

        The same answer for the same world and step, whatever has happened: engines ask ahead.
        """
        return False

    def act(self, engine: Engine, begun: object) -> None:
        """Act in a step that is due; the first one may be that of `start_day`."""

    def finish(self, engine: Engine, begun: object) -> None:
        """Act at the beginning of `end_day`."""

    def comes_round(self, world: World, step: int, every_days: float | None) -> bool:
        """Whether a step is that of `start_day`, or a whole number of `every_days` (at least a step) after it."""
        since = step - world.step_of(self.start_day)
        if every_days is None:
            return since == 0
        return since >= 0 and since % max(1, round(every_days * world.parameters.steps_per_day)) == 0


INTERVENTIONS: Registry[type[Intervention]] = Registry("intervention")
"""Every intervention by the name of its `type`."""
