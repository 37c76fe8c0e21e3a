"""Laws 8 and 17 of the model: beliefs on how common struggling is, as Beta-Bernoulli learning."""

import numpy as np
import pytest

from simulation import Kind, Person
from tests.limits.worlds import EVERYBODY_EVERY_STEP, STILL, Watched, begin, graph_of, once, people_of, run, still

PRIOR_MEAN, PRIOR_WEIGHT = 0.2, 10.0

LEVEL = {
    "beliefs.prior_mean": PRIOR_MEAN,
    "beliefs.prior_weight": PRIOR_WEIGHT,
    "beliefs.one_way_weight": 1.0,
    "beliefs.stranger_weight": 1.0,
    "beliefs.faculty_weight": 1.0,
    "beliefs.repeat_weight": 0.0,
    "beliefs.evidence_half_life": 1e300,
    "reading.live_days": 60.0,
}
"""Everybody counts alike and once, and nothing is forgotten: omega = 0, all weights 1, each author counted once."""

OPEN = {"disclosure.intercept": 1e9}
"""Whoever struggles says so in every post."""


def learn(n_authors, silence, *more):
    """A model in which agent 0 reads one post each by so many authors."""
    network = {"type": "star", "spokes": "to_centre"}
    settings = {"agents": n_authors + 1, "network": network, "days": 1, "beliefs.silence_weight": silence}
    return run(still(EVERYBODY_EVERY_STEP, LEVEL, OPEN, settings, *more), 81, once())


@pytest.mark.parametrize("n_authors", [1, 10, 400])
def test_belief_is_the_mean_of_the_beta_that_one_post_each_of_many_authors_leaves(n_authors):
    """psi = 1: n = (nu n0 + S) / (nu + M), with S the strugglers among the M authors."""
    model = learn(n_authors, 1.0)
    strugglers = int((model.posts.kind == Kind.STRUGGLE).sum())
    assert len(model.posts.kind) == n_authors + 1
    strugglers -= int(model.posts.kind[model.posts.author == 0][0] == Kind.STRUGGLE)
    expected = (PRIOR_WEIGHT * PRIOR_MEAN + strugglers) / (PRIOR_WEIGHT + n_authors)
    assert model.engine.column("believed")[0] == pytest.approx(expected, rel=1e-12)
    if n_authors == 400:
        assert 60 < strugglers < 160


def test_belief_in_a_free_run_counts_every_author_once_and_every_discloser_once():
    """200 people on the default network who post and struggle as they please, for ten days of ordinary reading.

    Weights of 1, r_rep = 0 and psi = 1 are the limit; who saw whom is taken from the run.
    """
    settings = {
        "agents": 200,
        "days": 10,
        "beliefs.silence_weight": 1.0,
        "activity.posts_median": 10.0,
        "activity.posts_sigma": 1.0,
        "reading.scan_mean": 20.0,
    }
    model = run(still(LEVEL, OPEN, settings), 82, Watched)
    posts, beliefs = model.posts, model.engine.column("believed")
    for person, believed in zip(people_of(model), beliefs, strict=True):
        roots = np.array([root for _, _, root in person.sightings], dtype=int)
        authors = len(set(posts.author[roots]))
        disclosers = len(set(posts.author[roots[posts.kind[roots] == Kind.STRUGGLE]]))
        expected = (PRIOR_WEIGHT * PRIOR_MEAN + disclosers) / (PRIOR_WEIGHT + authors)
        assert believed == pytest.approx(expected, rel=1e-12)
    assert np.ptp(beliefs) > 0.1
    assert (posts.kind == Kind.STRUGGLE).sum() > 50


def test_belief_goes_to_one_where_silence_is_ignored_and_many_disclose():
    """psi = 0: 1 - n = nu (1 - n0) / (nu + S) falls to 0 with S, however many are silent."""
    for n_authors in (100, 1000, 4000):
        model = learn(n_authors, 0.0)
        strugglers = int((model.posts.kind[model.posts.author > 0] == Kind.STRUGGLE).sum())
        doubt = 1.0 - float(model.engine.column("believed")[0])
        assert strugglers < 0.4 * n_authors
        assert doubt == pytest.approx(PRIOR_WEIGHT * (1.0 - PRIOR_MEAN) / (PRIOR_WEIGHT + strugglers), rel=1e-9)
    assert doubt < 0.01


