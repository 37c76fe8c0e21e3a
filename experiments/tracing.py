"""What became of one post: who saw it, when and by which way, who did what with it, and why it was not to be seen.

A trace is read from the tables of one run. `posts` alone gives the cascade and the answers; who viewed, liked and
reported needs the tables `views` and `reactions` of the event log.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.run_tables import RunTables, opened, run_of
from experiments.store import ADDRESS, Store
from simulation import InputError, Problem, World, key_from_text, key_parts, key_text

_SHOWN_KEYS = 5
_EXAMPLE = "for example 17-1402-0 (author, step, slot) or the same as one whole number"
_READ_BY = {"feed": "in the feed", "stream": "in the stream of the tag", "routed": "brought by the routing",
            "thread": "under the post", "notification": "as a notification"}  # fmt: skip
_DID = {
    "like": "likes", "report": "reports", "reply_supportive": "answers, supportive",
    "reply_neutral": "answers, neutral", "reply_derogatory": "answers, derogatory", "retweet": "passes on",
}  # fmt: skip
_DESK = {"detected": "found by the detector", "reported": "reported often enough", "held": "held for the desk",
         "arrival": "comes before the desk", "start": "taken up by the desk",
         "decision": "decided by the desk"}  # fmt: skip

TRACE_COLUMNS: dict[str, type[pl.DataType]] = {
    "step": pl.Int64, "day": pl.Float64, "hours": pl.Float64, "agent": pl.Int64, "event": pl.String, "by": pl.String,
    "post": pl.String, "from_agent": pl.Int64,
}  # fmt: skip
"""Columns of a trace's table: when (step, day since day 0, hours since the post was written), who, what, by which way,
which post, and from whom it came."""


@dataclass(frozen=True)
class Trace:
    """What became of one post.

    Args:
        run: in which run.
        key: of the post that was asked for.
        root: row of the table `posts` for the own post at its beginning; the same post unless an answer or retweet was
            asked for.
        posts: the root, its answers and its retweets, in the order of writing.
        views: who viewed what of it, None where the study kept no views.
        reactions: who did what with it, None where the study kept no reactions.
        desk: what the desk did, as far as that is known.
    """

    run: RunTables
    key: int
    root: dict[str, Any]
    posts: pl.DataFrame
    views: pl.DataFrame | None
    reactions: pl.DataFrame | None
    desk: pl.DataFrame

    @property
    def name(self) -> str:
        """The root's key as people read it."""
        return key_text(int(self.root["key"]))

    @property
    def retweets(self) -> pl.DataFrame:
        """The retweets, parents before children."""
        return self.posts.filter(pl.col("kind") == "retweet")

    @property
    def replies(self) -> pl.DataFrame:
        """The answers."""
        return self.posts.filter(pl.col("kind").str.starts_with("reply"))

    @cached_property
    def first_views(self) -> pl.DataFrame:
        """The first view of the root by each of its viewers: step, agent, via, through; empty without views."""
        columns = ["step", "agent", "via", "through"]
        if self.views is None:
            schema = {"step": pl.Int64, "agent": pl.Int64, "via": pl.String, "through": pl.Int64}
            return pl.DataFrame(schema=schema)
        direct = self.views.filter(pl.col("post") == self.root["key"])
        return direct.unique("agent", keep="first", maintain_order=True).select(columns)

    def hours(self, step: float) -> float:
        """Hours between the writing of the root and a step."""
        return float(step - self.root["step"]) * self.run.parameters.step_minutes / 60.0

    def table(self) -> pl.DataFrame:
        """Everything that happened to the post, in the order of time; see `TRACE_COLUMNS`."""
        rows = [*self._writing(), *self._viewing(), *self._reacting(), *self._moderating()]
        frame = pl.DataFrame(rows, schema=TRACE_COLUMNS, orient="row")
        return frame.sort("hours", maintain_order=True)

    def _row(
        self, step: float, agent: int | None, event: str, by: str, post: int, source: int | None
    ) -> tuple[Any, ...]:
        """One row of the table."""
        day = self.run.day_of(0) + step / self.run.parameters.steps_per_day
        return int(step), day, self.hours(step), agent, event, by, key_text(post), source

    def _writing(self) -> Iterator[tuple[Any, ...]]:
        """The root is written; without reactions, its answers and retweets are known from the posts."""
        root = self.root
        by = root["kind"] if root["tag"] is None else f"{root['kind']}, tag {root['tag']}"
        yield self._row(root["step"], root["author"], "writes", by, root["key"], None)
        if self.reactions is None:
            for post in self.posts.filter(pl.col("parent").is_not_null()).iter_rows(named=True):
                source = key_parts(post["parent"])[0]
                yield self._row(post["step"], post["author"], _DID[post["kind"]], "", post["parent"], source)

    def _viewing(self) -> Iterator[tuple[Any, ...]]:
        """Who views the root, and who reads the answers."""
        if self.views is None:
            return
        for view in self.views.iter_rows(named=True):
            source = view["author"] if view["through"] is None else key_parts(view["through"])[0]
            by = f"retweet by {source}" if view["via"] == "retweet" else _READ_BY[view["via"]]
            what = "views" if view["post"] == self.root["key"] else "reads answer"
            yield self._row(view["step"], view["agent"], what, by, view["post"], source)

    def _reacting(self) -> Iterator[tuple[Any, ...]]:
        """Who does what with it."""
        if self.reactions is None:
            return
        for reaction in self.reactions.iter_rows(named=True):
            by = "" if reaction["new"] is None else f"as {key_text(reaction['new'])}"
            yield self._row(
                reaction["step"],
                reaction["agent"],
                _DID[reaction["reaction"]],
                by,
                reaction["post"],
                reaction["author"],
            )

    def _moderating(self) -> Iterator[tuple[Any, ...]]:
        """What the desk does."""
        warmup, per_day = self.run.parameters.warmup_days, self.run.parameters.steps_per_day
        for event in self.desk.iter_rows(named=True):
            by = "" if event["decision"] is None else decision_in_words(event["decision"], event["correct"])
            yield self._row((event["day"] + warmup) * per_day, None, _DESK[event["event"]], by, event["post"], None)

    def fate(self) -> list[str]:
        """Why the root and its answers could or could not be seen, in sentences."""
        sentences = [self._fate_of(self.root)]
        if self.root["protected"]:
            sentences.append("its author is protected: it stands in no stream of a tag and cannot be passed on")
        gone = self.replies.filter(pl.col("state").is_in(["removed", "held"])).iter_rows(named=True)
        return sentences + [f"the answer {key_text(post['key'])}: {self._fate_of(post)}" for post in gone]

    def _fate_of(self, post: dict[str, Any]) -> str:
        """What became of one post."""
        breach = "breaks no rule" if post["violation"] == "none" else f"breaks a rule ({post['violation']})"
        if post["state"] == "held":
            return f"held for the desk, which had not decided by the end; it {breach}"
        if post["state"] == "removed":
            return (
                f"removed by the desk {self.hours(post['removed_step']):.1f} h after the post was written; it {breach}"
            )
        days = self.run.parameters.reading.live_days
        seen = f"to be read for {days:g} days from {self.hours(post['visible_step']):.2g} hours on; it {breach}"
        return f"labelled by the desk, {seen}" if post["state"] == "labelled" else seen

    def missed(self, world: World) -> str:
        """How many of the author's followers did not view the root, and why, in a sentence."""
        followers = world.graph.followers_of(self.root["author"])
        if self.views is None:
            return f"the author has {len(followers):,} followers"
        seen = int(np.isin(followers, self.first_views["agent"].to_numpy()).sum())
        others = self.first_views.height - seen
        return (
            f"of {len(followers):,} followers of the author {seen:,} viewed it, and so did {others:,} others; who did "
            "not was not online in time, did not scroll so far, or gave it no attention"
        )


