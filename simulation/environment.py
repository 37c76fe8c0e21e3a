"""What surrounds people and changes once a day, in both engines alike: the follower graph and what institutions mend.

Both parts are off by default and then leave everything as it is. They look at the posts that were written in the day
that ends; what they change holds from the next day on. Axes: N agents, E arcs, P posts of a day, K specialties.
"""

from collections import deque
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation._compile import compiled
from simulation.draws import Decision, uniform
from simulation.generators import SPECIALTIES
from simulation.graph import FollowerGraph
from simulation.posts import Kind
from simulation.world import Fix, Occasion, Tie, World

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WEEK = 7
NEW = -1
_FOLLOW, _UNFOLLOW = Decision.FOLLOW, Decision.UNFOLLOW


class Written(NamedTuple):
    """The posts of one day, [P] each, in the order of their making.

    Args:
        key, author, kind, tag: as in `Posts`.
        root_author: who wrote the root.
        readable: whether it stands there to be read, or waits for that.
    """

    key: Ints
    author: Ints
    kind: Ints
    tag: Ints
    root_author: Ints
    readable: Flags


class Rewiring(NamedTuple):
    """How the graph changed at the end of a day.

    Args:
        graph: the graph from now on.
        kept: [E] the place of each arc of `graph.followed` among those of the graph before; `NEW` where it was not.
        removed, added: pairs (follower, followed) [n, 2], ascending.
    """

    graph: FollowerGraph
    kept: Ints
    removed: Ints
    added: Ints


class Ties:
    """The follower graph of now; writes nothing but its own attributes."""

    def __init__(self, world: World) -> None:
        self.graph = world.graph
        self.changes: list[Tie] = []
        self._settings = world.parameters.ties
        self._seed = world.seed
        self._warmup_days = world.parameters.warmup_days
        self._activity: deque[Ints] = deque(maxlen=WEEK)

    @property
    def may_change(self) -> bool:
        """Whether anybody ever follows or unfollows anyone."""
        return self._settings.may_change

    def end_day(self, written: Written, days_run: int, step: int) -> Rewiring | None:
        """Follow and unfollow after a day; None where no tie changed, as on every day of the warm-up."""
        travels = (written.kind <= Kind.ADVOCACY) | (written.kind == Kind.RETWEET)
        self._activity.append(np.bincount(written.author[travels], minlength=self.graph.n_agents))
        if days_run < self._warmup_days:
            return None
        gone = self._unfollowed(days_run)
        added = self._followed(written)
        if not gone.any() and not len(added):
            return None
        change = _rewired(self.graph, gone, added)
        self.graph = change.graph
        for pairs, is_new in ((change.removed, False), (change.added, True)):
            self.changes += [Tie(step, follower, followed, is_new) for follower, followed in pairs.tolist()]
        return change

    def _unfollowed(self, days_run: int) -> Flags:
        """Which arcs [E] of `followed` end today."""
        graph, settings = self.graph, self._settings
        out = np.zeros(graph.n_arcs, dtype=np.bool_)
        if settings.unfollow > 0.0:
            posts = np.sum(np.stack(self._activity), axis=0)
            offsets, followed = graph.followed_offsets, graph.followed
            _mark_chatty(offsets, followed, posts, settings.chatty, out)
            _keep_by_chance(offsets, followed, settings.unfollow, self._seed, days_run, out)
        return out

    def _followed(self, written: Written) -> Ints:
        """Pairs (follower, followed) [n, 2] of the ties that supportive replies of today make; ascending, distinct."""
        rows = np.flatnonzero((written.kind == Kind.REPLY_SUPPORTIVE) & written.readable)
        if self._settings.follow == 0.0 or not len(rows):
            return np.zeros((0, 2), dtype=np.int64)
        ends = np.stack([written.root_author[rows], written.author[rows]], axis=1)
        pairs = np.concatenate([ends, ends[:, ::-1]])
        wishes = _wishes(pairs, np.tile(written.key[rows], 2), self._settings.follow, self._seed)
        new = [pair for pair in pairs[wishes].tolist() if not _follows(self.graph, *pair)]
        return np.array(sorted({tuple(pair) for pair in new}), dtype=np.int64).reshape(-1, 2)


@compiled
def _mark_chatty(offsets: Ints, followed: NDArray[np.int32], posts: Ints, factor: float, out: Flags) -> None:
    """Mark arcs to people who posted more than `factor` times the mean of the others followed, and of one post."""
    for follower in range(len(offsets) - 1):
        first, end = offsets[follower], offsets[follower + 1]
        total = 0
        for arc in range(first, end):
            total += posts[followed[arc]]
        for arc in range(first, end):
            own = posts[followed[arc]]
            others = (total - own) / max(1, end - first - 1)
            out[arc] = end - first > 1 and own > factor * max(1.0, others)


