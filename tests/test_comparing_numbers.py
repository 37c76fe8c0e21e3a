"""Numbers of comparisons worked out by hand: every step from a few values of replicates to what a reader is told."""

import hashlib
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from experiments import Costs, comparing
from experiments.comparison import costs as efforts
from experiments.comparison import deciding, groups, pairing, plotting, resampling, robustness, tradeoffs, words
from experiments.comparison.pairing import FALSE_DISCOVERY, HOLM, Question, adjusted, arm_table, difference_table
from experiments.comparison.resampling import (
    chances_of_best,
    false_discovery,
    holm,
    intervals,
    level,
    p_values,
    patterns,
    seed_of,
)
from experiments.comparison.schemas import POOLED
from experiments.comparison.source import Cube, sign
from simulation import INTERVENTIONS, InputError, Parameters

near = pytest.approx
NAN = math.nan
ASKED = Question("made-up", "none", seed=1, adaptive=False, correction=HOLM)


def cube(values, outcomes=("normalization",), arms=("none", "tag"), scenarios=("-",), of_groups=("all",)):
    """A cube of values that can be shaped to [S, O, G, A, R]."""
    shape = (len(scenarios), len(outcomes), len(of_groups), len(arms), -1)
    return Cube(scenarios, outcomes, of_groups, arms, np.array(values, dtype=float).reshape(shape))


def differences(none, tag, outcome="normalization", asked=ASKED):
    """The one row of differences of two arms."""
    return difference_table(cube([none, tag], (outcome,)), asked).to_dicts()[0]


# --- the array that is compared ---------------------------------------------------------------------------------------


def test_a_cube_gives_one_outcome_and_group_and_keeps_outcomes_in_the_order_asked_for():
    whole = cube(np.arange(16), ("normalization", "stigma"), of_groups=("all", "role=student"))
    assert whole.of("stigma").tolist() == [[[8, 9], [10, 11]]]
    assert whole.of("normalization", "role=student").tolist() == [[[4, 5], [6, 7]]]
    turned = whole.subset(["stigma", "normalization"])
    assert turned.outcomes == ("stigma", "normalization")
    assert turned.of("normalization").tolist() == whole.of("normalization").tolist()
    assert whole.subset(["stigma"]).values.shape == (1, 1, 2, 2, 2)


def test_pooling_puts_the_mean_over_scenarios_behind_them_and_needs_two():
    two = cube([[[1, 2], [3, 4]], [[5, 8], [7, NAN]]], scenarios=("low", "high"))
    pooled = two.pooled()
    assert pooled.scenarios == ("low", "high", POOLED)
    assert pooled.of("normalization")[2, 0].tolist() == [3.0, 5.0]
    assert pooled.of("normalization")[2, 1].tolist() == near([5.0, NAN], nan_ok=True)
    assert pooled.of("normalization")[:2] == near(two.of("normalization"), nan_ok=True)
    one = cube([[1, 2], [3, 4]])
    assert one.pooled() is one


def test_outcomes_have_a_sign_where_we_may_say_what_is_better():
    assert [sign(name) for name in ("normalization", "harm_exposure", "adoption")] == [1, -1, 0]


# --- intervals, P values, chances -------------------------------------------------------------------------------------


def test_the_seed_of_resampling_is_the_first_63_bits_of_a_hash():
    digits = hashlib.sha256(b"supportnet/7/compare").hexdigest()[:16]
    assert seed_of(7) == int(digits, 16) // 2
    assert all(0 <= seed_of(seed) < 2**63 for seed in range(50))


def test_rows_are_taken_together_where_they_have_the_same_replicates():
    values = np.array([[1, 2, 3], [1, NAN, 3], [4, 5, 6], [NAN, NAN, NAN]])
    found = {tuple(rows): tuple(columns) for rows, columns in patterns(values)}
    assert found == {(0, 2): (0, 1, 2), (1,): (0, 2), (3,): ()}


def test_students_interval_by_hand():
    found = intervals(np.array([[1.0, 2.0, 3.0], [10.0, 12.0, 17.0]]), seed=1)
    assert found.lower == near([2 - 4.302653 / math.sqrt(3), 13 - 4.302653 * math.sqrt(13 / 3)], rel=1e-6)
    assert found.upper == near([2 + 4.302653 / math.sqrt(3), 13 + 4.302653 * math.sqrt(13 / 3)], rel=1e-6)


@pytest.mark.parametrize("n", [10, 20, 100])
def test_at_its_level_the_normal_interval_with_the_variance_over_n_is_as_wide_as_students(n):
    narrow = stats.norm.ppf((1 + level(n)) / 2) * math.sqrt((n - 1) / n)
    assert narrow == near(stats.t.ppf(0.975, n - 1))


def test_bootstrap_intervals_of_many_rows_are_those_of_each_row_alone(monkeypatch):
    values = np.random.default_rng(1).gamma(2.0, size=(5, 12))
    together = intervals(values, seed=3)
    alone = [intervals(row[None], seed=3) for row in values]
    assert together.lower == near([found.lower[0] for found in alone])
    assert together.upper == near([found.upper[0] for found in alone])
    monkeypatch.setattr(resampling, "_CELLS", 5_000)
    assert intervals(values, seed=3).lower == near(together.lower)


def test_an_interval_lies_around_its_mean_and_has_the_width_of_its_errors():
    values = np.random.default_rng(2).normal(5.0, 2.0, size=(1, 50))
    found = intervals(values, seed=3)
    half = stats.t.ppf(0.975, 49) * values.std(ddof=1) / math.sqrt(50)
    assert found.lower[0] == near(values.mean() - half, abs=0.1 * half)
    assert found.upper[0] == near(values.mean() + half, abs=0.1 * half)


def test_rows_without_an_interval_stay_without_one_beside_rows_that_have_one():
    found = intervals(np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [NAN, 1.0, 2.0]]), seed=1)
    assert found.method.tolist() == ["t", "none", "none"]
    assert np.isnan(found.lower).tolist() == np.isnan(found.upper).tolist() == [False, True, True]


