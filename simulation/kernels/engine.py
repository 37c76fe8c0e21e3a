"""The engine `kernels`: the step of `schedule.py` as compiled loops over arrays.

Same rules, same draws, same order as the engine `agents`, therefore the same events. Python here only keeps the desk
and answers questions; what a person does is in the loops.

Steps are computed when somebody looks. The stages of a step only note that it is due; whoever asks for anything makes
the engine catch up, many steps in one call into compiled code, because each such call costs as much as the visits of
dozens of people. Nobody can tell the difference, but for the time it takes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulation import draws, rules
from simulation.desk import Desk, Subject
from simulation.draws import Decision
from simulation.environment import Rewiring, Surroundings, Written
from simulation.events import LOGGED
from simulation.graph import FollowerGraph
from simulation.kernels import living
from simulation.kernels.believing import adopt, forget, make_followed
from simulation.kernels.blocks import Blocks, arcs_of
from simulation.kernels.delivering import enter_late
from simulation.kernels.recording import REACTIONS, VIEWS, taken_out
from simulation.kernels.settings import settings_of
from simulation.kernels.state import (
    BASE,
    CHAT,
    LOGS,
    LONG_AGO,
    N_ADOPTIONS,
    N_FLAGGED,
    N_LOG,
    N_SUSPECTS,
    N_THREADS,
    NONE,
    USED,
    State,
)
from simulation.kernels.window import Archive, compact
from simulation.kernels.writing import prompt
from simulation.levers import Levers
from simulation.posts import Kind, Posts, PostState, steps_of
from simulation.world import (
    COUNTED_APART,
    MAX_TAGS,
    Adoption,
    Case,
    DeskEvent,
    DeskSettings,
    Fix,
    Occasion,
    Tag,
    Tie,
    Waiting,
    World,
)

_LETS_STAND = {"label": PostState.LABELLED, "clear": PostState.VISIBLE}


class KernelsEngine(Surroundings):
    """Arrays, and the desk; writes nothing but its own attributes. Measured with 1,000 to 100,000 people."""

    def __init__(self, world: World, *, threads: int = 1, keep_posts: bool = True) -> None:
        super().__init__(world)
        self.world = world
        self.step = 0
        self.tags: list[Tag] = []
        self.explains_removals = False
        self._cases: list[Case] = []
        self._log: dict[str, list[NDArray[np.int64]]] = {table: [] for table in LOGGED}
        self.shown: dict[tuple[int, int], int] = {}
        self._days_per_step = 1.0 / world.parameters.steps_per_day
        self._due = 0
        self._done = 0
        self.desk = Desk(world.seed, self._days_per_step)
        self._settings = settings_of(world)
        self._blocks = Blocks(world, threads)
        self._clock = self._blocks.first.clock.copy()
        living.begin(self._blocks.first, self._settings[0])
        self.levers = Levers(self)
        self._archive = Archive(keep_posts)

    # --- stages ---------------------------------------------------------------------------------------------------

    def moderate(self) -> None:
        """Stage 2 is done when the step is."""

    def read(self) -> None:
        """Stage 3 is done when the step is."""

    def believe(self) -> None:
        """Stage 4 is done when the step is."""

    def react(self) -> None:
        """Stage 5 is done when the step is."""

    def write(self) -> None:
        """Stage 6 is done when the step is."""

    def deliver(self) -> None:
        """Stage 7 is done when the step is."""

    def live(self) -> None:
        """Stage 8, the last of the engine: from now on the step is due."""
        self._due = self.step + 1

    def pass_over(self, steps: int) -> None:
        """Some steps, none of them the last of a day, are due; nobody looks in between."""
        self.step += steps
        self._due = self.step

    def _catch_up(self) -> None:
        """Do every step that is due; a day ends where its last step does."""
        per_day = self.world.parameters.steps_per_day
        while self._done < self._due:
            self._run(min(self._due, (self._done // per_day + 1) * per_day))
            if self._done % per_day == 0:
                self._end_day(self._done - 1, self._done // per_day - 1)

    def _run(self, last: int) -> None:
        """Stages 2 to 7 of the steps before `last`."""
        while self._done < last:
            self._moderate(self._done)
            stop = min(last, self._next_decision())
            desk = self.desk
            watched = desk.detects or desk.holds_tagged or desk.reports_needed is not None
            self._done = self._blocks.run(
                self._done, stop, self.explains_removals, desk.holds_tagged, watched, self._settings[0]
            )
            if watched:
                self._tell_desk(self._done - 1)

    def _next_decision(self) -> int:
        """The first step after this one in which a decision of the desk may take effect, or an earlier one."""
        time = self.desk.next_time
        return 2**31 if time is None else max(self._done + 1, int(time / self._days_per_step))

    def _moderate(self, step: int) -> None:
        """Stage 2: what the desk decided before now takes effect."""
        state = self._blocks.first
        for subject, case in self.desk.decisions(step * self._days_per_step, step):
            place = subject.row - int(state.counters[BASE])
            views = int(state.views[place]) if place >= 0 else self._archive.views(subject.row)
            self._cases.append(case._replace(views=views))
            self._enforce(subject, case, step)

    def _end_day(self, step: int, days_run: int) -> None:
        """Stage 8: everybody lives through the end of a day, and posts too old to be read are put away."""
        state = self._blocks.first
        mean_distress = float(np.mean(np.ascontiguousarray(state.people["distress"])))
        day = days_run - self.world.parameters.warmup_days
        self._blocks.live(day, days_run, step, mean_distress, self._settings[0])
        self._take_out_log()
        if self.surroundings_may_change:
            self._change_surroundings(days_run, step)
        self._blocks.look_after_counters()
        compact(state, self._archive, step, int(self._settings[0]["live_steps"]))

    # --- surroundings ---------------------------------------------------------------------------------------------

    @property
    def graph(self) -> FollowerGraph:
        """Who follows whom now."""
        self._catch_up()
        return super().graph

    @property
    def ties(self) -> list[Tie]:
        """Every change of the graph so far."""
        self._catch_up()
        return super().ties

    @property
    def fixes(self) -> list[Fix]:
        """Everything that institutions mended so far."""
        self._catch_up()
        return super().fixes

    def _change_surroundings(self, days_run: int, step: int) -> None:
        """At the end of a day institutions may mend something, and people follow and unfollow."""
        change = self.change_surroundings(self._written(step), days_run, step)
        self._blocks.first.relief[:] = self.institution.relief
        if change is not None:
            self._remember_ties(change)

    def _written(self, step: int) -> Written:
        """The posts of the day that ends with a step."""
        state = self._blocks.first
        posts = state.posts[: state.counters[USED]]
        posts = posts[steps_of(posts["key"]) > step - self.world.parameters.steps_per_day]
        root_author = state.posts["author"][posts["root"] - state.counters[BASE]].astype(np.int64)
        key, author, kind, tag = (posts[name].astype(np.int64) for name in ("key", "author", "kind", "tag"))
        return Written(key, author, kind, tag, root_author, posts["state"] != PostState.REMOVED)

    def _remember_ties(self, change: Rewiring) -> None:
        """Who was followed is remembered as a stranger from now on, and the reverse."""
        before = self._blocks.first
        graph, arcs = change.graph, arcs_of(change.graph, before.arcs.dtype)
        kept = change.kept >= 0
        for name in ("counted", "disclosed", "tags"):
            arcs[name][kept] = before.arcs[name][change.kept[kept]]
        for follower, followed in change.removed.tolist():
            forget(before, follower, followed)
        self._blocks.share(
            arcs=arcs,
            followed_offsets=graph.followed_offsets,
            followed=graph.followed,
            follower_offsets=graph.follower_offsets,
            followers=graph.followers,
        )
        for follower, followed in change.added.tolist():
            make_followed(self._blocks.first, follower, followed)

    # --- what interventions and outcomes ask ----------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The arrays of the first block, and those that all share, as they are after the last step."""
        self._catch_up()
        return self._blocks.first

    @property
    def cases(self) -> list[Case]:
        """Every decision of the desk so far."""
        self._catch_up()
        return self._cases

    @property
    def adoptions(self) -> list[Adoption]:
        """Every adoption so far."""
        self._catch_up()
        parts = [state.adoptions[: state.mine[N_ADOPTIONS]] for state in self._blocks.states]
        rows = np.concatenate(parts)
        return [Adoption(*row) for row in rows[np.argsort(rows[:, 0], kind="stable")].tolist()]

    @property
    def exposures(self) -> NDArray[np.int64]:
        """People at risk and adoptions among them, by number of distinct tagging authors seen."""
        self._catch_up()
        return np.sum([state.at_risk for state in self._blocks.states], axis=0)

    def column(self, name: str) -> NDArray[Any]:
        """A copy of a column [N] of `STATE` or `COUNTERS`."""
        if name in _COMPUTED:
            return _COMPUTED[name](self)
        if name in COUNTED_APART:
            row, place = COUNTED_APART[name]
            return self.state.people[row][:, place].astype(np.int64)
        values = self.state.people[name]
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
        state = self.state
        state.people[name][agents] = value
        if name in ("session_rate", "chat"):
            self._set_pace(agents)

    def post_column(self, name: str) -> NDArray[Any]:
        """A column [P] of `Posts`, for every post so far."""
        return self._archive.column(name, self.state)

    def threads(self) -> Posts:
        """Every struggle so far and every reply to one."""
        return self._archive.threads(self.state)

    def log_events(self, tables: frozenset[str]) -> None:
        """Write down events from now on."""
        self._catch_up()
        bits = (VIEWS if "views" in tables else 0) | (REACTIONS if "reactions" in tables else 0)
        for state in self._blocks.states:
            state.mine[LOGS] = bits
        self.desk.log = [] if "desk_events" in tables else None

    def logged(self, table: str) -> NDArray[np.int64]:
        """Rows of a log since they were last asked for."""
        self._catch_up()
        self._take_out_log()
        rows, self._log[table] = self._log[table], []
        return np.concatenate([np.zeros((0, LOGGED[table]), dtype=np.int64), *rows])

    def desk_log(self) -> list[DeskEvent]:
        """What the desk did since it was last asked."""
        self._catch_up()
        return self.desk.drained()

    def remembered(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Flags [E]: who is followed has been counted in the memory window, and has been counted as disclosing."""
        arcs = self.state.arcs
        now = self.step + 1  # a step is remembered as what comes one after its window: `believing.met`
        return arcs["counted"] > now, arcs["disclosed"] > now

    def _take_out_log(self) -> None:
        """Take what the blocks have written down out of their logs, while its posts are in the window."""
        for state in self._blocks.states:
            if state.mine[N_LOG]:
                for table, rows in taken_out(state).items():
                    self._log[table].append(rows)

    def open_tag(self, tag: Tag) -> int:
        """Begin a support tag and return its number."""
        number = len(self.tags)
        if number >= MAX_TAGS:
            raise ValueError(f"no more than {MAX_TAGS} support tags in one run")
        state, n_agents = self.state, self.world.n_agents
        self.tags.append(tag)
        column = np.zeros((n_agents, 1), dtype=np.int32)
        specialty = NONE if tag.specialty is None else tag.specialty
        self._blocks.share(
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
        state = self.state
        state.tag_open[number] = False
        state.people["adopted"] &= ~np.int32(1 << number)

    def adopt(self, number: int, agents: NDArray[np.int64]) -> None:
        """Make some agents adopt a tag now, as its seeds."""
        self._catch_up()
        self._blocks.make_room_for_adoptions(len(agents))
        state = self._blocks.first
        for agent in agents.tolist():
            adopt(state, state.people[agent], agent, number, 0, self.step)

    def is_open(self, number: int) -> bool:
        """Whether a tag is in use."""
        return bool(self.state.tag_open[number])

    def begin_chat(self, occasion: Occasion) -> None:
        """From now on those who came to a chat take part in it."""
        chat = np.array([(occasion.purpose, occasion.step, occasion.tag)], dtype=CHAT)
        self._blocks.share(chats=np.concatenate([self.state.chats, chat]))
        self.assign("chat", occasion.agents, len(self.occasions))
        self.occasions.append(occasion)

    def end_chat(self, number: int) -> None:
        """A chat is over."""
        self.assign("chat", self.occasions[number].agents, NONE)

    def _set_pace(self, agents: NDArray[np.int64]) -> None:
        """How often people come online: at their own rate and by their own clock, or as one does in a chat."""
        state = self._blocks.first
        chats = state.people["chat"][agents] != NONE
        in_chat = self.world.parameters.chat.sessions_per_hour * 24.0
        state.rate[agents] = np.where(chats, in_chat, state.people["session_rate"][agents])
        state.clock[agents] = np.where(chats, len(state.clocks), self._clock[agents])

    def prompt(self, agent: int, kind: Kind, tag: int) -> bool:
        """Let somebody write a post in this step, before anybody else does."""
        self._catch_up()
        self._blocks.make_room_for_prompts()
        return prompt(self._blocks.first, agent, int(kind), tag, self.step, self._settings[0])

    def unanswered(self, until: int) -> Waiting:
        """Public struggles that can be read, could be in step `until`, and have no visible reply."""
        state = self.state
        rows = state.threads[: state.counters[N_THREADS]].astype(np.int64)
        rows = rows[np.searchsorted(rows, state.counters[BASE]) :]
        posts = state.posts[rows - state.counters[BASE]]
        visible = posts["visible_step"]
        chosen = (posts["kind"] == Kind.STRUGGLE) & (visible >= 0) & (visible <= until)
        chosen &= (self.step - visible < self._settings[0]["live_steps"]) & (posts["visible_replies"] == 0)
        chosen &= ((posts["state"] == PostState.VISIBLE) | (posts["state"] == PostState.LABELLED)) & ~posts["protected"]
        return Waiting(rows[chosen], *(posts[name][chosen].astype(np.int64) for name in ("key", "author")))

    def show(self, row: int, agents: NDArray[np.int64]) -> None:
        """Put a post at the top of some people's feeds."""
        post = self.state.posts[row - self.state.counters[BASE]]
        self.shown |= {(agent, int(post["key"])): self.step for agent in agents.tolist()}
        self._blocks.show(row, agents)

    def set_desk(self, settings: DeskSettings | None) -> None:
        """Put moderation under new rules from now on, or end it."""
        self._catch_up()
        self.desk.set(settings, self.step * self._days_per_step)
        self.explains_removals = settings is not None and settings.explanation

    # --- how things come about ------------------------------------------------------------------------------------

    def _tell_desk(self, step: int) -> None:
        """Held and reported posts come before the desk; new ones that break a rule or are struggles are scanned."""
        state, desk = self._blocks.first, self.desk
        for row in state.suspects[: state.counters[N_SUSPECTS]].tolist():
            subject, held = self._subject(row)
            if held:
                desk.receive(subject, step, "held")
            if desk.detects and (subject.struggle or subject.guilty):
                desk.detect(subject, step)
        if desk.reports_needed is not None:
            for row in state.flagged[: state.counters[N_FLAGGED]].tolist():
                place = row - state.counters[BASE]
                overseen = state.people[state.posts[place]["author"]]["overseen"]
                if state.reports[place] >= desk.reports_needed and overseen:
                    desk.receive(self._subject(row)[0], step)

    def _subject(self, row: int) -> tuple[Subject, bool]:
        """What the desk knows of a post of the window, and whether it is held."""
        state = self._blocks.first
        post = state.posts[row - state.counters[BASE]]
        struggle = bool(post["kind"] == Kind.STRUGGLE)
        subject = Subject(row, int(post["key"]), int(post["author"]), int(post["violation"]), struggle)
        return subject, bool(post["state"] == PostState.HELD)

    def _enforce(self, subject: Subject, case: Case, step: int) -> None:
        """A decision takes effect."""
        state = self._blocks.first
        place = subject.row - int(state.counters[BASE])
        if case.decision == "remove":
            self._remove(place, subject, case, step)
        elif place >= 0:
            post = state.posts[place]
            was_held = post["state"] == PostState.HELD
            post["state"] = _LETS_STAND[case.decision]
            if was_held:
                post["visible_step"] = step
                self._blocks.push_late(subject.row, subject.author)
                self._blocks.make_room_in_streams(1)
                enter_late(self._blocks.first, place)
        else:
            self._archive.set_state(subject.row, _LETS_STAND[case.decision])

    def _remove(self, place: int, subject: Subject, case: Case, step: int) -> None:
        """A post goes; a removed struggle may chill its author."""
        state = self._blocks.first
        if place >= 0:
            post = state.posts[place]
            post["state"] = PostState.REMOVED
            post["removed_step"] = step
            if post["root"] != subject.row and post["root"] >= state.counters[BASE]:
                state.posts[int(post["root"] - state.counters[BASE])]["visible_replies"] -= 1
        else:
            self._archive.set_state(subject.row, PostState.REMOVED, step)
        if subject.struggle:
            self._chill(subject, case.correct)

    def _chill(self, subject: Subject, correct: bool) -> None:
        """The author of a removed struggle may dare less, for a while."""
        moderation = self.world.parameters.moderation
        luck = draws.uniform(self.world.seed, Decision.ACCEPTANCE, subject.author, subject.key)
        if correct and luck < moderation.accepting_share:
            return
        relief = moderation.explanation_relief if self.desk.explains else 1.0
        me = self._blocks.first.people[subject.author]
        me["willingness"] = rules.willingness_after_removal(
            float(me["willingness"]), moderation.chilling * relief, moderation.willingness_minimum
        )


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
