"""Laws 5, 6, 8 and 17 of the model on the engine `kernels`, with 10^4 people.

Laws 5, 6 and 8 are read off one kind of world, in which everybody says one thing once and everybody reads everything:
what somebody counted is then an exact sum over whom they follow. There is no chance in these tests but who struggles.
"""

from functools import cache

import numpy as np
import pytest

from simulation import Kind
from tests.limits.test_belief_laws import LEVEL, PRIOR_MEAN, PRIOR_WEIGHT, WEIGHTS
from tests.limits.worlds import EVERYBODY_EVERY_STEP, Says, begin_compiled, graph_of, run_compiled, still

PEOPLE, ALONE = 20_000, 100
EVERYBODY_ELSE = PEOPLE + ALONE
"""Row of somebody who follows the people of the network, but not the few who follow and are followed by nobody."""


@cache
def everybody_spoke(silence):
    """A run in which all write one post, strugglers of their struggle, on the default network and two additions."""
    drawn = begin_compiled(still({"agents": PEOPLE}), 85).world.graph
    network = graph_of(EVERYBODY_ELSE + 1, [(drawn.authors, drawn.followers), (np.arange(PEOPLE), EVERYBODY_ELSE)])
    parameters = still(EVERYBODY_EVERY_STEP, LEVEL, {"days": 3, "beliefs.silence_weight": silence}, network=network)
    return run_compiled(parameters, 86, Says(rows=np.arange(EVERYBODY_ELSE + 1), kind=None, each_step=2000))


def disclosed(model):
    """Whether the one post of each agent [N] was a struggle."""
    posts = model.posts
    assert np.array_equal(np.sort(posts.author), np.arange(EVERYBODY_ELSE + 1))
    out = np.zeros(EVERYBODY_ELSE + 1, dtype=np.int64)
    out[posts.author] = posts.kind == Kind.STRUGGLE
    return out


def followed_who(graph, quality):
    """How many of those whom each agent follows have a quality, [N]."""
    follower = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
    return np.bincount(follower, weights=quality[graph.followed], minlength=graph.n_agents)


# --- laws 5 and 6 -----------------------------------------------------------------------------------------------------


def test_authors_of_what_is_read_have_on_average_the_second_over_the_first_moment_of_followers():
    """The friendship paradox as readers meet it: every follow link is one view, and F of its author is counted."""
    model = everybody_spoke(1.0)
    counts, posts = model.world.graph.follower_counts, model.posts
    met = (counts[posts.author] * posts.views).sum() / posts.views.sum()
    assert model.engine.column("views").sum() == posts.views.sum() == model.world.graph.n_arcs
    assert met == pytest.approx((counts.astype(float) ** 2).mean() / counts.mean(), rel=1e-12)
    assert met > 2.0 * counts.mean()


def test_strugglers_among_those_read_are_their_prevalence_plus_a_covariance():
    """The majority illusion as readers count it: sum of S over sum of M is pi + cov(F, x) / <F>."""
    model = everybody_spoke(1.0)
    counts, struggling = model.world.graph.follower_counts, disclosed(model)
    met = model.engine.column("disclosing").sum() / model.engine.column("authors").sum()
    covariance = (counts * struggling).mean() - counts.mean() * struggling.mean()
    assert met == pytest.approx(struggling.mean() + covariance / counts.mean(), rel=1e-12)
    assert abs(covariance / counts.mean()) > 1e-5


# --- law 8 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silence", [0.0, 1.0])
def test_belief_is_the_mean_of_the_beta_that_one_post_of_each_followed_leaves(silence):
    """For each of 20,101 people n = (nu n0 + S) / (nu + S + psi (M - S)); without anybody to read it is n0."""
    model = everybody_spoke(silence)
    strugglers = followed_who(model.world.graph, disclosed(model))
    silent = model.world.graph.followed_counts - strugglers
    expected = (PRIOR_WEIGHT * PRIOR_MEAN + strugglers) / (PRIOR_WEIGHT + strugglers + silence * silent)
    believed = model.engine.column("believed")
    assert believed == pytest.approx(expected, rel=1e-12)
    assert np.all(believed[PEOPLE:EVERYBODY_ELSE] == PRIOR_MEAN)
    assert np.ptp(believed[:PEOPLE]) > 0.1


def test_belief_goes_to_one_where_silence_is_ignored_and_many_disclose():
    """psi = 0: who has read 20,000 people, a quarter of whom disclosed, believes that nearly all struggle."""
    model = everybody_spoke(0.0)
    strugglers = int(disclosed(model)[:PEOPLE].sum())
    doubt = 1.0 - float(model.engine.column("believed")[EVERYBODY_ELSE])
    assert strugglers < 0.4 * PEOPLE
    assert doubt == pytest.approx(PRIOR_WEIGHT * (1.0 - PRIOR_MEAN) / (PRIOR_WEIGHT + strugglers), rel=1e-9)
    assert doubt < 0.002


# --- law 17 -----------------------------------------------------------------------------------------------------------

READERS, FRIENDS = 10_000, 3000


def evidence(days, every_days, *more):
    """S, M and n of the readers of agent 0, some of whom it follows back, after every day [days, 3, readers].

    Agent 0 discloses on the first day, and then again after so many days or never.
    """
    readers = np.arange(1, READERS + 1)
    network = graph_of(READERS + 1, [(0, readers), (readers[:FRIENDS], 0)], role=3)
    loud = Says(rows=[0], kind=Kind.STRUGGLE, every_days=every_days)
    model = begin_compiled(still(EVERYBODY_EVERY_STEP, {"days": days}, *more, network=network), 87, loud)
    out = []
    for _ in range(days):
        model.run(1)
        out.append([model.engine.column(name)[1:] for name in ("disclosing", "authors", "believed")])
    assert len(model.posts.kind) == (1 if every_days is None else days)
    assert np.all(model.engine.column("views")[1:] == len(model.posts.kind))
    return np.array(out)


@pytest.mark.parametrize("half_life", [1e300, 30.0])
def test_an_author_who_discloses_daily_counts_like_one_who_did_once(half_life):
    """r_rep = 0: S, M and n of all 10,000 readers are the same on every day of 40."""
    settings = {"beliefs.repeat_weight": 0.0, "beliefs.evidence_half_life": half_life, "reading.live_days": 60.0}
    daily, single = evidence(40, 1.0, settings), evidence(40, None, settings)
    assert np.array_equal(daily, single)
    if half_life > 1e9:
        mutual, one_way = WEIGHTS[0], WEIGHTS[-1]
        expected = np.where(np.arange(READERS) < FRIENDS, mutual, one_way)
        assert np.array_equal(daily[:, :2], np.broadcast_to(expected, (40, 2, READERS)))


def test_each_repetition_adds_its_own_small_weight():
    """The contrast to the limit: after d days S = w (1 + r_rep (d - 1)), and M the same."""
    settings = {"beliefs.repeat_weight": 0.2, "beliefs.evidence_half_life": 1e300, "reading.live_days": 60.0}
    daily = evidence(10, 1.0, settings)
    weights = np.where(np.arange(READERS) < FRIENDS, WEIGHTS[0], WEIGHTS[-1])
    expected = (1.0 + 0.2 * np.arange(10))[:, None, None] * weights
    assert daily[:, :2] == pytest.approx(np.broadcast_to(expected, (10, 2, READERS)))
