"""Scales on which things are nearly straight: logarithms of parameters, logits of shares; and means over seeds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.calibration.targets import Aim
from experiments.factors import Range
from simulation import MEASURES, OUTCOMES

Values = NDArray[np.float64]

LEAST_SHARE = 1e-6
"""A share of nothing is taken for so much, so that it has a logit."""


class Mean(NamedTuple):
    """A mean over seeds on the scale of its target, and its standard error there."""

    place: float
    error: float


def to_line(span: Range, value: float) -> float:
    """A parameter on the scale on which it is sought."""
    return float(np.log(value)) if span.scale == "log" else float(value)


def from_line(span: Range, place: float) -> float:
    """The parameter at a place of that scale, within its range."""
    value = float(np.exp(place)) if span.scale == "log" else float(place)
    return float(min(max(value, span.low), span.high))


def is_share(target: Aim) -> bool:
    """Whether an outcome or a measure is taken on the scale of logits."""
    inside = target.value is None or 0.0 < target.value < 1.0
    unit = OUTCOMES[target.quantity].unit if target.measure is None else MEASURES[target.quantity]
    return inside and unit.split(" of ")[0] in ("share", "per year")


def outcome_place(target: Aim, value: float) -> float:
    """A value of an outcome on the scale of its target."""
    if not is_share(target):
        return float(value)
    share = min(max(value, LEAST_SHARE), 1.0 - LEAST_SHARE)
    return float(np.log(share / (1.0 - share)))


def outcome_at(target: Aim, place: float) -> float:
    """The value of an outcome at a place of the scale of its target."""
    return float(1.0 / (1.0 + np.exp(-place))) if is_share(target) else float(place)


def stretch(target: Aim, value: float) -> float:
    """How many units of that scale one unit of the outcome is, at a value."""
    if not is_share(target):
        return 1.0
    share = min(max(value, LEAST_SHARE), 1.0 - LEAST_SHARE)
    return 1.0 / (share * (1.0 - share))


def mean_of(target: Aim, values: Values) -> Mean:
    """The mean over seeds [S] and its standard error, on the scale of the target; seeds without a value are left out.

    Where no seed has a value, the error is infinite.
    """
    there = values[~np.isnan(values)]
    if len(there) == 0:
        return Mean(0.0, float("inf"))
    mean = float(there.mean())
    spread = float(there.std(ddof=1)) / len(there) ** 0.5 if len(there) > 1 else float("inf")
    return Mean(outcome_place(target, mean), spread * stretch(target, mean))
