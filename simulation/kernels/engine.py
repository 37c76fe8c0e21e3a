"""The engine `kernels`: the step of `schedule.py` as compiled loops over arrays.

Same rules, same draws, same order as the engine `agents`, therefore the same events. Python here only grows arrays,
keeps the desk and answers questions; what a person does is in the loops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulation import draws, rules
from simulation.desk import Desk, Subject
from simulation.draws import Decision
from simulation.environment import Surroundings
from simulation.graph import FollowerGraph
from simulation.kernels import living
from simulation.kernels.actions import rehash
from simulation.kernels.believing import adopt
from simulation.kernels.delivering import publish_late
from simulation.kernels.settings import settings_of
from simulation.kernels.state import (
    ACTIONS_LEFT,
    ARC,
    BASE,
    BEGIN,
    FREE_NOTE,
    LONG_AGO,
    N_ADOPTIONS,
    N_COUNTERS,
    N_FLAGGED,
    N_LIKED,
    NONE,
    NOTE,
    NOTES_LEFT,
    STRANGER,
    USED,
    Records,
    State,
    chained,
    empty_actions,
    grown,
    people_of,
    posts_with_room,
)
from simulation.kernels.visiting import ROOM_TO_WRITE, advance
from simulation.kernels.window import Archive, compact
from simulation.levers import Levers
from simulation.posts import Kind, Posts, PostState, Violation
from simulation.world import COUNTERS, EXPOSURES_KEPT, MAX_TAGS, VIOLATIONS, Adoption, Case, DeskSettings, Tag, World

_LETS_STAND = {"label": PostState.LABELLED, "clear": PostState.VISIBLE}
FIRST_ROOM = 4096
"""Room for posts, actions and notes at the start; it doubles when needed."""


def _empty_state(world: World) -> State:
    """The state on the first step of the warm-up."""
    graph, reading, n_agents = world.graph, world.parameters.reading, world.n_agents
    clocks, clock = np.unique(world.population.clock, return_inverse=True)
    ring = 1 << (reading.feed_length - 1).bit_length()

    def steps(*shape: int) -> NDArray[np.int32]:
        return np.full(shape, LONG_AGO, dtype=np.int32)

    def numbers(*shape: int) -> NDArray[np.int32]:
        return np.zeros(shape, dtype=np.int32)

    counters = np.zeros(N_COUNTERS, dtype=np.int64)
    counters[ACTIONS_LEFT] = _most_actions(FIRST_ROOM)
    counters[NOTES_LEFT] = FIRST_ROOM
    return State(
        people=people_of(world.population),
        rate=world.population.session_rate.copy(),
        clock=clock.astype(np.int8),
        clocks=clocks,
        rhythm=np.zeros(len(clocks)),
        luck=np.zeros((4, n_agents), dtype=np.uint32),
        followed_offsets=graph.followed_offsets,
        followed=graph.followed,
        follower_offsets=graph.follower_offsets,
        followers=graph.followers,
        arcs=_arcs(graph),
        strangers=np.zeros((n_agents, reading.strangers_remembered), dtype=STRANGER),
        feed=numbers(n_agents, ring),
        delivered=numbers(n_agents),
        exposures=numbers(n_agents, 0),
        stream_read=numbers(n_agents, 0),
        tag_viewed=steps(n_agents, 0),
        tag_open=np.zeros(0, dtype=np.bool_),
        tag_specialty=numbers(0),
        stream=numbers(0, 64),
        stream_length=numbers(0),
        posts=posts_with_room(FIRST_ROOM),
        actions=empty_actions(FIRST_ROOM),
        notes=chained(np.zeros(FIRST_ROOM, dtype=NOTE), 0),
        online=numbers(n_agents),
        liked=numbers(FIRST_ROOM),
        flagged=numbers(FIRST_ROOM),
        seen=numbers(FIRST_ROOM, 2),
        adoptions=np.zeros((FIRST_ROOM, 4), dtype=np.int64),
        at_risk=np.zeros((EXPOSURES_KEPT + 1, 2), dtype=np.int64),
        counters=counters,
    )


def _most_actions(room: int) -> int:
    """How many entries a table of actions may hold before it must grow."""
    return room * 3 // 5


def _arcs(graph: FollowerGraph) -> Records:
    """ARC [E]: nobody has been counted yet."""
    arcs = np.zeros(graph.n_arcs, dtype=ARC)
    arcs["counted"] = arcs["disclosed"] = LONG_AGO
    arcs["mutual"] = graph.reciprocal
    return arcs


class KernelsEngine(Surroundings):
    """Arrays, and the desk; writes nothing but its own attributes. Measured with 1,000 to 100,000 people."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world
        self.step = 0
        self.tags: list[Tag] = []
        self.cases: list[Case] = []
        self.explains_removals = False
        self._days_per_step = 1.0 / world.parameters.steps_per_day
        self.desk = Desk(world.seed, self._days_per_step)
        self._settings = settings_of(world)
        self.state = _empty_state(world)
        for name in ("ranked", "hierarchy", "ranked_mutual"):
            self.state.people[name] = getattr(world.parameters.reading, name)
        living.begin(self.state, self._settings[0])
        self.levers = Levers(self)
        self._archive = Archive()

    # --- stages ---------------------------------------------------------------------------------------------------

    def moderate(self) -> None:
        """Stage 2: what the desk decided before now takes effect."""
        for subject, case in self.desk.decisions(self.step * self._days_per_step, self.step):
            place = subject.row - self.state.counters[BASE]
            views = int(self.state.posts[place]["views"]) if place >= 0 else self._archive.views(subject.row)
            self.cases.append(case._replace(views=views))
            self._enforce(subject, case)

    def read(self) -> None:
        """Stages 3 to 7 in one call: nobody meets within a step, and each call into compiled code has its price."""
        while not self._advance():
            self._make_room()

    def _advance(self) -> bool:
        """Go on with the step as far as there is room."""
        holds = self.desk.holds_tagged
        return advance(self.state, self.step, self.explains_removals, holds, self._settings[0])

    def believe(self) -> None:
        """Stage 4 is done."""

    def react(self) -> None:
        """Stage 5 is done."""

    def write(self) -> None:
        """Stage 6 is done."""

    def deliver(self) -> None:
        """Stage 7 is done, but for the desk, which is told of what is held, reported or to be scanned."""
        self._tell_desk()

    def live(self) -> None:
        """Stage 8: at the end of a day everybody lives through it, and posts too old to be read are put away."""
        per_day = self.world.parameters.steps_per_day
        if (self.step + 1) % per_day:
            return
        days_run = self.step // per_day
        mean_distress = float(np.mean(self.column("distress")))
        day = days_run - self.world.parameters.warmup_days
        living.live(self.state, day, days_run, self.step, mean_distress, self._settings[0])
        if compact(self.state, self._archive, self.step, int(self._settings[0]["live_steps"])):
            self._rebuild_actions(len(self.state.actions))

    # --- what interventions and outcomes ask ----------------------------------------------------------------------

    @property
    def adoptions(self) -> list[Adoption]:
        """Every adoption so far."""
        rows = self.state.adoptions[: self.state.counters[N_ADOPTIONS]].tolist()
        return [Adoption(*row) for row in rows]

    @property
    def exposures(self) -> NDArray[np.int64]:
        """People at risk and adoptions among them, by number of distinct tagging authors seen."""
        return self.state.at_risk

    def column(self, name: str) -> NDArray[Any]:
        """A copy of a column [N] of `STATE` or `COUNTERS`."""
        if name in _COMPUTED:
            return _COMPUTED[name](self)
        if name in COUNTERS[1:]:
            return self.state.people["harmful"][:, VIOLATIONS[COUNTERS.index(name) - 1]].astype(np.int64)
        values = np.ascontiguousarray(self.state.people[name])
        return values.astype(np.int64) if values.dtype == np.int32 else values.copy()

    def cell(self, name: str, row: int) -> Any:  # noqa: ANN401 - columns have several types
        """One entry of a column of state, or of any field of a person's record."""
        if name == "believed":
            return living.believed_by(self.state, row, self._settings[0])
        if name == "struggler":
            return bool(self.state.people[row]["distress"] > self.world.parameters.distress.cut)
        return self.state.people[row][name].item()

    def assign(self, name: str, agents: NDArray[np.int64], value: ArrayLike) -> None:
        """Set a column for some agents: one value, or one for each."""
        self.state.people[name][agents] = value
        if name == "session_rate":
            self.state.rate[agents] = value

    def post_column(self, name: str) -> NDArray[Any]:
        """A column [P] of `Posts`, for every post so far."""
        return self._archive.column(name, self.state.posts[: self.state.counters[USED]])

    def threads(self) -> Posts:
        """Every struggle so far and every reply to one."""
        return self._archive.threads(self.state)

    def open_tag(self, tag: Tag) -> int:
        """Begin a support tag and return its number."""
        number = len(self.tags)
        if number >= MAX_TAGS:
            raise ValueError(f"no more than {MAX_TAGS} support tags in one run")
        self.tags.append(tag)
        state, n_agents = self.state, self.world.n_agents
        column = np.zeros((n_agents, 1), dtype=np.int32)
        specialty = NONE if tag.specialty is None else tag.specialty
        self.state = state._replace(
            exposures=np.hstack([state.exposures, column]),
            stream_read=np.hstack([state.stream_read, column]),
            tag_viewed=np.hstack([state.tag_viewed, column + LONG_AGO]),
            tag_open=np.append(state.tag_open, True),
            tag_specialty=np.append(state.tag_specialty, np.int32(specialty)),
            stream=np.vstack([state.stream, np.zeros((1, state.stream.shape[1]), dtype=np.int32)]),
            stream_length=np.append(state.stream_length, np.int32(0)),
        )
        return number

    def close_tag(self, number: int) -> None:
        """End a tag: nobody uses, reads or adopts it from now on."""
        self.state.tag_open[number] = False
        self.state.people["adopted"] &= ~np.int32(1 << number)

    def adopt(self, number: int, agents: NDArray[np.int64]) -> None:
        """Make some agents adopt a tag now, as its seeds."""
        self._grow("adoptions", int(self.state.counters[N_ADOPTIONS]) + len(agents))
        for agent in agents.tolist():
            adopt(self.state, self.state.people[agent], agent, number, 0, self.step)

    def set_desk(self, settings: DeskSettings | None) -> None:
        """Put moderation under new rules from now on, or end it."""
        self.desk.set(settings, self.step * self._days_per_step)
        self.explains_removals = settings is not None and settings.explanation

    # --- how things come about ------------------------------------------------------------------------------------

    def _tell_desk(self) -> None:
        """Held and reported posts come before the desk; new ones that break a rule or are struggles are scanned."""
        state, desk = self.state, self.desk
        if desk.settings is None:
            return
        base, used = int(state.counters[BASE]), int(state.counters[USED])
        new = state.posts[int(state.counters[BEGIN]) : used]
        held = new["state"] == PostState.HELD
        overseen = state.people["overseen"]
        suspect = (new["kind"] == Kind.STRUGGLE) | (new["violation"] != Violation.NONE)
        suspect &= overseen[new["author"]]
        for place in np.flatnonzero(held | suspect).tolist():
            subject = _subject(new[place])
            if held[place]:
                desk.receive(subject, self.step)
            if desk.detects and suspect[place]:
                desk.detect(subject, self.step)
        if desk.reports_needed is not None:
            for row in state.flagged[: state.counters[N_FLAGGED]].tolist():
                post = state.posts[row - base]
                if post["reports"] >= desk.reports_needed and overseen[post["author"]]:
                    desk.receive(_subject(post), self.step)

    def _enforce(self, subject: Subject, case: Case) -> None:
        """A decision takes effect."""
        place = subject.row - int(self.state.counters[BASE])
        if case.decision == "remove":
            self._remove(place, subject, case)
        elif place >= 0:
            post = self.state.posts[place]
            was_held = post["state"] == PostState.HELD
            post["state"] = _LETS_STAND[case.decision]
            if was_held:
                self._grow("stream", int(self.state.stream_length.max(initial=0)) + 1, axis=1)
                publish_late(self.state, place, self.step)
        else:
            self._archive.set_state(subject.row, _LETS_STAND[case.decision])

    def _remove(self, place: int, subject: Subject, case: Case) -> None:
        """A post goes; a removed struggle may chill its author."""
        if place >= 0:
            post = self.state.posts[place]
            post["state"] = PostState.REMOVED
            post["removed_step"] = self.step
            if post["root"] != post["row"] and post["root"] >= self.state.counters[BASE]:
                self.state.posts[int(post["root"] - self.state.counters[BASE])]["visible_replies"] -= 1
        else:
            self._archive.set_state(subject.row, PostState.REMOVED, self.step)
        if subject.struggle:
            self._chill(subject, case.correct)

    def _chill(self, subject: Subject, correct: bool) -> None:
        """The author of a removed struggle may dare less, for a while."""
        moderation = self.world.parameters.moderation
        luck = draws.uniform(self.world.seed, Decision.ACCEPTANCE, subject.author, subject.key)
        if correct and luck < moderation.accepting_share:
            return
        relief = moderation.explanation_relief if self.explains_removals else 1.0
        me = self.state.people[subject.author]
        me["willingness"] = rules.willingness_after_removal(
            float(me["willingness"]), moderation.chilling * relief, moderation.willingness_minimum
        )

    def _grow(self, name: str, room: int, axis: int = 0) -> None:
        """Make room for at least `room` entries in an array of the state."""
        array = getattr(self.state, name)
        if array.shape[axis] < room:
            self.state = self.state._replace(**{name: grown(array, room, axis)})

    def _grow_posts(self, room: int) -> None:
        """Make room for at least so many posts in the window."""
        posts = self.state.posts
        if len(posts) < room:
            larger = posts_with_room(max(room, 2 * len(posts)))
            larger[: len(posts)] = posts
            self.state = self.state._replace(posts=larger)
            self._grow("flagged", len(larger))

    def _make_room(self) -> None:
        """Enlarge whatever the rest of the step may find too small."""
        state, tags = self.state, len(self.tags)
        unread = int((state.stream_length - state.stream_read).sum(axis=1).max()) if tags else 0
        most = 3 * (state.feed.shape[1] + unread) + ROOM_TO_WRITE
        self._grow_posts(int(state.counters[USED]) + most)
        self._grow("liked", int(state.counters[N_LIKED]) + most)
        self._grow("adoptions", int(state.counters[N_ADOPTIONS]) + most)
        self._grow("seen", most)
        while self.state.counters[ACTIONS_LEFT] < most:
            self._rebuild_actions(2 * len(self.state.actions))
        new = int(state.counters[USED] - state.counters[BEGIN])
        self._grow_notes(new + int(state.counters[N_LIKED]))
        if tags:
            self._grow("stream", int(state.stream_length.max()) + new, axis=1)

    def _rebuild_actions(self, room: int) -> None:
        """Enter the actions on posts of the window into a fresh table."""
        table, counters = empty_actions(room), self.state.counters
        counters[ACTIONS_LEFT] = _most_actions(room) - rehash(self.state.actions, table, int(counters[BASE]))
        self.state = self.state._replace(actions=table)

    def _grow_notes(self, needed: int) -> None:
        """Make sure that so many notes are free; new ones go in front of those that are free already."""
        notes, counters = self.state.notes, self.state.counters
        if counters[NOTES_LEFT] >= needed:
            return
        size = len(notes)
        larger = chained(grown(notes, size + needed), size, int(counters[FREE_NOTE]) if counters[NOTES_LEFT] else NONE)
        counters[FREE_NOTE] = size
        counters[NOTES_LEFT] += len(larger) - size
        self.state = self.state._replace(notes=larger)


def _subject(post: np.void) -> Subject:
    """What the desk knows of a post."""
    struggle = bool(post["kind"] == Kind.STRUGGLE)
    return Subject(int(post["row"]), int(post["key"]), int(post["author"]), int(post["violation"]), struggle)


def _believed(engine: KernelsEngine) -> NDArray[Any]:
    """n [N]."""
    out = np.empty(engine.world.n_agents)
    living.believed_of_all(engine.state, out, engine._settings[0])
    return out


def _struggler(engine: KernelsEngine) -> NDArray[Any]:
    """x [N]."""
    return np.asarray(engine.state.people["distress"] > engine.world.parameters.distress.cut)


_COMPUTED: dict[str, Callable[[KernelsEngine], NDArray[Any]]] = {"believed": _believed, "struggler": _struggler}
"""Columns that follow from others."""