def test_an_interval_that_bca_cannot_give_is_taken_from_the_percentiles():
    values = np.array([[0.0] * 14 + [1.0], np.random.default_rng(1).normal(size=15)])
    found = intervals(values, seed=2)
    assert np.isfinite(found.lower).all()
    assert set(found.method) <= {"bca", "percentile"}
    assert found.method[1] == "bca"


def test_p_values_are_those_of_students_test_two_sided():
    values = np.array([[1.0, 2.0, 3.0], [-3.0, -2.0, -1.0], [-1.0, 0.0, 1.0], [0.5, 4.0, NAN]])
    expected = stats.ttest_1samp(values[:3], 0.0, axis=1).pvalue
    assert p_values(values)[:3] == near(expected)
    assert p_values(values)[0] == near(0.0741799, rel=1e-5)
    assert math.isnan(p_values(values)[3])


def test_a_sequence_that_just_reaches_0_has_a_p_of_5_per_cent_and_one_around_0_of_1():
    values = np.random.default_rng(3).normal(9.0, 1.0, (3, 8))
    ends = intervals(values, seed=1, looked_at=True)
    assert p_values(values - ends.lower[:, None], looked_at=True) == near([0.05] * 3, rel=1e-6)
    assert p_values(values - ends.upper[:, None], looked_at=True) == near([0.05] * 3, rel=1e-6)
    assert p_values(values - values.mean(axis=1, keepdims=True), looked_at=True).tolist() == [1.0] * 3
    assert (p_values(values, looked_at=True) < 0.05).all()


def test_holm_never_lets_a_greater_p_come_out_smaller_nor_any_above_1():
    assert holm(np.array([0.01, 0.011, 0.02])) == near([0.03, 0.03, 0.03])
    assert holm(np.array([0.9, 0.4, 0.5])) == near([1.0, 1.0, 1.0])
    assert holm(np.array([0.04])).tolist() == [0.04]
    assert np.isnan(holm(np.array([NAN]))).all()
    assert np.isnan(false_discovery(np.array([NAN, NAN]))).all()


def test_the_chance_to_be_best_needs_three_replicates_that_all_arms_have():
    values = np.array([[[1.0, 2.0, 3.0, NAN], [0.0, 1.0, NAN, 9.0]], [[1.0, 2.0, 3.0, NAN], [0.0, 1.0, 2.0, 9.0]]])
    found = chances_of_best(values, 1)
    assert np.isnan(found[0]).all()
    assert found[1].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("about", [-0.3, 0.3])
def test_arms_that_differ_by_rounding_alone_share_the_chance_to_be_best(about):
    row = np.array([about, 2 * about, 3 * about, 4 * about])
    assert chances_of_best(np.array([[row, row * (1 + 4e-16), row - 1.0]]), 1)[0].tolist() == [0.5, 0.5, 0.0]


def test_chances_of_many_rows_are_those_of_each_row_alone(monkeypatch):
    values = np.random.default_rng(4).normal(size=(4, 3, 6))
    together = chances_of_best(values, 2)
    assert together == near(np.concatenate([chances_of_best(row[None], 2) for row in values]))
    monkeypatch.setattr(resampling, "_CELLS", 20_000)
    assert chances_of_best(values, 2) == near(together)


# --- paired differences -----------------------------------------------------------------------------------------------


def test_a_row_of_differences_by_hand():
    row = differences([1, 1, 2, 5], [2, 4, 6, NAN])
    assert row["replicates"] == 3
    assert row["mean_baseline"] == near(4 / 3)
    assert row["mean_arm"] == near(4.0)
    assert row["difference"] == near(8 / 3)
    assert row["relative"] == near(2.0)
    assert row["standardised"] == near((8 / 3) / math.sqrt((4 + 1 / 3) / 2))
    assert row["pairing_factor"] == near((4 + 1 / 3) / (7 / 3))
    assert (row["share_higher"], row["share_better"]) == (1.0, 1.0)
    assert row["p"] == near(stats.ttest_1samp([1, 3, 4], 0.0).pvalue)
    assert row["warnings"] == "few replicates: 3"


def test_shares_count_pairs_that_are_higher_lower_and_neither():
    row = differences([1, 1, 1, 1], [2, 1, 0, 3], "harm_exposure")
    assert (row["share_higher"], row["share_better"]) == (0.5, 0.25)


def test_a_relative_difference_is_one_of_the_size_of_the_baseline():
    row = differences([-2, -1, -3], [-3, -2, -5])
    assert row["difference"] == near(-4 / 3)
    assert row["relative"] == near(-2 / 3)
    assert differences([0, 0, 0], [1, 2, 4])["relative"] is None


def test_quotients_are_not_numbers_where_nothing_can_be_divided_by():
    assert pairing.quotient(np.array([1.0, 1.0, 3.0]), np.array([0.0, -1.0, 0.5])) == near([NAN, NAN, 6.0], nan_ok=True)


@pytest.mark.parametrize(
    ("none", "tag", "outcome", "verdict"),
    [
        ([NAN] * 4, [1.0] * 4, "normalization", "no values"),
        ([1, 2], [2, 4], "normalization", "too few replicates"),
        ([1, 2, 3], [1, 2, 3], "normalization", "the same"),
        ([1, 2, 3, 4], [11, 12.5, 13, 14], "normalization", "better"),
        ([1, 2, 3, 4], [-9, -8.5, -7, -6], "normalization", "worse"),
        ([1, 2, 3, 4], [11, 12.5, 13, 14], "harm_exposure", "worse"),
        ([1, 2, 3, 4], [-9, -8.5, -7, -6], "harm_exposure", "better"),
        ([1, 2, 3, 4], [11, 12.5, 13, 14], "adoption", "higher"),
        ([1, 2, 3, 4], [-9, -8.5, -7, -6], "adoption", "lower"),
        ([1, 2, 3, 4], [2, 1, 4, 3.5], "normalization", "no difference seen"),
    ],
)
def test_verdicts_by_hand(none, tag, outcome, verdict):
    assert differences(none, tag, outcome)["verdict"] == verdict


