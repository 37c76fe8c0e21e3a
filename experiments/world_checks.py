"""What a study says of its world: rates of reactions that were found for other people or another network."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.factors import Range
from experiments.yaml_files import Located
from simulation import Parameters

FAR = 4.0
"""A world that has so many times more or fewer people than its rates were found for is told of.

By docs/how-many-people.md no outcome but the rarest cascades differs clearly between 2,000 and 5,000 people. At 20,000
an eighth fewer posts are answered and passed on, and from there on the page asks to calibrate again. Below 1,000 the
graph is another one.
"""
SOLVED = ("retweet", "reply")
"""Settings of `reactions` that are solved for one network and one number of people."""


def found_elsewhere(fields: Mapping[str, Any], found_for: Parameters) -> Iterator[Located]:
    """Whether the rates of a study's base were found for another network, or for far more or fewer people.

    Not said where the base has rates of its own, nor where a factor takes the people near those they were found for.

    Args:
        fields: of the study.
        found_for: the world that was calibrated.
    """
    base: Parameters = fields["base"]
    if any(getattr(base.reactions, name) != getattr(found_for.reactions, name) for name in SOLVED):
        return
    usual = "the default" if found_for.network == Parameters().network else "its"
    rates = (
        f"rates are calibrated for {found_for.agents:,} people on {usual} network (docs/calibration.md); this world has"
    )
    people = fields.get("factors", {}).get("agents", (base.agents,))
    fewest, most = (people.low, people.high) if isinstance(people, Range) else (min(people), max(people))
    if base.network != found_for.network:
        yield Located(("network",), f"{rates} another network, for which they are to be found anew")
    elif fewest >= FAR * found_for.agents or most * FAR <= found_for.agents:
        nearest = fewest if fewest > found_for.agents else most
        what = f"{rates} {nearest:,} people: docs/how-many-people.md says what depends on that"
        yield Located(("factors" if "agents" in fields.get("factors", {}) else "base", "agents"), what)
