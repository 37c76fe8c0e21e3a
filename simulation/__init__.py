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
    SupportnetWarning,
    UnknownNameError,
    nearest_name,
)
from simulation.generators import NETWORKS, Network
from simulation.graph import ROLES, SPECIALTIES, FollowerGraph
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
    contradictions,
    doubts,
    impossible,
    refuse_contradictions,
)
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
    "Contact",
    "Dataset",
    "DatasetError",
    "Declaration",
    "EliteDisclosure",
    "FacultyPledge",
    "FeedDesign",
    "Finding",
    "FollowerGraph",
    "GraphFileError",
    "Guidelines",
    "Hashtag",
    "InputError",
    "Intervention",
    "Kind",
    "Licensing",
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
    "Record",
    "Registry",
    "Routing",
    "RunError",
    "Seeds",
    "SupportNetworkModel",
    "SupportnetError",
    "SupportnetWarning",
    "Target",
    "TweetChat",
    "UnknownNameError",
    "UseLimit",
    "Violation",
    "Worlds",
    "contradictions",
    "declarations",
    "doubts",
    "impossible",
    "is_compiled",
    "nearest_name",
    "parameter",
    "refuse_contradictions",
    "run_step",
]
