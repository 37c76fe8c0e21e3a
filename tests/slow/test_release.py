"""What is released works where nothing but it and what it asks for is installed, far from its sources."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.test_project import ROOT, kept_files

PROGRAMS = Path(sys.executable).parent
PROGRAM = ROOT / "tests" / "typing" / "program.py"
OPEN = {"Person", "PersonView", "SupportNetworkModel", "Emulator", "rule_of"}
"""What stands on a class of Mesa's or of scikit-learn's, which ship no types: to pyright it is partly unknown."""


class Release(NamedTuple):
    """The files that are released."""

    wheel: Path
    sdist: Path


def call(words: Sequence[str | Path], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call a program in a folder, knowing nothing of the sources and of the environment that the tests run in."""
    unknown = {"PYTHONPATH", "VIRTUAL_ENV", "MYPYPATH"}
    known = {name: value for name, value in os.environ.items() if name not in unknown} | environment
    return subprocess.run(words, cwd=cwd, env=known, capture_output=True, text=True, check=False)


def said(words: Sequence[str | Path], cwd: Path, **environment: str) -> str:
    """What a program that must succeed writes."""
    done = call(words, cwd, **environment)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The source distribution, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("release")
    said([PROGRAMS / "uv", "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder,
          ROOT], folder)  # fmt: skip
    return Release(next(folder.glob("*.whl")), next(folder.glob("*.tar.gz")))


@pytest.fixture(scope="module")
def installed(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which the wheel and what it asks for are installed, in the locked versions."""
    folder = tmp_path_factory.mktemp("installed")
    said([PROGRAMS / "uv", "venv", "--quiet", "--python", sys.executable, folder / "env"], folder)
    said([PROGRAMS / "uv", "pip", "install", "--quiet", "--python", folder / "env", "--constraints",
          ROOT / "requirements.lock", release.wheel], folder)  # fmt: skip
    return folder / "env" / "bin"


def in_packages(names: Sequence[str]) -> set[str]:
    """The names that lie in one of the two packages."""
    return {name for name in names if name.startswith(("simulation/", "experiments/"))}


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_both_packages_and_the_studies(release):
    kept = [path.relative_to(ROOT).as_posix() for path in kept_files()]
    configs = {f"experiments/{name}" for name in kept if name.startswith("configs/")}
    assert in_packages(zipfile.ZipFile(release.wheel).namelist()) == in_packages(kept) | configs


@pytest.mark.slow
def test_the_source_distribution_is_the_repository(release):
    with tarfile.open(release.sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    kept = {path.relative_to(ROOT).as_posix() for path in kept_files()}
    assert kept - held == set()
    assert held - kept == {"PKG-INFO"}


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_main_study_runs_from_the_installed_wheel(installed, tmp_path):
    supportnet, compiled = installed / "supportnet", str(tmp_path / "compiled")
    where = said([installed / "python", "-c", "import simulation, experiments; print(simulation.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    listed = said([supportnet, "list", "studies", "--json"], tmp_path)
    files = {row["study"]: Path(row["file"]) for row in json.loads(listed)}
    assert files["main-small"].is_relative_to(installed.parent)
    for name in ("main-small", "posterior", "ridge", "table"):
        said([supportnet, "check", files[name]], tmp_path)
    said([supportnet, "run", files["main-small"], "-o", "out"], tmp_path, NUMBA_CACHE_DIR=compiled)
    assert (tmp_path / "out" / "figures" / "summary.png").stat().st_size > 0
    said([supportnet, "report", "out"], tmp_path)
    assert (tmp_path / "out" / "report.html").stat().st_size > 0
    said([supportnet, "init", "mine.yaml"], tmp_path)
    said([supportnet, "check", "mine.yaml"], tmp_path)


@pytest.mark.slow
def test_what_belongs_to_an_extra_is_asked_for_in_one_sentence(installed, tmp_path):
    answer = call([installed / "supportnet", "app"], tmp_path)
    assert answer.returncode == 2
    assert "supportnet[app]" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a user, in a folder of its own."""
    return Path(shutil.copy(PROGRAM, tmp_path_factory.mktemp("program")))


@pytest.mark.slow
def test_the_program_of_a_user_runs_without_a_warning(installed, program):
    results = program.parent / "results"
    said([installed / "python", "-W", "error", program, results], program.parent, NUMBA_DISABLE_JIT="1")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_mypy_finds_nothing_wrong_in_the_program_of_a_user(installed, program):
    said([PROGRAMS / "mypy", "--strict", "--config-file=", "--python-executable", installed / "python", program],
         program.parent)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_pyright_finds_nothing_wrong_in_the_program_of_a_user(installed, program):
    (program.parent / "pyrightconfig.json").write_text('{"strict": ["*.py"]}', encoding="utf-8")
    said([PROGRAMS / "pyright", "--pythonpath", installed / "python", "--project", program.parent], program.parent)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("package", ["simulation", "experiments"])
def test_no_type_is_unknown_but_for_what_stands_on_packages_without_types(installed, tmp_path, package):
    path = os.pathsep.join([str(installed), os.environ["PATH"]])
    answer = call(
        [PROGRAMS / "pyright", "--verifytypes", package, "--ignoreexternal", "--outputjson"], tmp_path,
        PATH=path, VIRTUAL_ENV=str(installed.parent),
    )  # fmt: skip
    symbols = json.loads(answer.stdout)["typeCompleteness"]["symbols"]
    exported = [item for item in symbols if item["isExported"]]
    assert len(exported) > 1000
    unknown = {item["name"] for item in exported if not (item["isTypeKnown"] or item["isTypeAmbiguous"])}
    assert {name for name in unknown if not OPEN.intersection(name.split("."))} == set()
