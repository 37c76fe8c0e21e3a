"""The small table that is shown after a run: what stood at the end, by scenario and arm."""

import polars as pl

OVERALL = "all"
"""Group of an outcome that counts everybody."""

SHOWN = ("normalization", "adopters", "supported_within_24h", "support_reach_7d", "harm_exposure", "struggle_posts")
"""Outcomes of the small table, where they were asked for."""


def final_values(outcomes: pl.DataFrame) -> pl.DataFrame:
    """The last value of every outcome in every run: scenario, arm, replicate, outcome, value."""
    overall = outcomes.filter((pl.col("group") == OVERALL) & pl.col("value").is_finite())
    return overall.group_by("scenario", "arm", "replicate", "outcome", maintain_order=True).agg(
        pl.col("value").sort_by("step").last()
    )


def summary_table(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Mean over replicates of what stood at the end: one row per scenario and arm, one column per outcome."""
    final = final_values(outcomes)
    present = set(final["outcome"])
    shown = [name for name in SHOWN if name in present] or sorted(present)[: len(SHOWN)]
    means = final.group_by("scenario", "arm", "outcome", maintain_order=True).agg(pl.col("value").mean())
    rows = final.group_by("scenario", "arm", maintain_order=True).agg(
        pl.col("replicate").n_unique().alias("replicates")
    )
    for name in shown:
        column = means.filter(pl.col("outcome") == name).select("scenario", "arm", pl.col("value").alias(name))
        rows = rows.join(column, on=["scenario", "arm"], how="left", maintain_order="left")
    return rows


def written(value: object) -> str:
    """A cell of the small table."""
    if not isinstance(value, float):
        return "-" if value is None else str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
