"""Times that `make bench` prints; nothing here says anything about the model.

`scripts/benchmark.py` makes the table of docs/benchmarks.md: larger sizes, fresh processes, memory.
"""

import pytest

from tests.benchmarks import bare_push, vectorised
from tests.benchmarks.plain_mesa import STEPS, PlainMesa
from tests.benchmarks.programs import model_of
from tests.benchmarks.starting import STARTS
from tests.benchmarks.workload import Workload, recorded

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

SIZES = (1_000, 10_000)
DAYS = 2


@pytest.fixture(scope="module", params=SIZES)
def work(request) -> Workload:
    model = model_of(request.param, DAYS, outcomes=[])
    model.run()
    return recorded(model)


def in_empty_rings(benchmark, loop, work):
    """Measure a bare loop; it has been compiled before."""
    loop(work, bare_push.empty(work.n_agents))
    return benchmark.pedantic(loop, setup=lambda: ((work, bare_push.empty(work.n_agents)), {}), rounds=5)


@pytest.mark.parametrize("n_agents", SIZES)
@pytest.mark.parametrize("engine", ["agents", "kernels"])
def test_two_days_on_an_engine(benchmark, engine, n_agents):
    model_of(50, 1, engine=engine).run()
    benchmark.pedantic(
        lambda model: model.run(), setup=lambda: ((model_of(n_agents, DAYS, engine=engine),), {}), rounds=3
    )


@pytest.mark.parametrize("n_agents", SIZES)
def test_two_days_in_plain_mesa(benchmark, n_agents):
    graph = model_of(n_agents, 0).graph

    def two_days(model: PlainMesa) -> None:
        for _ in range(DAYS * STEPS):
            model.step()

    benchmark.pedantic(two_days, setup=lambda: ((PlainMesa(graph),), {}), rounds=3)


def test_the_deliveries_and_reads_of_two_days_as_numpy_gathers(benchmark, work):
    assert benchmark.pedantic(vectorised.run, (work,), rounds=3, warmup_rounds=1)[0] == work.n_deliveries


def test_the_deliveries_of_two_days_as_a_bare_compiled_loop(benchmark, work):
    assert in_empty_rings(benchmark, bare_push.push, work) == work.n_deliveries


def test_the_deliveries_and_reads_of_two_days_as_bare_compiled_loops(benchmark, work):
    assert in_empty_rings(benchmark, bare_push.push_and_scan, work) == vectorised.run(work)


@pytest.mark.parametrize("name", STARTS)
def test_a_command_from_a_cold_process(benchmark, name):
    benchmark.pedantic(STARTS[name], rounds=5, warmup_rounds=1)
