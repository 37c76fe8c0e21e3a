"""A batch of runs: what a worker is handed. It does them one after the other and writes them into the store itself.

What travels is small both ways: descriptions of runs there, a receipt per run back. A receipt is given only for what
is on the disk. A batch may be done twice (its worker was killed): what it has kept is not repeated, and a run during
which two workers were killed is taken to be the cause, recorded as failed, and set aside.
"""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from experiments.run import KEYS, RunResult, attempt
from experiments.shards import DONE, FAILED, Shard, columns_in, content_hash
from experiments.store import BYTES_PER_SHARD, RUNS_PER_SHARD, SHARDS, Store, is_small
from experiments.study import Experiment
from simulation import RunError

MOST_DEATHS = 2
"""A run during which so many workers were killed is not tried again."""
SECONDS_UNKEPT = 10.0
"""What was done is written to the disk at least this often, between runs."""
_BYTES_UNKEPT = 4 * BYTES_PER_SHARD

KILLED = "WorkerKilled: its worker was killed twice; out of memory, or ended from outside"


class StoreError(RunError):
    """Results can no longer be written."""


@dataclass(frozen=True)
class Item:
    """A run of a batch, by its key."""

    run: str
    experiment: Experiment


@dataclass(frozen=True)
class Batch:
    """Some runs to do.

    Args:
        folder: of the results.
        name: tells the batches of a sweep apart.
        sweep: name of the sweep, for the table of runs.
        code: version of the code, for the table of runs.
        items: the runs.
        time_limit: seconds that one run may take; none for any.
        keep: names of the tables to keep; none for all.
    """

    folder: Path
    name: str
    sweep: str
    code: str
    items: tuple[Item, ...]
    time_limit: float | None = None
    keep: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class Receipt:
    """A run that is kept: which, and how it went."""

    run: str
    scenario: str
    arm: str
    replicate: int
    seed: int
    status: str
    error: str
    trace: str
    seconds: float
    peak_memory_mb: float


@dataclass(frozen=True)
class Kept:
    """A shard that was written: its name, number of runs and bytes."""

    shard: str
    runs: int
    size: int

    @property
    def is_small(self) -> bool:
        """Whether it should be merged with others."""
        return is_small(self.runs, self.size)


@dataclass(frozen=True)
class BatchReport:
    """What came of a batch.

    Args:
        batch: its name.
        receipts: one per run.
        shards: where they are.
        seconds: wall time of the worker.
    """

    batch: str
    receipts: tuple[Receipt, ...]
    shards: tuple[Kept, ...]
    seconds: float


def do_batch(batch: Batch) -> BatchReport:
    """Do the runs of a batch and keep them.

    Raises:
        StoreError: the disk is full, or cannot be written to; what had been written before is kept.
    """
    try:
        return _Work(batch).done()
    except OSError as error:
        words = error.strerror or str(error)
        raise StoreError(f"{batch.folder}: results can no longer be written: {words}") from error


@dataclass
class _Marker:
    """What a batch has done so far, in a file, so that another worker can go on with it.

    Args:
        path: of the file.
        current: key of the run under way.
        deaths: how often a worker was killed during a run, by key.
        shards: names of the shards written.
    """

    path: Path
    current: str = ""
    deaths: dict[str, int] = field(default_factory=dict)
    shards: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, batch: Batch) -> "_Marker":
        """The marker of a batch; a run that was under way has killed its worker."""
        path = Store(batch.folder).working / f"{batch.sweep}-{batch.name}.json"
        if not path.is_file():
            return cls(path)
        marker = cls(path, **json.loads(path.read_text()))
        if marker.current:
            marker.deaths = dict(Counter(marker.deaths) + Counter([marker.current]))
        return marker

    def write(self, **changes: object) -> None:
        """Change something, and write the file."""
        for name, value in changes.items():
            setattr(self, name, value)
        content = {name: value for name, value in asdict(self).items() if name != "path"}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(content))
        os.replace(temporary, self.path)


