"""What one person does with what is read, remembered and met; people moved by hand."""

from typing import Any

import numpy as np
import pytest

from simulation import SupportnetWarning, SupportNetworkModel
from simulation.agents import Person
from simulation.agents.memory import LONG_AGO, Memory
from simulation.model import ENGINES
from simulation.population import FACULTY, STUDENT
from simulation.posts import OWN_SLOTS, Kind, PostState, Violation, post_key
from simulation.world import DeskSettings, Tag
from tests.fakes import Stage

near = pytest.approx
COPYING: dict[str, Any] = {
    "reactions__reply": 1.0,
    "reactions__retweet": 1.0,
    "reactions__age_power": 0.0,
    "reactions__session_power": 0.0,
}


# --- subclassing --------------------------------------------------------------------------------------------------


class Mute(Person):
    """Never tells of a struggle."""

    def wants_to_disclose(self):
        return False


def test_a_subclass_changes_the_one_decision_and_what_follows_from_it():
    settings: dict[str, Any] = {"agents": 150, "days": 8, "warmup_days": 0, "disclosure__intercept": -1.0, "rng": 3}
    usual = SupportNetworkModel(**settings)
    with pytest.warns(SupportnetWarning, match="people of class Mute need the engine 'agents'"):
        mute = SupportNetworkModel(agent_class=Mute, **settings)
    usual.run()
    mute.run()
    assert (usual.posts.kind == Kind.STRUGGLE).any()
    assert not (mute.posts.kind == Kind.STRUGGLE).any()
    first = int(np.argmax(usual.posts.kind == Kind.STRUGGLE))
    np.testing.assert_array_equal(usual.posts.key[: first + 1], mute.posts.key[: first + 1])
    np.testing.assert_array_equal(usual.posts.kind[:first], mute.posts.kind[:first])


class Noted(Person):
    """Keeps the session of every post; otherwise as anybody."""

    def kind_of_post(self):
        self.sessions_of_posts = [*getattr(self, "sessions_of_posts", []), (self.engine.step, self.slot)]
        return super().kind_of_post()


def test_people_know_in_which_session_they_write():
    settings: dict[str, Any] = {"agents": 60, "days": 2, "warmup_days": 0, "activity__posts_median": 60.0, "rng": 3}
    model = SupportNetworkModel(agent_class=Noted, step_minutes=480.0, engine="agents", **settings)
    model.run()
    slots = {person.row: getattr(person, "sessions_of_posts", []) for person in model.agents}
    noted = sorted(post_key(row, step, slot) for row, places in slots.items() for step, slot in places)
    own = model.posts.key[model.posts.parent < 0]
    assert (own & 0xFF).max() > 0
    assert noted == sorted(own.tolist())


def test_people_are_of_the_class_asked_for():
    model = SupportNetworkModel(agents=20, days=1, rng=1, agent_class=Mute, engine="agents")
    assert {type(person) for person in model.agents} == {Mute}


# --- memory -------------------------------------------------------------------------------------------------------


def test_a_new_stranger_pushes_out_the_one_met_first():
    memory = Memory({}, strangers_kept=3)
    for author in (10, 11, 12):
        memory.of(author).counted = author
    memory.of(10)  # meeting somebody again does not make them new
    memory.of(13).counted = 13
    assert memory.of(11).counted == 11
    assert memory.of(13).counted == 13
    assert memory.of(10).counted == LONG_AGO


def test_everybody_followed_is_remembered_however_many():
    memory = Memory(dict.fromkeys(range(100), False), strangers_kept=1)
    for author in range(100):
        memory.of(author).counted = author
    memory.of(500)
    memory.of(501)
    assert [memory.of(author).counted for author in range(100)] == list(range(100))


def test_memory_remembers_as_many_strangers_as_the_settings_say():
    stage = Stage(2, reading__strangers_remembered=5)
    memory = stage.people[0].memory
    for author in range(100, 106):
        memory.of(author).counted = 0
    assert memory.of(101).counted == 0
    assert memory.of(100).counted == LONG_AGO


