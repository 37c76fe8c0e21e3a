"""What can be said of the interventions of an arm before a run: mistakes, and what is allowed but hardly meant."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from simulation.errors import InputError, Problem
from simulation.interventions.base import Intervention, Lack
from simulation.parameters import Parameters
from simulation.world import MAX_TAGS, World


class Finding(NamedTuple):
    """One thing that somebody should know about the interventions of an arm.

    Args:
        place: which of them, from 0; None where it concerns several.
        key: its lever, empty where it is the whole of it.
        what: the sentence.
        allowed: what would be accepted, empty where the sentence says it.
        nearest: the nearest name, empty where there is none.
    """

    place: int | None
    key: str
    what: str
    allowed: str = ""
    nearest: str = ""

    @property
    def problem(self) -> Problem:
        """The same as a problem, placed in a list called `interventions`."""
        where = "" if self.place is None else f"interventions[{self.place}]"
        return Problem(f"{where}.{self.key}" if where and self.key else where, self.what, self.allowed, self.nearest)


def contradictions(actions: Sequence[Intervention]) -> Iterator[Finding]:
    """What keeps interventions from standing together in one arm, whatever the world."""
    for one, other in combinations(actions, 2):
        sentence = one.contradicts(other) or other.contradicts(one)
        if sentence:
            yield Finding(None, "", sentence)
    for place, action in enumerate(actions):
        lack = action.needs([*actions[:place], *actions[place + 1 :]])
        if lack is not None:
            yield Finding(place, *lack)
    yield from _tag_findings(actions)


def _tag_findings(actions: Sequence[Intervention]) -> Iterator[Finding]:
    """There is room for so many tags, and no two of them have one name."""
    names = [tag.name for action in actions for tag in action.tags()]
    if len(names) > MAX_TAGS:
        yield Finding(
            None,
            "",
            f"{len(names)} support tags would be opened",
            f"allowed: at most {MAX_TAGS} in a run, over all its days",
        )
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding(None, "", f"two support tags are called '{name}'", "give one of the hashtags another name")


def impossible(actions: Sequence[Intervention], parameters: Parameters) -> Iterator[Finding]:
    """What the settings alone rule out: groups in which there can be nobody."""
    for place, action in enumerate(actions):
        reason = action.target.impossible(parameters) if action.target is not None else ""
        if reason:
            yield _nobody(place, action, reason)


def empty_groups(actions: Sequence[Intervention], world: World) -> Iterator[Finding]:
    """Groups whose conditions nobody meets in this population."""
    for place, action in enumerate(actions):
        if action.target is not None and not len(action.target.eligible(world)):
            fewer = "set fewer conditions, or let there be more people"
            yield _nobody(place, action, "nobody in this population meets every condition", fewer)


def _nobody(place: int, action: Intervention, reason: str, allowed: str = "") -> Finding:
    """A group is empty."""
    return Finding(place, "target", f"the group ({action.target}) is empty: {reason}", allowed)


def doubts(actions: Sequence[Intervention], parameters: Parameters) -> Iterator[Finding]:
    """What is allowed, but probably not what was meant."""
    for place, action in enumerate(actions):
        if action.start_day >= parameters.days:
            yield Finding(
                place, "start_day", f"begins on day {action.start_day:g}, after the last day of the run",
                f"the run has {parameters.days} days, the first is day 0: nothing will be done",
            )  # fmt: skip
        elif action.end_day is not None and action.end_day > parameters.days:
            yield Finding(
                place, "end_day", f"ends on day {action.end_day:g}, after the last day of the run",
                f"the run has {parameters.days} days: it will be in force to the end",
            )  # fmt: skip


def chance_misses(actions: Sequence[Intervention], world: World) -> Iterator[Finding]:
    """What interventions do not find in this population: anybody at all in a share by chance, seeds, moderators."""
    for place, action in enumerate(actions):
        target, lack = action.target, None
        if len(action.members(world)):
            lack = action.misses(world)
        elif target is not None and target.share > 0.0 and len(target.eligible(world)):
            lack = Lack("target.share", f"chance has picked nobody of the group ({target})")
        if lack is not None:
            yield Finding(place, *lack)


def sure_misses(actions: Sequence[Intervention], parameters: Parameters) -> Iterator[Finding]:
    """Of what interventions will not find, what the settings alone show, whatever population is drawn."""
    for place, action in enumerate(actions):
        lack = action.sure_to_miss(parameters)
        if lack is not None:
            yield Finding(place, *lack)


def refuse_contradictions(actions: Iterable[Intervention]) -> None:
    """Make sure that interventions can go together.

    Raises:
        InputError: two of them contradict each other, or one lacks something.
    """
    _refuse(contradictions(list(actions)))


def refuse_empty_groups(actions: Iterable[Intervention], world: World) -> None:
    """Make sure that every intervention is meant for somebody.

    Raises:
        InputError: the group of one of them is empty.
    """
    _refuse(empty_groups(list(actions), world))


def _refuse(findings: Iterable[Finding]) -> None:
    """Raise what was found, if anything was."""
    problems = [finding.problem for finding in findings]
    if problems:
        raise InputError(*problems)
