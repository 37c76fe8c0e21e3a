"""Several parameters that meet some targets only together: searched by Optuna, trial by trial, over common seeds.

Trials are asked for in batches of a fixed size and told in their order, so the number of workers changes nothing. The
first of them are spread over the ranges (a Latin hypercube, after the values that there are already), the
others go where the distance is small (TPE). In every trial the parameters of facts named under `solve` are
corrected once along their slopes before the trial counts. The distance is a chi-square: squared misses in units of what
is not known of the target and the standard error over seeds together.

The journal of trials can be opened with Optuna. It is written anew by a calibration that goes on after a kill: with the
runs that are there the same trials come out again, in no time.
"""

import hashlib
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.storages.journal import JournalFileBackend

from experiments.calibration.scales import Mean, from_line, mean_of, outcome_place, stretch, to_line
from experiments.calibration.solving import Solution, misses, readings_of
from experiments.calibration.targets import CalibrationTarget, Fact, Joint, Reading, range_of
from experiments.designs import LatinHypercube
from experiments.factors import DIGITS, Point, Range, points_at

Values = NDArray[np.float64]

MOST_SPREAD = 20
"""Trials that are spread over the ranges: half of all, and no more than this."""
AS_GOOD = 1.0
"""Trials within so much of the smallest distance fit as well."""

HOPELESS = 1e9
"""The squared miss of an outcome that has no value."""

AskMany = Callable[[Sequence[Point], Sequence[Reading]], Values]
"""Outcomes [M, S, T] of M points over S seeds for T readings."""


@dataclass(frozen=True)
class Trial:
    """One trial.

    Args:
        number: from 0.
        point: the parameters searched.
        facts: parameters of facts at which the outcomes were taken; solved: where their facts would hold, by their
            slopes.
        means: of each target on its scale, with standard errors.
        distance: chi-square of the targets.
    """

    number: int
    point: Point
    facts: Point
    solved: Point
    means: Mapping[str, Mean]
    distance: float


@dataclass(frozen=True)
class Search:
    """A joint search that is done.

    Args:
        name: of the search.
        joint: what was searched.
        trials: in their order.
        chosen: the trial whose values are taken.
    """

    name: str
    joint: Joint
    trials: tuple[Trial, ...]
    chosen: Trial

    @property
    def spans(self) -> dict[str, Range]:
        """The ranges of the parameters searched."""
        return {path: range_of(free) for path, free in self.joint.parameters.items()}

    @property
    def least(self) -> float:
        """The smallest distance."""
        return min(trial.distance for trial in self.trials)


def seed_of(*words: object) -> int:
    """A seed that follows from words: 31 bits of SHA-256 of `supportnet/WORD/WORD`."""
    digest = hashlib.sha256("/".join(map(str, ("supportnet", *words))).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def search(
    name: str, joint: Joint, facts: Mapping[str, Fact], known: Solution, base: Point, ask: AskMany, *, seed: int,
    journal: Path,
) -> Search:  # fmt: skip
    """Search the parameters of a group.

    Args:
        name: of the group.
        joint: the group.
        facts: that are solved anew in every trial.
        known: their parameters and slopes as solved before.
        base: values of the parameters searched as they are now.
        ask: for outcomes.
        seed: of the calibration.
        journal: file of the journal of trials.
    """
    spans = {path: range_of(free) for path, free in joint.parameters.items()}
    study = _study(name, journal)
    for point in _spread(joint, spans, base, seed_of(seed, name)):
        study.enqueue_trial(point)
    trials: list[Trial] = []
    for size in _batches(joint):
        study.sampler = _sampler(seed_of(seed, name, len(trials)))
        asked = [study.ask(_distributions(spans)) for _ in range(size)]
        points = [rounded(trial.params) for trial in asked]
        found = tried(joint, facts, points, guessed(points, trials, known, facts, spans), known, ask)
        for trial, new in zip(asked, found, strict=True):
            study.tell(trial, new.distance)
            trials.append(numbered(new, len(trials)))
    return Search(name, joint, tuple(trials), choice(trials, base, spans))


def _study(name: str, journal: Path) -> "optuna.Study":
    """A study of Optuna that writes its journal anew."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal.unlink(missing_ok=True)
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))
    return optuna.create_study(storage=storage, study_name=name, direction="minimize")


def _sampler(seed: int) -> "optuna.samplers.BaseSampler":
    """The sampler of one batch; all that it knows is the trials and its seed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True, n_startup_trials=1)


def _distributions(spans: Mapping[str, Range]) -> dict[str, Any]:
    """The ranges as Optuna has them."""
    return {
        path: optuna.distributions.FloatDistribution(span.low, span.high, log=span.scale == "log")
        for path, span in spans.items()
    }


