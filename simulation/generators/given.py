"""What networks that are given, not drawn, have in common: they bring their own agents."""

import hashlib
import os
from abc import abstractmethod
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from simulation.errors import InputError, Problem
from simulation.generators.base import Attributes, Classes, Network
from simulation.graph import FollowerGraph


class Given(Network):
    """A network that brings its own agents; `size` and `attributes` come from it."""

    random: ClassVar[bool] = False

    @abstractmethod
    def load(self) -> FollowerGraph:
        """The network as it is given."""

    def size(self, agents: int) -> int:
        """N of the network; how many were asked for does not matter."""
        return self.load().n_agents

    def attributes(self, agents: int) -> Attributes:
        """What is known of the agents, arrays [N]; what is absent is drawn."""
        return self.load().attributes

    @abstractmethod
    def files(self) -> tuple[str, ...]:
        """Paths of the files that the network is read from.

        Raises:
            InputError: a network known by name is not on this machine.
        """

    def fingerprint(self) -> str:
        """SHA-256 of the content of each file, joined by hyphens; `absent` for a file that is not there."""
        return "-".join(_digest(path, stamp(path)) for path in self.files())

    def draw(self, classes: Classes, seed: int) -> FollowerGraph:
        """The network as it is given, whatever the seed.

        Raises:
            InputError: classes for another number of agents.
        """
        graph = self.load()
        if classes.n_agents != graph.n_agents:
            what = f"{classes.n_agents} agents for a network of {graph.n_agents}"
            raise InputError(Problem("network", what, "as many agents as the network has"))
        return graph


@lru_cache(maxsize=64)
def _digest(path: str, _stamp: tuple[int, int]) -> str:
    """The hash of a file, kept until the file changes."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if os.path.isfile(path) else "absent"


def stamp(path: str | None) -> tuple[int, int]:
    """Size and time of change of a file, by which a kept network is known to be the file's; zeros without one."""
    if path is None or not os.path.isfile(path):
        return 0, 0
    found = Path(path).stat()
    return found.st_size, found.st_mtime_ns
