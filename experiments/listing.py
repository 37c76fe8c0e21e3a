"""What there is to choose from, as rows: settings, interventions, outcomes, networks, datasets, designs, studies."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.designs import DESIGNS
from experiments.problems import number
from experiments.yaml_files import read_document
from simulation import (
    DATASETS,
    INTERVENTIONS,
    NETWORKS,
    OUTCOMES,
    Declaration,
    InputError,
    Parameters,
    Record,
    Registry,
    declarations,
)

Row = dict[str, Any]

KINDS: Registry[Callable[[], list[Row]]] = Registry("list")
"""What can be listed, by name."""

_PACKAGE = Path(__file__).resolve().parent


@KINDS.register("interventions")
def interventions() -> list[Row]:
    """Every intervention with its levers, in the order of their numbers."""
    kinds = sorted(INTERVENTIONS.items(), key=lambda item: int(item[1].identifier.removeprefix("I")))
    return list(_records(dict(kinds)))


@KINDS.register("outcomes")
def outcomes() -> list[Row]:
    """Every outcome with its unit and direction."""
    names = ("unit", "direction", "due", "description")
    return [{"name": name, **{key: str(getattr(entry, key)) for key in names}} for name, entry in OUTCOMES.items()]


@KINDS.register("generators")
def generators() -> list[Row]:
    """Every network with its settings."""
    return list(_records(NETWORKS))


@KINDS.register("datasets")
def datasets() -> list[Row]:
    """Every real network known by name, and whether it is on this machine."""
    return [
        {"name": name, "here": entry.status().here, "what": entry.what, "file": entry.file, "source": entry.source}
        for name, entry in DATASETS.items()
    ]


@KINDS.register("designs")
def designs() -> list[Row]:
    """Every design with its settings."""
    return list(_records(DESIGNS))


@KINDS.register("parameters")
def parameters() -> list[Row]:
    """Every setting with what is allowed."""
    return [_setting(item) for item in declarations(Parameters) if not item.path.startswith("network")]


def for_people(rows: list[Row]) -> list[Row]:
    """Rows as they are printed: a default as it is written in a file, and no bounds beside the words for them."""
    shown = [{key: value for key, value in row.items() if key not in ("low", "high")} for row in rows]
    return [row | {"default": shown_default(row["default"])} if "default" in row else row for row in shown]


@KINDS.register("studies")
def studies() -> list[Row]:
    """Study files here and those that came with the program: in the repository, or in the installed package."""
    folders = [place / "configs" / "studies" for place in (_PACKAGE, _PACKAGE.parent, Path())]
    found = {path.resolve(): path for folder in folders for path in sorted(folder.glob("*.yaml"))}
    return [_study(path) for path in sorted(found.values(), key=lambda path: path.name)]


def _records(registry: Mapping[str, type[Record]]) -> Iterator[Row]:
    """Name, meaning and settings of registered records."""
    for name, record in registry.items():
        settings = [item.path for item in declarations(record) if item.path != "type"]
        yield {"name": name, "meaning": first_sentence(record), "settings": ", ".join(settings)}


def first_sentence(thing: object) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(thing) or "").split("\n", 1)[0]


def _setting(item: Declaration) -> Row:
    """One setting as a row."""
    return {
        "path": item.path,
        "default": item.default,
        "unit": item.unit,
        "allowed": span(item.low, item.high),
        "low": item.low,
        "high": item.high,
        "plausible": span(*item.plausible) if item.plausible else "",
        "grade": item.grade,
        "meaning": item.meaning,
    }


def shown_default(value: object) -> str:
    """A default as it is written in a file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return f"[{', '.join(shown_default(item) for item in value)}]"
    return "null" if value is None else str(value)


def span(low: float | None, high: float | None) -> str:
    """A range in a table: `0 to 1`, `0 or more`, nothing for an open one."""
    if low is None:
        return "" if high is None else f"up to {number(high)}"
    return f"{number(low)} or more" if high is None else f"{number(low)} to {number(high)}"


def _study(path: Path) -> Row:
    """One study file as a row."""
    try:
        data = read_document(path).data
    except InputError as error:
        return {"file": str(path), "study": "", "question": f"cannot be read: {error.problems[0].what}"}
    question = " ".join(str(data.get("question", "")).split())
    return {"file": str(path), "study": str(data.get("study", path.stem)), "question": question}
