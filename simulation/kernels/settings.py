"""The settings as one flat record of numbers, which compiled loops take by reference."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation import rules
from simulation.records import Record
from simulation.world import World

GROUPS = (
    "reading", "reactions", "beliefs", "disclosure", "posting", "adoption", "support", "distress", "help", "moderation",
    "activity", "chat",
)  # fmt: skip
HALF_LIVES = {
    "evidence": "beliefs.evidence_half_life",
    "stigma": "beliefs.stigma_half_life",
    "perceived": "beliefs.perceived_half_life",
    "fear": "beliefs.fear_half_life",
    "encouragement": "support.half_life",
    "harm": "support.harm_half_life",
    "willingness": "moderation.willingness_half_life",
    "state": "distress.state_half_life",
    "adoption": "adoption.abandon_half_life",
}
"""Fading quantities and the settings that say how fast; a day leaves `kept_<name>`."""


def _numbers(group: str, settings: Record) -> dict[str, Any]:
    """The plain numbers and switches of a group, named `<group>_<setting>`."""
    return {
        f"{group}_{name}": value
        for name in type(settings).model_fields
        if isinstance(value := getattr(settings, name), bool | int | float)
    }


def settings_of(world: World) -> NDArray[Any]:
    """One record, shape [1]: every number of the parameters, and what follows from them once for the whole run."""
    parameters = world.parameters
    values: dict[str, Any] = {}
    for group in GROUPS:
        values |= _numbers(group, getattr(parameters, group))
    for name, path in HALF_LIVES.items():
        group, setting = path.split(".")
        values[f"kept_{name}"] = rules.kept(getattr(getattr(parameters, group), setting), 1.0)
    values |= {
        "seed": world.seed,
        "steps_per_day": parameters.steps_per_day,
        "days_per_step": 1.0 / parameters.steps_per_day,
        "live_steps": round(parameters.reading.live_days * parameters.steps_per_day),
        "same_specialty": world.population.same_specialty,
        "other_specialty": world.population.other_specialty,
        "mean_fear": world.mean_fear,
    }
    kinds = {bool: "b1", int: "i8", float: "f8"}
    dtype = np.dtype([(name, kinds[type(value)]) for name, value in values.items()], align=True)
    return np.array([tuple(values.values())], dtype=dtype)
