"""Adaptive replicates: a comparison stops when its interval is narrow enough.

A comparison is an arm against the baseline in one scenario; its replicates are paired by their seeds, so what counts
is the difference of the two values of an outcome at the end of a run. It is looked at after `at_least` replicates and
again each time there are a quarter more, until the intervals of all wanted outcomes are narrow enough or there are
`at_most`.

Looking repeatedly is allowed for: the interval is a confidence sequence, which covers the true difference at all looks
at once with the stated probability, so that it may be looked at as often as one likes and stopped for any reason. It
inverts the sequential t test with a normal prior on the standardized effect (Lai, Annals of Statistics 4, 1976; Wang
and Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance", 2024): by Ville's
inequality the Bayes factor of the truth exceeds 1/alpha at any time with probability at most alpha, exactly so for
normal differences and nearly so for symmetric ones; strong skewness costs coverage, as it does in any t test, and
`at_least` should then be larger (docs/studies.md has figures). The price: from 10 to 200 pairs it is 1.6 to 1.8 times
as wide as the interval of a single t test.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

import polars as pl

from experiments.problems import number
from experiments.yaml_files import Located, shown_value
from simulation import OUTCOMES, Record, parameter

CONFIDENCE = 0.95
"""Of every interval."""
PRIOR_VARIANCE = 0.5
"""Of the standardized effect; a tuning constant: 0.5 suits 10 to 200 pairs. Assumed."""
GROWTH = 1.25
"""From one look to the next."""
MOST_REPLICATES = 1_000_000
LOOKING = f"Looking repeatedly was allowed for: they are {CONFIDENCE:.0%} confidence sequences."
"""What a report says of these intervals."""
VERDICTS: dict[str, type[pl.DataType]] = {
    "scenario": pl.String, "arm": pl.String, "baseline": pl.String, "outcome": pl.String, "pairs": pl.Int64,
    "difference": pl.Float64, "half_width": pl.Float64, "wanted": pl.Float64, "reached": pl.Boolean,
}  # fmt: skip
_EXAMPLE = "for example replicates: {at_least: 10, at_most: 200, until: {support_reach_7d: 0.005}}"


class Adaptive(Record):
    """Replicates until the comparisons are precise enough."""

    at_least: int = parameter(
        10, "Replicates before the first look.", unit="replicates", allowed=(3, MOST_REPLICATES), grade="-", source="-"
    )
    at_most: int = parameter(
        200, "Replicates at which a comparison ends in any case.", unit="replicates", allowed=(3, MOST_REPLICATES),
        grade="-", source="-",
    )  # fmt: skip
    until: dict[str, float] = parameter(
        ..., "Outcomes, each with the half-width that its interval should have.", grade="-", source="-"
    )

    def looks(self) -> Iterator[int]:
        """Numbers of replicates at which a comparison is looked at: a quarter more each time."""
        look = min(self.at_least, self.at_most)
        while look < self.at_most:
            yield look
            look = min(self.at_most, math.ceil(look * GROWTH))
        yield self.at_most


class Interval(NamedTuple):
    """A paired difference with its interval.

    Args:
        pairs: how many.
        mean: of the differences; not a number without pairs.
        half_width: of the interval; infinite where there are too few pairs for one, or where all differences are the
            same, which says nothing of how much they vary.
    """

    pairs: int
    mean: float
    half_width: float


def paired_interval(differences: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The interval of the mean of differences, valid at every look.

    Args:
        differences: one per pair.
        confidence: probability with which it covers the true mean at all numbers of pairs at once.
    """
    pairs = len(differences)
    mean = fmean(differences) if pairs else math.nan
    spread = stdev(differences) if pairs > 1 else 0.0
    return Interval(pairs, mean, half_width(pairs, spread, 1.0 - confidence) if spread else math.inf)


