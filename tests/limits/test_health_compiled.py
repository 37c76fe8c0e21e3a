"""Laws 11 and 16 of the model on the engine `kernels`, with up to 10^5 people, in the worlds of `test_health_laws`."""

import numpy as np
import pytest

from experiments.validation.laws import KAPPA, STATE_SD, above_cut, above_cut_once
from tests.limits.test_health_laws import INDIFFERENT, YEARLY, everybody, nobody_following
from tests.limits.worlds import begin_compiled, run_compiled
from tests.statistics import assert_share, assert_total

PEOPLE = 100_000

# --- law 11 -----------------------------------------------------------------------------------------------------------


def looks(column, days, seed, n_agents, *more):
    """A column [looks, N] at the end of given days."""
    model = begin_compiled(nobody_following(n_agents, {"days": max(days)}, *more), seed)
    out = []
    for day in days:
        model.run(day - model.day)
        out.append(model.engine.column(column))
    return np.array(out)


def test_the_passing_state_keeps_its_mean_and_spread_and_forgets_by_half_in_a_fortnight():
    """y stationary: mean 0, SD 2.23, correlation e^-kappa a day apart and 1/2 after 14 days; 100,000 people."""
    days = [1, 2, 15]
    states = looks("state", days, 111, PEOPLE).astype(float)
    for state in states:
        assert_total(state.sum(), 0.0, PEOPLE * STATE_SD**2)
        assert_total((state**2).sum(), PEOPLE * STATE_SD**2, 2.0 * PEOPLE * STATE_SD**4)
    for earlier, later in ((0, 1), (1, 2), (0, 2)):
        found = np.corrcoef(states[earlier], states[later])[0, 1]
        expected = np.exp(-KAPPA * (days[later] - days[earlier]))
        assert_total(np.arctanh(found), np.arctanh(expected), 1.0 / (PEOPLE - 3))


@pytest.mark.parametrize(("mean", "share"), [(6.4, 0.257), (6.62, 0.272), (6.84, 0.288)])
def test_the_share_above_the_cut_is_the_normal_tail_and_stays_so(mean, share):
    """The normal tail of trait and state together, after 1 and after 30 days; known to 0.14 points."""
    law = above_cut(mean)
    assert law == pytest.approx(share, abs=1e-3)
    for look in looks("struggler", [1, 30], 112, PEOPLE, everybody(mean)):
        assert_share(int(look.sum()), PEOPLE, law)


def assert_quarterly(n_agents, seed):
    """At least one of four looks a quarter apart finds 42.7% above the cut, at mean 6.4."""
    times = [1, 92, 183, 274]
    law = above_cut_once(6.4, np.array(times, dtype=float))
    assert law == pytest.approx(0.427, abs=1e-3)
    found = looks("struggler", times, seed, n_agents, everybody(6.4)).any(axis=0)
    assert_share(int(found.sum()), n_agents, law)


def test_four_quarterly_looks_find_many_more_people_above_the_cut_than_one():
    assert_quarterly(20_000, 113)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_four_quarterly_looks_find_the_same_share_of_a_hundred_thousand():
    assert_quarterly(PEOPLE, 114)


# --- law 16 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "yearly", "share"), [(0, 0.157, 0.041), (1, 0.227, 0.0616)])
def test_a_yearly_share_of_strugglers_in_treatment_makes_its_part_in_ninety_days(role, yearly, share):
    """15.7% a year of students: 4.1% in 90 days (residents: 22.7% and 6.2%); 50,000 strugglers, known to 0.1 points."""
    n_agents = 50_000
    settings = {"days": 90, "distress.trait_sd": 0.0, "distress.state_sd": 0.0, **YEARLY}
    model = run_compiled(nobody_following(n_agents, everybody(20.0), INDIFFERENT, settings, role=role), 115)
    law = 1.0 - (1.0 - yearly) ** (90.0 / 365.0)
    assert law == pytest.approx(share, abs=5e-4)
    exact = 1.0 - np.exp(-90.0 * model.world.population.hazard[0])
    assert exact == pytest.approx(law, rel=0.01)
    assert_share(int((model.engine.column("treated_since") >= 0).sum()), n_agents, exact)
