"""The window of posts that may still be read, and the archive of those that may not.

Once a day posts too old to be read leave the window; their rows stay what they were. The archive keeps the columns of
`Posts` for all of them, and apart from that every struggle and every reply to one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation._compile import kernel
from simulation.kernels.state import BASE, NONE, USED, Records, State
from simulation.posts import DTYPES, Kind, Posts, PostState

_HELD = int(PostState.HELD)


@kernel
def dead_prefix(state: State, next_step: int, live_steps: int) -> int:
    """How many posts at the beginning of the window can never be read again."""
    for place in range(state.counters[USED]):
        post = state.posts[place]
        if post["state"] == _HELD or next_step - post["visible_step"] < live_steps:
            return place
    return int(state.counters[USED])


def compact(state: State, archive: "Archive", step: int, live_steps: int) -> bool:
    """Put posts away that cannot be read from the next step on; whether there were any."""
    count = dead_prefix(state, step + 1, live_steps)
    if count == 0:
        return False
    archive.add(state.posts[:count])
    used = int(state.counters[USED])
    state.posts[: used - count] = state.posts[count:used].copy()
    state.counters[USED] -= count
    state.counters[BASE] += count
    return True


class Archive:
    """Columns of posts that have left the window, in chunks, in the order of rows."""

    def __init__(self) -> None:
        self._chunks: list[dict[str, NDArray[Any]]] = []
        self._begins: list[int] = []
        self._threads: list[Records] = []
        self._thread_roots: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def add(self, posts: Records) -> None:
        """Keep posts that leave the window."""
        self._begins.append(int(posts[0]["row"]))
        self._chunks.append({name: posts[name].copy() for name in Posts._fields})
        chosen = posts[_in_threads(posts, self._thread_roots)]
        self._threads.append(chosen)
        roots = chosen["row"][chosen["kind"] == Kind.STRUGGLE].astype(np.int64)
        self._thread_roots = np.concatenate([self._thread_roots, roots])

    def column(self, name: str, window: Records) -> NDArray[Any]:
        """A column of `Posts` for every post so far, those in the window included."""
        parts = [chunk[name] for chunk in self._chunks] + [window[name]]
        return np.concatenate(parts).astype(DTYPES.get(name, np.int64))

    def threads(self, state: State) -> Posts:
        """Every struggle so far and every reply to one; `parent` and `root` are rows of the selection."""
        window = state.posts[: state.counters[USED]]
        parts = [*self._threads, window[_in_threads(window, self._thread_roots)]]
        columns: dict[str, NDArray[Any]] = {
            name: np.concatenate([part[name] for part in parts]).astype(DTYPES.get(name, np.int64))
            for name in Posts._fields
        }
        rows = np.concatenate([part["row"] for part in parts]).astype(np.int64)
        columns["root"] = np.searchsorted(rows, columns["root"])
        columns["parent"] = np.where(columns["parent"] < 0, -1, np.searchsorted(rows, columns["parent"]))
        return Posts(**columns)

    def views(self, row: int) -> int:
        """How often a post that has left the window had been read."""
        chunk, place = self._find(row)
        return int(chunk["views"][place])

    def set_state(self, row: int, state: PostState, removed_step: int = NONE) -> None:
        """The desk decides on a post that has left the window, late as it is."""
        chunk, place = self._find(row)
        chunk["state"][place] = state
        chunk["removed_step"][place] = removed_step
        for posts in self._threads:
            hit = posts["row"] == row
            posts["state"][hit] = state
            posts["removed_step"][hit] = removed_step

    def _find(self, row: int) -> tuple[dict[str, NDArray[Any]], int]:
        """The chunk that holds a row, and its place there."""
        number = int(np.searchsorted(self._begins, row, side="right")) - 1
        return self._chunks[number], row - self._begins[number]


def _in_threads(posts: Records, known_roots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which posts are struggles, or replies to one of these or of the known ones."""
    struggles = posts["kind"] == Kind.STRUGGLE
    roots = np.concatenate([known_roots, posts["row"][struggles]])
    replies = (posts["kind"] >= Kind.REPLY_SUPPORTIVE) & (posts["kind"] <= Kind.REPLY_DEROGATORY)
    out = struggles.copy()
    out[replies] = np.isin(posts["root"][replies], roots)
    return np.asarray(out)
