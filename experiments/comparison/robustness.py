"""Robustness: in which of the worlds considered each arm does badly, and by how much.

The regret of an arm in a world is by how much the best arm there is better. The best arm is the one with the best mean
in the same runs, so with few replicates regrets are a little too large.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from experiments.comparison.pairing import Question, as_table, counts, means, quotient
from experiments.comparison.resampling import Floats, intervals
from experiments.comparison.schemas import REGRET, RIDGE, ROBUSTNESS
from experiments.comparison.source import Cube, Source, declared, sign
from experiments.outcome_words import measure

BADLY = 0.5
"""An arm does badly where it clearly gives away at least this share of what the choice among the arms decides there."""
SILENCE, PRIOR, NORM = "beliefs.silence_weight", "beliefs.prior_mean", "disclosure.norm"
_SHORT = {"silence_weight": SILENCE, "prior_mean": PRIOR, "norm": NORM}


class Gap(NamedTuple):
    """How far arms fall behind the best one: arrays [S, A] and, of replicates, [S, A, R].

    Args:
        best: place [S] of the best arm.
        behind: by how much the best arm is better, by replicate.
        spread: distance [S] from the best arm to the worst.
    """

    best: Any
    behind: Floats
    spread: Floats


def gaps(values: Floats, better: int) -> Gap:
    """How far arms fall behind the best one in each world.

    Args:
        values: [S, A, R]; only replicates that all arms have are used.
        better: 1 where more is better, -1 where less is.
    """
    complete = np.where(np.isfinite(values).all(axis=1, keepdims=True), better * values, np.nan)
    mean = means(complete.reshape(-1, values.shape[2])).reshape(values.shape[:2])
    known = np.where(np.isfinite(mean), mean, -np.inf)
    best = known.argmax(axis=1)
    top = np.take_along_axis(complete, best[:, None, None], axis=1)
    return Gap(best, top - complete, np.nan_to_num(mean.max(axis=1) - mean.min(axis=1)))


def regret_table(cube: Cube, asked: Question) -> pl.DataFrame:
    """How far each arm falls behind the best one, outcome by outcome and world by world: `schemas.REGRET`."""
    tables = [_regrets(cube, name, asked) for name in cube.outcomes if sign(name)]
    return pl.concat(tables) if tables else pl.DataFrame(schema=REGRET)


def _regrets(cube: Cube, outcome: str, asked: Question) -> pl.DataFrame:
    """The regrets of one outcome."""
    values, entry = cube.of(outcome), declared(outcome)
    gap = gaps(values, sign(outcome))
    rows = gap.behind.reshape(-1, values.shape[2])
    ends = intervals(rows, asked.seed, looked_at=asked.adaptive)
    regret = means(rows)
    relative = quotient(regret, np.repeat(gap.spread, len(cube.arms)))
    keys = [
        {"study": asked.study, "scenario": scenario, "outcome": outcome, "unit": entry.unit,
         "direction": entry.direction, "arm": arm}
        for scenario in cube.scenarios for arm in cube.arms
    ]  # fmt: skip
    columns = {
        "replicates": counts(rows), "mean": means(values.reshape(len(keys), -1)),
        "best_arm": [cube.arms[best] for best in gap.best for _ in cube.arms], "regret": regret, "lower": ends.lower,
        "upper": ends.upper, "relative": relative, "does_badly": (ends.lower > 0) & (relative >= BADLY),
    }  # fmt: skip
    table = as_table(keys, columns, REGRET)
    return table.with_columns(best_arm=pl.when(pl.col("replicates") > 0).then(pl.col("best_arm")))


def robustness_table(regrets: pl.DataFrame, asked: Question) -> pl.DataFrame:
    """Each arm over all worlds, with a sentence: `schemas.ROBUSTNESS`."""
    known = regrets.filter(pl.col("regret").is_not_null())
    by_arm = known.group_by("study", "outcome", "unit", "arm", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("scenarios"),
        (pl.col("regret") <= 0).sum().cast(pl.Int64).alias("best_in"),
        pl.col("does_badly").sum().cast(pl.Int64).alias("badly_in"),
        pl.col("regret").mean().alias("mean_regret"),
        pl.col("regret").max().alias("largest_regret"),
        pl.col("scenario").get(pl.col("regret").arg_max()).alias("worst_scenario"),
        pl.col("best_arm").get(pl.col("regret").arg_max()).alias("_best"),
    )
    least = pl.col("largest_regret") <= pl.col("largest_regret").min().over("outcome")
    table = by_arm.with_columns(smallest_largest_regret=least)
    sentences = [regret_sentence(row) for row in table.to_dicts()]
    return table.with_columns(sentence=pl.Series(sentences, dtype=pl.String)).select(
        pl.col(name).cast(kind) for name, kind in ROBUSTNESS.items()
    )


def regret_sentence(row: dict[str, Any]) -> str:
    """How an arm does over the worlds considered, by one outcome.

    Args:
        row: of the table of robustness, with the arm `_best` that is best in the worst world.
    """
    shown, worlds = measure(row["outcome"]), row["scenarios"]
    name = f"\u201c{row['arm']}\u201d"
    if row["largest_regret"] <= 0:
        return f"{shown.title}: {name} is never behind in {_worlds(worlds)}."
    best = f"is best in {row['best_in']} of {_worlds(worlds)}"
    badly = f"does badly in {row['badly_in']}" if row["badly_in"] else "does badly in none"
    where = "" if worlds == 1 else f", in {row['worst_scenario']}"
    worst = f"at worst{where}, it is {shown.size(row['largest_regret'])} behind \u201c{row['_best']}\u201d"
    return f"{shown.title}: {name} {best} and {badly}; {worst}."


def _worlds(number: int) -> str:
    """`the 3 worlds considered`."""
    return "the one world considered" if number == 1 else f"the {number:,} worlds considered"


# --- what was not varied ----------------------------------------------------------------------------------------------


def settings_by_scenario(source: Source) -> pl.DataFrame:
    """The riskiest settings of every scenario: scenario, silence_weight (psi), prior_mean (n0), norm (beta_n)."""
    rows = []
    for scenario in source.study.scenarios:
        beliefs, disclosure = scenario.parameters.beliefs, scenario.parameters.disclosure
        rows.append((scenario.label, beliefs.silence_weight, beliefs.prior_mean, disclosure.norm))
    return pl.DataFrame(rows, schema={"scenario": pl.String, **dict.fromkeys(_SHORT, pl.Float64)}, orient="row")


def ridge_table(table: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Paired differences with psi, n0 and beta_n of their world beside them: `schemas.RIDGE`; no pooled rows."""
    return table.join(settings_by_scenario(source), on="scenario", how="inner", maintain_order="left").select(
        list(RIDGE)
    )


def unexplored(source: Source) -> list[str]:
    """Which of the riskiest assumptions the study leaves as they are, in sentences."""
    settings = pl.concat(settings_by_scenario(each) for each in (source, source.ridge) if each is not None)
    found = []
    if min(settings[name].n_unique() for name in ("silence_weight", "prior_mean")) < 2:
        found.append(
            "How silence is read (psi) and what was believed before (n0) were not varied; they decide the size, "
            "perhaps the sign, of effects on normalization. 'ridge: 10' in the study file takes the arms through "
            "both."
        )
    if not (settings["norm"] == 0.0).any():
        found.append(
            "There was no world in which believed prevalence leaves disclosure alone (beta_n = 0); above 0 it can tip "
            "the system. 'ridge: 10' in the study file includes it."
        )
    return found
