"""Indices of arrays: what the values of a function owe to each of its arguments. Nothing here knows the model.

Axes: M points of a design, D arguments, R replicates of every point, B blocks of points that were drawn together
(trajectories of Morris's design, base points of Saltelli's).
"""

import importlib
import math
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
RESAMPLES = 1_000
"""Bootstrap samples of the intervals that SALib gives."""
FEWEST_BLOCKS = 2
"""Blocks without which there are no indices."""


class Screened(NamedTuple):
    """Morris's measures, each [D]; effects are those of crossing the whole range of an argument.

    Args:
        mu, mu_star, sigma: mean, mean size and spread of the elementary effects (Morris 1991; Campolongo 2007).
        mu_star_conf: half the width of the bootstrap interval of `mu_star`.
        luck: the `mu_star` that replicates would give an argument without any effect; not a number for one replicate.
        square: mean square of the effects less what luck adds to it, 0 at least.
        blocks: trajectories without a missing value.
    """

    mu: Floats
    mu_star: Floats
    sigma: Floats
    mu_star_conf: Floats
    luck: Floats
    square: Floats
    blocks: int


class Shares(NamedTuple):
    """Sobol's indices, each [D].

    Args:
        first, total: share of the variance that an argument explains alone, and with all others.
        first_conf, total_conf: half the width of their bootstrap intervals.
        luck: share of the variance between points that is luck of the replicates; not a number for one replicate.
        blocks: base points without a missing value.
    """

    first: Floats
    first_conf: Floats
    total: Floats
    total_conf: Floats
    luck: float
    blocks: int


class Sides(NamedTuple):
    """Means of a function where an argument is low and where it is high, [2, D], with their intervals.

    Low is the lower half of the range, high the upper one. Points of one block count as one observation.
    """

    mean: Floats
    lower: Floats
    upper: Floats


def _salib(method: str) -> ModuleType:
    """An analysis of SALib, imported when it is used."""
    return importlib.import_module(f"SALib.analyze.{method}")


def _problem(dimensions: int) -> dict[str, object]:
    """What SALib calls a problem: D arguments from 0 to 1."""
    return {"num_vars": dimensions, "names": [f"x{i}" for i in range(dimensions)], "bounds": [[0.0, 1.0]] * dimensions}


def whole_blocks(values: Floats, length: int) -> NDArray[np.bool_]:
    """Which points [M] belong to blocks of `length` points without a missing value [M, R]."""
    known = np.isfinite(values).all(axis=1).reshape(-1, length).all(axis=1)
    return np.repeat(known, length)


def screened(unit: Floats, values: Floats, levels: int, seed: int) -> Screened | None:
    """Morris's measures; None where too few trajectories are complete.

    Args:
        unit: coordinates [M, D] from 0 to 1, trajectory after trajectory.
        values: [M, R].
        levels: of the design.
        seed: of the bootstrap.
    """
    dimensions = unit.shape[1]
    kept = whole_blocks(values, dimensions + 1)
    unit, values = unit[kept], values[kept]
    blocks = len(unit) // (dimensions + 1)
    if blocks < FEWEST_BLOCKS:
        return None
    found = _salib("morris").analyze(
        _problem(dimensions), unit, values.mean(axis=1), num_levels=levels, num_resamples=RESAMPLES,
        conf_level=CONFIDENCE, seed=seed,
    )  # fmt: skip
    measures = {name: np.asarray(found[name], dtype=float) for name in ("mu", "mu_star", "sigma", "mu_star_conf")}
    luck, square = _luck_of_effects(effects(unit, values))
    return Screened(**measures, luck=luck, square=square, blocks=blocks)


def effects(unit: Floats, values: Floats) -> Floats:
    """Elementary effects [B, D, R]: in each trajectory every argument takes one step."""
    dimensions = unit.shape[1]
    steps = np.diff(unit.reshape(-1, dimensions + 1, dimensions), axis=1)
    changes = np.diff(values.reshape(len(steps), dimensions + 1, -1), axis=1)
    moved = np.abs(steps).argmax(axis=2)
    size = np.take_along_axis(steps, moved[..., None], axis=2)
    found = np.empty_like(changes)
    np.put_along_axis(found, moved[..., None], changes / size, axis=1)
    return found


