"""Adaptive replicates: an interval that may be looked at as often as one likes, and a rule that stops by its width."""

import math
import random
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from experiments.adaptive import (
    PRIOR_VARIANCE,
    Adaptive,
    Comparisons,
    enough,
    half_width,
    paired_interval,
    replicates_wanted,
    verdict_table,
)
from experiments.arms import Arm
from experiments.study import Study
from simulation import Hashtag, InputError, Parameters

RULE = Adaptive(at_least=10, at_most=40, until={"adopters": 1.0})
COMPARED = Comparisons(("-",), ("none", "tag", "desk"), "none")
SEQUENCES, LONGEST = 4000, 200
UNIT = np.array([math.inf] + [half_width(n, 1.0) for n in range(2, LONGEST + 1)])
ONE_LOOK = np.array([math.inf] + [stats.t.ppf(0.975, n - 1) / math.sqrt(n) for n in range(2, LONGEST + 1)])


def values(numbers):
    return {r + 1: {"adopters": float(number)} for r, number in enumerate(numbers)}


def noise(size, spread, seed=1):
    return list(np.random.default_rng(seed).normal(0.0, spread, size))


def long_table(runs):
    """The table of outcomes of runs given as (arm, replicate): value; what stood before the end is beside the point."""
    rows = [
        ("-", arm, r, step, "all", "adopters", v) for (arm, r), end in runs.items() for step, v in ((1, 0.0), (2, end))
    ]
    names = ["scenario", "arm", "replicate", "step", "group", "outcome", "value"]
    return pl.LazyFrame(rows, schema=names, orient="row")


def arm_table(**arms):
    return long_table({(arm, r + 1): float(v) for arm, vs in arms.items() for r, v in enumerate(vs)})


# --- the interval -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pairs", [6, 10, 50, 200])
def test_the_interval_ends_where_the_bayes_factor_of_the_t_statistic_is_one_over_alpha(pairs):
    """Under the prior the t statistic is a t variable times sqrt(1 + n g): its numerator is normal with that spread."""
    t = half_width(pairs, 1.0, alpha=0.05) * math.sqrt(pairs)
    wider = math.sqrt(1 + pairs * PRIOR_VARIANCE)
    factor = stats.t.pdf(t / wider, pairs - 1) / wider / stats.t.pdf(t, pairs - 1)
    assert factor == pytest.approx(20.0)


def test_too_few_pairs_and_differences_that_are_all_the_same_have_no_interval():
    assert paired_interval([]).half_width == paired_interval([1.0]).half_width == math.inf
    assert paired_interval([0.0] * 50) == (50, 0.0, math.inf)
    assert half_width(3, 1.0) == math.inf


def test_the_width_goes_with_the_spread_and_falls_with_the_number_of_pairs():
    assert half_width(20, 3.0) == pytest.approx(3 * half_width(20, 1.0))
    assert (np.diff([half_width(n, 1.0) for n in range(6, 500)]) < 0).all()


def test_the_price_is_as_documented():
    assert all(1.6 <= ratio <= 1.81 for ratio in UNIT[9:] / ONE_LOOK[9:])


def misses(unit, draw, truth):
    """Sequences [SEQUENCES] in which the truth lies outside of the interval at any number of pairs from 3 on."""
    x = draw(np.random.default_rng(5), (SEQUENCES, LONGEST))
    n = np.arange(1, LONGEST + 1)
    mean = x.cumsum(1) / n
    spread = np.sqrt(np.maximum((x**2).cumsum(1) - n * mean**2, 0) / np.maximum(n - 1, 1))
    return (abs(mean - truth)[:, 2:] > unit[2:] * spread[:, 2:]).any(axis=1)


