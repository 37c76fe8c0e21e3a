"""Compiled code finds a folder wherever there is one, and several processes may begin at once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from typer.testing import CliRunner

import experiments.running
from experiments.cli import app
from experiments.provenance import packages

ROOT = Path(__file__).resolve().parents[1]
DRAW = (
    "import simulation._compile as c; from simulation import draws; before = c.is_compiled();"
    " print(c._CACHE, before, draws.uniform(1, 2, 3, 4), c.is_compiled(), sep='|')"
)
TINY = "study: tiny\nbase: {agents: 40, days: 1, warmup_days: 0}\n"
RUN = (
    "import hashlib; from simulation import Hashtag, Moderation, SupportNetworkModel as M;"
    " m = M(agents=60, days=2, warmup_days=1, step_minutes=60.0, rng=1, interventions=[Hashtag(), Moderation()]);"
    " m.run(); print(hashlib.sha256((m.outcomes.write_csv() + m.tables['posts'].write_csv()).encode()).hexdigest())"
)
"""A small world from nothing to a digest of what came of it."""


def start(code: str, home: Path, temporary: Path, *flags: str) -> "subprocess.Popen[str]":
    """Begin a program in a process with this home and this folder for temporary files."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "TMPDIR": str(temporary)}
    command = [sys.executable, *flags, "-c", code]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finished(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What a process said, once it has ended well."""
    said, complained = process.communicate(timeout=600)
    assert process.returncode == 0, complained[-2000:]
    return said.strip(), complained


@pytest.fixture(params=["a file is in the way", "the folder is read-only"])
def closed_home(request, tmp_path: Path) -> Iterator[Path]:
    """A home in which nothing can be written."""
    home = tmp_path / "home"
    if request.param == "a file is in the way":
        home.write_text("")
        yield home
        return
    home.mkdir(mode=0o500)
    if os.access(home, os.W_OK):
        pytest.skip("this user may write everywhere")
    yield home
    home.chmod(0o700)


def test_compiled_code_goes_to_the_user_s_cache(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    said, _ = finished(start(DRAW, tmp_path, tmp_path / "tmp", "-W", "error"))
    folder, before, _, after = said.split("|")
    assert Path(folder).is_relative_to(tmp_path)
    assert not Path(folder).is_relative_to(tmp_path / "tmp")
    assert (before, after) == ("False", "True")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_without_a_cache_of_the_user_s_compiled_code_goes_to_a_private_temporary_folder(
    closed_home: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    said, complained = finished(start(DRAW, closed_home, temporary, "-W", "error"))
    folder, _, number, after = said.split("|")
    private = temporary / f"supportnet-{os.getuid()}"
    assert Path(folder).is_relative_to(private)
    assert private.stat().st_mode & 0o777 == 0o700
    assert after == "True"
    assert complained == ""
    again = finished(start(DRAW, closed_home, temporary, "-W", "error"))[0].split("|")
    assert (again[0], again[1], again[2]) == (folder, "True", number)


def test_a_temporary_folder_in_which_others_may_write_is_not_trusted(closed_home: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    (temporary / f"supportnet-{os.getuid()}").mkdir(parents=True)
    (temporary / f"supportnet-{os.getuid()}").chmod(0o777)
    said, complained = finished(start(DRAW, closed_home, temporary))
    assert said.split("|")[0] == "None"
    assert "compiles anew" in complained
    assert 0.0 <= float(said.split("|")[2]) < 1.0


def test_what_is_not_compiled_needs_no_compiled_code(tmp_path: Path) -> None:
    code = "import os; os.environ['NUMBA_DISABLE_JIT'] = '1'; from simulation import is_compiled; print(is_compiled())"
    assert finished(start(code, tmp_path, tmp_path))[0] == "True"


@pytest.mark.parametrize("compiled", [True, False])
def test_only_a_first_run_says_on_standard_error_that_it_compiles(tmp_path: Path, monkeypatch, compiled: bool) -> None:
    monkeypatch.setattr(experiments.running, "is_compiled", lambda: compiled)
    study = tmp_path / "tiny.yaml"
    study.write_text(TINY)
    done = CliRunner().invoke(app, ["run", str(study), "-o", str(tmp_path / "results"), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["runs"]["ran"] == 1
    assert ("compiling the model" in done.stderr, "compiled in" in done.stderr) == (not compiled, not compiled)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_that_begin_at_once_on_an_empty_cache_come_to_the_same(tmp_path: Path) -> None:
    both = [start(RUN, tmp_path, tmp_path) for _ in range(2)]
    digests = {finished(process)[0] for process in both}
    digests.add(finished(start(RUN, tmp_path, tmp_path))[0])
    assert len(digests) == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_first_run_ever_says_that_it_compiles_and_the_second_does_not(tmp_path: Path) -> None:
    study = tmp_path / "tiny.yaml"
    study.write_text(TINY)
    words = ["supportnet", "run", str(study), "-o", str(tmp_path / "results"), "--json"]
    code = f"import sys; sys.argv = {words!r}; from experiments.cli import main; main()"
    said, told = finished(start(code, tmp_path, tmp_path))
    assert said.startswith("{")
    assert told.index("compiling the model") < told.index("compiled in ") < told.index("1/1 runs")
    assert "compil" not in finished(start(code.replace("results", "again"), tmp_path, tmp_path))[1]


def test_importing_the_model_leaves_inspect_as_it_was_and_names_mesa_s_loggers() -> None:
    code = (
        "import inspect; kept = inspect.stack, inspect.getouterframes, inspect.getmodule;"
        " from simulation import SupportNetworkModel; import mesa.model;"
        " assert kept == (inspect.stack, inspect.getouterframes, inspect.getmodule);"
        " print(mesa.model._mesa_logger.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "MESA.mesa.model"


def test_every_package_is_named_with_its_version_as_its_metadata_says() -> None:
    usual = {item.metadata["Name"]: item.version for item in distributions() if item.metadata["Name"]}
    assert packages() == usual
    assert list(packages()) == sorted(usual, key=str.lower)
