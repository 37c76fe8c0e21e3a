"""Blocks of people, one for each thread, and the room that their arrays need.

A compiled loop never makes room for itself: it stops, the arrays are enlarged here, and it goes on where it stood.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.errors import RunError
from simulation.graph import SPECIALTIES, FollowerGraph
from simulation.kernels.actions import Table, rehash
from simulation.kernels.delivering import (
    deliver_some,
    gather_prompts_of_all,
    gather_some,
    push_late,
    settle_all_streams,
    show,
)
from simulation.kernels.living import live
from simulation.kernels.recording import most_rows
from simulation.kernels.state import (
    ACTIONS_LEFT,
    ARC_AT,
    BASE,
    BOX,
    CHAT,
    DRAFT,
    FEED_USED,
    FREE_NOTE,
    FREE_RING,
    HI,
    LAST_ROW,
    LO,
    MANY,
    MARKS,
    MOST_REPLIES,
    MOST_ROOM,
    N_ADOPTIONS,
    N_COUNTERS,
    N_FLAGGED,
    N_LIKED,
    N_LIKES,
    N_LOG,
    N_MINE,
    N_OWN,
    N_PROMPTS,
    N_REACTIONS,
    N_REPORTED,
    N_STRUGGLES,
    N_SUSPECTS,
    N_THREADS,
    NONE,
    NOTE,
    NOTES_LEFT,
    POST,
    RESUME,
    SHARED,
    SHOWN,
    STAGE,
    UNIT,
    USED,
    Records,
    State,
    arc_type,
    chained,
    grown,
    on_lines,
    people_of,
    stranger_type,
)
from simulation.kernels.visiting import ACTS, act_some, begin_gathering_all, has_room_for_all, run_steps
from simulation.posts import OWN_SLOTS
from simulation.world import EXPOSURES_KEPT, World

FIRST_ROOM = 4096
"""Room of most arrays at the start."""
FULL = 0.8
"""Share of a table of actions that may be filled."""


class Blocks:
    """The states of all blocks; writes their arrays, and nothing else."""

    def __init__(self, world: World, threads: int) -> None:
        bounds = np.linspace(0, world.n_agents, max(1, min(threads, world.n_agents)) + 1).astype(int).tolist()
        shared = _shared_arrays(world)
        most_room = max(UNIT, 1 << (world.parameters.reading.feed_length - 1).bit_length())
        spans = list(pairwise(bounds))
        self.states = [
            State(**shared, **_own_arrays(world, low, high, most_room, len(spans) > 1)) for low, high in spans
        ]
        boxes = shared["boxes"]
        for low, high in spans:
            boxes["at"][low:high] = np.arange(high - low)
        boxes["room"] = UNIT

    @property
    def first(self) -> State:
        """The state of the first block; shared arrays are the same in all."""
        return self.states[0]

    def share(self, **arrays: NDArray[Any]) -> None:
        """Replace shared arrays in all blocks."""
        self.states = [state._replace(**arrays) for state in self.states]

    # --- running --------------------------------------------------------------------------------------------------

    def run(self, first: int, last: int, explains: bool, holds_tagged: bool, watched: bool, settings: np.void) -> int:
        """Stages 3 to 7 of the steps from `first` on; the first step not yet done.

        It stops before `last` only after a step in which the desk, where it watches, got something to see.
        """
        if len(self.states) > 1:
            return self._run_threads(first, last, explains, holds_tagged, watched, settings)
        while True:
            step = run_steps(self.first, first, last, explains, holds_tagged, watched, settings)
            if step == last or (step > first and self._is_watched(watched)):
                return step
            first = step
            self._make_room()

    def _is_watched(self, watched: bool) -> bool:
        """Whether the desk got something to see in the last step; a step that waits for room is not over."""
        counters = self.first.counters
        return watched and counters[STAGE] == ACTS and bool(counters[N_SUSPECTS] + counters[N_FLAGGED])

    def _run_threads(
        self, first: int, last: int, explains: bool, holds_tagged: bool, watched: bool, settings: np.void
    ) -> int:
        """The same by several threads: each visits and serves its own people, and one gathers in between."""
        places = range(len(self.states))
        with ThreadPoolExecutor(len(self.states)) as pool:
            for step in range(first, last):
                list(pool.map(self._act, places, repeat(step), repeat(explains), repeat(settings)))
                self._gather(step, holds_tagged, settings)
                list(pool.map(self._deliver, places))
                if self._is_watched(watched):
                    return step + 1
        return last

    def _act(self, place: int, step: int, explains: bool, settings: np.void) -> None:
        """Stages 3 to 6 for one block."""
        while not act_some(self.states[place], step, explains, settings):
            self._make_room_to_act(place)

    def _gather(self, step: int, holds_tagged: bool, settings: np.void) -> None:
        """Gather what all blocks have written: prompts first, then reactions, then own posts."""
        begin_gathering_all(self.first)
        while not has_room_for_all(self.first):
            self._make_room_to_gather(0)
        gather_prompts_of_all(self.first, step, holds_tagged)
        for reactions in (True, False):
            for place in range(len(self.states)):
                while not has_room_for_all(self.states[place]):
                    self._make_room_to_gather(place)
                gather_some(self.states[place], step, reactions, holds_tagged)
        settle_all_streams(self.first, settings)

    def _deliver(self, place: int) -> None:
        """Stage 7 for one block."""
        while not deliver_some(self.states[place]):
            self._make_room_to_deliver(place)

    def push_late(self, row: int, author: int) -> None:
        """Put a post that was held into feeds."""
        for place in range(len(self.states)):
            while not push_late(self.states[place], row, author):
                self._make_room_to_deliver(place)
            self.states[place].mine[ARC_AT] = 0

    def show(self, row: int, agents: NDArray[np.int64]) -> None:
        """Put a post of the window at the top of some people's feeds."""
        self.first.posts[row - self.first.counters[BASE]]["met_again"] |= SHOWN
        for place, state in enumerate(self.states):
            for agent in agents[(agents >= state.mine[LO]) & (agents < state.mine[HI])].tolist():
                while not show(self.states[place], row, agent):
                    self._make_room_to_deliver(place)

    def live(self, day: int, days_run: int, step: int, mean_distress: float, settings: np.void) -> None:
        """The end of a day for everybody."""
        if len(self.states) == 1:
            live(self.first, day, days_run, step, mean_distress, settings)
            return
        with ThreadPoolExecutor(len(self.states)) as pool:
            ends = [pool.submit(live, state, day, days_run, step, mean_distress, settings) for state in self.states]
        for end in ends:
            end.result()

    def look_after_counters(self) -> None:
        """Once a day: numbers of deliveries begin anew long before they are too large; views are held to their width.

        A feed stays as it is: its ring turns by a multiple of its length, and what could not be read any more is
        counted as read.

        Raises:
            RunError: somebody has viewed more posts than can be counted.
        """
        _hold_to_width("views of one person", int(self.first.people["views"].max(initial=0)), MANY)
        boxes, most_room = self.first.boxes, int(self.first.mine[MOST_ROOM])
        high = np.flatnonzero(boxes["delivered"] >= MANY)
        delivered, read = (boxes[name][high].astype(np.int64) for name in ("delivered", "read"))
        unread = np.minimum(delivered - read, most_room)
        boxes["delivered"][high] = most_room + delivered % most_room
        boxes["read"][high] = most_room + delivered % most_room - unread

    # --- room -----------------------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        """Enlarge whatever a step of the only block found too small."""
        stage = int(self.first.counters[STAGE])
        (self._make_room_to_act, self._make_room_to_gather, self._make_room_to_deliver)[stage](0)

    def _make_room_to_act(self, place: int) -> None:
        """Room for the visit that is next."""
        state = self.states[place]
        mine, agent = state.mine, state.online[state.mine[RESUME]]
        most = int(state.boxes[agent]["delivered"] - state.boxes[agent]["read"])
        most += int((state.stream_length - state.stream_read[agent]).sum())
        self._grow(place, seen=most, liked=mine[N_LIKED] + most, reactions=mine[N_REACTIONS] + 2 * most)
        self._grow(place, own=mine[N_OWN] + OWN_SLOTS, adoptions=mine[N_ADOPTIONS] + most)
        self._grow(place, reported=mine[N_REPORTED] + most * (1 + int(state.counters[MOST_REPLIES])))
        self._grow(place, log=mine[N_LOG] + int(most_rows(state, agent, most)))
        if mine[ACTIONS_LEFT] < 2 * most:
            self._renew_actions(place, 2 * most)

    def _make_room_to_gather(self, place: int) -> None:
        """Room in the shared arrays for what a block has written."""
        state = self.states[place]
        counters, mine = state.counters, state.mine
        new = int(mine[N_REACTIONS] + mine[N_OWN] + counters[N_PROMPTS])
        posts = int(counters[USED]) + new
        _hold_to_width("posts", int(counters[BASE]) + posts)
        self._grow_shared(posts=posts, roots=posts, views=posts, reports=posts, shares=posts)
        self._grow_shared(suspects=counters[N_SUSPECTS] + new, threads=counters[N_THREADS] + new)
        self._grow_shared(marks=(counters[N_STRUGGLES] + new) * MARKS)
        self._grow_shared(likes=counters[N_LIKES] + mine[N_LIKED], flagged=counters[N_FLAGGED] + mine[N_REPORTED])
        self.make_room_in_streams(new)

    def make_room_in_streams(self, new: int) -> None:
        """Room for so many more posts in the stream of every tag."""
        longest = int(self.first.stream_length.max(initial=0)) + new
        if self.first.stream.shape[1] < longest:
            self.share(stream=grown(self.first.stream, longest, axis=1))

    def _make_room_to_deliver(self, place: int) -> None:
        """Room in the pools of notes and of rings."""
        state = self.states[place]
        if state.mine[NOTES_LEFT] == 0:
            self._grow_notes(place)
        used = int(state.mine[FEED_USED]) * UNIT + int(state.mine[MOST_ROOM])
        _hold_to_width("feeds", used // UNIT)
        self._grow(place, feed=used)

    def make_room_for_adoptions(self, more: int) -> None:
        """Room for so many more adoptions in the list of the first block."""
        self._grow(0, adoptions=self.first.mine[N_ADOPTIONS] + more)

    def make_room_for_prompts(self) -> None:
        """Room for one more prompt."""
        self._grow_shared(prompts=int(self.first.counters[N_PROMPTS]) + 1)

    def _grow(self, place: int, **rooms: int) -> None:
        """Make room for at least so many entries in arrays of a block."""
        state = self.states[place]
        larger = {
            name: grown(getattr(state, name), room) for name, room in rooms.items() if len(getattr(state, name)) < room
        }
        self.states[place] = state._replace(**larger)

    def _grow_shared(self, **rooms: int) -> None:
        """Make room for at least so many entries in shared arrays."""
        state = self.first
        larger = {
            name: grown(getattr(state, name), room) for name, room in rooms.items() if len(getattr(state, name)) < room
        }
        if larger:
            self.share(**larger)

    def _renew_actions(self, place: int, needed: int) -> None:
        """Drop actions on posts that have left the window; take a larger table where that frees too little of it."""
        state = self.states[place]
        room = len(state.actions)
        while True:
            table = empty_actions(room)
            left = int(FULL * room) - rehash(state.actions, table, int(state.counters[BASE]))
            if left >= max(needed, room // 4):
                break
            room = room * 3 // 2 + needed
        state.mine[ACTIONS_LEFT] = left
        self.states[place] = state._replace(actions=table)

    def _grow_notes(self, place: int) -> None:
        """Add free notes where there are none left."""
        state = self.states[place]
        size = len(state.notes)
        _hold_to_width("notifications that nobody has read", size * 3 // 2 + 1)
        larger = chained(grown(state.notes, size + 1), size)
        state.mine[FREE_NOTE] = size
        state.mine[NOTES_LEFT] = len(larger) - size
        self.states[place] = state._replace(notes=larger)


def _hold_to_width(what: str, number: int, most: int = LAST_ROW) -> None:
    """Stop a run before a number becomes wider than the place that holds it.

    Raises:
        RunError: it would.
    """
    if number > most:
        words = f"more than {most:,} {what} in one run; simulate fewer people or fewer days, or people who do less"
        raise RunError(words)


def empty_actions(room: int) -> Table:
    """An empty hash table."""
    return np.full(room, NONE, dtype=np.int64)


def _shared_arrays(world: World) -> dict[str, NDArray[Any]]:
    """Shared arrays on the first step of the warm-up."""
    graph, parameters, n_agents = world.graph, world.parameters, world.n_agents
    clocks, clock = np.unique(world.population.clock, return_inverse=True)
    last_step = parameters.total_steps + round(parameters.reading.live_days * parameters.steps_per_day) + 2
    posts = max(FIRST_ROOM, _posts_expected(world))
    return {
        "people": people_of(world.population, world.parameters.reading),
        "rate": world.population.session_rate.copy(),
        "clock": clock.astype(np.int32),
        "clocks": clocks,
        "luck": np.zeros((4, n_agents), dtype=np.uint32),
        "followed_offsets": graph.followed_offsets,
        "followed": graph.followed,
        "follower_offsets": graph.follower_offsets,
        "followers": graph.followers,
        "arcs": arcs_of(graph, arc_type(last_step)),
        "strangers": np.zeros((n_agents, parameters.reading.strangers_remembered), dtype=stranger_type(last_step)),
        "boxes": np.zeros(n_agents, dtype=BOX),
        "exposures": _numbers(n_agents, 0),
        "stream_read": _numbers(n_agents, 0),
        "tag_viewed": _numbers(n_agents, 0),
        "tag_open": np.zeros(0, dtype=np.bool_),
        "tag_specialty": _numbers(0),
        "stream": _numbers(0, 64),
        "stream_length": _numbers(0),
        "posts": on_lines([posts], POST),
        "roots": _numbers(posts),
        "views": _numbers(posts),
        "reports": _numbers(posts),
        "shares": _numbers(posts),
        "marks": _numbers(FIRST_ROOM * MARKS),
        "likes": _numbers(FIRST_ROOM),
        "flagged": _numbers(FIRST_ROOM),
        "suspects": _numbers(FIRST_ROOM),
        "threads": _numbers(FIRST_ROOM),
        "chats": np.zeros(0, dtype=CHAT),
        "prompts": np.zeros(16, dtype=DRAFT),
        "relief": np.zeros(len(SPECIALTIES)),
        "counters": np.zeros(N_COUNTERS, dtype=np.int64),
    }


def _own_arrays(world: World, low: int, high: int, most_room: int, shared: bool) -> dict[str, NDArray[Any]]:
    """Arrays of one block on the first step of the warm-up."""
    n_people = high - low
    mine = np.zeros(N_MINE, dtype=np.int64)
    mine[LO], mine[HI], mine[SHARED], mine[MOST_ROOM] = low, high, shared, most_room
    mine[FEED_USED], mine[NOTES_LEFT], mine[ACTIONS_LEFT] = n_people, FIRST_ROOM, int(FULL * FIRST_ROOM)
    mine[FREE_RING:] = NONE
    return {
        "feed": _numbers(n_people * most_room + UNIT),
        "rhythm": np.append(np.zeros(len(np.unique(world.population.clock))), 1.0 / world.parameters.steps_per_day),
        "online": _numbers(n_people),
        "liked": _numbers(FIRST_ROOM),
        "reported": _numbers(FIRST_ROOM),
        "seen": _numbers(FIRST_ROOM, 3),
        "ranks": np.zeros(world.parameters.reading.feed_length),
        "ranking": _numbers(world.parameters.reading.feed_length),
        "reactions": np.zeros(FIRST_ROOM, dtype=DRAFT),
        "own": np.zeros(FIRST_ROOM, dtype=DRAFT),
        "adoptions": np.zeros((FIRST_ROOM, 4), dtype=np.int64),
        "at_risk": np.zeros((EXPOSURES_KEPT + 1, 2), dtype=np.int64),
        "actions": empty_actions(FIRST_ROOM),
        "notes": chained(np.zeros(FIRST_ROOM, dtype=NOTE), 0),
        "log": _numbers(1, 6),
        "mine": mine,
    }


def _posts_expected(world: World) -> int:
    """Posts that the window may have to hold: room is reserved, not used, so this is generous."""
    days = min(world.parameters.reading.live_days + 1.0, float(world.parameters.total_steps))
    return int(2.2 * days * world.population.posting_rate.sum())


def _numbers(*shape: int) -> NDArray[np.int32]:
    """Zeros."""
    return np.zeros(shape, dtype=np.int32)


def arcs_of(graph: FollowerGraph, dtype: np.dtype[Any]) -> Records:
    """ARC [E]: nobody has been counted yet."""
    arcs = np.zeros(graph.n_arcs, dtype=dtype)
    arcs["mutual"] = graph.reciprocal
    return arcs
