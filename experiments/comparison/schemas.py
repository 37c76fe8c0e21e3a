"""The tables of a comparison: which columns they have. docs/comparing.md says what each of them means."""

from typing import Any

import polars as pl

POOLED = "(pooled)"
"""In the column `scenario`: the mean over all scenarios, each of which counts alike. No scenario has this label."""
OVERALL = "all"
"""In the column `group`: everybody."""

_PLACE: dict[str, Any] = {"study": pl.String, "scenario": pl.String, "outcome": pl.String, "unit": pl.String,
                          "direction": pl.String, "group": pl.String, "arm": pl.String}  # fmt: skip

DIFFERENCES: dict[str, Any] = _PLACE | {
    "baseline": pl.String, "replicates": pl.Int64, "mean_baseline": pl.Float64, "mean_arm": pl.Float64,
    "difference": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "method": pl.String, "relative": pl.Float64,
    "standardised": pl.Float64, "share_higher": pl.Float64, "share_better": pl.Float64, "chance_best": pl.Float64,
    "p": pl.Float64, "p_adjusted": pl.Float64, "verdict": pl.String, "pairing_factor": pl.Float64,
    "warnings": pl.String,
}  # fmt: skip
"""One row per scenario, outcome and arm other than the baseline: the paired difference."""

ARMS: dict[str, Any] = _PLACE | {
    "replicates": pl.Int64, "mean": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "chance_best": pl.Float64,
}  # fmt: skip
"""One row per scenario, outcome and arm, the baseline among them: the mean."""

_CELL: dict[str, Any] = {"division": pl.String, "people": pl.Float64, "cell": pl.Float64, "hidden": pl.Boolean}

GROUP_DIFFERENCES: dict[str, Any] = DIFFERENCES | _CELL
"""As DIFFERENCES, for every group of every division."""

GROUP_ARMS: dict[str, Any] = ARMS | _CELL
"""As ARMS, for every group of every division."""

TRADEOFFS: dict[str, Any] = {
    "study": pl.String, "scenario": pl.String, "arm": pl.String, "replicates": pl.Int64,
    "reach": pl.Float64, "reach_lower": pl.Float64, "reach_upper": pl.Float64,
    "harm": pl.Float64, "harm_lower": pl.Float64, "harm_upper": pl.Float64,
    "wrong_removals": pl.Float64, "wrong_removals_lower": pl.Float64, "wrong_removals_upper": pl.Float64,
    "non_dominated": pl.Boolean, "dominated_by": pl.List(pl.String), "chance_non_dominated": pl.Float64,
}  # fmt: skip
"""One row per scenario and arm: what it buys and what it costs in harm."""

COSTS: dict[str, Any] = {
    "study": pl.String, "scenario": pl.String, "arm": pl.String, "replicates": pl.Int64,
    "desk_hours": pl.Float64, "desk_cases": pl.Float64, "chat_moderator_hours": pl.Float64,
    "campaign_contacts": pl.Float64, "cost": pl.Float64, "currency": pl.String, "extra_cost": pl.Float64,
    "additional_supported": pl.Float64, "additional_lower": pl.Float64, "additional_upper": pl.Float64,
    "cost_per_additional": pl.Float64, "cost_per_additional_lower": pl.Float64, "cost_per_additional_upper": pl.Float64,
    "note": pl.String,
}  # fmt: skip
"""One row per scenario and arm: what it takes and what one more supported struggler costs."""

REGRET: dict[str, Any] = {
    "study": pl.String, "scenario": pl.String, "outcome": pl.String, "unit": pl.String, "direction": pl.String,
    "arm": pl.String, "replicates": pl.Int64, "mean": pl.Float64, "best_arm": pl.String, "regret": pl.Float64,
    "lower": pl.Float64, "upper": pl.Float64, "relative": pl.Float64, "does_badly": pl.Boolean,
}  # fmt: skip
"""One row per scenario, outcome with a direction, and arm: how far it falls behind the best arm there."""

ROBUSTNESS: dict[str, Any] = {
    "study": pl.String, "outcome": pl.String, "unit": pl.String, "arm": pl.String, "scenarios": pl.Int64,
    "best_in": pl.Int64, "badly_in": pl.Int64, "mean_regret": pl.Float64, "largest_regret": pl.Float64,
    "worst_scenario": pl.String, "smallest_largest_regret": pl.Boolean, "sentence": pl.String,
}  # fmt: skip
"""One row per outcome and arm over all scenarios, with a sentence."""

RIDGE: dict[str, Any] = DIFFERENCES | {
    "silence_weight": pl.Float64, "prior_mean": pl.Float64, "norm": pl.Float64,
}  # fmt: skip
"""As DIFFERENCES without pooled rows, with psi, n0 and beta_n of the world."""

DECIDING: dict[str, Any] = {
    "study": pl.String, "outcome": pl.String, "arm": pl.String, "rule": pl.String, "scenarios": pl.Int64,
    "difference": pl.Float64, "share_better": pl.Float64, "explained": pl.Float64, "sentence": pl.String,
}  # fmt: skip
"""One row per outcome, arm and part of the worlds considered that a tree tells apart."""
