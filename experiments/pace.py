"""How far a sweep has come, and how long the rest will take: an estimate that learns."""

import math
from dataclasses import dataclass

MEMORY = 0.25
"""The speed is that of about this share of what is done, the newest."""


@dataclass(frozen=True)
class Progress:
    """How far a sweep has come.

    Args:
        total: runs wanted.
        kept: runs that were there when the sweep began.
        done: runs finished since and on the disk, failed ones included.
        failed: of these, how many failed.
        seconds: since the first run was handed out.
        rate: runs per second, lately; None before the first run has finished.
        seconds_left: estimate of the time still needed; None before the first run has finished.
    """

    total: int
    kept: int = 0
    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    rate: float | None = None
    seconds_left: float | None = None

    @property
    def left(self) -> int:
        """Runs still to do."""
        return self.total - self.kept - self.done


class Pace:
    """Learns how fast runs are done.

    Runs differ in cost, so speed is counted in work, which need only be proportional to the time that a run takes, as
    what was estimated before is. And speed changes (other programs, more workers), so what was done long ago counts
    less: after a share `MEMORY` of all that was done, it counts 1/e.

    Args:
        work: of all runs still to do.
    """

    def __init__(self, work: float) -> None:
        self.left = work
        self._done = 0.0
        self._runs = self._work = self._seconds = 0.0
        self._at = 0.0

    def add(self, seconds: float, runs: int, work: float, took: float) -> None:
        """Learn that some runs were finished.

        Args:
            seconds: since the beginning.
            runs: how many were finished since the last call.
            work: theirs.
            took: what the worker needed for them; what came before the first of all was the start of the workers.
        """
        self._at = max(self._at, seconds - took) if self._done == 0 else self._at
        self._done += work
        fade = math.exp(-work / (MEMORY * self._done)) if self._done > 0 else 1.0
        self._runs = fade * self._runs + runs
        self._work = fade * self._work + work
        self._seconds = fade * self._seconds + max(0.0, seconds - self._at)
        self._at = seconds
        self.left = max(0.0, self.left - work)

    def more(self, work: float) -> None:
        """Learn that there is more to do."""
        self.left += work

    @property
    def rate(self) -> float | None:
        """Runs per second, lately."""
        return self._runs / self._seconds if self._runs and self._seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Time still needed."""
        return self.left * self._seconds / self._work if self._work > 0 else None
