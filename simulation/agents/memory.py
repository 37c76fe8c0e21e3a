"""Whom a person remembers having read, and for how long."""

from dataclasses import dataclass, replace

LONG_AGO = -(2**40)
"""A step before every run."""


@dataclass(slots=True, eq=False)
class Acquaintance:
    """What a person remembers of one author.

    The steps in which they were last counted and last counted as disclosing, and the tags (bits) they were seen using.
    """

    counted: int = LONG_AGO
    disclosed: int = LONG_AGO
    tags: int = 0


class Memory:
    """Authors remembered by one person: everybody they follow, and the most recent strangers."""

    def __init__(self, mutual: dict[int, bool], strangers_kept: int) -> None:
        """`mutual` tells for everybody followed whether they follow back."""
        self.mutual = mutual
        self._strangers_kept = strangers_kept
        self._followed: dict[int, Acquaintance] = {}
        self._strangers: dict[int, Acquaintance] = {}

    def of(self, author: int) -> Acquaintance:
        """What is remembered of an author; a new stranger pushes out the one met first."""
        kept = self._followed if author in self.mutual else self._strangers
        known = kept.get(author)
        if known is None:
            if kept is self._strangers and len(kept) >= self._strangers_kept:
                del kept[next(iter(kept))]
            known = kept[author] = Acquaintance()
        return known

    def make_stranger(self, author: int) -> None:
        """Somebody is followed no more; what was remembered of them is remembered as of a stranger."""
        known = self._followed.pop(author, None)
        if known is not None:
            stranger = self.of(author)
            stranger.counted, stranger.disclosed, stranger.tags = known.counted, known.disclosed, known.tags

    def make_followed(self, author: int) -> None:
        """Somebody is followed from now on; what was remembered of a stranger is remembered of them."""
        known = self._strangers.get(author)
        if known is not None:
            self._followed[author] = replace(known)
