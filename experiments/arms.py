"""Arms: what we do."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulation import Intervention, as_interventions, refuse_contradictions


@dataclass(frozen=True)
class Arm:
    """A named set of interventions: what we do.

    Args:
        name: as it stands in tables and figures.
        interventions: applied together; none is the world left alone.

    Raises:
        InputError: what is given is not a list of interventions, or two of them contradict each other.
    """

    name: str
    interventions: tuple[Intervention, ...] = ()

    def __init__(self, name: str, interventions: Sequence[Intervention] = ()) -> None:
        actions = as_interventions(interventions, f"arm {name!r}")
        refuse_contradictions(actions)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "interventions", actions)
