"""Runs of stored results, done again with an event log: chance has an address, so they come out again.

That is checked: what a run has written is known by the hashes of its tables. A run that comes out otherwise is refused,
for the replay would be that of something else.
"""

import json
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from experiments.provenance import code_version
from experiments.replay.choosing import Told, most_rows, told_posts
from experiments.replay.recording import NEEDED, REPLAY_LOG, Recording, online_on
from experiments.run_tables import RunTables, opened, run_of, study_of
from experiments.shards import DONE, content_hash
from experiments.store import Store
from simulation import (
    OUTCOMES,
    InputError,
    Problem,
    RunError,
    SupportnetWarning,
    SupportNetworkModel,
    Worlds,
    nearest_name,
)

_SHOWN_RUNS = 6


class ToldSink:
    """Takes the log of a run and keeps what a replay tells, so that memory does not grow with what it does not.

    Args:
        told: the posts whose views, likes and reports are kept.
        begin: the step of day 0.
        per_day: steps.
    """

    def __init__(self, told: Told, begin: int, per_day: int) -> None:
        self._roots = told.roots.implode()
        self._begin, self._per_day = begin, per_day
        self._parts: dict[str, list[pl.DataFrame]] = {}

    def write(self, table: str, rows: pl.DataFrame) -> None:
        """Take the rows of one table and day."""
        if table == "views":
            self._add("online", online_on(rows, self._begin, self._per_day))
        self._add(table, rows.filter(pl.col("root").is_in(self._roots)) if "root" in rows.columns else rows)

    def _add(self, table: str, rows: pl.DataFrame) -> None:
        """Keep rows; a table's first ones also where there are none, for their columns."""
        parts = self._parts.setdefault(table, [])
        if rows.height or not parts:
            parts.append(rows)

    def table(self, name: str) -> pl.DataFrame:
        """One table, all days."""
        return pl.concat(self._parts[name])


def chosen_runs(
    folder: Path,
    *,
    run: str | None = None,
    arms: Sequence[str] = (),
    scenario: str | None = None,
    replicate: int | None = None,
) -> list[RunTables]:
    """The runs that a replay shows: one by its key, or arms of one replicate; the baseline and the next arm otherwise.

    Raises:
        InputError: there are no such results or runs, or what was asked for contradicts itself.
    """
    store = opened(folder)
    if run is not None:
        if arms or scenario is not None or replicate is not None:
            raise InputError(Problem(f"--run {run}", "names one run by itself", "leave out arms, scenario, replicate"))
        return [_run_by_key(store, run)]
    if len(arms) != len(set(arms)):
        raise InputError(Problem(f"--arms {' '.join(arms)}", "is the same arm twice", "name two arms, or one"))
    names = list(arms) or _usual_arms(store)
    number = replicate if replicate is not None else int(store.runs()["replicate"].min() or 1)  # type: ignore[arg-type]
    return [run_of(store, scenario=scenario, arm=name, replicate=number) for name in names]


def _usual_arms(store: Store) -> list[str]:
    """The baseline of a study, and the first other arm if there is one."""
    study = study_of(store)
    others = [arm.name for arm in study.arms if arm.name != study.baseline]
    return [study.baseline, *others[:1]]


def _run_by_key(store: Store, key: str) -> RunTables:
    """The run with a key, or with a key that begins so.

    Raises:
        InputError: there is none, it failed, or there are several.
    """
    runs = store.runs().filter(pl.col("status") == DONE)
    found = [row for row in runs.iter_rows(named=True) if key and row["run"].startswith(key.lower())]
    if len(found) == 1:
        return RunTables(store, found[0]["scenario"], found[0]["arm"], found[0]["replicate"])
    known = runs["run"].to_list()
    more = " ..." if len(known) > _SHOWN_RUNS else ""
    shown = f"keys stand in the table of runs: {', '.join(known[:_SHOWN_RUNS])}{more}"
    what = f"{len(found)} runs have a key that begins so" if found else "no finished run has this key"
    raise InputError(Problem(f"--run {key}", what, shown, "" if found else nearest_name(key, known)))


def repeated(runs: Sequence[RunTables]) -> tuple[list[Recording], Told]:
    """Do stored runs again, recording what a replay tells of them.

    Args:
        runs: arms of one replicate.

    Raises:
        InputError: the network is given by a file that is not here.
        RunError: a run came out otherwise than it is stored.
    """
    worlds = Worlds()
    settings = runs[0].parameters
    told = told_posts(
        [_posts_of(run, worlds) for run in runs],
        settings.warmup_steps,
        most_rows(settings.network.size(settings.agents)),
    )
    return [_repeated(run, told, worlds) for run in runs], told


def _posts_of(run: RunTables, worlds: Worlds) -> pl.DataFrame:
    """The posts of a run: those that are stored, or of the run done again where the study kept none."""
    if run.has("posts"):
        rows = run.rows("posts")
        if rows.height:
            return rows
    model = _model(run, worlds)
    model.run()
    return model.tables["posts"]


def _model(run: RunTables, worlds: Worlds, **more: Any) -> SupportNetworkModel:  # noqa: ANN401 - as the model takes
    """The model of a stored run, before its first step."""
    arm = next(each for each in run.place.arms if each.name == run.arm)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SupportnetWarning)  # told when the study was run
        return SupportNetworkModel(
            run.parameters,
            rng=run.seed,
            interventions=arm.interventions,
            threads=run.study.threads,
            worlds=worlds,
            **more,
        )


def _repeated(run: RunTables, told: Told, worlds: Worlds) -> Recording:
    """One stored run, done again and checked."""
    settings, kept = run.parameters, tuple(run.study.outcomes)
    sink = ToldSink(told, settings.warmup_steps, settings.steps_per_day)
    names = [*kept, *(name for name in OUTCOMES if name not in kept)]
    model = _model(run, worlds, outcomes=names, events=REPLAY_LOG, sink=sink)
    model.run()
    tables = model.tables
    checked = verified(run, {"outcomes": model.outcomes.filter(pl.col("outcome").is_in(kept)), **tables})
    return Recording(
        name=run.arm,
        world=model.world,
        step=model.engine.step,
        tags=tuple(tag.name for tag in model.engine.tags),
        posts=tables["posts"],
        outcomes=model.outcomes,
        events={name: sink.table(name) for name in NEEDED},
        online=sink.table("online").unique().sort("day", "agent"),
        source=f"{run}, seed {model.run_seed}; run again from the study and the seed, and found the same as the stored "
        f"run in {_listed(checked)}",
    )


def verified(run: RunTables, tables: dict[str, pl.DataFrame]) -> list[str]:
    """Names of the tables in which a run that was done again is the stored one: all that are stored.

    Raises:
        RunError: some table came out otherwise.
    """
    row = run.rows("runs").row(0, named=True)
    stored: dict[str, str] = json.loads(row.get("content") or "{}")
    common = [name for name in tables if name in stored]
    different = [name for name in common if content_hash(tables[name]) != stored[name]]
    if different:
        reason = "" if row["code"] == code_version() else "; it was stored by another version of the code"
        raise RunError(f"{run}: done again, other rows came out: {', '.join(different)}{reason}")
    if not common:
        raise RunError(f"{run}: no hashes are stored with it, so nothing tells whether it comes out again")
    return common


def _listed(names: Iterable[str]) -> str:
    """`a, b and c`."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else str(last)
