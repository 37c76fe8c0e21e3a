"""Measures of a follower graph, as the literature reports them for real ones.

"Undirected" means: two agents are neighbours when either follows the other. Axes: N agents, E arcs, M undirected edges.
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import zeta

from simulation._compile import compiled
from simulation.draws import Decision, uniforms
from simulation.graph import FollowerGraph, Ids, Offsets

_MAX_CANDIDATES = 300
_LEAST_TAIL = 50

MEASURES = {
    "agents": "agents",
    "arcs": "arcs",
    "mean_degree": "followers per agent",
    "reciprocity": "share of arcs",
    "tail_exponent": "exponent of the density of F",
    "tail_start": "followers",
    "followed_tail_exponent": "exponent of the density of W",
    "clustering": "mean over agents, undirected",
    "transitivity": "share of closed paths of length two, undirected",
    "assortativity": "Pearson over undirected edges",
    "correlation_log": "Pearson of log(F+1), log(W+1)",
    "correlation_raw": "Pearson of F, W",
    "strong_share": "share of agents in the largest strong component",
    "weak_share": "share of agents in the largest weak component",
    "mean_distance": "steps, undirected, in the largest weak component",
    "followers_of_followed": "followers, mean over arcs: <F^2>/<F>",
    "max_followers": "followers",
    "max_followed": "people",
    "without_followers": "share of agents",
    "degree_gini": "Gini of F+W",
}
"""Every measure of `measures`, in its order, with unit or meaning."""


class Tail(NamedTuple):
    """A fitted power law: exponent of the density, and the value from which it holds."""

    exponent: float
    start: float


def measures(graph: FollowerGraph, seed: int = 0, sources: int = 128) -> dict[str, float]:
    """All measures by name, in the order of `MEASURES`; NaN where a measure is not defined.

    Args:
        graph: what to measure.
        seed: for the sample of sources of the mean distance.
        sources: how many agents the distances are measured from; exact when there are no more agents than that.
    """
    followers, followed = graph.follower_counts, graph.followed_counts
    neighbours = undirected(graph)
    local, closed = clustering(*neighbours)
    tail = tail_exponent(followers)
    values = (
        graph.n_agents,
        graph.n_arcs,
        graph.n_arcs / max(1, graph.n_agents),
        reciprocity(graph),
        tail.exponent,
        tail.start,
        tail_exponent(followed).exponent,
        local,
        closed,
        assortativity(*neighbours),
        correlation(np.log1p(followers), np.log1p(followed)),
        correlation(followers, followed),
        component_share(graph, "strong"),
        component_share(graph, "weak"),
        mean_distance(graph, seed, sources),
        followers_of_followed(graph),
        int(followers.max(initial=0)),
        int(followed.max(initial=0)),
        float(np.mean(followers == 0)) if graph.n_agents else np.nan,
        gini(followers + followed),
    )
    return dict(zip(MEASURES, (float(value) for value in values), strict=True))


def reciprocity(graph: FollowerGraph) -> float:
    """Share of arcs whose two ends follow each other; NaN without arcs."""
    return float(graph.reciprocal.mean()) if graph.n_arcs else np.nan


def followers_of_followed(graph: FollowerGraph) -> float:
    """Mean follower count of the followed over all arcs, which is <F^2>/<F>; NaN without arcs."""
    return float(graph.follower_counts[graph.followed].mean()) if graph.n_arcs else np.nan


def correlation(first: NDArray[np.number], second: NDArray[np.number]) -> float:
    """Pearson's correlation of two arrays [N]; NaN where one of them does not vary."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan
    return float(np.corrcoef(first, second)[0, 1])


def gini(counts: NDArray[np.number]) -> float:
    """Gini coefficient of counts [N]: 0 all equal, near 1 one has everything; NaN when all are zero."""
    total = counts.sum()
    if not total:
        return np.nan
    ranks = np.arange(1, len(counts) + 1)
    return float(2.0 * (ranks * np.sort(counts)).sum() / (len(counts) * total) - (len(counts) + 1) / len(counts))


