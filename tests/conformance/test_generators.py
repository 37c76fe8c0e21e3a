"""What holds for every registered network generator, by its name."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulation.datasets import PHYSICIANS
from simulation.draws import Decision, uniforms
from simulation.errors import DatasetError
from simulation.generators import NETWORKS, ROLES, SPECIALTIES, Classes, number_of_communities
from simulation.graph import FollowerGraph
from simulation.graph_measures import measures
from simulation.records import declarations


def people(n_agents, seed=1):
    """Classes of agents in the usual shares."""
    who = np.arange(n_agents)
    role, specialty, community = (uniforms(seed, Decision.SAMPLE, who, k) for k in range(3))
    return Classes(
        n_agents,
        np.searchsorted([0.35, 0.65, 0.85], role, side="right").astype(np.int8),
        (specialty * len(SPECIALTIES)).astype(np.int8),
        (community * number_of_communities(n_agents)).astype(np.int32),
    )


@pytest.fixture(params=sorted(NETWORKS))
def settings(request, tmp_path):
    """Keys of a network of each type that can be built here."""
    if request.param == "file":
        path = tmp_path / "ring.txt"
        path.write_text("".join(f"{k} {(k + 1) % 30}\n{k} {(k + 7) % 30}\n" for k in range(30)))
        return {"type": "file", "path": str(path)}
    if request.param == "dataset":
        try:
            PHYSICIANS.find()
        except DatasetError as error:
            pytest.skip(str(error))
    return {"type": request.param}


@pytest.fixture
def network(settings):
    return NETWORKS[settings["type"]].model_validate(settings)


def built(network, asked=300, seed=3):
    return network.build(people(network.size(asked)), seed)


def same(first, second):
    return np.array_equal(first.followed_offsets, second.followed_offsets) and np.array_equal(
        first.followed, second.followed
    )


@pytest.mark.parametrize("asked", [1, 2, 3, 10, 300])
@pytest.mark.parametrize("rewire", ["none", "degrees", "communities"])
def test_the_graph_keeps_its_invariants_at_every_size(network, asked, rewire):
    graph = built(network.model_copy(update={"rewire": rewire}), asked)
    graph.check()
    assert graph.n_agents == network.size(asked)


def test_the_same_seed_gives_the_same_graph(network):
    assert same(built(network), built(network))


def test_another_seed_gives_another_graph_where_chance_has_a_part(network):
    assert same(built(network, seed=3), built(network, seed=4)) != network.random


def test_a_rewired_graph_keeps_all_degrees(network):
    plain, shuffled = built(network), built(network.model_copy(update={"rewire": "degrees"}))
    assert np.array_equal(plain.follower_counts, shuffled.follower_counts)
    assert np.array_equal(plain.followed_counts, shuffled.followed_counts)


def test_relabelling_the_agents_changes_no_measure(network):
    graph = built(network)
    new = np.argsort(uniforms(9, Decision.SAMPLE, np.arange(graph.n_agents), 0))
    relabelled = FollowerGraph.from_arcs(graph.n_agents, new[graph.authors], new[graph.followers])
    sources = graph.n_agents
    assert measures(relabelled, sources=sources) == pytest.approx(measures(graph, sources=sources), nan_ok=True)


def test_attributes_have_one_entry_for_each_agent(network):
    n_agents = network.size(300)
    assert all(len(values) == n_agents for values in network.attributes(n_agents).values())


def test_settings_survive_being_written_and_read(network):
    again = type(network).model_validate_json(network.model_dump_json())
    assert again == network


def test_an_unknown_key_is_refused(settings):
    with pytest.raises(ValidationError, match="no_such_key"):
        NETWORKS[settings["type"]].model_validate({**settings, "no_such_key": 1})


def test_the_type_is_the_registered_name_and_cannot_be_another(settings):
    with pytest.raises(ValidationError, match="type"):
        NETWORKS[settings["type"]].model_validate({**settings, "type": "another"})


def test_every_setting_is_declared_with_a_sentence_a_source_and_a_grade(network):
    for declared in declarations(type(network)):
        assert declared.meaning.endswith("."), declared.path
        assert declared.source, declared.path
        assert declared.grade in {"V", "V2", "C", "M", "A", "-"}, declared.path


def test_roles_and_specialties_are_those_of_the_model():
    assert ROLES == ("student", "resident", "faculty", "other", "public")
    assert len(SPECIALTIES) == 6
