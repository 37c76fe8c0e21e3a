"""The directed stochastic block model: whether one follows another depends on their blocks alone.

Holland, Laskey & Leinhardt 1983, Social Networks 5:109. Absent arcs are skipped over in geometric steps (Batagelj &
Brandes 2005, PRE 71:036113), so the work is in the order of the arcs.
"""

import math
from typing import Literal

import numpy as np

from simulation._compile import compiled
from simulation.draws import Decision, Floats, Ints, uniform
from simulation.errors import InputError, Problem
from simulation.generators.base import NETWORKS, NO_ATTRIBUTES, Attributes, Classes, Network
from simulation.graph import FollowerGraph, Ids, Offsets
from simulation.records import parameter

_PAIR = Decision.GRAPH_PAIR


@NETWORKS.register("block")
class Block(Network):
    """Directed stochastic block model on the communities, or on blocks of given sizes."""

    type: Literal["block"] = parameter("block", "Directed stochastic block model.", grade="-", source="-")
    mean_followed: float = parameter(
        32.0,
        "Mean number followed (where no rates are given).",
        unit="people",
        allowed=(0, None),
        plausible=(5, 100),
        source="C-20",
    )
    within_share: float = parameter(
        0.5, "Share of those in the own block (where no rates are given).", allowed=(0, 1), plausible=(0.2, 0.9)
    )
    sizes: tuple[int, ...] = parameter(
        (), "Sizes of the blocks, in order of the agents; none: the communities.", unit="agents", grade="-", source="-"
    )
    rates: tuple[tuple[float, ...], ...] = parameter(
        (),
        "Chance that an agent of block b (column) follows one of block a (row); none: mean and share above.",
        grade="-",
        source="-",
    )

    def attributes(self, agents: int) -> Attributes:
        """The community of each agent [N], where sizes are given."""
        if not self.sizes:
            return NO_ATTRIBUTES
        return {"community": np.repeat(np.arange(len(self.sizes), dtype=np.int32), self.sizes)}

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """Skip through the possible followers of everybody, once to count, once to write.

        Raises:
            InputError: sizes that do not add up to N, rates that are no square of chances, or fewer rates than blocks.
        """
        block = self._blocks(classes)
        order = np.argsort(block, kind="stable")
        n_blocks = max(int(block.max(initial=0)) + 1, len(self.sizes))
        bounds = np.searchsorted(block[order], np.arange(n_blocks + 1))
        if self.rates:
            offsets, followers = _by_rates(block, order, bounds, self._matrix(n_blocks), seed)
        else:
            offsets, followers = _by_two_rates(block, order, bounds, *self._two_rates(bounds), seed)
        authors = np.repeat(np.arange(classes.n_agents), np.diff(offsets))
        return FollowerGraph.from_arcs(classes.n_agents, authors, followers)

    def _blocks(self, classes: Classes) -> Ints:
        """The block of each agent [N]."""
        if not self.sizes:
            return classes.community.astype(np.int64)
        if min(self.sizes) < 0 or sum(self.sizes) != classes.n_agents:
            what = f"{sum(self.sizes)} agents in blocks"
            raise InputError(Problem("network.sizes", what, f"sizes that add up to the {classes.n_agents} agents"))
        return np.repeat(np.arange(len(self.sizes), dtype=np.int64), self.sizes)

    def _matrix(self, n_blocks: int) -> Floats:
        """The rates as a checked matrix [blocks, blocks]."""
        square = len(self.rates) >= n_blocks and all(len(row) == len(self.rates) for row in self.rates)
        if not square or not all(0.0 <= rate <= 1.0 for row in self.rates for rate in row):
            what = f"{len(self.rates)} rows of {sorted({len(row) for row in self.rates})} rates for {n_blocks} blocks"
            raise InputError(Problem("network.rates", what, "one row and column for each block, rates from 0 to 1"))
        return np.array(self.rates, dtype=np.float64)

    def _two_rates(self, bounds: Offsets) -> tuple[Floats, Floats]:
        """Chance to be followed from within [blocks] and from without [blocks], for the mean and share asked for."""
        sizes = np.diff(bounds)
        n_agents = int(bounds[-1])
        within = self.mean_followed * self.within_share / np.maximum(1, sizes - 1)
        without = (
            self.mean_followed * (1.0 - self.within_share) * n_agents / max(1, n_agents**2 - int((sizes**2).sum()))
        )
        return np.minimum(1.0, within), np.full(len(sizes), min(1.0, without))


@compiled
def _walk(order: Ints, start: int, end: int, rate: float, u: int, key: int, seed: int, out: Ids, count: int) -> int:
    """Draw followers of u from `order[start:end]`, each with chance `rate`; write them where there is room.

    Returns `count` raised by the number drawn. Drawn members equal to u are left out.
    """
    if rate <= 0.0:
        return count
    place = start - 1
    step = 0
    while True:
        skip = math.log1p(-uniform(seed, _PAIR, u, (key << 32) + step)) / math.log1p(-rate) if rate < 1.0 else 0.0
        if skip >= end - place:
            return count
        place += 1 + int(skip)
        step += 1
        if place >= end:
            return count
        if order[place] != u:
            if count < len(out):
                out[count] = order[place]
            count += 1


@compiled
def _followers_by_rates(
    u: int, block: Ints, order: Ints, bounds: Offsets, rates: Floats, seed: int, out: Ids, count: int
) -> int:
    """Draw the followers of u, block by block."""
    for other in range(len(bounds) - 1):
        count = _walk(order, bounds[other], bounds[other + 1], rates[block[u], other], u, other, seed, out, count)
    return count


@compiled
def _by_rates(block: Ints, order: Ints, bounds: Offsets, rates: Floats, seed: int) -> tuple[Offsets, Ids]:
    """Followers of everybody under a matrix of rates."""
    offsets = np.zeros(len(block) + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int32)
    for u in range(len(block)):
        offsets[u + 1] = _followers_by_rates(u, block, order, bounds, rates, seed, nothing, offsets[u])
    out = np.empty(offsets[-1], dtype=np.int32)
    for u in range(len(block)):
        _followers_by_rates(u, block, order, bounds, rates, seed, out, offsets[u])
    return offsets, out


@compiled
def _followers_by_two(
    u: int, block: Ints, order: Ints, bounds: Offsets, within: Floats, without: Floats, seed: int, out: Ids, count: int
) -> int:
    """Draw the followers of u: own block at one rate, those before and behind it at another."""
    own = block[u]
    start, end = bounds[own], bounds[own + 1]
    count = _walk(order, start, end, within[own], u, 0, seed, out, count)
    count = _walk(order, 0, start, without[own], u, 1, seed, out, count)
    return _walk(order, end, len(order), without[own], u, 2, seed, out, count)


@compiled
def _by_two_rates(
    block: Ints, order: Ints, bounds: Offsets, within: Floats, without: Floats, seed: int
) -> tuple[Offsets, Ids]:
    """Followers of everybody under one rate within blocks and one without."""
    offsets = np.zeros(len(block) + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int32)
    for u in range(len(block)):
        offsets[u + 1] = _followers_by_two(u, block, order, bounds, within, without, seed, nothing, offsets[u])
    out = np.empty(offsets[-1], dtype=np.int32)
    for u in range(len(block)):
        _followers_by_two(u, block, order, bounds, within, without, seed, out, offsets[u])
    return offsets, out
