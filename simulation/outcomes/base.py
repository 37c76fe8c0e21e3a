"""What an outcome is, what it may look at, and over which groups it is taken."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from itertools import chain
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulation._compile import compiled
from simulation.generators import ROLES, SPECIALTIES
from simulation.population import PUBLIC
from simulation.posts import Kind, Posts
from simulation.registry import Registry
from simulation.world import Engine, Neighbourhood, World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Column = NDArray[Any]

Direction = Literal["higher", "lower", "none"]
"""Which way is better for the people concerned; none where that is not for us to say."""
Due = Literal["daily", "end"]
Of = Literal["people", "strugglers", "struggles"]
"""What an outcome is taken over: everybody in a group, the strugglers among them, or the struggle posts they wrote."""


class Ratio(NamedTuple):
    """A quotient of sums: value of a group = sum of `numerator` / sum of `denominator` over the group.

    Args:
        numerator, denominator: [K].
        agents: [K] whom each entry belongs to; None where K = N and entries are agents in order.
    """

    numerator: Column
    denominator: Column
    agents: Ints | None = None


class Snapshot:
    """What an outcome may look at on one day; columns are read from the engine once and kept for the day.

    Args:
        engine: the engine at the end of the day.
        start: the snapshot of day 0, or None on day 0 itself.
        before: the snapshot of the day before, or None on day 0.
        past: values recorded so far: outcome -> group -> one value a day.
    """

    def __init__(
        self,
        engine: Engine,
        start: "Snapshot | None",
        before: "Snapshot | None",
        past: dict[str, dict[str, list[float]]],
    ) -> None:
        self.engine = engine
        self.world: World = engine.world
        self.step = engine.step
        self.day = engine.world.day_of(engine.step)
        self.past = past
        self._start = start
        self._before = before
        self._columns: dict[str, Column] = {}
        self._posts: dict[str, Column] = {}
        self.known: dict[Hashable, Any] = {}

    @property
    def start(self) -> "Snapshot":
        """The snapshot of day 0."""
        return self._start or self

    def __getitem__(self, name: str) -> Column:
        """A column [N] of the engine's state or counters."""
        if name not in self._columns:
            self._columns[name] = self.engine.column(name)
        return self._columns[name]

    def since_yesterday(self, name: str) -> Column:
        """By how much a counter [N] has grown since the day before; nothing on day 0."""
        if ("since yesterday", name) not in self.known:
            self.known["since yesterday", name] = self[name] - (self._before or self)[name]
        return cast(Column, self.known["since yesterday", name])

    def post(self, name: str) -> Column:
        """A column [P] of the posts so far."""
        if name not in self._posts:
            self._posts[name] = self.engine.post_column(name)
        return self._posts[name]

    def let_go(self) -> None:
        """Keep only what later days may ask for: columns, not posts and not earlier days."""
        self._before = None
        self._posts = {}
        self.known = {}
        for name in ("threads", "neighbourhood", "remembered"):
            self.__dict__.pop(name, None)

    @cached_property
    def neighbourhood(self) -> Neighbourhood:
        """Tie weights in the graph as it is now."""
        graph = self.engine.graph
        return self.world.neighbourhood if graph is self.world.graph else self.world.neighbourhood_in(graph)

    @cached_property
    def remembered(self) -> tuple[Flags, Flags]:
        """Flags [E], in the order of the matrix of `neighbourhood`: counted, and counted as disclosing, of late."""
        return self.engine.remembered()

    @cached_property
    def threads(self) -> Posts:
        """Every struggle so far and every reply to one; `parent` and `root` are rows of this selection."""
        return self.engine.threads()

    @cached_property
    def written(self) -> Ints:
        """Rows of `threads` with the struggle posts written since day 0, also those held and never shown to anybody.

        What people disclose, and what moderation takes away, is counted over these.
        """
        counted = self.threads.step >= self.world.parameters.warmup_steps
        return np.flatnonzero((self.threads.kind == Kind.STRUGGLE) & counted)

    @cached_property
    def struggles(self) -> Ints:
        """Rows of `threads` with the struggle posts written since day 0 that somebody could read.

        Reach, support and hurt are counted over these: a post that was never shown can be neither read nor answered.
        """
        return self.written[self.threads.visible_step[self.written] >= 0]

    @cached_property
    def first_support(self) -> Ints:
        """For each struggle of `struggles` the step from which a supportive reply could be read, -1 if never."""
        removed, visible = self.threads.removed_step, self.threads.visible_step
        seen = (self.threads.kind == Kind.REPLY_SUPPORTIVE) & (visible >= 0) & ((removed < 0) | (removed > visible))
        never = np.iinfo(np.int64).max
        first = np.full(len(visible), never)
        np.minimum.at(first, self.threads.root[seen], visible[seen])
        return np.where(first[self.struggles] == never, -1, first[self.struggles])

    @property
    def prevalence(self) -> float:
        """pi(t): share of strugglers."""
        return float(np.mean(self["struggler"]))


