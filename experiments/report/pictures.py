"""The figures of a report: panels that stand side by side on a wide page and one below the other on a narrow one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from experiments.figures import Drawing, Look
from experiments.figures.inline import inline, swatch


class Picture(NamedTuple):
    """One panel of the page."""

    title: str
    note: str
    svg: Markup


class LegendItem(NamedTuple):
    """An arm and how it is drawn."""

    name: str
    swatch: Markup


class Plate(NamedTuple):
    """Panels that belong together, and the arms drawn in them; none where each is named beside its mark."""

    pictures: Sequence[Picture]
    legend: Sequence[LegendItem] = ()


def plate(name: str, drawings: Sequence[Drawing], looks: Mapping[str, Look] | None = None) -> Plate:
    """Drawings as panels of a page.

    Args:
        name: of letters and hyphens; once in a page.
        drawings: in their order.
        looks: of the arms that need a legend.
    """
    pictures = [
        Picture(item.title, item.note, _svg(item, f"{name}-{number}")) for number, item in enumerate(drawings, 1)
    ]
    are_lines = any(item.lines for item in drawings)
    legend = [LegendItem(arm, Markup(swatch(look, line=are_lines))) for arm, look in (looks or {}).items()]
    return Plate(pictures, legend if drawings else [])


def _svg(drawing: Drawing, name: str) -> Markup:
    """A drawing as an SVG element; every text in it is escaped when it is written."""
    return Markup(inline(drawing.alone(), name, drawing.title, drawing.description))
