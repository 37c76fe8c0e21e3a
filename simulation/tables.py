"""What is left of a run as tables: events, and measures of the network."""

from collections.abc import Callable, Iterator, Mapping
from weakref import WeakKeyDictionary

import polars as pl

from simulation.graph import FollowerGraph
from simulation.graph_measures import measures
from simulation.posts import Posts
from simulation.world import Engine


class Tables(Mapping[str, pl.DataFrame]):
    """Tables by name, each made when it is first looked at: who needs one does not wait for the others.

    Args:
        makers: what makes each of them, in their order.
    """

    def __init__(self, makers: Mapping[str, Callable[[], pl.DataFrame]]) -> None:
        self._makers = makers
        self._made: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        """The table of this name."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """The names, in their order."""
        return iter(self._makers)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._makers)


def tables_of(engine: Engine, posts: Callable[[], Posts]) -> Tables:
    """Events of a run so far and the network's measures, one table each.

    Args:
        engine: of the run.
        posts: gives every post so far.
    """
    tags = tuple(tag.name for tag in engine.tags)
    makers: dict[str, Callable[[], pl.DataFrame]] = {
        "posts": lambda: posts().table(tags),
        "adoptions": lambda: _adoption_table(engine, tags),
        "desk": lambda: _desk_table(engine),
    }
    if engine.world.parameters.ties.may_change:
        makers["ties"] = lambda: _tie_table(engine)
    return Tables(makers | {"network": lambda: _network_table(engine.world.graph)})


def _adoption_table(engine: Engine, tags: tuple[str, ...]) -> pl.DataFrame:
    """Adoptions as events: step, agent, tag, exposure (0 for seeds)."""
    schema = {"step": pl.Int64, "agent": pl.Int64, "tag": pl.String, "exposure": pl.Int64}
    rows = [(event.step, event.agent, tags[event.tag], event.exposure) for event in engine.adoptions]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _desk_table(engine: Engine) -> pl.DataFrame:
    """Cases as events: key of the post; arrival, start, end in days since day 0; decision, correct, step, servers."""
    schema = {
        "post": pl.Int64, "arrival": pl.Float64, "start": pl.Float64, "finish": pl.Float64, "decision": pl.String,
        "correct": pl.Boolean, "step": pl.Int64, "servers": pl.Int64, "views": pl.Int64,
    }  # fmt: skip
    zero = engine.world.parameters.warmup_days
    rows = [(case.key, case.arrival - zero, case.start - zero, case.finish - zero, *case[5:]) for case in engine.cases]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _tie_table(engine: Engine) -> pl.DataFrame:
    """Changes of the follower graph as events: step at whose end, follower, followed, added (else removed)."""
    schema = {"step": pl.Int64, "follower": pl.Int64, "followed": pl.Int64, "added": pl.Boolean}
    return pl.DataFrame(engine.ties, schema=schema, orient="row")


def _network_table(graph: FollowerGraph) -> pl.DataFrame:
    """Measures of a follower graph: measure, value; worked out once, however many runs share the graph."""
    if graph not in _MEASURED:
        schema = {"measure": pl.String, "value": pl.Float64}
        _MEASURED[graph] = pl.DataFrame(list(measures(graph).items()), schema=schema, orient="row")
    return _MEASURED[graph]


_MEASURED: "WeakKeyDictionary[FollowerGraph, pl.DataFrame]" = WeakKeyDictionary()
"""Tables of measures of the graphs that are in use."""
