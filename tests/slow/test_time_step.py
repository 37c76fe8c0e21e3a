"""The length of a step is a numerical setting: halving it must not move outcomes beyond noise."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from simulation import Hashtag, SupportNetworkModel

pytestmark = pytest.mark.slow

OUTCOMES = (
    "normalization", "views", "own_posts", "retweeted", "replied", "supported_within_24h", "harm_exposure", "adoption",
)  # fmt: skip
CONTROL = "retweets_within_1h"
"""What long steps distort beyond doubt: ages are whole steps."""
SEEDS = range(24)
FAMILY_ERROR = 0.01
"""Chance that any of the comparisons below fails though the length of the step has no effect (Bonferroni)."""


def final(minutes, seed):
    """Outcomes of all on the last day of a run with a tag; the same people on the same graph for every step length."""
    model = SupportNetworkModel(
        agents=600, days=30, warmup_days=7, rng=seed, step_minutes=minutes,
        outcomes=(*OUTCOMES, CONTROL),
        disclosure__intercept=-3.0, adoption__first_exposure=0.02, interventions=[Hashtag(seeds={"count": 5})],
    )  # fmt: skip
    model.run()
    last = model.outcomes.filter((pl.col("day") == 30) & (pl.col("group") == "all"))
    return dict(zip(last["outcome"], last["value"], strict=True))


@pytest.fixture(scope="module")
def runs():
    """Outcomes by step length in minutes and seed."""
    return {minutes: [final(minutes, seed) for seed in SEEDS] for minutes in (7.5, 15.0, 480.0)}


def differences(runs, name, minutes):
    """Paired differences over seeds against the usual step."""
    pairs = zip(runs[minutes], runs[15.0], strict=True)
    values = [(other[name], usual[name]) for other, usual in pairs if None not in (other[name], usual[name])]
    return np.array([other - usual for other, usual in values])


@pytest.mark.parametrize("name", OUTCOMES)
def test_halving_the_step_moves_no_outcome_beyond_noise(name, runs):
    moved = differences(runs, name, 7.5)
    assert len(moved) >= 20
    assert stats.ttest_1samp(moved, 0.0).pvalue > FAMILY_ERROR / len(OUTCOMES)


@pytest.mark.parametrize(("name", "precision"), [("views", 0.04), ("own_posts", 0.04), ("normalization", 0.03)])
def test_the_comparison_is_sharp_enough_to_mean_something(name, precision, runs):
    """The standard error of the paired difference is a small part of the outcome itself."""
    moved = differences(runs, name, 7.5)
    usual = np.mean([run[name] for run in runs[15.0]])
    assert stats.sem(moved) / usual < precision


def test_steps_of_eight_hours_do_move_outcomes(runs):
    """All that is passed on in the first step counts as passed on at once: what the test above is meant to catch."""
    moved = differences(runs, CONTROL, 480.0)
    assert stats.ttest_1samp(moved, 0.0).pvalue < FAMILY_ERROR / len(OUTCOMES)
