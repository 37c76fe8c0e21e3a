"""How much is written and read: the size of everything else."""

import numpy as np

from simulation.outcomes.base import Flags, Ratio, Snapshot, ones, ratio_outcome, subset_outcome


@ratio_outcome("views", "views per person and day", "none", flow=True)
def views(snapshot: Snapshot) -> Ratio:
    """Mean number of posts and replies viewed per person and day since day 0."""
    days = 1.0 if snapshot.day > 0 else 0.0
    return Ratio(snapshot.since_yesterday("views"), ones(snapshot) * days)


@ratio_outcome("own_posts", "posts per person and day", "none", due="end")
def own_posts(snapshot: Snapshot) -> Ratio:
    """Mean number of own posts per person and day since day 0."""
    counted = (snapshot.post("parent") < 0) & (snapshot.post("step") >= snapshot.world.parameters.warmup_steps)
    written = np.bincount(snapshot.post("author")[counted], minlength=snapshot.world.n_agents)
    return Ratio(written, ones(snapshot) * snapshot.day)


@subset_outcome("people", "people", "none", grouped=True)
def people(snapshot: Snapshot, who: Flags) -> float:
    """Number of people; tells how large a group is."""
    return float(np.count_nonzero(who))
