"""How a setting is declared: once, with everything that anybody will ever ask about it.

A `Record` is a frozen, validated group of settings. `parameter` declares one of its fields with default, unit, allowed
range, plausible range, source, grade of evidence and one plain sentence. Checks of files, the JSON schema, comments in
`base.yaml`, tables of the docs and the sliders of the app are all read from that declaration.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Grade = Literal["V", "V2", "C", "M", "A", "-"]
"""V read in the primary source; V2 in a secondary source; C computed from data; M quoted from memory; A assumed; - not
an empirical quantity (a size, a switch, a numerical setting)."""


class Record(BaseModel):
    """A frozen group of settings; unknown keys and values out of range are refused."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=False
    )


def parameter(
    default: object,
    meaning: str,
    *,
    unit: str = "",
    allowed: tuple[float | None, float | None] | None = None,
    plausible: tuple[float, float] | None = None,
    source: str = "assumed",
    grade: Grade = "A",
    identified_by: str = "",
) -> Any:  # noqa: ANN401 - stands where the field's own type is expected, as pydantic's Field does
    """Declare one setting.

    Args:
        default: the value of `base.yaml`.
        meaning: one plain sentence.
        unit: of the value; empty for a pure number, a name or a switch.
        allowed: smallest and largest value accepted, ends included; None for an open end.
        plausible: the range that a sweep should cover.
        source: paper, fact number of the evidence register, or the plain word "assumed".
        grade: how far the source can be trusted (`Grade`).
        identified_by: the fact from which calibration finds the value.
    """
    low, high = allowed if allowed is not None else (None, None)
    extra = {
        "unit": unit,
        "plausible": list(plausible) if plausible is not None else None,
        "source": source,
        "grade": grade,
        "identified_by": identified_by,
    }
    return Field(default=default, description=meaning, ge=low, le=high, json_schema_extra=cast(Any, extra))


class Declaration(NamedTuple):
    """One declared setting, as tables and forms need it."""

    path: str
    default: object
    type: str
    unit: str
    low: float | None
    high: float | None
    plausible: tuple[float, float] | None
    source: str
    grade: str
    identified_by: str
    meaning: str


def declarations(record: type[Record], prefix: str = "") -> Iterator[Declaration]:
    """Every setting of a record and of the records inside it, depth first, in the order of declaration."""
    for name, field in record.model_fields.items():
        path = f"{prefix}{name}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Record) and not field.json_schema_extra:
            yield from declarations(inner, f"{path}.")
        else:
            yield _declaration(path, field)


def _declaration(path: str, field: FieldInfo) -> Declaration:
    """The declaration of one field; bounds are read back from pydantic's metadata."""
    extra = cast(dict[str, Any], field.json_schema_extra or {})
    bounds = {key: getattr(item, key) for item in field.metadata for key in ("ge", "le") if hasattr(item, key)}
    plausible = extra.get("plausible")
    default = field.get_default(call_default_factory=True)
    return Declaration(
        path=path,
        default=default,
        type=getattr(field.annotation, "__name__", str(field.annotation)),
        unit=extra.get("unit", ""),
        low=bounds.get("ge"),
        high=bounds.get("le"),
        plausible=tuple(plausible) if plausible else None,
        source=extra.get("source", ""),
        grade=extra.get("grade", "-"),
        identified_by=extra.get("identified_by", ""),
        meaning=field.description or "",
    )