# --- reading ------------------------------------------------------------------------------------------------------


def test_posts_are_read_newest_first_and_once():
    stage = Stage(3, [(0, 2), (1, 2)])
    rows = [stage.write(author).row for author in (0, 1, 0)]
    assert stage.read(2) == rows[::-1]
    assert stage.read(2) == []
    assert [post.views for post in stage.engine.posts_list] == [1, 1, 1]


def test_what_the_scan_does_not_reach_is_lost():
    stage = Stage(2, [(0, 1)], reading__scan_mean=1.0)
    rows = [stage.write(0).row for _ in range(3)]
    assert stage.read(1) == rows[-1:]
    assert stage.read(1) == []


def test_a_feed_holds_its_newest_deliveries():
    stage = Stage(2, [(0, 1)], reading__feed_length=2)
    rows = [stage.write(0).row for _ in range(4)]
    assert stage.read(1) == rows[:1:-1]


def test_a_post_can_be_read_for_seven_days():
    stage = Stage(3, [(0, 1), (0, 2)])
    post = stage.write(0)
    stage.wait(7 - 1 / 96)
    assert stage.read(1) == [post.row]
    stage.wait(1 / 96)
    assert stage.read(2) == []


def test_a_retweet_is_no_younger_than_its_root():
    stage = Stage(3, [(0, 1), (1, 2)])
    post = stage.write(0)
    stage.wait(6)
    stage.answer(1, post, Kind.RETWEET)
    stage.wait(2)
    assert stage.read(2) == []


def test_own_posts_that_come_back_are_passed_over_without_taking_a_position():
    stage = Stage(2, [(0, 1), (1, 0)], reading__scan_mean=1.0)
    mine, other = stage.write(0), stage.write(1)
    stage.answer(1, mine, Kind.RETWEET)
    assert stage.read(0) == [other.row]


def test_a_retweet_brings_the_post_to_followers_of_the_one_who_passed_it_on():
    stage = Stage(3, [(0, 1), (1, 2)])
    post = stage.write(0)
    assert stage.read(2) == []
    stage.answer(1, post, Kind.RETWEET)
    assert stage.read(2) == [post.row]


def test_under_a_hierarchy_students_are_overlooked_half_of_the_time():
    population = {"role": [STUDENT, FACULTY, FACULTY]}
    stage = Stage(3, [(0, 2), (1, 2)], population=population, reading__hierarchy=1.0)
    students = [stage.write(0).row for _ in range(200)]
    faculty = [stage.write(1).row for _ in range(40)]
    seen = set(stage.read(2))
    assert set(faculty) <= seen
    assert 60 < len(seen & set(students)) < 140  # binomial(200, 1/2): outside with chance 1e-8


# --- sanctions ----------------------------------------------------------------------------------------------------


def test_the_notice_of_a_removed_post_frightens_and_takes_no_position():
    stage = Stage(2, [(0, 1)], reading__scan_mean=1.0)
    other, removed = stage.write(0), stage.write(0)
    stage.remove(removed)
    fear = stage.people[1].fear
    assert stage.read(1) == [other.row]
    assert stage.people[1].fear == near(fear + 0.02)
    assert removed.views == 0
    stage.read(1)
    assert stage.people[1].fear == near(fear + 0.02)


def test_who_read_a_post_before_its_removal_meets_no_notice():
    stage = Stage(2, [(0, 1)])
    post = stage.write(0)
    stage.read(1)
    fear = stage.people[1].fear
    stage.remove(post)
    stage.read(1)
    assert stage.people[1].fear == fear


def test_a_retweet_of_a_removed_post_shows_nothing():
    stage = Stage(3, [(0, 1), (1, 2)])
    post = stage.write(0)
    stage.answer(1, post, Kind.RETWEET)
    stage.remove(post)
    fear = stage.people[2].fear
    assert stage.read(2) == []
    assert stage.people[2].fear == fear


