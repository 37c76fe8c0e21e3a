"""Node tables: what is known of the agents of a real network, one row each, from CSV or Parquet.

Columns: `id`, and any of role, specialty, community, time_zone, the flags below, and others, which are carried along
as they are. Role and specialty stand as names; a column that is absent is drawn later, as for a drawn network.
"""

import csv
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulation.errors import GraphFileError, Problem, nearest_name
from simulation.graph import ROLES, SPECIALTIES

FLAGS = ("protected", "superuser", "guided", "pseudonymous", "night_shift")
"""Columns of true and false."""

KNOWN_COLUMNS = ("role", "specialty", "community", "time_zone", *FLAGS)
"""Columns with a meaning of their own."""

UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, TypeError)
"""What comes of a Parquet file that is none."""

Where = Callable[[int], str]
"""Says of an entry, by its position, where in the file it stands."""

MOST_UNPACKED, ANY_SIZE = 100, 1_000_000
"""A packed file may hold so many times its own size, and any file so many bytes; lists of arcs shrink by 3 to 20."""
MOST_COLUMNS = 1_000
MOST_ROWS_PER_BYTE, ANY_ROWS = 100, 1_000_000
"""A Parquet file may hold so many rows for each of its bytes, and any file so many."""

_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class NodeTable(NamedTuple):
    """A node table that was read.

    Args:
        path: of the file.
        ids: of the agents [N], int64 or strings.
        columns: arrays [N] by name, without `id`.
    """

    path: Path
    ids: NDArray[Any]
    columns: dict[str, NDArray[Any]]


def read_node_table(path: Path) -> NodeTable:
    """The table in a CSV or Parquet file (.gz accepted for CSV).

    Raises:
        GraphFileError: the file is missing or malformed, has no column `id`, an id twice, or a wrong value.
    """
    columns, where = read_text_table(path)
    if "id" not in columns:
        raise broken(f"{path}:1", f"no column 'id' among {', '.join(columns)}", "a node table has a column 'id'")
    ids = columns.pop("id")
    first: dict[str, int] = {}
    for row, label in enumerate(ids):
        if first.setdefault(label, row) != row:
            raise broken(where(row), f"id '{label}' stands here for the second time", "every id once")
    return NodeTable(path, as_ids(ids), column_arrays(columns, where))


def as_ids(ids: Sequence[str]) -> NDArray[Any]:
    """Ids [N] as int64 where all are whole numbers as they are printed, else as strings in an object array."""
    series = pl.Series("id", ids, dtype=pl.String)
    if series.str.contains(r"^(0|[1-9][0-9]{0,17})$").all():
        return series.cast(pl.Int64).to_numpy()
    out = np.empty(len(series), dtype=object)
    out[:] = series.to_list()
    return out


def broken(where: str, what: str, allowed: str, nearest: str = "") -> GraphFileError:
    """The error for one mistake in a file."""
    return GraphFileError(Problem(where, what, allowed, nearest))


def unpacked(path: Path) -> bytes:
    """The file's content, unpacked if its name ends in .gz.

    Raises:
        GraphFileError: it is missing, no file but a folder or a device, cannot be unpacked, or holds next to nothing
            many times over.
    """
    if not os.path.isfile(path):
        allowed = "the path of a file, from the working folder or absolute"
        raise broken(str(path), "there is no such file", allowed)
    try:
        return _unzipped(path) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise broken(
            str(path), f"cannot be read: {error}", "a file, packed with gzip if its name ends in .gz"
        ) from None


