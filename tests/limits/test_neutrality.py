"""Law 14 of the model: what must stay as it is, to the last event, and what must add up."""

import numpy as np
import pytest

from simulation import INTERVENTIONS, FollowerGraph, Hashtag, Kind, Moderation, Parameters
from simulation.world import COUNTERS, STATE
from tests.limits.worlds import EVERYBODY_EVERY_STEP, Made, Watched, begin, people_of, run, still
from tests.statistics import assert_same_mean

LIVELY = {
    "agents": 200,
    "days": 9,
    "warmup_days": 3,
    "activity.posts_median": 15.0,
    "activity.sessions_median": 2.0,
    "disclosure.intercept": -1.0,
    "adoption.first_exposure": 0.05,
    "posting.misinformation": 0.02,
    "reactions.derogatory": 0.2,
}
"""A small busy world in which everything happens within days."""


def lively(**more):
    """Settings of the busy world, by dotted path."""
    return Parameters().with_values(LIVELY | more)


def tag(**levers):
    """A general tag."""
    return Hashtag.model_validate(levers)


def moderation(**levers):
    """A moderation regime."""
    return Moderation.model_validate(levers)


def differences(one, other):
    """Names of what differs between two runs: events, and every column of state but whether a desk looks on."""
    names = [name for name in STATE + COUNTERS if name != "overseen"]
    found = [name for name in names if not same(one.engine.column(name), other.engine.column(name))]
    found += [
        f"posts.{name}" for name in one.posts._fields if not same(getattr(one.posts, name), getattr(other.posts, name))
    ]
    if one.engine.adoptions != other.engine.adoptions:
        found.append("adoptions")
    if one.engine.cases != other.engine.cases:
        found.append("cases")
    return found


def same(one, other):
    """Whether two arrays are equal, bit for bit."""
    return one.shape == other.shape and np.array_equal(one, other)


# --- arms -------------------------------------------------------------------------------------------------------------


def test_a_detector_that_finds_nothing_leaves_every_event_as_it_is_without_moderation():
    """Se = FPR = 0, through review and through removal at once."""
    none = run(lively(), 141, interventions=[tag(), moderation(regime="none")])
    for regime in ("automatic_review", "automatic_removal"):
        blind = moderation(regime=regime, sensitivity=0.0, false_positive_rate=0.0)
        assert differences(none, run(lively(), 141, interventions=[tag(), blind])) == []
    seeing = moderation(regime="automatic_review", sensitivity=1.0)
    assert "posts.state" in differences(none, run(lively(), 141, interventions=[tag(), seeing]))


def test_no_moderation_is_no_intervention():
    assert differences(run(lively(), 142), run(lively(), 142, interventions=[moderation(regime="none")])) == []


def test_moderation_of_people_who_break_no_rule_changes_nothing():
    """Nothing to find and no false alarms: reports, review and removal at once are idle."""
    blameless = {f"posting.{name}": 0.0 for name in ("irrelevant", "misinformation", "privacy", "copyright")} | {
        "reactions.derogatory": 0.0
    }
    none = run(lively(**blameless), 143)
    for regime in ("reactive", "automatic_review", "automatic_removal"):
        idle = moderation(regime=regime, sensitivity=1.0, false_positive_rate=0.0)
        assert differences(none, run(lively(**blameless), 143, interventions=[idle])) == []


@pytest.mark.parametrize("name", list(INTERVENTIONS))
def test_an_arm_equals_its_baseline_event_by_event_until_onset(name):
    """Whatever is registered, at its default levers, with onset in the middle of the sixth day."""
    action = INTERVENTIONS[name].model_validate({"start_day": 5.5})
    needed = [tag()] if name == "tweet_chat" else []
    baseline, arm = (begin(lively(), 144, interventions=[*needed, *done]) for done in ([], [action]))
    for days in (3.0, 2.5, 3.0):
        baseline.run(days)
        arm.run(days)
        assert differences(baseline, arm) == []


def test_after_its_onset_a_strong_arm_differs_from_its_baseline_and_from_that_moment_only():
    """The contrast: a tag and a strict desk from day 5.5 on; no event of an earlier step is another one."""
    actions = [tag(start_day=5.5), moderation(regime="automatic_removal", start_day=5.5, sensitivity=1.0)]
    baseline, arm = run(lively(), 144), run(lively(), 144, interventions=actions)
    onset = baseline.world.step_of(5.5)
    posts = [model.posts for model in (baseline, arm)]
    before = [there.key[there.step < onset] for there in posts]
    assert same(*before)
    assert not same(posts[0].key, posts[1].key)
    assert {event.step for event in arm.engine.adoptions if event.exposure == 0} == {onset}
    assert min(case.arrival for case in arm.engine.cases) >= onset / 96
    assert "believed" in differences(baseline, arm)


