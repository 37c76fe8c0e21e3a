"""What `supportnet run` does: sweep, progress, failures, figure, and what to try next."""

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from experiments.adaptive import LOOKING
from experiments.commands import runs_in_words, say_size, warn
from experiments.console import command_line, console_on, counted, in_shell, print_json, say, table_of, tell
from experiments.estimates import Estimate, estimate
from experiments.executors import EXECUTORS, executor_for
from experiments.figures import Words, write_summary_figure
from experiments.progress import shown
from experiments.run import table_names
from experiments.store import DAMAGED, FIGURES, RIDGE, Store
from experiments.study import Study
from experiments.summary import drawn_rows, summary_table, written
from experiments.sweep import How, Part, Plan, SweepReport, plan, plan_along_ridge, sweep
from experiments.verify import Checked, verify
from simulation import InputError, Problem, UnknownNameError, compile_model, is_compiled, nearest_name

_MOST_FAILURES = 10
_MOST_ROWS = 60


@dataclass(frozen=True)
class RunRequest:
    """What `supportnet run` was asked for.

    Args:
        file, overrides: the study; out: the folder of results, the usual one where None.
        how: where and how it is run.
        log: a file for lines of progress; as_json, debug: what is printed.
    """

    file: Path
    overrides: Sequence[str] = ()
    out: Path | None = None
    how: How = field(default_factory=How)
    log: Path | None = None
    as_json: bool = False
    debug: bool = False


def how(*, executor: str, part: str, keep: str, **rest: Any) -> How:  # noqa: ANN401 - as `How` has them
    """How a sweep is to be done, from what was typed.

    Raises:
        InputError: what was typed means nothing.
    """
    chosen = executor or executor_for(rest["workers"], rest["scheduler"])
    return How(executor=chosen, part=Part.read(part), keep=_tables(keep), **rest)


def _tables(words: str) -> tuple[str, ...] | None:
    """Names of tables, parted by commas; outcomes are always kept. None for all.

    Raises:
        UnknownNameError: no table has this name.
    """
    if not words:
        return None
    given, known = [word.strip() for word in words.split(",")], table_names()
    for name in given:
        if name not in known:
            nearest = nearest_name(name, known)
            raise UnknownNameError(Problem("--keep", f"unknown table {name!r}", f"known: {', '.join(known)}", nearest))
    return tuple(name for name in known if name in given or name == "outcomes")


def dry_run(request: RunRequest) -> int:
    """Say what would run."""
    study = Study.from_file(request.file, request.overrides)
    warn(study, request.file, request.overrides)
    planned = plan(study, request.out, request.how)
    beside = plan_along_ridge(study, planned.folder, request.how)
    plans = [planned, beside] if beside else [planned]
    if request.as_json:
        about = {"study": study.study, "folder": str(planned.folder), "kept": planned.kept, "failed": planned.failed}
        print_json({**about, **dict(zip(("to_run", RIDGE), map(_to_run, plans), strict=False))})
        return 0
    for each in plans:
        _say_plan(each)
    return 0


def _to_run(planned: Plan) -> list[dict[str, Any]]:
    """The runs of a plan, for a script."""
    runs = ((item.run, item.experiment) for item in planned.runs())
    return [
        {"run": run, "scenario": e.scenario, "arm": e.arm, "replicate": e.replicate, "seed": e.seed} for run, e in runs
    ]


def _say_plan(planned: Plan) -> None:
    """What a plan would do."""
    say(f"would run {planned.left:,} of {planned.total:,} runs into {planned.folder}")
    say_size(planned.study)
    for words in _state(planned):
        say(f"  {words}")


def _state(planned: Plan) -> list[str]:
    """What there is in the folder already."""
    found = []
    if planned.kept:
        found.append(f"{counted(planned.kept, 'run')} there already")
    if planned.failed:
        found.append(f"{counted(planned.failed, 'run')} of these failed before; --retry-failed tries again")
    if planned.superseded:
        found.append(f"{counted(planned.superseded, 'run')} of other settings or other code, to be set aside")
    return found + [f"shard {item.shard} is damaged: {item.words}" for item in planned.damaged]


