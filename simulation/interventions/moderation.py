"""I3: moderation, from shown guidelines to a desk that sees every tagged post first."""

from typing import ClassVar, Literal, NamedTuple, cast

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.parameters import ModerationSettings
from simulation.posts import Violation
from simulation.records import parameter
from simulation.world import DeskSettings, Engine

Regime = Literal["none", "guidelines", "reactive", "automatic_review", "automatic_removal", "pre_moderation"]


class Channels(NamedTuple):
    """What a regime consists of."""

    guidelines: bool = False
    desk: bool = True
    reports: bool = False
    detector: bool = False
    review: bool = True
    hold_tagged: bool = False


REGIMES: dict[str, Channels] = {
    "none": Channels(desk=False),
    "guidelines": Channels(guidelines=True, desk=False),
    "reactive": Channels(reports=True),
    "automatic_review": Channels(detector=True),
    "automatic_removal": Channels(detector=True, review=False),
    "pre_moderation": Channels(reports=True, hold_tagged=True),
}
"""Which channels lead to the desk under each regime, and what happens there."""


@INTERVENTIONS.register("moderation")
class Moderation(Intervention):
    """A moderation regime; levers left empty take the values of the parameters' group `moderation`.

    The posts of the target group come before the desk. Under the regime `guidelines` there is no desk, and the group is
    shown the guidelines.
    """

    identifier: ClassVar[str] = "I3"

    type: Literal["moderation"] = "moderation"
    regime: Regime = parameter(
        "reactive",
        "None; guidelines shown; cases opened by reports; by a detector and reviewed; removed by the detector alone; "
        "tagged posts held until served.",
        grade="-",
        source="lever",
    )
    servers: int | None = parameter(
        None, "Moderators at the desk.", unit="people", allowed=(1, 1_000_000), grade="-", source="lever"
    )
    sensitivity: float | None = parameter(
        None, "Share of violating posts that the detector finds (Se).", allowed=(0.0, 1.0), plausible=(0.3, 0.9),
        grade="-", source="lever",
    )  # fmt: skip
    false_positive_rate: float | None = parameter(
        None, "Share of struggles without a violation that the detector flags (FPR).", allowed=(0.0, 1.0),
        plausible=(0.0, 0.2), grade="-", source="lever",
    )  # fmt: skip
    accuracy: float | None = parameter(
        None, "Share of correct decisions of the desk.", allowed=(0.0, 1.0), plausible=(0.7, 0.99), grade="-",
        source="lever",
    )  # fmt: skip
    detection_minutes: float | None = parameter(
        None, "Mean delay of the detector.", unit="min", allowed=(0.0, None), plausible=(1.0, 1440.0), grade="-",
        source="lever",
    )  # fmt: skip
    service_minutes: float | None = parameter(
        None, "Mean time to decide one case.", unit="min", allowed=(0.0, None), plausible=(2.0, 30.0), grade="-",
        source="lever",
    )  # fmt: skip
    reports_needed: int | None = parameter(
        None, "Reports that open a case; setting it opens this channel under any regime with a desk.", unit="reports",
        allowed=(1, 1000), plausible=(1, 5), grade="-", source="lever",
    )  # fmt: skip
    explanation: bool = parameter(
        False,
        "Whether a removal is explained to its author and to those who come across it.",
        grade="-",
        source="lever",
    )
    labelled: tuple[Literal["irrelevant", "misinformation", "derogatory", "privacy", "copyright"], ...] = parameter(
        ("misinformation",), "Violations that the desk labels instead of removing."
    )

    def desk(self, defaults: ModerationSettings, n_agents: int) -> DeskSettings | None:
        """The desk under this regime, or None where there is none."""
        channels = REGIMES[self.regime]
        if not channels.desk:
            return None

        def lever(name: str) -> float:
            own = getattr(self, name)
            return cast(float, getattr(defaults, name) if own is None else own)

        reports = channels.reports or self.reports_needed is not None
        servers = self.servers or max(1, round(defaults.servers_per_agent * n_agents))
        return DeskSettings(
            servers=servers if channels.review else None,
            detector=channels.detector,
            sensitivity=lever("sensitivity"),
            false_positive_rate=lever("false_positive_rate"),
            reports_needed=int(lever("reports_needed")) if reports else None,
            hold_tagged=channels.hold_tagged,
            review=channels.review,
            accuracy=lever("accuracy"),
            explanation=self.explanation,
            detection_days=lever("detection_minutes") / 1440.0,
            service_days=lever("service_minutes") / 1440.0,
            labelled=frozenset(Violation[name.upper()] for name in self.labelled),
        )

    def contradicts(self, other: Intervention) -> str:
        """There is one desk: two regimes cannot be in force at once."""
        if isinstance(other, Moderation) and self.overlaps(other):
            return (
                f"two moderation regimes at once ({self.regime}, {other.regime}): give one an end_day before the other"
            )
        return ""

    def begin(self, engine: Engine) -> object:
        """Show the guidelines or set up the desk, as the regime says."""
        world, members = engine.world, self.members(engine.world)
        desk, held = self.desk(world.parameters.moderation, world.n_agents), []
        if REGIMES[self.regime].guidelines:
            effect = world.parameters.posting.guideline_effect
            held.append(engine.levers.hold("guideline", members, effect))
        if desk is not None:
            held.append(engine.levers.hold("overseen", members, True))
        engine.set_desk(desk)
        return held

    def finish(self, engine: Engine, begun: object) -> None:
        """Take away what was begun."""
        for number in cast(list[int], begun):
            engine.levers.let_go(number)
        engine.set_desk(None)
