"""A network from a file of the user's."""

from functools import lru_cache
from typing import Literal

from simulation.generators.base import NETWORKS
from simulation.generators.given import Given, stamp
from simulation.graph import FollowerGraph
from simulation.graph_files import ArcOrder, read_network
from simulation.records import parameter


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
        return _read(self.path, self.format, self.arcs, self.nodes, stamp(self.path), stamp(self.nodes))

    def files(self) -> tuple[str, ...]:
        """The file of the network and the node table, where there is one."""
        return (self.path, self.nodes) if self.nodes else (self.path,)


@lru_cache(maxsize=4)
def _read(path: str, format: str | None, arcs: ArcOrder, nodes: str | None, *_stamps: tuple[int, int]) -> FollowerGraph:
    """A file that was read, kept."""
    return read_network(path, format=format, arcs=arcs, nodes=nodes)