def component_share(graph: FollowerGraph, connection: str) -> float:
    """Share of agents in the largest component, "strong" or "weak"; NaN without agents."""
    if not graph.n_agents:
        return np.nan
    _, component = scipy.sparse.csgraph.connected_components(graph.to_scipy(), directed=True, connection=connection)
    return float(np.bincount(component).max() / graph.n_agents)


def undirected(graph: FollowerGraph) -> tuple[Offsets, Ids]:
    """Everybody's neighbours [2M], ascending, in rows given by offsets [N+1]."""
    return _merged(graph.follower_offsets, graph.followers, graph.followed_offsets, graph.followed)


@compiled
def _merged(offsets: Offsets, members: Ids, other_offsets: Offsets, other_members: Ids) -> tuple[Offsets, Ids]:
    """Union, row by row, of two sets of ascending rows."""
    out = np.empty(len(members) + len(other_members), dtype=np.int32)
    starts = np.zeros(len(offsets), dtype=np.int64)
    count = 0
    for row in range(len(offsets) - 1):
        a, a_end, b, b_end = offsets[row], offsets[row + 1], other_offsets[row], other_offsets[row + 1]
        while a < a_end or b < b_end:
            if b >= b_end or (a < a_end and members[a] <= other_members[b]):
                out[count] = members[a]
                b += b < b_end and members[a] == other_members[b]
                a += 1
            else:
                out[count] = other_members[b]
                b += 1
            count += 1
        starts[row + 1] = count
    return starts, out[:count].copy()


def clustering(offsets: Offsets, neighbours: Ids) -> tuple[float, float]:
    """Mean local clustering (0 for fewer than two neighbours; Watts & Strogatz 1998) and transitivity, both exact."""
    degree = np.diff(offsets)
    if not len(degree):
        return np.nan, np.nan
    twice = 2.0 * _triangles(offsets, neighbours, degree)
    pairs = degree * (degree - 1.0)
    local = np.divide(twice, pairs, out=np.zeros(len(degree)), where=pairs > 0)
    return float(local.mean()), float(twice.sum() / pairs.sum()) if pairs.any() else np.nan


@compiled
def _triangles(offsets: Offsets, neighbours: Ids, degree: Offsets) -> Offsets:
    """Triangles through each agent [N]. Each is found once, from its end of least degree (ties by number).

    Chiba & Nishizeki 1985; work in the order of M^1.5.
    """
    n_agents = len(degree)
    count = np.zeros(n_agents, dtype=np.int64)
    mark = np.full(n_agents, -1, dtype=np.int64)
    higher = np.empty(len(neighbours), dtype=np.int32)
    ends = np.empty(n_agents, dtype=np.int64)
    for u in range(n_agents):
        ends[u] = offsets[u]
        for place in range(offsets[u], offsets[u + 1]):
            v = neighbours[place]
            if degree[v] > degree[u] or (degree[v] == degree[u] and v > u):
                higher[ends[u]] = v
                ends[u] += 1
    for u in range(n_agents):
        for place in range(offsets[u], ends[u]):
            mark[higher[place]] = u
        for place in range(offsets[u], ends[u]):
            v = higher[place]
            for far in range(offsets[v], ends[v]):
                w = higher[far]
                if mark[w] == u:
                    count[u] += 1
                    count[v] += 1
                    count[w] += 1
    return count


def assortativity(offsets: Offsets, neighbours: Ids) -> float:
    """Pearson's correlation of the degrees at both ends of an undirected edge (Newman 2002); NaN where none varies."""
    degree = np.diff(offsets)
    return correlation(np.repeat(degree, degree), degree[neighbours])


