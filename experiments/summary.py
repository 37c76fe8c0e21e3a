"""The small table that is shown after a run: what stood at the end, by scenario and arm."""

from collections.abc import Sequence

import polars as pl

OVERALL = "all"
"""Group of an outcome that counts everybody."""

SHOWN = ("normalization", "adopters", "supported_within_24h", "support_reach_7d", "harm_exposure", "struggle_posts")
"""Outcomes of the small table, where they were asked for."""


MOST_DRAWN = 2_000
"""Runs that a figure is drawn from; of more, the first replicates."""
MOST_SCENARIOS = 6
"""Scenarios that a figure shows; of more, so many at even distances."""

RUN = ["scenario", "arm", "replicate", "outcome"]


def final_values(outcomes: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
    """The last value of every outcome in every run: scenario, arm, replicate, outcome, value."""
    overall = outcomes.lazy().filter((pl.col("group") == OVERALL) & pl.col("value").is_finite())
    last = pl.col("value").get(pl.col("step").arg_max())
    return overall.group_by(RUN).agg(last)


def summary_table(outcomes: pl.DataFrame | pl.LazyFrame, order: Sequence[pl.Expr] = ()) -> pl.DataFrame:
    """Mean over replicates of what stood at the end: one row per scenario and arm, one column per outcome.

    Args:
        outcomes: the long table; any number of runs, where it is lazy, since it is then read piece by piece.
        order: what to sort the rows by; as they come in the table where left out.
    """
    rows = outcomes.lazy()
    present = set(rows.select(pl.col("outcome").unique()).collect(engine="streaming")["outcome"])
    shown = [name for name in SHOWN if name in present] or sorted(present)[: len(SHOWN)]
    final = final_values(rows.filter(pl.col("outcome").is_in(shown)))
    found = final.group_by("scenario", "arm", "outcome").agg(pl.col("value").mean(), pl.len().alias("replicates"))
    means = found.collect(engine="streaming")
    wide = means.pivot("outcome", index=["scenario", "arm"], values="value")
    counts = means.group_by("scenario", "arm").agg(pl.col("replicates").max())
    columns = ["scenario", "arm", "replicates", *(name for name in shown if name in wide.columns)]
    table = wide.join(counts, on=["scenario", "arm"]).select(columns)
    return table.sort(*order) if order else _in_order_of(rows, table)


def _in_order_of(rows: pl.LazyFrame, table: pl.DataFrame) -> pl.DataFrame:
    """A table with one row per scenario and arm, in the order in which they come in others."""
    seen = rows.select("scenario", "arm").unique(maintain_order=True).collect()
    return seen.join(table, on=["scenario", "arm"], how="inner", maintain_order="left")


def drawn_rows(outcomes: pl.LazyFrame, scenarios: Sequence[str], arms: int) -> pl.DataFrame:
    """The rows that a figure is drawn from: so many that they fit into memory, however many there are.

    Args:
        outcomes: the long table.
        scenarios: labels of all scenarios.
        arms: how many there are.
    """
    step = max(1.0, (len(scenarios) - 1) / (MOST_SCENARIOS - 1))
    count = min(len(scenarios), MOST_SCENARIOS)
    chosen = [scenarios[min(len(scenarios) - 1, round(place * step))] for place in range(count)]
    replicates = max(2, MOST_DRAWN // (len(chosen) * arms))
    fits = (pl.col("replicate") <= replicates) & (pl.col("group") == OVERALL)
    some = pl.col("scenario").is_in(chosen) if len(chosen) < len(scenarios) else pl.lit(True)
    return outcomes.filter(fits & some).collect()


def written(value: object) -> str:
    """A cell of the small table."""
    if not isinstance(value, float):
        return "-" if value is None else str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
