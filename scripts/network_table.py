"""The tables of `docs/networks.md`: measures of networks against targets, time and memory, the physicians.

    python scripts/network_table.py            # all tables
    python scripts/network_table.py measures   # one of: measures, others, rewiring, cost, physicians

Time and memory are those of a fresh process for each size, with the compiled code already in the cache.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation.datasets import PHYSICIANS
from simulation.generators import Block, Classes, Configuration, Growth, Network, Popularity
from simulation.graph_measures import measures
from simulation.parameters import Parameters
from simulation.population import draw_classes

SEEDS = range(10)
SIZE = 5000

TARGETS: Mapping[str, tuple[float, float]] = {
    "mean_degree": (31, 33),
    "reciprocity": (0.22, 0.45),
    "tail_exponent": (2.05, 2.35),
    "clustering": (0.15, 0.31),
    "assortativity": (-0.16, 0),
    "correlation_log": (0.55, 0.75),
}
"""Ranges of section 3 of the model, for means over ten seeds at N >= 5,000."""

HIGGS: Mapping[str, float] = {
    "mean_degree": 32.5,
    "reciprocity": 0.316,
    "tail_exponent": 2.051,
    "followed_tail_exponent": 2.671,
    "clustering": 0.1887,
    "assortativity": -0.098,
    "correlation_log": 0.689,
    "strong_share": 0.789,
    "mean_distance": 3.17,
    "transitivity": 0.0087,
}
"""The Higgs Twitter graph (C-20), N = 456,626."""

PUBLISHED: Mapping[str, float] = {
    "agents": 241,
    "arcs": 1098,
    "mean_degree": 4.556,
    "reciprocity": 0.319,
    "transitivity": 0.251,
    "clustering": 0.312,
    "assortativity": -0.056,
    "max_followers": 26,
    "without_followers": 0.091,
    "max_followed": 9,
    "correlation_raw": 0.127,
    "strong_share": 95 / 241,
    "weak_share": 117 / 241,
    "mean_distance": 2.59,
    "followers_of_followed": 8.3224,
}
"""The physicians (C-21)."""


def classes(n_agents: int, seed: int) -> Classes:
    """Agents in the default shares."""
    return draw_classes(Parameters(), n_agents, {}, seed)


def measured(network: Network, n_agents: int, seeds: Iterable[int]) -> dict[str, np.ndarray]:
    """Every measure over seeds."""
    rows = [measures(network.build(classes(n_agents, seed), seed), sources=64) for seed in seeds]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table."""
    head = list(head)
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


def print_measures() -> None:
    """The default network against its targets."""
    found = measured(Popularity(), SIZE, SEEDS)
    large = measured(Popularity(), 100_000, [0])
    rows = []
    for name, values in found.items():
        low, high = TARGETS.get(name, (-np.inf, np.inf))
        target = f"{low:g} to {high:g}" if name in TARGETS else ""
        verdict = ("met" if low <= values.mean() <= high else "MISSED") if name in TARGETS else ""
        higgs = f"{HIGGS[name]:g}" if name in HIGGS else ""
        spread = f"{values.min():.4g} to {values.max():.4g}"
        rows.append([name, f"{values.mean():.4g}", spread, target, verdict, f"{large[name][0]:.4g}", higgs])
    table(["measure", "mean of 10 seeds", "range", "target", "", "N = 100,000", "Higgs"], rows)


def print_others() -> None:
    """The other random networks beside the default."""
    networks: list[Network] = [Popularity(), Growth(), Configuration(), Block()]
    columns = [measured(network, SIZE, range(3)) for network in networks]
    names = [*TARGETS, "strong_share", "mean_distance", "followers_of_followed", "max_followers", "max_followed"]
    rows = [[name, *(f"{column[name].mean():.3g}" for column in columns)] for name in names]
    table(["measure", *(f"`{type(network).__name__.lower()}`" for network in networks)], rows)


def print_rewiring() -> None:
    """The default network and its controls."""
    kinds = ("none", "communities", "degrees")
    columns = [measured(Popularity(rewire=kind), SIZE, range(3)) for kind in kinds]
    names = ["reciprocity", "clustering", "transitivity", "assortativity", "correlation_log", "followers_of_followed"]
    rows = [[name, *(f"{column[name].mean():.3g}" for column in columns)] for name in names]
    table(["measure", *(f"`rewire: {kind}`" for kind in kinds)], rows)


def print_cost() -> None:
    """Time and peak memory by size."""
    rows = []
    for n_agents in (5_000, 100_000, 1_000_000):
        output = subprocess.run(
            [sys.executable, __file__, "one", str(n_agents)], capture_output=True, text=True, check=True
        ).stdout.split()
        rows.append([f"{n_agents:,}", *output])
    table(["N", "arcs", "seconds", "peak memory, MB", "of which before the build, MB"], rows)


def print_one(n_agents: int) -> None:
    """Arcs, seconds, peak memory and memory before, for one build in this process."""
    Popularity().build(classes(300, 0), 0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    people = classes(n_agents, 1)
    start = time.perf_counter()
    graph = Popularity().build(people, 1)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(graph.n_arcs, f"{seconds:.2f}", f"{peak:.0f}", f"{before:.0f}")


def print_physicians() -> None:
    """The physicians against the published figures."""
    found = measures(PHYSICIANS.load(), sources=241)
    rows = [[name, f"{value:.4g}", f"{found[name]:.4g}"] for name, value in PUBLISHED.items()]
    table(["measure", "published or recomputed (C-21)", "here"], rows)


TABLES: Mapping[str, Callable[[], None]] = {
    "measures": print_measures,
    "others": print_others,
    "rewiring": print_rewiring,
    "cost": print_cost,
    "physicians": print_physicians,
}


def main(arguments: list[str]) -> None:
    """Print the tables asked for, or all."""
    if arguments[:1] == ["one"]:
        print_one(int(arguments[1]))
        return
    for name in arguments or TABLES:
        print(f"### {name}\n")
        TABLES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
