"""A growing network: agents arrive one after the other and link as they arrive.

Preferential attachment with initial attractiveness (Dorogovtsev, Mendes & Samukhin 2000, PRL 85:4633), copying and
returns, with homophily. Sequential by nature: for up to 10,000 agents.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulation._compile import compiled
from simulation.draws import Decision, Floats, Ints, below, normals, uniform, uniforms, uniforms4
from simulation.errors import InputError, Problem
from simulation.generators.base import NETWORKS, Classes, Network
from simulation.generators.popularity_passes import holds
from simulation.graph import ROLES, FollowerGraph, Ids
from simulation.records import parameter

MOST_AGENTS = 10_000

_GROWTH = Decision.GRAPH_GROWTH
_CLASS = Decision.GRAPH_CLASS
_COPY = Decision.GRAPH_COPY
_RETURN = Decision.GRAPH_RETURN
_COPY_TRIES = 8
_WEIGHT_TRIES = 32
_TRIES_PER_SLOT = 256
_NOBODY = -1


@NETWORKS.register("growth")
class Growth(Network):
    """Agents arrive in random order and follow those who are there."""

    type: Literal["growth"] = parameter("growth", "Agents link as they arrive.", grade="-", source="-")
    followed_median: float = parameter(
        18.3,
        "Median number of people an agent follows on arrival (fewer when fewer are there).",
        unit="people",
        allowed=(1, None),
        plausible=(8, 40),
        source="C-20",
        identified_by="mean degree 32",
    )
    followed_sigma: float = parameter(
        0.9,
        "Standard deviation of the logarithm of that number.",
        allowed=(0, 3),
        plausible=(0.6, 1.2),
        source="C-20",
    )
    followed_max: int = parameter(
        400,
        "Largest number followed on arrival (never more than N/4).",
        unit="people",
        allowed=(1, None),
        plausible=(200, 1000),
    )
    copy_share: float = parameter(
        0.5, "Share of choices copied from people already followed.", allowed=(0, 1), plausible=(0.3, 0.8)
    )
    attractiveness: float = parameter(
        10.0,
        "Followers that everybody is counted as having from the start.",
        unit="followers",
        allowed=(0.001, None),
        plausible=(1, 40),
    )
    faculty_fitness: float = parameter(
        3.0, "Attractiveness of faculty relative to everybody else.", allowed=(0.01, 100), plausible=(1, 5)
    )
    return_probability: float = parameter(
        0.18,
        "Chance that a link is returned.",
        allowed=(0, 1),
        plausible=(0.1, 0.4),
        source="C-20",
        identified_by="reciprocity",
    )
    community_factor: float = parameter(
        42.0, "Weight of the own community relative to others.", allowed=(0, None), plausible=(1, 100)
    )
    specialty_factor: float = parameter(
        2.0, "Weight of the own specialty relative to others.", allowed=(0, None), plausible=(1, 10)
    )

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """Let the agents arrive, then read off the rows.

        Raises:
            InputError: more than 10,000 agents.
        """
        if classes.n_agents > MOST_AGENTS:
            raise _too_many(classes.n_agents)
        who = np.arange(classes.n_agents, dtype=np.int64)
        arrivals = np.argsort(uniforms(seed, Decision.GRAPH_ORDER, who, 0), kind="stable")
        hom = (self.community_factor, self.specialty_factor)
        rates = (self.copy_share, self.return_probability, self.attractiveness)
        fitness = np.where(classes.role == ROLES.index("faculty"), self.faculty_fitness, 1.0)
        rows, counts = _grow(
            arrivals, self._wanted(who, seed), fitness, classes.community, classes.specialty, hom, rates, seed
        )
        followed = np.concatenate([row[:count] for row, count in zip(rows, counts, strict=True)] or [rows.ravel()])
        return FollowerGraph.from_followed(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), followed)

    def _wanted(self, who: Ints, seed: int) -> Ints:
        """The number each agent [N] wants to follow."""
        normal = normals(seed, Decision.GRAPH_DEGREE, who, 0)
        raw = np.exp(math.log(self.followed_median) + self.followed_sigma * normal)
        return np.rint(np.clip(raw, 1, max(1, min(self.followed_max, len(who) // 4)))).astype(np.int64)


def _too_many(n_agents: int) -> InputError:
    """The error for a network that would take too long to grow."""
    return InputError(
        Problem(
            where="network.type",
            what=f"'growth' links {n_agents:,} agents one after the other, which is too slow",
            allowed=f"at most {MOST_AGENTS:,} agents; 'popularity' builds the same kind of network at any size",
        )
    )


@compiled
def _running_weights(
    arrivals: Ints,
    time: int,
    follower_counts: Ints,
    fitness: Floats,
    community: NDArray[np.int32],
    specialty: NDArray[np.int8],
    hom: tuple[float, float],
    attractiveness: float,
    sums: Floats,
) -> None:
    """Fill `sums[:time]` with the running weights of those who came before the agent that arrives at `time`."""
    v = arrivals[time]
    total = 0.0
    for earlier in range(time):
        u = arrivals[earlier]
        weight = (follower_counts[u] + attractiveness) * fitness[u]
        if community[u] == community[v]:
            weight *= hom[0]
        if specialty[u] == specialty[v]:
            weight *= hom[1]
        total += weight
        sums[earlier] = total


@compiled
def _by_weight(arrivals: Ints, sums: Floats, row: Ids, length: int, v: int, slot: int, seed: int) -> int:
    """Somebody new who is there already, in proportion to weight, or nobody."""
    for attempt in range(_WEIGHT_TRIES):
        u = uniform(seed, _GROWTH, v, slot * _TRIES_PER_SLOT + attempt)
        place = min(np.searchsorted(sums, u * sums[-1], side="right"), len(sums) - 1)
        if not holds(row, length, arrivals[place]):
            return int(arrivals[place])
    return _NOBODY


@compiled
def _by_copy(rows: NDArray[np.int32], counts: Ints, v: int, slot: int, seed: int) -> int:
    """Somebody new whom one of v's followed follows, or nobody."""
    if counts[v] == 0:
        return _NOBODY
    for attempt in range(_COPY_TRIES):
        first, second, _, _ = uniforms4(seed, _COPY, v, slot * _TRIES_PER_SLOT + attempt)
        friend = rows[v, below(first, counts[v])]
        if counts[friend] == 0:
            continue
        agent = rows[friend, below(second, counts[friend])]
        if agent != v and not holds(rows[v], counts[v], agent):
            return int(agent)
    return _NOBODY


