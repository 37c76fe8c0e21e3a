"""Whom interventions are meant for."""

import warnings

import numpy as np
import pytest
from pydantic import ValidationError

from simulation import (
    Hashtag,
    InputError,
    Licensing,
    Seeds,
    SupportnetWarning,
    SupportNetworkModel,
    TweetChat,
    sure_misses,
)
from simulation.generators import SPECIALTIES
from simulation.interventions import Target
from simulation.parameters import Parameters
from simulation.world import World
from tests.statistics import assert_share


@pytest.fixture(scope="module")
def world():
    return World.build(Parameters(agents=4000, days=1, warmup_days=0), 5)


def members(world, **conditions):
    return Target(**conditions).members(world)


def test_without_conditions_everybody_is_meant(world):
    assert members(world).tolist() == list(range(world.n_agents))


def test_conditions_are_joined_by_and_and_their_choices_by_or(world):
    rows = members(world, roles=("student", "resident"), specialties=("surgery",), communities=(0, 3))
    people = world.population
    wanted = people.trainee & (people.specialty == SPECIALTIES.index("surgery")) & np.isin(people.community, [0, 3])
    assert len(rows) > 10
    assert rows.tolist() == np.flatnonzero(wanted).tolist()


def test_degree_ranks_are_those_of_everybody(world):
    followers = world.graph.follower_counts
    top, bottom = members(world, top_share=0.01), members(world, bottom_share=0.25)
    assert (len(top), len(bottom)) == (40, 1000)
    assert followers[top].min() >= np.delete(followers, top).max()
    assert followers[bottom].max() <= np.delete(followers, bottom).min()
    assert len(members(world, top_share=1e-9)) == 1
    faculty = members(world, top_share=0.01, roles=("faculty",))
    assert set(faculty) == set(top) & set(members(world, roles=("faculty",)))


def test_superusers_are_superusers(world):
    assert members(world, superusers=True).tolist() == np.flatnonzero(world.population.superuser).tolist()


def test_a_share_is_a_share_of_those_who_meet_the_conditions(world):
    students = members(world, roles=("student",))
    some = members(world, roles=("student",), share=0.3)
    assert set(some) <= set(students)
    assert_share(len(some), len(students), 0.3)


def test_a_larger_share_holds_everybody_of_a_smaller_one(world):
    assert set(members(world, share=0.2)) <= set(members(world, share=0.25))
    assert set(members(world, share=0.2, roles=("faculty",))) <= set(members(world, share=0.2))


def test_campaigns_with_one_sample_reach_the_same_people_and_with_two_independent_ones(world):
    one, same, other = (members(world, share=0.5, sample=sample) for sample in (1, 1, 2))
    assert one.tolist() == same.tolist()
    assert_share(len(set(one) & set(other)), world.n_agents, 0.25)


def test_a_share_of_nothing_is_nobody(world):
    assert len(members(world, share=0.0)) == 0


@pytest.mark.parametrize(
    "conditions",
    [{"roles": ("nurse",)}, {"specialties": ("surgry",)}, {"communities": (-1,)}, {"share": 1.1}, {"sample": -1}],
)
def test_a_condition_that_cannot_be_is_refused(conditions):
    with pytest.raises(ValidationError):
        Target(**conditions)


@pytest.mark.parametrize(
    ("conditions", "settings", "reason"),
    [
        ({"roles": ("student",)}, {"population.roles": {"student": 0.0, "resident": 0.65}}, "has no student"),
        ({"superusers": True}, {"population.superuser_share": 0.0}, "superuser_share is 0"),
        ({"communities": (4,)}, {"agents": 1000}, "4 communities, numbered from 0"),
        ({"top_share": 0.0}, {}, "share of 0"),
        ({"roles": ("faculty",), "bottom_share": 0.0}, {}, "share of 0"),
    ],
)
def test_settings_that_leave_nobody_in_a_group_are_seen_before_anybody_is_drawn(conditions, settings, reason):
    target = Target(**conditions)
    assert not Target(roles=("student",), superusers=True, communities=(3,)).impossible(Parameters(agents=1000))
    assert reason in target.impossible(Parameters().with_values(settings))


def test_an_empty_group_is_refused_by_its_name_before_the_run():
    target = Target(roles=("student",), top_share=0.001, superusers=True)
    with pytest.raises(
        InputError, match=r"interventions\[0\]\.target: the group \(student, superusers, among the 0.001"
    ):
        SupportNetworkModel(agents=100, days=1, rng=1, interventions=[Licensing(target=target)])


