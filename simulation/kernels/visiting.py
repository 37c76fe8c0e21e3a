"""Stages 3 to 7 in one go.

People do not meet within a step, so an agent reads, believes and reacts in one go before the next one does; own posts
are written in a second round, because the order of posts is that of the stages.
"""

from simulation._compile import inlined, kernel
from simulation.kernels.believing import take_in, take_in_answers
from simulation.kernels.delivering import deliver, has_room_to_deliver
from simulation.kernels.reacting import react
from simulation.kernels.reading import read_feed, read_streams
from simulation.kernels.sessions import come_online, sessions_of
from simulation.kernels.state import (
    ACTIONS_LEFT,
    BEGIN,
    N_ADOPTIONS,
    N_FLAGGED,
    N_LIKED,
    N_ONLINE,
    RESUME,
    STAGE,
    USED,
    Row,
    State,
)
from simulation.kernels.writing import write

ROOM_TO_WRITE = 32


VISITS, WRITES, DELIVERS = 1, 2, 3
"""Where a step stands that had to stop for room; 0 between steps."""


@kernel
def advance(state: State, step: int, explains: bool, holds_tagged: bool, p: Row) -> bool:
    """Stages 3 to 7 of a step, from where it stands; False where more room is needed to go on."""
    if state.counters[STAGE] == 0:
        state.counters[BEGIN] = state.counters[USED]
        state.counters[N_LIKED] = 0
        state.counters[N_FLAGGED] = 0
        come_online(state, step, p)
        state.counters[STAGE] = VISITS
    if state.counters[STAGE] == VISITS:
        if not visit_all(state, step, explains, p):
            return False
        state.counters[STAGE] = WRITES
    if state.counters[STAGE] == WRITES:
        if not write_all(state, step, p):
            return False
        state.counters[STAGE] = DELIVERS
    if not has_room_to_deliver(state):
        return False
    deliver(state, step, holds_tagged)
    state.counters[STAGE] = 0
    return True


@inlined
def visit_all(state: State, step: int, explains: bool, p: Row) -> bool:
    """Stages 3 to 5 for those from place RESUME of `online` on; False where more room is needed to go on."""
    while state.counters[RESUME] < state.counters[N_ONLINE]:
        agent = int(state.online[state.counters[RESUME]])
        if not has_room(state, agent):
            return False
        visit(state, agent, step, explains, p)
        state.counters[RESUME] += 1
    state.counters[RESUME] = 0
    return True


@inlined
def has_room(state: State, agent: int) -> bool:
    """Whether everything that one visit can add still fits; streams are bounded by what came since the last look."""
    most = state.feed.shape[1]
    for tag in range(len(state.tag_open)):
        most += state.stream_length[tag] - state.stream_read[agent, tag]
    return bool(room_left(state) >= 3 * most)


@inlined
def room_left(state: State) -> int:
    """The least room in any of the arrays to which a visit adds."""
    left = min(len(state.posts) - state.counters[USED], len(state.seen))
    left = min(left, len(state.liked) - state.counters[N_LIKED])
    left = min(left, len(state.adoptions) - state.counters[N_ADOPTIONS])
    return int(min(left, state.counters[ACTIONS_LEFT]))


@inlined
def visit(state: State, agent: int, step: int, explains: bool, p: Row) -> None:
    """One person's reading, believing and reacting."""
    me = state.people[agent]
    begin = state.counters[USED]
    seen = read_feed(state, me, agent, step, explains, p)
    seen = read_streams(state, me, agent, step, seen, p)
    for place in range(seen):
        take_in(state, me, agent, state.seen[place, 1], step, p)
    take_in_answers(state, me, step, p)
    for place in range(seen):
        react(state, me, agent, place, step, begin, p)


@inlined
def write_all(state: State, step: int, p: Row) -> bool:
    """Stage 6 for those from place RESUME of `online` on; False where more room is needed to go on."""
    while state.counters[RESUME] < state.counters[N_ONLINE]:
        if len(state.posts) - state.counters[USED] < ROOM_TO_WRITE:
            return False
        agent = int(state.online[state.counters[RESUME]])
        write(state, state.people[agent], agent, sessions_of(state, agent, step), step, p)
        state.counters[RESUME] += 1
    state.counters[RESUME] = 0
    return True
