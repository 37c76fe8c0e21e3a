"""Where everybody stands on a picture: the same place for every post, arm and time of a run's graph.

Communities are discs along a sunflower spiral (Vogel 1979, "A better way to construct the sunflower head"), and inside
a community the most followed stand in the middle.
"""

import numpy as np
from numpy.typing import NDArray

from simulation import World

_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))

Floats = NDArray[np.float64]


def positions(world: World) -> Floats:
    """Where everybody stands: [N, 2]; it depends on the graph and the people alone."""
    community = world.population.community.astype(np.int64)
    size = np.bincount(community)
    largest_first = np.argsort(np.argsort(-size, kind="stable"), kind="stable")
    centres = _sunflower(largest_first.astype(np.float64) + 0.5)
    spacing = 0.68 * np.sqrt(size.max())
    order = np.lexsort((np.arange(world.n_agents), -world.graph.follower_counts, community))
    rank = np.empty(world.n_agents)
    rank[order] = np.arange(world.n_agents) - (np.cumsum(size) - size)[community[order]]
    return np.asarray(centres[community] * spacing + 0.92 * _sunflower(rank + 0.5) * 0.5)


def _sunflower(places: Floats) -> Floats:
    """Points [K, 2] of a sunflower head at some places, which are counted from its middle."""
    radius, angle = 2.0 * np.sqrt(places) / np.sqrt(np.pi), places * _GOLDEN_ANGLE
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
