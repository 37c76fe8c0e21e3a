"""Weighted samples of parameter sets, as a calibration leaves them, and how points are drawn from them.

A file is a Parquet table with a row per set: `weight`, columns whose names are paths of settings, and whatever else the
calibration says of the set (`distance`, `got ...`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from simulation import InputError, Problem

WEIGHT = "weight"
GOLDEN = (5.0**0.5 - 1.0) / 2.0
"""Steps of this size spread over a circle as evenly as steps of one size can."""
_EXAMPLE = "'supportnet calibrate' writes such a file, sample.parquet"
MOST_SETS = 1_000_000
_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)
_ABOUT_A_SET = ("distance",)


@dataclass(frozen=True)
class WeightedSample:
    """A sample that was read.

    Args:
        columns: values of each parameter, by its path, a value for every set.
        weights: of the sets.
    """

    columns: Mapping[str, tuple[Any, ...]]
    weights: tuple[float, ...]


def read_sample(path: Path) -> WeightedSample:
    """The sample in a file.

    Raises:
        InputError: it is no table, or no weighted sample.
    """
    try:
        rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
        if rows > MOST_SETS:
            raise InputError(Problem(str(path), f"holds {rows:,} sets", f"at most {MOST_SETS:,} sets"))
        table = pl.read_parquet(path, glob=False)
    except _UNREADABLE:
        raise InputError(Problem(str(path), "is not a Parquet file", _EXAMPLE)) from None
    names = [name for name in table.columns if name not in (WEIGHT, *_ABOUT_A_SET) and not name.startswith("got ")]
    weights = _weights(table)
    if not names or not _are_weights(weights):
        what = f"has no column '{WEIGHT}' of numbers of 0 or more with a sum, or no column of a parameter"
        raise InputError(Problem(str(path), what, _EXAMPLE))
    return WeightedSample({name: tuple(table[name].to_list()) for name in names}, weights)


def _weights(table: pl.DataFrame) -> tuple[float, ...]:
    """The column of weights; nothing where there is none of numbers."""
    if WEIGHT not in table.columns or not table.schema[WEIGHT].is_numeric():
        return ()
    return tuple(map(float, table[WEIGHT].cast(pl.Float64, strict=False).fill_null(np.nan)))


def _are_weights(weights: Sequence[float]) -> bool:
    """Whether numbers can be weights."""
    return bool(weights) and all(weight >= 0.0 for weight in weights) and 0.0 < sum(weights) < float("inf")


def golden_steps(first: float, number: int) -> list[float]:
    """Numbers from 0 to 1, evenly spread, of which more begin with the same ones.

    Args:
        first: where to begin.
        number: how many.
    """
    return [(first + index * GOLDEN) % 1.0 for index in range(number)]


def taken(weights: Sequence[float], steps: Sequence[float]) -> list[int]:
    """Rows taken by weight: where each step falls when the weights are laid end to end.

    Args:
        weights: [K].
        steps: [n], from 0 to 1.
    """
    ends = np.cumsum(np.asarray(weights, dtype=np.float64))
    rows = np.searchsorted(ends / ends[-1], np.asarray(steps), side="right")
    return [int(row) for row in np.minimum(rows, len(weights) - 1)]