@pytest.mark.parametrize(("explained", "factor"), [(True, 1.05), (False, 1.0)])
def test_only_an_explained_removal_makes_bystanders_post_more(explained, factor):
    stage = Stage(2, [(0, 1)])
    stage.engine.set_desk(DeskSettings(explanation=explained))
    stage.remove(stage.write(0))
    stage.read(1)
    assert stage.people[1].posting_factor == factor


def test_fear_never_rises_above_one():
    stage = Stage(2, [(0, 1)])
    stage.people[1].fear = 0.99
    stage.remove(stage.write(0))
    stage.read(1)
    assert stage.people[1].fear == 1.0


@pytest.mark.parametrize(
    ("explained", "willingness"), [(False, 0.5), (True, 0.75)], ids=["without reasons", "with reasons"]
)
def test_the_removal_of_a_struggle_chills_its_author(explained, willingness):
    stage = Stage(2)
    stage.engine.set_desk(DeskSettings(explanation=explained))
    stage.remove(stage.write(0, Kind.STRUGGLE))
    assert stage.people[0].willingness == near(willingness)
    assert stage.people[1].willingness == 1.0


def test_the_removal_of_another_post_chills_nobody():
    stage = Stage(1)
    stage.remove(stage.write(0, Kind.TIP))
    assert stage.people[0].willingness == 1.0


@pytest.mark.parametrize(("accepting", "willingness"), [(1.0, 1.0), (0.0, 0.5)])
def test_a_rule_breaker_who_accepts_is_not_chilled(accepting, willingness):
    stage = Stage(1, moderation__accepting_share=accepting)
    stage.remove(stage.write(0, Kind.STRUGGLE, violation=Violation.PRIVACY), correct=True)
    assert stage.people[0].willingness == willingness


def test_somebody_innocent_accepts_no_removal():
    stage = Stage(1, moderation__accepting_share=1.0)
    stage.remove(stage.write(0, Kind.STRUGGLE), correct=False)
    assert stage.people[0].willingness == 0.5


# --- believing ----------------------------------------------------------------------------------------------------


def test_an_author_is_counted_once_in_seven_days():
    stage = Stage(2, [(0, 1), (1, 0)])
    stage.write(0)
    stage.write(0)
    stage.read(1)
    assert stage.people[1].authors == 1.0
    stage.wait(6.9)
    stage.write(0)
    stage.read(1)
    assert stage.people[1].authors == 1.0
    stage.wait(0.2)
    stage.write(0)
    stage.read(1)
    assert stage.people[1].authors == 2.0


def test_a_further_struggle_of_the_same_author_counts_little():
    stage = Stage(2, [(0, 1), (1, 0)])
    reader = stage.people[1]
    stage.write(0, Kind.STRUGGLE)
    stage.read(1)
    assert (reader.disclosing, reader.authors) == (1.0, 1.0)
    stage.write(0, Kind.STRUGGLE)
    stage.read(1)
    assert (reader.disclosing, reader.authors) == near((1.2, 1.2))


def test_meeting_the_same_struggle_again_adds_a_view_and_nothing_else():
    stage = Stage(3, [(0, 2), (1, 2), (2, 0)])
    post = stage.write(0, Kind.STRUGGLE)
    stage.read(2)
    reader = stage.people[2]
    before = (reader.disclosing, reader.authors, reader.stigma, post.viewers)
    stage.answer(1, post, Kind.RETWEET)
    stage.read(2)
    assert (reader.disclosing, reader.authors, reader.stigma, post.viewers) == before
    assert post.views == 2


