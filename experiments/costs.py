"""What interventions cost: unit costs, as a study declares them under `costs`. They change no outcome."""

from collections.abc import Iterator, Sequence
from typing import Any

from experiments.yaml_files import Located, shown_value
from simulation import Record, nearest_name, parameter

_AMOUNT: tuple[float, None] = (0.0, None)
_EXAMPLE = "for example costs: {currency: EUR, desk_hour: 40, chat_moderator_hour: 60, campaign_contact: 5}"


class Costs(Record):
    """Unit costs; what is left out costs nothing."""

    currency: str = parameter("money", "What the amounts are counted in, such as EUR.", grade="-", source="declared")
    desk_hour: float = parameter(
        0.0, "One hour of one moderator on duty at a desk; desks are on duty round the clock.", unit="currency per h",
        allowed=_AMOUNT, grade="-", source="declared",
    )  # fmt: skip
    desk_case: float = parameter(
        0.0, "One case decided at a desk, where moderators are paid by the case.", unit="currency per case",
        allowed=_AMOUNT, grade="-", source="declared",
    )  # fmt: skip
    chat_moderator_hour: float = parameter(
        0.0, "One hour of one moderator of a chat.", unit="currency per h", allowed=_AMOUNT, grade="-",
        source="declared",
    )  # fmt: skip
    campaign_contact: float = parameter(
        0.0, "One person met or told once in a campaign.", unit="currency per contact", allowed=_AMOUNT, grade="-",
        source="declared",
    )  # fmt: skip
    fixed: dict[str, float] = parameter(
        {}, "What arms cost besides, once, by the name of the arm.", unit="currency", grade="-", source="declared"
    )

    def units(self) -> dict[str, float]:
        """Unit costs by what they are for, in the plural, as tables name it."""
        return {
            "desk_hours": self.desk_hour, "desk_cases": self.desk_case,
            "chat_moderator_hours": self.chat_moderator_hour, "campaign_contacts": self.campaign_contact,
        }  # fmt: skip


def cost_problems(costs: Costs, arms: Sequence[Any] | None) -> Iterator[Located]:
    """What is wrong with the costs of a study of these arms; None for arms that are wrong."""
    names = [arm.name for arm in arms or ()]
    for name, amount in costs.fixed.items():
        here = ("costs", "fixed", name)
        if arms is not None and name not in names:
            nearest = nearest_name(name, names)
            yield Located(
                here, f"{shown_value(name)} is not an arm", f"arms of this study: {', '.join(names)}", nearest
            )
        if not amount >= 0:
            yield Located(here, f"{amount:g} is out of range", "allowed: a number of at least 0")


def cost_type_problems(raw: object) -> Iterator[Located]:
    """What keeps the value of `costs` from being read at all."""
    if not isinstance(raw, dict):
        yield Located(("costs",), f"{shown_value(raw)} is not a group of unit costs", _EXAMPLE)
        return
    fixed = raw.get("fixed", {})
    if not isinstance(fixed, dict):
        allowed = "for example fixed: {general tag: 2000}"
        yield Located(("costs", "fixed"), f"{shown_value(fixed)} is not a mapping of arms to amounts", allowed)
        return
    for name, amount in fixed.items():
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            yield Located(("costs", "fixed", name), f"{shown_value(amount)} is not a number", "an amount of money")
