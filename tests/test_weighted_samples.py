"""Points drawn from a weighted sample: as often as their weights say, the same for the same seed."""

from collections import Counter

import polars as pl
import pytest

from experiments import Study
from experiments.designs import POSTERIOR, Posterior
from experiments.factors import Range
from experiments.weighted_samples import golden_steps, read_sample, taken
from simulation import InputError, Parameters

WEIGHTS = (0.5, 0.0, 0.2, 0.3)


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "sample.parquet"
    columns = {"beliefs.stigma_mean": [0.3, 0.4, 0.5, 0.6], "reactions.reply": [0.01, 0.02, 0.03, 0.04]}
    said = {"weight": WEIGHTS, "distance": [1.0] * 4, "got replied": [0.2] * 4}
    pl.DataFrame(columns | said).write_parquet(path)
    return path


def points(path, seed=1, **settings):
    study = Study(design=Posterior(path=str(path), **settings), seed=seed)
    return study.scenario_table().drop("study", "point", "scenario").rows()


def test_sets_are_drawn_as_often_as_their_weights_say(sample):
    drawn = Counter(row[0] for row in points(sample, points=1000))
    # Golden steps come nearer to shares than chance does: within 1% of 1,000 points.
    assert {value: drawn[value] / 1000 for value in (0.3, 0.4, 0.5, 0.6)} == pytest.approx(
        {0.3: 0.5, 0.4: 0.0, 0.5: 0.2, 0.6: 0.3}, abs=0.01
    )


def test_values_of_one_set_stay_together(sample):
    assert set(points(sample, points=50)) == {(0.3, 0.01), (0.5, 0.03), (0.6, 0.04)}


def test_more_points_begin_with_the_same_ones_and_another_seed_draws_others(sample):
    few, many, others = points(sample, points=7), points(sample, points=20), points(sample, seed=2, points=20)
    assert many[:7] == few
    assert others != many


def test_a_seed_of_its_own_frees_the_points_from_that_of_the_study():
    one, other = (Study(design=Posterior(points=9).model_copy(update={"seed": 4}), seed=seed) for seed in (1, 2))
    assert one.scenario_table().equals(other.scenario_table())


def test_a_posterior_study_is_resolved_into_its_points(sample):
    study = Study(design=Posterior(path=str(sample), points=5))
    assert study.resolve()["design"] == {"type": "table", "file": None}
    assert all(len(list(values)) == 5 for values in study.factors.values() if not isinstance(values, Range))


def test_what_the_calibration_says_of_a_set_is_no_factor(sample):
    assert set(read_sample(sample).columns) == {"beliefs.stigma_mean", "reactions.reply"}


@pytest.mark.parametrize("weights", [[0.0, 0.0], [-1.0, 2.0], [float("nan"), 1.0], ["a", "b"], None])
def test_a_table_without_weights_is_refused(tmp_path, weights):
    columns = {"beliefs.stigma_mean": [0.3, 0.4]} | ({"weight": weights} if weights else {})
    pl.DataFrame(columns).write_parquet(tmp_path / "sample.parquet")
    with pytest.raises(InputError, match="has no column 'weight' of numbers"):
        read_sample(tmp_path / "sample.parquet")


def test_another_file_is_refused(tmp_path):
    (tmp_path / "sample.parquet").write_text("weight,agents\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not a Parquet file"):
        read_sample(tmp_path / "sample.parquet")


def test_a_sample_that_is_not_there_is_told_with_its_line(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("study: x\ndesign: {type: posterior, path: sampel.parquet}", encoding="utf-8")
    (tmp_path / "sample.parquet").touch()
    with pytest.raises(InputError, match=r"study.yaml:2: design.path: sampel.parquet: no such file") as caught:
        Study.from_file(file)
    assert caught.value.problems[0].nearest == "sample.parquet"


def test_a_posterior_study_has_no_factors_of_its_own(tmp_path, sample):
    file = tmp_path / "study.yaml"
    file.write_text(f"factors: {{agents: [5]}}\ndesign: {{type: posterior, path: {sample}}}", encoding="utf-8")
    with pytest.raises(InputError, match="the factors are in"):
        Study.from_file(file)


def test_the_sample_of_the_default_world_comes_with_the_package():
    sample = read_sample(POSTERIOR)
    assert sum(sample.weights) == pytest.approx(1.0)
    assert {"reactions.retweet", "beliefs.silence_weight", "beliefs.prior_mean"} <= set(sample.columns)
    for row in range(len(sample.weights)):
        Parameters().with_values({name: values[row] for name, values in sample.columns.items()})


def test_steps_are_spread_evenly_and_weights_are_laid_end_to_end():
    steps = golden_steps(0.25, 1000)
    assert max(b - a for a, b in zip(sorted(steps), sorted(steps)[1:], strict=False)) < 3 / 1000
    assert taken(WEIGHTS, [0.0, 0.49, 0.5, 0.69, 0.71, 0.999]) == [0, 0, 2, 2, 3, 3]
