"""How well the calibrated model fits: a row for every target, over seeds that no value was chosen with."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray

from experiments.calibration.sampling import Left, left_open
from experiments.calibration.scales import from_line, mean_of, outcome_at, outcome_place, stretch, to_line
from experiments.calibration.searching import Search
from experiments.calibration.solving import Solution, wanted_of
from experiments.calibration.targets import Aim, Fact, Targets, range_of
from experiments.factors import Point

Values = NDArray[np.float64]

WIDE = 2.0
"""A target is met within so many standard deviations of what is not known of it and of chance together."""
LEVEL = 0.95


def fit_table(targets: Targets, searched: Sequence[str], point: Point, values: Values) -> pl.DataFrame:
    """The table of the fit.

    Args:
        targets: T of them, in the order of `targets.every`.
        searched: names of the targets of searches that were done.
        point: the calibrated parameters.
        values: outcomes [S, T] over fresh seeds.

    Returns:
        target, used (`solved`, `searched`, `no` where it set nothing), outcome (or measure of the network), group,
        arm (`none` for the world left alone), wanted, uncertainty, got, lower and upper (95% over seeds), met,
        source, grade.
    """
    kinds = {**dict.fromkeys(targets.facts, "solved"), **dict.fromkeys(searched, "searched")}
    rows = [
        _row(name, target, kinds.get(name, "no"), point, column)
        for (name, target), column in zip(targets.every.items(), values.T, strict=True)
    ]
    return pl.DataFrame(rows)


def _row(name: str, target: Aim, used: str, point: Point, values: Values) -> dict[str, object]:
    """One target."""
    wanted, mean = wanted_of(name, target, point), mean_of(target, values)
    width = mean.error * float(scipy.stats.t.ppf(0.5 + LEVEL / 2.0, max(1, len(values) - 1)))
    unsure = target.uncertainty * stretch(target, wanted)
    is_met = abs(mean.place - outcome_place(target, wanted)) <= WIDE * float(np.hypot(unsure, mean.error))
    return {
        "target": name,
        "used": used,
        "outcome": target.quantity,
        "group": target.group,
        "arm": target.arm or "none",
        "wanted": wanted,
        "uncertainty": target.uncertainty,
        "got": outcome_at(target, mean.place),
        "lower": outcome_at(target, mean.place - width),
        "upper": outcome_at(target, mean.place + width),
        "met": bool(is_met and np.isfinite(mean.error)),
        "source": target.source,
        "grade": target.grade,
    }


def parameter_table(targets: Targets, solution: Solution, searches: Sequence[Search]) -> pl.DataFrame:
    """What was calibrated.

    Returns:
        parameter, before (in base; nothing where it is not given there), value, lower and upper (95%, with what is not
        known of the fact and what searches that solved it anew leave open; for a parameter of a search what that leaves
        open), seed_lower and seed_upper (95%, chance in the runs alone), low and high (the range), found (`solved`, or
        the name of the search), met (whether its fact holds).
    """
    before = targets.base.model_dump()
    left = [left_open(search, {path: targets.facts[path] for path in search.joint.solve}) for search in searches]
    rows = [_solved_row(targets.facts[path], solution, path, _at(before, path), left) for path in targets.facts]
    for search, open_ in zip(searches, left, strict=True):
        rows += [_searched_row(search, open_, path, _at(before, path)) for path in search.joint.parameters]
    return pl.DataFrame(rows, infer_schema_length=None)


def _solved_row(
    fact: Fact, solution: Solution, path: str, before: float | None, left: Sequence[Left]
) -> dict[str, object]:
    """A parameter that one fact identifies."""
    solved, span = solution.facts[path], range_of(fact)
    shifts = [open_.shifts[path] for open_ in left if path in open_.shifts]
    lower, upper = (
        from_line(span, to_line(span, end) + sum(shift[side] for shift in shifts))
        for side, end in enumerate(solved.interval(fact))
    )
    seed_lower, seed_upper = solved.interval(fact, noise_only=True)
    return {
        "parameter": path, "before": before, "value": solved.value, "lower": lower, "upper": upper,
        "seed_lower": seed_lower, "seed_upper": seed_upper, "low": span.low, "high": span.high, "found": "solved",
        "met": solved.is_met,
    }  # fmt: skip


def _searched_row(search: Search, left: Left, path: str, before: float | None) -> dict[str, object]:
    """A parameter of a joint search."""
    span, (lower, upper) = search.spans[path], left.ranges[path]
    return {
        "parameter": path, "before": before, "value": float(search.chosen.point[path]), "lower": lower,
        "upper": upper, "seed_lower": None, "seed_upper": None, "low": span.low, "high": span.high,
        "found": search.name, "met": None,
    }  # fmt: skip


def before_in_words(row: Mapping[str, Any]) -> str:
    """What a row of the table of parameters had before."""
    return "not given" if row["before"] is None else f"{row['before']:.5g}"


def _at(tree: dict[str, object], path: str) -> float | None:
    """The number at a dotted path, if there is one."""
    value: object = tree
    for word in path.split("."):
        value = value[word] if isinstance(value, dict) else None
    return None if value is None else float(str(value))
