"""Laws 1 and 15 of the model: retweets as a branching process, and the shape of cascades.

The limit: all that is delivered is read (unlimited scans, everybody online in every step of six hours), every reader
passes a post on with the same chance p, and the graph is random and so sparse that hardly anyone meets a cascade
twice. A cascade then grows by one generation per step. Each author writes one post in the first step, so a mean over
posts is the mean over random authors.

What a finite graph costs: a cascade of s posts makes <F> s deliveries, of which about (<F> s)^2 / 2N go to somebody
reached before. Sizes of N are chosen so that this moves a law by less than a fifth of the standard error of its test.
"""

import numpy as np
import pytest

from experiments.validation.laws import borel, unshared
from simulation import Kind
from simulation.outcomes.cascades import structural_virality
from tests.limits.worlds import EVERYBODY_EVERY_STEP, graph_of, once, run, still
from tests.statistics import assert_frequencies, assert_mean, assert_share, assert_total


def spreading(n_agents, network, chance, days, **more):
    """Settings in which every reader passes a post on with the same chance."""
    values = {
        "agents": n_agents,
        "network": network,
        "reactions.retweet": chance,
        "days": days,
        "reading.live_days": 60.0,
    }
    return still(EVERYBODY_EVERY_STEP, values | more)


def independent_arcs(n_agents, mean):
    """A random graph in which F and W are independent and close to Poisson."""
    return {"type": "block", "sizes": [n_agents], "rates": [[mean / n_agents]]}


def tied_arcs(n_agents, hub_followed, hub_share=0.15):
    """A random graph of hubs with 10 followers and others with 2; the others follow what the hubs leave over."""
    hub = np.arange(n_agents) < hub_share * n_agents
    followers = np.where(hub, 10, 2)
    rest = followers.sum() - hub_followed * hub.sum()
    followed = np.full(n_agents, hub_followed)
    followed[~hub] = np.diff(np.linspace(0, rest, (~hub).sum() + 1).round()).astype(int)
    return {
        "type": "configuration",
        "followers": {"law": "list", "values": followers.tolist()},
        "followed": {"law": "list", "values": followed.tolist()},
    }


def sizes(model):
    """Posts in each cascade [roots]."""
    posts = model.posts
    roots = np.flatnonzero(posts.kind <= Kind.ADVOCACY)
    return np.bincount(posts.root, minlength=len(posts.root))[roots]


def has_died_out(model):
    """Whether the newest posts, of the last step, hold no retweet."""
    posts = model.posts
    return not np.any((posts.kind == Kind.RETWEET) & (posts.step == model.engine.step - 1))


def test_a_subcritical_cascade_has_one_over_one_minus_R_posts_where_F_and_W_are_independent():
    """R = p <F W> / <W> = 0.5. The mean over 6,000 authors, whose cascades are independent given the graph."""
    model = run(spreading(6000, independent_arcs(6000, 2.5), 0.2, days=7), 11, once())
    graph = model.world.graph
    reproduction = 0.2 * graph.n_arcs / graph.n_agents
    assert has_died_out(model)
    assert_mean(sizes(model), 1.0 / (1.0 - reproduction))


@pytest.mark.parametrize("hub_followed", [10, 2], ids=["popular readers", "popular non-readers"])
def test_popular_people_who_follow_many_make_cascades_larger_by_the_moment_of_F_and_W(hub_followed):
    """Mean size 1 + p<F> / (1 - R) with R = p <F W> / <W>, from the moments of the graph as it was built.

    <F W> / (<F> <W>) is about 1.8 or 0.9, so that neither 1 / (1 - R) nor 1 / (1 - p<F>) would do for the first graph.
    """
    chance = 0.1
    model = run(spreading(8000, tied_arcs(8000, hub_followed), chance, days=7), 12, once())
    followers, followed = model.world.graph.follower_counts, model.world.graph.followed_counts
    reproduction = chance * (followers * followed).mean() / followed.mean()
    expected = 1.0 + chance * followers.mean() / (1.0 - reproduction)
    assert has_died_out(model)
    assert_mean(sizes(model), expected)
    if hub_followed == 10:
        for wrong in (1.0 / (1.0 - reproduction), 1.0 / (1.0 - chance * followers.mean())):
            with pytest.raises(AssertionError, match="blamed below"):
                assert_mean(sizes(model), wrong)


def test_a_critical_cascade_reaches_s_posts_with_a_chance_that_falls_as_one_over_root_s():
    """At R = 1 sizes are Borel: P(size >= s) -> sqrt(2 / (pi s)).

    A cascade of at most s posts is over within s - 1 generations, so eleven steps tell all sizes up to ten apart.
    """
    n_agents, largest = 10_000, 10
    parameters = spreading(n_agents, independent_arcs(n_agents, 4.0), 0.25, days=3)
    model = run(parameters, 13, once(who=lambda person: person.row < 5000))
    counted = np.bincount(np.minimum(sizes(model), largest + 1), minlength=largest + 2)[1:]
    law = borel(np.arange(1, largest + 1), 0.25 * model.world.graph.n_arcs / n_agents)
    assert_frequencies(counted, 5000 * np.append(law, 1.0 - law.sum()))
    tail = 1.0 - np.append(0.0, borel(np.arange(1, 101), 1.0)).cumsum()
    for s in (3, 10, 100):
        assert tail[s - 1] == pytest.approx(np.sqrt(2.0 / (np.pi * s)), rel=0.3 / s)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_critical_cascade_keeps_its_one_over_root_s_up_to_forty_posts():
    """P(size >= s) at s = 5, 10, 20, 40 for 6,000 authors among 60,000; repeats take 2% off the last one."""
    n_agents = 60_000
    parameters = spreading(n_agents, independent_arcs(n_agents, 3.0), 1.0 / 3.0, days=10)
    found = sizes(run(parameters, 14, once(who=lambda person: person.row < 6000)))
    law = borel(np.arange(1, 41), 1.0)
    for s in (5, 10, 20, 40):
        assert_share(int((found >= s).sum()), 6000, 1.0 - law[: s - 1].sum())