def test_a_share_that_chance_leaves_empty_is_a_warning():
    with pytest.warns(SupportnetWarning, match=r"target\.share: chance has picked nobody"):
        SupportNetworkModel(agents=50, days=1, rng=1, interventions=[Licensing(target=Target(share=1e-6))])


def told(action, **settings):
    """What is told of an intervention and its tag when a small model is made."""
    tag = [] if isinstance(action, Hashtag) else [Hashtag()]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        SupportNetworkModel(agents=50, days=1, rng=1, interventions=[action, *tag], **settings)
    return [str(item.message) for item in caught if item.category is SupportnetWarning]


@pytest.mark.parametrize(
    ("levers", "settings", "words"),
    [
        ({"seeds": {"who": "superusers"}}, {"population__superuser_share": 0.0}, "the tag 'general support'"),
        ({"target": {"roles": ["student"]}, "seeds": {"who": "faculty"}}, {}, "the tag 'general support'"),
        ({"breadth": "specialty", "seeds": {"who": "random", "count": 5}}, {}, "the tag 'anaesthesia support'"),
        ({"breadth": "specialty", "seeds": {"who": "random"}}, {}, "the tags 'anaesthesia support', 'surgery support'"),
    ],
)
def test_a_tag_without_a_seed_is_a_warning(levers, settings, words):
    [text] = told(Hashtag.model_validate(levers), **settings)
    assert text.startswith(f"interventions[0].seeds: there is no seed for {words}")


@pytest.mark.parametrize(
    ("levers", "settings"),
    [
        ({"moderator_role": "public"}, {}),
        ({"moderator_role": "superuser"}, {"population__superuser_share": 0.0}),
        ({"target": {"roles": ["student"]}}, {}),
    ],
)
def test_a_chat_that_nobody_can_moderate_is_a_warning(levers, settings):
    [text] = told(TweetChat.model_validate(levers), **settings)
    assert text.startswith("interventions[0].moderators: nobody of the group can moderate")
    assert not told(TweetChat.model_validate({**levers, "moderators": 0}), **settings)


def test_nothing_is_told_of_nobody_where_nobody_is_asked_for_or_somebody_is_found():
    assert not told(Hashtag(seeds=Seeds(count=0)))
    assert not told(Hashtag(breadth="specialty", target=Target(share=0.0)))
    assert not told(Hashtag(breadth="specialty", seeds=Seeds(count=6)))
    assert not told(TweetChat())
    assert not told(TweetChat(moderator_role="public", target=Target(share=0.0)))


def test_an_intervention_whose_group_chance_leaves_empty_is_told_of_once():
    [text] = told(Hashtag(breadth="specialty", target=Target(share=1e-6)))
    assert text.startswith("interventions[0].target.share: chance has picked nobody")


@pytest.mark.parametrize(
    ("action", "settings", "key"),
    [
        (Hashtag(seeds=Seeds(who="superusers")), {"population.superuser_share": 0.0}, "seeds"),
        (Hashtag(breadth="specialty", seeds=Seeds(count=5)), {}, "seeds"),
        (TweetChat(moderator_role="public"), {}, "moderators"),
        (TweetChat(moderator_role="superuser"), {"population.superuser_share": 0.0}, "moderators"),
        (Hashtag(seeds=Seeds(who="superusers", count=0)), {"population.superuser_share": 0.0}, None),
        (Hashtag(breadth="specialty", seeds=Seeds(count=6)), {}, None),
        (Hashtag(breadth="specialty", seeds=Seeds(who="faculty")), {}, None),
        (TweetChat(moderator_role="public", moderators=0), {}, None),
        (TweetChat(moderator_role="anybody"), {"population.superuser_share": 0.0}, None),
        (Licensing(), {}, None),
    ],
)
def test_what_the_settings_alone_show_to_be_missing_is_known_before_anybody_is_drawn(action, settings, key):
    found = list(sure_misses([action], Parameters().with_values(settings)))
    assert [finding.key for finding in found] == ([] if key is None else [key])


@pytest.mark.parametrize(("span", "words"), [({"start_day": 3}, "begins on day 3"), ({"end_day": 4}, "ends on day 4")])
def test_days_after_the_last_one_are_a_warning(span, words):
    with pytest.warns(SupportnetWarning, match=words):
        SupportNetworkModel(agents=20, days=3, rng=1, interventions=[Licensing(**span)])
