"""A ring lattice, for limiting cases; nothing about it is random."""

from typing import ClassVar, Literal

import numpy as np

from simulation.generators.base import NETWORKS, Classes, Network
from simulation.graph import FollowerGraph
from simulation.records import parameter


@NETWORKS.register("ring")
class Ring(Network):
    """A ring lattice: everybody follows the nearest neighbours on the ring."""

    random: ClassVar[bool] = False
    type: Literal["ring"] = parameter("ring", "Ring lattice.", grade="-", source="-")
    neighbours: int = parameter(
        2, "How many neighbours on each side.", unit="agents", allowed=(1, None), grade="-", source="-"
    )
    directions: Literal["both", "one"] = parameter(
        "both",
        "Posts travel both ways round, or one way only: with one neighbour, a directed cycle.",
        grade="-",
        source="-",
    )

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """Arcs i -> i+1, ..., i+k and, both ways, back; a ring too short for that is complete."""
        n_agents = classes.n_agents
        reach = np.arange(1, min(self.neighbours, max(0, n_agents - 1)) + 1)
        authors = np.repeat(np.arange(n_agents), len(reach))
        followers = (authors + np.tile(reach, n_agents)) % max(1, n_agents)
        if self.directions == "both":
            authors, followers = np.concatenate([authors, followers]), np.concatenate([followers, authors])
        return FollowerGraph.from_arcs(n_agents, authors, followers)
