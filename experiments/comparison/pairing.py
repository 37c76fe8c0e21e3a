"""Paired differences: each arm against the baseline, replicate by replicate, since both have the same luck."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from experiments.comparison.resampling import (
    FEWEST,
    NONE,
    Floats,
    chances_of_best,
    false_discovery,
    holm,
    intervals,
    p_values,
)
from experiments.comparison.schemas import ARMS, DIFFERENCES, POOLED
from experiments.comparison.source import Cube, declared, sign

FEW_REPLICATES = 10
"""Below so many, a warning."""
LITTLE_SAVED = 1.05
"""Pairing that saved less variance than this factor did not help."""
SIGNIFICANT = 0.05
"""Adjusted P below which a difference counts as seen."""
HOLM, FALSE_DISCOVERY = "Holm", "Benjamini-Hochberg"
CORRECTIONS = {HOLM: holm, FALSE_DISCOVERY: false_discovery}
"""How P values are adjusted: for one outcome, so that any false finding is unlikely; for many, that few are false."""

BETTER, WORSE, HIGHER, LOWER = "better", "worse", "higher", "lower"
HINT, UNCLEAR, SAME = "a hint", "no difference seen", "the same"
TOO_FEW, NO_VALUES = "too few replicates", "no values"
VERDICTS = (BETTER, WORSE, HIGHER, LOWER, HINT, UNCLEAR, SAME, TOO_FEW, NO_VALUES)
"""A hint: the interval leaves out 0, but the adjusted P does not bear it out."""
SEEN = (BETTER, WORSE, HIGHER, LOWER)
"""Verdicts that say that there is a difference."""


@dataclass(frozen=True)
class Question:
    """How a cube is compared.

    Args:
        study: its name.
        baseline: arm that others are compared with.
        seed: of the resampling.
        adaptive: whether the number of replicates followed from the values.
        correction: for many comparisons, a name of CORRECTIONS.
    """

    study: str
    baseline: str
    seed: int
    adaptive: bool
    correction: str


@dataclass(frozen=True)
class Rows:
    """Places of a table in a cube, flat: [K] rows of [R] replicates."""

    keys: list[dict[str, Any]]
    values: Floats


def flat(cube: Cube, arms: Sequence[str], study: str) -> Rows:
    """The values of some arms, one row per scenario, outcome, group and arm, with what names it."""
    places = [cube.arms.index(arm) for arm in arms]
    values = cube.values[:, :, :, places].reshape(-1, cube.values.shape[-1])
    return Rows(list(_keys(cube, arms, study)), values)


def _keys(cube: Cube, arms: Sequence[str], study: str) -> Iterator[dict[str, Any]]:
    """What names each row."""
    units = {name: (declared(name).unit, declared(name).direction) for name in cube.outcomes}
    for scenario in cube.scenarios:
        for outcome in cube.outcomes:
            unit, direction = units[outcome]
            for group in cube.groups:
                for arm in arms:
                    yield {"study": study, "scenario": scenario, "outcome": outcome, "unit": unit,
                           "direction": direction, "group": group, "arm": arm}  # fmt: skip


def chances(cube: Cube, seed: int) -> Floats:
    """The chance [S, O, G, A] that an arm is best; not a number for outcomes of which nobody says what is better."""
    signs = np.array([sign(name) for name in cube.outcomes], dtype=float)
    turned = cube.values * np.where(signs == 0, np.nan, signs)[None, :, None, None, None]
    found = chances_of_best(turned.reshape(-1, *turned.shape[3:]), seed)
    return found.reshape(turned.shape[:4])


def arm_table(cube: Cube, asked: Question) -> pl.DataFrame:
    """The mean of every arm, with its interval and its chance to be best: `schemas.ARMS`."""
    rows = flat(cube, cube.arms, asked.study)
    ends = intervals(rows.values, asked.seed, looked_at=asked.adaptive)
    columns = {
        "replicates": counts(rows.values), "mean": means(rows.values), "lower": ends.lower, "upper": ends.upper,
        "chance_best": chances(cube, asked.seed).reshape(-1),
    }  # fmt: skip
    return as_table(rows.keys, columns, ARMS)


def difference_table(cube: Cube, asked: Question) -> pl.DataFrame:
    """The paired difference of every arm but the baseline: `schemas.DIFFERENCES`."""
    arms = [arm for arm in cube.arms if arm != asked.baseline]
    here, there = flat(cube, arms, asked.study), flat(cube, [asked.baseline] * len(arms), asked.study)
    table = as_table(here.keys, _compared(here.values, there.values, asked), DIFFERENCES)
    best = chances(cube, asked.seed)[..., [cube.arms.index(arm) for arm in arms]].reshape(-1)
    table = table.with_columns(baseline=pl.lit(asked.baseline), chance_best=pl.Series(best).fill_nan(None))
    return _judged(table, asked)


def _compared(here: Floats, there: Floats, asked: Question) -> dict[str, Any]:
    """Columns of numbers of paired rows [K, R]."""
    paired = np.isfinite(here) & np.isfinite(there)
    here, there = np.where(paired, here, np.nan), np.where(paired, there, np.nan)
    found = here - there
    ends = intervals(found, asked.seed, looked_at=asked.adaptive)
    base, difference = means(there), means(found)
    return {
        "replicates": counts(found), "mean_baseline": base, "mean_arm": means(here), "difference": difference,
        "lower": ends.lower, "upper": ends.upper, "method": ends.method,
        "relative": quotient(difference, np.abs(base)),
        "standardised": quotient(difference, np.sqrt((_variances(here) + _variances(there)) / 2.0)),
        "share_higher": quotient((found > 0).sum(axis=1).astype(float), counts(found).astype(float)),
        "share_lower": quotient((found < 0).sum(axis=1).astype(float), counts(found).astype(float)),
        "p": p_values(found, looked_at=asked.adaptive),
        "pairing_factor": quotient(_variances(here) + _variances(there), _variances(found)),
        "base_varies": _variances(there) > 0,
        "all_zero": paired.any(axis=1) & (np.nan_to_num(found) == 0.0).all(axis=1),
    }  # fmt: skip


def counts(values: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many values there are in each row [K, R]."""
    return np.isfinite(values).sum(axis=1)


