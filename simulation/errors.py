"""What can go wrong, as a tree; everything here is a mistake at the border, told in full sentences.

SupportnetError
 |- InputError            the request is wrong: a file, a key, a value (exit code 2)
 |   |- UnknownNameError  a name that no registry or record knows
 |   |- GraphFileError    a network file or node table that cannot be read, with its line
 |   `- DatasetError      a network known by name that is not on this machine
 `- RunError              a run that was asked for properly failed
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class SupportnetError(Exception):
    """Any error that supportnet raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a request, in the three parts that every message has.

    Args:
        where: file, line and path of the key, as far as they are known.
        what: what was given and why it cannot stand.
        allowed: what would be accepted; empty where the first part says it already.
        nearest: the known name that is most like the given one, if any is.
    """

    where: str
    what: str
    allowed: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.allowed:
            lines.append(f"  {self.allowed}")
        if self.nearest:
            lines.append(f"  did you mean '{self.nearest}'?")
        return "\n".join(lines)


class SupportnetWarning(UserWarning):
    """Something in a request is allowed, but hardly meant."""


class InputError(SupportnetError):
    """The request is wrong; carries every problem found, not only the first."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UnknownNameError(InputError, LookupError):
    """A name that no registry or record knows."""


class GraphFileError(InputError):
    """A network file or node table that cannot be read."""


class DatasetError(InputError):
    """A network known by name that is not on this machine, or is not what it should be."""


class RunError(SupportnetError):
    """A run that was asked for properly failed."""


def nearest_name(given: str, known: Iterable[str]) -> str:
    """The known name most like `given`, or the empty string when none is near."""
    lowered = {name.lower(): name for name in known}
    matches = get_close_matches(str(given).lower(), lowered, n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else ""