def decision_in_words(decision: str, correct: bool) -> str:
    """`remove, rightly`."""
    return f"{decision}, {'rightly' if correct else 'wrongly'}"


def trace(
    folder: str | Path,
    post: int | str,
    *,
    scenario: str | None = None,
    arm: str | None = None,
    replicate: int | None = None,
) -> Trace:
    """What became of a post.

    Args:
        folder: of the results.
        post: its key, as a whole number or as author-step-slot.
        scenario: in which run; the first in which the post exists where left out.
        arm: likewise.
        replicate: likewise.

    Raises:
        InputError: no such results, run or post.
    """
    store = opened(Path(folder))
    key = key_from_text(str(post))
    if key is None:
        raise InputError(Problem(f"--post {post}", "is not the key of a post", _EXAMPLE))
    wanted = {"scenario": scenario, "arm": arm, "replicate": replicate}
    given = {name: value for name, value in wanted.items() if value is not None}
    return store.steadily(lambda: trace_in(_run_with(store, key, given), key))


def _run_with(store: Store, key: int, wanted: dict[str, Any]) -> RunTables:
    """The first run, among those that are wanted, in which a post exists.

    Raises:
        InputError: there is none.
    """
    run_of(store, **({"replicate": _first_replicate(store)} | wanted))
    posts = store.scan("posts").filter(*(pl.col(name) == value for name, value in wanted.items()))
    found = posts.filter(pl.col("key") == key).select(ADDRESS).collect()
    if found.is_empty():
        raise InputError(_no_such_post(store, posts, key, wanted))
    order = [run for run in store.runs().select(ADDRESS).iter_rows() if run in set(found.iter_rows())]
    return RunTables(store, *order[0])


