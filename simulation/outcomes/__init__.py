"""Outcomes by theme; importing this package registers them all."""

from simulation.outcomes import activity, adoption, cascades, chat, desk, equity, harm, perception, reach, wellbeing
from simulation.outcomes.base import OUTCOMES, Outcome, Recorder

__all__ = [
    "OUTCOMES",
    "Outcome",
    "Recorder",
    "activity",
    "adoption",
    "cascades",
    "chat",
    "desk",
    "equity",
    "harm",
    "perception",
    "reach",
    "wellbeing",
]
