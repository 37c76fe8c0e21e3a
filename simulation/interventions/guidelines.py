"""I4: guidelines for professional conduct online, shown or taught."""

from typing import ClassVar, Literal, cast

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.records import parameter
from simulation.world import Engine


@INTERVENTIONS.register("guidelines")
class Guidelines(Intervention):
    """Guidelines are shown to the target group, or its members are trained: they break fewer rules.

    The chance of every violation of a member's posts, and of a derogatory reply, falls by the share `effect` as long as
    it lasts. Of several campaigns that reach somebody the strongest counts, that of the regime `guidelines` among them.
    The guided share is the share of the target.
    """

    identifier: ClassVar[str] = "I4"

    type: Literal["guidelines"] = "guidelines"
    effect: float | None = parameter(
        None, "Share of violations prevented among those guided (g); none for posting.guideline_effect.",
        allowed=(0.0, 1.0), plausible=(0.0, 0.17), source="C-55 (Matias 2019, 2022)", grade="V2",
    )  # fmt: skip

    def begin(self, engine: Engine) -> object:
        """Guide the members."""
        usual = engine.world.parameters.posting.guideline_effect
        effect = usual if self.effect is None else self.effect
        return engine.levers.hold("guideline", self.members(engine.world), effect)

    def finish(self, engine: Engine, begun: object) -> None:
        """Stop guiding them."""
        engine.levers.let_go(cast(int, begun))
