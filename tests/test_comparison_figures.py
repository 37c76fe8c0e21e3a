"""Figures of comparisons: numbers behind the marks, names as they are, titles in words, the same bytes every time."""

import re
import xml.etree.ElementTree as ET

import polars as pl
import pytest

from experiments.figures import (
    forest,
    left_out,
    looks,
    picture,
    pooled_over_scenarios,
    regrets,
    sheet,
    tradeoffs,
    trajectories,
)
from experiments.figures.inline import inline, swatch

ARMS = ("none", "_under $x^2$", '<b>bold</b> & "long" name of an arm that does not fit into one line')
LOOKS = looks(ARMS, "none")


def differences(verdict="better"):
    return pl.DataFrame(
        {
            "outcome": ["support_reach_7d"] * 2 + ["harm_exposure"] * 2,
            "arm": list(ARMS[1:]) * 2,
            "difference": [0.05, 0.01, 20.0, None],
            "lower": [0.02, -0.01, 10.0, None],
            "upper": [0.08, 0.03, 30.0, None],
            "verdict": [verdict, "no difference seen", "worse", "no values"],
        }
    )


def axes_of(drawing):
    return drawing.alone().axes[0]


def test_a_forest_plot_shows_differences_of_shares_in_percentage_points():
    reach = forest(differences(), LOOKS, "none")[0]
    axes = axes_of(reach)
    points = [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    intervals = [tuple(line.get_xdata()) for line in axes.lines if len(set(line.get_xdata())) == 2]
    assert points == pytest.approx([5.0, 1.0])
    assert intervals[0] == pytest.approx((2.0, 8.0))
    assert reach.title == "Strugglers reached by support in 7 days"
    assert reach.note == "difference, percentage points, from “none”"


def test_marks_are_full_only_where_a_difference_is_seen():
    axes = axes_of(forest(differences(), LOOKS, "none")[0])
    faces = [line.get_markerfacecolor() for line in axes.lines if len(line.get_xdata()) == 1]
    assert faces[0] != "#FFFFFF"
    assert faces[1] == "#FFFFFF"


def test_the_axis_says_which_way_is_better():
    reach, harm = (axes_of(drawing) for drawing in forest(differences(), LOOKS, "none"))
    assert reach.get_xlabel() == "better →"
    assert harm.get_xlabel() == "← better"


def test_no_arm_is_dropped_and_every_name_is_whole():
    for drawing in forest(differences(), LOOKS, "none"):
        labels = [label.get_text().replace("\n", " ") for label in axes_of(drawing).get_yticklabels()]
        assert labels == list(ARMS[1:])


def test_an_outcome_without_any_value_has_no_drawing():
    nothing = differences().with_columns(difference=pl.lit(None, dtype=pl.Float64))
    assert forest(nothing, LOOKS, "none") == []


def marks_of(axes):
    return [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1]


@pytest.mark.parametrize("verdict", ["too few replicates", "no values"])
def test_where_nothing_can_be_compared_words_stand_in_place_of_a_mark(verdict):
    rows = differences().with_columns(verdict=pl.lit(verdict), difference=pl.lit(0.0), lower=None, upper=None)
    for drawing in forest(rows.cast({"lower": pl.Float64, "upper": pl.Float64}), LOOKS, "none"):
        axes = axes_of(drawing)
        assert marks_of(axes) == []
        assert [text.get_text() for text in axes.texts] == [verdict] * 2
        assert drawing.description.count(verdict) == 2
        assert list(axes.get_xticks()) == [0.0]


def test_what_is_the_same_everywhere_gets_no_scale_made_up_for_it():
    same = {name: pl.lit(0.0) for name in ("difference", "lower", "upper")}
    rows = differences().with_columns(verdict=pl.lit("the same"), **same)
    axes = axes_of(forest(rows, LOOKS, "none")[0])
    assert marks_of(axes) == [0.0, 0.0]
    assert list(axes.get_xticks()) == [0.0]
    assert len(axes_of(forest(differences(), LOOKS, "none")[0]).get_xticks()) > 2


def test_the_description_says_what_the_forest_plot_shows():
    words = forest(differences(), LOOKS, "none")[0].description
    assert "_under $x^2$: +5.00 percentage points, interval +2.00 to +8.00" in words


def outcomes(days=5):
    rows = [
        (scenario, arm, r, float(day), name, value + 0.1 * (scenario == "b") + 0.01 * day + 0.001 * r)
        for scenario in ("a", "b")
        for arm in ARMS
        for r in (1, 2, 3)
        for day in range(days)
        for name, value in (("normalization", 0.2), ("prevalence", 0.3))
    ]
    return pl.DataFrame(rows, schema=["scenario", "arm", "replicate", "day", "outcome", "value"], orient="row")


def test_a_trajectory_over_all_worlds_is_the_mean_of_each_replicate_over_them():
    pooled = pooled_over_scenarios(outcomes())
    drawing = trajectories(pooled, ["normalization"], LOOKS, "none")[0]
    lines = axes_of(drawing).lines
    assert list(lines[1].get_ydata())[:2] == pytest.approx([25.2, 26.2])
    assert len(lines) == 1 + len(ARMS)


def test_the_true_prevalence_is_a_dashed_line_of_the_baseline():
    drawing = trajectories(pooled_over_scenarios(outcomes()), ["normalization"], LOOKS, "none")[0]
    dashed = axes_of(drawing).lines[0]
    assert dashed.get_linestyle() == "--"
    assert dashed.get_ydata()[0] == pytest.approx(35.2)
    assert drawing.note == "per cent; dashed: true prevalence"


def groups(hidden=False):
    rows = [
        ("never_reached", "role", f"role={role}", arm, 0.5 + 0.1 * place, hidden and role == "faculty")
        for role in ("student", "faculty")
        for place, arm in enumerate(ARMS)
    ]
    return pl.DataFrame(rows, schema=["outcome", "division", "group", "arm", "mean", "hidden"], orient="row")


def test_small_groups_are_hidden_in_figure_and_description():
    open_, closed = left_out(groups(), LOOKS)[0], left_out(groups(hidden=True), LOOKS)[0]
    marks = [
        len([line for line in axes_of(drawing).lines if len(line.get_xdata()) == 1]) for drawing in (open_, closed)
    ]
    assert marks == [6, 3]
    assert "faculty: none too few people to show" in closed.description
    assert any("too few people" in text.get_text() for text in axes_of(closed).texts)


def spots():
    return pl.DataFrame(
        {
            "arm": list(ARMS), "reach": [0.1, 0.2, 0.2],
            "reach_lower": [0.05, 0.1, None], "reach_upper": [0.2, 0.3, None],
            "harm": [40.0, 50.0, 60.0], "harm_lower": [30.0, 40.0, None], "harm_upper": [50.0, 60.0, None],
            "wrong_removals": [0.0, 0.0, 0.0], "wrong_removals_lower": [0.0] * 3, "wrong_removals_upper": [0.0] * 3,
            "non_dominated": [True, True, False],
        }
    )  # fmt: skip


def test_trade_offs_name_every_arm_and_join_those_that_none_dominates():
    drawings = tradeoffs(spots(), LOOKS)
    assert len(drawings) == 1, "arms do not differ in wrong removals"
    axes = axes_of(drawings[0])
    assert sorted(text.get_text().replace("\n", " ") for text in axes.texts) == sorted(ARMS)
    assert list(axes.lines[0].get_xdata()) == pytest.approx([10.0, 20.0])
    assert "not dominated" in drawings[0].description


def test_wrong_removals_are_counted_in_posts_and_not_in_per_cent():
    table = spots().with_columns(wrong_removals=pl.Series([0.0, 3.0, 12.0]))
    wrong = tradeoffs(table, LOOKS)[1]
    assert [text for text in ("3.00 posts", "12.0 posts") if text not in wrong.description] == []
    assert "%" not in [label.get_text()[-1:] for label in axes_of(wrong).get_yticklabels()]


def test_names_beside_marks_do_not_hide_each_other():
    figure = tradeoffs(spots(), LOOKS)[0].alone()
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def regret_rows(scenarios):
    rows = [
        ("support_reach_7d", s, arm, 0.01 * i * (j + 1)) for j, s in enumerate(scenarios) for i, arm in enumerate(ARMS)
    ]
    return pl.DataFrame(rows, schema=["outcome", "scenario", "arm", "regret"], orient="row")


def test_the_regret_map_says_best_or_by_how_much_in_every_world():
    axes = axes_of(regrets(regret_rows(["stigma=0.3", "stigma=0.6"]), ARMS)[0])
    assert [text.get_text() for text in axes.texts] == ["best", "best", "1.00", "2.00", "2.00", "4.00"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.3", "0.6"]
    assert axes.get_xlabel() == "stigma"


def test_a_map_of_many_worlds_has_no_numbers_but_says_how_many_there_are():
    axes = axes_of(regrets(regret_rows([f"stigma={i}" for i in range(30)]), ARMS)[0])
    assert axes.texts[:] == []
    assert "30 worlds" in axes.get_xlabel()


def test_a_sheet_shows_every_drawing_and_every_arm_once():
    drawings = forest(differences(), LOOKS, "none")
    figure = sheet(drawings, "What changes?", list(LOOKS.items()))
    assert len([axes for axes in figure.axes if axes.axison]) == len(drawings)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(ARMS)


def test_the_same_table_gives_the_same_bytes():
    one, two = (picture(sheet(forest(differences(), LOOKS, "none"))) for _ in range(2))
    assert one == two


def test_an_inline_figure_has_title_description_letters_and_names_of_its_own():
    svg = inline(forest(differences(), LOOKS, "none")[0].alone(), "first", "A <title>", 'All & every "word"')
    root = ET.fromstring(svg)
    spaces = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    assert [root.findtext(f"s:{tag}", namespaces=spaces) for tag in ("title", "desc")] == [
        "A <title>",
        'All & every "word"',
    ]
    ids = [item.attrib["id"] for item in root.iter() if "id" in item.attrib]
    assert all(name.startswith("first-") for name in ids)
    targets = {name.removeprefix("#") for name in re.findall(r'href="([^"]+)"', svg)} | set(
        re.findall(r"url\(#([^)]+)\)", svg)
    )
    assert targets <= set(ids)
    text = "".join("".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "_under $x^2$" in text
    assert "<style" not in svg
    assert "var(--fig-1, #0072b2)" in svg.lower()


def test_the_swatch_of_an_arm_is_hidden_from_readers_of_the_screen():
    assert 'aria-hidden="true"' in swatch(LOOKS["none"], line=True)
    assert swatch(LOOKS["none"], line=True) != swatch(LOOKS[ARMS[1]], line=True)
