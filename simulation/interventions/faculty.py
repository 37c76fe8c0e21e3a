"""I8: faculty as role models, who tell of their own struggle, or pledge to answer trainees who struggle."""

from collections.abc import Sequence
from typing import ClassVar, Literal, cast

import numpy as np

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.interventions.chat import lacks_tag, open_tag
from simulation.interventions.target import Agents, Target
from simulation.posts import Kind
from simulation.records import parameter
from simulation.world import Engine, World

FACULTY_ONLY = Target(roles=("faculty",))


@INTERVENTIONS.register("elite_disclosure")
class EliteDisclosure(Intervention):
    """Elite disclosure: the most followed of the group, faculty by default, tell of a struggle at a set time.

    Their posts are struggles like any other to those who read them, whatever state their authors are in now.
    """

    identifier: ClassVar[str] = "I8"

    type: Literal["elite_disclosure"] = "elite_disclosure"
    target: Target | None = parameter(
        FACULTY_ONLY, "The group it is meant for; faculty where left out, everybody for none.", grade="-",
        source="lever",
    )  # fmt: skip
    count: int = parameter(
        3, "How many of them tell: those with the most followers on day 0.", unit="people", allowed=(1, 100_000),
        plausible=(1, 20), source="A-39, size assumed",
    )  # fmt: skip
    tag: str | None = parameter(
        None, "Name of the tag that the posts carry; none for no tag.", grade="-", source="lever"
    )
    every_days: float | None = parameter(
        None, "They tell again after so many days, again and again; none for once.", unit="days",
        allowed=(0.01, None), plausible=(7.0, 90.0), grade="-", source="lever",
    )  # fmt: skip

    def needs(self, others: Sequence[Intervention]) -> str:
        """Posts that carry a tag need it."""
        return lacks_tag(self.tag, self, others) if self.tag is not None else ""

    def begin(self, engine: Engine) -> object:
        """Find the hubs."""
        members, graph = self.members(engine.world), engine.world.graph
        order = np.lexsort((members, -graph.follower_counts[members]))
        return np.sort(members[order[: self.count]])

    def due(self, world: World, step: int) -> bool:
        """On the first day, and every so many days."""
        return self.comes_round(world, step, self.every_days)

    def act(self, engine: Engine, begun: object) -> None:
        """The hubs tell."""
        tag = open_tag(engine, self.tag) if self.tag is not None else -1
        for agent in cast(Agents, begun).tolist():
            engine.prompt(agent, Kind.STRUGGLE, tag)


@INTERVENTIONS.register("faculty_pledge")
class FacultyPledge(Intervention):
    """Faculty pledge: members of the group, faculty by default, answer struggles of trainees more often.

    Of several pledges of one person the factors multiply.
    """

    identifier: ClassVar[str] = "I8"

    type: Literal["faculty_pledge"] = "faculty_pledge"
    target: Target | None = parameter(
        FACULTY_ONLY, "The group it is meant for; faculty where left out, everybody for none.", grade="-",
        source="lever",
    )  # fmt: skip
    factor: float = parameter(
        3.0, "Factor of the chance to answer a trainee's struggle.", allowed=(0.0, 100.0), plausible=(1.0, 5.0),
        source="A-85, size assumed",
    )  # fmt: skip

    def begin(self, engine: Engine) -> object:
        """The pledge holds."""
        return engine.levers.hold("pledge", self.members(engine.world), self.factor)

    def finish(self, engine: Engine, begun: object) -> None:
        """It holds no longer."""
        engine.levers.let_go(cast(int, begun))
