"""Runs of a calibration: points of parameters in, outcomes and measures of graphs over common seeds out.

What a run gave is written down in a line of a file as soon as it is there, under the content key of the run, so that
a calibration that was killed repeats none of them. Results depend neither on the executor nor on the order of runs.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.calibration.targets import Kind, Reading
from experiments.executors import Executor
from experiments.factors import Point
from experiments.provenance import code_version
from experiments.run import Tables, attempt
from experiments.study import Experiment, replicate_seed
from simulation import Intervention, Parameters, RunError

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """A run to do, by its key, and what is read from it."""

    run: str
    experiment: Experiment
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Observed:
    """What a run gave: the value of each reading by its name; `error` where it failed."""

    run: str
    values: dict[str, float] = field(default_factory=dict)
    error: str = ""


def observe(task: Task) -> Observed:
    """Do a run and read it; pure, for a worker."""
    result = attempt(task.experiment, keep={reading.kind.table for reading in task.readings})
    if result.error:
        return Observed(task.run, error=result.error)
    return Observed(task.run, {reading.name: value_in(result.tables, reading) for reading in task.readings})


def value_in(tables: Tables, reading: Reading) -> float:
    """A number out of the tables of one run; NaN where the outcome or the measure has no value."""
    if reading.kind.is_graph:
        return float(tables["network"].filter(pl.col("measure") == reading.quantity)["value"].item())
    rows = tables["outcomes"].filter(pl.col("outcome") == reading.quantity, pl.col("group") == reading.group)
    first = rows["day"].max() if reading.first_day is None else reading.first_day
    mean = rows.filter(pl.col("day") >= first)["value"].mean()
    return float(mean) if isinstance(mean, float) else float("nan")


class Runs:
    """Runs that are there, and the place where others are done.

    Args:
        path: of the file that keeps what runs gave.
        place: where runs happen; open.
        seed: of the calibration.
        arms: interventions by the name of the arm.
        told: called after every run with how many were asked for and how many of these are done.
    """

    def __init__(
        self, path: Path, place: Executor, seed: int, arms: Mapping[str, tuple[Intervention, ...]],
        told: Callable[[int, int], object] = lambda asked, done: None,
    ) -> None:  # fmt: skip
        self.path = path
        self.place = place
        self.seed = seed
        self.arms = arms
        self.told = told
        self.done = 0
        self._known = _read(path)

    def values(
        self, base: Parameters, points: Sequence[Point], readings: Iterable[Reading], replicates: Sequence[int]
    ) -> Values:
        """What runs at some points give.

        Args:
            base: settings over which the points are laid.
            points: M of them.
            readings: T of them.
            replicates: numbers of S seeds, the same for every point.

        Returns:
            [M, S, T].

        Raises:
            RunError: a run failed.
        """
        wanted = tuple(dict.fromkeys(readings))
        worlds = [base.with_values(point) for point in points]
        tasks = [self._tasks(world, wanted, replicate) for world in worlds for replicate in replicates]
        self._do([task for kinds in tasks for task in kinds.values()])
        given = [[self._known[kinds[each.kind].run][each.name] for each in wanted] for kinds in tasks]
        return np.array(given, dtype=np.float64).reshape(len(points), len(replicates), len(wanted))

    def _tasks(self, world: Parameters, readings: tuple[Reading, ...], replicate: int) -> dict[Kind, Task]:
        """The runs of a world with one seed, by their kind."""
        kinds = dict.fromkeys(reading.kind for reading in readings)
        return {
            kind: self._task(world, kind, tuple(each for each in readings if each.kind == kind), replicate)
            for kind in kinds
        }

    def _task(self, world: Parameters, kind: Kind, readings: tuple[Reading, ...], replicate: int) -> Task:
        """One run."""
        experiment = Experiment(
            study="calibration",
            scenario="-",
            arm=kind.arm or "none",
            replicate=replicate,
            seed=replicate_seed(self.seed, replicate),
            parameters=_for(kind, world),
            interventions=() if kind.arm is None else self.arms[kind.arm],
            outcomes=() if kind.is_graph else tuple(dict.fromkeys(reading.quantity for reading in readings)),
        )
        return Task(experiment.key(code_version()), experiment, readings)

    def _do(self, tasks: Sequence[Task]) -> None:
        """Do what is not there; each run once, those of one seed together, since they share a graph."""
        missing = {task.run: task for task in tasks if not self._is_there(task)}
        ordered = sorted(missing.values(), key=lambda task: task.experiment.replicate)
        self.told(len(ordered), 0)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            for number, seen in enumerate(self.place.map(observe, ordered), start=1):
                if seen.error:
                    raise RunError(f"a run of the calibration failed: {seen.error}")
                self._known.setdefault(seen.run, {}).update(seen.values)
                file.write(json.dumps({"run": seen.run, "values": seen.values}) + "\n")
                file.flush()
                self.done += 1
                self.told(len(ordered), number)

    def _is_there(self, task: Task) -> bool:
        """Whether everything that is wanted of a run is known."""
        known = self._known.get(task.run, {})
        return all(reading.name in known for reading in task.readings)


def _for(kind: Kind, world: Parameters) -> Parameters:
    """A world whose runs are as long as a kind asks for; where graphs alone are looked at, they end on day 0."""
    if kind.is_graph:
        return world.with_values({"days": 0, "warmup_days": 0})
    return world if kind.days is None else world.with_values({"days": kind.days})


def _read(path: Path) -> dict[str, dict[str, float]]:
    """What runs gave before; a last line that was not written to its end is taken off the file."""
    if not path.is_file():
        return {}
    known: dict[str, dict[str, float]] = {}
    whole, newline, rest = path.read_text(encoding="utf-8").rpartition("\n")
    if rest:
        path.write_text(whole + newline, encoding="utf-8")
    for line in whole.splitlines():
        item: Mapping[str, Any] = json.loads(line)
        known.setdefault(item["run"], {}).update(item["values"])
    return known
