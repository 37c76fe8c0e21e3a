"""Interventions, one file each; importing this package registers them all."""

from simulation.interventions.base import INTERVENTIONS, Intervention
from simulation.interventions.checks import (
    Finding,
    contradictions,
    doubts,
    empty_groups,
    impossible,
    refuse_contradictions,
    refuse_empty_groups,
)
from simulation.interventions.hashtag import Hashtag, Seeds
from simulation.interventions.moderation import Moderation
from simulation.interventions.target import Target

__all__ = [
    "INTERVENTIONS",
    "Finding",
    "Hashtag",
    "Intervention",
    "Moderation",
    "Seeds",
    "Target",
    "contradictions",
    "doubts",
    "empty_groups",
    "impossible",
    "refuse_contradictions",
    "refuse_empty_groups",
]
