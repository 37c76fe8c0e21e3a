"""The people of a replay: who stands on the map, where, who follows whom, and how they fared from day to day."""

from collections.abc import Sequence
from enum import IntFlag
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from experiments.people_map import positions
from experiments.replay.recording import Recording
from simulation import World

MOST_TIES = 60_000
"""Ties that are drawn; where there are more, every k-th is."""
WEEK = 7
_GRID = 65_535
"""Places are rounded to a grid of this width."""

Ints = NDArray[np.int64]


class Mark(IntFlag):
    """How somebody fares at the end of a day, as bits."""

    STRUGGLING = 1
    DISCLOSED = 2
    """Has written a struggle post since day 0."""
    TAG = 4
    """Uses a support tag now."""
    REACHED = 8
    """Received support, or saw somebody else supported, in the last seven days."""
    ONLINE = 16
    """Viewed something on this day."""
    TREATED = 32
    """Has entered treatment."""
    WROTE = 64
    """Wrote a struggle post on this day."""


class Crowd(NamedTuple):
    """Who has a place on the map.

    Args:
        agents: [P + G] rows of people: first those who are shown with their states, ascending; then guests, who are
            shown in the stories of posts alone, ascending.
        shown: P.
        n_agents: everybody in the run.
    """

    agents: Ints
    shown: int
    n_agents: int

    def places(self, agents: NDArray[Any]) -> Ints:
        """Places [K] of some people in `agents`; one more than the last for those who have none."""
        place = np.full(self.n_agents, len(self.agents), dtype=np.int64)
        place[self.agents] = np.arange(len(self.agents))
        return np.asarray(place[agents])


def crowd(arms: Sequence[Recording], authors: Ints) -> Crowd:
    """Who has a place: the people of the log's sample, and the authors of what can be told."""
    shown = arms[0].events["people"]["agent"].unique().sort().to_numpy()
    guests = np.setdiff1d(authors, shown)
    return Crowd(np.concatenate([shown, guests]), len(shown), arms[0].world.n_agents)


def portraits(world: World, people: Crowd) -> dict[str, NDArray[Any]]:
    """What is fixed about the people of a crowd, as arrays for the page; places lie between 0 and 65,535."""
    who, population = people.agents, world.population
    place = positions(world)
    low, high = place.min(axis=0), place.max(axis=0)
    scaled = (place - (low + high) / 2.0) / max(float((high - low).max()), 1e-9) + 0.5
    grid = np.rint(scaled[who] * _GRID).astype(np.int64)
    return {
        "people.id": who,
        "people.x": grid[:, 0],
        "people.y": grid[:, 1],
        "people.role": population.role[who],
        "people.specialty": population.specialty[who],
        "people.community": population.community[who],
        "people.followers": world.graph.follower_counts[who],
        "people.followed": world.graph.followed_counts[who],
        "people.protected": population.protected[who].astype(np.int64),
    }


def ties(world: World, people: Crowd) -> tuple[dict[str, Ints], int]:
    """Ties of day 0 among the people who are shown, from author to follower; and how many there are in all."""
    author, follower = (people.places(side) for side in (world.graph.authors, world.graph.followers))
    there = np.flatnonzero((author < people.shown) & (follower < people.shown))
    kept = there[:: -(-len(there) // MOST_TIES)] if len(there) else there
    return {"ties.author": author[kept], "ties.follower": follower[kept]}, len(there)


def tie_changes(arm: Recording, people: Crowd) -> dict[str, Ints]:
    """Ties that were made or cut since the beginning, among the people who are shown; the day is 0 for the warm-up."""
    rows = arm.events["ties"]
    day = np.maximum(0, (rows["step"].to_numpy() - arm.begin) // arm.parameters.steps_per_day + 1)
    author, follower = people.places(rows["followed"].to_numpy()), people.places(rows["follower"].to_numpy())
    there = (author < people.shown) & (follower < people.shown)
    columns = {"author": author, "follower": follower, "day": day, "added": rows["added"].to_numpy().astype(np.int64)}
    return {f"changes.{name}": values[there] for name, values in columns.items()}


def states(arm: Recording, people: Crowd) -> NDArray[np.uint8]:
    """`Mark` bits [D + 1, P] of the people who are shown at the beginning and at the end of every day."""
    per_day, shown = arm.parameters.steps_per_day, people.shown
    ends = arm.begin + per_day * np.arange(arm.days + 1)
    rows = arm.events["people"].filter(pl.col("step").is_in(ends.tolist())).sort("step", "agent")

    def table(name: str) -> Ints:
        return rows[name].to_numpy().reshape(len(ends), shown).astype(np.int64)

    support = np.maximum(table("received_support_step"), table("saw_support_step"))
    reached = (support >= 0) & (ends[:, None] - support < WEEK * per_day)
    wrote = _on_days(arm, people, _struggles(arm))
    marks = {
        Mark.STRUGGLING: table("struggler") > 0,
        Mark.DISCLOSED: np.maximum.accumulate(wrote, axis=0),
        Mark.TAG: table("adopted") != 0,
        Mark.REACHED: reached,
        Mark.ONLINE: _on_days(arm, people, arm.online),
        Mark.TREATED: table("treated_since") >= 0,
        Mark.WROTE: wrote,
    }
    return np.sum([mark * flags.astype(np.uint8) for mark, flags in marks.items()], axis=0, dtype=np.uint8)


def _struggles(arm: Recording) -> pl.DataFrame:
    """Day and agent of every struggle post since day 0."""
    posts = arm.own_posts.filter(pl.col("kind") == "struggle")
    return posts.select(arm.day_of(pl.col("step")).alias("day"), pl.col("author").alias("agent"))


def _on_days(arm: Recording, people: Crowd, rows: pl.DataFrame) -> NDArray[np.bool_]:
    """Flags [D + 1, P] where a table has a row with this day and agent."""
    found = np.zeros((arm.days + 1, len(people.agents) + 1), dtype=np.bool_)
    there = rows.filter(pl.col("day") <= arm.days)
    found[there["day"].to_numpy(), people.places(there["agent"].to_numpy())] = True
    return found[:, : people.shown]
