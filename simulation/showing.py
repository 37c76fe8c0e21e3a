"""How things show themselves: what is asked for here is drawn by whoever is installed to draw it.

The simulation draws nothing and knows nobody who does (docs/decisions/0009). A package that can draw says so by an
entry point of the group `supportnet.drawers`: its name is the kind of thing (`model`, `graph`), its object a `Drawer`.
"""

from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol, cast

from simulation.errors import InputError, Problem

GROUP = "supportnet.drawers"


class Drawer(Protocol):
    """Draws one kind of thing."""

    def plot(self, thing: Any, **how: Any) -> Any:  # noqa: ANN401 - things and figures are of any kind
        """A figure of a thing."""

    def html(self, thing: Any) -> str:  # noqa: ANN401 - likewise
        """A small table and a picture of a thing, for a notebook."""


@cache
def drawer(kind: str) -> Drawer | None:
    """Who draws things of a kind; None where nobody is installed who does."""
    found = entry_points(group=GROUP, name=kind)
    return cast(Drawer, next(iter(found)).load()) if found else None


def plotted(kind: str, thing: object, /, **how: Any) -> Any:  # noqa: ANN401 - likewise
    """A figure of a thing.

    Raises:
        InputError: nobody is installed who draws such things.
    """
    found = drawer(kind)
    if found is None:
        raise InputError(Problem(f"{kind}.plot()", "nothing is installed that draws it", "installing supportnet helps"))
    return found.plot(thing, **how)


def as_html(kind: str, thing: object) -> str | None:
    """A thing as a notebook shows it; None, so that its text is shown, where nobody is installed who draws it."""
    found = drawer(kind)
    return None if found is None else found.html(thing)
