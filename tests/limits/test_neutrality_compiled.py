"""Law 14 of the model on the engine `kernels`, with 10^4 people: what stays as it is, and what adds up.

What somebody has viewed is not listed here; sums over the graph say the same of posts, and of people.
"""

from functools import cache

import numpy as np
import pytest

from simulation import INTERVENTIONS, Kind
from simulation.world import Worlds
from tests.limits.test_neutrality import differences, lively, moderation, people_with_names, readings, relabelled, tag
from tests.limits.worlds import EVERYBODY_EVERY_STEP, begin_compiled, graph_of, run_compiled, still
from tests.statistics import assert_same_mean

PEOPLE = 10_000


def busy(**more):
    """Settings of the busy world with 10,000 people."""
    return lively(agents=PEOPLE, warmup_days=1, days=4, **more)


WORLDS = Worlds()
"""Runs with the same settings and seed share their world; nothing in it changes, which is tested elsewhere."""


def lived(seed, *actions, days=None):
    """A run of the busy world under interventions, to its end or for some days."""
    return run_compiled(busy(), seed, *actions, days=days, worlds=WORLDS)


# --- arms -------------------------------------------------------------------------------------------------------------


def test_a_detector_that_finds_nothing_leaves_every_event_as_it_is_without_moderation():
    """Se = FPR = 0, through review and through removal at once, under a tag."""
    none = lived(141, tag(), moderation(regime="none"))
    for regime in ("automatic_review", "automatic_removal"):
        blind = moderation(regime=regime, sensitivity=0.0, false_positive_rate=0.0)
        assert differences(none, lived(141, tag(), blind)) == []


@cache
def baseline(days):
    """The busy world left to itself, for so many days."""
    return lived(144, days=days)


@pytest.mark.parametrize("name", list(INTERVENTIONS))
def test_an_arm_equals_its_baseline_event_by_event_until_onset(name):
    """Whatever is registered, at its default levers, with onset in the middle of the third day."""
    action = INTERVENTIONS[name].model_validate({"start_day": 2.5})
    needed = [tag(start_day=2.5)] if name == "tweet_chat" else []
    assert differences(baseline(3.5), lived(144, *needed, action, days=3.5)) == []


def test_after_its_onset_a_strong_arm_differs_from_its_baseline_and_from_that_moment_only():
    actions = [tag(start_day=2.5), moderation(regime="automatic_removal", start_day=2.5, sensitivity=1.0)]
    arm, none = lived(144, *actions), baseline(None)
    onset = none.world.step_of(2.5)
    before = [model.posts.key[model.posts.step < onset] for model in (none, arm)]
    assert np.array_equal(*before)
    assert not np.array_equal(none.posts.key, arm.posts.key)
    assert {event.step for event in arm.engine.adoptions if event.exposure == 0} == {onset}
    assert "believed" in differences(none, arm)


NOBODY = {"target": {"share": 0.0}}
IDLE = {
    "tweet_chat": {"publicity": 0.0, "moderators": 0},
    "moderation": {"regime": "none"},
    "guidelines": {"effect": 0.0},
    "contact": {"contacts": 0.0},
    "norm_correction": {"prevalence": 0.0, "stigma": 0.0},
    "licensing": {"factor": 1.0},
    "faculty_pledge": {"factor": 1.0},
    "privacy": {"protected_share": 0.0, "pseudonymous_share": 0.0},
    "use_limit": {"minutes": 1440.0},
    "feed_design": {"design": "chronological"},
    "routing": {"capacity": 0},
}
"""Levers at which an intervention is meant for everybody and does nothing; a limit of a whole day is none."""
OFTEN = {"tweet_chat": {"every": "day", "hour": 6.0}, "contact": {"every_days": 0.5}}
"""Levers by which it would act more than once, if it acted."""


def day_and_a_half(*actions):
    """So much of the busy world under interventions, after its warm-up, with every outcome."""
    return run_compiled(busy(), 144, *actions, days=2.5, worlds=WORLDS, outcomes=None)


