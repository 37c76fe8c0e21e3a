"""Studies that run themselves and results that show themselves: what a notebook works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from experiments import study as described
from experiments.arms import Arm
from experiments.comparing import Shown
from experiments.comparing import compare as compared
from experiments.estimates import estimate
from experiments.event_comparison import EventComparison, compare_events
from experiments.executors import executor_for
from experiments.exporting import export
from experiments.figures import Figure, Words, card, html_table, paragraph, picture, summary_figure
from experiments.progress import shown
from experiments.replay import Replay, replay_of_results
from experiments.report import report
from experiments.store import Store
from experiments.summary import drawn_rows, summary_table, written
from experiments.sweep import Failure, How, plan_along_ridge, sweep
from experiments.tracing import Trace, trace
from simulation import InputError, Intervention

_MOST_ROWS = 24


def _done_in(arm: Arm) -> str:
    """What an arm does, in words; levers that were left as they are go without saying."""
    return "; ".join(_in_words(action) for action in arm.interventions) or "nothing"


def _in_words(action: Intervention) -> str:
    """An intervention by its name and the levers that were set."""
    levers = action.model_dump(mode="json", exclude_unset=True, exclude={"type"})
    name = str(getattr(action, "type", type(action).__name__)).replace("_", " ")
    return f"{name} ({', '.join(f'{lever} {_value_in_words(levers[lever])}' for lever in levers)})" if levers else name


def _value_in_words(value: object) -> str:
    """The value of a lever; a group of levers by their names."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value_in_words(inner)}" for name, inner in value.items())
    return str(value).replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Study(described.Study):
    """A study that can run itself.

    `Study(base=Parameters(agents=500), arms=[Arm("none"), Arm("tag", [Hashtag()])], replicates=10, seed=42).run()`
    """

    def run(self, out: str | Path | None = None, workers: int = 1, executor: str = "", **how: Any) -> "Results":  # noqa: ANN401
        """Do every run that is not there yet, and return the results.

        Progress is shown in a notebook and in a terminal.

        Args:
            out: folder of the results; `results/<study>/<hash>` by default.
            workers: how many runs may go on at once.
            executor: where runs happen; one after another in this process by default, in processes with more workers.
            **how: anything else that `sweep.How` takes: `time_limit`, `retry_failed`, `scheduler`, ...

        Raises:
            InputError: the network, the folder, the executor or the number of workers cannot be used.
        """
        people = estimate(self).agents
        chosen = How(executor=executor or executor_for(workers), workers=workers, **how)
        with shown(lines=False) as report:
            done = sweep(self, Path(out) if out is not None else None, chosen, report=report)
        along = plan_along_ridge(self, done.folder, chosen)
        if along:
            with shown(lines=False) as report:
                sweep(along.study, along.folder, chosen, report=report, planned=along)
        return Results(self, done.folder, people, done.failures)

    def _repr_html_(self) -> str:
        """What is asked and done, and how much of it, as a notebook shows it."""
        scenarios = len(self.scenarios)
        facts = [
            ("question", self.question or "-"),
            ("people, days", f"{self._people()}, {self.base.days:g} days"),
            ("worlds", f"{scenarios}: {', '.join(self.factors)} vary" if self.factors else "1"),
            ("runs", f"{self.number_of_runs:,}{' at most' if self.is_adaptive else ''}, seed {self.seed}"),
        ]
        arms = [(arm.name, _done_in(arm), "baseline" if arm.name == self.baseline else "") for arm in self.arms]
        return card(html_table([], facts), html_table(["arm", "what is done", ""], arms), title=self.study)

    def _people(self) -> str:
        """How many people a run has; a network that is given but not here keeps its number to itself."""
        try:
            return f"{estimate(self).agents:,} people"
        except InputError:
            return "the people of a network that is not here"


