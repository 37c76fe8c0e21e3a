"""Posts: what there is to read, how a post is addressed, and the table that is left of them.

A post's key is (author, step, slot) packed into 64 bits. It is the same in every arm in which the post exists, so logs
of two arms are joined on it; a running number would not do. Own posts take the slots 0..27, one per session of the
step; posts to which an intervention leads its author the slots 28..31; a reply or retweet takes a slot from 32 on that
follows from its root and kind, so that what else its author did in the step does not move it.
"""

import re
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
"""Slots for replies and retweets of one author in one step; beyond them, nothing more is written in that step."""


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


def author_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Authors of posts, from their keys."""
    return keys >> 32


def steps_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Steps in which posts were written, from their keys."""
    return (keys >> 8) & 0xFFFFFF


def keys_of(authors: NDArray[np.int64], steps: NDArray[np.int64], slots: NDArray[np.int64]) -> NDArray[np.int64]:
    """`post_key` of many posts."""
    return (authors << 32) | (steps << 8) | slots


def key_parts(key: int) -> tuple[int, int, int]:
    """Author, step and slot of a post key."""
    return key >> 32, (key >> 8) & 0xFFFFFF, key & 0xFF


def key_text(key: int) -> str:
    """A post key as people read it: `author-step-slot`, such as `17-1402-0`."""
    return "-".join(str(part) for part in key_parts(key))


def key_from_text(text: str) -> int | None:
    """The post key that a text stands for, written as one number or as author-step-slot; None where it is neither."""
    if re.fullmatch(r"\d{1,19}", text) and int(text) < 2**63:
        return int(text)
    parts = re.fullmatch(r"(\d{1,10})-(\d{1,8})-(\d{1,3})", text)
    if parts is None:
        return None
    author, step, slot = (int(part) for part in parts.groups())
    fits = author < 2**31 and step < 2**24 and slot < 2**8
    return int(post_key(author, step, slot)) if fits else None


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
        keys = pl.Series(self.key, dtype=pl.Int64)
        return pl.DataFrame(self._asdict()).with_columns(
            parent=_at(keys, self.parent),
            root=_at(keys, self.root),
            tag=_at(pl.Series(tags, dtype=pl.String), self.tag),
            kind=_at(_names(Kind), self.kind),
            violation=_at(_names(Violation), self.violation),
            state=_at(_names(PostState), self.state),
        )


def _names(kinds: type[IntEnum]) -> pl.Series:
    """Names of kinds, which are numbered from 0."""
    return pl.Series([kind.name.lower() for kind in kinds], dtype=pl.String)


def _at(values: pl.Series, places: NDArray[np.int64]) -> pl.Series:
    """The value at each place, none for -1."""
    return values.extend_constant(None, 1).gather(np.where(places < 0, len(values), places))
