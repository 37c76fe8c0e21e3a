"""Tests of frequencies and means that state how often they would blame a correct model.

Every check names what was counted, out of how many, what the law says, and its false-alarm probability: the chance
that a correct model under a fresh seed fails the check. Seeds are fixed, so a check that passes once passes always.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

FALSE_ALARM = 1e-6
"""Chance that a correct model under a fresh seed fails one check, two-sided, unless a check says otherwise."""


def assert_share(numerator: int, denominator: int, target: float, *, false_alarm: float = FALSE_ALARM) -> None:
    """A share of independent trials is `target` (exact binomial test)."""
    surprise = stats.binomtest(int(numerator), int(denominator), target).pvalue
    share = numerator / denominator
    _judge(surprise, false_alarm, f"{numerator} of {denominator} are {share:.5f}, not {target:.5f}")


def assert_shares(
    numerators: ArrayLike, denominators: ArrayLike, target: float, *, false_alarm: float = FALSE_ALARM
) -> None:
    """A quotient of sums over independent clusters [K] is `target` (t test on numerator - target x denominator).

    Within a cluster anything may depend on anything; clusters of nothing count as any other.
    """
    above, below = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    surprise = _t_test(above - target * below, 0.0)
    share = above.sum() / below.sum()
    _judge(surprise, false_alarm, f"{share:.5f} over {len(above)} clusters, not {target:.5f}")


def assert_mean(values: ArrayLike, target: float, *, false_alarm: float = FALSE_ALARM) -> None:
    """The mean of independent values [K] is `target` (t test)."""
    sample = np.asarray(values, dtype=float)
    error = sample.std(ddof=1) / np.sqrt(len(sample))
    what = f"mean {sample.mean():.5f} with standard error {error:.5f}, not {target:.5f}"
    _judge(_t_test(sample, target), false_alarm, what)


def assert_total(total: float, mean: float, variance: float, *, false_alarm: float = FALSE_ALARM) -> None:
    """A sum of many independent parts with known mean and variance (normal interval)."""
    surprise = 2.0 * stats.norm.sf(abs(total - mean) / np.sqrt(variance))
    _judge(surprise, false_alarm, f"{total:.5f}, not {mean:.5f} with standard deviation {np.sqrt(variance):.5f}")


def assert_count(count: int, mean: float, *, false_alarm: float = FALSE_ALARM) -> None:
    """A count is Poisson with this mean (exact, both tails)."""
    surprise = min(1.0, 2.0 * min(stats.poisson.cdf(count, mean), stats.poisson.sf(count - 1, mean)))
    _judge(surprise, false_alarm, f"{count}, not Poisson with mean {mean:.3f}")


def assert_frequencies(observed: ArrayLike, expected: ArrayLike, *, false_alarm: float = FALSE_ALARM) -> None:
    """Counts [K] of independent trials in classes follow expected counts [K] of the same total (chi-square)."""
    counts, law = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    assert law.min() >= 5, "a class is too rare for a chi-square test; join it with its neighbour"
    surprise = float(stats.chisquare(counts, law).pvalue)
    _judge(surprise, false_alarm, f"counted {counts.tolist()}, expected {np.round(law, 1).tolist()}")


def assert_same_mean(one: ArrayLike, other: ArrayLike, *, false_alarm: float = FALSE_ALARM) -> None:
    """Two independent samples have the same mean (Welch's t test)."""
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        assert first[0] == second[0]
        return
    surprise = float(stats.ttest_ind(first, second, equal_var=False).pvalue)
    _judge(surprise, false_alarm, f"means {first.mean():.5f} and {second.mean():.5f} of {len(first)} and {len(second)}")


def _t_test(values: "np.typing.NDArray[np.float64]", target: float) -> float:
    """Two-sided P of the mean of values; a sample without any spread must hit the target to rounding."""
    if np.ptp(values) == 0:
        return 1.0 if abs(values[0] - target) < 1e-12 else 0.0
    return float(stats.ttest_1samp(values, target).pvalue)


def _judge(surprise: float, false_alarm: float, what: str) -> None:
    """Fail where a correct model would be this surprising less often than it may be blamed."""
    assert surprise >= false_alarm, f"{what}: P = {surprise:.2g}, blamed below {false_alarm:g}"
