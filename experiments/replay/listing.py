"""Which posts are worth a story: lists to choose from, the most telling first."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.replay.threads import Catalogue, Threads

MOST_IN_A_LIST = 60


class PostList(NamedTuple):
    """A list of posts.

    Args:
        name: short.
        title: in plain words.
        note: in which order.
        entries: [K] rows of the catalogue.
        number: how many posts belong to it, also those that there is no room for.
    """

    name: str
    title: str
    note: str
    entries: NDArray[np.int64]
    number: int

    def described(self) -> dict[str, str | int]:
        """What the page says of it."""
        return {"name": self.name, "title": self.title, "note": self.note, "number": self.number}


_STRUGGLE = pl.col("struggles") > 0
_LISTS: Sequence[tuple[str, str, str, pl.Expr, pl.Expr]] = (
    ("seen", "Struggle posts", "most seen first", _STRUGGLE, pl.col("views")),
    ("alone", "Struggle posts that nobody answered", "in at least one arm; most seen first",
     pl.col("alone"), pl.col("views")),
    ("helped", "Struggle posts with support", "most supportive answers first",
     pl.col("supportive") > 0, pl.col("supportive")),
    ("hurt", "Struggle posts with a derogatory answer", "most of them first",
     pl.col("derogatory") > 0, pl.col("derogatory")),
    ("differ", "Struggle posts in one arm only", "in the other, the same person then writes something else, or "
     "nothing; in the order of writing", pl.col("struggles") == 1, -pl.col("entry").cast(pl.Int64)),
    ("removed", "Posts removed by the desk", "wrong removals first, then the most seen",
     pl.col("removed"), pl.col("wrongly").cast(pl.Int64) * 2**40 + pl.col("views")),
    ("tagged", "Posts with a support tag", "most seen first", pl.col("tagged"), pl.col("views")),
    ("passed", "Posts that were passed on", "longest chains of retweets first", pl.col("retweets") > 0,
     pl.col("depth") * 2**40 + pl.col("retweets")),
    ("all", "All posts that can be told", "most seen first", pl.lit(True), pl.col("views")),
)  # fmt: skip
"""Name, title, order in words, what belongs to it, and what it is sorted by (large first)."""
_MOST = ("views", "supportive", "derogatory", "retweets", "depth", "removed", "wrongly", "alone", "tagged")


def lists(arms: Sequence[Threads], listed: Catalogue) -> list[PostList]:
    """The lists that are not empty; one of what exists in one arm only makes sense with two arms."""
    table = _measured(arms, listed)
    found = []
    for name, title, note, belongs, order in _LISTS:
        rows = table.filter(belongs).sort(order, "entry", descending=[True, False])
        if rows.height and (name != "differ" or len(arms) > 1):
            entries = rows["entry"].head(MOST_IN_A_LIST).to_numpy().astype(np.int64)
            found.append(PostList(name, title, note, entries, rows.height))
    return found


def _measured(arms: Sequence[Threads], listed: Catalogue) -> pl.DataFrame:
    """The catalogue with what the lists ask for: the most over the arms, and in how many it is a struggle."""
    parts = pl.concat([_measures(threads) for threads in arms])
    most = [pl.col(name).max() for name in _MOST]
    whole = parts.group_by("entry").agg(*most, pl.col("struggle").sum().alias("struggles"))
    return listed.table.with_row_index("entry").join(whole, on="entry")


def _measures(threads: Threads) -> pl.DataFrame:
    """One row per thread of an arm; answers count for struggles alone."""
    kind, own = pl.col("kind"), pl.col("place") == 0
    struggle = (kind == "struggle").any()
    gone = own & (pl.col("removed_step") >= 0)
    posts = threads.posts.with_columns(pl.Series("depth", _depths(threads)))
    rows = posts.group_by("thread", maintain_order=True).agg(
        pl.col("views").filter(own).first().cast(pl.Int64),
        struggle.alias("struggle"),
        (pl.col("tag").is_not_null() & own).any().alias("tagged"),
        ((kind == "reply_supportive").sum() * struggle).cast(pl.Int64).alias("supportive"),
        ((kind == "reply_derogatory").sum() * struggle).cast(pl.Int64).alias("derogatory"),
        (struggle & ~kind.str.starts_with("reply").any()).alias("alone"),
        (kind == "retweet").sum().cast(pl.Int64).alias("retweets"),
        pl.col("depth").max(),
        gone.any().alias("removed"),
        (gone & (pl.col("violation") == "none")).any().alias("wrongly"),
    )
    return rows.with_columns(pl.Series("entry", threads.entries, dtype=pl.UInt32))


def _depths(threads: Threads) -> NDArray[np.int64]:
    """How many retweets lie between each post and the own post at the beginning; parents come before children."""
    posts = threads.posts
    depth: dict[int, int] = {}
    for key, parent, kind in posts.select("key", "parent", "kind").iter_rows():
        depth[key] = depth.get(parent, 0) + 1 if kind == "retweet" else 0
    return np.array([depth[key] for key in posts["key"]], dtype=np.int64)
