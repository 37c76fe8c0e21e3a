"""The default network: popularity, copying and return, with homophily.

Three passes, each of which reads only finished passes, so that the graph does not depend on the order of work:

1. *base*: v follows some people drawn by popularity, from the own community, the own specialty or elsewhere;
2. *copy*: v's other choices are people whom those people follow, which closes triangles;
3. *return*: v follows back some of the own followers.

The ingredients are in the literature (popularity in proportion to fitness: Caldarelli et al. 2002, PRL 89:258702;
copying: Kleinberg et al. 1999, Krapivsky & Redner 2005, PRE 71:036118); the mixture and its values are assumed and
tuned on the Higgs Twitter graph (C-20) and the physicians (C-21).
"""

import math
from typing import Literal

import numpy as np
from scipy.special import ndtr

from simulation.draws import Decision, Floats, Ints, normals
from simulation.generators.base import NETWORKS, Classes, Network
from simulation.generators.popularity_passes import Pools, base_pass, copy_pass, packed, with_returns
from simulation.graph import ROLES, FollowerGraph
from simulation.records import parameter


@NETWORKS.register("popularity")
class Popularity(Network):
    """Popularity, copying and return, with homophily by community and specialty."""

    type: Literal["popularity"] = parameter("popularity", "Popularity, copying and return.", grade="-", source="-")
    followed_median: float | None = parameter(
        None,
        "Median number of people followed before returns; when not given, 18.3 min(1, sqrt(N/2000)).",
        unit="people",
        allowed=(1, None),
        plausible=(8, 40),
        source="C-20",
        identified_by="mean degree 32",
    )
    followed_sigma: float = parameter(
        0.9,
        "Standard deviation of the logarithm of the number followed.",
        allowed=(0, 3),
        plausible=(0.6, 1.2),
        source="C-20",
        identified_by="distribution of W",
    )
    followed_max: int = parameter(
        400,
        "Largest number followed before returns (never more than N/4).",
        unit="people",
        allowed=(1, None),
        plausible=(200, 1000),
        source="assumed",
    )
    popularity_exponent: float = parameter(
        1.96,
        "Exponent of the density of popularity, a Pareto law.",
        allowed=(1.05, 10),
        plausible=(1.8, 2.5),
        source="C-20",
        identified_by="tail exponent of F",
    )
    copula: float = parameter(
        0.57,
        "Correlation, in a Gaussian copula, of number followed and popularity.",
        allowed=(-1, 1),
        plausible=(0, 0.8),
        source="C-20",
        identified_by="correlation of log(F+1) with log(W+1)",
    )
    faculty_fitness: float = parameter(
        3.0,
        "Popularity of faculty relative to everybody else.",
        allowed=(0.01, 100),
        plausible=(1, 5),
    )
    follower_cap: float = parameter(
        0.11,
        "Nobody expects more than this share of all agents as followers.",
        unit="share of N",
        allowed=(0.0001, 1),
        plausible=(0.05, 0.2),
        source="C-20: the largest F is 0.113 N",
        grade="C",
    )
    copy_share: float = parameter(
        0.66,
        "Share of choices copied from people already followed.",
        allowed=(0, 1),
        plausible=(0.3, 0.8),
        source="C-20",
        identified_by="mean local clustering",
    )
    copy_tries: int = parameter(
        8,
        "Failed tries at a copy before the choice is drawn by popularity.",
        unit="tries",
        allowed=(1, 200),
        grade="-",
    )
    community_share: float = parameter(
        0.50,
        "Share of popularity draws from the own community.",
        allowed=(0, 1),
        plausible=(0.2, 0.8),
        source="assumed; C-21 has four towns with no tie between them",
    )
    specialty_share: float = parameter(
        0.15,
        "Share of popularity draws from the own specialty outside the own community.",
        allowed=(0, 1),
        plausible=(0, 0.4),
    )
    return_probability: float | None = parameter(
        None,
        "Chance to follow back, times min(1, W/F); when not given, max(0.15, 0.34 + 0.08 log10(N/5000)).",
        allowed=(0, 1),
        plausible=(0.15, 0.5),
        source="C-20, C-28",
        identified_by="reciprocity",
    )

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """The three passes, one after the other."""
        wanted, popularity = self._people(classes, seed)
        n_base = np.maximum(1, np.rint((1.0 - self.copy_share) * wanted)).astype(np.int64)
        pools = Pools.of(classes, popularity)
        base = packed(*base_pass(wanted, n_base, pools, self._shares(), seed))
        chosen = packed(*copy_pass(wanted, *base, pools, self._shares(), self.copy_tries, seed))
        chance = self.return_probability_for(classes.n_agents)
        return FollowerGraph.from_followed(*with_returns(*chosen, chance, seed))

    def followed_median_for(self, n_agents: int) -> float:
        """The median number followed before returns, as given or by the rule of size."""
        return self.followed_median or 18.3 * min(1.0, math.sqrt(n_agents / 2000))

    def return_probability_for(self, n_agents: int) -> float:
        """The chance to follow back, as given or by the rule of size."""
        if self.return_probability is not None:
            return self.return_probability
        return max(0.15, 0.34 + 0.08 * math.log10(max(1, n_agents) / 5000))

    def _shares(self) -> tuple[float, float]:
        """Upper ends of the own community and of the own specialty on the unit line."""
        return self.community_share, min(1.0, self.community_share + self.specialty_share)

    def _people(self, classes: Classes, seed: int) -> tuple[Ints, Floats]:
        """For each agent [N], the number wanted to follow and the popularity."""
        who = np.arange(classes.n_agents, dtype=np.int64)
        first = normals(seed, Decision.GRAPH_DEGREE, who, 0)
        second = normals(seed, Decision.GRAPH_POPULARITY, who, 0)
        joined = self.copula * first + math.sqrt(1.0 - self.copula**2) * second
        wanted = self._wanted(first)
        pareto = ndtr(-joined) ** (-1.0 / (self.popularity_exponent - 1.0))
        fitness = np.where(classes.role == ROLES.index("faculty"), self.faculty_fitness, 1.0)
        share = self.follower_cap * classes.n_agents / max(1, int(wanted.sum()))
        return wanted, capped(pareto * fitness, share)

    def _wanted(self, normal: Floats) -> Ints:
        """The number each agent wants to follow [N], from standard normals [N]."""
        n_agents = len(normal)
        raw = self.followed_median_for(n_agents) * np.exp(self.followed_sigma * normal)
        return np.rint(np.clip(raw, 1, max(1, min(self.followed_max, n_agents // 4)))).astype(np.int64)


def capped(weights: Floats, share: float) -> Floats:
    """Weights [N] cut so that none is more than `share` of their sum; all equal where that cannot be."""
    if not len(weights):
        return weights
    falling = np.sort(weights)[::-1]
    tail = falling[::-1].cumsum()[::-1]
    left = 1.0 - share * np.arange(len(weights))
    level = np.divide(share * tail, left, out=np.full(len(weights), -np.inf), where=left > 0)
    holds = falling <= level
    if not holds.any():
        return np.ones_like(weights)
    return np.minimum(weights, float(level[int(np.argmax(holds))]))
