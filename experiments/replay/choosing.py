"""Which posts can be told: all of a small run; of a large one struggles, what was moderated or tagged, the most seen.

A page has a size. What the viewing of a post takes is known from the table of posts before anything is recorded, so the
choice is made first and only what was chosen is kept.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

ROOM = 4_300_000
"""Characters of a page for views, likes, reports, answers and retweets, over all its arms."""
_TIME_AND_WAY = 1.3
"""Bytes that a compressed row takes besides who it was: measured 1.2 to 1.3."""


def most_rows(n_agents: int) -> int:
    """How many rows a page has room for; the more people, the longer it takes to say who it was (base64: 4 for 3)."""
    return int(ROOM / ((_TIME_AND_WAY + np.log2(max(2, n_agents)) / 8.0) * 4.0 / 3.0))


class Told(NamedTuple):
    """The posts that can be told.

    Args:
        roots: their keys, sorted; the own posts at the beginning of a thread.
        number: own posts since day 0 in all arms together, each key once.
    """

    roots: pl.Series
    number: int

    @property
    def is_whole(self) -> bool:
        """Whether every own post since day 0 can be told."""
        return len(self.roots) == self.number


def told_posts(arms: Sequence[pl.DataFrame], begin: int, room: int) -> Told:
    """Choose the posts that can be told.

    Args:
        arms: the table of posts of each arm; a post is told in every arm in which it exists.
        begin: the step of day 0.
        room: for how many rows, see `most_rows`; struggles are told in any case.
    """
    costs = pl.concat([_costs(posts, begin) for posts in arms])
    whole = costs.group_by("root").agg(pl.col("rank").min(), pl.col("views").max(), pl.col("rows").sum())
    ordered = whole.sort("rank", "views", "root", descending=[False, True, False])
    fits = (pl.col("rows").cum_sum() <= room) | (pl.col("rank") == 0)
    return Told(ordered.filter(fits)["root"].sort(), whole.height)


def _costs(posts: pl.DataFrame, begin: int) -> pl.DataFrame:
    """For each own post since day 0: rank (0 struggle, 1 moderated, tagged or against a rule, 2 other), views, rows."""
    thread = posts.group_by("root").agg(
        (pl.sum_horizontal("views", "likes", "reports").sum() + pl.len()).cast(pl.Int64).alias("rows"),
        (pl.col("state") != "visible").any().alias("moderated"),
    )
    special = pl.col("moderated") | pl.col("tag").is_not_null() | (pl.col("violation") != "none")
    rank = pl.when(pl.col("kind") == "struggle").then(0).when(special).then(1).otherwise(2)
    own = posts.filter(pl.col("parent").is_null(), pl.col("step") >= begin).drop("root").rename({"key": "root"})
    return own.join(thread, on="root").select("root", rank.alias("rank"), pl.col("views").cast(pl.Int64), "rows")
