"""What is compared: the last values of the runs of a study, as one array."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from experiments.comparison.resampling import Floats, seed_of
from experiments.comparison.schemas import OVERALL, POOLED
from experiments.store import RIDGE, STUDY, Store
from experiments.study import Study
from simulation import OUTCOMES, InputError, Outcome, Problem, nearest_name


@dataclass(frozen=True)
class Cube:
    """The last values of runs.

    Args:
        scenarios, outcomes, groups, arms: names along the axes.
        values: [S, O, G, A, R], R replicates; not a number where a run has no value.
    """

    scenarios: tuple[str, ...]
    outcomes: tuple[str, ...]
    groups: tuple[str, ...]
    arms: tuple[str, ...]
    values: Floats

    def of(self, outcome: str, group: str = OVERALL) -> Floats:
        """Values [S, A, R] of one outcome and group."""
        return self.values[:, self.outcomes.index(outcome), self.groups.index(group)]

    def pooled(self) -> "Cube":
        """With the mean over scenarios behind them, over replicates that are complete; as it is with one scenario."""
        if len(self.scenarios) < 2:
            return self
        mean = self.values.mean(axis=0, keepdims=True)
        return replace(self, scenarios=(*self.scenarios, POOLED), values=np.concatenate([self.values, mean]))

    def subset(self, outcomes: Sequence[str]) -> "Cube":
        """Of some outcomes, in the order given."""
        places = [self.outcomes.index(name) for name in outcomes]
        return replace(self, outcomes=tuple(outcomes), values=self.values[:, places])


@dataclass(frozen=True)
class Source:
    """The results of a study on the disk.

    Args:
        folder: where they lie.
    """

    folder: Path

    @cached_property
    def store(self) -> Store:
        """The results.

        Raises:
            InputError: there are none.
        """
        store = Store(self.folder)
        if not (self.folder / STUDY).is_file() or "outcomes" not in store.names():
            allowed = "a folder that 'supportnet run' has written, with a finished run in it"
            raise InputError(Problem(str(self.folder), "holds no results", allowed))
        return store

    @cached_property
    def study(self) -> Study:
        """The study that was run."""
        return Study.from_file(self.store.folder / STUDY)

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the study."""
        return tuple(arm.name for arm in self.study.arms)

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """Labels of the scenarios, in the order of the design."""
        return self.study.scenarios.labels_once

    @cached_property
    def seed(self) -> int:
        """Of all resampling."""
        return seed_of(self.study.seed)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes that were taken, in the order of the study."""
        there = self.store.outcomes()
        return tuple(name for name in self.study.outcomes if name in there)

    def chosen_outcomes(self, given: str | Sequence[str] | None) -> tuple[str, ...]:
        """The outcomes that were asked for, all where none is named.

        Raises:
            InputError: an outcome was not taken.
        """
        names = (given,) if isinstance(given, str) else tuple(given or self.outcomes)
        return self._known("outcome", names, self.outcomes)

    def chosen_arms(self, given: str | Sequence[str] | None) -> tuple[str, ...]:
        """The arms that were asked for, all where none is named.

        Raises:
            InputError: the study has no such arm.
        """
        names = (given,) if isinstance(given, str) else tuple(given or self.arms)
        return self._known("arm", names, self.arms)

    def _known(self, kind: str, names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
        """Names, each checked."""
        problems = [
            Problem(
                str(self.folder),
                f"holds no {kind} {name!r}",
                f"{kind}s: {', '.join(map(repr, known))}",
                nearest_name(name, known),
            )
            for name in names
            if name not in known
        ]
        if problems:
            raise InputError(*problems)
        return tuple(dict.fromkeys(names))

    @cached_property
    def ridge(self) -> "Source | None":
        """The same arms along the ridge, where its sweep has taken them there."""
        folder = self.folder / RIDGE
        if not (folder / STUDY).is_file() or "outcomes" not in Store(folder).names():
            return None
        found = Source(folder)
        return found if found.study.arms == self.study.arms else None

    @cached_property
    def cube(self) -> Cube:
        """The last values of all outcomes for everybody."""
        return self.read(self.outcomes, pl.col("group") == OVERALL)

    def read(self, outcomes: Sequence[str], groups: pl.Expr | None = None) -> Cube:
        """The last values of some outcomes, in all groups that a condition lets through."""
        final = self._last(outcomes, groups)
        labels = tuple(final["group"].unique(maintain_order=True)) or (OVERALL,)
        replicates = int(final["replicate"].max() or 0)  # type: ignore[arg-type]
        shape = (len(self.scenarios), len(outcomes), len(labels), len(self.arms), replicates)
        values = np.full(shape, np.nan)
        axes = {"scenario": self.scenarios, "outcome": outcomes, "group": labels, "arm": self.arms}
        places = [_places(final[name], known) for name, known in axes.items()]
        values[(*places, final["replicate"].to_numpy() - 1)] = final["value"].to_numpy()
        return Cube(self.scenarios, tuple(outcomes), labels, self.arms, values)

    def _last(self, outcomes: Sequence[str], groups: pl.Expr | None) -> pl.DataFrame:
        """The last value of every run, outcome and group: scenario, arm, replicate, group, outcome, value."""
        keys = ["scenario", "arm", "replicate", "group", "outcome"]
        wanted = pl.col("outcome").is_in(list(outcomes)) & pl.col("value").is_finite()
        mine = wanted & pl.col("arm").is_in(list(self.arms)) & pl.col("scenario").is_in(list(self.scenarios))
        mine = mine if groups is None else mine & groups
        value = pl.col("value").get(pl.col("step").arg_max())
        rows = self.store.steadily(
            lambda: self.store.scan("outcomes").filter(mine).group_by(keys).agg(value).collect(engine="streaming")
        )
        return rows.sort("group", "replicate")

    def first(self, outcome: str) -> Floats:
        """Values [S, A, R] of an outcome of everybody on day 0; not a number where it was not taken."""
        values = np.full((len(self.scenarios), len(self.arms), self.cube.values.shape[-1]), np.nan)
        mine = (pl.col("outcome") == outcome) & (pl.col("group") == OVERALL) & (pl.col("day") == 0)
        mine &= pl.col("value").is_finite() & (pl.col("replicate") <= values.shape[-1])
        found = self.store.steadily(lambda: self.store.scan("outcomes").filter(mine).collect())
        places = [_places(found["scenario"], self.scenarios), _places(found["arm"], self.arms)]
        values[(*places, found["replicate"].to_numpy() - 1)] = found["value"].to_numpy()
        return values


def _places(column: pl.Series, known: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The place of each name among those known."""
    return column.cast(pl.Enum(list(known))).to_physical().cast(pl.Int64).to_numpy()


def declared(outcome: str) -> Outcome:
    """An outcome as it is declared."""
    return OUTCOMES[outcome]


def sign(outcome: str) -> int:
    """1 where more is better, -1 where less is, 0 where that is not for us to say."""
    return {"higher": 1, "lower": -1}.get(declared(outcome).direction, 0)