@compiled
def _grow(
    arrivals: Ints,
    wanted: Ints,
    fitness: Floats,
    community: NDArray[np.int32],
    specialty: NDArray[np.int8],
    hom: tuple[float, float],
    rates: tuple[float, float, float],
    seed: int,
) -> tuple[NDArray[np.int32], Ints]:
    """Whom everybody follows: rows [N, N], of which the first counts [N] entries are filled.

    Untouched memory of the square is never claimed from the system. rates: copy share, return probability,
    attractiveness. Who is there already is the state that the rules read: this is the one generator whose draws
    depend on the order of arrival.
    """
    n_agents = len(arrivals)
    rows = np.empty((n_agents, n_agents), dtype=np.int32)
    counts = np.zeros(n_agents, dtype=np.int64)
    follower_counts = np.zeros(n_agents, dtype=np.int64)
    sums = np.empty(n_agents)
    for time in range(1, n_agents):
        v = int(arrivals[time])
        _running_weights(arrivals, time, follower_counts, fitness, community, specialty, hom, rates[2], sums)
        for slot in range(min(wanted[v], time)):
            agent = _NOBODY
            if uniform(seed, _CLASS, v, slot) < rates[0]:
                agent = _by_copy(rows, counts, v, slot, seed)
            if agent == _NOBODY:
                agent = _by_weight(arrivals, sums[:time], rows[v], counts[v], v, slot, seed)
            if agent == _NOBODY:
                continue
            rows[v, counts[v]] = agent
            counts[v] += 1
            follower_counts[agent] += 1
            if uniform(seed, _RETURN, agent, v) < rates[1] and not holds(rows[agent], counts[agent], v):
                rows[agent, counts[agent]] = v
                counts[agent] += 1
                follower_counts[v] += 1
    return rows, counts
