"""Laws 1, 2, 3 and 15 of the model on the engine `kernels`, with 10^4 to 10^5 people.

The worlds are those of `test_branching` and `test_spread`. Where a class decides there who writes, an intervention
lets people write here; the infection of law 2 travels through the stream of its tag.
"""

import numpy as np
import pytest

from experiments.validation.laws import adoptions_by_authors, borel, unshared
from simulation import Kind
from tests.limits.test_branching import SHAPES, has_died_out, independent_arcs, sizes, spreading, tied_arcs
from tests.limits.test_spread import TAGGED, TWO_CONVINCE, tag
from tests.limits.worlds import EVERYBODY_EVERY_STEP, Says, SeedsAt, graph_of, run_compiled, still
from tests.statistics import assert_mean, assert_share, assert_total

# --- law 1 ------------------------------------------------------------------------------------------------------------

PEOPLE = 100_000
EVERY_FIFTH = np.arange(0, PEOPLE, 5)
"""Authors of one post each; every kind of people is among them as often as among all."""


def cascades(network, chance, days, seed, authors=EVERY_FIFTH, **more):
    """A run in which some people write one post each and every reader passes it on with the same chance."""
    return run_compiled(spreading(PEOPLE, network, chance, days, **more), seed, Says(rows=authors))


def test_a_subcritical_cascade_has_one_over_one_minus_R_posts_where_F_and_W_are_independent():
    """R = 0.5: 20,000 cascades among 100,000 people; their mean is known to 0.7%."""
    model = cascades(independent_arcs(PEOPLE, 2.5), 0.2, 7, 11)
    assert has_died_out(model)
    assert_mean(sizes(model), 1.0 / (1.0 - 0.2 * model.world.graph.n_arcs / PEOPLE))


@pytest.mark.parametrize("hub_followed", [10, 2], ids=["popular readers", "popular non-readers"])
def test_popular_people_who_follow_many_make_cascades_larger_by_the_moment_of_F_and_W(hub_followed):
    """Mean size 1 + p<F> / (1 - R) with R = p <F W> / <W>; neither 1 / (1 - R) nor 1 / (1 - p<F>) would do."""
    model = cascades(tied_arcs(PEOPLE, hub_followed), 0.1, 7, 12)
    followers, followed = model.world.graph.follower_counts, model.world.graph.followed_counts
    reproduction = 0.1 * (followers * followed).mean() / followed.mean()
    first = 0.1 * followers[EVERY_FIFTH].mean()
    assert has_died_out(model)
    assert_mean(sizes(model), 1.0 + first / (1.0 - reproduction))
    for wrong in (1.0 / (1.0 - reproduction), 1.0 / (1.0 - first)):
        with pytest.raises(AssertionError, match="blamed below"):
            assert_mean(sizes(model), wrong)


