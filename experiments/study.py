"""A study: the whole description of an experiment, and the runs that it asks for.

Seeds. Replicate r of a study with seed s uses the first 63 bits of SHA-256 of the text `supportnet/s/r`. The seed
depends on nothing else: the same replicate has the same seed in every arm and in every scenario (common random
numbers, so that arms and scenarios are compared in pairs), and more arms or more replicates change no seed.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import polars as pl

from experiments.adaptive import Adaptive, Address, Comparisons, replicates_wanted, verdict_table
from experiments.arm_checks import doubtful
from experiments.arms import Arm
from experiments.costs import Costs
from experiments.designs import Design, Grid, Ridge
from experiments.event_files import log_of
from experiments.factors import Factors, as_values, written_values
from experiments.identity import kept_by_identity
from experiments.people_checks import shown_by_people
from experiments.scenarios import Scenario, Scenarios, designed, given, scenario_table
from experiments.study_files import read_study_fields
from experiments.study_parts import problems_of
from experiments.world_checks import found_elsewhere
from experiments.yaml_files import canonical, shown
from simulation import OUTCOMES, EventLog, InputError, Intervention, Parameters, Problem, Record


def replicate_seed(seed: int, replicate: int) -> int:
    """The run seed of a replicate: 63 bits of a hash of the study's seed and the replicate's number.

    Args:
        seed: of the study.
        replicate: from 1.
    """
    digest = hashlib.sha256(f"supportnet/{seed}/{replicate}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@dataclass(frozen=True)
class Experiment:
    """One run, completely described: the unit of work, small and picklable.

    Args:
        study, scenario, arm, replicate, seed: the keys that stand in every row of every table.
        parameters: of the scenario.
        interventions: of the arm.
        outcomes: names of the outcomes to keep.
        events: what to write down of events; nothing where left out.
        threads: that share its work.
    """

    study: str
    scenario: str
    arm: str
    replicate: int
    seed: int
    parameters: Parameters
    interventions: tuple[Intervention, ...]
    outcomes: tuple[str, ...]
    events: EventLog | None = None
    threads: int = 1

    def resolved(self) -> dict[str, Any]:
        """Plain values that say everything about the run."""
        return {
            "study": self.study,
            "scenario": self.scenario,
            "arm": self.arm,
            "replicate": self.replicate,
            "seed": self.seed,
            "parameters": self.parameters.model_dump(mode="json"),
            "interventions": [item.model_dump(mode="json") for item in self.interventions],
            "outcomes": list(self.outcomes),
            **_log_in_words(self.events),
        }

    def key(self, code_version: str) -> str:
        """The content key of the run: 16 hexadecimal digits of what is run, with which seed, by which code.

        A network that is read from a file counts with the content of the file, wherever the file lies.
        """
        said = _spelled(self.study, self.scenario, self.arm, self.outcomes, code_version)
        network = self.parameters.network.fingerprint()
        digests = [_digest(self.parameters), *(_digest(item) for item in self.interventions)]
        digests += [] if self.events is None else [f"events {_digest(self.events)}"]
        text = f"{said}/{self.replicate}/{self.seed}/{network}/{'/'.join(digests)}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=65536)
def _spelled(*words: str | tuple[str, ...]) -> str:
    """Names and code of a run, so that no others look alike; kept, since replicates share them."""
    return canonical(words)


@kept_by_identity
def _digest(record: Record) -> str:
    """The hash of a record's values; kept, since the runs of a study share few records."""
    return hashlib.sha256(canonical(record.model_dump(mode="json")).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Study:
    """Which arms are compared, in which scenarios, with how many replicates.

    Args:
        study: name, also of the folder of results.
        question: what the study asks, in a sentence.
        base: settings of the world, those of the network included.
        arms: what we do; one arm that does nothing by default.
        baseline: name of the arm that others are compared with; the first by default.
        factors: what varies, by dotted path of a setting (`beliefs.stigma_mean`) or lever
            (`interventions.hashtag.seeds.count`): a list of values, or a `Range` for designs that draw.
        design: how scenarios are chosen from the factors.
        replicates: runs per scenario and arm, or an `Adaptive` rule that says when there are enough.
        outcomes: names; all by default.
        seed: from which the seeds of replicates follow (`replicate_seed`).
        events: what runs write down of views, reactions and the like: a log, or the names of its tables.
        costs: unit costs, by which arms are compared in money; they change no outcome.
        ridge: replicates of the arms along the ridge (`along_ridge`), which are run besides; none by default.
        threads: how many threads share the work of one run; no event depends on it.

    Raises:
        InputError: with everything that is wrong.
    """

    study: str = "study"
    question: str = ""
    base: Parameters = field(default_factory=Parameters)
    arms: Sequence[Arm] = (Arm("none"),)
    baseline: str = ""
    factors: Factors = field(default_factory=dict)
    design: Design = field(default_factory=Grid)
    replicates: int | Adaptive = 1
    outcomes: Sequence[str] = ()
    seed: int = 1
    events: EventLog | Sequence[str] | None = None
    costs: Costs = field(default_factory=Costs)
    ridge: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        _require_kinds(self)
        arms = tuple(self.arms)
        source = self.design.source()
        table = self.design.read(Path(source), self.seed) if source else None
        rule = self.replicates
        filled = {
            "arms": arms,
            "baseline": self.baseline or (arms[0].name if arms else ""),
            "factors": {path: as_values(values) for path, values in (table or self).factors.items()},
            "design": self.design.with_factors(),
            "replicates": Adaptive.model_validate(rule) if isinstance(rule, Mapping) else rule,
            "outcomes": tuple(self.outcomes) or tuple(OUTCOMES),
            "events": self.log,
            "costs": Costs.model_validate(self.costs) if isinstance(self.costs, Mapping) else self.costs,
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        places = table.places if table else {}
        problems = [problem.at(places.get(problem.path, shown(problem.path))) for problem in problems_of(given)]
        if problems:
            raise InputError(*problems)

    @property
    def log(self) -> EventLog | None:
        """What runs write down of events.

        Raises:
            InputError: there is no such table.
        """
        log = log_of(self.events)
        if isinstance(log, list):
            raise InputError(*(problem.at(shown(problem.path)) for problem in log))
        return log

    @classmethod
    def from_file(cls, path: str | Path, overrides: Iterable[str] = ()) -> Self:
        """The study in a file, with `key=value` laid over it.

        Raises:
            InputError: with every problem of the file, each with its line.
        """
        return cls(**read_study_fields(path, overrides))

    @property
    def scenarios(self) -> Scenarios:
        """Every scenario of the design, each once."""
        return designed(given(self.base, tuple(self.arms), self.factors, self.design, self.seed))

    @property
    def first_run(self) -> tuple[Scenario, int]:
        """The first scenario, and the seed of its first replicate: the world of the first run of every arm."""
        return self.scenarios[0], replicate_seed(self.seed, 1)

    @property
    def is_adaptive(self) -> bool:
        """Whether outcomes decide how many runs are asked for; if not, a sweep asks `wanted` only once."""
        return isinstance(self.replicates, Adaptive)

    @property
    def fewest_replicates(self) -> int:
        """Replicates of every scenario and arm that there will be in any case."""
        return self.replicates.at_least if isinstance(self.replicates, Adaptive) else self.replicates

    @property
    def most_replicates(self) -> int:
        """Replicates of a scenario and arm that there can be."""
        return self.replicates.at_most if isinstance(self.replicates, Adaptive) else self.replicates

    @property
    def number_of_runs(self) -> int:
        """Scenarios x arms x replicates; with adaptive replicates, the most that there can be."""
        return len(self.scenarios) * len(self.arms) * self.most_replicates

    def experiments(self) -> Iterator[Experiment]:
        """Every run that there can be, replicates outermost, so that a sweep that stops early is still balanced."""
        return self._up_to(None)

    def wanted(self, outcomes: pl.LazyFrame | None, failed: Collection[Address] = ()) -> Iterator[Experiment]:
        """Every run that the study asks for, given the outcomes of the runs that are finished.

        A sweep asks, does what is not finished yet, and asks again; it ends when nothing new is asked for. What is
        finished is asked for again: what is not asked for does not belong to the study. The order is that of
        `experiments`. The answer depends on nothing but the study, the outcomes and which runs failed; those are asked
        for again, too, and a sweep does not try them twice.

        Args:
            outcomes: the long table of outcomes of all finished runs; None when there are none.
            failed: scenario, arm and replicate of the runs that failed for good: comparisons go on without them.
        """
        if not isinstance(self.replicates, Adaptive):
            return self.experiments()
        return self._up_to(replicates_wanted(self.replicates, self.comparisons, outcomes, failed))

    @property
    def comparisons(self) -> Comparisons:
        """Scenarios, arms and the baseline with which the others are compared."""
        return Comparisons(tuple(self.scenarios.labels_once), tuple(arm.name for arm in self.arms), self.baseline)

    def verdicts(self, outcomes: pl.LazyFrame | None) -> pl.DataFrame:
        """How precise each comparison of adaptive replicates is: see `adaptive.verdict_table`; empty without a rule."""
        rule = self.replicates if isinstance(self.replicates, Adaptive) else Adaptive(until={})
        return verdict_table(rule, self.comparisons, outcomes)

    def scenario_table(self) -> pl.DataFrame:
        """The points of the design, in order: study, point (from 1), scenario, and the value of every factor."""
        return scenario_table(self.study, self.scenarios)

    def _up_to(self, replicates: Mapping[tuple[str, str], int] | None) -> Iterator[Experiment]:
        """Runs up to a number of replicates for each scenario and arm, the most that there can be where None."""
        most = self.most_replicates if replicates is None else max(replicates.values(), default=0)
        for replicate in range(1, most + 1):
            seed = replicate_seed(self.seed, replicate)
            for scenario in self.scenarios:
                for arm in scenario.arms:
                    if replicates is None or replicate <= replicates[scenario.label, arm.name]:
                        yield self._experiment(scenario, arm, replicate, seed)

    def _experiment(self, scenario: Scenario, arm: Arm, replicate: int, seed: int) -> Experiment:
        """One run."""
        return Experiment(
            study=self.study,
            scenario=scenario.label,
            arm=arm.name,
            replicate=replicate,
            seed=seed,
            parameters=scenario.parameters,
            interventions=arm.interventions,
            outcomes=tuple(self.outcomes),
            events=self.log,
            threads=self.threads,
        )

    @property
    def along_ridge(self) -> Self | None:
        """The same arms in the worlds of the design `ridge`; None where that is not wanted."""
        return replace(self, factors={}, design=Ridge(), replicates=self.ridge, ridge=0) if self.ridge else None

    def doubts(self) -> list[Problem]:
        """What is allowed in this study, but hardly meant; for some of it people are drawn (`people_checks`)."""
        fields = {"arms": self.arms, "base": self.base, "factors": self.factors}
        found = (*found_elsewhere(fields, Parameters()), *doubtful(fields), *shown_by_people(*self.first_run).missed)
        return [each.at(shown(each.path)) for each in found]

    def resolve(self) -> dict[str, Any]:
        """Plain values with everything spelled out; as a file, it describes the same study."""
        base = self.base.model_dump(mode="json")
        network = base.pop("network")
        return {
            "study": self.study,
            "question": self.question,
            "base": base,
            "arms": {arm.name: [item.model_dump(mode="json") for item in arm.interventions] for arm in self.arms},
            "baseline": self.baseline,
            "factors": {path: written_values(values) for path, values in self.factors.items()},
            "design": self.design.model_dump(mode="json"),
            "replicates": self.replicates.model_dump() if isinstance(self.replicates, Adaptive) else self.replicates,
            "outcomes": list(self.outcomes),
            "network": network,
            "seed": self.seed,
            **_log_in_words(self.log),
            "costs": self.costs.model_dump(),
            "ridge": self.ridge,
            "threads": self.threads,
        }

    def content_hash(self) -> str:
        """12 hexadecimal digits of everything in the study that can change a number."""
        idle = ("question", "costs", "ridge", "threads")
        resolved: Mapping[str, Any] = {key: value for key, value in self.resolve().items() if key not in idle}
        return hashlib.sha256(canonical(resolved).encode()).hexdigest()[:12]


def _require_kinds(study: Study) -> None:
    """Refuse fields of a study that hold something else than they should.

    Raises:
        InputError: with every such field.
    """
    problems = []
    if not isinstance(study.base, Parameters):
        problems.append(Problem("base", f"{study.base!r} is not Parameters", "for example Parameters(agents=500)"))
    arms: object = study.arms
    if not isinstance(arms, Sequence) or not all(isinstance(arm, Arm) for arm in arms):
        allowed = "for example [Arm('none'), Arm('tag', [Hashtag()])]"
        problems.append(Problem("arms", f"{arms!r} is not a list of arms", allowed))
    if isinstance(study.outcomes, str):
        allowed = "for example ['normalization']"
        problems.append(Problem("outcomes", f"{study.outcomes!r} is not a list of outcomes", allowed))
    if problems:
        raise InputError(*problems)


def _log_in_words(log: EventLog | None) -> dict[str, Any]:
    """An event log as plain values; nothing at all where there is none, as in studies older than the log."""
    return {} if log is None else {"events": log.model_dump(mode="json")}