def test_a_tag_that_nobody_begins_changes_nothing():
    baseline = run(lively(), 145)
    for breadth in ("general", "specialty"):
        unused = tag(breadth=breadth, seeds={"count": 0})
        assert differences(baseline, run(lively(), 145, interventions=[unused])) == []


def test_people_who_search_for_a_tag_that_nobody_uses_lose_nothing_of_their_feed():
    searching = {"reading.search_others": 1.0, "reading.search_adopters": 1.0}
    baseline = run(lively(**searching), 146)
    assert differences(baseline, run(lively(**searching), 146, interventions=[tag(seeds={"count": 0})])) == []


# --- beliefs ----------------------------------------------------------------------------------------------------------


def test_belief_never_rises_above_the_prior_where_nobody_discloses():
    """An intercept of -10^9 is a chance of exactly 0; at every step."""
    model = begin(lively(**{"disclosure.intercept": -1e9}), 147, interventions=[tag()])
    prior = model.parameters.beliefs.prior_mean
    while model.running:
        model.step()
        assert model.engine.column("believed").max() <= prior
    assert not np.any(model.posts.kind == Kind.STRUGGLE)
    assert model.engine.column("believed").min() < prior


def test_perceived_stigma_never_rises_where_no_reply_is_derogatory():
    """delta = 0: q of nobody is ever above where it began, at every step (to rounding: q returns to there)."""
    settings = {"reactions.derogatory": 0.0, "reactions.reply": 0.1}
    model = begin(lively(**settings), 148)
    began = model.engine.column("perceived")
    while model.running:
        model.step()
        assert np.all(model.engine.column("perceived") <= began + 1e-12)
    assert np.all(model.posts.kind != Kind.REPLY_DEROGATORY)
    assert np.any(model.engine.column("perceived") < began - 0.01)


def test_perceived_stigma_does_rise_where_replies_are_derogatory():
    model = begin(lively(**{"reactions.derogatory": 1.0, "reactions.reply": 0.1}), 148)
    began = model.engine.column("perceived")
    model.run()
    assert np.any(model.engine.column("perceived") > began + 0.01)


# --- conservation -----------------------------------------------------------------------------------------------------


def test_protected_authors_have_no_retweets_and_are_read_by_their_followers_alone():
    """Half of all accounts are protected; a tag's stream is read in every session."""
    settings = {"population.protected_share": 0.5, "reading.search_others": 1.0, "reactions.retweet": 0.1}
    model = run(lively(**settings), 149, Watched, interventions=[tag(seeds={"count": 100})])
    posts, protected = model.posts, model.world.population.protected
    retweeted = posts.root[posts.kind == Kind.RETWEET]
    assert len(retweeted) > 100
    assert not np.any(protected[posts.author[retweeted]])
    strangers = 0
    for person in people_of(model):
        followed = set(model.world.graph.followed_by(person.row).tolist())
        met = {int(posts.author[root]) for _, _, root in person.sightings} - followed
        assert not np.any(protected[list(met)])
        strangers += len(met)
    assert strangers > 100
    assert np.any((posts.tag >= 0) & protected[posts.author])


def deliveries(model, up_to_step):
    """Every (follower, post or retweet) that could be read before a step, but for one's own posts coming back."""
    posts, graph = model.posts, model.world.graph
    travels = (posts.kind <= Kind.ADVOCACY) | (posts.kind == Kind.RETWEET)
    return {
        (int(follower), row)
        for row in np.flatnonzero(travels & (posts.visible_step < up_to_step)).tolist()
        for follower in graph.followers_of(posts.author[row])
        if follower != posts.author[posts.root[row]]
    }


def test_every_delivery_is_viewed_once_by_people_who_read_everything():
    """Views equal deliveries, one by one, when all are online in every step and scans have no end."""
    settings = {"agents": 120, "days": 4, "reactions.retweet": 0.02, "activity.posts_median": 30.0}
    model = run(still(EVERYBODY_EVERY_STEP, settings), 150, Watched)
    viewed = [(person.row, item) for person in people_of(model) for _, item, _ in person.sightings]
    assert np.any(model.posts.kind == Kind.RETWEET)
    assert len(viewed) == len(set(viewed))
    assert set(viewed) == deliveries(model, model.engine.step)
    assert model.engine.column("views").sum() == len(viewed) == model.posts.views.sum()


def test_no_delivery_is_viewed_twice_and_nothing_else_is_viewed_in_a_feed():
    """Views are deliveries, each seen at most once, at ordinary rates of reading; both counts of them agree."""
    settings = {
        "reading.search_others": 0.0,
        "reading.search_adopters": 0.0,
        "reading.scan_mean": 10.0,
        "reactions.retweet": 0.05,
    }
    model = run(lively(**settings), 151, Watched, interventions=[moderation(regime="automatic_review")])
    viewed = [(person.row, item) for person in people_of(model) for _, item, _ in person.sightings]
    made = deliveries(model, model.engine.step)
    assert len(viewed) == len(set(viewed))
    assert set(viewed) < made
    posts = model.posts
    replies = (posts.kind >= Kind.REPLY_SUPPORTIVE) & (posts.kind <= Kind.REPLY_DEROGATORY)
    assert posts.views[~replies].sum() == len(viewed)
    assert model.engine.column("views").sum() == posts.views.sum()
    assert all(posts.views[(posts.kind == Kind.RETWEET)] == 0)


