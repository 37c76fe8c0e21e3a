"""Elite disclosure, pledges, designs of feeds and routing: who does what, when, and what comes of it."""

from typing import Any

import numpy as np
import pytest

from simulation import (
    EliteDisclosure,
    FacultyPledge,
    FeedDesign,
    Hashtag,
    InputError,
    Kind,
    Routing,
    SupportNetworkModel,
    Target,
)
from simulation.interventions import Seeds
from simulation.population import FACULTY
from simulation.posts import OWN_SLOTS
from tests.fakes import Stage

ENGINES = ("agents", "kernels")
BUSY: dict[str, Any] = {"agents": 200, "days": 4, "warmup_days": 1, "outcomes": (), "disclosure__intercept": -1.0}


def run(*actions, engine="kernels", seed=5, **settings):
    """A small run."""
    model = SupportNetworkModel(rng=seed, engine=engine, interventions=actions, **{**BUSY, **settings})
    model.run()
    return model


def prompted(posts):
    """Rows of the posts to which an intervention led its author."""
    return np.flatnonzero(((posts.key & 0xFF) >= OWN_SLOTS) & (posts.parent < 0))


# --- elite disclosure ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_the_most_followed_faculty_tell_at_the_set_time(engine):
    model = run(EliteDisclosure(count=3, start_day=1.25), engine=engine)
    posts, world = model.posts, model.world
    rows = prompted(posts)
    assert set(posts.step[rows]) == {world.step_of(1.25)}
    assert (posts.kind[rows] == Kind.STRUGGLE).all()
    assert (posts.tag[rows] == -1).all()
    authors, followers = posts.author[rows], world.graph.follower_counts
    faculty = np.flatnonzero(world.population.role == FACULTY)
    assert len(set(authors.tolist())) == 3
    assert followers[authors].min() >= np.delete(followers[faculty], np.searchsorted(faculty, authors)).max()
    first = np.flatnonzero(posts.step == world.step_of(1.25))[:3]
    np.testing.assert_array_equal(rows, first)


def test_what_the_elite_tell_may_carry_a_tag_and_come_again():
    telling = EliteDisclosure(count=2, tag="general support", every_days=1.0, target=Target(roles=("resident",)))
    model = run(Hashtag(seeds=Seeds(count=1)), telling)
    posts = model.posts
    rows = prompted(posts)
    assert (posts.tag[rows] == 0).all()
    assert len(rows) == 8
    assert len(np.unique(posts.key)) == len(posts.key)
    with pytest.raises(InputError, match="no tag 'general support' for it"):
        run(telling)


def test_faculty_who_tell_lower_the_fear_of_those_who_read_it():
    model, usual = run(EliteDisclosure(count=10), disclosure__intercept=-1e9), run(disclosure__intercept=-1e9)
    assert model.engine.column("fear").mean() < usual.engine.column("fear").mean()


# --- pledge -------------------------------------------------------------------------------------------------------


def test_who_has_pledged_answers_trainees_who_struggle_and_nobody_else_more_often():
    stage = Stage(3)
    helper = stage.people[0]
    helper.pledge = 3.0
    base = helper.engine.settings.reactions.struggle_reply
    for author, kind, wanted in ((1, Kind.STRUGGLE, 3 * base), (2, Kind.STRUGGLE, base), (1, Kind.TIP, 1.0)):
        stage.people[author].trainee = author == 1
        assert helper.interest(stage.write(author, kind)) == pytest.approx(wanted)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pledge_brings_answers_from_faculty(engine):
    def answers(*actions):
        """Share of answers to trainees' struggles that faculty gave."""
        given, faculty = 0, 0
        for seed in range(3):
            model = run(*actions, engine=engine, seed=seed, activity__posts_median=15.0)
            posts, people = model.posts, model.world.population
            replies = (posts.kind >= Kind.REPLY_SUPPORTIVE) & (posts.kind <= Kind.REPLY_DEROGATORY)
            replies &= (posts.kind[posts.root] == Kind.STRUGGLE) & people.trainee[posts.author[posts.root]]
            given += replies.sum()
            faculty += (people.role[posts.author[replies]] == FACULTY).sum()
        return faculty / given

    assert answers(FacultyPledge(factor=5.0)) > 1.8 * answers()


def test_pledges_of_one_person_multiply_and_end_one_by_one():
    one, other = FacultyPledge(factor=3.0, end_day=2.0), FacultyPledge(factor=2.0)
    model = SupportNetworkModel(rng=1, interventions=[one, other], **BUSY)
    model.run(days=2)
    faculty = model.world.population.role == FACULTY
    assert set(model.engine.column("pledge")[faculty]) == {6.0}
    assert set(model.engine.column("pledge")[~faculty]) == {1.0}
    model.run(days=2)
    assert set(model.engine.column("pledge")[faculty]) == {2.0}


# --- feeds --------------------------------------------------------------------------------------------------------


def test_two_designs_at_once_for_people_who_may_be_the_same_are_refused():
    students, residents = (Target(roles=(role,)) for role in ("student", "resident"))
    for first, second in ((None, None), (None, students), (students, Target(share=0.1)), (students, students)):
        with pytest.raises(InputError, match="two feed designs at once"):
            run(FeedDesign(target=first), FeedDesign(target=second, design="chronological"))
    run(FeedDesign(target=students), FeedDesign(target=residents), days=1)
    run(FeedDesign(end_day=0.5), FeedDesign(start_day=0.5, design="chronological"), days=1)


