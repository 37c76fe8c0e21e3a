"""Shards: folders that each hold every table of some runs, one Parquet file per table, written whole or not at all.

A shard is written under another name, flushed to the disk, and only then given its own, which is the hash of its table
of runs; that table holds the hashes of the others. A shard that is there is therefore whole, unless something happened
to it later, and whatever happened can be seen.
"""

import hashlib
import io
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from experiments.yaml_files import parse_json
from simulation import InputError

SCHEMA_VERSION = 2
"""Version of the layout and of the columns of every table."""

RUNS = "runs"
DONE = "done"
FAILED = "failed"

RUN_COLUMNS: dict[str, Any] = {
    "study": pl.String, "scenario": pl.String, "arm": pl.String, "replicate": pl.Int32, "seed": pl.Int64,
    "run": pl.String, "status": pl.String, "error": pl.String, "seconds": pl.Float64, "peak_memory_mb": pl.Float64,
    "trace": pl.String, "content": pl.String, "code": pl.String, "sweep": pl.String,
}  # fmt: skip
"""Columns of the table of runs."""

UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, TypeError)
"""What comes of a Parquet file that is none, or that is not what is looked for."""

ROWS_AT_ONCE = 131_072
"""Rows of one group in a large file: what a reader has to hold at least."""

_TABLE = re.compile(r"[a-z][a-z0-9_]*")
"""Name of a table, which is the name of a file."""
_KEY = r"^[0-9a-f]{16}$"
_MAGIC = b"PAR1"
_numbers = itertools.count()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either there and whole or not there at all, also after a power failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{next(_numbers)}.tmp")
    try:
        _write_durably(temporary, content)
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    flush_folder(path.parent)


def _write_durably(path: Path, content: bytes) -> None:
    """Write a file and have it on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content_hash(columns: Iterable[pl.Series]) -> str:
    """32 hexadecimal digits of the names, types and values of a table, rows in order; the same however it is stored.

    Args:
        columns: a table, or its columns one after the other.
    """
    digest = hashlib.sha256()
    for column in columns:
        digest.update(f"{column.name}\0{column.dtype}\0{len(column)}\0{column.null_count()}\0".encode())
        if column.null_count():
            digest.update(column.is_null().to_numpy().tobytes())
        digest.update(_values(column))
    return digest.hexdigest()[:32]


def _values(column: pl.Series) -> bytes:
    """The values of a column; texts with their lengths, so that no two columns look alike."""
    if column.dtype == pl.String:
        texts = column.fill_null("")
        return bytes(texts.str.len_bytes().to_numpy().tobytes() + texts.str.join("").item().encode())
    filled = column.fill_null(False if column.dtype == pl.Boolean else 0)
    return np.ascontiguousarray(filled.to_numpy()).tobytes()


def run_rows(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows of the table of runs; what is not given is empty."""
    return pl.DataFrame([{name: row.get(name) for name in RUN_COLUMNS} for row in rows], schema=RUN_COLUMNS)


def columns_in(path: Path, without: Iterable[str] = ()) -> Iterator[pl.Series]:
    """The columns of a Parquet file, one in memory at a time."""
    for name in pl.read_parquet_schema(path):
        if name not in set(without):
            yield pl.read_parquet(path, columns=[name])[name]


def write_shard(
    into: Path,
    scratch: Path,
    tables: Mapping[str, pl.DataFrame],
    runs: pl.DataFrame,
    files: Mapping[str, Sequence[Path]] | None = None,
) -> "Shard":
    """Write a shard.

    Args:
        into: the folder of shards.
        scratch: a folder on the same file system, where the shard is put together.
        tables: every table but that of the runs.
        runs: one row per run, with the columns `RUN_COLUMNS`.
        files: tables that are too large for the memory, as Parquet files that are joined in their order.

    Raises:
        OSError: the disk is full, or cannot be written to; nothing is left behind.
    """
    into.mkdir(parents=True, exist_ok=True)
    parts = scratch / f"shard-{os.getpid()}-{next(_numbers)}"
    parts.mkdir(parents=True)
    try:
        return _put_together(into, parts, tables, runs, files or {})
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def _put_together(
    into: Path,
    parts: Path,
    tables: Mapping[str, pl.DataFrame],
    runs: pl.DataFrame,
    large: Mapping[str, Sequence[Path]],
) -> "Shard":
    """Write the files of a shard, the table of runs last, and give the folder its name."""
    files = {name: _write_table(parts / f"{name}.parquet", table) for name, table in sorted(tables.items())}
    files |= {name: _join_table(parts / f"{name}.parquet", paths) for name, paths in sorted(large.items())}
    about = {"schema_version": str(SCHEMA_VERSION), "files": json.dumps(files, sort_keys=True)}
    content = _parquet(runs, about)
    _write_durably(parts / f"{RUNS}.parquet", content)
    flush_folder(parts)
    shard = Shard(into / _name_of(content))
    try:
        os.rename(parts, shard.folder)
    except OSError:
        if not shard.folder.is_dir():
            raise
    flush_folder(into)
    return shard


