"""Networks that are given, not drawn: a file of the user's, or a dataset known by name."""

from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

from simulation.datasets import DATASETS
from simulation.errors import InputError, Problem
from simulation.generators.base import NETWORKS, Attributes, Classes, Network
from simulation.graph import FollowerGraph
from simulation.graph_files import ArcOrder, read_network
from simulation.records import parameter


class Given(Network):
    """A network that brings its own agents; `size` and `attributes` come from it."""

    random: ClassVar[bool] = False

    def load(self) -> FollowerGraph:
        """The network as it is given."""
        raise NotImplementedError

    def size(self, agents: int) -> int:
        """N of the network; how many were asked for does not matter."""
        return self.load().n_agents

    def attributes(self, agents: int) -> Attributes:
        """What is known of the agents, arrays [N]; what is absent is drawn."""
        return self.load().attributes

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


@NETWORKS.register("file")
class File(Given):
    """A network from a file."""

    type: Literal["file"] = parameter("file", "A network from a file.", grade="-", source="-")
    path: str = parameter(
        ..., "The file: KONECT out.*, edge list, CSV, Parquet, GraphML or GML.", grade="-", source="-"
    )
    format: Literal["konect", "edges", "csv", "parquet", "graphml", "gml"] | None = parameter(
        None, "Its format; when not given, read off its name.", grade="-", source="-"
    )
    arcs: ArcOrder = parameter(
        "follower_author", "What left and right of a line are; undirected takes both ways.", grade="-", source="-"
    )
    nodes: str | None = parameter(
        None, "A table with a column id and any attributes of the agents (CSV or Parquet).", grade="-", source="-"
    )

    def load(self) -> FollowerGraph:
        """The network of the file; kept until the file changes.

        Raises:
            GraphFileError: the file or its node table is missing or malformed.
        """
        return _read(self.path, self.format, self.arcs, self.nodes, _stamp(self.path), _stamp(self.nodes))


@NETWORKS.register("dataset")
class KnownDataset(Given):
    """A real network known by name."""

    type: Literal["dataset"] = parameter("dataset", "A real network known by name.", grade="-", source="-")
    name: str = parameter("physicians", "A name of the list of datasets.", grade="-", source="-")

    def load(self) -> FollowerGraph:
        """The dataset, with its counts checked.

        Raises:
            UnknownNameError: no dataset has this name.
            DatasetError: it is not on this machine, or not what it should be.
        """
        dataset = DATASETS[self.name]
        return _load(self.name, str(dataset.find()), _stamp(str(dataset.find())))


def _stamp(path: str | None) -> tuple[int, int]:
    """Size and time of change of a file, by which a kept network is known to be the file's; zeros without one."""
    if path is None or not Path(path).is_file():
        return 0, 0
    found = Path(path).stat()
    return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=4)
def _read(path: str, format: str | None, arcs: ArcOrder, nodes: str | None, *_stamps: tuple[int, int]) -> FollowerGraph:
    """A file that was read, kept."""
    return read_network(path, format=format, arcs=arcs, nodes=nodes)


@lru_cache(maxsize=4)
def _load(name: str, _path: str, _stamp: tuple[int, int]) -> FollowerGraph:
    """A dataset that was read, kept."""
    return DATASETS[name].load()
