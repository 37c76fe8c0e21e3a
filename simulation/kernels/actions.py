"""What people have done with posts, so that nothing is done twice: a hash table with linear probing.

Most posts reach nobody twice; the table is searched only where its post can have been met before. Entries go with the
posts that leave the window. An entry is one number: 26 bits of agent, 32 of the post's row, 5 of what was done.
"""

import numpy as np
from numpy.typing import NDArray

from simulation._compile import inlined, kernel
from simulation.kernels.state import ACTIONS_LEFT, NONE, State

LIKED, REPLIED, RETWEETED, REPORTED, THREAD = 1, 2, 4, 8, 16
_LOW = 0xFFFFFFFF
Table = NDArray[np.int64]


@inlined
def place_of(table: Table, agent: int, row: int) -> int:
    """Where the entry of an agent and a post stands, or the empty place where it would."""
    wanted = int(agent) << 32 | int(row)
    mixed = (int(agent) * 0x9E3779B1 + int(row) * 0x85EBCA6B) & _LOW
    mixed = ((mixed ^ (mixed >> 16)) * 0x7FEB352D) & _LOW
    place = ((mixed ^ (mixed >> 15)) * len(table)) >> 32
    while table[place] != NONE and (table[place] >> 5) != wanted:
        place = place + 1 if place + 1 < len(table) else 0
    return place


@inlined
def done_with(state: State, row: int, agent: int) -> int:
    """Bits of what an agent has done with a post."""
    entry = state.actions[place_of(state.actions, agent, row)]
    return int(entry & 31) if entry != NONE else 0


@inlined
def note_action(state: State, row: int, agent: int, bits: int) -> None:
    """Remember what an agent did with a post; the caller has seen to the room."""
    place = place_of(state.actions, agent, row)
    if state.actions[place] == NONE:
        state.actions[place] = (int(agent) << 32 | int(row)) << 5
        state.mine[ACTIONS_LEFT] -= 1
    state.actions[place] |= bits


@kernel
def rehash(old: Table, new: Table, base: int) -> int:
    """Enter what concerns posts from row `base` on into an empty table; the number of entries."""
    count = 0
    for place in range(len(old)):
        entry = old[place]
        row = (entry >> 5) & _LOW
        if entry != NONE and row >= base:
            new[place_of(new, entry >> 37, row)] = entry
            count += 1
    return count
