"""What happened only because of an intervention: the events of two arms of one replicate, side by side.

Two arms of a replicate have one seed, and chance has an address: what is in both happened anyway, what is in one alone
was caused or prevented by what the arms differ in. A struggle post is the same in both when its key is; an answer when
the same person answers the same post supportively, maybe at another time; an adoption when the same person adopts the
same tag; a person is reached by support who receives a supportive answer to a struggle or reads one under somebody
else's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from experiments.run_tables import RunTables, opened, run_of, study_of
from experiments.store import Store
from simulation import InputError, Problem, key_text

WITH, WITHOUT, BOTH = "only with", "only without", "both"
"""An event exists only in the arm, only in the baseline, or in both."""

_IDENTITY = ("agent", "post", "tag")
"""What makes two events of one kind the same."""


def _struggles(run: RunTables) -> pl.LazyFrame:
    """Struggle posts: who wrote them, when, which."""
    mine = run.scan("posts").filter(pl.col("kind") == "struggle")
    return mine.select("step", pl.col("author").alias("agent"), pl.col("key").alias("post"))


def _supportive_replies(run: RunTables) -> pl.LazyFrame:
    """Supportive answers to struggles: who gave them, when, to which post."""
    roots = _struggles(run).select("post")
    mine = run.scan("posts").filter(pl.col("kind") == "reply_supportive")
    answers = mine.select("step", pl.col("author").alias("agent"), pl.col("root").alias("post"))
    return answers.join(roots, on="post", how="semi")


def _adoptions(run: RunTables) -> pl.LazyFrame:
    """Adoptions of tags: who, when, which."""
    return run.scan("adoptions").select("step", "agent", "tag")


def _people_reached(run: RunTables) -> pl.LazyFrame:
    """People whom support reached: when first.

    Those who read a supportive answer to a struggle, their own or somebody else's; without the log of views, those
    whose struggle was answered.
    """
    answers = run.scan("posts").filter(pl.col("kind") == "reply_supportive")
    support = answers.join(_struggles(run), left_on="root", right_on="post", how="semi")
    if run.has("views"):
        read = run.scan("views").join(support, left_on="post", right_on="key", how="semi")
    else:
        read = support.with_columns(agent=pl.col("root") // 2**32)
    return read.group_by("agent").agg(pl.col("step").min())


EVENTS: dict[str, Callable[[RunTables], pl.LazyFrame]] = {
    "struggle post": _struggles,
    "supportive reply": _supportive_replies,
    "adoption": _adoptions,
    "person reached": _people_reached,
}
"""What is compared, and where it is read: step, and those of agent, post and tag that make the event what it is."""

_SCHEMA = {
    "event": pl.String, "exists": pl.String, "agent": pl.Int64, "post": pl.Int64, "tag": pl.String,
    "step_with": pl.Int64, "step_without": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class EventComparison:
    """The events since day 0 of two runs that differ in their arm alone.

    Args:
        arm: the run with what is done.
        baseline: the run without.
    """

    arm: RunTables
    baseline: RunTables

    @cached_property
    def table(self) -> pl.DataFrame:
        """One row per event: event, exists, agent, post, tag, and the step of it in the arm and in the baseline."""
        return self.arm.store.steadily(
            lambda: pl.concat(
                _joined(name, rows(self.arm), rows(self.baseline), self._begin) for name, rows in EVENTS.items()
            )
        )

    @property
    def _begin(self) -> int:
        """The step of day 0."""
        return self.arm.parameters.warmup_steps

    def summary(self) -> pl.DataFrame:
        """One row per kind of event: how many exist where, how many there are in each arm, and the ratio of the two."""
        count = [pl.col("exists").eq(where).sum().cast(pl.Int64).alias(where) for where in (WITH, WITHOUT, BOTH)]
        counted = self.table.group_by("event").agg(count)
        order = pl.DataFrame({"event": list(EVENTS)})
        whole = order.join(counted, on="event", how="left", maintain_order="left").fill_null(0)
        arms = [(pl.col(where) + pl.col(BOTH)).alias(name) for where, name in ((WITH, "with"), (WITHOUT, "without"))]
        ratio = pl.when(pl.col("without") > 0).then(pl.col("with") / pl.col("without")).alias("ratio")
        return whole.with_columns(arms).with_columns(ratio)

    @property
    def notes(self) -> list[str]:
        """What the reader has to know, in sentences."""
        if self.arm.has("views"):
            return []
        return [
            "the study kept no views: people reached are only those whose own struggle was answered; put "
            "'events: [views]' into its file to count readers too"
        ]

    def title(self) -> str:
        """Which runs are compared."""
        return f"with: {self.arm.arm}; without: {self.baseline.arm}; replicate {self.arm.replicate}" + (
            "" if self.arm.scenario == "-" else f"; scenario {self.arm.scenario}"
        )

    def _repr_html_(self) -> str:
        """The summary, as a notebook shows it."""
        return f"<p>{self.title()}</p>{self.summary()._repr_html_()}"


def _joined(name: str, one: pl.LazyFrame, other: pl.LazyFrame, begin: int) -> pl.DataFrame:
    """Events of one kind of both arms, each with where it exists."""
    keys = [column for column in _IDENTITY if column in one.collect_schema().names()]
    sides = [side.filter(pl.col("step") >= begin).unique(keys, keep="first", maintain_order=True).rename({"step": step})
             for side, step in ((one, "step_with"), (other, "step_without"))]  # fmt: skip
    both = sides[0].join(sides[1], on=keys, how="full", coalesce=True, nulls_equal=True)
    exists = (
        pl.when(pl.col("step_without").is_null())
        .then(pl.lit(WITH))
        .when(pl.col("step_with").is_null())
        .then(pl.lit(WITHOUT))
        .otherwise(pl.lit(BOTH))
    )
    missing = [pl.lit(None, dtype=_SCHEMA[column]).alias(column) for column in _IDENTITY if column not in keys]
    frame = both.with_columns(pl.lit(name).alias("event"), exists.alias("exists"), *missing).select(list(_SCHEMA))
    return frame.sort(pl.min_horizontal("step_with", "step_without"), *_IDENTITY).collect()


def compare_events(
    folder: str | Path,
    *,
    arm: str | None = None,
    baseline: str | None = None,
    scenario: str | None = None,
    replicate: int = 1,
) -> EventComparison:
    """The events of two arms of one replicate, side by side.

    Args:
        folder: of the results.
        arm: the arm that is looked at; the first that is not the baseline where left out.
        baseline: what it is compared with; the baseline of the study where left out.
        scenario: the first where left out.
        replicate: from 1.

    Raises:
        InputError: no such results or run, or both arms are the same.
    """
    store = opened(Path(folder))
    without = study_of(store).baseline if baseline is None else baseline
    chosen = arm if arm is not None else _other_arm(store, without)
    if chosen == without:
        raise InputError(Problem(f"--arm {chosen}", "is the baseline itself", f"other arms: {_others(store, without)}"))
    runs = [run_of(store, scenario=scenario, arm=name, replicate=replicate) for name in (chosen, without)]
    return EventComparison(*runs)


def _others(store: Store, baseline: str) -> str:
    """Names of all arms but one."""
    return "; ".join(arm.name for arm in study_of(store).arms if arm.name != baseline) or "none"


def _other_arm(store: Store, baseline: str) -> str:
    """The first arm that is not the baseline.

    Raises:
        InputError: there is none.
    """
    for arm in study_of(store).arms:
        if arm.name != baseline:
            return arm.name
    raise InputError(Problem(str(store.folder), "the study has one arm, so there is nothing to compare it with"))


def with_key_texts(table: pl.DataFrame) -> pl.DataFrame:
    """A table of events with post keys as people read them."""
    return table.with_columns(pl.col("post").map_elements(key_text, return_dtype=pl.String))
