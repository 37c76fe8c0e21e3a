"""What every design has to do, whatever its name."""

import inspect

import pytest

from experiments.designs import DESIGNS
from experiments.factors import Factors, Range
from experiments.listing import KINDS
from experiments.study import Study
from simulation import Parameters

LISTS: Factors = {"beliefs.stigma_mean": (0.3, 0.6), "agents": (20, 40), "network.type": ("ring", "star")}
RANGES: Factors = {"beliefs.stigma_mean": Range(0.3, 0.6), "agents": Range(20, 40), "network.type": ("ring", "star")}


@pytest.fixture(params=DESIGNS)
def design(request):
    return DESIGNS[request.param]()


def factors_for(design):
    return RANGES if design.draws else LISTS


def test_it_has_as_many_points_as_it_says(design):
    assert len(design.choose(factors_for(design), 1)) == design.number_of_points(factors_for(design)) > 0


def test_every_point_gives_every_factor_a_value(design):
    assert all(list(point) == list(LISTS) for point in design.choose(factors_for(design), 1))


def test_the_same_seed_gives_the_same_points(design):
    assert design.choose(factors_for(design), 5) == design.choose(factors_for(design), 5)


def test_a_study_of_it_is_correct_and_is_read_back_from_what_it_resolves_to(design, tmp_path):
    from experiments.store import _study_text

    study = Study(base=Parameters(days=2), factors=factors_for(design), design=design, seed=4)
    (tmp_path / "study.yaml").write_bytes(_study_text(study.resolve()))
    again = Study.from_file(tmp_path / "study.yaml")
    assert again.scenario_table().equals(study.scenario_table())
    assert again.content_hash() == study.content_hash()


def test_it_says_in_its_first_sentence_how_many_points_it_has(design):
    assert "points" in (inspect.getdoc(type(design)) or "").split("\n", 1)[0]
    assert type(design).model_fields["type"].default in [row["name"] for row in KINDS["designs"]()]