def half_width(pairs: int, spread: float, alpha: float = 1.0 - CONFIDENCE) -> float:
    """Half-width of the confidence sequence of a mean.

    With n pairs, prior variance g of the standardized effect and k = 1 + n g, the Bayes factor of a t statistic is
    k^(-1/2) ((1 + t^2 / (n - 1)) / (1 + t^2 / (k (n - 1))))^(n / 2); the interval holds the means whose factor is
    below 1 / alpha.

    Args:
        pairs: how many differences, at least 2.
        spread: their standard deviation.
        alpha: probability of ever missing the true mean.
    """
    k = 1.0 + pairs * PRIOR_VARIANCE
    bound = (k / alpha**2) ** (1.0 / pairs)
    if bound >= k:
        return math.inf
    t_squared = (pairs - 1) * (bound - 1.0) / (1.0 - bound / k)
    return math.sqrt(t_squared / pairs) * spread


class Comparisons(NamedTuple):
    """What is compared.

    Args:
        scenarios: labels, in the order of the design.
        arms: names, the baseline among them.
        baseline: name of the arm with which the others are compared.
    """

    scenarios: tuple[str, ...]
    arms: tuple[str, ...]
    baseline: str

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Scenario and arm of every comparison."""
        return ((scenario, arm) for scenario in self.scenarios for arm in self.arms if arm != self.baseline)


Address = tuple[str, str, int]
"""Scenario, arm and replicate of a run."""
Values = Mapping[int, Mapping[str, float | None]]
"""By replicate and outcome: the last value of a finished run; None where it has none."""
Final = dict[tuple[str, str], dict[int, dict[str, float | None]]]
"""Values by scenario and arm."""


def replicates_wanted(
    rule: Adaptive, compared: Comparisons, outcomes: pl.LazyFrame | None, failed: Collection[Address] = ()
) -> dict[tuple[str, str], int]:
    """How many replicates each scenario and arm needs, as far as can be said.

    Args:
        rule: when there are enough.
        compared: the comparisons.
        outcomes: the long table of outcomes of all finished runs; None when there are none.
        failed: runs that failed for good: their pairs are left out, and the comparison goes on.

    The baseline needs as many as the arm that needs most. The answer follows from the values alone, not from the order
    in which runs came: at every look exactly the replicates up to it are judged, and none before all of them are there.
    """
    final = final_values(rule, outcomes)
    gone: dict[tuple[str, str], set[int]] = {}
    for scenario, arm, replicate in failed:
        gone.setdefault((scenario, arm), set()).add(replicate)
    wanted = dict.fromkeys(((scenario, arm) for scenario in compared.scenarios for arm in compared.arms), 0)
    for scenario, arm in compared.pairs():
        here, there = (scenario, arm), (scenario, compared.baseline)
        values, missing = (final.get(here, {}), final.get(there, {})), (gone.get(here, ()), gone.get(there, ()))
        wanted[here] = enough(rule, *values, *missing)
        wanted[there] = max(wanted[there], wanted[here])
    return wanted


def enough(
    rule: Adaptive, here: Values, there: Values, failed_here: Collection[int] = (), failed_there: Collection[int] = ()
) -> int:
    """How many replicates a comparison needs: those up to the first look that is not complete, or that is enough.

    Args:
        rule: when there are enough.
        here: values of the arm.
        there: values of the baseline.
        failed_here: replicates of the arm that will never have values.
        failed_there: the same of the baseline.
    """
    for look in rule.looks():
        numbers = range(1, look + 1)
        settled = all((r in here or r in failed_here) and (r in there or r in failed_there) for r in numbers)
        if not settled or all(_is_narrow(rule, name, differences(name, here, there, look)) for name in rule.until):
            return look
    return rule.at_most


def differences(outcome: str, here: Values, there: Values, up_to: int) -> list[float]:
    """Differences arm - baseline of an outcome over the replicates up to a number, where both runs have a value."""
    values = ((here.get(r, {}).get(outcome), there.get(r, {}).get(outcome)) for r in range(1, up_to + 1))
    return [one - other for one, other in values if one is not None and other is not None]


def _is_narrow(rule: Adaptive, outcome: str, found: Sequence[float]) -> bool:
    """Whether the interval of an outcome is as narrow as wanted."""
    return paired_interval(found).half_width <= rule.until[outcome]


def final_values(rule: Adaptive, outcomes: pl.LazyFrame | None) -> Final:
    """The last value of every wanted outcome for all agents, of every finished run."""
    final: Final = {}
    if outcomes is None:
        return final
    names = list(rule.until)
    mine = outcomes.filter((pl.col("group") == "all") & pl.col("outcome").is_in(names))
    known = mine.with_columns(pl.when(pl.col("value").is_finite()).then(pl.col("value")).alias("value"))
    last = known.group_by("scenario", "arm", "replicate", "outcome").agg(
        pl.col("value").sort_by("step").drop_nulls().last()
    )
    for scenario, arm, replicate, outcome, value in last.collect().iter_rows():
        final.setdefault((scenario, arm), {}).setdefault(replicate, {})[outcome] = value
    return final


def verdict_table(rule: Adaptive, compared: Comparisons, outcomes: pl.LazyFrame | None) -> pl.DataFrame:
    """How precise each comparison is, one row per scenario, arm and wanted outcome.

    Columns: scenario, arm, baseline, outcome, pairs, difference (arm - baseline), half_width, wanted, reached. Where
    there is no interval (too few pairs, or all differences the same), the half-width is null. All pairs that are there
    are used.
    """
    final = final_values(rule, outcomes)
    rows = [
        (scenario, arm, compared.baseline, name, *_verdict(rule, name, final, (scenario, arm), compared.baseline))
        for scenario, arm in compared.pairs()
        for name in rule.until
    ]
    return pl.DataFrame(rows, schema=VERDICTS, orient="row")


def _verdict(
    rule: Adaptive, outcome: str, final: Final, place: tuple[str, str], baseline: str
) -> tuple[int, float | None, float | None, float, bool]:
    """Pairs, difference, half-width, wanted half-width and whether it was reached."""
    here, there = final.get(place, {}), final.get((place[0], baseline), {})
    interval = paired_interval(differences(outcome, here, there, rule.at_most))
    mean = interval.mean if interval.pairs else None
    width = interval.half_width if math.isfinite(interval.half_width) else None
    return interval.pairs, mean, width, rule.until[outcome], interval.half_width <= rule.until[outcome]


def adaptive_problems(given: Adaptive, arms: Sequence[Any] | None, outcomes: Sequence[str]) -> Iterator[Located]:
    """What is wrong with adaptive replicates in a study of these arms and outcomes; None for arms that are wrong."""
    if given.at_most < given.at_least:
        what = f"{given.at_most:,} is less than at_least: {given.at_least:,}"
        yield Located(("replicates", "at_most"), what, _EXAMPLE)
    if arms is not None and len(arms) < 2:
        what = "replicates can follow the width of an interval only where an arm is compared with the baseline"
        yield Located(("replicates",), what, "add an arm, or give a number of replicates")
    if not given.until:
        yield Located(("replicates", "until"), "names no outcome", _EXAMPLE)
    for name, width in given.until.items():
        yield from _until_problems(name, width, outcomes)


def _until_problems(name: str, width: float, outcomes: Sequence[str]) -> Iterator[Located]:
    """An outcome is known and kept, and its half-width is above 0."""
    here = ("replicates", "until", name)
    if name not in OUTCOMES:
        problem = OUTCOMES.unknown(name)
        yield Located(here, problem.what, problem.allowed, problem.nearest)
    elif outcomes and name not in outcomes:
        yield Located(here, f"{shown_value(name)} is not among the outcomes that are kept", "add it to outcomes")
    if not width > 0:
        yield Located(here, f"{number(width)} is out of range", "allowed: a number above 0, in the unit of the outcome")


def until_type_problems(raw: object) -> Iterator[Located]:
    """What keeps the value of `until` from being read at all."""
    if not isinstance(raw, dict):
        what = f"{shown_value(raw)} is not a mapping of outcomes to half-widths"
        yield Located(("replicates", "until"), what, _EXAMPLE)
        return
    for name, width in raw.items():
        if isinstance(width, bool) or not isinstance(width, int | float):
            what = f"{shown_value(width)} is not a number"
            yield Located(("replicates", "until", name), what, "allowed: a number above 0, in the unit of the outcome")
