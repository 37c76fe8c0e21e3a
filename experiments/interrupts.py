"""Ctrl-C and requests to end, heard wherever they fall.

Python swallows what is raised while it tidies up (in `__del__`, in callbacks of weak references). An interrupt that
fell there is raised again at the next look.
"""

import signal
import sys
from types import FrameType

_heard = False


def _hear(_number: int, _frame: FrameType | None) -> None:
    """Stop what is done now, and remember that it is to stop.

    Raises:
        KeyboardInterrupt: always.
    """
    global _heard  # noqa: PLW0603 - a process has one of each signal
    _heard = True
    raise KeyboardInterrupt


def _tell_of_swallowed(swallowed: "sys.UnraisableHookArgs") -> None:
    """Python's message about what it swallows, but for interrupts, which are not lost."""
    if not issubclass(swallowed.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(swallowed)


def listen() -> None:
    """From now on, a request to end is treated like Ctrl-C; a shell that has switched Ctrl-C off keeps it off."""
    signal.signal(signal.SIGTERM, _hear)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _hear)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _tell_of_swallowed


def look() -> None:
    """Stop, where that was asked for and has been swallowed.

    Raises:
        KeyboardInterrupt: it was.
    """
    if _heard:
        raise KeyboardInterrupt
