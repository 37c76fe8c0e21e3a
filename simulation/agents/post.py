"""A post as the engine `agents` keeps it; the columns of `simulation.posts.Posts` are read from it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.desk import Subject
from simulation.posts import DTYPES, Kind, Posts, PostState, Violation


@dataclass(slots=True, eq=False)
class Post:
    """One post, reply or retweet; `row`, `parent` and `root` are places in the engine's list of posts."""

    row: int
    key: int
    author: int
    step: int
    kind: Kind
    root: int
    parent: int = -1
    tag: int = -1
    violation: Violation = Violation.NONE
    appeal: float = 0.0
    protected: bool = False
    state: PostState = PostState.VISIBLE
    visible_step: int = -1
    removed_step: int = -1
    views: int = 0
    viewers: int = 0
    supported_viewers: int = 0
    likes: int = 0
    reports: int = 0
    shares: int = 0
    replies: list[int] = field(default_factory=list)
    """Rows of the replies under a root, in the order of their delivery; removed ones included."""
    visible_replies: int = 0

    @property
    def readable(self) -> bool:
        """Whether it stands there to be read."""
        return self.state is PostState.VISIBLE or self.state is PostState.LABELLED

    @property
    def subject(self) -> Subject:
        """What the desk knows of it."""
        return Subject(self.row, self.key, self.author, self.violation, self.struggle)

    @property
    def struggle(self) -> bool:
        """Whether it discloses a struggle."""
        return self.kind is Kind.STRUGGLE


def column_of(posts: list[Post], name: str) -> NDArray[Any]:
    """A column of `Posts` for some posts."""
    return np.array([getattr(post, name) for post in posts], dtype=DTYPES.get(name, np.int64))


def selected(posts: list[Post]) -> Posts:
    """Some posts as columns; `parent` and `root` are rows of the selection."""
    place = {post.row: number for number, post in enumerate(posts)} | {-1: -1}
    columns = {name: column_of(posts, name) for name in Posts._fields}
    for name in ("parent", "root"):
        columns[name] = np.array([place[getattr(post, name)] for post in posts], dtype=np.int64)
    return Posts(**columns)
