"""I11: how feeds are made, in time or by rank, and whether attention goes by standing."""

from collections.abc import Collection
from typing import Any, ClassVar, Literal, NamedTuple, cast

from numpy.typing import NDArray

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.interventions.target import Agents, Target
from simulation.records import parameter
from simulation.world import Engine

COLUMNS = ("ranked", "hierarchy", "ranked_mutual")


class Before(NamedTuple):
    """How the feeds of the group were made before: rows [M], and the columns [M] by name."""

    members: Agents
    columns: dict[str, NDArray[Any]]


@INTERVENTIONS.register("feed_design")
class FeedDesign(Intervention):
    """Feeds of the target group are made in another way: newest first, or what engages most and is still fresh first.

    A ranked feed is ordered by appeal times shares, times freshness, times the tie. Levers left empty leave the feed
    as the settings make it. Two designs cannot be in force at once for the same people.
    """

    identifier: ClassVar[str] = "I11"

    type: Literal["feed_design"] = "feed_design"
    design: Literal["chronological", "ranked"] = parameter(
        "ranked", "Newest first, or by engagement, freshness and tie.", grade="-", source="lever"
    )
    hierarchy: float | None = parameter(
        None, "Attention by the author's rank (eta_h); 0 is level.", allowed=(0.0, 1.0), plausible=(0.0, 1.0),
        source="A-69, assumed",
    )  # fmt: skip
    mutual: float | None = parameter(
        None, "Factor of the rank of what comes from a mutual tie.", allowed=(0.0, 1000.0), plausible=(1.0, 4.0)
    )

    def contradicts(self, other: Intervention) -> str:
        """A feed has one order."""
        if not isinstance(other, FeedDesign) or not self.overlaps(other) or _apart(self.target, other.target):
            return ""
        return (
            f"two feed designs at once ({self.design}, {other.design}) for people who may be the same: let one end "
            "before the other begins, or give them groups that differ in role, specialty or community"
        )

    def begin(self, engine: Engine) -> object:
        """Make the feeds anew."""
        members = self.members(engine.world)
        before = Before(members, {name: engine.column(name)[members] for name in COLUMNS})
        wanted = (self.design == "ranked", self.hierarchy, self.mutual)
        for name, value in zip(COLUMNS, wanted, strict=True):
            if value is not None:
                engine.assign(name, members, value)
        return before

    def finish(self, engine: Engine, begun: object) -> None:
        """Make them as they were."""
        before = cast(Before, begun)
        for name, values in before.columns.items():
            engine.assign(name, before.members, values)


def _apart(one: Target | None, other: Target | None) -> bool:
    """Whether two groups can have nobody in common, whatever the world."""
    if one is None or other is None:
        return False

    def differ(first: Collection[object], second: Collection[object]) -> bool:
        return bool(first) and bool(second) and not set(first) & set(second)

    return (
        differ(one.roles, other.roles)
        or differ(one.specialties, other.specialties)
        or differ(one.communities, other.communities)
    )
