"""I12: struggles that nobody answers are shown to people who help."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray

from simulation import draws
from simulation.draws import Decision
from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.interventions.target import Agents, Target
from simulation.records import parameter
from simulation.world import Engine, World


@dataclass
class Duty:
    """What a routing remembers.

    Args:
        helpers: rows [M], ascending; shown: how many posts each one [M] was shown on `day`.
        routed: rows of the posts that were shown to somebody.
    """

    helpers: Agents
    shown: NDArray[np.int64]
    day: int = -1
    routed: set[int] = field(default_factory=set)


@INTERVENTIONS.register("routing")
class Routing(Intervention):
    """Routing: a public struggle without an answer after some hours is put at the top of the feeds of a few helpers.

    Helpers are the target group, superusers by default. Each post is shown once, to a few helpers by chance
    who have room for it today; where nobody has it waits. What a helper does with it is up to
    the helper. Posts of protected accounts stay with their followers.
    """

    identifier: ClassVar[str] = "I12"

    type: Literal["routing"] = "routing"
    target: Target | None = parameter(
        Target(superusers=True), "The helpers; superusers where left out, everybody for none.", grade="-",
        source="lever",
    )  # fmt: skip
    delay_hours: float = parameter(
        2.0, "How long a struggle stands without an answer before it is shown.", unit="h", allowed=(0.0, 168.0),
        plausible=(1.0, 24.0),
    )  # fmt: skip
    capacity: int = parameter(
        5, "Posts that one helper is shown in a day.", unit="posts/day", allowed=(0, 1000), plausible=(1, 20)
    )
    copies: int = parameter(
        3, "Helpers to whom one post is shown.", unit="people", allowed=(1, 1000), plausible=(1, 10)
    )

    def begin(self, engine: Engine) -> object:
        """Find the helpers."""
        helpers = self.members(engine.world)
        return Duty(helpers, np.zeros(len(helpers), dtype=np.int64))

    def due(self, world: World, step: int) -> bool:
        """In every step."""
        return True

    def act(self, engine: Engine, begun: object) -> None:
        """Show what has waited long enough."""
        duty, parameters = cast(Duty, begun), engine.world.parameters
        today = engine.step // parameters.steps_per_day
        if today != duty.day:
            duty.day = today
            duty.shown[:] = 0
        delay = round(self.delay_hours * 60.0 / parameters.step_minutes)
        waiting = engine.unanswered(engine.step - delay)
        for row, key, author in zip(*(column.tolist() for column in waiting), strict=True):
            if row not in duty.routed:
                chosen = self._choose(engine.world, duty, key, author)
                if len(chosen):
                    duty.routed.add(row)
                    duty.shown[chosen] += 1
                    engine.show(row, duty.helpers[chosen])

    def _choose(self, world: World, duty: Duty, key: int, author: int) -> Agents:
        """Places [at most `copies`] of the helpers for a post: by chance among those who have room today."""
        able = np.flatnonzero((duty.shown < self.capacity) & (duty.helpers != author))
        luck = draws.uniforms(world.seed, Decision.ROUTE, duty.helpers[able], key)
        return np.sort(able[np.lexsort((able, luck))[: self.copies]])
