"""A calibration from beginning to end: facts solved, searches done, facts solved anew, a look at the fit, a sample.

Everything follows from the targets file, its seed and the code. A calibration that was killed goes on where it stopped,
and comes to the same end on any number of workers.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl

from experiments.calibration.calibrated import Calibrated
from experiments.calibration.fit import fit_table, parameter_table
from experiments.calibration.runs import Runs, Values
from experiments.calibration.sampling import Weighted, propose, refine, weigh
from experiments.calibration.scales import from_line, to_line
from experiments.calibration.searching import Search, search
from experiments.calibration.solving import Ask, Solution, readings_of, solve
from experiments.calibration.targets import Fact, Free, Reading, Targets, range_of
from experiments.calibration.writing import write_calibration
from experiments.executors import Executor
from experiments.factors import Point
from simulation import Parameters

RUNS = "runs.jsonl"
JOURNALS = "trials"

Told = Callable[[str, int, int], object]
"""Called with what is being done, how many runs that takes and how many of them are there."""


def default_folder(targets: Targets) -> Path:
    """Where results go when no folder is named: the name, and 12 digits of the text of the file."""
    digest = hashlib.sha256(targets.text.encode()).hexdigest()[:12]
    return Path("results") / "calibration" / targets.calibration / digest


def calibrate(
    targets: Targets, folder: Path, place: Executor, told: Told = lambda doing, asked, done: None, *,
    facts_only: bool = False,
) -> Calibrated:  # fmt: skip
    """Calibrate, and write what came of it into a folder.

    Args:
        targets: what is to be met.
        folder: of the results; runs that are there already are not repeated.
        place: where runs happen; open.
        told: called on the way.
        facts_only: whether searches and sample are left out.

    Raises:
        RunError: a run failed.
    """
    work = _Work(targets, folder, place, told)
    solution, searches = work.solve("facts", {}, {}), list[Search]()
    for name in () if facts_only else targets.joint:
        searches.append(work.search(name, solution, searches))
    if searches:
        solution = work.solve("facts again", _chosen(searches), _held(solution, searches))
    point = {**_chosen(searches), **solution.point}
    fit = work.fit(point, searches)
    sample = None if facts_only else work.sample(solution, searches)
    done = Calibrated(
        targets, point, parameter_table(targets, solution, searches), fit, solution, tuple(searches), sample,
        work.seconds, work.runs.done,
    )  # fmt: skip
    write_calibration(done, folder)
    return done


def _chosen(searches: Sequence[Search]) -> Point:
    """The values that searches have chosen."""
    return {path: value for search in searches for path, value in search.chosen.point.items()}


def _held(solution: Solution, searches: Sequence[Search]) -> Point:
    """Where facts would hold with the values chosen, as far as that is known."""
    return solution.point | {path: value for search in searches for path, value in search.chosen.solved.items()}


class _Work:
    """A calibration under way."""

    def __init__(self, targets: Targets, folder: Path, place: Executor, told: Told) -> None:
        self.targets = targets
        self.folder = folder
        self.told = told
        self.doing = ""
        self.seconds: dict[str, float] = {}
        self.runs = Runs(
            folder / RUNS, place, targets.seed, targets.arms, lambda asked, done: told(self.doing, asked, done)
        )

    def _stage[A](self, name: str, work: Callable[[], A]) -> A:
        """Do something, and keep how long it took."""
        self.doing, start = name, time.perf_counter()
        result = work()
        self.seconds[name] = round(time.perf_counter() - start, 1)
        return result

    @property
    def _seeds(self) -> range:
        """The common seeds."""
        return range(1, self.targets.replicates + 1)

    def _ask(self, base: Parameters, facts: Mapping[str, Fact]) -> Ask:
        """Outcomes of facts over a base."""
        readings = readings_of(facts)
        return lambda points: self.runs.values(base, points, readings, self._seeds)[:, :, self._columns(readings)]

    @staticmethod
    def _columns(readings: Sequence[Reading]) -> list[int]:
        """Where each reading stands among the readings without repetition."""
        once = list(dict.fromkeys(readings))
        return [once.index(reading) for reading in readings]

    def solve(self, name: str, over: Point, start: Point) -> Solution:
        """Solve the facts over a base with some values; first and apart those of the network, which moves the others.

        Args:
            name: of the stage.
            over: values of parameters that are not solved.
            start: where to begin, for those parameters of facts that are in it.
        """
        facts = self.targets.facts
        network = {path: fact for path, fact in facts.items() if fact.measure is not None}
        others = {path: fact for path, fact in facts.items() if fact.measure is None}
        first = self._solve(f"{name} of the network", network, over, start, one_by_one=True)
        second = self._solve(name, others, {**over, **first.point}, start)
        found = {**first.facts, **second.facts}
        return Solution({path: found[path] for path in facts}, first.rounds + second.rounds)

    def _solve(
        self, name: str, facts: Mapping[str, Fact], over: Point, start: Point, *, one_by_one: bool = False
    ) -> Solution:
        """Solve some facts together; see `solve`."""
        if not facts:
            return Solution({}, 0)
        base = self.targets.base.with_values(over)
        begin = {path: start.get(path, _value(base, path, fact)) for path, fact in facts.items()}
        return self._stage(name, lambda: solve(facts, self._ask(base, facts), begin, one_by_one=one_by_one))

    def search(self, name: str, solution: Solution, before: Sequence[Search]) -> Search:
        """Do a joint search, over the values chosen before."""
        joint, targets = self.targets.joint[name], self.targets
        base = targets.base.with_values({**_chosen(before), **_held(solution, before)})
        if joint.days is not None:
            base = base.with_values({"days": joint.days})
        seeds = range(1, (joint.replicates or targets.replicates) + 1)
        facts = {path: targets.facts[path] for path in joint.solve}
        here = {path: _value(base, path, free) for path, free in joint.parameters.items()}

        def ask(points: Sequence[Point], readings: Sequence[Reading]) -> Values:
            return self.runs.values(base, points, readings, seeds)[:, :, self._columns(readings)]

        journal = self.folder / JOURNALS / f"{name}.journal"
        journal.parent.mkdir(parents=True, exist_ok=True)

        def work() -> Search:
            done = search(name, joint, facts, solution, here, ask, seed=targets.seed, journal=journal)
            return refine(done, facts, solution, here, ask, seed=targets.seed)

        return self._stage(name, work)

    def fit(self, point: Point, searches: Sequence[Search]) -> pl.DataFrame:
        """Look at every target over fresh seeds."""
        targets = self.targets
        seeds = range(targets.replicates + 1, targets.replicates + targets.fresh + 1)
        readings = readings_of(targets.every)
        values = self._stage("fit", lambda: self.runs.values(targets.base, [point], readings, seeds))
        searched = [name for search in searches for name in search.joint.targets]
        return fit_table(targets, searched, point, values[0][:, self._columns(readings)])

    def sample(self, solution: Solution, searches: Sequence[Search]) -> Weighted:
        """Propose parameter sets that should fit, run them, and weigh them."""
        targets = self.targets
        seeds = range(1, targets.sample.replicates + 1)

        def ask(points: Sequence[Point], readings: Sequence[Reading]) -> Values:
            return self.runs.values(targets.base, points, readings, seeds)[:, :, self._columns(readings)]

        proposed = propose(targets, solution, searches, targets.seed)
        return self._stage("sample", lambda: weigh(targets, searches, proposed, ask))


def _value(base: Parameters, path: str, item: Fact | Free) -> float:
    """The value of a parameter; the middle of its range where it is not given."""
    value: object = base
    for word in path.split("."):
        value = getattr(value, word)
    span = range_of(item)
    middle = from_line(span, (to_line(span, span.low) + to_line(span, span.high)) / 2.0)
    return middle if value is None else float(str(value))
