"""What holds for every registered intervention, by its name."""

import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulation import Hashtag, InputError, Moderation, Seeds, SupportnetWarning, SupportNetworkModel
from simulation.interventions import INTERVENTIONS, Intervention
from simulation.interventions.moderation import REGIMES
from simulation.levers import LEVERS as COLUMNS
from simulation.parameters import Parameters
from simulation.posts import OWN_SLOTS, Posts, PostState
from simulation.records import declarations
from simulation.world import COUNTERS, STATE
from tests.fakes import Standin

ONSET, END, DAYS = 2, 4, 6
LEVERS: dict[str, list[dict[str, Any]]] = {
    "hashtag": [
        {"seeds": {"who": "random", "share": 0.1}},
        {"breadth": "specialty", "seeds": {"share": 0.1}},
        {"breadth": "specialty", "specialty": "surgery"},
    ],
    "moderation": [
        *({"regime": regime, "sensitivity": 1.0, "false_positive_rate": 0.5} for regime in REGIMES),
        {"regime": "pre_moderation", "target": {"roles": ["student", "resident"]}},
    ],
    "guidelines": [{"effect": 1.0, "target": {"share": 0.5}}],
    "contact": [{"contacts": 3.0, "every_days": 0.75, "target": {"specialties": ["surgery", "psychiatry"]}}],
    "norm_correction": [{"prevalence": 0.5, "stigma": 0.0, "every_days": 1.0, "target": {"bottom_share": 0.3}}],
    "licensing": [{"factor": 1.5, "target": {"top_share": 0.2, "roles": ["faculty", "other", "resident"]}}],
    "privacy": [{"protected_share": 0.5, "pseudonymous_share": 0.5, "sample": 3}],
    "use_limit": [{"minutes": 0.5}, {"minutes": 0.0, "target": {"share": 0.5, "sample": 9}}],
    "tweet_chat": [{"every": "day", "hour": 5.0, "publicity": 1.0, "moderators": 3, "moderator_role": "anybody"}],
    "elite_disclosure": [{"count": 20, "every_days": 0.5, "target": {"roles": ["resident", "student"]}}],
    "faculty_pledge": [{"factor": 20.0, "target": {"share": 0.5}}],
    "feed_design": [
        {"design": "chronological", "hierarchy": 1.0},
        {"mutual": 5.0, "hierarchy": 0.5, "target": {"top_share": 0.5}},
    ],
    "routing": [{"delay_hours": 0.0, "capacity": 50, "copies": 10, "target": {"share": 0.5}}],
}
"""Levers to try beside the defaults."""
COMPANIONS: dict[str, list[Intervention]] = {"tweet_chat": [Hashtag(seeds=Seeds(who="random", share=0.3))]}
"""What must stand in an arm beside an intervention, and in its baseline too."""
CASES: list[tuple[str, dict[str, Any]]] = [
    (name, levers) for name in INTERVENTIONS for levers in ({}, *LEVERS.get(name, []))
]
NAMES = [f"{name} {levers}" for name, levers in CASES]
ACTING = [case for case in CASES if case[1].get("regime") != "none"]


def action(name, levers, **span) -> Any:
    """An intervention by its name."""
    return INTERVENTIONS[name].model_validate({**levers, **span})


def run(*interventions, days=DAYS):
    """A small run in which much happens, up to some day."""
    model = SupportNetworkModel(
        agents=80, days=DAYS, warmup_days=1, rng=7, outcomes=(), interventions=interventions,
        disclosure__intercept=-1.5, posting__misinformation=0.2, reactions__report=0.5, adoption__first_exposure=0.2,
        adoption__reinforcement=2.0, reactions__reply=0.2, posting__tip_share=0.5,
        population__superuser_share=0.1,
    )  # fmt: skip
    model.run(days=days + 1)
    return model


@cache
def baseline(name="", days=DAYS):
    """The arm in which nothing is done but what an intervention needs, up to some day; by default to the end."""
    return run(*COMPANIONS.get(name, []), days=days)


def needed(name, end_day):
    """What an intervention needs, up to the day on which it ends."""
    return [each.model_copy(update={"end_day": end_day}) for each in COMPANIONS.get(name, [])]


def arm(name, levers, days=DAYS, **span):
    """An intervention and what it needs, up to some day."""
    return run(*needed(name, span.get("end_day")), action(name, levers, **span), days=days)


