"""The practical limit: compiled loops that push and scan the same deliveries and do nothing else."""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.workload import ROOM, Workload

Ids = NDArray[np.int32]
Numbers = NDArray[np.int64]


class Rings(NamedTuple):
    """Feeds [N, ROOM], and how much was delivered into each and read from each so far [N]."""

    feed: Ids
    delivered: Numbers
    read: Numbers


def empty(n_agents: int) -> Rings:
    """Empty rings whose memory is at hand: every page has been written to."""
    return Rings(
        np.ones((n_agents, ROOM), dtype=np.int32),
        np.zeros(n_agents, dtype=np.int64),
        np.zeros(n_agents, dtype=np.int64),
    )


def push(work: Workload, rings: Rings) -> int:
    """Deliver everything into empty rings; how many deliveries."""
    _push(work.offsets, work.followers, work.authors, 0, len(work.authors), rings.feed, rings.delivered)
    return int(rings.delivered.sum())


def push_and_scan(work: Workload, rings: Rings) -> tuple[int, int]:
    """In each step those who are online scan their rings, then everything new is delivered; deliveries and views."""
    views = 0
    for step in range(len(work.post_offsets) - 1):
        first, last = work.visit_offsets[step], work.visit_offsets[step + 1]
        views += _scan(work.online, work.lengths, first, last, *rings, work.authors)[0]
        begin, end = work.post_offsets[step], work.post_offsets[step + 1]
        _push(work.offsets, work.followers, work.authors, begin, end, rings.feed, rings.delivered)
    return int(rings.delivered.sum()), views


@numba.njit(nogil=True)
def _push(offsets: Numbers, followers: Ids, authors: Ids, begin: int, end: int, feed: Ids, delivered: Numbers) -> None:
    """Posts `begin` to `end` go to their authors' followers."""
    for post in range(begin, end):
        author = authors[post]
        for arc in range(offsets[author], offsets[author + 1]):
            follower = followers[arc]
            feed[follower, delivered[follower] % ROOM] = post
            delivered[follower] += 1


@numba.njit(nogil=True)
def _scan(
    online: Ids, lengths: Numbers, begin: int, end: int, feed: Ids, delivered: Numbers, read: Numbers, authors: Ids
) -> tuple[int, int]:
    """Visits `begin` to `end`: posts viewed, and a sum of their authors, so that they have to be looked up."""
    views = checksum = 0
    for visit in range(begin, end):
        agent = online[visit]
        last = delivered[agent]
        first = max(read[agent], last - min(ROOM, lengths[visit]))
        for place in range(last - 1, first - 1, -1):
            checksum += authors[feed[agent, place % ROOM]]
        views += last - first
        read[agent] = last
    return views, checksum
