"""Answers kept by the very object that was asked about, which is cheaper than by its value where objects are large."""

from collections.abc import Callable
from functools import wraps

_MOST_KEPT = 65_536


def kept_by_identity[A, B](function: Callable[[A], B]) -> Callable[[A], B]:
    """The function, asked only once about each object; for objects that never change.

    Args:
        function: of one object.
    """
    kept: dict[int, tuple[A, B]] = {}

    @wraps(function)
    def answer(thing: A) -> B:
        found = kept.get(id(thing))
        if found is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            found = kept[id(thing)] = (thing, function(thing))  # the object is kept, too, so that its id stays its own
        return found[1]

    return answer