def test_a_supercritical_cascade_dies_out_early_as_often_as_generations_of_poisson_retweets():
    """R = 2: the share without a retweet in generation g + 1 is f(f(...f(0))), f(x) = e^(-2(1-x)); five generations."""
    chance, mean, roots = 0.5, 4.0, 1000
    parameters = spreading(10_000, independent_arcs(10_000, mean), chance, days=2)
    model = run(parameters, 15, once(who=lambda person: person.row < roots), days=1.5)
    posts = model.posts
    extinct = 0.0
    for generation in range(1, 6):
        extinct = np.exp(-chance * mean * (1.0 - extinct))
        alive = len(np.unique(posts.root[posts.step == generation]))
        assert_share(roots - alive, roots, extinct)


@pytest.mark.parametrize("appeal_sigma", [0.0, 1.0])
def test_a_post_stays_without_retweet_with_the_chance_that_every_follower_declines(appeal_sigma):
    """P(no retweet) = E[(1 - min(1, p A))^F], F from a power law, A log-normal with mean 1 (at 2,000 quantiles).

    A sum of independent trials, one for each author, with a chance that depends on F.
    """
    network = {
        "type": "configuration",
        "followers": {"law": "pareto", "mean": 6.0},
        "followed": {"law": "poisson", "mean": 6.0},
    }
    parameters = spreading(6000, network, 0.06, days=1, **{"reactions.appeal_sigma": appeal_sigma})
    model = run(parameters, 16, once(), outcomes=("retweeted",))
    none = unshared(0.06, appeal_sigma, model.world.graph.follower_counts)
    everybody = model.outcomes.filter((model.outcomes["group"] == "all") & (model.outcomes["day"] == 1.0))
    retweeted = everybody["value"].item() * len(none)
    assert_total(retweeted, float((1.0 - none).sum()), float((none * (1.0 - none)).sum()))


# --- law 15 -----------------------------------------------------------------------------------------------------------

SHAPES = ("cascade_size", "cascade_depth", "cascade_breadth", "one_generation", "structural_virality")


def shape_of(parameters):
    """Outcomes on the shape of the one cascade of a run in which agent 0 writes and everybody passes on what is new."""
    model = run(parameters, 17, once(who=lambda person: person.row == 0), outcomes=SHAPES)
    last = model.outcomes.filter((model.outcomes["group"] == "all") & (model.outcomes["day"] == model.parameters.days))
    return dict(zip(last["outcome"], last["value"], strict=True))


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_posts_in_a_star_are_two_times_n_minus_one_over_n_apart_and_in_a_path_a_third_of_n_plus_one(n):
    roots = np.zeros(n, dtype=np.int64)
    star, path = np.zeros(n, dtype=np.int64), np.arange(n, dtype=np.int64) - 1
    star[0] = -1
    assert structural_virality(star, roots)[0] == pytest.approx(2 * (n - 1) / n)
    assert structural_virality(path, roots)[0] == pytest.approx((n + 1) / 3)


@pytest.mark.parametrize("n", [2, 5, 30])
def test_a_post_that_all_followers_of_a_star_pass_on_makes_a_star(n):
    shape = shape_of(spreading(n, {"type": "star"}, 1.0, days=1))
    assert shape == pytest.approx(
        {
            "cascade_size": n,
            "cascade_depth": 1,
            "cascade_breadth": n - 1,
            "one_generation": 1,
            "structural_virality": 2 * (n - 1) / n,
        }
    )


@pytest.mark.parametrize("n", [2, 5, 30])
def test_a_post_that_is_handed_on_along_a_chain_makes_a_path(n):
    network = {"type": "ring", "neighbours": 1, "directions": "one"}
    shape = shape_of(spreading(n, network, 1.0, days=n // 4 + 1))
    assert shape == pytest.approx(
        {
            "cascade_size": n,
            "cascade_depth": n - 1,
            "cascade_breadth": 1,
            "one_generation": float(n == 2),
            "structural_virality": (n + 1) / 3,
        }
    )


def test_a_cascade_ends_with_whoever_has_no_followers():
    """A tree of three generations: 0 -> 1, 2; 1 -> 3; nobody follows 2 and 3. Distances 1, 1, 1, 2, 2, 3."""
    network = graph_of(4, [([0, 0, 1], [1, 2, 3])])
    parameters = still(EVERYBODY_EVERY_STEP, {"reactions.retweet": 1.0, "days": 1}, network=network)
    shape = shape_of(parameters)
    assert shape["structural_virality"] == pytest.approx(10 / 6)
    assert shape["cascade_depth"] == 2