def test_every_adopter_is_a_seed_or_has_seen_somebody_use_the_tag():
    """Seeds and only seeds adopt at k = 0, at onset; everybody else has viewed tagged posts of at least k authors."""
    model = run(lively(), 152, Watched, interventions=[tag(start_day=1.0, seeds={"count": 12})])
    events, posts = model.engine.adoptions, model.posts
    seeds = [event for event in events if event.exposure == 0]
    others = [event for event in events if event.exposure != 0]
    assert len(seeds) == len({event.agent for event in seeds}) == 12
    assert {event.step for event in seeds} == {model.world.step_of(1.0)}
    assert len(others) > 12
    for event in others:
        viewed = [(step, root) for step, _, root in people_of(model)[event.agent].sightings if step <= event.step]
        users = {int(posts.author[root]) for _, root in viewed if posts.tag[root] >= 0}
        assert 1 <= event.exposure <= len(users)
    ever = np.flatnonzero(model.engine.column("ever_adopted"))
    assert set(ever.tolist()) == {event.agent for event in events}
    adopted, at_risk = model.engine.exposures[:, 1].sum(), model.engine.exposures[:, 0].sum()
    assert adopted == len(others)
    assert at_risk > adopted


# --- names ------------------------------------------------------------------------------------------------------------

NAMED = ("role", "specialty", "community", "session_rate", "posting_rate", "protected", "superuser")


def people_with_names(n_agents):
    """A drawn world of people whose attributes are kept on their graph."""
    world = begin(lively(agents=n_agents), 160, engine="kernels").world
    attributes = {name: getattr(world.population, name) for name in NAMED}
    return FollowerGraph.from_arcs(n_agents, world.graph.authors, world.graph.followers, attributes=attributes)


def relabelled(graph, new):
    """The same people under new numbers: person i becomes `new[i]`."""
    attributes = {name: np.empty_like(values) for name, values in graph.attributes.items()}
    for name, values in graph.attributes.items():
        attributes[name][new] = values
    return FollowerGraph.from_arcs(graph.n_agents, new[graph.authors], new[graph.followers], attributes=attributes)


def readings(graph, new, seeds, engine="agents", tagged=True):
    """What came of the same people in many runs [runs, readings]; `new` tells who was in the first half."""
    half = new[: len(new) // 2]
    rows = []
    for seed in seeds:
        parameters = lively(days=7).model_copy(update={"network": Made(graph=graph)})
        actions = [tag(seeds={"count": 10, "who": "random"})] if tagged else []
        actions.append(moderation(regime="automatic_review", sensitivity=1.0))
        model = run(parameters, seed, interventions=actions, engine=engine)
        posts, first = model.posts, np.isin(model.posts.author, half)
        kinds = np.bincount(posts.kind, minlength=8)
        columns = {
            name: model.engine.column(name).astype(float) for name in ("views", "believed", "perceived", "stigma")
        }
        rows.append(
            [
                *kinds[[0, 1, 2, 4, 5, 6, 7]],
                *(values.mean() for values in columns.values()),
                *(values[half].mean() for values in columns.values()),
                posts.views.sum(),
                posts.views[first].sum(),
                len(model.engine.adoptions),
                len(model.engine.cases),
            ]
        )
    return np.array(rows, dtype=float)


def test_relabelling_people_leaves_all_distributions_unchanged():
    """The same people in the opposite order: means over fifteen runs each, with luck of their own, are the same."""
    graph = people_with_names(150)
    same_order, turned = np.arange(150), np.arange(150)[::-1]
    one = readings(graph, same_order, range(200, 215))
    other = readings(relabelled(graph, turned), turned, range(300, 315))
    for place in range(one.shape[1]):
        assert_same_mean(one[:, place], other[:, place])


def test_relabelling_people_moves_their_ties_and_attributes_with_them():
    """The check on the test above: names are all that changes."""
    graph, turned = people_with_names(150), np.arange(150)[::-1]
    other = relabelled(graph, turned)
    assert np.array_equal(other.follower_counts[turned], graph.follower_counts)
    assert np.array_equal(other.attributes["session_rate"][turned], graph.attributes["session_rate"])
    world = begin(lively().model_copy(update={"network": Made(graph=other)}), 161).world
    assert np.array_equal(world.population.posting_rate[turned], graph.attributes["posting_rate"])