@pytest.mark.parametrize(
    ("arcs", "roles", "weight"),
    [
        ([(0, 1), (1, 0)], (STUDENT, STUDENT), 1.0),
        ([(0, 1)], (STUDENT, STUDENT), 0.5),
        ([(0, 2), (2, 1)], (STUDENT, STUDENT), 0.25),
        ([(0, 1)], (FACULTY, STUDENT), 1.0),
        ([(0, 1)], (FACULTY, FACULTY), 0.5),
    ],
    ids=["mutual", "one way", "stranger", "faculty to trainee", "among faculty"],
)
def test_evidence_weighs_by_tie_and_standing(arcs, roles, weight):
    stage = Stage(3, arcs, population={"role": [*roles, STUDENT], "trainee": [role <= 1 for role in (*roles, STUDENT)]})
    post = stage.write(0, Kind.STRUGGLE)
    if (2, 1) in arcs:
        stage.answer(2, post, Kind.RETWEET)
    stage.read(1)
    assert stage.people[1].disclosing == weight
    assert stage.people[1].authors == weight


def test_contact_lowers_stigma_unless_a_derogatory_reply_stands_there():
    stage = Stage(4, [(0, 1), (0, 2), (1, 0), (2, 0)])
    struggle = stage.write(0, Kind.STRUGGLE)
    before = stage.people[1].stigma, stage.people[2].stigma
    stage.read(1)
    stage.answer(3, struggle, Kind.REPLY_DEROGATORY)
    stage.read(2)
    assert stage.people[1].stigma == near(before[0] - 0.009 * (before[0] - 0.1))
    assert stage.people[2].stigma == before[1]


@pytest.mark.parametrize(
    ("kind", "moved"),
    [(Kind.REPLY_SUPPORTIVE, -0.02), (Kind.REPLY_NEUTRAL, 0.0), (Kind.REPLY_DEROGATORY, +0.04)],
)
def test_replies_under_a_struggle_move_the_perceived_norm(kind, moved):
    stage = Stage(3, [(0, 1)])
    stage.answer(2, stage.write(0, Kind.STRUGGLE), kind)
    reader = stage.people[1]
    before = reader.perceived
    stage.read(1)
    assert reader.perceived == near(before + moved * ((1 - before) if moved > 0 else before))


def test_removed_replies_are_not_read():
    stage = Stage(3, [(0, 1)])
    struggle = stage.write(0, Kind.STRUGGLE)
    stage.remove(stage.answer(2, struggle, Kind.REPLY_DEROGATORY), correct=True)
    before = stage.people[1].perceived
    stage.read(1)
    assert stage.people[1].perceived == before
    assert struggle.visible_replies == 0


def test_a_thread_reaches_those_who_find_support_in_it():
    stage = Stage(4, [(0, 1), (0, 2)])
    struggle = stage.write(0, Kind.STRUGGLE)
    stage.read(1)
    stage.answer(3, struggle)
    stage.read(2)
    assert (struggle.viewers, struggle.supported_viewers) == (2, 1)
    assert stage.people[1].saw_support_step == -1
    assert stage.people[2].saw_support_step == stage.engine.step


def test_disclosures_by_faculty_lower_fear_up_to_a_cap():
    stage = Stage(2, [(0, 1)], population={"role": [FACULTY, STUDENT]})
    reader = stage.people[1]
    level = reader.fear
    stage.write(0, Kind.STRUGGLE)
    stage.read(1)
    assert reader.fear == near(level - 0.01)
    for _ in range(15):
        stage.write(0, Kind.STRUGGLE)
    stage.read(1)
    assert reader.fear == near(level - 0.1)


def test_views_of_posts_that_break_a_rule_are_counted_by_type():
    stage = Stage(2, [(0, 1)])
    stage.write(0, violation=Violation.PRIVACY)
    stage.write(0)
    stage.read(1)
    assert stage.engine.column("harmful_privacy").tolist() == [0, 1]
    assert stage.engine.column("harmful_irrelevant").tolist() == [0, 0]
    assert stage.engine.column("views").tolist() == [0, 2]


# --- support ------------------------------------------------------------------------------------------------------


