"""A recorded workload: who wrote and who came online in each step, for programs that only deliver and read.

Axes: N agents, E arcs, S steps, P posts and retweets, O visits.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation import Kind, SupportNetworkModel

ROOM = 256
"""Places in a feed."""
SCAN_MEAN = 100.0
_REPLIES = (Kind.REPLY_SUPPORTIVE, Kind.REPLY_NEUTRAL, Kind.REPLY_DEROGATORY)


class Workload(NamedTuple):
    """What is to be delivered and who reads.

    Args:
        offsets, followers: the followers [E] of each author, from `offsets` [N+1].
        post_offsets, authors: authors [P] of what is delivered at the end of each step, from `post_offsets` [S+1].
        visit_offsets, online, lengths: who [O] comes online in each step and how many posts [O] they scan at most.
    """

    offsets: NDArray[np.int64]
    followers: NDArray[np.int32]
    post_offsets: NDArray[np.int64]
    authors: NDArray[np.int32]
    visit_offsets: NDArray[np.int64]
    online: NDArray[np.int32]
    lengths: NDArray[np.int64]

    @property
    def n_agents(self) -> int:
        """N."""
        return len(self.offsets) - 1

    @property
    def n_deliveries(self) -> int:
        """Posts times their authors' followers."""
        return int(np.diff(self.offsets)[self.authors].sum())


def recorded(model: SupportNetworkModel, first_step: int = 0) -> Workload:
    """The posts of a run that is over, from a step on, and visits drawn anew by the model's law.

    Feeds are empty on the first step; of the visits only the number counts.
    """
    steps = model.parameters.total_steps
    delivered = ~np.isin(model.engine.post_column("kind"), _REPLIES)
    delivered &= model.engine.post_column("step") >= first_step
    post_steps = model.engine.post_column("step")[delivered]
    visits = _visits(model, first_step, steps)
    return Workload(
        offsets=model.world.graph.follower_offsets,
        followers=model.world.graph.followers,
        post_offsets=_offsets(post_steps, first_step, steps),
        authors=model.engine.post_column("author")[delivered].astype(np.int32),
        visit_offsets=_offsets(visits[:, 0], first_step, steps),
        online=visits[:, 1].astype(np.int32),
        lengths=np.random.default_rng(model.run_seed).geometric(1.0 / SCAN_MEAN, len(visits)),
    )


def _visits(model: SupportNetworkModel, first_step: int, steps: int) -> NDArray[np.int64]:
    """Step and agent [O, 2] of every visit, in order."""
    generator = np.random.default_rng(model.run_seed)
    chance = 1.0 - np.exp(-model.world.population.session_rate / model.parameters.steps_per_day)
    found: list[NDArray[Any]] = []
    for step in range(first_step, steps):
        online = np.flatnonzero(generator.random(model.world.n_agents) < chance)
        found.append(np.column_stack([np.full(len(online), step), online]))
    return np.concatenate(found)


def _offsets(steps: NDArray[Any], first_step: int, n_steps: int) -> NDArray[np.int64]:
    """Where the entries of each step begin [S+1]; entries are in the order of steps."""
    return np.searchsorted(steps, np.arange(first_step, n_steps + 1)).astype(np.int64)
