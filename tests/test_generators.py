"""Each network generator for itself: what its settings promise."""

import contextlib
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chi2

from simulation.draws import Decision, uniforms
from simulation.errors import DatasetError, InputError, UnknownNameError
from simulation.generators import (
    NETWORKS,
    Block,
    Classes,
    Complete,
    Configuration,
    Degrees,
    File,
    Growth,
    KnownDataset,
    Popularity,
    Ring,
    Star,
    number_of_communities,
    rewired,
    rewired_within_communities,
)
from simulation.generators.configuration import whole_numbers
from simulation.generators.popularity import capped
from simulation.graph_measures import measures

FACULTY = 2
ERROR = 1e-6
"""Accepted chance that a correct generator fails one of the frequency tests."""


def people(n_agents, seed=1):
    who = np.arange(n_agents)
    role, specialty, community = (uniforms(seed, Decision.SAMPLE, who, k) for k in range(3))
    return Classes(
        n_agents,
        np.searchsorted([0.35, 0.65, 0.85], role, side="right").astype(np.int8),
        (specialty * 6).astype(np.int8),
        (community * number_of_communities(n_agents)).astype(np.int32),
    )


def assert_frequency(successes, trials, chance):
    """The count is one that the binomial law allows, with error probability ERROR."""
    low, high = binom.ppf([ERROR / 2, 1 - ERROR / 2], trials, chance)
    assert low <= successes <= high, f"{successes} of {trials} at {chance}"


def mean_measures(network, n_agents, seeds):
    rows = [measures(network.build(people(n_agents, seed), seed), sources=1) for seed in seeds]
    return {name: np.mean([row[name] for row in rows]) for name in rows[0]}


# popularity


@pytest.fixture(scope="module")
def default_measures():
    return mean_measures(Popularity(), 5000, range(10))


@pytest.mark.parametrize(
    ("measure", "low", "high"),
    [
        ("mean_degree", 31, 33),
        ("reciprocity", 0.22, 0.45),
        ("tail_exponent", 2.05, 2.35),
        ("clustering", 0.15, 0.31),
        ("assortativity", -0.16, 0),
        ("correlation_log", 0.55, 0.75),
    ],
)
def test_the_default_network_looks_like_the_follower_graphs_that_were_measured(default_measures, measure, low, high):
    assert low <= default_measures[measure] <= high


@pytest.mark.slow
def test_the_default_network_keeps_its_targets_at_a_hundred_thousand():
    found = mean_measures(Popularity(), 100_000, [1])
    assert found["mean_degree"] == pytest.approx(32, abs=1)
    assert 0.22 <= found["reciprocity"] <= 0.45
    assert 2.05 <= found["tail_exponent"] <= 2.40
    assert 0.15 <= found["clustering"] <= 0.31
    assert -0.16 <= found["assortativity"] <= 0
    assert 0.55 <= found["correlation_log"] <= 0.75


def test_small_networks_are_mutual_as_large_ones_are():
    reciprocity = mean_measures(Popularity(), 300, range(5))["reciprocity"]
    assert 0.2 <= reciprocity <= 0.45


def test_without_returns_and_copies_everybody_follows_as_many_as_drawn():
    network = Popularity(copy_share=0, return_probability=0, followed_median=12, followed_sigma=0)
    assert set(network.build(people(400), 1).followed_counts.tolist()) == {12}


def test_a_return_chance_of_one_answers_every_follower_of_those_who_follow_more():
    graph = Popularity(return_probability=1).build(people(500), 1)
    assert measures(graph)["reciprocity"] > 2 * measures(Popularity().build(people(500), 1))["reciprocity"]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_popularity_draws_meet_the_own_community_as_often_as_set(share):
    network = Popularity(
        copy_share=0, return_probability=0, community_share=share, specialty_share=0, followed_median=8,
        followed_max=30, popularity_exponent=10,
    )  # fmt: skip
    classes = people(2000)
    graph = network.build(classes, 1)
    own = int((classes.community[graph.authors] == classes.community[graph.followers]).sum())
    assert_frequency(own, graph.n_arcs, share)


