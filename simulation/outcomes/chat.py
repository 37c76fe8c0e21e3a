"""Tweet chats: how many take part, what each of them writes, and who comes again."""

from collections.abc import Iterator

import numpy as np

from simulation.outcomes.base import Flags, Ints, Snapshot, subset_outcome
from simulation.posts import Kind
from simulation.world import Occasion


def chats(snapshot: Snapshot) -> Iterator[tuple[Occasion, Ints]]:
    """Each chat that is over, with the rows of its posts: what participants wrote in the hour under or about its tag.

    A reply or retweet belongs to the chat when its root carries the tag.
    """
    author, step, tag = (snapshot.post(name) for name in ("author", "step", "tag"))
    topic = tag[snapshot.post("root")]
    for occasion in snapshot.engine.occasions:
        if occasion.end <= snapshot.step:
            first, last = np.searchsorted(step, (occasion.step, occasion.end))
            rows = np.arange(first, last)
            yield occasion, rows[(topic[rows] == occasion.tag) & np.isin(author[rows], occasion.agents)]


def _per_participant(snapshot: Snapshot, wanted: Flags) -> float:
    """Mean over chats of the posts marked in `wanted` [P] per participant; a participant is who wrote anything."""
    author = snapshot.post("author")
    shares = [wanted[rows].sum() / len(np.unique(author[rows])) for _, rows in chats(snapshot) if len(rows)]
    return float(np.mean(shares)) if shares else float("nan")


@subset_outcome("chat_participants", "people", "none", posts=True)
def chat_participants(snapshot: Snapshot, who: Flags) -> float:
    """Mean number of people who write in a chat."""
    author = snapshot.post("author")
    counts = [len(np.unique(author[rows])) for _, rows in chats(snapshot)]
    return float(np.mean(counts)) if counts else float("nan")


@subset_outcome("chat_originals", "posts per participant", "none", posts=True)
def chat_originals(snapshot: Snapshot, who: Flags) -> float:
    """Mean number of own posts per participant of a chat."""
    return _per_participant(snapshot, snapshot.post("parent") < 0)


@subset_outcome("chat_retweets", "retweets per participant", "none", posts=True)
def chat_retweets(snapshot: Snapshot, who: Flags) -> float:
    """Mean number of retweets per participant of a chat."""
    return _per_participant(snapshot, snapshot.post("kind") == Kind.RETWEET)


@subset_outcome("chat_replies", "replies per participant", "none", posts=True)
def chat_replies(snapshot: Snapshot, who: Flags) -> float:
    """Mean number of replies per participant of a chat."""
    kind = snapshot.post("kind")
    return _per_participant(snapshot, (kind >= Kind.REPLY_SUPPORTIVE) & (kind <= Kind.REPLY_DEROGATORY))


@subset_outcome("chat_return", "share", "none", posts=True)
def chat_return(snapshot: Snapshot, who: Flags) -> float:
    """Mean share of a chat's participants who wrote in an earlier one under the tag; first chats are left out."""
    author = snapshot.post("author")
    before: dict[int, set[int]] = {}
    shares = []
    for occasion, rows in chats(snapshot):
        now = set(author[rows].tolist())
        if occasion.tag in before and now:
            shares.append(len(now & before[occasion.tag]) / len(now))
        before[occasion.tag] = before.get(occasion.tag, set()) | now
    return float(np.mean(shares)) if shares else float("nan")
