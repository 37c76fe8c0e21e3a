"""One run of a study among its results: which one is meant, its tables, and the world in which it took place."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

import polars as pl

from experiments.scenarios import Scenario
from experiments.shards import DONE, RUNS
from experiments.store import ADDRESS, STUDY, Store
from experiments.study import Study
from simulation import InputError, Parameters, Problem, World, nearest_name


@dataclass(frozen=True)
class RunTables:
    """The tables of one run.

    Args:
        store: the results it belongs to.
        scenario, arm, replicate: which run.
    """

    store: Store
    scenario: str
    arm: str
    replicate: int

    def scan(self, name: str) -> pl.LazyFrame:
        """The rows of a table of this run.

        Raises:
            InputError: there is no such table.
        """
        mine = [pl.col(column) == getattr(self, column) for column in ADDRESS]
        return self.store.scan(name).filter(*mine)

    def rows(self, name: str) -> pl.DataFrame:
        """The same, read."""
        return self.store.steadily(lambda: self.scan(name).collect())

    def has(self, name: str) -> bool:
        """Whether the study kept a table."""
        return name in self.store.names()

    @cached_property
    def study(self) -> Study:
        """The study as it was run."""
        return study_of(self.store)

    @cached_property
    def place(self) -> Scenario:
        """The scenario, with its settings and arms."""
        return next(each for each in self.study.scenarios if each.label == self.scenario)

    @property
    def parameters(self) -> Parameters:
        """Settings of the scenario, before interventions."""
        return self.place.parameters

    @cached_property
    def world(self) -> World:
        """The graph and the people of the run, drawn again from its settings and its seed.

        Raises:
            InputError: the network is given by a file that is not here.
        """
        arm = next(each for each in self.place.arms if each.name == self.arm)
        parameters = reduce(lambda kept, action: action.configure(kept), arm.interventions, self.parameters)
        return World.build(parameters, self.seed)

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.rows(RUNS)["seed"].item())

    def day_of(self, step: int) -> float:
        """Days since day 0 at the beginning of a step."""
        return (step - self.parameters.warmup_steps) / self.parameters.steps_per_day

    def __str__(self) -> str:
        """Which run, in words."""
        place = "" if self.scenario == "-" else f", scenario {self.scenario}"
        return f"arm {self.arm}, replicate {self.replicate}{place}"


def opened(folder: Path) -> Store:
    """The results in a folder.

    Raises:
        InputError: there are none.
    """
    store = Store(folder)
    store.manifest()
    if RUNS not in store.names() or not (folder / STUDY).is_file():
        raise InputError(Problem(str(folder), "holds no results", "give the folder that 'supportnet run' has named"))
    return store


def study_of(store: Store) -> Study:
    """The study whose results these are."""
    return Study.from_file(store.folder / STUDY)


def run_of(store: Store, *, scenario: str | None = None, arm: str | None = None, replicate: int = 1) -> RunTables:
    """A run that is there and came to its end; the first scenario and arm of the study where none are named.

    Raises:
        InputError: there is no such run.
    """
    study, runs = study_of(store), store.runs().filter(pl.col("status") == DONE)
    scenarios = study.scenarios.labels_once
    arms = [each.name for each in study.arms]
    chosen: dict[str, Any] = {
        "scenario": _one_of("scenario", scenario, scenarios),
        "arm": _one_of("arm", arm, arms),
        "replicate": _replicate(replicate, runs),
    }
    if runs.filter(*(pl.col(name) == value for name, value in chosen.items())).is_empty():
        where = ", ".join(f"{name} {value}" for name, value in chosen.items())
        what = "this run is not there, or it failed"
        raise InputError(Problem(f"{store.folder}: {where}", what, "'supportnet run' on the study tries it again"))
    return RunTables(store, **chosen)


def _one_of(option: str, given: str | None, known: Sequence[str]) -> str:
    """A name that the study has; the first where none is given."""
    if given is None:
        return known[0]
    if given in known:
        return given
    raise InputError(
        Problem(f"--{option} {given}", f"the study has no such {option}", f"{option}s: {'; '.join(known)}",
                nearest_name(given, known))
    )  # fmt: skip


def _replicate(given: int, runs: pl.DataFrame) -> int:
    """A replicate that is there."""
    known: list[Any] = sorted(set(runs["replicate"]))
    if given in known:
        return given
    there = f"replicates there: {known[0]} to {known[-1]}" if known else "no run came to its end"
    raise InputError(Problem(f"--replicate {given}", "there is no such replicate", there))
