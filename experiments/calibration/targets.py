"""Targets files: what a calibration has to meet, and what it may change to meet it.

    calibration: default
    base: {agents: 5000, days: 90}
    facts:
      reactions.retweet: {between: [0.002, 0.05], scale: log, outcome: retweeted, value: 0.06, uncertainty: 0.005}

A fact identifies one parameter and is solved; the targets of a joint search are met by several parameters together, as
well as they can be; checks are looked at and set nothing. A target may be read in an arm: in runs with interventions,
which may be of another length. It may also read a measure of the network: a fact that does identifies a parameter of
the network, and is solved on graphs alone. Errors are told as those of study files are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from experiments.factor_checks import unknown_setting
from experiments.factors import Range
from experiments.problems import field_of, takes, unknown_name, validated, value_problem
from experiments.study_files import fields_of
from experiments.study_parts import NAME, NAME_IN_WORDS
from experiments.yaml_files import Document, KeyPath, Located, parse_document, read_text, shown_value
from simulation import (
    MEASURES,
    NETWORKS,
    OUTCOMES,
    ROLES,
    SPECIALTIES,
    Grade,
    InputError,
    Intervention,
    Parameters,
    Problem,
    Record,
    nearest_name,
    parameter,
)

KEYS = (
    "calibration", "about", "base", "network", "arms", "seed", "replicates", "fresh", "facts", "joint", "checks",
    "sample",
)  # fmt: skip
"""Keys of a targets file, in the order in which it is written."""
GROUPS = (
    "all",
    *(f"role={name}" for name in ROLES),
    *(f"specialty={name}" for name in SPECIALTIES),
    *(f"{division}={answer}" for division in ("trainee", "struggler") for answer in ("no", "yes")),
)
"""Groups in which a target may be read."""
MOST_REPLICATES = 1_000
LARGEST_SEED = 2**63 - 1


def setting(default: object, meaning: str, **more: Any) -> Any:  # noqa: ANN401 - as `parameter` has it
    """A field of a targets file: no empirical quantity, so it has no source of its own."""
    return parameter(default, meaning, grade="-", source="-", **more)


class Look(Record):
    """Which number of a run or of its graph is looked at, and who says what it should be."""

    outcome: str | None = setting(None, "Name of an outcome.")
    measure: str | None = setting(None, "Name of a measure of the network, in place of an outcome.")
    group: str = setting("all", "In which group, for example role=student.")
    first_day: float | None = setting(
        None, "Mean of the days from this one on; none for the last day alone.", unit="days", allowed=(0, None)
    )
    arm: str | None = setting(None, "In which arm, of those under arms; none for the world left alone.")
    days: int | None = setting(
        None, "Length of the runs from which it is read; as long as the others otherwise.", unit="days",
        allowed=(1, 3660),
    )  # fmt: skip
    source: str = setting("assumed", "Fact number of the evidence register, or assumed.")
    grade: Grade = setting("A", "Grade of the evidence.")

    @property
    def quantity(self) -> str:
        """The outcome or the measure."""
        return self.measure or self.outcome or ""


class CalibrationTarget(Look):
    """What an outcome should be, and how sure that is."""

    value: float = setting(..., "The value wanted.")
    uncertainty: float = setting(..., "One standard deviation of what is not known of it.", allowed=(1e-9, None))


class Fact(Look):
    """A fact that identifies one parameter."""

    value: float | None = setting(None, "The value wanted; none where the outcome should equal the parameter.")
    uncertainty: float = setting(0.0, "One standard deviation of what is not known of it.", allowed=(0, None))
    between: tuple[float, float] = setting(..., "Smallest and largest value that the parameter may take.")
    scale: Literal["linear", "log"] = setting("linear", "On which scale it is solved.")


type Aim = Fact | CalibrationTarget
"""What an outcome should be, whichever way it is met."""


class Free(Record):
    """The range of a parameter of a joint search."""

    between: tuple[float, float] = setting(..., "Smallest and largest value that the parameter may take.")
    scale: Literal["linear", "log"] = setting("linear", "On which scale it is searched.")


class Joint(Record):
    """Parameters that meet some targets only together."""

    solve: tuple[str, ...] = setting((), "Parameters of facts that are solved anew in every trial.")
    days: int | None = setting(None, "Length of a trial; as in base otherwise.", unit="days", allowed=(1, 3660))
    replicates: int | None = setting(None, "Seeds of a trial: the first so many of all.", allowed=(2, MOST_REPLICATES))
    trials: int = setting(64, "Number of trials.", unit="trials", allowed=(4, 100_000))
    refine: int = setting(
        0, "Further trials, taken where Gaussian processes through the others expect a fit.", unit="trials",
        allowed=(0, 100_000),
    )  # fmt: skip
    batch: int = setting(8, "Trials that are asked for at once.", unit="trials", allowed=(1, 1_000))
    parameters: dict[str, Free] = setting({}, "The parameters searched, each with its range.")
    targets: dict[str, CalibrationTarget] = setting({}, "The targets, each with a name.")


class Sample(Record):
    """The weighted sample of parameter sets that fit."""

    points: int = setting(64, "Number of parameter sets.", unit="points", allowed=(2, 10_000))
    replicates: int = setting(2, "Seeds with which each of them is run: the first so many of all.",
                              allowed=(2, MOST_REPLICATES))  # fmt: skip


class Kind(NamedTuple):
    """Which runs of a world a number is read from: those of an arm, so many days long; none for the world as it is.

    Of graphs alone no day is run.
    """

    arm: str | None = None
    days: int | None = None
    is_graph: bool = False

    @property
    def table(self) -> str:
        """The table of a run in which the number stands."""
        return "network" if self.is_graph else "outcomes"


class Reading(NamedTuple):
    """Which number is read: an outcome in a group, on the last day or as the mean of days; or a measure of a graph."""

    quantity: str
    group: str
    first_day: float | None
    kind: Kind = Kind()

    @classmethod
    def of(cls, target: Look) -> "Reading":
        """What a target looks at."""
        kind = Kind(target.arm, target.days, target.measure is not None)
        return cls(target.quantity, target.group, target.first_day, kind)

    @property
    def name(self) -> str:
        """The reading in one word, under which a run of its kind keeps it."""
        days = "last" if self.first_day is None else f"from {self.first_day:g}"
        return f"{self.quantity}|{self.group}|{days}"


@dataclass(frozen=True)
class Targets:
    """A targets file.

    Args:
        calibration: its name, also of the folder of results.
        about: what is calibrated, in a sentence.
        base: settings of the world, those of the network included.
        arms: interventions by the name of the arm, for targets that are read in one.
        seed: from which the seeds of replicates follow, as in a study.
        replicates: common seeds over which outcomes are taken.
        fresh: further seeds, used by nothing but the table of the fit.
        facts: by the path of the parameter that each identifies.
        joint: searches by name.
        checks: targets that set nothing, by name.
        sample: how the weighted sample is made.
        text: of the file.
    """

    calibration: str
    base: Parameters
    about: str = ""
    arms: Mapping[str, tuple[Intervention, ...]] = field(default_factory=dict)
    seed: int = 1
    replicates: int = 8
    fresh: int = 8
    facts: Mapping[str, Fact] = field(default_factory=dict)
    joint: Mapping[str, Joint] = field(default_factory=dict)
    checks: Mapping[str, CalibrationTarget] = field(default_factory=dict)
    sample: Sample = field(default_factory=Sample)
    text: str = ""

    @property
    def every(self) -> dict[str, Aim]:
        """Every target by what it is called: facts by their parameters, the others by their names."""
        joint = {name: target for item in self.joint.values() for name, target in item.targets.items()}
        return {**self.facts, **joint, **self.checks}


def range_of(item: Fact | Free, *, whole: bool = False) -> Range:
    """The range in which a parameter is sought."""
    return Range(*item.between, item.scale, whole)


def read_targets(path: str | Path) -> Targets:
    """The targets in a file.

    Raises:
        InputError: with every problem of the file, each with its line.
    """
    text = read_text(path)
    document = parse_document(text, str(path))
    reader = _Reader(document, Path(path))
    fields = reader.fields()
    problems = [*document.problems, *reader.problems, *document.place(reader.found)]
    if problems:
        raise InputError(*sorted(problems, key=_line))
    return Targets(**fields, text=text)


def _line(problem: Problem) -> int:
    """The line of a problem, for sorting."""
    return next((int(part) for part in problem.where.split(":") if part.isdigit()), 0)


class _Reader:
    """Reads a document key by key; `found` and `problems` collect what is wrong."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.data = document.data
        self.path = path
        self.found: list[Located] = []
        self.problems: list[Problem] = []

    def fields(self) -> dict[str, Any]:
        """The fields of `Targets`; those that are wrong are left out."""
        allowed = f"a targets file takes: {', '.join(KEYS)}"
        self.found += [unknown_name((key,), allowed, list(KEYS)) for key in self.data if key not in KEYS]
        if not self.data.get("facts") and not self.data.get("joint"):
            self.found.append(Located((), "nothing to calibrate", "give facts, or a joint search"))
        world = self._world()
        out = {
            "calibration": world["study"],
            "about": world["question"],
            "base": world["base"],
            "arms": {arm.name: arm.interventions for arm in world.get("arms", ())} if self.data.get("arms") else {},
            "seed": world["seed"],
            "replicates": self._number("replicates", 8),
            "fresh": self._number("fresh", 8),
            "facts": self._records("facts", Fact, "a fact"),
            "joint": self._joint(),
            "checks": self._records("checks", CalibrationTarget, "a check"),
            "sample": self._record(Sample, self.data.get("sample", {}), ("sample",), "the sample") or Sample(),
        }
        self.found += list(_problems(out)) if not self.problems else []
        return out

    def _world(self) -> dict[str, Any]:
        """What a study file also has: name, question, base with its network, arms and seed."""
        renamed = {"calibration": "study", "about": "question"}
        kept = {"calibration": self.path.stem, **self.data}
        known = ("base", "network", "arms", "seed", *renamed)
        data = {renamed.get(key, key): kept[key] for key in kept if key in known}
        back = {"study": "calibration", "question": "about"}
        lines = {(renamed.get(str(path[0]), path[0]), *path[1:]): line for path, line in self.document.lines.items()}
        empty = {"study": self.path.stem, "question": "", "base": Parameters(), "seed": 1}
        try:
            return empty | fields_of(Document(self.document.source, data, lines), self.path.stem, self.path.parent)
        except InputError as error:
            for item in error.problems:
                words = [(f": {one}", f": {other}") for one, other in back.items() if item.where.endswith(f": {one}")]
                where = item.where.replace(*words[0]) if words else item.where
                self.problems.append(Problem(where, item.what, item.allowed, item.nearest))
            return empty

    def _number(self, key: str, default: int) -> int:
        """A number of seeds."""
        value = self.data.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and 2 <= value <= MOST_REPLICATES:
            return value
        allowed = f"allowed: a whole number from 2 to {MOST_REPLICATES:,}"
        self.found.append(Located((key,), f"{shown_value(value)} is no number of seeds", allowed))
        return default

    def _record[R: Record](self, kind: type[R], raw: object, path: KeyPath, title: str) -> R | None:
        """A record; None after its problems were noted."""
        result = validated(kind, raw, path, title)
        if isinstance(result, list):
            self.found += result
            return None
        return result

    def _mapping(self, raw: object, path: KeyPath, example: str) -> dict[str, Any]:
        """A mapping; an empty one where there is none, or after that was noted as wrong."""
        if raw is None or isinstance(raw, dict):
            return raw or {}
        self.found.append(Located(path, f"{shown_value(raw)} is not a mapping", f"for example {example}"))
        return {}

    def _records[R: Record](self, key: str, kind: type[R], title: str) -> dict[str, R]:
        """Records by name."""
        return self._records_at((key,), self.data.get(key), kind, title)

    def _records_at[R: Record](self, path: KeyPath, raw: object, kind: type[R], title: str) -> dict[str, R]:
        """Records by name, at a path; those that are wrong are left out."""
        given = self._mapping(raw, path, "{name: {outcome: retweeted, value: 0.06, uncertainty: 0.005}}")
        read = {name: self._record(kind, item, (*path, name), title) for name, item in given.items()}
        return {name: item for name, item in read.items() if item is not None}

    def _joint(self) -> dict[str, Joint]:
        """The joint searches."""
        given = self._mapping(self.data.get("joint"), ("joint",), "{silence: {parameters: {...}, targets: {...}}}")
        read = {name: self._search(name, raw) for name, raw in given.items()}
        return {name: item for name, item in read.items() if item is not None}

    def _search(self, name: str, raw: object) -> Joint | None:
        """One joint search."""
        here: KeyPath = ("joint", name)
        example = "{parameters: {...}, targets: {...}}"
        if not isinstance(raw, dict):
            self.found.append(Located(here, f"{shown_value(raw)} is not a joint search", f"for example {example}"))
            return None
        own = {key: value for key, value in raw.items() if key not in ("parameters", "targets")}
        search = self._record(Joint, own, here, "a joint search")
        parameters = self._records_at((*here, "parameters"), raw.get("parameters"), Free, "a free parameter")
        targets = self._records_at((*here, "targets"), raw.get("targets"), CalibrationTarget, "a target")
        if search is None:
            return None
        return search.model_copy(update={"parameters": parameters, "targets": targets})


