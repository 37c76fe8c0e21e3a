"""The configuration model: given numbers of followers and followed, everything else by chance.

Stubs are paired at random and self-loops and repeats are left out (the erased configuration model; Britton, Deijfen &
Martin-Lof 2006, J Stat Phys 124:1377), so that hubs lose a few arcs; `FollowerGraph.dropped` counts them.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
import scipy
from scipy.special import ndtri

from simulation.draws import Decision, Floats, Ints, uniforms
from simulation.errors import InputError, Problem
from simulation.generators.base import NETWORKS, Classes, Network
from simulation.graph import FollowerGraph
from simulation.records import Record, parameter


class Degrees(Record):
    """A law of F or W."""

    law: Literal["lognormal", "pareto", "poisson", "fixed", "list"] = parameter(
        "lognormal", "Name of the law.", grade="-", source="-"
    )
    mean: float = parameter(
        32.0, "Mean of the law (not of a list).", unit="people", allowed=(0, None), plausible=(5, 100), source="C-20"
    )
    sigma: float = parameter(
        0.9, "Standard deviation of the logarithm (lognormal).", allowed=(0, 3), plausible=(0.5, 1.5), source="C-20"
    )
    exponent: float = parameter(
        2.3, "Exponent of the density (pareto).", allowed=(2.01, 10), plausible=(2.05, 3), source="C-20"
    )
    values: tuple[int, ...] = parameter(
        (), "The numbers themselves, one for each agent (list).", unit="people", grade="-", source="-"
    )

    def quantiles(self, u: Floats) -> Floats:
        """The values [N] of the law at probabilities u [N]; a list ignores them."""
        return _LAWS[self.law](self, u)


def _lognormal(degrees: Degrees, u: Floats) -> Floats:
    """Log-normal with the given mean."""
    middle = math.log(max(degrees.mean, 1e-300)) - degrees.sigma**2 / 2
    return np.asarray(np.exp(middle + degrees.sigma * ndtri(u)))


def _pareto(degrees: Degrees, u: Floats) -> Floats:
    """Pareto with the given mean."""
    least = degrees.mean * (degrees.exponent - 2.0) / (degrees.exponent - 1.0)
    return np.asarray(least * (1.0 - u) ** (-1.0 / (degrees.exponent - 1.0)))


_LAWS: Mapping[str, Callable[[Degrees, Floats], Floats]] = MappingProxyType(
    {
        "lognormal": _lognormal,
        "pareto": _pareto,
        "poisson": lambda degrees, u: np.asarray(scipy.stats.poisson.ppf(u, degrees.mean)).clip(0),
        "fixed": lambda degrees, u: np.full(len(u), degrees.mean),
        "list": lambda degrees, _u: np.asarray(degrees.values, dtype=np.float64),
    }
)


@NETWORKS.register("configuration")
class Configuration(Network):
    """Random arcs with given laws of F and W."""

    type: Literal["configuration"] = parameter("configuration", "Given degree laws.", grade="-", source="-")
    followers: Degrees = Degrees(law="pareto")
    """The law of F."""
    followed: Degrees = Degrees()
    """The law of W."""

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """Draw both numbers for everybody, make the totals agree, pair the stubs.

        Raises:
            InputError: a list of the wrong length or with impossible numbers, or two lists with different totals.
        """
        n_agents = classes.n_agents
        followers = self._drawn("followers", n_agents, seed, Decision.GRAPH_POPULARITY)
        followed = self._drawn("followed", n_agents, seed, Decision.GRAPH_DEGREE)
        in_total, of_whole = self._balanced(followers, followed)
        authors = np.repeat(np.arange(n_agents), in_total)
        readers = np.repeat(np.arange(n_agents), of_whole)
        order = np.argsort(uniforms(seed, Decision.GRAPH_PAIR, np.arange(len(authors)), 0), kind="stable")
        return FollowerGraph.from_arcs(n_agents, authors[order], readers)

    def _drawn(self, name: str, n_agents: int, seed: int, decision: int) -> Floats:
        """The numbers [N] of one law, cut to 0..N-1."""
        degrees: Degrees = getattr(self, name)
        u = uniforms(seed, decision, np.arange(n_agents), 0)
        values = degrees.quantiles(np.maximum(u, 2.0**-54))
        if degrees.law == "list":
            _check_list(name, values, n_agents)
        return np.clip(values, 0, max(0, n_agents - 1))

    def _balanced(self, followers: Floats, followed: Floats) -> tuple[Ints, Ints]:
        """Whole numbers [N] with one total: the law that is not a list is scaled to the other."""
        if self.followers.law == "list":
            given = followers.astype(np.int64)
            if self.followed.law == "list" and followers.sum() != followed.sum():
                raise _uneven(followers.sum(), followed.sum())
            return given, whole_numbers(followed, int(given.sum()))
        kept = np.rint(followed).astype(np.int64)
        return whole_numbers(followers, int(kept.sum())), kept


def whole_numbers(values: Floats, total: int) -> Ints:
    """Values [N] scaled to a total and rounded to whole numbers of exactly that total (largest remainders).

    No number exceeds N-1 unless the total forces it.
    """
    if not len(values) or not total:
        return np.zeros(len(values), dtype=np.int64)
    values = values if values.sum() else np.ones_like(values)
    scaled = values * (total / values.sum())
    for _ in range(50):
        scaled = np.minimum(scaled, max(1, len(values) - 1))
        scaled *= total / scaled.sum()
    out = np.floor(scaled).astype(np.int64)
    short = total - int(out.sum())
    out[np.argsort(out - scaled, kind="stable")[:short]] += 1
    return out


def _check_list(name: str, values: Floats, n_agents: int) -> None:
    """Refuse a list that cannot be the numbers of followers or followed of N agents."""
    where = f"network.{name}.values"
    if len(values) != n_agents:
        raise InputError(Problem(where, f"{len(values)} numbers for {n_agents} agents", "one number for each agent"))
    if values.min(initial=0) < 0 or values.max(initial=0) > n_agents - 1:
        what = f"numbers from {values.min():.0f} to {values.max():.0f}"
        raise InputError(Problem(where, what, f"whole numbers 0..{n_agents - 1}"))


def _uneven(followers: float, followed: float) -> InputError:
    """The error for two lists that cannot both hold."""
    what = f"followers add up to {followers:.0f}, followed to {followed:.0f}"
    return InputError(Problem("network", what, "two lists with the same total: every arc has two ends"))
