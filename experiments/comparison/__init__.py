"""Comparing interventions: tables of results to tables of differences, group by group, world by world."""

from experiments.comparison.comparing import Comparison, compare

__all__ = ["Comparison", "compare"]