def _problems(fields: Mapping[str, Any]) -> Iterator[Located]:
    """What is wrong with readable fields taken together."""
    base = fields["base"]
    for path, fact in fields["facts"].items():
        yield from _range_problems(base, path, fact, ("facts", path))
        yield from _target_problems(fields, fact, ("facts", path))
        yield from _unmoved_problems(fact, [path], ("facts", path))
        if fact.value is not None and fact.uncertainty <= 0:
            yield Located(("facts", path), "missing key 'uncertainty'", "one standard deviation, above 0")
    for name, search in fields["joint"].items():
        if not NAME.fullmatch(name):
            allowed = f"allowed: {NAME_IN_WORDS}"
            yield Located(("joint", name), f"{shown_value(name)} cannot be the name of a file", allowed)
        yield from _search_problems(fields, name, search)
    for name, check in fields["checks"].items():
        yield from _target_problems(fields, check, ("checks", name))
    yield from _names_used_twice(fields)


def _search_problems(fields: Mapping[str, Any], name: str, search: Joint) -> Iterator[Located]:
    """A joint search has parameters of its own, and targets; what it solves are facts."""
    base, facts, here = fields["base"], fields["facts"], ("joint", name)
    for key in ("parameters", "targets"):
        if not getattr(search, key):
            yield Located((*here, key), "missing or empty", f"a joint search needs {key}")
    for path, free in search.parameters.items():
        yield from _range_problems(base, path, free, (*here, "parameters", path))
        if path in facts:
            yield Located((*here, "parameters", path), "is identified by a fact already", "take it out of one of them")
    for label, target in search.targets.items():
        yield from _target_problems(fields, target, (*here, "targets", label), search.days)
        yield from _unmoved_problems(target, list(search.parameters), (*here, "targets", label))
    for index, path in enumerate(search.solve):
        if path not in facts:
            allowed = f"parameters of facts: {', '.join(facts) or 'none'}"
            what = f"{shown_value(path)} is identified by no fact"
            yield Located((*here, "solve", index), what, allowed, nearest_name(path, list(facts)))


