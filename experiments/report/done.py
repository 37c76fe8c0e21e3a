"""What was compared, in words: what is done in each arm, lever by lever, and what varies between the worlds."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from experiments.arms import Arm
from experiments.factors import written_values
from experiments.listing import first_sentence, shown_default
from experiments.study import Study
from simulation import Declaration, Intervention, Parameters, Record, declarations

NOTHING = "Nothing is done: the world is left alone."
_KIND = "type"


class Deed(NamedTuple):
    """One intervention of an arm.

    Args:
        kind: its type.
        meaning: what it is, in a sentence.
        levers: path and value of every lever that is set.
    """

    kind: str
    meaning: str
    levers: list[tuple[str, str]]


class Lever(NamedTuple):
    """A lever that some arm sets.

    Args:
        path: type of the intervention and name of the lever.
        meaning: one sentence, from its declaration.
        unit: of its value.
        values: what it is set to, value by value with the arms.
    """

    path: str
    meaning: str
    unit: str
    values: list[tuple[str, list[str]]]


class Factor(NamedTuple):
    """What varies between the worlds."""

    path: str
    meaning: str
    unit: str
    values: str


def deeds(arm: Arm) -> list[Deed]:
    """What is done in an arm."""
    return [Deed(_kind(item), _meaning(type(item)), list(_levers(item))) for item in arm.interventions]


def levers(study: Study) -> list[Lever]:
    """Every lever that some arm sets, in the order in which they come."""
    found: dict[str, Lever] = {}
    for arm in study.arms:
        for item in arm.interventions:
            declared = {entry.path: entry for entry in declarations(type(item))}
            for path, value in _levers(item):
                _add(found, f"{_kind(item)}.{path}", declared[path], value, arm.name)
    return list(found.values())


def factors(study: Study) -> list[Factor]:
    """What varies between the worlds."""
    declared = {item.path: item for item in declarations(Parameters)}
    return [_factor(path, values, declared.get(path)) for path, values in study.factors.items()]


def _meaning(record: type[Intervention]) -> str:
    """What an intervention is, without what only writers of study files need to know."""
    return f"{first_sentence(record).partition(';')[0].rstrip('.')}."


def _kind(item: Intervention) -> str:
    """The type of an intervention."""
    return str(getattr(item, _KIND))


def _levers(item: Intervention) -> Iterator[tuple[str, str]]:
    """Path and value of the levers that have one."""
    for entry in declarations(type(item)):
        value = _value(item, entry.path)
        if entry.path != _KIND and value is not None:
            yield entry.path, _in_words(value)


def _in_words(value: object) -> str:
    """The value of a lever; of a group, only what was chosen about it."""
    if not isinstance(value, Record):
        return shown_default(value)
    chosen = [(name, getattr(value, name), field.default) for name, field in type(value).model_fields.items()]
    said = [f"{name.replace('_', ' ')} {shown_default(item)}" for name, item, default in chosen if item != default]
    return ", ".join(said) or "everybody"


def _value(record: object, path: str) -> Any:  # noqa: ANN401 - whatever a lever holds
    """The value at a dotted path."""
    for name in path.split("."):
        record = getattr(record, name)
    return record


def _add(found: dict[str, Lever], path: str, declared: Declaration, value: str, arm: str) -> None:
    """Note that an arm sets a lever."""
    lever = found.setdefault(path, Lever(path, declared.meaning, declared.unit, []))
    for known, arms in lever.values:
        if known == value:
            arms.extend([arm] if arm not in arms else [])
            return
    lever.values.append((value, [arm]))


def _factor(path: str, values: Any, declared: Declaration | None) -> Factor:  # noqa: ANN401 - values or a range
    """A factor in words."""
    written = written_values(values)
    text = ", ".join(shown_default(value) for value in written) if isinstance(written, list) else _range(written)
    return Factor(path, declared.meaning if declared else "A lever of an arm.", declared.unit if declared else "", text)


def _range(written: Mapping[str, Any]) -> str:
    """A range in words."""
    return f"{shown_default(written.get('from'))} to {shown_default(written.get('to'))}"
