"""Which factors decide whether an arm helps: a small tree over the worlds of a study, or a box found by PRIM.

The tree (scikit-learn) splits the worlds by values of factors so that the paired difference is as alike as possible
within each part. It is shown only where it predicts worlds that it has not seen: the share of variance explained is
that of five-fold cross-validation. PRIM (Friedman & Fisher 1999, by the EMA Workbench, an extra) looks for the worlds
in which an arm does worse than the baseline.
"""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeRegressor

from experiments.comparison.pairing import Question, means
from experiments.comparison.resampling import Floats
from experiments.comparison.schemas import DECIDING
from experiments.comparison.source import Cube, Source, sign
from experiments.outcome_words import measure
from simulation import InputError, Problem

FEWEST_SCENARIOS = 20
"""Worlds below which there is no tree: look at the table."""
DEPTH = 2
SMALLEST_PART = 0.1
"""Share of the worlds that a part holds at least."""
EXPLAINED = 0.1
"""Share of variance of unseen worlds below which no factor decides."""
EVERYWHERE = "everywhere"


class Inputs(NamedTuple):
    """The factors of the worlds as numbers [S, D]; a choice has a column for each of its values.

    Args:
        names: of factors.
        choices: the value that a column stands for, None for a column of numbers.
        values: [S, D].
    """

    names: list[str]
    choices: list[str | None]
    values: Floats


class Condition(NamedTuple):
    """One split on the way to a part."""

    column: int
    below: bool
    threshold: float


def factors_of(source: Source) -> pl.DataFrame:
    """The value of every factor in every scenario, in their order."""
    table = source.store.scenarios().unique("scenario", keep="first", maintain_order=True)
    order = pl.DataFrame({"scenario": source.scenarios})
    return order.join(table, on="scenario", how="left", maintain_order="left").drop("study", "point", "scenario")


def inputs_of(source: Source) -> Inputs:
    """The factors of every scenario."""
    table = factors_of(source)
    names, choices, columns = [], [], []
    for column in table:
        for choice, values in _columns(column):
            names.append(column.name)
            choices.append(choice)
            columns.append(values)
    return Inputs(names, choices, np.array(columns, dtype=float).reshape(len(columns), -1).T)


def _columns(column: pl.Series) -> Iterator[tuple[str | None, Floats]]:
    """A factor as columns of numbers."""
    if column.dtype.is_numeric():
        yield None, column.cast(pl.Float64).to_numpy()
        return
    texts = column.cast(pl.String)
    for value in texts.unique(maintain_order=True):
        yield str(value), (texts == value).to_numpy().astype(float)


def deciding_table(source: Source, cube: Cube, arms: Sequence[str], asked: Question) -> pl.DataFrame:
    """Which parts of the worlds differ, for every arm and outcome: `schemas.DECIDING`; empty with too few worlds."""
    if len(cube.scenarios) < FEWEST_SCENARIOS:
        return pl.DataFrame(schema=DECIDING)
    inputs = inputs_of(source)
    rows: list[dict[str, Any]] = []
    for outcome in cube.outcomes:
        for arm in arms:
            found = scenario_differences(cube, outcome, arm, asked.baseline)
            for row in _parts(inputs, found, sign(outcome)):
                row |= {"study": asked.study, "outcome": outcome, "arm": arm}
                rows.append(row | {"sentence": _sentence(row, asked.baseline)})
    return pl.DataFrame(rows, schema=DECIDING)


def scenario_differences(cube: Cube, outcome: str, arm: str, baseline: str) -> Floats:
    """Mean paired differences [S] of an arm from the baseline."""
    values = cube.of(outcome)
    return means(values[:, cube.arms.index(arm)] - values[:, cube.arms.index(baseline)])


def _parts(inputs: Inputs, found: Floats, better: int) -> Iterator[dict[str, Any]]:
    """The parts that a tree tells apart, the worst first; everywhere in one where it cannot."""
    known = np.isfinite(found)
    y, x = found[known], inputs.values[known]
    if len(y) < FEWEST_SCENARIOS:
        return
    tree = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=max(5, int(SMALLEST_PART * len(y))), random_state=0)
    explained = _explained(tree, x, y)
    whole = np.ones(len(y), dtype=bool)
    if explained < EXPLAINED:
        yield _part(EVERYWHERE, y, whole, better, explained)
        return
    tree.fit(x, y)
    leaves = tree.apply(x)
    order = sorted(np.unique(leaves), key=lambda leaf: float((better or 1) * y[leaves == leaf].mean()))
    for leaf in order:
        yield _part(rule_of(tree, int(leaf), inputs), y, leaves == leaf, better, explained)


def _explained(tree: DecisionTreeRegressor, x: Floats, y: Floats) -> float:
    """Share of variance that the tree predicts of worlds left out of it; 0 where nothing varies."""
    if np.ptp(y) == 0:
        return 0.0
    folds = KFold(5, shuffle=True, random_state=0)
    return float(r2_score(y, cross_val_predict(tree, x, y, cv=folds)))


