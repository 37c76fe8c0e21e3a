"""Several sweeps in one folder: who is at work there, and which runs each of them has taken.

Both rest on locks of the file system (`flock`), which vanish with the process that holds them, whatever ends it. They
work between machines wherever the shared file system offers them. Where it does not, nothing is kept apart: two sweeps
may then do a run twice, which costs time and changes no result.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

_RECORD = 33
"""Bytes of a claim: key of the run (16), name of the sweep (16), end of the line."""


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a file for a while; yields whether it is held.

    Args:
        path: the file, made when it is not there.
        wait: for as long as somebody else has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield _lock(handle, wait)
    finally:
        os.close(handle)


def _lock(handle: int, wait: bool) -> bool:
    """Lock an open file; whether that was possible."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


@dataclass
class Presence:
    """The sign that a sweep is at work, for as long as the context lasts.

    Args:
        folder: where the signs of all sweeps lie.
        name: of the sweep, 16 characters.
    """

    folder: Path
    name: str
    _handle: int = -1

    def __enter__(self) -> Self:
        """Put up the sign."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while not self._is_up():
            self._handle = os.open(self._sign(self.name), os.O_RDWR | os.O_CREAT, 0o666)
            _lock(self._handle, wait=True)
        os.write(self._handle, json.dumps({"process": os.getpid()}).encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it down."""
        with suppress(OSError):
            self._sign(self.name).unlink(missing_ok=True)
        os.close(self._handle)

    def _is_up(self) -> bool:
        """Whether the sign is there and is ours; somebody may have taken it for a dead one before it was locked."""
        try:
            return self._handle >= 0 and os.path.samestat(os.fstat(self._handle), self._sign(self.name).stat())
        except FileNotFoundError:
            os.close(self._handle)
            return False

    def _sign(self, name: str) -> Path:
        """The file that is locked while a sweep is at work."""
        return self.folder / f"{name}.alive"

    def others(self) -> tuple[str, ...]:
        """Names of the other sweeps at work; signs of the dead are taken down.

        Looked up every time: an answer of a moment ago would count one that has just arrived and taken runs as ended.
        """
        names = sorted(path.stem for path in self.folder.glob("*.alive"))
        return tuple(name for name in names if name != self.name and self._is_alive(name))

    def _is_alive(self, name: str) -> bool:
        """Whether somebody holds the lock of a sign."""
        try:
            handle = os.open(self._sign(name), os.O_RDWR)
        except OSError:
            return False
        try:
            if not _lock(handle, wait=False):
                return True
            with suppress(OSError):
                self._sign(name).unlink(missing_ok=True)
            return False
        finally:
            os.close(handle)


@dataclass
class Claims:
    """Which sweep has taken which run; a file to which every sweep adds lines.

    What was taken by a sweep that has ended is free again after a `refresh`. Only what others took is remembered.

    Args:
        folder: where the file lies.
        presence: of the sweep that takes.
    """

    folder: Path
    presence: Presence
    _taken: dict[str, str] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _read: int = 0

    def refresh(self) -> None:
        """Learn which sweeps have ended; to be called before it is looked up what is finished.

        What an ended sweep took and did not finish is free from then on; what it finished is then known to be there.
        """
        with locked(self.folder / "claims.lock"):
            self._learn()
        self._ended = set(self._taken.values()) - set(self.presence.others())

    def forget(self) -> None:
        """Begin anew; only for a sweep that is alone."""
        with locked(self.folder / "claims.lock"):
            (self.folder / "claims").unlink(missing_ok=True)

    def take(self, runs: Sequence[str]) -> set[str]:
        """Take those of the runs that no other sweep has taken and left unfinished.

        Args:
            runs: keys.
        """
        with locked(self.folder / "claims.lock"):
            self._learn()
            free = [run for run in runs if run not in self._taken or self._taken[run] in self._ended]
            with (self.folder / "claims").open("ab") as file:
                file.truncate(self._read)
                file.write("".join(f"{run}{self.presence.name}\n" for run in free).encode())
                self._read = file.tell()
        return set(free)

    def _learn(self) -> None:
        """Read what was added since the last time."""
        path = self.folder / "claims"
        if not path.is_file() or path.stat().st_size < self._read:
            self._read = 0
        if not path.is_file():
            return
        with path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = len(content) // _RECORD * _RECORD
        self._read += whole
        for start in range(0, whole, _RECORD):
            line = content[start : start + _RECORD].decode()
            if line[16:32] != self.presence.name:
                self._taken[line[:16]] = line[16:32]
            else:
                self._taken.pop(line[:16], None)
