"""How posts are passed on: size, depth, breadth, shape and speed of retweet cascades.

Over own posts of public accounts since day 0. `parents` [P] is the row that a retweet passed on; a parent always stands
before its children.
"""

import numpy as np

from simulation._compile import compiled
from simulation.outcomes.base import Flags, Floats, Ints, Ratio, Snapshot, ratio_outcome, shared, subset_outcome
from simulation.posts import Kind

MANY = 100


@compiled
def depths(parents: Ints, in_tree: Flags) -> Ints:
    """Generation [P] of each post in its cascade: 0 for a root, one more than its parent for a retweet."""
    out = np.zeros(len(parents), dtype=np.int64)
    for row in range(len(parents)):
        if in_tree[row] and parents[row] >= 0:
            out[row] = out[parents[row]] + 1
    return out


@compiled
def subtree_sizes(parents: Ints, in_tree: Flags) -> Ints:
    """Number of posts [P] in the part of a cascade that hangs on each post, itself included."""
    out = np.ones(len(parents), dtype=np.int64)
    for row in range(len(parents) - 1, -1, -1):
        if in_tree[row] and parents[row] >= 0:
            out[parents[row]] += out[row]
    return out


@compiled
def virality_sums(parents: Ints, roots: Ints, in_tree: Flags) -> Floats:
    """Structural virality [P], at the rows of roots: mean distance between two posts of a cascade (0 for a lone post).

    Goel, Anderson, Hofman & Watts 2016, 10.1287/mnsc.2015.2158. An edge above a subtree of s posts in a cascade of n
    lies on s (n - s) paths, so the mean is 2 sum s (n - s) / (n (n - 1)).
    """
    sizes = subtree_sizes(parents, in_tree)
    out = np.zeros(len(parents))
    for row in range(len(parents)):
        if in_tree[row] and parents[row] >= 0:
            out[roots[row]] += sizes[row] * (sizes[roots[row]] - sizes[row])
    for row in range(len(parents)):
        if roots[row] == row and sizes[row] > 1:
            out[row] *= 2.0 / (sizes[row] * (sizes[row] - 1.0))
    return out


def structural_virality(parents: Ints, roots: Ints) -> Floats:
    """Structural virality [P] of cascades in which every post is an own post or a retweet; see `virality_sums`."""
    return virality_sums(parents, roots, np.ones(len(parents), dtype=np.bool_))


@compiled
def deepest_and_widest(roots: Ints, generations: Ints, in_tree: Flags) -> tuple[Ints, Ints]:
    """Of each cascade, at the row [P] of its root: the last generation, and the most posts in one generation."""
    deepest, widest = np.zeros(len(roots), dtype=np.int64), np.zeros(len(roots), dtype=np.int64)
    for row in range(len(roots)):
        deepest[roots[row]] = max(deepest[roots[row]], generations[row])
    begins = np.zeros(len(roots) + 1, dtype=np.int64)
    for row in range(len(roots)):
        begins[row + 1] = begins[row] + (deepest[row] + 1 if roots[row] == row else 0)
    count = np.zeros(begins[-1], dtype=np.int64)
    for row in range(len(roots)):
        if in_tree[row]:
            place = begins[roots[row]] + generations[row]
            count[place] += 1
            widest[roots[row]] = max(widest[roots[row]], count[place])
    return deepest, widest


@shared
def _trees(snapshot: Snapshot) -> Flags:
    """Which posts [P] are own posts or retweets."""
    kind = snapshot.post("kind")
    return np.asarray((kind <= Kind.ADVOCACY) | (kind == Kind.RETWEET))


@shared
def _sizes(snapshot: Snapshot) -> Ints:
    """Number of posts [P] that hang on each post, by retweets."""
    return subtree_sizes(snapshot.post("parent"), _trees(snapshot))


@shared
def _shapes(snapshot: Snapshot) -> tuple[Ints, Ints]:
    """Depth and breadth [P] of cascades, at the rows of their roots."""
    trees = _trees(snapshot)
    return deepest_and_widest(snapshot.post("root"), depths(snapshot.post("parent"), trees), trees)


@shared
def _roots(snapshot: Snapshot) -> Ints:
    """Rows of own posts of public accounts that could be read since day 0."""
    own = (snapshot.post("parent") < 0) & ~snapshot.post("protected").astype(np.bool_)
    counted = (snapshot.post("step") >= snapshot.world.parameters.warmup_steps) & (snapshot.post("visible_step") >= 0)
    return np.flatnonzero(own & counted)


@shared
def _passed_on(snapshot: Snapshot) -> Ints:
    """Rows of roots that were retweeted."""
    rows = _roots(snapshot)
    return rows[_sizes(snapshot)[rows] > 1]


def _over(snapshot: Snapshot, rows: Ints, values: Ints | Floats | Flags) -> Ratio:
    """The mean of values [P] over some posts, by author."""
    return Ratio(values[rows], np.ones(len(rows)), snapshot.post("author")[rows])


@ratio_outcome("cascade_size", "posts", "none", due="end", posts=True)
def cascade_size(snapshot: Snapshot) -> Ratio:
    """Mean number of posts in a cascade: the post and all its retweets."""
    return _over(snapshot, _roots(snapshot), _sizes(snapshot))


@ratio_outcome("retweeted", "share", "none", due="end", posts=True)
def retweeted(snapshot: Snapshot) -> Ratio:
    """Share of posts that were retweeted at least once."""
    return _over(snapshot, _roots(snapshot), _sizes(snapshot) > 1)


