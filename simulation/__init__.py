"""What happens to these people on this graph with this seed? The public names of the simulation."""

from simulation._compile import is_compiled
from simulation.agents import Person
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
from simulation.model import SupportNetworkModel
from simulation.outcomes import OUTCOMES, Outcome
from simulation.parameters import Parameters
from simulation.posts import Kind, Posts, PostState, Violation
from simulation.records import Declaration, Record, declarations, parameter
from simulation.registry import Registry
from simulation.schedule import run_step
from simulation.world import Worlds

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