SHAPES = {
    "normal": lambda rng, size: rng.normal(0, 1, size),
    "long-tailed": lambda rng, size: rng.laplace(0, 1, size),
    "uniform": lambda rng, size: rng.uniform(-1, 1, size),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_looking_after_every_pair_misses_the_truth_in_at_most_one_study_of_twenty(shape):
    """Blames a method whose misses are exactly 5 in 100 with probability below one in a million."""
    missed = int(misses(UNIT, SHAPES[shape], 0.0).sum())
    assert stats.binomtest(missed, SEQUENCES, 0.05, alternative="greater").pvalue > 1e-6


def test_the_interval_of_a_single_look_would_miss_it_in_a_third_of_them():
    assert misses(ONE_LOOK, SHAPES["normal"], 0.0).mean() > 0.33


# --- the rule ---------------------------------------------------------------------------------------------------------


def test_looks_begin_at_the_least_and_end_at_the_most():
    assert list(RULE.looks()) == [10, 13, 17, 22, 28, 35, 40]
    assert list(Adaptive(at_least=5, at_most=5, until={"adopters": 1}).looks()) == [5]


def test_a_comparison_without_runs_needs_the_least():
    assert enough(RULE, {}, {}) == 10


def test_a_comparison_that_is_precise_stops_and_one_that_is_not_goes_on_to_the_most():
    there = values([0.0] * 40)
    assert enough(RULE, values(noise(10, 0.5)), there) == 10
    assert enough(RULE, values(noise(10, 50.0)), there) == 13
    assert enough(RULE, values(noise(40, 50.0)), there) == 40


def test_it_stops_at_the_first_look_at_which_the_interval_is_narrow():
    here = values(noise(40, 1.5, seed=2))
    stop = enough(RULE, here, values([0.0] * 40))
    widths = [paired_interval([here[r]["adopters"] for r in range(1, look + 1)]).half_width for look in RULE.looks()]
    assert 10 < stop < 40
    assert stop == next(look for look, width in zip(RULE.looks(), widths, strict=True) if width <= 1.0)


def test_nothing_is_judged_before_all_pairs_of_a_look_are_there():
    here, there = values(noise(10, 0.5)), values([0.0] * 10)
    for gone in range(1, 11):
        assert enough(RULE, {r: v for r, v in here.items() if r != gone}, there) == 10
    assert enough(RULE, values(noise(12, 50.0)), values([0.0] * 12)) == 13


def test_runs_beyond_a_look_do_not_change_what_is_judged_at_it():
    here, there = noise(40, 1.5, seed=2), [0.0] * 40
    stop = enough(RULE, values(here), values(there))
    assert enough(RULE, values(here[:stop]), values(there[:stop])) == stop


def test_a_failed_pair_is_left_out_and_the_comparison_goes_on():
    here, there = values(noise(13, 50.0)), values([0.0] * 13)
    del here[4]
    assert enough(RULE, here, there) == 10
    assert enough(RULE, here, there, failed_here={4}) == 17


def test_every_wanted_outcome_has_to_be_precise():
    both = Adaptive(at_least=10, at_most=40, until={"adopters": 1.0, "stigma": 1.0})
    here = {r: v | {"stigma": 100.0 * v["adopters"]} for r, v in values(noise(10, 0.5)).items()}
    there = {r: {"adopters": 0.0, "stigma": 0.0} for r in range(1, 11)}
    assert enough(RULE, here, there) == 10
    assert enough(both, here, there) == 13


def test_the_baseline_needs_as_many_replicates_as_the_arm_that_needs_most():
    table = arm_table(none=[0.0] * 10, tag=noise(10, 0.5), desk=noise(10, 50.0))
    assert replicates_wanted(RULE, COMPARED, table) == {("-", "none"): 13, ("-", "tag"): 10, ("-", "desk"): 13}


def test_the_order_of_rows_does_not_matter():
    runs = {(arm, r): v for arm in ("none", "tag", "desk") for r, v in enumerate(noise(17, 2.0, seed=len(arm)), 1)}
    shuffled = list(runs.items())
    random.Random(3).shuffle(shuffled)
    wanted = replicates_wanted(RULE, COMPARED, long_table(runs))
    assert replicates_wanted(RULE, COMPARED, long_table(dict(shuffled))) == wanted


def test_verdicts_say_how_precise_each_comparison_is():
    table = arm_table(none=[1.0] * 10, tag=[2.0 + v for v in noise(10, 0.5)], desk=noise(10, 50.0))
    verdicts = verdict_table(RULE, COMPARED, table)
    assert verdicts.select("arm", "baseline", "pairs", "wanted", "reached").rows() == [
        ("tag", "none", 10, 1.0, True),
        ("desk", "none", 10, 1.0, False),
    ]
    assert verdicts["difference"][0] == pytest.approx(1.0 + np.mean(noise(10, 0.5)))
    assert verdict_table(RULE, COMPARED, None)["half_width"].to_list() == [None, None]


# --- studies ----------------------------------------------------------------------------------------------------------


def study(**changes):
    usual: dict[str, Any] = {
        "base": Parameters(agents=40, days=2),
        "arms": [Arm("none"), Arm("tag", [Hashtag()])],
        "replicates": {"at_least": 3, "at_most": 9, "until": {"adopters": 1.0}},
    }
    return Study(**(usual | changes))


def test_a_study_asks_for_the_least_first_and_for_no_more_than_the_most():
    adaptive = study()
    assert adaptive.is_adaptive
    assert (adaptive.fewest_replicates, adaptive.most_replicates, adaptive.number_of_runs) == (3, 9, 18)
    assert len(list(adaptive.wanted(None))) == 6
    assert len(list(adaptive.experiments())) == 18


def test_replicates_are_interleaved_in_what_is_wanted():
    assert [run.replicate for run in study().wanted(None)] == [1, 1, 2, 2, 3, 3]


def test_a_run_of_an_adaptive_study_is_the_run_of_the_plain_one():
    plain = {run.key("code") for run in study(replicates=9).experiments()}
    assert {run.key("code") for run in study().experiments()} == plain


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arms": [Arm("none")]}, "only where an arm is compared with the baseline"),
        ({"replicates": {"at_least": 9, "at_most": 5, "until": {"adopters": 1}}}, "5 is less than at_least: 9"),
        ({"replicates": {"until": {}}}, "names no outcome"),
        ({"replicates": {"until": {"adopers": 1}}}, "did you mean 'adopters'?"),
        ({"replicates": {"until": {"adopters": 0}}}, "0 is out of range"),
        ({"outcomes": ["stigma"]}, "'adopters' is not among the outcomes that are kept"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(changes, message):
    with pytest.raises(InputError) as caught:
        study(**changes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{until: 3}", "3 is not a mapping of outcomes to half-widths"),
        ("{until: {adopters: narrow}}", "replicates.until.adopters: 'narrow' is not a number"),
        ("{at_least: 5}", "missing key 'until'"),
        ("{at_last: 5, until: {adopters: 1}}", "did you mean 'at_least'?"),
        ("{at_least: 1, until: {adopters: 1}}", "replicates.at_least: 1 is out of range"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(text, message, tmp_path):
    (tmp_path / "study.yaml").write_text(f"arms: {{none: [], tag: [{{type: hashtag}}]}}\nreplicates: {text}\n")
    with pytest.raises(InputError) as caught:
        Study.from_file(tmp_path / "study.yaml")
    assert message in str(caught.value)
