"""What happens to these people on this graph with this seed? The public names of the simulation.

The model and its people, and with them Mesa, are fetched when they are first used: who only reads or checks
settings does not wait for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation._compile import is_compiled
from simulation._imports import import_mesa
from simulation.datasets import DATASETS, Dataset
from simulation.errors import (
    DatasetError,
    GraphFileError,
    InputError,
    Problem,
    RunError,
    SupportnetError,
    SupportnetWarning,
    UnknownNameError,
    nearest_name,
)
from simulation.events import EVENT_TABLES, EventLog, MemorySink, Reaction, Sink, Via, event_log, people_sample
from simulation.generators import NETWORKS, Network
from simulation.graph import ROLES, SPECIALTIES, FollowerGraph
from simulation.graph_files import read_network
from simulation.graph_measures import MEASURES, measures
from simulation.interventions import (
    INTERVENTIONS,
    Contact,
    EliteDisclosure,
    FacultyPledge,
    FeedDesign,
    Finding,
    Guidelines,
    Hashtag,
    Intervention,
    Licensing,
    Moderation,
    NormCorrection,
    Privacy,
    Routing,
    Seeds,
    Target,
    TweetChat,
    UseLimit,
    chance_misses,
    contradictions,
    doubts,
    empty_groups,
    impossible,
    refuse_contradictions,
    sure_misses,
)
from simulation.outcomes import OUTCOMES, Outcome
from simulation.parameters import Parameters
from simulation.posts import Kind, Posts, PostState, Violation, key_from_text, key_parts, key_text
from simulation.records import Declaration, Grade, Record, declarations, parameter
from simulation.registry import Registry
from simulation.requests import as_interventions
from simulation.world import World, Worlds

if TYPE_CHECKING:
    from simulation.agents import Person
    from simulation.model import SupportNetworkModel, compile_model
    from simulation.schedule import run_step

_HOMES = {
    "Person": "simulation.agents",
    "SupportNetworkModel": "simulation.model",
    "compile_model": "simulation.model",
    "run_step": "simulation.schedule",
}

__all__ = [
    "DATASETS",
    "EVENT_TABLES",
    "INTERVENTIONS",
    "MEASURES",
    "NETWORKS",
    "OUTCOMES",
    "ROLES",
    "SPECIALTIES",
    "Contact",
    "Dataset",
    "DatasetError",
    "Declaration",
    "EliteDisclosure",
    "EventLog",
    "FacultyPledge",
    "FeedDesign",
    "Finding",
    "FollowerGraph",
    "Grade",
    "GraphFileError",
    "Guidelines",
    "Hashtag",
    "InputError",
    "Intervention",
    "Kind",
    "Licensing",
    "MemorySink",
    "Moderation",
    "Network",
    "NormCorrection",
    "Outcome",
    "Parameters",
    "Person",
    "PostState",
    "Posts",
    "Privacy",
    "Problem",
    "Reaction",
    "Record",
    "Registry",
    "Routing",
    "RunError",
    "Seeds",
    "Sink",
    "SupportNetworkModel",
    "SupportnetError",
    "SupportnetWarning",
    "Target",
    "TweetChat",
    "UnknownNameError",
    "UseLimit",
    "Via",
    "Violation",
    "World",
    "Worlds",
    "as_interventions",
    "chance_misses",
    "compile_model",
    "contradictions",
    "declarations",
    "doubts",
    "empty_groups",
    "event_log",
    "impossible",
    "is_compiled",
    "key_from_text",
    "key_parts",
    "key_text",
    "measures",
    "nearest_name",
    "parameter",
    "people_sample",
    "read_network",
    "refuse_contradictions",
    "run_step",
    "sure_misses",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """A public name, from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'simulation' has no attribute '{name}'")
    import_mesa()
    return getattr(import_module(_HOMES[name]), name)
