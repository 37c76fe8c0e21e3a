"""The complete graph, for limiting cases; nothing about it is random."""

from typing import ClassVar, Literal

import numpy as np

from simulation.errors import InputError, Problem
from simulation.generators.base import NETWORKS, Classes, Network
from simulation.graph import FollowerGraph
from simulation.records import parameter

MOST_AGENTS = 20_000


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
        if n_agents > MOST_AGENTS:
            what = f"'complete' with {n_agents:,} agents has {n_agents * (n_agents - 1):,} arcs"
            raise InputError(Problem("network.type", what, f"at most {MOST_AGENTS:,} agents"))
        columns = np.arange(max(0, n_agents - 1), dtype=np.int32)
        rows = columns + (columns >= np.arange(n_agents, dtype=np.int32)[:, None])
        offsets = np.arange(n_agents + 1, dtype=np.int64) * len(columns)
        return FollowerGraph.from_followed(offsets, rows.astype(np.int32).ravel())
