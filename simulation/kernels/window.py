"""The window of posts that may still be read, and the archive of those that may not.

Once a day posts too old to be read leave the window; their rows stay what they were. The archive keeps the columns of
`Posts` for all of them, or, where only struggles are kept, for every struggle and every reply to one.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation._compile import kernel
from simulation.errors import InputError, Problem
from simulation.kernels.state import BASE, MARKS, N_THREADS, NONE, SUPPORTED, USED, VIEWERS, State
from simulation.posts import DTYPES, Kind, Posts, PostState, steps_of

_HELD = int(PostState.HELD)
Columns = dict[str, NDArray[Any]]


@kernel
def dead_prefix(state: State, next_step: int, live_steps: int) -> int:
    """How many posts at the beginning of the window can never be read again."""
    for place in range(state.counters[USED]):
        post = state.posts[place]
        if post["state"] == _HELD or next_step - post["visible_step"] < live_steps:
            return place
    return int(state.counters[USED])


@kernel
def move_up(state: State, count: int) -> None:
    """Forget the first posts of the window; the others move to its beginning."""
    for place in range(count, state.counters[USED]):
        state.posts[place - count] = state.posts[place]
        state.roots[place - count] = state.roots[place]
        state.views[place - count] = state.views[place]
        state.reports[place - count] = state.reports[place]
        state.shares[place - count] = state.shares[place]
    state.counters[USED] -= count
    state.counters[BASE] += count
    for tag in range(len(state.stream_length)):
        drop_from_stream(state, tag)


@kernel
def drop_from_stream(state: State, tag: int) -> None:
    """Forget the entries of a stream whose posts have left the window."""
    base = state.counters[BASE]
    length = state.stream_length[tag]
    gone = 0
    while gone < length and state.stream[tag, gone] < base:
        gone += 1
    if gone == 0:
        return
    for place in range(gone, length):
        state.stream[tag, place - gone] = state.stream[tag, place]
    state.stream_length[tag] = length - gone
    for agent in range(len(state.stream_read)):
        state.stream_read[agent, tag] = max(0, state.stream_read[agent, tag] - gone)


def compact(state: State, archive: "Archive", step: int, live_steps: int) -> bool:
    """Put posts away that cannot be read from the next step on; whether there were any."""
    count = dead_prefix(state, step + 1, live_steps)
    if count == 0:
        return False
    archive.add(state, count)
    move_up(state, count)
    return True


def columns_of(state: State, places: slice | NDArray[np.int64], names: Iterable[str] = Posts._fields) -> Columns:
    """Columns of `Posts` for some places of the window; parent and root are rows of the run."""
    return {
        name: _READERS[name](state, places) if name in _READERS else state.posts[name][places].copy() for name in names
    }


def _parents(state: State, places: Any) -> NDArray[Any]:  # noqa: ANN401 - what NumPy takes as an index
    """A retweet's link is its parent, a reply's parent is its root, an own post has none."""
    posts = state.posts[places]
    rows = state.counters[BASE] + np.arange(len(state.posts))[places]
    parents = np.where(posts["kind"] == Kind.RETWEET, posts["link"], posts["root"])
    return np.where(posts["root"] == rows, NONE, parents)


def _marks(state: State, places: Any, which: int) -> NDArray[Any]:  # noqa: ANN401
    """A number of struggles; 0 for other posts."""
    mark = state.posts["mark"][places].astype(np.int64)
    return np.where(mark == NONE, 0, state.marks[np.maximum(mark, 0) * MARKS + which])


_READERS: dict[str, Callable[[State, Any], NDArray[Any]]] = {
    "step": lambda state, places: steps_of(state.posts["key"][places]),
    "parent": _parents,
    "views": lambda state, places: state.views[places].copy(),
    "reports": lambda state, places: state.reports[places].copy(),
    "viewers": lambda state, places: _marks(state, places, VIEWERS),
    "supported_viewers": lambda state, places: _marks(state, places, SUPPORTED),
}
"""Columns that do not stand in the records of posts under their name."""


class Archive:
    """Columns of posts that have left the window, in the order of rows; writes only its own lists."""

    def __init__(self, keeps_all: bool) -> None:
        self._keeps_all = keeps_all
        self._chunks: list[Columns] = []
        self._begins: list[int] = []
        self._threads: list[Columns] = []
        self._n_threads = 0

    def add(self, state: State, count: int) -> None:
        """Keep posts that leave the window."""
        self._threads.append(self._new_threads(state, count))
        self._n_threads += len(self._threads[-1]["row"])
        if self._keeps_all:
            self._begins.append(int(state.counters[BASE]))
            self._chunks.append(columns_of(state, slice(0, count)))

    def column(self, name: str, state: State) -> NDArray[Any]:
        """A column of `Posts` for every post so far, those in the window included.

        Raises:
            InputError: posts that have left the window were not kept.
        """
        if not self._keeps_all:
            allowed = "keep_posts=True keeps them; struggles and replies to them are kept anyway, see engine.threads()"
            raise InputError(Problem("posts", "posts that can no longer be read were not kept", allowed))
        parts = [chunk[name] for chunk in self._chunks]
        parts.append(columns_of(state, slice(0, int(state.counters[USED])), (name,))[name])
        return np.concatenate(parts).astype(DTYPES.get(name, np.int64))

    def threads(self, state: State) -> Posts:
        """Every struggle so far and every reply to one; `parent` and `root` are rows of the selection."""
        parts = [*self._threads, self._new_threads(state, int(state.counters[USED]))]
        columns: Columns = {
            name: np.concatenate([part[name] for part in parts]).astype(DTYPES.get(name, np.int64))
            for name in Posts._fields
        }
        rows = np.concatenate([part["row"] for part in parts])
        columns["root"] = np.searchsorted(rows, columns["root"])
        columns["parent"] = np.where(columns["parent"] < 0, -1, np.searchsorted(rows, columns["parent"]))
        return Posts(**columns)

    def views(self, row: int) -> int:
        """How often a post that has left the window had been read; 0 where it was not kept."""
        return max((int(chunk["views"][place]) for chunk, place in self._find(row)), default=0)

    def set_state(self, row: int, state: PostState, removed_step: int = NONE) -> None:
        """The desk decides on a post that has left the window, late as it is."""
        for chunk, place in self._find(row):
            chunk["state"][place] = state
            chunk["removed_step"][place] = removed_step

    def _find(self, row: int) -> Iterator[tuple[Columns, int]]:
        """Where a post that has left the window is kept: among all posts, among struggles and replies to them."""
        number = int(np.searchsorted(self._begins, row, side="right")) - 1
        if number >= 0:
            yield self._chunks[number], row - self._begins[number]
        for chunk in self._threads:
            for place in np.flatnonzero(chunk["row"] == row).tolist():
                yield chunk, place

    def _new_threads(self, state: State, end: int) -> Columns:
        """Columns, and rows, of the struggles among the first posts of the window and of replies to any struggle."""
        rows = state.threads[self._n_threads : state.counters[N_THREADS]].astype(np.int64)
        places = rows - state.counters[BASE]
        places = places[places < end]
        return {"row": state.counters[BASE] + places} | columns_of(state, places)