def test_a_supportive_reply_encourages_once_per_supporter_in_seven_days_whatever_the_post():
    stage = Stage(3)
    author = stage.people[0]
    ordinary, struggle = stage.write(0), stage.write(0, Kind.STRUGGLE)
    stage.answer(1, ordinary)
    stage.answer(1, struggle)
    stage.read(0)
    assert author.encouragement == 1.0
    stage.answer(2, struggle)
    stage.read(0)
    assert author.encouragement == 2.0
    stage.wait(7)
    stage.answer(1, stage.write(0))
    stage.read(0)
    assert author.encouragement == 3.0


def test_where_lonely_replies_do_not_count_the_second_within_two_days_makes_both_count():
    stage = Stage(4, support__lonely_reply_counts=False)
    author, post = stage.people[0], stage.write(0)
    stage.answer(1, post)
    stage.read(0)
    assert author.encouragement == 0.0
    stage.answer(2, post)
    stage.read(0)
    assert author.encouragement == 2.0
    stage.answer(3, post)
    stage.read(0)
    assert author.encouragement == 3.0


def test_a_second_reply_after_two_days_comes_too_late():
    stage = Stage(3, support__lonely_reply_counts=False)
    post = stage.write(0)
    stage.answer(1, post)
    stage.wait(2.1)
    stage.answer(2, post)
    stage.read(0)
    assert stage.people[0].encouragement == 0.0


def test_a_derogatory_reply_hurts_and_a_neutral_one_does_nothing():
    stage = Stage(3)
    post = stage.write(0)
    stage.answer(1, post, Kind.REPLY_DEROGATORY)
    stage.answer(2, post, Kind.REPLY_NEUTRAL)
    stage.read(0)
    assert (stage.people[0].harm, stage.people[0].encouragement) == (1.0, 0.0)


@pytest.mark.parametrize(("kind", "stock"), [(Kind.STRUGGLE, 0.02), (Kind.TIP, 0.0)])
def test_likes_encourage_for_struggles_alone(kind, stock):
    stage = Stage(2)
    post = stage.write(0, kind)
    stage.engine.like(post, stage.people[1])
    stage.engine.deliver()
    stage.read(0)
    assert stage.people[0].encouragement == stock
    assert post.likes == 1


def test_a_reply_removed_before_it_is_read_neither_hurts_nor_helps():
    stage = Stage(2)
    stage.remove(stage.answer(1, stage.write(0), Kind.REPLY_DEROGATORY), correct=True)
    stage.read(0)
    assert stage.people[0].harm == 0.0


def test_notifications_go_with_the_time_of_their_post():
    stage = Stage(2)
    stage.answer(1, stage.write(0))
    stage.wait(7)
    stage.read(0)
    assert stage.people[0].encouragement == 0.0


# --- reacting -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=sorted(ENGINES))
def eager(request):
    """A run in which everybody answers and passes on whatever they see."""
    ring: dict[str, Any] = {"network": {"type": "ring"}, "engine": request.param}
    model = SupportNetworkModel(agents=60, days=4, warmup_days=0, rng=2, **ring, **COPYING)
    model.run()
    return model.posts


@pytest.mark.parametrize("kinds", [(4, 5, 6), (7,)], ids=["reply", "retweet"])
def test_an_action_is_never_taken_twice(eager, kinds):
    rows = np.flatnonzero(np.isin(eager.kind, kinds))
    acts = list(zip(eager.author[rows].tolist(), eager.root[rows].tolist(), strict=True))
    assert len(acts) > 100
    assert len(acts) == len(set(acts))


def test_nobody_reacts_to_their_own_posts(eager):
    reactions = np.flatnonzero(eager.parent >= 0)
    assert (eager.author[reactions] != eager.author[eager.root[reactions]]).all()
    assert (eager.likes < 60).all()


def test_protected_posts_are_never_passed_on(eager):
    retweets = np.flatnonzero(eager.kind == Kind.RETWEET)
    assert eager.protected[eager.parent < 0].any()
    assert not eager.protected[eager.root[retweets]].any()


