"""Controls: the same degrees, other arcs.

Two arcs u1 -> v1 and u2 -> v2 swap their authors unless that would make a self-loop or a repeat (Maslov & Sneppen
2002, Science 296:910). Everybody keeps F and W; what goes is reciprocity, clustering and homophily.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simulation._compile import compiled
from simulation.draws import Decision, below, uniforms4
from simulation.graph import FollowerGraph, Ids, Offsets

SWAPS_PER_ARC = 10
"""Proposed swaps for each arc (assumed; `docs/networks.md` shows that measures have settled by then)."""

_REWIRE = Decision.GRAPH_REWIRE


def rewired(graph: FollowerGraph, seed: int, swaps_per_arc: int = SWAPS_PER_ARC) -> FollowerGraph:
    """The graph with its arcs shuffled and every F and W kept."""
    everything = np.zeros(graph.n_arcs, dtype=np.int64)
    return _shuffled(graph, everything, seed, swaps_per_arc)


def rewired_within_communities(
    graph: FollowerGraph, community: NDArray[np.integer], seed: int, swaps_per_arc: int = SWAPS_PER_ARC
) -> FollowerGraph:
    """The graph shuffled with every F and W kept and the number of arcs between any two communities too.

    Args:
        graph: what to shuffle.
        community: [N], of each agent.
        seed: of the run.
        swaps_per_arc: proposals for each arc.
    """
    codes = np.unique(community, return_inverse=True)[1].astype(np.int64)
    pair = codes[graph.followed] * (codes.max(initial=0) + 1) + np.repeat(codes, graph.followed_counts)
    return _shuffled(graph, pair, seed, swaps_per_arc)


def _shuffled(graph: FollowerGraph, group: Offsets, seed: int, swaps_per_arc: int) -> FollowerGraph:
    """The graph after swaps between arcs of the same group; `group` [E] in the order of `followed`."""
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order], prepend=-1, append=-1)) if graph.n_arcs else np.zeros(1, dtype=int)
    followed = graph.followed.copy()
    owner = np.repeat(np.arange(graph.n_agents, dtype=np.int32), graph.followed_counts)
    _swap(followed, graph.followed_offsets, owner, order, bounds, swaps_per_arc, seed)
    plain = FollowerGraph.from_followed(graph.followed_offsets, followed)
    return FollowerGraph(
        plain.follower_offsets,
        plain.followers,
        plain.followed_offsets,
        plain.followed,
        graph.attributes,
        graph.labels,
        graph.dropped,
    )


@compiled
def _follows(followed: Ids, offsets: Offsets, v: int, u: int) -> bool:
    """Whether u stands in the (unordered) row of v."""
    for place in range(offsets[v], offsets[v + 1]):
        if followed[place] == u:
            return True
    return False


@compiled
def _swap(followed: Ids, offsets: Offsets, owner: Ids, order: Offsets, bounds: Offsets, sweeps: int, seed: int) -> None:
    """Swap authors in place, `sweeps` proposals for each arc; partners come from the arc's own group.

    Shapes: followed, owner, order [E]; offsets [N+1]; bounds [G+1], where the groups lie in `order`.
    """
    for sweep in range(sweeps):
        for group in range(len(bounds) - 1):
            start, size = bounds[group], bounds[group + 1] - bounds[group]
            for k in range(start, start + size):
                first, second, _, _ = uniforms4(seed, _REWIRE, sweep, k)
                a = order[start + below(first, size)]
                b = order[start + below(second, size)]
                u, v, x, y = followed[a], owner[a], followed[b], owner[b]
                if u == x or v == y or u == y or x == v:
                    continue
                if _follows(followed, offsets, y, u) or _follows(followed, offsets, v, x):
                    continue
                followed[a], followed[b] = x, u


REWIRINGS: Mapping[str, Callable[[FollowerGraph, NDArray[np.integer], int], FollowerGraph]] = MappingProxyType(
    {
        "none": lambda graph, _community, _seed: graph,
        "degrees": lambda graph, _community, seed: rewired(graph, seed),
        "communities": rewired_within_communities,
    }
)
"""What the setting `rewire` of a network stands for."""
