"""The model: settings and a seed in, a world that steps, outcomes and events out.

`SupportNetworkModel` is a `mesa.Model`: clock, agents, data collection and visualisation are Mesa's. What happens in a
step is said in `schedule.py` and done by an engine.
"""

import logging
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from math import inf
from numbers import Real
from typing import Any

import mesa
import networkx as nx
import numpy as np
import polars as pl
from pydantic import ValidationError

from simulation.agents import AgentsEngine, Person, PersonView
from simulation.errors import InputError, Problem, SupportnetWarning, UnknownNameError, nearest_name
from simulation.events import EventLog, EventRecorder, MemorySink, Sink, event_log
from simulation.graph import FollowerGraph
from simulation.interventions import (
    Hashtag,
    Intervention,
    Moderation,
    chance_misses,
    doubts,
    refuse_contradictions,
    refuse_empty_groups,
)
from simulation.kernels import KernelsEngine
from simulation.outcomes import OUTCOMES, Outcome, Recorder
from simulation.parameters import Parameters
from simulation.posts import Kind, Posts
from simulation.records import declarations
from simulation.requests import as_interventions, require_kinds
from simulation.schedule import run_step
from simulation.showing import as_html, plotted
from simulation.tables import tables_of
from simulation.world import Engine, World, Worlds

Maker = Callable[["SupportNetworkModel", World, type[Person]], Engine]

ENGINES: Mapping[str, Maker] = {
    "agents": AgentsEngine,
    "kernels": lambda model, world, agent_class: KernelsEngine(
        world, threads=model.threads, keep_posts=model.keep_posts
    ),
}
"""Engines by name."""

COLLECTED: dict[str, Callable[["SupportNetworkModel"], float]] = {
    "day": lambda model: model.day,
    "normalization": lambda model: float(np.mean(model.engine.column("believed"))),
    "prevalence": lambda model: float(np.mean(model.engine.column("struggler"))),
    "adopters": lambda model: int(np.count_nonzero(model.engine.column("ever_adopted"))),
    "struggle_posts": lambda model: int(np.count_nonzero(model.engine.threads().kind == Kind.STRUGGLE)),
}
"""What Mesa's data collector takes at the end of every day."""

_OF_A_STEP = ("step", "intervene", "record", "_advance_time", "_do_step", "_wrapped_step")
"""Methods that every step calls."""
_OF_MESA = ("_advance_time", "_do_step", "_wrapped_step", "_user_step", "_event_list", "_default_schedule")
"""What of Mesa's own must be there for steps to be taken in one go."""
_MESA_LOG = logging.getLogger("MESA.mesa.model")