def _first_replicate(store: Store) -> int:
    """The lowest number of a replicate that is there."""
    return int(store.runs()["replicate"].min() or 1)  # type: ignore[arg-type]


def _no_such_post(store: Store, posts: pl.LazyFrame, key: int, wanted: dict[str, Any]) -> Problem:
    """The problem with a key that no post has."""
    place = "".join(f", {name} {value}" for name, value in wanted.items())
    number, runs = posts.select(pl.len(), pl.struct(ADDRESS).n_unique().alias("runs")).collect().row(0)
    struggles = posts.filter(pl.col("kind") == "struggle").group_by("key").agg(pl.col("views").max())
    known = struggles.sort("views", "key", descending=[True, False]).head(_SHOWN_KEYS)
    shown = ", ".join(key_text(each) for each in known.select("key").collect()["key"])
    best = f"; most viewed struggles: {shown}" if shown else ""
    of_others, gap = pl.col("key") // 2**32 != key_parts(key)[0], (pl.col("key") - key).abs()
    near = posts.select("key").unique().sort(of_others, gap, "key").head(1).collect()["key"]
    return Problem(
        f"--post {key_text(key)}",
        f"no post has this key in {store.folder}{place}",
        f"there are {number:,} posts in {runs} runs{best}",
        key_text(near[0]) if len(near) else "",
    )


def trace_in(run: RunTables, key: int) -> Trace:
    """What became of a post that exists in a run."""
    posts = run.scan("posts")
    root = posts.filter(pl.col("key") == key).select("root").collect().item(0, 0)
    family = posts.filter(pl.col("root") == root).collect().sort("step", maintain_order=True)
    keys = family["key"].implode()
    desk = "desk_events" if run.has("desk_events") else "desk"
    return Trace(
        run=run,
        key=key,
        root=family.row(by_predicate=pl.col("key") == root, named=True),
        posts=family,
        views=_of_root(run, "views", root),
        reactions=_of_root(run, "reactions", root),
        desk=_desk_events(run.scan(desk).filter(pl.col("post").is_in(keys)).collect()),
    )


def _of_root(run: RunTables, table: str, root: int) -> pl.DataFrame | None:
    """The rows of a table of the log that belong to a root, None where the study did not keep it."""
    return run.scan(table).filter(pl.col("root") == root).collect() if run.has(table) else None


def _desk_events(rows: pl.DataFrame) -> pl.DataFrame:
    """What the desk did as events; where only decided cases are known, their arrivals, starts and decisions."""
    if "event" in rows.columns:
        return rows.select("day", "post", "event", "decision", "correct")
    nothing = [pl.lit(None, dtype=pl.String).alias("decision"), pl.lit(None, dtype=pl.Boolean).alias("correct")]
    parts = [
        rows.select(pl.col("arrival").alias("day"), "post", pl.lit("arrival").alias("event"), *nothing),
        rows.select(pl.col("start").alias("day"), "post", pl.lit("start").alias("event"), *nothing),
        rows.select(pl.col("finish").alias("day"), "post", pl.lit("decision").alias("event"), "decision", "correct"),
    ]
    return pl.concat(parts).sort("day", maintain_order=True)


def sources(trace: Trace) -> NDArray[np.int64]:
    """Agent [V] from whom each row of `first_views` has the post: the author, or who passed it on."""
    through = trace.first_views["through"].fill_null(trace.root["key"]).to_numpy()
    return np.asarray(through >> 32, dtype=np.int64)
