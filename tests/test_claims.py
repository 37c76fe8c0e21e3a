"""Several sweeps in one folder: who is at work, and who has taken what."""

import os
import signal
import subprocess
import sys

from experiments.claims import Claims, Presence, locked
from tests.sweeps import ROOT

ONE, TWO = "1" * 16, "2" * 16
RUNS = [f"{number:016x}" for number in range(5)]


def test_sweeps_at_work_see_each_other_and_nobody_else(tmp_path):
    with Presence(tmp_path, ONE) as one:
        assert one.others() == ()
        with Presence(tmp_path, TWO) as two:
            assert two.others() == (ONE,)
            assert Presence(tmp_path, "3" * 16).others() == (ONE, TWO)
    assert list(tmp_path.glob("*.alive")) == []


def test_a_sweep_that_was_killed_is_not_at_work(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from experiments.claims import Presence\n"
        f"with Presence(Path(sys.argv[1]), '{TWO}'): print('here', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other,
        Presence(tmp_path, ONE) as one,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == "here\n"
        assert one.others() == (TWO,)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert Presence(tmp_path, "3" * 16).others() == (ONE,)
        assert not (tmp_path / f"{TWO}.alive").exists()


def test_what_one_has_taken_another_does_not_get(tmp_path):
    with Presence(tmp_path, ONE) as first, Presence(tmp_path, TWO) as second:
        one, two = Claims(tmp_path, first), Claims(tmp_path, second)
        assert one.take(RUNS[:3]) == set(RUNS[:3])
        assert two.take(RUNS) == set(RUNS[3:])
        assert one.take(RUNS) == set(RUNS[:3])


def test_what_an_ended_sweep_had_taken_is_free_after_a_look_at_what_it_finished(tmp_path):
    with Presence(tmp_path, ONE) as first:
        one = Claims(tmp_path, first)
        with Presence(tmp_path, TWO) as second:
            Claims(tmp_path, second).take(RUNS[:2])
        assert one.take(RUNS) == set(RUNS[2:])
        one.refresh()
        assert one.take(RUNS) == set(RUNS)


def test_one_that_has_just_arrived_keeps_what_it_took(tmp_path):
    with Presence(tmp_path, ONE) as first:
        one = Claims(tmp_path, first)
        assert first.others() == ()
        with Presence(tmp_path, TWO) as second:
            Claims(tmp_path, second).take(RUNS[:2])
            one.refresh()
            assert one.take(RUNS) == set(RUNS[2:])


def test_a_claim_that_was_cut_is_overwritten(tmp_path):
    with Presence(tmp_path, ONE) as first, Presence(tmp_path, TWO) as second:
        one, two = Claims(tmp_path, first), Claims(tmp_path, second)
        one.take(RUNS[:2])
        with (tmp_path / "claims").open("ab") as file:
            file.write(b"0000")
        assert two.take(RUNS[1:3]) == {RUNS[2]}
        assert one.take(RUNS) == {*RUNS[:2], *RUNS[3:]}


def test_only_one_holds_a_lock(tmp_path):
    with locked(tmp_path / "x") as first, locked(tmp_path / "x", wait=False) as second:
        assert (first, second) == (True, False)
    with locked(tmp_path / "x", wait=False) as third:
        assert third