def test_a_design_holds_for_its_group_and_for_its_time():
    model = SupportNetworkModel(
        rng=1, reading__hierarchy=0.2, **BUSY,
        interventions=[FeedDesign(hierarchy=0.7, target=Target(roles=("student",)), start_day=0.5, end_day=2.0)],
    )  # fmt: skip
    student = model.world.population.role == 0
    for days, ranked, hierarchy in ((1.5, False, 0.2), (0.25, True, 0.7), (1.5, False, 0.2)):
        model.run(days=days)
        np.testing.assert_array_equal(model.engine.column("ranked"), student & ranked)
        np.testing.assert_array_equal(model.engine.column("hierarchy"), np.where(student, hierarchy, 0.2))


def test_a_design_for_everybody_from_the_start_is_what_the_settings_make():
    by_lever = run(FeedDesign(hierarchy=0.5, mutual=2.0), warmup_days=0)
    by_settings = run(reading__ranked=True, reading__hierarchy=0.5, reading__ranked_mutual=2.0, warmup_days=0)
    for name in ("key", "views", "likes"):
        np.testing.assert_array_equal(getattr(by_lever.posts, name), getattr(by_settings.posts, name))


# --- routing ------------------------------------------------------------------------------------------------------


def routed_run(engine="kernels", **levers):
    """A run in which nobody follows anybody, so that a struggle is read where it is routed and nowhere else."""
    alone = {"type": "configuration", "followers": {"law": "fixed", "mean": 0}, "followed": {"law": "fixed", "mean": 0}}
    target = Target(roles=("faculty",))
    return run(
        Routing(**{"target": target, **levers}), engine=engine, network=alone, activity__posts_median=10.0,
        activity__sessions_median=8.0, population__protected_share=0.2, reactions__reply=0.0,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_unanswered_struggles_are_shown_to_so_many_helpers_and_to_nobody_else(engine):
    model = routed_run(engine, copies=3, capacity=1000)
    posts, people = model.posts, model.world.population
    early = posts.step < model.engine.step - 2 * 96
    after = posts.step + 12 >= model.parameters.warmup_steps
    shown = (posts.kind == Kind.STRUGGLE) & ~posts.protected & after & early
    assert shown.sum() > 10
    assert posts.views[posts.kind != Kind.STRUGGLE].sum() == 0
    assert posts.views[posts.protected].sum() == 0
    assert posts.views[shown].max() <= 3
    assert posts.views[shown].mean() > 1.5
    assert (model.engine.column("views")[people.role != FACULTY] == 0).all()


def test_helpers_are_shown_no_more_than_their_fill_in_a_day():
    helpers = Target(roles=("faculty",))
    free, tight = (routed_run(capacity=capacity, target=helpers) for capacity in (1000, 1))
    n_helpers = (free.world.population.role == FACULTY).sum()
    assert tight.engine.column("views").max() <= 4
    assert tight.engine.column("views").sum() <= 4 * n_helpers
    assert free.engine.column("views").sum() > tight.engine.column("views").sum()
    assert routed_run(capacity=0).engine.column("views").sum() == 0


def test_a_struggle_that_is_answered_in_time_is_not_shown():
    stage = Stage(4, [(0, 1)], population__protected_share=0.0)
    answered, waiting = stage.write(0, Kind.STRUGGLE), stage.write(2, Kind.STRUGGLE)
    stage.answer(1, answered)
    late = stage.write(3, Kind.STRUGGLE)
    engine = stage.engine
    assert engine.unanswered(engine.step).rows.tolist() == [waiting.row, late.row]
    assert engine.unanswered(waiting.visible_step).rows.tolist() == [waiting.row]
    stage.remove(waiting)
    assert engine.unanswered(engine.step).rows.tolist() == [late.row]
    stage.wait(8)
    assert engine.unanswered(engine.step).rows.tolist() == []


def test_routing_brings_answers_to_struggles_that_had_none():
    def answered(*actions):
        """Whether each struggle written in time has a supportive answer."""
        rows = []
        for seed in range(4):
            model = run(*actions, seed=seed, activity__posts_median=10.0)
            posts = model.posts
            struggles = np.flatnonzero((posts.kind == Kind.STRUGGLE) & (posts.step < model.engine.step - 96))
            support = posts.root[posts.kind == Kind.REPLY_SUPPORTIVE]
            rows.append(np.isin(struggles, support))
        return np.concatenate(rows)

    some = answered(Routing(target=Target(), copies=20, capacity=50))
    assert some.mean() > 1.2 * answered().mean()


def test_a_routed_post_is_answered_once_by_somebody_who_meets_it_twice():
    """Helpers follow the author, so the post reaches them in two ways."""
    for engine in ENGINES:
        model = run(Routing(target=Target(), delay_hours=0.0, copies=100, capacity=1000), engine=engine,
                    agents=60, network={"type": "complete"}, reactions__reply=0.3)  # fmt: skip
        posts = model.posts
        replies = (posts.kind >= Kind.REPLY_SUPPORTIVE) & (posts.kind <= Kind.REPLY_DEROGATORY)
        pairs = np.stack([posts.author[replies], posts.root[replies]])
        assert len(np.unique(pairs, axis=1).T) == replies.sum() > 50
