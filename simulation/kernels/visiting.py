"""Stages 3 to 7 in one go, and many steps in one call.

People do not meet within a step, so an agent reads, believes, reacts and writes in one go before the next one does;
what they write waits in drafts until all are done, because the order of posts is that of the stages.
"""

from simulation._compile import fetch_ahead, inlined, kernel
from simulation.kernels.believing import take_in, take_in_answers
from simulation.kernels.delivering import (
    begin_gathering,
    deliver,
    gather_own,
    gather_prompts,
    gather_reactions,
    has_room_to_gather,
    settle_streams,
)
from simulation.kernels.reacting import react, wish
from simulation.kernels.reading import has_time, read_feed, read_streams
from simulation.kernels.recording import most_rows
from simulation.kernels.sessions import come_online, sessions_of
from simulation.kernels.state import (
    ACTING,
    ACTIONS_LEFT,
    MOST_REPLIES,
    N_ADOPTIONS,
    N_FLAGGED,
    N_LIKED,
    N_LOG,
    N_ONLINE,
    N_OWN,
    N_REACTIONS,
    N_REPORTED,
    N_SUSPECTS,
    RESUME,
    STAGE,
    UNIT,
    Row,
    State,
)
from simulation.kernels.writing import write
from simulation.posts import OWN_SLOTS

ACTS, GATHERS, DELIVERS = 0, 1, 2
"""Where a step stands that had to stop for room."""


@kernel
def run_steps(state: State, first: int, last: int, explains: bool, holds_tagged: bool, watched: bool, p: Row) -> int:
    """Stages 3 to 7 of the steps from `first` on, by one block that holds everybody; the first step not yet done.

    It stops before `last` where more room is needed (STAGE then says where the step stands) and, where the desk
    watches, after a step in which it got something to see.
    """
    for step in range(first, last):
        if state.counters[STAGE] == ACTS:
            if not act(state, step, explains, p):
                return step
            begin_gathering(state)
            state.counters[STAGE] = GATHERS
        if state.counters[STAGE] == GATHERS:
            if not has_room_to_gather(state):
                return step
            gather_prompts(state, step, holds_tagged)
            gather_reactions(state, step)
            gather_own(state, step, holds_tagged)
            settle_streams(state, p)
            state.counters[STAGE] = DELIVERS
        if not deliver(state):
            return step
        state.counters[STAGE] = ACTS
        if watched and state.counters[N_SUSPECTS] + state.counters[N_FLAGGED] > 0:
            return step + 1
    return last


@kernel
def act_some(state: State, step: int, explains: bool, p: Row) -> bool:
    """Stages 3 to 6 for the people of one block; False where more room is needed to go on."""
    return act(state, step, explains, p)


@kernel
def begin_gathering_all(state: State) -> None:
    """Nothing has been gathered in this step."""
    begin_gathering(state)


@kernel
def has_room_for_all(state: State) -> bool:
    """Whether the shared arrays can take in what one block has written."""
    return has_room_to_gather(state)


@inlined
def act(state: State, step: int, explains: bool, p: Row) -> bool:
    """Stages 3 to 6 for the people of a block, from where it stands; False where more room is needed to go on."""
    mine = state.mine
    if not mine[ACTING]:
        mine[N_REACTIONS] = 0
        mine[N_OWN] = 0
        mine[N_LIKED] = 0
        mine[N_REPORTED] = 0
        mine[RESUME] = 0
        come_online(state, step, p)
        mine[ACTING] = 1
    for place in range(mine[RESUME], mine[N_ONLINE]):
        fetch_people(state, place)
        agent = int(state.online[place])
        if not has_time(state.people[agent]):
            continue
        if not has_room(state, agent):
            mine[RESUME] = place
            return False
        visit(state, agent, step, explains, p)
    mine[ACTING] = 0
    return True


FAR, NEAR = 6, 3
"""How many visits ahead a person's records, and what these point to, are brought near."""
STRANGER_BYTES = 12
"""Of one stranger remembered, where steps fit sixteen bits."""


@inlined
def fetch_people(state: State, place: int) -> None:
    """Have what the next visits touch brought near while this one goes on; changes nothing."""
    if place + FAR < state.mine[N_ONLINE]:
        agent = state.online[place + FAR]
        fetch_ahead(state.boxes, agent, 0)
        fetch_ahead(state.followed_offsets, agent, 0)
        for line in range(4):
            fetch_ahead(state.people, agent, 64 * line)
    if place + NEAR < state.mine[N_ONLINE]:
        agent = state.online[place + NEAR]
        box = state.boxes[agent]
        ring = int(box["at"]) * UNIT
        newest = (box["delivered"] - 1) & (box["room"] - 1)
        fetch_ahead(state.feed, ring + newest, 0)
        fetch_ahead(state.feed, ring + max(0, newest - UNIT), 0)
        begin = state.followed_offsets[agent]
        count = min(state.followed_offsets[agent + 1] - begin, 64)
        for entry in range(0, count, 16):
            fetch_ahead(state.followed, begin + entry, 0)
        for entry in range(0, count, 8):
            fetch_ahead(state.arcs, begin + entry, 0)
        strangers = min(state.people[agent]["strangers"], state.strangers.shape[1])
        for entry in range(0, strangers, 5):
            fetch_ahead(state.strangers, agent, STRANGER_BYTES * entry)


@inlined
def has_room(state: State, agent: int) -> bool:
    """Whether everything that one visit can add still fits."""
    mine = state.mine
    box = state.boxes[agent]
    most = int(box["delivered"] - box["read"])
    for tag in range(len(state.tag_open)):
        most += state.stream_length[tag] - state.stream_read[agent, tag]
    reports = most * (1 + state.counters[MOST_REPLIES])
    return bool(
        len(state.seen) >= most
        and len(state.liked) - mine[N_LIKED] >= most
        and len(state.reactions) - mine[N_REACTIONS] >= 2 * most
        and len(state.own) - mine[N_OWN] >= OWN_SLOTS
        and len(state.reported) - mine[N_REPORTED] >= reports
        and len(state.adoptions) - mine[N_ADOPTIONS] >= most
        and mine[ACTIONS_LEFT] >= 2 * most
        and len(state.log) - mine[N_LOG] >= most_rows(state, agent, most)
    )


@inlined
def visit(state: State, agent: int, step: int, explains: bool, p: Row) -> None:
    """One person's reading, believing, reacting and writing."""
    me = state.people[agent]
    begin = state.mine[N_REACTIONS]
    seen = read_feed(state, me, agent, step, explains, p)
    seen = read_streams(state, me, agent, step, seen, p)
    for place in range(seen):
        take_in(state, me, agent, state.seen[place, 1], step, p)
    take_in_answers(state, me, step, p)
    for place in range(seen):
        wish(state, me, agent, place, step, p)
    for place in range(seen):
        if state.seen[place, 2]:
            react(state, me, agent, place, step, begin, p)
    write(state, me, agent, sessions_of(state, agent, step), step, p)
