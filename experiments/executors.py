"""Where runs happen. An executor is a context manager with one method, `map`; the serial one is the reference.

A new one is a class registered here; it may yield results in any order, and must yield one for every item.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

from simulation import InputError, Problem, Registry


class Executor(ABC):
    """The contract.

    Args:
        workers: how many runs may go on at once.

    Raises:
        InputError: the executor cannot have so many workers.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers

    def __enter__(self) -> Self:
        """Start what is needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it again, whatever happened; nothing to stop unless a kind of executor says so."""
        return

    @abstractmethod
    def map[A, B](self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The function's value for each item, as they become ready."""


EXECUTORS: Registry[type[Executor]] = Registry("executor")
"""Every executor by name."""


@EXECUTORS.register("serial")
class Serial(Executor):
    """One run after another, in this process."""

    def __init__(self, workers: int = 1) -> None:
        if workers != 1:
            raise InputError(Problem("workers", f"the serial executor has one worker, not {workers}", "allowed: 1"))
        super().__init__(workers)

    def map[A, B](self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Results in the order of the items."""
        yield from map(function, items)
