"""Pydantic's complaints in the words of this project: what was given, what is allowed, the nearest name.

Values from files are checked strictly: a text is not a number and `true` is not 1; only the mode is pydantic's JSON
mode, in which lists stand for tuples and whole numbers for real ones.
"""

import json
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from experiments.yaml_files import KeyPath, Located, shown_value
from simulation import InputError, Record, nearest_name

_MOST_NAMES = 16
_TYPE_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
_RANGE_ERRORS = {"greater_than_equal", "less_than_equal", "greater_than", "less_than", "finite_number"}


class _Target(NamedTuple):
    """What an error is about: the record, what to call it, and the field where there is one."""

    record: type[Record]
    title: str
    field: FieldInfo | None
    path: KeyPath


def validated[R: Record](record: type[R], data: object, path: KeyPath, title: str) -> R | list[Located]:
    """The record made of plain values, or every problem in them.

    Args:
        record: the kind of record.
        data: mapping of plain values, as a document holds them.
        path: where the mapping stands.
        title: what takes these keys, such as "a hashtag".
    """
    try:
        return record.model_validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        return located_problems(error, record, path, title)
    except InputError as error:
        return [Located(path, problem.what, problem.allowed, problem.nearest) for problem in error.problems]


def located_problems(error: ValidationError, record: type[Record], path: KeyPath, title: str) -> list[Located]:
    """Every problem of a failed check, at the paths of their keys; one problem per key."""
    found: dict[KeyPath, Located] = {}
    for item in error.errors(include_url=False):
        target = _target(record, title, path, item["loc"])
        found.setdefault(target.path, _located(target, item))
    return list(found.values())


def _target(record: type[Record], title: str, path: KeyPath, loc: tuple[int | str, ...]) -> _Target:
    """Follow a location through records inside records, as far as it goes."""
    field: FieldInfo | None = None
    for depth, key in enumerate(loc):
        field = record.model_fields.get(str(key))
        inner = inner_record(field) if field else None
        if inner is None or depth == len(loc) - 1:
            return _Target(record, title, field, (*path, *_without_tags(loc, depth, field)))
        record, title = inner, str(key)
    return _Target(record, title, field, path)


def _without_tags(loc: tuple[int | str, ...], depth: int, field: FieldInfo | None) -> tuple[int | str, ...]:
    """A location without what pydantic adds after a field for the members of a union."""
    tail = loc[depth + 1 :] if field is not None else ()
    return (*loc[: depth + 1], *(key for key in tail if isinstance(key, int)))


def inner_record(field: FieldInfo) -> type[Record] | None:
    """The record that a field holds, if it holds one."""
    candidates = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, Record)), None)


def field_of(record: object, path: str) -> FieldInfo | None:
    """The declaration of the setting at a dotted path in a record, None when there is no such setting."""
    *groups, name = path.split(".")
    for group in groups:
        record = getattr(record, group, None) if isinstance(record, Record) else None
    field = type(record).model_fields.get(name) if isinstance(record, Record) else None
    return field if field is not None and (inner_record(field) is None or field.json_schema_extra) else None


def _located(target: _Target, item: Mapping[str, Any]) -> Located:
    """One error in three parts."""
    kind, given = item["type"], item.get("input")
    if kind == "extra_forbidden":
        return unknown_key(target.path, target.title, target.record)
    if kind == "missing":
        return Located(target.path, "missing key", _meaning(target.field))
    if kind == "value_error":
        return Located(target.path, str(item["ctx"]["error"]), _meaning(target.field))
    if kind == "literal_error":
        return Located(target.path, f"{shown_value(given)} is not a choice", allowed_values(target.field),
                       nearest_name(str(given), _choices(target.field)))  # fmt: skip
    if kind in _RANGE_ERRORS:
        return Located(target.path, f"{shown_value(given)} is out of range", allowed_values(target.field))
    return _wrong_type(target, given)


def _choices(field: FieldInfo | None) -> list[str]:
    """The names that a field takes, or that may stand in its list."""
    annotation = _plain_type(field)
    inner = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
    return [str(name) for name in get_args(inner)]


