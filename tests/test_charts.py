"""Plain charts for notebooks: the numbers behind them, their words, and that nothing is hidden."""

import math

import numpy as np
import pytest

from experiments.figures import COLOURS, FIRST_COLOUR, bars, dots, lines


def axes_of(figure):
    return figure.axes[0]


def test_a_line_goes_through_the_numbers_given_and_the_dashed_one_is_grey():
    figure = lines(
        {"a": ([0, 1, 2], [3.0, 4.0, 5.0]), "truth": ([0, 2], [1.0, 1.0])}, "T", "day", "share", dashed=["truth"]
    )
    axes = axes_of(figure)
    assert list(axes.lines[0].get_ydata()) == [3.0, 4.0, 5.0]
    assert axes.lines[0].get_color() == COLOURS[0]
    assert axes.lines[1].get_linestyle() == "--"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "truth"]
    assert figure.description == "T share against day: a ends at 5, truth ends at 1."


def test_title_axes_and_units_stand_on_every_chart():
    for figure in (
        lines({"a": ([0, 1], [1, 2])}, "A title", "day", "posts"),
        bars({"one": {"a": 1.0}}, "A title", "posts"),
        dots({"one": [1.0, 2.0]}, "A title", "posts"),
    ):
        axes = axes_of(figure)
        written = [axes.get_title(loc="left"), axes.get_xlabel(), *(text.get_text() for text in axes.texts)]
        assert "A title" in written
        assert "posts" in written
        assert "posts" in figure.description


def test_bars_are_as_high_as_their_numbers_and_carry_them():
    figure = bars({"one": {"a": 1.5, "b": 2.0}, "two": {"b": 4.0, "a": 3.0}}, "T", "posts")
    axes = axes_of(figure)
    assert [patch.get_height() for patch in axes.patches] == [1.5, 3.0, 2.0, 4.0]
    assert {"1.5", "3", "2", "4"} <= {text.get_text() for text in axes.texts}
    assert axes.patches[0].get_facecolor() != axes.patches[2].get_facecolor()
    assert FIRST_COLOUR == "#000000"


def test_dots_carry_their_mean_and_students_interval():
    values = [1.0, 2.0, 3.0]
    figure = dots({"a": values, "b": [2.0]}, "T", "points")
    axes = axes_of(figure)
    assert sorted(axes.collections[0].get_offsets()[:, 0]) == values
    half = 4.302653 / math.sqrt(3)
    ends = [segment[:, 0] for bar in axes.containers for segment in bar.lines[2][0].get_segments()]
    assert ends[0] == pytest.approx([2.0 - half, 2.0 + half], rel=1e-6)
    assert ends[1] == pytest.approx([2.0, 2.0])


def test_zero_is_marked_only_where_numbers_lie_on_both_sides_of_it():
    far, around = (
        axes_of(dots({"a": np.array(values)}, "T", "x")) for values in ([18.0, 18.5, 19.0], [-1.0, 0.0, 1.0])
    )
    assert far.get_xlim()[0] > 16
    vertical = [line for line in around.lines if list(line.get_xdata()) == [0.0, 0.0]]
    assert len(vertical) == 1
