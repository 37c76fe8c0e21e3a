"""Laws 7, 10 and 12 of the model on the engine `kernels`, with 10^4 people or more.

The worlds and the laws in steps are those of `test_reading_laws`. What somebody has viewed is not listed here, so
delays are told by the age that posts have when their views are counted.
"""

import numpy as np
import pytest
from scipy.special import erf

from experiments.validation.laws import SIGHTS, chance_seen_of_many, unanswered_in_steps
from simulation.outcomes.equity import gini
from tests.limits.test_reading_laws import DT, FORTY_FOLLOWERS, MINUTES, authors_with_readers
from tests.limits.worlds import Says, begin_compiled, graph_of, run_compiled, still
from tests.statistics import assert_count, assert_share, assert_shares, assert_total

# --- law 7 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amplitude", "minutes"), [(0.0, 15), (0.5, 60), (1.0, 15), (1.0, 60)])
def test_people_come_online_l_times_a_day_whatever_the_swing_of_the_day_and_the_step(amplitude, minutes):
    """30,000 people over two days, in whom every session yields a post; counts are Poisson and scatter as such."""
    rates, days = np.array([0.5, 2.0, 12.0]).repeat(10_000), 2
    people = graph_of(len(rates), [], session_rate=rates, posting_rate=rates)
    settings = {"activity.diurnal_amplitude": amplitude, "days": days, "step_minutes": float(minutes)}
    counts = np.bincount(run_compiled(still(settings, network=people), 21).posts.author, minlength=len(rates))
    means = rates * days
    for rate in np.unique(rates):
        assert_count(int(counts[rates == rate].sum()), means[rates == rate].sum())
    assert_total(((counts - means) ** 2 / means).sum(), len(means), (2.0 + 1.0 / means).sum())


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_log_normal_rates_have_a_gini_coefficient_of_erf_of_half_sigma(sigma):
    """100,000 rates, none of them cut; its error is that of the linearised coefficient."""
    settings = {"agents": 100_000, "network": {"type": "ring"}, "days": 0, "activity.sessions_sigma": sigma}
    world = begin_compiled(still(settings, {"activity.sessions_minimum": 0.0}), 22).world
    rates = np.sort(world.population.session_rate)
    assert rates.max() < 96.0
    ranks = (np.arange(len(rates)) + 0.5) / len(rates)
    found = gini(rates)
    difference = rates * (2.0 * ranks - 1.0) + rates.mean() - 2.0 * np.cumsum(rates) / len(rates)
    assert_total(found, erf(sigma / 2.0), ((difference - rates * found) / rates.mean()).var() / len(rates))


# --- law 10 -----------------------------------------------------------------------------------------------------------

GROUPS, EACH = 1500, 6
DAYS = {(2.0, 20.0, 30.0): (6, 4), (1.0, 100.0, 30.0): (4, 3), (5.0, 400.0, 20.0): (1, 2)}
"""For each check the days after which nothing more is seen (16 mean delays), and the days that count."""


def views_by_age(model, ages, when):
    """Views [groups] so far of posts that were written so many whole steps before the step `when`, and those posts."""
    author, step, views = (model.engine.post_column(name) for name in ("author", "step", "views"))
    counted = np.isin(when - 1 - step, ages)
    return (
        np.bincount(author[counted], weights=views[counted], minlength=GROUPS)[:GROUPS],
        np.bincount(author[counted], minlength=GROUPS)[:GROUPS],
    )


