"""Posts: what there is to read, how a post is addressed, and the table that is left of them.

A post's key is (author, step, slot) packed into 64 bits. It is the same in every arm in which the post exists, so logs
of two arms are joined on it; a running number would not do. Own posts take the slots 0..27, one per session of the
step; posts to which an intervention leads its author the slots 28..31; a reply or retweet takes a slot from 32 on that
follows from its root and kind, so that what else its author did in the step does not move it.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulation._compile import compiled

OWN_SLOTS = 28
"""Slots for own posts of one author in one step; further sessions of that step write nothing."""
PROMPT_SLOTS = 4
"""Slots after these for posts to which interventions lead an author in one step."""
FIRST_REACTION = OWN_SLOTS + PROMPT_SLOTS
REACTION_SLOTS = 224
"""Slots for replies and retweets of one author in one step."""


class Kind(IntEnum):
    """What a post is."""

    ORDINARY = 0
    TIP = 1
    STRUGGLE = 2
    ADVOCACY = 3
    REPLY_SUPPORTIVE = 4
    REPLY_NEUTRAL = 5
    REPLY_DEROGATORY = 6
    RETWEET = 7


class Violation(IntEnum):
    """Which rule a post breaks."""

    NONE = 0
    IRRELEVANT = 1
    MISINFORMATION = 2
    DEROGATORY = 3
    PRIVACY = 4
    COPYRIGHT = 5


class PostState(IntEnum):
    """What has become of a post."""

    HELD = 0
    VISIBLE = 1
    LABELLED = 2
    REMOVED = 3


@compiled
def post_key(author: int, step: int, slot: int) -> int:
    """(author, step, slot) in one integer: 31, 24 and 8 bits."""
    return (author << 32) | (step << 8) | slot


@compiled
def step_of(key: int) -> int:
    """The step in which a post was written, from its key."""
    return (key >> 8) & 0xFFFFFF


@compiled
def reaction_slot(root_key: int, kind: int) -> int:
    """First slot to try for a reply or retweet of a root; the next free one is taken where two meet (1 in 224)."""
    mixed = (root_key >> 32) * 131 + ((root_key >> 8) & 0xFFFFFF) * 31 + (root_key & 0xFF) * 7 + (1 if kind == 7 else 0)
    return 32 + mixed % 224


DTYPES: dict[str, type] = {"appeal": np.float64, "protected": np.bool_}
"""Types of the columns of `Posts` that are not whole numbers."""


class Posts(NamedTuple):
    """Every post of a run as columns; P posts in the order of their making, rows refer to that order.

    Args:
        key: int64 [P], see the module.
        author: int64 [P], row of the author.
        step: int64 [P], in which it was written.
        kind: int64 [P], `Kind`.
        tag: int64 [P], number of the support tag it carries, -1 for none.
        violation: int64 [P], `Violation`.
        parent: int64 [P], row of the post that was answered or passed on, -1 for an own post.
        root: int64 [P], row of the own post at the beginning; its own row for an own post.
        state: int64 [P], `PostState` at the end.
        visible_step: int64 [P], first step in which it could be read, -1 for a post held to the end.
        removed_step: int64 [P], first step in which it could not be read any more, -1 if never.
        appeal: float64 [P], mean 1 over own posts; 0 for replies and retweets.
        views: int64 [P], times it was read, by any route (roots and replies).
        viewers: int64 [P], distinct readers of a struggle.
        supported_viewers: int64 [P], distinct readers of a struggle who found a supportive reply under it.
        likes: int64 [P].
        reports: int64 [P].
        protected: bool [P], written by a protected account.
    """

    key: NDArray[np.int64]
    author: NDArray[np.int64]
    step: NDArray[np.int64]
    kind: NDArray[np.int64]
    tag: NDArray[np.int64]
    violation: NDArray[np.int64]
    parent: NDArray[np.int64]
    root: NDArray[np.int64]
    state: NDArray[np.int64]
    visible_step: NDArray[np.int64]
    removed_step: NDArray[np.int64]
    appeal: NDArray[np.float64]
    views: NDArray[np.int64]
    viewers: NDArray[np.int64]
    supported_viewers: NDArray[np.int64]
    likes: NDArray[np.int64]
    reports: NDArray[np.int64]
    protected: NDArray[np.bool_]

    def table(self, tags: tuple[str, ...] = ()) -> pl.DataFrame:
        """The posts as a table with names for kinds, tags, violations and states; parent and root as post keys."""
        names = {"kind": Kind, "violation": Violation, "state": PostState}
        frame = pl.DataFrame(self._asdict()).with_columns(
            parent=pl.Series(_keys_of(self.key, self.parent), dtype=pl.Int64),
            root=pl.Series(self.key[self.root], dtype=pl.Int64),
            tag=pl.Series([tags[tag] if tag >= 0 else None for tag in self.tag], dtype=pl.String),
        )
        return frame.with_columns(
            pl.Series(
                column, [kind.name.lower() for kind in map(names[column], self._asdict()[column])], dtype=pl.String
            )
            for column in names
        )


def _keys_of(keys: NDArray[np.int64], rows: NDArray[np.int64]) -> list[int | None]:
    """Post keys of rows, None for -1."""
    return [int(keys[row]) if row >= 0 else None for row in rows]
