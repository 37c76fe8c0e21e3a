"""Interventions, one file each; importing this package registers them all."""

from simulation.interventions.base import INTERVENTIONS, Intervention, refuse_contradictions
from simulation.interventions.hashtag import Hashtag, Seeds
from simulation.interventions.moderation import Moderation

__all__ = ["INTERVENTIONS", "Hashtag", "Intervention", "Moderation", "Seeds", "refuse_contradictions"]
