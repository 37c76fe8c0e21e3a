"""Worlds in which all is still but for what a law is about, and people who only watch or do as they are told."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from simulation import FollowerGraph, Network, Parameters, Person, SupportNetworkModel
from simulation.agents import AgentsEngine

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
    """A follower graph made by a test; attributes on it (session_rate, posting_rate, role, ...) are honoured."""

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
        assert isinstance(self.graph, FollowerGraph)
        return self.graph


def still(*more: Mapping[str, object], network: FollowerGraph | None = None) -> Parameters:
    """A still world; later settings replace earlier ones."""
    values: dict[str, object] = dict(STILL)
    for settings in more:
        values |= settings
    parameters = Parameters().with_values(values)
    return parameters if network is None else parameters.model_copy(update={"network": Made(graph=network)})


def begin(parameters: Parameters, seed: int, agent_class: type[Person] = Person, **options: Any) -> SupportNetworkModel:
    """A model before its first step; outcomes are taken only where asked for."""
    return SupportNetworkModel(
        parameters, rng=seed, agent_class=agent_class, engine="agents", **{"outcomes": (), **options}
    )


def run(
    parameters: Parameters, seed: int, agent_class: type[Person] = Person, days: float | None = None, **options: Any
) -> SupportNetworkModel:
    """A model that has run to its end, or for some days."""
    model = begin(parameters, seed, agent_class, **options)
    model.run(days)
    return model


def people_of(model: SupportNetworkModel) -> list[Any]:
    """The people of a run, in order, with whatever their class has noted."""
    assert isinstance(model.engine, AgentsEngine)
    return model.engine.people


def graph_of(n_agents: int, arcs: Iterable[tuple[ArrayLike, ArrayLike]], **attributes: ArrayLike) -> FollowerGraph:
    """A graph from pairs of arrays (authors, followers); attributes are arrays [N] or one value for all."""
    pairs = [np.broadcast_arrays(author, follower) for author, follower in arcs]
    authors = np.concatenate([pair[0].ravel() for pair in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    followers = np.concatenate([pair[1].ravel() for pair in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    columns = {name: np.broadcast_to(np.asarray(values), (n_agents,)).copy() for name, values in attributes.items()}
    return FollowerGraph.from_arcs(n_agents, authors, followers, attributes=columns)


def once(step: int = 0, who: Callable[[Person], bool] = lambda person: True) -> type[Person]:
    """People of whom some write exactly one post, in one step, and the others none; they must be online then."""

    class Once(Person):
        def wants_to_post(self, slot: int) -> bool:
            return slot == 0 and who(self)

        def write(self) -> None:
            """Write in that step alone; a session of another step yields nothing."""
            if self.engine.step != step:
                self.sessions = 0
            super().write()

    return Once


class Watched(Person):
    """Somebody who acts as anybody and keeps a list of what was viewed: (step, row of the item, row of its root)."""

    def _begin_memory(self) -> None:
        super()._begin_memory()
        self.sightings: list[tuple[int, int, int]] = []

    def believe(self) -> None:
        """Note what was viewed, then believe."""
        self.sightings.extend((self.engine.step, item.row, root.row) for item, root in self.seen)
        super().believe()
