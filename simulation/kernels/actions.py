"""What people have done with posts: a list of actions for each post, so that nothing is done twice.

Most posts reach nobody twice; a list is searched only where its post can be met again (retweeted or tagged).
"""

from simulation._compile import inlined
from simulation.kernels.state import ACTIONS_LEFT, FREE_ACTION, NONE, Row, State

LIKED, REPLIED, RETWEETED, REPORTED, THREAD = 1, 2, 4, 8, 16


@inlined
def done_with(state: State, post: Row, agent: int) -> int:
    """Bits of what an agent has done with a post."""
    done = 0
    place = post["actions"]
    while place != NONE:
        action = state.actions[place]
        if action["agent"] == agent:
            done |= action["done"]
        place = action["next"]
    return done


@inlined
def did(state: State, post: Row, agent: int, bit: int) -> bool:
    """Whether an agent has done one thing with a post."""
    return (done_with(state, post, agent) & bit) != 0


@inlined
def note_action(state: State, post: Row, agent: int, bits: int) -> None:
    """Remember what an agent did with a post."""
    place = state.counters[FREE_ACTION]
    action = state.actions[place]
    state.counters[FREE_ACTION] = action["next"]
    state.counters[ACTIONS_LEFT] -= 1
    action["agent"] = agent
    action["done"] = bits
    action["next"] = post["actions"]
    post["actions"] = place


@inlined
def forget_actions(state: State, post: Row) -> None:
    """Give the actions on a post that nobody can read any more back to the pool."""
    place = post["actions"]
    while place != NONE:
        action = state.actions[place]
        following = action["next"]
        action["next"] = state.counters[FREE_ACTION]
        state.counters[FREE_ACTION] = place
        state.counters[ACTIONS_LEFT] += 1
        place = following
    post["actions"] = NONE
