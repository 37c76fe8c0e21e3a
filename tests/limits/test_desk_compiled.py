"""Laws 4 and 13 of the model on the engine `kernels`, with 10^4 people; the worlds are those of `test_desk_laws`."""

import numpy as np
import pytest

from experiments.validation.laws import WAITS, erlang_c, removed_in_time
from tests.limits.test_desk_laws import OFFENDING, SERVICE_PER_HOUR, by_block, desk, pairs
from tests.limits.worlds import graph_of, run_compiled, still
from tests.statistics import assert_shares, assert_total

# --- law 4 ------------------------------------------------------------------------------------------------------------

AUTHORS = 10_000


def cases(servers, per_hour, days, seed):
    """Arrival, start and finish [3, cases] in hours of a desk with so many arrivals per hour, from 10,000 authors."""
    each = 24.0 * per_hour / AUTHORS
    people = graph_of(AUTHORS, [], session_rate=each, posting_rate=each)
    action = desk(servers=servers, service_minutes=60.0 / SERVICE_PER_HOUR)
    model = run_compiled(still(OFFENDING, {"days": days}, network=people), seed, action)
    decided = sorted(model.engine.cases, key=lambda case: case.arrival)
    return 24.0 * np.array([[case.arrival, case.start, case.finish] for case in decided]).T


def assert_queue(servers, per_hour, days, seed):
    """Share waiting C (Erlang), mean wait C / (c mu - lam), and mean service, over independent blocks of time."""
    exact = erlang_c(servers, per_hour / SERVICE_PER_HOUR)
    wait = 60.0 * exact / (servers * SERVICE_PER_HOUR - per_hour)
    assert (exact, wait) == pytest.approx(WAITS[servers, per_hour], rel=1e-3)
    arrival, start, finish = cases(servers, per_hour, days, seed)
    number = by_block(arrival, np.ones_like(arrival))
    assert_shares(by_block(arrival, (start > arrival).astype(float)), number, exact)
    assert_shares(by_block(arrival, 60.0 * (start - arrival)), number, wait)
    assert_shares(by_block(arrival, 60.0 * (finish - start)), number, 60.0 / SERVICE_PER_HOUR)


@pytest.mark.parametrize(("servers", "per_hour"), WAITS)
def test_cases_of_ten_thousand_authors_wait_at_the_desk_as_in_a_queue_of_several_servers(servers, per_hour):
    """About 60 days: 4,000 to 35,000 cases, in 24 blocks."""
    assert_queue(servers, per_hour, 60, 44)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("servers", "per_hour"), WAITS)
def test_cases_of_a_year_wait_at_the_desk_as_in_a_queue_of_several_servers(servers, per_hour):
    assert_queue(servers, per_hour, 366, 45)


def test_cases_pile_up_where_more_arrive_than_the_servers_can_decide():
    """Twice as many as two servers decide: decisions are Poisson with rate c mu, and cases wait for half of all time.

    As in `test_desk_laws`, the servers never rest but for about 1 / (lam - c mu) hours at the beginning.
    """
    hours, per_hour, capacity = 240.0, 24.0, 2 * SERVICE_PER_HOUR
    arrival, _, finish = cases(2, per_hour, 10, 46)
    decided = int((finish < hours).sum())
    assert_total(decided, capacity * hours, capacity * hours)
    assert_total(arrival[decided - 1], hours / 2.0, 2.0 * capacity * hours / per_hour**2)


# --- law 13 -----------------------------------------------------------------------------------------------------------

PAIRS = 5000


def unseen(parameters, leave_out, *actions):
    """For each author, posts that their reader never viewed, and posts; the last `leave_out` days do not count."""
    posts = run_compiled(parameters, 47, *actions).posts
    counted = posts.step < (parameters.days - leave_out) * parameters.steps_per_day
    never = np.bincount(posts.author[counted], weights=posts.views[counted] == 0, minlength=2 * PAIRS)
    return never[:PAIRS], np.bincount(posts.author[counted], minlength=2 * PAIRS)[:PAIRS]


@pytest.mark.parametrize(("view_rate", "removal_rate", "days"), [(2.0, 2.0, 8), (1.0, 6.0, 8), (6.0, 1.5, 8)])
def test_removal_after_an_exponential_delay_prevents_m_over_m_plus_v_of_all_views(view_rate, removal_rate, days):
    """5,000 authors with a reader each; what is unseen and stands after five days comes to e^-(v+m)5 < 2e-9."""
    action = desk(servers=1000, service_minutes=0.0, detection_minutes=1440.0 / removal_rate)
    law = removed_in_time(view_rate, removal_rate, 1.0 / 96.0)
    assert law == pytest.approx(removal_rate / (removal_rate + view_rate), rel=2e-3)
    never, made = unseen(still(OFFENDING, {"days": days}, network=pairs(PAIRS, 1.0, view_rate)), 5, action)
    assert_shares(never, made, law)


@pytest.mark.parametrize(("view_rate", "days"), [(0.5, 1.0), (0.5, 3.0), (1.5, 1.0)])
def test_removal_after_a_fixed_delay_prevents_e_to_the_minus_v_D_of_all_views(view_rate, days):
    """Posts that can be read for D days and then are gone: D / dt steps in which their reader may come."""
    settings = {"days": 12, "reading.live_days": days, "step_minutes": 60.0}
    never, made = unseen(still(settings, network=pairs(PAIRS, 2.0, view_rate)), 4)
    assert_shares(never, made, np.exp(-view_rate * days))
