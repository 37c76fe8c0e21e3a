"""What both engines share: the fixed world of a run, and the face that an engine shows to everybody else.

`World` is what does not change. `Engine` is what the model, interventions and outcomes may ask of the thing that does
the changing: columns of state, posts, and a few acts. Neither says how people are stored.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from simulation.errors import InputError, Problem
from simulation.generators import Classes
from simulation.graph import ROLES, FollowerGraph
from simulation.parameters import MOST_AGENTS, Parameters
from simulation.population import FACULTY, Population, draw_classes, draw_population
from simulation.posts import Kind, Posts, Violation

MAX_TAGS = 16
EXPOSURES_KEPT = 64
"""Exposures are counted apart up to this many distinct authors; later ones share the last row."""

STATE = (
    "disclosing", "authors", "believed", "stigma", "perceived", "fear", "willingness", "encouragement", "harm", "state",
    "distress", "struggler", "treated_since", "minutes", "isolation", "adopted", "ever_adopted",
    "received_support_step", "saw_support_step", "guideline", "fear_regime", "protected", "visibility", "minutes_limit",
    "overseen", "strain", "ranked", "hierarchy", "ranked_mutual", "pledge", "chat",
)  # fmt: skip
"""Columns [N] of changing state that every engine can be asked for.

Evidence S and M, belief n, s, q, c, r, e, harm, y, d, x, step of entering treatment (-1 never), minutes per day,
isolation, bits of tags adopted now and ever, last step in which a struggle of one's own drew a supportive reply and in
which a supported struggle was viewed (-1 never); and what interventions hold (`simulation.levers`): share of violations
that guidelines prevent, factor of sustained career fear, protected account, career visibility, limit of minutes per
day, whether the desk sees one's posts; mean of distress and load over about a month; whether the feed is ranked, how
much attention goes by rank (eta_h), how much higher a ranked feed puts mutual ties, factor of the chance to answer a
trainee's struggle; number of the chat that somebody takes part in just now (-1 for none).
"""

VIOLATIONS = tuple(violation for violation in Violation if violation is not Violation.NONE)
COUNTED_APART: dict[str, tuple[str, int]] = {
    **{f"harmful_{violation.name.lower()}": ("harmful", int(violation)) for violation in VIOLATIONS},
    **{f"views_of_{role}": ("viewed", code) for code, role in enumerate(ROLES)},
}
"""Counters that are kept in rows: the name of the row, and the place in it."""
COUNTERS = ("views", *COUNTED_APART)
"""Columns [N] that only grow: views so far (feeds, streams, replies), views of visible violating posts by type, and
views by the role of the author."""


class Neighbourhood(NamedTuple):
    """Weights of the people whom everybody follows: the matrix [N, N] (row i, column j: w_ij) and its row sums [N]."""

    weights: sp.csr_array
    total: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class World:
    """What does not change in a run: settings, seed, graph and who the people are."""

    parameters: Parameters
    seed: int
    graph: FollowerGraph
    population: Population

    @classmethod
    def build(cls, parameters: Parameters, seed: int) -> "World":
        """Draw or read the graph, then the population, all addressed under `seed`."""
        return cls.around(*drawn_graph(parameters, seed), parameters, seed)

    @classmethod
    def around(cls, classes: Classes, graph: FollowerGraph, parameters: Parameters, seed: int) -> "World":
        """The world of a graph that was drawn: what remains is the population."""
        return cls(parameters, seed, graph, draw_population(parameters, classes, graph, seed))

    def __deepcopy__(self, memo: object) -> "World":
        """Itself: nothing in it changes, so copies of a model share it."""
        return self

    @property
    def n_agents(self) -> int:
        """N."""
        return self.graph.n_agents

    @cached_property
    def mean_fear(self) -> float:
        """Mean career fear on day 0, around which fear acts on help-seeking."""
        return float(self.population.fear.mean())

    def neighbourhood_in(self, graph: FollowerGraph) -> Neighbourhood:
        """Tie weights w_ij of everybody's followed ones in a graph of these people, by the rule `rules.tie_weight`."""
        population, beliefs = self.population, self.parameters.beliefs
        follower = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
        weights = np.where(graph.reciprocal, 1.0, beliefs.one_way_weight)
        looks_up = population.trainee[follower] & (population.role[graph.followed] == FACULTY)
        weights = np.where(looks_up, weights * beliefs.faculty_weight, weights)
        matrix = sp.csr_array((weights, graph.followed, graph.followed_offsets), shape=(self.n_agents, self.n_agents))
        return Neighbourhood(matrix, np.asarray(matrix.sum(axis=1)).ravel())

    @cached_property
    def neighbourhood(self) -> Neighbourhood:
        """Tie weights in the graph of day 0."""
        return self.neighbourhood_in(self.graph)

    def day_of(self, step: int) -> float:
        """Days since day 0 at the beginning of a step; negative in the warm-up."""
        return (step - self.parameters.warmup_steps) / self.parameters.steps_per_day

    def step_of(self, day: float) -> int:
        """The step that begins on this day (counted from day 0)."""
        return self.parameters.warmup_steps + round(day * self.parameters.steps_per_day)


