"""From the values of several seeds to a verdict: mean, interval, pass or fail."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from experiments.validation.facts import Fact
from simulation import Registry

FACT_LEVEL, LAW_LEVEL = 0.95, 0.999
"""Levels of intervals: laws are many and exact, so that a correct model misses one of them once in a thousand."""
ROUNDING = 1e-9
"""What no seed moves has to hit its law to this, relative to 1 or to the law."""

PASS, FAIL, NOT_COVERED, NO_DATA, ERROR = "pass", "fail", "not covered", "no data", "error"
"""Statuses; an error is a failure, too."""
ORDER = (ERROR, FAIL, PASS, NO_DATA, NOT_COVERED)
"""Failures first."""


class Measured(NamedTuple):
    """The mean over seeds with its Student interval, and how many seeds have a value."""

    mean: float
    lower: float
    upper: float
    seeds: int


def measured(values: Sequence[float], level: float) -> Measured:
    """Mean and interval of those values that are numbers; an interval needs two."""
    known = np.array([value for value in values if math.isfinite(value)])
    if not len(known):
        return Measured(math.nan, math.nan, math.nan, 0)
    mean = float(known.mean())
    if np.ptp(known) == 0.0:
        return Measured(mean, mean, mean, len(known))
    half = float(stats.t.ppf(0.5 + level / 2.0, len(known) - 1) * stats.sem(known))
    return Measured(mean, mean - half, mean + half, len(known))


Judge = Callable[[Fact, Measured], bool]
JUDGES: Registry[Judge] = Registry("judge")
"""How a line is judged, by name."""


@JUDGES.register("within")
def within(fact: Fact, found: Measured) -> bool:
    """The mean lies in the range."""
    return fact.low - ROUNDING <= found.mean <= fact.high + ROUNDING


@JUDGES.register("sign")
def sign(fact: Fact, found: Measured) -> bool:
    """The whole interval lies on the side of 0 that is asked for."""
    return found.seeds > 1 and fact.low <= found.lower and found.upper <= fact.high and found.mean != 0.0


@JUDGES.register("nothing")
def nothing(fact: Fact, found: Measured) -> bool:
    """The interval holds 0 and lies within the bounds."""
    return found.lower <= 0.0 <= found.upper and fact.low <= found.lower and found.upper <= fact.high


@JUDGES.register("law")
def law(fact: Fact, found: Measured) -> bool:
    """The law lies in the interval; where no seed moves the value, they are the same to rounding."""
    slack = ROUNDING * max(1.0, abs(fact.low))
    return found.lower - slack <= fact.low <= found.upper + slack


def level_of(fact: Fact) -> float:
    """The level of the interval of a line."""
    return LAW_LEVEL if fact.judge == "law" else FACT_LEVEL


def is_near(fact: Fact, found: Measured) -> bool:
    """Whether the interval of a value in a range crosses an end of it."""
    return fact.judge == "within" and any(found.lower < end < found.upper for end in (fact.low, fact.high))