@cache
def left_alone():
    """The same without any."""
    return day_and_a_half()


@pytest.mark.parametrize(("name", "levers"), [*((name, NOBODY) for name in INTERVENTIONS), *IDLE.items()])
def test_coverage_zero_equals_the_baseline_throughout(name, levers):
    """Each intervention with a group of nobody, or with a lever at zero; outcomes are equal to the last bit, too.

    What is left of it is the limit that is written down, and zeros for the tag.
    """
    action = INTERVENTIONS[name].model_validate(OFTEN.get(name, {}) | levers)
    needed = [tag(seeds={"count": 0})] if name == "tweet_chat" else []
    none, arm = left_alone(), day_and_a_half(*needed, action)
    assert [column for column in differences(none, arm) if column != "minutes_limit"] == []
    of_a_tag = arm.outcomes["group"].str.starts_with("tag=")
    assert arm.outcomes.filter(~of_a_tag).equals(none.outcomes)
    assert set(arm.outcomes.filter(of_a_tag)["value"]) <= {0.0}


@pytest.mark.parametrize("breadth", ["general", "specialty"])
def test_a_tag_that_nobody_begins_changes_nothing(breadth):
    """Coverage zero, to the end."""
    assert differences(baseline(None), lived(144, tag(breadth=breadth, seeds={"count": 0}))) == []


# --- beliefs ----------------------------------------------------------------------------------------------------------


def test_belief_never_rises_above_the_prior_where_nobody_discloses():
    """An intercept of -10^9 is a chance of exactly 0; at every step."""
    model = begin_compiled(busy(**{"disclosure.intercept": -1e9}), 147, tag())
    prior = model.parameters.beliefs.prior_mean
    while model.running:
        model.step()
        assert model.engine.column("believed").max() <= prior
    assert not np.any(model.posts.kind == Kind.STRUGGLE)
    assert model.engine.column("believed").min() < prior


@pytest.mark.parametrize("derogatory", [0.0, 1.0])
def test_perceived_stigma_rises_only_where_replies_are_derogatory(derogatory):
    """delta = 0: q of nobody is ever above where it began, at every step (to rounding); the contrast at delta = 1."""
    model = begin_compiled(busy(**{"reactions.derogatory": derogatory, "reactions.reply": 0.1}), 148)
    began, highest = model.engine.column("perceived"), 0.0
    while model.running:
        model.step()
        highest = max(highest, float((model.engine.column("perceived") - began).max()))
    assert np.any(model.engine.column("perceived") < began - 0.01)
    assert np.any(model.posts.kind == Kind.REPLY_DEROGATORY) == (derogatory > 0)
    assert highest > 0.01 if derogatory else highest <= 1e-12


# --- conservation -----------------------------------------------------------------------------------------------------


def test_protected_authors_have_no_retweets_and_are_read_by_their_followers_alone():
    """Half of all accounts are protected and followed by nobody; a tag's stream is read in every session."""
    drawn = people_with_names(PEOPLE)
    protected = drawn.attributes["protected"] | (np.arange(PEOPLE) % 2 == 0)
    followed = ~protected[drawn.authors]
    attributes = drawn.attributes | {"protected": protected}
    network = graph_of(PEOPLE, [(drawn.authors[followed], drawn.followers[followed])], **attributes)
    everything = {"reading.search_others": 1.0, "reading.search_adopters": 1.0, "reactions.retweet": 0.03}
    settings = busy(**everything).model_copy(update={"network": still(network=network).network})
    model = run_compiled(settings, 149, tag(seeds={"count": 2000, "who": "random"}))
    posts = model.posts
    own = posts.kind <= Kind.ADVOCACY
    hidden = own & protected[posts.author]
    tagged = (posts.tag >= 0) & (posts.step < model.engine.step - 96)
    assert np.any(hidden & tagged)
    assert not np.any(protected[posts.author[posts.root[posts.kind == Kind.RETWEET]]])
    assert np.all(posts.views[hidden] == 0)
    assert np.all(posts.views[own & tagged & ~hidden & (model.world.graph.follower_counts[posts.author] == 0)] > 0)
    assert (posts.views[own & ~hidden] > 0).mean() > 0.9