@ratio_outcome("reshared_100", "share", "none", due="end", posts=True)
def reshared_100(snapshot: Snapshot) -> Ratio:
    """Share of posts with at least 100 retweets."""
    return _over(snapshot, _roots(snapshot), _sizes(snapshot) > MANY)


@ratio_outcome("replied", "share", "none", due="end", posts=True)
def replied(snapshot: Snapshot) -> Ratio:
    """Share of posts with at least one reply."""
    kind = snapshot.post("kind")
    replies = (kind >= Kind.REPLY_SUPPORTIVE) & (kind <= Kind.REPLY_DEROGATORY)
    count = np.bincount(snapshot.post("root")[replies], minlength=len(kind))
    return _over(snapshot, _roots(snapshot), count > 0)


@ratio_outcome("cascade_depth", "generations", "none", due="end", posts=True)
def cascade_depth(snapshot: Snapshot) -> Ratio:
    """Mean depth of cascades with at least one retweet."""
    return _over(snapshot, _passed_on(snapshot), _shapes(snapshot)[0])


@ratio_outcome("cascade_breadth", "posts", "none", due="end", posts=True)
def cascade_breadth(snapshot: Snapshot) -> Ratio:
    """Mean of the most retweets in one generation, over cascades with at least one retweet."""
    return _over(snapshot, _passed_on(snapshot), _shapes(snapshot)[1])


@ratio_outcome("structural_virality", "steps", "none", due="end", posts=True)
def mean_structural_virality(snapshot: Snapshot) -> Ratio:
    """Mean structural virality (mean distance between two posts) of cascades with at least one retweet."""
    values = virality_sums(snapshot.post("parent"), snapshot.post("root"), _trees(snapshot))
    return _over(snapshot, _passed_on(snapshot), values)


@ratio_outcome("one_generation", "share", "none", due="end", posts=True)
def one_generation(snapshot: Snapshot) -> Ratio:
    """Share of one-generation trees among cascades with at least one retweet."""
    return _over(snapshot, _passed_on(snapshot), _shapes(snapshot)[0] == 1)


@shared
def retweet_ages(snapshot: Snapshot) -> Floats:
    """Hours (`rules.age_hours`) between a root and each of its retweets, over retweets of the roots counted here."""
    return _ages(snapshot, _counted_retweets(snapshot))


@shared
def _counted_retweets(snapshot: Snapshot) -> Ints:
    """Rows of the retweets of the roots counted here."""
    rows = np.flatnonzero(snapshot.post("kind") == Kind.RETWEET)
    return rows[np.isin(snapshot.post("root")[rows], _roots(snapshot))]


def _ages(snapshot: Snapshot, rows: Ints) -> Floats:
    """Hours between roots and some of their retweets."""
    steps = snapshot.post("step")[rows] - snapshot.post("visible_step")[snapshot.post("root")[rows]] + 0.5
    return np.asarray(steps * (snapshot.world.parameters.step_minutes / 60.0))


def _share_within(ages: Floats, hours: float) -> float:
    """Share of ages below so many hours."""
    return float(np.mean(ages < hours)) if len(ages) else float("nan")


@subset_outcome("retweets_within_1h", "share", "none", posts=True)
def retweets_within_1h(snapshot: Snapshot, who: Flags) -> float:
    """Share of retweets within one hour of the post."""
    return _share_within(retweet_ages(snapshot), 1.0)


@subset_outcome("retweets_within_6h", "share", "none", posts=True)
def retweets_within_6h(snapshot: Snapshot, who: Flags) -> float:
    """Share of retweets within six hours of the post."""
    return _share_within(retweet_ages(snapshot), 6.0)


@subset_outcome("retweets_within_24h", "share", "none", posts=True)
def retweets_within_24h(snapshot: Snapshot, who: Flags) -> float:
    """Share of retweets within 24 hours of the post."""
    return _share_within(retweet_ages(snapshot), 24.0)


SAMPLED = (5, 60)
"""Retweets of the posts whose latency was measured (C-33)."""


@shared
def sampled_ages(snapshot: Snapshot) -> Floats:
    """The same over posts with about as many retweets as those whose latency was measured."""
    rows = _counted_retweets(snapshot)
    root = snapshot.post("root")[rows]
    count = np.bincount(root)[root]
    return _ages(snapshot, rows[(count >= SAMPLED[0]) & (count <= SAMPLED[1])])


@subset_outcome("sampled_within_15min", "share", "none", posts=True)
def sampled_within_15min(snapshot: Snapshot, who: Flags) -> float:
    """Share of retweets within 15 minutes, of posts with 5 to 60 retweets, as they were sampled for C-33."""
    return _share_within(sampled_ages(snapshot), 0.25)


@subset_outcome("sampled_within_1h", "share", "none", posts=True)
def sampled_within_1h(snapshot: Snapshot, who: Flags) -> float:
    """Share of retweets within one hour, of posts with 5 to 60 retweets."""
    return _share_within(sampled_ages(snapshot), 1.0)


@subset_outcome("sampled_within_6h", "share", "none", posts=True)
def sampled_within_6h(snapshot: Snapshot, who: Flags) -> float:
    """Share of retweets within six hours, of posts with 5 to 60 retweets."""
    return _share_within(sampled_ages(snapshot), 6.0)


@subset_outcome("sampled_within_24h", "share", "none", posts=True)
def sampled_within_24h(snapshot: Snapshot, who: Flags) -> float:
    """Share of retweets within 24 hours, of posts with 5 to 60 retweets."""
    return _share_within(sampled_ages(snapshot), 24.0)