@pytest.mark.parametrize("turned", [1.0, -1.0])
def test_an_interval_that_leaves_out_0_is_a_hint_where_the_adjusted_p_does_not_bear_it_out(turned):
    clear, unclear = turned * np.array([0.3, 1.0, 1.7, 0.9]), np.array([-1.0, 1.0, -2.0, 2.1])
    table = difference_table(cube([[0.0] * 4, clear, unclear], arms=("none", "tag", "other")), ASKED)
    first = table.to_dicts()[0]
    assert first["p"] < 0.05 < first["p_adjusted"] == near(2 * first["p"])
    assert table["verdict"].to_list() == ["a hint", "no difference seen"]


def test_pooled_rows_are_a_family_of_their_own_when_p_values_are_adjusted():
    table = pl.DataFrame({"scenario": [POOLED, "low", "high", "low"], "p": [0.01, 0.02, 0.03, None]})
    assert adjusted(table, HOLM)["p_adjusted"].to_list() == near([0.01, 0.04, 0.04, None])
    assert adjusted(table, FALSE_DISCOVERY)["p_adjusted"].to_list() == near([0.01, 0.03, 0.03, None])


def test_among_many_clear_differences_a_larger_family_gives_the_smaller_p_after_benjamini_and_hochberg():
    few, many = (pl.DataFrame({"scenario": "-", "p": [0.5, 0.9, *clear]}) for clear in ([], [1e-6] * 10))
    assert adjusted(few, FALSE_DISCOVERY)["p_adjusted"].to_list() == near([0.9, 0.9])
    assert adjusted(many, FALSE_DISCOVERY)["p_adjusted"][0] == near(0.5 * 12 / 11)
    assert adjusted(many, HOLM)["p_adjusted"][0] == adjusted(few, HOLM)["p_adjusted"][0] == 1.0


def test_few_replicates_are_fewer_than_ten():
    luck = np.random.default_rng(5).normal(size=(2, 10))
    for n, warning in ((9, "few replicates: 9"), (10, "")):
        assert differences(luck[0, :n], luck[0, :n] + 0.1 * luck[1, :n])["warnings"] == warning


def test_pairing_has_to_save_5_per_cent_of_the_variance_to_help():
    rng = np.random.default_rng(6)
    raw = rng.normal(size=(2, 30))
    one, two = np.linalg.qr((raw - raw.mean(axis=1, keepdims=True)).T)[0].T  # without correlation, of one variance
    for shared, warning in ((0.0, "pairing did not help"), (0.04, "pairing did not help"), (0.06, "")):
        tag = shared * one + math.sqrt(1 - shared**2) * two
        row = differences(one, tag)
        assert row["pairing_factor"] == near(1 / (1 - shared))
        assert row["warnings"] == warning
    assert differences([2.0] * 30, 2.0 + two)["warnings"] == ""


def test_a_difference_without_any_spread_is_told():
    row = differences([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    assert row["warnings"] == "few replicates: 3; the same difference in every replicate"
    assert (row["lower"], row["method"], row["p"]) == (None, "none", 0.25)
    assert differences([1.0, 2.0], [2.0, 3.0])["warnings"] == "few replicates: 2"
    assert differences([NAN, NAN], [2.0, 3.0])["warnings"] == ""


def test_rows_stand_scenario_by_scenario_then_outcome_group_and_arm():
    values = np.arange(2 * 2 * 2 * 3 * 3) ** 1.1
    table = difference_table(
        cube(values, ("normalization", "stigma"), ("one", "none", "two"), ("low", "high"), ("all", "role=student")),
        ASKED,
    )
    assert table.select("scenario", "outcome", "group", "arm").rows() == [
        (scenario, outcome, group, arm)
        for scenario in ("low", "high")
        for outcome in ("normalization", "stigma")
        for group in ("all", "role=student")
        for arm in ("one", "two")
    ]
    shaped = values.reshape(2, 2, 2, 3, 3).mean(axis=-1)
    assert table["mean_baseline"].to_list() == near(np.repeat(shaped[:, :, :, 1].reshape(-1), 2))
    assert table["mean_arm"].to_list() == near(shaped[:, :, :, [0, 2]].reshape(-1))


def test_means_of_arms_are_of_the_values_that_there_are_and_less_can_be_best():
    table = arm_table(cube([[1, 2, 3, NAN], [2, 3, 4, 9]], ("harm_exposure",)), ASKED)
    assert table["mean"].to_list() == near([2.0, 4.5])
    assert table["replicates"].to_list() == [3, 4]
    assert table["chance_best"].to_list() == [1.0, 0.0]
    assert arm_table(cube([[1, 2, 3], [2, 3, 4]], ("adoption",)), ASKED)["chance_best"].to_list() == [None, None]


# --- words ------------------------------------------------------------------------------------------------------------

ROW = {
    "outcome": "normalization", "arm": "tag", "baseline": "none", "replicates": 12, "mean_baseline": 0.2,
    "mean_arm": 0.3, "difference": 0.1, "lower": 0.05, "upper": 0.15, "p_adjusted": 0.0321, "verdict": "better",
    "share_better": 0.75, "chance_best": None, "warnings": "",
}  # fmt: skip
NAME = "Believed prevalence of struggling"
ENDS = "+10.0 percentage points, 95% interval +5.00 to +15.0, 12 pairs of runs"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, f"“tag” raises it from 20.0% to 30.0% ({ENDS}), for the better."),
        ({"verdict": "worse"}, f"“tag” raises it from 20.0% to 30.0% ({ENDS}), for the worse."),
        ({"verdict": "higher"}, f"“tag” raises it from 20.0% to 30.0% ({ENDS})."),
        ({"verdict": "no difference seen"}, f"no difference that we can see between “tag” and “none” ({ENDS})."),
        ({"verdict": "the same"}, "“tag” changes nothing against “none”, in any of 12 pairs of runs."),
        ({"verdict": "no values"}, "no pair of runs of “tag” and “none” has a value."),
        (
            {"verdict": "too few replicates", "replicates": 1},
            "1 pair of runs of “tag” and “none” are too few to say anything.",
        ),
        (
            {"verdict": "a hint"},
            f"a hint of a difference between “tag” and “none”, not more ({ENDS}; "
            "P 0.032 once allowance is made for all comparisons).",
        ),
    ],
)
def test_what_a_row_says(said, sentence):
    assert words.answer(ROW | said) == f"{NAME}: {sentence}"


