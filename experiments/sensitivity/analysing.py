"""The two stages of a sensitivity analysis, each of them a study that is run as any other, and what they say together.

Stage one screens all chosen settings along Morris's trajectories; stage two takes those that matter through Saltelli's
points, all others at the value that the study gives them. Both go through the sweep: what is there is not run again.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from experiments.arms import Arm
from experiments.designs import Design, Morris, Sobol, design_seed
from experiments.estimates import estimate
from experiments.factors import Range
from experiments.figures import Drawing, picture, sheet
from experiments.figures.sensitivities import effects_drawing, shares_drawing
from experiments.pace import Progress
from experiments.problems import value_problem
from experiments.register import settings_of
from experiments.sensitivity import tables
from experiments.sensitivity.choosing import Choice, choose
from experiments.sensitivity.indices import screened, shares, sides
from experiments.sensitivity.outputs import Output, outputs_of, unit_of, usual_outcomes
from experiments.sensitivity.reliance import SUMMARY, reliance_of
from experiments.sensitivity.results import MORRIS, SOBOL, Request, Result, Timing
from experiments.sensitivity.words import PAGE, page
from experiments.shards import write_whole
from experiments.spreadsheets import csv_content
from experiments.study import Study
from experiments.sweep import How, sweep
from simulation import InputError, Parameters, Problem, nearest_name

MINUTES = 20.0
"""What the screening may take by the estimate on two cores, where nobody says how many trajectories there are."""
TRAJECTORIES = (4, 20)
LEVELS = 4
FIGURE_OUTPUTS = 8
Report = Callable[[Progress], None]
"""Takes the progress of a sweep."""


def _silent(_: Progress) -> None:
    """Tell nobody."""


# --- what is run ------------------------------------------------------------------------------------------------------


def first_stage(study: Study, request: Request) -> tuple[Study, Choice]:
    """The study of the screening, and what it screens.

    Raises:
        InputError: the request does not fit the study.
    """
    _check_sizes(request)
    choice = choose(study, request.only, request.without)
    one = _stage(study, request, choice.ranges, Morris(trajectories=1, levels=LEVELS))
    number = request.trajectories or _affordable(one)
    return _stage(study, request, choice.ranges, Morris(trajectories=number, levels=LEVELS)), choice


def _check_sizes(request: Request) -> None:
    """Make sure that both designs take the sizes that were asked for, before anything runs.

    Raises:
        InputError: one of them is out of its range.
    """
    for design, key in ((Morris, "trajectories"), (Sobol, "base_points")):
        asked = getattr(request, key)
        found = value_problem(design.model_fields[key], asked, ()) if asked else None
        if found:
            raise InputError(Problem(f"--{key.replace('_', '-')}", found.what, found.allowed))


def second_stage(study: Study, request: Request, ranges: Mapping[str, Range]) -> Study:
    """The study of the indices of the settings that are left.

    Raises:
        InputError: the number of base points is no power of two.
    """
    return _stage(study, request, ranges, Sobol(base_points=request.base_points))


def _stage(study: Study, request: Request, ranges: Mapping[str, Range], design: Design) -> Study:
    """A stage: the study with a drawn design over some ranges, in runs of the size that was asked for."""
    return Study(
        study=study.study,
        question=study.question,
        base=_smaller(study, request),
        arms=_arms(study, request.arms),
        baseline=study.baseline,
        factors=ranges,
        design=design,
        replicates=request.replicates,
        outcomes=tuple(request.outcomes) or usual_outcomes(study),
        seed=study.seed,
    )


def _smaller(study: Study, request: Request) -> Parameters:
    """The base with no more people and days than was asked for."""
    most = {"agents": request.agents, "days": request.days, "warmup_days": request.warmup_days}
    return study.base.with_values({name: min(getattr(study.base, name), value) for name, value in most.items()})


def _arms(study: Study, names: Sequence[str]) -> tuple[Arm, ...]:
    """The baseline and the arms that were asked for, in the order of the study.

    Raises:
        InputError: the study has no such arm.
    """
    known = [arm.name for arm in study.arms]
    allowed = f"arms of this study: {', '.join(known)}"
    wrong = [Problem("--arm", f"{name!r} is not an arm", allowed, nearest_name(name, known)) for name in names
             if name not in known]  # fmt: skip
    if wrong:
        raise InputError(*wrong)
    return tuple(arm for arm in study.arms if not names or arm.name in {*names, study.baseline})


def _affordable(one: Study) -> int:
    """How many trajectories of a study take `MINUTES` on two cores, by the estimate."""
    fewest, most = TRAJECTORIES
    return max(fewest, min(most, int(MINUTES * 60.0 * 2 / estimate(one).seconds)))


def default_place(study: Study, request: Request) -> Path:
    """Where an analysis goes when no folder is named; every request that is another one has its own."""
    first, _ = first_stage(study, request)
    rest = hashlib.sha256(f"{first.content_hash()}/{request.base_points}/{request.survivors}".encode()).hexdigest()
    return Path("results") / f"{study.study}-sensitivity" / rest[:12]


# --- running and looking ----------------------------------------------------------------------------------------------


def analyse(study: Study, request: Request, folder: Path, how: How, report: Report = _silent) -> Result:
    """Run both stages of an analysis, as far as they are not there yet, and write down what they say.

    Args:
        study: what is analysed.
        request: how.
        folder: of everything.
        how: where runs happen.
        report: called with the progress of every sweep.

    Raises:
        InputError: the request does not fit the study, or no run came to anything.
    """
    first, choice = first_stage(study, request)
    timings = [_run(first, folder / MORRIS, MORRIS, how, report)]
    screening = tables.table(_screening_rows(first, folder / MORRIS), tables.SCREENING)
    if screening.is_empty():
        what = "no trajectory is complete: runs failed, or outcomes have no value"
        raise InputError(Problem(str(folder), what, "more people, more days or other outcomes: --agents, --outcome"))
    grades = {item.path: item.grade for item in settings_of(type(study.base.network))}
    left = tables.survivors(tables.ranks(screening, tables.table([], tables.INDICES), grades), request.survivors)
    stages, indices = [first], tables.table([], tables.INDICES)
    if left and request.base_points:
        second = second_stage(study, request, {path: choice.ranges[path] for path in choice.ranges if path in left})
        timings.append(_run(second, folder / SOBOL, SOBOL, how, report))
        indices = tables.table(_index_rows(second, folder / SOBOL), tables.INDICES)
        stages.append(second)
    places = [folder / name for name, _ in zip((MORRIS, SOBOL), stages, strict=False)]
    signs = tables.table(_sign_rows(stages[-1], places[-1]), tables.SIGNS)
    found = Result(
        study=first,
        choice=choice,
        folder=folder,
        screening=screening,
        indices=indices,
        signs=signs,
        ranks=tables.ranks(screening, indices, grades),
        reliance=_reliance(screening, indices, grades),
        stages=tuple(stages),
        timings=tuple(timings),
        survivors=tuple(left),
    )
    _write(found)
    return found


def _run(stage: Study, folder: Path, name: str, how: How, report: Report) -> Timing:
    """Run a stage, outcomes only."""
    chosen = replace(how, keep=("outcomes",))
    done = sweep(stage, folder, chosen, report=report)
    return Timing(name, done.total, done.ran, done.failed, estimate(stage).seconds, done.seconds, how.workers)


def _screening_rows(stage: Study, folder: Path) -> Iterator[tables.Row]:
    """Morris's measures of every output."""
    unit, seed = unit_of(stage), design_seed(stage.seed)
    for output, values in outputs_of(folder):
        found = screened(unit, values, LEVELS, seed)
        if found is not None:
            yield from tables.screening_rows(output, tuple(stage.factors), found)


