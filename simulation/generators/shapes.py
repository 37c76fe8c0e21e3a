"""Plain shapes for limiting cases: ring, star, complete graph. Nothing about them is random."""

from typing import ClassVar, Literal

import numpy as np

from simulation.errors import InputError, Problem
from simulation.generators.base import NETWORKS, Classes, Network
from simulation.graph import FollowerGraph
from simulation.records import parameter

MOST_COMPLETE = 20_000


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


@NETWORKS.register("complete")
class Complete(Network):
    """Everybody follows everybody."""

    random: ClassVar[bool] = False
    type: Literal["complete"] = parameter("complete", "Everybody follows everybody.", grade="-", source="-")

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """All N(N-1) arcs.

        Raises:
            InputError: more than 20,000 agents.
        """
        n_agents = classes.n_agents
        if n_agents > MOST_COMPLETE:
            what = f"'complete' with {n_agents:,} agents has {n_agents * (n_agents - 1):,} arcs"
            raise InputError(Problem("network.type", what, f"at most {MOST_COMPLETE:,} agents"))
        columns = np.arange(max(0, n_agents - 1), dtype=np.int32)
        rows = columns + (columns >= np.arange(n_agents, dtype=np.int32)[:, None])
        offsets = np.arange(n_agents + 1, dtype=np.int64) * len(columns)
        return FollowerGraph.from_followed(offsets, rows.astype(np.int32).ravel())
