"""What every network generator is: a frozen record of settings that builds a follower graph from a seed."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.generators.rewiring import REWIRINGS
from simulation.graph import ROLES, SPECIALTIES, FollowerGraph
from simulation.records import Record, parameter
from simulation.registry import Registry

__all__ = ["NETWORKS", "ROLES", "SPECIALTIES", "Classes", "Network", "number_of_communities"]

Attributes = Mapping[str, NDArray[Any]]
NO_ATTRIBUTES: Attributes = MappingProxyType({})


class Classes(NamedTuple):
    """What is known of the agents before the graph is drawn; arrays [N].

    Args:
        n_agents: N.
        role: int8 [N], codes of `ROLES`.
        specialty: int8 [N], codes of `SPECIALTIES`.
        community: int32 [N], 0..number of communities - 1.
    """

    n_agents: int
    role: NDArray[np.int8]
    specialty: NDArray[np.int8]
    community: NDArray[np.int32]


class Network(Record, ABC):
    """A network generator: its fields are its settings, `build` draws the graph.

    A new one is a subclass with a field `type`, a method `draw`, and `@NETWORKS.register(name)`.
    """

    random: ClassVar[bool] = True
    """Whether another seed gives another graph (rewiring apart)."""

    rewire: Literal["none", "degrees", "communities"] = parameter(
        "none",
        "Control: shuffle the arcs with everybody's F and W kept, everywhere or within pairs of communities.",
        grade="-",
        source="Maslov & Sneppen 2002, Science 296:910",
    )

    @abstractmethod
    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """The graph before any rewiring; every random number is addressed under `seed`."""

    def build(self, classes: Classes, seed: int) -> FollowerGraph:
        """The graph of these agents; the same for the same settings, classes and seed."""
        graph = self.draw(classes, seed)
        return REWIRINGS[self.rewire](graph, classes.community, seed)

    def size(self, agents: int) -> int:
        """N: as many as asked for, unless the network is given and has its own number."""
        return agents

    def attributes(self, agents: int) -> Attributes:
        """Arrays [N] that come with the network (role, specialty, community, ...); empty for drawn networks."""
        return NO_ATTRIBUTES

    def fingerprint(self) -> str:
        """What the settings do not say and the graph depends on: the content of files, hashed; empty without files."""
        return ""


NETWORKS: Registry[type[Network]] = Registry("network generator")
"""Every network generator by the name of its `type`."""


def number_of_communities(n_agents: int) -> int:
    """How many communities (schools) N agents fall into: one for 250, at least two (assumed)."""
    return max(2, n_agents // 250)