def test_keys_name_posts_and_tell_author_step_and_slot(eager):
    assert len(set(eager.key.tolist())) == len(eager.key)
    np.testing.assert_array_equal(eager.key >> 32, eager.author)
    np.testing.assert_array_equal((eager.key >> 8) & 0xFFFFFF, eager.step)
    np.testing.assert_array_equal((eager.key & 0xFF) < OWN_SLOTS, eager.parent < 0)


def test_reactions_come_after_what_they_react_to_could_be_read(eager):
    reactions = np.flatnonzero(eager.parent >= 0)
    assert (eager.step[reactions] >= eager.visible_step[eager.parent[reactions]]).all()
    assert (eager.visible_step == eager.step + 1).all()


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_only_posts_that_break_a_rule_are_reported(engine):
    settings: dict[str, Any] = {
        "network": {"type": "ring"}, "reactions__report": 1.0, "reactions__session_power": 0.0,
        "posting__misinformation": 0.3,
    }  # fmt: skip
    model = SupportNetworkModel(agents=60, days=4, warmup_days=0, rng=2, engine=engine, **settings)
    model.run()
    posts = model.posts
    assert (posts.reports > 0).any()
    assert (posts.violation[posts.reports > 0] != Violation.NONE).all()
    assert (posts.reports <= posts.views).all()


# --- tags ---------------------------------------------------------------------------------------------------------


def tagged_stage(**settings):
    """Somebody (0) whose tagged posts others read, and an open tag."""
    stage = Stage(4, [(0, 2), (1, 2)], **settings)
    stage.engine.open_tag(Tag("general support"))
    return stage


def test_exposures_count_authors_and_not_posts():
    stage = tagged_stage(adoption__first_exposure=0.0)
    for author in (0, 0, 1):
        stage.write(author, Kind.TIP, tag=0)
    stage.read(2)
    assert stage.people[2].exposures[0] == 2
    assert stage.engine.exposures[1:4].tolist() == [[1, 0], [1, 0], [0, 0]]


def test_certain_adoption_happens_at_the_first_author_and_is_noted():
    stage = tagged_stage(adoption__first_exposure=1.0)
    stage.write(0, Kind.TIP, tag=0)
    step = stage.engine.step
    stage.read(2)
    assert stage.people[2].adopted == 1
    assert stage.engine.adoptions == [(step, 2, 0, 1)]


@pytest.mark.parametrize(("meant_for", "match"), [(None, 1.0), (3, 1.5), (4, 0.3)])
def test_a_tag_of_the_own_specialty_fits_best(meant_for, match):
    stage = Stage(1, population={"specialty": [3]})
    assert stage.people[0].match(stage.engine.open_tag(Tag("x", meant_for))) == match


def test_struggles_and_tips_of_adopters_carry_the_tag_and_nothing_else_does():
    stage = tagged_stage(posting__tag_use=1.0)
    stage.engine.adopt(0, np.array([0]))
    kinds = (Kind.ORDINARY, Kind.TIP, Kind.STRUGGLE, Kind.ADVOCACY)
    assert [stage.write(0, kind).tag for kind in kinds] == [-1, 0, 0, -1]
    assert stage.write(1, Kind.TIP).tag == -1
    assert stage.answer(0, stage.engine.posts_list[-1]).tag == -1


def test_the_stream_holds_public_tagged_posts_and_is_read_from_where_one_left_off():
    stage = Stage(3, reading__search_others=1.0, reading__stream_scan_mean=1e9)
    stage.engine.open_tag(Tag("general support"))
    stage.write(0, Kind.TIP, tag=0, protected=True)
    public = stage.write(0, Kind.TIP, tag=0)
    assert stage.read(1) == [public.row]
    assert stage.read(1) == []
    later = stage.write(0, Kind.TIP, tag=0)
    assert stage.read(1) == [later.row]
    assert stage.read(2) == [later.row, public.row]
    assert stage.read(0) == []


