"""What the people of a study's first run show of its arms: groups that are empty, seeds and moderators not found."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from experiments.arm_checks import located
from experiments.arms import Arm
from experiments.scenarios import NO_FACTORS, Scenario
from experiments.yaml_files import Located
from simulation import (
    Finding,
    InputError,
    Intervention,
    World,
    chance_misses,
    empty_groups,
    sure_misses,
)

MOST_DRAWN = 5_000
"""People whom a check draws at most: that takes 0.06 s on the default network, a second where everybody is linked."""


class Shown(NamedTuple):
    """What the first run of the arms shows.

    Args:
        empty: groups whose conditions nobody meets; that run will be refused.
        missed: what interventions look for and do not find: anybody of a share, seeds, moderators.
    """

    empty: list[Located]
    missed: list[Located]


def shown_by_people(first: Scenario, seed: int) -> Shown:
    """What the people of the first run show; of more people than are drawn, what the settings show.

    Args:
        first: the first scenario of a study.
        seed: of its first replicate.
    """
    world = _drawn(first, seed)
    if world is None:
        return Shown([], _of_the_arms(first.arms, lambda actions: sure_misses(actions, first.parameters)))
    run = "in replicate 1" if first.label == NO_FACTORS else f"in replicate 1 of {first.label}"
    empty = _of_the_arms(first.arms, lambda actions: empty_groups(actions, world))
    missed = _of_the_arms(first.arms, lambda actions: chance_misses(actions, world))
    return Shown(*([each._replace(what=f"{run} {each.what}") for each in found] for found in (empty, missed)))


def _drawn(first: Scenario, seed: int) -> World | None:
    """The people of the first run, where they matter and are few enough; None, too, where they cannot be drawn."""
    parameters = first.parameters
    try:
        few = parameters.network.size(parameters.agents) <= MOST_DRAWN
        return World.build(parameters, seed) if few and any(arm.interventions for arm in first.arms) else None
    except InputError:  # told by the estimate or by the run
        return None


def _of_the_arms(arms: Iterable[Arm], find: Callable[[Sequence[Intervention]], Iterable[Finding]]) -> list[Located]:
    """What a check finds in each arm."""
    return [located(arm.name, finding) for arm in arms for finding in find(arm.interventions)]
