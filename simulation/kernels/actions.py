"""What people have done with posts, so that nothing is done twice: a hash table with linear probing.

Most posts reach nobody twice; the table is searched only where its post can have been met before. Entries go with the
posts that leave the window.
"""

from simulation._compile import inlined, kernel
from simulation.kernels.state import ACTIONS_LEFT, NONE, Records, State

LIKED, REPLIED, RETWEETED, REPORTED, THREAD = 1, 2, 4, 8, 16


@inlined
def place_of(table: Records, agent: int, row: int) -> int:
    """Where the entry of an agent and a post stands, or the empty place where it would."""
    last = len(table) - 1
    mixed = int(agent) * 0x9E3779B1 + int(row) * 0x85EBCA6B
    place = (mixed ^ (mixed >> 15)) & last
    while table[place]["row"] != NONE and (table[place]["row"] != row or table[place]["agent"] != agent):
        place = (place + 1) & last
    return place


@inlined
def done_with(state: State, row: int, agent: int) -> int:
    """Bits of what an agent has done with a post."""
    action = state.actions[place_of(state.actions, agent, row)]
    return int(action["done"]) if action["row"] != NONE else 0


@inlined
def note_action(state: State, row: int, agent: int, bits: int) -> None:
    """Remember what an agent did with a post; the caller has seen to the room."""
    action = state.actions[place_of(state.actions, agent, row)]
    if action["row"] == NONE:
        action["agent"] = agent
        action["row"] = row
        action["done"] = 0
        state.counters[ACTIONS_LEFT] -= 1
    action["done"] |= bits


@kernel
def rehash(old: Records, new: Records, base: int) -> int:
    """Enter what concerns posts from row `base` on into an empty table; the number of entries."""
    count = 0
    for place in range(len(old)):
        action = old[place]
        if action["row"] >= base:
            entry = new[place_of(new, action["agent"], action["row"])]
            entry["agent"] = action["agent"]
            entry["row"] = action["row"]
            entry["done"] = action["done"]
            count += 1
    return count