def shared[R](function: Callable[[Snapshot], R]) -> Callable[[Snapshot], R]:
    """Work a function of a snapshot out once, however many outcomes ask for it; nobody may change what it returns."""

    @wraps(function)
    def known(snapshot: Snapshot) -> R:
        if function not in snapshot.known:
            snapshot.known[function] = function(snapshot)
        return cast(R, snapshot.known[function])

    return known


Whole = Callable[[Snapshot], Ratio]
Subset = Callable[[Snapshot, Flags], float]
Tagwise = Callable[[Snapshot, int], float]


@dataclass(frozen=True, eq=False)
class Outcome:
    """One registered outcome.

    Args:
        name, unit, direction, due: as declared.
        description: what it is, from the function's docstring.
        ratio: computes it as a quotient of sums (then groups come for free), or
        subset: computes it for the agents of a mask [N].
        flow: a ratio of a day's increments, added up since day 0.
        grouped: whether it makes sense for groups.
        needs: outcomes whose past it looks at; they are taken with it, recorded or not.
        of: what it is taken over, which tells how large a group is for it.
        by_tag: computes it for one support tag, by its number, from the end of the day on which it was opened.
        posts: whether it looks at posts that nobody can read any more.
    """

    name: str
    unit: str
    direction: Direction
    due: Due
    description: str
    ratio: Whole | None = None
    subset: Subset | None = None
    flow: bool = False
    grouped: bool = True
    needs: tuple[str, ...] = ()
    of: Of = "people"
    by_tag: Tagwise | None = None
    posts: bool = False


OUTCOMES: Registry[Outcome] = Registry("outcome")
"""Every outcome by its name."""


def _enter(
    name: str,
    unit: str,
    direction: Direction,
    due: Due,
    function: Callable[..., Any],
    **more: Any,  # noqa: ANN401
) -> None:
    """Register an outcome; the first line of its function's docstring says what it is."""
    description = (function.__doc__ or "").strip().splitlines()[0]
    OUTCOMES.register(name)(Outcome(name, unit, direction, due, description, **more))


def ratio_outcome(  # noqa: PLR0913 - what an outcome is, by name
    name: str,
    unit: str,
    direction: Direction,
    *,
    due: Due = "daily",
    flow: bool = False,
    grouped: bool = True,
    of: Of = "people",
    by_tag: Tagwise | None = None,
    posts: bool = False,
) -> Callable[[Whole], Whole]:
    """Register a function of a snapshot that returns a `Ratio`; its docstring says what the outcome is."""

    def enter(function: Whole) -> Whole:
        _enter(
            name, unit, direction, due, function, ratio=function, flow=flow, grouped=grouped, of=of, by_tag=by_tag,
            posts=posts,
        )  # fmt: skip
        return function

    return enter


def subset_outcome(  # noqa: PLR0913 - what an outcome is, by name
    name: str,
    unit: str,
    direction: Direction,
    *,
    due: Due = "end",
    grouped: bool = False,
    needs: tuple[str, ...] = (),
    of: Of = "people",
    by_tag: Tagwise | None = None,
    posts: bool = False,
) -> Callable[[Subset], Subset]:
    """Register a function of a snapshot and a mask [N] that returns a number; its docstring says what it is."""

    def enter(function: Subset) -> Subset:
        _enter(
            name, unit, direction, due, function, subset=function, grouped=grouped, needs=needs, of=of, by_tag=by_tag,
            posts=posts,
        )  # fmt: skip
        return function

    return enter


@dataclass(frozen=True, eq=False)
class Partition:
    """A division of the agents: a code [N] for each, and the label of each code."""

    codes: Ints
    labels: tuple[str, ...]

    @cached_property
    def masks(self) -> list[Flags]:
        """Who is in the group of each label [N]."""
        return [self.codes == code for code in range(len(self.labels))]