def assert_same(first, second, but=()):
    """Posts and people of two runs are the same, event by event, apart from some columns."""
    for name in Posts._fields:
        np.testing.assert_array_equal(getattr(first.posts, name), getattr(second.posts, name), err_msg=name)
    for name in {*STATE, *COUNTERS} - {*but}:
        np.testing.assert_array_equal(first.engine.column(name), second.engine.column(name), err_msg=name)


@pytest.mark.parametrize(("name", "levers"), CASES, ids=NAMES)
def test_an_arm_is_its_baseline_event_by_event_until_onset(name, levers):
    assert_same(arm(name, levers, start_day=ONSET, days=ONSET), baseline(name, ONSET))


@pytest.mark.parametrize(("name", "levers"), CASES, ids=NAMES)
def test_an_intervention_that_begins_after_the_last_day_changes_nothing(name, levers):
    with pytest.warns(SupportnetWarning, match="begins on day 6"):
        late = arm(name, levers, start_day=DAYS)
    assert_same(late, baseline(name))


@pytest.mark.parametrize(("name", "levers"), CASES, ids=NAMES)
def test_an_intervention_that_reaches_nobody_changes_nothing(name, levers):
    nobody = {**levers, "target": {**levers.get("target", {}), "share": 0.0}}
    assert_same(arm(name, nobody, start_day=1.0), baseline(name))


@pytest.mark.parametrize(("name", "levers"), ACTING)
def test_an_intervention_does_something(name, levers):
    done, usual = arm(name, levers, start_day=0).engine, baseline(name).engine
    columns = any(not np.array_equal(done.column(each), usual.column(each)) for each in STATE)
    assert columns or not np.array_equal(done.post_column("state"), usual.post_column("state"))


@pytest.mark.parametrize(("name", "levers"), CASES, ids=NAMES)
def test_after_its_last_day_nothing_of_it_remains_in_force(name, levers):
    model = arm(name, levers, start_day=0, end_day=END)
    end = model.world.step_of(END)
    posts, engine = model.posts, model.engine
    for column, lever in COLUMNS.items():
        np.testing.assert_array_equal(engine.column(column), lever.base(model.world), err_msg=column)
    assert (engine.column("chat") == -1).all()
    for column in ("ranked", "hierarchy", "ranked_mutual"):
        assert (engine.column(column) == getattr(model.parameters.reading, column)).all()
    assert not engine.column("adopted").any()
    assert (posts.tag[posts.step >= end] == -1).all()
    assert (posts.step[((posts.key & 0xFF) >= OWN_SLOTS) & (posts.parent < 0)] < end).all()
    assert all(event.step < end for event in engine.adoptions)
    assert all(posts.step[case.post] < end for case in engine.cases)
    assert (posts.state[posts.step >= end] == PostState.VISIBLE).all()
    assert not (posts.state == PostState.HELD).any()


@pytest.mark.parametrize(("name", "levers"), CASES, ids=NAMES)
def test_the_steps_in_which_an_intervention_acts_are_known_before_the_run(name, levers):
    each = action(name, levers, start_day=ONSET)
    world = baseline(name).world
    due = [each.due(world, step) for step in range(world.parameters.total_steps)]
    arm(name, levers, start_day=ONSET)
    assert [each.due(world, step) for step in range(world.parameters.total_steps)] == due
    assert {type(answer) for answer in due} <= {bool}


@pytest.mark.parametrize(("name", "levers"), CASES, ids=NAMES)
def test_an_intervention_survives_a_round_trip_through_json(name, levers):
    once = action(name, levers, start_day=1.5, end_day=3)
    again: Any = INTERVENTIONS[name].model_validate_json(once.model_dump_json())
    assert again == once
    assert again.type == name


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_an_intervention_has_its_number_and_says_what_it_is(name):
    kind = INTERVENTIONS[name]
    assert issubclass(kind, Intervention)
    assert re.fullmatch(r"I\d+", kind.identifier)
    assert kind.__doc__
    assert all(lever.meaning.endswith(".") for lever in declarations(kind) if lever.path != "type")


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_an_unknown_lever_is_refused(name):
    with pytest.raises(ValidationError, match="extra"):
        action(name, {"bredth": 1})