def test_faculty_are_followed_as_much_more_as_their_fitness_says():
    fitness = {"popularity_exponent": 10, "copy_share": 0, "return_probability": 0, "community_share": 0}
    graph = Popularity(**fitness, faculty_fitness=3).build(people(3000), 1)
    faculty = people(3000).role == FACULTY
    ratio = graph.follower_counts[faculty].mean() / graph.follower_counts[~faculty].mean()
    assert ratio == pytest.approx(3, rel=0.1)


def test_nobody_is_followed_by_much_more_than_the_cap():
    for seed in range(5):
        graph = Popularity().build(people(5000, seed), seed)
        assert graph.follower_counts.max() < 0.16 * 5000


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=50), st.floats(0.001, 1))
def test_no_capped_weight_exceeds_its_share(weights, share):
    cut = capped(np.array(weights), share)
    if share * len(weights) > 1.001:
        assert cut.max() <= share * cut.sum() * (1 + 1e-9)
        untouched = cut < cut.max()
        assert np.array_equal(cut[untouched], np.array(weights)[untouched])


def test_settings_that_depend_on_size_follow_their_rules():
    network = Popularity()
    assert network.followed_median_for(500) == pytest.approx(9.15)
    assert network.followed_median_for(10**6) == 18.3
    assert network.return_probability_for(5000) == pytest.approx(0.34)
    assert network.return_probability_for(500) == pytest.approx(0.26)
    assert network.return_probability_for(2) == 0.15
    assert Popularity(return_probability=0).return_probability_for(5000) == 0


def test_there_is_a_community_for_250_agents_and_never_fewer_than_two():
    assert [number_of_communities(n) for n in (1, 300, 749, 750, 5000)] == [2, 2, 2, 3, 20]


# growth


def test_the_growing_network_is_dense_mutual_and_heavy_tailed():
    found = mean_measures(Growth(), 5000, range(2))
    assert found["mean_degree"] == pytest.approx(32, abs=1.5)
    assert 0.22 <= found["reciprocity"] <= 0.45
    assert 0.15 <= found["clustering"] <= 0.31
    assert 1.9 <= found["tail_exponent"] <= 2.35


def test_those_who_came_early_have_more_followers():
    graph = Growth(faculty_fitness=1).build(people(1000), 1)
    order = np.argsort(uniforms(1, Decision.GRAPH_ORDER, np.arange(1000), 0), kind="stable")
    counts = graph.follower_counts[order]
    assert counts[:200].mean() > 3 * counts[-200:].mean()


@pytest.mark.parametrize("network", [Growth(), Complete()], ids=["growth", "complete"])
def test_a_network_that_would_be_too_large_says_so(network):
    with pytest.raises(InputError, match="at most"):
        network.build(people(20_001), 1)


# configuration


@pytest.mark.parametrize("law", ["lognormal", "poisson", "fixed"])
def test_given_laws_of_degrees_come_out(law):
    degrees = Degrees(law=law, mean=10, sigma=0.5)
    graph = Configuration(followers=degrees, followed=degrees).build(people(4000), 1)
    assert graph.n_arcs / 4000 == pytest.approx(10, rel=0.03)
    spread = {"lognormal": 10 * np.sqrt(np.exp(0.25) - 1), "poisson": np.sqrt(10), "fixed": 0.0}[law]
    assert graph.follower_counts.std() == pytest.approx(spread, abs=0.3)


def test_lists_of_degrees_are_kept_but_for_what_is_dropped():
    followers, followed = [3, 1, 1, 0, 1], [0, 1, 1, 2, 2]
    network = Configuration(
        followers=Degrees(law="list", values=followers), followed=Degrees(law="list", values=followed)
    )
    graph = network.build(people(5), 1)
    assert graph.n_arcs + sum(graph.dropped) == 6
    assert (graph.follower_counts <= followers).all()
    assert (graph.followed_counts <= followed).all()