def _index_rows(stage: Study, folder: Path) -> Iterator[tables.Row]:
    """Sobol's indices of every output."""
    seed = design_seed(stage.seed)
    for output, values in outputs_of(folder):
        found = shares(len(stage.factors), values, seed)
        if found is not None:
            yield from tables.index_rows(output, tuple(stage.factors), found)


def _sign_rows(stage: Study, folder: Path) -> Iterator[tables.Row]:
    """Where every difference between arms stands in both halves of each range."""
    unit = unit_of(stage)
    length = len(stage.factors) + (1 if isinstance(stage.design, Morris) else 2)
    for output, values in outputs_of(folder):
        found = sides(unit, values, length) if output.against else None
        if found is not None:
            yield from tables.sign_rows(output, tuple(stage.factors), found)


def _reliance(screening: pl.DataFrame, indices: pl.DataFrame, grades: Mapping[str, str]) -> pl.DataFrame:
    """Shares of variance by grade."""
    keys = ["outcome", "arm", "against"]
    luck = indices.select(*keys, "luck").unique(maintain_order=True)
    return reliance_of(tables.importance(screening, indices), grades, luck)


# --- writing ----------------------------------------------------------------------------------------------------------


def drawings(found: Result) -> Iterator[tuple[str, Drawing]]:
    """The figures of an analysis by name of file, those of differences between arms first."""
    for name, table, drawn in ((MORRIS, found.screening, effects_drawing), (SOBOL, found.indices, shares_drawing)):
        outputs = table.select("outcome", "arm", "against").unique(maintain_order=True).rows()
        outputs.sort(key=lambda keys: not keys[2])
        for number, keys in enumerate(outputs[:FIGURE_OUTPUTS], 1):
            rows = table.filter((pl.col("outcome") == keys[0]) & (pl.col("arm") == keys[1])
                                & (pl.col("against") == keys[2]))  # fmt: skip
            yield f"{name}-{number}", drawn(rows, Output(*keys).title)


def _write(found: Result) -> None:
    """Tables, figures and the page of an analysis."""
    for name, table in found.tables.items():
        write_whole(found.folder / f"{name}.parquet", parquet_content(table))
        write_whole(found.folder / f"{name}.csv", csv_content(table))
    made = dict(drawings(found))
    for name, drawing in made.items():
        for ending in ("png", "svg"):
            write_whole(found.folder / "figures" / f"{name}.{ending}", picture(sheet([drawing], columns=1), ending))
    base = found.study.base
    about = {"study": found.study.study, "agents": base.agents, "days": base.days, "survivors": found.survivors,
             "stages": [t._asdict() for t in found.timings]}  # fmt: skip
    settings = {"screened": {path: values.written() for path, values in found.choice.ranges.items()},
                "held": {item.path: item.why for item in found.choice.held}}  # fmt: skip
    write_whole(found.folder / SUMMARY, (json.dumps(about | settings, indent=1, ensure_ascii=False) + "\n").encode())
    write_whole(found.folder / PAGE, page(found, made).encode())


def parquet_content(table: pl.DataFrame) -> bytes:
    """A table as the content of a Parquet file."""
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()
