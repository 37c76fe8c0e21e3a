"""Hand-made worlds, engines and posts, for tests of what only reads them."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from simulation.agents import AgentsEngine, Person
from simulation.graph import FollowerGraph
from simulation.outcomes.base import Snapshot
from simulation.parameters import Parameters
from simulation.population import draw_classes, draw_population
from simulation.posts import Kind, Posts, PostState, post_key
from simulation.world import COUNTERS, STATE, Case, World

if TYPE_CHECKING:
    Standin = Any
else:
    Standin = object
"""What a stand-in is to the checker of types: whatever is asked for."""


def small_world(n_agents, arcs=(), *, given=None, population=None, **settings) -> World:
    """A world of so many agents with these arcs (author, follower).

    Args:
        n_agents: N.
        arcs: pairs (author, follower).
        given: columns [N] of a node table.
        population: columns [N] that replace those drawn.
        settings: parameters by name, groups joined by two underscores.
    """
    parameters = Parameters(agents=n_agents, warmup_days=0).with_values(
        {name.replace("__", "."): value for name, value in settings.items()}
    )
    authors, followers = zip(*arcs, strict=True) if arcs else ((), ())
    given = {name: np.asarray(values) for name, values in (given or {}).items()}
    graph = FollowerGraph.from_arcs(n_agents, authors, followers, attributes=given)
    people = draw_population(parameters, draw_classes(parameters, n_agents, given, seed=1), graph, seed=1)
    replaced: dict[str, Any] = {name: np.asarray(values) for name, values in (population or {}).items()}
    return World(parameters, 1, graph, replace(people, **replaced))


class FakeEngine(Standin):  # type: ignore[misc]
    """What outcomes may ask of an engine, answered from columns that a test fills in."""

    def __init__(self, world, *, step=0, posts=None, **columns):
        self.world = world
        self.step = step
        self.tags = []
        self.adoptions = []
        self.cases = []
        self.ties = []
        self.fixes = []
        self.occasions = []
        self.graph = world.graph
        self.exposures = np.zeros((65, 2), dtype=np.int64)
        n_agents = world.n_agents
        self.columns = {name: np.zeros(n_agents) for name in (*STATE, *COUNTERS)}
        for name in ("struggler",):
            self.columns[name] = np.zeros(n_agents, dtype=np.bool_)
        for name in ("treated_since", "received_support_step", "saw_support_step"):
            self.columns[name] = np.full(n_agents, -1)
        for name in ("adopted", "ever_adopted"):
            self.columns[name] = np.zeros(n_agents, dtype=np.int64)
        for name, values in columns.items():
            self.columns[name] = np.asarray(values)
        self.posts = posts if posts is not None else posts_of()

    def column(self, name):
        return self.columns[name].copy()

    def post_column(self, name):
        return getattr(self.posts, name)

    def threads(self):
        """Struggles and replies to them, with parents and roots as rows of this selection."""
        posts = self.posts
        rows = np.flatnonzero((posts.kind[posts.root] == Kind.STRUGGLE) & (posts.kind != Kind.RETWEET))
        place = np.full(len(posts.kind) + 1, -1)
        place[rows] = np.arange(len(rows))
        chosen = Posts(*(column[rows] for column in posts))
        return chosen._replace(parent=place[chosen.parent], root=place[chosen.root])


def written(author, step=0, kind=Kind.ORDINARY, *, to=None, **more):
    """One post as a dictionary; `to` is the row of the post answered or passed on."""
    return {"author": author, "step": step, "kind": int(kind), "to": to, **more}


def posts_of(*rows):
    """The table of posts of rows made by `written`; a post can be read from the step after it was written."""
    roots: list[int] = []
    for row, post in enumerate(rows):
        roots.append(row if post["to"] is None else roots[post["to"]])
    usual = {
        "tag": -1, "violation": 0, "state": int(PostState.VISIBLE), "removed_step": -1, "appeal": 1.0, "views": 0,
        "viewers": 0, "supported_viewers": 0, "likes": 0, "reports": 0, "protected": False,
    }  # fmt: skip
    complete = [
        usual
        | {"visible_step": post["step"] + 1, "key": post_key(post["author"], post["step"], row), "root": roots[row]}
        | {"parent": -1 if post["to"] is None else post["to"]}
        | post
        for row, post in enumerate(rows)
    ]
    dtypes = {"appeal": np.float64, "protected": np.bool_}
    return Posts(
        *(np.array([post[name] for post in complete], dtype=dtypes.get(name, np.int64)) for name in Posts._fields)
    )


def snapshot(engine, start=None, before=None, past=None):
    """What an outcome sees of a fake engine."""
    return Snapshot(engine, start, before, past or {})


def value_of(outcome, seen, who=None):
    """The value of an outcome for the agents of a mask, for all where left out."""
    everybody = np.ones(seen.world.n_agents, dtype=np.bool_)
    who = everybody if who is None else np.asarray(who)
    if outcome.subset is not None:
        return outcome.subset(seen, who)
    ratio = outcome.ratio(seen)
    mine = who if ratio.agents is None else who[ratio.agents]
    below = np.asarray(ratio.denominator, dtype=float)[mine].sum()
    return float(np.asarray(ratio.numerator, dtype=float)[mine].sum() / below) if below else float("nan")


def case_of(post, *, arrival=0.0, start=0.0, finish=0.0, decision="remove", correct=True, step=0, servers=1, views=0):
    """One decision of the desk."""
    return Case(
        post=post, key=post, arrival=arrival, start=start, finish=finish, decision=decision, correct=correct, step=step,
        servers=servers, views=views,
    )  # fmt: skip


class Stage:
    """A few people of the engine `agents`, moved by hand: they write, read and react when a test says so."""

    def __init__(self, n_agents, arcs=(), agent_class=Person, **settings):
        usual = {"reading__scan_mean": 1e9, "reading__search_others": 0.0, "reading__search_adopters": 0.0}
        self.world = small_world(n_agents, arcs, **(usual | settings))
        self.engine = AgentsEngine(mesa.Model(), self.world, agent_class)
        self.people = self.engine.people

    def write(self, author, kind=Kind.ORDINARY, **changes):
        """An author writes a post, which is delivered; some of its fields may be changed before."""
        self.engine.add_own(self.people[author], 0, kind)
        return self._deliver(changes)

    def answer(self, author, root, kind=Kind.REPLY_SUPPORTIVE):
        """Somebody answers a post or passes it on, which is delivered."""
        self.engine.add_reaction(self.people[author], root, self.engine.posts_list[root.root], kind)
        return self._deliver({})

    def _deliver(self, changes):
        post = self.engine.posts_list[-1]
        for name, value in changes.items():
            setattr(post, name, value)
        self.engine.deliver()
        self.engine.step += 1
        self.people[post.author].slots_used = set()
        return post

    def read(self, agent):
        """Somebody reads and takes in what is there; returns the rows viewed."""
        person = self.people[agent]
        person.read()
        person.believe()
        rows = [root.row for _, root in person.seen]
        person.seen = []
        return rows

    def remove(self, post, correct=False):
        """The desk removes a post; it is gone from now on."""
        self.engine._enforce(case_of(post.row, decision="remove", correct=correct, step=self.engine.step))

    def wait(self, days):
        """Time passes, and nothing happens."""
        self.engine.step += round(days * self.world.parameters.steps_per_day)