def mean_distance(graph: FollowerGraph, seed: int, sources: int) -> float:
    """Mean number of undirected steps between agents of the largest weak component; NaN for fewer than two.

    Measured from `sources` members drawn at addresses of `seed` (from all, when there are no more than that).
    """
    if graph.n_agents < 2:
        return np.nan
    _, component = scipy.sparse.csgraph.connected_components(graph.to_scipy(), directed=False)
    members = np.flatnonzero(component == np.argmax(np.bincount(component)))
    if len(members) < 2:
        return np.nan
    order = np.argsort(uniforms(seed, Decision.SAMPLE, members, 0), kind="stable")
    return float(_mean_steps(*undirected(graph), members[order[:sources]]))


@compiled
def _mean_steps(offsets: Offsets, neighbours: Ids, sources: Offsets) -> float:
    """Mean steps from the sources to everybody they reach, by breadth-first search."""
    n_agents = len(offsets) - 1
    steps = np.empty(n_agents, dtype=np.int64)
    queue = np.empty(n_agents, dtype=np.int64)
    total, pairs = 0, 0
    for source in sources:
        steps[:] = -1
        steps[source] = 0
        queue[0] = source
        head, tail = 0, 1
        while head < tail:
            u = queue[head]
            head += 1
            total += steps[u]
            for place in range(offsets[u], offsets[u + 1]):
                v = neighbours[place]
                if steps[v] < 0:
                    steps[v] = steps[u] + 1
                    queue[tail] = v
                    tail += 1
        pairs += tail - 1
    return total / pairs


def tail_exponent(counts: NDArray[np.integer]) -> Tail:
    """The power law of the tail of counts [N]: discrete maximum likelihood above the KS-chosen start.

    The start is the value (with at least 50 agents at or above it) at which the Kolmogorov-Smirnov distance between
    data and fitted law is least, with the exponent by the approximation (3.7), then the exponent is the maximum of the
    exact discrete likelihood (3.5), of Clauset, Shalizi & Newman 2009, SIAM Review 51:661. NaN where there is no tail.
    """
    values, repeats = np.unique(counts[counts > 0], return_counts=True)
    above = np.cumsum(repeats[::-1])[::-1]
    usable = np.flatnonzero(above >= _LEAST_TAIL)
    usable = usable[usable < len(values) - 1]
    if not len(usable):
        return Tail(np.nan, np.nan)
    spread = np.unique(np.geomspace(1, len(usable), _MAX_CANDIDATES).astype(int)) - 1
    candidates = usable if len(usable) <= _MAX_CANDIDATES else usable[spread]
    distances = [_distance(values[first:], repeats[first:]) for first in candidates]
    first = candidates[int(np.argmin(distances))]
    return Tail(_exact_exponent(values[first:], repeats[first:]), float(values[first]))


def _near_exponent(values: NDArray[np.integer], repeats: NDArray[np.integer]) -> float:
    """The exponent of the tail that starts at values[0], approximation (3.7)."""
    return float(1.0 + repeats.sum() / (repeats * np.log(values / (values[0] - 0.5))).sum())


def _distance(values: NDArray[np.integer], repeats: NDArray[np.integer]) -> float:
    """Kolmogorov-Smirnov distance of a tail from its fitted law."""
    exponent = _near_exponent(values, repeats)
    fitted = 1.0 - zeta(exponent, values + 1.0) / zeta(exponent, float(values[0]))
    return float(np.abs(np.cumsum(repeats) / repeats.sum() - fitted).max())


def _exact_exponent(values: NDArray[np.integer], repeats: NDArray[np.integer]) -> float:
    """The exponent that maximises the discrete likelihood (3.5)."""
    mean_log = (repeats * np.log(values)).sum() / repeats.sum()
    loss = scipy.optimize.minimize_scalar(
        lambda a: np.log(zeta(a, float(values[0]))) + a * mean_log, bounds=(1.01, 20), method="bounded"
    )
    return float(loss.x)
