"""What `supportnet run` does: sweep, progress, failures, figure, and what to try next."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from experiments.commands import cost_in_words, runs_in_words, warn
from experiments.console import console_on, counted, in_shell, print_json, say, table_of, tell
from experiments.estimates import Estimate, estimate, in_words
from experiments.executors import EXECUTORS
from experiments.figures import Words, write_summary_figure
from experiments.run import compile_model
from experiments.store import FIGURES, Store
from experiments.study import Study
from experiments.summary import summary_table, written
from experiments.sweep import Failure, Plan, Progress, SweepReport, plan, sweep
from simulation import InputError, is_compiled

_MOST_FAILURES = 10


@dataclass(frozen=True)
class RunRequest:
    """What `supportnet run` was asked for."""

    file: Path
    overrides: Sequence[str]
    out: Path | None
    workers: int
    executor: str
    as_json: bool
    debug: bool
    command: Sequence[str]


def dry_run(request: RunRequest) -> int:
    """Say what would run."""
    study = Study.from_file(request.file, request.overrides)
    cost, planned = estimate(study), plan(study, request.out)
    if request.as_json:
        to_run = [
            {"run": key, "scenario": e.scenario, "arm": e.arm, "replicate": e.replicate, "seed": e.seed}
            for key, e in planned.to_run.items()
        ]
        print_json({"study": study.study, "folder": str(planned.folder), "kept": len(planned.kept), "to_run": to_run})
        return 0
    say(f"would run {len(planned.to_run)} of {planned.total} runs into {planned.folder}")
    say(f"  {runs_in_words(study, cost)}")
    say(f"  {cost_in_words(cost)}")
    if planned.kept:
        say(f"  {len(planned.kept)} runs are there already")
    return 0


def run(request: RunRequest) -> int:
    """Run a study; returns how many runs failed.

    Raises:
        InputError: something in the request is wrong.
    """
    compiled = is_compiled()  # asked first: reading a network may compile a part
    study = Study.from_file(request.file, request.overrides)
    _require_executor(request)
    warn(request.file, request.overrides)
    cost, planned = estimate(study), plan(study, request.out)
    tell(f"{study.study}: {runs_in_words(study, cost)}{_kept_in_words(planned)}")
    if not compiled:
        _compile(planned)
    with _progress() as report:
        done = sweep(
            study,
            request.out,
            executor=request.executor,
            workers=request.workers,
            command=["supportnet", *request.command],
            report=report,
            planned=planned,
        )
    _tell_failures(done.failures, request.debug)
    figure = _figure(study, done, cost)
    _show_results(request, study, done, figure)
    return len(done.failures)


def _compile(planned: Plan) -> None:
    """Compile the model before its first run ever, and say so: the first run would seem to hang."""
    for experiment in list(planned.to_run.values())[:1]:
        tell("compiling the model, once for this version of it: about half a minute")
        tell(f"compiled in {compile_model(experiment):.0f} s")


def _require_executor(request: RunRequest) -> None:
    """Refuse an unknown executor before anything is run."""
    if request.executor not in EXECUTORS:
        raise InputError(EXECUTORS.unknown(request.executor, "--executor"))


def _kept_in_words(planned: Plan) -> str:
    """What is there already."""
    return f"; {len(planned.kept):,} there already" if planned.kept else ""


def _figure(study: Study, done: SweepReport, cost: Estimate) -> Path | None:
    """Draw the summary figure, when any run has come to something."""
    store = Store(done.folder)
    if "outcomes" not in store.names():
        return None
    return write_summary_figure(
        {"outcomes": store.table("outcomes")},
        done.folder / FIGURES,
        Words(study.question, [arm.name for arm in study.arms], study.baseline, cost.agents, study.seed),
    )


def _show_results(request: RunRequest, study: Study, done: SweepReport, figure: Path | None) -> None:
    """Print the small table and where everything is."""
    if request.as_json:
        print_json(_report_as_json(study, done, figure))
        return
    if figure is not None:
        rows = summary_table(Store(done.folder).table("outcomes")).to_dicts()
        console_on(sys.stdout).print(table_of([{name: written(value) for name, value in row.items()} for row in rows]))
    say(f"results: {done.folder}")
    if figure is not None:
        say(f"figure:  {figure}")
    if done.superseded:
        tell(f"{counted(done.superseded, 'run')} of other settings or other code set aside in superseded/")
    tell(_next_step(request, study, done))


def _next_step(request: RunRequest, study: Study, done: SweepReport) -> str:
    """What to try next."""
    file = in_shell(request.file)
    if done.failures:
        return f"Next: the same command tries the failed runs again; --debug shows where they failed ({file})"
    more = max(10, 2 * study.replicates)
    return f"Next: look at the figure; supportnet run {file} replicates={more} narrows the bands"


def _report_as_json(study: Study, done: SweepReport, figure: Path | None) -> dict[str, Any]:
    """What a script wants to know after a run."""
    return {
        "study": study.study,
        "hash": study.content_hash(),
        "folder": str(done.folder),
        "figure": str(figure) if figure else None,
        "runs": {"total": done.total, "kept": done.kept, "ran": done.ran, "failed": len(done.failures)},
        "failures": [{key: value for key, value in asdict(item).items() if key != "trace"} for item in done.failures],
        "superseded": done.superseded,
        "seconds": round(done.seconds, 3),
    }


def _tell_failures(failures: Sequence[Failure], debug: bool) -> None:
    """Name the runs that failed, with their seeds."""
    for item in failures[:_MOST_FAILURES]:
        place = f"scenario {item.scenario}, arm {item.arm}, replicate {item.replicate}, seed {item.seed}"
        tell(f"failed: {place}: {item.error}")
        if debug:
            tell(item.trace)
    if len(failures) > _MOST_FAILURES:
        tell(f"... and {len(failures) - _MOST_FAILURES} more; the table of runs names them all")


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar with the time left and the failures so far; plain lines where there is no terminal."""
    console = console_on(sys.stderr)
    if not console.is_terminal:
        yield _Lines().report
        return
    columns = [
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left:"),
        TimeRemainingColumn(), TextColumn("{task.fields[failed]}"),
    ]  # fmt: skip
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("runs", total=None, failed="")

        def report(now: Progress) -> None:
            failed = f"{now.failed} failed" if now.failed else ""
            bar.update(task, total=now.total - now.kept, completed=now.done, failed=failed)

        yield report


class _Lines:
    """Progress as lines, one every few seconds at most."""

    def __init__(self) -> None:
        self.told = time.monotonic()

    def report(self, now: Progress) -> None:
        """Tell how far things are, unless that was told just now."""
        is_last = now.left == 0 and now.done > 0
        if not is_last and time.monotonic() - self.told < 5.0:
            return
        self.told = time.monotonic()
        left = f", {in_words(now.seconds_left)} left" if now.seconds_left else ""
        failed = f", {now.failed} failed" if now.failed else ""
        tell(f"{now.kept + now.done}/{now.total} runs{failed}{left}")
