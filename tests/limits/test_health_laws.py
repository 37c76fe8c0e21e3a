"""Laws 11 and 16 of the model: distress left to itself, and entry into treatment."""

import numpy as np
import pytest

from experiments.validation.laws import KAPPA, STATE_SD, above_cut, above_cut_once
from tests.limits.worlds import begin, graph_of, run, still
from tests.statistics import assert_mean, assert_share, assert_total

BY_DAY = {"step_minutes": 1440.0, "activity.sessions_median": 1e-9, "activity.sessions_minimum": 0.0}
"""One step a day and practically never anybody online."""


def everybody(mean):
    """One mean of distress for all roles."""
    return {f"distress.mean_{role}": mean for role in ("student", "resident", "faculty", "other")}


def nobody_following(n_agents, *more, **attributes):
    """A still world of people who follow nobody."""
    return still(BY_DAY, *more, network=graph_of(n_agents, [], **attributes))


# --- law 11 -----------------------------------------------------------------------------------------------------------


def states_on(days, n_agents, seed):
    """The passing state y [looks, N] at the end of given days."""
    model = begin(nobody_following(n_agents, {"days": max(days)}), seed)
    out = []
    for day in days:
        model.run(day - model.day)
        out.append(model.engine.column("state").astype(float))
    return np.array(out)


def test_the_passing_state_keeps_its_mean_and_spread_and_forgets_by_half_in_a_fortnight():
    """y stationary: mean 0, SD 2.23, correlation e^-kappa a day apart and 1/2 after 14 days; 12,000 independent people.

    Sums of squares have variance 2 N SD^4; Fisher's z of a correlation has variance 1 / (N - 3).
    """
    n_agents, days = 12_000, [1, 2, 15]
    states = states_on(days, n_agents, 111)
    for state in states:
        assert_total(state.sum(), 0.0, n_agents * STATE_SD**2)
        assert_total((state**2).sum(), n_agents * STATE_SD**2, 2.0 * n_agents * STATE_SD**4)
    for earlier, later in ((0, 1), (1, 2), (0, 2)):
        found = np.corrcoef(states[earlier], states[later])[0, 1]
        expected = np.exp(-KAPPA * (days[later] - days[earlier]))
        assert_total(np.arctanh(found), np.arctanh(expected), 1.0 / (n_agents - 3))
    assert np.exp(-KAPPA * 14.0) == pytest.approx(0.5)


def looks(days, n_agents, mean, seed):
    """Whether people lie above the cut [looks, N] at the end of given days."""
    model = begin(nobody_following(n_agents, everybody(mean), {"days": max(days)}), seed)
    out = []
    for day in days:
        model.run(day - model.day)
        out.append(model.engine.column("struggler").astype(bool))
    return np.array(out)


@pytest.mark.parametrize(("mean", "share"), [(6.4, 0.257), (6.62, 0.272), (6.84, 0.288)])
def test_the_share_above_the_cut_is_the_normal_tail_and_stays_so(mean, share):
    """The normal tail of trait and state together, after 1 and after 30 days."""
    law = above_cut(mean)
    assert law == pytest.approx(share, abs=1e-3)
    for look in looks([1, 30], 5000, mean, 112):
        assert_share(int(look.sum()), 5000, law)


def assert_quarterly(n_agents, seed):
    """At least one of four looks a quarter apart finds 42.7% above the cut, at mean 6.4."""
    times = [1, 92, 183, 274]
    law = above_cut_once(6.4, np.array(times, dtype=float))
    assert law == pytest.approx(0.427, abs=1e-3)
    assert_share(int(looks(times, n_agents, 6.4, seed).any(axis=0).sum()), n_agents, law)


def test_four_quarterly_looks_find_many_more_people_above_the_cut_than_one():
    assert_quarterly(1500, 113)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_four_quarterly_looks_find_the_same_share_in_a_large_population():
    assert_quarterly(15_000, 114)


# --- law 16 -----------------------------------------------------------------------------------------------------------

INDIFFERENT = {"help.stigma": 0.0, "help.fear": 0.0, "help.norm": 0.0, "help.encouragement": 0.0}


YEARLY = {"help.hazard_student": 4.7e-4, "help.hazard_resident": 7.1e-4}
"""Hazards a day of 15.7% and 22.7% a year."""


def entered(n_agents, days, role, *more):
    """The run of people who struggle for good, and whom nothing but the base hazard sends into treatment."""
    settings = {"days": days, "distress.trait_sd": 0.0, "distress.state_sd": 0.0, **YEARLY}
    outcomes = ("help_seeking", "help_seeking_yearly")
    world = nobody_following(n_agents, everybody(20.0), INDIFFERENT, settings, *more, role=role)
    return run(world, 115, outcomes=outcomes)


@pytest.mark.parametrize(("role", "yearly", "share"), [(0, 0.157, 0.041), (1, 0.227, 0.0616)])
def test_a_yearly_share_of_strugglers_in_treatment_makes_its_part_in_ninety_days(role, yearly, share):
    """15.7% a year of students: 4.1% in 90 days (residents: 22.7% and 6.2%)."""
    n_agents = 4000
    model = entered(n_agents, 90, role)
    law = 1.0 - (1.0 - yearly) ** (90.0 / 365.0)
    assert law == pytest.approx(share, abs=5e-4)
    hazard = model.world.population.hazard[0]
    exact = 1.0 - np.exp(-90.0 * hazard)
    assert exact == pytest.approx(law, rel=0.01)
    treated = int((model.engine.column("treated_since") >= 0).sum())
    assert_share(treated, n_agents, exact)
    last = model.outcomes.filter((model.outcomes["group"] == "all") & (model.outcomes["day"] == 90.0))
    values = dict(zip(last["outcome"], last["value"], strict=True))
    assert values["help_seeking"] == pytest.approx(treated / n_agents)
    assert values["help_seeking_yearly"] == pytest.approx(1.0 - (1.0 - treated / n_agents) ** (365.0 / 90.0))


def test_people_enter_treatment_at_an_even_rate_and_once():
    """At 2% a day the mean day of entry of those who enter within 60 days is that of a cut exponential."""
    model = entered(3000, 60, 0, {"help.hazard_student": 0.02})
    since = model.engine.column("treated_since")
    day = since[since >= 0].astype(float)
    weights = np.exp(-0.02 * np.arange(60))
    assert_mean(day, float((np.arange(60) * weights).sum() / weights.sum()))
    assert_share(len(day), 3000, 1.0 - np.exp(-1.2))


def test_nobody_seeks_help_who_does_not_struggle():
    model = run(
        nobody_following(300, everybody(0.0), {"days": 60, "distress.trait_sd": 0.0, "help.hazard_student": 0.5}), 116
    )
    assert np.all(model.engine.column("treated_since") < 0)
