"""The state of the engine `kernels`: records and arrays, and nothing that behaves.

People are divided into blocks of rows LO..HI-1, one for each thread; one block holds everybody where there is one
thread. A block reads everything and writes only what belongs to its own people, so any number of threads gives the
same events. Arrays are either shared by all blocks or belong to one.

Axes: N agents, E arcs, K strangers remembered, T tags opened so far, C room for posts, M struggles so far. Rows of
posts run from the first post of the run; the window of posts that may still be read holds rows BASE..BASE+USED-1 at
places 0..USED-1.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.graph import ROLES
from simulation.parameters import ReadingSettings
from simulation.population import Population
from simulation.posts import Violation

NONE = -1
LONG_AGO = -(2**30)
"""A step before every run that still fits 32 bits."""

# Places in the array of counters that all blocks share.
BASE, USED, BEGIN, STAGE, N_LIKES, N_FLAGGED, N_SUSPECTS, N_STRUGGLES, N_THREADS, MOST_REPLIES = range(10)
N_PROMPTS = 10
N_COUNTERS = 11

# Places in the array of numbers that belong to a block.
LO, HI, SHARED, ACTING, N_ONLINE, RESUME, N_REACTIONS, N_OWN, N_LIKED, N_REPORTED, N_ADOPTIONS = range(11)
FREE_NOTE, NOTES_LEFT, ACTIONS_LEFT, FEED_USED, MOST_ROOM, NOTE_AT, POST_AT, ARC_AT, LOGS, N_LOG = range(11, 21)
FREE_RING = 21
"""Heads of the lists of rings that are free again, one for each size."""
RING_SIZES = 16
N_MINE = FREE_RING + RING_SIZES

UNIT = 16
"""Entries of the smallest ring; the place of a ring in its pool is counted in such units."""

# Places of a struggle's numbers in `marks`.
VIEWERS, SUPPORTED = range(2)
MARKS = 2

PERSON = np.dtype(
    [
        *((name, "f8") for name in (
            "disclosing", "authors", "stigma", "perceived", "fear", "willingness", "encouragement", "harm", "distress",
            "minutes_today", "posting_factor", "visibility", "posting_rate", "session_rate", "visits", "guideline",
            "minutes_limit", "hierarchy",
        )),
        *((name, "i4") for name in (
            "adopted", "ever_adopted", "strangers", "inbox_head", "inbox_tail", "supporters", "views", "chat",
            "saw_support_step",
        )),
        ("harmful", "i4", (len(Violation),)), ("viewed", "i4", (len(ROLES),)),
        *((name, "i1") for name in ("role", "specialty")),
        *((name, "b1") for name in ("trainee", "protected", "superuser", "new_resident", "overseen", "ranked")),
        *((name, "i4") for name in ("company", "treated_since", "received_support_step")),
        *((name, "f8") for name in (
            "state", "minutes", "isolation", "company_distress", "trait", "own_stigma", "own_perceived", "own_fear",
            "in_person", "hazard", "fear_regime", "strain", "ranked_mutual", "pledge",
        )),
    ],
    align=True,
)  # fmt: skip
"""One person; fields as in `agents.Person`.

`strangers` counts strangers entered so far; `inbox_head`, `inbox_tail` and `supporters` are places in the pool of
notes. What a visit seldom needs comes last.
"""

POST = np.dtype(
    [
        ("key", "i8"), ("appeal", "f8"),
        *((name, "i4") for name in (
            "root", "author", "visible_step", "visible_replies", "likes", "link", "last_reply", "removed_step", "mark",
            "lonely",
        )),
        *((name, "i1") for name in (
            "kind", "tag", "violation", "state", "author_role", "author_specialty", "met_again",
        )),
        ("protected", "b1"),
    ],
    align=True,
)  # fmt: skip
"""One post on one cache line; fields as in `posts.Posts`.

`link` is the first reply of a post, the next reply under the same root of a reply, and the parent of a retweet;
`met_again` says that it can reach somebody a second time (1 through a stream or a retweet, `SHOWN` in any way); `mark`
is the number of a struggle, NONE for other posts; `lonely` is 0 before the first supportive reply, then one more than
the step of that reply, and NONE once another has followed in time.
"""

SHOWN = 2
"""Value of `met_again` of a post that was put at the top of somebody's feed."""

CHAT = np.dtype([("purpose", "f8"), ("begin", "i4"), ("tag", "i4")], align=True)
"""A chat: share of posts that keep to its purpose, the step in which it begins, its tag."""

DRAFT = np.dtype(
    [
        ("key", "i8"), ("appeal", "f8"), ("root", "i4"), ("parent", "i4"),
        *((name, "i1") for name in ("kind", "tag", "violation", "author_role", "author_specialty")),
        ("protected", "b1"),
    ],
    align=True,
)  # fmt: skip
"""A post that is being written in this step; `root` is NONE for an own post, which has no row yet."""

STEPS: dict[type[np.integer[Any]], int] = {np.uint16: np.iinfo(np.uint16).max, np.int32: np.iinfo(np.int32).max}
"""Types for the steps in which somebody was met, and the last step each can hold."""

BOX = np.dtype([("at", "i4"), ("delivered", "i4"), ("read", "i4"), ("room", "i4")], align=True)
"""A feed: where its ring is in the pool of the block (in units), deliveries so far, deliveries when it was last read,
and the room of the ring, a power of two."""

NOTE = np.dtype([("first", "i4"), ("second", "i4"), ("next", "i4")], align=True)
"""A notification (row of the root, row of the reply or NONE for a like) or, once read, a supporter (agent, step)."""

