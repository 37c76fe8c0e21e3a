"""Visits to the dashboard: whose each of them is, and how many there may be.

A visit is what Solara calls a kernel: the state of one open page, with its run. It begins with a socket under a name
that the page chooses. It stays for a while after its socket is gone, so that a page that lost its connection can come
back; where there is no room for a new visit, those whose pages are gone are ended, the oldest first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

MOST_VISITS, MOST_OF_ONE = 40, 10
"""Visits at once, and of one session: what a visit computes takes up to a gigabyte."""


class Visits:
    """Visits that there are.

    Args:
        kept: gives what Solara keeps of each visit (`session_id`, `page_status`, `close`) by name, the oldest first.
    """

    def __init__(self, kept: Callable[[], Mapping[str, Any]]) -> None:
        self.kept = kept
        self._opening: list[tuple[str, str]] = []

    def owner(self, visit: str) -> str | None:
        """The session that a visit belongs to; None where there is no such visit."""
        found = self.kept().get(visit)
        return None if found is None else str(found.session_id)

    @asynccontextmanager
    async def opened(self, visit: str, session: str) -> AsyncIterator[bool]:
        """Hold a place while a socket is open; yields whether there is one.

        Args:
            visit: its name, of a new visit or of one that comes back.
            session: of the visitor; empty where the browser keeps none.
        """
        if visit not in self.kept() and not await self._make_room(session):
            yield False
            return
        self._opening.append((visit, session))
        try:
            yield True
        finally:
            self._opening.remove((visit, session))

    async def _make_room(self, session: str) -> bool:
        """End visits whose pages are gone, as far as needed; whether one more visit of a session fits then."""
        for name, found in list(self.kept().items()):
            if self._fits(session):
                break
            in_the_way = self._fits_of_one(session) or found.session_id == session
            if in_the_way and not self._is_open(name, found):
                await asyncio.to_thread(found.close, "cull")
        return self._fits(session)

    def _fits(self, session: str) -> bool:
        """Whether one more visit fits."""
        return len(self._sessions()) < MOST_VISITS and self._fits_of_one(session)

    def _fits_of_one(self, session: str) -> bool:
        """Whether one more visit of a session fits; visitors without a session count as different ones."""
        return not session or list(self._sessions().values()).count(session) < MOST_OF_ONE

    def _sessions(self) -> dict[str, str]:
        """The session of each visit, of those that are about to begin, too."""
        return dict(self._opening) | {name: str(found.session_id) for name, found in dict(self.kept()).items()}

    def _is_open(self, name: str, found: Any) -> bool:  # noqa: ANN401 - Solara is an extra
        """Whether somebody looks at a visit."""
        is_connected = any(status.name == "CONNECTED" for status in list(found.page_status.values()))
        return is_connected or any(name == opening for opening, _ in self._opening)
