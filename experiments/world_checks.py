"""What a study says of its world: rates of reactions that were found for other people or another network."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.calibrated_worlds import CALIBRATED, found_for, is_far, people_of
from experiments.factors import Range
from experiments.yaml_files import Located
from simulation import Network, Parameters

SOLVED = ("retweet", "reply")
"""Settings of `reactions` that are solved for one network and one number of people."""


def found_elsewhere(fields: Mapping[str, Any], calibrated: Parameters) -> Iterator[Located]:
    """Whether the rates of a study's base were found for another network, or for far more or fewer people.

    Not said where the base has rates of its own, nor where a factor takes the people near those they were found for.
    Where a calibrated world that came with the program fits, it is named.

    Args:
        fields: of the study.
        calibrated: the world that was calibrated.
    """
    base: Parameters = fields["base"]
    if any(getattr(base.reactions, name) != getattr(calibrated.reactions, name) for name in SOLVED):
        return
    usual = "the default" if calibrated.network == Parameters().network else "its"
    known = people_of(calibrated.network, calibrated.agents)
    rates = f"rates are calibrated for {known:,} people on {usual} network (docs/calibration.md); this world has"
    people = fields.get("factors", {}).get("agents", (base.agents,))
    ends = (people.low, people.high) if isinstance(people, Range) else (min(people), max(people))
    fewest, most = (people_of(base.network, int(end)) for end in ends)
    nearest = fewest if fewest > known else most
    if base.network != calibrated.network:
        what = f"{rates} another network, for which they are to be found anew"
        yield Located(("network",), _with_file(what, base.network, nearest))
    elif is_far(nearest, known) and not fewest <= known <= most:
        what = f"{rates} {nearest:,} people: docs/how-many-people.md says what depends on that"
        where = ("factors" if "agents" in fields.get("factors", {}) else "base", "agents")
        yield Located(where, _with_file(what, base.network, nearest))


def _with_file(what: str, network: Network, people: int) -> str:
    """A doubt, and the calibrated world that fits, where there is one."""
    file = found_for(network, people)
    return what if file is None else f"{what}; base: {{{CALIBRATED}: {file}}} takes values found for such a world"
