"""One kind of table for everything that is known by name: generators, interventions, outcomes, executors."""

from collections.abc import Callable, Iterator, Mapping

from simulation.errors import Problem, UnknownNameError, nearest_name

_MOST_NAMES = 40
"""Names that a message can hold."""


class Registry[T](Mapping[str, T]):
    """Names and what they stand for, in the order of registration.

    Args:
        kind: what is registered, in the singular, for messages ("network generator").
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def register[E](self, name: str) -> Callable[[E], E]:
        """Decorator that enters a class or function under `name`.

        Raises:
            ValueError: the name is taken.
        """

        def enter(entry: E) -> E:
            if name in self._entries:
                raise ValueError(f"{self.kind} '{name}' is registered twice")
            self._entries[name] = entry  # type: ignore[assignment]
            return entry

        return enter

    def __getitem__(self, name: str) -> T:
        try:
            return self._entries[name]
        except (KeyError, TypeError):
            raise UnknownNameError(self.unknown(name)) from None

    def unknown(self, name: object, where: str = "") -> Problem:
        """The problem to report for a name that is not registered."""
        is_long = len(self) > _MOST_NAMES
        return Problem(
            where=where,
            what=f"unknown {self.kind} {name!r}",
            allowed=f"'supportnet list {self.kind}s' shows all" if is_long else f"known: {', '.join(self)}",
            nearest=nearest_name(str(name), self._entries),
        )

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