def _wrong_type(target: _Target, given: object) -> Located:
    """A value of the wrong kind."""
    inner = inner_record(target.field) if target.field else target.record
    if inner is not None:
        title = str(target.path[-1]) if target.field else target.title
        return Located(target.path, f"{shown_value(given)} is not a group of settings", takes(title, inner))
    annotation = _plain_type(target.field)
    is_item = isinstance(target.path[-1], int) and get_args(annotation)
    words = _type_words(get_args(annotation)[0] if is_item else annotation)
    return Located(target.path, f"{shown_value(given)} is not {words}", allowed_values(target.field))


def unknown_key(path: KeyPath, title: str, record: type[Record]) -> Located:
    """The last key of a path is not one of a record's."""
    return unknown_name(path, takes(title, record), list(record.model_fields))


def unknown_name(path: KeyPath, allowed: str, names: list[str]) -> Located:
    """The last key of a path is none of the names."""
    return Located(path, "unknown key", allowed, nearest_name(str(path[-1]), names))


def takes(title: str, record: type[Record]) -> str:
    """The sentence that names the keys of a record; `type` first, as files write it."""
    names = sorted(record.model_fields, key=lambda name: name != "type")
    more = ", ... ('supportnet list parameters' shows all)" if len(names) > _MOST_NAMES else ""
    return f"{title} takes: {', '.join(names[:_MOST_NAMES])}{more}"


def allowed_values(field: FieldInfo | None) -> str:
    """The sentence that says what a field takes, with unit and meaning."""
    if field is None:
        return ""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    words = " ".join(part for part in (kind_words(field), range_words(field), str(extra.get("unit", ""))) if part)
    return f"allowed: {words}{', or null' if _nullable(field) else ''}. {field.description or ''}".rstrip()


def _meaning(field: FieldInfo | None) -> str:
    """The sentence of a field."""
    return field.description or "" if field else ""


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Smallest and largest value of a field, None for an open end."""
    found = {key: getattr(item, key) for item in field.metadata for key in ("ge", "le") if hasattr(item, key)}
    return found.get("ge"), found.get("le")


def range_words(field: FieldInfo) -> str:
    """`from 0 to 1`, `of 0 or more`, `of at most 5`, or nothing."""
    low, high = bounds(field)
    if low is not None and high is not None:
        return f"from {number(low)} to {number(high)}"
    if low is not None:
        return f"of {number(low)} or more"
    return f"of at most {number(high)}" if high is not None else ""


def number(value: float) -> str:
    """A number as people write it: 0.01, 100,000,000."""
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 1e12 else f"{value:g}"


def kind_words(field: FieldInfo | None) -> str:
    """What kind of value a field holds, in words."""
    return _type_words(_plain_type(field))


def _nullable(field: FieldInfo) -> bool:
    """Whether a field may be null."""
    return type(None) in get_args(field.annotation)


def _plain_type(field: FieldInfo | None) -> Any:  # noqa: ANN401 - an annotation can be anything
    """A field's annotation without `None`."""
    annotation = field.annotation if field else str
    members = [kind for kind in get_args(annotation) if kind is not type(None)]
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return members[0] if is_union and len(members) == 1 else annotation


def _type_words(annotation: Any) -> str:  # noqa: ANN401 - an annotation can be anything
    """An annotation in words."""
    arguments = [kind for kind in get_args(annotation) if kind is not Ellipsis]
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(name) for name in arguments)
    if get_origin(annotation) in (tuple, list, frozenset, set):
        return f"a list of items, each {_type_words(arguments[0])}"
    if arguments:
        return " or ".join(_type_words(kind) for kind in arguments if kind is not type(None))
    return _TYPE_WORDS.get(annotation, "a text")


def value_problem(field: FieldInfo, value: object, path: KeyPath) -> Located | None:
    """What is wrong with a value for a field, if anything is."""
    annotation: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    try:
        adapter.validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        return _located(_Target(Record, "", field, path), error.errors(include_url=False)[0])
    return None
