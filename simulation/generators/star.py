"""A star, for limiting cases; nothing about it is random."""

from typing import ClassVar, Literal

import numpy as np

from simulation.generators.base import NETWORKS, Classes, Network
from simulation.graph import FollowerGraph
from simulation.records import parameter


@NETWORKS.register("star")
class Star(Network):
    """A star: agent 0 in the centre, everybody else tied to the centre alone."""

    random: ClassVar[bool] = False
    type: Literal["star"] = parameter("star", "Star with agent 0 in the centre.", grade="-", source="-")
    spokes: Literal["from_centre", "to_centre", "both"] = parameter(
        "from_centre", "Which way posts travel along the spokes.", grade="-", source="-"
    )

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """One arc between the centre and each other agent, or two."""
        others = np.arange(1, classes.n_agents)
        centre = np.zeros_like(others)
        ends = {
            "from_centre": (centre, others),
            "to_centre": (others, centre),
            "both": (np.concatenate([centre, others]), np.concatenate([others, centre])),
        }
        return FollowerGraph.from_arcs(classes.n_agents, *ends[self.spokes])