def _spread(joint: Joint, spans: Mapping[str, Range], base: Point, seed: int) -> list[Point]:
    """The values that there are already, and points spread over the ranges."""
    number = max(2, min(MOST_SPREAD, joint.trials // 2)) - 1
    here = {path: min(max(float(base[path]), span.low), span.high) for path, span in spans.items()}
    return [here, *points_at(spans, LatinHypercube(points=number).draw(len(spans), seed).tolist())]


def _batches(joint: Joint) -> Iterator[int]:
    """Sizes of batches."""
    for start in range(0, joint.trials, joint.batch):
        yield min(joint.batch, joint.trials - start)


def rounded(point: Mapping[str, Any]) -> Point:
    """Values with as many digits as a study gives them."""
    return {path: float(f"{value:.{DIGITS}g}") for path, value in point.items()}


def unit_place(point: Point, spans: Mapping[str, Range]) -> Values:
    """Where a point lies in its ranges [J], from 0 to 1 on the scale of each."""
    found = []
    for path, span in spans.items():
        low, high = to_line(span, span.low), to_line(span, span.high)
        found.append((to_line(span, point[path]) - low) / (high - low))
    return np.array(found)


def guessed(
    points: Sequence[Point], trials: Sequence[Trial], known: Solution, facts: Mapping[str, Fact],
    spans: Mapping[str, Range],
) -> list[Point]:  # fmt: skip
    """Parameters of facts with which trials begin: where the facts would hold in the nearest trial there is."""
    if not facts:
        return [{} for _ in points]
    if not trials:
        return [{path: known.facts[path].value for path in facts} for _ in points]
    places = np.array([unit_place(trial.point, spans) for trial in trials])
    nearest = [int(np.argmin(((places - unit_place(point, spans)) ** 2).sum(axis=1))) for point in points]
    return [dict(trials[index].solved) for index in nearest]


def tried(
    joint: Joint, facts: Mapping[str, Fact], points: Sequence[Point], guesses: Sequence[Point], known: Solution,
    ask: AskMany,
) -> list[Trial]:  # fmt: skip
    """Trials at some points: a first look at the facts, a correction, and the outcomes that count."""
    readings = [*readings_of(facts), *readings_of(joint.targets)]
    if facts:
        first = ask([{**point, **guess} for point, guess in zip(points, guesses, strict=True)], readings)
        guesses = [corrected(facts, guess, seen, known) for guess, seen in zip(guesses, first, strict=True)]
    values = ask([{**point, **guess} for point, guess in zip(points, guesses, strict=True)], readings)
    return [_trial(joint, facts, *each, known) for each in zip(points, guesses, values, strict=True)]


def corrected(facts: Mapping[str, Fact], point: Point, values: Values, known: Solution) -> Point:
    """Parameters of facts after one step along their slopes.

    Args:
        facts: F of them.
        point: their parameters now.
        values: outcomes [S, T], those of the facts first.
        known: their slopes.
    """
    miss, _ = misses(facts, point, values[:, : len(facts)])
    out = {}
    for (path, fact), off in zip(facts.items(), miss, strict=True):
        span = range_of(fact)
        out[path] = from_line(span, to_line(span, point[path]) - float(off) / known.facts[path].slope)
    return rounded(out)


def _trial(
    joint: Joint, facts: Mapping[str, Fact], point: Point, fact_point: Point, values: Values, known: Solution
) -> Trial:
    """What came of a trial."""
    columns = values[:, len(facts) :].T
    means = {name: mean_of(item, column) for (name, item), column in zip(joint.targets.items(), columns, strict=True)}
    total = sum(chi_square(joint.targets[name], mean) for name, mean in means.items())
    solved = corrected(facts, fact_point, values, known)
    return Trial(0, point, fact_point, solved, means, min(total, HOPELESS))


def numbered(trial: Trial, number: int) -> Trial:
    """A trial with its number."""
    return Trial(number, trial.point, trial.facts, trial.solved, trial.means, trial.distance)


def chi_square(target: CalibrationTarget, mean: Mean) -> float:
    """The squared miss of a target in units of its uncertainty and its standard error together."""
    if not math.isfinite(mean.error):
        return HOPELESS
    width = math.hypot(target.uncertainty * stretch(target, target.value), mean.error)
    return ((mean.place - outcome_place(target, target.value)) / width) ** 2


def choice(trials: Sequence[Trial], base: Point, spans: Mapping[str, Range]) -> Trial:
    """Of the trials that fit as well as the best, the one that changes least."""
    least = min(trial.distance for trial in trials)
    good = [trial for trial in trials if trial.distance <= least + AS_GOOD]
    here = unit_place(base, spans)
    return min(good, key=lambda trial: float(((unit_place(trial.point, spans) - here) ** 2).sum()))
