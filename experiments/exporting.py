"""Results for other programs: CSV, a spreadsheet, SALib, the EMA Workbench.

A format is a function that takes results and a folder, writes files into it and names them; it is registered here.
"""

import io
import json
import tarfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter
from numpy.typing import NDArray

from experiments.designs import Drawn
from experiments.factors import Range, Values, written_values
from experiments.shards import write_whole
from experiments.spreadsheets import AS_THEY_ARE, escaped
from experiments.store import STUDY, Store
from experiments.study import Study
from experiments.summary import final_values
from simulation import InputError, Problem, Registry

KEYS = ["study", "scenario", "arm", "replicate", "seed"]
SCENARIOS, FINAL, RUNS = "scenarios", "final", "runs"
ROWS_OF_A_SHEET = 1_048_575
"""Below the line with the names of columns."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Exported:
    """Results on their way out.

    Args:
        folder: of the results.
        tables: names of the tables that were asked for; none for those that are usual in a format.
    """

    folder: Path
    tables: tuple[str, ...] = ()

    @cached_property
    def store(self) -> Store:
        """The results."""
        return Store(self.folder)

    @cached_property
    def study(self) -> Study:
        """The study that was run."""
        return Study.from_file(self.folder / STUDY)

    @cached_property
    def final(self) -> pl.DataFrame:
        """One row per run, in the order of the study: keys, and the last value of every outcome for all agents."""
        store = self.store
        there = store.outcomes()
        names = [name for name in self.study.outcomes if name in there]
        values = store.steadily(lambda: final_values(store.scan("outcomes")).collect(engine="streaming"))
        wide = values.pivot("outcome", index=["scenario", "arm", "replicate"], values="value")
        runs = store.runs().filter(pl.col("status") == "done").select(KEYS)
        joined = runs.join(wide, on=["scenario", "arm", "replicate"], how="left", maintain_order="left")
        return joined.select(KEYS + [name for name in names if name in joined.columns])

    @property
    def known(self) -> list[str]:
        """Names of the tables that can be had."""
        return [SCENARIOS, FINAL, *self.store.names()]

    def table(self, name: str) -> pl.LazyFrame:
        """A table by its name, rows in the order in which they are kept."""
        if name == SCENARIOS:
            return self.store.scenarios().lazy()
        if name == FINAL:
            return self.final.lazy()
        return self.store.scan(name)

    def values(self, arm: str, outcome: str) -> pl.DataFrame:
        """The last values of an outcome in an arm: scenario, replicate, value."""
        mine = self.final.filter(pl.col("arm") == arm)
        return mine.select("scenario", "replicate", pl.col(outcome).alias("value"))

    @property
    def outcomes(self) -> list[str]:
        """Names of the outcomes that have a last value."""
        return self.final.columns[len(KEYS) :]


Format = Callable[[Exported, Path], Iterable[Path]]
FORMATS: Registry[Format] = Registry("format")
"""Every format by name."""


def export(folder: str | Path, to: str, out: str | Path | None = None, tables: Sequence[str] = ()) -> list[Path]:
    """Write results for another program.

    Args:
        folder: of the results.
        to: `csv`, `xlsx`, `salib` or `ema`.
        out: folder for the files; `export` in that of the results by default.
        tables: for `csv` and `xlsx`, which tables; `scenarios`, `final` and `runs` by default.

    Returns:
        The files that were written.

    Raises:
        InputError: no such format or table, no results there, or results that the format cannot hold.
    """
    write, exported = FORMATS[to], Exported(Path(folder), tuple(tables))
    if not (exported.folder / STUDY).is_file() or "outcomes" not in exported.store.names():
        allowed = "a folder that 'supportnet run' has written, with a finished run in it"
        raise InputError(Problem(str(folder), "holds no results", allowed))
    unknown = [name for name in exported.tables if name not in exported.known]
    if unknown:
        allowed = f"tables: {', '.join(exported.known)}"
        raise InputError(*(Problem(str(folder), f"holds no table '{name}'", allowed) for name in unknown))
    target = Path(out) if out is not None else exported.folder / "export"
    target.mkdir(parents=True, exist_ok=True)
    return list(write(exported, target))


# --- CSV and spreadsheets ---------------------------------------------------------------------------------------------


@FORMATS.register("csv")
def to_csv(exported: Exported, out: Path) -> Iterable[Path]:
    """One file per table, of any size; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    for name in exported.tables or (SCENARIOS, FINAL, RUNS):
        path = out / f"{name}.csv"
        exported.store.steadily(lambda: _sink(exported.table(name), path))  # noqa: B023 - called at once
        yield path


