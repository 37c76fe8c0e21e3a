"""Optional modules: off by default and then without a trace; on, they do what they say."""

from typing import Any

import numpy as np
import pytest

from simulation import Hashtag, Kind, Person, SupportNetworkModel, rules
from simulation.draws import Decision, uniform
from simulation.environment import NEW, Institution, Ties, Written
from simulation.interventions import Seeds
from simulation.outcomes import OUTCOMES
from simulation.population import PUBLIC, RESIDENT
from simulation.posts import Posts, post_key
from simulation.world import COUNTERS, STATE
from tests.fakes import FakeEngine, Stage, small_world, snapshot, value_of
from tests.limits.worlds import graph_of
from tests.statistics import assert_share

ENGINES = ("agents", "kernels")
LIVELY = {
    "agents": 150, "days": 6, "warmup_days": 1, "disclosure__intercept": -1.0, "reactions__reply": 0.15,
    "adoption__first_exposure": 0.2, "activity__posts_median": 15.0, "posting__tip_share": 0.4,
}  # fmt: skip
TAG = Hashtag(seeds=Seeds(who="random", share=0.2))


def run(engine="kernels", seed=11, days=None, actions=(TAG,), **settings):
    """A small busy run."""
    model = SupportNetworkModel(
        rng=seed, engine=engine, interventions=actions, **{"outcomes": (), **LIVELY, **settings}
    )
    model.run(days)
    return model


@pytest.fixture(scope="module")
def usual():
    """The run in which every module is off."""
    return run()


def assert_same(one, other, but=()):
    """Posts, adoptions and people of two runs are the same, event by event, apart from some columns."""
    for name in Posts._fields:
        np.testing.assert_array_equal(getattr(one.posts, name), getattr(other.posts, name), err_msg=name)
    for name in {*STATE, *COUNTERS} - {*but}:
        np.testing.assert_array_equal(one.engine.column(name), other.engine.column(name), err_msg=name)
    assert one.engine.adoptions == other.engine.adoptions


OFF = {
    "ties": {"ties__chatty": 1.0},
    "institution": {"institution__threshold": 0.0},
    "burnout": {"distress__burnout_cut": -1.0},
    "public": {"distress__mean_public": 27.0, "help__hazard_public": 1.0},
    "ranked feed": {
        "reading__ranked_minutes": 60.0, "reading__ranked_fall": 2.0, "reading__ranked_power": 1.0,
        "reading__ranked_mutual": 9.0,
    },
    "chat": {"chat__join": 1.0, "chat__original": 1.0, "chat__reply": 1.0, "chat__sessions_per_hour": 60.0},
}  # fmt: skip
"""What is to make no difference while a module is off."""


@pytest.mark.parametrize("module", OFF)
def test_a_module_that_is_off_leaves_every_event_as_it_is(module, usual):
    assert_same(run(**OFF[module]), usual, but=("ranked_mutual",))


def test_false_enforcement_of_nothing_and_of_nobody_changes_nothing():
    """Off, whatever anybody thinks; and on where nobody thinks stigma common without sharing it."""
    assert {rules.enforcement_chance(0.0, q / 10, s / 10) for q in range(11) for s in range(11)} == {0.0}
    alike = {"beliefs__stigma_mean": 0.9, "beliefs__stigma_sd": 0.01, "beliefs__stigma_minimum": 0.9}
    assert_same(run(reactions__false_enforcement=1.0, **alike), run(**alike))


# --- false enforcement --------------------------------------------------------------------------------------------


def test_people_who_only_think_that_others_scorn_struggles_scorn_them_when_they_enforce_falsely():
    """At full strength every answer of such people is derogatory, and theirs alone where delta is 0."""
    model = run(reactions__false_enforcement=1.0, reactions__derogatory=0.0, beliefs__reply_effect=0.0,
                beliefs__contact=0.0, beliefs__stigma_half_life=1e6, beliefs__perceived_half_life=1e6)  # fmt: skip
    people, posts = model.world.population, model.posts
    enforcers = (people.perceived > 0.7) & (people.stigma < 0.4)
    replies = (posts.kind >= Kind.REPLY_SUPPORTIVE) & (posts.kind <= Kind.REPLY_DEROGATORY)
    derogatory = posts.kind[replies] == Kind.REPLY_DEROGATORY
    np.testing.assert_array_equal(derogatory, enforcers[posts.author[replies]])
    assert 5 < derogatory.sum() < replies.sum()


