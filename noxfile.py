"""The tests at both ends of the supported versions: `make oldest`, `make compatibility` (docs/releasing.md)."""

from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
"""The Pythons that pyproject.toml names, oldest first."""
ENDS = [nox.param("lowest-direct", id="oldest"), nox.param("highest", id="newest")]
"""How the ranges are resolved: everything that we ask for at its lower bound, or all as new as can be."""
PACKAGES = ("-r", "pyproject.toml", "--extra", "dev", "--extra", "dask")
"""What is installed: everything that tests use."""
CHOSEN = (
    "tests/golden",  # Mesa, NumPy, Numba, SciPy, polars, pydantic: numbers to the last digit
    "tests/test_graph_files.py",  # NetworkX
    "tests/test_store.py",  # polars, and what it writes to disk
    "tests/test_study.py",  # pydantic, ruamel.yaml
    "tests/test_sensitivity.py",  # SALib, pandas
    "tests/test_calibration.py",  # Optuna, scikit-learn
    "tests/test_export.py",  # XlsxWriter, typer, the EMA Workbench
    "tests/test_figures.py",  # Matplotlib
    "tests/test_replay.py",  # Jinja2
)
"""Tests that use what we depend on, every package at least once."""


@nox.session(python=PYTHONS)
@nox.parametrize("resolution", ENDS)
def compatibility(session: nox.Session, resolution: str) -> None:
    """Golden runs on both engines and the tests that use each dependency; a warning is an error, as everywhere."""
    session.install("--resolution", resolution, "--only-binary", ":all:", *PACKAGES)
    session.install("--no-deps", "--editable", ".")
    session.env["NUMBA_CACHE_DIR"] = str(Path(session.virtualenv.location) / "compiled")
    session.run("python", "-c", "from simulation import compile_model; compile_model()")
    session.run("python", "-m", "pytest", "-q", "-n", "2", *CHOSEN, *session.posargs)
