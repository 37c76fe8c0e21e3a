"""The event log: who saw, did and became what, and when; opt-in, written once a day, in bounded memory.

`EventLog` says what to keep, a `Sink` takes the rows of each day, an `EventRecorder` carries them from the engine to
the sink. Recording reads and never draws, so it cannot change a run. Posts are named by their keys, which are the same
in every arm in which a post exists: the logs of two arms can be joined on them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Literal, Protocol, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulation import draws
from simulation.draws import Decision
from simulation.posts import author_of
from simulation.records import Record, parameter
from simulation.world import STATE, DeskEvent, Engine

EventTable = Literal["views", "reactions", "adoptions", "desk_events", "ties", "people"]
EVENT_TABLES: tuple[EventTable, ...] = get_args(EventTable)
"""Every table that a log can hold."""


LOGGED: Mapping[str, int] = {"views": 6, "reactions": 6}
"""Tables that an engine writes down by itself, with the width of their rows (`world.Engine.logged`)."""


class Via(IntEnum):
    """By which way a post came before somebody's eyes."""

    FEED = 0
    RETWEET = 1
    STREAM = 2
    NOTIFICATION = 3
    THREAD = 4
    ROUTED = 5


class Reaction(IntEnum):
    """What somebody did with a post; replies and retweets have the numbers of `Kind`."""

    LIKE = 0
    REPORT = 1
    REPLY_SUPPORTIVE = 4
    REPLY_NEUTRAL = 5
    REPLY_DEROGATORY = 6
    RETWEET = 7


class EventLog(Record):
    """What a run writes down of its events."""

    tables: tuple[EventTable, ...] = parameter(
        EVENT_TABLES,
        "Tables to keep: who viewed what by which way; likes, replies, retweets and reports; adoptions of tags; what "
        "the desk did; ties made and cut; daily states of a sample of people.",
        grade="-",
        source="-",
    )
    sample: int = parameter(
        100, "People whose states are written down every day; the same ones in every arm.", unit="people",
        allowed=(1, None), grade="-", source="-",
    )  # fmt: skip


class Sink(Protocol):
    """Where the rows of a log go."""

    def write(self, table: str, rows: pl.DataFrame) -> None:
        """Take the rows of one table and day; tables come with all their columns, also on days without rows."""


