"""Intervals, P values and chances hold what they promise, on values whose truth is known.

Coverage is counted over samples that share their bootstrap draws, as the outcomes of a study do; the samples themselves
are independent, so counts are binomial given the draws.
"""

import numpy as np
import pytest
from scipy import stats

from experiments.adaptive import paired_interval
from experiments.comparison.resampling import (
    BCA,
    NONE,
    SEQUENCE,
    STUDENT,
    chances_of_best,
    false_discovery,
    holm,
    intervals,
    level,
    p_values,
)

K = 3_000
FALSE_ALARM = 1e-6


def draws(kind, n, seed=11):
    """Samples [K, n] and their true mean."""
    rng = np.random.default_rng(seed)
    return {
        "normal": (rng.normal(0.3, 2.0, (K, n)), 0.3),
        "skewed": (rng.exponential(1.0, (K, n)), 1.0),
        "heavy tails": (rng.standard_t(4, (K, n)), 0.0),
    }[kind]


def covered(values, truth):
    found = intervals(values, seed=5)
    return int(((found.lower <= truth) & (found.upper >= truth)).sum())


def assert_between(count, low, high):
    """A share of K samples lies between two bounds, or chance alone is no likely reason that it does not."""
    assert stats.binom.cdf(count, K, low) > FALSE_ALARM, f"{count / K:.3f} is below {low}"
    assert stats.binom.sf(count - 1, K, high) > FALSE_ALARM, f"{count / K:.3f} is above {high}"


@pytest.mark.parametrize("n", [3, 5, 9, 10, 15, 30])
def test_intervals_cover_a_known_mean_of_normal_differences_at_95_per_cent_give_or_take_a_point(n):
    assert_between(covered(*draws("normal", n)), 0.94, 0.96)


@pytest.mark.parametrize(
    ("kind", "n", "least"), [("skewed", 10, 0.90), ("skewed", 30, 0.92), ("heavy tails", 10, 0.91)]
)
def test_intervals_of_skewed_and_heavy_tailed_differences_lose_a_few_points(kind, n, least):
    assert_between(covered(*draws(kind, n)), least, 0.96)


def test_skewed_differences_are_covered_better_than_by_students_interval():
    values, truth = draws("skewed", 30)
    half = stats.t.ppf(0.975, 29) * values.std(axis=1, ddof=1) / np.sqrt(30)
    assert covered(values, truth) > int((np.abs(values.mean(axis=1) - truth) <= half).sum())


def test_the_level_of_the_bootstrap_is_raised_for_few_replicates_and_tends_to_95_per_cent():
    assert level(10) > level(30) > level(1000) == pytest.approx(0.95, abs=1e-3)


def test_how_an_interval_was_made_follows_from_the_number_of_replicates():
    values = np.random.default_rng(1).normal(size=(1, 40))
    methods = {n: str(intervals(values[:, :n], 1).method[0]) for n in (1, 2, 3, 9, 10, 40)}
    assert methods == {1: NONE, 2: NONE, 3: STUDENT, 9: STUDENT, 10: BCA, 40: BCA}
    assert intervals(values, 1, looked_at=True).method[0] == SEQUENCE


def test_intervals_of_adaptive_replicates_are_those_of_the_adaptive_rule():
    values = np.random.default_rng(1).normal(0.5, 1.0, (4, 20))
    found = intervals(values, 1, looked_at=True)
    for row, low, high in zip(values, found.lower, found.upper, strict=True):
        expected = paired_interval(row.tolist())
        assert [low, high] == pytest.approx([expected.mean - expected.half_width, expected.mean + expected.half_width])


def test_sequential_p_values_agree_with_the_sequence_about_0():
    values = np.random.default_rng(2).normal(0.55, 1.0, (500, 20))
    found = intervals(values, 1, looked_at=True)
    leaves_out = (found.lower > 0) | (found.upper < 0)
    assert 50 < leaves_out.sum() < 450
    assert ((p_values(values, looked_at=True) < 0.05) == leaves_out).all()


def test_missing_replicates_are_left_out_and_nothing_else():
    values = np.random.default_rng(3).normal(size=(2, 12))
    with_gap = np.insert(values, 4, np.nan, axis=1)
    for one, other in zip(intervals(values, 9)[:2], intervals(with_gap, 9)[:2], strict=True):
        assert one.tolist() == other.tolist()


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    values = np.random.default_rng(3).normal(size=(1, 12))
    assert intervals(values, 9).lower == intervals(values, 9).lower != intervals(values, 10).lower


def test_equal_differences_have_no_interval_and_the_p_of_the_sign_test():
    values = np.array([[0.0] * 10, [2.0] * 10])
    assert intervals(values, 1).method.tolist() == [NONE, NONE]
    assert p_values(values).tolist() == [1.0, 2.0**-9]


def test_the_chance_to_be_best_adds_up_to_one_and_equals_share_it():
    values = np.random.default_rng(4).normal(size=(1, 3, 20))
    values[0, 2] = values[0, 1]
    chances = chances_of_best(values, 1)[0]
    assert chances.sum() == pytest.approx(1.0)
    assert chances[1] == chances[2]


def test_an_arm_that_is_always_better_is_best_for_sure_and_pairing_is_kept():
    luck = np.random.default_rng(5).normal(0.0, 10.0, 20)
    values = np.array([[luck, luck + 0.1, luck - 0.1]])
    assert chances_of_best(values, 1)[0].tolist() == [0.0, 1.0, 0.0]


def test_the_chance_to_be_best_of_two_equal_arms_is_one_half_on_average():
    values = np.random.default_rng(6).normal(size=(400, 2, 15))
    first = chances_of_best(values, 1)[:, 0]
    assert abs(first.mean() - 0.5) < 5 * 0.29 / 20


def test_holm_and_benjamini_hochberg_by_hand():
    p = np.array([0.01, np.nan, 0.04, 0.03])
    assert np.nan_to_num(holm(p), nan=-1).tolist() == pytest.approx([0.03, -1, 0.06, 0.06])
    assert np.nan_to_num(false_discovery(p), nan=-1).tolist() == pytest.approx([0.03, -1, 0.04, 0.04])
