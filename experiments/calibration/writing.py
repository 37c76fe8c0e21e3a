"""The folder of a calibration: parameter file, tables, sample, trials, pictures, manifest."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from experiments.calibration.calibrated import Calibrated
from experiments.calibration.fit import before_in_words
from experiments.calibration.searching import Search
from experiments.estimates import estimate
from experiments.figures import picture
from experiments.figures.fits import fit_figure, latency_figure, sample_figure
from experiments.provenance import code_state, machine, versions
from experiments.shards import write_whole
from experiments.spreadsheets import csv_content
from experiments.study import Study
from simulation import Parameters

PARAMETER_FILE = "calibrated.yaml"
SAMPLE = "sample.parquet"
TARGETS = "targets.yaml"
_NOT_CALIBRATED = {"days"}
"""Settings of the base that a study chooses for itself."""


def write_calibration(done: Calibrated, folder: Path) -> None:
    """Write everything that came of a calibration; files are whole or not there."""
    write_whole(folder / TARGETS, done.targets.text.encode())
    write_whole(folder / PARAMETER_FILE, parameter_file(done).encode())
    write_whole(folder / "parameters.csv", csv_content(done.parameters))
    write_whole(folder / "fit.csv", csv_content(done.fit))
    for search in done.searches:
        write_whole(folder / f"trials-{search.name}.parquet", _parquet(trial_table(search)))
    if done.sample is not None:
        write_whole(folder / SAMPLE, _parquet(done.sample.table))
    _draw(done, folder / "figures")
    write_whole(folder / "manifest.json", (json.dumps(manifest(done), indent=2) + "\n").encode())


def _parquet(table: pl.DataFrame) -> bytes:
    """A table as a file."""
    content = io.BytesIO()
    table.write_parquet(content)
    return content.getvalue()


def _draw(done: Calibrated, folder: Path) -> None:
    """The pictures that there is something for."""
    figures = {"fit": fit_figure(done.fit), "latency": latency_figure(done.fit)}
    if done.sample is not None:
        parameters = [row["parameter"] for row in done.parameters.to_dicts()]
        figures["sample"] = sample_figure(done.sample.table, parameters, done.point)
    for name, figure in figures.items():
        if figure is not None:
            write_whole(folder / f"{name}.png", picture(figure))


def people(base: Parameters) -> int:
    """How many people a world has."""
    return estimate(Study(base=base)).agents


def network_in_words(base: Parameters) -> str:
    """The network and the number of people for which values hold."""
    kind = base.network.type  # type: ignore[attr-defined]
    return f"network '{getattr(base.network, 'name', kind) if kind == 'dataset' else kind}', {people(base):,} people"


def parameter_file(done: Calibrated) -> str:
    """The calibrated parameters as a file that a study can be laid over."""
    head = [
        f"Calibrated parameters: {done.targets.calibration}. {done.targets.about}".strip(),
        f"They hold for: {network_in_words(done.targets.base)}. Calibrate anew for others.",
        f"Seed {done.targets.seed}; simulation {code_state()['simulation']}.",
        "A study takes them with base: {calibrated: FILE, ...}; this file is itself a study of one run.",
    ]
    missed = done.fit.filter(~pl.col("met"), pl.col("used") != "no")["target"].to_list()
    head += [f"NOT met: {', '.join(missed)}; see fit.csv."] if missed else ["All targets are met; see fit.csv."]
    tree = _commented(_tree(done), {row["parameter"]: row for row in done.parameters.to_dicts()})
    text = io.StringIO()
    writer = YAML()
    writer.width = 1000
    writer.dump({"base": tree}, text)
    return "".join(f"# {line}\n" for line in head) + text.getvalue()


def _tree(done: Calibrated) -> dict[str, Any]:
    """Settings of the calibrated world that are not the defaults, and its network and size as a whole."""
    world, default = done.world.model_dump(mode="json"), Parameters().model_dump(mode="json")
    kept = {"agents": world["agents"], "network": world["network"]}
    others = {name: value for name, value in world.items() if name not in kept and name not in _NOT_CALIBRATED}
    tree = kept | _difference(others, default)
    for path in done.point:
        group, _, name = path.rpartition(".")
        branch = tree
        for word in group.split(".") if group else ():
            branch = branch.setdefault(word, {})
        branch[name] = done.point[path]
    return tree


def _difference(tree: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the defaults."""
    out: dict[str, Any] = {}
    for name, value in tree.items():
        inner = _difference(value, default[name]) if isinstance(value, dict) else value
        if inner != default[name] and inner != {}:
            out[name] = inner
    return out


def _commented(tree: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], prefix: str = "") -> CommentedMap:
    """A tree with a remark behind every value that was calibrated."""
    out = CommentedMap()
    for name, value in tree.items():
        path = f"{prefix}{name}"
        out[name] = _commented(value, rows, f"{path}.") if isinstance(value, dict) else value
        if path in rows:
            row = rows[path]
            remark = f"was {before_in_words(row)}; {row['lower']:.4g} to {row['upper']:.4g}; {row['found']}"
            out.yaml_add_eol_comment(remark, name)
    return out


def trial_table(search: Search) -> pl.DataFrame:
    """Trials of a search: number, chosen, distance, the parameters searched, those of facts, and every target."""
    rows = [
        {
            "trial": trial.number,
            "chosen": trial is search.chosen,
            "distance": trial.distance,
            **trial.point,
            **trial.facts,
            **{f"got {name}": mean.place for name, mean in trial.means.items()},
        }
        for trial in search.trials
    ]
    return pl.DataFrame(rows)


def manifest(done: Calibrated) -> dict[str, Any]:
    """What was calibrated, with which code, how long it took and what could not be met."""
    sample = done.sample
    return {
        "calibration": done.targets.calibration,
        "about": done.targets.about,
        "network": done.targets.base.network.model_dump(mode="json"),
        "people": people(done.targets.base),
        "seed": done.targets.seed,
        "replicates": done.targets.replicates,
        "fresh": done.targets.fresh,
        "facts_hold": all(item.is_met for item in done.solution.facts.values()),
        "not_met": done.fit.filter(~pl.col("met"))["target"].to_list(),
        "searches": {
            item.name: {"trials": len(item.trials), "chosen": item.chosen.number, "distance": item.chosen.distance}
            for item in done.searches
        },
        "sample": None if sample is None else {
            "points": sample.table.height, "effective": round(sample.effective, 2), "stretched": dict(sample.stretched)
        },
        "seconds": done.seconds,
        "runs": done.runs,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code_state(),
        "versions": versions(),
        "machine": machine(),
    }  # fmt: skip
