"""What holds for columns that several interventions hold at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.levers import LEVERS, Levers
from tests.fakes import Stage

SIZE = 6
VALUES = {
    "guideline": st.sampled_from([0.0, 0.1, 0.17]),
    "fear_regime": st.sampled_from([0.3, 0.7, 1.1, 0.123456789]),
    "protected": st.just(True),
    "visibility": st.sampled_from([0.2, 0.3]),
    "minutes_limit": st.sampled_from([0.0, 15.0, 30.0]),
    "overseen": st.just(True),
}
"""Values at which each column may be held."""


@st.composite
def holds(draw):
    """A column, whose, and at which value."""
    column = draw(st.sampled_from(sorted(VALUES)))
    rows = draw(st.lists(st.integers(0, SIZE - 1), unique=True))
    return column, np.array(sorted(rows), dtype=np.int64), draw(VALUES[column])


@pytest.fixture(scope="module")
def engine():
    """Six people, one of them superuser, one guided from the beginning, under a regime that threatens."""
    given = {"guided": [1, 0, 0, 0, 0, 0], "protected": [0, 1, 0, 0, 0, 0]}
    return Stage(SIZE, given=given, beliefs__fear_regime=1.2).engine


def columns(engine):
    return {name: engine.column(name) for name in LEVERS}


def assert_equal(one, other):
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


def test_columns_begin_at_what_the_population_and_the_settings_say(engine):
    Levers(engine)
    assert engine.column("guideline").tolist() == [0.1, 0, 0, 0, 0, 0]
    assert engine.column("protected").tolist() == [False, True, False, False, False, False]
    assert engine.column("visibility").tolist() == [1.0, 0.3, 1.0, 1.0, 1.0, 1.0]
    assert (engine.column("fear_regime") == 1.2).all()
    assert np.isinf(engine.column("minutes_limit")).all()
    assert not engine.column("overseen").any()


@given(st.lists(holds(), max_size=6), st.randoms(use_true_random=False))
def test_what_is_held_does_not_depend_on_the_order_of_starts_and_stops(engine, wanted, random):
    straight = Levers(engine)
    for each in wanted:
        straight.hold(*each)
    expected = columns(engine)
    crooked = Levers(engine)
    passing = [*wanted, *wanted]
    random.shuffle(passing)
    numbers = [(crooked.hold(*each), each) for each in passing]
    random.shuffle(numbers)
    left = list(wanted)
    for number, each in numbers:
        if any(each is other for other in left):
            left = [other for other in left if other is not each]
        else:
            crooked.let_go(number)
    assert_equal(columns(engine), expected)


@given(st.lists(holds(), max_size=6), st.randoms(use_true_random=False))
def test_when_everybody_has_let_go_columns_are_what_they_were(engine, wanted, random):
    levers = Levers(engine)
    before = columns(engine)
    numbers = [levers.hold(*each) for each in wanted]
    random.shuffle(numbers)
    for number in numbers:
        levers.let_go(number)
    assert_equal(columns(engine), before)


def test_each_column_has_its_rule_for_several_hands(engine):
    levers, everybody = Levers(engine), np.arange(SIZE)
    for column, one, other in (
        ("guideline", 0.05, 0.17), ("fear_regime", 0.5, 0.25), ("visibility", 0.3, 0.2), ("minutes_limit", 60.0, 30.0),
    ):  # fmt: skip
        levers.hold(column, everybody, one)
        levers.hold(column, everybody, other)
    assert (engine.column("guideline") == 0.17).all()
    assert (engine.column("fear_regime") == 0.5 * 0.25 * 1.2).all()
    assert (engine.column("visibility") == 0.2).all()
    assert (engine.column("minutes_limit") == 30.0).all()


def test_a_hold_may_have_a_value_for_each(engine):
    levers = Levers(engine)
    levers.hold("minutes_limit", np.array([1, 4]), np.array([10.0, 20.0]))
    assert engine.column("minutes_limit")[[1, 4]].tolist() == [10.0, 20.0]