@compiled
def _keep_by_chance(offsets: Ints, followed: NDArray[np.int32], chance: float, seed: int, day: int, out: Flags) -> None:
    """Of the marked arcs keep marked those whose follower acts today."""
    for follower in range(len(offsets) - 1):
        for arc in range(offsets[follower], offsets[follower + 1]):
            if out[arc]:
                luck = uniform(seed, _UNFOLLOW, follower, day << 32 | int(followed[arc]))
                out[arc] = luck < chance


@compiled
def _wishes(pairs: Ints, keys: Ints, chance: float, seed: int) -> Flags:
    """Whether the first of each pair would follow the second after the reply with this key."""
    out = np.zeros(len(pairs), dtype=np.bool_)
    for place in range(len(pairs)):
        out[place] = uniform(seed, _FOLLOW, int(pairs[place, 0]), int(keys[place])) < chance
    return out


def _follows(graph: FollowerGraph, follower: int, author: int) -> bool:
    """Whether somebody follows an author already."""
    row = graph.followed_by(follower)
    place = int(np.searchsorted(row, author))
    return place < len(row) and int(row[place]) == author


def _rewired(graph: FollowerGraph, gone: Flags, added: Ints) -> Rewiring:
    """The graph without the arcs marked in `gone` [E] and with those `added` [n, 2], none of which it has."""
    n_agents = graph.n_agents
    follower = np.repeat(np.arange(n_agents, dtype=np.int64), graph.followed_counts)
    old = follower * n_agents + graph.followed
    codes = np.concatenate([old[~gone], added[:, 0] * n_agents + added[:, 1]])
    order = np.argsort(codes, kind="stable")
    places = np.concatenate([np.flatnonzero(~gone), np.full(len(added), NEW, dtype=np.int64)])
    codes = codes[order]
    offsets = np.zeros(n_agents + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes // n_agents, minlength=n_agents), out=offsets[1:])
    fresh = FollowerGraph.from_followed(offsets, (codes % n_agents).astype(np.int32))
    removed = np.stack([follower[gone], graph.followed[gone]], axis=1)
    return Rewiring(replace(fresh, attributes=graph.attributes, labels=graph.labels), places[order], removed, added)


class Institution:
    """What institutions have mended so far; writes nothing but its own attributes.

    A specialty's load falls once and for all at the end of the first day on which, over the last seven days, more than
    the threshold share of the own posts of its people carried a support tag.
    """

    def __init__(self, world: World) -> None:
        self.relief: NDArray[np.float64] = np.zeros(len(SPECIALTIES))
        self.fixes: list[Fix] = []
        self._settings = world.parameters.institution
        self._specialty = world.population.specialty.astype(np.int64)
        self._week: deque[Ints] = deque(maxlen=WEEK)
        self._warmup_days = world.parameters.warmup_days

    @property
    def may_act(self) -> bool:
        """Whether anything is ever mended."""
        return self._settings.fix > 0.0

    def end_day(self, written: Written, days_run: int, step: int) -> None:
        """Count the day's posts, and after the warm-up mend where the share of tagged ones is high."""
        own = written.kind <= Kind.ADVOCACY
        specialty = self._specialty[written.author]
        n_specialties = len(SPECIALTIES)
        counts = [np.bincount(specialty[which], minlength=n_specialties) for which in (own, own & (written.tag >= 0))]
        self._week.append(np.stack(counts))
        if days_run < self._warmup_days:
            return
        posts, tagged = np.sum(np.stack(self._week), axis=0)
        for code in np.flatnonzero((tagged > self._settings.threshold * posts) & (self.relief == 0.0)).tolist():
            self.relief[code] = self._settings.fix
            self.fixes.append(Fix(step, code))


class Surroundings:
    """The part of an engine that is around people; both engines begin with it.

    Args:
        world: what does not change in the run.
    """

    def __init__(self, world: World) -> None:
        self.following = Ties(world)
        self.institution = Institution(world)
        self.occasions: list[Occasion] = []

    @property
    def graph(self) -> FollowerGraph:
        """Who follows whom now."""
        return self.following.graph

    @property
    def ties(self) -> list[Tie]:
        """Every change of the graph so far."""
        return self.following.changes

    @property
    def fixes(self) -> list[Fix]:
        """Everything that institutions mended so far."""
        return self.institution.fixes

    @property
    def surroundings_may_change(self) -> bool:
        """Whether the posts of a day are of interest to anything here."""
        return self.following.may_change or self.institution.may_act

    def change_surroundings(self, written: Written, days_run: int, step: int) -> Rewiring | None:
        """At the end of a day institutions may mend something, and people follow and unfollow."""
        if self.institution.may_act:
            self.institution.end_day(written, days_run, step)
        return self.following.end_day(written, days_run, step) if self.following.may_change else None
