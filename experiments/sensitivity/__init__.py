"""Which settings matter: Morris screening of all that no fact fixes, Sobol indices of those that are left."""

from experiments.sensitivity.analysing import analyse, default_place, first_stage, second_stage
from experiments.sensitivity.choosing import Choice, Held, choose
from experiments.sensitivity.reliance import Reliance, read_reliance, reliance_of
from experiments.sensitivity.results import Request, Result, Timing

__all__ = [
    "Choice", "Held", "Reliance", "Request", "Result", "Timing", "analyse", "choose", "default_place", "first_stage",
    "read_reliance", "reliance_of", "second_stage",
]  # fmt: skip
