"""The three passes of the default network, compiled; each reads only finished passes.

Axes: N agents, E arcs. Rows are the people whom an agent follows. A draw is addressed by its pass, the agent, and the
place in the row with the number of the try.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation._compile import compiled
from simulation.draws import Decision, Floats, Ints, below, uniform, uniforms4
from simulation.generators.base import Classes
from simulation.graph import Ids, Offsets, reciprocal_flags, transposed

_BASE = Decision.GRAPH_BASE
_CLASS = Decision.GRAPH_CLASS
_COPY = Decision.GRAPH_COPY
_RETURN = Decision.GRAPH_RETURN
_BASE_TRIES = 32
_TRIES_PER_SLOT = 256
_NOBODY = -1


class Pools(NamedTuple):
    """Whom a popularity draw can meet: agents in three orders, with running sums of popularity.

    Args:
        community, specialty: [N] codes of each agent.
        by_community, by_specialty: agents [N] in groups; groups start at the offsets [groups+1].
        community_sums, specialty_sums, all_sums: running sums [N+1] of popularity in those orders and by row.
    """

    community: Ints
    specialty: Ints
    by_community: Ints
    community_offsets: Offsets
    community_sums: Floats
    by_specialty: Ints
    specialty_offsets: Offsets
    specialty_sums: Floats
    everybody: Ints
    all_sums: Floats

    @classmethod
    def of(cls, classes: Classes, popularity: Floats) -> "Pools":
        """The pools of these agents with popularity [N]."""
        community = classes.community.astype(np.int64)
        specialty = classes.specialty.astype(np.int64)
        everybody = np.arange(classes.n_agents, dtype=np.int64)
        return cls(
            community,
            specialty,
            *_grouped_sums(community, popularity),
            *_grouped_sums(specialty, popularity),
            everybody,
            _running(popularity),
        )


def _running(values: Floats) -> Floats:
    """Running sums [N+1] from 0."""
    return np.concatenate([[0.0], np.cumsum(values)])


def _grouped_sums(code: Ints, weights: Floats) -> tuple[Ints, Offsets, Floats]:
    """Agents ordered by code [N], where each code starts, and the running sums of their weights."""
    order = np.argsort(code, kind="stable").astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(code))]).astype(np.int64)
    return order, offsets, _running(weights[order])


@compiled
def _pick(order: Ints, sums: Floats, start: int, end: int, u: float) -> int:
    """The member of `order[start:end]` on which the uniform falls, in proportion to weight."""
    target = sums[start] + u * (sums[end] - sums[start])
    low, high = start, end - 1
    while low < high:
        middle = (low + high) // 2
        if sums[middle + 1] > target:
            high = middle
        else:
            low = middle + 1
    return int(order[low])


@compiled
def holds(row: Ids, length: int, agent: int) -> bool:
    """Whether `agent` stands among the first `length` of the row."""
    for place in range(length):
        if row[place] == agent:
            return True
    return False


@compiled
def _candidate(pools: Pools, v: int, kind: int, u: float) -> int:
    """Somebody from v's own community (0), own specialty (1) or anywhere (2, 3), by popularity."""
    if kind == 0:
        group = pools.community[v]
        start, end = pools.community_offsets[group], pools.community_offsets[group + 1]
        return _pick(pools.by_community, pools.community_sums, start, end, u)
    if kind == 1:
        group = pools.specialty[v]
        start, end = pools.specialty_offsets[group], pools.specialty_offsets[group + 1]
        return _pick(pools.by_specialty, pools.specialty_sums, start, end, u)
    return _pick(pools.everybody, pools.all_sums, 0, len(pools.everybody), u)


@compiled
def _suits(pools: Pools, v: int, kind: int, agent: int) -> bool:
    """Whether the agent is of the class that was drawn: 1 and 2 are outside v's community, 2 outside the specialty."""
    if kind == 0 or kind == 3:
        return True
    if pools.community[agent] == pools.community[v]:
        return False
    return kind == 1 or pools.specialty[agent] != pools.specialty[v]


@compiled
def _by_popularity(
    pools: Pools, shares: tuple[float, float], row: Ids, length: int, v: int, slot: int, seed: int
) -> int:
    """Somebody new for v's row, or nobody: one class for the slot; where the class is exhausted, anybody."""
    u = uniform(seed, _CLASS, v, slot)
    kind = 0 if u < shares[0] else 1 if u < shares[1] else 2
    for attempt in range(2 * _BASE_TRIES):
        if attempt == _BASE_TRIES:
            kind = 3
        agent = _candidate(pools, v, kind, uniform(seed, _BASE, v, slot * _TRIES_PER_SLOT + attempt))
        if agent != v and _suits(pools, v, kind, agent) and not holds(row, length, agent):
            return agent
    return _NOBODY


