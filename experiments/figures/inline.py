"""A figure inside a page: letters in the font of the page, colours that follow light and dark, a title that is read."""

import re
import xml.etree.ElementTree as ET

from matplotlib.figure import Figure

from experiments.figures.style import COLOURS, FIRST_COLOUR, GREY, GRID, INK, PAPER, Look, picture

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DROPPED = {f"{{{_SVG}}}{tag}" for tag in ("metadata", "title", "style")}
SOFT = "#CFCFCF"
VARIABLES = {
    FIRST_COLOUR: "--fig-first",
    GREY: "--fig-grey",
    INK: "--fig-ink",
    GRID: "--fig-grid",
    PAPER: "--fig-paper",
    SOFT: "--fig-soft",
    **{colour: f"--fig-{place}" for place, colour in enumerate(COLOURS, 1)},
}
"""Colours that a page may give other values, and what it calls them."""
_COLOUR = re.compile("|".join(VARIABLES), re.IGNORECASE)


def inline(figure: Figure, name: str, title: str, description: str, *, letters: bool = True) -> str:
    """A figure as an SVG element for a page.

    Args:
        figure: to be shown; closed figures can be, too.
        name: of letters, digits and hyphens; once in a page.
        title: what is shown, in plain text.
        description: the same for those who cannot see it.
        letters: whether it holds letters, in the font of the page, rather than their outlines.
    """
    root = ET.fromstring(picture(figure, "svg", letters=letters))
    for parent in list(root.iter()):  # a style inside a figure would hold for the whole page
        for child in [child for child in parent if child.tag in _DROPPED]:
            parent.remove(child)
    for element in root.iter():
        _adapt(element, name)
    _describe(root, name, title, description)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _LINK)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def coloured(colour: str) -> str:
    """A colour as a page may change it."""
    return f"var({VARIABLES[colour.upper()]}, {colour})" if colour.upper() in VARIABLES else colour


def _adapt(element: ET.Element, name: str) -> None:
    """Make names unique, colours changeable and letters those of the page."""
    for key, value in list(element.attrib.items()):
        if key == "id":
            element.set(key, f"{name}-{value}")
        elif key == f"{{{_LINK}}}href":
            del element.attrib[key]
            element.set("href", f"#{name}-{value.removeprefix('#')}")
        elif "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{name}-"))
    style = element.get("style")
    if style:
        style = re.sub(r"font: ([^;]*?)([\d.]+)px [^;]*", r"font-size: \2px; font-weight: \1", style)
        style = re.sub(r"font-weight: (?:;|$)", "", re.sub(r"font-family: [^;]*;?", "", style))
        element.set("style", _COLOUR.sub(lambda found: coloured(found.group()), style))


def _describe(root: ET.Element, name: str, title: str, description: str) -> None:
    """Give the figure a role, a title and a description, and let its width be that of its place."""
    for key in [key for key in root.attrib if key != "viewBox"]:
        del root.attrib[key]
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title")
    root.set("aria-describedby", f"{name}-description")
    root.set("style", f"fill: {coloured(FIRST_COLOUR)}")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        child = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{'description' if tag == 'desc' else tag}"})
        child.text = text
        root.insert(place, child)


_SHAPES = {
    "o": '<circle cx="17" cy="8" r="4.2"/>',
    "s": '<rect x="13" y="4" width="8" height="8"/>',
    "^": '<path d="M17 3l5 9h-10z"/>',
    "D": '<path d="M17 2.5l5.5 5.5-5.5 5.5-5.5-5.5z"/>',
    "v": '<path d="M17 13l5-9h-10z"/>',
    "P": '<path d="M15 3h4v3h3v4h-3v3h-4v-3h-3v-4h3z"/>',
    "X": '<path d="M13 2l4 3.5L21 2l2 2-3.5 4L23 12l-2 2-4-3.5L13 14l-2-2 3.5-4L11 4z"/>',
}


def swatch(look: Look, *, line: bool) -> str:
    """A small picture of how an arm is drawn, for a legend beside its name."""
    colour = coloured(look.colour)
    if line:
        dashes = "" if look.dashes == "-" else " ".join(f"{2 * length:g}" for length in look.dashes[1])
        inner = f'<path d="M1 8h32" style="stroke: {colour}; stroke-width: 2.4; stroke-dasharray: {dashes or "none"}"/>'
    else:
        inner = f'<g style="fill: {colour}">{_SHAPES[look.marker]}</g>'
    return f'<svg class="swatch" viewBox="0 0 34 16" width="34" height="16" aria-hidden="true">{inner}</svg>'