@dataclass(frozen=True)
class Results:
    """The results of a study; tables are read from the disk when they are asked for.

    Args:
        study: what was run.
        folder: where the results lie.
        people: number of people in a run.
        failures: runs that failed.
    """

    study: described.Study
    folder: Path
    people: int
    failures: tuple[Failure, ...] = ()

    @property
    def tables(self) -> list[str]:
        """Names of the tables that are there."""
        return Store(self.folder).names()

    def table(self, name: str) -> pl.DataFrame:
        """A table over all runs, with the keys study, scenario, arm, replicate and seed in front.

        Raises:
            InputError: there is no such table.
        """
        return Store(self.folder).table(name)

    @property
    def outcomes(self) -> pl.DataFrame:
        """The long table of outcomes: keys, step, day, group, outcome, value."""
        return self.table("outcomes")

    @property
    def runs(self) -> pl.DataFrame:
        """The table of runs: keys, run, status, error, seconds, peak_memory_mb and more."""
        return Store(self.folder).runs()

    def summary(self) -> pl.DataFrame:
        """Mean over replicates of what stood at the end, one row per scenario and arm."""
        store = Store(self.folder)
        return store.steadily(lambda: summary_table(store.pieces("outcomes"), store.order()[1:]))

    @property
    def scenarios(self) -> pl.DataFrame:
        """The points of the design: study, point, scenario, and the value of every factor."""
        return Store(self.folder).scenarios()

    def compare(
        self,
        outcome: str | Sequence[str] | None = None,
        *,
        arm: str | Sequence[str] | None = None,
        baseline: str | None = None,
    ) -> Shown:
        """Compare arms with the baseline in pairs: differences with intervals, who is left out, trade-offs, regret.

        Args:
            outcome: a name, or several; all by default.
            arm: names of the arms that are shown; all by default.
            baseline: arm to compare with; that of the study by default.

        Raises:
            InputError: no such outcome or arm, or nothing to compare.
        """
        return compared(self.folder, outcome, arm=arm, baseline=baseline)

    def verdicts(self) -> pl.DataFrame:
        """How precise the comparisons of adaptive replicates are: pairs, difference, half-width, wanted, reached."""
        store = Store(self.folder)
        return store.steadily(lambda: self.study.verdicts(store.scan("outcomes")))

    def export(self, to: str, out: str | Path | None = None, tables: Sequence[str] = ()) -> list[Path]:
        """Write the results for another program; see `experiments.export`.

        Raises:
            InputError: no such format or table, or results that the format cannot hold.
        """
        return export(self.folder, to, out, tables)

    def events(
        self,
        arm: str | None = None,
        *,
        baseline: str | None = None,
        scenario: str | None = None,
        replicate: int = 1,
    ) -> EventComparison:
        """Which struggle posts, supportive answers, adoptions and people reached exist only in one of two arms.

        Args:
            arm: the arm that is looked at; the first that is not the baseline where left out.
            baseline: what it is compared with; the baseline of the study where left out.
            scenario: the first where left out.
            replicate: from 1.

        Raises:
            InputError: there is no such run.
        """
        return compare_events(self.folder, arm=arm, baseline=baseline, scenario=scenario, replicate=replicate)

    def trace(
        self,
        post: int | str,
        *,
        scenario: str | None = None,
        arm: str | None = None,
        replicate: int | None = None,
    ) -> Trace:
        """What became of a post; `trace.table()` tells it, `experiments.trace_figure` draws it.

        Args:
            post: its key, as a whole number or as author-step-slot.
            scenario: in which run; the first in which the post exists where left out.
            arm: likewise.
            replicate: likewise.

        Raises:
            InputError: there is no such post or run.
        """
        return trace(self.folder, post, scenario=scenario, arm=arm, replicate=replicate)

    def report(self, out: str | Path | None = None) -> Path:
        """Write one page about the study, `report.html` in its folder by default; see `experiments.report.report`.

        Raises:
            InputError: nothing to compare.
        """
        return report(self.folder, out)

    def replay(
        self,
        *arms: str,
        scenario: str | None = None,
        replicate: int | None = None,
        run: str | None = None,
    ) -> Replay:
        """One run, or two arms of a replicate side by side, to be looked at day by day; see `experiments.replay`.

        Args:
            *arms: one or two; the baseline and the first other arm where left out.
            scenario: the first where left out.
            replicate: likewise.
            run: the key of one run instead of all these.

        Raises:
            InputError: there is no such run.
            RunError: a run comes out otherwise than it is stored.
        """
        return replay_of_results(self.folder, run=run, arms=arms, scenario=scenario, replicate=replicate)

    def figure(self) -> bytes:
        """The summary figure as the content of a PNG file."""
        return picture(self.plot())

    def plot(self) -> Figure:
        """The study at a glance: four outcomes over days, a line and a band for each arm."""
        arms = [arm.name for arm in self.study.arms]
        words = Words(self.study.question, arms, self.study.baseline, self.people, self.study.seed)
        store = Store(self.folder)
        labels = self.study.scenarios.labels_once
        rows = store.steadily(lambda: drawn_rows(store.scan("outcomes"), labels, len(arms)))
        return summary_figure({"outcomes": rows.sort(*store.order())}, words)

    def _repr_html_(self) -> str:
        """The small table and the figure, as a notebook shows them."""
        if "outcomes" not in self.tables:
            return card(paragraph(f"No run of {self.study.study} came to an end."))
        summary = self.summary()
        lone = summary["scenario"].n_unique() == 1
        table = summary.drop("scenario") if lone else summary
        failed = [paragraph(f"{len(self.failures)} runs failed; see the table of runs.")] if self.failures else []
        return card(
            html_table(
                [name.replace("_", " ") for name in table.columns],
                [[written(value) for value in row] for row in table.head(_MOST_ROWS).iter_rows()],
                more=max(0, table.height - _MOST_ROWS),
            ),
            *failed,
            self.plot().svg(),
            paragraph(f"Results: {self.folder}"),
            title=self.study.study,
        )
