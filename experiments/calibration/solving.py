"""One fact, one parameter: all parameters of facts are solved at once, over common seeds.

Under common seeds an outcome is a monotone step function of its parameter, and nearly straight on the scales of
`scales`; parameters of other facts move it a little. Broyden's method (SciPy) therefore begins with the slopes of every
outcome against its own parameter and learns the cross effects on the way. (A measure of a network is moved as much by
the parameters of other facts, so there each first slope is taken by itself; graphs cost little.) It ends when every
outcome is within a quarter of its standard error over seeds of what is wanted: nearer than that would be solving for
the seeds, and the steps are smaller. Outside its range a parameter is held at the end of the range, so a fact that
cannot be met ends there, and is reported as not met.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from experiments.calibration.scales import from_line, mean_of, outcome_at, outcome_place, stretch, to_line
from experiments.calibration.targets import Aim, CalibrationTarget, Fact, Reading, range_of
from experiments.factors import Point

Values = NDArray[np.float64]

NEAR = 0.25
"""Of a standard error: so near to what is wanted an outcome is good enough."""
FIRST_STEP = 0.1
"""Of the range of a parameter: the step from which the first slope is taken."""
MOST_ROUNDS = 20
LEAST_SLOPE = 1e-6

Ask = Callable[[Sequence[Point]], Values]
"""Outcomes [M, S, T] of M points over S seeds, for the T facts in their order."""


@dataclass(frozen=True)
class Solved:
    """One parameter.

    Args:
        value: at which the outcome is what is wanted, as nearly as it can be.
        got: the outcome there, over the common seeds; error: its standard error, in units of the outcome.
        slope: of the outcome against the parameter, on their scales.
        noise: standard deviation of the parameter from chance in the runs; spread: the same with what is not known
            about the fact; both on the scale of the parameter.
        is_met: whether the outcome is as near as it should be.
    """

    parameter: str
    value: float
    got: float
    error: float
    slope: float
    noise: float
    spread: float
    is_met: bool

    def interval(self, fact: Fact, *, noise_only: bool = False) -> tuple[float, float]:
        """The 95% interval of the parameter, within its range."""
        span, width = range_of(fact), 1.96 * (self.noise if noise_only else self.spread)
        place = to_line(span, self.value)
        return from_line(span, place - width), from_line(span, place + width)


@dataclass(frozen=True)
class Solution:
    """All parameters of facts, and in how many rounds they were found."""

    facts: Mapping[str, Solved]
    rounds: int

    @property
    def point(self) -> Point:
        """The values by their paths."""
        return {path: item.value for path, item in self.facts.items()}


@dataclass(frozen=True)
class Seen:
    """Outcomes of facts at a place, on their scales.

    Args:
        place: of the parameters [F]; beyond: how far outside their ranges they were asked for [F].
        miss: outcome less what is wanted [F]; error: standard error over seeds [F].
    """

    place: Values
    beyond: Values
    miss: Values
    error: Values

    @property
    def enough(self) -> Values:
        """How near is near enough [F]; nothing is where no seed has a value."""
        return np.where(np.isfinite(self.error), NEAR * self.error + 1e-12, 1e-12)

    def is_near(self) -> NDArray[np.bool_]:
        """Which outcomes [F] are as near as they should be."""
        return np.abs(self.miss) <= self.enough

    def residual(self, slopes: Values) -> Values:
        """How far each parameter [F] is from where it should be, on its scale; zero also where it is held at an end."""
        return np.asarray(self.miss / slopes + self.beyond)

    def worst(self, slopes: Values) -> float:
        """The largest residual in units of what is near enough."""
        return float(np.max(np.abs(self.residual(slopes) * slopes) / self.enough, initial=0.0))


class _Facts:
    """Facts as a function of places; remembers what it has seen."""

    def __init__(self, facts: Mapping[str, Fact], ask: Ask) -> None:
        self.facts = facts
        self.ask = ask
        self.spans = {path: range_of(fact) for path, fact in facts.items()}
        ends = [[to_line(span, span.low), to_line(span, span.high)] for span in self.spans.values()]
        self.low, self.high = np.array(ends).T
        self.seen: list[Seen] = []

    def point(self, place: Values) -> Point:
        """The parameters at a place [F]."""
        return {path: from_line(span, at) for (path, span), at in zip(self.spans.items(), place, strict=True)}

    def look(self, place: Values) -> Seen:
        """What is there at a place [F], which is first brought into the ranges."""
        inside = np.clip(place, self.low, self.high)
        point = self.point(inside)
        miss, error = misses(self.facts, point, self.ask([point])[0])
        self.seen.append(Seen(inside, place - inside, miss, error))
        return self.seen[-1]


def wanted_of(path: str, fact: Aim, point: Point) -> float:
    """The value that a fact wants: its own, or that of the parameter itself."""
    return float(point[path]) if fact.value is None else fact.value


def misses(facts: Mapping[str, Fact], point: Point, values: Values) -> tuple[Values, Values]:
    """Outcomes less what is wanted [F], and standard errors [F], on the scales of the facts.

    Args:
        facts: F of them.
        point: the parameters.
        values: outcomes [S, F] over seeds.
    """
    found = []
    for (path, fact), column in zip(facts.items(), values.T, strict=True):
        mean = mean_of(fact, column)
        found.append((mean.place - outcome_place(fact, wanted_of(path, fact, point)), mean.error))
    miss, error = np.array(found, dtype=np.float64).reshape(-1, 2).T
    return miss, error


def readings_of(targets: Mapping[str, Fact] | Mapping[str, CalibrationTarget] | Mapping[str, Aim]) -> list[Reading]:
    """What is read for some targets, in their order."""
    return [Reading.of(target) for target in targets.values()]


def solve(facts: Mapping[str, Fact], ask: Ask, start: Point, *, one_by_one: bool = False) -> Solution:
    """Solve every fact for its parameter.

    Args:
        facts: by the path of the parameter.
        ask: for outcomes.
        start: where to begin.
        one_by_one: whether first slopes are taken from a step of each parameter alone, which takes a look for each.
    """
    world = _Facts(facts, ask)
    begin = np.clip([to_line(world.spans[path], start[path]) for path in facts], world.low, world.high)
    slopes = own_slopes(world, begin) if one_by_one else first_slopes(world, begin)

    def residual(place: Values) -> Values:
        return world.look(np.asarray(place, dtype=np.float64)).residual(slopes)

    def size(_: Values) -> float:
        return world.seen[-1].worst(slopes)

    guess = np.asarray(world.seen[0].place - world.seen[0].miss / slopes)
    _broyden(residual, np.clip(guess, world.low, world.high), size)
    return _solution(world, slopes)


def first_slopes(world: _Facts, begin: Values) -> Values:
    """Slopes [F] of every outcome against its own parameter, from one step of all parameters together."""
    one, other = world.look(begin), world.look(begin + _first_step(world, begin))
    return _usable((other.miss - one.miss) / (other.place - one.place))


def own_slopes(world: _Facts, begin: Values) -> Values:
    """Slopes [F] of every outcome against its own parameter, each from one step of that parameter alone."""
    one = world.look(begin)
    others = [world.look(begin + step) for step in np.diag(_first_step(world, begin))]
    rises = np.diag([other.miss - one.miss for other in others])
    return _usable(rises / np.diag([other.place - one.place for other in others]))


def _first_step(world: _Facts, begin: Values) -> Values:
    """The step of each parameter [F], away from the end of its range where that is near."""
    step = FIRST_STEP * (world.high - world.low)
    return np.asarray(np.where(begin + step > world.high, -step, step))


def _usable(slopes: Values) -> Values:
    """Slopes [F], 1 for those too small to divide by."""
    return np.where(np.abs(slopes) < LEAST_SLOPE, 1.0, slopes)


def _broyden(residual: Callable[[Values], Values], guess: Values, size: Callable[[Values], float]) -> None:
    """Look for a zero; what was seen on the way is remembered elsewhere, so nothing is returned."""
    settings: dict[str, Any] = {"alpha": -1.0, "line_search": None, "maxiter": MOST_ROUNDS}
    try:
        scipy.optimize.broyden1(residual, guess, f_tol=1.0, tol_norm=size, **settings)
    except (scipy.optimize.NoConvergence, ValueError, np.linalg.LinAlgError):
        return


def _solution(world: _Facts, slopes: Values) -> Solution:
    """The best that was seen."""
    best = min(world.seen, key=lambda seen: seen.worst(slopes))
    point, near = world.point(best.place), best.is_near()
    solved = {}
    for index, (path, fact) in enumerate(world.facts.items()):
        wanted, slope = wanted_of(path, fact, point), abs(float(slopes[index]))
        error, unsure = float(best.error[index]), fact.uncertainty * stretch(fact, wanted)
        noise = (1.0 + NEAR**2 / 3.0) ** 0.5 * error
        got = outcome_at(fact, float(best.miss[index]) + outcome_place(fact, wanted))
        solved[path] = Solved(
            parameter=path,
            value=float(f"{point[path]:.5g}"),
            got=got,
            error=error / stretch(fact, got),
            slope=float(slopes[index]),
            noise=noise / slope,
            spread=float(np.hypot(noise, unsure)) / slope,
            is_met=bool(near[index]),
        )
    return Solution(solved, len(world.seen))