def drawn_graph(parameters: Parameters, seed: int) -> tuple[Classes, FollowerGraph]:
    """Who the agents are, and the graph between them; depends on nothing that `_graph_key` leaves out.

    Raises:
        InputError: a network that brings its own people has more than a run can hold.
    """
    n_agents = parameters.network.size(parameters.agents)
    if n_agents > MOST_AGENTS:
        raise InputError(Problem("network", f"has {n_agents:,} people", f"at most {MOST_AGENTS:,} in a run"))
    classes = draw_classes(parameters, n_agents, parameters.network.attributes(n_agents), seed)
    return classes, parameters.network.build(classes, seed)


def _graph_key(parameters: Parameters, seed: int) -> tuple[Hashable, ...]:
    """Everything that the graph depends on: another graph has another key."""
    network, people = parameters.network, parameters.population
    return seed, parameters.agents, network, network.fingerprint(), people.roles, people.agents_per_community


class Worlds:
    """The worlds and graphs built last, for runs that share them: arms of a replicate, scenarios of a graph.

    What is shared is never changed by a run, so a run is the same with it and without. Threads may share one.

    Args:
        keep: how many worlds, and how many graphs, are kept at most.
    """

    def __init__(self, keep: int = 1) -> None:
        self._keep = keep
        self._worlds: OrderedDict[Hashable, World] = OrderedDict()
        self._graphs: OrderedDict[Hashable, tuple[Classes, FollowerGraph]] = OrderedDict()
        self._lock = Lock()

    def world(self, parameters: Parameters, seed: int) -> World:
        """The world of these settings and this seed: one that is kept, or a new one."""
        graph_key = _graph_key(parameters, seed)
        with self._lock:
            return self._kept(
                self._worlds, (parameters, graph_key), lambda: self._around_a_graph(graph_key, parameters, seed)
            )

    def _around_a_graph(self, key: Hashable, parameters: Parameters, seed: int) -> World:
        """A new world around a graph that is kept, or a new one."""
        return World.around(*self._kept(self._graphs, key, lambda: drawn_graph(parameters, seed)), parameters, seed)

    def _kept[A](self, shelf: OrderedDict[Hashable, A], key: Hashable, make: Callable[[], A]) -> A:
        """What stands on a shelf under a key; when it does not, the oldest makes room, and then it is made."""
        if key in shelf:
            shelf.move_to_end(key)
            return shelf[key]
        while len(shelf) >= self._keep:
            shelf.popitem(last=False)
        shelf[key] = make()
        return shelf[key]


@dataclass(frozen=True)
class Tag:
    """A support tag; `specialty` is the code it is meant for, or None for everybody."""

    name: str
    specialty: int | None = None


