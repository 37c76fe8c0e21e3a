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


def final_values(outcomes: pl.LazyFrame) -> pl.LazyFrame:
    """The last value of every outcome in every run: scenario, arm, replicate, outcome, value."""
    overall = outcomes.filter((pl.col("group") == OVERALL) & pl.col("value").is_finite())
    return overall.group_by(RUN, maintain_order=True).agg(pl.col("value").get(pl.col("step").arg_max()))


def summary_table(pieces: Sequence[pl.LazyFrame | pl.DataFrame], order: Sequence[pl.Expr] = ()) -> pl.DataFrame:
    """Mean over replicates of what stood at the end: one row per scenario and arm, one column per outcome.

    Args:
        pieces: of the long table, read one after the other; the rows of a run are in one piece.
        order: what to sort the rows by; as they come in the table where left out.
    """
    each = [_sums(piece.lazy()) for piece in pieces]
    sums = pl.concat(each).group_by("scenario", "arm", "outcome", maintain_order=True).sum()
    present = set(sums["outcome"])
    shown = [name for name in SHOWN if name in present] or sorted(present)[: len(SHOWN)]
    means = sums.with_columns(value=pl.col("value") / pl.col("replicates"))
    wide = means.pivot("outcome", index=["scenario", "arm"], values="value", maintain_order=True)
    counts = means.group_by("scenario", "arm").agg(pl.col("replicates").max())
    table = wide.join(counts, on=["scenario", "arm"], maintain_order="left")
    table = table.select("scenario", "arm", "replicates", *shown)
    return table.sort(*order) if order else table


def _sums(outcomes: pl.LazyFrame) -> pl.DataFrame:
    """Sum of final values and number of replicates by scenario, arm and outcome; of the outcomes shown, if any is."""
    some = outcomes.filter(pl.col("outcome").is_in(SHOWN))
    final = final_values(some).collect()
    final = final if final.height else final_values(outcomes).collect()
    groups = final.group_by("scenario", "arm", "outcome", maintain_order=True)
    return groups.agg(pl.col("value").sum(), pl.len().cast(pl.Int64).alias("replicates"))


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
