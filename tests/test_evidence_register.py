"""The evidence register: every declaration is on its page, and uses of facts are read from the declarations."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from experiments.register import levers_with_evidence, plausible_range, rows_in, settings_of, standing, use_of
from simulation import Parameters, declarations, parameter
from simulation.records import Record

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "evidence_register.py"


def loaded():
    """The script that writes the page."""
    described: Any = importlib.util.spec_from_file_location("evidence_register", SCRIPT)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


REGISTER = loaded()
SETTINGS = settings_of(type(Parameters().network))


def test_the_page_is_up_to_date():
    assert REGISTER.main(["--check"]) == 0


def test_every_empirical_setting_and_lever_is_on_the_page_once():
    text = REGISTER.PAGE.read_text(encoding="utf-8")
    for item in (*SETTINGS, *levers_with_evidence()):
        assert text.count(f"\n| `{item.path}` |") == 1, item.path


def test_a_stale_page_fails_the_check_until_it_is_written(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("old")
    assert REGISTER.main(["--check"], page) == 1
    assert "page.md is out of date" in capsys.readouterr().err
    assert REGISTER.main([], page) == 0
    assert REGISTER.main(["--check"], page) == 0


def test_ranks_stand_beside_the_settings_that_have_one():
    assert "| 7 | Mean personal stigma. |" in REGISTER.page({"beliefs.stigma_mean": "7"})


class Made(Record):
    """Settings for which all cases are known."""

    narrow: float = parameter(1.0, "x", plausible=(0.8, 1.2), source="C-01", grade="V")
    wide: float = parameter(1.0, "x", plausible=(0.1, 2.0), source="C-01", grade="V")
    found: float = parameter(1.0, "x", plausible=(0.1, 2.0), identified_by="6% (C-32)")
    assumed: float = parameter(1.0, "x", plausible=(0.9, 1.1))
    alone: float = parameter(1.0, "x", plausible=(1.0, 1.0))
    switch: bool = parameter(True, "x")
    size: int = parameter(5, "x", plausible=(1, 9), grade="-")


@pytest.mark.parametrize(
    ("name", "is_free"),
    [("narrow", False), ("wide", True), ("found", False), ("assumed", True), ("alone", False), ("switch", False),
     ("size", False)],
)  # fmt: skip
def test_a_setting_is_free_where_nothing_fixes_its_value(name, is_free):
    assert standing({item.path: item for item in declarations(Made)}[name]).is_free == is_free


def test_a_wide_range_above_zero_is_taken_by_orders_of_magnitude():
    by_path = {item.path: item for item in declarations(Made)}
    assert plausible_range(by_path["wide"]).scale == "log"
    assert plausible_range(by_path["narrow"]).scale == "linear"


def test_rows_of_facts_are_read_from_words():
    assert rows_in("C-34 to C-36 (shape), C-07b, per graph and N") == {"C-34", "C-35", "C-36", "C-07b"}
    assert rows_in("retweet latency") == set()


def test_the_use_of_a_fact_tells_what_was_found_from_it_from_what_only_leans_on_it():
    known = list(declarations(Made))
    assert use_of(["C-32"], known) == (("found",), ())
    assert use_of(["C-01"], known).in_words == "its source: narrow, wide"
    assert use_of(["C-99"], known).in_words == "no"
    assert "reactions.age_power" in use_of(["C-33"], SETTINGS).found_from
