"""A study: the whole description of an experiment, and the runs that it asks for.

Seeds. Replicate r of a study with seed s uses the first 63 bits of SHA-256 of the text `supportnet/s/r`. The seed
depends on nothing else: the same replicate has the same seed in every arm and in every scenario (common random
numbers, so that arms and scenarios are compared in pairs), and more arms or more replicates change no seed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from experiments.arm_checks import doubtful
from experiments.designs import Design, Factors, Grid
from experiments.study_files import read_study_fields
from experiments.study_parts import Arm, Scenario, log_of, problems_of, scenarios_of
from experiments.yaml_files import shown
from simulation import OUTCOMES, EventLog, InputError, Intervention, Parameters, Problem


def replicate_seed(seed: int, replicate: int) -> int:
    """The run seed of a replicate: 63 bits of a hash of the study's seed and the replicate's number.

    Args:
        seed: of the study.
        replicate: from 1.
    """
    digest = hashlib.sha256(f"supportnet/{seed}/{replicate}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def canonical(value: object) -> str:
    """JSON with one spelling for one content: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Experiment:
    """One run, completely described: the unit of work, small and picklable.

    Args:
        study, scenario, arm, replicate, seed: the keys that stand in every row of every table.
        parameters: of the scenario.
        interventions: of the arm.
        outcomes: names of the outcomes to keep.
        events: what to write down of events; nothing where left out.
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
        """The content key of the run: 16 hexadecimal digits of what is run, with which seed, by which code."""
        text = canonical({**self.resolved(), "code": code_version})
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Study:
    """Which arms are compared, in which scenarios, with how many replicates.

    Args:
        study: name, also of the folder of results.
        question: what the study asks, in a sentence.
        base: settings of the world, those of the network included.
        arms: what we do; one arm that does nothing by default.
        baseline: name of the arm that others are compared with; the first by default.
        factors: values of settings that vary, by dotted path (`beliefs.stigma_mean`).
        design: how scenarios are chosen from the factors.
        replicates: runs per scenario and arm.
        outcomes: names; all by default.
        seed: from which the seeds of replicates follow (`replicate_seed`).
        events: what runs write down of views, reactions and the like: a log, or the names of its tables.

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
    replicates: int = 1
    outcomes: Sequence[str] = ()
    seed: int = 1
    events: EventLog | Sequence[str] | None = None

    def __post_init__(self) -> None:
        arms = tuple(self.arms)
        filled = {
            "arms": arms,
            "baseline": self.baseline or (arms[0].name if arms else ""),
            "factors": {path: tuple(values) for path, values in self.factors.items()},
            "outcomes": tuple(self.outcomes) or tuple(OUTCOMES),
            "events": self._log(),
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        problems = [problem.at(shown(problem.path)) for problem in problems_of(given)]
        if problems:
            raise InputError(*problems)

    def _log(self) -> EventLog | None:
        """What is asked for under `events`.

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
    def scenarios(self) -> list[Scenario]:
        """Every point of the design."""
        return scenarios_of(self.base, self.factors, self.design)

    @property
    def number_of_runs(self) -> int:
        """Scenarios x arms x replicates."""
        return len(self.design.points(self.factors)) * len(self.arms) * self.replicates

    def experiments(self) -> Iterator[Experiment]:
        """Every run, replicates outermost, so that a sweep that stops early is still balanced."""
        scenarios = self.scenarios
        for replicate in range(1, self.replicates + 1):
            seed = replicate_seed(self.seed, replicate)
            for scenario in scenarios:
                for arm in self.arms:
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
            events=self._log(),
        )

    def doubts(self) -> list[Problem]:
        """What is allowed in this study, but hardly meant."""
        fields = {"arms": self.arms, "base": self.base, "factors": self.factors}
        return [each.at(shown(each.path)) for each in doubtful(fields)]

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
            "factors": {path: list(values) for path, values in self.factors.items()},
            "design": self.design.model_dump(mode="json"),
            "replicates": self.replicates,
            "outcomes": list(self.outcomes),
            "network": network,
            "seed": self.seed,
            **_log_in_words(self._log()),
        }

    def content_hash(self) -> str:
        """12 hexadecimal digits of everything in the study that can change a number; the question cannot."""
        resolved: Mapping[str, Any] = {key: value for key, value in self.resolve().items() if key != "question"}
        return hashlib.sha256(canonical(resolved).encode()).hexdigest()[:12]


def _log_in_words(log: EventLog | None) -> dict[str, Any]:
    """An event log as plain values; nothing at all where there is none, as in studies older than the log."""
    return {} if log is None else {"events": log.model_dump(mode="json")}
