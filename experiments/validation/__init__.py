"""Validation: what the model should show, whether it does, and whether any of it was used to set it.

Importing this registers every pattern.
"""

from experiments.validation import limiting, networks, stylised
from experiments.validation.facts import FACTS, Fact
from experiments.validation.patterns import PATTERNS
from experiments.validation.scoring import SEEDS, Scorecard, validate

__all__ = ["FACTS", "PATTERNS", "SEEDS", "Fact", "Scorecard", "limiting", "networks", "stylised", "validate"]
