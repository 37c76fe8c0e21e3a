"""The page itself, in Solara: what goes from a visitor to the parts of the page, and what they send back.

Each open page has a `Visitor` of its own, which ends with it. The parts of the page are the `.vue` files beside this
one: they draw what they are given and send what was pressed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

from experiments.app.charts import charts, choices, table
from experiments.app.controls import Control, Group, action_groups, setting_groups
from experiments.app.runs import Frame
from experiments.app.setup import LARGEST_SEED
from experiments.app.visitor import PACES, Visitor

_HERE = Path(__file__).parent
_STYLE = (_HERE / "style.css").read_text(encoding="utf-8")
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
    _, count = solara.use_state(0)
    visitor: Visitor = solara.use_memo(lambda: Visitor(lambda: count(lambda changes: changes + 1)), [])
    solara.use_effect(lambda: _live(visitor), [])
    solara.Style(_STYLE)
    solara.Title("supportnet")
    Heading(title="supportnet")
    with solara.Div(classes=["sn-columns"]):
        _controls(visitor)
        with solara.Div(classes=["sn-stage"]):
            _transport(visitor)
            _outcomes(visitor)


def _live(visitor: Visitor) -> Callable[[], None]:
    """Begin with the page, end with it."""
    visitor.open()
    return visitor.close


def _controls(visitor: Visitor) -> None:
    """What can be chosen."""
    view = visitor.view
    Controls(
        groups=_GROUPS,
        actions=_ACTIONS,
        values=dict(view.setup.settings),
        arms=[{name: dict(levers) for name, levers in arm.items()} for arm in view.setup.arms],
        seed=view.setup.seed,
        largest_seed=LARGEST_SEED,
        problems=list(view.problems),
        event_set_setting=visitor.set_setting,
        event_set_seed=visitor.set_seed,
        event_set_action=visitor.set_action,
        event_set_lever=visitor.set_lever,
    )


def _transport(visitor: Visitor) -> None:
    """What can be done."""
    view, frame = visitor.view, visitor.view.frame
    Transport(
        phase=view.status.phase,
        day=frame.day if frame else 0,
        days=frame.days if frame else 0,
        changed=view.changed,
        possible=view.possible,
        messages=[*view.problems, *view.status.messages, *_notes(frame)],
        file=frame.text if frame else "",
        paces=list(PACES),
        pace=view.pace,
        event_play=visitor.play,
        event_pause=visitor.pause,
        event_step=visitor.step,
        event_reset=visitor.reset,
        event_set_pace=visitor.set_pace,
    )


def _outcomes(visitor: Visitor) -> None:
    """What there is to see, once there is something."""
    frame, chosen = visitor.view.frame, visitor.view.chosen
    if frame is None:
        return
    Networks(picture=_picture(frame), sides=_sides(frame), day=frame.day)
    Curves(
        charts=charts(frame, chosen),
        rows=table(frame, chosen),
        names=[side.name for side in frame.sides],
        days=frame.days,
        choices=_CHOICES,
        chosen=list(chosen),
        event_choose=visitor.choose,
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