def _sink(table: pl.LazyFrame, path: Path) -> None:
    """Write one table as CSV."""
    texts = [column for column, kind in table.collect_schema().items() if kind == pl.String]
    table.with_columns(escaped(column) for column in texts).sink_csv(path)


@FORMATS.register("xlsx")
def to_xlsx(exported: Exported, out: Path) -> Iterable[Path]:
    """One workbook with a sheet per table; texts stay texts, whatever they look like.

    Raises:
        InputError: a table has more rows than a sheet.
    """
    names = exported.tables or (SCENARIOS, FINAL, RUNS)
    tables = exported.store.steadily(lambda: {name: exported.table(name).collect() for name in names})
    for name, table in tables.items():
        if table.height > ROWS_OF_A_SHEET:
            what = f"the table '{name}' has {table.height:,} rows"
            raise InputError(Problem(str(exported.folder), what, f"a sheet holds {ROWS_OF_A_SHEET:,}; use --to csv"))
    path = out / "results.xlsx"
    with xlsxwriter.Workbook(path, AS_THEY_ARE) as book:
        for name, table in tables.items():
            table.write_excel(book, worksheet=name, autofit=True, float_precision=6)
    yield path


# --- SALib ------------------------------------------------------------------------------------------------------------


@FORMATS.register("salib")
def to_salib(exported: Exported, out: Path) -> Iterable[Path]:
    """What SALib's `analyze` functions take: the problem, the inputs and the outputs of every point of the design.

    `problem.json` is the problem, with names of the outputs and the settings of the design beside it; `inputs.npy`
    [M, D] holds the values of factors, choices by their number from 0; `unit.npy` [M, D] the coordinates from 0 to 1 of
    a design that draws; `outputs.npy` [M, K] the means over replicates, one column per arm and outcome and one per
    paired difference from the baseline. Where a point has no finished run, its outputs are not a number.

    Raises:
        InputError: the study has no factors.
    """
    study = exported.study
    if not study.factors:
        allowed = "SALib analyses what outcomes owe to factors: give the study some, and a design"
        raise InputError(Problem(str(exported.folder), "the study has no factors", allowed))
    points = study.scenario_table()
    columns = dict(_output_columns(exported))
    arrays = {"inputs": _inputs(study, points), "outputs": _by_point(points, list(columns.values()))}
    if isinstance(study.design, Drawn):
        arrays["unit"] = study.design.unit(len(study.factors), study.seed)
    problem = _problem(study) | {"outputs": list(columns)}
    write_whole(out / "problem.json", (json.dumps(problem, indent=1, ensure_ascii=False) + "\n").encode())
    yield out / "problem.json"
    for name, array in arrays.items():
        write_whole(out / f"{name}.npy", _as_npy(array))
        yield out / f"{name}.npy"


def _problem(study: Study) -> dict[str, Any]:
    """SALib's description of the factors, and the settings of the design, which some analyses ask for again."""
    return {
        "num_vars": len(study.factors),
        "names": list(study.factors),
        "bounds": [_bounds(values) for values in study.factors.values()],
        "choices": {name: written_values(values) for name, values in study.factors.items() if _is_choice(values)},
        "design": study.design.model_dump(mode="json"),
        "study": study.study,
    }


def _is_choice(values: Values) -> bool:
    """Whether a factor has values that are not all numbers."""
    numbers = (int, float)
    return not isinstance(values, Range) and any(isinstance(v, bool) or not isinstance(v, numbers) for v in values)


def _bounds(values: Values) -> list[float]:
    """Smallest and largest input of a factor."""
    if isinstance(values, Range):
        return [values.low, values.high]
    return [0, len(values) - 1] if _is_choice(values) else [min(values), max(values)]


