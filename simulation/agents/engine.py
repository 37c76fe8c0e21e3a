"""The engine `agents`: the step of `schedule.py` done by Mesa agents, one after the other."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulation import draws, rules
from simulation.agents.person import Answer, AnyModel, Person
from simulation.agents.post import Post, column_of, selected
from simulation.desk import Desk
from simulation.draws import Decision
from simulation.environment import Rewiring, Surroundings, Written
from simulation.events import LOGGED, Reaction, Via
from simulation.levers import Levers
from simulation.posts import (
    FIRST_REACTION,
    OWN_SLOTS,
    PROMPT_SLOTS,
    REACTION_SLOTS,
    Kind,
    Posts,
    PostState,
    Violation,
    post_key,
    reaction_slot,
)
from simulation.world import (
    COUNTED_APART,
    EXPOSURES_KEPT,
    MAX_TAGS,
    STATE,
    Adoption,
    Case,
    DeskEvent,
    DeskSettings,
    Occasion,
    Tag,
    Waiting,
    World,
)


class DailyShares(NamedTuple):
    """What a day leaves of each fading quantity."""

    evidence: float
    stigma: float
    perceived: float
    fear: float
    encouragement: float
    harm: float
    willingness: float
    state: float
    adoption: float


class AgentsEngine(Surroundings):
    """People, posts, streams and the desk; writes nothing but its own attributes and its people.

    Fit for a few thousand people: plain Python that is meant to be read, subclassed and taught from.
    """

    def __init__(self, model: AnyModel, world: World, agent_class: type[Person] = Person) -> None:
        super().__init__(world)
        self.world = world
        self.settings = world.parameters
        self.step = 0
        self.tags: list[Tag] = []
        self.open_tags: list[int] = []
        self.streams: list[list[int]] = []
        self.adoptions: list[Adoption] = []
        self.exposures: NDArray[np.int64] = np.zeros((EXPOSURES_KEPT + 1, 2), dtype=np.int64)
        self.cases: list[Case] = []
        self.posts_list: list[Post] = []
        self._first_of_day = 0
        self._threads: list[Post] = []
        self._days_per_step = 1.0 / self.settings.steps_per_day
        self.desk = Desk(world.seed, self._days_per_step)
        self.explains_removals = False
        self._log: dict[str, list[tuple[int, ...]]] = {}
        self.shown: dict[tuple[int, int], int] = {}
        self.live_steps = round(self.settings.reading.live_days * self.settings.steps_per_day)
        self.kept = self._daily_shares()
        self._rhythm: dict[float, float] = {}
        self._begin_step()
        self.people: list[Person] = []
        self.people.extend(agent_class(model, self, row) for row in range(world.n_agents))
        self.levers = Levers(self)

    def _daily_shares(self) -> DailyShares:
        """What a day leaves, from the half-lives in the settings."""
        settings = self.settings
        half_lives = (
            settings.beliefs.evidence_half_life,
            settings.beliefs.stigma_half_life,
            settings.beliefs.perceived_half_life,
            settings.beliefs.fear_half_life,
            settings.support.half_life,
            settings.support.harm_half_life,
            settings.moderation.willingness_half_life,
            settings.distress.state_half_life,
            settings.adoption.abandon_half_life,
        )
        return DailyShares(*(rules.kept(half_life, 1.0) for half_life in half_lives))

    def _begin_step(self) -> None:
        """Nothing is under way."""
        self._online: list[Person] = []
        self._new: list[Post] = []
        self._likes: list[int] = []
        self._reports: list[int] = []
        self._prompts: dict[int, int] = {}
        self._rhythm.clear()

    # --- stages ---------------------------------------------------------------------------------------------------

    def moderate(self) -> None:
        """Stage 2: what the desk decided before now takes effect."""
        for subject, case in self.desk.decisions(self.step * self._days_per_step, self.step):
            self.cases.append(case._replace(views=self.posts_list[subject.row].views))
            self._enforce(case)

    def read(self) -> None:
        """Stage 3: who comes online reads."""
        luck = draws.uniforms_of_step(self.world.seed, Decision.SESSION, len(self.people), self.step).tolist()
        self._online = [person for person, u in zip(self.people, luck, strict=True) if person.come_online(u)]
        for person in self._online:
            person.read()

    def believe(self) -> None:
        """Stage 4."""
        for person in self._online:
            person.believe()

    def react(self) -> None:
        """Stage 5."""
        for person in self._online:
            person.react()

    def write(self) -> None:
        """Stage 6."""
        for person in self._online:
            person.write()

    def deliver(self) -> None:
        """Stage 7: posts to followers and streams, answers to authors, reports to the desk."""
        for row in self._likes:
            self._deliver_like(self.posts_list[row])
        before = [len(stream) for stream in self.streams]
        for post in self._new:
            self._deliver(post)
        for stream, length in zip(self.streams, before, strict=True):
            stream[length:] = sorted(stream[length:], key=self._stream_place)
        for row in self._reports:
            self._deliver_report(self.posts_list[row])
        self._begin_step()

    def live(self) -> None:
        """Stage 8: at the end of a day everybody lives through it."""
        if (self.step + 1) % self.settings.steps_per_day:
            return
        mean_distress = float(np.mean([person.distress for person in self.people]))
        day = self.days_run - self.settings.warmup_days
        for person in self.people:
            person.live(day, mean_distress)
        self._change_surroundings()
        self._first_of_day = len(self.posts_list)

    # --- what people ask of the place they are in -----------------------------------------------------------------

    @property
    def days_run(self) -> int:
        """Whole days since the run began, warm-up included."""
        return self.step // self.settings.steps_per_day

    def rhythm(self, clock: float) -> float:
        """Days of a step weighted by the hour of day on somebody's clock: dt D(h)."""
        known = self._rhythm.get(clock)
        if known is None:
            activity = self.settings.activity
            known = self._rhythm[clock] = rules.weighted_step(
                self.step, self._days_per_step, clock, activity.diurnal_peak, activity.diurnal_amplitude
            )
        return known

    def mutual_ties(self, row: int) -> dict[int, bool]:
        """Whom an agent follows, and whether they follow back."""
        graph = self.graph
        arcs = slice(graph.followed_offsets[row], graph.followed_offsets[row + 1])
        return dict(zip(graph.followed[arcs].tolist(), graph.reciprocal[arcs].tolist(), strict=True))

    def is_live(self, post: Post) -> bool:
        """Whether a post is young enough to be read."""
        return self.step - post.visible_step < self.live_steps

    def age_hours(self, post: Post) -> float:
        """How long a post has been there to be read."""
        return rules.age_hours(self.step, post.visible_step, self._days_per_step)

    def stands(self, answer: Answer) -> bool:
        """Whether a notification is still there: it goes with its post's time, or with a removed reply."""
        live = self.is_live(self.posts_list[answer.root])
        return live and (answer.reply < 0 or self.posts_list[answer.reply].readable)

    def like(self, root: Post, person: Person) -> None:
        """Somebody likes a post."""
        self._likes.append(root.row)
        self.note_reaction(person, Reaction.LIKE, root)

    def report(self, post: Post, person: Person) -> None:
        """Somebody reports a post."""
        self._reports.append(post.row)
        self.note_reaction(person, Reaction.REPORT, post)

    def add_own(self, author: Person, slot: int, kind: Kind, tag: int = -1) -> None:
        """Somebody writes a post of their own; in the slot of a prompt it carries a given tag."""
        seed, row = self.world.seed, len(self.posts_list)
        key = post_key(author.row, self.step, slot)
        post = Post(row, key, author.row, self.step, kind, root=row, protected=author.protected)
        luck = draws.normal(seed, Decision.APPEAL, author.row, key)
        post.appeal = rules.appeal(luck, self.settings.reactions.appeal_sigma)
        post.tag = author.tag_for(post) if slot < OWN_SLOTS else tag
        post.violation = author.violation_of(post)
        self._add(post)

    def add_reaction(self, author: Person, parent: Post, root: Post, kind: Kind) -> None:
        """Somebody answers a post or passes it on, unless every slot of the step is taken."""
        first = reaction_slot(root.key, int(kind))
        places = ((first - FIRST_REACTION + tried) % REACTION_SLOTS for tried in range(REACTION_SLOTS))
        candidates = (FIRST_REACTION + place for place in places)
        slot = next((candidate for candidate in candidates if candidate not in author.slots_used), None)
        if slot is None:
            return
        author.slots_used.add(slot)
        key = post_key(author.row, self.step, slot)
        post = Post(
            len(self.posts_list), key, author.row, self.step, kind, root.row, parent.row, protected=author.protected
        )
        if kind is Kind.REPLY_DEROGATORY:
            post.violation = Violation.DEROGATORY
        elif kind is not Kind.RETWEET:
            post.violation = author.violation_of(post)
        self._add(post)
        self.note_reaction(author, int(kind), parent, post.key)

    def note_view(self, person: Person, post: Post, via: Via, through: int = -1) -> None:
        """Write down a view where views are logged; `through` is the key of the retweet that carried the post."""
        if "views" in self._log:
            root = self.posts_list[post.root]
            self._log["views"].append((self.step, person.row, post.key, root.key, via, through))

    def note_reaction(self, person: Person, reaction: int, post: Post, new: int = -1) -> None:
        """Write down a reaction to a post where reactions are logged; `new` is the key of the post that it made."""
        if "reactions" in self._log:
            root = self.posts_list[post.root]
            self._log["reactions"].append((self.step, person.row, reaction, post.key, root.key, new))

    def note_exposure(self, exposure: int, adopts: bool) -> None:
        """Keep count of people at risk of adopting at their k-th exposure, and of those who did."""
        row = min(exposure, EXPOSURES_KEPT)
        self.exposures[row, 0] += 1
        self.exposures[row, 1] += adopts

    def note_adoption(self, agent: int, tag: int, exposure: int) -> None:
        """Keep the event of an adoption."""
        self.adoptions.append(Adoption(self.step, agent, tag, exposure))

    # --- what interventions and outcomes ask ----------------------------------------------------------------------

    def column(self, name: str) -> NDArray[Any]:
        """A copy of a column [N] of `STATE` or `COUNTERS`."""
        if name in STATE or name == "views":
            return np.array([getattr(person, name) for person in self.people])
        row, place = COUNTED_APART[name]
        return np.array([getattr(person, row)[place] for person in self.people])

    def assign(self, name: str, agents: NDArray[np.int64], value: ArrayLike) -> None:
        """Set a column for some agents: one value, or one for each."""
        values = np.broadcast_to(np.asarray(value), agents.shape)
        for row, each in zip(agents.tolist(), values.tolist(), strict=True):
            setattr(self.people[row], name, each)

    def post_column(self, name: str) -> NDArray[Any]:
        """A column [P] of `Posts`."""
        return column_of(self.posts_list, name)

    def threads(self) -> Posts:
        """Every struggle so far and every reply to one."""
        return selected(self._threads)

    def log_events(self, tables: frozenset[str]) -> None:
        """Write down events from now on."""
        self._log = {name: [] for name in LOGGED if name in tables}
        self.desk.log = [] if "desk_events" in tables else None

    def logged(self, table: str) -> NDArray[np.int64]:
        """Rows of a log since they were last asked for."""
        rows, self._log[table] = self._log[table], []
        return np.array(rows, dtype=np.int64).reshape(len(rows), LOGGED[table])

    def desk_log(self) -> list[DeskEvent]:
        """What the desk did since it was last asked."""
        return self.desk.drained()

    def remembered(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Flags [E]: who is followed has been counted in the memory window, and has been counted as disclosing."""
        graph = self.graph
        known = [
            person.memory.recalled(author)
            for person in self.people
            for author in graph.followed[slice(*graph.followed_offsets[person.row : person.row + 2])].tolist()
        ]
        steps = np.array([(each.counted, each.disclosed) for each in known], dtype=np.int64).reshape(-1, 2)
        counted, disclosed = (self.step - steps < self.live_steps).T
        return counted, disclosed

    def open_tag(self, tag: Tag) -> int:
        """Begin a support tag and return its number."""
        if len(self.tags) >= MAX_TAGS:
            raise ValueError(f"no more than {MAX_TAGS} support tags in one run")
        self.tags.append(tag)
        self.streams.append([])
        self.open_tags.append(len(self.tags) - 1)
        return len(self.tags) - 1

    def close_tag(self, number: int) -> None:
        """End a tag: nobody uses, reads or adopts it from now on."""
        self.open_tags.remove(number)
        for person in self.people:
            person.adopted &= ~(1 << number)

    def adopt(self, number: int, agents: NDArray[np.int64]) -> None:
        """Make some agents adopt a tag now, as its seeds."""
        for row in agents.tolist():
            self.people[row].adopt(number, 0)

    def is_open(self, number: int) -> bool:
        """Whether a tag is in use."""
        return number in self.open_tags

    def begin_chat(self, occasion: Occasion) -> None:
        """From now on those who came to a chat take part in it."""
        self.assign("chat", occasion.agents, len(self.occasions))
        self.occasions.append(occasion)

    def end_chat(self, number: int) -> None:
        """A chat is over."""
        self.assign("chat", self.occasions[number].agents, -1)

    def prompt(self, agent: int, kind: Kind, tag: int) -> bool:
        """Let somebody write a post in this step, before anybody else does."""
        number = self._prompts.get(agent, 0)
        if number >= PROMPT_SLOTS:
            return False
        self._prompts[agent] = number + 1
        author = self.people[agent]
        author.minutes_today += self.settings.help.write_minutes
        self.add_own(author, OWN_SLOTS + number, kind, tag)
        return True

    def unanswered(self, until: int) -> Waiting:
        """Public struggles that can be read, could be in step `until`, and have no visible reply."""
        chosen = [
            post
            for post in self._threads
            if post.struggle
            and 0 <= post.visible_step <= until
            and self.is_live(post)
            and post.readable
            and not post.protected
            and not post.visible_replies
        ]
        return Waiting(*(column_of(chosen, name) for name in ("row", "key", "author")))

    def show(self, row: int, agents: NDArray[np.int64]) -> None:
        """Put a post at the top of some people's feeds."""
        self.shown |= {(agent, self.posts_list[row].key): self.step for agent in agents.tolist()}
        for agent in agents.tolist():
            self.people[agent].unread.append(row)

    def set_desk(self, settings: DeskSettings | None) -> None:
        """Put moderation under new rules from now on, or end it."""
        self.desk.set(settings, self.step * self._days_per_step)
        self.explains_removals = settings is not None and settings.explanation

    # --- surroundings ---------------------------------------------------------------------------------------------

    def _change_surroundings(self) -> None:
        """At the end of a day institutions may mend something, and people follow and unfollow."""
        if not self.surroundings_may_change:
            return
        change = self.change_surroundings(self._written(), self.days_run, self.step)
        if change is not None:
            self._remember_ties(change)

    def _written(self) -> Written:
        """The posts of the day that ends."""
        posts = self.posts_list[self._first_of_day :]
        key, author, kind, tag = (column_of(posts, name) for name in ("key", "author", "kind", "tag"))
        return Written(
            key,
            author,
            kind,
            tag,
            np.array([self.posts_list[post.root].author for post in posts], dtype=np.int64),
            np.array([post.state is not PostState.REMOVED for post in posts], dtype=np.bool_),
        )

    def _remember_ties(self, change: Rewiring) -> None:
        """Who was followed is remembered as a stranger from now on, and the reverse."""
        for person in self.people:
            person.memory.mutual = self.mutual_ties(person.row)
        for follower, followed in change.removed.tolist():
            self.people[follower].memory.make_stranger(followed)
        for follower, followed in change.added.tolist():
            self.people[follower].memory.make_followed(followed)

    # --- how things come about ------------------------------------------------------------------------------------

    def _add(self, post: Post) -> None:
        """A post is written; it stands there from the next step on."""
        self.posts_list.append(post)
        self._new.append(post)
        if self.posts_list[post.root].struggle and post.kind is not Kind.RETWEET:
            self._threads.append(post)

    def _stream_place(self, row: int) -> float:
        """Posts of one step stand in a stream in an order by chance, so that nobody's row comes first."""
        post = self.posts_list[row]
        return draws.uniform(self.world.seed, Decision.STREAM_PLACE, post.author, post.key)

    def _deliver_like(self, root: Post) -> None:
        """A like is counted; the author of a struggle is told."""
        root.likes += 1
        if root.struggle:
            self.people[root.author].inbox.append(Answer(root.row, -1))

    def _deliver(self, post: Post) -> None:
        """A new post goes where posts of its kind go."""
        overseen = self.people[post.author].overseen
        if post.parent >= 0 and post.kind is not Kind.RETWEET:
            self._deliver_reply(post)
        elif self.desk.holds_tagged and post.tag >= 0 and overseen:
            post.state = PostState.HELD
            self.desk.receive(post.subject, self.step, "held")
        else:
            self._publish(post, self.step + 1)
        if self.desk.detects and overseen and (post.struggle or post.violation is not Violation.NONE):
            self.desk.detect(post.subject, self.step)

    def _deliver_report(self, post: Post) -> None:
        """A report is counted; the last one needed brings the post before the desk."""
        post.reports += 1
        needed = self.desk.reports_needed
        if needed is not None and post.reports >= needed and self.people[post.author].overseen:
            self.desk.receive(post.subject, self.step)

    def _deliver_reply(self, reply: Post) -> None:
        """A reply stands under its root, and the author of the root is told."""
        root = self.posts_list[reply.root]
        reply.visible_step = self.step + 1
        root.replies.append(reply.row)
        root.visible_replies += 1
        author = self.people[root.author]
        author.inbox.append(Answer(root.row, reply.row))
        if root.struggle and reply.kind is Kind.REPLY_SUPPORTIVE:
            author.received_support_step = self.step + 1

    def _publish(self, post: Post, step: int) -> None:
        """A post or retweet can be read from `step` on: into feeds, and into the stream of its tag."""
        post.visible_step = step
        for follower in self.graph.followers_of(post.author).tolist():
            self.people[follower].unread.append(post.row)
        if post.kind is Kind.RETWEET:
            self.posts_list[post.root].shares += 1
        if post.tag >= 0 and not post.protected:
            self.streams[post.tag].append(post.row)

    def _enforce(self, case: Case) -> None:
        """A decision takes effect."""
        post = self.posts_list[case.post]
        was_held = post.state is PostState.HELD
        if case.decision == "remove":
            self._remove(post, case)
            return
        post.state = PostState.LABELLED if case.decision == "label" else PostState.VISIBLE
        if was_held:
            self._publish(post, self.step)

    def _remove(self, post: Post, case: Case) -> None:
        """A post goes; a removed struggle may chill its author."""
        post.state = PostState.REMOVED
        post.removed_step = self.step
        if post.root != post.row:
            self.posts_list[post.root].visible_replies -= 1
        if post.struggle:
            self.people[post.author].removed(post, case.correct)
