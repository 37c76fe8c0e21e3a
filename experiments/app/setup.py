"""What a visitor has chosen, and the study that it stands for.

The study is written as the text of a study file and read back by the reader of study files: what is computed is what
the downloaded file says, because it is computed from that file.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from ruamel.yaml import YAML

from experiments.app.controls import Control, action_groups, setting_groups
from experiments.study import Experiment, Study
from experiments.study_files import fields_of
from experiments.yaml_files import parse_document
from simulation import InputError, Problem, nearest_name

Levers = Mapping[str, object]

SETTINGS: Mapping[str, Control] = {item.path: item for group in setting_groups() for item in group.controls}
"""Every setting that can be chosen, by its path."""
ACTIONS: Mapping[str, Mapping[str, Control]] = {
    group.name: {item.path: item for item in group.controls} for group in action_groups()
}
"""Every lever that can be chosen, by intervention and path."""

LARGEST_SEED = 999_999
NAMES = ("left", "right")
"""Which arm stands where."""

_SOURCE = "settings"
"""What messages would call the file."""
_QUESTION = "What do the interventions of the second arm change, compared with the first, in this one pair of runs?"


@dataclass(frozen=True)
class Setup:
    """The choices of one visitor.

    Args:
        settings: those that differ from the defaults of `configs/base.yaml`, by dotted path.
        arms: for each arm its interventions with the levers that were touched, by name and path.
        seed: of the study; both arms have the same luck.
    """

    settings: Mapping[str, object]
    arms: tuple[Mapping[str, Levers], Mapping[str, Levers]]
    seed: int = 1

    # --- changes ---------------------------------------------------------------------------------------------------

    def with_setting(self, path: str, value: object) -> "Setup":
        """With another value of a setting.

        Raises:
            InputError: there is no such setting here, or the value cannot stand.
        """
        return replace(self, settings={**self.settings, path: _checked(SETTINGS, path, value)})

    def with_seed(self, seed: object) -> "Setup":
        """With another seed.

        Raises:
            InputError: not a whole number from 0 to `LARGEST_SEED`.
        """
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            what = f"{seed!r} is not a seed" if len(repr(seed)) < 40 else "this is not a seed"
            raise InputError(Problem("seed", what, f"a whole number from 0 to {LARGEST_SEED:,}"))
        return replace(self, seed=seed)

    def with_action(self, side: int, name: str, on: bool) -> "Setup":
        """With an intervention switched on, its levers as they are by default, or off.

        Raises:
            InputError: there is no such intervention or arm.
        """
        arm = dict(self.arms[_side(side)])
        _known(ACTIONS, name, "interventions")
        arm.pop(name, None)
        return self._with_arm(side, {**arm, name: {}} if on else arm)

    def with_lever(self, side: int, name: str, path: str, value: object) -> "Setup":
        """With another value of a lever of an intervention that is on.

        Raises:
            InputError: there is no such lever, the intervention is off, or the value cannot stand.
        """
        arm = self.arms[_side(side)]
        _known(arm, name, "interventions")
        levers = {**arm[name], path: _checked(ACTIONS[name], path, value)}
        return self._with_arm(side, {**arm, name: levers})

    def _with_arm(self, side: int, arm: Mapping[str, Levers]) -> "Setup":
        """With one arm replaced; interventions stand in the order of their numbers."""
        ordered = {name: arm[name] for name in ACTIONS if name in arm}
        return replace(self, arms=(ordered, self.arms[1]) if side == 0 else (self.arms[0], ordered))

    # --- what it stands for ----------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, str]:
        """The arms in words, different ones."""
        left, right = (", ".join(name.replace("_", " ") for name in arm) or "none" for arm in self.arms)
        return (left, right) if left != right else (f"{left} (left)", f"{right} (right)")

    def document(self) -> dict[str, Any]:
        """The study as plain values, in the order of a study file."""
        settings = _nested(self.settings)
        network = settings.pop("network", None) or {"type": SETTINGS["network.type"].default}
        arms = [[{"type": name, **_nested(levers)} for name, levers in arm.items()] for arm in self.arms]
        return {
            "study": "dashboard",
            "question": _QUESTION,
            "base": {**_sizes(), **settings},
            "network": network,
            "arms": dict(zip(self.names, arms, strict=True)),
            "baseline": self.names[0],
            "replicates": 1,
            "seed": self.seed,
        }

    def text(self) -> str:
        """The text of the study file."""
        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = False
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        yaml.width = 120
        buffer = io.StringIO()
        yaml.dump(self.document(), buffer)
        return f"{_HEAD.format(version=version('supportnet'))}{buffer.getvalue()}"

    def study(self) -> Study:
        """The study.

        Raises:
            InputError: settings do not go together, or interventions do not.
        """
        return Study(**fields_of(parse_document(self.text(), _SOURCE)))

    def experiments(self) -> tuple[Experiment, ...]:
        """The runs of both arms.

        Raises:
            InputError: settings do not go together, or interventions do not.
        """
        return tuple(self.study().experiments())


_HEAD = """\
# Two arms with the same luck, as the dashboard of supportnet {version} showed them; what is not named has its default.
#   supportnet run FILE    gives the numbers of its curves, day by day, and those of the days that were not played
"""

START = Setup({"agents": 500}, ({}, {"hashtag": {"seeds.count": 10}}), seed=4)
"""What the page begins with. With this seed the tag spreads; with most others among so few people it does not, and the
page says so."""


def problems_of(setup: Setup) -> list[str]:
    """What keeps a setup from being run, in words; nothing where it can be run."""
    try:
        setup.study()
    except InputError as error:
        return [re.sub(rf"^{_SOURCE}(:\d+)?: ", "", str(problem)) for problem in error.problems]
    return []


def _checked(known: Mapping[str, Control], path: str, value: object) -> object:
    """A value that can stand at a path; a whole number where one is asked for.

    Raises:
        InputError: there is no such control, or the value cannot stand.
    """
    _known(known, path, "settings")
    refusal = known[path].refusal(value)
    if refusal:
        shown = repr(value) if len(repr(value)) < 40 else "this value"
        raise InputError(Problem(path, f"{shown} {refusal}", known[path].sentence))
    return int(value) if known[path].kind == "whole" and isinstance(value, float) else value


def _known(known: Mapping[str, object], name: object, kind: str) -> None:
    """Make sure that a name is one of those known.

    Raises:
        InputError: it is not.
    """
    if not isinstance(name, str) or name not in known:
        text = str(name)[:60]
        raise InputError(Problem(text, f"not among the {kind} here", nearest=nearest_name(text, known)))


def _side(side: object) -> int:
    """Left or right.

    Raises:
        InputError: neither.
    """
    if side not in (0, 1) or isinstance(side, bool):
        raise InputError(Problem("arm", "is neither the left nor the right one", "0 or 1"))
    return int(side)


def _sizes() -> dict[str, object]:
    """Sizes are always written, since they say at once what is run."""
    return {path: SETTINGS[path].default for path in ("agents", "days")}


def _nested(values: Mapping[str, object]) -> dict[str, Any]:
    """Values by dotted path as a tree; None for what is left out."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *groups, name = path.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[name] = value
    return tree
