"""The three sentences of a report: what they say follows from the table by rule, and never says more."""

import polars as pl
import pytest

from experiments.report.answers import Findings, answer, listed

ALL = "(pooled)"
MAIN, HARM, HELP = "support_reach_7d", "harm_exposure", "help_seeking"


def row(arm, outcome, verdict, difference=0.05, scenario=ALL, **more):
    """A row of differences whose interval is as wide as the verdict wants."""
    half = 0.5 * abs(difference) if verdict in ("better", "worse", "higher", "lower", "a hint") else 2 * abs(difference)
    return {
        "scenario": scenario, "outcome": outcome, "arm": arm, "verdict": verdict, "difference": difference,
        "lower": difference - half, "upper": difference + half, "mean_baseline": 0.10, "mean_arm": 0.10 + difference,
        "replicates": 20, "chance_best": 0.6, **more,
    }  # fmt: skip


def sentences(*rows, outcomes=(MAIN, HARM, HELP), worlds=("only",), assumed=0.79):
    return answer(
        Findings(
            table=pl.DataFrame(list(rows)), outcomes=outcomes, baseline="none", overall=ALL, worlds=worlds, people=5000,
            assumed=assumed,
        )
    )  # fmt: skip


def quiet(arm="tag"):
    """An arm that changes nothing else."""
    return [row(arm, HARM, "no difference seen", 1.0), row(arm, HELP, "no difference seen", 0.001)]


def test_there_are_always_three_sentences_that_end():
    for verdict in ("better", "worse", "a hint", "no difference seen", "the same", "too few replicates", "no values"):
        found = sentences(row("tag", MAIN, verdict), *quiet())
        assert len(found) == 3
        assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in found)


def test_an_arm_that_helps_is_named_with_value_baseline_difference_and_interval():
    first = sentences(row("tag", MAIN, "better"), *quiet())[0]
    assert first.startswith("Against “none”, “tag” raises the share of strugglers reached by support in 7 days")
    assert "from 10.0% to 15.0%" in first
    assert "+5.00 percentage points (95% interval +2.50 to +7.50)" in first


def test_an_arm_that_is_better_by_lowering_lowers():
    found = sentences(row("desk", HARM, "better", -20.0), outcomes=(HARM,))
    assert "“desk” lowers the number of rule-breaking posts met" in found[0]
    assert found[1] == "No other outcome was asked for, so the price is not known."


@pytest.mark.parametrize("verdict", ["no difference seen", "the same"])
def test_no_difference_is_called_no_difference_that_we_can_see(verdict):
    found = sentences(row("tag", MAIN, verdict), *quiet())
    assert found[0].startswith("There is no difference that we can see: no arm changes")
    assert "from \N{MINUS SIGN}5.00 to +15.0 percentage points remain possible" in found[0]
    assert found[1].startswith("Nor do we see any in the number of rule-breaking posts met")
    assert "raises" not in " ".join(found)


def test_a_hint_is_not_a_difference_that_we_can_see():
    found = sentences(row("tag", MAIN, "a hint"), *quiet())
    assert found[0].startswith("There is no difference that we can see")
    assert "a hint that does not survive correction for many comparisons: “tag” (a difference of +5.00" in found[0]


def test_an_arm_that_only_hurts_is_said_to_hurt():
    first = sentences(row("tag", MAIN, "worse", -0.05), *quiet())[0]
    assert first.startswith("No arm changes the share of strugglers reached by support in 7 days for the better")
    assert "for the worse it is changed by “tag” (a difference of \N{MINUS SIGN}5.00 percentage points" in first


def test_too_few_replicates_are_said_to_be_too_few():
    first = sentences(row("tag", MAIN, "too few replicates"), *quiet())[0]
    assert first.startswith("There are too few replicates to say")


def test_of_two_arms_that_help_the_one_further_ahead_is_named_and_the_other_too():
    rows = [row("one", MAIN, "better", 0.02), row("two", MAIN, "better", 0.04), *quiet("one"), *quiet("two")]
    first = sentences(*rows)[0]
    assert "“two” raises" in first
    assert first.endswith("; “one” helps too, and which of them is best cannot be told.")


def test_an_arm_that_is_surely_best_is_said_to_be_ahead():
    rows = [row("one", MAIN, "better", 0.02), row("two", MAIN, "better", 0.04, chance_best=0.99), *quiet("two")]
    assert sentences(*rows)[0].endswith("; it is ahead of “one”, which helps too.")