def _unzipped(path: Path) -> bytes:
    """The content of a packed file.

    Raises:
        GraphFileError: it would be far larger than any list of arcs is when it is unpacked.
    """
    most = MOST_UNPACKED * path.stat().st_size + ANY_SIZE
    with gzip.open(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        what = f"unpacks to more than {MOST_UNPACKED} times its size"
        raise broken(str(path), what, "a list of arcs, or the file without the packing")
    return content


def read_text_table(path: Path) -> tuple[dict[str, list[str]], Where]:
    """The columns of a CSV or Parquet file as text, and where their entries stand; an empty entry is "".

    Raises:
        GraphFileError: the file is missing or malformed.
    """
    if path.suffix == ".parquet":
        frame = texts_of(path, read_parquet(path)).fill_null("")
        return frame.to_dict(as_series=False), lambda row: f"{path}: row {row + 1}"
    rows, lines = csv_rows(path)
    names = [name.strip() for name in rows[0]]
    columns = {name: [row[column].strip() for row in rows[1:]] for column, name in enumerate(names)}
    return columns, lambda row: f"{path}:{lines[row + 1]}"


def read_parquet(path: Path) -> pl.DataFrame:
    """The table of a Parquet file.

    Raises:
        GraphFileError: the file is missing or no Parquet.
    """
    content = unpacked(path)
    try:
        width = len(pl.read_parquet_schema(io.BytesIO(content)))
        rows = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
        _hold_to_size(path, len(content), width, rows)
        return pl.read_parquet(io.BytesIO(content))
    except UNREADABLE as error:
        words = " ".join(str(error).split())[:200]
        raise broken(str(path), f"is not readable as Parquet: {words}", "a Parquet file") from None


def _hold_to_size(path: Path, size: int, width: int, rows: int) -> None:
    """Refuse a table that claims more rows or columns than its bytes can tell of.

    Raises:
        GraphFileError: it does.
    """
    if width > MOST_COLUMNS:
        raise broken(str(path), f"has {width:,} columns", f"at most {MOST_COLUMNS:,} columns")
    if rows > max(ANY_ROWS, MOST_ROWS_PER_BYTE * size):
        what = f"speaks of {rows:,} rows in {size:,} bytes"
        raise broken(str(path), what, f"up to {ANY_ROWS:,} rows, or up to {MOST_ROWS_PER_BYTE} for each byte")


def texts_of(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    """A table as text.

    Raises:
        GraphFileError: a column holds lists or other things that are no text.
    """
    try:
        texts = frame.cast(pl.String)
    except UNREADABLE:
        kinds = ", ".join(f"{name}: {kind}" for name, kind in list(frame.schema.items())[:10])
        raise broken(str(path), f"has columns that are no text ({kinds})", "texts, numbers, true or false") from None
    size = sum(int(column.str.len_bytes().sum()) for column in texts)
    if size > MOST_UNPACKED * path.stat().st_size + ANY_SIZE:
        raise broken(str(path), "holds long texts many times over", "ids and short texts")
    return texts


def csv_rows(path: Path) -> tuple[list[list[str]], list[int]]:
    """The rows of a CSV file that are not empty, header first, and the line on which each ends.

    Raises:
        GraphFileError: no header, a name twice, a row with more or fewer fields than the header, or not UTF-8.
    """
    reader = csv.reader(io.StringIO(text_of(path, unpacked(path)), newline=""))
    rows, lines = [], []
    for row in _read_rows(path, reader):
        if not row:
            continue
        rows.append(row)
        lines.append(reader.line_num)
        if len(row) != len(rows[0]):
            what = f"number of fields is {len(row)}, where the header has {len(rows[0])}"
            raise broken(f"{path}:{reader.line_num}", what, f"one entry for each of: {', '.join(rows[0])}")
    if not rows or len({name.strip() for name in rows[0]}) < len(rows[0]):
        raise broken(f"{path}:1", "no header with distinct names", "names of the columns in the first line, each once")
    return rows, lines


def _read_rows(path: Path, reader: Any) -> Iterator[list[str]]:  # noqa: ANN401 - a reader of `csv` has no public type
    """The rows that a reader finds.

    Raises:
        GraphFileError: no CSV, or more columns than anybody needs.
    """
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                raise broken(f"{path}:{reader.line_num}", f"{len(row):,} fields", f"at most {MOST_COLUMNS:,} columns")
            yield row
    except csv.Error as error:
        allowed = "a table of short entries, parted by commas"
        raise broken(f"{path}:{reader.line_num + 1}", f"is no CSV: {error}", allowed) from None


def text_of(path: Path, data: bytes) -> str:
    """The bytes of a file as text.

    Raises:
        GraphFileError: they are not UTF-8, with the line.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise broken(f"{path}:{line}", f"byte {data[error.start]:#04x} is not UTF-8", "text in UTF-8") from None


def column_arrays(columns: Mapping[str, Sequence[str]], where: Where) -> dict[str, NDArray[Any]]:
    """Text columns as arrays [N]: codes for role, specialty and community, truth values for flags.

    Raises:
        GraphFileError: a value that its column does not allow.
    """
    return {name: _COLUMNS.get(name, _anything)(name, values, where) for name, values in columns.items()}


def _named(known: Sequence[str]) -> "Column":
    """The reader of a column that holds one of the known names."""
    codes = {name: code for code, name in enumerate(known)}

    def read(name: str, values: Sequence[str], where: Where) -> NDArray[Any]:
        """Codes int8 [N]."""
        out = np.empty(len(values), dtype=np.int8)
        for row, value in enumerate(values):
            plain = value.strip().lower().replace("_", " ")
            if plain not in codes:
                allowed = f"a {name} is one of: {', '.join(known)}; leave the column out to have it drawn"
                raise broken(where(row), f"{name} {value!r} is not known", allowed, nearest_name(plain, known))
            out[row] = codes[plain]
        return out

    return read


def _communities(_name: str, values: Sequence[str], _where: Where) -> NDArray[Any]:
    """Codes int32 [N], in ascending order of the communities' names."""
    return np.unique(as_ids(values), return_inverse=True)[1].astype(np.int32)


def _flag(name: str, values: Sequence[str], where: Where) -> NDArray[Any]:
    """Truth values [N]."""
    out = np.empty(len(values), dtype=np.bool_)
    for row, value in enumerate(values):
        if value.lower() not in _TRUTH:
            raise broken(where(row), f"{name} {value!r} is neither true nor false", f"one of: {', '.join(_TRUTH)}")
        out[row] = _TRUTH[value.lower()]
    return out


def _time_zone(name: str, values: Sequence[str], where: Where) -> NDArray[Any]:
    """Hours from the clock of the simulation, float64 [N]."""
    hours = pl.Series(values, dtype=pl.String).cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    wrong = np.flatnonzero(~((hours >= -14) & (hours <= 14)))
    if len(wrong):
        row = int(wrong[0])
        raise broken(where(row), f"{name} {values[row]!r} is no offset in hours", "a number of hours from -14 to 14")
    return hours


def _anything(_name: str, values: Sequence[str], _where: Where) -> NDArray[Any]:
    """Whole numbers or numbers (an empty entry is NaN) where all entries are, else the text itself, [N]."""
    series = pl.Series(values, dtype=pl.String)
    whole = series.cast(pl.Int64, strict=False)
    if not whole.has_nulls():
        return whole.to_numpy()
    numbers = series.cast(pl.Float64, strict=False)
    if numbers.null_count() == (series == "").sum() and numbers.null_count() < len(series):
        return numbers.fill_null(np.nan).to_numpy()
    out = np.empty(len(series), dtype=object)
    out[:] = series.to_list()
    return out


Column = Callable[[str, Sequence[str], Where], NDArray[Any]]
"""Turns the text of a column (name, entries, where they stand) into an array."""

_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "role": _named(ROLES),
        "specialty": _named(SPECIALTIES),
        "community": _communities,
        "time_zone": _time_zone,
        **dict.fromkeys(FLAGS, _flag),
    }
)
