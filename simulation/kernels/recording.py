"""The event log of a block: rows of views and reactions, written where they happen and taken out once a day.

A row is (step, agent, what, row of the post, row of its root, more). `what` is a `Via` for a view, with the row of the
retweet that carried the post as `more`; and FIRST_REACTION + a `Reaction`, with the slot of the new post as `more`.
Where nothing is logged, each of these places costs one comparison.
"""

import numpy as np
from numpy.typing import NDArray

from simulation._compile import inlined
from simulation.events import Reaction, Via
from simulation.kernels.state import BASE, LOGS, MOST_REPLIES, N_LOG, NONE, State
from simulation.posts import keys_of

VIEWS, REACTIONS = 1, 2
"""Bits of LOGS."""
FIRST_REACTION = 16
IN_FEED, BY_RETWEET, IN_STREAM, AS_NOTE, IN_THREAD, ROUTED = (int(via) for via in Via)
LIKE, REPORT = int(Reaction.LIKE), int(Reaction.REPORT)

Rows = NDArray[np.int64]


@inlined
def note_view(state: State, agent: int, row: int, root: int, via: int, through: int, step: int) -> None:
    """Write down a view where views are logged; the caller has seen to the room."""
    if state.mine[LOGS] & VIEWS:
        note(state, step, agent, via, row, root, through)


@inlined
def note_reaction(state: State, agent: int, row: int, root: int, reaction: int, slot: int, step: int) -> None:
    """Write down a reaction where reactions are logged; the caller has seen to the room."""
    if state.mine[LOGS] & REACTIONS:
        note(state, step, agent, FIRST_REACTION + reaction, row, root, slot)


@inlined
def note(state: State, step: int, agent: int, what: int, row: int, root: int, more: int) -> None:
    """Take the next row of the log."""
    place = state.mine[N_LOG]
    state.mine[N_LOG] = place + 1
    state.log[place, 0] = step
    state.log[place, 1] = agent
    state.log[place, 2] = what
    state.log[place, 3] = row
    state.log[place, 4] = root
    state.log[place, 5] = more


@inlined
def most_rows(state: State, agent: int, most: int) -> int:
    """How many rows one visit that sees at most so many posts can add; none where nothing is logged."""
    if not state.mine[LOGS]:
        return 0
    rows = most * (5 + 2 * state.counters[MOST_REPLIES])
    place = state.people[agent]["inbox_head"]
    while place != NONE:
        rows += 1
        place = state.notes[place]["next"]
    return int(rows)


def taken_out(state: State) -> dict[str, Rows]:
    """The log of a block as rows of `world.Engine.logged`; it is empty then. Posts must still be in the window."""
    step, agent, what, post, root, more = state.log[: state.mine[N_LOG]].astype(np.int64).T
    state.mine[N_LOG] = 0
    views = what < FIRST_REACTION
    keys, base = state.posts["key"], int(state.counters[BASE])
    carried = views & (more != NONE)
    through = np.where(carried, keys[np.where(carried, more - base, 0)], NONE)
    new = np.where(~views & (more != NONE), keys_of(agent, step, more), NONE)
    post, root = keys[post - base], keys[root - base]
    return {
        "views": np.column_stack([step, agent, post, root, what, through])[views],
        "reactions": np.column_stack([step, agent, what - FIRST_REACTION, post, root, new])[~views],
    }
