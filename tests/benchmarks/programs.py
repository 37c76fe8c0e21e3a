"""The programs that are measured, each under a name: given a size and a number of days, what it took.

Every program does the same on the same graph with equally busy people: a support tag begun by hubs, no moderation,
steps of a quarter of an hour. One day goes before the measured ones, so that feeds are filled.
"""

import gc
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from experiments.run import peak_memory_mb
from simulation import Hashtag, Parameters, SupportNetworkModel
from tests.benchmarks import bare_push, vectorised
from tests.benchmarks.plain_mesa import STEPS, PlainMesa, TunedMesa
from tests.benchmarks.workload import Workload, recorded

SEED = 1
DAYS_BEFORE = 1


class Measured(NamedTuple):
    """What a program took.

    Args:
        build_seconds: from settings to the first step.
        seconds: the measured days.
        views: posts and replies viewed in them.
        bytes_per_person: growth of the largest resident memory, by then, over that of a tiny run in the same process.
        push_seconds, scan_seconds: bare compiled loops that deliver the posts of these days, and that deliver and scan
            them, beginning with empty feeds; 0 where that is not measured.
    """

    build_seconds: float
    seconds: float
    views: int
    bytes_per_person: float = 0.0
    push_seconds: float = 0.0
    scan_seconds: float = 0.0


Program = Callable[[int, int], Measured]


def model_of(n_agents: int, days: int, **options: Any) -> SupportNetworkModel:
    """The model that is measured; options are those of its class."""
    parameters = Parameters().with_values({"agents": n_agents, "days": days, "warmup_days": 0})
    return SupportNetworkModel(parameters, rng=SEED, interventions=[Hashtag()], **{"outcomes": [], **options})


def kernels(n_agents: int, days: int) -> Measured:
    """The engine `kernels`, no outcomes; then the bare loops on the posts of its run."""
    measured, model = _measured(n_agents, days)
    work = recorded(model, DAYS_BEFORE * STEPS)
    del model
    gc.collect()
    return measured._replace(
        push_seconds=_fastest(bare_push.push, work), scan_seconds=_fastest(bare_push.push_and_scan, work)
    )


def kernels_with_outcomes(n_agents: int, days: int) -> Measured:
    """The engine `kernels`, every outcome taken every day."""
    return _measured(n_agents, days, outcomes=None)[0]


def kernels_without_posts(n_agents: int, days: int) -> Measured:
    """The engine `kernels`, no outcomes; posts are forgotten when nobody can read them any more."""
    return _measured(n_agents, days, keep_posts=False)[0]


def kernels_by_two_threads(n_agents: int, days: int) -> Measured:
    """The same by two threads."""
    return _measured(n_agents, days, keep_posts=False, threads=2)[0]


def agents(n_agents: int, days: int) -> Measured:
    """The engine `agents`, no outcomes."""
    return _measured(n_agents, days, engine="agents")[0]


def plain_mesa(n_agents: int, days: int) -> Measured:
    """The yardstick: plain Mesa on the graph, and with the rates, of the model; every agent steps."""
    return _plain(PlainMesa, n_agents, days)


def tuned_mesa(n_agents: int, days: int) -> Measured:
    """Plain Mesa that draws with NumPy who comes online."""
    return _plain(TunedMesa, n_agents, days)


def _plain(rival: type[PlainMesa], n_agents: int, days: int) -> Measured:
    """Measure a rival on the graph, and with the rates, of the model."""
    world = model_of(n_agents, days).world
    rates = np.column_stack([world.population.posting_rate, world.population.session_rate])
    start = time.perf_counter()
    model = rival(world.graph.to_networkx(), SEED, rates)
    built = time.perf_counter()
    for _ in range(DAYS_BEFORE * STEPS):
        model.step()
    before, begun = sum(person.views for person in model.people), time.perf_counter()
    for _ in range(days * STEPS):
        model.step()
    done = time.perf_counter()
    return Measured(built - start, done - begun, sum(person.views for person in model.people) - before)


def numpy_gathers(n_agents: int, days: int) -> Measured:
    """Deliveries and reads alone, as NumPy gathers, on the posts of the model."""
    model = model_of(n_agents, days + DAYS_BEFORE)
    model.run()
    work = recorded(model, DAYS_BEFORE * STEPS)
    start = time.perf_counter()
    _, views = vectorised.run(work)
    return Measured(0.0, time.perf_counter() - start, views)


PROGRAMS: dict[str, Program] = {
    "kernels": kernels,
    "kernels, all outcomes": kernels_with_outcomes,
    "kernels, posts not kept": kernels_without_posts,
    "kernels, two threads": kernels_by_two_threads,
    "agents": agents,
    "plain Mesa": plain_mesa,
    "tuned Mesa": tuned_mesa,
    "NumPy, deliver and read": numpy_gathers,
}
"""Every program by the name that tables use."""


def _measured(n_agents: int, days: int, **options: Any) -> tuple[Measured, SupportNetworkModel]:
    """Measure an engine after a tiny run, which loads (or makes) its compiled code."""
    model_of(50, 1, **options).run()
    gc.collect()
    memory, start = peak_memory_mb(), time.perf_counter()
    model = model_of(n_agents, days + DAYS_BEFORE, **options)
    built = time.perf_counter()
    model.run(DAYS_BEFORE)
    before, begun = int(model.engine.column("views").sum()), time.perf_counter()
    model.run()
    done = time.perf_counter()
    grown = (peak_memory_mb() - memory) * 1024.0**2 / n_agents
    views = int(model.engine.column("views").sum()) - before
    return Measured(built - start, done - begun, views, grown), model


def _fastest(loop: Callable[[Workload, bare_push.Rings], object], work: Workload, times: int = 3) -> float:
    """Seconds of the fastest of several calls, each with empty rings; the first compiles."""
    seconds = []
    for _ in range(times):
        rings = bare_push.empty(work.n_agents)
        start = time.perf_counter()
        loop(work, rings)
        seconds.append(time.perf_counter() - start)
    return min(seconds)