def _luck_of_effects(found: Floats) -> tuple[Floats, Floats]:
    """What luck makes of `mu_star` [D], and mean squares without it [D], from effects [B, D, R]."""
    replicates = found.shape[2]
    mean = found.mean(axis=2)
    if replicates < 2:
        return np.full(mean.shape[1], np.nan), (mean**2).mean(axis=0)
    variance = found.var(axis=2, ddof=1) / replicates
    luck = np.sqrt(variance).mean(axis=0) * math.sqrt(2.0 / math.pi)
    return luck, np.maximum(0.0, (mean**2 - variance).mean(axis=0))


def shares(dimensions: int, values: Floats, seed: int) -> Shares | None:
    """Sobol's indices; None where too few base points are complete or nothing varies.

    Args:
        dimensions: number of arguments D.
        values: [M, R] at the points of Saltelli's design without second order, base point after base point.
        seed: of the bootstrap.
    """
    values = values[whole_blocks(values, dimensions + 2)]
    blocks = len(values) // (dimensions + 2)
    means = values.mean(axis=1) if len(values) else np.zeros(0)
    if blocks < FEWEST_BLOCKS or np.ptp(means) == 0.0:
        return None
    found = _salib("sobol").analyze(
        _problem(dimensions), means, calc_second_order=False, num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=seed
    )
    first, first_conf, total, total_conf = (
        np.asarray(found[name], float) for name in ("S1", "S1_conf", "ST", "ST_conf")
    )
    return Shares(first, first_conf, total, total_conf, _luck_of_points(values), blocks)


def _luck_of_points(values: Floats) -> float:
    """Variance of means over replicates that is luck, as a share of the variance of the means between points."""
    replicates = values.shape[1]
    if replicates < 2:
        return math.nan
    luck = values.var(axis=1, ddof=1).mean() / replicates
    return float(min(1.0, luck / values.mean(axis=1).var(ddof=1)))


def sides(unit: Floats, values: Floats, length: int) -> Sides | None:
    """Where a function stands in the lower and in the upper half of each argument; None with too few blocks.

    Args:
        unit: [M, D].
        values: [M, R].
        length: points in a block.
    """
    kept = whole_blocks(values, length)
    unit, means = unit[kept], values[kept].mean(axis=1) if kept.any() else np.zeros(0)
    if len(unit) // length < FEWEST_BLOCKS:
        return None
    halves = [_clustered(unit[:, place], means, length) for place in range(unit.shape[1])]
    return Sides(*np.array(halves).transpose(2, 1, 0))


def _clustered(coordinates: Floats, means: Floats, length: int) -> Floats:
    """Mean and interval [2, 3] of the points below and above one half, blocks being independent.

    A mean is a quotient of sums over blocks; its error is that of the linearised quotient, with Student's quantile.
    """
    found = []
    for chosen in (coordinates < 0.5, coordinates > 0.5):
        sums = np.where(chosen, means, 0.0).reshape(-1, length).sum(axis=1)
        numbers = chosen.reshape(-1, length).sum(axis=1).astype(float)
        found.append(_quotient(sums, numbers))
    return np.array(found)


def _quotient(sums: Floats, numbers: Floats) -> Sequence[float]:
    """Sum over sum of blocks [B] each, with the ends of its interval; not numbers without points."""
    total, blocks = numbers.sum(), len(sums)
    if total == 0.0:
        return math.nan, math.nan, math.nan
    mean = sums.sum() / total
    off = sums - mean * numbers
    error = math.sqrt(float((off**2).sum()) * blocks / (blocks - 1)) / total
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, blocks - 1)) * error
    return mean, mean - half, mean + half
