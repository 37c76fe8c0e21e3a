"""Who the people are: shares, laws and ties between them, and what a node table decides."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from simulation import rules
from simulation.generators import NETWORKS, ROLES
from simulation.graph import FollowerGraph
from simulation.parameters import Parameters
from simulation.population import FACULTY, PUBLIC, RESIDENT, STUDENT, draw_classes, draw_population, expected_prevalence
from simulation.world import World
from tests.fakes import small_world

ALPHA = 1e-6
"""Chance that a right model fails one of the frequency tests of this file."""
N = 20_000
EMPTY = FollowerGraph.from_arcs(N, [], [])


def people_of(graph=EMPTY, given=None, seed=3, **settings):
    """A population of N without ties, with some settings by name."""
    parameters = Parameters().with_values({name.replace("__", "."): value for name, value in settings.items()})
    classes = draw_classes(parameters, graph.n_agents, given or {}, seed)
    return draw_population(parameters, classes, graph, seed)


@pytest.fixture(scope="module")
def people():
    return people_of()


def assert_share(flags, share):
    assert stats.binomtest(int(np.count_nonzero(flags)), len(flags), share).pvalue > ALPHA


def assert_mean(values, mean):
    assert stats.ttest_1samp(values, mean).pvalue > ALPHA


# --- classes and flags --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_roles_come_in_their_shares(people, role):
    assert_share(people.role == ROLES.index(role), getattr(Parameters().population.roles, role))


def test_specialties_and_communities_are_equally_likely(people):
    assert stats.chisquare(np.bincount(people.specialty, minlength=6)).pvalue > ALPHA
    assert stats.chisquare(np.bincount(people.community, minlength=80)).pvalue > ALPHA
    assert people.community.max() == 79


def test_there_are_at_least_two_communities():
    assert set(draw_classes(Parameters(), 100, {}, 1).community.tolist()) == {0, 1}


def test_trainees_are_students_and_residents(people):
    assert np.array_equal(people.trainee, np.isin(people.role, [STUDENT, RESIDENT]))


def test_flags_come_in_their_shares(people):
    settings = Parameters().population
    assert_share(people.protected, settings.protected_share)
    assert_share(people.superuser, settings.superuser_share)
    assert not people.pseudonymous.any()
    assert not people.new_resident.any()


def test_only_public_accounts_are_pseudonymous_and_they_hide_most():
    people = people_of(population__pseudonymous_share=0.3)
    assert_share(people.pseudonymous[~people.protected], 0.3)
    assert not people.pseudonymous[people.protected].any()
    assert set(people.visibility[people.protected]) == {0.3}
    assert set(people.visibility[people.pseudonymous]) == {0.2}
    assert set(people.visibility[~people.protected & ~people.pseudonymous]) == {1.0}


def test_only_residents_are_new_residents_and_work_at_night():
    people = people_of(distress__new_resident_share=0.5, population__time_zones=(0.0,))
    resident = people.role == RESIDENT
    assert_share(people.new_resident[resident], 0.5)
    assert not people.new_resident[~resident].any()
    assert set(people.clock[~resident]) == {0.0}
    assert_share(people.clock[resident] == -10.0, 0.15)


def test_time_zones_are_equally_likely(people):
    zones = people.clock[people.role != RESIDENT]
    assert stats.chisquare(np.unique(zones, return_counts=True)[1]).pvalue > ALPHA
    assert set(zones) == {0.0, -1.0, -2.0, -3.0}


# --- activity -----------------------------------------------------------------------------------------------------


def test_nobody_posts_more_often_than_they_come_online(people):
    assert (people.session_rate >= people.posting_rate).all()
    assert (people.session_rate > people.posting_rate).mean() > 0.5


def test_rates_are_cut_at_their_ends(people):
    settings = Parameters().activity
    assert people.posting_rate.max() == settings.maximum
    assert people.session_rate.max() == settings.maximum
    assert people.session_rate.min() == settings.sessions_minimum


def test_half_of_the_people_post_less_than_the_median_rate(people):
    assert_share(people.posting_rate < Parameters().activity.posts_median / 30.0, 0.5)
    top = np.sqrt(2.3**2) * ndtri(0.9)
    assert_share(people.posting_rate > 2.0 / 30.0 * np.exp(top), 0.1)


def test_posting_and_visiting_are_tied_by_a_gaussian_copula():
    """Rates so tame that nothing is cut."""
    people = people_of(activity__posts_sigma=0.5, activity__sessions_sigma=0.5, activity__sessions_median=3.0)
    logs = np.log(people.posting_rate), np.log(people.session_rate)
    fisher = (np.arctanh(np.corrcoef(*logs)[0, 1]) - np.arctanh(0.7)) * np.sqrt(N - 3)
    assert abs(fisher) < stats.norm.isf(ALPHA / 2)


@pytest.mark.parametrize("asked", [0.0, 0.5])
def test_posting_is_tied_to_the_rank_of_followers_as_asked(asked):
    n_agents = 5000
    author = np.repeat(np.arange(n_agents), np.arange(n_agents) % 97)
    place = np.concatenate([np.arange(count) for count in np.arange(n_agents) % 97])
    graph = FollowerGraph.from_arcs(n_agents, author, (author + 1 + place) % n_agents)
    people = people_of(graph, activity__correlation_with_followers=asked)
    rank = stats.spearmanr(people.posting_rate, graph.follower_counts).statistic
    assert abs(rank - asked) < stats.norm.isf(ALPHA / 2) / np.sqrt(n_agents)


# --- factors normalised over the graph ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world():
    return World.build(Parameters(agents=1500), seed=4)


def test_the_factor_of_frequent_visitors_follows_its_rule(world):
    people, graph = world.population, world.graph
    median = float(np.median(people.session_rate))
    arrivals = [people.posting_rate[graph.followed_by(agent)].sum() for agent in range(world.n_agents)]
    raw = np.array([rules.visits_factor(rate, median, 0.47) for rate in people.session_rate])
    views = np.array(
        [rules.expected_views(rate, 62.0, came) for rate, came in zip(people.session_rate, arrivals, strict=True)]
    )
    np.testing.assert_allclose(people.visits, raw / (raw @ views / views.sum()), rtol=1e-12)


def test_likeness_has_mean_one_over_all_ties(world):
    graph, people = world.graph, world.population
    same = people.specialty[graph.authors] == people.specialty[graph.followers]
    assert np.where(same, people.same_specialty, people.other_specialty).mean() == pytest.approx(1.0)
    assert people.same_specialty / people.other_specialty == pytest.approx(1.5)


def test_without_ties_nobody_is_special(people):
    assert people.visits.min() > 0
    assert (people.same_specialty, people.other_specialty) == (1.5, 1.0)


# --- distress and beliefs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "drawn", "mean_without_days"), [("student", 0.250, 6.62), ("resident", 0.295, 6.84)])
def test_the_share_above_the_cut_follows_from_the_mean_of_a_role(people, role, drawn, mean_without_days):
    """Known are 27.2% and 28.8%; what days add (exams) and take away (treatment) makes up for the difference."""
    settings = Parameters().distress
    assert expected_prevalence(getattr(settings, f"mean_{role}"), settings) == pytest.approx(drawn, abs=0.001)
    assert_share(people.distress[people.role == ROLES.index(role)] > settings.cut, drawn)
    known = {"student": 0.272, "resident": 0.288}[role]
    assert expected_prevalence(mean_without_days, settings) == pytest.approx(known, abs=0.001)


def test_distress_is_trait_and_state_on_a_scale_from_0_to_27(people):
    assert_mean(people.state, 0.0)
    assert people.state.std() == pytest.approx(2.23, rel=5 / np.sqrt(2 * N))
    student = people.role == STUDENT
    assert_mean(people.trait[student], 6.30)
    assert people.trait[student].std() == pytest.approx(4.20, rel=5 / np.sqrt(2 * student.sum()))
    np.testing.assert_array_equal(people.distress, np.clip(people.trait + people.state, 0, 27))


def test_stigma_has_its_mean_and_spread(people):
    assert_mean(people.stigma, 0.45)
    assert people.stigma.std() == pytest.approx(0.15, rel=0.03)
    assert people.stigma.min() > 0.0
    assert people.stigma.max() < 1.0


def test_stigma_is_thought_commoner_than_it_is_and_most_so_by_the_distressed(people):
    low, high = people.distress < 4.0, people.distress > 9.5
    assert people.perceived.mean() - people.stigma.mean() == pytest.approx(0.15, abs=0.01)
    assert stats.ttest_ind(people.perceived[high], people.perceived[low], alternative="greater").pvalue < ALPHA


def test_career_fear_is_highest_among_residents(people):
    means = [people.fear[people.role == code].mean() for code in range(PUBLIC)]
    assert ROLES[int(np.argmax(means))] == "resident"
    assert means[FACULTY] == pytest.approx(0.4, abs=0.02)
    assert people.fear.min() == 0.0
    assert people.fear.max() == 1.0


@pytest.mark.parametrize(("mean", "sd"), [(0.5, 0.499), (0.02, 0.001), (0.6, 0.2), (0.98, 0.1)])
def test_beta_quantiles_have_the_mean_and_spread_asked_for_up_to_the_limit(mean, sd):
    settings = {"help__in_person_mean": mean, "help__in_person_sd": min(sd, 0.45)}
    values = people_of(**settings).in_person
    assert values.min() >= 0.0
    assert values.max() <= 1.0
    assert_mean(values, mean)
    assert values.std() == pytest.approx(min(sd, 0.45), rel=0.08)


def test_the_hazard_of_help_seeking_is_that_of_the_role(people):
    assert {float(hazard) for hazard in people.hazard[people.role == STUDENT]} == {7.2e-4}
    assert {float(hazard) for hazard in people.hazard[people.role == RESIDENT]} == {8.8e-4}


# --- addresses and node tables ------------------------------------------------------------------------------------


def test_people_are_the_same_whoever_else_is_there():
    few, many = people_of(FollowerGraph.from_arcs(100, [], [])), people_of()
    for name in ("role", "trait", "state", "stigma", "fear", "posting_rate", "session_rate", "superuser"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:100])


def test_another_seed_makes_other_people():
    first, second = people_of(seed=3), people_of(seed=4)
    assert abs(np.corrcoef(first.trait, second.trait)[0, 1]) < stats.norm.isf(ALPHA / 2) / np.sqrt(N) + 0.05


def test_attributes_of_a_node_table_take_the_place_of_draws():
    given = {
        "role": [0, 1, 2, 3],
        "specialty": [5, 4, 3, 2],
        "community": [0, 0, 1, 1],
        "time_zone": [1.0, 2.0, 3.0, 4.0],
        "protected": [1, 0, 0, 0],
        "pseudonymous": [1, 1, 0, 0],
        "superuser": [0, 0, 0, 1],
        "new_resident": [1, 1, 1, 1],
        "posting_rate": [0.5, 3.0, 0.1, 0.2],
        "session_rate": [1.0, 2.0, 0.1, 9.0],
    }
    people = small_world(4, [(0, 1)], given=given, population__night_shift_share=0.0).population
    assert people.role.tolist() == [0, 1, 2, 3]
    assert people.specialty.tolist() == [5, 4, 3, 2]
    assert people.community.tolist() == [0, 0, 1, 1]
    assert people.clock.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert people.protected.tolist() == [True, False, False, False]
    assert people.pseudonymous.tolist() == [False, True, False, False]
    assert people.superuser.tolist() == [False, False, False, True]
    assert people.new_resident.tolist() == [False, True, False, False]
    assert people.posting_rate.tolist() == [0.5, 3.0, 0.1, 0.2]
    assert people.session_rate.tolist() == [1.0, 3.0, 0.1, 9.0]


@pytest.mark.parametrize("name", ["ring", "star", "complete"])
def test_every_world_has_a_person_for_each_place_of_its_graph(name):
    world = World.build(Parameters(agents=12, network=NETWORKS[name]()), seed=1)
    assert len(world.population) == world.n_agents == 12
