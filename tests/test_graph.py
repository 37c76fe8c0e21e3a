"""The follower graph: both orders of the arcs, its invariants, its measures."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.draws import Decision, uniforms
from simulation.errors import GraphFileError
from simulation.graph import Dropped, FollowerGraph
from simulation.graph_measures import MEASURES, gini, measures, tail_exponent

# 0 is followed by 1 and 2, 1 by 0; 3 follows nobody and is followed by nobody.
ARCS = [(0, 1), (0, 2), (1, 0)]


def graph_of(n_agents, arcs):
    pairs = np.array(arcs, dtype=np.int64).reshape(-1, 2)
    return FollowerGraph.from_arcs(n_agents, pairs[:, 0], pairs[:, 1])


@st.composite
def arc_lists(draw, most=12):
    n_agents = draw(st.integers(1, most))
    ids = st.integers(0, n_agents - 1)
    return n_agents, draw(st.lists(st.tuples(ids, ids), max_size=60))


@st.composite
def graphs(draw, most=12):
    return graph_of(*draw(arc_lists(most)))


def test_posts_of_an_author_go_to_those_who_follow():
    graph = graph_of(4, ARCS)
    assert graph.followers_of(0).tolist() == [1, 2]
    assert graph.followed_by(2).tolist() == [0]
    assert graph.follower_counts.tolist() == [2, 1, 0, 0]
    assert graph.followed_counts.tolist() == [1, 1, 1, 0]


def test_nobody_follows_themselves_or_the_same_person_twice():
    graph = graph_of(4, [*ARCS, (0, 1), (2, 2), (0, 1)])
    assert graph.dropped == Dropped(self_loops=1, duplicates=2)
    assert graph.n_arcs == len(ARCS)


@given(arc_lists())
def test_a_graph_holds_exactly_the_distinct_arcs_it_was_given(given_arcs):
    n_agents, arcs = given_arcs
    graph = graph_of(n_agents, arcs)
    distinct = {arc for arc in arcs if arc[0] != arc[1]}
    assert set(zip(graph.authors.tolist(), graph.followers.tolist(), strict=True)) == distinct
    assert {(u, v) for v in range(n_agents) for u in graph.followed_by(v).tolist()} == distinct
    assert graph.n_arcs + sum(graph.dropped) == len(arcs)


@given(graphs())
def test_an_arc_is_reciprocal_when_its_author_follows_back(graph):
    readers = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
    expected = [v in graph.followed_by(u) for u, v in zip(graph.followed, readers, strict=True)]
    assert graph.reciprocal.tolist() == expected


@given(graphs())
def test_every_arc_is_found_in_the_other_order(graph):
    readers = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
    assert np.array_equal(graph.authors[graph.arc_of_followed], graph.followed)
    assert np.array_equal(graph.followers[graph.arc_of_followed], readers)


@given(graphs())
def test_networkx_and_back_is_the_same_graph(graph):
    again = FollowerGraph.from_networkx(graph.to_networkx())
    assert np.array_equal(again.followers, graph.followers)
    assert np.array_equal(again.follower_offsets, graph.follower_offsets)


def test_an_undirected_networkx_graph_gives_ties_both_ways_with_its_attributes():
    path = nx.path_graph(["a", "b", "c"])
    nx.set_node_attributes(path, {"a": 1, "b": 2, "c": 3}, "ward")
    graph = FollowerGraph.from_networkx(path, keep_labels=True)
    assert graph.n_arcs == 4
    assert FollowerGraph.from_networkx(path).labels is None
    assert graph.labels is not None
    assert graph.labels.tolist() == ["a", "b", "c"]
    assert graph.attributes["ward"].tolist() == [1, 2, 3]


def test_the_matrix_has_a_one_where_posts_travel():
    matrix = graph_of(4, ARCS).to_scipy().toarray()
    assert np.argwhere(matrix).tolist() == [list(arc) for arc in ARCS]


@pytest.mark.parametrize(
    ("authors", "followers"),
    [([0, 4], [1, 1]), ([-1], [0]), ([0, 1], [1])],
    ids=["beyond the last agent", "negative", "ends of different length"],
)
def test_arcs_that_are_none_are_refused(authors, followers):
    with pytest.raises(GraphFileError, match="follower graph"):
        FollowerGraph.from_arcs(4, np.array(authors), np.array(followers))


@pytest.mark.parametrize(
    ("followers", "followed", "message"),
    [
        ([2, 1, 0], [1, 0, 0], "strictly ascending"),
        ([1, 1, 0], [1, 0, 0], "strictly ascending"),
        ([0, 2, 0], [1, 0, 0], "holds the agent"),
        ([1, 9, 0], [1, 0, 0], "outside"),
        ([1, 2, 3], [1, 0, 0], "same arcs"),
    ],
    ids=["unsorted", "repeat", "self-loop", "range", "two truths"],
)
def test_a_broken_graph_does_not_pass_its_check(followers, followed, message):
    good = graph_of(4, ARCS)
    broken = FollowerGraph(
        good.follower_offsets,
        np.array(followers, dtype=np.int32),
        good.followed_offsets,
        np.array(followed, dtype=np.int32),
    )
    with pytest.raises(GraphFileError, match=message):
        broken.check()


def test_an_attribute_has_one_entry_for_each_agent():
    with pytest.raises(GraphFileError, match="'role' has 2 entries for 4 agents"):
        FollowerGraph.from_arcs(4, [0], [1], attributes={"role": np.zeros(2, dtype=np.int8)})


@pytest.fixture(scope="module")
def random_graph():
    pairs = np.array(list(nx.gnp_random_graph(60, 0.08, seed=4, directed=True).edges()))
    return graph_of(60, pairs)


def test_measures_agree_with_networkx(random_graph):
    directed = random_graph.to_networkx()
    plain = directed.to_undirected()
    largest = plain.subgraph(max(nx.connected_components(plain), key=len))
    found = measures(random_graph)
    expected = {
        "reciprocity": nx.overall_reciprocity(directed),
        "clustering": nx.average_clustering(plain),
        "transitivity": nx.transitivity(plain),
        "assortativity": nx.degree_assortativity_coefficient(plain),
        "strong_share": max(map(len, nx.strongly_connected_components(directed))) / 60,
        "weak_share": len(largest) / 60,
        "mean_distance": nx.average_shortest_path_length(largest),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("arcs", [[], [(0, 1)], [(0, 1), (1, 0)]], ids=["empty", "one arc", "one pair"])
def test_measures_of_the_smallest_graphs_are_numbers_or_nan(arcs):
    found = measures(graph_of(2, arcs))
    assert list(found) == list(MEASURES)
    assert found["arcs"] == len(arcs)
    assert all(isinstance(value, float) for value in found.values())


@given(graphs(), st.integers(0, 2**31))
def test_relabelling_the_agents_leaves_every_measure_as_it_was(graph, seed):
    new = np.argsort(uniforms(seed, Decision.SAMPLE, np.arange(graph.n_agents), 0))
    relabelled = FollowerGraph.from_arcs(graph.n_agents, new[graph.authors], new[graph.followers])
    assert measures(relabelled) == pytest.approx(measures(graph), nan_ok=True)


@pytest.mark.parametrize("exponent", [2.1, 2.5, 3.0])
def test_the_tail_exponent_of_a_power_law_is_found(exponent):
    u = uniforms(7, Decision.SAMPLE, np.arange(40_000), int(10 * exponent))
    counts = np.floor(9.5 * (1 - u) ** (-1 / (exponent - 1)) + 0.5).astype(np.int64)
    tail = tail_exponent(counts)
    standard_error = (exponent - 1) / math.sqrt(np.count_nonzero(counts >= tail.start))
    assert tail.exponent == pytest.approx(exponent, abs=4 * standard_error + 0.01)


def test_the_two_tail_exponents_change_places_when_the_arcs_are_turned_round():
    authors = np.floor(200 * uniforms(3, Decision.SAMPLE, np.arange(4000), 0) ** 3).astype(np.int64)
    followers = np.floor(200 * uniforms(3, Decision.SAMPLE, np.arange(4000), 1)).astype(np.int64)
    found, turned = (
        measures(FollowerGraph.from_arcs(200, *ends)) for ends in ((authors, followers), (followers, authors))
    )
    assert found["tail_exponent"] == turned["followed_tail_exponent"]
    assert found["followed_tail_exponent"] == turned["tail_exponent"] != found["tail_exponent"]


def test_equal_counts_have_no_tail():
    assert math.isnan(tail_exponent(np.full(1000, 7)).exponent)


def test_gini_is_zero_for_equals_and_near_one_when_one_has_everything():
    assert gini(np.full(10, 3)) == pytest.approx(0)
    assert gini(np.array([0] * 99 + [5])) == pytest.approx(0.99)
