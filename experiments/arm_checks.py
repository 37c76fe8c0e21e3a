"""What a study says of the interventions of its arms: groups that must be empty, and what is hardly meant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from experiments.factors import Range
from experiments.yaml_files import KeyPath, Located
from simulation import Finding, Intervention, Parameters, doubts, impossible


class NamedArm(Protocol):
    """What is asked of an arm."""

    @property
    def name(self) -> str:
        """As it stands in the study."""

    @property
    def interventions(self) -> tuple[Intervention, ...]:
        """In the order of the study."""


def located(arm: str, finding: Finding) -> Located:
    """A finding at the path of its key in a study file."""
    path: KeyPath = ("arms", arm)
    if finding.place is not None:
        path += (finding.place, *finding.key.split(".")) if finding.key else (finding.place,)
    return Located(path, finding.what, finding.allowed)


def impossible_groups(fields: Mapping[str, Any]) -> Iterator[Located]:
    """Groups in which there can be nobody, for the arms and the base of a study; each once.

    Not said where a factor may change who the people are.
    """
    changing = [path for path in fields.get("factors", {}) if path.startswith(("agents", "network", "population"))]
    if not changing:
        yield from _once(fields["arms"], [fields["base"]], impossible)


def doubtful(fields: Mapping[str, Any]) -> Iterator[Located]:
    """What is allowed in a study but hardly meant; each once."""
    base: Parameters = fields["base"]
    days = fields.get("factors", {}).get("days", (base.days,))
    shortest = int(days.low) if isinstance(days, Range) else min(days)
    yield from _once(fields["arms"], [base.with_values({"days": shortest})], doubts)


def _once(
    arms: Iterable[NamedArm],
    worlds: Iterable[Parameters],
    find: Callable[[Sequence[Intervention], Parameters], Iterable[Finding]],
) -> Iterator[Located]:
    """What a check finds in any of the worlds, told once."""
    pairs = [(arm, world) for world in worlds for arm in arms]
    found = [located(arm.name, finding) for arm, world in pairs for finding in find(arm.interventions, world)]
    yield from dict.fromkeys(found)
