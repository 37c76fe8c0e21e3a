"""What happens to these people on this graph with this seed? The public names of the simulation.

The model and its people, and with them Mesa, are fetched when they are first used: who only reads or checks
settings does not wait for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation._compile import is_compiled
from simulation.datasets import DATASETS, Dataset
from simulation.errors import (
    DatasetError,
    GraphFileError,
    InputError,
    Problem,
    RunError,
    SupportnetError,
    UnknownNameError,
    nearest_name,
)
from simulation.generators import NETWORKS, Network
from simulation.graph import ROLES, SPECIALTIES, FollowerGraph
from simulation.interventions import INTERVENTIONS, Hashtag, Intervention, Moderation, refuse_contradictions
from simulation.outcomes import OUTCOMES, Outcome
from simulation.parameters import Parameters
from simulation.posts import Kind, Posts, PostState, Violation
from simulation.records import Declaration, Record, declarations, parameter
from simulation.registry import Registry
from simulation.world import Worlds

if TYPE_CHECKING:
    from simulation.agents import Person
    from simulation.model import SupportNetworkModel
    from simulation.schedule import run_step

_HOMES = {
    "Person": "simulation.agents",
    "SupportNetworkModel": "simulation.model",
    "run_step": "simulation.schedule",
}

__all__ = [
    "DATASETS",
    "INTERVENTIONS",
    "NETWORKS",
    "OUTCOMES",
    "ROLES",
    "SPECIALTIES",
    "Dataset",
    "DatasetError",
    "Declaration",
    "FollowerGraph",
    "GraphFileError",
    "Hashtag",
    "InputError",
    "Intervention",
    "Kind",
    "Moderation",
    "Network",
    "Outcome",
    "Parameters",
    "Person",
    "PostState",
    "Posts",
    "Problem",
    "Record",
    "Registry",
    "RunError",
    "SupportNetworkModel",
    "SupportnetError",
    "UnknownNameError",
    "Violation",
    "Worlds",
    "declarations",
    "is_compiled",
    "nearest_name",
    "parameter",
    "refuse_contradictions",
    "run_step",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """A public name, from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'simulation' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
