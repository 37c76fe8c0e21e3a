"""One run as a replay needs it: its tables, its people, and what of its event log can be told.

Recordings come from a model that ran with an event log, or from stored results (`repeating`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from simulation import EventLog, InputError, Parameters, Problem, SupportNetworkModel, World

MOST_PEOPLE = 1_000
"""People who stand on the map; where there are more, a sample of this size does."""
REPLAY_LOG = EventLog(sample=MOST_PEOPLE)
"""The event log from which a replay can be made."""
NEEDED = ("views", "reactions", "desk_events", "ties", "people")
"""Tables of the log that a replay is made of."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One run.

    Args:
        name: of the run, as it stands above its picture: that of its arm.
        world: graph and people.
        step: how many steps were run, the warm-up included.
        tags: names of its support tags, in the order in which they were opened.
        posts: every post, as `Posts.table` gives them.
        outcomes: tidy: step, day, group, outcome, value.
        events: the tables `NEEDED`; of `views` and `reactions` what belongs to the posts that can be told.
        online: day and agent of everybody who viewed anything on a day; days count from 1.
        source: where it comes from, in a sentence.
    """

    name: str
    world: World
    step: int
    tags: tuple[str, ...]
    posts: pl.DataFrame
    outcomes: pl.DataFrame
    events: Mapping[str, pl.DataFrame]
    online: pl.DataFrame
    source: str = ""

    @property
    def parameters(self) -> Parameters:
        """The settings of the run."""
        return self.world.parameters

    @property
    def begin(self) -> int:
        """The step of day 0."""
        return self.parameters.warmup_steps

    @property
    def days(self) -> int:
        """Whole days since day 0."""
        return max(0, self.step - self.begin) // self.parameters.steps_per_day

    @cached_property
    def own_posts(self) -> pl.DataFrame:
        """Posts since day 0 that neither answer nor pass on another, in the order of writing."""
        return self.posts.filter(pl.col("parent").is_null(), pl.col("step") >= self.begin)

    def day_of(self, step: pl.Expr) -> pl.Expr:
        """The day in which a step lies: 1 is the first after the warm-up."""
        return (step - self.begin) // self.parameters.steps_per_day + 1


def online_on(views: pl.DataFrame, begin: int, per_day: int) -> pl.DataFrame:
    """Day and agent of everybody who viewed anything: each pair once, sorted; days count from 1."""
    day = ((pl.col("step") - begin) // per_day + 1).alias("day")
    return views.filter(pl.col("step") >= begin).select(day, "agent").unique().sort("day", "agent")


def recorded(name: str, model: SupportNetworkModel, source: str = "") -> Recording:
    """The recording of a model that ran, to its end or not, with a log in memory.

    Raises:
        InputError: it kept no log, or one without what a replay needs, or it has not come to day 0.
    """
    log = _log_of(name, model)
    settings = model.parameters
    if model.engine.step < settings.warmup_steps:
        what = f"has come to day {model.day:g}; a replay begins on day 0"
        raise InputError(Problem(f"replay of {name!r}", what, "let it run: model.run()"))
    return Recording(
        name=name,
        world=model.world,
        step=model.engine.step,
        tags=tuple(tag.name for tag in model.engine.tags),
        posts=model.posts.table(tuple(tag.name for tag in model.engine.tags)),
        outcomes=model.outcomes,
        events={table: log[table] for table in NEEDED},
        online=online_on(log["views"], settings.warmup_steps, settings.steps_per_day),
        source=source or f"seed {model.run_seed}",
    )


def _log_of(name: str, model: SupportNetworkModel) -> Mapping[str, pl.DataFrame]:
    """The event log of a model.

    Raises:
        InputError: there is none, or it lacks a table.
    """
    cure = "make the model with events=experiments.REPLAY_LOG"
    try:
        log = model.events
    except InputError as error:
        raise InputError(Problem(f"replay of {name!r}", str(error.problems[0].what), cure)) from None
    missing = [table for table in NEEDED if table not in log]
    if missing:
        raise InputError(Problem(f"replay of {name!r}", f"its event log lacks {', '.join(missing)}", cure))
    return log
