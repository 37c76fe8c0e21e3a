"""Event logs on the disk: a sink that writes each day's rows as a part, and joins the parts when the run is over.

No more than a day's rows are in memory at once. Parts lie in a folder of the run; what a killed run left there is
written anew when the run is done again.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl

from experiments.problems import validated
from experiments.yaml_files import Located, shown_value
from simulation import EVENT_TABLES, EventLog, event_log, nearest_name

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


def log_of(raw: object) -> EventLog | list[Located] | None:
    """What a study asks for under `events`, or what is wrong with it: names of tables, a mapping, a log, or nothing."""
    if raw is None or isinstance(raw, EventLog):
        return raw
    if isinstance(raw, Mapping):
        return validated(EventLog, dict(raw), ("events",), "an event log")
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        what = f"{shown_value(raw)} is neither a list of tables nor a group of settings"
        return [Located(("events",), what, f"for example events: [views, reactions]; {_known_tables()}")]
    wrong = [_wrong_table(index, name) for index, name in enumerate(raw) if name not in EVENT_TABLES]
    return wrong or (event_log(list(raw)) if raw else None)


def _wrong_table(index: int, name: object) -> Located:
    """The problem with a name that no table has."""
    what = f"{shown_value(name)} is not a table of the event log"
    return Located(("events", index), what, _known_tables(), nearest_name(str(name), EVENT_TABLES))


def _known_tables() -> str:
    """The sentence that names the tables of a log."""
    return f"tables: {', '.join(EVENT_TABLES)}"
