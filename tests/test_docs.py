"""The pages of the documentation do what they say: every piece of Python and every study on them is run."""

import re
from pathlib import Path

import pytest

from experiments import Study

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = ("comparing.md", "interchange.md", "replay.md", "results.md", "sensitivity.md", "studies.md")


def blocks(page, language):
    """The fenced pieces of a page in a language, with the line on which each begins."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [(text.count("\n", 0, match.start()) + 2, match[1]) for match in found]


def run_page(page, given):
    """Run the Python of a page from top to bottom in one namespace; a failure names the line of the page."""
    names = dict(given)
    for line, code in blocks(page, "python"):
        exec(compile("\n" * (line - 1) + code, page, "exec"), names)
    return names


@pytest.mark.parametrize("page", [*PAGES, "teaching.md"])
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    assert blocks(page, "python"), "a page without Python needs no such test"
    monkeypatch.chdir(tmp_path)
    run_page(page, {"__name__": "__main__"})


@pytest.mark.parametrize("page", PAGES)
def test_the_study_files_of_a_page_are_correct(page, tmp_path):
    for line, text in blocks(page, "yaml"):
        (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "points.csv").write_text("beliefs.stigma_mean,agents\n0.3,500\n0.45,1000\n")
        assert Study.from_file(tmp_path / "study.yaml").number_of_runs > 0, f"{page}:{line}"