@pytest.mark.parametrize(("sessions", "lam", "scan_mean"), SIGHTS)
def test_a_post_is_seen_with_the_share_of_attention_in_attention_and_arrivals_after_an_exponential_delay(
    sessions, lam, scan_mean
):
    """1,500 independent authors with six readers each.

    Of posts that were written k whole steps ago P(seen) (1 - e^-(l + lam/Lambda) k dt) are seen; that is looked up at
    the end of every day for k near a quarter, one and two mean delays, and for posts so old that all is over.
    """
    chance, delay = SIGHTS[sessions, lam, scan_mean]
    settle, days = DAYS[sessions, lam, scan_mean]
    a, b = sessions / 96.0, lam / 96.0 / scan_mean
    law = chance_seen_of_many(a, b)
    assert law == pytest.approx(chance, rel=1.3e-3)
    assert 1.0 / (sessions + lam / scan_mean) == pytest.approx(delay, abs=5e-5)
    network = authors_with_readers(GROUPS, EACH, lam, sessions)
    model = begin_compiled(still({"reading.scan_mean": scan_mean, "days": settle + days}, network=network), 23)
    middle = {share: max(1, round(share * delay * 96)) for share in (0.25, 1.0, 2.0)}
    counts = {share: np.zeros((2, GROUPS)) for share in middle}
    for day in range(1, settle + days + 1):
        model.run(1)
        for share, k in middle.items() if day >= 3 or settle == 1 else ():
            counts[share] += views_by_age(model, [k], 96 * day)
    for share, k in middle.items():
        seen, made = counts[share]
        assert_shares(seen, EACH * made, law * (1.0 - np.exp(-(a + b) * k)))
    seen, made = views_by_age(model, np.arange(96 * settle, 96 * (settle + days)), 96 * (settle + days))
    assert_shares(seen, EACH * made, law)


# --- law 12 -----------------------------------------------------------------------------------------------------------

SOURCES = 4


def stars(n_groups, rates, arrivals):
    """Groups of an author, readers, and sources of other posts, each followed by every so manieth reader."""
    k = len(rates)
    author = np.arange(n_groups)
    readers = n_groups + np.arange(n_groups * k).reshape(n_groups, k)
    sources = n_groups * (1 + k) + np.arange(n_groups * SOURCES).reshape(n_groups, SOURCES)
    arcs = [(author[:, None], readers), (sources[:, np.arange(k) % SOURCES], readers)]
    writing = np.concatenate([np.zeros(n_groups * (1 + k)), np.tile(arrivals[:SOURCES], n_groups)])
    session = np.concatenate([np.ones(n_groups), np.tile(rates, n_groups), np.tile(arrivals[:SOURCES], n_groups)])
    return graph_of(n_groups * (1 + k + SOURCES), arcs, session_rate=session, posting_rate=writing)


def assert_first_replies(n_groups, days, seed):
    """The share of posts, one a day of each author, without reply after 0.1, 0.25 and 1 day is the law's, in steps.

    Days and groups are independent. Readers who share a source make P(T > t) larger by less than 2e-4.
    """
    rates, arrivals, scan_mean, reply = FORTY_FOLLOWERS
    settings = {"reading.scan_mean": scan_mean, "reactions.reply": reply, "days": days, "step_minutes": float(MINUTES)}
    daily = Says(rows=np.arange(n_groups), every_days=1.0)
    posts = run_compiled(still(settings, network=stars(n_groups, rates, arrivals)), seed, daily).posts
    asked = np.flatnonzero((posts.author < n_groups) & (posts.parent < 0))
    first = np.full(len(posts.author), 10_000)
    replies = posts.parent >= 0
    np.minimum.at(first, posts.root[replies], (posts.step - posts.step[posts.root])[replies])
    assert len(asked) == n_groups * days
    for k in (4, 10, 39):
        law = unanswered_in_steps(k, rates, arrivals, scan_mean, reply, DT)
        assert_share(int((first[asked] > k).sum()), len(asked), law)


def test_a_post_waits_for_its_first_reply_as_long_as_forty_followers_need_to_see_it():
    """2,000 posts of 250 authors among 11,250 people."""
    assert_first_replies(250, 8, 121)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_thousand_posts_wait_for_their_first_reply_by_the_check_values():
    """1,000 authors among 45,000 people: shares are known to 0.3%, and readers who share sources still do not show."""
    assert_first_replies(1000, 20, 122)
