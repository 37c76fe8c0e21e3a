"""Ctrl-C that Python swallows while it tidies up is heard at the next look."""

import subprocess
import sys

import pytest

from tests.sweeps import ROOT, STUDY

SWALLOWED = """
import os, signal, sys
import experiments.{module}
from experiments.cli import app
class Tidied:
    def __del__(self):
        os.kill(os.getpid(), signal.{kind})
        for _ in range(10): pass
        print("not reached")
real = experiments.{module}.{name}
def once(*words, **more):
    experiments.{module}.{name} = real
    Tidied()
    return real(*words, **more)
experiments.{module}.{name} = once
app(sys.argv[1:])
"""
"""A command during which a signal falls into a place where what it raises is swallowed."""


@pytest.mark.parametrize("kind", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(("module", "name"), [("run", "run_experiment"), ("sweep", "Batch")])
def test_an_interrupt_that_python_swallows_stops_the_sweep_at_the_next_look(kind, module, name, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(f"{STUDY}replicates: 20\n")
    code = SWALLOWED.format(kind=kind, module=module, name=name)
    command = [sys.executable, "-c", code, "run", str(file), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "not reached" not in done.stdout
    assert done.returncode == 130, done.stderr
    assert "goes on where this one stopped" in done.stderr
    assert "40/40" not in done.stderr
    assert "Traceback" not in done.stderr
