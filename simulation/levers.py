"""Levers: columns of people that interventions hold at a value while they are in force.

Several interventions may hold one column of the same people. What somebody's value then is follows from who holds it
now, and not from the order in which they came and went: each column has a rule for putting values together, in which
order does not count, and it is computed anew whenever a hold begins or ends. When nobody holds it, it is what it was.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulation.world import World

Agents = NDArray[np.int64]
Column = NDArray[Any]


class Lever(NamedTuple):
    """A column that can be held.

    Args:
        base: its values [N] while nobody holds it.
        combine: the rule for two values; one for which neither order nor grouping counts (products are taken from the
            smallest up, so that they too come out the same to the last bit).
        neutral: the value that changes nothing under the rule.
    """

    base: Callable[[World], Column]
    combine: np.ufunc
    neutral: float | bool


def _all(value: float | bool) -> Callable[[World], Column]:
    """The same base value for everybody."""
    return lambda world: np.full(world.n_agents, value)


LEVERS: dict[str, Lever] = {
    "guideline": Lever(
        lambda world: np.where(world.population.guided, world.parameters.posting.guideline_effect, 0.0),
        np.maximum,
        0.0,
    ),
    "fear_regime": Lever(lambda world: np.full(world.n_agents, world.parameters.beliefs.fear_regime), np.multiply, 1.0),
    "protected": Lever(lambda world: world.population.protected, np.logical_or, False),
    "visibility": Lever(lambda world: world.population.visibility, np.minimum, np.inf),
    "minutes_limit": Lever(_all(np.inf), np.minimum, np.inf),
    "overseen": Lever(_all(False), np.logical_or, False),
    "pledge": Lever(_all(1.0), np.multiply, 1.0),
}
"""What can be held.

Share of violations that shown guidelines prevent (the strongest counts); factor of the career fear that the licensing
regime sustains (factors multiply); protected account (once is enough); career visibility (the lowest counts); minutes
online per day (the lowest limit counts); whether one's posts come before the desk (once is enough);
factor of the chance to answer a trainee's struggle (factors multiply).
"""


class Hold(NamedTuple):
    """One intervention's hand on a lever: column, whose [M], and their values [M]."""

    column: str
    agents: Agents
    values: Column


class Assigning(Protocol):
    """What levers ask of an engine."""

    world: World

    def assign(self, name: str, agents: Agents, value: ArrayLike) -> None:
        """Set a column for some agents; one value, or one for each."""


class Levers:
    """Who holds what in a run; writes the columns of `LEVERS` and nothing else.

    Args:
        engine: whose columns these are; they begin at their base values.
        known: the levers there are.
    """

    def __init__(self, engine: Assigning, known: Mapping[str, Lever] = LEVERS) -> None:
        self._engine = engine
        self._known = known
        self._base = {name: lever.base(engine.world) for name, lever in known.items()}
        self._held: dict[int, Hold] = {}
        self._next = 0
        everybody = np.arange(engine.world.n_agents)
        for name, values in self._base.items():
            engine.assign(name, everybody, values)

    def hold(self, column: str, agents: Agents, value: ArrayLike) -> int:
        """Hold a column of some agents at a value, or at one for each; the number under which to let go."""
        number, self._next = self._next, self._next + 1
        self._held[number] = Hold(column, agents, np.broadcast_to(np.asarray(value), agents.shape))
        self._set(column, agents)
        return number

    def let_go(self, number: int) -> None:
        """End a hold."""
        hold = self._held.pop(number)
        self._set(hold.column, hold.agents)

    def _set(self, column: str, agents: Agents) -> None:
        """Write what follows from all holds in force for some agents."""
        lever = self._known[column]
        values = [self._base[column]]
        for hold in self._held.values():
            if hold.column == column:
                held = np.full(self._engine.world.n_agents, lever.neutral)
                held[hold.agents] = hold.values
                values.append(held)
        together = np.sort(np.stack([each[agents] for each in values]), axis=0)
        self._engine.assign(column, agents, lever.combine.reduce(together, axis=0))
