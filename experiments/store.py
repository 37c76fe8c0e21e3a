"""The results store: one folder per study, in it shards that each hold every table of some runs.

What a reader finds is whole at any time, also while sweeps are at work. Contents do not depend on when, where and in
which order they were written, save for the table of runs, the manifest and the folder `sweeps`. docs/results.md
describes the tables, docs/scale.md what happens when something breaks.
"""

import io
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from ruamel.yaml import YAML

from experiments.claims import locked
from experiments.shards import (
    DONE,
    FAILED,
    RUN_COLUMNS,
    RUNS,
    SCHEMA_VERSION,
    UNREADABLE,
    Shard,
    run_rows,
    write_shard,
    write_whole,
)
from experiments.yaml_files import parse_json
from simulation import InputError, Problem

SUPERSEDED = "superseded"
DAMAGED = "damaged"
SHARDS = "shards"
SWEEPS = "sweeps"
WORKING = ".working"
"""What sweeps need while they are at work; may be deleted when none is."""
MANIFEST = "manifest.json"
STUDY = "study.yaml"
SCENARIOS = "scenarios.parquet"
FIGURES = "figures"
RIDGE = "ridge"
"""The folder, in that of a study, of the results of its arms along the ridge."""

RUNS_PER_SHARD = 100
BYTES_PER_SHARD = 8_000_000
"""A shard is large enough at so many runs or bytes."""
BYTES_OF_A_HEAVY_RUN = 200_000
"""Shards of runs as large as this are not merged: writing them again would cost more than it saves."""
MOST_SMALL_SHARDS = 32
"""Small shards are merged when there are so many."""

ADDRESS = ["scenario", "arm", "replicate"]
"""What tells the runs of one study apart."""

_POINT_COLUMNS: Mapping[str, Any] = {"study": pl.String, "point": pl.Int32, "scenario": pl.String}
COLUMNS: Mapping[str, Mapping[str, Any]] = {
    RUNS: RUN_COLUMNS,
    "outcomes": {
        "study": pl.String, "scenario": pl.String, "arm": pl.String, "replicate": pl.Int32, "seed": pl.Int64,
        "step": pl.Int64, "day": pl.Float64, "group": pl.String, "outcome": pl.String, "value": pl.Float64,
    },
}  # fmt: skip
"""Columns of tables of results that are looked at."""
_TELLING = {*ADDRESS, *_POINT_COLUMNS}

_NOT_TABLES = {FIGURES, RIDGE, SUPERSEDED, DAMAGED, SHARDS, SWEEPS, WORKING}
_ATTEMPTS = 8
_SHARDS_PER_PIECE = 20

Keys = NDArray[np.uint64]
"""Keys of runs [K] as numbers, sorted."""


def default_folder(study: str, content_hash: str) -> Path:
    """Where results go when no folder is named."""
    return Path("results") / study / content_hash


def as_numbers(keys: Sequence[str]) -> Keys:
    """Keys of runs as numbers, in their order."""
    return np.array([int(key, 16) for key in keys], dtype=np.uint64)


def as_key(number: int) -> str:
    """A key as text."""
    return f"{number:016x}"


