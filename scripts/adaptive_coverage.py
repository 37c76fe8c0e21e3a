"""How often the intervals of adaptive replicates miss the truth, by simulation: the table of docs/studies.md.

    python scripts/adaptive_coverage.py             20,000 comparisons of 200 pairs for each kind of difference
    python scripts/adaptive_coverage.py --runs 2000 fewer

For each kind of difference: the share of comparisons in which the truth lies outside of the interval at any number of
pairs from 3 to 200, at any look of the rule (10, 13, 17, ... 200), and at the look at which the rule stops; the last
two columns are the same for the interval of a single t test.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

from experiments.adaptive import Adaptive, half_width  # noqa: E402 - the script runs from anywhere

PAIRS = 200
WANTED = 0.4
"""Half-width at which the rule stops, in standard deviations of a difference."""
LOOKS = [look - 1 for look in Adaptive(at_least=10, at_most=PAIRS, until={"outcome": WANTED}).looks()]

Array = NDArray[np.float64]
KINDS: dict[str, tuple[float, Callable[[np.random.Generator, tuple[int, int]], Array]]] = {
    "normal": (0.0, lambda rng, size: rng.normal(0.0, 1.0, size)),
    "long tails (Laplace)": (0.0, lambda rng, size: rng.laplace(0.0, 1.0, size)),
    "mostly 0, else -1 or 1": (0.0, lambda rng, size: rng.choice([-1.0, 0.0, 0.0, 0.0, 1.0], size).astype(np.float64)),
    "skewed (gamma, skewness 1)": (4.0, lambda rng, size: rng.gamma(4.0, 1.0, size)),
    "skewed (exponential, skewness 2)": (1.0, lambda rng, size: rng.exponential(1.0, size)),
}
"""True mean of the differences, and how they are drawn."""


def widths(of_one: Callable[[int], float]) -> Array:
    """Half-widths [PAIRS] for a standard deviation of 1, by number of pairs from 1."""
    return np.array([np.inf] + [of_one(pairs) for pairs in range(2, PAIRS + 1)])


def shares(kind: str, unit: Array, runs: int) -> tuple[float, float, float, float]:
    """Shares missed: at any time, at any look, at the stop; and the mean number of pairs at the stop."""
    truth, draw = KINDS[kind]
    x = draw(np.random.default_rng(1), (runs, PAIRS))
    n = np.arange(1, PAIRS + 1)
    mean = x.cumsum(axis=1) / n
    spread = np.sqrt(np.maximum((x**2).cumsum(axis=1) - n * mean**2, 0.0) / np.maximum(n - 1, 1))
    width = np.where(spread > 0, unit, np.inf) * np.where(spread > 0, spread, 1.0)
    missed = np.abs(mean - truth) > width
    narrow = width[:, LOOKS] <= WANTED * x.std()
    narrow[:, -1] = True
    stop = np.array(LOOKS)[narrow.argmax(axis=1)]
    at_stop = missed[np.arange(runs), stop].mean()
    return missed[:, 2:].any(axis=1).mean(), missed[:, LOOKS].any(axis=1).mean(), at_stop, stop.mean() + 1


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=20_000, help="comparisons for each kind")
    runs = parser.parse_args().runs
    ours = widths(lambda pairs: half_width(pairs, 1.0))
    single = widths(lambda pairs: float(stats.t.ppf(0.975, pairs - 1) / np.sqrt(pairs)))
    print("| differences | at any time | at any look | at the stop | pairs | single t: at any look | pairs |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in KINDS:
        ever, look, stop, pairs = shares(kind, ours, runs)
        _, other, _, fewer = shares(kind, single, runs)
        cells = [f"{100 * share:.1f} %" for share in (ever, look, stop)]
        print(f"| {kind} | {' | '.join(cells)} | {pairs:.0f} | {100 * other:.1f} % | {fewer:.0f} |")


if __name__ == "__main__":
    main()
