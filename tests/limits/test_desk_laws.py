"""Laws 4 and 13 of the model: the moderation desk as a queue, and what a removal saves.

Everybody's posts break a rule and are all detected. Sessions are Poisson and every session yields a post, each
detected at a moment that is uniform within its step, so cases arrive in a Poisson process; times inside a step are
kept, so the queue is M/M/c without any error from the step.
"""

import numpy as np
import pytest

from experiments.validation.laws import WAITS, erlang_c, removed_in_time
from simulation import Moderation
from tests.limits.worlds import graph_of, run, still
from tests.statistics import assert_shares, assert_total

SERVICE_PER_HOUR = 6.0
OFFENDING = {"posting.misinformation": 1.0}


def desk(**levers):
    """A detector that finds everything at once, and a desk that is never wrong and removes what breaks a rule."""
    usual = {"regime": "automatic_review", "sensitivity": 1.0, "false_positive_rate": 0.0, "accuracy": 1.0}
    return Moderation.model_validate(usual | {"detection_minutes": 0.0, "labelled": ()} | levers)


# --- law 4 ------------------------------------------------------------------------------------------------------------


def cases(servers, per_hour, days, seed=41, **levers):
    """Arrival, start and finish [3, cases] in hours of a desk with so many arrivals per hour, from 48 authors."""
    people = graph_of(48, [], session_rate=per_hour / 2.0, posting_rate=per_hour / 2.0)
    action = desk(servers=servers, service_minutes=60.0 / SERVICE_PER_HOUR, **levers)
    model = run(still(OFFENDING, {"days": days}, network=people), seed, interventions=[action])
    decided = sorted(model.engine.cases, key=lambda case: case.arrival)
    return 24.0 * np.array([[case.arrival, case.start, case.finish] for case in decided]).T


BLOCK_HOURS, FORGOTTEN_HOURS = 60.0, 12.0
"""The queue forgets where it stood within 1 / (sqrt(c mu) - sqrt(lam))^2, at most 3 hours here; so the first 12 hours
of each block are left out and blocks are independent (to e^-4 of their small dependence)."""


