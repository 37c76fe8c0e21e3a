"""What can be wrong with factors: their names, their values, and the scenarios that follow from them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from experiments.designs import Design, Grid
from experiments.factors import Range
from experiments.levers import is_lever, unknown_lever
from experiments.problems import allowed_values, value_problem
from experiments.scenarios import Given, declared_at, designed, given, label_of, scenario_of
from experiments.yaml_files import Located, shown_value
from simulation import InputError, Parameters, declarations, nearest_name

_LIST = "a grid takes a list of values, for example [0.3, 0.45, 0.6]"
_RANGE = "a range is written {from: 0.2, to: 0.8} or {from: 1, to: 1000, scale: log}"


def factor_problems(fields: Mapping[str, Any], most_points: int) -> Iterator[Located]:
    """Every factor is a setting or a lever, every value is allowed, and so is every combination.

    Fields that are absent were found wrong before: while the base is, settings are looked up in the defaults.

    Args:
        fields: of the study, factors among them.
        most_points: how many scenarios may be made for the check.
    """
    found = [problem for path in fields["factors"] for problem in _values_problems(fields, path)]
    if "design" in fields:
        found += fields["design"].problems(fields["factors"])
    yield from found
    is_complete = {"base", "arms", "design", "seed"} <= fields.keys() and isinstance(fields["seed"], int)
    if not found and is_complete and number_of_points(fields) <= most_points:
        yield from _combination_problems(
            given(fields["base"], fields["arms"], fields["factors"], fields["design"], fields["seed"])
        )


def _values_problems(fields: Mapping[str, Any], path: str) -> Iterator[Located]:
    """The path of a factor and each of its values."""
    base, arms, design = fields.get("base", Parameters()), fields.get("arms", ()), fields.get("design")
    values, declared = fields["factors"][path], declared_at(base, arms, path)
    if is_lever(path) and "arms" not in fields:
        return
    if declared is None:
        yield unknown_lever(arms, path) if is_lever(path) else unknown_setting(base, path)
    elif isinstance(values, Range):
        yield from _range_problems(declared, design, path, values)
    else:
        yield from _list_problems(declared, design, path, values)


def _list_problems(field: FieldInfo, design: Design | None, path: str, values: tuple[Any, ...]) -> Iterator[Located]:
    """Each value of a list is allowed, and stands there once."""
    if not values:
        yield Located(("factors", path), "has no values", "for example [0.3, 0.45, 0.6]")
    seen: set[str] = set()
    for index, value in enumerate(values):
        text = shown_value(value)
        if text in seen:
            if design is None or not design.repeats:
                yield Located(("factors", path, index), f"{text} is given twice")
            continue
        seen.add(text)
        problem = value_problem(field, value, ("factors", path, index))
        if problem:
            yield problem


def _range_problems(field: FieldInfo, design: Design | None, path: str, values: Range) -> Iterator[Located]:
    """The design draws, the setting is a number, and both ends are allowed."""
    here = ("factors", path)
    if design is not None and not design.draws:
        yield Located(here, "a range needs a design that draws from ranges", _LIST)
        return
    if not any(kind in str(field.annotation) for kind in ("int", "float")):
        yield Located(here, "a range needs a setting that is a number", f"give a list; {allowed_values(field)}")
        return
    ends = [value_problem(field, end, (*here, key)) for key, end in (("from", values.low), ("to", values.high))]
    found = [problem for problem in ends if problem]
    yield from found
    if not found and not values.low < values.high:
        yield Located(here, f"from {values.low:g} is not below to {values.high:g}", _RANGE)
    if not found and values.scale == "log" and values.low <= 0:
        yield Located((*here, "from"), f"{values.low:g} has no logarithm", "a range with scale: log begins above 0")


def _combination_problems(of: Given) -> Iterator[Located]:
    """The first combination of values that the settings do not allow, if there is one."""
    try:
        designed(of)
    except (ValidationError, InputError):
        for point in of.design.choose(of.factors, of.seed):
            what = _refused(of, point)
            if what:
                yield Located(("factors",), f"the scenario {label_of(point)} cannot be: {what}")
                return


def _refused(of: Given, point: dict[str, Any]) -> str:
    """Why a point cannot be; empty when it can."""
    try:
        scenario_of(of, point)
    except ValidationError as error:
        return str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
    except InputError as error:
        return error.problems[0].what
    return ""


def number_of_points(fields: Mapping[str, Any]) -> int:
    """How many points a study asks for; 1 where that cannot be said."""
    design = fields.get("design", Grid())
    points: int = design.number_of_points(fields.get("factors", {}))
    return max(1, points)


def unknown_setting(base: Parameters, path: str) -> Located:
    """The problem with a factor that is not a setting."""
    names = setting_paths(base)
    by_last_word = {name.rsplit(".", 1)[-1]: name for name in reversed(names)}
    nearest = nearest_name(path, names) or by_last_word.get(path.rsplit(".", 1)[-1], "")
    is_group = any(name.startswith(f"{path}.") for name in names)
    what = "is a group of settings, not a setting" if is_group else "no such setting"
    allowed = "a factor is a setting such as beliefs.stigma_mean; 'supportnet list parameters' shows all"
    return Located(("factors", path), what, allowed, "" if is_group else nearest)


def setting_paths(base: Parameters) -> list[str]:
    """Dotted paths of every setting, those of the network included."""
    own = [item.path for item in declarations(Parameters) if not item.path.startswith("network")]
    return own + [item.path for item in declarations(type(base.network), "network.")]