@pytest.mark.parametrize("silence", [0.0, 0.11, 1.0])
def test_belief_is_the_prior_where_nothing_is_viewed(silence):
    """People without anybody to follow, among others who read, at the default settings."""
    alone = graph_of(100, [(np.arange(50)[:, None], np.arange(50)[None, :])])
    values = {"days": 10, "warmup_days": 0, "beliefs.silence_weight": silence, "activity.posts_median": 30.0}
    model = run(still({name: values.get(name, STILL[name]) for name in STILL}, values, network=alone), 83)
    views, believed = model.engine.column("views"), model.engine.column("believed")
    assert np.all(views[50:] == 0)
    assert np.all(believed[50:] == model.parameters.beliefs.prior_mean)
    assert np.all(views[:50] > 0)
    if silence:
        assert np.all(believed[:50] < model.parameters.beliefs.prior_mean)


# --- law 17 -----------------------------------------------------------------------------------------------------------


class Loud(Person):
    """Agent 0 discloses at the beginning of every day, or only on the first day; nobody else writes."""

    last_day = 1000

    def wants_to_post(self):
        day, rest = divmod(self.engine.step, self.engine.settings.steps_per_day)
        return self.row == 0 and self.slot == 0 and rest == 0 and day <= self.last_day

    def kind_of_post(self):
        return Kind.STRUGGLE


class SaidOnce(Loud):
    last_day = 0


def evidence(agent_class, days, *more):
    """S, M and n of the nine readers of agent 0, three of whom it follows back, after every day [days, 3, readers]."""
    readers = np.arange(1, 10)
    network = graph_of(10, [(0, readers), (readers[:3], 0)], role=3)
    model = begin(still(EVERYBODY_EVERY_STEP, {"days": days}, *more, network=network), 84, agent_class)
    out = []
    for _ in range(days):
        model.run(1)
        out.append([model.engine.column(name)[1:] for name in ("disclosing", "authors", "believed")])
    assert (model.posts.kind == Kind.STRUGGLE).sum() == min(agent_class.last_day + 1, days)
    assert np.all(model.engine.column("views")[1:] == len(model.posts.kind))
    return np.array(out)


WEIGHTS = np.array([1.0] * 3 + [0.5] * 6)


@pytest.mark.parametrize("half_life", [1e300, 30.0])
def test_an_author_who_discloses_daily_counts_like_one_who_did_once(half_life):
    """r_rep = 0, within the time for which authors are remembered: S, M and n are the same on every day."""
    settings = {"beliefs.repeat_weight": 0.0, "beliefs.evidence_half_life": half_life, "reading.live_days": 60.0}
    daily, single = evidence(Loud, 40, settings), evidence(SaidOnce, 40, settings)
    assert np.array_equal(daily, single)
    if half_life > 1e9:
        assert np.all(daily[:, 0] == WEIGHTS)
        assert np.all(daily[:, 1] == WEIGHTS)


def test_a_daily_discloser_counts_anew_only_when_forgotten():
    """Remembered for seven days and seen daily, an author counts fully on days 1, 8, 15 and 22 of four weeks."""
    settings = {"beliefs.repeat_weight": 0.0, "beliefs.evidence_half_life": 1e300, "reading.live_days": 7.0}
    daily = evidence(Loud, 28, settings)
    assert np.array_equal(daily[:, 0] / WEIGHTS, np.repeat([1.0, 2.0, 3.0, 4.0], 7)[:, None] * np.ones(9))


@pytest.mark.parametrize("repeat", [0.2, 1.0])
def test_each_repetition_adds_its_own_small_weight(repeat):
    """The contrast to the limit: after d days S = w (1 + r_rep (d - 1)), and M the same."""
    settings = {"beliefs.repeat_weight": repeat, "beliefs.evidence_half_life": 1e300, "reading.live_days": 60.0}
    daily = evidence(Loud, 15, settings)
    expected = (1.0 + repeat * np.arange(15))[:, None] * WEIGHTS
    assert daily[:, 0] == pytest.approx(expected)
    assert daily[:, 1] == pytest.approx(expected)