def _inputs(study: Study, points: pl.DataFrame) -> Matrix:
    """The inputs [M, D] of every point."""
    every = study.scenarios.points
    columns = [
        [values.index(point[name]) if _is_choice(values) else point[name] for point in every]  # type: ignore[union-attr]
        for name, values in study.factors.items()
    ]
    return np.array(columns, dtype=np.float64).T.reshape(points.height, len(columns))


def _output_columns(exported: Exported) -> Iterable[tuple[str, pl.DataFrame]]:
    """Name and values [scenario, value] of every output: means by arm, then means of paired differences."""
    study = exported.study
    several = len(study.arms) > 1
    for arm in study.arms:
        for outcome in exported.outcomes:
            values = exported.values(arm.name, outcome)
            yield f"{arm.name}: {outcome}" if several else outcome, _means(values)
    for arm in study.arms:
        for outcome in exported.outcomes if arm.name != study.baseline else ():
            here, there = exported.values(arm.name, outcome), exported.values(study.baseline, outcome)
            pairs = here.join(there, on=["scenario", "replicate"], suffix="_there")
            differences = pairs.with_columns(pl.col("value") - pl.col("value_there"))
            yield f"{arm.name} - {study.baseline}: {outcome}", _means(differences)


def _means(values: pl.DataFrame) -> pl.DataFrame:
    """Mean over replicates: scenario, value."""
    return values.group_by("scenario").agg(pl.col("value").mean())


def _by_point(points: pl.DataFrame, columns: Sequence[pl.DataFrame]) -> Matrix:
    """Outputs [M, K] in the order of the points."""
    order = points.select("scenario")
    found = [order.join(column, on="scenario", how="left", maintain_order="left")["value"] for column in columns]
    return np.array([series.cast(pl.Float64).fill_null(float("nan")).to_numpy() for series in found]).T


def _as_npy(array: Matrix) -> bytes:
    """An array as the content of a file that `numpy.load` reads."""
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


# --- EMA Workbench ----------------------------------------------------------------------------------------------------


@FORMATS.register("ema")
def to_ema(exported: Exported, out: Path) -> Iterable[Path]:
    """What `ema_workbench.load_results` reads: experiments (scenario x policy) and outcomes [experiment, replicate].

    A policy is an arm. Where a run is missing, its value is not a number.
    """
    study = exported.study
    factors = exported.store.scenarios().unique("scenario", maintain_order=True).drop("study", "point")
    policies = pl.DataFrame({"policy": [arm.name for arm in study.arms]})
    experiments = factors.join(policies, how="cross", maintain_order="left_right").with_columns(
        model=pl.lit("supportnet")
    )
    replicates = pl.DataFrame({"replicate": range(1, int(exported.final["replicate"].max() or 1) + 1)})  # type: ignore[arg-type]
    cells = experiments.select("scenario", "policy").join(replicates, how="cross", maintain_order="left_right")
    keys = {"left_on": ["scenario", "policy", "replicate"], "right_on": ["scenario", "arm", "replicate"]}
    final = exported.final.with_columns(pl.col("replicate").cast(pl.Int64))
    values = cells.join(final, how="left", maintain_order="left", **keys)  # type: ignore[arg-type]
    content = {"experiments.csv": experiments.write_csv().encode()}
    for name in exported.outcomes:
        matrix = values[name].cast(pl.Float64).to_numpy().reshape(experiments.height, replicates.height)
        content[f"{name}.csv"] = pl.DataFrame(matrix).write_csv(include_header=False).encode()
    described = {
        "version": 0.1,
        "outcomes": [("ArrayOutcome", name, f"{name}.csv") for name in exported.outcomes],
        "experiments": {name: _ema_kind(kind) for name, kind in experiments.schema.items()},
    }
    content["metadata.json"] = json.dumps(described).encode()
    write_whole(out / "results.tar.gz", _archive(content))
    yield out / "results.tar.gz"


def _ema_kind(kind: pl.DataType) -> str:
    """The type of a column as pandas calls it."""
    if kind.is_integer():
        return "int64"
    return "float64" if kind.is_float() else "category"


def _archive(content: dict[str, bytes]) -> bytes:
    """Files in a compressed archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()
