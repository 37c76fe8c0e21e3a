"""Worlds that runs share: the same run with and without, and the graph drawn once."""

import pytest

import simulation.world
from simulation import NETWORKS, Hashtag, Moderation, Parameters, SupportNetworkModel, Worlds

BASE = Parameters(agents=60, days=2, warmup_days=1, step_minutes=120)
OTHER = BASE.with_values({"beliefs.stigma_mean": 0.7})
ARMS = ((), (Hashtag(),), (Hashtag(), Moderation(regime="automatic_review")))


@pytest.fixture
def drawn(monkeypatch):
    """Seeds of the graphs drawn."""
    seeds, real = [], simulation.world.drawn_graph

    def counted(parameters, seed):
        seeds.append(seed)
        return real(parameters, seed)

    monkeypatch.setattr(simulation.world, "drawn_graph", counted)
    return seeds


def everything(parameters, seed, interventions, worlds=None):
    model = SupportNetworkModel(parameters, rng=seed, interventions=interventions, worlds=worlds)
    model.run()
    return {"outcomes": model.outcomes, **model.tables}


@pytest.mark.parametrize("engine_runs", [1, 2])
def test_a_run_is_the_same_in_a_world_that_others_have_used(engine_runs):
    worlds = Worlds()
    for parameters in (BASE, OTHER) * engine_runs:
        for arm in ARMS:
            shared, own = everything(parameters, 5, arm, worlds), everything(parameters, 5, arm)
            assert shared.keys() == own.keys()
            assert all(shared[name].equals(own[name]) for name in own)


def test_the_graph_is_drawn_once_for_all_arms_and_for_scenarios_that_do_not_change_it(drawn):
    worlds = Worlds()
    kept = [worlds.world(parameters, seed).graph for seed in (1, 2) for parameters in (BASE, OTHER) for _ in ARMS]
    assert drawn == [1, 2]
    assert len({id(graph) for graph in kept}) == 2


def test_arms_share_the_people_and_scenarios_do_not():
    worlds = Worlds()
    first, second, third = (worlds.world(parameters, 1) for parameters in (BASE, BASE, OTHER))
    assert first is second
    assert third.population is not first.population


@pytest.mark.parametrize(
    "change",
    [
        {"agents": 61},
        {"population.roles.student": 0.25, "population.roles.other": 0.25},
        {"population.agents_per_community": 20},
        {"network": NETWORKS["ring"]()},
        {"network": NETWORKS["popularity"](rewire="degrees")},
    ],
)
def test_what_changes_the_graph_has_a_graph_of_its_own(change, drawn):
    worlds = Worlds()
    direct = {name: value for name, value in change.items() if not isinstance(value, float) and "." not in name}
    changed = BASE.model_copy(update=direct) if direct else BASE.with_values(change)
    one, other = worlds.world(BASE, 1), worlds.world(changed, 1)
    assert len(drawn) == 2
    assert one.graph is not other.graph


def test_a_network_file_that_changes_is_read_again(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text("follower,author\na,b\nb,c\nc,a\n")
    parameters = BASE.model_copy(update={"network": NETWORKS["file"].model_validate({"path": str(path)})})
    worlds = Worlds()
    assert worlds.world(parameters, 1).graph.n_arcs == 3
    path.write_text("follower,author\na,b\nb,c\nc,a\na,c\n")
    assert worlds.world(parameters, 1).graph.n_arcs == 4


def test_no_more_worlds_are_kept_than_was_said():
    worlds = Worlds(keep=2)
    first = worlds.world(BASE, 1)
    worlds.world(BASE, 2)
    assert worlds.world(BASE, 1) is first
    worlds.world(BASE, 3)
    assert worlds.world(BASE, 1) is first
    worlds.world(BASE, 4)
    worlds.world(BASE, 5)
    assert worlds.world(BASE, 1) is not first
