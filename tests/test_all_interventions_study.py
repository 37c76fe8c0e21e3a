"""The study in which all twelve interventions act together, as it stands in configs/studies, on both engines."""

from pathlib import Path

import pytest

from experiments import Study
from simulation import INTERVENTIONS, SupportNetworkModel

STUDY = Path(__file__).parents[1] / "configs" / "studies" / "all-interventions.yaml"


@pytest.fixture(scope="module")
def study() -> Study:
    """The study in a smaller world and a shorter time."""
    return Study.from_file(STUDY, ["agents=250", "days=16"])


def test_one_arm_of_the_study_holds_all_twelve(study: Study) -> None:
    everything = {type(action).identifier for action in study.arms[-1].interventions}
    assert everything == {kind.identifier for kind in INTERVENTIONS.values()} == {f"I{n}" for n in range(1, 13)}


def test_the_study_comes_out_the_same_on_both_engines(study: Study) -> None:
    """Every table of every arm's first replicate, and something of it in each: replies, adoptions, cases."""
    for experiment in study.experiments():
        if experiment.replicate != 1:
            continue
        actions = experiment.interventions
        one, other = (
            SupportNetworkModel(experiment.parameters, rng=experiment.seed, engine=engine, interventions=actions)
            for engine in ("agents", "kernels")
        )
        for model in (one, other):
            model.run()
        for name, table in one.tables.items():
            assert table.equals(other.tables[name]), f"{experiment.arm}: table {name}"
        assert one.outcomes.equals(other.outcomes), experiment.arm
        assert bool(one.engine.adoptions) == bool(actions)
