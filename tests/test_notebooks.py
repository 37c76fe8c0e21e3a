"""The teaching notebooks run from top to bottom, hold no output, and give teachers what they promise.

The first lesson and all solutions run here; the other lessons run where the site is built (`tests/slow/test_site.py`).
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
SOLUTIONS = sorted((FOLDER / "solutions").glob("*.ipynb"))
FIRST = LESSONS[0]
SECONDS = 120
"""A notebook takes less than this on an idle machine; a busy one gets ten times as long before a test gives up."""

pytestmark = pytest.mark.filterwarnings("default")  # the kernel's own plumbing warns; what notebooks run has its tests


def name(path):
    return str(path.relative_to(FOLDER).with_suffix(""))


def read(path):
    return nbformat.read(path, as_version=4)


def words(path):
    """Everything that stands in a notebook."""
    return "\n".join(cell.source for cell in read(path).cells)


def executed(path, folder, data=None):
    """A notebook that was run in a folder with nothing in it, in a kernel that imports this tree."""
    notebook = read(path)
    here = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]), "MPLBACKEND": "agg"}
    env = {**os.environ, **here, **({"SUPPORTNET_DATA": str(data)} if data else {})}
    client = NotebookClient(
        notebook, timeout=10 * SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=env)
    return notebook


def shown(notebook):
    """Every piece of HTML that a notebook shows."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]


def complaints(notebook):
    """What a notebook wrote to standard error."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]


# --- what stands in them ----------------------------------------------------------------------------------------------


def test_notebooks_are_numbered_from_1_to_7_and_each_has_its_solutions():
    assert [path.name[:3] for path in LESSONS] == [f"{number:02d}-" for number in range(1, 8)]
    assert [path.name for path in SOLUTIONS] == [path.name for path in LESSONS]


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=name)
def test_no_output_and_no_number_of_execution_is_stored(path):
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert [cell.id for cell in notebook.cells if cell.metadata] == []


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_has_goals_questions_exercises_a_content_note_and_the_seed_paper(path):
    text = words(path)
    parts = ("After this notebook you can", "## Exercises", "## Sources", "Content note", "To discuss", "7(1):e17598")
    assert [part for part in parts if part not in text] == []
    assert re.search(r"Questions?\b", text)
    assert f"`solutions/{path.name}`" in text


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=name)
def test_the_first_code_of_a_notebook_says_how_to_install_what_is_missing_and_does_nothing(path):
    first = next(cell for cell in read(path).cells if cell.cell_type == "code")
    assert "%pip install" in first.source
    assert all(line.startswith("#") for line in first.source.splitlines())


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_solutions_answer_every_exercise_of_their_lesson(path):
    lesson, solution = words(FOLDER / path.name), words(path)
    exercises = lesson.split("## Exercises")[1].split("Solutions for teachers")[0]
    asked = set(re.findall(r"^(\d+)\. ", exercises, flags=re.MULTILINE))
    heads = " ".join(re.findall(r"^## (Exercises? .*)$", solution, flags=re.MULTILINE))
    assert asked
    assert asked <= set(re.findall(r"\d+", heads))
    questions = re.findall(r"(?:^|Question )(\d+)\.", lesson.split("## Exercises")[0], re.MULTILINE)
    answered = set(re.findall(r"\d+", " ".join(re.findall(r"\*\*([\d, and]+)\.\*\*", solution))))
    assert set(questions) == answered


# --- that they run ----------------------------------------------------------------------------------------------------


def test_the_first_notebook_runs_and_shows_its_pictures(tmp_path):
    notebook = executed(FIRST, tmp_path)
    pictures = [text for text in shown(notebook) if "<svg " in text]
    assert len(pictures) >= 3
    assert all("<desc " in text for text in pictures)
    assert complaints(notebook) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_solutions_run_and_complain_of_nothing(path, tmp_path):
    notebook = executed(path, tmp_path)
    assert any("<svg " in text for text in shown(notebook))
    assert complaints(notebook) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_where_the_physicians_are_not_on_a_machine_a_drawn_network_stands_in_and_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    notebook = executed(FOLDER / "02-silence.ipynb", tmp_path, data=tmp_path / "empty")
    said = "".join(
        output.text for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
        if output.output_type == "stream"
    )  # fmt: skip
    assert "A drawn network of 241 people is used instead" in said
