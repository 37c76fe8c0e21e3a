"""I7: boards stop asking about past treatment, or ask more."""

from typing import ClassVar, Literal, cast

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.records import parameter
from simulation.world import Engine


@INTERVENTIONS.register("licensing")
class Licensing(Intervention):
    """A reform of licensing changes the career fear that the target group returns to.

    Career fear does not jump: it moves to the new level with its own half-life, and back after the end. Factors of
    several reforms that reach somebody multiply, and with `beliefs.fear_regime`.
    """

    identifier: ClassVar[str] = "I7"

    type: Literal["licensing"] = "licensing"
    factor: float = parameter(
        0.5, "Factor of the career fear that is sustained; below 1 relieves, above 1 threatens.", allowed=(0.0, 2.0),
        plausible=(0.5, 1.0), source="C-10 (fear of licensing), size assumed",
    )  # fmt: skip

    def begin(self, engine: Engine) -> object:
        """Put the reform into force."""
        return engine.levers.hold("fear_regime", self.members(engine.world), self.factor)

    def finish(self, engine: Engine, begun: object) -> None:
        """Take it back."""
        engine.levers.let_go(cast(int, begun))