def _names_used_twice(fields: Mapping[str, Any]) -> Iterator[Located]:
    """Names of targets differ, and no parameter is searched twice."""
    seen: set[str] = set(fields["facts"])
    places: list[tuple[KeyPath, str]] = [
        (("joint", group, kind, name), name)
        for group, search in fields["joint"].items()
        for kind in ("parameters", "targets")
        for name in getattr(search, kind)
    ]
    places += [(("checks", name), name) for name in fields["checks"]]
    for path, name in places:
        if name in seen and name not in fields["facts"]:
            yield Located(path, "stands in two places", "give it another name")
        seen.add(name)


def _range_problems(base: Parameters, path: str, item: Fact | Free, here: KeyPath) -> Iterator[Located]:
    """The parameter is a number, and both ends of its range are allowed."""
    declared = field_of(base, path)
    if declared is None:
        yield _unknown_parameter(base, path, here)
        return
    if declared.annotation not in (float, float | None):
        yield Located(here, "is not a setting of real numbers", "calibration changes real numbers only")
        return
    ends = [value_problem(declared, end, (*here, "between", index)) for index, end in enumerate(item.between)]
    yield from (problem for problem in ends if problem)
    low, high = item.between
    if low >= high:
        yield Located((*here, "between"), f"{low:g} is not below {high:g}", "the smaller number comes first")
    if item.scale == "log" and low <= 0:
        yield Located((*here, "between"), f"{low:g} has no logarithm", "a range with scale: log begins above 0")


