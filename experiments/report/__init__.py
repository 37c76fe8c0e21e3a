"""One self-contained page per study: opens offline, prints, and holds its own tables."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from experiments.report.page import Page
from experiments.shards import write_whole

FILE = "report.html"

__all__ = ["FILE", "render", "report"]


def report(folder: str | Path, out: str | Path | None = None, sensitivity: str | Path | None = None) -> Path:
    """Write the page of a study that was run.

    Args:
        folder: of the results.
        out: file to write; `report.html` in the folder by default.
        sensitivity: folder of what `supportnet sensitivity` found for the study; `sensitivity` in the folder of the
            results by default, where there is one.

    Raises:
        InputError: no results or no sensitivity analysis there, or nothing to compare.
    """
    target = Path(out) if out is not None else Path(folder) / FILE
    write_whole(target, render(Path(folder), None if sensitivity is None else Path(sensitivity)).encode())
    return target


def render(folder: Path, sensitivity: Path | None = None) -> str:
    """The page as text; the same results give the same page."""
    return _environment().get_template("page.html.j2").render(page=Page(folder, sensitivity))


@cache
def _environment() -> Environment:
    """Templates; whatever they are given is shown as text, never as a part of the page."""
    return Environment(
        loader=PackageLoader("experiments.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
