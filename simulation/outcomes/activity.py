"""How much is written and read: the size of everything else."""

import numpy as np
from scipy.special import entr

from simulation.graph import ROLES
from simulation.outcomes.base import Flags, Ratio, Snapshot, ones, ratio_outcome, subset_outcome


@ratio_outcome("views", "views per person and day", "none", flow=True)
def views(snapshot: Snapshot) -> Ratio:
    """Mean number of posts and replies viewed per person and day since day 0."""
    days = 1.0 if snapshot.day > 0 else 0.0
    return Ratio(snapshot.since_yesterday("views"), ones(snapshot) * days)


@ratio_outcome("own_posts", "posts per person and day", "none", due="end", posts=True)
def own_posts(snapshot: Snapshot) -> Ratio:
    """Mean number of own posts per person and day since day 0."""
    counted = (snapshot.post("parent") < 0) & (snapshot.post("step") >= snapshot.world.parameters.warmup_steps)
    written = np.bincount(snapshot.post("author")[counted], minlength=snapshot.world.n_agents)
    return Ratio(written, ones(snapshot) * snapshot.day)


@ratio_outcome("view_diversity", "1", "none")
def view_diversity(snapshot: Snapshot) -> Ratio:
    """Mean entropy of the roles of authors in what a person has viewed since day 0, as a share of the highest possible.

    Over people who have viewed anything; 0 where everybody reads one role alone.
    """
    names = [f"views_of_{role}" for role in ROLES]
    viewed = np.array([snapshot[name] - snapshot.start[name] for name in names], dtype=np.float64)
    total = viewed.sum(axis=0)
    share = viewed / np.where(total > 0, total, 1.0)
    roles = max(2, len(np.unique(snapshot.world.population.role)))
    return Ratio(entr(share).sum(axis=0) / np.log(roles), total > 0)


@ratio_outcome("post_views", "views per post", "none", due="end", posts=True)
def post_views(snapshot: Snapshot) -> Ratio:
    """Mean number of views of an own post since day 0, by its author."""
    rows = np.flatnonzero((snapshot.post("parent") < 0) & (snapshot.post("step") >= _begin(snapshot)))
    return Ratio(snapshot.post("views")[rows], np.ones(len(rows)), snapshot.post("author")[rows])


def _begin(snapshot: Snapshot) -> int:
    """The step of day 0."""
    return snapshot.world.parameters.warmup_steps


@subset_outcome("people", "people", "none", grouped=True)
def people(snapshot: Snapshot, who: Flags) -> float:
    """Number of people; tells how large a group is."""
    return float(np.count_nonzero(who))
