"""Worlds of the laws, run on either engine, and people who only watch or write once.

The worlds themselves are those of the scorecard: `experiments.validation.worlds`.
"""

from collections.abc import Callable
from typing import Any

from experiments.validation.worlds import (
    ALWAYS,
    EVERYBODY_EVERY_STEP,
    STILL,
    Made,
    Says,
    SeedsAt,
    graph_of,
    still,
)
from simulation import Intervention, Parameters, Person, SupportNetworkModel
from simulation.agents import AgentsEngine

__all__ = [
    "ALWAYS", "EVERYBODY_EVERY_STEP", "STILL", "Made", "Says", "SeedsAt", "Watched", "begin", "begin_compiled",
    "graph_of", "once", "people_of", "run", "run_compiled", "still",
]  # fmt: skip


def begin(parameters: Parameters, seed: int, agent_class: type[Person] = Person, **options: Any) -> SupportNetworkModel:
    """A model before its first step; outcomes are taken only where asked for."""
    return SupportNetworkModel(
        parameters, rng=seed, agent_class=agent_class, **{"engine": "agents", "outcomes": (), **options}
    )


def begin_compiled(parameters: Parameters, seed: int, *actions: Intervention, **options: Any) -> SupportNetworkModel:
    """The same on the engine `kernels`, under interventions."""
    return begin(parameters, seed, engine="kernels", interventions=actions, **options)


def run_compiled(
    parameters: Parameters, seed: int, *actions: Intervention, days: float | None = None, **options: Any
) -> SupportNetworkModel:
    """A model of the engine `kernels` that has run to its end, or for some days."""
    model = begin_compiled(parameters, seed, *actions, **options)
    model.run(days)
    return model


def run(
    parameters: Parameters, seed: int, agent_class: type[Person] = Person, days: float | None = None, **options: Any
) -> SupportNetworkModel:
    """A model that has run to its end, or for some days."""
    model = begin(parameters, seed, agent_class, **options)
    model.run(days)
    return model


def people_of(model: SupportNetworkModel) -> list[Any]:
    """The people of a run, in order, with whatever their class has noted."""
    assert isinstance(model.engine, AgentsEngine)
    return model.engine.people


def once(step: int = 0, who: Callable[[Person], bool] = lambda person: True) -> type[Person]:
    """People of whom some write exactly one post, in one step, and the others none; they must be online then."""

    class Once(Person):
        def wants_to_post(self) -> bool:
            return self.slot == 0 and who(self)

        def write(self) -> None:
            """Write in that step alone; a session of another step yields nothing."""
            if self.engine.step != step:
                self.sessions = 0
            super().write()

    return Once


class Watched(Person):
    """Somebody who acts as anybody and keeps a list of what was viewed: (step, row of the item, row of its root)."""

    def _begin_memory(self) -> None:
        super()._begin_memory()
        self.sightings: list[tuple[int, int, int]] = []

    def believe(self) -> None:
        """Note what was viewed, then believe."""
        self.sightings.extend((self.engine.step, item.row, root.row) for item, root in self.seen)
        super().believe()