def _write_table(path: Path, table: pl.DataFrame) -> tuple[int, str]:
    """Write one table; returns size in bytes and hash of the file."""
    content = _parquet(table, {"schema_version": str(SCHEMA_VERSION)})
    _write_durably(path, content)
    return len(content), hashlib.sha256(content).hexdigest()


def _join_table(path: Path, parts: Sequence[Path]) -> tuple[int, str]:
    """Write one table from files, a few rows at a time; returns size in bytes and hash of the file."""
    about = {"schema_version": str(SCHEMA_VERSION)}
    pl.scan_parquet(list(parts), glob=False).sink_parquet(
        path, compression="zstd", compression_level=1, row_group_size=ROWS_AT_ONCE, maintain_order=True, metadata=about
    )
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _parquet(table: pl.DataFrame, about: dict[str, str]) -> bytes:
    """A table as the content of a Parquet file."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=1, metadata=about)
    return buffer.getvalue()


def _name_of(runs: bytes) -> str:
    """The name of the shard with this table of runs."""
    return hashlib.sha256(runs).hexdigest()[:16]


@dataclass(frozen=True)
class Shard:
    """A shard that was written.

    Args:
        folder: its own; the name is the hash of its table of runs.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Its name."""
        return self.folder.name

    @cached_property
    def _content(self) -> bytes:
        """The file of the table of runs."""
        return (self.folder / f"{RUNS}.parquet").read_bytes()

    @cached_property
    def _files(self) -> dict[str, tuple[int, str]]:
        """Size and hash of the file of each table."""
        about = pl.read_parquet_metadata(io.BytesIO(self._content))
        files = parse_json(about["files"], f"{RUNS}.parquet", "sizes and hashes of files")
        if not isinstance(files, dict) or not all(_TABLE.fullmatch(name) for name in files):
            raise ValueError("names of tables are not what was written")
        return {name: (int(size), str(digest)) for name, (size, digest) in files.items()}

    @property
    def tables(self) -> list[str]:
        """Names of the tables but that of the runs."""
        return list(self._files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return len(self._content) + sum(size for size, _ in self._files.values())

    def runs(self, columns: list[str] | None = None) -> pl.DataFrame:
        """The table of runs, or some of its columns."""
        return pl.read_parquet(io.BytesIO(self._content), columns=columns)

    def table(self, name: str) -> pl.DataFrame:
        """One table over the runs of the shard."""
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def damage(self, *, thorough: bool = False) -> str:
        """What is wrong with the files, in words; empty where nothing is.

        Sizes and endings are looked at; the content is hashed where a file was changed after the shard was written
        (the table of runs is written last), or for all files.

        Args:
            thorough: hash every file.

        Raises:
            FileNotFoundError: the whole shard was taken away.
        """
        try:
            if _name_of(self._content) != self.name:
                return f"{RUNS}.parquet is not what was written"
            if words := self._wrong_runs():
                return f"{RUNS}.parquet {words}"
            sealed = (self.folder / f"{RUNS}.parquet").stat().st_mtime_ns
            found = (self._damage_of(name, sealed, thorough) for name in self._files)
            return next((words for words in found if words), "")
        except FileNotFoundError as error:
            self.folder.stat()
            return f"{Path(str(error.filename)).name} is gone"
        except (*UNREADABLE, KeyError, InputError) as error:
            return f"cannot be read: {' '.join(str(error).split())[:200]}"

    def _wrong_runs(self) -> str:
        """What is wrong with the content of the table of runs, in words; empty where nothing is."""
        found = pl.read_parquet_schema(io.BytesIO(self._content))
        if dict(found) != {name: kind() for name, kind in RUN_COLUMNS.items()}:
            return "has other columns than those of a table of runs"
        keys = self.runs(["run"])["run"]
        return "" if keys.str.contains(_KEY).fill_null(value=False).all() else "holds keys that are none"

    def _damage_of(self, name: str, sealed: int, thorough: bool) -> str:
        """What is wrong with one file."""
        path, (size, digest) = self.folder / f"{name}.parquet", self._files[name]
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_size != size:
                return f"{path.name} has {state.st_size:,} bytes, not {size:,}"
            file.seek(-len(_MAGIC), os.SEEK_END)
            is_whole = file.read() == _MAGIC
            if is_whole and (thorough or state.st_mtime_ns >= sealed):
                file.seek(0)
                is_whole = hashlib.file_digest(file, "sha256").hexdigest() == digest
        return "" if is_whole else f"{path.name} is not what was written"
