"""The repository itself: what its pages say is true, and its settings lie where they should."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for package in ("simulation", "experiments") for path in (ROOT / package).rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "results" / "README.md"])
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".cff", ".lock", ".ipynb", ".cfg", ".txt", ".csv", ""}
NOT_OURS = {".git", ".venv", ".uv", ".nox", "__pycache__", "data", "build", "dist", "uv.lock"}


def read(name: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def described() -> dict:
    """The contents of pyproject.toml."""
    return tomllib.loads(read("pyproject.toml"))


def kept_files() -> list[Path]:
    """Every file that the repository keeps, or would keep if it were added now; all files where git cannot say."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
        return [ROOT / name for name in listed if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS.intersection(path.parts)]


def texts() -> Iterator[tuple[Path, str]]:
    """Every kept file of text, with its text; but for this one, which names what it looks for, and hostile ones."""
    for path in kept_files():
        if path.suffix in TEXT and path != Path(__file__).resolve() and "corpus" not in path.parts:
            yield path, path.read_text(encoding="utf-8")


def first(pattern: str, text: str) -> str:
    """What the group of a pattern holds where it first matches."""
    match = re.search(pattern, text, flags=re.MULTILINE)
    assert match, f"nothing matches {pattern}"
    return match[1]


def offenders(pattern: str) -> list[str]:
    """Where a pattern stands, as file:line."""
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if found.search(line)
    ]


def python_blocks(page: str) -> list[str]:
    """The Python examples of a page."""
    return re.findall(r"^```python\n(.*?)^```", read(page), flags=re.MULTILINE | re.DOTALL)


def targets() -> set[str]:
    """The targets that the Makefile explains."""
    return set(re.findall(r"^([a-z]+):.*##", read("Makefile"), flags=re.MULTILINE))


# ---------------------------------------------------------------- commands


def test_the_readme_names_the_two_commands():
    assert {"run", "test"} <= set(re.findall(r"^make (\w+)", read("README.md"), flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_command_that_a_page_names_exists(page):
    named = set(
        re.findall(r"(?:^|`)make ([a-z]+)(?=`|\s*#|\s*$)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert named <= targets()


def test_every_target_of_the_makefile_is_explained_and_phony():
    phony = set(first(r"^\.PHONY: (.*)$", read("Makefile")).split())
    assert phony == targets()


def test_the_pages_use_only_subcommands_that_the_command_line_has():
    answer = subprocess.run(
        [sys.executable, "-m", "experiments.cli", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    named = set(re.findall(r"^(?:uv run )?supportnet (\w+)", read("README.md"), flags=re.MULTILINE))
    assert named
    assert named <= set(re.findall(r"\w+", answer.stdout))


def test_continuous_integration_calls_nothing_but_make():
    called = set(re.findall(r"^make (\w+)$", read(".ci/run"), flags=re.MULTILINE))
    assert called == {"test", "slow", "oldest"}
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize("package", ["simulation", "experiments"])
def test_no_public_name_leads_to_the_module_that_defines_it(package):
    code = f"from {package} import *; import {package}, types; here = dict(globals())\n"
    code += f"names = {package}.__all__; assert names\n"
    code += "assert not [name for name in names if isinstance(here[name], types.ModuleType)]"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_path_of_the_readme_exists():
    paths = re.findall(r"(?<![\w/.])(?:configs|simulation|experiments|docs|tests)/[\w./-]*\w", read("README.md"))
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize("example", python_blocks("README.md"))
def test_the_python_examples_of_the_readme_run(example):
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip()


def test_decisions_are_numbered_one_after_the_other():
    pages = sorted(path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md")
    assert [int(path.name[:4]) for path in pages] == list(range(1, len(pages) + 1))
    for path in pages:
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]} ")


def test_the_glossary_owns_the_words_of_the_model():
    words = set(re.findall(r"\*\*([\w -]+)\*\*", read("docs/glossary.md").lower()))
    people = "agent trainee author follower arc view adopter"
    others = "post struggle reply tag stigma desk scenario arm replicate outcome"
    assert {*people.split(), *others.split()} <= words


def test_no_signature_of_the_simulation_calls_a_person_by_another_word():
    wrong = {"node", "user", "users", "src", "dst", "idx"}  # "nodes" are what a given network file has
    assert [
        f"{path.relative_to(ROOT)}:{item.lineno}: {item.arg}"
        for path in SOURCES
        if path.is_relative_to(ROOT / "simulation")
        for item in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(item, ast.arg) and item.arg in wrong
    ] == []


# ---------------------------------------------------------------- settings


def test_the_version_is_the_same_wherever_it_is_written():
    version = described()["project"]["version"]
    citation = YAML(typ="safe", pure=True).load(read("CITATION.cff"))
    assert citation["version"] == first(r"^## (\d\S*)", read("CHANGELOG.md")) == version


def test_every_tool_has_its_settings_in_pyproject():
    elsewhere = "setup.cfg setup.py tox.ini pytest.ini mypy.ini .ruff.toml ruff.toml .coveragerc .importlinter"
    assert [name for name in elsewhere.split() if (ROOT / name).exists()] == []
    assert {"pytest", "coverage", "ruff", "mypy", "importlinter", "hatch"} <= set(described()["tool"])


def test_warnings_are_errors_and_unknown_markers_are_refused():
    settings = described()["tool"]["pytest"]["ini_options"]
    assert settings["filterwarnings"][0] == "error"
    assert {"--strict-markers", "--strict-config"} <= set(settings["addopts"])


def test_every_direct_dependency_is_locked_with_hashes():
    project = described()["project"]
    extras = [name for extra in project.get("optional-dependencies", {}).values() for name in extra]
    asked = [line for line in (*project["dependencies"], *extras) if not line.startswith("supportnet")]
    names = {first(r"^([\w.-]+)", line).lower().replace(".", "-") for line in asked}
    entries = re.findall(r"^([a-z0-9-]+)==\S+.*\n    --hash=sha256:", read("requirements.lock"), flags=re.MULTILINE)
    assert names <= set(entries)


def test_the_lock_names_no_package_index():
    assert offenders(r"^\s*(--index|--extra-index|--find-links|-i )") == []
    assert "://" not in read("requirements.lock")


def test_no_text_names_a_machine_or_a_package_registry():
    machine = r"(?<![\w.])/(home|root|Users|work|mnt|opt|tmp|var)/\w|[A-Z]:\\\\Users"
    registry = r"\bpypi\.(org|python)|pythonhosted|/simple/?(\"|'|\s|$)|artifactory|devpi"
    assert offenders(f"{machine}|{registry}") == []


# ---------------------------------------------------------------- sources


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_has_a_docstring(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def full_name(module: str, name: str) -> str:
    """What `from module import name` imports: the module of that name if there is one, else the one it stands in."""
    inside = ROOT / module.replace(".", "/") / name
    return f"{module}.{name}" if inside.is_dir() or inside.with_suffix(".py").exists() else module


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that a file imports."""
    for item in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(item, ast.ImportFrom):
            yield from ((item.lineno, full_name(item.module or "", alias.name)) for alias in item.names)
        elif isinstance(item, ast.Import):
            yield from ((item.lineno, alias.name) for alias in item.names)


def test_no_module_imports_the_root_of_its_own_package():
    assert [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line, name in imported_names(path)
        if name == path.relative_to(ROOT).parts[0]
    ] == []


def test_both_packages_ship_their_types():
    assert (ROOT / "simulation" / "py.typed").exists()
    assert (ROOT / "experiments" / "py.typed").exists()


def test_imports_go_downward_only():
    program = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
