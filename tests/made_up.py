"""Results that were never run: a study on the disk whose outcomes a test writes down itself."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from experiments import Arm, Store, Study
from experiments.study import replicate_seed
from simulation import OUTCOMES, Parameters

BASE = Parameters(agents=200, days=10, warmup_days=1)

Value = Callable[[str, str, int, str, str], float | None]
"""The value of a run: of scenario, arm, replicate, outcome and group."""


def made_up(
    folder, value: Value, arms: Sequence[Any] = ("none", "tag"), groups: Sequence[str] = ("all",), **given: Any
):
    """Results of a study in a folder; returns the folder.

    Args:
        folder: where they are to lie.
        value: what came out of each run; None where nothing did.
        arms: names, or arms.
        groups: of every outcome that is taken by group.
        given: anything else of the study.
    """
    usual: dict[str, Any] = {
        "study": "made-up",
        "base": BASE,
        "replicates": 30,
        "outcomes": ["normalization"],
        "seed": 7,
    }
    made = [arm if isinstance(arm, Arm) else Arm(arm) for arm in arms]
    study = Study(**(usual | {"arms": made} | given))
    store, rows, runs = Store(folder), [], []
    for number, run in enumerate(study.experiments()):
        keys = {name: getattr(run, name) for name in ("study", "scenario", "arm", "replicate", "seed")}
        runs.append({**keys, "run": f"{number:016x}", "status": "done", "error": "", "seconds": 1.0})
        rows += [keys | row for row in _outcomes(run, value, groups)]
    rows_schema = {"replicate": pl.Int32, "seed": pl.Int64, "step": pl.Int64, "day": pl.Float64, "value": pl.Float64}
    schema = {name: rows_schema.get(name, pl.String) for name in rows[0]}
    store.prepare()
    store.write({"outcomes": pl.DataFrame(rows, schema=schema)}, runs)
    store.describe(study.resolve(), {"study": study.study, "arms": [arm.name for arm in study.arms],
                                     "scenarios": list(study.scenarios.labels_once)})  # fmt: skip
    store.note_scenarios(study.scenario_table())
    assert replicate_seed(study.seed, 1) == runs[0]["seed"]
    return folder


def _outcomes(run: Any, value: Value, groups: Sequence[str]) -> list[dict[str, Any]]:
    """The last rows of a run, and those of day 0, which are the same."""
    found = []
    for outcome in run.outcomes:
        for group in groups if OUTCOMES[outcome].grouped else groups[:1]:
            number = value(run.scenario, run.arm, run.replicate, outcome, group)
            row = {"group": group, "outcome": outcome, "value": number}
            found += [{"step": 96 * day, "day": float(day), **row} for day in (0, 10)]
    return found
