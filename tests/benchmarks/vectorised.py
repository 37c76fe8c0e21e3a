"""Deliveries and reads as NumPy gathers: what array programming without a compiler comes to.

In each step all who are online read at once, then all posts of the step are delivered at once. Nobody believes or
reacts: that would have to be gathered, too.
"""

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.workload import ROOM, Workload


def run(work: Workload) -> tuple[int, int]:
    """Deliveries made and posts viewed."""
    feed = np.zeros((work.n_agents, ROOM), dtype=np.int32)
    delivered = np.zeros(work.n_agents, dtype=np.int64)
    read = np.zeros(work.n_agents, dtype=np.int64)
    checksum = views = 0
    for step in range(len(work.post_offsets) - 1):
        visits = slice(work.visit_offsets[step], work.visit_offsets[step + 1])
        viewed = _read(feed, delivered, read, work.online[visits], work.lengths[visits])
        views += len(viewed)
        checksum += int(work.authors[viewed].sum())
        _deliver(work, feed, delivered, np.arange(work.post_offsets[step], work.post_offsets[step + 1]))
    assert checksum >= 0
    return int(delivered.sum()), views


def _read(
    feed: NDArray[np.int32],
    delivered: NDArray[np.int64],
    read: NDArray[np.int64],
    online: NDArray[np.int32],
    lengths: NDArray[np.int64],
) -> NDArray[np.int32]:
    """The posts that those who are online view, newest first; marks what they have read."""
    counts = np.minimum(np.minimum(delivered[online] - read[online], ROOM), lengths)
    places = np.repeat(delivered[online] - 1, counts) - _within(counts)
    viewed: NDArray[np.int32] = feed[np.repeat(online, counts), places % ROOM]
    read[online] = delivered[online]
    return viewed


def _deliver(work: Workload, feed: NDArray[np.int32], delivered: NDArray[np.int64], posts: NDArray[np.int64]) -> None:
    """Put posts into the feeds of their authors' followers."""
    authors = work.authors[posts]
    counts = work.offsets[authors + 1] - work.offsets[authors]
    targets = work.followers[np.repeat(work.offsets[authors], counts) + _within(counts)]
    order = np.argsort(targets, kind="stable")
    targets, items = targets[order], np.repeat(posts, counts)[order]
    who, first, many = np.unique(targets, return_index=True, return_counts=True)
    places = delivered[targets] + np.arange(len(targets)) - np.repeat(first, many)
    feed[targets, places % ROOM] = items
    delivered[who] += many


def _within(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, ... within each of several groups of these sizes."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