def _unknown_parameter(base: Parameters, path: str, here: KeyPath) -> Located:
    """The problem with a parameter that the world does not have; a network has those of its own generator."""
    problem = unknown_setting(base, path)
    group, _, name = path.partition(".")
    others = [kind for kind, network in NETWORKS.items() if group == "network" and name in network.model_fields]
    if not others:
        return Located(here, problem.what, "a parameter such as reactions.retweet", problem.nearest)
    kind = base.network.model_dump()["type"]
    return Located(here, f"is a setting of {', '.join(others)}, not of the network '{kind}'",
                   takes(f"network: {{type: {kind}}}", type(base.network)))  # fmt: skip


def _unmoved_problems(target: Look, parameters: Sequence[str], here: KeyPath) -> Iterator[Located]:
    """What is read from graphs is met by parameters of the network."""
    if target.measure is not None and not any(path.startswith("network.") for path in parameters):
        what = f"is read from graphs, and none of these changes them: {', '.join(parameters)}"
        yield Located((*here, "measure"), what, "a measure identifies a parameter such as network.copy_share")


def _target_problems(
    fields: Mapping[str, Any], target: Look, here: KeyPath, days: int | None = None
) -> Iterator[Located]:
    """One number is read; the arm is there."""
    if target.arm is not None and target.arm not in fields["arms"]:
        known = ", ".join(fields["arms"]) or "none"
        yield Located((*here, "arm"), f"{shown_value(target.arm)} is no arm", f"under arms: {known}",
                      nearest_name(target.arm, list(fields["arms"])))  # fmt: skip
    if (target.outcome is None) == (target.measure is None):
        what = "reads neither an outcome nor a measure" if target.outcome is None else "reads an outcome and a measure"
        yield Located(here, what, "outcome: for a number of runs, or measure: for one of the network")
    elif target.measure is not None:
        yield from _measure_problems(target, target.measure, here)
    else:
        yield from _outcome_problems(target, here, target.days or days or fields["base"].days)


