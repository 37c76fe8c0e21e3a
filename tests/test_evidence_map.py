"""The page on the evidence: every row points to something that the model has, or says why it does not."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "evidence_map.py"


def loaded():
    """The script that writes the page."""
    described: Any = importlib.util.spec_from_file_location("evidence_map", SCRIPT)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


EVIDENCE = loaded()


def test_the_page_is_up_to_date():
    assert EVIDENCE.main(["--check"]) == 0


def test_every_row_of_the_inventory_is_there_once_and_in_order():
    assert [row.number for row in EVIDENCE.ROWS] == list(range(1, 100))


def test_every_name_on_the_page_is_one_that_the_model_has():
    assert EVIDENCE.unknown_pointers() == []


@pytest.mark.parametrize("row", EVIDENCE.ROWS, ids=lambda row: f"A-{row.number}")
def test_a_row_points_to_what_stands_for_it_or_says_why_nothing_does(row):
    classes = row.classes.split()
    assert classes
    assert set(classes) <= set(EVIDENCE.CLASSES)
    assert row.concept
    if "CTX" in classes:
        assert not row.pointers
        assert row.note
    elif not row.pointers:
        assert row.note.startswith("left out: ")


def test_what_a_row_is_called_is_what_it_points_to():
    """A row called an intervention points to one or to a lever, an outcome to an outcome; or a remark says how."""
    wanted = {"IN": {"intervention", "lever"}, "OUT": {"outcome"}, "PA": {"parameter", "lever", "network-setting"}}
    for row in EVIDENCE.ROWS:
        kinds = {kind for kind, _ in EVIDENCE.pointers_of(row)}
        for each in row.classes.split():
            if row.pointers and each in wanted:
                assert kinds & wanted[each] or row.note, row


def test_every_intervention_of_the_model_stands_for_something_that_the_sources_name():
    """Those that the sources do not name come from the studies of norms, contact, feeds and unanswered posts."""
    named = {name.split(".")[0] for row in EVIDENCE.ROWS for kind, name in EVIDENCE.pointers_of(row)
             if kind in {"intervention", "lever"}}  # fmt: skip
    others = set(EVIDENCE.INTERVENTIONS) - named
    assert others == {"contact", "norm_correction", "routing"}


@pytest.mark.parametrize(
    "pointer", ["outcome:happiness", "intervention:hashtga", "lever:hashtag.bredth", "outcom:views"]
)
def test_a_name_that_the_model_does_not_have_is_found(pointer, monkeypatch, capsys, tmp_path):
    row = EVIDENCE.Row(1, "something", "OUT", pointer)
    monkeypatch.setattr(EVIDENCE, "ROWS", (row,))
    assert EVIDENCE.unknown_pointers() == [f"1: {pointer}"]
    assert EVIDENCE.main([], tmp_path / "page.md") == 1
    assert pointer in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


def test_a_stale_page_fails_the_check_until_it_is_written(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("old")
    assert EVIDENCE.main(["--check"], page) == 1
    assert "page.md is out of date" in capsys.readouterr().err
    assert EVIDENCE.main([], page) == 0
    assert EVIDENCE.main(["--check"], page) == 0
