"""The pages on the model and on the engine `agents` say what the code does."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from simulation.agents import Person
from simulation.interventions import INTERVENTIONS
from simulation.outcomes import OUTCOMES
from simulation.parameters import Parameters
from simulation.records import declarations

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "model_tables.py"
MODEL = ROOT / "docs" / "model.md"
AGENTS = ROOT / "docs" / "engine-agents.md"
STALE = "<!-- parameters: reading -->\nold\n<!-- end -->\n"


def examples(page):
    """The Python examples of a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def tables():
    """The script that fills the tables."""
    described: Any = importlib.util.spec_from_file_location("model_tables", SCRIPT)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


# --- tables -------------------------------------------------------------------------------------------------------


def test_the_tables_of_the_page_are_up_to_date(tables):
    assert tables.main(["--check"]) == 0


def test_a_stale_table_fails_the_check_until_it_is_filled(tables, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{STALE}\nafter\n", encoding="utf-8")
    assert tables.main(["--check"], page) == 1
    assert "page.md is out of date" in capsys.readouterr().err
    assert tables.main([], page) == 0
    assert tables.main(["--check"], page) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "\nold\n" not in text
    assert "| `reading.scan_mean` | 62 | posts | 30 to 150 |" in text


def test_checking_writes_nothing(tables, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(STALE, encoding="utf-8")
    tables.main(["--check"], page)
    assert page.read_text(encoding="utf-8") == STALE


def test_a_marker_of_nothing_is_an_error(tables):
    with pytest.raises(KeyError):
        tables.filled(STALE.replace("reading", "writing"))


def test_a_bar_in_a_cell_does_not_end_it(tables):
    assert tables.table(["a"], [["x | y"]]) == "| a |\n| --- |\n| x \\| y |\n"


def first_cells():
    """What stands in code type at the beginning of a row of any table of the page."""
    return set(re.findall(r"^\| (?:I\d+ \| )?`([\w.]+)` \|", MODEL.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_the_page_has_every_parameter_intervention_and_outcome():
    wanted = {each.path for each in declarations(Parameters)} - {"network.rewire"}
    assert wanted | set(INTERVENTIONS) | set(OUTCOMES) <= first_cells()


@pytest.mark.parametrize("value", [True, 0.00047, (0.0, -1.0), None, "none", 28])
def test_values_are_written_as_a_study_file_has_them(tables, value):
    answers = {True: "true", 0.00047: "0.00047", (0.0, -1.0): "0, -1", None: "none", "none": "none", 28: "28"}
    assert tables.written(value) == answers[value]


# --- examples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", examples(AGENTS), ids=["subclass", "data collector", "batch run", "deep copy"])
def test_the_examples_of_the_page_on_the_engine_run(example, capsys):
    exec(compile(example, AGENTS.name, "exec"), {"__name__": "example"})
    assert "assert" in example
    assert "Traceback" not in capsys.readouterr().err


def test_the_page_on_the_engine_names_only_methods_that_a_person_has():
    table = AGENTS.read_text(encoding="utf-8").split("| stage | methods |")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+)`", table)
    assert len(named) > 20
    assert [name for name in named if not callable(getattr(Person, name, None))] == []