# --- ties ---------------------------------------------------------------------------------------------------------


def written(*rows):
    """Posts of one day from rows (author, kind, author of the root[, tag])."""
    filled = [(*row, -1)[:4] for row in rows]
    author, kind, root, tag = (np.array(column, dtype=np.int64) for column in zip(*filled, strict=True))
    key = np.array([post_key(row[0], 5, place) for place, row in enumerate(rows)])
    return Written(key, author, kind, tag, root, np.ones(len(rows), dtype=np.bool_))


def test_a_supportive_reply_ties_both_ways_and_no_tie_is_made_twice():
    world = small_world(4, [(0, 1)], ties__follow=1.0)
    ties = Ties(world)
    reply = (1, Kind.REPLY_SUPPORTIVE, 0)
    change = ties.end_day(written(reply, reply, (2, Kind.REPLY_NEUTRAL, 0), (2, Kind.REPLY_DEROGATORY, 3)), 0, 95)
    assert change is not None
    assert change.added.tolist() == [[0, 1]]
    assert [tuple(tie) for tie in ties.changes] == [(95, 0, 1, True)]
    assert ties.graph.followed_by(0).tolist() == [1]
    assert ties.graph.followed_by(1).tolist() == [0]
    assert ties.end_day(written(reply), 1, 191) is None


def test_a_removed_reply_ties_nobody():
    ties = Ties(small_world(3, ties__follow=1.0))
    gone = written((1, Kind.REPLY_SUPPORTIVE, 0))._replace(readable=np.array([False]))
    assert ties.end_day(gone, 0, 95) is None


def test_new_ties_come_with_the_chance_per_reply():
    replies = [(author, Kind.REPLY_SUPPORTIVE, 1000 + author) for author in range(1000)]
    ties = Ties(small_world(2000, ties__follow=0.3))
    change = ties.end_day(written(*replies), 0, 95)
    assert change is not None
    assert_share(len(change.added), 2000, 0.3)


def test_who_posts_more_than_twice_as_much_as_the_others_is_unfollowed():
    """Person 0 follows 1, 2 and 3, who post 5, 2 and 2 a week, and person 4 follows 1 alone."""
    world = small_world(5, [(1, 0), (2, 0), (3, 0), (1, 4)], ties__unfollow=1.0)
    posts = [(1, Kind.ORDINARY, 1)] * 4 + [(1, Kind.RETWEET, 2)] + [(2, Kind.TIP, 2), (3, Kind.STRUGGLE, 3)] * 2
    exact = Ties(world).end_day(written(*posts[1:]), 0, 95)
    assert exact is None
    ties = Ties(world)
    change = ties.end_day(written(*posts), 0, 95)
    assert change is not None
    assert change.removed.tolist() == [[0, 1]]
    assert ties.graph.followed_by(0).tolist() == [2, 3]
    assert ties.graph.followed_by(4).tolist() == [1]


def test_chatter_is_forgotten_after_a_week():
    world = small_world(3, [(1, 0), (2, 0)], ties__unfollow=1.0, warmup_days=7)
    loud, quiet = [(1, Kind.ORDINARY, 1)] * 30, [(1, Kind.ORDINARY, 1), (2, Kind.ORDINARY, 2)]
    ties = Ties(world)
    assert all(ties.end_day(written(*loud), day, 95) is None for day in range(1))
    assert all(ties.end_day(written(*quiet), day, 95) is None for day in range(1, 8))
    again = Ties(world)
    again.end_day(written(*loud), 1, 95)
    for day in range(2, 7):
        again.end_day(written(*quiet), day, 95)
    change = again.end_day(written(*quiet), 7, 95)
    assert change is not None
    assert change.removed.tolist() == [[0, 1]]


