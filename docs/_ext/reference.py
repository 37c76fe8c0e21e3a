"""Docstrings as they are written here, for the page of public names."""

from collections.abc import Callable
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

BEFORE_NAPOLEON, AFTER_NAPOLEON = 400, 600
_FIELDS = {"attribute", "property", "data"}
_STAND_IN = "\N{INFORMATION SEPARATOR ONE}"


def _replacing(old: str, new: str) -> Callable[..., None]:
    """A handler that replaces a sign in the docstrings of fields."""

    def replace(_app: Sphinx, what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:  # noqa: ANN401
        """Change the lines in place."""
        if what in _FIELDS:
            lines[:] = [line.replace(old, new) for line in lines]

    return replace


def setup(app: Sphinx) -> ExtensionMetadata:
    """Hide colons of fields from Napoleon, which takes what stands before one for a type."""
    app.connect("autodoc-process-docstring", _replacing(":", _STAND_IN), priority=BEFORE_NAPOLEON)
    app.connect("autodoc-process-docstring", _replacing(_STAND_IN, ":"), priority=AFTER_NAPOLEON)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