@compiled
def base_pass(
    wanted: Ints, n_base: Ints, pools: Pools, shares: tuple[float, float], seed: int
) -> tuple[Offsets, Ids, Ints]:
    """First pass: rows of capacity n_base [N], their members, and how many of each are filled [N]."""
    starts = np.zeros(len(wanted) + 1, dtype=np.int64)
    starts[1:] = np.cumsum(n_base)
    out = np.empty(starts[-1], dtype=np.int32)
    filled = np.zeros(len(wanted), dtype=np.int64)
    for v in range(len(wanted)):
        row = out[starts[v] : starts[v + 1]]
        for slot in range(n_base[v]):
            agent = _by_popularity(pools, shares, row, filled[v], v, slot, seed)
            if agent != _NOBODY:
                row[filled[v]] = agent
                filled[v] += 1
    return starts, out, filled


@compiled
def _by_copy(offsets: Offsets, base: Ids, row: Ids, length: int, v: int, slot: int, tries: int, seed: int) -> int:
    """Somebody new whom a base choice of v chose in the base pass, or nobody."""
    own = offsets[v + 1] - offsets[v]
    if own == 0:
        return _NOBODY
    for attempt in range(tries):
        first, second, _, _ = uniforms4(seed, _COPY, v, slot * _TRIES_PER_SLOT + attempt)
        friend = base[offsets[v] + below(first, own)]
        theirs = offsets[friend + 1] - offsets[friend]
        if theirs == 0:
            continue
        agent = base[offsets[friend] + below(second, theirs)]
        if agent != v and not holds(row, length, agent):
            return int(agent)
    return _NOBODY


@compiled
def copy_pass(
    wanted: Ints, offsets: Offsets, base: Ids, pools: Pools, shares: tuple[float, float], tries: int, seed: int
) -> tuple[Offsets, Ids, Ints]:
    """Second pass: the base rows and what is copied; rows of capacity wanted [N], members, how many are filled [N]."""
    starts = np.zeros(len(wanted) + 1, dtype=np.int64)
    starts[1:] = np.cumsum(np.maximum(wanted, np.diff(offsets)))
    out = np.empty(starts[-1], dtype=np.int32)
    filled = np.diff(offsets)
    for v in range(len(wanted)):
        row = out[starts[v] : starts[v + 1]]
        row[: filled[v]] = base[offsets[v] : offsets[v + 1]]
        for slot in range(filled[v], wanted[v]):
            agent = _by_copy(offsets, base, row, filled[v], v, slot, tries, seed)
            if agent == _NOBODY:
                agent = _by_popularity(pools, shares, row, filled[v], v, slot, seed)
            if agent != _NOBODY:
                row[filled[v]] = agent
                filled[v] += 1
    return starts, out, filled


@compiled
def packed(starts: Offsets, members: Ids, filled: Ints) -> tuple[Offsets, Ids]:
    """Rows without their unfilled places."""
    offsets = np.zeros(len(starts), dtype=np.int64)
    offsets[1:] = np.cumsum(filled)
    out = np.empty(offsets[-1], dtype=np.int32)
    for row in range(len(filled)):
        out[offsets[row] : offsets[row + 1]] = members[starts[row] : starts[row] + filled[row]]
    return offsets, out


def with_returns(offsets: Offsets, chosen: Ids, chance: float, seed: int) -> tuple[Offsets, Ids]:
    """Third pass: the chosen rows and those followed back."""
    follower_offsets, followers = transposed(len(offsets) - 1, offsets, chosen)
    mutual = reciprocal_flags(
        offsets, transposed(len(offsets) - 1, follower_offsets, followers)[1], follower_offsets, followers
    )
    back = _return_pass(follower_offsets, followers, mutual, np.diff(offsets), chance, seed)
    return _joined(offsets, chosen, follower_offsets, followers, back)


@compiled
def _return_pass(
    follower_offsets: Offsets,
    followers: Ids,
    mutual: NDArray[np.bool_],
    followed_counts: Ints,
    chance: float,
    seed: int,
) -> NDArray[np.bool_]:
    """Whether v follows back, for each follower [E]; `mutual` [E] marks those whom v follows already."""
    back = np.zeros(len(followers), dtype=np.bool_)
    for v in range(len(followed_counts)):
        start, end = follower_offsets[v], follower_offsets[v + 1]
        own = chance * min(1.0, followed_counts[v] / max(1, end - start))
        for arc in range(start, end):
            back[arc] = not mutual[arc] and uniform(seed, _RETURN, v, int(followers[arc])) < own
    return back


@compiled
def _joined(
    offsets: Offsets, chosen: Ids, follower_offsets: Offsets, followers: Ids, back: NDArray[np.bool_]
) -> tuple[Offsets, Ids]:
    """Rows of the chosen and, behind them, of the followers marked in `back` [E]."""
    joined = np.zeros(len(offsets), dtype=np.int64)
    out = np.empty(len(chosen) + back.sum(), dtype=np.int32)
    count = 0
    for v in range(len(offsets) - 1):
        for place in range(offsets[v], offsets[v + 1]):
            out[count] = chosen[place]
            count += 1
        for arc in range(follower_offsets[v], follower_offsets[v + 1]):
            if back[arc]:
                out[count] = followers[arc]
                count += 1
        joined[v + 1] = count
    return joined, out
