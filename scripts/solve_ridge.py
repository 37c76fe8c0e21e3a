"""Write experiments/ridge.csv: pairs of psi and n0 that no baseline can tell apart, each as it is and at beta_n = 0.

    python scripts/solve_ridge.py

How silence is read (psi, `beliefs.silence_weight`) and what was believed before (n0, `beliefs.prior_mean`) are
identified only together, by how common people believe struggling to be. For every psi the n0 is sought at which the
baseline ends with the same mean belief as under the defaults. Belief is nearly linear in n0, so two runs for each psi
and seed give a line; rounded to three digits, n0 is known better than the noise.
"""

import sys
from itertools import product
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from experiments.study import replicate_seed  # noqa: E402 - the script runs from anywhere
from simulation import Parameters, SupportNetworkModel  # noqa: E402

OUT = ROOT / "experiments" / "ridge.csv"
SILENCE = (0.0, 0.05, 0.11, 0.2, 0.3)
"""psi; beyond 0.3, n0 would leave its plausible range."""
PRIORS = (0.1, 0.3)
WORLD = {"agents": 2000, "days": 30}
SEEDS = tuple(replicate_seed(42, replicate) for replicate in range(1, 4))


def belief(silence: float, prior: float) -> float:
    """Mean belief at the end of the baseline, over seeds."""
    settings = {**WORLD, "beliefs.silence_weight": silence, "beliefs.prior_mean": prior}
    return sum(_belief(Parameters().with_values(settings), seed) for seed in SEEDS) / len(SEEDS)


def _belief(parameters: Parameters, seed: int) -> float:
    """Mean belief at the end of one run."""
    model = SupportNetworkModel(parameters, rng=seed, outcomes=("normalization",))
    model.run()
    last = model.outcomes.filter((pl.col("group") == "all") & (pl.col("step") == pl.col("step").max()))
    return float(last["value"][0])


def prior_for(silence: float, wanted: float) -> float:
    """The n0 at which the baseline ends with the wanted belief."""
    low, high = (belief(silence, prior) for prior in PRIORS)
    return PRIORS[0] + (PRIORS[1] - PRIORS[0]) * (wanted - low) / (high - low)


def main() -> None:
    """Solve, and write the points."""
    defaults = Parameters()
    wanted = belief(defaults.beliefs.silence_weight, defaults.beliefs.prior_mean)
    pairs = [(silence, round(prior_for(silence, wanted), 3)) for silence in SILENCE]
    lines = ["beliefs.silence_weight,beliefs.prior_mean,disclosure.norm"]
    for (silence, prior), norm in product(pairs, (defaults.disclosure.norm, 0.0)):
        own = defaults.beliefs.prior_mean if silence == defaults.beliefs.silence_weight else prior
        lines.append(f"{silence},{own},{norm}")
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"mean belief {wanted:.4f}")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
