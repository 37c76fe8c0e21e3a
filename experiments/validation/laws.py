"""What docs/model.md says of limiting cases, as formulas; the scorecard and tests compare runs of the model with these.

Where the model takes steps, a law is given in steps: with a = l dt for sessions and b = lam dt / Lambda for newer
posts, as in `tests/limits/test_reading_laws.py`.
"""

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln
from scipy.stats import multivariate_normal, norm

Floats = NDArray[np.float64]

TRAIT_SD, STATE_SD, CUT, KAPPA = 4.20, 2.23, 9.5, np.log(2.0) / 14.0
"""Spread of distress between people and within them, the cut above which somebody struggles, and kap per day."""

WAITS = {(1, 3.0): (0.5, 10.0), (2, 8.0): (0.5333, 8.0), (3, 12.0): (0.4444, 4.444), (5, 24.0): (0.5541, 5.541)}
"""(c, lam per hour): share of cases that wait and mean wait in minutes; mu = 6 per hour."""

SIGHTS = {(2.0, 20.0, 30.0): (0.750, 0.375), (1.0, 100.0, 30.0): (0.2308, 0.2308), (5.0, 400.0, 20.0): (0.200, 0.040)}
"""(l, lam, Lambda): P(seen) and mean delay in days."""


def borel(sizes_from_1: NDArray[np.integer], reproduction: float) -> Floats:
    """P(size = s) of a cascade whose posts have Poisson(R) retweets (Borel 1942)."""
    s = sizes_from_1
    return np.asarray(np.exp(-reproduction * s + (s - 1) * np.log(reproduction * s) - gammaln(s + 1)))


def unshared(chance: float, sigma: float, followers: NDArray[np.int64], quantiles: int = 2000) -> Floats:
    """P(no retweet) = E[(1 - min(1, p A))^F] for each F, with A log-normal of mean 1 at so many quantiles."""
    z = norm.ppf((np.arange(quantiles) + 0.5) / quantiles)
    declined = 1.0 - np.minimum(1.0, chance * np.exp(sigma * z - sigma**2 / 2.0))
    numbers, place = np.unique(followers, return_inverse=True)
    return np.asarray((declined[:, None] ** numbers).mean(axis=0)[place])


def adoptions_in_step(adopters: ArrayLike, people: int, rate: float, chance: float, dt: float) -> tuple[Floats, Floats]:
    """Mean and variance of the adoptions in the step that follows, given I.

    A Poisson number of posts with mean m = rate / chance I dt converts each of S = N - I with probability
    1 - (1 - chance)^posts: mean S (1 - e^(-rate I dt)), the logistic equation in steps.
    """
    infected = np.asarray(adopters, dtype=float)
    left, posts = people - infected, rate / chance * infected * dt
    stays = np.exp(-chance * posts)
    both_stay = np.exp(-posts * (2.0 * chance - chance**2))
    return left * (1.0 - stays), left * (stays - both_stay) + left**2 * (both_stay - stays**2)


def erlang_c(servers: int, load: float) -> float:
    """Share of cases that wait, with `load` = lam / mu (Erlang 1917)."""
    terms = [load**k / factorial(k) for k in range(servers)]
    full = load**servers / factorial(servers) * servers / (servers - load)
    return full / (sum(terms) + full)


def removed_in_time(view_rate: float, removal_rate: float, dt: float) -> float:
    """Share of posts that their reader never views, m / (m + v), in steps; both rates per day.

    With a = v dt and c = m dt: a post is read in the j-th step after its own with probability (1 - e^-a) e^-a(j-1),
    and still stands then with probability e^-cj (e^c - 1) / c (found at a uniform moment of its own step, removed at
    the end of a step). Together (1 - e^-a)(1 - e^-c) / (c (1 - e^-(a+c))) = v / (v+m) (1 - a c / 12 + ...).
    """
    a, c = view_rate * dt, removal_rate * dt
    return float(1.0 - (1.0 - np.exp(-a)) * (1.0 - np.exp(-c)) / (c * (1.0 - np.exp(-(a + c)))))


def chance_seen(a: Floats, b: Floats) -> Floats:
    """P(seen) of a post that is the newest of its step."""
    return (1.0 - np.exp(-a)) / (1.0 - np.exp(-(a + b)))


def chance_seen_of_many(a: float, b: float) -> float:
    """P(seen) averaged over the posts of one Poisson source, which cover each other within a step."""
    return float(chance_seen(np.array(a), np.array(b)) * (1.0 - np.exp(-b)) / b)


def unanswered(time: float, rates: Floats, arrivals: Floats, scan_mean: float, reply: float) -> float:
    """P(T > t) = prod_j [1 - p P_seen,j (1 - e^-(l_j + lam_j/Lambda) t)], the law in continuous time."""
    total = rates + arrivals / scan_mean
    return float(np.prod(1.0 - reply * rates / total * (1.0 - np.exp(-total * time))))


def unanswered_in_steps(
    steps: int, rates: Floats, arrivals: Floats, scan_mean: float, reply: float, dt: float
) -> float:
    """P(T > k dt) for a post that is older than all other posts of its step."""
    a, b = rates * dt, arrivals * dt / scan_mean
    by_now = np.exp(-b) * chance_seen(a, b) * (1.0 - np.exp(-(a + b) * steps))
    return float(np.prod(1.0 - reply * by_now))


def above_cut(mean: float) -> float:
    """Phi((mu - 9.5) / 4.755), the spread being that of trait and state together."""
    return float(norm.cdf((mean - CUT) / np.hypot(TRAIT_SD, STATE_SD)))


def above_cut_once(mean: float, times: Floats) -> float:
    """P(above the cut at least once) at given times, by the joint normal law of trait and state."""
    gaps = np.abs(np.subtract.outer(times, times))
    covariance = TRAIT_SD**2 + STATE_SD**2 * np.exp(-KAPPA * gaps)
    return 1.0 - float(multivariate_normal(np.full(len(times), mean), covariance, seed=1).cdf(np.full(len(times), CUT)))


def adoptions_by_authors(
    adopters: ArrayLike, people: int, rate: float, chance: float, dt: float
) -> tuple[Floats, Floats]:
    """The same as `adoptions_in_step` where posts of one author in one step count once.

    Each of I adopters writes with probability w = 1 - e^(-rate / chance dt), and converts each of S = N - I with
    probability w chance: mean S (1 - (1 - w chance)^I), which again is S rate I dt as dt -> 0.
    """
    infected = np.asarray(adopters, dtype=float)
    left, writes = people - infected, 1.0 - np.exp(-rate / chance * dt)
    stays = (1.0 - writes * chance) ** infected
    both_stay = (1.0 - writes * (2.0 * chance - chance**2)) ** infected
    return left * (1.0 - stays), left * (stays - both_stay) + left**2 * (both_stay - stays**2)
