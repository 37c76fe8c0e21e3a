"""Who is left out: every comparison group by group, and the share never reached.

A cell is a group for an outcome. Its size is the number of what the outcome is taken over: people, strugglers or
struggle posts of the group, the mean over runs of the smallest arm. Cells that are small, or of unknown size because
the study did not keep `SIZES`, are hidden: their rows are there, their numbers are not. This keeps a reader from
reading luck as a pattern; nobody here is a person to be protected.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from experiments.comparison.pairing import Question, arm_table, difference_table, quotient
from experiments.comparison.resampling import Floats
from experiments.comparison.schemas import GROUP_ARMS, GROUP_DIFFERENCES, OVERALL
from experiments.comparison.source import Cube, Source, declared

SMALLEST_CELL = 20.0
"""Cells of fewer people, strugglers or posts than this are hidden."""
DIVISIONS = ("role", "specialty", "struggler", "visibility", "stigma")
"""What people are divided by."""
SIZES = ("people", "prevalence", "struggle_posts")
"""Outcomes that tell how large a cell is."""
NEVER_REACHED = "never_reached"

_KEPT = ["study", "scenario", "outcome", "unit", "direction", "group", "arm", "baseline", "division", "people", "cell",
         "hidden", "method", "verdict", "warnings"]  # fmt: skip
"""Columns that are shown of hidden cells; of these, the last three without what they said."""
HIDDEN = "hidden"
"""The verdict of a cell that is too small, or of unknown size."""
SMALL = f"fewer than {SMALLEST_CELL:.0f} in the cell"
UNKNOWN = f"the size of the cell is not known: the outcomes {', '.join(SIZES)} tell it"
"""Why a cell is hidden."""


def division(group: str) -> str:
    """`role` of `role=student`."""
    return group.partition("=")[0]


def groups_of(source: Source, outcomes: Sequence[str]) -> Cube:
    """The last values of outcomes that are taken by group, group by group, in the order of the divisions."""
    names = [name for name in outcomes if declared(name).grouped]
    wanted = pl.col("group").str.contains(f"^({'|'.join(DIVISIONS)})=")
    cube = source.read(names, wanted)
    return in_order(cube) if names else cube


def in_order(cube: Cube) -> Cube:
    """Groups division by division."""
    places = sorted(range(len(cube.groups)), key=lambda place: _order(cube.groups[place]))
    return Cube(
        cube.scenarios, cube.outcomes, tuple(cube.groups[p] for p in places), cube.arms, cube.values[:, :, places]
    )


_THIRDS = ("no", "low", "middle", "high", "yes")


def _order(group: str) -> tuple[int, int, str]:
    """Place of a group: division, then low before high, then the alphabet."""
    name, _, value = group.partition("=")
    known = name in DIVISIONS
    return (DIVISIONS.index(name) if known else 99, _THIRDS.index(value) if value in _THIRDS else 0, value)


def group_differences(source: Source, outcomes: Sequence[str], asked: Question) -> pl.DataFrame:
    """Paired differences in every group: `schemas.GROUP_DIFFERENCES`; empty where no outcome is taken by group."""
    cube = groups_of(source, outcomes)
    if not cube.outcomes or cube.groups == (OVERALL,):
        return pl.DataFrame(schema=GROUP_DIFFERENCES)
    return _hidden(_sized(difference_table(cube.pooled(), asked), source), GROUP_DIFFERENCES)


def reached_by_group(source: Source, asked: Question) -> pl.DataFrame:
    """Share never reached in every group and arm: `schemas.GROUP_ARMS`; empty where it was not taken."""
    names = [NEVER_REACHED] if NEVER_REACHED in source.outcomes else []
    cube = groups_of(source, names)
    if not names or cube.groups == (OVERALL,):
        return pl.DataFrame(schema=GROUP_ARMS)
    return _hidden(_sized(arm_table(cube.pooled(), asked), source), GROUP_ARMS)


# --- sizes ------------------------------------------------------------------------------------------------------------


def _sized(table: pl.DataFrame, source: Source) -> pl.DataFrame:
    """With division, people and size of the cell."""
    sizes = cell_sizes(source)
    of = pl.DataFrame({"outcome": table["outcome"].unique()}).with_columns(
        of=pl.col("outcome").map_elements(lambda name: declared(name).of, return_dtype=pl.String)
    )
    joined = table.join(of, on="outcome", how="left", maintain_order="left").join(
        sizes, on=["scenario", "group"], how="left", maintain_order="left"
    )
    cell = pl.coalesce(
        pl.when(pl.col("of") == kind).then(pl.col(f"n_{kind}")) for kind in ("people", "strugglers", "struggles")
    )
    return joined.with_columns(
        division=pl.col("group").str.split("=").list.first(), people=pl.col("n_people"), cell=cell
    ).with_columns(hidden=(pl.col("cell") < SMALLEST_CELL).fill_null(True))


def cell_sizes(source: Source) -> pl.DataFrame:
    """Numbers of people, strugglers and struggle posts: scenario, group, n_people, n_strugglers, n_struggles.

    Means over replicates, in the arm that has fewest; null where the study did not keep what tells them.
    """
    cube = groups_of(source, [name for name in SIZES if name in source.outcomes])
    if not cube.outcomes:
        kinds = dict.fromkeys(("n_people", "n_strugglers", "n_struggles"), pl.Float64)
        return pl.DataFrame(schema={"scenario": pl.String, "group": pl.String, **kinds})
    cube = cube.pooled()
    found = {name: _means(cube, name) for name in SIZES}
    numbers = {
        "n_people": found["people"],
        "n_strugglers": found["people"] * found["prevalence"],
        "n_struggles": found["struggle_posts"],
    }
    places = [(scenario, group) for scenario in cube.scenarios for group in cube.groups]
    columns = {name: pl.Series(_fewest(values), dtype=pl.Float64).fill_nan(None) for name, values in numbers.items()}
    return pl.DataFrame(places, schema=["scenario", "group"], orient="row").with_columns(**columns)


def _means(cube: Cube, outcome: str) -> Floats:
    """Means [S, G, A] over replicates; not a number where the outcome was not taken, or in no run."""
    if outcome not in cube.outcomes:
        return np.full((len(cube.scenarios), len(cube.groups), len(cube.arms)), np.nan)
    values = cube.values[:, cube.outcomes.index(outcome)]
    return quotient(np.nansum(values, axis=-1), np.isfinite(values).sum(axis=-1).astype(float))


def _fewest(values: Floats) -> Floats:
    """The smallest [S * G] of the arms [S, G, A]; not a number where no arm has one."""
    smallest = np.where(np.isfinite(values), values, np.inf).min(axis=2).reshape(-1)
    return np.where(np.isfinite(smallest), smallest, np.nan)


def _hidden(table: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """With the numbers of hidden cells taken out."""
    out = pl.col("hidden")
    blanks = [
        pl.when(out).then(None).otherwise(pl.col(name)).alias(name) for name in table.columns if name not in _KEPT
    ]
    table = table.with_columns(blanks)
    if "verdict" in table.columns:
        why = pl.when(pl.col("cell").is_null()).then(pl.lit(UNKNOWN)).otherwise(pl.lit(SMALL))
        said = {"verdict": pl.lit(HIDDEN), "method": pl.lit("none"), "warnings": why}
        table = table.with_columns(
            pl.when(out).then(text).otherwise(pl.col(name)).alias(name) for name, text in said.items()
        )
    return table.select(list(schema))