def means(values: Floats) -> Floats:
    """Means of rows [K, R], of those values that there are."""
    return quotient(np.nansum(values, axis=1), counts(values).astype(float))


def _variances(values: Floats) -> Floats:
    """Variances of rows [K, R], of those values that there are; not a number of fewer than two."""
    off = values - means(values)[:, None]
    return quotient(np.nansum(off**2, axis=1), counts(values) - 1.0)


def quotient(above: Any, below: Any) -> Floats:  # noqa: ANN401 - arrays of numbers of any kind
    """A quotient; not a number where nothing is above nothing or the divisor is not above 0."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


def as_table(keys: Sequence[dict[str, Any]], columns: dict[str, Any], schema: dict[str, Any]) -> pl.DataFrame:
    """Keys and columns side by side, in the order of a schema; what the schema does not name stays behind it."""
    named = pl.DataFrame(keys, schema={name: kind for name, kind in schema.items() if keys and name in keys[0]})
    table = named.with_columns(pl.Series(name, values) for name, values in columns.items())
    blank = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in table.columns]
    table = table.with_columns(blank).with_columns(pl.col(pl.Float64).fill_nan(None))
    rest = [name for name in table.columns if name not in schema]
    return table.select(*(pl.col(name).cast(kind) for name, kind in schema.items()), *rest)


# --- verdicts ---------------------------------------------------------------------------------------------------------


def _judged(table: pl.DataFrame, asked: Question) -> pl.DataFrame:
    """With adjusted P values, verdicts and warnings."""
    better = {"higher": pl.col("share_higher"), "lower": pl.col("share_lower")}
    share = pl.when(pl.col("direction") == "higher").then(better["higher"])
    table = table.with_columns(share_better=share.when(pl.col("direction") == "lower").then(better["lower"]))
    table = adjusted(table, asked.correction)
    table = table.with_columns(verdict=_verdict(), warnings=_warnings())
    return table.select(list(DIFFERENCES))


def adjusted(table: pl.DataFrame, correction: str) -> pl.DataFrame:
    """With P values adjusted: those of pooled rows are one family, all others another."""
    adjust = CORRECTIONS[correction]
    p = table["p"].fill_null(float("nan")).to_numpy()
    pooled = (table["scenario"] == POOLED).to_numpy()
    out = np.full(len(p), np.nan)
    for family in (pooled, ~pooled):
        out[family] = adjust(p[family])
    return table.with_columns(p_adjusted=pl.Series(out, dtype=pl.Float64).fill_nan(None))


def _verdict() -> pl.Expr:
    """What a row says."""
    up = pl.col("difference") > 0
    good = pl.when(pl.col("direction") == "higher").then(up).when(pl.col("direction") == "lower").then(~up)
    judged = pl.when(good).then(pl.lit(BETTER)).when(~good).then(pl.lit(WORSE))
    words = judged.when(up).then(pl.lit(HIGHER)).otherwise(pl.lit(LOWER))
    return (
        pl.when(pl.col("replicates") == 0)
        .then(pl.lit(NO_VALUES))
        .when(pl.col("replicates") < FEWEST)
        .then(pl.lit(TOO_FEW))
        .when(pl.col("all_zero"))
        .then(pl.lit(SAME))
        .when(pl.col("p_adjusted") < SIGNIFICANT)
        .then(words)
        .when((pl.col("lower") > 0) | (pl.col("upper") < 0))
        .then(pl.lit(HINT))
        .otherwise(pl.lit(UNCLEAR))
    )


def _warnings() -> pl.Expr:
    """What weakens a row, parted by semicolons."""
    few = pl.col("replicates") < FEW_REPLICATES
    useless = pl.col("base_varies") & (pl.col("pairing_factor") < LITTLE_SAVED)
    constant = pl.col("method").eq(NONE) & (pl.col("replicates") >= FEWEST) & ~pl.col("all_zero")
    texts = [
        pl.when(few & (pl.col("replicates") > 0)).then(pl.format("few replicates: {}", pl.col("replicates"))),
        pl.when(useless & ~few).then(pl.lit("pairing did not help")),
        pl.when(constant).then(pl.lit("the same difference in every replicate")),
    ]
    return pl.concat_str(texts, separator="; ", ignore_nulls=True)
