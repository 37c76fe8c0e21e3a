"""Other programs drive the model, and get what a sweep gets: Mesa's `batch_run` and the EMA Workbench."""

from typing import Any

import ema_workbench as ema
import numpy as np
import polars as pl
import pytest
from mesa.batchrunner import batch_run

from experiments import Arm, Study
from experiments.study import replicate_seed
from simulation import Hashtag, Parameters, SupportNetworkModel

SETTINGS: dict[str, Any] = {"agents": 40, "days": 2, "warmup_days": 1, "step_minutes": 120}
STIGMA = (0.3, 0.6)
TAG = Hashtag(seeds={"count": 5})
ARMS = {"none": [], "tag": [TAG]}
SEEDS = [replicate_seed(3, r) for r in (1, 2)]
OUTCOMES = ["adopters", "stigma"]


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Last values of a sweep, by stigma, arm, seed and outcome."""
    study = Study(
        study="driven",
        base=Parameters().with_values(SETTINGS),
        arms=[Arm(name, actions) for name, actions in ARMS.items()],
        factors={"beliefs.stigma_mean": STIGMA},
        replicates=2,
        outcomes=OUTCOMES,
        seed=3,
    )
    results = study.run(out=tmp_path_factory.mktemp("driven"))
    rows = results.outcomes.filter(pl.col("group") == "all").sort("step")
    keys = ["scenario", "arm", "seed", "outcome"]
    last = rows.group_by(keys).agg(pl.col("value").last())
    return {(float(s.split("=")[1]), arm, seed, name): value for s, arm, seed, name, value in last.iter_rows()}


def test_mesa_drives_the_model_and_gets_what_a_sweep_gets(swept):
    rows = batch_run(
        SupportNetworkModel,
        parameters=SETTINGS | {"beliefs__stigma_mean": list(STIGMA), "interventions": list(ARMS.values())},
        rng=SEEDS,
        max_steps=10_000,
        display_progress=False,
    )
    assert len(rows) == len(STIGMA) * len(ARMS) * len(SEEDS)
    for row in rows:
        arm = "tag" if row["interventions"] else "none"
        assert row["day"] == SETTINGS["days"]
        assert row["adopters"] == swept[row["beliefs__stigma_mean"], arm, row["rng"], "adopters"]


def world(arm="none", rng=1, **settings):
    """One run as a plain function."""
    model = SupportNetworkModel(rng=rng, interventions=ARMS[arm], outcomes=OUTCOMES, **SETTINGS, **settings)
    model.run()
    ends = model.outcomes.filter(pl.col("group") == "all").group_by("outcome", maintain_order=True).last()
    return dict(ends.select("outcome", "value").iter_rows())


def test_the_ema_workbench_drives_the_model_and_gets_what_a_sweep_gets(swept):
    model = ema.ReplicatorModel("supportnet", function=world)
    model.uncertainties = [ema.RealParameter("beliefs__stigma_mean", 0.1, 0.9)]
    model.outcomes = [ema.ArrayOutcome(name) for name in OUTCOMES]
    model.replications = [{"rng": seed} for seed in SEEDS]
    scenarios = [ema.Sample(f"s{i}", beliefs__stigma_mean=value) for i, value in enumerate(STIGMA)]
    policies = [ema.Sample(name, arm=name) for name in ARMS]
    experiments, outcomes = ema.perform_experiments(model, scenarios=scenarios, policies=policies)
    assert len(experiments) == len(STIGMA) * len(ARMS)
    for name in OUTCOMES:
        expected = [
            [swept[stigma, arm, seed, name] for seed in SEEDS]
            for stigma, arm in zip(experiments["beliefs__stigma_mean"], experiments["policy"], strict=True)
        ]
        assert np.array_equal(outcomes[name], expected)


def test_the_ema_workbench_samples_settings_and_arms_by_itself():
    model = ema.ReplicatorModel("supportnet", function=world)
    model.uncertainties = [ema.RealParameter("beliefs__stigma_mean", 0.3, 0.6)]
    model.levers = [ema.CategoricalParameter("arm", list(ARMS))]
    model.outcomes = [ema.ArrayOutcome("stigma")]
    model.replications = 2
    experiments, outcomes = ema.perform_experiments(model, scenarios=3, policies=2)
    assert outcomes["stigma"].shape == (6, 2)
    assert experiments["beliefs__stigma_mean"].between(0.3, 0.6).all()
