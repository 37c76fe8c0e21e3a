"""A comparison: what the arms of a study do, whom they help, what they cost, and where the answer would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

import polars as pl

from experiments.adaptive import CONFIDENCE, LOOKING
from experiments.comparison.costs import cost_table
from experiments.comparison.groups import group_differences, reached_by_group
from experiments.comparison.pairing import FALSE_DISCOVERY, HOLM, Question, arm_table, difference_table
from experiments.comparison.plotting import plot
from experiments.comparison.robustness import regret_table, ridge_table, robustness_table, unexplored
from experiments.comparison.source import Cube, Source
from experiments.comparison.tradeoffs import tradeoff_table
from experiments.comparison.words import adjustment, answers, warnings_of
from experiments.figures import Figure
from simulation import InputError, Problem


@dataclass(frozen=True)
class Comparison:
    """The arms of a study against its baseline. Tables are made when they are first asked for.

    Args:
        source: the results.
        outcomes: names of the outcomes that are compared.
        arms: names of the arms that are shown; all arms count where the best one is sought.
        baseline: name of the arm with which they are compared.
    """

    source: Source
    outcomes: tuple[str, ...]
    arms: tuple[str, ...]
    baseline: str

    @property
    def asked(self) -> Question:
        """How everything is compared."""
        study = self.source.study
        return Question(study.study, self.baseline, self.source.seed, study.is_adaptive, self.correction)

    @property
    def correction(self) -> str:
        """How P values are adjusted: Holm's way for one outcome, Benjamini and Hochberg's for many."""
        return HOLM if len(self.outcomes) == 1 else FALSE_DISCOVERY

    @property
    def confidence(self) -> float:
        """Of every interval."""
        return CONFIDENCE

    @property
    def adaptive(self) -> bool:
        """Whether the number of replicates followed from the values, and intervals are confidence sequences."""
        return self.source.study.is_adaptive

    @cached_property
    def cube(self) -> Cube:
        """The last values of the chosen outcomes, for everybody."""
        return self.source.cube.subset(self.outcomes)

    @cached_property
    def _every_difference(self) -> pl.DataFrame:
        """Paired differences of all arms, over which P is adjusted."""
        return difference_table(self.cube.pooled(), self.asked)

    @cached_property
    def table(self) -> pl.DataFrame:
        """Paired differences from the baseline: `schemas.DIFFERENCES`."""
        return self._shown(self._every_difference)

    @cached_property
    def arm_means(self) -> pl.DataFrame:
        """Means of all arms: `schemas.ARMS`."""
        return self._shown(arm_table(self.cube.pooled(), self.asked), self._with_baseline)

    # --- who is left out -------------------------------------------------------------------------------------------

    @cached_property
    def by_group(self) -> pl.DataFrame:
        """Paired differences in every group, small cells hidden: `schemas.GROUP_DIFFERENCES`."""
        return self._shown(group_differences(self.source, self.outcomes, self.asked))

    @cached_property
    def reached_by_group(self) -> pl.DataFrame:
        """Share never reached in every group and arm, small cells hidden: `schemas.GROUP_ARMS`."""
        return self._shown(reached_by_group(self.source, self.asked), self._with_baseline)

    # --- trade-offs ------------------------------------------------------------------------------------------------

    @cached_property
    def tradeoffs(self) -> pl.DataFrame:
        """Reach of support against harm and wrong removals: `schemas.TRADEOFFS`."""
        return self._shown(tradeoff_table(self.source, self.asked), self._with_baseline)

    @cached_property
    def costs(self) -> pl.DataFrame:
        """What arms take, and one more supported struggler: `schemas.COSTS`."""
        return self._shown(cost_table(self.source, self.asked), self._with_baseline)

    # --- robustness ------------------------------------------------------------------------------------------------

    @cached_property
    def _every_regret(self) -> pl.DataFrame:
        """Regrets of all arms."""
        return regret_table(self.cube, self.asked)

    @cached_property
    def regret(self) -> pl.DataFrame:
        """How far arms fall behind the best one in each world: `schemas.REGRET`."""
        return self._shown(self._every_regret, self._with_baseline)

    @cached_property
    def robustness(self) -> pl.DataFrame:
        """The same over all worlds, in sentences: `schemas.ROBUSTNESS`."""
        return self._shown(robustness_table(self._every_regret, self.asked), self._with_baseline)

    @cached_property
    def deciding(self) -> pl.DataFrame:
        """Which factors decide whether an arm helps: `schemas.DECIDING`; empty with too few worlds."""
        module = import_module("experiments.comparison.deciding")  # scikit-learn takes a second
        table: pl.DataFrame = module.deciding_table(self.source, self.cube, self.arms, self.asked)
        return table

    @cached_property
    def ridge(self) -> pl.DataFrame:
        """Paired differences beside psi, n0 and beta_n of their worlds: `schemas.RIDGE`.

        Of the arms taken along the ridge, where that was done; otherwise of the study's own worlds.
        """
        along = self._along_ridge or self
        return ridge_table(along.table, along.source)

    @cached_property
    def _along_ridge(self) -> "Comparison | None":
        """The same comparison along the ridge, of what is there."""
        source = self.source.ridge
        if source is None:
            return None
        outcomes = tuple(name for name in self.outcomes if name in source.outcomes)
        return Comparison(source, outcomes, self.arms, self.baseline)

    @cached_property
    def unexplored(self) -> list[str]:
        """Which of the riskiest assumptions the study does not vary, in sentences."""
        return unexplored(self.source)

    # --- in words --------------------------------------------------------------------------------------------------

    @cached_property
    def sentences(self) -> list[str]:
        """What the comparison says, outcome by outcome."""
        return answers(self.table)

    @property
    def adjustment(self) -> str:
        """How P is adjusted, and over how many comparisons, in a sentence."""
        return adjustment(self._every_difference, self.correction)

    @cached_property
    def warnings(self) -> list[str]:
        """What weakens it."""
        return warnings_of(self.table, [LOOKING] if self.adaptive else [])

    def plot(self, kind: str = "differences", scenario: str | None = None) -> Figure:
        """A figure of the comparison.

        Args:
            kind: `differences` (a forest plot per outcome), `left out`, `trade-offs`, `regret` or `ridge`.
            scenario: its label; over all scenarios where left out.

        Raises:
            InputError: there is no such figure or scenario.
        """
        return plot(self, kind, scenario)

    @property
    def _with_baseline(self) -> tuple[str, ...]:
        """The arms that are shown, and the baseline."""
        return (*self.arms, self.baseline)

    def _shown(self, table: pl.DataFrame, arms: Sequence[str] = ()) -> pl.DataFrame:
        """The rows of the arms that are shown."""
        return table.filter(pl.col("arm").is_in(list(arms or self.arms)))


def compare(
    folder: str | Path,
    outcome: str | Sequence[str] | None = None,
    *,
    arm: str | Sequence[str] | None = None,
    baseline: str | None = None,
) -> Comparison:
    """Compare the arms of a study that was run.

    Args:
        folder: of the results.
        outcome: a name, or several; all by default.
        arm: names of the arms that are shown; all by default.
        baseline: arm that they are compared with; that of the study by default.

    Raises:
        InputError: no results there, no such outcome or arm, or nothing to compare.
    """
    source = Source(Path(folder))
    against = source.chosen_arms(baseline)[0] if baseline is not None else source.study.baseline
    arms = tuple(name for name in source.chosen_arms(arm) if name != against)
    if not arms:
        what = "has one arm" if len(source.arms) < 2 else f"{against!r} is the baseline itself"
        raise InputError(Problem(str(folder), what, "a comparison needs another arm beside the baseline"))
    return Comparison(source, source.chosen_outcomes(outcome), arms, against)
