"""What a calibration came to."""

from dataclasses import dataclass, field

import polars as pl

from experiments.calibration.sampling import Weighted
from experiments.calibration.searching import Search
from experiments.calibration.solving import Solution
from experiments.calibration.targets import Targets
from experiments.factors import Point
from simulation import Parameters


@dataclass(frozen=True)
class Calibrated:
    """What a calibration came to.

    Args:
        targets: that it was made for.
        point: the calibrated parameters.
        parameters, fit: tables; see `fit`.
        solution: the facts; searches: the joint searches; sample: the weighted sample, where one was asked for.
        seconds: wall time of every stage of this call; runs: done by it.
    """

    targets: Targets
    point: Point
    parameters: pl.DataFrame
    fit: pl.DataFrame
    solution: Solution
    searches: tuple[Search, ...]
    sample: Weighted | None
    seconds: dict[str, float] = field(default_factory=dict)
    runs: int = 0

    @property
    def world(self) -> Parameters:
        """The base with the calibrated values."""
        return self.targets.base.with_values(self.point)
