"""Every reader of files that others may have made, as one function of bytes: for property-based and for guided fuzzing.

A harness writes the bytes where its reader looks for them and reads. It returns where reading ends with a valid object
or with an error that says where and what is allowed; anything else comes out as an exception. `tests/hostile/` draws
bytes with Hypothesis, `scripts/fuzz.py` lets coverage guide them.
"""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from experiments import Store, Study
from experiments.calibration.targets import Targets, read_targets
from experiments.comparison import Comparison, compare
from experiments.exporting import export
from experiments.point_tables import PointTable, read_points
from experiments.sensitivity.reliance import Reliance, read_reliance
from experiments.shards import RUNS
from experiments.store import MANIFEST, SCENARIOS, SHARDS, STUDY, SWEEPS
from experiments.weighted_samples import WeightedSample, read_sample
from simulation import FollowerGraph, InputError
from simulation.graph_files import FORMATS, read_network
from simulation.node_tables import NodeTable, read_node_table
from tests.made_up import made_up
from tests.sweeps import STUDY as TINY

Harness = Callable[[bytes, Path], None]
"""Reads bytes in a folder of its own."""

CORPUS = Path(__file__).parent / "corpus"
"""For each reader a folder with files that it is to be tried with first, those that once did harm among them."""
MOST_WORDS = 20_000
"""Letters of an error: one that repeats a whole file helps nobody."""
_CALIBRATED = "study: over\nbase: {calibrated: made.yaml, days: 3}\n"
_SAMPLED = "study: ridge\ndesign: {type: posterior, path: made.parquet, points: 4}\n"


def ends_well(read: Callable[[], object], what: type) -> None:
    """Read, and hold what comes of it to its kind, or the error to its three parts."""
    found: object = None
    try:
        found = read()
    except InputError as error:
        found = error
    if isinstance(found, InputError):
        assert found.problems
        assert all(problem.what.strip() for problem in found.problems)
        assert 0 < len(str(found.problems[0])) < MOST_WORDS
    else:
        assert isinstance(found, what), type(found)


def _file(name: str, read: Callable[[Path], object], what: type, content: bytes, folder: Path) -> None:
    """One file that is read on its own."""
    path = folder / name
    path.write_bytes(content)
    ends_well(lambda: read(path), what)


def _overrides(content: bytes, folder: Path) -> None:
    """Words of a command line, one on each line, over a study that can be read."""
    path = folder / "study.yaml"
    path.write_text(TINY, encoding="utf-8")
    words = content.decode("utf-8", "surrogateescape").split("\n")
    ends_well(lambda: Study.from_file(path, words), Study)


def _beside(study: str, name: str, content: bytes, folder: Path) -> None:
    """A file that a study names."""
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    (folder / name).write_bytes(content)
    ends_well(lambda: Study.from_file(folder / "study.yaml"), Study)


def _results(folder: Path) -> Path:
    """Results that were never run, whole; made once for a folder."""
    kept = folder / "whole"
    if not kept.is_dir():
        made_up(kept, lambda *_: 0.5, replicates=2, factors={"beliefs.stigma_mean": [0.3, 0.6]})
        Store(kept).note_sweep("first", {"started": "2025-01-01"})
    out = folder / "results"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(kept, out)
    return out


def read_everything(folder: Path) -> None:
    """Read whatever is read of results, each part as its callers do."""
    store = Store(folder)
    reads: list[tuple[Callable[[], Any], type]] = [
        (store.manifest, dict), (store.scenarios, pl.DataFrame), (store.sweeps, list), (store.inventory, object),
        (store.damage, dict), (store.runs, pl.DataFrame), (lambda: store.table("outcomes"), pl.DataFrame),
        (store.outcomes, set), (lambda: store.failed_runs(3), pl.DataFrame),
        (lambda: Study.from_file(folder / STUDY), Study), (lambda: compare(folder), Comparison),
        (lambda: export(folder, "csv"), list),
    ]  # fmt: skip
    for read, what in reads:
        ends_well(read, what)


def _stored(name: str, content: bytes, folder: Path) -> None:
    """A file of results in which everything else is as it was written."""
    out = _results(folder)
    (out / name).write_bytes(content)
    read_everything(out)


def _shard(table: str, content: bytes, folder: Path) -> None:
    """A shard with a table that nobody of ours wrote; names and hashes are as they should be."""
    out = _results(folder)
    shard = Store(out).shards()[0]
    runs = shard.folder / f"{RUNS}.parquet"
    if table == RUNS:
        runs.write_bytes(content)
    else:
        (shard.folder / f"{table}.parquet").write_bytes(content)
        files = {table: (len(content), hashlib.sha256(content).hexdigest())}
        kept = io.BytesIO()
        shard.runs().write_parquet(kept, metadata={"schema_version": "2", "files": json.dumps(files)})
        runs.write_bytes(kept.getvalue())
    shard.folder.rename(out / SHARDS / hashlib.sha256(runs.read_bytes()).hexdigest()[:16])
    read_everything(out)


def _reliance(content: bytes, folder: Path) -> None:
    """What a sensitivity analysis wrote beside results."""
    (folder / "reliance.csv").write_bytes(content)
    ends_well(lambda: read_reliance(folder), Reliance)


def _network(kind: str, path: Path) -> FollowerGraph:
    """A network of a known format."""
    return read_network(path, format=kind)


READERS: dict[str, Harness] = {
    "study": partial(_file, "study.yaml", Study.from_file, Study),
    "overrides": _overrides,
    "calibrated": partial(_beside, _CALIBRATED, "made.yaml"),
    "posterior": partial(_beside, _SAMPLED, "made.parquet"),
    "sample": partial(_file, "sample.parquet", read_sample, WeightedSample),
    "points": partial(_file, "points.csv", read_points, PointTable),
    "targets": partial(_file, "targets.yaml", read_targets, Targets),
    **{f"network-{kind}": partial(_file, "network", partial(_network, kind), FollowerGraph) for kind in FORMATS},
    "network-packed": partial(_file, "network.txt.gz", read_network, FollowerGraph),
    "nodes-csv": partial(_file, "nodes.csv", read_node_table, NodeTable),
    "nodes-parquet": partial(_file, "nodes.parquet", read_node_table, NodeTable),
    "results-manifest": partial(_stored, MANIFEST),
    "results-study": partial(_stored, STUDY),
    "results-scenarios": partial(_stored, SCENARIOS),
    "results-sweep": partial(_stored, f"{SWEEPS}/first.json"),
    "results-runs": partial(_shard, RUNS),
    "results-outcomes": partial(_shard, "outcomes"),
    "reliance": _reliance,
}
"""Every harness by the name of its reader."""


def seeds_of(reader: str) -> list[Path]:
    """Files to try a reader with."""
    return sorted(path for path in (CORPUS / reader).glob("*") if path.is_file())
