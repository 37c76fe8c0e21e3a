"""Indices as tables, and what they say: which settings are inert, which matter, which decide the sign of an effect."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from experiments.sensitivity.indices import Screened, Shares, Sides
from experiments.sensitivity.outputs import Output

INERT = 0.10
"""A setting is inert for an output whose mean effect is below this share of the largest one that is told from luck."""
TOLD_FROM_LUCK = 2.0
"""A mean effect less than so many times what luck alone would give is not told from luck."""

MOSTLY_LUCK = 0.5
"""Sobol indices of an output of whose variance between points more than this is luck say nothing."""

UNTOUCHED, IS_INERT, LUCK, MATTERS = "untouched", "inert", "luck", "matters"
"""No run changed at all; an effect below `INERT`; one that is not told from luck; one that counts."""
YES, PERHAPS, NO = "yes", "perhaps", "no"

KEYS: dict[str, Any] = {"outcome": pl.String, "arm": pl.String, "against": pl.String, "parameter": pl.String}
SCREENING: dict[str, Any] = KEYS | {
    "mu": pl.Float64, "mu_star": pl.Float64, "mu_star_conf": pl.Float64, "sigma": pl.Float64, "luck": pl.Float64,
    "square": pl.Float64, "relative": pl.Float64, "verdict": pl.String, "trajectories": pl.Int64,
}  # fmt: skip
INDICES: dict[str, Any] = KEYS | {
    "first": pl.Float64, "first_conf": pl.Float64, "total": pl.Float64, "total_conf": pl.Float64, "luck": pl.Float64,
    "base_points": pl.Int64,
}  # fmt: skip
SIGNS: dict[str, Any] = KEYS | {
    "low": pl.Float64, "low_lower": pl.Float64, "low_upper": pl.Float64, "high": pl.Float64, "high_lower": pl.Float64,
    "high_upper": pl.Float64, "decides": pl.String,
}  # fmt: skip
RANKS: dict[str, Any] = {
    "rank": pl.Int64, "parameter": pl.String, "grade": pl.String, "share": pl.Float64, "matters_for": pl.Int64,
    "outputs": pl.Int64, "verdict": pl.String,
}  # fmt: skip

Row = dict[str, Any]


def table(rows: Iterable[Row], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a table; what is not a number is missing."""
    return pl.DataFrame(list(rows), schema=dict(schema), orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))


def _keys(output: Output, parameter: str) -> Row:
    """The first columns of a row."""
    return {**output._asdict(), "parameter": parameter}


def screening_rows(output: Output, names: Sequence[str], found: Screened) -> Iterator[Row]:
    """One row per setting."""
    told = ~(found.mu_star < TOLD_FROM_LUCK * found.luck)
    largest = float(found.mu_star[told].max(initial=0.0))
    for place, name in enumerate(names):
        measures = {key: float(getattr(found, key)[place]) for key in found._fields if key != "blocks"}
        relative = measures["mu_star"] / largest if largest > 0.0 else 0.0
        verdict = _verdict(measures["mu_star"], relative, bool(told[place]))
        yield _keys(output, name) | measures | {"relative": relative, "verdict": verdict, "trajectories": found.blocks}


def _verdict(mu_star: float, relative: float, is_told: bool) -> str:
    """What a mean effect says; `relative` to the largest that is told from luck, 0 where none is."""
    if mu_star == 0.0:
        return UNTOUCHED
    if 0.0 < relative < INERT:
        return IS_INERT
    return MATTERS if is_told else LUCK


def index_rows(output: Output, names: Sequence[str], found: Shares) -> Iterator[Row]:
    """One row per setting."""
    for place, name in enumerate(names):
        arrays = {key: float(getattr(found, key)[place]) for key in ("first", "first_conf", "total", "total_conf")}
        yield _keys(output, name) | arrays | {"luck": found.luck, "base_points": found.blocks}


def sign_rows(output: Output, names: Sequence[str], found: Sides) -> Iterator[Row]:
    """One row per setting."""
    for place, name in enumerate(names):
        row = _keys(output, name)
        for side, where in enumerate(("low", "high")):
            row[where] = float(found.mean[side, place])
            row[f"{where}_lower"] = float(found.lower[side, place])
            row[f"{where}_upper"] = float(found.upper[side, place])
        yield row | {"decides": _decides(row)}


def _decides(row: Row) -> str:
    """Whether the mean difference has one sign below the middle of the range and the other above it.

    Yes where both intervals leave out 0, perhaps where one of them or both do not.
    """
    if not np.isfinite([row["low"], row["high"]]).all() or row["low"] * row["high"] >= 0.0:
        return NO
    clear = all(row[f"{side}_lower"] > 0.0 or row[f"{side}_upper"] < 0.0 for side in ("low", "high"))
    return YES if clear else PERHAPS


# --- over all outputs -------------------------------------------------------------------------------------------------


def importance(screening: pl.DataFrame, indices: pl.DataFrame) -> pl.DataFrame:
    """What each setting has of the effects, by output: outcome, arm, against, parameter, share, method.

    With Sobol's indices a share is that of total effects; where an output has none, or they are mostly luck, that of
    mean squares of Morris's effects without luck. Settings that the second stage held have a share of 0 there.
    """
    keys = ["outcome", "arm", "against"]
    sound = indices.filter(pl.col("luck").fill_null(0.0) <= MOSTLY_LUCK)
    sobol = sound.select(*KEYS, size=pl.col("total").clip(0.0), method=pl.lit("sobol"))
    without = screening.join(sound.select(keys).unique(), on=keys, how="anti", maintain_order="left")
    morris = without.select(*KEYS, size=pl.col("square"), method=pl.lit("morris"))
    both = pl.concat([sobol, morris])
    total = pl.col("size").sum().over(keys)
    return both.filter(total > 0.0).with_columns(share=pl.col("size") / total).drop("size")


def ranks(screening: pl.DataFrame, indices: pl.DataFrame, grades: Mapping[str, str]) -> pl.DataFrame:
    """Settings in the order of their mean share over outputs: `RANKS`; the first matters most."""
    shares = importance(screening, indices)
    outputs = max(1, shares.select("outcome", "arm", "against").n_unique())
    mean = dict(shares.group_by("parameter").agg(pl.col("share").sum() / outputs).iter_rows())
    verdicts = screening.group_by("parameter", maintain_order=True).agg(
        matters_for=(pl.col("verdict") == MATTERS).sum(),
        outputs=pl.len(),
        untouched=(pl.col("verdict") == UNTOUCHED).all(),
        inert=pl.col("verdict").is_in([UNTOUCHED, IS_INERT]).all(),
    )
    rows = [_rank_row(row, mean.get(row["parameter"], 0.0), grades) for row in verdicts.to_dicts()]
    rows.sort(key=lambda row: (-row["share"], -row["matters_for"]))
    return table(({"rank": place} | row for place, row in enumerate(rows, 1)), RANKS)


def _rank_row(row: Row, share: float, grades: Mapping[str, str]) -> Row:
    """One setting over all outputs."""
    rest = IS_INERT if row["inert"] else LUCK
    verdict = MATTERS if row["matters_for"] else UNTOUCHED if row["untouched"] else rest
    return {
        "parameter": row["parameter"],
        "grade": grades.get(row["parameter"], "-"),
        "share": share,
        "matters_for": row["matters_for"],
        "outputs": row["outputs"],
        "verdict": verdict,
    }


def survivors(ranked: pl.DataFrame, most: int) -> list[str]:
    """The settings that matter for some output, the first of them where there are too many."""
    return ranked.filter(pl.col("verdict") == MATTERS)["parameter"].to_list()[:most]
