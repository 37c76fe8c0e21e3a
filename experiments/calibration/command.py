"""What `supportnet calibrate` does: progress on standard error, the fit on standard output, everything in a folder."""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from experiments.calibration.calibrated import Calibrated
from experiments.calibration.calibrating import calibrate, default_folder
from experiments.calibration.fit import before_in_words
from experiments.calibration.targets import Targets, read_targets
from experiments.calibration.writing import PARAMETER_FILE, SAMPLE, manifest
from experiments.console import console_on, in_shell, print_json, say, table_of, tell
from experiments.executors import EXECUTORS, executor_for

SECONDS_BETWEEN_LINES = 10.0


@dataclass
class Lines:
    """Tells how far a calibration is: a line for every stage, and now and then one between."""

    doing: str = ""
    start: float = field(default_factory=time.monotonic)
    last: float = 0.0

    def __call__(self, doing: str, asked: int, done: int) -> None:
        """Take note, and tell when there is something to tell."""
        now = time.monotonic()
        if doing == self.doing and (not asked or done < asked or now - self.last < SECONDS_BETWEEN_LINES):
            return
        self.doing, self.last = doing, now
        tell(f"{now - self.start:6.0f} s  {doing}")


def run(file: Path, out: Path | None, workers: int, facts_only: bool, as_json: bool) -> int:
    """Calibrate; returns how many targets that were to be met are not.

    Raises:
        InputError: with everything that is wrong with the file.
    """
    targets = read_targets(file)
    folder = out or default_folder(targets)
    kind = EXECUTORS[executor_for(workers)]
    tell(f"{targets.calibration}: {in_words(targets, facts_only)}")
    with kind(workers) as place:
        done = calibrate(targets, folder, place, Lines(), facts_only=facts_only)
    if as_json:
        print_json({**manifest(done), "folder": str(folder), "parameters": done.parameters.to_dicts(),
                    "fit": done.fit.to_dicts()})  # fmt: skip
    else:
        _show(done, folder)
    return done.fit.filter(~pl.col("met"), pl.col("used") != "no").height


def in_words(targets: Targets, facts_only: bool) -> str:
    """What there is to do."""
    trials = 0 if facts_only else sum(joint.trials for joint in targets.joint.values())
    return f"{len(targets.facts)} facts, {trials} trials of joint searches, {targets.replicates} common seeds"


def _show(done: Calibrated, folder: Path) -> None:
    """Print both tables and where everything is."""
    for table in (_parameters(done.parameters), _fit(done.fit)):
        console_on(sys.stdout).print(table_of(table))
    if done.sample is not None:
        say(f"sample: {done.sample.table.height} parameter sets, worth {done.sample.effective:.1f} of equal weight")
    missed = done.fit.filter(~pl.col("met"), pl.col("used") != "no")["target"].to_list()
    say(f"not met: {', '.join(missed)}" if missed else "every target is met")
    say(f"results: {folder}")
    tell(
        f"Next: base: {{calibrated: {in_shell(folder / PARAMETER_FILE)}}} in a study file takes these values"
        + (
            ""
            if done.sample is None
            else f"; design: {{type: posterior, path: {in_shell(folder / SAMPLE)}}} their sample"
        )
    )


def _parameters(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of the table of parameters."""
    return [
        {
            "parameter": row["parameter"],
            "before": before_in_words(row),
            "value": f"{row['value']:.4g}",
            "from": f"{row['lower']:.4g}",
            "to": f"{row['upper']:.4g}",
            "found": row["found"],
        }
        for row in table.to_dicts()
    ]


def _fit(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of the table of the fit, what is not met first."""
    return [
        {
            "target": row["target"] if row["group"] == "all" else f"{row['target']} ({row['group']})",
            "wanted": f"{row['wanted']:.4g} +- {row['uncertainty']:.2g}",
            "got": f"{row['got']:.4g}",
            "interval": f"{row['lower']:.4g} to {row['upper']:.4g}",
            "met": row["met"],
            "set_something": row["used"] != "no",
            "source": f"{row['source']} [{row['grade']}]",
        }
        for row in table.sort("met", maintain_order=True).to_dicts()
    ]