def test_a_fall_is_told_as_one_and_an_interval_only_where_there_is_one():
    fall = ROW | {"difference": -0.1, "mean_arm": 0.1, "lower": None, "verdict": "lower"}
    said = "“tag” lowers it from 20.0% to 10.0% (\N{MINUS SIGN}10.0 percentage points, 12 pairs of runs)."
    assert words.answer(fall) == f"{NAME}: {said}"


def test_the_pooled_rows_speak_for_a_study_and_the_only_scenario_where_there_is_one():
    table = pl.DataFrame([ROW | {"scenario": name} for name in ("low", "high", POOLED)])
    assert words.main_rows(table)["scenario"].to_list() == [POOLED]
    assert words.main_rows(table[:1])["scenario"].to_list() == ["low"]
    assert len(words.answers(table)) == 1


def warned(outcome, warning, replicates=12):
    return ROW | {"scenario": "-", "outcome": outcome, "warnings": warning, "replicates": replicates}


def test_warnings_count_the_comparisons_that_they_are_about():
    table = pl.DataFrame(
        [
            warned("normalization", "few replicates: 4", 4),
            warned("stigma", "few replicates: 3; the same difference in every replicate", 3),
            warned("adoption", "pairing did not help"),
            warned("views", "", 0),
        ]
    )
    assert words.warnings_of(table, ["first"]) == [
        "first",
        "2 of 3 comparisons rest on few replicates, the least on 3: more would narrow them.",
        "Pairing did not help in 1 of 4 comparisons (adoption): there, equal seeds did not narrow the comparison.",
    ]
    assert words.warnings_of(pl.DataFrame([warned("stigma", "")])) == []


def test_at_most_five_outcomes_are_named_in_a_warning():
    names = ["normalization", "stigma", "adoption", "views", "distress", "isolation"]
    rows = [warned(name, "pairing did not help") for name in names]
    assert "(normalization, stigma, adoption, views, distress): " in words.warnings_of(pl.DataFrame(rows[:5]))[0]
    assert "(normalization, stigma, adoption, views, distress and others): " in words.warnings_of(pl.DataFrame(rows))[0]


def test_a_row_of_the_command_in_words():
    assert comparing.in_words(ROW) == {
        "arm": "tag", "baseline": "20.0%", "under the arm": "30.0%", "difference": "+10.0",
        "95% interval": "+5.00 to +15.0", "better in": "75%", "chance best": "-", "adjusted P": "0.032",
        "verdict": "better", "warnings": "",
    }  # fmt: skip
    empty = comparing.in_words(ROW | {"lower": None, "p_adjusted": None, "share_better": None, "chance_best": 0.5})
    assert (empty["95% interval"], empty["adjusted P"], empty["better in"], empty["chance best"]) == (
        "-", "-", "-", "50%"
    )  # fmt: skip
    assert comparing.bare(ROW | {"outcome": "harm_exposure"}, "mean_arm") == "0.30"


# --- groups -----------------------------------------------------------------------------------------------------------


def test_groups_stand_division_by_division_low_before_high_and_unknown_ones_last():
    given = ("stigma=high", "odd=1", "role=student", "stigma=low", "role=faculty", "stigma=middle", "struggler=yes",
             "struggler=no", "specialty=surgery")  # fmt: skip
    ordered = groups.in_order(cube(np.arange(18), of_groups=given))
    assert ordered.groups == (
        "role=faculty", "role=student", "specialty=surgery", "struggler=no", "struggler=yes", "stigma=low",
        "stigma=middle", "stigma=high", "odd=1",
    )  # fmt: skip
    assert ordered.of("normalization", "role=student").tolist() == [[[4.0], [5.0]]]
    assert groups.division("role=student") == "role"


def test_a_cell_of_twenty_is_shown_a_smaller_one_or_one_of_unknown_size_hidden(monkeypatch):
    sizes = pl.DataFrame(
        {
            "scenario": ["-"] * 3,
            "group": ["role=a", "role=b", "role=c"],
            "n_people": [20.0, 19.9, None],
            "n_strugglers": [1.0] * 3,
            "n_struggles": [1.0] * 3,
        }
    )
    monkeypatch.setattr(groups, "cell_sizes", lambda _source: sizes)
    table = pl.DataFrame({"scenario": ["-"] * 3, "group": sizes["group"], "outcome": ["normalization"] * 3})
    nowhere: Any = None
    found = groups._sized(table, nowhere)
    assert found["hidden"].to_list() == [False, True, True]
    assert found["division"].to_list() == ["role"] * 3
    assert found["people"].to_list() == [20.0, 19.9, None]


def test_the_size_of_a_cell_is_that_of_the_arm_that_has_fewest():
    assert groups._fewest(np.array([[[3.0, 2.0], [NAN, 4.0]], [[NAN, NAN], [0.0, 1.0]]])) == near(
        [2.0, 4.0, NAN, 0.0], nan_ok=True
    )


def test_means_by_group_leave_out_what_is_missing():
    both = cube([[1, 3, NAN], [2, 2, 5], [NAN, NAN, NAN], [1, 1, 1]], of_groups=("role=a", "role=b"))
    assert groups._means(both, "normalization").reshape(-1) == near([2.0, 3.0, NAN, 1.0], nan_ok=True)
    assert np.isnan(groups._means(both, "stigma")).all()
    assert groups._means(both, "stigma").shape == (1, 2, 2)


# --- trade-offs -------------------------------------------------------------------------------------------------------