def assert_critical(largest, authors, seed):
    """P(size >= s) of Borel's law up to `largest`, told apart by as many steps; at R = 1 that is sqrt(2 / (pi s))."""
    model = cascades(independent_arcs(PEOPLE, 1.5), 2.0 / 3.0, (largest + 3) // 4, seed, authors)
    found, s = sizes(model), largest
    law = borel(np.arange(1, largest + 1), 2.0 / 3.0 * model.world.graph.n_arcs / PEOPLE)
    while s >= 5:
        tail = 1.0 - law[: s - 1].sum()
        assert tail == pytest.approx(np.sqrt(2.0 / (np.pi * s)), rel=0.1)
        assert_share(int((found >= s).sum()), len(authors), tail)
        s //= 2


def test_a_critical_cascade_keeps_its_one_over_root_s_up_to_forty_posts():
    """10,000 cascades among 100,000 people; repeats take less than 1% off the last share, which is known to 2.6%."""
    assert_critical(40, np.arange(0, PEOPLE, 10), 14)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_critical_cascade_keeps_its_one_over_root_s_up_to_a_hundred_and_sixty_posts():
    """10,000 cascades; repeats take about 2% off the last share, which is known to 4%."""
    assert_critical(160, np.arange(5, PEOPLE, 10), 15)


@pytest.mark.parametrize("appeal_sigma", [0.0, 1.0])
def test_a_post_stays_without_retweet_with_the_chance_that_every_follower_declines(appeal_sigma):
    """P(no retweet) = E[(1 - min(1, p A))^F], F from a power law: 20,000 posts among 100,000 people."""
    network = {
        "type": "configuration",
        "followers": {"law": "pareto", "mean": 6.0},
        "followed": {"law": "poisson", "mean": 6.0},
    }
    model = cascades(network, 0.06, 1, 16, **{"reactions.appeal_sigma": appeal_sigma})
    none = unshared(0.06, appeal_sigma, model.world.graph.follower_counts[EVERY_FIFTH], quantiles=20_000)
    posts = model.posts
    found = len(EVERY_FIFTH) - len(np.unique(posts.root[posts.kind == Kind.RETWEET]))
    assert_total(found, float(none.sum()), float((none * (1.0 - none)).sum()))


# --- law 2 ------------------------------------------------------------------------------------------------------------

CROWD, SEEDS, CHANCE, TIME = 10_000, 1000, 0.0005, 1.0
RATE = np.log(CROWD / SEEDS - 1.0) / (CROWD * TIME)
"""beta per pair and day, such that the logistic curve reaches one half after a day."""


def epidemic(minutes, seed):
    """Adopters I after each step [steps + 1] where everybody reads, in every step, whatever anybody wrote of the tag.

    Nobody follows anybody: all meet in the stream, where a reader who remembers one stranger takes an author's next
    post for that of a new one, unless nobody else wrote in between. Adopters write RATE / CHANCE posts a day.
    """
    steps = round(TIME * 1440 / minutes)
    network = graph_of(CROWD, [], session_rate=12.0 * 1440.0 / minutes, posting_rate=RATE / CHANCE)
    settings = {
        "days": 2,
        "step_minutes": float(minutes),
        "adoption.first_exposure": CHANCE,
        "adoption.reinforcement": 0.0,
        "reading.search_others": 1.0,
        "reading.search_adopters": 1.0,
        "reading.stream_scan_mean": 1e9,
        "reading.strangers_remembered": 1,
    }
    parameters = still(TAGGED, settings, network=network)
    model = run_compiled(parameters, seed, tag(SEEDS, "random"), days=(steps + 1) * minutes / 1440.0)
    adopted = np.array([event.step for event in model.engine.adoptions])
    return np.array([(adopted <= step).sum() for step in range(steps + 1)], dtype=float)


def assert_logistic(minutes, seeds):
    """Adoptions follow the logistic equation step by step, and its curve to one half: log-odds 0 after a day.

    Adoptions less their expectation are a martingale with known variance. Each step adds variance to the log-odds of a
    share x, whose curvature makes of it a bias of -(1 - 2x) / 2 times that. With steps of 15 minutes the curve lags
    behind by 0.02, less than the standard error of its mean.
    """
    total = mean = variance = odds = bias = noise = 0.0
    for seed in seeds:
        path = epidemic(minutes, seed)
        means, variances = adoptions_by_authors(path[:-1], CROWD, RATE, CHANCE, minutes / 1440.0)
        total, mean, variance = total + path[-1] - SEEDS, mean + means.sum(), variance + variances.sum()
        share = path / CROWD
        steps = variances / (CROWD * share[:-1] * (1.0 - share[:-1])) ** 2
        odds += np.log(share[-1] / (1.0 - share[-1])) / len(seeds)
        bias -= (steps * (0.5 - share[:-1])).sum() / len(seeds)
        noise += steps.sum() / len(seeds) ** 2
    assert_total(total, mean, variance)
    assert_total(odds, bias, noise)


def test_adopters_follow_the_logistic_curve():
    """Two runs of 10,000 people; about 1,200 posts a run, so the log-odds (from -2.2 to 0) are known to 0.05."""
    assert_logistic(15, range(2))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_adopters_follow_the_logistic_curve_in_many_runs():
    """Eight runs: the log-odds are known to 0.02."""
    assert_logistic(15, range(10, 18))


# --- law 3 ------------------------------------------------------------------------------------------------------------

# p(1) is 10^-6, so the false-alarm probability of these tests is 10^-6 for each reader of a seed that spreads nothing.


def adopters_by_part(n_parts, arcs, seeds, days):
    """Adopters in each part [n_parts] of a graph made of many small ones, and people who saw k = 1 and k = 2 authors.

    `arcs` are (authors, followers) of one part, whose people are 0..n-1; `seeds` lists rows within each part.
    """
    authors, followers = arcs
    n = 1 + int(max(authors.max(), followers.max()))
    first = n * np.arange(n_parts)[:, None]
    network = graph_of(n * n_parts, [(first + authors, first + followers)])
    rows = np.concatenate([n * part + np.asarray(here) for part, here in enumerate(seeds)])
    parameters = still(EVERYBODY_EVERY_STEP, TAGGED, TWO_CONVINCE, {"days": days}, network=network)
    model = run_compiled(parameters, 31, SeedsAt(rows=rows))
    adopted = model.engine.column("ever_adopted").astype(bool).reshape(n_parts, n)
    return adopted.sum(axis=1), *model.engine.exposures[1:3, 0].tolist()


def lattice(n, neighbours):
    """Arcs of a ring lattice with so many neighbours on each side."""
    agents = np.arange(n)
    ahead = np.concatenate([(agents + step) % n for step in range(1, neighbours + 1)])
    behind = np.tile(agents, neighbours)
    return np.concatenate([behind, ahead]), np.concatenate([ahead, behind])


def tree(n, branches):
    """Arcs, both ways, of a tree in which the first of n people have so many branches each."""
    child = np.arange(1, n)
    parent = (child - 1) // branches
    return np.concatenate([parent, child]), np.concatenate([child, parent])


ONE_NEIGHBOUR_EACH = {
    "binary trees": tree(127, 2),
    "bushy trees": tree(85, 4),
    "directed cycles": (np.arange(100), (np.arange(100) + 1) % 100),
    "cycles": lattice(100, 1),
}


@pytest.mark.parametrize("shape", ONE_NEIGHBOUR_EACH)
def test_one_seed_on_a_tree_or_a_cycle_convinces_nobody_who_needs_two(shape):
    """120 trees or cycles, 10,200 to 15,240 people, a seed each; at most 600 readers: false alarm 6 x 10^-4."""
    seeds = [[7 * part % 85] for part in range(120)]
    adopters, saw_one, saw_two = adopters_by_part(120, ONE_NEIGHBOUR_EACH[shape], seeds, days=8)
    assert np.all(adopters == 1)
    assert saw_one >= 120
    assert saw_two == 0


def test_two_seeds_on_a_ring_lattice_reach_everyone_where_they_share_a_reader_and_no_one_where_they_do_not():
    """300 rings of 60 people, two neighbours a side; 800 readers of seeds too far apart: false alarm 8 x 10^-4."""
    apart = np.tile([1, 2, 3, 4, 5, 30], 50)
    adopters, _, saw_two = adopters_by_part(300, lattice(60, 2), [[0, there] for there in apart], days=15)
    assert np.array_equal(adopters, np.where(apart <= 4, 60, 2))
    assert saw_two == 58 * 200


# --- law 15 -----------------------------------------------------------------------------------------------------------


def shape_of(network, days, authors):
    """Outcomes on the shape of cascades, mean over authors of one post each that everybody passes on when it is new."""
    settings = {"days": days, "reactions.retweet": 1.0, "reading.live_days": 60.0}
    model = run_compiled(
        still(EVERYBODY_EVERY_STEP, settings, network=network), 17, Says(rows=authors), outcomes=SHAPES
    )
    last = model.outcomes.filter((model.outcomes["group"] == "all") & (model.outcomes["day"] == days))
    values = dict(zip(last["outcome"], last["value"], strict=True))
    return [values[name] for name in SHAPES]


def test_a_post_that_ten_thousand_followers_pass_on_makes_a_star():
    n = 10_000
    network = graph_of(n, [(0, np.arange(1, n))])
    assert shape_of(network, 1, [0]) == pytest.approx([n, 1, n - 1, 1, 2 * (n - 1) / n])


def test_posts_that_are_handed_on_along_chains_make_paths():
    """A hundred chains of a hundred people."""
    n, place = 100, np.arange(10_000)
    author = place[place % n < n - 1]
    network = graph_of(10_000, [(author, author + 1)])
    assert shape_of(network, 26, place[::n]) == pytest.approx([n, n - 1, 1, 0, (n + 1) / 3])
