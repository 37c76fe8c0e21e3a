"""What `supportnet sensitivity` does: list what is screened, run both stages, say what they found."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from experiments.commands import warn
from experiments.console import console_on, print_json, say, table_of, tell
from experiments.estimates import estimate, in_words
from experiments.progress import shown
from experiments.sensitivity import Request, Result, analyse, default_place, first_stage
from experiments.sensitivity.words import PAGE
from experiments.study import Study
from experiments.sweep import How

MOST_ROWS = 20


@dataclass(frozen=True)
class Asked:
    """What was typed.

    Args:
        file, overrides: the study.
        request: how it is analysed.
        how: where runs happen.
        out: folder; one below `results` where left out.
        as_json: whether a script reads the answer.
    """

    file: Path
    overrides: Sequence[str] = ()
    request: Request = field(default_factory=Request)
    how: How = field(default_factory=How)
    out: Path | None = None
    as_json: bool = False


def dry_run(asked: Asked) -> int:
    """Say what would be screened and what it costs."""
    first, choice = first_stage(Study.from_file(asked.file, asked.overrides), asked.request)
    rows = [
        {"path": path, "from": values.low, "to": values.high, "scale": values.scale, "why": choice.why[path]}
        for path, values in choice.ranges.items()
    ]
    cost = estimate(first)
    if asked.as_json:
        held = [item._asdict() for item in choice.held]
        print_json({"screened": rows, "held": held, "runs": cost.runs, "seconds": cost.seconds})
        return 0
    console_on(sys.stdout).print(table_of(rows))
    console_on(sys.stdout).print(table_of([item._asdict() for item in choice.held]))
    say(f"{len(rows)} settings to screen, {len(choice.held)} held: {cost.runs:,} runs of {cost.agents:,} people")
    say(f"  about {in_words(cost.seconds)} on one core, {in_words(cost.seconds / 2)} on two; then the indices")
    return 0


def sensitivity(asked: Asked) -> int:
    """Analyse a study; returns how many runs failed.

    Raises:
        InputError: something in the request is wrong.
    """
    study = Study.from_file(asked.file, asked.overrides)
    warn(study, asked.file, asked.overrides)
    first, choice = first_stage(study, asked.request)
    cost = estimate(first)
    tell(
        f"{study.study}: {len(choice.ranges)} settings, {cost.runs:,} runs of {cost.agents:,} people to screen them, "
        f"about {in_words(cost.seconds / asked.how.workers)}; -n lists the settings"
    )
    with shown() as report:
        found = analyse(study, asked.request, asked.out or default_place(study, asked.request), asked.how, report)
    _show(found, asked.as_json)
    return found.failed


def _show(found: Result, as_json: bool) -> None:
    """Print the ranks, and where everything is."""
    deciding = found.signs.filter(pl.col("decides") == "yes")
    if as_json:
        tables = {name: table.to_dicts() for name, table in found.tables.items() if name != "signs"}
        stages = [item._asdict() for item in found.timings]
        print_json({"folder": str(found.folder), "survivors": found.survivors, "stages": stages,
                    "decides_sign": deciding.to_dicts(), **tables})  # fmt: skip
        return
    rows = [row | {"share": f"{row['share']:.0%}"} for row in found.ranks.head(MOST_ROWS).to_dicts()]
    console_on(sys.stdout).print(table_of(rows))
    verdicts = dict(found.ranks.group_by("verdict", maintain_order=True).len().iter_rows())
    say("; ".join(f"{verdict}: {number}" for verdict, number in verdicts.items()))
    for row in deciding.head(MOST_ROWS).to_dicts():
        say(f"decides the sign: {row['parameter']} for {row['outcome']}, {row['arm']} less {row['against']}")
    for item in found.timings:
        say(f"{item.stage}: {item.runs:,} runs, estimated {in_words(item.estimated / item.workers)}, {item.ran:,} of "
            f"them done in {in_words(item.measured)}")  # fmt: skip
    say(f"results: {found.folder}")
    tell(f"Next: read {found.folder / PAGE}")