def results(outcomes, values, scenarios=("-",), arms=("none", "tag"), **more) -> Any:
    """Results that are nowhere but here: values [S, O, A, R]."""
    shaped = np.array(values, dtype=float).reshape(len(scenarios), len(outcomes), 1, len(arms), -1)
    held = Cube(tuple(scenarios), tuple(outcomes), ("all",), tuple(arms), shaped)
    return SimpleNamespace(scenarios=tuple(scenarios), arms=tuple(arms), outcomes=tuple(outcomes), cube=held, **more)


WEIGHED = ("support_reach_7d", "harm_exposure", "removals", "wrongly_removed")


def test_wrongly_removed_posts_are_counted_and_none_where_nothing_was_removed():
    source = results(
        WEIGHED, [[[0.1] * 3] * 2, [[5] * 3] * 2, [[0, 10, 4], [20, 0, 8]], [[NAN, 0.5, 1], [0.1, NAN, 0]]]
    )
    assert tradeoffs.wrong_removals(source).tolist() == [[[0.0, 5.0, 4.0], [2.0, 0.0, 0.0]]]


def test_trade_offs_of_two_worlds_have_their_mean_behind_them():
    low = [[[0.1, 0.2, 0.3], [0.3, 0.4, 0.5]], [[5, 6, 7], [4, 5, 6]]]
    high = [[[0.3, 0.4, 0.5], [0.1, 0.2, 0.3]], [[1, 2, 3], [1, 2, 3.5]]]
    source = results(WEIGHED[:2], [low, high], ("low", "high"))
    table = tradeoffs.tradeoff_table(source, ASKED)
    assert table["scenario"].to_list() == ["low", "low", "high", "high", POOLED, POOLED]
    assert table["reach"].to_list() == near([0.2, 0.4, 0.4, 0.2, 0.3, 0.3])
    assert table["harm"].to_list() == near([6, 5, 2, 6.5 / 3, 4, (5 + 6.5 / 3) / 2])
    assert table["wrong_removals"].to_list() == [None] * 6
    assert table["dominated_by"].to_list() == [["tag"], [], [], ["none"], ["tag"], []]
    assert table["non_dominated"].to_list() == [False, True, True, False, False, True]
    assert table["chance_non_dominated"].to_list()[:4] == [0.0, 1.0, 1.0, 0.0]
    assert table["replicates"].to_list() == [3] * 6


def test_dominance_uses_the_replicates_that_all_arms_have_and_has_a_chance_from_three_on():
    reach, harm = [[0.1, 0.1, 9.0], [0.2, 0.2, NAN]], [[5, 5, 5], [5, 5, 5]]
    table = tradeoffs.tradeoff_table(results(WEIGHED[:2], [reach, harm]), ASKED)
    assert table["dominated_by"].to_list() == [["tag"], []]
    assert table["chance_non_dominated"].to_list() == [None, None]
    assert table["non_dominated"].to_list() == [None, None]


def test_without_the_reach_of_support_or_a_common_replicate_no_arm_is_called_dominated():
    for outcomes, values in ((WEIGHED[1:2], [[[5, 5, 5], [4, 4, 4]]]), (WEIGHED[:1], [[[0.1, NAN], [NAN, 0.2]]])):
        table = tradeoffs.tradeoff_table(results(outcomes, values), ASKED)
        assert table["dominated_by"].to_list() == [[], []]
        assert table["non_dominated"].to_list() == [None, None]


def test_what_differs_by_rounding_alone_does_not_dominate():
    values = np.array([[0.3, 0.1 + 0.2, 0.3 - 1e-6], [1.0, 1.0, 1.0]])
    assert tradeoffs.dominates(values).tolist() == [[False] * 3, [False] * 3, [True, True, False]]


# --- regret -----------------------------------------------------------------------------------------------------------


def test_how_far_arms_fall_behind_by_hand():
    values = np.array([[[1.0, 2.0, 8.0], [2.0, 4.0, NAN], [0.0, 1.0, 3.0]]])
    gap = robustness.gaps(values, 1)
    assert gap.best.tolist() == [1]
    assert gap.behind[0, :, :2].tolist() == [[1.0, 2.0], [0.0, 0.0], [2.0, 3.0]]
    assert np.isnan(gap.behind[0, :, 2]).all()
    assert gap.spread.tolist() == [2.5]
    less = robustness.gaps(values, -1)
    assert (less.best.tolist(), less.spread.tolist()) == ([2], [2.5])
    assert less.behind[0, 1, :2].tolist() == [2.0, 3.0]


def test_an_arm_does_badly_where_it_clearly_gives_away_half_of_what_the_choice_decides():
    best, half, less, unclear = [9.0, 10.0, 11.0], [4.9, 6.0, 6.9], [5.2, 6.0, 7.1], [10.0, 0.0, 5.0]
    table = robustness.regret_table(
        cube([best, half, less, unclear, [1.9, 2.0, 2.1]], arms=("best", "half", "less", "unclear", "worst")), ASKED
    )
    assert table["regret"].to_list() == near([0.0, 12.2 / 3, 11.7 / 3, 5.0, 8.0])
    assert table["relative"].to_list() == near([0.0, 12.2 / 24, 11.7 / 24, 0.625, 1.0])
    assert table["does_badly"].to_list() == [False, True, False, False, True]
    assert table["best_arm"].to_list() == ["best"] * 5
    assert table["mean"].to_list() == near([10.0, 17.8 / 3, 18.3 / 3, 5.0, 2.0])


def test_outcomes_without_a_direction_have_no_regret_and_missing_ones_no_best_arm():
    assert robustness.regret_table(cube([[1, 2, 3], [2, 3, 4]], ("adoption",)), ASKED).is_empty()
    table = robustness.regret_table(cube([[NAN] * 3, [2, 3, 4]]), ASKED)
    assert table["best_arm"].to_list() == [None, None]
    assert table["regret"].to_list() == [None, None]