class SupportNetworkModel(mesa.Model[Person, Any]):
    """Peer support among health professionals on a directed follower graph.

    Args:
        parameters: all settings; the defaults of `configs/base.yaml` where left out.
        rng: the seed of the run, a whole number of at most 63 bits; a NumPy generator or None (entropy) yields one.
        engine: 'agents' or 'kernels'; left out, the fastest that can do what is asked.
        agent_class: a subclass of `Person` whose decisions replace the usual ones; only the engine 'agents' asks it,
            and a `SupportnetWarning` says so where no engine was given.
        interventions: what is done in this run.
        outcomes: names of the outcomes to take; all that can be taken where left out.
        threads: how many threads share the work of the engine `kernels`; the events do not depend on it.
        keep_posts: whether posts are kept when nobody can read them any more. Without them memory does not grow with
            the days, `posts` and outcomes that look at all posts are not to be had; struggles and replies to them are
            kept in any case.
        events: what to write down of views, reactions and the like (`EventLog`, or names of its tables); nothing where
            left out.
        sink: where that goes; into memory where left out, for `model.events`.
        worlds: worlds built before, which runs with the same settings and seed share; none where left out.
        scenario: what Mesa's own page hands over when it is reset; nothing but its `rng` is taken, where none is given.
        **overrides: single settings by name, groups joined by two underscores: `beliefs__stigma_mean=0.6`.

    Raises:
        InputError: a name or value that cannot stand, or a group in which there is nobody.

    One `step()` is one time step (`parameters.step_minutes`), the warm-up included; `run()` does all days. Mesa's
    `batch_run`, `DataCollector` and `copy.deepcopy` work on it as on any model.
    """

    def __init__(  # noqa: PLR0913 - all but the settings by name, as `batch_run` and notebooks give them
        self,
        parameters: Parameters | None = None,
        *,
        rng: int | np.random.Generator | None = None,
        engine: str | None = None,
        agent_class: type[Person] = Person,
        interventions: Iterable[Intervention] = (),
        outcomes: Iterable[str] | None = None,
        threads: int = 1,
        keep_posts: bool = True,
        events: EventLog | Sequence[str] | None = None,
        sink: Sink | None = None,
        worlds: Worlds | None = None,
        scenario: object | None = None,
        **overrides: Any,  # noqa: ANN401 - values are checked by the parameters
    ) -> None:
        rng = getattr(scenario, "rng", None) if rng is None else rng
        require_kinds(parameters, rng, outcomes)
        super().__init__(rng=int(rng) if isinstance(rng, np.integer) else rng)
        self.interventions: tuple[Intervention, ...] = as_interventions(interventions, "interventions")
        refuse_contradictions(self.interventions)
        settings = _overridden(parameters or Parameters(), overrides)
        self.parameters: Parameters = reduce(lambda kept, action: action.configure(kept), self.interventions, settings)
        self.run_seed: int = int(rng) if isinstance(rng, int | np.integer) else int(self.rng.integers(2**63 - 1))
        self.threads: int = threads
        self.keep_posts: bool = keep_posts
        self.world: World = (worlds or Worlds()).world(self.parameters, self.run_seed)
        refuse_empty_groups(self.interventions, self.world)
        _warn(self.interventions, self.world)
        self._engine_name = _engine_name(engine, agent_class)
        self.engine: Engine = ENGINES[self._engine_name](self, self.world, agent_class)
        self._begun: dict[int, object] = {}
        self._starts = tuple(self.world.step_of(action.start_day) for action in self.interventions)
        self._ends = tuple(
            None if action.end_day is None else self.world.step_of(action.end_day) for action in self.interventions
        )
        log = event_log(events)
        self._events = None if log is None else EventRecorder(log, MemorySink() if sink is None else sink)
        self._recorder = Recorder(_outcomes(outcomes, keep_posts))
        self.datacollector: mesa.DataCollector = mesa.DataCollector(model_reporters=COLLECTED)
        self.datacollector.collect(self)
        self.running: bool = self.parameters.total_steps > 0
        if self._events is not None:
            self._events.begin(self.engine)
            self._events.flush(self.engine)
        self._take_outcomes()

    # --- running --------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One time step; see `schedule.py`."""
        run_step(self, self.engine)
        if self.engine.step >= self.parameters.total_steps:
            self.running = False

    def run(self, days: float | None = None, progress: Callable[[float], object] | None = None) -> None:
        """Run to the end, or for some days.

        Steps in which the engine has nothing to wait for are taken in one go, up to the last one of a day; afterwards
        everything, Mesa's clock included, is as if each had been taken by `step()`.

        The warm-up comes first, and its days count: where there is one, `run(days=1)` of a new model runs its first
        day, and `outcomes` is empty still.

        Args:
            days: how many days to run; all that are left where left out.
            progress: called after every day with the share of the whole run that is done.

        Raises:
            InputError: that is no number of days.
        """
        if days is not None and not (isinstance(days, Real) and 0.0 <= days < inf):
            raise InputError(
                Problem("days", f"{days!r} is no number of days", "a number of 0 or more, or None for all")
            )
        per_day = self.parameters.steps_per_day
        end = self.parameters.total_steps
        if days is not None:
            end = min(end, self.engine.step + round(days * per_day))
        while self.engine.step < end:
            self._leap(min(end, (self.engine.step // per_day + 1) * per_day) - 1)
            self.step()
            if progress is not None and self.engine.step % per_day == 0:
                progress(self.engine.step / self.parameters.total_steps)

    def intervene(self) -> None:
        """Stage 1: interventions whose day has come end or begin, and those in force act when it is time.

        One that begins and ends in one step does neither.
        """
        step = self.engine.step
        for place, action in enumerate(self.interventions):
            if place in self._begun and step == self._ends[place]:
                action.finish(self.engine, self._begun.pop(place))
        for place, action in enumerate(self.interventions):
            if step == self._starts[place] != self._ends[place]:
                self._begun[place] = action.begin(self.engine)
        for place, action in enumerate(self.interventions):
            if place in self._begun and action.due(self.world, step):
                action.act(self.engine, self._begun[place])

    def _intervenes(self, step: int) -> bool:
        """Whether interventions have something to do in a step, given which are in force before it."""
        comes_or_goes = step in self._starts or step in self._ends
        return comes_or_goes or any(self.interventions[place].due(self.world, step) for place in self._begun)

    def _leap(self, last: int) -> None:
        """Take the steps before `last` in which interventions do nothing, in one go, where nobody can tell."""
        step = self.engine.step
        steps = next((later for later in range(step, last) if self._intervenes(later)), last) - step
        if steps <= 0 or not self._is_unwatched() or not isinstance(self.engine, KernelsEngine):
            return
        self.engine.pass_over(steps)
        clock = self._default_schedule
        clock.pause()
        self.time += steps
        self.steps += steps
        clock._execution_count += steps
        clock.resume()

    def _is_unwatched(self) -> bool:
        """Whether nothing but the steps of this class happens: no event of Mesa's, nobody who listens, no subclass."""
        if not all(hasattr(self, name) for name in _OF_MESA):  # of another version
            return False
        kind = type(self)
        is_plain = all(getattr(kind, name) is getattr(SupportNetworkModel, name) for name in _OF_A_STEP)
        is_own = getattr(self._user_step, "__func__", None) is SupportNetworkModel.step
        is_wrapped = self.step == self._wrapped_step and not {*_OF_A_STEP} - {"step"} & {*vars(self)}
        is_alone = len(self._event_list) == 1 and self._default_schedule.next_scheduled_time == self.time + 1
        is_silent = not self.subscribers and not _MESA_LOG.isEnabledFor(logging.INFO)
        return is_plain and is_own and is_wrapped and is_alone and is_silent

    def record(self) -> None:
        """Stage 9: at the end of a day, its events are written and outcomes are taken."""
        self.engine.step += 1
        if self.engine.step % self.parameters.steps_per_day:
            return
        if self._events is not None:
            self._events.flush(self.engine)
        self.datacollector.collect(self)
        self._take_outcomes()

    def _take_outcomes(self) -> None:
        """Take the outcomes of a day that counts; those of day 0 are taken before anything is done."""
        if self.engine.step >= self.parameters.warmup_steps:
            self._recorder.take(self.engine, last=self.engine.step >= self.parameters.total_steps)

    # --- looking --------------------------------------------------------------------------------------------------

    @property
    def day(self) -> float:
        """Days since day 0; negative in the warm-up."""
        return self.world.day_of(self.engine.step)

    @property
    def outcomes(self) -> pl.DataFrame:
        """Outcomes so far, tidy: step, day, group, outcome, value; no value where a group is empty.

        They begin with day 0, so the table has no rows before the warm-up (`parameters.warmup_days`) is over.
        """
        return self._recorder.table()

    def series(self, outcome: str, group: str = "all") -> list[float]:
        """The values of a daily outcome so far, one for each day from day 0 on; NaN where nobody is in the group.

        Raises:
            InputError: the run does not take this outcome, or not for this group.
        """
        past = self._recorder.series(outcome)
        if group in past:
            return past[group]
        if self.engine.step < self.parameters.warmup_steps:
            return []
        near = nearest_name(group, past) if past else nearest_name(outcome, OUTCOMES)
        raise InputError(Problem("series", f"no values of {outcome!r} for {group!r} in this run", nearest=near))

    @property
    def posts(self) -> Posts:
        """Every post so far, as columns; `posts.table()` makes a table of them."""
        return Posts(*(self.engine.post_column(name) for name in Posts._fields))

    @property  # type: ignore[misc]
    def agents(self) -> Any:  # noqa: ANN401 - Mesa's set of agents; it refuses to be set
        """Everybody, as Mesa's `AgentSet`; under the engine `kernels` views on rows, made when first asked for."""
        if not len(super().agents) and hasattr(self, "engine"):
            for row in range(self.world.n_agents):
                PersonView(self, row)
        return super().agents

    @property
    def graph(self) -> "nx.DiGraph[int]":
        """The follower graph of now as NetworkX sees it: an edge u -> v where posts of u travel to v."""
        return _networkx(self.engine.graph)

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Events of the run so far and the network's measures, one table each, made when it is looked at."""
        return tables_of(self.engine, lambda: self.posts)

    @property
    def events(self) -> Mapping[str, pl.DataFrame]:
        """The event log so far, one table for each name of `EventLog.tables`; docs/events.md describes the columns.

        Raises:
            InputError: this run keeps no log, or keeps it elsewhere.
        """
        if self._events is None:
            raise InputError(Problem("events", "this run keeps no event log", "ask for one: events=EventLog()"))
        if not isinstance(self._events.sink, MemorySink):
            raise InputError(Problem("events", "the event log of this run goes to the sink that was given"))
        return self._events.sink

    def plot(self, kind: str = "days", **how: Any) -> Any:  # noqa: ANN401 - as whoever draws it takes and gives
        """A figure of the run so far.

        Args:
            kind: `days` (what people believe, post and get, day by day) or `network` (who follows whom, and who among
                them struggles and has taken up a tag).
            **how: what else whoever draws it takes.

        Raises:
            InputError: nothing is installed that draws it, or there is no such figure.
        """
        return plotted("model", self, kind=kind, **how)

    def _repr_html_(self) -> str | None:
        """The run so far as a notebook shows it."""
        return as_html("model", self)

    def __repr__(self) -> str:
        """The same line as a text of the model, and the engine."""
        return f"<{type(self).__name__}: {self}, engine {self._engine_name}>"

    def __str__(self) -> str:
        """A line that says what this is and how far it has come."""
        return f"{self.world.n_agents} people, seed {self.run_seed}, day {self.day:g} of {self.parameters.days}"


def _warn(actions: tuple[Intervention, ...], world: World) -> None:
    """Warn of what is allowed in a run, but hardly meant."""
    for finding in (*doubts(actions, world.parameters), *chance_misses(actions, world)):
        warnings.warn(str(finding.problem), SupportnetWarning, stacklevel=3)


def _outcomes(names: Iterable[str] | None, keep_posts: bool) -> tuple[Outcome, ...]:
    """The outcomes to take; without old posts those that need none of them, unless one is asked for by its name."""
    if names is None:
        return tuple(outcome for outcome in OUTCOMES.values() if keep_posts or not outcome.posts)
    chosen = tuple(OUTCOMES[name] for name in names)
    needy = [outcome.name for outcome in chosen if outcome.posts and not keep_posts]
    if needy:
        what = f"{', '.join(needy)} cannot be taken without posts that nobody can read any more"
        raise InputError(Problem("outcomes", what, "keep_posts=True keeps them"))
    return chosen


def _engine_name(name: str | None, agent_class: type[Person]) -> str:
    """The name of an engine; where none is given, of the fastest that lets people of this class decide."""
    chosen = name or ("kernels" if agent_class is Person else "agents")
    if chosen not in ENGINES:
        raise UnknownNameError(
            Problem("engine", f"unknown engine {name!r}", f"known: {', '.join(ENGINES)}", nearest_name(chosen, ENGINES))
        )
    if chosen != "agents" and agent_class is not Person:
        raise InputError(
            Problem("engine", f"{chosen!r} cannot run people of class {agent_class.__name__}", "use: agents")
        )
    if name is None and agent_class is not Person:
        what = (
            f"people of class {agent_class.__name__} need the engine 'agents', which is slow with thousands of people"
        )
        warnings.warn(str(Problem("engine", what, "engine='agents' asks for it")), SupportnetWarning, stacklevel=3)
    return chosen


def _overridden(parameters: Parameters, overrides: Mapping[str, object]) -> Parameters:
    """The settings with single values replaced; names are checked here, where the user wrote them."""
    if not overrides:
        return parameters
    values = {name.replace("__", "."): value for name, value in overrides.items()}
    problems = [_unknown_setting(path) for path in values if not _is_known(path)]
    try:
        settings = parameters.with_values({path: value for path, value in values.items() if _is_known(path)})
    except ValidationError as error:
        problems += [_problem(details) for details in error.errors()]
    if problems:
        raise InputError(*problems)
    return settings


KNOWN = tuple(declared.path for declared in declarations(Parameters))
"""Paths of all single settings."""


def _is_known(path: str) -> bool:
    """Whether a path names a setting, a whole group, or something of the network, whose type decides what it takes."""
    return path in KNOWN or path in Parameters.model_fields or path.startswith("network.")


def _unknown_setting(path: str) -> Problem:
    """The problem with a name that no setting has."""
    return Problem(path, "unknown setting", nearest=nearest_name(path, KNOWN).replace(".", "__"))


def _problem(details: Mapping[str, Any]) -> Problem:
    """A problem with an override, from what the check of the settings says."""
    path = ".".join(str(part) for part in details["loc"])
    if details["type"] == "extra_forbidden":
        return _unknown_setting(path)
    return Problem(path, f"{details['input']!r} cannot stand: {details['msg']}")


def compile_model() -> None:
    """Compile what a run needs, by a tiny one with a tag and a desk; compiled code is kept for all later processes."""
    settings = Parameters().with_values({"agents": 50, "days": 1, "warmup_days": 0, "step_minutes": 120.0})
    model = SupportNetworkModel(settings, rng=1, interventions=(Hashtag(), Moderation()))
    model.run()
    dict(model.tables)


@lru_cache(maxsize=1)
def _networkx(graph: FollowerGraph) -> "nx.DiGraph[int]":
    """A follower graph as a NetworkX graph; the last one asked for is kept."""
    return graph.to_networkx()