def among(keys: Keys, known: Keys) -> NDArray[np.bool_]:
    """For each key [K] whether it is one of the known, which are sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: NDArray[np.bool_] = known[places] == keys
    return found


def is_small(runs: int, size: int) -> bool:
    """Whether a shard of so many runs and bytes should be merged with others."""
    return runs < RUNS_PER_SHARD // 2 and size < min(BYTES_PER_SHARD // 2, runs * BYTES_OF_A_HEAVY_RUN)


class Damage(NamedTuple):
    """A shard that is not what was written: its name, and what is wrong with it."""

    shard: str
    words: str


@dataclass(frozen=True)
class Inventory:
    """What a store holds.

    Args:
        done: keys of the runs that came to an end.
        failed: keys of those that failed and did not come to an end another time.
        damaged: shards that are not what was written; their runs are not counted.
        small: names of shards that could be merged.
        repeated: whether some run is there twice.
        shards: names of all of them, by name.
    """

    done: Keys
    failed: Keys
    damaged: tuple[Damage, ...]
    small: tuple[str, ...]
    repeated: bool
    shards: tuple[str, ...]


@dataclass(frozen=True)
class Store:
    """The results of one study.

    Args:
        folder: where they lie.
    """

    folder: Path

    @property
    def working(self) -> Path:
        """The folder for what sweeps need while they are at work."""
        return self.folder / WORKING

    @property
    def _into(self) -> Path:
        """The folder of shards."""
        return self.folder / SHARDS

    def arriving(self) -> AbstractContextManager[bool]:
        """Keep other sweeps from arriving meanwhile: the first of them clears the working folder."""
        return locked(self.working / "arrival.lock")

    # --- the study ------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the folder, and make sure that results can be written to it.

        Raises:
            InputError: they cannot.
        """
        try:
            with self.arriving():
                write_whole(self.working / "probe", b"0")
                (self.working / "probe").unlink(missing_ok=True)
        except OSError as error:
            what = f"results cannot be written here: {error.strerror or error}"
            raise InputError(Problem(str(self.folder), what, "choose another folder with -o DIR")) from None

    def describe(self, resolved: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
        """Write the resolved study and the manifest."""
        write_whole(self.folder / STUDY, _study_text(resolved))
        write_whole(self.folder / MANIFEST, _json({"schema_version": SCHEMA_VERSION, **manifest}))

    def note_scenarios(self, points: pl.DataFrame) -> None:
        """Write the points of the design: study, point, scenario, and the value of every factor."""
        content = io.BytesIO()
        points.write_parquet(content)
        write_whole(self.folder / SCENARIOS, content.getvalue())

    def scenarios(self) -> pl.DataFrame:
        """The points of the design; of results of the first version, which had no such table, without factors."""
        path = self.folder / SCENARIOS
        if path.is_file():
            return self.steadily(lambda: _with_columns(pl.read_parquet(path), path, _POINT_COLUMNS))
        manifest = self.manifest()
        labels = pl.DataFrame({"scenario": manifest.get("scenarios", [])}, schema={"scenario": pl.String})
        point = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias("point")
        return labels.select(pl.lit(manifest.get("study", "")).alias("study"), point, "scenario")

    def note_sweep(self, name: str, content: Mapping[str, Any]) -> None:
        """Write down what a sweep did, and where: one file for each, so that several at once do not disturb another."""
        write_whole(self.folder / SWEEPS / f"{name}.json", _json(content))

    def sweeps(self) -> list[dict[str, Any]]:
        """What was written down about every sweep, the oldest first; a damaged record is passed over."""
        found = []
        for path in sorted((self.folder / SWEEPS).glob("*.json")):
            with suppress(ValueError, RecursionError):
                found.append(json.loads(path.read_text(encoding="utf-8")))
        return sorted((item for item in found if isinstance(item, dict)), key=lambda item: str(item.get("started", "")))

    def manifest(self) -> dict[str, Any]:
        """The manifest; empty when there is none yet.

        Raises:
            InputError: it cannot be read, or the results were written by a later version.
        """
        path = self.folder / MANIFEST
        if not path.is_file():
            return {}
        allowed = "delete it and run the study again: it is written anew; the results beside it are not touched"
        content = parse_json(path.read_bytes(), str(path), allowed)
        if not _is_manifest(content):
            raise InputError(Problem(str(path), "is not what was written", allowed))
        found = content.get("schema_version", 0)
        if found > SCHEMA_VERSION:
            what = f"results of schema version {found}; this version reads up to {SCHEMA_VERSION}"
            raise InputError(Problem(str(path), what, "read them with a newer supportnet"))
        return dict(content)

    # --- writing --------------------------------------------------------------------------------------------------

    def write(
        self,
        tables: Mapping[str, pl.DataFrame],
        rows: Sequence[Mapping[str, Any]],
        files: Mapping[str, Sequence[Path]] | None = None,
    ) -> Shard:
        """Keep some runs together; when this returns, they are on the disk.

        Args:
            tables: with the keys in front.
            rows: one per run, with the columns of the table of runs.
            files: tables that are too large for the memory, as Parquet files with the keys in front, in their order.

        Raises:
            OSError: the disk is full, or cannot be written to.
        """
        return write_shard(self._into, self.working, tables, run_rows(rows), files)

    def append(self, run: str, tables: Mapping[str, pl.DataFrame], row: Mapping[str, Any]) -> Shard:
        """Keep one run.

        Args:
            run: its key.
            tables: with the keys in front.
            row: keys, status, error, seconds and peak memory of the run.
        """
        return self.write(tables, [{**row, "run": run}])

    # --- what is there --------------------------------------------------------------------------------------------

    def shards(self) -> list[Shard]:
        """Every shard, by name."""
        return [Shard(path) for path in sorted(self._into.glob("*")) if not path.name.startswith(".")]

    def inventory(self) -> Inventory:
        """Which runs are there; files are looked at for damage."""
        return self.steadily(self._inventory)

    def _inventory(self) -> Inventory:
        """The same, of shards that stay while they are looked at.

        Raises:
            FileNotFoundError: one was merged away.
        """
        keys: dict[str, list[Keys]] = {DONE: [], FAILED: []}
        damaged, small = [], []
        every_shard = self.shards()
        for shard in every_shard:
            words = shard.damage()
            if words:
                damaged.append(Damage(shard.name, words))
                continue
            runs = shard.runs(["run", "status"])
            for status, found in keys.items():
                found.append(as_numbers(runs.filter(pl.col("status") == status)["run"].to_list()))
            if is_small(runs.height, shard.size):
                small.append(shard.name)
        every = {status: np.concatenate([*found, np.zeros(0, np.uint64)]) for status, found in keys.items()}
        done, failed = np.unique(every[DONE]), np.unique(every[FAILED])
        failed = failed[~among(failed, done)]
        repeated = len(done) + len(failed) < len(every[DONE]) + len(every[FAILED])
        names = tuple(shard.name for shard in every_shard)
        return Inventory(done, failed, tuple(damaged), tuple(small), repeated, names)

    def is_done(self, run: str) -> bool:
        """Whether a run is kept, with every one of its tables undamaged."""
        return bool(among(as_numbers([run]), self.inventory().done)[0])

    def names(self) -> list[str]:
        """Names of the tables that are there."""
        found = {path.stem for shard in self.shards() for path in shard.folder.glob("*.parquet")}
        return sorted(found | {path.parent.name for path in self._old_files("*")})

    def _old_files(self, table: str) -> list[Path]:
        """Files of the first version of the layout: a folder per table, in it a file per run."""
        if not (self.folder / RUNS).is_dir():
            return []
        return sorted(path for path in self.folder.glob(f"{table}/*.parquet") if path.parent.name not in _NOT_TABLES)

    def old_runs(self) -> int:
        """Runs kept in the first version of the layout."""
        return len(self._old_files(RUNS))

    # --- reading --------------------------------------------------------------------------------------------------

    def steadily[T](self, read: Callable[[], T]) -> T:
        """What is read; read anew when a sweep that is at work has merged a shard away meanwhile.

        Args:
            read: reads, and may be called several times. It hands over rows, not a table that is read later.

        Raises:
            InputError: a file is damaged.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return read()
            except UNREADABLE as error:
                if attempt == _ATTEMPTS - 1:
                    words = " ".join(str(error).split())[:200]
                    allowed = "'supportnet run' sets damaged files aside and does their runs again"
                    raise InputError(Problem(str(self.folder), f"a file cannot be read: {words}", allowed)) from None
                time.sleep(0.01 * 2**attempt if isinstance(error, FileNotFoundError) else 0.0)
        raise AssertionError("unreachable")

    def scan(self, name: str) -> pl.LazyFrame:
        """A table over all runs, read when it is used; a run that is there twice is read once.

        While a sweep is at work, use it within `steadily`.

        Raises:
            InputError: there is no such table here.
        """
        if name not in self.names():
            raise InputError(
                Problem(str(self.folder), f"holds no table '{name}'", f"tables: {', '.join(self.names())}")
            )
        return self.steadily(lambda: self._whole(name))

    def _whole(self, name: str) -> pl.LazyFrame:
        """A table over all runs, with the columns that it must have."""
        table = pl.concat(self._pieces(name, len(self.shards()) + 1))
        return _with_columns(table, self.folder / SHARDS, COLUMNS[name]) if name in COLUMNS else table

    def scan_if_there(self, name: str) -> pl.LazyFrame | None:
        """The same, or None where there is no such table."""
        return self.scan(name) if name in self.names() else None

    def outcomes(self) -> set[str]:
        """Names of the outcomes that have rows."""
        names = pl.col("outcome").unique()
        return self.steadily(lambda: set(self.scan("outcomes").select(names).collect()["outcome"]))

    def pieces(self, name: str) -> list[pl.LazyFrame]:
        """A table over all runs in pieces, each of which fits into memory; the rows of a run are in one piece.

        Raises:
            InputError: there is no such table here.
        """
        self.scan(name)
        return self.steadily(lambda: self._pieces(name, _SHARDS_PER_PIECE))

    def _pieces(self, name: str, shards: int) -> list[pl.LazyFrame]:
        """A table in pieces of so many shards; of shards with a run that counts elsewhere, and of old files, apart."""
        files = [path for shard in self.shards() if (path := shard.folder / f"{name}.parquet").is_file()]
        losers = self._losers()
        spoilt = set(losers["shard"].to_list())
        clean = [path for path in files if path.parent.name not in spoilt]
        frames = [pl.scan_parquet(list(some)) for some in batched(clean, shards)]
        for path in files:
            if path.parent.name in spoilt:
                mine = losers.filter(pl.col("shard") == path.parent.name).select(ADDRESS).lazy()
                frames.append(pl.scan_parquet(path).join(mine, on=ADDRESS, how="anti", maintain_order="left"))
        old = self._old_files(name)
        return [*frames, _upgraded(name, pl.scan_parquet(old))] if old else frames

    def _losers(self) -> pl.DataFrame:
        """Runs [shard, scenario, arm, replicate] that are there another time, which counts.

        Of several, a run that came to an end counts; of equals, that in the shard with the first name.
        """
        files = [path for shard in self.shards() if (path := shard.folder / f"{RUNS}.parquet").is_file()]
        if not files:
            return pl.DataFrame(schema={"shard": pl.String, **{name: RUN_COLUMNS[name] for name in ADDRESS}})
        columns = ["run", "status", "path"]
        runs = pl.scan_parquet(files, include_file_paths="path")
        if runs.select(pl.col("run").n_unique() == pl.len()).collect().item():
            return runs.head(0).select(pl.lit("").alias("shard"), *ADDRESS).collect()
        ranked = runs.select(*columns, *ADDRESS).collect().sort(pl.col("status") != DONE, "path", maintain_order=True)
        again = ranked.filter(~pl.col("run").is_first_distinct())
        return again.select(pl.col("path").str.split("/").list.get(-2).alias("shard"), *ADDRESS)

    def table(self, name: str) -> pl.DataFrame:
        """A table over all runs, in the order of the study: replicates outermost, then scenarios, then arms.

        Raises:
            InputError: there is no such table here, or one of its files is damaged.
        """
        order = self.order()
        return self.steadily(lambda: self.scan(name).collect().sort(*order, maintain_order=True))

    def order(self) -> list[pl.Expr]:
        """What to sort by for the order of the study."""
        manifest = self.manifest()
        return [pl.col("replicate"), *(_place(name, manifest.get(f"{name}s", [])) for name in ("scenario", "arm"))]

    def runs(self) -> pl.DataFrame:
        """The table of runs; empty when none was kept."""
        return self.table(RUNS) if RUNS in self.names() else pl.DataFrame(schema=RUN_COLUMNS)

    def failed_runs(self, most: int) -> pl.DataFrame:
        """Rows of the first runs that failed, in the order of the study."""
        if RUNS not in self.names():
            return pl.DataFrame(schema=RUN_COLUMNS)
        failed = self.steadily(lambda: self.scan(RUNS).filter(pl.col("status") == FAILED).collect())
        return failed.sort(*self.order(), maintain_order=True).head(most)

    # --- keeping order --------------------------------------------------------------------------------------------

    def set_damaged_aside(self, damaged: Sequence[Damage]) -> None:
        """Move damaged shards out of the way, into `damaged/`; whoever finds them first does it."""
        for item in damaged:
            _move(self._into / item.shard, self.folder / DAMAGED / item.shard)

    def set_aside(self, wanted: Keys) -> int:
        """Move runs that are not wanted (of other settings, seeds or code) to `superseded/`; returns how many."""
        aside = self.folder / SUPERSEDED
        moved = 0
        for table in sorted({path.parent for path in self._old_files("*")}):
            moved += len(list(table.glob("*.parquet"))) if table.name == RUNS else 0
            _move(table, aside / table.name)
        for shard in self.shards():
            stays = among(as_numbers(shard.runs(["run"])["run"].to_list()), wanted)
            moved += int(np.count_nonzero(~stays))
            if not stays.any():
                _move(shard.folder, aside / shard.name)
            elif not stays.all():
                self._part(shard, stays, self._into)
                self._part(shard, ~stays, aside)
                self._remove(shard)
        return moved

    def whole_shards(self) -> list[Shard]:
        """Every shard that is what was written, by name."""
        return self.steadily(lambda: [shard for shard in self.shards() if not shard.damage()])

    def damage(self) -> dict[str, str]:
        """What is wrong with each shard that is not what was written; every file is hashed."""
        return self.steadily(
            lambda: {shard.name: words for shard in self.shards() if (words := shard.damage(thorough=True))}
        )

    def copy(self, shard: Shard, chosen: NDArray[np.bool_]) -> Shard:
        """Keep some runs of a shard of another store, too."""
        return self._part(shard, chosen, self._into)

    def _part(self, shard: Shard, chosen: NDArray[np.bool_], into: Path) -> Shard:
        """Write some runs of a shard as a shard of their own."""
        runs = shard.runs().filter(pl.Series(chosen))
        tables = {name: _of_runs(shard.table(name), runs) for name in shard.tables}
        return write_shard(into, self.working, tables, runs)

    def _remove(self, shard: Shard) -> None:
        """Take a shard away at once, then delete it."""
        trash = self.working / f"trash-{shard.name}-{os.getpid()}"
        if _move(shard.folder, trash):
            shutil.rmtree(trash, ignore_errors=True)

    def merge(self, names: Sequence[str]) -> Shard | None:
        """Make one shard of several, and keep of each run what counts; None when that has to wait.

        Nothing is lost when this is interrupted: at worst, runs are there twice until the next time.
        """
        with locked(self.working / "merge.lock", wait=False) as is_ours:
            shards = [shard for name in names if (shard := Shard(self._into / name)).folder.is_dir()]
            if not is_ours or len(shards) < 2 or any(shard.damage() for shard in shards):
                return None
            counting = _counting(shards)
            runs = pl.concat(counting)
            if runs.select(pl.struct(ADDRESS).is_duplicated().any()).item():
                return None
            merged = write_shard(self._into, self.working, _merged(shards, counting), runs)
            for shard in shards:
                if shard.name != merged.name:
                    self._remove(shard)
            return merged

    def tidy(self) -> None:
        """Merge small shards, and drop runs that are there another time; for a sweep that is alone."""
        inventory = self.inventory()
        if inventory.repeated:
            self._drop_losers()
            inventory = self.inventory()
        if len(inventory.small) >= MOST_SMALL_SHARDS:
            self.merge_small(inventory.small)

    def merge_small(self, names: Sequence[str]) -> None:
        """Make few shards of many small ones."""
        there = [shard for name in names if (shard := Shard(self._into / name)).folder.is_dir()]
        for group in _groups(there):
            self.merge(group)

    def _drop_losers(self) -> None:
        """Write the shards that hold a run that is there another time without it.

        What is left of one can be another that is there already, of which all counts elsewhere: that one stays.
        """
        losers = self._losers()
        left, spoilt = set(), [Shard(self._into / name) for name in sorted(set(losers["shard"].to_list()))]
        for shard in spoilt:
            mine = losers.filter(pl.col("shard") == shard.name).select(ADDRESS)
            stays = ~shard.runs().select(pl.struct(ADDRESS).is_in(mine.to_struct().implode())).to_series().to_numpy()
            if stays.any():
                left.add(self._part(shard, stays, self._into).name)
        for shard in spoilt:
            if shard.name not in left:
                self._remove(shard)

    def clear_working(self) -> None:
        """Delete what sweeps that came to a sudden end left behind; for a sweep that is alone."""
        for path in self.working.glob("*"):
            if path.suffix not in {".alive", ".lock"} and path.name != "claims":
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _groups(shards: Sequence[Shard]) -> Iterator[list[str]]:
    """Names of shards that together are one of the usual size."""
    group: list[str] = []
    runs = size = 0
    for shard in shards:
        group.append(shard.name)
        runs, size = runs + shard.runs(["run"]).height, size + shard.size
        if runs >= RUNS_PER_SHARD or size >= BYTES_PER_SHARD:
            yield group
            group, runs, size = [], 0, 0
    if len(group) > 1:
        yield group


def _counting(shards: Sequence[Shard]) -> list[pl.DataFrame]:
    """For each of several shards the rows of its table of runs, but for runs that count elsewhere among them."""
    every = pl.concat([shard.runs().with_columns(place=pl.lit(number)) for number, shard in enumerate(shards)])
    ranked = every.with_row_index("row").sort(pl.col("status") != DONE, "row", maintain_order=True)
    first = ranked.filter(pl.col("run").is_first_distinct()).sort("row").drop("row")
    return [first.filter(pl.col("place") == number).drop("place") for number in range(len(shards))]


def _merged(shards: Sequence[Shard], counting: Sequence[pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Every table over the runs that count."""
    names = sorted({name for shard in shards for name in shard.tables})
    pairs = list(zip(shards, counting, strict=True))
    return {
        name: pl.concat([_of_runs(shard.table(name), runs) for shard, runs in pairs if name in shard.tables])
        for name in names
    }


def _of_runs(table: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """The rows of some runs that came to an end."""
    return table.join(
        runs.filter(pl.col("status") == DONE).select(ADDRESS), on=ADDRESS, how="semi", maintain_order="left"
    )


def _move(path: Path, target: Path) -> bool:
    """Give a folder another place; whether it was still there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    with suppress(FileNotFoundError):
        os.rename(path, target)
        return True
    return False


def _upgraded(name: str, table: pl.LazyFrame) -> pl.LazyFrame:
    """A table of the first version with the columns of this one."""
    if name != RUNS:
        return table
    return table.select(
        *(column for column in RUN_COLUMNS if column not in ("trace", "content", "code", "sweep")),
        *(pl.lit("").alias(column) for column in ("trace", "content", "code", "sweep")),
    ).select(list(RUN_COLUMNS))


def _is_manifest(content: object) -> bool:
    """Whether a value has what is read of a manifest, of the kinds that it has."""
    if not isinstance(content, dict) or not isinstance(content.get("schema_version", 0), int):
        return False
    names = [content.get(key, []) for key in ("arms", "scenarios")]
    return all(isinstance(item, list) and all(isinstance(name, str) for name in item) for item in names)


def _with_columns[T: (pl.DataFrame, pl.LazyFrame)](table: T, path: Path, columns: Mapping[str, Any]) -> T:
    """A table, after a look at its columns.

    Raises:
        InputError: one is of another kind, or one that tells runs or points apart is missing.
    """
    found = table.collect_schema()
    for name, kind in columns.items():
        is_needed = name in found or name in _TELLING
        if is_needed and found.get(name) != kind:
            what = f"column '{name}' is {found.get(name) or 'missing'}, not {kind}"
            raise InputError(Problem(str(path), what, "results that 'supportnet run' wrote"))
    return table


def _place(column: str, order: Sequence[str]) -> pl.Expr:
    """Where a value stands in an order; values that are not in it come last, by name."""
    known = pl.col(column).replace_strict(
        list(order), list(range(len(order))), default=len(order), return_dtype=pl.Int64
    )
    return pl.struct(known, pl.col(column).alias("name")) if order else pl.col(column)


def _json(content: Mapping[str, Any]) -> bytes:
    """JSON for people."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


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
