"""Who gets whose posts: a directed graph of followers, stored by author and by follower.

An arc runs from author u to follower v: posts of u are delivered to v; v follows u. F_u is the number of followers
of u, W_v the number of people v follows. Axes: N agents, E arcs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, Self

import networkx as nx
import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from simulation._compile import compiled
from simulation.errors import GraphFileError, Problem
from simulation.showing import as_html, plotted

Ids = NDArray[np.int32]
Offsets = NDArray[np.int64]
Flags = NDArray[np.bool_]

ROLES = ("student", "resident", "faculty", "other", "public")
"""Names of the codes 0..4 in an array of roles; the public are patients and carers, by default there are none."""

SPECIALTIES = (
    "anaesthesia",
    "surgery",
    "paediatrics",
    "internal medicine",
    "psychiatry",
    "general practice",
)
"""Names of the codes 0..5 in an array of specialties."""

_NO_ATTRIBUTES: Mapping[str, NDArray[Any]] = MappingProxyType({})


class Dropped(NamedTuple):
    """Arcs that were given and left out: nobody follows themselves, and nobody follows the same person twice."""

    self_loops: int = 0
    duplicates: int = 0


_NOTHING_DROPPED = Dropped()


@dataclass(frozen=True, eq=False)
class FollowerGraph:
    """A follower graph in compressed rows, both ways; both orders hold the same arcs.

    Args:
        follower_offsets: [N+1]; the followers of u stand at `follower_offsets[u]:follower_offsets[u + 1]`.
        followers: [E] who gets u's posts, ascending within each u.
        followed_offsets: [N+1]; whom v follows stands at `followed_offsets[v]:followed_offsets[v + 1]`.
        followed: [E] whom v follows, ascending within each v.
        attributes: arrays [N] that came with the graph (role, specialty, community, ...); empty for drawn graphs.
        labels: the ids [N] that the agents had elsewhere, where they were to be kept; None otherwise.
        dropped: what was left out on construction.
    """

    follower_offsets: Offsets
    followers: Ids
    followed_offsets: Offsets
    followed: Ids
    attributes: Mapping[str, NDArray[Any]] = field(default=_NO_ATTRIBUTES)
    labels: NDArray[Any] | None = None
    dropped: Dropped = _NOTHING_DROPPED

    @classmethod
    def from_arcs(
        cls,
        n_agents: int,
        authors: ArrayLike,
        followers: ArrayLike,
        *,
        attributes: Mapping[str, NDArray[Any]] = _NO_ATTRIBUTES,
        labels: NDArray[Any] | None = None,
    ) -> Self:
        """The graph of the arcs `authors[e]` -> `followers[e]`, both [E], in any order.

        Self-loops and duplicates are left out and counted in `dropped`. Time and memory are linear in N + E.

        Raises:
            GraphFileError: an id outside 0..N-1, or arrays of different lengths.
        """
        given_authors, given_followers = _as_ids(n_agents, authors, followers)
        kept = given_authors != given_followers
        loops = int(len(kept) - np.count_nonzero(kept))
        if loops:
            given_authors, given_followers = given_authors[kept], given_followers[kept]
        offsets, row = _grouped(n_agents, given_authors, given_followers)
        followed_offsets, followed = _distinct(*transposed(n_agents, offsets, row))
        dropped = Dropped(loops, len(row) - len(followed))
        return cls._from_sorted_followed(followed_offsets, followed, attributes, labels, dropped)

    def __deepcopy__(self, memo: object) -> Self:
        """Itself: nothing in it changes, so copies of a model share it."""
        return self

    @classmethod
    def from_followed(cls, followed_offsets: Offsets, followed: Ids) -> Self:
        """The graph in which v follows `followed[followed_offsets[v]:followed_offsets[v + 1]]`, in any order.

        The rows must hold neither v nor anyone twice; this is for generators, whose passes see to that.
        """
        n_agents = len(followed_offsets) - 1
        follower_offsets, followers = transposed(n_agents, followed_offsets, followed)
        _, ordered = transposed(n_agents, follower_offsets, followers)
        return cls(follower_offsets, followers, followed_offsets, ordered)

    @classmethod
    def _from_sorted_followed(
        cls,
        followed_offsets: Offsets,
        followed: Ids,
        attributes: Mapping[str, NDArray[Any]],
        labels: NDArray[Any] | None,
        dropped: Dropped,
    ) -> Self:
        """The checked graph of rows that are ascending and free of repeats."""
        follower_offsets, followers = transposed(len(followed_offsets) - 1, followed_offsets, followed)
        frozen = MappingProxyType(dict(attributes))
        graph = cls(follower_offsets, followers, followed_offsets, followed, frozen, labels, dropped)
        graph.check()
        return graph

    @classmethod
    def from_networkx(cls, graph: "nx.DiGraph[Any]", *, keep_labels: bool = False) -> Self:
        """The graph of a NetworkX graph in which an edge u -> v means that posts of u travel to v.

        Nodes become agents in the order of the graph; an attribute that every node has becomes an entry of
        `attributes`. An undirected graph gives both directions, a multigraph its distinct arcs.

        Args:
            graph: whose nodes may be anything.
            keep_labels: keep the nodes as `labels`.
        """
        nodes = list(graph.nodes)
        row = {node: agent for agent, node in enumerate(nodes)}
        directed = graph if graph.is_directed() else graph.to_directed()
        pairs = np.array([(row[u], row[v]) for u, v in directed.edges()], dtype=np.int64).reshape(-1, 2)
        labels = np.empty(len(nodes), dtype=object) if keep_labels else None
        if labels is not None:
            labels[:] = nodes
        attributes = _node_attributes(graph)
        return cls.from_arcs(len(nodes), pairs[:, 0], pairs[:, 1], attributes=attributes, labels=labels)

    def to_networkx(self) -> "nx.DiGraph[int]":
        """A NetworkX graph on 0..N-1 with an edge u -> v where posts of u travel to v; `attributes` on its nodes."""
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(self.n_agents))
        graph.add_edges_from(zip(self.authors.tolist(), self.followers.tolist(), strict=True))
        for name, values in self.attributes.items():
            nx.set_node_attributes(graph, dict(enumerate(values.tolist())), name)
        return graph

    def to_scipy(self) -> sp.csr_array:
        """The matrix [N, N] with a one at (u, v) where posts of u travel to v."""
        ones = np.ones(self.n_arcs, dtype=np.int8)
        shape = (self.n_agents, self.n_agents)
        return sp.csr_array((ones, self.followers, self.follower_offsets), shape=shape)

    @property
    def n_agents(self) -> int:
        """N."""
        return len(self.follower_offsets) - 1

    @property
    def n_arcs(self) -> int:
        """E."""
        return len(self.followers)

    @cached_property
    def follower_counts(self) -> Offsets:
        """F [N]: how many people follow each agent."""
        return np.diff(self.follower_offsets)

    @cached_property
    def followed_counts(self) -> Offsets:
        """W [N]: how many people each agent follows."""
        return np.diff(self.followed_offsets)

    @property
    def authors(self) -> Ids:
        """The author [E] of each arc, in the order of `followers`."""
        return np.repeat(np.arange(self.n_agents, dtype=np.int32), self.follower_counts)

    def followers_of(self, author: int) -> Ids:
        """Who gets the posts of `author`, ascending."""
        return self.followers[self.follower_offsets[author] : self.follower_offsets[author + 1]]

    def followed_by(self, follower: int) -> Ids:
        """Whom `follower` follows, ascending."""
        return self.followed[self.followed_offsets[follower] : self.followed_offsets[follower + 1]]

    @cached_property
    def reciprocal(self) -> Flags:
        """Whether the followed one follows back, for each arc [E] in the order of `followed`."""
        return reciprocal_flags(self.follower_offsets, self.followers, self.followed_offsets, self.followed)

    @cached_property
    def arc_of_followed(self) -> Offsets:
        """The position in `followers` of each arc [E] of `followed`: carries flags of arcs between the orders."""
        return _arc_of_followed(self.follower_offsets, self.followed)

    def check(self) -> None:
        """Hold the graph to its invariants.

        Raises:
            GraphFileError: offsets or ids out of range, a row not strictly ascending, a self-loop, or two orders that
                do not hold the same arcs.
        """
        _check_rows("followers", self.follower_offsets, self.followers)
        _check_rows("followed", self.followed_offsets, self.followed)
        _, again = transposed(self.n_agents, self.follower_offsets, self.followers)
        same = self.n_agents == len(self.followed_offsets) - 1 and np.array_equal(again, self.followed)
        if not same:
            raise _broken("followers and followed do not hold the same arcs")
        for name, values in self.attributes.items():
            if len(values) != self.n_agents:
                raise _broken(f"attribute '{name}' has {len(values)} entries for {self.n_agents} agents")

    def plot(self, **how: Any) -> Any:  # noqa: ANN401 - as whoever draws it takes and gives
        """A figure of the graph: who follows whom, and how many followers people have.

        Args:
            **how: `marked`, flags [N] of people to show in a colour of their own, and `label`, what these are.

        Raises:
            InputError: nothing is installed that draws it, or flags that are not one for each agent.
        """
        return plotted("graph", self, **how)

    def _repr_html_(self) -> str | None:
        """The graph as a notebook shows it."""
        return as_html("graph", self)

    def __str__(self) -> str:
        """A line that says how large it is."""
        return f"follower graph of {self.n_agents:,} people, {self.n_arcs:,} arcs"


def _broken(what: str) -> GraphFileError:
    """The error for a graph that is not one."""
    return GraphFileError(Problem(where="follower graph", what=what))


def _as_ids(n_agents: int, authors: ArrayLike, followers: ArrayLike) -> tuple[Ids, Ids]:
    """Both ends of the arcs as checked ids [E]."""
    ends = [np.asarray(end) for end in (authors, followers)]
    if ends[0].shape != ends[1].shape or ends[0].ndim != 1:
        raise _broken(
            f"{ends[0].shape} authors but {ends[1].shape} followers; two flat arrays of one length are needed"
        )
    for end in ends:
        if end.size and not (end.min() >= 0 and end.max() < n_agents):
            raise _broken(f"an id {end.min()}..{end.max()} outside 0..{n_agents - 1}")
    return ends[0].astype(np.int32), ends[1].astype(np.int32)


def _node_attributes(graph: "nx.DiGraph[Any]") -> dict[str, NDArray[Any]]:
    """The attributes that every node of a NetworkX graph has, as arrays [N]."""
    rows = [attributes for _, attributes in graph.nodes(data=True)]
    shared = [name for name in (rows[0] if rows else ()) if all(name in row for row in rows)]
    return {name: np.array([row[name] for row in rows]) for name in shared}


def _check_rows(name: str, offsets: Offsets, members: Ids) -> None:
    """Hold one order of the arcs to its invariants; `members` [E] lies in rows given by `offsets` [N+1]."""
    n_agents = len(offsets) - 1
    if n_agents < 0 or offsets[0] != 0 or offsets[-1] != len(members) or np.any(np.diff(offsets) < 0):
        raise _broken(f"{name}: offsets do not run from 0 to the number of arcs")
    if len(members) and not (members.min() >= 0 and members.max() < n_agents):
        raise _broken(f"{name}: an id outside 0..{n_agents - 1}")
    row = _first_bad_row(offsets, members)
    if row >= 0:
        raise _broken(f"{name}: the row of agent {row} is not strictly ascending or holds the agent")


@compiled
def _first_bad_row(offsets: Offsets, members: Ids) -> int:
    """The first row that is not strictly ascending or holds its own number; -1 when there is none."""
    for row in range(len(offsets) - 1):
        for place in range(offsets[row], offsets[row + 1]):
            if members[place] == row or (place > offsets[row] and members[place] <= members[place - 1]):
                return row
    return -1


@compiled
def _grouped(n_rows: int, rows: Ids, members: Ids) -> tuple[Offsets, Ids]:
    """Pairs (rows [E], members [E]) as compressed rows; members keep their order within a row."""
    offsets = np.zeros(n_rows + 1, dtype=np.int64)
    for row in rows:
        offsets[row + 1] += 1
    for row in range(n_rows):
        offsets[row + 1] += offsets[row]
    place = offsets[:-1].copy()
    out = np.empty(len(members), dtype=np.int32)
    for arc in range(len(rows)):
        out[place[rows[arc]]] = members[arc]
        place[rows[arc]] += 1
    return offsets, out


@compiled
def transposed(n_agents: int, offsets: Offsets, members: Ids) -> tuple[Offsets, Ids]:
    """The same arcs by their other end; every row of the result is ascending."""
    turned = np.zeros(n_agents + 1, dtype=np.int64)
    for member in members:
        turned[member + 1] += 1
    for row in range(n_agents):
        turned[row + 1] += turned[row]
    place = turned[:-1].copy()
    out = np.empty(len(members), dtype=np.int32)
    for row in range(n_agents):
        for arc in range(offsets[row], offsets[row + 1]):
            out[place[members[arc]]] = row
            place[members[arc]] += 1
    return turned, out


@compiled
def _distinct(offsets: Offsets, members: Ids) -> tuple[Offsets, Ids]:
    """Ascending rows without their repeats."""
    kept = np.zeros(len(offsets), dtype=np.int64)
    out = np.empty(len(members), dtype=np.int32)
    count = 0
    for row in range(len(offsets) - 1):
        for place in range(offsets[row], offsets[row + 1]):
            if place == offsets[row] or members[place] != members[place - 1]:
                out[count] = members[place]
                count += 1
        kept[row + 1] = count
    return kept, out[:count].copy()


@compiled
def reciprocal_flags(follower_offsets: Offsets, followers: Ids, followed_offsets: Offsets, followed: Ids) -> Flags:
    """For each arc of `followed` [E]: does the followed one follow back? Walks both ascending rows of v together."""
    out = np.zeros(len(followed), dtype=np.bool_)
    for v in range(len(followed_offsets) - 1):
        place, end = follower_offsets[v], follower_offsets[v + 1]
        for arc in range(followed_offsets[v], followed_offsets[v + 1]):
            while place < end and followers[place] < followed[arc]:
                place += 1
            out[arc] = place < end and followers[place] == followed[arc]
    return out


@compiled
def _arc_of_followed(follower_offsets: Offsets, followed: Ids) -> Offsets:
    """Positions in `followers` of the arcs [E] of `followed`: followers come up in the order in which u lists them."""
    place = follower_offsets[:-1].copy()
    out = np.empty(len(followed), dtype=np.int64)
    for arc in range(len(followed)):
        out[arc] = place[followed[arc]]
        place[followed[arc]] += 1
    return out