class Groups:
    """Divisions side by side, so that one pass over the agents gives the sums of all groups of all divisions.

    Args:
        divisions: at least one.
    """

    def __init__(self, divisions: Sequence[Partition]) -> None:
        self.divisions = divisions
        self.labels = tuple(label for division in divisions for label in division.labels)
        self._bins = np.empty((len(divisions[0].codes), len(divisions)), dtype=np.int32)
        first = 0
        for place, division in enumerate(divisions):
            self._bins[:, place] = division.codes + first
            first += len(division.labels)
        self._everybody = np.arange(len(self._bins))
        self._known: dict[int, tuple[Column, Floats]] = {}

    def sums(self, values: Column, agents: Ints | None) -> Floats:
        """The sum of values [K] over each group [G], in the order of agents [K]; all agents where left out.

        What is one and the same array for several outcomes is added up once.
        """
        if agents is not None:
            return self._added_up(values, np.asarray(agents, dtype=np.int64))
        if id(values) not in self._known:
            self._known[id(values)] = (values, self._added_up(values, self._everybody))
        return self._known[id(values)][1]

    def _added_up(self, values: Column, agents: Ints) -> Floats:
        """The sums, one value after the other."""
        numbers = np.ascontiguousarray(values, dtype=np.float64)
        return group_sums(self._bins, np.ascontiguousarray(agents), numbers, len(self.labels))


@compiled
def group_sums(bins: NDArray[np.int32], agents: Ints, values: Floats, count: int) -> Floats:
    """Sums [count] of values [K] over the groups of their agents [K]; bins [N, D] has a group of each division."""
    sums = np.zeros(count)
    for place in range(len(values)):
        agent = agents[place]
        for division in range(bins.shape[1]):
            sums[bins[agent, division]] += values[place]
    return sums


def partitions(snapshot: Snapshot) -> list[Partition]:
    """All agents, and the divisions by role, trainee, specialty and struggler status of the day.

    Patients and carers are a group where there are any.
    """
    population = snapshot.world.population
    role, specialty = population.role.astype(np.int64), population.specialty.astype(np.int64)
    roles = ROLES if (role == PUBLIC).any() else ROLES[:PUBLIC]
    return [
        Partition(np.zeros(len(role), dtype=np.int64), ("all",)),
        Partition(role, tuple(f"role={name}" for name in roles)),
        Partition(population.trainee.astype(np.int64), ("trainee=no", "trainee=yes")),
        Partition(specialty, tuple(f"specialty={name}" for name in SPECIALTIES)),
        Partition(snapshot["struggler"].astype(np.int64), ("struggler=no", "struggler=yes")),
    ]


TERCILES = ("low", "middle", "high")


