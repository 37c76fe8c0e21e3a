"""Golden runs: a world and what came of it, in one file; how such a file is read, played and written.

A file holds `about`, `seed`, `settings` (what differs from the defaults), `interventions`, and `expected`: counts,
SHA-256 of event tables and of the arcs, and a handful of outcomes as exact floats. Only the first four are written by
hand; `scripts/regenerate_golden.py` writes the last.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from simulation import INTERVENTIONS, FollowerGraph, Intervention, Parameters, SupportNetworkModel

FOLDER = Path(__file__).resolve().parent
FILES = tuple(sorted(FOLDER.glob("*.json")))
ENGINES = ("agents", "kernels")
EVENTS = ("posts", "adoptions", "desk")
OUTCOMES = (
    "normalization",
    "distress",
    "stigma",
    "perceived_stigma",
    "career_fear",
    "isolation",
    "thread_viewers",
    "views",
)
"""Outcomes that are kept as numbers, of everybody at the end of the last day."""

World = dict[str, Any]


def read(file: Path) -> World:
    """A golden run as it stands in its file."""
    world: World = json.loads(file.read_text(encoding="utf-8"))
    return world


def write(file: Path, world: World) -> None:
    """Write a golden run."""
    file.write_text(json.dumps(world, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def play(world: World, engine: str) -> World:
    """Run a world on an engine; what came of it, in the form of `expected`."""
    model = SupportNetworkModel(
        Parameters().with_values(world["settings"]),
        rng=world["seed"],
        engine=engine,
        interventions=[_intervention(item) for item in world["interventions"]],
    )
    model.run()
    tables = model.tables
    return {
        "counts": {"arcs": model.world.graph.n_arcs, **{name: tables[name].height for name in EVENTS}},
        "sha256": {
            "arcs": _digest(_arc_lines(model.world.graph)),
            **{name: _digest(_table_lines(tables[name])) for name in EVENTS},
        },
        "outcomes": _last_values(model.outcomes),
    }


def _intervention(item: dict[str, Any]) -> Intervention:
    """An intervention as it is named in a file."""
    return INTERVENTIONS[item["type"]].model_validate(item)


def _table_lines(table: pl.DataFrame) -> Iterable[str]:
    """The canonical form of a table: names of the columns, then each row; numbers and texts as Python writes them."""
    yield "\t".join(table.columns)
    yield from ("\t".join(map(repr, row)) for row in table.iter_rows())


def _arc_lines(graph: FollowerGraph) -> Iterable[str]:
    """The canonical form of a graph: author and follower of each arc, sorted."""
    arcs = sorted(zip(graph.authors.tolist(), graph.followers.tolist(), strict=True))
    return (f"{author}\t{follower}" for author, follower in arcs)


def _digest(lines: Iterable[str]) -> str:
    """SHA-256 of lines in UTF-8, each with a line feed at its end."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _last_values(outcomes: pl.DataFrame) -> dict[str, str | None]:
    """The kept outcomes at the end: Python's shortest exact form, None where there is no value."""
    last = outcomes.filter(pl.col("step") == pl.col("step").max(), pl.col("group") == "all")
    values = dict(zip(last["outcome"], last["value"], strict=True))
    return {name: None if values[name] is None else repr(float(values[name])) for name in OUTCOMES}
