"""What callers in Python hand over, checked for its kind, so that a mistake is told in a sentence."""

from collections.abc import Iterable

import numpy as np

from simulation.errors import InputError, Problem, nearest_name
from simulation.interventions import INTERVENTIONS, Intervention
from simulation.parameters import Parameters

LARGEST_SEED = 2**63 - 1


def as_interventions(given: object, where: str) -> tuple[Intervention, ...]:
    """Interventions that were given as a list or the like.

    Args:
        given: by a caller.
        where: what to call it in a message.

    Raises:
        InputError: it is no list, or something in it is no intervention.
    """
    example = "a list such as [Hashtag(), Moderation()]"
    if isinstance(given, Intervention | str) or not isinstance(given, Iterable):
        raise InputError(Problem(where, f"{given!r} is not a list of interventions", example))
    actions = tuple(given)
    known = [kind.__name__ for kind in INTERVENTIONS.values()]
    problems = [
        Problem(f"{where}[{place}]", f"{action!r} is not an intervention", example, nearest_name(str(action), known))
        for place, action in enumerate(actions)
        if not isinstance(action, Intervention)
    ]
    if problems:
        raise InputError(*problems)
    return actions


def require_kinds(parameters: object, rng: object, outcomes: object) -> None:
    """Refuse what stands where something else belongs, before a model is built of it.

    Args:
        parameters: of a model, or None.
        rng: its seed, a generator of numbers, or None.
        outcomes: names, or None.

    Raises:
        InputError: with everything that is wrong.
    """
    problems = []
    if not isinstance(parameters, Parameters | None):
        allowed = "Parameters(agents=500), or single settings by name: agents=500"
        problems.append(Problem("parameters", f"{parameters!r} is not Parameters", allowed))
    is_number = isinstance(rng, int | np.integer) and not isinstance(rng, bool)
    if not (0 <= int(str(rng)) <= LARGEST_SEED if is_number else isinstance(rng, np.random.Generator | None)):
        allowed = f"a whole number from 0 to {LARGEST_SEED:,}, a NumPy generator, or None"
        problems.append(Problem("rng", f"{rng!r} is not a seed", allowed))
    if isinstance(outcomes, str) or not isinstance(outcomes, Iterable | None):
        problems.append(Problem("outcomes", f"{outcomes!r} is not a list of names", "for example ['normalization']"))
    if problems:
        raise InputError(*problems)