def test_the_robust_arm_has_the_smallest_of_the_largest_regrets():
    low, high = [[1.0, 1.1, 0.9], [5.0, 5.2, 4.8], [3.0, 3.3, 2.7]], [[6.0, 6.1, 5.9], [2.0, 2.2, 1.8], [5, 5.3, 4.7]]
    regrets = robustness.regret_table(cube([low, high], arms=("none", "tag", "both"), scenarios=("low", "high")), ASKED)
    table = robustness.robustness_table(regrets, ASKED)
    assert table["largest_regret"].to_list() == near([4.0, 4.0, 2.0])
    assert table["mean_regret"].to_list() == near([2.0, 2.0, 1.5])
    assert table["best_in"].to_list() == [1, 1, 0]
    assert table["badly_in"].to_list() == [1, 1, 1]
    assert table["scenarios"].to_list() == [2, 2, 2]
    assert table["worst_scenario"].to_list() == ["low", "high", "low"]
    assert table["smallest_largest_regret"].to_list() == [False, False, True]


REGRET_ROW = {
    "outcome": "normalization", "arm": "tag", "scenarios": 3, "best_in": 1, "badly_in": 2, "largest_regret": 0.1,
    "worst_scenario": "high", "_best": "none",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "is best in 1 of the 3 worlds considered and does badly in 2; at worst, in high, it is"),
        ({"badly_in": 0}, "is best in 1 of the 3 worlds considered and does badly in none; at worst, in high, it is"),
        (
            {"scenarios": 1, "best_in": 0},
            "is best in 0 of the one world considered and does badly in 2; at worst, it is",
        ),
    ],
)
def test_what_is_said_of_regret(said, sentence):
    behind = "10.0 percentage points behind “none”."
    assert robustness.regret_sentence(REGRET_ROW | said) == f"{NAME}: “tag” {sentence} {behind}"


def test_an_arm_that_is_never_behind_is_told():
    never = REGRET_ROW | {"largest_regret": 0.0, "scenarios": 1200}
    assert robustness.regret_sentence(never) == f"{NAME}: “tag” is never behind in the 1,200 worlds considered."


def world(label, silence=0.1, prior=0.2, norm=1.0):
    """A scenario as far as the riskiest assumptions go."""
    beliefs = SimpleNamespace(silence_weight=silence, prior_mean=prior)
    return SimpleNamespace(
        label=label, parameters=SimpleNamespace(beliefs=beliefs, disclosure=SimpleNamespace(norm=norm))
    )


@pytest.mark.parametrize(
    ("worlds", "silence", "norm"),
    [
        ([world("a")], True, True),
        ([world("a"), world("b", silence=0.5)], True, True),
        ([world("a"), world("b", prior=0.5)], True, True),
        ([world("a"), world("b", silence=0.5, prior=0.5)], False, True),
        ([world("a"), world("b", norm=0.0)], True, False),
        ([world("a"), world("b", silence=0.5, prior=0.5, norm=0.0)], False, False),
    ],
)
def test_assumptions_that_were_not_varied_are_named(worlds, silence, norm):
    source: Any = SimpleNamespace(study=SimpleNamespace(scenarios=worlds), ridge=None)
    said = " ".join(robustness.unexplored(source))
    assert ("(psi)" in said, "(beta_n = 0)" in said) == (silence, norm)
    along: Any = SimpleNamespace(study=SimpleNamespace(scenarios=[world("a")]), ridge=source)
    assert robustness.unexplored(along) == robustness.unexplored(source)


# --- costs ------------------------------------------------------------------------------------------------------------

WORLD = {
    "agents": 1000, "days": 28, "population": {
        "roles": {"student": 0.4, "resident": 0.3, "faculty": 0.2, "other": 0.1, "public": 0.0},
        "superuser_share": 0.02,
    },
    "moderation": {"servers_per_agent": 0.004}, "chat": {"minutes": 90.0},
}  # fmt: skip
PARAMETERS = Parameters.model_validate(WORLD)


def action(name, **levers):
    """An intervention with all its levers."""
    return INTERVENTIONS[name].model_validate({"type": name, **levers})


@pytest.mark.parametrize(
    ("levers", "days"),
    [
        ({"start_day": 0, "end_day": None}, 28.0),
        ({"start_day": 7, "end_day": None}, 21.0),
        ({"start_day": 7, "end_day": 9}, 2.0),
        ({"start_day": 7, "end_day": 90}, 21.0),
        ({"start_day": 30, "end_day": None}, 0.0),
    ],
)
def test_an_intervention_is_in_force_until_its_last_day_or_that_of_the_world(levers, days):
    assert efforts.days_in_force(levers, PARAMETERS) == days


@pytest.mark.parametrize(
    ("levers", "rounds"),
    [
        ({"start_day": 0, "every_days": None}, 1),
        ({"start_day": 0, "every_days": 14}, 2),
        ({"start_day": 0, "every_days": 13}, 3),
        ({"start_day": 28, "every_days": 1}, 0),
        ({"start_day": 28, "every_days": None}, 0),
        ({"start_day": 27.5, "every_days": None}, 1),
    ],
)
def test_rounds_come_on_the_first_day_and_every_so_many_days_after(levers, rounds):
    assert efforts.rounds(levers | {"end_day": None}, PARAMETERS) == rounds


@pytest.mark.parametrize(
    ("levers", "people", "hours"),
    [
        ({"regime": "reactive", "servers": 3}, 1000, 3 * 24 * 28),
        ({"regime": "reactive"}, 1000, 4 * 24 * 28),
        ({"regime": "reactive"}, 1250, 5 * 24 * 28),
        ({"regime": "reactive"}, 10, 24 * 28),
        ({"regime": "reactive", "start_day": 21}, 1000, 4 * 24 * 7),
        ({"regime": "guidelines"}, 1000, 0),
        ({"regime": "automatic_removal"}, 1000, 0),
    ],
)
def test_hours_of_a_desk_are_those_of_its_moderators_round_the_clock(levers, people, hours):
    taken = efforts.desk_effort(action("moderation", **levers).model_dump(), PARAMETERS, people)
    assert taken.get("desk_hours", 0) == hours


