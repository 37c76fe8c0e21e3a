"""What the commands `init`, `check` and `list` do, and what is said about an error."""

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from experiments.console import (
    command_line,
    console_on,
    counted,
    in_shell,
    print_json,
    say,
    size_in_words,
    table_of,
    tell,
)
from experiments.estimates import Estimate, estimate, in_words
from experiments.listing import KINDS, for_people
from experiments.people_checks import shown_by_people
from experiments.shards import write_whole
from experiments.spreadsheets import csv_content
from experiments.store import RIDGE
from experiments.study import Study
from experiments.study_files import doubts_in_file, in_file
from experiments.template import study_text
from simulation import InputError, Problem, SupportnetError, is_compiled, read_network


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
    write_whole(file, study_text(in_shell(file), name).encode())
    say(file)
    tell(f"written. Next: {command_line('check', file)}")


def check(file: Path, overrides: Sequence[str], as_json: bool) -> None:
    """Say that a study file is correct and what it costs.

    Raises:
        InputError: with everything that is wrong with it.
    """
    study = Study.from_file(file, overrides)
    warn(study, file, overrides, refuse=True)
    along = study.along_ridge
    if as_json:
        about = {"study": study.study, "hash": study.content_hash(), **_size(study)}
        print_json(about | ({RIDGE: _size(along)} if along else {}))
        return
    say(f"{file}: the study '{study.study}' is correct")
    say_size(study)
    if along:
        say("  and along the ridge")
        say_size(along)
    tell(f"Next: {command_line('run', file, overrides)}")


def _size(study: Study) -> dict[str, Any]:
    """How many runs and what they cost, for a script."""
    return {**shape(study), **asdict(estimate(study))}


def say_size(study: Study) -> None:
    """How many runs and what they cost, in words."""
    cost = estimate(study)
    say(f"  {runs_in_words(study, cost)}")
    say(f"  {cost_in_words(cost)}")


def warn(study: Study, file: Path, overrides: Sequence[str], *, refuse: bool = False) -> None:
    """Tell what a study file allows itself but hardly means, and what its interventions do not find in the first run.

    Args:
        study: that of the file.
        file: the study file.
        overrides: what is laid over it.
        refuse: whether a group that is empty in the first run is refused here; by that run otherwise.

    Raises:
        InputError: a group is empty and that is to be refused; a given network cannot be read here.
    """
    doubts = doubts_in_file(file, overrides)
    if any(arm.interventions for arm in study.arms) and not is_compiled():
        tell("compiling what draws people, once for this version of it: some seconds")
    people = shown_by_people(*study.first_run)
    empty = in_file(people.empty, file, overrides)
    for problem in (*doubts, *in_file(people.missed, file, overrides)):
        tell(f"warning: {problem}")
    if refuse and empty:
        raise InputError(*empty)
    for problem in empty:
        tell(f"warning: {problem}; runs in which that is so will fail")


def ids(network: Path, out: Path, nodes: Path | None, format: str | None) -> None:
    """Write which number each id of a network file has in results: the one way from results back to people.

    Raises:
        InputError: the network cannot be read, or there is a file of this name.
    """
    if out.exists():
        raise InputError(Problem(str(out), "is there already", "choose another name with -o"))
    graph = read_network(network, format=format, nodes=nodes, keep_labels=True)
    texts = [] if graph.labels is None else [str(label) for label in graph.labels]
    table = pl.DataFrame({"agent": range(graph.n_agents), "id": texts}, schema={"agent": pl.Int64, "id": pl.String})
    write_whole(out, csv_content(table))
    out.chmod(0o600)
    say(out)
    tell("it says who is who: keep it apart from results, and delete it when it is no longer needed")


def list_(what: str, as_json: bool) -> None:
    """Print what there is to choose from.

    Raises:
        UnknownNameError: there is no such list.
    """
    rows = KINDS[what]()
    if as_json:
        print_json(rows)
    else:
        console_on(sys.stdout).print(table_of(for_people(rows)))


def shape(study: Study) -> dict[str, int]:
    """How many scenarios, arms and replicates."""
    return {"scenarios": len(study.scenarios), "arms": len(study.arms), "replicates": study.most_replicates}


def runs_in_words(study: Study, cost: Estimate) -> str:
    """`1 scenario x 3 arms x 3 replicates = 9 runs of 500 people`."""
    parts = [counted(number, name.removesuffix("s")) for name, number in shape(study).items()]
    if study.is_adaptive:
        parts[-1] = f"{study.fewest_replicates:,} to {parts[-1]}"
    most = "at most " if study.is_adaptive else ""
    return f"{' x '.join(parts)} = {most}{counted(cost.runs, 'run')} of {cost.agents:,} people"


def cost_in_words(cost: Estimate) -> str:
    """Time, memory and disk."""
    memory, disk = size_in_words(cost.memory_mb), size_in_words(cost.disk_mb)
    return f"about {in_words(cost.seconds)} on one core, {memory} of memory per worker, {disk} of disk"
