"""Text with two ids on a line: the arcs of KONECT files and plain edge lists.

Files of whole numbers are read by compiled code, some 10^7 arcs in a second or two; any other file is read line by
line, which also finds the line that is wrong.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation._compile import compiled
from simulation.node_tables import as_ids, broken, text_of

Labels = NDArray[Any]
Places = NDArray[np.int64]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def comment_lines(data: bytes, mark: str) -> Iterator[str]:
    """The comment lines at the head of a file."""
    for raw in io.BytesIO(data):
        line = raw.decode("utf-8", "replace").strip()
        if not line.startswith(mark):
            return
        yield line


def arc_pairs(path: Path, data: bytes, mark: str) -> tuple[Labels, Labels]:
    """Both ids [E] of every line: compiled where all are whole numbers, else line by line."""
    left, right, good = integer_pairs(np.frombuffer(data, dtype=np.uint8), ord(mark))
    return (left, right) if good else _named_pairs(path, data, mark)


def _named_pairs(path: Path, data: bytes, mark: str) -> tuple[Labels, Labels]:
    """Both ids of every line as names; slow, and says what is wrong with a line.

    Raises:
        GraphFileError: a line that is not two ids and at most two numbers.
    """
    left, right = [], []
    for number, raw in enumerate(text_of(path, data).split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith(mark):
            continue
        fields = [field.strip() for field in line.split(",")] if "," in line else line.split()
        if not _is_pair(fields):
            shown = line if len(line) <= 60 else f"{line[:60]}..."
            allowed = f"two ids and at most two numbers, between blanks, tabs or commas; comments begin with {mark}"
            raise broken(f"{path}:{number}", f"{shown!r} is no arc", allowed)
        left.append(fields[0])
        right.append(fields[1])
    return as_ids(left), as_ids(right)


def _is_pair(fields: list[str]) -> bool:
    """Whether a line's fields are two ids and at most two numbers."""
    return 2 <= len(fields) <= 4 and all(fields) and all(_NUMBER.fullmatch(field) for field in fields[2:])


@compiled
def _past_blanks(buffer: NDArray[np.uint8], place: int) -> int:
    """The next byte that is no blank, tab or carriage return."""
    while place < len(buffer) and (buffer[place] == 32 or buffer[place] == 9 or buffer[place] == 13):
        place += 1
    return place


@compiled
def _past_separator(buffer: NDArray[np.uint8], place: int) -> int:
    """The next byte behind blanks and at most one comma."""
    place = _past_blanks(buffer, place)
    if place < len(buffer) and buffer[place] == 44:
        place = _past_blanks(buffer, place + 1)
    return place


@compiled
def _whole_number(buffer: NDArray[np.uint8], start: int) -> tuple[int, int]:
    """A whole number as it is printed (no sign, no leading zero, at most 18 digits) and the byte behind it, or -1."""
    value, place = 0, start
    while place < len(buffer) and place < start + 18 and 48 <= buffer[place] <= 57:
        value = 10 * value + (int(buffer[place]) - 48)
        place += 1
    if place == start or (place > start + 1 and buffer[start] == 48):
        return 0, -1
    if place < len(buffer):
        after = buffer[place]
        if after != 32 and after != 9 and after != 10 and after != 13 and after != 44:
            return 0, -1
    return value, place


@compiled
def _arc_on_line(buffer: NDArray[np.uint8], place: int) -> tuple[int, int, int]:
    """Both whole numbers of a line that has nothing else, and the end of the line, or -1."""
    left, place = _whole_number(buffer, place)
    if place < 0:
        return 0, 0, -1
    place = _past_separator(buffer, place)
    right, place = _whole_number(buffer, place)
    if place < 0:
        return 0, 0, -1
    for _ in range(2):
        after = _past_separator(buffer, place)
        if after == len(buffer) or buffer[after] == 10:
            break
        _, place = _whole_number(buffer, after)
        if place < 0:
            return 0, 0, -1
    closed = _past_blanks(buffer, place)
    return left, right, closed if closed == len(buffer) or buffer[closed] == 10 else -1


@compiled
def integer_pairs(buffer: NDArray[np.uint8], mark: int) -> tuple[Places, Places, bool]:
    """The two whole numbers of every line of a text, int64 [E]; False, and no more, when some line is anything else.

    `buffer` holds the bytes of the text; lines that begin with `mark`, and empty ones, are passed over. Up to two more
    whole numbers on a line are passed over too.
    """
    lines = 1
    for byte in buffer:
        lines += byte == 10
    left, right = np.empty(lines, dtype=np.int64), np.empty(lines, dtype=np.int64)
    count, place = 0, 0
    while place < len(buffer):
        place = _past_blanks(buffer, place)
        if place < len(buffer) and buffer[place] != 10 and buffer[place] != mark:
            left[count], right[count], place = _arc_on_line(buffer, place)
            if place < 0:
                return left[:0], right[:0], False
            count += 1
        while place < len(buffer) and buffer[place] != 10:
            place += 1
        place += 1
    return left[:count], right[:count], True
