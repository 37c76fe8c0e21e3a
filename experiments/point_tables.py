"""Tables of points: CSV files whose first line names factors and whose other lines are points.

    beliefs.stigma_mean,agents
    0.30,500
    0.45,1000

Cells are whole numbers, numbers, `true`, `false` or words. Lines without anything in them are passed over.
"""

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.yaml_files import KeyPath, read_text
from simulation import InputError, Problem

MOST_CELLS = 50_000
"""Values of one table: all of them are written into the resolved study, which must remain a file one can open."""

_WORDS = {"true": True, "false": False}
_EXAMPLE = "the first line holds paths of factors parted by commas, such as beliefs.stigma_mean,agents"


@dataclass(frozen=True)
class PointTable:
    """The content of a file of points.

    Args:
        factors: the values of each factor, row by row.
        places: where each factor and each value was written.
    """

    factors: Mapping[str, tuple[Any, ...]]
    places: Mapping[KeyPath, str]


def find_points(file: str, folder: Path) -> Path:
    """The path of a file of points: in the folder of the study file, or where the command was typed."""
    beside = folder / file
    return beside if os.path.isfile(beside) or not os.path.isfile(file) else Path(file)


def read_points(path: Path) -> PointTable:
    """The points in a file.

    Raises:
        InputError: no such file, not UTF-8, or lines that are not a table; each with its line.
    """
    rows = [(line, cells) for line, cells in _lines(read_text(path), str(path)) if any(cells)]
    if not rows:
        raise InputError(Problem(str(path), "is empty", _EXAMPLE))
    header = rows[0][1]
    problems = [*_header_problems(path, rows[0][0], header), *_row_problems(path, len(header), rows[1:])]
    if problems:
        raise InputError(*problems)
    return _table(path, header, rows)


def _lines(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line.

    Raises:
        InputError: quotation marks that do not close, and the like.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        raise InputError(Problem(f"{source}:{before + 1}", f"is not CSV: {error}", _EXAMPLE)) from None


def _header_problems(path: Path, line: int, header: list[str]) -> Iterator[Problem]:
    """Every column has a name of its own."""
    if len(header) == 1 and ";" in header[0]:
        yield Problem(f"{path}:{line}", "columns are parted by semicolons", "part them by commas")
    for index, name in enumerate(header):
        if not name:
            yield Problem(f"{path}:{line}", f"column {index + 1} has no name", _EXAMPLE)
        elif name in header[:index]:
            yield Problem(f"{path}:{line}: column {name}", "given twice", "one column per factor")


def _row_problems(path: Path, width: int, rows: list[tuple[int, list[str]]]) -> Iterator[Problem]:
    """Every line has as many cells as the first, and not too many in all."""
    for line, cells in rows:
        if len(cells) != width:
            yield Problem(f"{path}:{line}", f"has {len(cells)} cells", f"{width}, as many as the first line")
    if not rows:
        yield Problem(str(path), "holds no points", "one point per line below the first")
    if len(rows) * width > MOST_CELLS:
        what = f"holds {len(rows) * width:,} values"
        yield Problem(str(path), what, f"at most {MOST_CELLS:,}; the other designs draw more points than that")


def _table(path: Path, header: list[str], rows: list[tuple[int, list[str]]]) -> PointTable:
    """Columns and places of checked rows, the header among them."""
    places: dict[KeyPath, str] = {}
    for name in header:
        places["factors", name] = f"{path}:{rows[0][0]}: column {name}"
        for index, (line, _) in enumerate(rows[1:]):
            places["factors", name, index] = f"{path}:{line}: column {name}"
    factors = {name: tuple(_value(cells[column]) for _, cells in rows[1:]) for column, name in enumerate(header)}
    return PointTable(factors, places)


def _value(cell: str) -> object:
    """The value of a cell."""
    if cell.lower() in _WORDS:
        return _WORDS[cell.lower()]
    try:
        number = float(cell)
    except ValueError:
        return cell
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