def test_kept_arcs_are_known_by_their_old_places():
    world = small_world(5, [(1, 0), (2, 0), (3, 0), (0, 3)], ties__follow=1.0, ties__unfollow=1.0)
    posts = [(1, Kind.ORDINARY, 1)] * 3 + [(4, Kind.REPLY_SUPPORTIVE, 0)]
    change = Ties(world).end_day(written(*posts), 0, 95)
    assert change is not None
    old, new = world.graph, change.graph
    new.check()
    assert change.kept.tolist() == [1, 2, NEW, 3, NEW]
    kept = change.kept >= 0
    np.testing.assert_array_equal(new.followed[kept], old.followed[change.kept[kept]])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_graph_changes_at_the_end_of_days_and_events_add_up_to_it(engine):
    model = run(engine, ties__follow=0.5, ties__unfollow=0.2)
    before = {(int(u), int(v)) for u, v in zip(model.world.graph.followers, model.world.graph.authors, strict=True)}
    added, removed = 0, 0
    for step, follower, followed, is_new in model.tables["ties"].iter_rows():
        assert step % 96 == 95
        assert ((follower, followed) in before) != is_new
        before ^= {(follower, followed)}
        added, removed = added + is_new, removed + (not is_new)
    assert added > 5
    assert removed > 5
    assert before == {(v, u) for u, v in model.graph.edges}
    assert before == {
        (int(v), int(u)) for u, v in zip(model.engine.graph.authors, model.engine.graph.followers, strict=True)
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_posts_travel_along_the_ties_of_now(engine):
    """Where everybody who is supported is followed and nothing else is read, more is read."""
    on, off = run(engine, days=6, ties__follow=1.0), run(engine, days=6)
    assert on.posts.views.sum() > off.posts.views.sum()
    none = run(engine, ties__unfollow=1.0, ties__chatty=1.0)
    assert none.posts.views.sum() < off.posts.views.sum()


def test_what_is_remembered_of_somebody_outlasts_the_tie():
    """A stranger who becomes a followee, and a followee who becomes a stranger, are not counted anew."""
    stage = Stage(3, [(1, 0)], ties__follow=1.0)
    reader = stage.people[0]
    stage.write(1)
    stage.read(0)
    assert reader.authors == pytest.approx(0.5)
    memory = reader.memory
    counted = memory.of(1).counted
    memory.mutual = {2: False}
    memory.make_stranger(1)
    assert memory.of(1).counted == counted
    memory.of(2)
    memory.mutual = {1: False}
    memory.make_followed(1)
    assert memory.of(1).counted == counted


def test_outcomes_look_at_the_graph_of_now():
    world = small_world(3, [(1, 0)], population={"distress": [5.0, 5.0, 15.0]})
    engine = FakeEngine(world, struggler=[False, False, True])
    assert value_of(OUTCOMES["gap_network"], snapshot(engine), [True, False, False]) == pytest.approx(1 / 3)
    engine.graph = graph_of(3, [(2, 0)])
    assert value_of(OUTCOMES["gap_network"], snapshot(engine), [True, False, False]) == pytest.approx(1 / 3 - 1)


def test_luck_in_following_is_addressed_by_follower_and_reply():
    world = small_world(50, ties__follow=0.5)
    posts = written(*[(author, Kind.REPLY_SUPPORTIVE, author + 25) for author in range(25)])
    change = Ties(world).end_day(posts, 0, 95)
    assert change is not None
    wishes = {
        follower
        for follower in range(50)
        if uniform(world.seed, Decision.FOLLOW, follower, int(posts.key[follower % 25])) < 0.5
    }
    assert set(change.added[:, 0].tolist()) == wishes


# --- institutions -------------------------------------------------------------------------------------------------


def test_a_specialty_is_relieved_once_when_its_share_of_tagged_posts_passes_the_threshold():
    world = small_world(4, population={"specialty": [0, 0, 1, 2]}, institution__fix=2.0, institution__threshold=0.5)
    institution = Institution(world)
    institution.end_day(written((0, Kind.TIP, 0, 3), (1, Kind.ORDINARY, 1), (2, Kind.STRUGGLE, 2, 0)), 0, 95)
    assert institution.relief.tolist() == [0.0, 2.0, 0.0, 0.0, 0.0, 0.0]
    institution.end_day(written((0, Kind.TIP, 0, 3), (2, Kind.ORDINARY, 2)), 1, 191)
    assert institution.relief.tolist() == [2.0, 2.0, 0.0, 0.0, 0.0, 0.0]
    assert [tuple(fix) for fix in institution.fixes] == [(95, 1), (191, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_institutions_mend_lowers_distress_from_the_next_day_on(engine):
    settings = {"institution__threshold": 0.02, "distress__exam_load": 0.0}
    fixed, usual = run(engine, days=None, institution__fix=2.0, **settings), run(engine, **settings)
    assert fixed.engine.fixes
    late = fixed.parameters.total_steps
    relieved = np.isin(
        fixed.world.population.specialty, [f.specialty for f in fixed.engine.fixes if f.step < late - 97]
    )
    fall = usual.engine.column("distress") - fixed.engine.column("distress")
    assert relieved.any()
    assert fall[relieved].mean() > 1.0
    assert value_of(OUTCOMES["relieved"], snapshot(fixed.engine)) > 0.0


# --- read-outs ----------------------------------------------------------------------------------------------------


def test_expected_errors_are_those_of_depressed_and_other_residents():
    world = small_world(4, population={"role": [RESIDENT, RESIDENT, RESIDENT, 0]})
    seen = snapshot(FakeEngine(world, struggler=[True, False, False, True]))
    assert value_of(OUTCOMES["medication_errors"], seen) == pytest.approx((1.55 + 0.25 + 0.25) / 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_strain_follows_distress_and_load_over_a_month(engine):
    """Where nothing fluctuates, it approaches distress + load with a memory of 30 days."""
    still = {
        "distress__state_sd": 0.0, "distress__encouragement": 0.0, "distress__harm": 0.0, "distress__use_gain": 0.0,
        "distress__use_loss": 0.0, "distress__treatment": 0.0, "distress__exam_load": 0.0,
        "distress__new_resident_share": 1.0, "distress__new_resident_shift": 3.0, "distress__new_resident_days": 1e9,
    }  # fmt: skip
    model = run(engine, **still)
    people = model.world.population
    load = np.where(people.role == RESIDENT, -3.0, 0.0)
    distress = np.clip(people.trait + load, 0.0, 27.0)
    ended = distress + load
    expected = ended + (people.distress - ended) * (1.0 - 1.0 / 30.0) ** 7
    np.testing.assert_allclose(model.engine.column("strain"), expected, atol=1e-6)


@pytest.mark.slow
def test_about_45_per_cent_of_residents_are_burnt_out_at_the_baseline():
    """C-05; the cut is solved for this at the defaults."""
    model = SupportNetworkModel(agents=20000, rng=3, outcomes=("burnout",))
    model.run()
    last = model.outcomes.filter(model.outcomes["group"] == "role=resident")["value"][-1]
    assert 0.43 < last < 0.47


# --- the public ---------------------------------------------------------------------------------------------------

WITH_PUBLIC: dict[str, Any] = {"population__roles__other": 0.05, "population__roles__public": 0.1}


@pytest.mark.parametrize("engine", ENGINES)
def test_patients_and_carers_take_part_without_fear_for_a_licence(engine):
    model = run(engine, agents=400, days=2, **WITH_PUBLIC)
    people = model.world.population
    public = people.role == PUBLIC
    assert_share(public.sum(), len(public), 0.1)
    assert not people.trainee[public].any()
    assert (people.fear[public] == 0.0).all()
    assert np.isin(model.posts.author, np.flatnonzero(public)).any()


def test_a_share_of_the_public_leaves_everybody_elses_luck_alone():
    """The public come from the share of others; students, residents and faculty are who they were."""
    one = SupportNetworkModel(agents=2000, rng=5, outcomes=()).world.population
    other = SupportNetworkModel(agents=2000, rng=5, outcomes=(), **WITH_PUBLIC).world.population
    same = one.role < 3
    np.testing.assert_array_equal(one.role[same], other.role[same])
    np.testing.assert_array_equal(one.stigma, other.stigma)
    np.testing.assert_array_equal(one.fear[same], other.fear[same])


def test_outcomes_have_a_group_of_the_public_where_there_are_any():
    groups = {
        share: set(run(days=1, outcomes=("distress",), **settings).outcomes["group"])
        for share, settings in ((0, {}), (1, WITH_PUBLIC))
    }
    assert groups[1] - groups[0] == {"role=public"}


# --- ranked feeds -------------------------------------------------------------------------------------------------


class OneAtATime(Person):
    """Somebody who scans a single post in a session."""

    def scan_length(self) -> int:
        return 1


def ranked_stage(**settings):
    """Three authors whom person 0 follows, who reads one post of a ranked feed."""
    return Stage(5, [(1, 0), (2, 0), (3, 0), (0, 3), (1, 4)], OneAtATime, reading__ranked=True, **settings)


def test_a_ranked_feed_shows_the_most_appealing_first():
    stage = ranked_stage()
    best = stage.write(1, appeal=9.0)
    stage.write(2, appeal=1.0)
    stage.write(3, appeal=2.0)
    assert stage.read(0) == [best.row]


def test_a_ranked_feed_prefers_the_fresh_and_the_shared():
    stage = ranked_stage()
    old = stage.write(1, appeal=2.0)
    stage.wait(2)
    new = stage.write(2, appeal=1.0)
    assert stage.read(0) == [new.row]
    stage = ranked_stage()
    shared = stage.write(1, appeal=1.0)
    for passer in (4, 4, 4):
        stage.answer(passer, shared, Kind.RETWEET)
    stage.write(2, appeal=1.5)
    assert shared.shares == 3
    assert stage.read(0) == [shared.row]
    assert old.appeal == 2.0


def test_a_ranked_feed_may_prefer_mutual_ties():
    for factor, author in ((1.0, 1), (3.0, 3)):
        stage = ranked_stage(reading__ranked_mutual=factor)
        posts = {1: stage.write(1, appeal=2.0), 3: stage.write(3, appeal=1.0)}
        assert stage.read(0) == [posts[author].row]


def test_what_ranks_alike_comes_newest_first():
    stage = ranked_stage(reading__ranked_fall=0.0)
    stage.write(1, appeal=1.0)
    newer = stage.write(2, appeal=1.0)
    assert stage.read(0) == [newer.row]


@pytest.mark.parametrize("engine", ENGINES)
def test_ranking_changes_what_is_read_only_where_not_everything_is(engine):
    """With scans that have no end a ranked feed is read in another order, but the same posts are read."""
    views = {}
    for ranked in (False, True):
        model = run(engine, reading__ranked=ranked, reading__scan_mean=1e9, reactions__reply=0.0,
                    reactions__retweet=0.0, reactions__report=0.0, disclosure__intercept=-1e9, actions=())  # fmt: skip
        views[ranked] = model.posts.views
    np.testing.assert_array_equal(views[False], views[True])
    short = [run(engine, reading__ranked=ranked, reading__scan_mean=3.0) for ranked in (False, True)]
    means = [np.average(model.posts.appeal, weights=model.posts.views) for model in short]
    assert means[1] > 1.2 * means[0]


def test_a_world_with_everything_on_is_the_same_on_both_engines():
    settings = {
        "ties__follow": 0.5, "ties__unfollow": 0.1, "institution__fix": 1.0, "institution__threshold": 0.02,
        "reading__ranked": True, "reading__ranked_mutual": 2.0, "reading__scan_mean": 10.0,
        "reactions__false_enforcement": 0.3, **WITH_PUBLIC,
    }  # fmt: skip
    one, other = (run(engine, **settings) for engine in ENGINES)
    assert_same(one, other)
    assert one.engine.ties == other.engine.ties
    assert one.engine.fixes == other.engine.fixes
