"""Results for other programs: spreadsheets, SALib, the EMA Workbench, each read back with the program itself."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from typer.testing import CliRunner

import experiments.exporting as formats
from experiments import Arm, Range, Store, Study
from experiments.cli import app
from experiments.designs import Morris, Sobol
from experiments.exporting import KEYS, export
from experiments.spreadsheets import escaped
from simulation import Hashtag, InputError, Parameters, SupportNetworkModel

BASE = Parameters(agents=40, days=2, warmup_days=1, step_minutes=240)
ARMS = [Arm("none"), Arm("=tag+1", [Hashtag(seeds={"count": 5})])]
OUTCOMES = ["adopters", "normalization"]


def run(folder, **changes):
    usual: dict[str, Any] = {"study": "tiny", "base": BASE, "arms": ARMS, "replicates": 2, "outcomes": OUTCOMES}
    return Study(**(usual | changes)).run(out=folder)


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    run(folder, factors={"beliefs.stigma_mean": (0.3, 0.6), "network.type": ("ring", "star")})
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    factors = {"beliefs.stigma_mean": Range(0.2, 0.6), "agents": Range(30, 50), "network.type": ("ring", "star")}
    run(folder, factors=factors, design=Sobol(base_points=2), replicates=1)
    return folder


def last(folder, scenario, arm, replicate, outcome):
    """A last value, looked up by hand."""
    rows = Store(folder).table("outcomes").filter(
        (pl.col("scenario") == scenario) & (pl.col("arm") == arm) & (pl.col("replicate") == replicate)
        & (pl.col("outcome") == outcome) & (pl.col("group") == "all")
    )  # fmt: skip
    return rows.sort("step")["value"].drop_nulls()[-1]


def test_every_format_of_the_contract_is_there():
    assert set(formats.FORMATS) == {"csv", "xlsx", "salib", "ema"}


# --- CSV and spreadsheets ---------------------------------------------------------------------------------------------


def test_csv_has_a_row_per_run_with_the_last_value_of_every_outcome(grid, tmp_path):
    files = export(grid, "csv", tmp_path)
    assert [path.name for path in files] == ["scenarios.csv", "final.csv", "runs.csv"]
    final = pl.read_csv(tmp_path / "final.csv")
    assert final.columns == [*KEYS, *OUTCOMES]
    assert final.height == 4 * 2 * 2
    row = final.row(5, named=True)
    assert row["normalization"] == last(
        grid, row["scenario"], row["arm"].removeprefix("'"), row["replicate"], "normalization"
    )


def test_a_text_that_looks_like_a_formula_is_none_in_csv(grid, tmp_path):
    export(grid, "csv", tmp_path)
    assert set(pd.read_csv(tmp_path / "final.csv")["arm"]) == {"none", "'=tag+1"}


def test_a_lone_hyphen_and_negative_numbers_stay_as_they_are():
    table = pl.DataFrame({"text": ["-", "-1+1", "@x", "+", "a=b", None]})
    shown = table.select(escaped("text"))["text"].to_list()
    assert shown == ["-", "'-1+1", "'@x", "+", "a=b", None]


def test_the_long_table_can_be_had_as_csv_too(grid, tmp_path):
    export(grid, "csv", tmp_path, ["outcomes"])
    assert len(pd.read_csv(tmp_path / "outcomes.csv")) == Store(grid).table("outcomes").height


def test_a_workbook_has_a_sheet_per_table_and_no_formulas(grid, tmp_path):
    (path,) = export(grid, "xlsx", tmp_path)
    final = pl.read_excel(path, sheet_name="final")
    assert set(final["arm"]) == {"none", "=tag+1"}
    assert final["normalization"].to_list() == pytest.approx(
        pd.read_csv(export(grid, "csv", tmp_path)[1])["normalization"].to_list()
    )
    assert pl.read_excel(path, sheet_name="scenarios")["network.type"].to_list() == ["ring", "star"] * 2
    assert pl.read_excel(path, sheet_name="runs").height == 16


def test_a_table_that_does_not_fit_a_sheet_is_refused(grid, tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "ROWS_OF_A_SHEET", 10)
    with pytest.raises(InputError, match="a sheet holds 10; use --to csv"):
        export(grid, "xlsx", tmp_path)


# --- SALib ------------------------------------------------------------------------------------------------------------


def test_salib_analyses_what_is_exported(drawn, tmp_path):
    export(drawn, "salib", tmp_path)
    problem = json.loads((tmp_path / "problem.json").read_text())
    inputs, outputs = (np.load(tmp_path / f"{name}.npy") for name in ("inputs", "outputs"))
    assert problem["num_vars"] == 3
    assert inputs.shape == (2 * (3 + 2), 3)
    assert problem["outputs"] == [
        "none: adopters", "none: normalization", "=tag+1: adopters", "=tag+1: normalization", "=tag+1 - none: adopters",
        "=tag+1 - none: normalization",
    ]  # fmt: skip
    assert outputs.shape == (10, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # two base points are too few for an interval
        found = salib_sobol.analyze(problem, outputs[:, 1], calc_second_order=False, seed=1)
    assert set(found) == {"S1", "S1_conf", "ST", "ST_conf"}
    assert np.isfinite(found["ST"]).all()


def test_inputs_are_the_values_of_the_points_and_choices_their_numbers(drawn, tmp_path):
    export(drawn, "salib", tmp_path)
    points = Store(drawn).scenarios()
    inputs = np.load(tmp_path / "inputs.npy")
    assert inputs[:, 0].tolist() == points["beliefs.stigma_mean"].to_list()
    assert inputs[:, 1].tolist() == points["agents"].to_list()
    assert inputs[:, 2].tolist() == [["ring", "star"].index(kind) for kind in points["network.type"]]
    problem = json.loads((tmp_path / "problem.json").read_text())
    assert problem["bounds"] == [[0.2, 0.6], [30, 50], [0, 1]]
    assert problem["choices"] == {"network.type": ["ring", "star"]}


def test_outputs_are_means_over_replicates_and_of_paired_differences(grid, tmp_path):
    export(grid, "salib", tmp_path)
    problem, outputs = json.loads((tmp_path / "problem.json").read_text()), np.load(tmp_path / "outputs.npy")
    scenario = Store(grid).scenarios()["scenario"][2]
    ends = [[last(grid, scenario, arm.name, r, "normalization") for r in (1, 2)] for arm in ARMS]
    column = problem["outputs"].index
    assert outputs[2, column("none: normalization")] == pytest.approx(np.mean(ends[0]))
    assert outputs[2, column("=tag+1 - none: normalization")] == pytest.approx(np.mean(np.subtract(ends[1], ends[0])))


def test_morris_effects_can_be_had_from_the_coordinates(tmp_path):
    factors = {"beliefs.stigma_mean": Range(0.2, 0.6), "beliefs.contact": Range(0.001, 0.02, "log")}
    run(tmp_path, arms=[Arm("none")], factors=factors, design=Morris(trajectories=3), replicates=1)
    export(tmp_path, "salib")
    folder = tmp_path / "export"
    problem = json.loads((folder / "problem.json").read_text())
    levels = problem["design"]["levels"]
    found = salib_morris.analyze(
        problem, np.load(folder / "unit.npy"), np.load(folder / "outputs.npy")[:, 1], num_levels=levels
    )
    assert problem["outputs"] == OUTCOMES
    assert np.isfinite(found["mu_star"]).all()


def test_a_study_without_factors_is_nothing_for_salib(tmp_path):
    run(tmp_path, replicates=1)
    with pytest.raises(InputError, match="the study has no factors"):
        export(tmp_path, "salib")


# --- EMA Workbench ----------------------------------------------------------------------------------------------------


def test_the_ema_workbench_loads_what_is_exported(grid, tmp_path):
    from ema_workbench import load_results
    from ema_workbench.util.utilities import process_replications

    (path,) = export(grid, "ema", tmp_path)
    frame, outcomes = load_results(str(path))
    assert list(frame.columns) == ["scenario", "beliefs.stigma_mean", "network.type", "policy", "model"]
    assert len(frame) == 4 * 2
    assert frame["policy"].dtype == "category"
    assert frame["beliefs.stigma_mean"].tolist() == [0.3] * 4 + [0.6] * 4
    assert set(outcomes) == set(OUTCOMES)
    for row in (0, 5):
        here = frame.iloc[row]
        ends = [last(grid, here["scenario"], here["policy"], r, "adopters") for r in (1, 2)]
        assert outcomes["adopters"][row].tolist() == ends
    assert process_replications(outcomes)["adopters"].shape == (8,)


def test_a_run_that_is_missing_is_not_a_number_everywhere(tmp_path, monkeypatch):
    def fail_once(parameters, **rest):
        if parameters.network.type == "star" and not rest["interventions"]:
            raise RuntimeError("gone")
        return SupportNetworkModel(parameters, **rest)

    monkeypatch.setattr("experiments.run.SupportNetworkModel", fail_once)
    run(tmp_path, factors={"network.type": ("ring", "star")}, replicates=1)
    from ema_workbench import load_results

    _, outcomes = load_results(str(export(tmp_path, "ema")[0]))
    assert np.isnan(outcomes["adopters"]).ravel().tolist() == [False, False, True, False]
    export(tmp_path, "salib")
    outputs = np.load(tmp_path / "export" / "outputs.npy")
    assert np.isnan(outputs).tolist() == [[False] * 6, [True, True, False, False, True, True]]
    assert len(pd.read_csv(export(tmp_path, "csv")[1])) == 3


# --- the command ------------------------------------------------------------------------------------------------------


def call(*words):
    return CliRunner().invoke(app, ["export", *(str(word) for word in words)])


def test_the_command_prints_the_files_that_it_wrote(grid, tmp_path):
    done = call(grid, "--to", "csv", "-o", tmp_path, "--tables", "scenarios,runs")
    assert done.exit_code == 0
    assert done.stdout.split() == [str(tmp_path / "scenarios.csv"), str(tmp_path / "runs.csv")]
    assert all(Path(line).is_file() for line in done.stdout.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--to", "xslx"), "did you mean 'xlsx'?"), (("--to", "csv", "--tables", "post"), "holds no table 'post'")],
)
def test_a_wrong_request_is_told(words, message, grid):
    done = call(grid, *words)
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_folder_without_results_is_told(tmp_path):
    done = call(tmp_path, "--to", "csv")
    assert done.exit_code == 2
    assert "holds no results" in done.stderr
    assert not list(tmp_path.iterdir())