def test_a_closed_tag_is_used_by_nobody():
    stage = tagged_stage()
    stage.engine.adopt(0, np.array([0, 1]))
    stage.engine.close_tag(0)
    assert stage.engine.column("adopted").tolist() == [0, 0, 0, 0]
    assert stage.engine.column("ever_adopted").tolist() == [1, 1, 0, 0]
    assert stage.write(0, Kind.TIP).tag == -1
    stage.write(0, Kind.TIP, tag=0)
    stage.read(2)
    assert stage.people[2].exposures[0] == 0


def test_nobody_gives_a_tag_up_on_a_day_on_which_they_saw_it():
    stage = tagged_stage()
    stage.engine.adopt(0, np.array([0]))
    person = stage.people[0]
    stage.wait(0.5)
    assert not any(person.abandons(0, day) for day in range(500))
    stage.wait(0.5)
    days = []
    for _ in range(4000):
        days.append(person.abandons(0, 0))
        stage.wait(1)
    share = 1 - 0.5 ** (1 / 14)
    assert abs(np.mean(days) - share) < 6 * np.sqrt(share * (1 - share) / 4000)


# --- writing and living -------------------------------------------------------------------------------------------


def test_disclosure_grows_with_norms_and_support_and_falls_with_stigma_fear_and_harm():
    stage = Stage(1, population={"visibility": [1.0]})
    person = stage.people[0]
    usual = person.disclosure_chance()
    for name, value, sign in (
        ("disclosing", 5.0, 1),
        ("encouragement", 2.0, 1),
        ("adopted", 1, 1),
        ("distress", 27.0, 1),
        ("perceived", 1.0, -1),
        ("fear", 1.0, -1),
        ("harm", 2.0, -1),
        ("willingness", 0.5, -1),
    ):
        before = getattr(person, name)
        setattr(person, name, value)
        assert (person.disclosure_chance() - usual) * sign > 0, name
        setattr(person, name, before)


def test_guidelines_and_courtesy_make_violations_rarer():
    stage = Stage(2, population={"superuser": [False, True]})
    assert [person.care for person in stage.people] == near([1.0, 0.1])
    stage.engine.assign("guideline", np.array([0, 1]), 0.1)
    assert [person.care for person in stage.people] == near([0.9, 0.09])


def test_nobody_enters_treatment_in_the_warm_up_or_without_struggling():
    class Ready(Person):
        def seeks_help(self, day):
            return True

    stage = Stage(2, agent_class=Ready, population={"trait": [27.0, 0.0]}, distress__state_sd=0.0)
    for person in stage.people:
        person.live(-1, 6.0)
    assert stage.engine.column("treated_since").tolist() == [-1, -1]
    for person in stage.people:
        person.live(0, 6.0)
    assert stage.engine.column("treated_since").tolist() == [0, -1]


def test_a_day_fades_what_is_remembered_and_returns_feelings_to_their_own_level():
    stage = Stage(1)
    person = stage.people[0]
    person.disclosing, person.encouragement, person.harm, person.willingness = 1.0, 1.0, 1.0, 0.0
    person.stigma = person.own_stigma + 0.1
    person.fade()
    assert person.disclosing == near(0.5 ** (1 / 30))
    assert person.encouragement == near(0.5 ** (1 / 7))
    assert person.harm == near(0.5 ** (1 / 14))
    assert person.willingness == near(1 - 0.5 ** (1 / 14))
    assert person.stigma - person.own_stigma == near(0.1 * 0.5 ** (1 / 60))


def test_fear_returns_to_the_own_level_under_the_regime():
    stage = Stage(1, beliefs__fear_regime=0.5)
    person = stage.people[0]
    for _ in range(3000):
        person.fade()
    assert person.fear == near(0.5 * person.own_fear)


def test_minutes_of_a_day_are_averaged_over_about_a_week():
    stage = Stage(1)
    person = stage.people[0]
    person.minutes_today = 70.0
    person.update_use()
    assert person.minutes == near(10.0)
    person.update_use()
    assert person.minutes == near(10.0 * 6 / 7)


def test_a_post_keeps_its_state_until_somebody_decides():
    stage = Stage(1)
    assert stage.write(0).state is PostState.VISIBLE
