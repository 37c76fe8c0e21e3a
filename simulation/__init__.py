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
from simulation.events import EVENT_TABLES, EventLog, MemorySink, Reaction, Sink, Via, event_log
from simulation.generators import NETWORKS, Network
from simulation.graph import ROLES, SPECIALTIES, FollowerGraph
from simulation.interventions import INTERVENTIONS, Hashtag, Intervention, Moderation, refuse_contradictions
from simulation.model import SupportNetworkModel
from simulation.outcomes import OUTCOMES, Outcome
from simulation.parameters import Parameters
from simulation.posts import Kind, Posts, PostState, Violation, key_from_text, key_parts, key_text
from simulation.records import Declaration, Record, declarations, parameter
from simulation.registry import Registry
from simulation.schedule import run_step
from simulation.world import World

__all__ = [
    "DATASETS",
    "EVENT_TABLES",
    "INTERVENTIONS",
    "NETWORKS",
    "OUTCOMES",
    "ROLES",
    "SPECIALTIES",
    "Dataset",
    "DatasetError",
    "Declaration",
    "EventLog",
    "FollowerGraph",
    "GraphFileError",
    "Hashtag",
    "InputError",
    "Intervention",
    "Kind",
    "MemorySink",
    "Moderation",
    "Network",
    "Outcome",
    "Parameters",
    "Person",
    "PostState",
    "Posts",
    "Problem",
    "Reaction",
    "Record",
    "Registry",
    "RunError",
    "Sink",
    "SupportNetworkModel",
    "SupportnetError",
    "UnknownNameError",
    "Via",
    "Violation",
    "World",
    "declarations",
    "event_log",
    "is_compiled",
    "key_from_text",
    "key_parts",
    "key_text",
    "nearest_name",
    "parameter",
    "refuse_contradictions",
    "run_step",
]