def _measure_problems(target: Look, measure: str, here: KeyPath) -> Iterator[Located]:
    """The measure is known, and nothing is said of runs."""
    if measure not in MEASURES:
        yield Located((*here, "measure"), f"unknown measure {shown_value(measure)}", f"known: {', '.join(MEASURES)}",
                      nearest_name(measure, list(MEASURES)))  # fmt: skip
    for key in ("group", "first_day", "arm", "days"):
        if key in target.model_fields_set:
            yield Located((*here, key), "a measure is read from the graph, before any run", f"leave {key} out")


def _outcome_problems(target: Look, here: KeyPath, last: int) -> Iterator[Located]:
    """The outcome is registered, has the group, and is there on the days asked for, of which `last` is the last."""
    if target.quantity not in OUTCOMES:
        problem = OUTCOMES.unknown(target.quantity)
        yield Located((*here, "outcome"), problem.what, problem.allowed, problem.nearest)
        return
    if target.group not in GROUPS:
        yield Located((*here, "group"), f"{shown_value(target.group)} is no group", f"allowed: {', '.join(GROUPS)}",
                      nearest_name(target.group, GROUPS))  # fmt: skip
    elif target.group != "all" and not OUTCOMES[target.quantity].grouped:
        yield Located((*here, "group"), f"{target.quantity} is not taken by group", "leave group out")
    if target.first_day is None:
        return
    if OUTCOMES[target.quantity].due == "end":
        yield Located((*here, "first_day"), f"{target.quantity} is taken on the last day only", "leave first_day out")
    elif target.first_day > last:
        yield Located((*here, "first_day"), f"{target.first_day:g} comes after the last day, {last}")
