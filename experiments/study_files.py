"""From the text of a study file to the fields of a study, with every mistake of the file told at once."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.adaptive import Adaptive, until_type_problems
from experiments.arm_checks import doubtful, located
from experiments.arms import Arm
from experiments.calibrated_worlds import CALIBRATED, came_with_the_program
from experiments.costs import Costs, cost_type_problems
from experiments.designs import DESIGNS, Design
from experiments.event_files import log_of
from experiments.factors import Range, Values
from experiments.point_tables import find_points
from experiments.problems import unknown_name, validated
from experiments.study_parts import problems_of
from experiments.world_checks import found_elsewhere
from experiments.yaml_files import Document, KeyPath, Located, overlay, read_document, shown_value
from simulation import (
    INTERVENTIONS,
    NETWORKS,
    InputError,
    Intervention,
    Network,
    Parameters,
    Problem,
    Registry,
    contradictions,
    declarations,
    nearest_name,
)

FIELDS = (
    "study",
    "question",
    "base",
    "arms",
    "baseline",
    "factors",
    "design",
    "replicates",
    "outcomes",
    "network",
    "seed",
    "events",
    "costs",
    "ridge",
    "threads",
)
"""Keys of a study file, in the order in which it is written."""

_EXAMPLE_ARMS = "for example arms: {none: [], tag: [{type: hashtag, breadth: general}]}"
_EXAMPLE_VALUES = "a factor takes a list such as [0.3, 0.6] or a range such as {from: 0.2, to: 0.8, scale: linear}"
_EXAMPLE_CALIBRATED = (
    "for example base: {calibrated: calibrated.yaml, days: 60}; 'supportnet calibrate' writes such a file"
)
_RANGE = ("from", "to", "scale")
_SCALES = ("linear", "log")
_SOURCES = ("nodes", "path", "name")
"""Keys that say from where a given network comes."""
_ABSENT = object()


def read_study_fields(path: str | Path, overrides: Iterable[str] = ()) -> dict[str, Any]:
    """Fields for a `Study`, from a file with `key=value` laid over it.

    Raises:
        InputError: with every problem of the file.
    """
    document = overlay(read_document(path), overrides, _roots())
    return fields_of(document, Path(path).stem, Path(path).parent)


def fields_of(document: Document, default_name: str = "study", folder: Path = Path()) -> dict[str, Any]:
    """Fields for a `Study`, from a document.

    Args:
        document: of a study file.
        default_name: of the study, where it has none.
        folder: of the study file, in which a table of points is sought.

    Raises:
        InputError: with every problem of the document.
    """
    reader = _Reader(document, folder)
    fields = reader.fields(default_name)
    located = document.place([*reader.found, *problems_of(fields)])
    problems = [*document.problems, *located, *reader.found_elsewhere]
    if problems:
        raise InputError(*sorted(problems, key=lambda problem: _line(problem.where)))
    return fields


def doubts_in_file(path: str | Path, overrides: Iterable[str] = ()) -> list[Problem]:
    """What a study file allows itself but hardly means, each with its line.

    Raises:
        InputError: with every problem of the file, or of a given network that cannot be read here.
    """
    document = overlay(read_document(path), overrides, _roots())
    folder = Path(path).parent
    fields = {"base": Parameters(), **fields_of(document, Path(path).stem, folder)}
    unreadable = document.place(_network_problems(document, fields))
    if unreadable:
        raise InputError(*unreadable)
    return document.place([*found_elsewhere(fields, _calibrated_world(document, folder)), *doubtful(fields)])


def _find_calibrated(source: str, folder: Path, ending: str = "yaml") -> Path:
    """A file of a calibration: beside the study file, where the command was typed, or that came with the program."""
    path = find_points(source, folder)
    return path if os.path.isfile(path) else came_with_the_program(ending).get(source, path)


def in_file(found: Iterable[Located], path: str | Path, overrides: Iterable[str] = ()) -> list[Problem]:
    """What was found in the study of a file, each with its line.

    Raises:
        InputError: the file cannot be read.
    """
    return overlay(read_document(path), overrides, _roots()).place(found)


def _calibrated_world(document: Document, folder: Path) -> Parameters:
    """The calibrated world that the base of a correct study file names; the default one where it names none."""
    source = (document.data.get("base") or {}).get(CALIBRATED)
    if source is None:
        return Parameters()
    found = read_document(_find_calibrated(source, folder))
    return fields_of(Document(found.source, {"base": found.data["base"]}))["base"]  # type: ignore[no-any-return]


def _network_problems(document: Document, fields: Mapping[str, Any]) -> Iterator[Located]:
    """Why the network of a study cannot be read, if it is given and no factor changes it."""
    if any(factor.startswith("network") for factor in fields.get("factors", {})):
        return
    base: Parameters = fields["base"]
    try:
        base.network.size(base.agents)
    except InputError as error:
        path: KeyPath = ("network",) if "network" in document.data else ("base", "network")
        for problem in error.problems:
            what = f"{problem.where}: {problem.what}" if problem.where else problem.what
            yield Located((*path, *_source_key(base.network, what)), what, problem.allowed, problem.nearest)


def _source_key(network: Network, what: str) -> KeyPath:
    """The key of a given network that a problem is about: the one whose value it names."""
    return next(((key,) for key in _SOURCES if str(getattr(network, key, None)) in what), ())


def _line(where: str) -> int:
    """The line in a place, for sorting; the command line comes last."""
    numbers = [part for part in where.split(":") if part.isdigit()]
    return int(numbers[0]) if numbers else 10**9


def _roots() -> dict[str, KeyPath]:
    """Where the first word of a key on the command line belongs: settings go into `base`."""
    return {name: ("base", name) for name in Parameters.model_fields if name not in FIELDS}


def _laid_over(world: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Settings over settings, group by group; a network is taken as a whole."""
    out = dict(world)
    for key, value in own.items():
        both_groups = key != "network" and isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = _laid_over(out[key], value) if both_groups else value
    return out


