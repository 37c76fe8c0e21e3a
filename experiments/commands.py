"""What the commands do. Results go to standard output, progress and messages to standard error."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from experiments.estimates import Estimate, estimate, in_words
from experiments.executors import EXECUTORS
from experiments.figures import Words, write_summary_figure
from experiments.listing import KINDS, Row
from experiments.store import FIGURES, Store, write_whole
from experiments.study import Study
from experiments.summary import summary_table, written
from experiments.sweep import Failure, Plan, Progress, SweepReport, plan, sweep
from experiments.template import study_text
from simulation import InputError, Problem, SupportnetError

_WIDTH_OF_PIPES = 160
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


def message_of(error: Exception) -> tuple[str, int]:
    """What to tell about an error, and the exit code."""
    if isinstance(error, InputError):
        return str(error), 2
    if isinstance(error, SupportnetError):
        return str(error), 1
    kind = type(error).__name__
    if isinstance(error, OSError):
        return f"{error.filename or kind}: {error.strerror or error}", 1
    return f"a mistake inside supportnet, not yours: {kind}: {error}\n  --debug shows where", 1


def init(file: Path) -> None:
    """Write a study file.

    Raises:
        InputError: there is a file of this name.
    """
    if file.exists():
        raise InputError(Problem(str(file), "is there already", "choose another name"))
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-._") or "study"
    write_whole(file, study_text(_in_shell(file), name).encode())
    _say(file)
    _tell(f"written. Next: supportnet check {_in_shell(file)}")


def check(file: Path, overrides: Sequence[str], as_json: bool) -> None:
    """Say that a study file is correct and what it costs.

    Raises:
        InputError: with everything that is wrong with it.
    """
    study = Study.from_file(file, overrides)
    cost = estimate(study)
    if as_json:
        _print_json({"study": study.study, "hash": study.content_hash(), **_shape(study), **asdict(cost)})
        return
    _say(f"{file}: the study '{study.study}' is correct")
    _say(f"  {_runs_in_words(study, cost)}")
    _say(f"  {_cost_in_words(cost)}")
    _tell(f"Next: supportnet run {_in_shell(file)}")


def dry_run(request: RunRequest) -> int:
    """Say what would run."""
    study = Study.from_file(request.file, request.overrides)
    cost, planned = estimate(study), plan(study, request.out)
    if request.as_json:
        to_run = [
            {"run": key, "scenario": e.scenario, "arm": e.arm, "replicate": e.replicate, "seed": e.seed}
            for key, e in planned.to_run.items()
        ]
        _print_json({"study": study.study, "folder": str(planned.folder), "kept": len(planned.kept), "to_run": to_run})
        return 0
    _say(f"would run {len(planned.to_run)} of {planned.total} runs into {planned.folder}")
    _say(f"  {_runs_in_words(study, cost)}")
    _say(f"  {_cost_in_words(cost)}")
    if planned.kept:
        _say(f"  {len(planned.kept)} runs are there already")
    return 0


def run(request: RunRequest) -> int:
    """Run a study; returns how many runs failed.

    Raises:
        InputError: something in the request is wrong.
    """
    study = Study.from_file(request.file, request.overrides)
    _require_executor(request)
    cost, planned = estimate(study), plan(study, request.out)
    _tell(f"{study.study}: {_runs_in_words(study, cost)}{_kept_in_words(planned)}")
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


def list_(what: str, as_json: bool) -> None:
    """Print what there is to choose from.

    Raises:
        UnknownNameError: there is no such list.
    """
    rows = KINDS[what]()
    if as_json:
        _print_json(rows)
    else:
        _console(sys.stdout).print(_table(rows))


def _require_executor(request: RunRequest) -> None:
    """Refuse an unknown executor before anything is run."""
    if request.executor not in EXECUTORS:
        raise InputError(EXECUTORS.unknown(request.executor, "--executor"))


def _shape(study: Study) -> dict[str, int]:
    """How many scenarios, arms and replicates."""
    return {"scenarios": len(study.scenarios), "arms": len(study.arms), "replicates": study.replicates}


def _runs_in_words(study: Study, cost: Estimate) -> str:
    """`1 scenario x 3 arms x 3 replicates = 9 runs of 500 people`."""
    parts = [_counted(number, name.removesuffix("s")) for name, number in _shape(study).items()]
    return f"{' x '.join(parts)} = {_counted(cost.runs, 'run')} of {cost.agents:,} people"


def _cost_in_words(cost: Estimate) -> str:
    """Time, memory and disk."""
    memory, disk = _size_in_words(cost.memory_mb), _size_in_words(cost.disk_mb)
    return f"about {in_words(cost.seconds)} on one core, {memory} of memory, {disk} of disk"


def _size_in_words(megabytes: float) -> str:
    """A size as people say it."""
    if megabytes >= 1000:
        return f"{megabytes / 1000:.1f} GB"
    return f"{megabytes:.0f} MB" if megabytes >= 10 else f"{max(0.1, megabytes):.1f} MB"


def _counted(number: int, thing: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


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
        _print_json(_report_as_json(study, done, figure))
        return
    if figure is not None:
        rows = summary_table(Store(done.folder).table("outcomes")).to_dicts()
        _console(sys.stdout).print(_table([{name: written(value) for name, value in row.items()} for row in rows]))
    _say(f"results: {done.folder}")
    if figure is not None:
        _say(f"figure:  {figure}")
    if done.superseded:
        _tell(f"{_counted(done.superseded, 'run')} of other settings or other code set aside in superseded/")
    _tell(_next_step(request, study, done))


def _next_step(request: RunRequest, study: Study, done: SweepReport) -> str:
    """What to try next."""
    file = _in_shell(request.file)
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
        _tell(f"failed: {place}: {item.error}")
        if debug:
            _tell(item.trace)
    if len(failures) > _MOST_FAILURES:
        _tell(f"... and {len(failures) - _MOST_FAILURES} more; the table of runs names them all")


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar with the time left and the failures so far; plain lines where there is no terminal."""
    console = _console(sys.stderr)
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
        _tell(f"{now.kept + now.done}/{now.total} runs{failed}{left}")


def _table(rows: Sequence[Row]) -> Table:
    """Rows as a table; columns are the keys of the first row."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in rows[0] if rows else ["nothing"]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_plain(value) for value in row.values()))
    return table


def _plain(value: object) -> str:
    """A cell without markup."""
    text = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return text.replace("[", "\\[")


def _console(stream: Any) -> Console:  # noqa: ANN401 - standard output or error, as it is at the time
    """A console; wide where the width is not known, so that tables survive a pipe."""
    is_terminal = stream.isatty()
    return Console(file=stream, width=None if is_terminal else _WIDTH_OF_PIPES, highlight=False)


def _say(text: object) -> None:
    """A result."""
    sys.stdout.write(f"{text}\n")


def _tell(text: str) -> None:
    """A message to the user."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _print_json(value: object) -> None:
    """A result for a script."""
    _say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _in_shell(path: Path) -> str:
    """A path as it can be typed."""
    text = str(path)
    return f"'{text}'" if re.search(r"[^\w./:-]", text) else text
