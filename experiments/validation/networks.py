"""Networks: the default generator, and the physicians as they are."""

import numpy as np

from experiments.validation.patterns import PATTERNS, Values
from simulation import DATASETS, FollowerGraph, Parameters, World, measures

SIZE = 5000


@PATTERNS.register("default_network")
def default_network(seed: int) -> Values:
    """Measures of a graph of 5,000 people, as model studies draw it."""
    return measures(World.build(Parameters().with_values({"agents": SIZE, "days": 0}), seed).graph)


@PATTERNS.register("physicians")
def physicians(seed: int) -> Values:
    """Measures of the physicians' network; nobody draws it, so it is the same for every seed."""
    graph = DATASETS["physicians"].load()
    return measures(graph) | {"named_have_more": named_have_more(graph)}


def named_have_more(graph: FollowerGraph) -> float:
    """Share of those who name anybody that name people with more nominations, on average, than they have."""
    counts = graph.follower_counts.astype(float)
    names = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
    total = np.bincount(names, weights=counts[graph.followed], minlength=graph.n_agents)
    naming = graph.followed_counts > 0
    return float(np.mean(total[naming] / graph.followed_counts[naming] > counts[naming]))
