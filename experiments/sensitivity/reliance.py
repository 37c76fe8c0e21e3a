"""How much of a result's variance rests on assumptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from experiments.register import ASSUMED, GRADES
from experiments.sensitivity.choosing import LEFT_OUT
from experiments.shards import UNREADABLE
from experiments.yaml_files import parse_json
from simulation import InputError, Problem

RELIANCE, SUMMARY = "reliance.csv", "sensitivity.json"
TABLE: Mapping[str, Any] = {
    "outcome": pl.String, "arm": pl.String, "against": pl.String, "method": pl.String,
    **dict.fromkeys(GRADES, pl.Float64), "luck": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Reliance:
    """Of which grades the variance of results is made.

    Args:
        table: one row per output: outcome, arm, against, method, the share of each grade, and of luck.
        study: whose results they are.
        varied: what was varied in which runs, in words.
    """

    table: pl.DataFrame
    study: str = ""
    varied: str = "settings"

    def assumed(self, outcome: str, arm: str, against: str = "") -> float | None:
        """Share of the variance of an output that rests on assumed settings, 0 to 1; None where it is not known.

        Args:
            outcome: its name.
            arm: its name.
            against: for the paired difference from this arm.
        """
        chosen = (pl.col("outcome") == outcome) & (pl.col("arm") == arm) & (pl.col("against") == against)
        found = self.table.filter(chosen)[ASSUMED]
        return None if found.is_empty() else float(found[0])

    def mean_assumed(self, outcome: str, arms: Sequence[str], against: str) -> float | None:
        """The same for the differences of several arms: the mean of those that are known."""
        found = [self.assumed(outcome, arm, against) for arm in arms]
        known = [share for share in found if share is not None]
        return sum(known) / len(known) if known else None


def reliance_of(shares: pl.DataFrame, grades: Mapping[str, str], luck: pl.DataFrame | None = None) -> pl.DataFrame:
    """Shares of settings added up by their grade: `TABLE`.

    Args:
        shares: outcome, arm, against, parameter, share and method; shares of an output add up to 1.
        grades: of settings; what has none (a lever, a size) is left out, and the others are taken as the whole.
        luck: outcome, arm, against and the share of variance that is luck, where it is known.
    """
    keys = ["outcome", "arm", "against"]
    graded = shares.with_columns(grade=pl.col("parameter").replace_strict(dict(grades), default=None))
    known = graded.filter(pl.col("grade").is_in(list(GRADES)))
    total = pl.col("share").sum().over(keys)
    known = known.filter(total > 0.0).with_columns(share=pl.col("share") / total)
    sums = [pl.col("share").filter(pl.col("grade") == grade).sum().alias(grade) for grade in GRADES]
    found = known.group_by(keys, maintain_order=True).agg(pl.col("method").first(), *sums)
    if luck is None:
        found = found.with_columns(luck=pl.lit(None, pl.Float64))
    else:
        found = found.join(luck, on=keys, how="left", maintain_order="left")
    return found.select(pl.col(name).cast(kind) for name, kind in TABLE.items())


def read_reliance(folder: Path) -> Reliance:
    """What `supportnet sensitivity` has found out for a study.

    Raises:
        InputError: the folder holds no such result.
    """
    path = folder / RELIANCE
    if not path.is_file():
        allowed = "a folder that 'supportnet sensitivity' has written"
        raise InputError(Problem(str(folder), "holds no sensitivity analysis", allowed))
    allowed = "what 'supportnet sensitivity' wrote; run it again"
    try:
        found = pl.read_csv(path, schema=dict(TABLE)).with_columns(pl.col("against").fill_null(""))
    except UNREADABLE:
        raise InputError(Problem(str(path), "is not what was written", allowed)) from None
    summary = folder / SUMMARY
    about = parse_json(summary.read_bytes(), str(summary), allowed) if summary.is_file() else {}
    return Reliance(found, str(about.get("study", "")), _varied(about)) if isinstance(about, dict) else Reliance(found)


def _varied(about: Mapping[str, Any]) -> str:
    """What was varied in which runs, by the summary of an analysis, so far as it says that."""
    screened, held = (found if isinstance(found := about.get(name), dict) else {} for name in ("screened", "held"))
    if not screened:
        return "settings"
    is_whole = bool(held) and LEFT_OUT not in held.values()
    which = f"all {len(screened)} settings" if is_whole else f"{len(screened)} of the settings"
    agents, days = about.get("agents"), about.get("days")
    is_sized = isinstance(agents, int) and isinstance(days, int)
    runs = f", in runs of {agents:,} people over {days} days" if is_sized else ""
    return f"{which} that no fact fixes{runs}"
