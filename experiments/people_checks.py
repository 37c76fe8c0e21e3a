"""What the people of a study's first run show of its arms: groups that are empty, seeds and moderators not found."""

from collections.abc import Callable, Iterable, Iterator, Sequence

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

MOST_DRAWN = 10_000
"""People whom a check draws at most; it takes 0.1 s on the default network, and seconds where everybody is linked."""


def nobody_meant(first: Scenario, seed: int) -> Iterator[Located]:
    """Groups whose conditions nobody meets in the first run of an arm, which will be refused.

    Not said of more people than are drawn.

    Args:
        first: the first scenario of a study.
        seed: of its first replicate.
    """
    world = _drawn(first, seed)
    if world is not None:
        yield from _in_the_first_run(first, empty_groups, world)


def nobody_found(first: Scenario, seed: int) -> Iterator[Located]:
    """What the interventions of an arm do not find in its first run: anybody of a share, seeds, moderators.

    Of more people than are drawn only what the settings show.

    Args:
        first: the first scenario of a study.
        seed: of its first replicate.
    """
    world = _drawn(first, seed)
    if world is not None:
        yield from _in_the_first_run(first, chance_misses, world)
    else:
        yield from _of_the_arms(first.arms, lambda actions: sure_misses(actions, first.parameters))


def _drawn(first: Scenario, seed: int) -> World | None:
    """The people of the first run, where they matter and are few enough; None, too, where they cannot be drawn."""
    parameters = first.parameters
    try:
        few = parameters.network.size(parameters.agents) <= MOST_DRAWN
        return World.build(parameters, seed) if few and any(arm.interventions for arm in first.arms) else None
    except InputError:  # told by the estimate or by the run
        return None


def _in_the_first_run(
    first: Scenario, find: Callable[[Sequence[Intervention], World], Iterable[Finding]], world: World
) -> Iterator[Located]:
    """What a check finds in the people of the first run, which is named."""
    run = "in replicate 1" if first.label == NO_FACTORS else f"in replicate 1 of {first.label}"
    for found in _of_the_arms(first.arms, lambda actions: find(actions, world)):
        yield found._replace(what=f"{run} {found.what}")


def _of_the_arms(arms: Iterable[Arm], find: Callable[[Sequence[Intervention]], Iterable[Finding]]) -> Iterator[Located]:
    """What a check finds in each arm."""
    return (located(arm.name, finding) for arm in arms for finding in find(arm.interventions))
