"""Mean and interval of an outcome over days: what lines and bands show."""

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import stdtrit

from experiments.figures.style import Floats


class Curve(NamedTuple):
    """Mean and interval over replicates, arrays [T] over days; lower and upper are NaN where there is no interval."""

    days: Floats
    mean: Floats
    lower: Floats
    upper: Floats


def curve(outcomes: pl.DataFrame) -> Curve:
    """Mean and 95% interval over replicates of one outcome in one arm and scenario.

    The interval is Student's for a mean from three replicates on, the range of two, and none of one.
    """
    by_day = outcomes.group_by("day").agg(
        pl.col("value").mean().alias("mean"),
        pl.col("value").std().alias("sd"),
        pl.col("value").min().alias("low"),
        pl.col("value").max().alias("high"),
        pl.len().alias("n"),
    )
    days, mean, sd, low, high, n = (
        column.to_numpy().astype(float) for column in by_day.sort("day").fill_null(float("nan")).get_columns()
    )
    half = np.where(n >= 3, stdtrit(np.maximum(n - 1, 1), 0.975) * sd / np.sqrt(n), np.nan)
    lower = np.where(n >= 3, mean - half, np.where(n == 2, low, np.nan))
    upper = np.where(n >= 3, mean + half, np.where(n == 2, high, np.nan))
    return Curve(days, mean, lower, upper)
