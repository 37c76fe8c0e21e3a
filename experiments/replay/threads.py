"""The posts that can be told, packed for a page: threads, who saw them by which way, likes, reports, and the desk.

A thread is an own post with its answers and retweets; everything in it is counted from its first step on, and posts are
named by their place in it, 0 for the own post. What two arms share has one entry in the catalogue.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.replay.choosing import Told
from experiments.replay.people import Crowd
from experiments.replay.recording import Recording
from simulation import Kind, PostState, Reaction, Via, Violation

DESK_EVENTS = ("detected", "reported", "held", "arrival", "start", "decision")
DECISIONS = ("none", "remove", "label", "clear")
KINDS = tuple(kind.name.lower() for kind in Kind)
STATES = tuple(state.name.lower() for state in PostState)
VIOLATIONS = tuple(violation.name.lower() for violation in Violation)
WAYS = tuple(via.name.lower() for via in Via)
SIGNS = tuple(reaction.name.lower() for reaction in (Reaction.LIKE, Reaction.REPORT))
SECONDS_A_DAY = 86_400.0
_SLOT = 0xFF

Arrays = dict[str, NDArray[Any]]


class Catalogue(NamedTuple):
    """Every post that can be told, once for all arms; what kind of post it is may differ between them.

    Args:
        table: key, author and step, in the order of writing.
        tags: names of all tags, in the order in which they were opened.
    """

    table: pl.DataFrame
    tags: tuple[str, ...]

    def arrays(self, people: Crowd) -> Arrays:
        """The catalogue for the page."""
        table = self.table
        return {
            "posts.author": people.places(table["author"].to_numpy()),
            "posts.step": table["step"].to_numpy(),
            "posts.slot": table["key"].to_numpy() & _SLOT,
        }


def catalogue(arms: Sequence[Recording], told: Told) -> Catalogue:
    """Every post that can be told; one that exists in several arms is the same in all."""
    columns = ["key", "author", "step"]
    roots = told.roots.implode()
    parts = [arm.own_posts.filter(pl.col("key").is_in(roots)).select(columns) for arm in arms]
    table = pl.concat(parts).unique("key", keep="first").sort("step", "key")
    return Catalogue(table, tuple(dict.fromkeys(tag for arm in arms for tag in arm.tags)))


def authors_told(arms: Sequence[Recording], told: Told) -> NDArray[np.int64]:
    """Everybody who wrote anything in the threads that can be told, ascending."""
    rows = [arm.posts.filter(pl.col("root").is_in(told.roots.implode()))["author"] for arm in arms]
    return pl.concat(rows).unique().sort().to_numpy()


class Threads(NamedTuple):
    """The threads of an arm.

    Args:
        posts: their posts, thread by thread, with the columns `thread`, its number, `begin`, its first step, and
            `place`, of the post in its thread.
        entries: for each thread its row in the catalogue.
    """

    posts: pl.DataFrame
    entries: NDArray[np.int64]


def threads_of(arm: Recording, listed: Catalogue) -> Threads:
    """The threads of an arm that can be told, in the order of the catalogue."""
    entries = listed.table.select(pl.col("key").alias("root")).with_row_index("entry")
    mine = arm.posts.with_row_index("row").join(entries, on="root")
    roots = mine.filter(pl.col("key") == pl.col("root")).sort("entry")
    numbers = roots.select("root", pl.col("step").alias("begin")).with_row_index("thread")
    ordered = mine.join(numbers, on="root").sort("thread", pl.col("key") != pl.col("root"), "step", "row")
    placed = ordered.with_columns(pl.int_range(pl.len()).over("thread").alias("place"))
    return Threads(placed, roots["entry"].to_numpy().astype(np.int64))


def thread_arrays(threads: Threads, people: Crowd, tags: tuple[str, ...]) -> Arrays:
    """The posts of an arm's threads for the page; steps that never came are 0, others count from 1."""
    posts = threads.posts
    parents = posts.select(pl.col("key").alias("parent"), pl.col("place").alias("above"))
    above = posts.join(parents, on="parent", how="left", maintain_order="left")["above"].fill_null(0)
    since = {
        f"thread.{name}": _since(posts, name) for name in ("visible_step", "removed_step")
    }  # 0 never, else one more than the steps since the beginning
    return {
        "threads.entry": threads.entries,
        "threads.size": _sizes(posts["thread"], len(threads.entries)),
        "thread.author": people.places(posts["author"].to_numpy()),
        "thread.since": (posts["step"] - posts["begin"]).to_numpy(),
        "thread.slot": posts["key"].to_numpy() & _SLOT,
        "thread.kind": _codes(posts["kind"], KINDS),
        "thread.tag": _codes(posts["tag"], tags, none=True),
        "thread.violation": _codes(posts["violation"], VIOLATIONS),
        "thread.state": _codes(posts["state"], STATES),
        "thread.parent": above.to_numpy(),
        **since,
        **{f"thread.{name}": posts[name].to_numpy().astype(np.int64)
           for name in ("views", "viewers", "likes", "reports", "protected")},
    }  # fmt: skip