def test_every_delivery_is_viewed_once_by_people_who_read_everything():
    """Views equal deliveries, post by post and person by person, when all are online in every step and read all."""
    settings = {"agents": PEOPLE, "days": 4, "reactions.retweet": 0.02, "activity.posts_median": 10.0}
    model = run_compiled(still(EVERYBODY_EVERY_STEP, settings), 150)
    posts, graph = model.posts, model.world.graph
    delivered = posts.step < model.engine.step - 1
    links = set(zip(graph.authors.tolist(), graph.followers.tolist(), strict=True))
    root_author = posts.author[posts.root]
    comes_back = np.array([pair in links for pair in zip(posts.author.tolist(), root_author.tolist(), strict=True)])
    reached = np.where(delivered, graph.follower_counts[posts.author] - comes_back, 0)
    assert np.any(comes_back & delivered)
    assert np.array_equal(np.bincount(posts.root, weights=reached, minlength=len(reached)).astype(int), posts.views)
    written = np.bincount(posts.author[delivered], minlength=PEOPLE)
    received = np.bincount(graph.followers, weights=written[graph.authors], minlength=PEOPLE)
    own = np.bincount(root_author[comes_back & delivered], minlength=PEOPLE)
    assert np.array_equal((received - own).astype(int), model.engine.column("views"))


def test_every_adopter_is_a_seed_or_follows_people_who_used_the_tag_before():
    """Seeds and only seeds adopt at k = 0, at onset; where tags are met in feeds alone, at most all users are met."""
    quiet = {"reading.search_others": 0.0, "reading.search_adopters": 0.0, "reactions.retweet": 0.0}
    model = run_compiled(busy(**quiet), 152, tag(start_day=1.0, seeds={"count": 200}))
    events, posts, graph = model.engine.adoptions, model.posts, model.world.graph
    seeds = [event for event in events if event.exposure == 0]
    others = [event for event in events if event.exposure != 0]
    assert len(seeds) == len({event.agent for event in seeds}) == 200
    assert {event.step for event in seeds} == {model.world.step_of(1.0)}
    assert len(others) > 200
    first_use = np.full(PEOPLE, 2**30)
    tagged = posts.tag >= 0
    np.minimum.at(first_use, posts.author[tagged], posts.visible_step[tagged])
    for event in others:
        users = first_use[graph.followed_by(event.agent)] <= event.step
        assert 1 <= event.exposure <= users.sum()
    assert set(np.flatnonzero(model.engine.column("ever_adopted")).tolist()) == {event.agent for event in events}
    at_risk, adopted = model.engine.exposures.sum(axis=0)
    assert adopted == len(others) < at_risk


# --- names ------------------------------------------------------------------------------------------------------------


def assert_same_under_other_names(n_runs, tagged):
    """The same 10,000 in the opposite order: means over so many runs each, with luck of their own, are the same."""
    graph, same_order = people_with_names(PEOPLE), np.arange(PEOPLE)
    turned = same_order[::-1]
    one = readings(graph, same_order, range(200, 200 + n_runs), engine="kernels", tagged=tagged)
    other = readings(relabelled(graph, turned), turned, range(300, 300 + n_runs), engine="kernels", tagged=tagged)
    for place in range(one.shape[1]):
        assert_same_mean(one[:, place], other[:, place])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_relabelling_people_leaves_all_distributions_unchanged():
    """Without a tag; the test below is the same under one."""
    assert_same_under_other_names(8, tagged=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_relabelling_people_leaves_all_distributions_unchanged_under_a_tag():
    assert_same_under_other_names(10, tagged=True)
