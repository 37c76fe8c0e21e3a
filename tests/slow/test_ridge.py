"""The ridge of psi and n0 is one: the baseline believes the same in all of its worlds."""

import numpy as np
import polars as pl
import pytest

from experiments import Study
from experiments.designs import Ridge
from simulation import Parameters

pytestmark = pytest.mark.slow


def test_the_baseline_believes_the_same_all_along_the_ridge(tmp_path):
    """Within 3% of the belief under the defaults; n0 alone would move it by a factor of two."""
    base = Parameters(agents=2000, days=30)
    study = Study(base=base, design=Ridge(), outcomes=["normalization"], seed=42)
    outcomes = study.run(out=tmp_path).outcomes
    last = outcomes.filter((pl.col("group") == "all") & (pl.col("day") == 30))
    usual = last.filter(pl.col("scenario") == str(study.scenarios.labels_once[4]))["value"].item()
    assert last.height == 10
    assert np.abs(last["value"].to_numpy() / usual - 1.0).max() < 0.03
