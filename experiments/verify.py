"""Whether stored results come out again: some runs are repeated, and the hashes of their tables compared."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from experiments.batch import hashes
from experiments.provenance import code_version
from experiments.run import attempt
from experiments.shards import DONE, RUNS, SCHEMA_VERSION
from experiments.store import ADDRESS, STUDY, Store
from experiments.study import Experiment, Study
from simulation import InputError, Problem

MISSING = "is not among the runs of the study as it is described beside the results"


@dataclass(frozen=True)
class Checked:
    """What became of a run that was repeated.

    Args:
        run, scenario, arm, replicate, seed: which.
        same_code: whether it was stored by the code that repeated it.
        stored: tables whose rows in the store are not those that were written.
        repeated: tables that came out otherwise.
        error: why it could not be repeated; empty where it could.
    """

    run: str
    scenario: str
    arm: str
    replicate: int
    seed: int
    same_code: bool
    stored: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    error: str = ""

    @property
    def is_same(self) -> bool:
        """Whether it came out again."""
        return not (self.stored or self.repeated or self.error)


@dataclass(frozen=True)
class Verified:
    """What `verify` found.

    Args:
        checked: the runs that were repeated.
        damaged: shards that are not what was written, with what is wrong with them.
        total: runs in the store that came to an end.
    """

    checked: tuple[Checked, ...]
    damaged: Mapping[str, str] = field(default_factory=dict)
    total: int = 0

    @property
    def is_same(self) -> bool:
        """Whether everything is as it should be."""
        return not self.damaged and all(item.is_same for item in self.checked)


def _silent(_: Checked) -> None:
    """Tell nobody."""


def verify(folder: Path, sample: int, seed: int = 1, told: Callable[[Checked], None] = _silent) -> Verified:
    """Hash every file of a store, repeat some of its runs, and compare.

    Args:
        folder: of the results.
        sample: how many runs are repeated; all where there are fewer.
        seed: another one chooses other runs.
        told: called after each run.

    Raises:
        InputError: there are no results here, or they were written by a version that kept no hashes.
    """
    store = Store(folder)
    if not (folder / STUDY).is_file() or RUNS not in store.names():
        raise InputError(Problem(str(folder), "holds no results", "give the folder that 'supportnet run' named"))
    if store.manifest().get("schema_version", 0) < SCHEMA_VERSION:
        raise InputError(Problem(str(folder), "was written by a version that kept no hashes", "run the study again"))
    damaged = store.damage()
    if damaged:
        return Verified((), damaged)
    runs = store.runs().filter(pl.col("status") == DONE)
    chosen = sorted(runs.iter_rows(named=True), key=lambda row: _place(row["run"], seed))[:sample]
    checked = []
    for row, experiment in _with_experiments(Study.from_file(folder / STUDY), chosen):
        checked.append(_checked(store, row, experiment))
        told(checked[-1])
    return Verified(tuple(checked), total=runs.height)


def _place(run: str, seed: int) -> bytes:
    """Where a run stands in the order of this seed."""
    return hashlib.sha256(f"{seed}/{run}".encode()).digest()


def _with_experiments(study: Study, rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Experiment | None]]:
    """Rows of the table of runs, each with what was run."""
    wanted = {tuple(row[name] for name in ADDRESS) for row in rows}
    found = {
        address: experiment
        for experiment in study.experiments()
        if (address := (experiment.scenario, experiment.arm, experiment.replicate)) in wanted
    }
    for row in rows:
        yield row, found.get(tuple(row[name] for name in ADDRESS))


def _checked(store: Store, row: Mapping[str, Any], experiment: Experiment | None) -> Checked:
    """Repeat a run."""
    names = ("run", "scenario", "arm", "replicate", "seed")
    about = {name: row[name] for name in names} | {"same_code": row["code"] == code_version()}
    if experiment is None:
        return Checked(**about, error=MISSING)
    written: dict[str, str] = json.loads(row["content"])
    there = hashes({name: _rows_of(store, name, row) for name in written})
    result = attempt(experiment)
    again = hashes(result.tables)
    return Checked(
        **about,
        stored=tuple(name for name in written if there[name] != written[name]),
        repeated=tuple(name for name in written if again.get(name) != written[name]) if not result.error else (),
        error=result.error,
    )


def _rows_of(store: Store, name: str, row: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a run in a table, as they were written."""
    mine = [pl.col(key) == row[key] for key in ADDRESS]
    return store.steadily(lambda: store.scan(name).filter(*mine).collect())