def by_block(arrival, values):
    """Sums of values [cases] over blocks of time, the first hours of each left out."""
    block = (arrival // BLOCK_HOURS).astype(int)
    return np.bincount(block, weights=values * (arrival % BLOCK_HOURS >= FORGOTTEN_HOURS))[:-1]


@pytest.mark.parametrize(("servers", "per_hour"), WAITS)
def test_cases_wait_at_the_desk_as_in_a_queue_of_several_servers(servers, per_hour):
    """Share waiting C (Erlang) and mean wait C / (c mu - lam)."""
    waiting, minutes = WAITS[servers, per_hour]
    exact = erlang_c(servers, per_hour / SERVICE_PER_HOUR)
    assert exact == pytest.approx(waiting, abs=5e-5)
    wait = 60.0 * exact / (servers * SERVICE_PER_HOUR - per_hour)
    assert wait == pytest.approx(minutes, rel=1e-3)
    arrival, start, finish = cases(servers, per_hour, days=180)
    number = by_block(arrival, np.ones_like(arrival))
    assert_shares(by_block(arrival, (start > arrival).astype(float)), number, exact)
    assert_shares(by_block(arrival, 60.0 * (start - arrival)), number, wait)
    assert_shares(by_block(arrival, 60.0 * (finish - start)), number, 60.0 / SERVICE_PER_HOUR)


def test_the_delay_of_the_detector_moves_arrivals_but_leaves_the_queue_as_it_is():
    """A Poisson process stays one when its points are moved independently."""
    arrival, start, _ = cases(2, 8.0, days=120, seed=42, detection_minutes=90.0)
    number = by_block(arrival, np.ones_like(arrival))
    assert_shares(by_block(arrival, (start > arrival).astype(float)), number, erlang_c(2, 8.0 / 6.0))


def test_cases_are_taken_up_in_the_order_of_their_arrival_and_no_server_has_two_at_a_time():
    arrival, start, finish = cases(3, 12.0, days=20)
    assert np.all(np.diff(start) >= 0)
    assert np.all(start >= arrival)
    busy = [(finish[:place] > moment).sum() for place, moment in enumerate(start)]
    assert max(busy) == 2
    waited = start > arrival
    assert all(np.isclose(finish[:place], start[place]).any() for place in np.flatnonzero(waited))


@pytest.mark.parametrize("servers", [1, 2])
def test_cases_pile_up_where_more_arrive_than_the_servers_can_decide(servers):
    """Arrivals lam = 12 c an hour against c mu = 6 c: half of all time is spent waiting.

    Decisions are Poisson with rate c mu, for the servers never rest (but for about 1 / (lam - c mu) hours at the
    beginning, in which they would have decided one case), and the n-th case came n / lam hours after the start.
    """
    hours, per_hour, capacity = 240.0, 12.0 * servers, servers * SERVICE_PER_HOUR
    arrival, _, finish = cases(servers, per_hour, days=10)
    decided = int((finish < hours).sum())
    assert_total(decided, capacity * hours, capacity * hours)
    assert_total(arrival[decided - 1], hours / 2.0, 2.0 * capacity * hours / per_hour**2)


# --- law 13 -----------------------------------------------------------------------------------------------------------


def pairs(n_pairs, posting, reading):
    """Authors, each with one reader of their own who reads everything new and writes nothing."""
    writes = np.arange(2 * n_pairs) < n_pairs
    author = np.arange(n_pairs)
    return graph_of(
        2 * n_pairs,
        [(author, n_pairs + author)],
        session_rate=np.where(writes, posting, reading),
        posting_rate=np.where(writes, posting, 0.0),
    )


def unseen(parameters, leave_out, interventions=()):
    """For each author, posts that their reader never viewed, and posts; the last `leave_out` days do not count."""
    posts = run(parameters, 43, interventions=interventions).posts
    counted = posts.step < (parameters.days - leave_out) * parameters.steps_per_day
    n_pairs = parameters.network.graph.n_agents // 2
    never = np.bincount(posts.author[counted], weights=posts.views[counted] == 0, minlength=n_pairs)
    return never[:n_pairs], np.bincount(posts.author[counted], minlength=n_pairs)[:n_pairs]


@pytest.mark.parametrize(("view_rate", "removal_rate"), [(2.0, 2.0), (1.0, 6.0), (6.0, 1.5)])
def test_removal_after_an_exponential_delay_prevents_m_over_m_plus_v_of_all_views(view_rate, removal_rate):
    """Views come at rate v, removals at rate m, counted by the reader."""
    action = desk(servers=1000, service_minutes=0.0, detection_minutes=1440.0 / removal_rate)
    parameters = still(OFFENDING, {"days": 40}, network=pairs(120, 2.0, view_rate))
    law = removed_in_time(view_rate, removal_rate, 1.0 / 96.0)
    assert law == pytest.approx(removal_rate / (removal_rate + view_rate), rel=2e-3)
    never, made = unseen(parameters, 16, [action])
    assert_shares(never, made, law)


def test_nothing_is_removed_and_everything_is_seen_without_a_desk():
    never, made = unseen(still(OFFENDING, {"days": 40, "reading.live_days": 60.0}, network=pairs(60, 2.0, 2.0)), 16)
    assert made.sum() > 0
    assert never.sum() == 0


@pytest.mark.parametrize(("view_rate", "days"), [(0.5, 1.0), (0.5, 3.0), (1.5, 1.0)])
def test_removal_after_a_fixed_delay_prevents_e_to_the_minus_v_D_of_all_views(view_rate, days):
    """Posts that can be read for D days and then are gone: D / dt steps in which their reader may come."""
    parameters = still(
        {"days": 50, "reading.live_days": days, "step_minutes": 60.0}, network=pairs(200, 2.0, view_rate)
    )
    never, made = unseen(parameters, 4)
    assert_shares(never, made, np.exp(-view_rate * days))
