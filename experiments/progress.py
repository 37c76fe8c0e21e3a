"""Progress that people see: a bar in a terminal, lines without one, a line in a notebook, lines in a log file."""

import html
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from experiments.console import console_on, tell
from experiments.estimates import in_words
from experiments.pace import Progress
from simulation import InputError, Problem

Report = Callable[[Progress], None]

SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_LINES_OF_A_LOG = 30.0


def in_a_line(now: Progress) -> str:
    """`37/120 runs, 1 failed, 2.1 runs/s, 40 s left`."""
    parts = [f"{now.kept + now.done:,}/{now.total:,} runs"]
    parts += [f"{now.failed:,} failed"] if now.failed else []
    return ", ".join([*parts, *_speed(now)])


def _speed(now: Progress) -> list[str]:
    """Rate and time left, as far as they are known and there is something left."""
    if now.rate is None or now.seconds_left is None or not now.left:
        return []
    rate = f"{now.rate:.1f} runs/s" if now.rate >= 1 else f"{now.rate * 60:.1f} runs/min"
    return [rate, f"{in_words(now.seconds_left)} left"]


class Lines:
    """Progress as lines, one every few seconds at most, and one at the end.

    Args:
        write: takes a line.
        every: seconds between lines.
    """

    def __init__(self, write: Callable[[str], None], every: float = SECONDS_BETWEEN_LINES) -> None:
        self.write = write
        self.every = every
        self.told = time.monotonic()

    def report(self, now: Progress) -> None:
        """Tell how far things are, unless that was told just now."""
        is_last = now.left == 0 and now.done > 0
        if is_last or time.monotonic() - self.told >= self.every:
            self.told = time.monotonic()
            self.write(in_a_line(now))


@contextmanager
def shown(*, log: Path | None = None, lines: bool = True) -> Iterator[Report]:
    """Show progress wherever it can be seen; where it no longer can, the sweep goes on without.

    Args:
        log: a file to which lines are added.
        lines: whether lines are written to standard error where there is neither a terminal nor a notebook.

    Raises:
        InputError: the log file cannot be written.
    """
    with ExitStack() as stack:
        views = [stack.enter_context(_view(lines))]
        if log is not None:
            views.append(Lines(_timed(stack.enter_context(_opened(log))), SECONDS_BETWEEN_LINES_OF_A_LOG).report)

        def report(now: Progress) -> None:
            for view in list(views):
                try:
                    view(now)
                except OSError:  # nobody listens any more, or the disk of the log is full
                    views.remove(view)

        yield report


@contextmanager
def _view(lines: bool) -> Iterator[Report]:
    """The view that suits the place."""
    display = _notebook_display()
    if display is not None:
        yield _Notebook(display).report
    elif console_on(sys.stderr).is_terminal:
        with _bar() as report:
            yield report
    else:
        yield Lines(tell).report if lines else _unseen


def _unseen(_: Progress) -> None:
    """Show nothing."""


@contextmanager
def _bar() -> Iterator[Report]:
    """A bar with rate, time left and failures so far."""
    columns = [
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[speed]}"), TextColumn("[red]{task.fields[failed]}"),
    ]  # fmt: skip
    with Bar(*columns, console=console_on(sys.stderr)) as bar:
        task = bar.add_task("runs", total=None, failed="", speed="")

        def report(now: Progress) -> None:
            failed = f"{now.failed:,} failed" if now.failed else ""
            speed = ", ".join(_speed(now))
            bar.update(task, total=now.total - now.kept, completed=now.done, failed=failed, speed=speed)

        yield report


def _opened(log: Path) -> TextIO:
    """A file to which lines are added, one by one.

    Raises:
        InputError: it cannot be written.
    """
    try:
        return log.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise InputError(Problem("--log", f"{log} cannot be written: {error.strerror}")) from None


def _timed(file: TextIO) -> Callable[[str], None]:
    """Write lines with the time in front."""
    return lambda line: _write(file, f"{datetime.now().isoformat(sep=' ', timespec='seconds')} {line}\n")


def _write(file: TextIO, text: str) -> None:
    """Write into a file."""
    file.write(text)


def _notebook_display() -> Any:  # noqa: ANN401 - IPython is there or not
    """What shows things in a notebook, None outside of one."""
    if "ipykernel" not in sys.modules:
        return None
    shell = importlib.import_module("IPython").get_ipython()
    return importlib.import_module("IPython.display") if getattr(shell, "kernel", None) is not None else None


class _Notebook:
    """One line of a notebook that is written anew.

    Args:
        display: the module `IPython.display`.
    """

    def __init__(self, display: Any) -> None:  # noqa: ANN401 - IPython has no types here
        self.display = display
        self.handle = display.display(display.HTML(""), display_id=True)

    def report(self, now: Progress) -> None:
        """Write the line."""
        share = (now.kept + now.done) / max(1, now.total)
        text = f'<progress value="{share:.4f}" max="1"></progress> {html.escape(in_a_line(now))}'
        self.handle.update(self.display.HTML(text))
