"""I6: people are told how common struggling is, and how kindly others think of it."""

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


@INTERVENTIONS.register("norm_correction")
class NormCorrection(Intervention):
    """Members of the target group are told the true prevalence, and what people in truth think of strugglers.

    A member's belief moves towards the prevalence in the whole population at that time, and perceived stigma towards
    the mean personal stigma of everybody. What was told is remembered as if so many disclosing people had been met, so
    it fades as all evidence fades; perceived stigma returns to the member's own level as it always does. Behaviour
    follows only through these two.
    """

    identifier: ClassVar[str] = "I6"

    type: Literal["norm_correction"] = "norm_correction"
    prevalence: float = parameter(
        1.0, "How far the belief moves to the true prevalence; 1 is all the way.", allowed=(0.0, 1.0),
        plausible=(0.3, 1.0), source="C-15 (Turetsky & Sanderson 2018: corrected), size assumed",
    )  # fmt: skip
    stigma: float = parameter(
        1.0, "How far perceived stigma moves to the mean personal stigma; 1 is all the way.", allowed=(0.0, 1.0),
        plausible=(0.3, 1.0), source="C-15 (Turetsky & Sanderson 2018: down for a while), size assumed",
    )  # fmt: skip
    every_days: float | None = parameter(
        None, "Told again after so many days, again and again; none for once.", unit="days", allowed=(0.01, None),
        plausible=(7.0, 90.0), grade="-", source="lever",
    )  # fmt: skip

    def begin(self, engine: Engine) -> object:
        """Find the members."""
        return self.members(engine.world)

    def due(self, world: World, step: int) -> bool:
        """On the first day, and every so many days."""
        return self.comes_round(world, step, self.every_days)

    def act(self, engine: Engine, begun: object) -> None:
        """Tell the members."""
        members = cast(Agents, begun)
        self._correct_belief(engine, members)
        perceived, mean_stigma = engine.column("perceived")[members], float(engine.column("stigma").mean())
        engine.assign("perceived", members, perceived + self.stigma * (mean_stigma - perceived))

    def _correct_belief(self, engine: Engine, members: Agents) -> None:
        """Move n of the members by moving the evidence that it follows from."""
        beliefs, true = engine.world.parameters.beliefs, float(engine.column("struggler").mean())
        if self.prevalence == 0.0:
            return
        believed = engine.column("believed")[members]
        evidence = _evidence_for(
            believed + self.prevalence * (true - believed),
            engine.column("disclosing")[members],
            engine.column("authors")[members],
            beliefs.prior_mean,
            beliefs.prior_weight,
            beliefs.silence_weight,
        )
        engine.assign("disclosing", members, evidence[:, 0])
        engine.assign("authors", members, evidence[:, 1])


@compiled
def _evidence_for(
    wanted: Floats, disclosing: Floats, authors: Floats, prior_mean: float, prior_weight: float, silence: float
) -> Floats:
    """S and M, [M, 2], under which people believe what is wanted, from that and their evidence now, [M] each.

    Silence stays what it is and S takes the value that makes n right; where no S is small enough, silence grows.
    """
    out = np.empty((len(wanted), 2))
    for row in range(len(wanted)):
        silent = max(0.0, authors[row] - disclosing[row])
        out[row, 0] = rules.disclosing_for(wanted[row], silent, prior_mean, prior_weight, silence)
        if out[row, 0] == 0.0:
            silent = rules.silent_for(wanted[row], silent, prior_mean, prior_weight, silence)
        out[row, 1] = out[row, 0] + silent
    return out
