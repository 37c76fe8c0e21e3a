"""Who is drawn, where, and with which ties: computed once for a graph, the same for the same graph.

Beyond `MOST_DRAWN` people a sample is drawn, the same ones in both arms (`simulation.people_sample`). Ties are thinned,
too: of everybody's ties at most so many that the picture holds `MOST_TIES`. Places come from those ties by the forces
of Fruchterman and Reingold (1991), begun from places that keep schools and specialties together, so that no chance is
needed. Axes: M people drawn, K ties drawn.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from simulation import ROLES, SPECIALTIES, FollowerGraph, World, people_sample

MOST_DRAWN = 500
MOST_TIES = 1_500
ROUNDS = 40
"""Rounds of the layout; later ones hardly move anybody."""
_GOLDEN = np.pi * (3.0 - np.sqrt(5.0))

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Picture(NamedTuple):
    """The part of a drawn network that does not change in a run.

    Args:
        agents: [M] rows of the people drawn, ascending.
        places: [M, 2] from 0 to 1.
        roles, specialties: [M] names.
        followers: [M] numbers of followers in the whole graph.
        ties: [K, 2] places in `agents`: from the author to the follower, the way a post travels.
        people, arcs: numbers in the whole graph; among: arcs among the people drawn.
    """

    agents: Ints
    places: Floats
    roles: tuple[str, ...]
    specialties: tuple[str, ...]
    followers: Ints
    ties: Ints
    people: int
    arcs: int
    among: int

    def values(self) -> dict[str, Any]:
        """Plain values, for a page."""
        return {
            "places": self.places.round(4).tolist(),
            "roles": list(self.roles),
            "specialties": list(self.specialties),
            "followers": self.followers.tolist(),
            "ties": self.ties.tolist(),
            "caption": self.caption,
        }

    @property
    def caption(self) -> str:
        """What of the network is drawn, in a sentence."""
        drawn = len(self.agents)
        people = f"All {drawn:,} people" if drawn == self.people else f"A sample of {drawn:,} of {self.people:,} people"
        shown = len(self.ties)
        ties = f"all {shown:,} ties" if shown == self.among else f"{shown:,} of the {self.among:,} ties"
        return f"{people} and {ties} among them. An arrow points from an author to a follower."


def picture_of(world: World, most_drawn: int = MOST_DRAWN, most_ties: int = MOST_TIES) -> Picture:
    """The picture of a world's graph on day 0."""
    graph, population = world.graph, world.population
    agents = people_sample(world.seed, graph.n_agents, most_drawn)
    among = arcs_among(graph, agents)
    ties = thinned(among, most_ties)
    start = starting_places(population.community[agents], population.specialty[agents])
    return Picture(
        agents=agents,
        places=laid_out(start, ties),
        roles=tuple(ROLES[code] for code in population.role[agents]),
        specialties=tuple(SPECIALTIES[code] for code in population.specialty[agents]),
        followers=graph.follower_counts[agents].astype(np.int64),
        ties=ties,
        people=graph.n_agents,
        arcs=len(graph.followers),
        among=len(among),
    )


def arcs_among(graph: FollowerGraph, agents: Ints) -> Ints:
    """Arcs [A, 2] of which both ends are drawn, as places in `agents`, by follower."""
    place = np.full(graph.n_agents, -1, dtype=np.int64)
    place[agents] = np.arange(len(agents))
    followers = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
    both = (place[followers] >= 0) & (place[graph.followed] >= 0)
    return np.column_stack([place[graph.followed[both]], place[followers[both]]])


def thinned(arcs: Ints, most: int) -> Ints:
    """At most so many arcs: of everybody's, the same number, evenly spread over the people followed."""
    if len(arcs) <= most:
        return arcs
    _, first, counts = np.unique(arcs[:, 1], return_index=True, return_counts=True)
    each = next(number for number in range(int(counts.max()), -1, -1) if np.minimum(counts, number).sum() <= most)
    chosen = [
        begin + (np.arange(min(count, each)) * count) // max(1, min(count, each))
        for begin, count in zip(first, counts, strict=True)
    ]
    return arcs[np.concatenate(chosen)] if each else arcs[:most]


def starting_places(communities: NDArray[Any], specialties: NDArray[Any]) -> Floats:
    """Places [M, 2] round the middle, schools side by side and in each the specialties as sectors."""
    order = np.lexsort((np.arange(len(communities)), specialties, communities))
    places = np.empty((len(order), 2))
    schools = np.unique(communities)
    for number, school in enumerate(schools):
        rows = order[communities[order] == school]
        centre = 2.0 * np.pi * number / len(schools)
        turn = 2.0 * np.pi * np.arange(len(rows)) / len(rows)
        reach = 0.35 * np.sqrt(((np.arange(len(rows)) * _GOLDEN) % 1.0) / len(schools)) + 0.02
        places[rows] = np.column_stack([np.cos(centre) + reach * np.cos(turn), np.sin(centre) + reach * np.sin(turn)])
    return places


def laid_out(start: Floats, ties: Ints) -> Floats:
    """Places [M, 2] from 0 to 1 after the forces have worked."""
    return _laid_out(start.tobytes(), ties.astype(np.int64).tobytes())


@lru_cache(maxsize=64)
def _laid_out(start_bytes: bytes, tie_bytes: bytes) -> Floats:
    """The same from the bytes of both; kept, since a reset draws the same graph again."""
    start = np.frombuffer(start_bytes).reshape(-1, 2)
    ties = np.frombuffer(tie_bytes, dtype=np.int64).reshape(-1, 2)
    n_people = len(start)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n_people))
    graph.add_edges_from((author, follower) for author, follower in ties.tolist())
    found = nx.spring_layout(
        graph, pos=dict(enumerate(start)), iterations=ROUNDS, k=1.8 / np.sqrt(n_people), seed=1, method="force"
    )
    return _spread(np.array([found[row] for row in range(n_people)]))


def _spread(places: Floats) -> Floats:
    """Places on a disc in the unit square: directions from the middle are kept, distances made even."""
    away = places - np.median(places, axis=0)
    distance = np.hypot(away[:, 0], away[:, 1])
    rank = np.empty(len(places))
    rank[np.lexsort((np.arange(len(places)), distance))] = np.sqrt((np.arange(len(places)) + 0.5) / len(places))
    direction = away / np.where(distance > 0.0, distance, 1.0)[:, None]
    return np.asarray(0.5 + 0.5 * direction * rank[:, None])