@pytest.mark.parametrize(
    ("followers", "followed", "message"),
    [
        ([1, 1], [1, 1, 1], "2 numbers for 3 agents"),
        ([3, 0, 0], [1, 1, 1], "from 0 to 3"),
        ([1, 0, 0], [1, 1, 0], "add up"),
    ],
)
def test_lists_that_cannot_be_are_refused(followers, followed, message):
    network = Configuration(
        followers=Degrees(law="list", values=followers), followed=Degrees(law="list", values=followed)
    )
    with pytest.raises(InputError, match=message):
        network.build(people(3), 1)


@given(st.lists(st.floats(0, 100), min_size=2, max_size=40), st.integers(0, 200))
def test_rounded_numbers_have_exactly_the_total_asked_for(values, total):
    numbers = whole_numbers(np.array(values), total)
    assert numbers.sum() == total
    assert (numbers >= 0).all()


# block


def test_blocks_follow_each_other_at_the_given_rates():
    rates = ((0.3, 0.05), (0.0, 0.1))
    sizes = (60, 90)
    graph = Block(sizes=sizes, rates=rates).build(people(150), 1)
    block = np.repeat([0, 1], sizes)
    for a in range(2):
        for b in range(2):
            arcs = int(((block[graph.authors] == a) & (block[graph.followers] == b)).sum())
            assert_frequency(arcs, sizes[a] * (sizes[b] - (a == b)), rates[a][b])


def test_blocks_without_rates_have_the_mean_and_the_share_within_asked_for():
    classes = people(3000)
    graph = Block(mean_followed=20, within_share=0.7).build(classes, 1)
    within = int((classes.community[graph.authors] == classes.community[graph.followers]).sum())
    assert graph.n_arcs / 3000 == pytest.approx(20, abs=0.6)
    assert within / graph.n_arcs == pytest.approx(0.7, abs=0.02)


def test_arcs_of_a_block_model_are_independent_of_each_other():
    graph = Block(sizes=(700, 600, 700), mean_followed=20, within_share=0.3).build(people(2000), 1)
    counts = graph.follower_counts[700:1300]
    dispersion = ((counts - counts.mean()) ** 2).sum() / (counts.mean() * (1 - counts.mean() / 2000))
    low, high = chi2.ppf([ERROR / 2, 1 - ERROR / 2], len(counts) - 1)
    assert low < dispersion < high


def test_blocks_of_given_sizes_are_the_communities():
    network = Block(sizes=(2, 3))
    assert network.attributes(5)["community"].tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("settings", [{"sizes": (2, 2)}, {"rates": ((0.1, 0.2),)}, {"rates": ((2.0, 0), (0, 0))}])
def test_blocks_that_cannot_be_are_refused(settings):
    with pytest.raises(InputError, match="network"):
        Block(**settings).build(people(5), 1)


# shapes


def test_on_a_ring_everybody_follows_the_nearest_on_both_sides():
    assert Ring(neighbours=2).build(people(10), 0).followed_by(0).tolist() == [1, 2, 8, 9]


def test_a_ring_of_one_neighbour_one_way_is_a_directed_cycle():
    graph = Ring(neighbours=1, directions="one").build(people(5), 0)
    assert [graph.followers_of(u).tolist() for u in range(5)] == [[1], [2], [3], [4], [0]]


@pytest.mark.parametrize(
    ("spokes", "followers", "followed"), [("from_centre", 4, 0), ("to_centre", 0, 4), ("both", 4, 4)]
)
def test_in_a_star_all_ties_are_with_the_centre(spokes, followers, followed):
    graph = Star(spokes=spokes).build(people(5), 0)
    assert (len(graph.followers_of(0)), len(graph.followed_by(0))) == (followers, followed)
    assert graph.n_arcs == followers + followed


