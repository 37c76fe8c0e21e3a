"""Levers as factors: settings of interventions, by a path of their own.

`arms."general tag"[0].seeds.count` is the lever of the first intervention of one arm;
`interventions.hashtag.seeds.count` is that of every hashtag, in whichever arm. An arm without such an intervention
stays as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo

from experiments.arms import Arm
from experiments.problems import field_of
from experiments.yaml_files import Located, words_of
from simulation import INTERVENTIONS, Intervention, declarations, nearest_name

ONE_ARM = "arms"
EVERY_ARM = "interventions"
_FORMS = 'a lever is written arms."general tag"[0].seeds.count, or interventions.hashtag.seeds.count for every hashtag'


class Lever(NamedTuple):
    """A setting of one intervention of one arm.

    Args:
        arm, place: positions of the arm and of the intervention in it.
        path: dotted path of the setting in the intervention.
    """

    arm: int
    place: int
    path: str


def is_lever(path: str) -> bool:
    """Whether the path of a factor is that of a lever."""
    return path.split(".", 1)[0] in {ONE_ARM, EVERY_ARM}


def levers_at(arms: Sequence[Arm], path: str) -> list[Lever]:
    """The levers that a path stands for; none when there is no such intervention."""
    words = _words(path)
    return list(_of_one_arm(arms, words) if words[:1] == (ONE_ARM,) else _of_every_arm(arms, words))


@lru_cache(maxsize=1024)
def _words(path: str) -> tuple[str | int, ...]:
    """The words of a path; kept, since every scenario asks for them."""
    return words_of(path)


def _of_one_arm(arms: Sequence[Arm], words: tuple[str | int, ...]) -> Iterator[Lever]:
    """`arms.NAME[PLACE].setting`."""
    if len(words) < 4 or not isinstance(words[2], int):
        return
    for index, arm in enumerate(arms):
        if arm.name == words[1] and words[2] < len(arm.interventions):
            yield Lever(index, words[2], ".".join(str(word) for word in words[3:]))


def _of_every_arm(arms: Sequence[Arm], words: tuple[str | int, ...]) -> Iterator[Lever]:
    """`interventions.TYPE.setting`."""
    for index, arm in enumerate(arms):
        for place, action in enumerate(arm.interventions):
            if len(words) > 2 and getattr(action, "type", None) == words[1]:
                yield Lever(index, place, ".".join(str(word) for word in words[2:]))


def lever_field(arms: Sequence[Arm], path: str) -> FieldInfo | None:
    """The declaration of the lever at a path, None when there is no such lever."""
    found = [field_of(arms[lever.arm].interventions[lever.place], lever.path) for lever in levers_at(arms, path)]
    return found[0] if found and lever_name(path) != "type" else None


def lever_name(path: str) -> str:
    """The last word of a path."""
    return str((words_of(path) or ("",))[-1])


def unknown_lever(arms: Sequence[Arm], path: str) -> Located:
    """The problem with a factor that is not a lever of these arms."""
    names = [*_names(arms)]
    what = "no such lever in the arms of this study"
    allowed = f"{_FORMS}; 'supportnet list interventions' shows all"
    return Located(("factors", path), what, allowed, nearest_name(path, names))


def _names(arms: Sequence[Arm]) -> Iterator[str]:
    """Every lever of the arms, in both ways of writing."""
    for arm in arms:
        for place, action in enumerate(arm.interventions):
            kind = getattr(action, "type", "")
            for item in declarations(INTERVENTIONS[kind]):
                if item.path != "type":
                    yield f"{EVERY_ARM}.{kind}.{item.path}"
                    yield f'{ONE_ARM}."{arm.name}"[{place}].{item.path}'


def with_levers(arms: tuple[Arm, ...], values: Mapping[str, Any]) -> tuple[Arm, ...]:
    """The arms with levers set to the values of a point; the very same where there is nothing to set.

    Raises:
        pydantic.ValidationError: a value does not go with the other levers of its intervention.
        InputError: two interventions of an arm contradict each other.
    """
    changes: dict[int, dict[int, dict[str, Any]]] = {}
    for path, value in values.items():
        for lever in levers_at(arms, path):
            changes.setdefault(lever.arm, {}).setdefault(lever.place, {})[lever.path] = value
    return tuple(_arm(arm, changes[index]) if index in changes else arm for index, arm in enumerate(arms))


def _arm(arm: Arm, changes: Mapping[int, Mapping[str, Any]]) -> Arm:
    """An arm with levers of some of its interventions set."""
    actions = enumerate(arm.interventions)
    return Arm(arm.name, [_changed(action, changes[i]) if i in changes else action for i, action in actions])


def _changed(action: Intervention, values: Mapping[str, Any]) -> Intervention:
    """An intervention with some levers set, checked anew.

    Raises:
        pydantic.ValidationError: the levers do not go together.
    """
    tree = action.model_dump()
    for path, value in values.items():
        *groups, name = path.split(".")
        branch = tree
        for group in groups:
            branch = branch[group]
        branch[name] = value
    return type(action).model_validate(tree)
