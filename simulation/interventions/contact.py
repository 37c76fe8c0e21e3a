"""I5: a campaign in which people meet somebody who tells of their own struggle."""

from typing import ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray

from simulation import rules
from simulation._compile import compiled
from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.interventions.target import Agents
from simulation.records import parameter
from simulation.world import Engine, World

Floats = NDArray[np.float64]


@INTERVENTIONS.register("contact")
class Contact(Intervention):
    """A contact campaign against stigma: its target group hears people tell of their struggles, off the platform.

    A member's personal stigma falls as if so many new disclosing authors had been met, and returns to the member's own
    level as it does after any contact. It does not touch what members think about how common struggling is, nor what
    they think that others think. The dose is given on the first day, or again every so many days until the end.
    """

    identifier: ClassVar[str] = "I5"

    type: Literal["contact"] = "contact"
    contacts: float = parameter(
        20.0, "Contacts in one dose; at the default share per contact (eta_c) 20 make a fall of 0.38 SD of stigma.",
        unit="contacts", allowed=(0.0, 10_000.0), plausible=(0.0, 33.0),
        source="C-22 (Maunder & White 2019: d = 0.384 at once, 0.526 at most), C-23 (null)", grade="C",
    )  # fmt: skip
    weight: float = parameter(
        1.0,
        "Weight of one contact; a mutual tie weighs 1, a stranger 0.25.",
        allowed=(0.0, 10.0),
        plausible=(0.25, 2.0),
    )
    every_days: float | None = parameter(
        None, "A further dose after so many days, again and again; none for a single dose.", unit="days",
        allowed=(0.01, None), plausible=(7.0, 90.0), grade="-", source="lever",
    )  # fmt: skip

    def begin(self, engine: Engine) -> object:
        """Find the members."""
        return self.members(engine.world)

    def due(self, world: World, step: int) -> bool:
        """On the first day, and every so many days."""
        return self.comes_round(world, step, self.every_days)

    def act(self, engine: Engine, begun: object) -> None:
        """Give a dose."""
        members, beliefs = cast(Agents, begun), engine.world.parameters.beliefs
        stigma = engine.column("stigma")[members]
        after = _after_contacts(stigma, self.weight, beliefs.contact, beliefs.stigma_minimum, self.contacts)
        engine.assign("stigma", members, after)


@compiled
def _after_contacts(stigma: Floats, weight: float, contact: float, minimum: float, contacts: float) -> Floats:
    """`stigma_after_contacts` for everybody in `stigma` [M]."""
    out = np.empty(len(stigma))
    for row in range(len(stigma)):
        out[row] = rules.stigma_after_contacts(stigma[row], weight, contact, minimum, contacts)
    return out