@pytest.mark.parametrize(
    ("levers", "chats"),
    [
        ({"weekday": "wednesday"}, 4),
        ({"weekday": "monday", "start_day": 0}, 4),
        ({"weekday": "monday", "start_day": 1}, 3),
        ({"weekday": "sunday", "end_day": 6}, 0),
        ({"weekday": "sunday", "end_day": 7}, 1),
        ({"weekday": "monday", "hour": 12, "start_day": 7.5, "end_day": 14.5}, 1),
        ({"every": "day"}, 28),
        ({"every": "day", "start_day": 10, "end_day": 13}, 3),
    ],
)
def test_chats_take_their_moderators_for_their_length(levers, chats):
    given = {"moderators": 3, "hour": 18.0, "every": "week"} | levers
    taken = efforts.chat_effort(action("tweet_chat", **given).model_dump(), PARAMETERS, 1000)
    assert taken == {"chat_moderator_hours": near(chats * 3 * 1.5)}


@pytest.mark.parametrize(
    ("target", "share"),
    [
        ({}, 1.0),
        ({"roles": ["student"]}, 0.4),
        ({"roles": ["student", "faculty"], "share": 0.5}, 0.3),
        ({"specialties": ["surgery", "psychiatry"]}, 1 / 3),
        ({"superusers": True}, 0.02),
        ({"top_share": 0.25, "share": 0.5}, 0.125),
        ({"bottom_share": 0.1, "roles": ["resident"]}, 0.03),
    ],
)
def test_expected_shares_of_target_groups_are_products(target, share):
    full = {"roles": [], "specialties": [], "superusers": False, "top_share": None, "bottom_share": None, "share": 1.0}
    assert efforts.expected_share(full | target, PARAMETERS) == near(share)


def test_efforts_of_an_arm_add_up_and_what_is_not_counted_takes_nothing():
    actions = (
        action("moderation", regime="reactive", servers=1), action("moderation", regime="reactive", servers=2),
        action("contact", contacts=5.0), action("norm_correction", every_days=14), action("hashtag"),
    )  # fmt: skip
    assert efforts.efforts_of(actions, PARAMETERS) == near(
        {"desk_hours": 3 * 24 * 28, "chat_moderator_hours": 0.0, "campaign_contacts": 1000 * 5 + 2000}
    )


LOW, HIGH = 2.0, 8.0


@pytest.mark.parametrize(
    ("extra", "gained", "lower", "upper", "ratios", "note"),
    [
        ([], [], LOW, HIGH, (NAN, NAN, NAN), efforts.NO_GAIN_KNOWN),
        ([0.0, 0.0], [4, 6], LOW, HIGH, (NAN, NAN, NAN), efforts.FREE),
        ([1.0, -3.0], [4, 6], LOW, HIGH, (NAN, NAN, NAN), efforts.FREE),
        ([40.0, 40.0], [1, -1], LOW, HIGH, (NAN, NAN, NAN), efforts.NO_GAIN),
        ([40.0, 40.0], [4, 6], NAN, NAN, (8.0, NAN, NAN), ""),
        ([40.0, 40.0], [4, 6], -1.0, HIGH, (8.0, 5.0, NAN), efforts.UNSURE),
        ([40.0, 40.0], [4, 6], 0.0, HIGH, (8.0, 5.0, NAN), efforts.UNSURE),
        ([40.0, 40.0], [4, 6], LOW, HIGH, (8.0, 5.0, 20.0), ""),
        ([30.0, 50.0], [4, 6], LOW, HIGH, (8.0, 5.0, 20.0), ""),
    ],
)
def test_the_cost_of_one_more_by_hand(extra, gained, lower, upper, ratios, note):
    found = efforts._ratio(np.array(extra), np.array(gained, dtype=float), lower, upper, 1)
    assert found[0] == near(ratios, nan_ok=True)
    assert found[1] == note


def test_costs_that_vary_are_resampled_with_what_they_buy():
    rng = np.random.default_rng(7)
    gained = rng.normal(10.0, 1.0, 40)
    extra = 3.0 * gained + rng.normal(0.0, 0.3, 40)
    (middle, low, high), note = efforts._ratio(extra, gained, 9.0, 11.0, 1)
    half = 2.02 * (extra - middle * gained).std(ddof=1) / math.sqrt(40) / gained.mean()
    assert note == ""
    assert middle == near(extra.mean() / gained.mean())
    assert (low, high) == near((middle - half, middle + half), abs=0.2 * half)


def priced(costs, arms):
    """Results of two worlds in which a desk decides cases and reaches more strugglers."""
    outcomes = ("never_reached", "prevalence", "desk_cases")
    worlds = []
    for gain in (0.1, 0.2):
        missed = [[0.8] * 3, [0.8 - gain] * 3]
        worlds.append([missed, [[0.25] * 3, [0.3] * 3], [[0.0] * 3, [40, 50, 60]]])
    scenarios = ("low", "high")
    each = [SimpleNamespace(label=name, parameters=PARAMETERS, arms=arms) for name in scenarios]
    study = SimpleNamespace(scenarios=each, costs=costs)
    source = results(outcomes, worlds, scenarios, ("none", "desk"), study=study)
    source.first = source.cube.of
    return source


ARMS = (
    SimpleNamespace(name="none", interventions=()),
    SimpleNamespace(name="desk", interventions=(action("moderation", regime="reactive", servers=1),)),
)


def test_what_arms_take_and_cost_by_hand():
    source = priced(Costs(currency="EUR", desk_hour=2.0, desk_case=1.0, fixed={"desk": 6.0}), ARMS)
    table = efforts.cost_table(source, ASKED)
    desk = table.filter(pl.col("arm") == "desk")
    assert table["scenario"].to_list() == ["low", "low", "high", "high", POOLED, POOLED]
    assert desk["desk_hours"].to_list() == [672.0] * 3
    assert desk["desk_cases"].to_list() == [50.0] * 3
    assert desk["cost"].to_list() == desk["extra_cost"].to_list() == [2 * 672 + 50 + 6] * 3
    assert desk["additional_supported"].to_list() == near([25.0, 50.0, 37.5])
    assert desk["cost_per_additional"].to_list() == near([56.0, 28.0, 1400 / 37.5])
    assert desk["currency"].to_list() == ["EUR"] * 3
    none = table.filter(pl.col("arm") == "none")
    assert none["note"].to_list() == [""] * 3
    assert none["cost"].to_list() == none["extra_cost"].to_list() == [0.0] * 3


