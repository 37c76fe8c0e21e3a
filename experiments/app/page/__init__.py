"""The page itself, in Solara: what was chosen, what is shown, and who is asked when a button is pressed.

Each visitor (each open page) has a state and a `Player` of their own, which ends with the page. The parts of the page
are the `.vue` files beside this one: they draw what they are given and send what was pressed; everything that comes
from them is checked here.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

from experiments.app.charts import FIRST, charts, choices, kept, table
from experiments.app.controls import Control, Group, action_groups, setting_groups
from experiments.app.runs import Frame, Player, Status
from experiments.app.setup import LARGEST_SEED, START, Setup, problems_of
from simulation import InputError

_HERE = Path(__file__).parent
_STYLE = (_HERE / "style.css").read_text(encoding="utf-8")
PACES = (1.0, 4.0, 20.0)
"""Days a second: slow, normal, as fast as it goes."""

Event = Callable[[Any], None]


@solara.component_vue("heading.vue", vuetify=False)
def Heading(title: str) -> None:
    """Title, what one sees, and what it is not."""


@solara.component_vue("controls.vue", vuetify=False)
def Controls(  # noqa: PLR0913 - what goes in and what comes out
    groups: list[dict[str, Any]],
    actions: list[dict[str, Any]],
    values: dict[str, Any],
    arms: list[dict[str, Any]],
    seed: int,
    largest_seed: int,
    problems: list[str],
    event_set_setting: Event,
    event_set_seed: Event,
    event_set_action: Event,
    event_set_lever: Event,
) -> None:
    """Sliders, switches and choices for the world and for both arms."""


@solara.component_vue("transport.vue", vuetify=False)
def Transport(  # noqa: PLR0913 - what goes in and what comes out
    phase: str,
    day: int,
    days: int,
    changed: bool,
    possible: bool,
    messages: list[str],
    file: str,
    paces: list[float],
    pace: float,
    event_play: Event,
    event_pause: Event,
    event_step: Event,
    event_reset: Event,
    event_set_pace: Event,
) -> None:
    """Play, pause, one day, reset, pace, and the study file of what is on the screen."""


@solara.component_vue("networks.vue", vuetify=False)
def Networks(picture: dict[str, Any], sides: list[dict[str, Any]], day: int) -> None:
    """The network of both arms, with who reached whom, and the legend."""


@solara.component_vue("curves.vue", vuetify=False)
def Curves(
    charts: list[dict[str, Any]],
    rows: list[dict[str, str]],
    names: list[str],
    days: int,
    choices: list[dict[str, str]],
    chosen: list[str],
    event_choose: Event,
) -> None:
    """Curves of both arms, the numbers of the day, and which outcomes are shown."""


@solara.component
def Layout(children: list[solara.Element] = []) -> solara.Element:  # noqa: B006 - Solara's own way
    """Nothing round the page."""
    return solara.Div(children=children, classes=["supportnet"])


@solara.component
def Page() -> None:
    """The dashboard of one visitor."""
    setup, set_setup = solara.use_state(START)
    problems, set_problems = solara.use_state([])
    status, set_status = solara.use_state(Status())
    pace, set_pace = solara.use_state(PACES[1])
    chosen, set_chosen = solara.use_state(FIRST)
    player: Player = solara.use_memo(lambda: Player(set_status), [])
    shown = solara.use_ref(None)
    if status.frame is not None:
        shown.current = status.frame
    frame: Frame | None = shown.current

    def live() -> Callable[[], None]:
        """Begin with the page, end with it."""
        player.reset(START)
        return player.close

    solara.use_effect(live, [])

    def change(make: Callable[[], Setup]) -> None:
        """Take a change over where it can stand, and say what is wrong where it cannot."""
        try:
            changed = make()
        except (InputError, KeyError, TypeError, ValueError) as error:
            set_problems([str(error)])
            return
        set_setup(changed)
        set_problems(problems_of(changed))

    def set_tempo(value: Any) -> None:  # noqa: ANN401 - whatever a page sends
        """Another pace, of those that there are."""
        if value in PACES:
            set_pace(float(value))
            player.set_pace(float(value))

    solara.Style(_STYLE)
    solara.Title("supportnet")
    Heading(title="supportnet")
    with solara.Div(classes=["sn-columns"]):
        Controls(
            groups=_GROUPS,
            actions=_ACTIONS,
            values=dict(setup.settings),
            arms=[{name: dict(levers) for name, levers in arm.items()} for arm in setup.arms],
            seed=setup.seed,
            largest_seed=LARGEST_SEED,
            problems=problems,
            event_set_setting=lambda data: change(lambda: setup.with_setting(data["path"], data["value"])),
            event_set_seed=lambda seed: change(lambda: setup.with_seed(seed)),
            event_set_action=lambda data: change(
                lambda: setup.with_action(data["side"], data["name"], bool(data["on"]))
            ),
            event_set_lever=lambda data: change(
                lambda: setup.with_lever(data["side"], data["name"], data["path"], data["value"])
            ),
        )
        with solara.Div(classes=["sn-stage"]):
            Transport(
                phase=status.phase,
                day=frame.day if frame else 0,
                days=frame.days if frame else 0,
                changed=frame is not None and frame.setup != setup,
                possible=not problems,
                messages=[*status.messages, *_notes(frame)],
                file=frame.setup.text() if frame else "",
                paces=list(PACES),
                pace=pace,
                event_play=lambda _: player.play(),
                event_pause=lambda _: player.pause(),
                event_step=lambda _: player.step(),
                event_reset=lambda _: player.reset(setup) if not problems_of(setup) else None,
                event_set_pace=set_tempo,
            )
            if frame is not None:
                Networks(picture=_picture(frame), sides=_sides(frame), day=frame.day)
                Curves(
                    charts=charts(frame, chosen),
                    rows=table(frame, chosen),
                    names=[side.name for side in frame.sides],
                    days=frame.days,
                    choices=_CHOICES,
                    chosen=list(chosen),
                    event_choose=lambda names: set_chosen(kept(names)),
                )


def _notes(frame: Frame | None) -> list[str]:
    """What is allowed in the arms, but hardly meant."""
    return [f"{side.name}: {note}" for side in frame.sides for note in side.notes] if frame else []


def _picture(frame: Frame) -> dict[str, Any]:
    """The unchanging part of the networks; the same values for one run, so they are sent once."""
    return {**frame.picture.values(), "run": frame.number}


def _sides(frame: Frame) -> list[dict[str, Any]]:
    """What changes in the networks from day to day."""
    return [{"name": side.name, "states": list(side.states), "links": list(side.links)} for side in frame.sides]


def _plain(group: Group) -> dict[str, Any]:
    """A group as plain values."""
    return {
        "name": group.name,
        "title": group.title,
        "sentence": group.sentence,
        "controls": [_plain_control(item) for item in group.controls],
    }


def _plain_control(item: Control) -> dict[str, Any]:
    """A control as plain values."""
    return {name: getattr(item, name) for name in _FIELDS}


_FIELDS = (
    "path", "title", "sentence", "unit", "source", "kind", "default", "low", "high", "start", "end", "suggested",
    "choices", "optional",
)  # fmt: skip
_GROUPS = [_plain(group) for group in setting_groups()]
_ACTIONS = [_plain(group) for group in action_groups()]
_CHOICES = choices()
