"""Designs: how many points, which, the same everywhere; levers and settings as factors; tables of points."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from SALib.analyze import sobol as sobol_indices

from experiments.arms import Arm
from experiments.designs import DESIGNS, Grid, LatinHypercube, Morris, Sobol, Table, design_seed, unit_problem
from experiments.factors import Factors, Range, as_values, value_at
from experiments.point_tables import MOST_CELLS, read_points
from experiments.study import Study
from simulation import Hashtag, InputError, Moderation, Parameters

FACTORS: Factors = {
    "beliefs.stigma_mean": Range(0.2, 0.6),
    "agents": Range(10, 1000, "log"),
    "network.type": ("ring", "star"),
}
BASE = Parameters(agents=40, days=2)
DRAWN = (
    LatinHypercube(points=16),
    Sobol(base_points=4),
    Sobol(base_points=4, second_order=True),
    Morris(trajectories=5, levels=6),
)
TAGGED = (
    Arm("none"),
    Arm("tag", [Hashtag(seeds={"count": 3})]),
    Arm("tag, desk", [Hashtag(), Moderation(servers=2)]),
)

GOLDEN = {
    "latin_hypercube": [0.256903, 69.3824, "star"],
    "sobol": [0.446353, 144.623, "star"],
    "morris": [0.2, 158.489, "ring"],
}


def study(factors, design=None, **more):
    return Study(base=BASE, factors=factors, design=design or Grid(), **more)


def table(tmp_path, text):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(tmp_path, text):
    with pytest.raises(InputError) as caught:
        study({}, Table(file=str(table(tmp_path, text))))
    return str(caught.value).replace(str(tmp_path / "points.csv"), "POINTS")


def named(design):
    return f"{design.type}-{design.number_of_points(FACTORS)}"


# --- every design -----------------------------------------------------------------------------------------------------


def test_every_design_of_the_contract_is_registered():
    assert set(DESIGNS) == {"grid", "table", "latin_hypercube", "sobol", "morris", "ridge", "posterior"}


@pytest.mark.parametrize("design", DRAWN, ids=named)
def test_a_design_has_as_many_points_as_it_says(design):
    assert len(design.choose(FACTORS, 1)) == design.number_of_points(FACTORS)


def test_the_documented_numbers_of_points():
    assert [design.number_of_points(FACTORS) for design in DRAWN] == [16, 4 * 5, 4 * 8, 5 * 4]


@pytest.mark.parametrize("design", DRAWN, ids=named)
def test_points_follow_from_the_seed_of_the_study_and_from_nothing_else(design):
    once = design.choose(FACTORS, 7)
    assert design.choose(FACTORS, 7) == once != design.choose(FACTORS, 8)


@pytest.mark.parametrize("design", DRAWN, ids=named)
def test_a_seed_of_its_own_frees_a_design_from_that_of_the_study(design):
    own = design.model_copy(update={"seed": 5})
    assert own.choose(FACTORS, 1) == own.choose(FACTORS, 2)


@pytest.mark.parametrize("design", DRAWN, ids=named)
def test_every_value_lies_within_its_range_or_list(design):
    for point in design.choose({**FACTORS, "agents": Range(10, 1000, "log", whole=True)}, 3):
        assert 0.2 <= point["beliefs.stigma_mean"] <= 0.6
        assert isinstance(point["agents"], int)
        assert 10 <= point["agents"] <= 1000
        assert point["network.type"] in ("ring", "star")


def test_the_seed_of_a_design_is_the_written_hash():
    # First 32 bits of SHA-256 of the text supportnet/42/design, halved; computed with sha256sum.
    assert design_seed(42) == int("0ccdbce0", 16) >> 1


def test_points_are_those_that_were_drawn_when_this_was_written():
    """The same on every machine, and after every update of SciPy and SALib that claims to change nothing."""
    first = {design.type: list(design.choose(FACTORS, 42)[1].values()) for design in DRAWN[:2] + DRAWN[3:]}
    assert first == GOLDEN


# --- each of them -----------------------------------------------------------------------------------------------------


def test_a_latin_hypercube_has_one_point_in_every_part_of_every_factor():
    unit = LatinHypercube(points=50).unit(4, 1)
    for column in unit.T:
        assert sorted(np.floor(column * 50)) == list(range(50))


def test_twice_as_many_base_points_of_a_sobol_design_begin_with_the_same_ones():
    few, many = (Sobol(base_points=size).choose(FACTORS, 1) for size in (8, 16))
    assert many[: len(few)] == few


def test_sobol_points_give_the_indices_of_a_function_whose_indices_are_known():
    # Ishigami's function with a = 7, b = 0.1: first-order indices 0.3139, 0.4424, 0 (Saltelli et al., 2008).
    unit = Sobol(base_points=2048).unit(3, 1)
    x = -math.pi + 2 * math.pi * unit
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = sobol_indices.analyze(unit_problem(3), y, calc_second_order=False, seed=1)
    assert found["S1"] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)


def test_a_trajectory_of_morris_changes_one_factor_at_a_time_by_the_same_step():
    design = Morris(trajectories=7, levels=4)
    for path in design.unit(5, 1).reshape(7, 6, 5):
        steps = np.diff(path, axis=0)
        assert sorted(np.argmax(abs(steps), axis=1)) == [0, 1, 2, 3, 4]
        assert np.sort(abs(steps), axis=1)[:, :-1].max() < 1e-12
        assert abs(steps).max(axis=1) == pytest.approx([2 / 3] * 5)


@given(st.integers(-50, 50), st.integers(1, 60))
def test_whole_numbers_of_a_range_are_equally_likely(low, width):
    values = Range(low, low + width - 1, whole=True)
    drawn = Counter(values.at((i + 0.5) / (10 * width)) for i in range(10 * width))
    assert drawn == {low + i: 10 for i in range(width)}


def test_a_logarithmic_range_gives_every_order_of_magnitude_its_share():
    drawn = [Range(1, 1000, "log").at((i + 0.5) / 300) for i in range(300)]
    assert [sum(10**k <= value < 10 ** (k + 1) for value in drawn) for k in range(3)] == [100, 100, 100]


def test_choices_have_equal_shares_with_both_ends_included():
    assert [value_at(("a", "b", "c"), share) for share in (0.0, 0.33, 0.34, 0.99, 1.0)] == ["a", "a", "b", "c", "c"]
    assert Range(0, 4, whole=True).at(1.0) == 4


def test_values_in_python_may_be_written_as_in_a_file():
    assert as_values({"from": 1, "to": 2, "scale": "log"}) == Range(1, 2, "log")


# --- scenarios --------------------------------------------------------------------------------------------------------


def test_the_table_of_scenarios_records_every_value_of_every_point():
    drawn = study(FACTORS, Morris(trajectories=3))
    points = drawn.scenario_table()
    assert points.columns == ["study", "point", "scenario", *FACTORS]
    assert points["point"].to_list() == list(range(1, 13))
    assert points.schema["agents"] == pl.Int64
    for row in points.iter_rows(named=True):
        scenario = next(item for item in drawn.scenarios if item.label == row["scenario"])
        assert scenario.parameters.beliefs.stigma_mean == row["beliefs.stigma_mean"]
        assert scenario.parameters.agents == row["agents"]
        assert scenario.parameters.network.type == row["network.type"]


def test_points_of_the_same_values_are_one_scenario_and_are_run_once():
    doubled = study({"agents": (10, 20, 10)}, Table())
    assert [scenario.label for scenario in doubled.scenarios] == ["agents=10", "agents=20"]
    assert doubled.scenario_table()["scenario"].to_list() == ["agents=10", "agents=20", "agents=10"]
    assert doubled.number_of_runs == 2


def test_scenarios_that_are_not_kept_are_the_ones_that_are(monkeypatch):
    factors = {"agents": tuple(range(10, 30)), "days": (1, 2)}
    kept = list(study(factors).scenarios)
    monkeypatch.setattr("experiments.scenarios.MOST_KEPT", 3)
    assert list(study(factors, seed=2).scenarios) == kept
    assert study(factors, seed=2).scenarios[-3:] == kept[-3:]


def test_a_drawn_study_survives_being_resolved(tmp_path):
    from experiments.store import _study_text

    first = study(FACTORS, Sobol(base_points=2), seed=9)
    (tmp_path / "study.yaml").write_bytes(_study_text(first.resolve()))
    again = Study.from_file(tmp_path / "study.yaml")
    assert again.content_hash() == first.content_hash()
    assert again.scenario_table().equals(first.scenario_table())


# --- levers -----------------------------------------------------------------------------------------------------------


def counts(scenario):
    return [
        [getattr(action, "seeds", None) and action.seeds.count for action in arm.interventions] for arm in scenario.arms
    ]


def test_a_lever_of_one_arm_changes_that_arm_alone():
    levers = study({"arms.tag[0].seeds.count": (5, 6)}, arms=TAGGED)
    assert [counts(scenario) for scenario in levers.scenarios] == [[[], [n], [None, None]] for n in (5, 6)]


def test_a_lever_of_a_kind_of_intervention_changes_it_in_every_arm():
    levers = study({"interventions.hashtag.seeds.count": (5, 6)}, arms=TAGGED)
    assert [counts(scenario) for scenario in levers.scenarios] == [[[], [n], [n, None]] for n in (5, 6)]


def test_an_arm_with_marks_and_commas_in_its_name_can_have_levers():
    levers = study({'arms."tag, desk"[1].servers': Range(1, 9)}, LatinHypercube(points=9), arms=TAGGED)
    assert sorted(scenario.arms[2].interventions[1].servers for scenario in levers.scenarios) == list(range(1, 10))


def test_runs_have_the_levers_of_their_scenario_and_keys_of_their_own():
    levers = study({"interventions.hashtag.seeds.count": (5, 6)}, arms=TAGGED)
    runs = list(levers.experiments())
    assert [run.interventions[0].seeds.count for run in runs if run.arm == "tag"] == [5, 6]
    assert len({run.key("code") for run in runs}) == 6


def test_levers_that_only_together_make_sense_may_be_set_together():
    factors = {"interventions.hashtag.start_day": (5.0,), "interventions.hashtag.end_day": (9.0,)}
    late = Arm("tag", [Hashtag(start_day=1, end_day=3)])
    assert study(factors, arms=[late]).scenarios[0].arms[0].interventions[0].end_day == 9


def test_levers_that_contradict_each_other_name_the_scenario():
    with pytest.raises(InputError, match=r"interventions.hashtag.end_day=0.5 cannot be: end_day 0.5 must come after"):
        study({"interventions.hashtag.end_day": (5.0, 0.5)}, arms=[Arm("tag", [Hashtag(start_day=1)])])


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factors", "design", "message"),
    [
        ({"agents": Range(1, 9)}, Grid(), "a range needs a design that draws from ranges"),
        ({"network.type": Range(1, 9)}, LatinHypercube(), "a range needs a setting that is a number"),
        ({"agents": Range(9, 9)}, LatinHypercube(), "from 9 is not below to 9"),
        ({"agents": Range(0, 9)}, LatinHypercube(), "0 is out of range"),
        ({"beliefs.contact": Range(0, 1, "log")}, Morris(), "0 has no logarithm"),
        ({"agents": Range(1, 9)}, Sobol(base_points=12), "12 is not a power of two"),
        ({"agents": Range(1, 9)}, Morris(levels=3), "3 is not an even number"),
        ({}, LatinHypercube(), "a latin hypercube design needs a factor"),
        ({}, Table(), "a table without columns"),
        ({"agents": (1, 2), "days": (1,)}, Table(), "has 1 values where another factor has 2"),
        ({"arms.tag[0].seeds.count": (1,)}, Grid(), "no such lever in the arms of this study"),
        ({"interventions.hashtag.seeds": (1,)}, Grid(), "no such lever"),
    ],
)
def test_a_design_that_cannot_be_is_refused(factors, design, message):
    with pytest.raises(InputError) as caught:
        study(factors, design)
    assert message in str(caught.value)


# --- tables of points -------------------------------------------------------------------------------------------------


def test_a_table_of_points_is_read_line_by_line(tmp_path):
    path = table(tmp_path, "\ufeffagents, help.in_person_mean ,network.type\n10,0.5,ring\n\n20,0.4,star\n")
    drawn = study({}, Table(file=str(path)))
    assert drawn.factors == {
        "agents": (10, 20), "help.in_person_mean": (0.5, 0.4), "network.type": ("ring", "star")
    }  # fmt: skip
    assert drawn.design == Table()
    assert len(drawn.scenarios) == 2


def test_a_table_stands_beside_its_study_file_wherever_the_command_is_typed(tmp_path, monkeypatch):
    table(tmp_path, "agents\n10\n")
    (tmp_path / "study.yaml").write_text("design: {type: table, file: points.csv}")
    monkeypatch.chdir(Path(__file__).parent)
    assert Study.from_file(tmp_path / "study.yaml").factors == {"agents": (10,)}


def test_the_content_of_a_table_counts_and_its_name_does_not(tmp_path):
    one = study({}, Table(file=str(table(tmp_path, "agents\n10\n20\n"))))
    assert one.content_hash() == study({"agents": (10, 20)}, Table()).content_hash()
    other = study({}, Table(file=str(table(tmp_path, "agents\n10\n21\n"))))
    assert one.content_hash() != other.content_hash()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "POINTS: is empty"),
        ("agents\n", "POINTS: holds no points"),
        ("agents,days\n1,2\n3\n", "POINTS:3: has 1 cells\n  2, as many as the first line"),
        ("agents,agents\n1,2\n", "POINTS:1: column agents: given twice"),
        ("agents,\n1,2\n", "POINTS:1: column 2 has no name"),
        ("agents;days\n1;2\n", "POINTS:1: columns are parted by semicolons"),
        ('agents\n"1\n', "POINTS:2: is not CSV"),
        ("agetns\n1\n", "POINTS:1: column agetns: no such setting"),
        ("agents,days\n10,1\n0,2\n", "POINTS:3: column agents: 0 is out of range"),
        ("agents\n\n\nmany\n", "POINTS:4: column agents: 'many' is not a whole number"),
        ("agents\n1\n" + "2\n" * MOST_CELLS, "POINTS: holds 50,001 values"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(text, message, tmp_path):
    assert message in refusal(tmp_path, text)


def test_a_quoted_cell_over_two_lines_does_not_shift_the_lines_after_it(tmp_path):
    path = table(tmp_path, 'network.type,agents\n"ring\n",10\nstar,20\n')
    assert read_points(path).places["factors", "agents", 1] == f"{path}:4: column agents"


def test_a_study_takes_its_factors_from_one_place(tmp_path):
    table(tmp_path, "agents\n10\n")
    (tmp_path / "study.yaml").write_text("factors: {days: [1]}\ndesign: {type: table, file: points.csv}")
    with pytest.raises(InputError, match=r"study.yaml:1: factors: the factors are in points.csv"):
        Study.from_file(tmp_path / "study.yaml")
