"""Every mistake in a study file is told in three parts: where and what, what is allowed, the nearest name.

`broken/NN-name.yaml` is a study file with a mistake (the one that is not UTF-8 says so by its ending);
`broken/NN-name.txt` is the whole message, in which `FILE` stands for the path and a line that ends in ` ...` for any
line that begins so.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app

BROKEN = Path(__file__).parent / "broken"
FILES = sorted(path for path in BROKEN.iterdir() if path.suffix != ".txt")


def message_of(path: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.stdout == ""
    return result.exit_code, result.stderr.replace(str(path), "FILE")


def expected_lines(path: Path) -> list[str]:
    return path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def matches(line: str, pattern: str) -> bool:
    return line.startswith(pattern.removesuffix("...")) if pattern.endswith(" ...") else line == pattern


def test_there_are_twenty_broken_files_and_more():
    assert len(FILES) >= 20
    assert {path.stem for path in FILES} == {path.stem for path in BROKEN.glob("*.txt")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_with_the_message_that_helps(path):
    code, text = message_of(path)
    assert code == 2
    lines = text.splitlines()
    patterns = expected_lines(path)
    assert len(lines) == len(patterns), text
    for line, pattern in zip(lines, patterns, strict=True):
        assert matches(line, pattern), f"{line!r} is not {pattern!r}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_message_names_the_file_and_never_shows_the_code(path):
    _, text = message_of(path)
    first = text.splitlines()[0]
    assert re.match(r"FILE(:\d+)?: ", first), first
    assert "Traceback" not in text
    assert ".py" not in text


@pytest.mark.parametrize("name", ["02-intervention-key.yaml", "11-key-twice.yaml", "25-not-utf8.latin1"])
def test_the_command_itself_says_the_same_and_exits_with_two(name):
    path = BROKEN / name
    command = [sys.executable, "-m", "experiments.cli", "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=BROKEN.parents[1])
    assert done.returncode == 2
    assert done.stderr.replace(str(path), "FILE") == message_of(path)[1]


def test_the_example_of_the_contract_reads_as_it_was_promised():
    _, text = message_of(BROKEN / "02-intervention-key.yaml")
    where, allowed, nearest = text.splitlines()
    assert where == 'FILE:7: arms."general tag"[0].bredth: unknown key'
    assert allowed.startswith("  a hashtag takes: type, ")
    assert nearest == "  did you mean 'breadth'?"


def test_the_page_of_the_command_line_shows_what_the_program_says():
    _, text = message_of(BROKEN / "02-intervention-key.yaml")
    page = Path(__file__).parents[1] / "docs/command-line.md"
    assert text.strip().replace("FILE", "x.yaml") in page.read_text(encoding="utf-8")


def test_all_mistakes_of_a_file_are_told_at_once():
    _, text = message_of(BROKEN / "24-many.yaml")
    assert text.count("FILE:") == 7
