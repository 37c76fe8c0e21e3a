"""Worlds in which all is still but for what a law is about, and people who do as they are told."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from simulation import (
    FollowerGraph,
    Hashtag,
    Intervention,
    Kind,
    Network,
    Parameters,
    RunError,
    SupportNetworkModel,
    World,
)

ALWAYS = 96.0
"""Sessions per day; with a step of six hours 24 per step, so that somebody misses a step once in 10^10."""

STILL: Mapping[str, object] = {
    "warmup_days": 0,
    "population.protected_share": 0.0,
    "population.superuser_share": 0.0,
    "population.night_shift_share": 0.0,
    "population.time_zones": (0.0,),
    "activity.posts_median": 0.0,
    "activity.posts_sigma": 0.0,
    "activity.sessions_sigma": 0.0,
    "activity.diurnal_amplitude": 0.0,
    "activity.maximum": 96.0,
    "reading.feed_length": 4096,
    "reading.scan_mean": 1e9,
    "reading.search_others": 0.0,
    "reading.search_adopters": 0.0,
    "reactions.retweet": 0.0,
    "reactions.reply": 0.0,
    "reactions.report": 0.0,
    "reactions.appeal_sigma": 0.0,
    "reactions.age_power": 0.0,
    "reactions.session_power": 0.0,
    "reactions.same_specialty": 1.0,
    "reactions.struggle_reply": 1.0,
    "reactions.bystander_power": 0.0,
    "disclosure.intercept": -1e9,
    "posting.irrelevant": 0.0,
    "posting.misinformation": 0.0,
    "posting.privacy": 0.0,
    "posting.copyright": 0.0,
    "distress.exam_load": 0.0,
    "distress.encouragement": 0.0,
    "distress.harm": 0.0,
    "distress.treatment": 0.0,
    "distress.use_gain": 0.0,
    "distress.use_loss": 0.0,
}
"""Rates are constant, everything delivered is read, and nobody reacts, discloses, offends or is moved."""

EVERYBODY_EVERY_STEP: Mapping[str, object] = {"step_minutes": 360.0, "activity.sessions_median": ALWAYS}
"""Settings under which everybody comes online in every step."""


class Made(Network):
    """A follower graph that is given; attributes on it (session_rate, posting_rate, role, ...) are honoured."""

    type: Literal["made"] = "made"
    graph: Any

    def size(self, agents: int) -> int:
        """N of the graph."""
        return int(self.graph.n_agents)

    def attributes(self, agents: int) -> Mapping[str, Any]:
        """What came with the graph."""
        return dict(self.graph.attributes)

    def draw(self, classes: object, seed: int) -> FollowerGraph:
        """The graph."""
        return self.graph  # type: ignore[no-any-return]


def still(*more: Mapping[str, object], network: FollowerGraph | None = None) -> Parameters:
    """A still world; later settings replace earlier ones."""
    values: dict[str, object] = dict(STILL)
    for settings in more:
        values |= settings
    parameters = Parameters().with_values(values)
    return parameters if network is None else parameters.model_copy(update={"network": Made(graph=network)})


def graph_of(n_agents: int, arcs: Iterable[tuple[ArrayLike, ArrayLike]], **attributes: ArrayLike) -> FollowerGraph:
    """A graph from pairs of arrays (authors, followers); attributes are arrays [N] or one value for all."""
    pairs = [np.broadcast_arrays(author, follower) for author, follower in arcs]
    authors = np.concatenate([pair[0].ravel() for pair in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    followers = np.concatenate([pair[1].ravel() for pair in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    columns = {name: np.broadcast_to(np.asarray(values), (n_agents,)).copy() for name, values in attributes.items()}
    return FollowerGraph.from_arcs(n_agents, authors, followers, attributes=columns)


class Says(Intervention):
    """Some people write one post each, in stage 1: what both engines can be told, where `once` needs a class.

    Args:
        rows: who, [K].
        kind: of every post; where it is left out, strugglers tell of their struggle and the others write as usual.
        each_step: how many of them write in one step, until all have; all at once where left out.
        every_days: after how many days all of them write again; never where left out.
    """

    rows: Any
    kind: Kind | None = Kind.ORDINARY
    each_step: int | None = None
    every_days: float | None = None

    def due(self, world: World, step: int) -> bool:
        """Whether somebody's turn has come."""
        if self.every_days is not None or self.each_step is None:
            return self.comes_round(world, step, self.every_days)
        return 0 <= (step - world.step_of(self.start_day)) * self.each_step < len(self.rows)

    def act(self, engine: Any, begun: object) -> None:  # noqa: ANN401 - the engine is not public
        """Those whose turn it is write."""
        rows = self.rows
        if self.each_step is not None:
            first = (engine.step - engine.world.step_of(self.start_day)) * self.each_step
            rows = rows[first : first + self.each_step]
        struggles = engine.column("struggler")
        for agent in np.asarray(rows).tolist():
            truth = Kind.STRUGGLE if struggles[agent] else Kind.ORDINARY
            if not engine.prompt(agent, truth if self.kind is None else self.kind, -1):
                raise RunError(f"agent {agent} could not write in step {engine.step}")


class SeedsAt(Hashtag):
    """A general tag with given people as seeds."""

    rows: Any = ()

    def begin(self, engine: Any) -> list[int]:  # noqa: ANN401 - the engine is not public
        """Open the tag and make them adopt it."""
        engine.adopt(engine.open_tag(self.tags()[0]), np.array(self.rows))
        return [0]


def alive(
    parameters: Parameters,
    seed: int,
    *actions: Intervention,
    **options: Any,  # noqa: ANN401 - as the model takes them
) -> SupportNetworkModel:
    """A model of the engine `kernels` before its first step; outcomes are taken only where asked for."""
    return SupportNetworkModel(
        parameters, rng=seed, **{"engine": "kernels", "outcomes": (), "interventions": actions, **options}
    )


def lived(
    parameters: Parameters,
    seed: int,
    *actions: Intervention,
    days: float | None = None,
    **options: Any,  # noqa: ANN401 - as the model takes them
) -> SupportNetworkModel:
    """The same after all its days, or some."""
    model = alive(parameters, seed, *actions, **options)
    model.run(days)
    return model
