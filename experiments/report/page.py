"""One study, gathered for its page: figures, tables, sentences, and where everything comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from experiments.comparison import Comparison, compare
from experiments.figures import (
    Look,
    forest,
    left_out,
    looks,
    pooled_over_scenarios,
    regrets,
    ridges,
    tradeoffs,
    trajectories,
)
from experiments.report import done, tables
from experiments.report.answers import Findings, answer, replicates_of
from experiments.report.downloads import Download, downloads
from experiments.report.evidence import Grade, assumed_share, register, risks, settings
from experiments.report.pictures import Plate, plate
from experiments.report.tables import Table
from experiments.sensitivity.reliance import RELIANCE, Reliance, read_reliance
from experiments.store import RIDGE, STUDY, Store
from experiments.study import Study
from experiments.summary import OVERALL, drawn_rows
from simulation import OUTCOMES, InputError, Problem

HEADLINES = (
    "support_reach_7d", "supported_within_24h", "never_reached", "normalization", "harm_exposure", "wrongly_removed",
    "help_seeking",
)  # fmt: skip
"""Outcomes of a report, where the study has them; the first is the main one."""
OVER_TIME = ("normalization", "support_reach_7d", "supported_within_24h", "harm_exposure")
"""Outcomes that are shown over days."""
SECTIONS = [
    ("answer", "Answer"),
    ("compared", "What was compared"),
    ("differences", "What changes"),
    ("time", "Over time"),
    ("left-out", "Who is left out"),
    ("tradeoffs", "Trade-offs"),
    ("robustness", "What could reverse it"),
    ("assumptions", "On what it rests"),
    ("silent", "What it does not say"),
    ("provenance", "Provenance and tables"),
]
ALONG_RIDGE = ("normalization", "support_reach_7d")
"""Outcomes that are shown along the ridge."""
SENSITIVITY = "sensitivity"
"""Folder of a sensitivity analysis among the results of a study."""
MOST_OUTCOMES = 8
MOST_WORLDS_OVER_TIME = 6
MOST_SEEDS = 200


@dataclass(frozen=True)
class Page:
    """Everything that the page of a study says.

    Args:
        folder: of the results.
        sensitivity: of a sensitivity analysis of the study; the folder `sensitivity` in that of the results, where
            there is one, if left out.
    """

    folder: Path
    sensitivity: Path | None = None

    @cached_property
    def store(self) -> Store:
        """The results."""
        return Store(self.folder)

    @cached_property
    def study(self) -> Study:
        """The study that was run.

        Raises:
            InputError: there are no results.
        """
        if not (self.folder / STUDY).is_file() or "outcomes" not in self.store.names():
            allowed = "a folder that 'supportnet run' has written, with a finished run in it"
            raise InputError(Problem(str(self.folder), "holds no results", allowed))
        return Study.from_file(self.folder / STUDY)

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """Where the results come from."""
        return self.store.manifest()

    @cached_property
    def comparison(self) -> Comparison:
        """The arms against the baseline, by the outcomes shown."""
        return compare(self.folder, list(shown_outcomes(self.study, self.store.outcomes())))

    @cached_property
    def worlds(self) -> list[str]:
        """Labels of the single scenarios."""
        return list(self.study.scenarios.labels_once)

    @cached_property
    def overall(self) -> str:
        """The scenario that stands for all of them."""
        present = self.comparison.table["scenario"].unique(maintain_order=True).to_list()
        return next((name for name in present if name not in self.worlds), self.worlds[0])

    @cached_property
    def arms(self) -> list[str]:
        """Names of the arms."""
        return [arm.name for arm in self.study.arms]

    @cached_property
    def looks(self) -> dict[str, Look]:
        """How each arm is drawn."""
        return looks(self.arms, self.study.baseline)

    @cached_property
    def people(self) -> int:
        """People in a run."""
        return self.study.base.agents

    @property
    def nothing(self) -> str:
        """What is done in an arm without interventions."""
        return done.NOTHING

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Anchors and short titles of the sections."""
        return SECTIONS

    @property
    def pairs_in_words(self) -> str:
        """How many replicates there are, and what was run besides along the ridge."""
        found, along = self.comparison, self.comparison.source.ridge
        told = f"{replicates_of(found.table.to_dicts())} replicates"
        if along is None:
            return told
        return f"{told}, and {len(along.scenarios)} worlds along the ridge with {replicates_of(found.ridge.to_dicts())}"

    # --- sentences ------------------------------------------------------------------------------------------------

    @cached_property
    def grades(self) -> list[Grade]:
        """Settings by grade of evidence."""
        return register(settings(self.study))

    @property
    def assumed(self) -> Grade:
        """The settings that rest on no source."""
        return self.grades[-1]

    @cached_property
    def reliance(self) -> Reliance | None:
        """What the variance of results rests on; None where no sensitivity analysis is given.

        Raises:
            InputError: the folder that is given holds none.
        """
        beside = self.folder / SENSITIVITY
        if self.sensitivity is None and not (beside / RELIANCE).is_file():
            return None
        return read_reliance(self.sensitivity or beside)

    @cached_property
    def assumed_variance(self) -> float | None:
        """Share of the variance of the main outcome's differences that rests on assumptions: mean over arms."""
        main = self.comparison.outcomes[0] if self.comparison.outcomes else ""
        arms = [arm for arm in self.arms if arm != self.study.baseline]
        return None if self.reliance is None else self.reliance.mean_assumed(main, arms, self.study.baseline)

    @property
    def settings_in_all(self) -> int:
        """Settings that have a grade."""
        return sum(item.number for item in self.grades)

    @cached_property
    def answer(self) -> list[str]:
        """The answer in three sentences."""
        return answer(
            Findings(
                table=self.comparison.table,
                outcomes=self.comparison.outcomes,
                baseline=self.study.baseline,
                overall=self.overall,
                worlds=self.worlds,
                people=self.people,
                assumed=assumed_share(self.grades),
                assumed_variance=self.assumed_variance,
            )
        )

    @property
    def warnings(self) -> list[str]:
        """What weakens the answer: of the comparison, and of what the study asks for."""
        asked = [f"{problem.where}: {problem.what}" for problem in self.study.doubts()]
        return [*self.comparison.warnings, *(f"In the study itself, {told}." for told in asked)]

    # --- figures --------------------------------------------------------------------------------------------------

    def _overall(self, table: pl.DataFrame) -> pl.DataFrame:
        """Rows of all scenarios together."""
        return table.filter(pl.col("scenario") == self.overall)

    @cached_property
    def forest(self) -> Plate:
        """What each arm changes."""
        return plate("forest", forest(self._overall(self.comparison.table), self.looks, self.study.baseline))

    @cached_property
    def _over_days(self) -> pl.DataFrame:
        """Outcomes of everybody over days, of the scenarios that are drawn."""
        rows = self.store.steadily(lambda: drawn_rows(self.store.scan("outcomes"), self.worlds, len(self.arms)))
        return rows.filter(pl.col("group") == OVERALL)

    @cached_property
    def over_time(self) -> Plate:
        """Outcomes over days, all worlds together."""
        pooled = pooled_over_scenarios(self._over_days)
        return plate("time", trajectories(pooled, OVER_TIME, self.looks, self.study.baseline), self.looks)

    @cached_property
    def over_time_by_world(self) -> Plate:
        """The first of them, world by world, where there are several."""
        drawings = []
        for world in self.worlds[:MOST_WORLDS_OVER_TIME] if len(self.worlds) > 1 else []:
            rows = self._over_days.filter(pl.col("scenario") == world)
            drawings += trajectories(rows, OVER_TIME[:1], self.looks, self.study.baseline, world)
        return plate("world", drawings, self.looks)

    @cached_property
    def left_out(self) -> Plate:
        """Who is never reached."""
        return plate("left-out", left_out(self._overall(self.comparison.reached_by_group), self.looks), self.looks)

    @cached_property
    def tradeoffs(self) -> Plate:
        """Reach against harm."""
        return plate("tradeoff", tradeoffs(self._overall(self.comparison.tradeoffs), self.looks))

    @cached_property
    def regrets(self) -> Plate:
        """In which worlds each arm falls behind."""
        single = self.comparison.regret.filter(pl.col("scenario").is_in(self.worlds))
        return plate("regret", regrets(single, self.arms) if len(self.worlds) > 1 else [])

    @cached_property
    def _ridge(self) -> pl.DataFrame:
        """Differences along the ridge; none where nothing varied how silence is read."""
        rows = self.comparison.ridge.filter(pl.col("outcome").is_in(ALONG_RIDGE))
        return rows if rows["silence_weight"].n_unique() > 1 else rows.clear()

    @cached_property
    def ridge(self) -> Plate:
        """What each arm changes where silence is read otherwise."""
        arms = {arm: look for arm, look in self.looks.items() if arm != self.study.baseline}
        return plate("ridge", ridges(self._ridge, ALONG_RIDGE, arms), arms)

    # --- tables ---------------------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables of the page, by name."""
        told, along = self.comparison, self.comparison.source.ridge
        found = [
            tables.levers(done.levers(self.study)),
            tables.factors(done.factors(self.study)),
            tables.differences(self._overall(told.table), self.study.baseline),
            tables.left_out(self._overall(told.reached_by_group), self.arms),
            tables.tradeoffs(self._overall(told.tradeoffs)),
            tables.costs(self._overall(told.costs)),
            tables.robustness(told.robustness),
            tables.ridge(self._ridge),
            tables.risks(risks(self.study, along.study if along else None), RIDGE if self._ridge.height else ""),
            tables.register(self.grades),
            tables.reliance(self.reliance.table if self.reliance else None),
        ]
        return {table.name.replace("-", "_"): table for table in found}

    @cached_property
    def deciding(self) -> list[str]:
        """Which factors decide, in sentences."""
        return self.comparison.deciding["sentence"].drop_nulls().unique(maintain_order=True).to_list()

    @cached_property
    def downloads(self) -> list[Download]:
        """Tables to take away."""
        told = self.comparison
        every = {
            "differences": ("paired differences, overall and in every world", told.table),
            "means": ("means of every arm, overall and in every world", told.arm_means),
            "by-group": ("differences by group", told.by_group),
            "left-out": ("share never reached by group", told.reached_by_group),
            "tradeoffs": ("reach, harm and wrong removals", told.tradeoffs),
            "costs": ("what each arm takes", told.costs),
            "regret": ("how far each arm falls behind the best", told.regret),
            "robustness": ("the same over all worlds", told.robustness),
            "deciding": ("which factors decide", told.deciding),
            "ridge": ("differences beside psi, n0 and beta_n of their worlds", told.ridge),
        }
        if self.reliance is not None:
            every["reliance"] = ("what the variance of outcomes rests on", self.reliance.table)
        return downloads(self.study.study, every, (self.folder / STUDY).read_bytes())

    # --- provenance -----------------------------------------------------------------------------------------------

    @cached_property
    def deeds(self) -> list[tuple[str, bool, list[done.Deed]]]:
        """For each arm its name, whether it is the baseline, and what is done in it."""
        return [(arm.name, arm.name == self.study.baseline, done.deeds(arm)) for arm in self.study.arms]

    @property
    def replicate_seeds(self) -> list[int]:
        """Seeds of the replicates, as many as are listed."""
        return list(self.manifest.get("replicate_seeds", []))[:MOST_SEEDS]

    @property
    def command(self) -> str:
        """What repeats the study, given the file that the page holds."""
        return f"supportnet run {self.study.study}.yaml -o {self.study.study}"

    @property
    def provenance(self) -> list[tuple[str, str]]:
        """Names and values of what the numbers come from."""
        code, versions, machine, runs = (self.manifest.get(key, {}) for key in ("code", "versions", "machine", "runs"))
        state = ", with local changes" if code.get("changes") else ""
        return [
            ("Study", f"{self.study.study}, {self.manifest.get('hash', '')}"),
            ("Runs", f"{runs.get('done', 0):,} finished, {runs.get('failed', 0):,} failed"),
            ("Seed of the study", str(self.study.seed)),
            ("supportnet", f"{code.get('version', '')}, commit {code.get('commit', '')}{state}"),
            ("Simulation", f"sources {code.get('simulation', '')}"),
            ("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
            ("Machine", f"{machine.get('system', '')}, {machine.get('model', '')}, {machine.get('cores', '')} cores"),
            ("Wall time", f"{self.manifest.get('wall_seconds', 0):,.0f} s"),
            ("Command as it was typed", " ".join(self.manifest.get("command", []))),
        ]


def shown_outcomes(study: Study, there: set[str]) -> Sequence[str]:
    """The outcomes of a report: the usual ones that are there; without them those with a direction, then any."""
    asked = [name for name in study.outcomes if name in there]
    usual = [name for name in HEADLINES if name in asked]
    directed = [name for name in asked if OUTCOMES[name].direction != "none"]
    return (usual or directed or asked)[:MOST_OUTCOMES]