LAST_ROW = 2**31 - 1
"""The largest number of a post, of a note, of a place in a pool of rings, and of anything else of 32 bits."""
MANY = 2**30
"""Where counters of 32 bits are looked after: no day adds as much as is left above it."""

Row = np.void
"""One record, taken by reference."""

Records = NDArray[Any]
Ids = NDArray[np.int32]


def arc_type(last_step: int) -> np.dtype[Any]:
    """ARC: what a follower remembers of somebody followed.

    Steps in which they were last counted and last counted as disclosing (`met`), the tags (bits) they were seen using;
    and whether they follow back.
    """
    step = _step_type(last_step)
    return np.dtype([("counted", step), ("disclosed", step), ("tags", "u2"), ("mutual", "b1")], align=True)


def stranger_type(last_step: int) -> np.dtype[Any]:
    """STRANGER: the same of somebody who is not followed."""
    step = _step_type(last_step)
    return np.dtype([("author", "i4"), ("counted", step), ("disclosed", step), ("tags", "u2")], align=True)


def _step_type(last_step: int) -> type:
    """The smallest type that holds a step of the run."""
    return next(kind for kind, most in STEPS.items() if last_step <= most)


class State(NamedTuple):
    """Every array of a block; arrays that grow are replaced by larger ones between calls.

    Shared by all blocks:
        people: PERSON [N]; rate: session rates [N] on their own, for the scan of who comes online; clock: index [N] of
            `clocks` (hours to add to the common hour).
        luck: uint32 [4, N] words for four steps of the decision to come online.
        followed_offsets, followed, follower_offsets, followers: the graph.
        arcs: ARC [E], in the order of `followed`; strangers: STRANGER [N, K], a ring by order of entry.
        boxes: BOX [N].
        exposures, stream_read, tag_viewed: [N, T]; tag_open: bool [T]; tag_specialty: [T], NONE for a general tag.
        stream, stream_length: rows of posts [T, room] and how many there are.
        posts: POST [C]; roots: row of the root [C]; views, reports, shares: [C]; marks: [M * MARKS] numbers of
            struggles.
        likes: rows of struggles liked in this step, once for each like; flagged: rows of reported posts; suspects: rows
            of new posts that the desk may want to see.
        threads: rows of every struggle so far and of every reply to one.
        chats: CHAT, every chat so far; prompts: DRAFT, what interventions make people write in this step.
        relief: what institutions have taken off the load of each specialty.
        counters: int64 [N_COUNTERS].

    Of one block:
        feed: rows of posts, the pool of rings; rhythm: days of a step weighted by the hour of each of `clocks`, and
            at the end not weighted, for people in a chat.
        online, liked, reported: rows of agents and of posts that this step concerns.
        seen: rows of item and root that the person at hand has before their eyes, and bits of their wishes [room, 3].
        ranks, ranking: scratch [feed length] for one ranked feed: ranks and rows of items, highest first.
        reactions, own: DRAFT, what is written in this step.
        adoptions: step, agent, tag, exposure [room, 4]; at_risk: exposures and adoptions [65, 2].
        actions: int64, a hash table; notes: NOTE pool.
        log: rows of the event log [room, 6], see `recording`.
        mine: int64 [N_MINE].
    """

    people: Records
    rate: NDArray[np.float64]
    clock: Ids
    clocks: NDArray[np.float64]
    luck: NDArray[np.uint32]
    followed_offsets: NDArray[np.int64]
    followed: Ids
    follower_offsets: NDArray[np.int64]
    followers: Ids
    arcs: Records
    strangers: Records
    boxes: Records
    exposures: Ids
    stream_read: Ids
    tag_viewed: Ids
    tag_open: NDArray[np.bool_]
    tag_specialty: Ids
    stream: Ids
    stream_length: Ids
    posts: Records
    roots: Ids
    views: Ids
    reports: Ids
    shares: Ids
    marks: Ids
    likes: Ids
    flagged: Ids
    suspects: Ids
    threads: Ids
    chats: Records
    prompts: Records
    relief: NDArray[np.float64]
    counters: NDArray[np.int64]
    feed: Ids
    rhythm: NDArray[np.float64]
    online: Ids
    liked: Ids
    reported: Ids
    seen: Ids
    ranks: NDArray[np.float64]
    ranking: Ids
    reactions: Records
    own: Records
    adoptions: NDArray[np.int64]
    at_risk: NDArray[np.int64]
    actions: NDArray[np.int64]
    notes: Records
    log: Ids
    mine: NDArray[np.int64]


def people_of(population: Population, reading: ReadingSettings) -> Records:
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
    for name in ("ranked", "hierarchy", "ranked_mutual"):
        people[name] = getattr(reading, name)
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
    shape[axis] = max(room, shape[axis] * 3 // 2)
    larger = on_lines(shape, array.dtype)
    larger[tuple(slice(0, size) for size in array.shape)] = array
    return larger


def on_lines(shape: list[int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Zeros that begin on a cache line, so that a record of 64 bytes lies on one."""
    size = int(np.prod(shape)) * dtype.itemsize
    buffer = np.zeros(size + 64, dtype=np.uint8)
    offset = -buffer.ctypes.data % 64
    return buffer[offset : offset + size].view(dtype).reshape(shape)


def chained(pool: Records, begin: int, rest: int = NONE) -> Records:
    """A pool whose entries from `begin` on form a list of free ones, each naming the next; the last names `rest`."""
    pool["next"][begin:] = np.arange(begin + 1, len(pool) + 1)
    pool["next"][-1] = rest
    return pool
