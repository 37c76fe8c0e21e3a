"""Event logs on the disk: a sink that writes each day's rows as a part, and joins the parts when the run is over.

No more than a day's rows are in memory at once. Parts lie in a folder of the run below `SPOOL`; what a killed run left
there is written anew when the run is done again.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl

SPOOL = ".events"
"""Folder, in that of the results, of what is being written."""

ROWS_AT_ONCE = 131_072
"""Rows of one group in a file: what a reader has to hold at least."""


class ParquetSink:
    """Takes a log into a folder of its own, one file for each table and day with events.

    Args:
        folder: emptied at the start.
        dressed: puts the keys of the run in front of rows.
    """

    def __init__(self, folder: Path, dressed: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        self.folder = folder
        self._dressed = dressed
        self._parts: dict[str, list[Path]] = {}
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def write(self, table: str, rows: pl.DataFrame) -> None:
        """Write a day's rows; a table's first part is written even without rows, for its columns."""
        parts = self._parts.setdefault(table, [])
        if not parts or rows.height:
            part = self.folder / f"{table}-{len(parts):06d}.part"
            self._dressed(rows).write_parquet(part, compression="lz4")
            parts.append(part)

    def joined(self) -> dict[str, Path]:
        """One file for each table, in the order of writing; the parts are gone then."""
        return {table: self._join(table, parts) for table, parts in self._parts.items()}

    def _join(self, table: str, parts: list[Path]) -> Path:
        """Join the parts of a table, a few rows at a time."""
        whole = self.folder / f"{table}.parquet"
        pl.scan_parquet(parts, glob=False).sink_parquet(
            whole, compression="zstd", row_group_size=ROWS_AT_ONCE, maintain_order=True
        )
        for part in parts:
            os.unlink(part)
        return whole