class _Work:
    """A batch under way; `tables` and `rows` are done and not yet on the disk."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.store = Store(batch.folder)
        self.start = self.last_kept = time.monotonic()
        self.marker = _Marker.of(batch)
        self.receipts: list[Receipt] = []
        self.shards: list[Kept] = []
        self.tables: dict[str, list[pl.DataFrame]] = {}
        self.files: dict[str, list[Path]] = {}
        self.rows: list[dict[str, Any]] = []
        self.size = 0.0

    def done(self) -> BatchReport:
        """Do what is not done."""
        for name in self.marker.shards:
            self._found(name)
        there = {receipt.run for receipt in self.receipts}
        for item in self.batch.items:
            if item.run not in there:
                self._do(item)
        self._keep()
        self.marker.path.unlink(missing_ok=True)
        return BatchReport(self.batch.name, tuple(self.receipts), tuple(self.shards), time.monotonic() - self.start)

    @property
    def _spool(self) -> Path:
        """Where event logs of this batch are written as they happen."""
        return self.store.working / f"events-{self.batch.sweep}-{self.batch.name}"

    def _found(self, name: str) -> None:
        """Take over a shard that was written before; without it, where it was merged away, its runs are done again."""
        shard = Shard(self.store.folder / SHARDS / name)
        with suppress(OSError):
            rows = shard.runs().to_dicts()
            self.shards.append(Kept(name, len(rows), shard.size))
            self.receipts += [_receipt(row) for row in rows]

    def _do(self, item: Item) -> None:
        """Do a run, unless workers died of it."""
        if self.marker.deaths.get(item.run, 0) >= MOST_DEATHS:
            self._add(item, RunResult(item.experiment, error=KILLED))
            return
        self.marker.write(current=item.run)
        self._add(item, attempt(item.experiment, self.batch.time_limit, self._spool / item.run, self.batch.keep))
        if self._is_due():
            self._keep()

    def _add(self, item: Item, result: RunResult) -> None:
        """Put a run among those to be written."""
        tables = {name: table for name, table in result.tables.items() if self._is_wanted(name)}
        for name, table in tables.items():
            self.tables.setdefault(name, []).append(table)
            self.size += table.estimated_size()
        files = {name: path for name, path in result.files.items() if self._is_wanted(name)}
        for name, path in files.items():
            self.files.setdefault(name, []).append(path)
            self.size += path.stat().st_size
        self.rows.append(_row(self.batch, item, result, hashes(tables) | file_hashes(files)))

    def _is_wanted(self, table: str) -> bool:
        """Whether a table is to be kept."""
        return self.batch.keep is None or table in self.batch.keep

    def _is_due(self) -> bool:
        """Whether it is time to write."""
        is_late = time.monotonic() - self.last_kept >= SECONDS_UNKEPT
        return is_late or len(self.rows) >= RUNS_PER_SHARD or self.size >= _BYTES_UNKEPT

    def _keep(self) -> None:
        """Write what is done, and only then give receipts."""
        if self.rows:
            tables = {name: pl.concat(parts) for name, parts in self.tables.items()}
            shard = self.store.write(tables, self.rows, self.files)
            self.shards.append(Kept(shard.name, len(self.rows), shard.size))
            self.receipts += [_receipt(row) for row in self.rows]
            self.tables, self.files, self.rows, self.size = {}, {}, [], 0
            shutil.rmtree(self._spool, ignore_errors=True)
            self.marker.write(current="", shards=[kept.shard for kept in self.shards])
        self.last_kept = time.monotonic()


def hashes(tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The hash of the content of each table, without the keys."""
    return {name: content_hash(table.drop(KEYS)) for name, table in tables.items()}


def file_hashes(files: Mapping[str, Path]) -> dict[str, str]:
    """The same of tables in files."""
    return {name: content_hash(columns_in(path, KEYS)) for name, path in files.items()}


def _row(batch: Batch, item: Item, result: RunResult, content: Mapping[str, str]) -> dict[str, Any]:
    """A run's row in the table of runs."""
    experiment = result.experiment
    return {
        **{name: getattr(experiment, name) for name in KEYS},
        "run": item.run,
        "status": FAILED if result.error else DONE,
        "error": result.error,
        "seconds": round(result.seconds, 3),
        "peak_memory_mb": round(result.peak_memory_mb, 1),
        "trace": result.trace,
        "content": json.dumps(content, sort_keys=True),
        "code": batch.code,
        "sweep": batch.sweep,
    }


def _receipt(row: Mapping[str, Any]) -> Receipt:
    """The receipt of a row."""
    return Receipt(**{name: row[name] for name in Receipt.__dataclass_fields__})
