"""Trade-offs: reach of support against harm exposure and wrongly removed posts; which arms no other improves on."""

from typing import Any

import numpy as np
import polars as pl

from experiments.comparison.pairing import Question, as_table, counts, means
from experiments.comparison.resampling import FEWEST, Floats, intervals, resampled_means
from experiments.comparison.schemas import POOLED, TRADEOFFS
from experiments.comparison.source import Source

REACH = "support_reach_7d"
HARM = "harm_exposure"
REMOVALS, WRONG_SHARE = "removals", "wrongly_removed"
AXES = {"reach": 1.0, "harm": -1.0, "wrong_removals": -1.0}
"""What arms are weighed by, and which way is better."""


def tradeoff_values(source: Source) -> Floats:
    """Values [3, S, A, R] of the axes, pooled scenarios behind the others; not a number where one was not taken."""
    stacked = np.stack([_taken(source, REACH), _taken(source, HARM), wrong_removals(source)])
    if len(source.scenarios) < 2:
        return stacked
    return np.concatenate([stacked, stacked.mean(axis=1, keepdims=True)], axis=1)


def _taken(source: Source, outcome: str) -> Floats:
    """Values [S, A, R] of an outcome; not a number where it was not taken."""
    if outcome in source.outcomes:
        return source.cube.of(outcome)
    return np.full((len(source.scenarios), len(source.arms), source.cube.values.shape[-1]), np.nan)


def wrong_removals(source: Source) -> Floats:
    """Numbers [S, A, R] of removed posts that broke no rule: none where nothing was removed."""
    removed, share = _taken(source, REMOVALS), _taken(source, WRONG_SHARE)
    return np.where(removed == 0.0, 0.0, removed * share)


def tradeoff_table(source: Source, asked: Question) -> pl.DataFrame:
    """What each arm buys and what it costs in harm: `schemas.TRADEOFFS`.

    An arm is dominated by another that is at least as good by every axis and better by one. Axes that were not taken
    do not count; without the reach of support no arm is called dominated.
    """
    values = tradeoff_values(source)
    scenarios = (*source.scenarios, POOLED)[: values.shape[1]]
    keys = [{"study": asked.study, "scenario": scenario, "arm": arm} for scenario in scenarios for arm in source.arms]
    columns: dict[str, Any] = {"replicates": counts(values[0].reshape(len(keys), -1))}
    for name, axis in zip(AXES, values, strict=True):
        rows = axis.reshape(len(keys), -1)
        ends = intervals(rows, asked.seed, looked_at=asked.adaptive)
        columns |= {name: means(rows), f"{name}_lower": ends.lower, f"{name}_upper": ends.upper}
    dominance = [_dominance(values[:, place], asked.seed) for place in range(len(scenarios))]
    names = [[source.arms[by] for by in np.flatnonzero(row)] for found, _ in dominance for row in found]
    judged = [np.isfinite(chance) for _, chances in dominance for chance in chances]
    columns["dominated_by"] = pl.Series(names, dtype=pl.List(pl.String))
    columns["non_dominated"] = [not by if known else None for by, known in zip(names, judged, strict=True)]
    columns["chance_non_dominated"] = np.concatenate([chances for _, chances in dominance])
    return as_table(keys, columns, TRADEOFFS)


def _dominance(values: Floats, seed: int) -> tuple[Floats, Floats]:
    """Who dominates whom [A, A] by the means of one scenario [3, A, R], and each arm's chance not to be dominated.

    The chance is the share of bootstrap samples of the replicates in which nobody dominates the arm.
    """
    arms = values.shape[1]
    nobody, unknown = np.zeros((arms, arms), dtype=bool), np.full(arms, np.nan)
    used = np.isfinite(values).any(axis=(1, 2))
    if not used[0]:
        return nobody, unknown
    signed = values[used] * np.array(list(AXES.values()))[used, None, None]
    columns = np.flatnonzero(np.isfinite(signed).all(axis=(0, 1)))
    if not len(columns):
        return nobody, unknown
    complete = signed[:, :, columns]
    dominated = dominates(complete.mean(axis=2))
    if len(columns) < FEWEST:
        return dominated, np.where(True, np.nan, unknown)
    sampled = resampled_means(complete.reshape(-1, len(columns)), seed).reshape(*complete.shape[:2], -1)
    return dominated, 1.0 - dominates(sampled).any(axis=1).mean(axis=-1)


def dominates(values: Floats) -> Any:  # noqa: ANN401 - flags of one axis more than the values
    """Whether arm j dominates arm i, flags [A, A, ...] with i first, by values [K, A, ...] of which more is better."""
    slack = 1e-12 * np.abs(values).max(initial=0.0)
    ahead = values[:, None, :] - values[:, :, None]
    return (ahead >= -slack).all(axis=0) & (ahead > slack).any(axis=0)
