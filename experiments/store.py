"""The results store: one folder per study, one Parquet file per table and run.

A file is written under another name, flushed to the disk, and only then given its own name; the row in `runs` is
written last. What a reader finds is therefore whole, and a run that has a row `done` has all its tables. Contents do
not depend on when or where they were written, save for `runs` and the manifest. docs/studies.md describes the tables.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML

from simulation import InputError, Problem

SCHEMA_VERSION = 1
"""Version of the layout and of the columns of every table."""

RUNS = "runs"
DONE = "done"
FAILED = "failed"
SUPERSEDED = "superseded"
MANIFEST = "manifest.json"
STUDY = "study.yaml"
FIGURES = "figures"

_NOT_TABLES = {FIGURES, SUPERSEDED}
_NO_RUNS = {
    "study": pl.String, "scenario": pl.String, "arm": pl.String, "replicate": pl.Int32, "seed": pl.Int64,
    "run": pl.String, "status": pl.String, "error": pl.String, "seconds": pl.Float64, "peak_memory_mb": pl.Float64,
    "files": pl.String,
}  # fmt: skip


def default_folder(study: str, content_hash: str) -> Path:
    """Where results go when no folder is named."""
    return Path("results") / study / content_hash


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either there and whole or not there at all, also after a power failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Store:
    """The results of one study.

    Args:
        folder: where they lie.
    """

    folder: Path

    def describe(self, resolved: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
        """Write the resolved study and the manifest."""
        write_whole(self.folder / STUDY, _study_text(resolved))
        content = {"schema_version": SCHEMA_VERSION, **manifest}
        write_whole(self.folder / MANIFEST, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())

    def manifest(self) -> dict[str, Any]:
        """The manifest; empty when there is none yet.

        Raises:
            InputError: the folder's results were written by a later version.
        """
        path = self.folder / MANIFEST
        if not path.is_file():
            return {}
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = content.get("schema_version", 0)
        if found > SCHEMA_VERSION:
            what = f"results of schema version {found}; this version reads up to {SCHEMA_VERSION}"
            raise InputError(Problem(str(path), what, "read them with a newer supportnet"))
        return content

    def append(
        self,
        run: str,
        tables: Mapping[str, pl.DataFrame],
        row: Mapping[str, Any],
        files: Mapping[str, Path] | None = None,
    ) -> None:
        """Keep a run: its tables first, its row in `runs` last.

        Args:
            run: key of the run.
            tables: with the keys in front.
            row: keys, status, error, seconds and peak memory of the run.
            files: tables that lie in files of the same file system already; they are moved.
        """
        digests = {name: self._write_table(name, run, table) for name, table in tables.items()}
        digests |= {name: self._move_table(name, run, path) for name, path in (files or {}).items()}
        whole_row = {**row, "run": run, "files": json.dumps(digests, sort_keys=True)}
        self._write_table(RUNS, run, pl.DataFrame([whole_row], schema=_NO_RUNS))

    def _write_table(self, name: str, run: str, table: pl.DataFrame) -> str:
        """Write one shard; returns the hash of its content."""
        buffer = io.BytesIO()
        table.write_parquet(buffer, compression="zstd")
        write_whole(self._shard(name, run), buffer.getvalue())
        return hashlib.sha256(buffer.getvalue()).hexdigest()

    def _move_table(self, name: str, run: str, path: Path) -> str:
        """Take over a file as a shard, durably; returns the hash of its content."""
        shard = self._shard(name, run)
        shard.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.replace(path, shard)
        _flush_folder(shard.parent)
        return digest

    def _shard(self, name: str, run: str) -> Path:
        """The file of a table and run."""
        return self.folder / name / f"{run}.parquet"

    def is_done(self, run: str) -> bool:
        """Whether a run is kept, with every one of its tables undamaged."""
        try:
            row = pl.read_parquet(self._shard(RUNS, run)).row(0, named=True)
            files: dict[str, str] = json.loads(row["files"])
            return row["status"] == DONE and all(self._is_whole(name, run, digest) for name, digest in files.items())
        except (OSError, pl.exceptions.PolarsError, KeyError, ValueError):
            return False

    def _is_whole(self, name: str, run: str, digest: str) -> bool:
        """Whether a shard has the content that was written."""
        with self._shard(name, run).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest

    def set_aside(self, wanted: Collection[str]) -> int:
        """Move runs that are not wanted (of other settings, seeds or code) to `superseded/`; returns how many."""
        strangers = [path for path in self._shards() if path.stem not in wanted]
        for path in strangers:
            target = self.folder / SUPERSEDED / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
        return len({path.stem for path in strangers})

    def _shards(self) -> list[Path]:
        """Every file of every table."""
        return [path for name in self.names() for path in sorted((self.folder / name).glob("*.parquet"))]

    def names(self) -> list[str]:
        """Names of the tables that are there."""
        if not self.folder.is_dir():
            return []
        folders = [path for path in self.folder.iterdir() if path.is_dir() and path.name not in _NOT_TABLES]
        return sorted(path.name for path in folders if any(path.glob("*.parquet")))

    def scan(self, name: str) -> pl.LazyFrame:
        """A table over all runs, read when it is used.

        Raises:
            InputError: there is no such table here.
        """
        if name not in self.names():
            raise InputError(
                Problem(str(self.folder), f"holds no table '{name}'", f"tables: {', '.join(self.names())}")
            )
        return pl.scan_parquet(self.folder / name / "*.parquet")

    def table(self, name: str) -> pl.DataFrame:
        """A table over all runs, in the order of the study: replicates outermost, then scenarios, then arms."""
        manifest = self.manifest()
        order = [pl.col("replicate"), *(_place(name, manifest.get(f"{name}s", [])) for name in ("scenario", "arm"))]
        return self.scan(name).collect().sort(*order, maintain_order=True)

    def runs(self) -> pl.DataFrame:
        """The table of runs; empty when none was kept."""
        return self.table(RUNS) if RUNS in self.names() else pl.DataFrame(schema=_NO_RUNS)


def _place(column: str, order: Sequence[str]) -> pl.Expr:
    """Where a value stands in an order; values that are not in it come last, by name."""
    known = pl.col(column).replace_strict(
        list(order), list(range(len(order))), default=len(order), return_dtype=pl.Int64
    )
    return pl.struct(known, pl.col(column).alias("name")) if order else pl.col(column)


def _study_text(resolved: Mapping[str, Any]) -> bytes:
    """The resolved study as YAML, in the order of its fields."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 4096
    buffer = io.BytesIO(b"# The study with every value spelled out; 'supportnet run' takes this file.\n")
    buffer.seek(0, io.SEEK_END)
    yaml.dump(dict(resolved), buffer)
    return buffer.getvalue()
