"""How long it takes to begin: commands of the command line in fresh processes."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SMALL = "study: start\nbase: {agents: 200, days: 10}\nseed: 1\n"


def show_help() -> None:
    """`supportnet --help`."""
    _call("--help")


def run_small_study() -> None:
    """`supportnet run` of one run of 200 people and 10 days, from nothing to table and figure."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "start.yaml"
        study.write_text(SMALL, encoding="utf-8")
        _call("run", str(study), "-o", str(Path(folder) / "results"))


STARTS: dict[str, Callable[[], None]] = {
    "supportnet --help": show_help,
    "supportnet run, 200 people, 10 days": run_small_study,
}
"""What is begun, by the name that tables use."""


def seconds_of(start: Callable[[], None]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    start()
    return time.perf_counter() - begun


def _call(*words: str) -> None:
    """A command of the command line in a process of its own."""
    command: Sequence[str] = [sys.executable, "-m", "experiments.cli", *words]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
