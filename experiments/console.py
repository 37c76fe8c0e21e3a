"""How the command line speaks: results on standard output, messages on standard error, tables, numbers in words."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

_WIDTH_OF_PIPES = 160
_WHOLE = {"scenario", "arm", "name", "path"}
"""Columns that are not broken into lines."""


def say(text: object) -> None:
    """A result."""
    sys.stdout.write(f"{text}\n")


def tell(text: str) -> None:
    """A message to the user."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_json(value: object) -> None:
    """A result for a script."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def table_of(rows: Sequence[dict[str, Any]]) -> Table:
    """Rows as a table; columns are the keys of the first row."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in rows[0] if rows else ["nothing"]:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in _WHOLE)
    for row in rows:
        table.add_row(*(plain(value) for value in row.values()))
    return table


def plain(value: object) -> str:
    """A cell without markup."""
    text = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return text.replace("[", "\\[")


def console_on(stream: Any) -> Console:  # noqa: ANN401 - standard output or error, as it is at the time
    """A console; wide where the width is not known, so that tables survive a pipe."""
    is_terminal = stream.isatty()
    return Console(file=stream, width=None if is_terminal else _WIDTH_OF_PIPES, highlight=False)


def in_shell(path: Path) -> str:
    """A path as it can be typed."""
    return shlex.quote(str(path))


def command_line(command: str, file: Path, overrides: Sequence[str] = (), *options: str) -> str:
    """A command for a study file as it can be typed: `supportnet run tiny.yaml seed=43 -o out`."""
    return shlex.join(["supportnet", command, str(file), *overrides, *options])


def counted(number: int, thing: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def size_in_words(megabytes: float) -> str:
    """A size as people say it."""
    if megabytes >= 1000:
        return f"{megabytes / 1000:.1f} GB"
    return f"{megabytes:.0f} MB" if megabytes >= 10 else f"{max(0.1, megabytes):.1f} MB"