def test_the_price_of_the_named_arm_comes_before_its_other_merits():
    rows = [row("tag", MAIN, "better"), row("tag", HARM, "worse", 22.0), row("tag", HELP, "better", 0.01)]
    second = sentences(*rows)[1]
    assert second.startswith(
        "Among the other outcomes shown it changes for the worse: the number of rule-breaking posts met (+22.0 views"
    )
    assert second.index("for the worse") < second.index("for the better: the share of strugglers who entered treatment")


def test_the_price_of_another_arm_is_not_charged_to_the_named_one():
    rows = [row("tag", MAIN, "better"), *quiet(), row("desk", MAIN, "the same", 0.0), row("desk", HARM, "worse", 9.0)]
    second = sentences(*rows)[1]
    assert "nothing for the worse that we can see" in second
    assert "+9.00" not in second


def test_what_has_no_values_is_not_said_to_be_without_difference():
    rows = [row("tag", MAIN, "better"), row("tag", HARM, "no values"), row("tag", HELP, "no difference seen", 0.001)]
    second = sentences(*rows)[1]
    assert "no difference that we can see in the share of strugglers who entered treatment" in second
    assert second.endswith("the number of rule-breaking posts met cannot be compared.")


@pytest.mark.parametrize("verdict", ["no values", "too few replicates"])
def test_without_a_named_arm_too_what_cannot_be_compared_is_not_said_to_be_without_difference(verdict):
    unseen, unknown = row("tag", HELP, "no difference seen", 0.001), row("tag", HARM, verdict)
    assert sentences(row("tag", MAIN, "no difference seen"), unseen, unknown)[1] == (
        "Nor do we see any in the share of strugglers who entered treatment; "
        "the number of rule-breaking posts met cannot be compared."
    )
    seen = row("tag", HELP, "worse", -0.01)
    assert sentences(row("tag", MAIN, "no difference seen"), seen, unknown)[1] == (
        "Differences are seen elsewhere: the share of strugglers who entered treatment "
        "(\N{MINUS SIGN}1.00 percentage points) under “tag”, worse; "
        "the number of rule-breaking posts met cannot be compared."
    )
    assert sentences(row("tag", MAIN, verdict), unknown, row("tag", HELP, verdict))[1] == (
        "Of the other outcomes shown, the number of rule-breaking posts met and "
        "the share of strugglers who entered treatment cannot be compared."
    )


def test_pairs_are_a_range_where_outcomes_have_more_and_fewer_of_them():
    rows = [
        row("tag", MAIN, "no difference seen", replicates=3),
        row("tag", HARM, "too few replicates", replicates=1),
        row("tag", HELP, "no values", replicates=0),
    ]
    assert "the answer rests on 1 to 3 pairs of runs" in sentences(*rows)[2]
    assert "the answer rests on 1 pair of runs" in sentences(row("tag", MAIN, "a hint", replicates=1))[2]
    other = row("desk", MAIN, "the same", replicates=2)
    assert "rests on 20 pairs" in sentences(row("tag", MAIN, "better"), *quiet(), other)[2]


def test_an_outcome_without_a_direction_is_neither_better_nor_worse():
    rows = [row("tag", MAIN, "better"), row("tag", "struggle_posts", "lower", -8.0)]
    second = sentences(*rows, outcomes=(MAIN, "struggle_posts"))[1]
    assert "neither better nor worse in itself: the number of struggle posts (\N{MINUS SIGN}8.00 posts)" in second
    assert "for the better" not in second


def test_the_last_sentence_counts_worlds_pairs_people_and_assumptions():
    worlds = ("low", "high")
    rows = [row("tag", MAIN, "better"), *quiet(), row("tag", MAIN, "better", scenario="low"),
            row("tag", MAIN, "no difference seen", scenario="high")]  # fmt: skip
    assert sentences(*rows, worlds=worlds)[2] == (
        "Taken alone, 1 of the 2 worlds considered show the same; the answer rests on 20 pairs of runs of 5,000 "
        "simulated people, and 79% of the settings of the model are assumed without a source."
    )
    assert sentences(row("tag", MAIN, "better"), *quiet())[2].startswith(
        "Only one world was considered; the answer rests"
    )


def test_lists_are_written_as_people_write_them():
    assert [listed(""), listed("a"), listed("ab"), listed("abc")] == ["", "a", "a and b", "a, b and c"]
