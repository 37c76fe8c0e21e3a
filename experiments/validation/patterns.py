"""Patterns: what is run to see whether the model shows something. Each is a function of a seed, known by its name.

A pattern runs the real model (or draws or reads a network) and returns numbers by name; `facts.py` says what each of
them should be. It does not know its target.
"""

from collections.abc import Callable, Mapping

from simulation import Registry

Values = Mapping[str, float]
"""Quantities by name; not a number where a run has none."""
Pattern = Callable[[int], Values]

PATTERNS: Registry[Pattern] = Registry("pattern")
"""Every pattern by name."""
