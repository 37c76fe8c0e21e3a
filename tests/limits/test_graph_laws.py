"""Laws 5 and 6 of the model: the friendship paradox and the majority illusion, on the follower graph itself."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.datasets import PHYSICIANS
from simulation.errors import DatasetError
from simulation.generators import NETWORKS, Classes
from simulation.graph import FollowerGraph
from simulation.graph_measures import followers_of_followed, reciprocity


@pytest.fixture(scope="module")
def physicians():
    try:
        PHYSICIANS.find()
    except DatasetError as error:
        pytest.skip(str(error))
    return PHYSICIANS.load()


@st.composite
def graphs_with_strugglers(draw):
    n_agents = draw(st.integers(2, 15))
    ids = st.integers(0, n_agents - 1)
    arcs = draw(
        st.lists(st.tuples(ids, ids), min_size=1, max_size=60).filter(lambda arcs: any(u != v for u, v in arcs))
    )
    authors, followers = np.array(arcs).T
    struggling = draw(st.lists(st.integers(0, 1), min_size=n_agents, max_size=n_agents))
    return FollowerGraph.from_arcs(n_agents, authors, followers), np.array(struggling)


def share_among_followed(graph, struggling):
    """Mean of x over all follow links, as a fraction."""
    return Fraction(int(struggling[graph.followed].sum()), graph.n_arcs)


def prevalence_and_covariance(graph, struggling):
    """pi + cov(F, x) / <F>, as a fraction."""
    n_agents, counts = graph.n_agents, graph.follower_counts
    prevalence = Fraction(int(struggling.sum()), n_agents)
    mean = Fraction(graph.n_arcs, n_agents)
    covariance = Fraction(int((counts * struggling).sum()), n_agents) - mean * prevalence
    return prevalence + covariance / mean


def test_physicians_name_people_with_nearly_twice_their_own_followers(physicians):
    assert physicians.n_agents == 241
    assert physicians.n_arcs == 1098
    assert followers_of_followed(physicians) == pytest.approx(8.3224, abs=5e-5)
    assert physicians.follower_counts.mean() == pytest.approx(4.5560, abs=5e-5)
    assert reciprocity(physicians) == pytest.approx(0.319, abs=5e-4)


@given(graphs_with_strugglers())
def test_the_followed_have_on_average_the_second_over_the_first_moment_of_followers(example):
    graph, _ = example
    counts = graph.follower_counts
    assert followers_of_followed(graph) == pytest.approx((counts**2).sum() / counts.sum())
    assert followers_of_followed(graph) >= counts.mean() - 1e-12


@given(graphs_with_strugglers())
def test_strugglers_among_the_followed_are_their_prevalence_plus_a_covariance_exactly(example):
    graph, struggling = example
    assert share_among_followed(graph, struggling) == prevalence_and_covariance(graph, struggling)


def test_the_majority_illusion_is_exact_on_the_physicians(physicians):
    busiest = (physicians.follower_counts >= 9).astype(np.int64)
    seen = share_among_followed(physicians, busiest)
    assert seen == prevalence_and_covariance(physicians, busiest)
    assert seen > 2 * busiest.mean()


def test_the_majority_illusion_is_exact_on_the_default_network():
    n_agents = 600
    agents = np.arange(n_agents)
    classes = Classes(
        n_agents, (agents % 4).astype(np.int8), (agents % 6).astype(np.int8), (agents % 2).astype(np.int32)
    )
    graph = NETWORKS["popularity"]().build(classes, seed=5)
    struggling = (agents % 4 == 1).astype(np.int64)
    assert share_among_followed(graph, struggling) == prevalence_and_covariance(graph, struggling)