@dataclass(frozen=True)
class DeskSettings:
    """How moderation works while it is on.

    Args:
        servers: moderators c; None where nothing waits (decisions at once).
        detector: whether new posts are scanned; sensitivity and false_positive_rate are its shares.
        reports_needed: reports that open a case, or None where reports are not read.
        hold_tagged: whether tagged posts wait for their case before anyone can read them.
        review: whether the desk decides cases (else every case is a removal).
        accuracy: share of correct decisions; explanation: whether authors and bystanders are told why.
        detection_days, service_days: mean delays.
        labelled: violations that a correct decision labels instead of removing.
    """

    servers: int | None = 1
    detector: bool = False
    sensitivity: float = 0.0
    false_positive_rate: float = 0.0
    reports_needed: int | None = None
    hold_tagged: bool = False
    review: bool = True
    accuracy: float = 1.0
    explanation: bool = False
    detection_days: float = 0.0
    service_days: float = 0.0
    labelled: frozenset[Violation] = field(default=frozenset({Violation.MISINFORMATION}))


class Adoption(NamedTuple):
    """One adoption: at which step, who, which tag, at the k-th distinct tagging author (0 for seeds)."""

    step: int
    agent: int
    tag: int
    exposure: int


class Case(NamedTuple):
    """One decision of the desk; times in days since the start of the run.

    Args:
        post: row of the post; key: its key; views: how often it had been read by then.
        arrival, start, finish: when the case came, was taken up and was decided.
        decision: 'remove', 'label' or 'clear'.
        correct: whether the decision fits the post.
        step: the step from which it can be seen.
        servers: moderators at work then (0 where nothing waits).
    """

    post: int
    key: int
    arrival: float
    start: float
    finish: float
    decision: str
    correct: bool
    step: int
    servers: int
    views: int = 0


class DeskEvent(NamedTuple):
    """Something that happened to a post at the desk.

    Args:
        time: days since the start of the run; it may lie ahead, when a busy moderator takes a case up later.
        post: key of the post; author: who wrote it.
        event: 'detected', 'reported' or 'held' (how it came to notice), 'arrival', 'start' or 'decision'.
        decision: 'remove', 'label' or 'clear'; correct: whether it fits the post; None before the decision.
    """

    time: float
    post: int
    author: int
    event: str
    decision: str | None = None
    correct: bool | None = None


class Tie(NamedTuple):
    """One change of the follower graph: at the end of which step, who, whom, and whether it is a new tie."""

    step: int
    follower: int
    followed: int
    added: bool


class Fix(NamedTuple):
    """One thing that institutions mended: at the end of which step, and the code of the specialty it is a load for."""

    step: int
    specialty: int


class Occasion(NamedTuple):
    """One chat.

    Args:
        tag: number of its tag.
        purpose: share of its participants' posts that keep to its purpose.
        step, end: it lasts from the beginning of `step` to the beginning of `end`.
        agents: rows [M] of those who came, ascending; moderators: of those who lead.
    """

    tag: int
    purpose: float
    step: int
    end: int
    agents: NDArray[np.int64]
    moderators: NDArray[np.int64]


class Waiting(NamedTuple):
    """Struggles that nobody has answered: their rows, keys and authors, [K] each."""

    rows: NDArray[np.int64]
    keys: NDArray[np.int64]
    authors: NDArray[np.int64]


class Holding(Protocol):
    """What an engine lets interventions do with the columns of people (`simulation.levers`)."""

    def hold(self, column: str, agents: NDArray[np.int64], value: ArrayLike) -> int:
        """Hold a column of some agents at a value, or at one for each; the number under which to let go."""

    def let_go(self, number: int) -> None:
        """End a hold."""