def _part(rule: str, y: Floats, mine: NDArray[np.bool_], better: int, explained: float) -> dict[str, Any]:
    """One part of the worlds."""
    share = float((better * y[mine] > 0).mean()) if better else None
    return {"rule": rule, "scenarios": int(mine.sum()), "difference": float(y[mine].mean()), "share_better": share,
            "explained": explained}  # fmt: skip


def rule_of(tree: DecisionTreeRegressor, leaf: int, inputs: Inputs) -> str:
    """The conditions that lead to a leaf, in words; of several about one column, the narrowest."""
    narrowest: dict[tuple[int, bool], Condition] = {}
    for condition in _way_to(tree.tree_, leaf):
        narrowest[condition.column, condition.below] = condition  # later ones are narrower
    return " and ".join(_in_words(condition, inputs) for condition in narrowest.values()) or EVERYWHERE


def _way_to(tree: Any, leaf: int) -> list[Condition]:  # noqa: ANN401 - scikit-learn's compiled tree
    """The splits from the root to a leaf."""
    way: list[Condition] = []
    node = leaf
    while node:
        is_left = np.flatnonzero(tree.children_left == node)
        parent = int(is_left[0] if len(is_left) else np.flatnonzero(tree.children_right == node)[0])
        way.append(Condition(int(tree.feature[parent]), bool(len(is_left)), float(tree.threshold[parent])))
        node = parent
    return way[::-1]


def _in_words(condition: Condition, inputs: Inputs) -> str:
    """`beliefs.stigma_mean above 0.45`."""
    name, choice = inputs.names[condition.column], inputs.choices[condition.column]
    if choice is not None:
        return f"{name} {'is not' if condition.below else 'is'} {choice}"
    return f"{name} {'at most' if condition.below else 'above'} {condition.threshold:.3g}"


def _sentence(row: dict[str, Any], baseline: str) -> str:
    """A part in words."""
    shown = measure(row["outcome"])
    change = f"changes by {shown.difference(row['difference'])} against \u201c{baseline}\u201d"
    worlds = f"{row['scenarios']} worlds"
    if row["rule"] == EVERYWHERE:
        return (
            f"{shown.title}: no factor considered decides; under \u201c{row['arm']}\u201d it {change}, over {worlds}."
        )
    better = "" if row["share_better"] is None else f"; better in {row['share_better']:.0%} of them"
    return f"{shown.title}: where {row['rule']}, it {change} under \u201c{row['arm']}\u201d, over {worlds}{better}."


# --- PRIM -------------------------------------------------------------------------------------------------------------


class Box(NamedTuple):
    """Worlds in which an arm does worse than the baseline.

    Args:
        limits: ends, or values that are left, of each factor that matters.
        scenarios: how many worlds lie in the box.
        coverage: share of all worlds in which the arm does worse that lie in it.
        density: share of the worlds in it in which the arm does worse.
    """

    limits: dict[str, Any]
    scenarios: int
    coverage: float
    density: float


def worse_box(source: Source, outcome: str, arm: str, baseline: str) -> Box | None:
    """The box of worlds in which an arm does worse than the baseline, by PRIM; None where there is no such world.

    Raises:
        InputError: the EMA Workbench is not installed, or the outcome has no direction.
    """
    prim = _prim()
    if not sign(outcome):
        raise InputError(Problem(outcome, "has no better and worse", "choose an outcome with a direction"))
    found = scenario_differences(source.cube, outcome, arm, baseline)
    known, worse = np.isfinite(found), sign(outcome) * found < 0
    if not worse[known].any():
        return None
    frame = pd.DataFrame({column.name: _for_prim(column) for column in factors_of(source)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the Workbench about pandas
        box = prim.Prim(frame[known].reset_index(drop=True), worse[known]).find_box()
    first, last = box.box_lims[0], box.box_lims[-1]
    limits = {str(name): _limit(last[name]) for name in last if list(last[name]) != list(first[name])}
    return Box(limits, round(box.mass * int(known.sum())), float(box.coverage), float(box.density))


def _for_prim(column: pl.Series) -> Any:  # noqa: ANN401 - a pandas column
    """A factor as PRIM takes it: numbers, or categories."""
    return column.to_numpy() if column.dtype.is_numeric() else pd.Categorical(column.cast(pl.String).to_list())


def _limit(ends: pd.Series) -> Any:  # noqa: ANN401 - two numbers, or names
    """Lower and upper end of a factor in a box, or the values that are left."""
    if isinstance(ends.iloc[0], set):
        return sorted(ends.iloc[0])
    return tuple(float(end) for end in ends)


def _prim() -> Any:  # noqa: ANN401 - a module
    """The module of the EMA Workbench.

    Raises:
        InputError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # says on import what it goes without
            from ema_workbench.analysis import prim  # noqa: PLC0415 - an optional package
    except ImportError:
        what, allowed = "the EMA Workbench is not installed", "pip install 'supportnet[ema]'"
        raise InputError(Problem("PRIM", what, allowed)) from None
    return prim
