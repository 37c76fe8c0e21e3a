"""Outcomes in plain words: units, signs, digits, and that no title is left behind."""

import pytest

from experiments.outcome_words import PHRASES, SCALES, TITLES, measure, plain_number, tick_text
from simulation import OUTCOMES


def test_every_title_phrase_and_scale_is_that_of_an_outcome():
    assert {*TITLES, *PHRASES, *SCALES} <= set(OUTCOMES)


def test_every_outcome_has_a_title_and_a_phrase():
    assert all(measure(name).title and measure(name).phrase for name in OUTCOMES)


def test_a_share_is_shown_in_per_cent_and_its_difference_in_percentage_points():
    share = measure("support_reach_7d")
    assert share.value(0.283) == "28.3%"
    assert share.difference(-0.0123) == "\N{MINUS SIGN}1.23 percentage points"
    assert share.size(-0.0123) == "1.23 percentage points"
    assert share.phrase == "the share of strugglers reached by support in 7 days"


def test_a_scale_from_0_to_1_is_no_share():
    assert measure("stigma").value(0.45) == "0.45 on a scale from 0 to 1"


def test_an_outcome_of_ones_own_is_shown_by_its_name():
    assert measure("my_own").title == "My own"
    assert measure("my_own").value(2.0) == "2.00"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (1234.5, "1,234"), (12.34, "12.3"), (0.283, "0.28"), (0.0471, "0.047"), (0.00094, "0.0009"),
     (-3.0, "\N{MINUS SIGN}3.00"), (None, "\N{EN DASH}"), (float("nan"), "\N{EN DASH}"), (1e-9, "0")],
)  # fmt: skip
def test_numbers_have_as_many_digits_as_count(number, text):
    assert plain_number(number) in (text, f"{text}.00")


def test_ticks_are_round_and_signed():
    assert [tick_text(value, signed=True) for value in (-2.5, 0.0, 5.0)] == ["\N{MINUS SIGN}2.5", "0", "+5"]
    assert tick_text(12.5, "%") == "12.5%"
