"""The command line: parse, hand over, and turn mistakes into messages and exit codes.

Exit codes: 0 done; 1 some runs failed; 2 the request is wrong; 130 interrupted. `commands` and `running` pull in the
compiled model, which takes seconds, so they are imported only when a command needs them, by `_commands`.
"""

import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from experiments.interrupts import listen

INTERRUPTED = 130
WRONG_REQUEST = 2
FAILED = 1

app = typer.Typer(
    name="supportnet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StudyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A study file.", show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Laid over the file.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Results as JSON on standard output.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the code a mistake was found.")]
Folder = Annotated[Path | None, typer.Option("-o", metavar="DIR", help="Folder of the results.", show_default=False)]


ResultsFolder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.", show_default=False)]
ScenarioName = Annotated[str | None, typer.Option("--scenario", metavar="NAME", help="The scenario of the run.")]
ArmName = Annotated[str | None, typer.Option("--arm", metavar="NAME", help="The arm of the run.")]
ReplicateNumber = Annotated[int | None, typer.Option("--replicate", metavar="N", help="The replicate of the run.")]


def _commands(module: str = "commands") -> ModuleType:
    """The module that does the work.

    The collector of garbage rests meanwhile, and later passes over what was imported, which stays: both are shorter.
    """
    gc.disable()
    try:
        return importlib.import_module(f"experiments.{module}")
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _told(debug: bool) -> Iterator[None]:
    """Turn what goes wrong into a message on standard error and an exit code; `debug` lets it through.

    Raises:
        typer.Exit: with the code.
    """
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted; the same command goes on where this one stopped", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except typer.Exit:
        raise
    except Exception as error:
        if debug:
            raise
        text, code = _commands().message_of(error)
        typer.echo(text, err=True)
        raise typer.Exit(code) from None


def _version(asked: bool) -> None:
    """Print the version that is installed, and end.

    Raises:
        typer.Exit: it was asked for.
    """
    if asked:
        metadata = importlib.import_module("importlib.metadata")  # `provenance` would load the model
        typer.echo(f"supportnet {metadata.version('supportnet')}")
        raise typer.Exit


@app.callback()
def supportnet(
    _: Annotated[bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")] = False,
) -> None:
    """How support hashtags, moderation and stigma change normalization and the reach of support."""


@app.command()
def init(file: StudyFile, debug: Debug = False) -> None:
    """Write a commented study file that already runs."""
    with _told(debug):
        _commands().init(file)


@app.command()
def check(file: StudyFile, overrides: Overrides = None, as_json: Json = False, debug: Debug = False) -> None:
    """Check names and ranges of a study file; say how many runs it asks for and what they cost."""
    with _told(debug):
        _commands().check(file, overrides or [], as_json)


@app.command()
def run(  # noqa: PLR0913 - one for each option
    file: StudyFile,
    overrides: Overrides = None,
    out: Folder = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="How many runs may go on at once.")] = 1,
    executor: Annotated[
        str, typer.Option(metavar="NAME", help="Where runs happen: serial, processes or dask.", show_default=False)
    ] = "",
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A Dask scheduler: tcp://host:8786.", show_default=False)
    ] = "",
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Do the I-th of N parts, for job arrays.", show_default=False)
    ] = "1/1",
    retry: Annotated[bool, typer.Option("--retry-failed", help="Try runs that failed before once more.")] = False,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.001, help="Longest time for one run.", show_default=False)
    ] = None,
    memory_limit: Annotated[
        float | None, typer.Option(metavar="MB", min=1, help="Largest memory of a worker.", show_default=False)
    ] = None,
    keep: Annotated[
        str, typer.Option(metavar="TABLES", help="Keep these tables only: outcomes,network.", show_default=False)
    ] = "",
    ridge: Annotated[
        int | None,
        typer.Option(
            metavar="R",
            min=0,
            help="Also take the arms, R times each, through the ten worlds that no baseline can tell apart.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Add lines of progress to a file.", show_default=False)
    ] = None,
    dry: Annotated[bool, typer.Option("-n", "--dry-run", help="Say what would run, and run nothing.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Run a study; run it again to go on where it stopped."""
    listen()
    with _told(debug):
        work = _commands("running")
        how = work.how(
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            part=shard,
            retry_failed=retry,
            time_limit=time_limit,
            memory_mb=memory_limit,
            keep=keep,
            command=("supportnet", *sys.argv[1:]),
        )
        over = [*(overrides or []), *([] if ridge is None else [f"ridge={ridge}"])]
        request = work.RunRequest(file, over, out, how, log, as_json, debug)
        failures = work.dry_run(request) if dry else work.run(request)
        if failures:
            raise typer.Exit(FAILED)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.", show_default=False)],
    sample: Annotated[int, typer.Option(metavar="K", min=0, help="How many runs are repeated.")] = 5,
    seed: Annotated[int, typer.Option(metavar="N", help="Another number chooses other runs.")] = 1,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Check the files of results, repeat some runs, and compare."""
    with _told(debug):
        if _commands("running").check_results(folder, sample, seed, as_json):
            raise typer.Exit(FAILED)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.", show_default=False)],
    to: Annotated[str, typer.Option(metavar="FORMAT", help="csv, xlsx, salib or ema.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("-o", metavar="OUT", help="Folder of the files; DIR/export otherwise.", show_default=False),
    ] = None,
    tables: Annotated[
        str,
        typer.Option(metavar="NAMES", help="For csv and xlsx: scenarios,final,runs,outcomes,...", show_default=False),
    ] = "",
    debug: Debug = False,
) -> None:
    """Write results for a spreadsheet, for SALib or for the EMA Workbench."""
    with _told(debug):
        for path in _commands("exporting").export(folder, to, out, [name for name in tables.split(",") if name]):
            typer.echo(path)


@app.command()
def trace(
    folder: ResultsFolder,
    post: Annotated[
        str, typer.Option(metavar="KEY", help="The post: a whole number or author-step-slot.", show_default=False)
    ],
    scenario: ScenarioName = None,
    arm: ArmName = None,
    replicate: ReplicateNumber = None,
    out: Annotated[Path | None, typer.Option("-o", metavar="DIR", help="Folder of the picture.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Tell what became of one post: who saw it, when, through whom, and what they did; draw its way."""
    with _told(debug):
        work = _commands("inspecting")
        work.show_trace(folder, post, work.RunChoice(scenario, arm, replicate), out, as_json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("-o", metavar="FILE", help="File to write; report.html in DIR otherwise.", show_default=False),
    ] = None,
    sensitivity: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What 'sensitivity' has found for the study; DIR/sensitivity otherwise."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write one page about a study: it opens offline, prints, and holds its own tables."""
    with _told(debug):
        typer.echo(_commands("report").report(folder, out, sensitivity))


@app.command()
def replay(
    folder: ResultsFolder,
    run: Annotated[
        str | None, typer.Option(metavar="KEY", help="One run, by its key in the table of runs.", show_default=False)
    ] = None,
    arms: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Two arms to show side by side.", show_default=False)
    ] = None,
    arm: ArmName = None,
    scenario: ScenarioName = None,
    replicate: ReplicateNumber = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", metavar="FILE", help="File to write; replay.html in DIR otherwise.", show_default=False),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write one offline page on which runs play day by day: the people, the numbers, the story of every post."""
    with _told(debug):
        work = _commands("inspecting")
        work.write_replay(folder, run, arms or (), work.RunChoice(scenario, arm, replicate), out)


@app.command()
def compare(  # noqa: PLR0913 - one for each thing that may be chosen
    folder: ResultsFolder,
    events: Annotated[
        bool, typer.Option("--events", help="List what exists in one arm only, of one replicate.")
    ] = False,
    outcome: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An outcome; may be given again.", show_default=False)
    ] = None,
    arm: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An arm to show; may be given again.", show_default=False)
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="NAME", help="The arm to compare with.", show_default=False)
    ] = None,
    table: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="differences, arm_means, by_group, reached_by_group, tradeoffs, costs, regret, robustness, deciding, "
            "ridge.",
        ),
    ] = "differences",
    scenario: ScenarioName = None,
    replicate: ReplicateNumber = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what the arms of a study do, compared with its baseline in pairs of equal luck."""
    with _told(debug):
        if events:
            work = _commands("inspecting")
            work.compare(folder, work.RunChoice(scenario, arm[0] if arm else None, replicate), baseline, as_json)
        else:
            work = _commands("comparing")
            work.show(work.Request(folder, outcome or (), arm or (), baseline, table, as_json))


@app.command()
def sensitivity(  # noqa: PLR0913 - one for each thing that may be chosen
    file: StudyFile,
    overrides: Overrides = None,
    out: Folder = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="How many runs may go on at once.")] = 1,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Screen these settings only: 'beliefs.*'; again.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Do not screen these; may be given again.")
    ] = None,
    outcome: Annotated[list[str] | None, typer.Option(metavar="NAME", help="An outcome; may be given again.")] = None,
    arm: Annotated[list[str] | None, typer.Option(metavar="NAME", help="An arm; may be given again.")] = None,
    agents: Annotated[int, typer.Option(metavar="N", min=1, help="People in a run, at most.")] = 1000,
    days: Annotated[int, typer.Option(metavar="N", min=1, help="Days of a run, at most.")] = 30,
    replicates: Annotated[int, typer.Option(metavar="N", min=1, help="Runs of every point and arm.")] = 2,
    trajectories: Annotated[
        int | None, typer.Option(metavar="R", min=2, help="Of the screening; by the time they take otherwise.")
    ] = None,
    base_points: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of the indices, a power of two; 0 for the screening alone.")
    ] = 32,
    survivors: Annotated[int, typer.Option(metavar="N", min=1, help="Settings that get indices, at most.")] = 8,
    dry: Annotated[bool, typer.Option("-n", "--dry-run", help="List what would be screened, and run nothing.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Find out which settings matter: screen all that no fact fixes, then share out the variance among the rest."""
    listen()
    with _told(debug):
        work = _commands("screening")
        request = work.Request(
            only=only or (), without=without or (), outcomes=outcome or (), arms=arm or (), agents=agents, days=days,
            replicates=replicates, trajectories=trajectories, base_points=base_points, survivors=survivors,
        )  # fmt: skip
        how = _commands("running").how(workers=workers, executor="", part="1/1", keep="", scheduler="")
        asked = work.Asked(file, overrides or (), request, how, out, as_json)
        if (work.dry_run if dry else work.sensitivity)(asked):
            raise typer.Exit(FAILED)


