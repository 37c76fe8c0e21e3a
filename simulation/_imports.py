"""Importing Mesa without the second that it spends on asking who imports it.

On its import Mesa asks `inspect` twice who called, which reads the sources of every frame up to the command line and
compares them with every module. Only the two innermost frames are used, and the name of a frame's own module.
"""

import inspect
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any

Frames = list[inspect.FrameInfo]


def import_mesa() -> None:
    """Import Mesa, if that has not been done; nothing else is changed by it."""
    if "mesa" in sys.modules:
        return
    namespace: dict[str, Any] = vars(inspect)
    quick: dict[str, Callable[..., object]] = {
        "stack": _stack,
        "getouterframes": _frame_and_caller,
        "getmodule": partial(_module_of, otherwise=inspect.getmodule),
    }
    kept = {name: namespace[name] for name in quick}
    namespace.update(quick)
    try:
        import_module("mesa")
    finally:
        namespace.update(kept)


def _module_of(
    thing: object, name: str | None = None, *, otherwise: Callable[[object, str | None], ModuleType | None]
) -> ModuleType | None:
    """`inspect.getmodule`, of a frame without a search."""
    if isinstance(thing, FrameType):
        return sys.modules.get(thing.f_globals["__name__"])
    return otherwise(thing, name)


def _stack(context: int = 1) -> Frames:
    """`inspect.stack`, of the caller and its caller alone."""
    return _frame_and_caller(sys._getframe(1), context)


def _frame_and_caller(frame: FrameType | None, context: int = 1) -> Frames:
    """`inspect.getouterframes`, of a frame and its caller alone and without their sources."""
    frames = (frame, frame.f_back if frame else None)
    return [
        inspect.FrameInfo(one, one.f_code.co_filename, one.f_lineno, one.f_code.co_name, None, None)
        for one in frames
        if one is not None
    ]
