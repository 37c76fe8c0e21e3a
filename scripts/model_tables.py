"""The tables of `docs/model.md`, from what is declared: parameters, networks, interventions and their levers, outcomes.

    python scripts/model_tables.py            # fill the page
    python scripts/model_tables.py --check    # say whether the page is up to date; exit code 1 if it is not

A table stands between `<!-- parameters: reading -->` (or `network: popularity`, `levers: hashtag`, each with the name
of what is wanted, or `interventions`, `common`, `target`, `outcomes`) and `<!-- end -->`; what is between is replaced.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation import (
    INTERVENTIONS,
    NETWORKS,
    OUTCOMES,
    Declaration,
    Intervention,
    Parameters,
    Record,
    Target,
    declarations,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "model.md"
MARKED = re.compile(r"(<!-- ([a-z]+)(?:: ([a-z_]+))? -->\n)(.*?)(<!-- end -->)", flags=re.DOTALL)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown, with a line break after each row."""
    head = list(head)
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written(value: object) -> str:
    """A value as a study file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple):
        return ", ".join(written(item) for item in value)
    return "none" if value is None else str(value)


def span(bounds: tuple[float, float] | None) -> str:
    """A range of values."""
    return f"{bounds[0]:g} to {bounds[1]:g}" if bounds else ""


def parameter_table(settings: Iterable[Declaration]) -> str:
    """One row for each setting."""
    head = ("parameter", "default", "unit", "plausible", "source", "grade", "meaning")
    return table(head, (_parameter_row(setting) for setting in settings))


def _parameter_row(setting: Declaration) -> Iterator[str]:
    """The cells of one setting; what it is found from by calibration stands with its source."""
    found = f"; found from: {setting.identified_by}" if setting.identified_by else ""
    yield f"`{setting.path}`"
    yield written(setting.default)
    yield setting.unit
    yield span(setting.plausible)
    yield f"{setting.source}{found}"
    yield setting.grade
    yield setting.meaning


def parameters_of(group: str) -> str:
    """The settings of one group of the parameters; `run` is those that belong to no group."""
    known = list(declarations(Parameters))
    chosen = [each for each in known if (each.path.split(".")[0] if "." in each.path else "run") == group]
    if not chosen:
        raise KeyError(f"no parameters in a group '{group}'")
    return parameter_table(chosen)


def settings_of(record: type[Record]) -> str:
    """The settings of a record but for its own name."""
    return parameter_table(setting for setting in declarations(record) if setting.path != "type")


def levers_of(name: str) -> str:
    """The levers of an intervention, without those that all of them have."""
    shared = {"type", *Intervention.model_fields}
    return parameter_table(setting for setting in declarations(INTERVENTIONS[name]) if setting.path not in shared)


def first_line(record: type[Record]) -> str:
    """The first line of a class's docstring."""
    return (record.__doc__ or "").strip().splitlines()[0]


def interventions(_name: str) -> str:
    """Every intervention that is registered."""
    kinds = sorted(INTERVENTIONS.items(), key=lambda item: int(item[1].identifier.removeprefix("I")))
    rows = ((kind.identifier, f"`{name}`", first_line(kind)) for name, kind in kinds)
    return table(("number", "type", "what it does"), rows)


def outcomes(_name: str) -> str:
    """Every outcome that is registered."""
    rows = ((f"`{each.name}`", each.unit, each.direction, each.due, each.description) for each in OUTCOMES.values())
    return table(("outcome", "unit", "better", "due", "definition"), rows)


TABLES: Mapping[str, Callable[[str], str]] = {
    "parameters": parameters_of,
    "network": lambda name: settings_of(NETWORKS[name]),
    "levers": levers_of,
    "common": lambda _name: settings_of(Intervention),
    "target": lambda _name: settings_of(Target),
    "interventions": interventions,
    "outcomes": outcomes,
}
"""What can stand in a marker, and the function that writes it."""


def filled(page: str) -> str:
    """The page with every table written anew."""
    return MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]](found[3] or '')}\n{found[5]}", page)


def main(arguments: list[str], page: Path = PAGE) -> int:
    """Fill the page, or check it; returns the exit code."""
    text = page.read_text(encoding="utf-8")
    wanted = filled(text)
    if arguments == ["--check"]:
        if text != wanted:
            print(f"{page.name} is out of date: run python scripts/model_tables.py", file=sys.stderr)
        return int(text != wanted)
    page.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