def run(request: RunRequest) -> int:
    """Run a study; returns how many runs failed.

    Raises:
        InputError: something in the request is wrong.
    """
    compiled = is_compiled()  # asked first: reading a network may compile a part
    study = Study.from_file(request.file, request.overrides)
    _require_executor(request)
    warn(study, request.file, request.overrides)
    cost, planned = estimate(study), plan(study, request.out, request.how)
    done = _swept(request, planned, cost, compile_first=not compiled)
    figure = _figure(study, done, cost)
    if not request.as_json:
        _show_results(study, done, figure)
    along = plan_along_ridge(study, done.folder, request.how)
    beside = _swept(request, along, estimate(along.study)) if along else None
    if beside:
        tell(f"along the ridge: {beside.folder}; 'supportnet report {in_shell(done.folder)}' shows it")
    if request.as_json:
        print_json(_report_as_json(study, done, figure) | ({RIDGE: _counts(beside)} if beside else {}))
    else:
        tell(_next_step(request, study, done))
    return done.failed + (beside.failed if beside else 0)


def _swept(request: RunRequest, planned: Plan, cost: Estimate, *, compile_first: bool = False) -> SweepReport:
    """Do what is planned, and tell what goes on."""
    study = planned.study
    tell(f"{study.study}: {runs_in_words(study, cost)}")
    for words in _state(planned):
        tell(f"  {words}")
    if compile_first and planned.left:
        _compile()
    with shown(log=request.log) as report:
        done = sweep(study, planned.folder, request.how, report=report, planned=planned)
    _tell_set_aside(done)
    _tell_failures(done, request.debug)
    return done


def _compile() -> None:
    """Compile the model before its first run ever, and say so: the first run would seem to hang."""
    tell("compiling the model, once for this version of it: about a minute")
    start = time.perf_counter()
    with suppress(Exception):  # a run will meet it again
        compile_model()
    tell(f"compiled in {time.perf_counter() - start:.0f} s")


def _require_executor(request: RunRequest) -> None:
    """Refuse an unknown executor before anything is run."""
    if request.how.executor not in EXECUTORS:
        raise InputError(EXECUTORS.unknown(request.how.executor, "--executor"))


def _figure(study: Study, done: SweepReport, cost: Estimate) -> Path | None:
    """Draw the summary figure, when any run has come to something."""
    store = Store(done.folder)
    if "outcomes" not in store.names():
        return None
    rows = store.steadily(lambda: drawn_rows(store.scan("outcomes"), study.scenarios.labels_once, len(study.arms)))
    return write_summary_figure(
        {"outcomes": rows.sort(*store.order())},
        done.folder / FIGURES,
        Words(study.question, [arm.name for arm in study.arms], study.baseline, cost.agents, study.seed),
    )


def _show_results(study: Study, done: SweepReport, figure: Path | None) -> None:
    """Print the small table and where everything is."""
    if figure is not None:
        _show_summary(Store(done.folder))
        _show_verdicts(study, Store(done.folder))
    say(f"results: {done.folder}")
    if figure is not None:
        say(f"figure:  {figure}")


def _show_summary(store: Store) -> None:
    """Print the small table: its first rows, where there are many."""
    table = _summary(store)
    rows = [{name: written(value) for name, value in row.items()} for row in table.head(_MOST_ROWS).to_dicts()]
    console_on(sys.stdout).print(table_of(rows))
    if table.height > _MOST_ROWS:
        say(f"... and {table.height - _MOST_ROWS:,} more rows")


def _summary(store: Store) -> pl.DataFrame:
    """The small table: means of what stood at the end, by scenario and arm; no rows where no run has come to an end."""
    if "outcomes" not in store.names():
        return pl.DataFrame()
    return store.steadily(lambda: summary_table(store.pieces("outcomes"), store.order()[1:]))


def _show_verdicts(study: Study, store: Store) -> None:
    """Print how precise the comparisons of adaptive replicates are: the first, where there are many."""
    if not study.is_adaptive:
        return
    table = store.steadily(lambda: study.verdicts(store.scan("outcomes")))
    shown = table.head(_MOST_ROWS).drop("baseline")
    rows = [{name: _cell(value) for name, value in row.items()} for row in shown.iter_rows(named=True)]
    console_on(sys.stdout).print(table_of(rows))
    reached = int(table["reached"].sum())
    say(f"{reached:,} of {table.height:,} intervals are as narrow as wanted. {LOOKING}")


