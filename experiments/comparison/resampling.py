"""Intervals, chances and P values of rows of replicates.

A row holds one value per replicate, not a number where there is none. The replicates of a study are its sample: rows
are resampled over replicates, by the same draws for all rows with the same replicates, so that what is paired stays
paired. The draws follow from the seed of the study, so the same results give the same numbers.

A bootstrap interval of a mean is too narrow where there are few replicates: it divides by n instead of n - 1, and takes
the normal curve for Student's. Its level is therefore raised so that for normal values it is as wide as Student's
interval (Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69, 2015).
"""

import hashlib
import math
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.adaptive import CONFIDENCE, PRIOR_VARIANCE, half_width

RESAMPLES = 3_999
"""Bootstrap samples."""
FEWEST = 3
"""Replicates without which there is no interval."""
FEWEST_RESAMPLED = 10
"""Replicates below which a bootstrap has too few different samples: Student's interval takes its place."""
BCA, PERCENTILE, STUDENT, SEQUENCE, NONE = "bca", "percentile", "t", "sequence", "none"
"""How an interval was made; none where there are too few replicates, or where all values are the same."""

_CELLS = 4_000_000
"""Numbers that are resampled at once."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


class Intervals(NamedTuple):
    """Intervals of the means of rows: arrays [K]; lower and upper are not numbers where there is none."""

    lower: Floats
    upper: Floats
    method: NDArray[np.str_]


def seed_of(study_seed: int) -> int:
    """The seed of all resampling: 63 bits of SHA-256 of the text `supportnet/SEED/compare`."""
    digest = hashlib.sha256(f"supportnet/{study_seed}/compare".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def patterns(values: Floats) -> Iterator[tuple[Rows, Rows]]:
    """Rows [K, R] that have values for the same replicates: which rows, and which replicates."""
    known, place = np.unique(np.isfinite(values), axis=0, return_inverse=True)
    for number, pattern in enumerate(known):
        yield np.flatnonzero(place.reshape(-1) == number), np.flatnonzero(pattern)


def intervals(values: Floats, seed: int, *, looked_at: bool = False) -> Intervals:
    """95% intervals of the means of rows.

    Args:
        values: [K, R].
        seed: of the resampling.
        looked_at: whether the number of replicates followed from the values, so that only an interval that is valid
            at every look will do.
    """
    nothing = np.full(len(values), np.nan)
    found = Intervals(nothing, nothing.copy(), np.full(len(values), NONE, dtype="<U10"))
    for rows, columns in patterns(values):
        some = values[np.ix_(rows, columns)]
        if len(columns) < FEWEST:
            continue
        varied = np.ptp(some, axis=1) > 0
        make = _sequences if looked_at else _student if len(columns) < FEWEST_RESAMPLED else _bootstrapped
        if varied.any():
            _put(found, rows[varied], make(some[varied], seed))
    return found


def _put(found: Intervals, rows: Rows, some: Intervals) -> None:
    """Write intervals of some rows."""
    for whole, part in zip(found, some, strict=True):
        whole[rows] = part


def _student(values: Floats, _seed: int) -> Intervals:
    """Student's intervals, for few replicates."""
    n = values.shape[1]
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * values.std(axis=1, ddof=1) / math.sqrt(n)
    return _around(values, half, STUDENT)


def _sequences(values: Floats, _seed: int) -> Intervals:
    """Confidence sequences, as adaptive replicates have them."""
    n = values.shape[1]
    half = np.array([half_width(n, spread) for spread in values.std(axis=1, ddof=1)])
    return _around(values, half, SEQUENCE)


def _around(values: Floats, half: Floats, method: str) -> Intervals:
    """Intervals around means; none where they are not finite."""
    half = np.where(np.isfinite(half), half, np.nan)
    mean = values.mean(axis=1)
    return Intervals(mean - half, mean + half, np.where(np.isfinite(half), method, NONE))


def level(n: int) -> float:
    """The level at which a bootstrap interval of the mean of n normal values is as wide as Student's at 95%."""
    wide = math.sqrt(n / (n - 1)) * stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)
    return float(1.0 - 2.0 * stats.norm.sf(wide))


