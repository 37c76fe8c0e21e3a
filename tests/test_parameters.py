"""Every setting is declared in full, and nothing else can be set."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulation.errors import InputError
from simulation.generators import NETWORKS
from simulation.model import SupportNetworkModel
from simulation.outcomes import OUTCOMES
from simulation.parameters import Parameters
from simulation.records import Record, declarations, parameter
from simulation.registry import Registry

GRADES = {"V", "V2", "C", "M", "A", "-"}
SETTINGS: dict[str, Any] = {
    **{each.path: each for each in declarations(Parameters)},
    **{
        f"{name}:{each.path}": each
        for name, network in NETWORKS.items()
        for each in declarations(network)
        if each.path != "type"
    },
}
NUMBERS = [path for path, each in SETTINGS.items() if type(each.default) in (int, float)]


@pytest.mark.parametrize("path", SETTINGS)
def test_every_setting_says_what_it_is_and_where_its_value_comes_from(path):
    setting = SETTINGS[path]
    assert setting.meaning.endswith(".")
    assert setting.source
    assert setting.grade in GRADES


@pytest.mark.parametrize("path", SETTINGS)
def test_a_setting_graded_as_read_or_computed_names_its_source(path):
    if SETTINGS[path].grade in {"V", "V2", "C", "M"}:
        assert SETTINGS[path].source != "assumed"


@pytest.mark.parametrize("path", NUMBERS)
def test_defaults_are_allowed_and_plausible(path):
    setting = SETTINGS[path]
    assert setting.low is None or setting.default >= setting.low
    assert setting.high is None or setting.default <= setting.high
    if setting.plausible is not None:
        assert setting.plausible[0] <= setting.default <= setting.plausible[1]


@pytest.mark.parametrize("path", SETTINGS)
def test_every_plausible_value_is_allowed(path):
    setting = SETTINGS[path]
    if setting.plausible is not None:
        assert setting.low is None or setting.plausible[0] >= setting.low
        assert setting.high is None or setting.plausible[1] <= setting.high
        assert setting.plausible[0] <= setting.plausible[1]


@pytest.mark.parametrize("path", [path for path in NUMBERS if ":" not in path and SETTINGS[path].low is not None])
def test_a_value_below_the_allowed_range_is_refused(path):
    with pytest.raises(ValidationError):
        Parameters().with_values({path: SETTINGS[path].low - 1})


@pytest.mark.parametrize("path", [path for path in NUMBERS if ":" not in path and SETTINGS[path].high is not None])
def test_a_value_above_the_allowed_range_is_refused(path):
    with pytest.raises(ValidationError):
        Parameters().with_values({path: SETTINGS[path].high * 2 + 1})


def test_every_number_that_a_sweep_may_change_has_a_plausible_range():
    swept = [path for path in NUMBERS if ":" not in path]
    assert [path for path in swept if SETTINGS[path].plausible is None] == []


def test_values_replaced_by_path_leave_all_others_as_they_were():
    values = {"beliefs.stigma_mean": 0.6, "population.roles.student": 0.25, "population.roles.faculty": 0.30, "days": 5}
    changed = Parameters().with_values(values)
    assert (changed.beliefs.stigma_mean, changed.population.roles.student, changed.days) == (0.6, 0.25, 5)
    changed = changed.with_values({"population.roles.student": 0.35, "population.roles.faculty": 0.20})
    assert changed.with_values({"beliefs.stigma_mean": 0.45, "days": 60}) == Parameters()
    assert Parameters().beliefs.stigma_mean == 0.45


@pytest.mark.parametrize("path", ["beliefs.stigma_men", "belief.stigma_mean", "dayz"])
def test_a_path_that_nothing_stands_at_is_refused(path):
    with pytest.raises(ValidationError):
        Parameters().with_values({path: 0.5})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"step_minutes": 7.0}, "whole number of steps"),
        ({"population.roles.student": 0.5}, "add up to 1"),
        ({"beliefs.stigma_mean": 0.05, "beliefs.stigma_sd": 0.3}, "too wide"),
        ({"help.in_person_mean": 0.98, "help.in_person_sd": 0.2}, "too wide"),
        ({"beliefs.contact": float("nan")}, "finite"),
    ],
)
def test_values_that_cannot_stand_together_are_refused_with_the_reason(values, reason):
    with pytest.raises(ValidationError, match=reason):
        Parameters().with_values(values)


def test_parameters_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        setattr(Parameters().beliefs, "stigma_mean", 0.5)  # noqa: B010 - the type says so, too


def test_parameters_survive_a_round_trip_through_json():
    changed = Parameters().with_values({"network": {"type": "ring"}, "reading.scan_mean": 33.0})
    again = Parameters.model_validate_json(changed.model_dump_json())
    assert again == changed
    assert type(again.network) is type(changed.network)


def request_of(name) -> dict[str, Any]:
    """A request with one override."""
    return {name: 1}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("beliefs__stigma_men", "beliefs__stigma_mean"),
        ("agent", "agents"),
        ("reading__scan_meen", "reading__scan_mean"),
    ],
)
def test_an_unknown_override_is_refused_with_the_nearest_name(name, nearest):
    with pytest.raises(InputError, match=f"did you mean '{nearest}'"):
        SupportNetworkModel(**request_of(name))


def test_an_override_out_of_range_is_refused_with_its_path_and_value():
    with pytest.raises(InputError, match=r"beliefs\.stigma_mean: 2"):
        SupportNetworkModel(beliefs__stigma_mean=2)


def test_every_mistake_of_a_request_is_told_at_once():
    with pytest.raises(InputError) as caught:
        SupportNetworkModel(beliefs__stigma_mean=2, dayz=3)
    assert len(caught.value.problems) == 2


def test_an_unknown_name_in_a_registry_is_told_with_the_nearest_one():
    with pytest.raises(LookupError, match="did you mean 'normalization'"):
        OUTCOMES["normalisation"]


def test_a_name_is_registered_once():
    things: Registry[int] = Registry("thing")
    things.register("one")(1)
    with pytest.raises(ValueError, match="registered twice"):
        things.register("one")(2)
    assert dict(things) == {"one": 1}


def test_a_new_record_is_declared_like_those_that_are_there():
    class Inner(Record):
        depth: float = parameter(1.5, "How deep.", unit="m", allowed=(0, 10), plausible=(1, 2), grade="M", source="me")

    class Outer(Record):
        inner: Inner = Inner()
        name: str = parameter("x", "A name.")

    depth, name = declarations(Outer)
    assert (depth.path, depth.unit, depth.low, depth.high, depth.plausible) == ("inner.depth", "m", 0, 10, (1, 2))
    assert (name.path, name.default, name.low, name.grade) == ("name", "x", None, "A")