class _Reader:
    """Reads a document field by field; `found` collects what is wrong, and a wrong field is left out."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.document = document
        self.data = document.data
        self.folder = folder
        self.found: list[Located] = []
        self.found_elsewhere: list[Problem] = []

    def fields(self, default_name: str) -> dict[str, Any]:
        """The fields that could be read."""
        self.found += [self._unknown_field(key) for key in self.data if key not in FIELDS]
        out = {
            "study": self.data.get("study", default_name),
            "question": self._question(),
            "base": self._base(),
            "arms": self._arms(),
            **self._design_and_factors(),
            "replicates": self._replicates(),
            "outcomes": self._outcomes(),
            "seed": self.data.get("seed", 1),
            "events": self._checked(log_of(self.data.get("events"))),
            "costs": self._costs(),
            "ridge": self.data.get("ridge", 0),
            "threads": self.data.get("threads", 1),
        }
        fields = {key: value for key, value in out.items() if value is not _ABSENT and value is not None}
        if "arms" in fields:
            first = fields["arms"][0].name if fields["arms"] else None
            fields["baseline"] = self.data.get("baseline", first)
        return fields

    def _unknown_field(self, key: str) -> Located:
        """A key that no study has; on the command line a setting may have been meant."""
        allowed = f"a study takes: {', '.join(FIELDS)}"
        typed = self.document.typed_within((key,))
        if not typed:
            return unknown_name((key,), allowed, list(FIELDS))
        names = [*FIELDS, *Parameters.model_fields, *(item.path for item in declarations(Parameters))]
        nearest = nearest_name(typed, names) or nearest_name(key, names)
        allowed = f"{allowed}; or a setting: 'supportnet list parameters' shows all"
        return Located((key,), "unknown key", allowed, nearest)

    def _wrong(self, path: KeyPath, what: str, allowed: str = "") -> None:
        """Note a problem."""
        self.found.append(Located(path, what, allowed))

    def _checked(self, result: Any) -> Any:  # noqa: ANN401 - a record of whatever kind was asked for
        """A record, or None after its problems were noted."""
        if isinstance(result, list):
            self.found += result
            return None
        return result

    def _question(self) -> object:
        """The question is a text."""
        value = self.data.get("question", "")
        if isinstance(value, str):
            return value
        self._wrong(("question",), f"{shown_value(value)} is not a text", "put the question into quotation marks")
        return _ABSENT

    def _base(self) -> Parameters | None:
        """The settings of the world, with the network."""
        raw = self.data.get("base") or {}
        if not isinstance(raw, dict):
            allowed = "for example base: {agents: 500, beliefs: {stigma_mean: 0.45}}"
            self._wrong(("base",), f"{shown_value(raw)} is not a group of settings", allowed)
            raw = {}
        raw = self._over_calibrated(raw)
        own = {key: value for key, value in raw.items() if key != "network"}
        base = self._checked(validated(Parameters, own, ("base",), "base"))
        network = self._network(raw)
        if base is None or network is None:
            return None
        return base.model_copy(update={"network": network}) if network is not _ABSENT else base  # type: ignore[no-any-return]

    def _over_calibrated(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The settings of base, laid over those of a calibrated world where one is named."""
        own = {key: value for key, value in raw.items() if key != CALIBRATED}
        if CALIBRATED not in raw:
            return own
        source = raw[CALIBRATED]
        if not isinstance(source, str):
            self._wrong(("base", CALIBRATED), f"{shown_value(source)} is not the name of a file", _EXAMPLE_CALIBRATED)
            return own
        path = _find_calibrated(source, self.folder)
        if not os.path.isfile(path):
            ours = came_with_the_program()
            sought = f"sought in {self.folder} and where the command was typed; with the program came {', '.join(ours)}"
            where = ("base", CALIBRATED)
            self.found.append(Located(where, f"{source}: no such file", sought, nearest_name(source, list(ours))))
            return own
        try:
            world = read_document(path).data.get("base")
        except InputError as error:
            self.found_elsewhere += error.problems
            return own
        if not isinstance(world, dict):
            self._wrong(("base", CALIBRATED), f"{source} has no settings under base", _EXAMPLE_CALIBRATED)
            return own
        if "network" in self.data:
            world = {key: value for key, value in world.items() if key != "network"}
        return _laid_over(world, own)

    def _network(self, base: dict[str, Any]) -> Network | object | None:
        """The network, from `network` or from `base.network`; absent is the default."""
        if "network" in self.data and "network" in base:
            self._wrong(("network",), "given twice: here and in base", "keep one of the two")
            return None
        if "network" not in self.data and "network" not in base:
            return _ABSENT
        path: KeyPath = ("network",) if "network" in self.data else ("base", "network")
        raw = self.data["network"] if "network" in self.data else base["network"]
        return self._typed(NETWORKS, raw, path, "popularity")  # type: ignore[no-any-return]

    def _typed(self, registry: Registry[Any], raw: object, path: KeyPath, default: str | None = None) -> Any:  # noqa: ANN401
        """The registered record that a mapping with a `type` describes, None when it is wrong."""
        if not isinstance(raw, dict):
            example = raw if isinstance(raw, str) and raw in registry else next(iter(registry), "name")
            names = f"for example {{type: {example}}}; known: {', '.join(registry)}"
            self._wrong(path, f"{shown_value(raw)} is not {_with_article(registry.kind)}", names)
            return None
        kind = raw.get("type", default)
        if kind is None:
            self._wrong(path, "missing key 'type'", f"known: {', '.join(registry)}")
            return None
        if not isinstance(kind, str) or kind not in registry:
            problem = registry.unknown(kind)
            self.found.append(Located((*path, "type"), problem.what, problem.allowed, problem.nearest))
            return None
        title = _with_article(kind.replace("_", " ")) + _noun(registry)
        return self._checked(validated(registry[kind], {"type": kind, **raw}, path, title))

    def _arms(self) -> tuple[Arm, ...] | None:
        """The arms; without any, one that does nothing."""
        raw = self.data.get("arms", {"none": []})
        if not isinstance(raw, dict):
            self._wrong(("arms",), f"{shown_value(raw)} is not a mapping of names to interventions", _EXAMPLE_ARMS)
            return None
        return tuple(self._arm(name, value) for name, value in raw.items())

    def _arm(self, name: str, raw: object) -> Arm:
        """One arm; without its interventions where they cannot go together."""
        interventions = self._interventions(name, raw)
        found = [located(name, finding) for finding in contradictions(interventions)]
        self.found += found
        return Arm(name) if found else Arm(name, interventions)

    def _interventions(self, name: str, raw: object) -> list[Intervention]:
        """The interventions of one arm; `{}`, `[]` and nothing are none, a single one needs no list."""
        if not raw:
            return []
        if isinstance(raw, dict) and "type" in raw:
            found = self._typed(INTERVENTIONS, raw, ("arms", name))
            return [found] if found is not None else []
        if not isinstance(raw, list):
            self._wrong(("arms", name), f"{shown_value(raw)} is not a list of interventions", _EXAMPLE_ARMS)
            return []
        items = [self._typed(INTERVENTIONS, item, ("arms", name, index)) for index, item in enumerate(raw)]
        return [item for item in items if item is not None]

    def _design_and_factors(self) -> dict[str, Any]:
        """The design, and the factors, which a design may have in a file of its own."""
        design, factors = self._design(), self._factors()
        source = design.source() if design is not None else None
        if design is None or source is None:
            return {"design": design, "factors": factors}
        if self.data.get("factors"):
            self._wrong(("factors",), f"the factors are in {source}", "take this key out, or choose another design")
            return {}
        return {"design": design.with_factors(), "factors": self._points(design, source)}

    def _points(self, design: Design, source: str) -> dict[str, tuple[Any, ...]] | None:
        """The factors in a file of points; None when it cannot be read."""
        path = _find_calibrated(source, self.folder, design.endings)
        if not os.path.isfile(path):
            sought = f"sought in {self.folder} and where the command was typed"
            names = [str(other.name) for other in self.folder.glob(f"*.{design.endings}")]
            nearest = nearest_name(source, names)
            self.found.append(Located(("design", design.source_key), f"{source}: no such file", sought, nearest))
            return None
        seed = self.data.get("seed", 1)
        try:
            table = design.read(path, seed if isinstance(seed, int) else 1)
        except InputError as error:
            self.found_elsewhere += error.problems
            return None
        self.document.elsewhere = table.places
        return dict(table.factors)

    def _factors(self) -> dict[str, Values]:
        """The values of each factor; factors that are wrong are left out."""
        raw = self.data.get("factors") or {}
        if not isinstance(raw, dict):
            allowed = "for example factors: {beliefs.stigma_mean: [0.3, 0.45, 0.6]}"
            self._wrong(("factors",), f"{shown_value(raw)} is not a mapping of settings to values", allowed)
            return {}
        read = {path: self._values(path, given) for path, given in raw.items()}
        return {path: values for path, values in read.items() if values is not None}

    def _values(self, path: str, given: object) -> Values | None:
        """The list or range of a factor."""
        if isinstance(given, list):
            return tuple(given)
        if isinstance(given, dict):
            return self._range(path, given)
        self._wrong(("factors", path), f"{shown_value(given)} is neither a list nor a range", _EXAMPLE_VALUES)
        return None

    def _range(self, path: str, given: dict[str, Any]) -> Range | None:
        """A range of a factor."""
        here = ("factors", path)
        before = len(self.found)
        self.found += [unknown_name((*here, key), _EXAMPLE_VALUES, list(_RANGE)) for key in given if key not in _RANGE]
        for key in ("from", "to"):
            if key not in given:
                self._wrong(here, f"missing key '{key}'", _EXAMPLE_VALUES)
            elif isinstance(given[key], bool) or not isinstance(given[key], int | float):
                self._wrong((*here, key), f"{shown_value(given[key])} is not a number", _EXAMPLE_VALUES)
        scale = given.get("scale", "linear")
        if scale not in _SCALES:
            nearest = nearest_name(str(scale), _SCALES)
            allowed = f"allowed: one of {', '.join(_SCALES)}"
            self.found.append(Located((*here, "scale"), f"{shown_value(scale)} is not a choice", allowed, nearest))
        return Range(given["from"], given["to"], scale) if len(self.found) == before else None

    def _design(self) -> Design | None:
        """The design; the full grid when nothing is said."""
        return self._typed(DESIGNS, self.data.get("design", {"type": "grid"}), ("design",))  # type: ignore[no-any-return]

    def _replicates(self) -> object:
        """The number of replicates, or the rule that says when there are enough."""
        value = self.data.get("replicates", 1)
        if not isinstance(value, dict):
            return value
        unreadable = list(until_type_problems(value["until"])) if "until" in value else []
        self.found += unreadable
        rest = {key: item for key, item in value.items() if key != "until"} | {"until": {}}
        given = value if "until" in value and not unreadable else rest
        if "until" not in value:
            self._wrong(("replicates",), "missing key 'until'", "for example until: {support_reach_7d: 0.005}")
        rule = self._checked(validated(Adaptive, given, ("replicates",), "replicates"))
        return _ABSENT if rule is None or given is rest else rule

    def _costs(self) -> Costs | None:
        """The unit costs; none where they are not given, or cannot be read."""
        raw = self.data.get("costs")
        if raw is None:
            return None
        unreadable = list(cost_type_problems(raw))
        self.found += unreadable
        return None if unreadable else self._checked(validated(Costs, raw, ("costs",), "costs"))

    def _outcomes(self) -> object:
        """Names of outcomes; all when nothing is said."""
        value = self.data.get("outcomes")
        if value is None or value == "all":
            return None
        if isinstance(value, list) and value:
            return tuple(value)
        allowed = "a list of names, for example [normalization, harm_exposure]; leave the key out for all"
        self._wrong(("outcomes",), f"{shown_value(value)} is not a list of outcomes", allowed)
        return _ABSENT


def _with_article(words: str) -> str:
    """`a hashtag`, `an arm`."""
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"


_NOUNS: tuple[tuple[Registry[Any], str], ...] = ((NETWORKS, " network"), (DESIGNS, " design"))


def _noun(registry: Registry[Any]) -> str:
    """What follows the name of a kind so that it can be read: `a popularity network`, but `a hashtag`."""
    return next((noun for known, noun in _NOUNS if known is registry), "")