class MemorySink(Mapping[str, pl.DataFrame]):
    """Keeps a log in memory: a mapping of names to tables, for notebooks."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pl.DataFrame]] = {}

    def write(self, table: str, rows: pl.DataFrame) -> None:
        """Keep the rows."""
        self._parts.setdefault(table, []).append(rows)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """One table, all days so far."""
        self._parts[name] = [pl.concat(self._parts[name])]
        return self._parts[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def people_sample(seed: int, n_agents: int, size: int) -> NDArray[np.int64]:
    """Rows of an addressed sample of people, ascending: the same people in every arm of a seed; all where size >= N."""
    luck = draws.uniforms(seed, Decision.SAMPLE, np.arange(n_agents), 0)
    return np.sort(np.lexsort((np.arange(n_agents), luck))[:size])


class EventRecorder:
    """Carries events from an engine to a sink, once a day.

    Args:
        log: what to keep.
        sink: where it goes.
    """

    def __init__(self, log: EventLog, sink: Sink) -> None:
        self.log = log
        self.sink = sink
        self._adoptions = 0
        self._ties = 0
        self._desk: list[DeskEvent] = []
        self._sample: NDArray[np.int64] | None = None

    def begin(self, engine: Engine) -> None:
        """Have the engine write down what only it can see."""
        engine.log_events(frozenset(self.log.tables))

    def flush(self, engine: Engine) -> None:
        """Hand the events since the last call to the sink."""
        for name in EVENT_TABLES:
            if name in self.log.tables:
                self.sink.write(name, _TABLES[name](self, engine))

    def views(self, engine: Engine) -> pl.DataFrame:
        """Who viewed which post by which way; within a step in the order of agents and of reading."""
        step, agent, post, root, via, through = _by_time(engine.logged("views")).T
        via = _with_routed(via, np.column_stack([step, agent, post]), engine.shown)
        return pl.DataFrame(
            {"step": step, "agent": agent, "post": post, "root": root, "author": author_of(post)}
        ).with_columns(_names("via", via, Via), _keys("through", through))

    def reactions(self, engine: Engine) -> pl.DataFrame:
        """Who liked, answered, passed on or reported which post."""
        rows = engine.logged("reactions")
        step, agent, reaction, post, root, new = rows[np.lexsort(rows.T[::-1])].T
        frame = pl.DataFrame({"step": step, "agent": agent, "post": post, "root": root, "author": author_of(post)})
        return frame.with_columns(_names("reaction", reaction, Reaction), _keys("new", new))

    def adoptions(self, engine: Engine) -> pl.DataFrame:
        """Who adopted which tag at the k-th distinct tagging author seen."""
        new = engine.adoptions[self._adoptions :]
        self._adoptions += len(new)
        rows = [(event.step, event.agent, engine.tags[event.tag].name, event.exposure) for event in new]
        schema = {"step": pl.Int64, "agent": pl.Int64, "tag": pl.String, "exposure": pl.Int64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def desk_events(self, engine: Engine) -> pl.DataFrame:
        """What became of posts before the desk; what lies in the future is written when its day has come."""
        per_day = engine.world.parameters.steps_per_day
        self._desk += engine.desk_log()
        now = engine.step / per_day
        due = sorted((event for event in self._desk if event.time < now), key=lambda event: event.time)
        self._desk = [event for event in self._desk if event.time >= now]
        zero = engine.world.parameters.warmup_days
        rows = [(int(event.time * per_day), event.time - zero, *event[1:]) for event in due]
        schema = {
            "step": pl.Int64, "day": pl.Float64, "post": pl.Int64, "author": pl.Int64, "event": pl.String,
            "decision": pl.String, "correct": pl.Boolean,
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row")

    def ties(self, engine: Engine) -> pl.DataFrame:
        """Who began or ceased to follow whom."""
        new = engine.ties[self._ties :]
        self._ties += len(new)
        schema = {"step": pl.Int64, "follower": pl.Int64, "followed": pl.Int64, "added": pl.Boolean}
        return pl.DataFrame(new, schema=schema, orient="row")

    def people(self, engine: Engine) -> pl.DataFrame:
        """States of the sample at the end of a day."""
        if self._sample is None:
            self._sample = people_sample(engine.world.seed, engine.world.n_agents, self.log.sample)
        states = {name: engine.column(name)[self._sample] for name in STATE}
        head = {"step": np.full(len(self._sample), engine.step), "agent": self._sample}
        day = pl.lit(engine.world.day_of(engine.step)).alias("day")
        return pl.DataFrame(head | states).select("step", day, pl.exclude("step"))


_TABLES: Mapping[str, Callable[[EventRecorder, Engine], pl.DataFrame]] = {
    "views": EventRecorder.views,
    "reactions": EventRecorder.reactions,
    "adoptions": EventRecorder.adoptions,
    "desk_events": EventRecorder.desk_events,
    "ties": EventRecorder.ties,
    "people": EventRecorder.people,
}
"""How each table is taken from an engine."""


def _by_time(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in the order of step and agent, otherwise as they were written."""
    when = rows[:, 0] << 32 | rows[:, 1]
    return rows if (np.diff(when) >= 0).all() else np.asarray(rows[np.argsort(when, kind="stable")])


def _with_routed(
    via: NDArray[np.int64], views: NDArray[np.int64], shown: Mapping[tuple[int, int], int]
) -> NDArray[np.int64]:
    """The ways of views, where what was put at the top of somebody's feed is told from what came by itself.

    Args:
        via: [K] as the engine has written them down.
        views: step, agent and post [K, 3].
        shown: who was shown which post, and from which step on.
    """
    out = via.copy()
    for place in np.flatnonzero((via == Via.FEED) & np.isin(views[:, 2], [key for _, key in shown])).tolist():
        step, agent, post = views[place].tolist()
        if shown.get((agent, post), step + 1) <= step:
            out[place] = Via.ROUTED
    return out


def _names(column: str, codes: NDArray[np.int64], kind: type[IntEnum]) -> pl.Series:
    """Codes as names."""
    words = {int(member): member.name.lower() for member in kind}
    return pl.Series(column, codes).replace_strict(list(words), list(words.values()), return_dtype=pl.String)


def _keys(column: str, keys: NDArray[np.int64]) -> pl.Series:
    """Post keys, null for -1."""
    series = pl.Series(column, keys, dtype=pl.Int64)
    return series.set(series < 0, None)


def event_log(wanted: EventLog | Sequence[str] | None) -> EventLog | None:
    """What a caller asks for: a log, the names of its tables, or none.

    Raises:
        ValidationError: a name is not that of a table.
    """
    if wanted is None or isinstance(wanted, EventLog):
        return wanted
    return EventLog.model_validate({"tables": tuple(wanted)})