@pytest.mark.parametrize("name", INTERVENTIONS)
@pytest.mark.parametrize("span", [{"start_day": -1}, {"start_day": 3, "end_day": 3}, {"start_day": 3, "end_day": 2}])
def test_an_intervention_begins_no_earlier_than_day_0_and_ends_after_it_began(name, span):
    with pytest.raises(ValidationError):
        action(name, {}, **span)


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_an_intervention_cannot_be_changed_after_it_was_made(name):
    with pytest.raises(ValidationError):
        action(name, {}).start_day = 5


# --- several at once ----------------------------------------------------------------------------------------------

TOGETHER: list[tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = [
    (("guidelines", {"effect": 0.5}), ("guidelines", {"effect": 1.0})),
    (("guidelines", {"effect": 0.05}), ("moderation", {"regime": "guidelines"})),
    (("licensing", {"factor": 0.3}), ("licensing", {"factor": 0.7})),
    (("privacy", {"protected_share": 0.4}), ("privacy", {"pseudonymous_share": 0.5, "sample": 1})),
    (("use_limit", {"minutes": 1.0}), ("use_limit", {"minutes": 2.0})),
    (("contact", {"every_days": 1.0}), ("licensing", {})),
    (("norm_correction", {"every_days": 1.5}), ("use_limit", {"minutes": 1.0})),
    (("hashtag", {"seeds": {"who": "random", "share": 0.1}}), ("moderation", {"regime": "pre_moderation"})),
    (("hashtag", {"seeds": {"who": "random", "share": 0.1}}), ("privacy", {"protected_share": 0.5})),
]
"""Pairs that may be in force at once on overlapping groups."""


def overlapping(pair):
    """Two interventions on groups that overlap: one from day 0 to 4, the other from day 1 to 3 or from 1 to 5."""
    (first, levers), (second, other_levers) = pair
    one = action(first, {**levers, "target": {"share": 0.6}}, start_day=0, end_day=4)
    inside = action(second, {**other_levers, "target": {"share": 0.6, "sample": 1}}, start_day=1, end_day=3)
    across = action(second, {**other_levers, "target": {"share": 0.6, "sample": 1}}, start_day=1, end_day=5)
    return one, inside, across


@pytest.mark.parametrize("pair", TOGETHER)
def test_the_order_in_which_interventions_are_listed_does_not_count(pair):
    one, inside, across = overlapping(pair)
    for other in (inside, across):
        assert_same(run(one, other), run(other, one))


@pytest.mark.parametrize("pair", TOGETHER)
def test_when_overlapping_interventions_have_ended_columns_are_what_they_were(pair):
    one, inside, across = overlapping(pair)
    for other in (inside, across):
        model = run(one, other)
        for column, lever in COLUMNS.items():
            np.testing.assert_array_equal(model.engine.column(column), lever.base(model.world), err_msg=column)


def test_more_support_tags_than_there_is_room_for_are_refused():
    kinds = [Hashtag(breadth="specialty", seeds=Seeds(count=6), name=name) for name in ("support", "rest")]
    general = [Hashtag(name=f"number {place}") for place in range(5)]
    with pytest.raises(InputError, match="17 support tags would be opened"):
        run(*kinds, *general)
    assert len(run(*kinds, *general[:4], days=1).engine.tags) == 16


def test_two_tags_of_one_name_are_refused():
    with pytest.raises(InputError, match="two support tags are called 'general support'"):
        run(Hashtag(), Hashtag(start_day=3))


def test_general_and_specialty_tags_have_adopters_streams_and_an_end_of_their_own():
    seeds = Seeds(who="random", share=0.9)
    model = run(Hashtag(seeds=seeds, breadth="specialty"), Hashtag(seeds=seeds, end_day=END))
    assert [tag.specialty for tag in model.engine.tags] == [*range(6), None]
    posts, adopted, end = model.posts, model.engine.column("adopted"), model.world.step_of(END)
    assert set(posts.tag) >= {-1, *range(7)}
    assert (posts.tag[posts.step >= end] != 6).all()
    assert len({event.tag for event in model.engine.adoptions if event.exposure}) > 4
    assert [(adopted >> number & 1).any() for number in range(7)] == [True] * 6 + [False]


# --- hashtags -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world():
    return SupportNetworkModel(agents=300, days=1, warmup_days=0, rng=1).world


def seeds_of(world, **levers):
    """Seeds of each tag that is opened."""
    opened: list[tuple[Any, list[int]]] = []

    class Notes(Standin):  # type: ignore[misc]
        def __init__(self):
            self.world = world

        def open_tag(self, tag):
            opened.append((tag, []))
            return len(opened) - 1

        def adopt(self, number, agents):
            opened[number][1].extend(agents.tolist())

    Hashtag.model_validate(levers).begin(Notes())
    return opened


def test_hubs_are_the_most_followed(world):
    [(tag, seeds)] = seeds_of(world, seeds={"who": "hubs", "count": 5})
    assert tag.specialty is None
    rest = np.delete(world.graph.follower_counts, seeds)
    assert world.graph.follower_counts[seeds].min() >= rest.max()


def test_seeds_are_a_share_of_all_unless_a_number_is_given(world):
    assert len(seeds_of(world, seeds={"share": 0.1})[0][1]) == 30
    assert len(seeds_of(world, seeds={"share": 0.0})[0][1]) == 1
    assert len(seeds_of(world, seeds={"count": 0})[0][1]) == 0


def test_seeds_among_faculty_and_superusers_are_faculty_and_superusers(world):
    [(_, faculty)] = seeds_of(world, seeds={"who": "faculty", "count": 10})
    [(_, superusers)] = seeds_of(world, seeds={"who": "superusers", "count": 300})
    assert (world.population.role[faculty] == 2).all()
    assert superusers == np.flatnonzero(world.population.superuser).tolist()


def test_tags_of_specialties_share_the_seeds_and_each_begins_in_its_own(world):
    opened = seeds_of(world, breadth="specialty", seeds={"who": "random", "count": 13})
    assert [tag.specialty for tag, _ in opened] == list(range(6))
    assert sum(len(seeds) for _, seeds in opened) == 13
    assert max(len(seeds) for _, seeds in opened) - min(len(seeds) for _, seeds in opened) <= 1
    for tag, seeds in opened:
        assert (world.population.specialty[seeds] == tag.specialty).all()


def test_a_general_tag_has_no_specialty():
    with pytest.raises(ValidationError, match="general tag has no specialty"):
        Hashtag(specialty="surgery")


# --- moderation ---------------------------------------------------------------------------------------------------


def test_a_detector_that_finds_nothing_is_no_moderation():
    blind = Moderation(regime="automatic_review", sensitivity=0.0, false_positive_rate=0.0)
    assert_same(run(blind), baseline(), but=("overseen",))


def desk_under(regime, n_agents=5000, **levers) -> Any:
    """The desk under a regime, None where there is none."""
    return Moderation(regime=regime, **levers).desk(Parameters().moderation, n_agents)


def test_only_regimes_that_read_reports_act_on_them():
    needed = {name: desk_under(name) for name in REGIMES}
    assert {name for name, desk in needed.items() if desk and desk.reports_needed} == {"reactive", "pre_moderation"}
    assert desk_under("automatic_review", reports_needed=3).reports_needed == 3


def test_a_desk_takes_the_values_of_the_parameters_where_no_lever_is_set():
    desk = desk_under("automatic_review")
    assert (desk.servers, desk.sensitivity, desk.false_positive_rate, desk.accuracy) == (2, 0.6, 0.03, 0.9)
    assert desk.detection_days == pytest.approx(30 / 1440)
    assert desk_under("automatic_review", 100).servers == 1
    own = desk_under("automatic_review", 100, servers=7, accuracy=0.8)
    assert (own.servers, own.accuracy) == (7, 0.8)
    assert desk_under("automatic_removal").servers is None
    assert desk_under("guidelines") is None


def test_under_pre_moderation_tagged_posts_are_read_after_their_case_or_never():
    held = Moderation(regime="pre_moderation", service_minutes=120.0, servers=1)
    model = run(Hashtag(seeds={"who": "random", "share": 0.5}), held)
    posts = model.posts
    tagged = np.flatnonzero((posts.tag >= 0) & (posts.step < model.engine.step - 96))
    cases = {case.post: case for case in model.engine.cases}
    assert len(tagged) > 20
    for row in set(tagged.tolist()) & set(cases):
        released = cases[row].decision != "remove"
        assert posts.visible_step[row] == (cases[row].step if released else -1)
        assert released or posts.views[row] == 0
