"""Figures: the numbers behind the lines, and that the same tables give the same picture."""

import math
import re

import polars as pl
import pytest
from matplotlib.colors import to_hex

from experiments.figures import COLOURS, FIRST_COLOUR, MOST_ROWS, Words, curve, looks, picture, summary_figure
from experiments.figures.summary import SETTINGS, in_words
from experiments.summary import summary_table
from simulation import Parameters, declarations

USUAL = ("normalization", "prevalence", "adoption", "supported_within_24h", "harm_exposure")


def outcomes(arms=("none", "tag"), scenarios=("-",), replicates=3, names=USUAL, days=5):
    rows = [
        ("s", scenario, arm, r, 100 + r, 96 * day, float(day), group, name, 0.1 * (1 + a) + 0.01 * day + 0.001 * r)
        for scenario in scenarios
        for a, arm in enumerate(arms)
        for r in range(1, replicates + 1)
        for day in range(days)
        for group in ("all", "trainee=yes")
        for name in names
    ]
    columns = ["study", "scenario", "arm", "replicate", "seed", "step", "day", "group", "outcome", "value"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def figure_of(table, **words):
    return summary_figure({"outcomes": table}, Words(**words))


def values(*numbers):
    return pl.DataFrame({"day": [0.0] * len(numbers), "value": list(numbers)})


def test_a_line_is_the_mean_and_its_band_students_interval():
    found = curve(values(1.0, 2.0, 3.0))
    half = 4.302653 * 1.0 / math.sqrt(3)
    assert found.mean[0] == pytest.approx(2.0)
    assert (found.lower[0], found.upper[0]) == (pytest.approx(2 - half, rel=1e-6), pytest.approx(2 + half, rel=1e-6))


def test_two_replicates_show_their_range_and_one_shows_none():
    two, one = curve(values(1.0, 4.0)), curve(values(1.0))
    assert (two.lower[0], two.upper[0]) == (1.0, 4.0)
    assert math.isnan(one.lower[0])


def test_the_four_panels_show_everybody_over_days():
    axes = figure_of(outcomes()).axes
    titles = [place.get_title(loc="left") for place in axes]
    assert titles[0] == "How common people believe struggling to be"
    assert len(titles) == 4
    line = axes[1].lines[0]
    assert list(line.get_xdata()) == [0, 1, 2, 3, 4]
    assert line.get_ydata()[0] == pytest.approx(0.1 + 0.002)


def test_true_prevalence_is_the_dashed_reference_of_the_first_panel():
    first = figure_of(outcomes()).axes[0]
    assert any("dashed: true share" in text.get_text() for text in first.texts)
    assert len(first.lines) == 3


def test_the_baseline_is_black_and_no_two_arms_look_alike():
    arms = [f"arm {i}" for i in range(10)]
    found = looks(arms, "arm 3")
    assert found["arm 3"].colour == FIRST_COLOUR
    assert len({(look.colour, str(look.dashes)) for look in found.values()}) == 10


def test_arms_that_combine_two_things_share_colours_and_dashes():
    found = looks(["none", "none, desk", "tag", "tag, desk"], "none")
    assert found["tag"].colour == found["tag, desk"].colour == COLOURS[0]
    assert found["none, desk"].dashes == found["tag, desk"].dashes != found["tag"].dashes


def test_colours_are_those_that_colour_blind_readers_tell_apart():
    okabe_ito = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7"}
    assert {to_hex(colour) for colour in (FIRST_COLOUR, *COLOURS)} == okabe_ito


@pytest.mark.parametrize("number", [1, 2, 5, 10])
def test_one_arm_and_ten_arms_are_all_in_the_legend(number):
    arms = [f"arm {i}" for i in range(number)]
    legend = figure_of(outcomes(arms, days=3), arms=arms).legends[0]
    assert [text.get_text() for text in legend.get_texts()] == arms


def test_scenarios_are_rows_with_one_scale_and_too_many_are_sampled():
    scenarios = [f"beliefs.stigma_mean=0.{i}" for i in range(1, 10)]
    figure = figure_of(outcomes(scenarios=scenarios[:3], days=2))
    assert len(figure.axes) == 12
    assert figure.axes[0].get_ylim() == figure.axes[4].get_ylim()
    many = figure_of(outcomes(scenarios=scenarios, days=2))
    assert len(many.axes) == 4 * MOST_ROWS
    assert "6 of 9 scenarios are shown" in many.texts[-1].get_text().replace("\n", " ")


def test_scenarios_are_named_in_words_where_there_are_some():
    two = ["beliefs.stigma_mean=0.3", "beliefs.stigma_mean=0.6"]
    texts = {text.get_text() for place in figure_of(outcomes(scenarios=two, days=2)).axes for text in place.texts}
    assert {"mean stigma = 0.3", "mean stigma = 0.6"} <= texts
    assert in_words("beliefs.stigma_mean=0.3, distress.cut=2, x") == "mean stigma\n= 0.3\ndistress.cut\n= 2\nx"
    assert set(SETTINGS) <= {item.path for item in declarations(Parameters)}


def test_the_caption_says_what_lines_and_bands_are():
    caption = figure_of(outcomes(), people=500, seed=42).texts[-1].get_text().replace("\n", " ")
    assert "means of 3 replicates" in caption
    assert "95% interval of the mean" in caption
    assert "500 simulated people" in caption
    assert "Seed of the study: 42" in caption


def test_shares_are_shown_as_per_cent():
    figure = figure_of(outcomes())
    axis = figure.axes[1].yaxis
    assert axis.get_major_formatter()(0.125) == "12.5%"


def test_other_outcomes_are_shown_when_none_of_the_usual_ones_was_kept():
    figure = figure_of(outcomes(names=("distress", "isolation")))
    assert [place.get_title(loc="left") for place in figure.axes] == ["distress", "isolation"]


def test_a_study_without_values_still_makes_a_page():
    table = outcomes().with_columns(value=pl.lit(float("nan")))
    assert picture(figure_of(table)).startswith(b"\x89PNG")


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_same_tables_give_the_same_bytes(ending):
    first, second = (picture(figure_of(outcomes(), title="Why?"), ending) for _ in range(2))
    assert first == second
    assert not re.search(rb"20\d\d-\d\d-\d\d", first)


def test_the_small_table_holds_what_stood_at_the_end():
    table = summary_table([outcomes()])
    assert table["arm"].to_list() == ["none", "tag"]
    assert table["normalization"][0] == pytest.approx(0.1 + 0.04 + 0.002)
    assert table["replicates"].to_list() == [3, 3]


def test_a_jump_in_the_first_days_does_not_flatten_the_rest_and_the_caption_says_so():
    early = (pl.col("outcome") == "supported_within_24h") & (pl.col("day") == 0)
    table = outcomes(days=20).with_columns(value=pl.when(early).then(1.0).otherwise(pl.col("value")))
    figure = figure_of(table)
    assert figure.axes[2].get_ylim()[1] < 0.6
    assert "Lines may leave a panel" in figure.texts[-1].get_text().replace("\n", " ")
    assert "Lines may leave a panel" not in figure_of(outcomes(days=20)).texts[-1].get_text().replace("\n", " ")