def _since(posts: pl.DataFrame, name: str) -> NDArray[Any]:
    """Steps since the beginning of the thread, and one more; 0 where the step never came."""
    since = posts[name] - posts["begin"] + 1
    return np.where(posts[name].to_numpy() >= 0, since.to_numpy(), 0)


def view_arrays(arm: Recording, threads: Threads) -> Arrays:
    """Who saw what of the threads, in the order of time within each; agents by their rows, on the map or not."""
    rows = _of_threads(arm.events["views"], threads)
    through = _places(rows, threads, "through").fill_null(-1) + 1
    return {
        "views.size": _sizes(rows["thread"], len(threads.entries)),
        "views.since": (rows["step"] - rows["begin"]).to_numpy(),
        "views.agent": rows["agent"].to_numpy(),
        "views.via": _codes(rows["via"], WAYS),
        "views.post": rows["place"].to_numpy(),
        "views.through": through.to_numpy(),
    }


def sign_arrays(arm: Recording, threads: Threads) -> Arrays:
    """Likes and reports in the threads, agents by their rows; answers and retweets are posts themselves."""
    signs = arm.events["reactions"].filter(pl.col("reaction").is_in(SIGNS))
    rows = _of_threads(signs, threads)
    return {
        "signs.size": _sizes(rows["thread"], len(threads.entries)),
        "signs.since": (rows["step"] - rows["begin"]).to_numpy(),
        "signs.agent": rows["agent"].to_numpy(),
        "signs.kind": _codes(rows["reaction"], SIGNS),
        "signs.post": rows["place"].to_numpy(),
    }


def desk_arrays(arm: Recording, threads: Threads) -> Arrays:
    """What the desk did with posts of the threads: seconds since the beginning, event, decision, correctness."""
    keys = threads.posts.select(pl.col("key").alias("post"), "thread", "begin", "place")
    rows = arm.events["desk_events"].join(keys, on="post", maintain_order="left").sort("thread", maintain_order=True)
    settings = arm.parameters
    began = (rows["begin"] - arm.begin) / settings.steps_per_day
    correct = rows["correct"].cast(pl.Int64).fill_null(-1) + 1
    return {
        "desk.size": _sizes(rows["thread"], len(threads.entries)),
        "desk.seconds": np.rint(((rows["day"] - began) * SECONDS_A_DAY).to_numpy()).astype(np.int64),
        "desk.post": rows["place"].to_numpy(),
        "desk.event": _codes(rows["event"], DESK_EVENTS),
        "desk.decision": _codes(rows["decision"], DECISIONS[1:], none=True),
        "desk.correct": correct.to_numpy(),
    }


def _of_threads(rows: pl.DataFrame, threads: Threads) -> pl.DataFrame:
    """Rows of a table of the log that belong to the threads, with thread, its first step, and the place of the post."""
    keys = threads.posts.select(pl.col("key").alias("post"), "thread", "begin", "place")
    return rows.join(keys, on="post", maintain_order="left").sort("thread", "step", maintain_order=True)


def _places(rows: pl.DataFrame, threads: Threads, column: str) -> pl.Series:
    """Places in their threads of the posts in a column, null where there is none."""
    keys = threads.posts.select(pl.col("key").alias(column), pl.col("place").cast(pl.Int64).alias("found"))
    return rows.select(column).join(keys, on=column, how="left", maintain_order="left")["found"]


def _sizes(threads: pl.Series, number: int) -> NDArray[np.int64]:
    """How many rows each of so many threads has."""
    return np.bincount(threads.to_numpy().astype(np.int64), minlength=number)


def _codes(names: pl.Series, known: Sequence[str], *, none: bool = False) -> NDArray[np.int64]:
    """Names as their numbers in a list; with `none`, from 1 on and 0 for nothing."""
    codes: Mapping[str | None, int] = {name: number + none for number, name in enumerate(known)}
    whole: Mapping[str | None, int] = {**codes, None: 0} if none else codes
    return names.replace_strict(dict(whole), return_dtype=pl.Int64).to_numpy()
