"""What one visitor has chosen and is shown; every button of the page is a method here.

Whatever comes from a page is checked here. A change counts at once, also before the page has been drawn again, so that
quick hands lose nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from experiments.app.charts import FIRST, kept
from experiments.app.runs import PREPARING, Frame, Player, Status
from experiments.app.setup import START, Setup, problems_of
from simulation import InputError

PACES = (1.0, 4.0, 20.0)
"""Days a second: slow, normal, as fast as it goes."""

Data = Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """What there is to show.

    Args:
        setup: as chosen, which the next reset begins with.
        problems: what keeps it from being run, or what was refused last.
        possible: whether it can be run.
        status: what the player said last.
        frame: what the player showed last; None before the first run.
        pace: days a second.
        chosen: names of the curves.
    """

    setup: Setup = START
    problems: tuple[str, ...] = ()
    possible: bool = True
    status: Status = PREPARING
    frame: Frame | None = None
    pace: float = PACES[1]
    chosen: tuple[str, ...] = FIRST

    @property
    def changed(self) -> bool:
        """Whether the next run will be another one than that which is shown."""
        return self.frame is not None and self.frame.setup != self.setup


class Visitor:
    """One open page.

    Args:
        changed: called, from any thread, whenever `view` has become another one.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self.view = View()
        self._changed = changed
        self._lock = Lock()
        self._player = Player(self._told)

    def open(self) -> None:
        """Begin with the first run."""
        self._player.reset(self.view.setup)

    def close(self) -> None:
        """Give up whatever is computed."""
        self._player.close()

    # --- the run ---------------------------------------------------------------------------------------------------

    def play(self, _: object = None) -> None:
        """Day after day."""
        self._player.play()

    def pause(self, _: object = None) -> None:
        """Stop after the day that is being computed."""
        self._player.pause()

    def step(self, _: object = None) -> None:
        """One day."""
        self._player.step()

    def reset(self, _: object = None) -> None:
        """Begin anew with what was chosen, where it can be run."""
        if self.view.possible:
            self._player.reset(self.view.setup)

    def set_pace(self, pace: object) -> None:
        """One of the paces that there are."""
        if pace in PACES:
            chosen = next(known for known in PACES if known == pace)
            self._player.set_pace(chosen)
            self._become(pace=chosen)

    # --- what is chosen --------------------------------------------------------------------------------------------

    def set_setting(self, data: Data) -> None:
        """`path`, `value`."""
        self._choose(lambda setup: setup.with_setting(data["path"], data["value"]))

    def set_seed(self, seed: object) -> None:
        """The seed."""
        self._choose(lambda setup: setup.with_seed(seed))

    def set_action(self, data: Data) -> None:
        """`side`, `name`, `on`."""
        self._choose(lambda setup: setup.with_action(data["side"], data["name"], bool(data["on"])))

    def set_lever(self, data: Data) -> None:
        """`side`, `name`, `path`, `value`."""
        self._choose(lambda setup: setup.with_lever(data["side"], data["name"], data["path"], data["value"]))

    def choose(self, data: Data) -> None:
        """Show a curve or take it away: `name`, `on`."""
        try:
            name, on = data["name"], bool(data["on"])
            others = tuple(other for other in self.view.chosen if other != name)
            chosen = kept((*others, name)) if on else others
        except (KeyError, TypeError):
            return
        self._become(chosen=chosen)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _choose(self, make: Callable[[Setup], Setup]) -> None:
        """Take a change over where it can stand, and say what is wrong where it cannot."""
        try:
            setup = make(self.view.setup)
        except (InputError, KeyError, TypeError) as error:
            self._become(problems=(str(error),))
            return
        problems = tuple(problems_of(setup))
        self._become(setup=setup, problems=problems, possible=not problems)

    def _told(self, status: Status) -> None:
        """Take over what the player says; the last picture stays until there is another."""
        frame = {} if status.frame is None else {"frame": status.frame}
        self._become(status=status, **frame)

    def _become(self, **changes: Any) -> None:  # noqa: ANN401 - fields of a view
        """Another view."""
        with self._lock:
            self.view = replace(self.view, **changes)
        self._changed()