def _cell(value: object) -> str:
    """A cell of the table of comparisons."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else written(value)


def _next_step(request: RunRequest, study: Study, done: SweepReport) -> str:
    """What to try next."""
    if done.failures and all(item.error.startswith(InputError.__name__) for item in done.failures):
        return "Next: change what these runs refused in the study file; with the same seeds they would refuse it again"
    if done.failures:
        again = _again(request, "--retry-failed")
        return f"Next: {again} tries the failed runs again; --debug shows where they failed"
    more = 2 * study.most_replicates
    if study.is_adaptive:
        return f"Next: look at the figure; {_again(request, change=f'replicates.at_most={more}')} goes on"
    return f"Next: look at the figure; {_again(request, change=f'replicates={max(10, more)}')} narrows the bands"


def _again(request: RunRequest, *options: str, change: str = "") -> str:
    """The command as it was typed, with the same file, values and folder, and one value changed."""
    key = change.partition("=")[0]
    kept = [text for text in request.overrides if text.partition("=")[0] != key]
    folder = [] if request.out is None else ["-o", str(request.out)]
    return command_line("run", request.file, [*kept, *([change] if change else [])], *folder, *options)


def _report_as_json(study: Study, done: SweepReport, figure: Path | None) -> dict[str, Any]:
    """What a script wants to know after a run."""
    return {
        "study": study.study,
        "hash": study.content_hash(),
        "folder": str(done.folder),
        "figure": str(figure) if figure else None,
        "runs": _counts(done),
        "summary": _summary(Store(done.folder)).to_dicts(),
        "failures": [{key: value for key, value in asdict(item).items() if key != "trace"} for item in done.failures],
        "superseded": done.superseded,
        "damaged": [item._asdict() for item in done.damaged],
        "seconds": round(done.seconds, 3),
        **({"comparisons": _verdicts(study, Store(done.folder))} if study.is_adaptive else {}),
    }


def _counts(done: SweepReport) -> dict[str, int]:
    """How many runs there are and what became of them."""
    return {"total": done.total, "kept": done.kept, "ran": done.ran, "failed": done.failed}


def _verdicts(study: Study, store: Store) -> list[dict[str, Any]]:
    """How precise each comparison of adaptive replicates is."""
    return store.steadily(lambda: study.verdicts(store.scan_if_there("outcomes"))).to_dicts()


def _tell_set_aside(done: SweepReport) -> None:
    """Say what was moved out of the way."""
    if done.superseded:
        tell(f"{counted(done.superseded, 'run')} of other settings or other code set aside in superseded/")
    for item in done.damaged:
        tell(f"damaged: shard {item.shard}: {item.words}; set aside in {DAMAGED}/, its runs were done again")


def _tell_failures(done: SweepReport, debug: bool) -> None:
    """Name the runs that failed, with their seeds."""
    for item in done.failures[:_MOST_FAILURES]:
        place = f"scenario {item.scenario}, arm {item.arm}, replicate {item.replicate}, seed {item.seed}"
        tell(f"failed: {place}: {item.error}")
        if debug:
            tell(item.trace)
    if done.failed > _MOST_FAILURES:
        tell(f"... and {done.failed - _MOST_FAILURES:,} more; the table of runs names them all")


def check_results(folder: Path, sample: int, seed: int, as_json: bool) -> int:
    """Repeat some stored runs and say whether they come out again; returns how much does not.

    Raises:
        InputError: there are no results in the folder.
    """
    found = verify(folder, sample, seed, told=lambda item: tell(_checked_in_words(item)))
    different = len(found.damaged) + sum(not item.is_same for item in found.checked)
    if as_json:
        print_json({"same": found.is_same, "runs": found.total, "damaged": found.damaged,
                    "checked": [asdict(item) | {"same": item.is_same} for item in found.checked]})  # fmt: skip
        return different
    for shard, words in found.damaged.items():
        say(f"damaged: shard {shard}: {words}")
    if found.damaged:
        tell("Next: supportnet run sets damaged shards aside and does their runs again")
    elif different:
        say(f"{different} of {counted(len(found.checked), 'run')} came out otherwise")
    elif not found.checked:
        say("all files are whole; no run was repeated")
    else:
        say(f"all files are whole; {counted(len(found.checked), 'run')} of {found.total:,} came out again, bit for bit")
    return different


def _checked_in_words(item: Checked) -> str:
    """What became of a run that was repeated."""
    place = f"scenario {item.scenario}, arm {item.arm}, replicate {item.replicate}, seed {item.seed}"
    if item.is_same:
        return f"same: {place}"
    reasons = [f"the store holds other rows than were written: {', '.join(item.stored)}"] if item.stored else []
    reasons += [f"other rows came out: {', '.join(item.repeated)}"] if item.repeated else []
    reasons += [item.error] if item.error else []
    reasons += [] if item.same_code else ["it was stored by another version of the code"]
    return f"differs: {place}: {'; '.join(reasons)}"
