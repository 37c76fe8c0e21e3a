"""The state of the engine `kernels`: records and arrays, and nothing that behaves.

Axes: N agents, E arcs, F places in a feed, K strangers remembered, T tags opened so far, C room for posts. Rows of
posts run from the first post of the run; the window of posts that may still be read holds rows BASE..BASE+USED-1 at
places 0..USED-1.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.population import Population
from simulation.posts import Violation

NONE = -1
LONG_AGO = -(2**30)
"""A step before every run that still fits 32 bits."""

# Places in the array of counters.
BASE, USED, N_ONLINE, N_LIKED, N_FLAGGED, N_ADOPTIONS, FREE_NOTE, ACTIONS_LEFT, NOTES_LEFT = range(9)
BEGIN, STAGE, RESUME = range(9, 12)
N_COUNTERS = 12

PERSON = np.dtype(
    [
        *((name, "f8") for name in (
            "disclosing", "authors", "stigma", "perceived", "fear", "willingness", "encouragement", "harm", "state",
            "distress", "minutes", "minutes_today", "isolation", "posting_factor", "company_distress", "trait",
            "own_stigma", "own_perceived", "own_fear", "in_person", "hazard", "visibility", "posting_rate",
            "session_rate", "visits", "guideline", "fear_regime", "minutes_limit",
            "strain", "hierarchy", "ranked_mutual", "pledge",
        )),
        *((name, "i4") for name in (
            "company", "treated_since", "received_support_step", "saw_support_step", "adopted", "ever_adopted",
            "strangers", "inbox_head", "inbox_tail", "supporters", "read_mark", "views", "chat",
        )),
        ("harmful", "i4", (len(Violation),)),
        *((name, "i1") for name in ("role", "specialty")),
        *((name, "b1") for name in ("trainee", "protected", "superuser", "new_resident", "overseen", "ranked")),
    ],
    align=True,
)  # fmt: skip
"""One person; fields as in `agents.Person`.

`strangers` counts strangers entered so far; `inbox_head`, `inbox_tail` and `supporters` are places in the pool of
notes; `read_mark` is the number of deliveries when the feed was last read.
"""

POST = np.dtype(
    [
        ("key", "i8"), ("appeal", "f8"),
        *((name, "i4") for name in (
            "root", "author", "visible_step", "views", "likes", "visible_replies", "reports", "first_reply",
        )),
        *((name, "i1") for name in ("kind", "tag", "violation", "state", "author_role", "author_specialty")),
        *((name, "b1") for name in ("protected", "met_again")),
        *((name, "i4") for name in (
            "row", "parent", "step", "removed_step", "viewers", "supported_viewers", "last_reply",
            "next_reply", "flagged_step", "lonely_first", "lonely_count",
        )),
        ("unused", "i4", (7,)),
    ],
    align=True,
)  # fmt: skip
"""One post; fields as in `posts.Posts`.

Replies under a root form a list by rows (`first_reply`, `next_reply`); `met_again` says that it can reach somebody a
second time. What a reader touches comes first, in 64 bytes, and a record is 128 bytes long, so that a view costs one
cache line.
"""

ARC = np.dtype(
    [("counted", "i4"), ("disclosed", "i4"), ("tags", "u2"), ("mutual", "b1")],
    align=True,
)
"""What a follower remembers of somebody followed.