def test_in_a_complete_graph_everybody_follows_everybody():
    graph = Complete().build(people(6), 0)
    assert graph.n_arcs == 30
    assert graph.followers_of(2).tolist() == [0, 1, 3, 4, 5]


# rewiring


def test_rewiring_takes_clustering_and_mutual_ties_away_and_leaves_degrees():
    graph = Popularity().build(people(2000), 1)
    shuffled = rewired(graph, seed=2)
    before, after = measures(graph), measures(shuffled)
    assert np.array_equal(graph.follower_counts, shuffled.follower_counts)
    assert np.array_equal(graph.followed_counts, shuffled.followed_counts)
    assert after["reciprocity"] < before["reciprocity"] / 3
    assert after["clustering"] < before["clustering"]


def test_rewiring_within_communities_keeps_the_arcs_between_any_two():
    classes = people(1000)
    graph = Popularity().build(classes, 1)
    shuffled = rewired_within_communities(graph, classes.community, seed=2)
    pairs = [4 * classes.community[g.authors] + classes.community[g.followers] for g in (graph, shuffled)]
    assert np.array_equal(np.bincount(pairs[0]), np.bincount(pairs[1]))
    assert np.array_equal(graph.follower_counts, shuffled.follower_counts)
    assert not np.array_equal(graph.followers, shuffled.followers)


def test_a_rewired_file_keeps_what_is_known_of_its_agents(tmp_path):
    (tmp_path / "g.csv").write_text("follower,author\na,b\nb,c\nc,d\nd,a\na,c\n")
    (tmp_path / "n.csv").write_text("id,role\na,student\nb,faculty\nc,other\nd,resident\n")
    network = File(path=str(tmp_path / "g.csv"), nodes=str(tmp_path / "n.csv"), rewire="degrees")
    graph = network.build(people(4), 1)
    assert graph.attributes["role"].tolist() == [0, 2, 3, 1]
    assert graph.labels is None


# given networks


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "g.txt"
    path.write_text("1 2\n")
    network = File(path=str(path))
    assert network.size(99) == 2
    path.write_text("1 2\n2 3\n")
    assert network.size(99) == 3


def test_a_given_network_wants_as_many_agents_as_it_has(tmp_path):
    (tmp_path / "g.txt").write_text("1 2\n")
    with pytest.raises(InputError, match="5 agents for a network of 2"):
        File(path=str(tmp_path / "g.txt")).build(people(5), 1)


def test_an_unknown_dataset_is_answered_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="did you mean 'physicians'"):
        KnownDataset(name="physician").size(1)


def test_a_dataset_that_is_not_here_says_what_it_is_and_where_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPORTNET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match=r"(?s)Coleman.*KONECT.*SUPPORTNET_DATA/physicians"):
        KnownDataset().size(1)


# compiled and plain

_FINGERPRINT = """
import hashlib, numpy as np
from simulation.generators import NETWORKS, Classes
a = np.arange(90)
classes = Classes(90, (a % 4).astype(np.int8), (a % 6).astype(np.int8), (a % 3).astype(np.int32))
for name in ("popularity", "growth", "configuration", "block"):
    for rewire in ("none", "communities"):
        graph = NETWORKS[name](rewire=rewire).build(classes, 11)
        print(name, hashlib.sha256(graph.follower_offsets.tobytes() + graph.followers.tobytes()).hexdigest())
"""


def test_compiled_and_plain_python_draw_the_same_networks():
    compiled = io.StringIO()
    with contextlib.redirect_stdout(compiled):
        exec(_FINGERPRINT, {})
    plain = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FINGERPRINT],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert compiled.getvalue().count("\n") == 8
    assert compiled.getvalue() == plain.stdout


def test_every_registered_network_is_tested_here():
    assert set(NETWORKS) == {
        "popularity",
        "growth",
        "configuration",
        "block",
        "ring",
        "star",
        "complete",
        "file",
        "dataset",
    }
