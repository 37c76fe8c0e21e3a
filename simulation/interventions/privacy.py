"""I9: people protect their accounts, or take a pseudonym."""

from typing import ClassVar, Literal, cast

from simulation import draws
from simulation.draws import Decision
from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.interventions.target import Agents
from simulation.records import parameter
from simulation.world import Engine, World


@INTERVENTIONS.register("privacy")
class Privacy(Intervention):
    """A review of privacy settings: public accounts of the target group become protected or pseudonymous.

    What is written from a protected account is never retweeted and never in a tag stream, but what it wrote before
    stays public. Both lower the career visibility with which fear is weighted when a member thinks of disclosing. At
    the end accounts are again what they were. Accounts that were protected or pseudonymous before stay so.
    """

    identifier: ClassVar[str] = "I9"

    type: Literal["privacy"] = "privacy"
    protected_share: float = parameter(
        0.3, "Share of the group's public accounts that become protected.", allowed=(0.0, 1.0), plausible=(0.0, 0.5),
        source="A-84, size assumed",
    )  # fmt: skip
    pseudonymous_share: float = parameter(
        0.0, "Share of the group's other public accounts that take a pseudonym.", allowed=(0.0, 1.0),
        plausible=(0.0, 0.3), source="A-99, size assumed",
    )  # fmt: skip
    sample: int = parameter(
        0, "Number of the draw of these accounts; another number draws others.", allowed=(0, 2**31 - 1), grade="-",
        source="lever",
    )  # fmt: skip

    def accounts(self, world: World) -> tuple[Agents, Agents]:
        """Whose accounts become protected, and whose pseudonymous: rows, ascending."""
        members = self.members(world)
        public = members[~(world.population.protected | world.population.pseudonymous)[members]]
        hides = draws.uniforms(world.seed, Decision.PRIVACY, public, self.sample << 1) < self.protected_share
        others = public[~hides]
        masks = draws.uniforms(world.seed, Decision.PRIVACY, others, self.sample << 1 | 1) < self.pseudonymous_share
        return public[hides], others[masks]

    def begin(self, engine: Engine) -> object:
        """Change the accounts."""
        disclosure = engine.world.parameters.disclosure
        protected, pseudonymous = self.accounts(engine.world)
        return [
            engine.levers.hold("protected", protected, True),
            engine.levers.hold("visibility", protected, disclosure.visibility_protected),
            engine.levers.hold("visibility", pseudonymous, disclosure.visibility_pseudonymous),
        ]

    def finish(self, engine: Engine, begun: object) -> None:
        """Change them back."""
        for number in cast(list[int], begun):
            engine.levers.let_go(number)
