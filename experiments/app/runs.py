"""The two arms of a setup, computed day by day, and the thread in which one visitor's run goes on.

Nothing here knows of a page. A `Player` owns one thread; what is asked of it (`reset`, `step`, `play`, `pause` and
`close`) is noted at once and done between two days, so nobody waits for it.
"""

import os
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Condition, Lock, Thread
from typing import Literal

import polars as pl

from experiments.app.picture import Picture, picture_of
from experiments.app.setup import START, Setup
from experiments.study import Experiment
from simulation import (
    OUTCOMES,
    EventLog,
    InputError,
    Kind,
    SupportnetError,
    SupportnetWarning,
    SupportNetworkModel,
    Worlds,
    doubts,
    key_parts,
)

DAILY = tuple(name for name, outcome in OUTCOMES.items() if outcome.due == "daily" and not outcome.posts)
"""Outcomes that have a value every day."""
REMEMBERED = 7
"""Days for which it is kept who reached whom."""

SAW, SUPPORTED, PASSED_ON, HURT = range(4)
"""What somebody did: show a struggle to another; answer it with support; pass it on; answer it hurtfully."""
_ACTS = {"reply_supportive": SUPPORTED, "retweet": PASSED_ON, "reply_derogatory": HURT}

STRUGGLES, ADOPTED = 1, 2
"""Bits of a person's state."""

_TURNS = BoundedSemaphore(max(1, os.cpu_count() or 1))
"""Days that are computed at once, over all visitors."""
_BUILDING = Lock()

Phase = Literal["preparing", "ready", "playing", "finished", "wrong"]
Link = tuple[int, int, int, int]
"""Day, place of whom it came from, place of whom it reached, and what it was."""


class Cancelled(Exception):  # noqa: N818 - not an error
    """Something else was asked for meanwhile."""