Steps in which they were last counted and last counted as disclosing, the tags (bits) they were seen using; and whether
they follow back.
"""

STRANGER = np.dtype([("author", "i4"), ("counted", "i4"), ("disclosed", "i4"), ("tags", "u2")], align=True)
"""The same of a stranger."""

ACTION = np.dtype([("agent", "i4"), ("row", "i4"), ("done", "i4")], align=True)
"""What one person did with one post (bits); an empty place of the table has row NONE."""

NOTE = np.dtype([("first", "i4"), ("second", "i4"), ("next", "i4")], align=True)
"""A notification (row of the root, row of the reply or NONE for a like) or, once read, a supporter (agent, step)."""

Row = np.void
"""One record, taken by reference."""

Records = NDArray[Any]
Ids = NDArray[np.int32]


class State(NamedTuple):
    """Every array of the engine; arrays that grow are replaced by larger ones between calls.

    Args:
        people: PERSON [N]; rate: session rates [N] on their own, for the scan of who comes online; clock: index [N] of
            `clocks` (hours to add to the common hour) and of `rhythm` (days of a step weighted by that hour).
        luck: uint32 [4, N] words for four steps of the decision to come online.
        followed_offsets, followed, follower_offsets, followers: the graph.
        arcs: ARC [E], in the order of `followed`; strangers: STRANGER [N, K], a ring by order of entry.
        feed: rows of posts [N, F], a ring whose room is a power of two; delivered: number of deliveries so far [N].
        exposures, stream_read, tag_viewed: [N, T]; tag_open: bool [T]; tag_specialty: [T], NONE for a general tag.
        stream, stream_length: rows of posts [T, room] and how many there are.
        posts: POST [C]; actions: ACTION, a hash table; notes: NOTE pool.
        online, liked, flagged: rows of agents and of posts that this step concerns.
        seen: rows of item and root [room, 2] that the person at hand has before their eyes.
        adoptions: step, agent, tag, exposure [room, 4]; at_risk: exposures and adoptions [65, 2].
        counters: int64 [N_COUNTERS].
    """

    people: Records
    rate: NDArray[np.float64]
    clock: NDArray[np.int8]
    clocks: NDArray[np.float64]
    rhythm: NDArray[np.float64]
    luck: NDArray[np.uint32]
    followed_offsets: NDArray[np.int64]
    followed: Ids
    follower_offsets: NDArray[np.int64]
    followers: Ids
    arcs: Records
    strangers: Records
    feed: Ids
    delivered: Ids
    exposures: Ids
    stream_read: Ids
    tag_viewed: Ids
    tag_open: NDArray[np.bool_]
    tag_specialty: Ids
    stream: Ids
    stream_length: Ids
    posts: Records
    actions: Records
    notes: Records
    online: Ids
    liked: Ids
    flagged: Ids
    seen: Ids
    adoptions: NDArray[np.int64]
    at_risk: NDArray[np.int64]
    counters: NDArray[np.int64]


def people_of(population: Population) -> Records:
    """PERSON [N] on the first step of the warm-up, isolation excepted."""
    people = np.zeros(len(population), dtype=PERSON)
    for name in ("role", "specialty", "trainee", "protected", "superuser", "new_resident", "session_rate",
                 "posting_rate", "visits", "trait", "state", "distress", "stigma", "perceived", "fear", "in_person",
                 "hazard", "visibility"):  # fmt: skip
        people[name] = getattr(population, name)
    for name in ("stigma", "perceived", "fear"):
        people[f"own_{name}"] = people[name]
    people["willingness"] = people["posting_factor"] = 1.0
    people["strain"] = people["distress"]
    for name in (
        "treated_since",
        "received_support_step",
        "saw_support_step",
        "inbox_head",
        "inbox_tail",
        "supporters",
        "chat",
    ):
        people[name] = NONE
    return people


def grown(array: NDArray[Any], room: int, axis: int = 0) -> NDArray[Any]:
    """A copy with room for at least `room` entries along an axis; the new ones are zero."""
    shape = list(array.shape)
    shape[axis] = max(room, 2 * shape[axis])
    larger = np.zeros(shape, dtype=array.dtype)
    larger[tuple(slice(0, size) for size in array.shape)] = array
    return larger


def chained(pool: Records, begin: int, rest: int = NONE) -> Records:
    """A pool whose entries from `begin` on form a list of free ones, each naming the next; the last names `rest`."""
    pool["next"][begin:] = np.arange(begin + 1, len(pool) + 1)
    pool["next"][-1] = rest
    return pool


def empty_actions(room: int) -> Records:
    """An empty hash table; `room` is a power of two, three fifths of which may be filled."""
    table = np.zeros(room, dtype=ACTION)
    table["row"] = NONE
    return table


def posts_with_room(room: int) -> Records:
    """Room for posts, each record on two cache lines of its own."""
    buffer = np.zeros(room * POST.itemsize + 64, dtype=np.uint8)
    offset = -buffer.ctypes.data % 64
    return buffer[offset : offset + room * POST.itemsize].view(POST)
