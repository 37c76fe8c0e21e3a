"""The weighted sample: parameter sets that fit, and how well each of them does.

For every joint search, Gaussian processes (scikit-learn) learn from its trials where the facts hold and what the
targets then are; points drawn evenly from the ranges, weighted by the distance that the processes expect, make a
proposal. Parameters of facts follow from it, spread by what is not known of the facts. The proposed sets are then run,
and each is weighted by its likelihood over its chance to have been proposed (importance sampling), so that the
processes decide only where one looks. Where even the best trial misses its targets by more than they are unsure,
uncertainties are stretched until it does not (Birge's ratio), and that is said.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from experiments.calibration.scales import Mean, from_line, mean_of, outcome_place, stretch, to_line
from experiments.calibration.searching import (
    HOPELESS,
    Search,
    choice,
    guessed,
    numbered,
    rounded,
    seed_of,
    tried,
    unit_place,
)
from experiments.calibration.solving import Solution, readings_of, wanted_of
from experiments.calibration.targets import Aim, CalibrationTarget, Fact, Reading, Targets, range_of
from experiments.factors import Point

Values = NDArray[np.float64]

EVEN_POINTS = 2**13
"""Points drawn evenly from the ranges of a search."""

OPEN = 4.0
"""Of chi-square: parameter sets within so much of the best are not told from it (two standard deviations)."""

AskPoints = Callable[[Sequence[Point], Sequence[Reading]], Values]


@dataclass(frozen=True)
class Weighted:
    """A weighted sample.

    Args:
        table: a row per parameter set: every parameter by its path, `weight` (they add up to 1), `distance`
            (chi-square of all targets) and what each target came to.
        effective: number of equally weighted sets that would be worth as much.
        stretched: for every search, by how much its uncertainties were stretched.
    """

    table: pl.DataFrame
    effective: float
    stretched: Mapping[str, float]


@dataclass(frozen=True)
class Proposed:
    """Parameter sets to be run.

    Args:
        points: K of them.
        log_density: [K] of the proposal, up to a constant.
    """

    points: list[Point]
    log_density: Values


class Emulator:
    """What the trials of a search say about points that were not tried.

    Args:
        search: that was done.
        facts: that were solved in it.
    """

    def __init__(self, search: Search, facts: Mapping[str, Fact]) -> None:
        self.search = search
        self.facts = facts
        places = np.array([unit_place(trial.point, search.spans) for trial in search.trials])
        self.targets = [
            _process(places, np.array([trial.means[name].place for trial in search.trials]))
            for name in search.joint.targets
        ]
        self.solved = [
            _process(places, np.array([to_line(range_of(fact), trial.solved[path]) for trial in search.trials]))
            for path, fact in facts.items()
        ]

    def log_likelihood(self, places: Values) -> Values:
        """Expected log-likelihood [M] of the targets at places [M, J]."""
        total = np.zeros(len(places))
        errors = {name: [trial.means[name].error for trial in self.search.trials] for name in self.search.joint.targets}
        for (name, target), process in zip(self.search.joint.targets.items(), self.targets, strict=True):
            mean, unsure = process.predict(places, return_std=True)
            known = np.array([error for error in errors[name] if np.isfinite(error)])
            noise = float(np.median(known)) if len(known) else 0.0
            width = np.hypot(np.hypot(_unsure(target), noise), unsure)
            total -= 0.5 * ((mean - outcome_place(target, target.value)) / width) ** 2
        return total / stretched(self.search) ** 2

    def shift(self, places: Values) -> dict[str, Values]:
        """How far from where it is for the chosen trial each fact would hold [M], on the scale of its parameter."""
        here = unit_place(self.search.chosen.point, self.search.spans)[None, :]
        return {
            path: process.predict(places) - process.predict(here)
            for path, process in zip(self.facts, self.solved, strict=True)
        }


@dataclass(frozen=True)
class Left:
    """What a search leaves open.

    Args:
        ranges: of every parameter searched, lowest and highest value.
        shifts: of every fact that was solved anew in the trials: how far below and above where it holds for the chosen
            trial it may hold, on the scale of its parameter.
    """

    ranges: Mapping[str, tuple[float, float]]
    shifts: Mapping[str, tuple[float, float]]


def left_open(search: Search, facts: Mapping[str, Fact]) -> Left:
    """The parameter sets that a search cannot tell from its best, as a range of every parameter.

    Trials are few, so those that fit as well as the best show a part of such sets only; where the processes through all
    trials expect as good a fit, or do not know, they count as well.

    Args:
        search: that was done.
        facts: that were solved in it.
    """
    emulator = Emulator(search, facts)
    even = np.asarray(scipy.stats.qmc.Sobol(len(search.spans), scramble=False).random(EVEN_POINTS))
    expected = -2.0 * emulator.log_likelihood(even)
    tried_ = [unit_place(trial.point, search.spans) for trial in search.trials if trial.distance <= search.least + OPEN]
    good = np.vstack([even[expected <= expected.min() + OPEN], *tried_])
    ends = (_at(search, good.min(axis=0)), _at(search, good.max(axis=0)))
    shifts = {path: (float(shift.min()), float(shift.max())) for path, shift in emulator.shift(good).items()}
    return Left({path: (ends[0][path], ends[1][path]) for path in search.spans}, shifts)


def _process(places: Values, values: Values) -> GaussianProcessRegressor:
    """A Gaussian process through values [M] at places [M, J], with a length of its own for every parameter."""
    lengths = np.full(places.shape[1], 0.7)
    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(lengths, (0.05, 20.0)) + WhiteKernel(1e-2, (1e-5, 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianProcessRegressor(kernel, normalize_y=True).fit(places, values)


def _unsure(target: CalibrationTarget) -> float:
    """What is not known of a target, on its scale."""
    return float(target.uncertainty * stretch(target, target.value))


def stretched(search: Search) -> float:
    """By how much uncertainties have to be stretched for the best trial to be expected: at least 1."""
    return float(max(1.0, (search.least / len(search.joint.targets)) ** 0.5))


def propose(targets: Targets, solution: Solution, searches: Sequence[Search], seed: int) -> Proposed:
    """Parameter sets that should fit.

    Args:
        targets: of the calibration.
        solution: the facts as they are solved at the values chosen.
        searches: that were done.
        seed: of the calibration.
    """
    number = targets.sample.points
    draw = np.random.default_rng(seed_of(seed, "sample"))
    points: list[Point] = [{} for _ in range(number)]
    density = np.zeros(number)
    shifts: dict[str, Values] = {path: np.zeros(number) for path in targets.facts}
    for search in searches:
        emulator = Emulator(search, {path: targets.facts[path] for path in search.joint.solve})
        places, log_likelihood = _even_places(emulator, number, draw)
        density += log_likelihood
        for path, shift in emulator.shift(places).items():
            shifts[path] = shifts[path] + shift
        for point, place in zip(points, places, strict=True):
            point.update(_at(search, place))
    for path, fact in targets.facts.items():
        solved, z = solution.facts[path], draw.standard_normal(number) * (fact.uncertainty > 0.0)
        density -= 0.5 * z**2
        centre = to_line(range_of(fact), solved.value)
        for point, shift, each in zip(points, shifts[path], z, strict=True):
            point[path] = from_line(range_of(fact), centre + float(shift) + solved.spread * float(each))
    return Proposed([rounded(point) for point in points], density)


def _even_places(emulator: Emulator, number: int, draw: np.random.Generator) -> tuple[Values, Values]:
    """Some of many even places, taken by their expected likelihood: the places [K, J], and its logarithm [K]."""
    dimensions = len(emulator.search.joint.parameters)
    many = draw.permutation(scipy.stats.qmc.Sobol(dimensions, rng=draw).random(EVEN_POINTS))
    log_likelihood = emulator.log_likelihood(many)
    share = np.cumsum(np.exp(log_likelihood - log_likelihood.max()))
    steps = (np.arange(number) + draw.random()) / number
    taken = draw.permutation(np.minimum(np.searchsorted(share / share[-1], steps), EVEN_POINTS - 1))
    return many[taken], log_likelihood[taken]


def _at(search: Search, place: Values) -> Point:
    """The parameters at a place [J] of the ranges of a search."""
    out = {}
    for (path, span), share in zip(search.spans.items(), place, strict=True):
        low, high = to_line(span, span.low), to_line(span, span.high)
        out[path] = from_line(span, low + float(share) * (high - low))
    return out


def refine(
    done: Search, facts: Mapping[str, Fact], known: Solution, base: Point, ask: AskPoints, *, seed: int
) -> Search:  # fmt: skip
    """A search with further trials, batch by batch where the processes expect a fit.

    Args:
        done: the search so far.
        facts: that are solved anew in every trial.
        known: their parameters and slopes as solved before.
        base: values of the parameters searched as they were.
        ask: for outcomes.
        seed: of the calibration.
    """
    for start in range(0, done.joint.refine, done.joint.batch):
        number = min(done.joint.batch, done.joint.refine - start)
        draw = np.random.default_rng(seed_of(seed, done.name, "refine", start))
        places, _ = _even_places(Emulator(done, facts), number, draw)
        points = [rounded(_at(done, place)) for place in places]
        guesses = guessed(points, done.trials, known, facts, done.spans)
        found = tried(done.joint, facts, points, guesses, known, ask)
        trials = [*done.trials, *(numbered(new, len(done.trials) + place) for place, new in enumerate(found))]
        done = Search(done.name, done.joint, tuple(trials), choice(trials, base, done.spans))
    return done


def weigh(targets: Targets, searches: Sequence[Search], proposed: Proposed, ask: AskPoints) -> Weighted:
    """Run the proposed sets, and weigh each by its likelihood over its chance to have been proposed.

    Args:
        targets: of the calibration.
        searches: that were done.
        proposed: the sets.
        ask: for outcomes.
    """
    joint = {name: item for search in searches for name, item in search.joint.targets.items()}
    widths = {name: stretched(search) for search in searches for name in search.joint.targets}
    values = ask(proposed.points, [*readings_of(targets.facts), *readings_of(joint)])
    squares = _squares(targets.facts, joint, proposed.points, values)
    log_likelihood = -0.5 * sum(square / widths.get(name, 1.0) ** 2 for name, square in squares.items())
    weight = _normalised(np.asarray(log_likelihood) - proposed.log_density)
    table = pl.DataFrame(proposed.points).with_columns(
        pl.Series("weight", weight),
        pl.Series("distance", np.sum(list(squares.values()), axis=0)),
        *(pl.Series(f"got {name}", column) for name, column in zip(squares, values.mean(axis=1).T, strict=True)),
    )
    return Weighted(table, float(1.0 / np.sum(weight**2)), {each.name: stretched(each) for each in searches})


def _squares(
    facts: Mapping[str, Fact], joint: Mapping[str, CalibrationTarget], points: Sequence[Point], values: Values
) -> dict[str, Values]:
    """Squared misses [K] of every target, in units of what is not known of it and the standard error over seeds.

    That error is the median over points: over few seeds, each point's own is hardly known.

    Args:
        facts: F of them.
        joint: T - F targets of searches.
        points: K of them.
        values: outcomes [K, S, T].
    """
    out = {}
    aims: list[tuple[str, Aim]] = [*facts.items(), *joint.items()]
    for index, (path, target) in enumerate(aims):
        means = [mean_of(target, values[point, :, index]) for point in range(len(points))]
        errors = [mean.error for mean in means if np.isfinite(mean.error)]
        noise = float(np.median(errors)) if errors else 0.0
        found = [_square(target, wanted_of(path, target, point), mean, noise)
                 for point, mean in zip(points, means, strict=True)]  # fmt: skip
        out[path] = np.array(found)
    return out


def _square(target: Aim, wanted: float, mean: Mean, noise: float) -> float:
    """The squared miss of one target at one point; nothing for a definition, which is no evidence."""
    if not np.isfinite(mean.error):
        return HOPELESS
    if target.uncertainty == 0.0:
        return 0.0
    width = np.hypot(target.uncertainty * stretch(target, wanted), noise)
    return min(HOPELESS, float((mean.place - outcome_place(target, wanted)) / max(width, 1e-9)) ** 2)


def _normalised(log_weight: Values) -> Values:
    """Weights [K] that add up to 1, the largest cut to sqrt(K) times the mean.

    Cutting trades a little bias for much less scatter (Ionides 2008, 10.1198/106186008X320456).
    """
    weight = np.exp(log_weight - log_weight.max())
    weight = np.minimum(weight, weight.mean() * len(weight) ** 0.5)
    return np.asarray(weight / weight.sum())