@app.command()
def validate(
    out: Folder = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="How many patterns are run at once.")] = 1,
    seeds: Annotated[int, typer.Option(metavar="K", help="Seeds of every pattern, two or more.")] = 8,
    seed: Annotated[int, typer.Option(metavar="N", help="Another number makes other seeds.")] = 1,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A pattern; may be given again; all otherwise.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Hold the model against facts that were kept for it, networks and laws: a scorecard, failures first."""
    listen()
    with _told(debug):
        work = _commands("scoring")
        card = work.score(work.Asked(out, workers, seeds, seed, only or (), as_json))
        if card.count(work.ERROR):
            raise typer.Exit(FAILED)


@app.command()
def calibrate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A targets file.", show_default=False)],
    out: Folder = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="How many runs may go on at once.")] = 1,
    facts_only: Annotated[
        bool, typer.Option("--facts-only", help="Solve what one fact identifies; no searches, no sample.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Find the values with which the model meets what is known; run it again to go on where it stopped."""
    listen()
    with _told(debug):
        _commands("calibration.command").run(file, out, workers, facts_only, as_json)


@app.command()
def ids(
    network: Annotated[Path, typer.Argument(metavar="FILE", help="A network file.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", metavar="CSV", help="The file to write.", show_default=False)],
    nodes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The node table, where people without ties count.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help="As in a study file; read off the name otherwise.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Write which number each id of a network file has in results, where they hold numbers only."""
    with _told(debug):
        _commands().ids(network, out, nodes, kind)


@app.command("list")
def list_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="interventions, outcomes, generators, datasets, parameters, designs or studies.",
            show_default=False,
        ),
    ],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List what there is to choose from."""
    with _told(debug):
        _commands().list_(what, as_json)


@app.command("app")
def app_(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; only this machine otherwise.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes a free one.")] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Whether a browser is opened.")] = True,
    debug: Debug = False,
) -> None:
    """Open the dashboard: two arms side by side, live, in a browser."""
    with _told(debug):
        _commands("app.serving").serve(host, port, browser)


def main() -> None:
    """The entry point of the command `supportnet`."""
    app(prog_name="supportnet")


if __name__ == "__main__":
    main()
