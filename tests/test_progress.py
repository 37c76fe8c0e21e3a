"""Progress: an estimate that learns, and the ways in which it is shown."""

import io
import sys
import types
from contextlib import contextmanager

import pytest

import experiments.progress
from experiments.pace import Pace, Progress
from experiments.progress import in_a_line, shown
from simulation import InputError


def test_at_a_steady_speed_the_estimate_is_right_from_the_first_run_on():
    pace = Pace(100.0)
    for second in range(1, 100):
        pace.add(float(second), runs=1, work=1.0, took=1.0)
        assert pace.seconds_left == pytest.approx(100.0 - second)
        assert pace.rate == pytest.approx(1.0)


def test_the_start_of_the_workers_is_not_taken_for_slowness():
    pace = Pace(100.0)
    pace.add(31.0, runs=1, work=1.0, took=1.0)
    assert pace.seconds_left == pytest.approx(99.0)


def test_a_change_of_speed_is_learnt():
    pace, now = Pace(200.0), 0.0
    for done in range(150):
        now += 1.0 if done < 100 else 3.0
        pace.add(now, runs=1, work=1.0, took=1.0)
    assert pace.seconds_left == pytest.approx(50 * 3.0, rel=0.25)


def test_cheap_runs_first_do_not_promise_an_early_end():
    pace, now = Pace(50 * 1.0 + 50 * 9.0), 0.0
    for _ in range(50):
        now += 1.0
        pace.add(now, runs=1, work=1.0, took=1.0)
    assert pace.seconds_left == pytest.approx(450.0)


def test_an_estimate_that_was_wrong_in_all_by_some_factor_does_no_harm():
    pace = Pace(70.0)
    for second in range(1, 6):
        pace.add(2.0 * second, runs=1, work=7.0, took=2.0)
    assert pace.seconds_left == pytest.approx(10.0)


def test_nothing_is_promised_before_the_first_run():
    assert Pace(3.0).seconds_left is None
    assert Pace(3.0).rate is None


NOW = Progress(total=120, kept=20, done=17, failed=1, seconds=8.0, rate=2.1, seconds_left=40.0)


def test_a_line_says_everything_in_words():
    assert in_a_line(NOW) == "37/120 runs, 1 failed, 2.1 runs/s, 40 s left"
    assert in_a_line(Progress(total=3)) == "0/3 runs"


def test_a_log_file_gets_lines_with_times_and_no_control_codes(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.progress, "SECONDS_BETWEEN_LINES_OF_A_LOG", 0.0)
    for _ in range(2):
        with shown(log=tmp_path / "log.txt", lines=False) as report:
            report(NOW)
    first, second = (tmp_path / "log.txt").read_text().splitlines()
    assert first.endswith(" 37/120 runs, 1 failed, 2.1 runs/s, 40 s left")
    assert first[:4].isdigit()
    assert second.isprintable()


def test_where_nobody_listens_any_more_the_sweep_goes_on_and_the_log_is_written(tmp_path, monkeypatch):
    told = []

    @contextmanager
    def view(lines):
        def report(now):
            told.append(now)
            raise BrokenPipeError(32, "nobody listens")

        yield report

    monkeypatch.setattr(experiments.progress, "_view", view)
    monkeypatch.setattr(experiments.progress, "SECONDS_BETWEEN_LINES_OF_A_LOG", 0.0)
    with shown(log=tmp_path / "log.txt") as report:
        report(NOW)
        report(NOW)
    assert told == [NOW]
    assert "37/120 runs" in (tmp_path / "log.txt").read_text()


def test_a_log_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be written"), shown(log=tmp_path / "nowhere" / "log.txt"):
        pass


def test_a_terminal_gets_a_bar_with_failures_and_time_left(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    with shown() as report:
        report(NOW)
    text = terminal.getvalue()
    assert "17/100" in text
    assert "1 failed" in text
    assert "40 s left" in text


def test_a_notebook_gets_one_line_that_is_written_anew(monkeypatch):
    texts: list[str] = []
    handle = types.SimpleNamespace(update=texts.append)
    display = types.SimpleNamespace(HTML=str, display=lambda *_, **__: handle)
    monkeypatch.setattr(experiments.progress, "_notebook_display", lambda: display)
    with shown() as report:
        report(NOW)
    assert "<progress" in texts[0]
    assert "37/120 runs, 1 failed" in texts[0]


def test_scripts_are_left_in_peace(capsys):
    with shown(lines=False) as report:
        report(NOW)
    assert capsys.readouterr() == ("", "")
