"""The scorecard: patterns are run for several seeds, in parallel and once, and every line is judged."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import polars as pl

from experiments.executors import EXECUTORS, executor_for
from experiments.pace import Progress
from experiments.provenance import code_version
from experiments.register import levers_with_evidence, settings_of, use_of
from experiments.shards import write_whole
from experiments.study import replicate_seed
from experiments.validation.facts import FACTS, Fact, data_missing
from experiments.validation.judging import (
    ERROR,
    FAIL,
    JUDGES,
    NO_DATA,
    NOT_COVERED,
    ORDER,
    PASS,
    Measured,
    is_near,
    level_of,
    measured,
)
from experiments.validation.patterns import PATTERNS
from simulation import InputError, Parameters, Problem, nearest_name

SEEDS = 8
"""Seeds by default; each is another graph, population and luck."""
VALUES = "values"
"""Folder of what patterns have returned."""

SCORES: dict[str, Any] = {
    "status": pl.String, "name": pl.String, "kind": pl.String, "says": pl.String, "value": pl.Float64,
    "lower": pl.Float64, "upper": pl.Float64, "level": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "judge": pl.String, "seeds": pl.Int64, "used": pl.String, "source": pl.String, "rows": pl.String,
    "remark": pl.String,
}  # fmt: skip
"""Columns of the scorecard: the value of the model with its interval, the range in which it should be, and whether
anything was set by the fact."""


class Task(NamedTuple):
    """A pattern under one seed, and the file that takes its values."""

    pattern: str
    seed: int
    file: Path


class Done(NamedTuple):
    """What became of a task: its values, or why there are none, and the seconds it took."""

    pattern: str
    seed: int
    values: Mapping[str, float]
    error: str
    seconds: float


@dataclass(frozen=True)
class Scorecard:
    """What was found.

    Args:
        table: one row per line, failures first: `SCORES`.
        seeds: how many there were.
        seconds: of all runs of patterns, as they were done at first; by pattern.
        ran: tasks done just now; kept: tasks that were there.
        wall: seconds of all that was done just now.
    """

    table: pl.DataFrame
    seeds: int
    seconds: Mapping[str, float]
    ran: int
    kept: int
    wall: float

    def count(self, *statuses: str) -> int:
        """Lines with one of some statuses."""
        return int(self.table["status"].is_in(list(statuses)).sum())

    @property
    def failed(self) -> int:
        """Lines that fail."""
        return self.count(FAIL, ERROR)


def validate(
    folder: Path,
    *,
    workers: int = 1,
    seeds: int = SEEDS,
    seed: int = 1,
    only: Sequence[str] = (),
    facts: Sequence[Fact] = FACTS,
    report: Callable[[Progress], None] = lambda _: None,
) -> Scorecard:
    """Run what is not there yet, and judge every line.

    Args:
        folder: of the values of patterns, so that the next call finds them.
        workers: how many patterns run at once.
        seeds: how many seeds each pattern is run for.
        seed: from which they follow.
        only: names of patterns; all where none is given.
        facts: the lines.
        report: called with the progress.

    Raises:
        InputError: there is no such pattern.
    """
    start = perf_counter()
    chosen = [fact for fact in facts if not _check(only) or fact.pattern in only]
    tasks = _tasks(folder, chosen, [replicate_seed(seed, number) for number in range(1, seeds + 1)])
    there = [read(task) for task in tasks if task.file.is_file()]
    missing = [task for task in tasks if not task.file.is_file()]
    done = [*there, *_run(missing, workers, len(there), report)]
    table = pl.DataFrame([_score(fact, done) for fact in chosen], schema=SCORES).with_columns(
        pl.col(pl.Float64).fill_nan(None)
    )
    order = pl.col("status").replace_strict({status: place for place, status in enumerate(ORDER)})
    return Scorecard(
        table=table.sort(order, maintain_order=True),
        seeds=seeds,
        seconds=_seconds(done),
        ran=len(missing),
        kept=len(there),
        wall=perf_counter() - start,
    )


def _check(only: Iterable[str]) -> bool:
    """Whether patterns are named, all of which exist.

    Raises:
        InputError: one does not.
    """
    wrong = [name for name in only if name not in PATTERNS]
    if wrong:
        known = f"patterns: {', '.join(PATTERNS)}"
        raise InputError(
            *(Problem("--only", f"{name!r} is no pattern", known, nearest_name(name, PATTERNS)) for name in wrong)
        )
    return bool(only)


# --- running ----------------------------------------------------------------------------------------------------------


@cache
def _code() -> str:
    """What stands for the code of model and patterns in the name of a file of values."""
    digest = hashlib.sha256(code_version().encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name not in {"facts.py", "judging.py", "scoring.py", "words.py"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _tasks(folder: Path, facts: Sequence[Fact], seeds: Sequence[int]) -> list[Task]:
    """Every pattern that a line needs, under every seed; seeds outermost, slow patterns first."""
    needed = {fact.pattern for fact in facts if fact.pattern and not data_missing(fact)}
    names = [name for name in PATTERNS if name in needed]
    place = folder / VALUES / _code()
    return [Task(name, seed, place / f"{name}-{seed}.json") for seed in seeds for name in names]


def _run(tasks: Sequence[Task], workers: int, kept: int, report: Callable[[Progress], None]) -> list[Done]:
    """Do tasks wherever they are to be done."""
    if not tasks:
        return []
    done: list[Done] = []
    start = perf_counter()
    with EXECUTORS[executor_for(workers)](workers) as place:
        for item in place.map(do, tasks):
            done.append(item)
            seconds = perf_counter() - start
            left = (len(tasks) - len(done)) * seconds / len(done)
            failed = sum(bool(each.error) for each in done)
            total = kept + len(tasks)
            report(Progress(total, kept, len(done), failed, seconds, len(done) / seconds, left))
    return done


def do(task: Task) -> Done:
    """Run a pattern and keep its values; an error is kept from the others, and not written down."""
    start = perf_counter()
    try:
        values = {name: float(value) for name, value in PATTERNS[task.pattern](task.seed).items()}
    except Exception as error:
        return Done(task.pattern, task.seed, {}, f"{type(error).__name__}: {error}", perf_counter() - start)
    found = Done(task.pattern, task.seed, values, "", perf_counter() - start)
    kept = {name: value if math.isfinite(value) else None for name, value in values.items()}
    write_whole(task.file, json.dumps({"values": kept, "seconds": found.seconds}).encode())
    return found


def read(task: Task) -> Done:
    """The values of a task that was done before."""
    content = json.loads(task.file.read_text(encoding="utf-8"))
    values = {name: math.nan if value is None else value for name, value in content["values"].items()}
    return Done(task.pattern, task.seed, values, "", content["seconds"])


def _seconds(done: Iterable[Done]) -> dict[str, float]:
    """Seconds by pattern."""
    found: dict[str, float] = {}
    for item in done:
        found[item.pattern] = found.get(item.pattern, 0.0) + item.seconds
    return found


# --- judging ----------------------------------------------------------------------------------------------------------


def _score(fact: Fact, done: Iterable[Done]) -> dict[str, Any]:
    """One line."""
    mine = [item for item in done if item.pattern == fact.pattern]
    values = [item.values.get(fact.quantity, math.nan) for item in sorted(mine, key=lambda item: item.seed)]
    found = measured(values, level_of(fact))
    status, remark = _status(fact, found, next((item.error for item in mine if item.error), ""))
    return {
        "status": status, "name": fact.name, "kind": fact.kind, "says": fact.says, "value": found.mean,
        "lower": found.lower, "upper": found.upper, "level": level_of(fact), "low": fact.low, "high": fact.high,
        "judge": fact.judge, "seeds": found.seeds, "used": _used(fact), "source": fact.source,
        "rows": " ".join(fact.rows), "remark": remark,
    }  # fmt: skip


def _status(fact: Fact, found: Measured, error: str) -> tuple[str, str]:
    """Status and remark of a line."""
    if not fact.pattern:
        return NOT_COVERED, fact.remark
    missing = data_missing(fact)
    if missing:
        return NO_DATA, missing
    if error or not found.seeds:
        return ERROR, error or "no seed has a value"
    near = "the interval crosses an end of the range" if is_near(fact, found) else ""
    remark = "; ".join(part for part in (fact.remark, near) if part)
    return (PASS if JUDGES[fact.judge](fact, found) else FAIL), remark


@cache
def _used(fact: Fact) -> str:
    """Whether anything of a fact was used to set a setting or a lever, according to the declarations."""
    known = [*settings_of(type(Parameters().network)), *levers_with_evidence()]
    return use_of(fact.rows, known).in_words if fact.rows else "no"
