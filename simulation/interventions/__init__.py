"""Interventions, one file each; importing this package registers them all."""

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.interventions.chat import TweetChat
from simulation.interventions.checks import (
    Finding,
    chance_misses,
    contradictions,
    doubts,
    empty_groups,
    impossible,
    refuse_contradictions,
    refuse_empty_groups,
    sure_misses,
)
from simulation.interventions.contact import Contact
from simulation.interventions.faculty import EliteDisclosure, FacultyPledge
from simulation.interventions.feed import FeedDesign
from simulation.interventions.guidelines import Guidelines
from simulation.interventions.hashtag import Hashtag, Seeds
from simulation.interventions.licensing import Licensing
from simulation.interventions.moderation import Moderation
from simulation.interventions.norm_correction import NormCorrection
from simulation.interventions.privacy import Privacy
from simulation.interventions.routing import Routing
from simulation.interventions.target import Target
from simulation.interventions.use_limit import UseLimit

__all__ = [
    "INTERVENTIONS",
    "Contact",
    "EliteDisclosure",
    "FacultyPledge",
    "FeedDesign",
    "Finding",
    "Guidelines",
    "Hashtag",
    "Intervention",
    "Licensing",
    "Moderation",
    "NormCorrection",
    "Privacy",
    "Routing",
    "Seeds",
    "Target",
    "TweetChat",
    "UseLimit",
    "chance_misses",
    "contradictions",
    "doubts",
    "empty_groups",
    "impossible",
    "refuse_contradictions",
    "refuse_empty_groups",
    "sure_misses",
]
