"""The numbers of a replay: what is counted at the end of every day, in each arm, and how it is called.

Outcomes are those of the run, value by value; counts of posts are taken from the table of posts.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.outcome_words import measure
from experiments.replay.recording import Recording

Floats = NDArray[np.float64]

TAKEN = (
    "prevalence", "normalization", "adopters", "struggle_posts", "supported_within_24h", "support_reach_7d",
    "never_reached", "harm_exposure", "help_seeking", "stigma",
)  # fmt: skip
"""Outcomes that a replay shows, where the run has them."""
DRAWN = (
    "prevalence", "normalization", "struggle_posts", "adopters", "supported_within_24h", "support_reach_7d",
    "support_given", "harm_exposure", "removed",
)  # fmt: skip
"""What is drawn over the days, where it is there."""
OVERALL = "all"


class Count(NamedTuple):
    """One thing that is counted.

    Args:
        name: short, for the page itself.
        title: in plain words.
        note: what it is exactly.
        unit: of the number shown: `%`, `views per 10,000`, or nothing.
        factor: from the stored number to the one shown.
        whole: whether it is a whole number.
        total: whether it adds up since day 0.
    """

    name: str
    title: str
    note: str
    unit: str = ""
    factor: float = 1.0
    whole: bool = True
    total: bool = True


_REPLY = pl.col("kind").str.starts_with("reply")
_TO_STRUGGLE = pl.col("root_kind") == "struggle"
_FIRST_STRUGGLE = (pl.col("kind") == "struggle") & pl.struct("author", "kind").is_first_distinct()
WRITTEN: Sequence[tuple[Count, pl.Expr]] = (
    (Count("disclosers", "People who disclosed", "Authors of a struggle post since day 0."), _FIRST_STRUGGLE),
    (
        Count("own_posts", "Own posts", "Posts since day 0 that are neither answers nor retweets."),
        pl.col("parent").is_null(),
    ),
    (Count("replies", "Answers to any post", "Supportive, neutral and derogatory answers since day 0."), _REPLY),
    (Count("retweets", "Retweets", "Posts passed on since day 0."), pl.col("kind") == "retweet"),
    (
        Count("support_given", "Supportive answers to struggle posts", "Since day 0."),
        (pl.col("kind") == "reply_supportive") & _TO_STRUGGLE,
    ),
    (
        Count("hurt_given", "Derogatory answers to struggle posts", "Since day 0."),
        (pl.col("kind") == "reply_derogatory") & _TO_STRUGGLE,
    ),
)
"""What is counted among the posts written since day 0."""
REMOVED = Count("removed", "Posts removed", "Posts and answers that the desk removed since day 0.")
WRONGLY = Count("wrongly", "of them wrongly", "Removed though they broke no rule.")
ORDER = (
    "prevalence", "normalization", "stigma", "disclosers", "struggle_posts", "adopters", "own_posts", "replies",
    "retweets", "support_given", "supported_within_24h", "support_reach_7d", "never_reached", "help_seeking",
    "hurt_given", "harm_exposure", "removed", "wrongly",
)  # fmt: skip
"""The order of the numbers on the page."""
_WHOLE_OUTCOMES = frozenset({"adopters", "struggle_posts"})
_STATES = frozenset({"prevalence", "normalization", "stigma", "support_reach_7d"})
"""Outcomes that tell of a day, not of all days since day 0."""


def counts(arms: Sequence[Recording]) -> list[tuple[Count, list[Floats]]]:
    """Everything that is counted: what it is, and for each arm its values [D + 1] at the end of every day.

    A value that there is not (nobody in the group yet) is NaN.
    """
    taken = [(outcome_count(name), [_outcome(arm, name) for arm in arms]) for name in TAKEN if _is_there(arms, name)]
    written = [(count, [_written(arm, which) for arm in arms]) for count, which in WRITTEN]
    removed = [(REMOVED, [_removed(arm) for arm in arms]), (WRONGLY, [_removed(arm, wrongly=True) for arm in arms])]
    return sorted([*taken, *written, *removed], key=lambda item: ORDER.index(item[0].name))


def outcome_count(name: str) -> Count:
    """How an outcome is counted."""
    words, whole = measure(name), name in _WHOLE_OUTCOMES
    unit = "" if whole else words.unit
    return Count(name, words.title, words.description, unit, words.factor, whole, name not in _STATES)


def _is_there(arms: Sequence[Recording], name: str) -> bool:
    """Whether all arms have an outcome."""
    return all(name in arm.outcomes["outcome"] for arm in arms)


def _outcome(arm: Recording, name: str) -> Floats:
    """An outcome over everybody at the end of every day [D + 1]."""
    rows = arm.outcomes.filter(pl.col("outcome") == name, pl.col("group") == OVERALL)
    days = (rows["step"].to_numpy() - arm.begin) // arm.parameters.steps_per_day
    values = np.full(arm.days + 1, np.nan)
    values[days] = rows["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return values


def _written(arm: Recording, which: pl.Expr) -> Floats:
    """How many posts of a kind were written since day 0, at the end of every day."""
    roots = arm.posts.select(pl.col("key").alias("root"), pl.col("kind").alias("root_kind"))
    posts = arm.posts.filter(pl.col("step") >= arm.begin).join(roots, on="root", how="left", maintain_order="left")
    return _growing(arm, posts.filter(which)["step"])


def _removed(arm: Recording, *, wrongly: bool = False) -> Floats:
    """How many posts were removed since day 0, all or those that broke no rule."""
    rows = arm.posts.filter(pl.col("removed_step") >= arm.begin)
    return _growing(arm, (rows.filter(pl.col("violation") == "none") if wrongly else rows)["removed_step"])


def _growing(arm: Recording, steps: pl.Series) -> Floats:
    """How many of some steps have passed at the end of every day [D + 1]."""
    ends = arm.begin + arm.parameters.steps_per_day * np.arange(arm.days + 1)
    return np.searchsorted(np.sort(steps.to_numpy()), ends, side="left").astype(np.float64)


def described(count: Count) -> dict[str, Any]:
    """A count as the page gets it."""
    return {**count._asdict(), "drawn": count.name in DRAWN}
