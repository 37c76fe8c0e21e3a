"""Where runs happen. An executor is a context manager with one method, `map`; the serial one is the reference.

A new one is a class registered here; it may yield results in any order, and must yield one for every item. It takes
items only as it can use them, so that a sweep never holds more than a few.
"""

import importlib
import logging
import multiprocessing
import os
import resource
import signal
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Any, Self

from experiments.provenance import code_version
from simulation import InputError, Problem, Registry, RunError

ONE_THREAD = dict.fromkeys(
    ("NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
"""Environment of a worker: it computes one run on one core, and its libraries start no threads beside it."""
PATIENCE = 3
"""Workers that an item may lose before it is given up."""
GONE = "the scheduler of Dask is gone; what is finished is kept, and the same command goes on from there"
_SECONDS_TO_CONNECT = 15


class Executor(ABC):
    """The contract.

    Args:
        workers: how many runs may go on at once.
        scheduler: address of a scheduler that is there already; empty for none.
        memory_mb: memory that one worker may have; none for any.

    Raises:
        InputError: the executor cannot have that.
    """

    def __init__(self, workers: int = 1, *, scheduler: str = "", memory_mb: float | None = None) -> None:
        if scheduler and not self.takes_scheduler:
            what = f"only the executor 'dask' has one, not {scheduler!r}"
            raise InputError(Problem("--scheduler", what, "give --executor dask, or leave --scheduler out"))
        self.workers = workers
        self.scheduler = scheduler
        self.memory_mb = memory_mb

    takes_scheduler = False
    """Whether it can use a scheduler that is there already."""

    def __enter__(self) -> Self:
        """Start what is needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it again, whatever happened; nothing to stop unless a kind of executor says so."""
        return

    def places(self) -> int:
        """How many items can be worked on at once."""
        return self.workers

    @abstractmethod
    def map[A, B](self, function: Callable[[A], B], items: Iterable[A], patience: int = PATIENCE) -> Iterator[B]:
        """The function's value for each item, as they become ready.

        Args:
            function: of one item; it can be pickled, and may be called twice for the same item.
            items: taken as workers become free.
            patience: how many workers may be killed over one item.

        Raises:
            RunError: the patience is at an end, or workers cannot be had any more.
        """


EXECUTORS: Registry[type[Executor]] = Registry("executor")
"""Every executor by name."""


@EXECUTORS.register("serial")
class Serial(Executor):
    """One run after another, in this process."""

    def __init__(self, workers: int = 1, *, scheduler: str = "", memory_mb: float | None = None) -> None:
        if workers != 1:
            more = "allowed: 1; --executor processes has as many as you like"
            raise InputError(Problem("workers", f"the serial executor has one worker, not {workers}", more))
        if memory_mb is not None:
            what = "the serial executor runs in the process that keeps the results, whose memory is not limited"
            raise InputError(Problem("--memory-limit", what, "use --executor processes"))
        super().__init__(workers, scheduler=scheduler)

    def map[A, B](self, function: Callable[[A], B], items: Iterable[A], patience: int = PATIENCE) -> Iterator[B]:
        """Results in the order of the items."""
        yield from map(function, items)


def executor_for(workers: int, scheduler: str = "") -> str:
    """Name of the executor that suits so many workers, where none is asked for."""
    return "dask" if scheduler else "serial" if workers == 1 else "processes"


# --- processes ------------------------------------------------------------------------------------------------------


@EXECUTORS.register("processes")
class Processes(Executor):
    """Processes on this machine, each of its own: the death of one takes nothing from the others."""

    def __enter__(self) -> Self:
        """Start the workers; they load the model at the same time."""
        self._slots = [_Slot(self.memory_mb) for _ in range(self.workers)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers; at once, when something went wrong."""
        for slot in self._slots:
            slot.stop(at_once=kind is not None)

    def map[A, B](self, function: Callable[[A], B], items: Iterable[A], patience: int = PATIENCE) -> Iterator[B]:
        """Results as they become ready; an item whose worker was killed is given to a new worker."""
        given, again = iter(items), deque[tuple[A, int]]()
        free, busy = deque(self._slots), dict[Future[B], tuple[_Slot, A, int]]()
        while True:
            while free and (task := _next(given, again)) is not None:
                slot = free.popleft()
                busy[slot.submit(function, task[0])] = (slot, *task)
            if not busy:
                return
            for future in wait(busy, return_when=FIRST_COMPLETED).done:
                slot, item, deaths = busy.pop(future)
                free.append(slot)
                if isinstance(future.exception(), BrokenProcessPool):
                    slot.renew()
                    again.append((item, _counted(deaths, patience)))
                else:
                    yield future.result()


def _next[A](given: Iterator[A], again: "deque[tuple[A, int]]") -> tuple[A, int] | None:
    """The next item with the number of workers that died over it; None when there is none."""
    if again:
        return again.popleft()
    for item in given:
        return item, 0
    return None


def _counted(deaths: int, patience: int) -> int:
    """One death more.

    Raises:
        RunError: that is one too many.
    """
    if deaths + 1 >= patience:
        raise RunError(f"{deaths + 1} workers were killed over the same runs; given up")
    return deaths + 1


class _Slot:
    """The place of one worker process.

    Args:
        memory_mb: memory that it may have.
    """

    def __init__(self, memory_mb: float | None) -> None:
        self.memory_mb = memory_mb
        self.renew()

    def renew(self) -> None:
        """Start a process in place of the one before."""
        context = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(1, context, initializer=_settle, initargs=(self.memory_mb,))
        with _environment(ONE_THREAD), _children_without_ctrl_c():
            self.greeting = self.pool.submit(os.getpid)

    def submit[A, B](self, function: Callable[[A], B], item: A) -> "Future[B]":
        """Hand an item to the process.

        Raises:
            RunError: the process does not even start.
        """
        try:
            self.greeting.result()
            return self.pool.submit(function, item)
        except BrokenProcessPool:
            if not isinstance(self.greeting.exception(), BrokenProcessPool):
                return _failed(BrokenProcessPool("killed while it waited"))
            raise RunError(
                "worker processes end as soon as they start; in a script, call run() below `if __name__ == '__main__':`"
            ) from None

    def stop(self, at_once: bool) -> None:
        """End the process."""
        if at_once and self.greeting.done() and self.greeting.exception() is None:
            with suppress(ProcessLookupError):
                os.kill(self.greeting.result(), signal.SIGKILL)
        self.pool.shutdown(wait=True, cancel_futures=True)


def _failed[B](error: Exception) -> "Future[B]":
    """A future that has failed already."""
    future: Future[B] = Future()
    future.set_exception(error)
    return future


def _settle(memory_mb: float | None) -> None:
    """What a worker process does first: leave Ctrl-C to its parent, end when the parent ends, keep to its memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if memory_mb is not None:
        limit = int(memory_mb * 1024**2)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _end_with_parent() -> None:
    """Wait for the parent process to end, and end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Variables of the environment for processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _children_without_ctrl_c() -> Iterator[None]:
    """Processes that are started meanwhile leave Ctrl-C to this one, from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# --- dask -----------------------------------------------------------------------------------------------------------


@EXECUTORS.register("dask")
class Dask(Executor):
    """Workers of Dask: of a cluster on this machine, started for the purpose, or of a scheduler that is there."""

    takes_scheduler = True

    def __enter__(self) -> Self:
        """Start a cluster on this machine, or join the one of the scheduler.

        Raises:
            InputError: Dask is not installed, or nobody answers at the address.
        """
        try:
            self._distributed: Any = importlib.import_module("distributed")
            self._dask: Any = importlib.import_module("dask")
        except ImportError:
            what = "needs packages that are not installed"
            raise InputError(Problem("--executor dask", what, "install them: pip install 'supportnet[dask]'")) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._cluster = None if self.scheduler else self._local_cluster()
        try:
            address = self.scheduler or self._cluster
            self._client = self._distributed.Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            what = f"nobody answers at {self.scheduler}: {' '.join(str(error).split())}"
            raise InputError(Problem("--scheduler", what, "for example tcp://10.0.0.1:8786")) from None
        if self.scheduler:
            self._require_same_code()
        return self

    def _require_same_code(self) -> None:
        """Make sure that the workers that are there would compute the same.

        Raises:
            InputError: they have another version of the code, or none.
        """
        try:
            found: dict[str, str] = self._client.run(code_version)
        except Exception as error:
            found = {"a worker": f"none ({type(error).__name__})"}
        for worker, version in found.items():
            if version != code_version():
                what = f"{worker} has version {version} of the code, this is {code_version()}"
                raise InputError(Problem("--scheduler", what, "install the same version everywhere"))

    def _local_cluster(self) -> Any:  # noqa: ANN401 - Dask has no types
        """A scheduler and workers on this machine, which nobody else can reach."""
        settings = {"distributed.nanny.pre-spawn-environ": ONE_THREAD}
        with self._dask.config.set(settings), _children_without_ctrl_c():
            return self._distributed.LocalCluster(
                n_workers=self.workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
                memory_limit=f"{self.memory_mb:.0f}MB" if self.memory_mb else 0,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave, and end the cluster if it was started here."""
        with suppress(Exception):
            self._client.close(timeout=5)
        if self._cluster is not None:
            self._cluster.close(timeout=10)

    def map[A, B](self, function: Callable[[A], B], items: Iterable[A], patience: int = PATIENCE) -> Iterator[B]:
        """Results as they become ready; what a killed worker had is given to others.

        Two items are out for every place, so that no worker waits for its next.
        """
        given, again = iter(items), deque[tuple[A, int]]()
        busy: dict[Any, tuple[A, int]] = {}
        ready = self._distributed.as_completed([], loop=self._client.loop)
        while True:
            while len(busy) < 2 * self.places() and (task := _next(given, again)) is not None:
                future = self._asked(partial(self._client.submit, function, task[0], pure=False))
                busy[future] = task
                ready.add(future)
            if not busy:
                return
            future = next(ready)
            item, deaths = busy.pop(future)
            if self._is_lost(future):
                again.append((item, _counted(deaths, patience)))
            else:
                yield self._asked(future.result)

    def places(self) -> int:
        """Threads of all workers that are there now."""
        if not self.scheduler:
            return self.workers
        threads: dict[str, int] = self._asked(self._client.nthreads)
        return max(1, sum(threads.values()))

    def _asked[B](self, ask: Callable[[], B]) -> B:
        """What the scheduler answers.

        Raises:
            RunError: it is gone.
        """
        try:
            return ask()
        except (OSError, CancelledError, self._distributed.client.ClosedClientError):
            raise RunError(GONE) from None

    def _is_lost(self, future: Any) -> bool:  # noqa: ANN401 - Dask has no types
        """Whether the workers of an item were killed.

        Raises:
            RunError: the scheduler is gone.
        """
        if future.status == "cancelled" or self._client.status != "running":
            raise RunError(GONE)
        return future.status == "error" and isinstance(self._asked(future.exception), self._distributed.KilledWorker)