def test_without_unit_costs_efforts_are_shown_and_nothing_is_priced():
    table = efforts.cost_table(priced(Costs(), ARMS), ASKED)
    desk = table.filter(pl.col("arm") == "desk")
    assert desk["note"].to_list() == [efforts.NO_COSTS] * 3
    assert desk["cost"].to_list() == desk["cost_per_additional"].to_list() == [None] * 3
    assert desk["desk_hours"].to_list() == [672.0] * 3
    fixed = efforts.cost_table(priced(Costs(fixed={"desk": 6.0}), ARMS), ASKED)
    assert fixed.filter(pl.col("arm") == "desk")["cost"].to_list() == [6.0] * 3


# --- which factors decide ---------------------------------------------------------------------------------------------

INPUTS = deciding.Inputs(["beliefs.stigma_mean", "network.type"], [None, "ring"], np.zeros((0, 2)))


def test_conditions_in_words():
    said = [
        deciding._in_words(deciding.Condition(*condition), INPUTS)
        for condition in ((0, True, 0.4567), (0, False, 0.4567), (1, True, 0.5), (1, False, 0.5))
    ]
    assert said == [
        "beliefs.stigma_mean at most 0.457", "beliefs.stigma_mean above 0.457", "network.type is not ring",
        "network.type is ring",
    ]  # fmt: skip


def test_the_parts_of_worlds_that_two_factors_decide_are_told_apart_the_worst_first():
    stigma, ring = np.tile(np.linspace(0.0, 1.0, 20), 2), np.repeat([0.0, 1.0], 20)
    found = np.where(ring == 1.0, np.where(stigma > 0.5, 3.0, 1.0), -2.0)
    inputs = INPUTS._replace(values=np.column_stack([stigma, ring]))
    parts = list(deciding._parts(inputs, found, 1))
    assert [part["rule"] for part in parts] == [
        "network.type is not ring", "network.type is ring and beliefs.stigma_mean at most 0.5",
        "network.type is ring and beliefs.stigma_mean above 0.5",
    ]  # fmt: skip
    assert [part["difference"] for part in parts] == [-2.0, 1.0, 3.0]
    assert [part["scenarios"] for part in parts] == [20, 10, 10]
    assert [part["share_better"] for part in parts] == [0.0, 1.0, 1.0]
    assert parts[0]["explained"] > 0.9
    less = list(deciding._parts(inputs, found, -1))
    assert [part["difference"] for part in less] == [3.0, 1.0, -2.0]
    assert [part["share_better"] for part in less] == [0.0, 0.0, 1.0]
    assert [part["share_better"] for part in deciding._parts(inputs, found, 0)] == [None] * 3


def test_worlds_without_a_value_do_not_count_and_too_few_have_no_parts():
    inputs = INPUTS._replace(values=np.zeros((22, 2)))
    found = np.full(22, 0.5)
    found[0] = NAN
    (part,) = deciding._parts(inputs, found, 1)
    assert (part["rule"], part["scenarios"], part["explained"]) == ("everywhere", 21, 0.0)
    found[:3] = NAN
    assert list(deciding._parts(inputs, found, 1)) == []
    found[:2] = 0.5
    assert len(list(deciding._parts(inputs, np.where(np.arange(22) < 2, NAN, 0.5), 1))) == 1


def test_differences_of_worlds_are_means_of_pairs():
    held = cube([[[1, 2, NAN], [2, 4, 9]], [[3, 3, 3], [1, 1, 1]]], scenarios=("low", "high"))
    assert deciding.scenario_differences(held, "normalization", "tag", "none") == near([1.5, -2.0])


def test_a_part_in_words():
    row = {"outcome": "normalization", "arm": "tag", "rule": "x above 1", "difference": 0.1, "scenarios": 12,
           "share_better": 0.75}  # fmt: skip
    change = "it changes by +10.0 percentage points against “none”"
    assert deciding._sentence(row, "none") == (
        f"{NAME}: where x above 1, {change} under “tag”, over 12 worlds; better in 75% of them."
    )
    assert deciding._sentence(row | {"share_better": None}, "none").endswith("over 12 worlds.")
    assert deciding._sentence(row | {"rule": "everywhere"}, "none") == (
        f"{NAME}: no factor considered decides; under “tag” {change}, over 12 worlds."
    )


# --- figures ----------------------------------------------------------------------------------------------------------


def test_a_figure_of_a_scenario_that_is_not_there_is_refused():
    shown = SimpleNamespace(table=pl.DataFrame({"scenario": ["low", "high", POOLED]}))
    with pytest.raises(InputError, match="there is none called 'middle'"):
        plotting.plot(shown, "differences", "middle")


def test_a_figure_shows_the_pooled_rows_unless_a_scenario_is_asked_for(monkeypatch):
    drawn = []
    monkeypatch.setattr(plotting, "PLOTS", {"any": lambda _shown, scenario: drawn.append(scenario)})
    many = SimpleNamespace(table=pl.DataFrame({"scenario": ["low", "high", POOLED]}))
    plotting.plot(many, "any")
    plotting.plot(many, "any", "high")
    plotting.plot(SimpleNamespace(table=pl.DataFrame({"scenario": ["-"]})), "any")
    assert drawn == [POOLED, "high", "-"]


def test_an_arm_looks_the_same_whether_others_are_shown_or_not():
    source = SimpleNamespace(arms=("none", "one", "two"))
    both = plotting.looks_of(SimpleNamespace(source=source, arms=("one", "two"), baseline="none"))
    alone = plotting.looks_of(SimpleNamespace(source=source, arms=("two",), baseline="none"))
    assert list(both) == ["none", "one", "two"]
    assert list(alone) == ["none", "two"]
    assert alone["two"] == both["two"]
