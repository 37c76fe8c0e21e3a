"""Pages that scripts write from kept results: they stand as the scripts would write them, and say what was measured."""

import math

import numpy as np
import polars as pl
import pytest

from experiments import Study
from scripts import convergence, how_many_people, page_parts, reference_results

SCRIPTS = (convergence, how_many_people, reference_results)
PAGE = "before\n<!-- made: numbers -->\nold\n<!-- end -->\nafter\n"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.PAGE.stem)
def test_a_page_stands_as_its_script_writes_it(script):
    assert script.write(True) == 0


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.PAGE.stem)
def test_every_picture_of_a_page_is_there_and_described(script):
    lines = [line for line in script.PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("![")]
    assert lines
    for line in lines:
        words, _, path = line[2:].removesuffix(")").rpartition("](")
        assert len(words) > 100
        assert (page_parts.DOCS / path).is_file()


# --- parts of a page --------------------------------------------------------------------------------------------------


def test_a_part_is_replaced_and_the_rest_stays():
    text = page_parts.filled(PAGE, {"numbers": "new\n"})
    assert text == "before\n<!-- made: numbers -->\n\nnew\n\n<!-- end -->\nafter\n"
    assert page_parts.filled(text, {"numbers": "new\n"}) == text


@pytest.mark.parametrize("parts", [{}, {"number": "new"}, {"numbers": "new", "more": "new"}])
def test_marks_and_parts_must_be_the_same(parts):
    with pytest.raises(KeyError):
        page_parts.filled(PAGE, parts)


def test_a_stale_page_fails_the_check_which_writes_nothing(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    assert page_parts.write_or_check(page, {"numbers": "new"}, check=True) == 1
    assert "page.md is out of date" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == PAGE
    assert page_parts.write_or_check(page, {"numbers": "new"}, check=False) == 0
    assert page_parts.write_or_check(page, {"numbers": "new"}, check=True) == 0


def test_what_is_kept_can_be_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(page_parts, "REFERENCE", tmp_path)
    page_parts.keep("made", numbers=pl.DataFrame({"name": ["a", "b"], "value": [1.23456789, math.nan]}))
    assert page_parts.kept("made", "numbers").to_dicts() == [
        {"name": "a", "value": 1.23457},
        {"name": "b", "value": None},
    ]


def test_a_page_says_for_which_defaults_it_was_made():
    sentence = page_parts.made_with(page_parts.telling(Study()))
    assert all(f"`{path}` " in sentence for path in page_parts.TELLING)


# --- statistics -------------------------------------------------------------------------------------------------------


def test_a_mean_has_students_interval_from_three_values_on():
    mean, half = page_parts.mean_and_half(np.array([1.0, 2.0, 3.0]))
    assert mean == 2.0
    assert half == pytest.approx(4.302653 / math.sqrt(3))
    assert math.isnan(page_parts.mean_and_half(np.array([1.0, 2.0]))[1])


def test_the_replicates_that_are_needed_make_the_interval_narrow_enough():
    enough = int(convergence.needed(1.0, 0.2))
    assert convergence.half_width(1.0, enough) <= 0.2 < convergence.half_width(1.0, enough - 1)
    assert convergence.needed(1.0, 1e-6) == "> 10,000"


def runs(factor, values):
    """Final values of one outcome in the baseline: one row per level of a factor and seed."""
    rows = [(level, "none", seed, "views", value) for level, some in values.items() for seed, value in enumerate(some)]
    return pl.DataFrame(rows, (factor, "arm", "replicate", "outcome", "value"), orient="row")


def test_changes_are_taken_in_pairs_of_equal_seeds():
    values = {15.0: [1.0, 10.0, 100.0], 60.0: [0.5, 9.5, 99.5]}
    found = convergence.changes(runs("step_minutes", values), "step_minutes", 15.0)
    assert found["change"].to_list() == [0.0, -0.5]
    assert found["half"].to_list() == [0.0, 0.0]


def test_the_limit_of_short_steps_is_found_on_a_straight_line():
    values = {step: [base - 0.1 * step for base in (1.0, 5.0, 9.0)] for step in convergence.STEPS}
    found = convergence.slopes(runs("step_minutes", values))
    assert found["change"][0] == pytest.approx(-0.1 * convergence.USUAL)


def test_the_sizes_without_an_interval_are_named_under_the_table_of_replicates():
    lack = page_parts.kept("people", "means").group_by("agents").agg(pl.col("half").is_null().all())
    told = how_many_people.replicates().split("\n\n")[1]
    assert [f"{agents:,} people have" in told for agents in lack["agents"]] == lack["half"].to_list()
    assert lack["half"].sum() == 1


def test_two_sizes_differ_only_where_it_is_clear_and_large_enough():
    rows = [("views", 1, 1.5, 1e-4), ("views", 2, 1.5, 0.2), ("views", 3, 1.01, 1e-9), ("views", 4, None, None)]
    found = pl.DataFrame(rows, ("outcome", "agents", "ratio", "p"), orient="row")
    said = [how_many_people.verdict(found, "views", agents) for agents in (1, 2, 3, 4)]
    assert said == ["**+50%**", "no", "no", "no"]