@dataclass(frozen=True)
class SideFrame:
    """One arm on one day.

    Args:
        name: of the arm.
        states: [M] bits `STRUGGLES` and `ADOPTED` of the people drawn.
        links: who reached whom in the last days, among the people drawn.
        series: values of every outcome of `DAILY` so far, for everybody.
        notes: what is allowed in this arm, but hardly meant.
    """

    name: str
    states: tuple[int, ...]
    links: tuple[Link, ...]
    series: dict[str, list[float]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """Both arms on one day.

    `number` tells runs apart, it rises with every reset; `text` is the study file.
    """

    number: int
    day: int
    days: int
    setup: Setup
    text: str
    picture: Picture
    sides: tuple[SideFrame, ...]


class _LastDay:
    """Keeps the rows of the last day that was written."""

    def __init__(self) -> None:
        self.tables: dict[str, pl.DataFrame] = {}

    def write(self, table: str, rows: pl.DataFrame) -> None:
        """Keep these rows instead of those of the day before."""
        self.tables[table] = rows


class _Side:
    """One arm while it is computed."""

    def __init__(self, experiment: Experiment, worlds: Worlds) -> None:
        self.name = experiment.arm
        self._day = _LastDay()
        self._links: deque[list[Link]] = deque(maxlen=REMEMBERED)
        parameters, actions = experiment.parameters, experiment.interventions
        self.notes = tuple(finding.problem.what for finding in doubts(actions, parameters))
        with _BUILDING, warnings.catch_warnings():
            warnings.simplefilter("ignore", SupportnetWarning)
            self.model = SupportNetworkModel(
                parameters,
                rng=experiment.seed,
                interventions=actions,
                outcomes=DAILY,
                keep_posts=False,
                events=EventLog(tables=("views", "reactions")),
                sink=self._day,
                worlds=worlds,
            )

    def advance(self, picture: Picture | None = None) -> None:
        """One day; who reached whom is kept where there is a picture."""
        with _TURNS:
            self.model.run(days=1)
            if picture is not None:
                self._links.append(list(self._reached(picture)))

    def frame(self, picture: Picture) -> SideFrame:
        """This arm at the end of the day."""
        engine = self.model.engine
        struggles = engine.column("struggler")[picture.agents].astype(bool)
        adopted = engine.column("adopted")[picture.agents] != 0
        states = struggles * STRUGGLES + adopted * ADOPTED
        links = tuple(link for day in self._links for link in day)
        series = {name: self.model.series(name) for name in DAILY}
        return SideFrame(self.name, tuple(states.tolist()), links, series, self.notes)

    def _reached(self, picture: Picture) -> Iterator[Link]:
        """Who reached whom on the day that has just ended, through struggles and answers to them."""
        threads = self.model.engine.threads()
        struggles = pl.Series(threads.key[threads.kind == Kind.STRUGGLE])
        place = {agent: number for number, agent in enumerate(picture.agents.tolist())}
        day = round(self.model.day)
        for origin, target, kind in sorted({*self._shown(struggles), *self._answered(struggles)}):
            if origin in place and target in place and origin != target:
                yield day, place[origin], place[target], kind

    def _shown(self, struggles: pl.Series) -> Iterator[tuple[int, int, int]]:
        """Who saw a struggle, and from whom it came: its author, or who passed it on."""
        views = self._day.tables["views"].filter(pl.col("post").is_in(struggles.implode()))
        for agent, author, through in views.select("agent", "author", "through").iter_rows():
            yield (author if through is None else key_parts(through)[0]), agent, SAW

    def _answered(self, struggles: pl.Series) -> Iterator[tuple[int, int, int]]:
        """Who answered or passed on a struggle: an answer reaches its author, a retweet shows a reader."""
        rows = self._day.tables["reactions"].filter(
            pl.col("root").is_in(struggles.implode()) & pl.col("reaction").is_in(list(_ACTS))
        )
        for agent, author, reaction in rows.select("agent", "author", "reaction").iter_rows():
            kind = _ACTS[reaction]
            yield (author, agent, kind) if kind == PASSED_ON else (agent, author, kind)


class Pair:
    """Two arms with the same people, the same graph and the same luck, at the end of the same day.

    Args:
        setup: what is run.
        number: of the run.
        stop: asked between days of the warm-up whether to give up.

    Raises:
        InputError: the settings or interventions do not go together.
        Cancelled: `stop` said so.
    """

    def __init__(self, setup: Setup, number: int = 0, stop: Callable[[], bool] = lambda: False) -> None:
        self.setup = setup
        self.number = number
        self._text = setup.text()
        worlds = Worlds(keep=2)
        self._sides = [_Side(experiment, worlds) for experiment in setup.experiments()]
        self.days = self._sides[0].model.parameters.days
        for _ in range(self._sides[0].model.parameters.warmup_days):
            for side in self._sides:
                if stop():
                    raise Cancelled
                side.advance()
        self.picture = picture_of(self._sides[0].model.world)

    @property
    def day(self) -> int:
        """Days that have passed since day 0."""
        return round(self._sides[0].model.day)

    @property
    def finished(self) -> bool:
        """Whether the last day is over."""
        return self.day >= self.days

    def advance(self) -> None:
        """One day in both arms; nothing after the last one."""
        if not self.finished:
            for side in self._sides:
                side.advance(self.picture)

    def frame(self) -> Frame:
        """What there is to see now."""
        sides = tuple(side.frame(self.picture) for side in self._sides)
        return Frame(self.number, self.day, self.days, self.setup, self._text, self.picture, sides)


@dataclass(frozen=True)
class Status:
    """What a visitor is told: what goes on, what there is to see, and what is wrong."""

    phase: Phase = "preparing"
    frame: Frame | None = None
    messages: tuple[str, ...] = ()


PREPARING = Status()
"""What is told first."""


@dataclass
class _Wishes:
    """What was asked of a player and is not done yet."""

    setup: Setup | None = None
    steps: int = 0
    playing: bool = False
    closed: bool = False
    pace: float = 4.0


@dataclass
class Player:
    """Runs pairs for one visitor, in one thread.

    Args:
        tell: called from that thread with every new status.
    """

    tell: Callable[[Status], object]
    _wishes: _Wishes = field(default_factory=_Wishes)
    _changed: Condition = field(default_factory=Condition)
    _pair: Pair | None = None
    _number: int = 0
    _thread: Thread | None = None
    _told: Status = field(default_factory=Status)

    # --- what may be asked, from any thread ------------------------------------------------------------------------

    def reset(self, setup: Setup) -> None:
        """Begin a run of this setup and stop at day 0, whatever goes on."""
        self._ask(setup=setup, steps=0, playing=False)

    def step(self) -> None:
        """One day, then stop."""
        self._ask(steps=1, playing=False)

    def play(self) -> None:
        """Day after day, to the end or until something else is asked for."""
        self._ask(playing=True)

    def pause(self) -> None:
        """Stop after the day that is being computed."""
        self._ask(steps=0, playing=False)

    def set_pace(self, pace: float) -> None:
        """How many days a second are played at most."""
        self._ask(pace=pace)

    def close(self) -> None:
        """Give everything up; the thread ends."""
        self._ask(closed=True, playing=False)

    def _ask(self, **wishes: object) -> None:
        """Note wishes and wake the thread, which begins with the first wish."""
        with self._changed:
            for name, wish in wishes.items():
                setattr(self._wishes, name, wish)
            if self._thread is None and not self._wishes.closed:
                self._thread = Thread(target=self._work, name="supportnet-player", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    # --- the thread ------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Do what is asked until closed."""
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                wishes = self._wishes
                if wishes.closed:
                    self._pair = None
                    return
                setup, wishes.setup = wishes.setup, None
                if setup is None:
                    wishes.steps = max(0, wishes.steps - 1)
            try:
                self._begin(setup) if setup is not None else self._advance()
            except Exception as error:  # whatever it is, the visitor is told and may begin anew
                traceback.print_exc()
                self._pair = None
                self._say(Status("wrong", messages=(f"a mistake inside supportnet, not yours: {error}",)))

    def _has_work(self) -> bool:
        """Whether there is something to do."""
        wishes = self._wishes
        return wishes.closed or wishes.setup is not None or (self._can_go_on() and (wishes.playing or wishes.steps > 0))

    def _can_go_on(self) -> bool:
        """Whether there is a run that is not over."""
        return self._pair is not None and not self._pair.finished

    def _begin(self, setup: Setup) -> None:
        """Build both arms and live through the warm-up."""
        self._pair = None
        self._number += 1
        self._say(Status("preparing"))
        try:
            pair = Pair(setup, self._number, stop=lambda: self._wishes.closed or self._wishes.setup is not None)
        except Cancelled:
            return
        except SupportnetError as error:
            self._say(Status("wrong", messages=tuple(_sentences(error))))
            return
        self._pair = pair
        self._show()

    def _advance(self) -> None:
        """One day, at the chosen pace."""
        assert self._pair is not None
        with self._changed:
            wait = 1.0 / self._wishes.pace
        self._pair.advance()
        self._show()
        with self._changed:
            self._changed.wait_for(self._is_interrupted, timeout=wait if self._wishes.playing else 0.0)
            paused = not self._wishes.playing
        if paused and self._told.phase == "playing":
            self._say(replace(self._told, phase="ready"))

    def _is_interrupted(self) -> bool:
        """Whether playing has to end at once."""
        return self._wishes.closed or self._wishes.setup is not None or not self._wishes.playing

    def _say(self, status: Status) -> None:
        """Tell, and remember what was told."""
        self._told = status
        self.tell(status)

    def _show(self) -> None:
        """Tell how far the run has come."""
        assert self._pair is not None
        if self._pair.finished:
            with self._changed:
                self._wishes.playing = False
        phase: Phase = "finished" if self._pair.finished else "playing" if self._wishes.playing else "ready"
        self._say(Status(phase, self._pair.frame()))


def _sentences(error: SupportnetError) -> Sequence[str]:
    """What an error says, one text for each problem."""
    return [str(problem) for problem in error.problems] if isinstance(error, InputError) else [str(error)]


def warm_up() -> None:
    """Fetch the compiled model, or compile it, and lay out the first picture, by a run that nobody sees."""
    Pair(START).advance()
