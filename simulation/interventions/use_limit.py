"""I10: people spend no more than so many minutes a day online."""

from typing import ClassVar, Literal, cast

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.records import parameter
from simulation.world import Engine


@INTERVENTIONS.register("use_limit")
class UseLimit(Intervention):
    """Use is capped: members of the target group read no further once the minutes of a day are used up.

    No session begins on that day any more; what a session has begun to answer or to write is finished, so a day may end
    a few minutes above the limit. Days are those of the common clock. Of several limits the lowest counts.
    """

    identifier: ClassVar[str] = "I10"

    type: Literal["use_limit"] = "use_limit"
    minutes: float = parameter(
        30.0, "Minutes online in a day.", unit="min/day", allowed=(0.0, 1440.0), plausible=(15.0, 60.0),
        source="C-36 (Hunt 2018: about 30 minutes)", grade="V",
    )  # fmt: skip

    def begin(self, engine: Engine) -> object:
        """Set the limit."""
        return engine.levers.hold("minutes_limit", self.members(engine.world), self.minutes)

    def finish(self, engine: Engine, begun: object) -> None:
        """Lift it."""
        engine.levers.let_go(cast(int, begun))