class Engine(Protocol):
    """What the model, interventions and outcomes may ask of an engine; both engines answer alike, bit for bit."""

    world: World
    step: int
    """The step under way, or the next one between steps."""
    tags: list[Tag]
    occasions: list[Occasion]
    shown: dict[tuple[int, int], int]
    """Who was shown which post (its key) at the top of the feed, and from which step on."""

    @property
    def graph(self) -> FollowerGraph:
        """Who follows whom now."""

    @property
    def ties(self) -> list[Tie]:
        """Every change of the graph so far."""

    @property
    def fixes(self) -> list[Fix]:
        """Everything that institutions mended so far."""

    @property
    def cases(self) -> list[Case]:
        """Every decision of the desk so far."""

    @property
    def adoptions(self) -> list[Adoption]:
        """Every adoption so far, in the order of events."""

    @property
    def exposures(self) -> NDArray[np.int64]:
        """[K, 2] by number of distinct tagging authors seen: people at risk, and adoptions among them."""

    def column(self, name: str) -> NDArray[Any]:
        """A copy of a column [N] of `STATE` or `COUNTERS`."""

    def assign(self, name: str, agents: NDArray[np.int64], value: ArrayLike) -> None:
        """Set a column for some agents: one value, or one for each."""

    def post_column(self, name: str) -> NDArray[Any]:
        """A column [P] of `Posts`, for every post so far."""

    def threads(self) -> Posts:
        """Every struggle so far and every reply to one; `parent` and `root` are rows of this selection."""

    def log_events(self, tables: frozenset[str]) -> None:
        """Write down events from now on, for some of the tables of `events.EventLog`."""

    def logged(self, table: str) -> NDArray[np.int64]:
        """Rows of `views` or `reactions` since they were last asked for, each agent's in the order of time.

        Views [K, 6]: step, agent, key of the post, key of its root, `events.Via`, key of the retweet that carried it or
        -1. Reactions [K, 6]: step, agent, `events.Reaction`, key of the post, key of its root, key of the new post or
        -1.
        """

    def desk_log(self) -> list[DeskEvent]:
        """What the desk did since it was last asked."""

    def remembered(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Flags [E]: who is followed has been counted in the memory window, and has been counted as disclosing.

        In the order of `graph.followed`.
        """

    @property
    def levers(self) -> "Holding":
        """The columns that interventions hold while they are in force."""

    def open_tag(self, tag: Tag) -> int:
        """Begin a support tag and return its number."""

    def close_tag(self, number: int) -> None:
        """End a tag: nobody uses, reads or adopts it from now on."""

    def adopt(self, number: int, agents: NDArray[np.int64]) -> None:
        """Make some agents adopt a tag now, as its seeds."""

    def is_open(self, number: int) -> bool:
        """Whether a tag is in use."""

    def begin_chat(self, occasion: Occasion) -> None:
        """From now on those who came to a chat take part in it; they must not be in another one."""

    def end_chat(self, number: int) -> None:
        """A chat is over; `number` is its place in `occasions`."""

    def prompt(self, agent: int, kind: Kind, tag: int) -> bool:
        """Let somebody write a post in this step, before anybody else does; `tag` is -1 for none.

        Returns False where they have written as many in this step as there are slots for (`PROMPT_SLOTS`).
        """

    def unanswered(self, until: int) -> "Waiting":
        """Public struggles that can be read, could be in step `until`, and have no visible reply; in order of rows."""

    def show(self, row: int, agents: NDArray[np.int64]) -> None:
        """Put a post at the top of some people's feeds."""

    def set_desk(self, settings: DeskSettings | None) -> None:
        """Put moderation under new rules from now on, or end it; cases under way are finished."""

    def moderate(self) -> None:
        """Stage 2 of the schedule."""

    def read(self) -> None:
        """Stage 3."""

    def believe(self) -> None:
        """Stage 4."""

    def react(self) -> None:
        """Stage 5."""

    def write(self) -> None:
        """Stage 6."""

    def deliver(self) -> None:
        """Stage 7."""

    def live(self) -> None:
        """Stage 8; does nothing before the last step of a day."""
