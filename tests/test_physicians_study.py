"""The main job: the study on the network of 241 physicians, as it stands in configs/studies."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from experiments import Arm, Store, Study, run_experiment
from simulation import DATASETS

STUDY = Path(__file__).parents[1] / "configs" / "studies" / "physicians.yaml"
TABLES = ("outcomes", "posts", "adoptions", "desk", "network")
WRITTEN = ["key", "author", "step", "kind", "tag", "violation", "parent", "root"]
"""Columns of a post that are settled when it is written."""

pytestmark = pytest.mark.skipif(DATASETS["physicians"].find() is None, reason="the physicians are not on this machine")


def results_of(study: Study) -> dict[str, dict[str, pl.DataFrame]]:
    """Tables of the first replicate of each arm."""
    first = [experiment for experiment in study.experiments() if experiment.replicate == 1]
    return {experiment.arm: run_experiment(experiment) for experiment in first}


def begun_on(study: Study, day: float) -> Study:
    """The study with everything that is done beginning on another day."""
    arms = [
        Arm(arm.name, [item.model_copy(update={"start_day": day}) for item in arm.interventions]) for arm in study.arms
    ]
    return dataclasses.replace(study, arms=arms)


@pytest.mark.parametrize("onset", [0, 5])
def test_the_arms_are_one_world_until_something_is_done(onset: int) -> None:
    study = begun_on(Study.from_file(STUDY, ["days=12"]), onset)
    none, tag = results_of(study).values()
    onset_step = (14 + onset) * 96
    before = [tables["posts"].filter(pl.col("step") < onset_step).select(WRITTEN) for tables in (none, tag)]
    assert len(before[0]) > 1000
    assert before[0].equals(before[1])
    outcomes = [tables["outcomes"].filter(pl.col("step") <= onset_step).drop("arm") for tables in (none, tag)]
    assert outcomes[0].equals(outcomes[1])
    assert not none["posts"].select(WRITTEN).equals(tag["posts"].select(WRITTEN))


def test_the_network_is_the_published_one() -> None:
    tables = next(iter(results_of(Study.from_file(STUDY, ["days=1"])).values()))
    measured = dict(zip(tables["network"]["measure"], tables["network"]["value"], strict=True))
    assert measured["agents"] == 241
    assert measured["arcs"] == 1098
    assert round(measured["reciprocity"], 3) == 0.319
    assert round(measured["mean_degree"], 3) == 4.556
    assert round(measured["followers_of_followed"], 4) == 8.3224


def test_the_study_run_twice_gives_the_same_tables_whatever_the_hash_seed(tmp_path: Path) -> None:
    found = []
    for hash_seed in ("0", "12345"):
        folder = tmp_path / hash_seed
        command = [sys.executable, "-m", "experiments.cli", "run", str(STUDY), "days=10", "-o", str(folder)]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": hash_seed}, check=True, capture_output=True)
        found.append({table: Store(folder).table(table) for table in TABLES})
    for table in TABLES:
        assert len(found[0][table]) > 0 or table == "desk", table
        assert found[0][table].equals(found[1][table]), table