def mid_ranks(values: Column) -> Floats:
    """The rank [K] of each value [K], 1 for the lowest; equals share the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(np.cumsum(count) - 0.5 * (count - 1))[place]


def terciles(values: Column) -> Ints:
    """The third [N] of its rank to which each value [N] belongs, 0 for the lowest; equals stay together."""
    return np.asarray(np.floor(3.0 * (mid_ranks(values) - 0.5) / len(values)), dtype=np.int64)


def lasting_partitions(start: Snapshot) -> list[Partition]:
    """The divisions into thirds by followers and by personal stigma, as they are on day 0, before anything is done."""
    return [
        Partition(terciles(start.world.graph.follower_counts), tuple(f"visibility={third}" for third in TERCILES)),
        Partition(terciles(start["stigma"]), tuple(f"stigma={third}" for third in TERCILES)),
    ]


class Taken(NamedTuple):
    """Values of one outcome on one day, one for each of its groups; NaN where nobody is in the group."""

    step: int
    day: float
    outcome: str
    groups: tuple[str, ...]
    values: Floats


@dataclass
class Recorder:
    """Takes the outcomes of each day; writes only its own rows and sums.

    Args:
        outcomes: which ones to take.
        taken: what was taken, in its order.
        past: values so far of the outcomes that others need: outcome -> group -> one value a day.
    """

    outcomes: tuple[Outcome, ...]
    taken: list[Taken] = field(default_factory=list)
    past: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    _flows: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    _start: Snapshot | None = None
    _before: Snapshot | None = None
    _lasting: list[Partition] = field(default_factory=list)

    @cached_property
    def _needed(self) -> tuple[Outcome, ...]:
        """The outcomes at whose past others look."""
        return tuple(OUTCOMES[name] for outcome in self.outcomes for name in outcome.needs)

    @cached_property
    def _all(self) -> tuple[Outcome, ...]:
        """The outcomes to take and those that they need, needed ones first."""
        return tuple(dict.fromkeys([*self._needed, *self.outcomes]))

    def take(self, engine: Engine, *, last: bool) -> None:
        """Take the outcomes of the day that ends now; on the last day also those due at the end, and lasting divisions.

        A flow adds up, so it is taken over lasting divisions every day.
        """
        snapshot = Snapshot(engine, self._start, self._before, self.past)
        divisions = partitions(snapshot)
        self._lasting = self._lasting or lasting_partitions(snapshot.start)
        groups = Groups([*divisions, *self._lasting])
        shown = len(groups.divisions) if last else len(divisions)
        for outcome in self._all:
            if outcome.due == "daily" or last:
                self._note(outcome, snapshot, *self._values(outcome, snapshot, groups, shown))
        snapshot.let_go()
        self._start = self._start or snapshot
        self._before = snapshot

    def series(self, outcome: str) -> dict[str, list[float]]:
        """What was taken of one outcome so far: for each group one value a day."""
        found: dict[str, list[float]] = {}
        for taken in self.taken:
            if taken.outcome == outcome:
                for group, value in zip(taken.groups, taken.values.tolist(), strict=True):
                    found.setdefault(group, []).append(value)
        return found

    def table(self) -> pl.DataFrame:
        """What was taken, tidy: step, day, group, outcome, value; no value where a group is empty."""
        counts = [len(taken.values) for taken in self.taken]
        return pl.DataFrame(
            {
                "step": np.repeat(np.array([taken.step for taken in self.taken], dtype=np.int64), counts),
                "day": np.repeat(np.array([taken.day for taken in self.taken], dtype=np.float64), counts),
                "group": pl.Series(list(chain.from_iterable(taken.groups for taken in self.taken)), dtype=pl.String),
                "outcome": pl.Series([taken.outcome for taken in self.taken], dtype=pl.String).gather(
                    np.repeat(np.arange(len(counts)), counts)
                ),
                "value": np.concatenate([np.zeros(0), *(taken.values for taken in self.taken)]),
            }
        ).with_columns(pl.col("value").fill_nan(None))

    def _note(self, outcome: Outcome, snapshot: Snapshot, labels: tuple[str, ...], values: Floats) -> None:
        """Write values down, where they were asked for or are needed."""
        if outcome in self.outcomes:
            self.taken.append(Taken(snapshot.step, snapshot.day, outcome.name, labels, values))
        if outcome in self._needed:
            past = self.past.setdefault(outcome.name, {})
            for group, value in zip(labels, values.tolist(), strict=True):
                past.setdefault(group, []).append(value)

    def _values(
        self, outcome: Outcome, snapshot: Snapshot, groups: Groups, shown: int
    ) -> tuple[tuple[str, ...], Floats]:
        """Labels and values of one outcome over its groups, and for each tag where it is known by tag.

        Args:
            outcome: which.
            snapshot: of the day.
            groups: all divisions.
            shown: how many of them are wanted.
        """
        divisions = groups.divisions[: shown if outcome.grouped else 1]
        labels = tuple(label for division in divisions for label in division.labels)
        if outcome.ratio is not None:
            values = self._quotients(outcome, outcome.ratio(snapshot), groups)[: len(labels)]
        else:
            subset = cast(Subset, outcome.subset)
            masks = chain.from_iterable(division.masks for division in divisions)
            values = np.array([float(subset(snapshot, mask)) for mask in masks])
        tags = _by_tag(outcome, snapshot)
        return labels + tuple(tag for tag, _ in tags), np.append(values, [value for _, value in tags])

    def _quotients(self, outcome: Outcome, ratio: Ratio, groups: Groups) -> Floats:
        """Quotients of sums by group; a flow adds to what it was yesterday."""
        above, below = (groups.sums(part, ratio.agents) for part in (ratio.numerator, ratio.denominator))
        if outcome.flow:
            was = self._flows.get(outcome.name, (0.0, 0.0))
            above, below = self._flows[outcome.name] = (was[0] + above, was[1] + below)
        values = np.full(len(above), np.nan)
        with np.errstate(all="ignore"):
            np.divide(above, below, out=values, where=below != 0)
        return values


def _by_tag(outcome: Outcome, snapshot: Snapshot) -> list[tuple[str, float]]:
    """The value of an outcome for each tag opened so far; nothing where it is not known by tag."""
    if outcome.by_tag is None:
        return []
    return [
        (f"tag={tag.name}", float(outcome.by_tag(snapshot, number))) for number, tag in enumerate(snapshot.engine.tags)
    ]


@shared
def ones(snapshot: Snapshot) -> Floats:
    """A one for each agent."""
    return np.ones(snapshot.world.n_agents)