def _bootstrapped(values: Floats, seed: int) -> Intervals:
    """BCa intervals; percentile intervals where BCa has none."""
    step = max(1, _CELLS // (values.shape[1] * 200))
    parts = [_bootstrap_part(values[i : i + step], seed) for i in range(0, len(values), step)]
    return Intervals(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _bootstrap_part(values: Floats, seed: int) -> Intervals:
    """Intervals of as many rows as fit into memory."""
    found = _resampled(values, seed, "bca")
    method = np.full(len(values), BCA, dtype="<U10")
    failed = ~(np.isfinite(found[0]) & np.isfinite(found[1]))
    if failed.any():
        found[:, failed] = _resampled(values[failed], seed, "percentile")
        method[failed] = PERCENTILE
    return Intervals(found[0], found[1], method)


def _resampled(values: Floats, seed: int, method: str) -> Floats:
    """Lower and upper ends [2, K] by SciPy's bootstrap."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # says of a degenerate sample what the result says, too
        found = stats.bootstrap(
            (values,), np.mean, axis=1, n_resamples=RESAMPLES, batch=_batch(values), method=method,
            confidence_level=level(values.shape[1]), rng=np.random.default_rng(seed),
        )  # fmt: skip
    return np.array([found.confidence_interval.low, found.confidence_interval.high])


def _batch(values: Floats) -> int:
    """Samples drawn at once."""
    return max(1, min(RESAMPLES, _CELLS // values.size))


def resampled_means(values: Floats, seed: int) -> Floats:
    """Means [K, B] of bootstrap samples of the replicates of complete rows [K, R], the same sample for all rows."""
    found = stats.bootstrap(
        (values,), np.mean, axis=1, n_resamples=RESAMPLES, batch=_batch(values), method="percentile",
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    return np.asarray(found.bootstrap_distribution)


def chances_of_best(values: Floats, seed: int) -> Floats:
    """The chance [K, A] that each of A alternatives has the highest mean; equals share it.

    Args:
        values: [K, A, R], of which more is better; only replicates that all alternatives have are used.
        seed: of the resampling.

    It is the share of bootstrap samples in which the alternative comes first; not a number below 3 replicates.
    """
    chances = np.full(values.shape[:2], np.nan)
    whole = np.where(np.isfinite(values).all(axis=1), 0.0, np.nan)
    for rows, columns in patterns(whole):
        if len(columns) >= FEWEST:
            step = max(1, _CELLS // (RESAMPLES * values.shape[1]))
            for i in range(0, len(rows), step):
                some = values[rows[i : i + step]][:, :, columns]
                chances[rows[i : i + step]] = _shares_of_best(some, seed)
    return chances


def _shares_of_best(values: Floats, seed: int) -> Floats:
    """Shares [K, A] of bootstrap samples in which each alternative of complete rows [K, A, R] is best."""
    flat = values.reshape(-1, values.shape[2])
    means = resampled_means(flat, seed).reshape(*values.shape[:2], -1)
    highest = means.max(axis=1, keepdims=True)
    first = means >= highest - 1e-12 * np.abs(highest)
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=2))


def p_values(values: Floats, *, looked_at: bool = False) -> Floats:
    """Two-sided P [K] of a mean of 0: of Student's t test, or valid at every look.

    Rows of fewer than 3 values have none. Where all values are the same, P is 1 if they are 0, and otherwise that of
    the sign test: without any spread nothing else can be said.
    """
    found = np.full(len(values), np.nan)
    for rows, columns in patterns(values):
        if len(columns) < FEWEST:
            continue
        some = values[np.ix_(rows, columns)]
        spread = some.std(axis=1, ddof=1)
        varied = np.ptp(some, axis=1) > 0
        t = np.divide(some.mean(axis=1) * math.sqrt(len(columns)), spread, out=np.zeros(len(some)), where=varied)
        p = _sequential_p(t, len(columns)) if looked_at else 2.0 * stats.t.sf(np.abs(t), len(columns) - 1)
        found[rows] = np.where(varied, p, np.where(some[:, 0] == 0.0, 1.0, 2.0 ** (1 - len(columns))))
    return found


def _sequential_p(t: Floats, n: int) -> Floats:
    """One over the Bayes factor of `adaptive.half_width`: below 5% just where the sequence leaves out 0."""
    k = 1.0 + n * PRIOR_VARIANCE
    factor = k**-0.5 * ((1.0 + t**2 / (n - 1)) / (1.0 + t**2 / (k * (n - 1)))) ** (n / 2)
    return np.asarray(np.minimum(1.0, 1.0 / factor))


def holm(p: Floats) -> Floats:
    """Adjusted P values [K] that bound the chance of any false finding (Holm 1979); not a number stays so."""
    adjusted, known = p.copy(), np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def false_discovery(p: Floats) -> Floats:
    """Adjusted P values [K] that bound the share of false ones among findings (Benjamini & Hochberg 1995, by SciPy)."""
    adjusted, known = p.copy(), np.isfinite(p)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p[known], method="bh")
    return adjusted
