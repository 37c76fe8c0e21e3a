"""What scripts share that write pages from runs: the runs, small tables that are kept, marked parts of a page.

A part stands between `<!-- made: NAME -->` and `<!-- end -->`; what is between is replaced. Tables are kept as CSV
under `results/reference/`, so that a page can be written again, and checked, without a run.
"""

import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.special import stdtrit

from experiments import Store, Study
from experiments.figures import Drawing, Look, picture, sheet
from experiments.outcome_words import measure
from experiments.summary import OVERALL

ROOT = Path(__file__).resolve().parents[1]
STUDIES, DOCS, REFERENCE = ROOT / "configs" / "studies", ROOT / "docs", ROOT / "results" / "reference"
FIGURES = DOCS / "figures"
MARKED = re.compile(r"(<!-- made: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", flags=re.DOTALL)

TELLING = (
    "reactions.retweet", "reactions.reply", "activity.sessions_sigma", "reading.scan_mean", "disclosure.intercept",
    "beliefs.prior_mean", "beliefs.silence_weight", "adoption.first_exposure", "adoption.reinforcement",
)  # fmt: skip
"""Settings by which one set of defaults is told from another: those that calibration solves."""

ENOUGH = 3
"""The fewest values over which an interval says anything."""

Floats = NDArray[np.float64]
Parts = Mapping[str, str]
Legend = Sequence[tuple[str, Look]]


class Mark(NamedTuple):
    """How a line is drawn, and what it is called."""

    label: str
    colour: str
    shape: str = "o"


def run_missing(study: Study, part: str, workers: int, arms: Sequence[str] = ()) -> Path:
    """Run what is missing of a study; returns the folder of its results.

    Args:
        study: what is run.
        part: name of the folder of its results, in the folder of the study.
        workers: how many runs go on at once.
        arms: the only arms that are run; all where left out.
    """
    kept_arms = [arm for arm in study.arms if not arms or arm.name in arms]
    chosen = replace(study, arms=kept_arms, baseline=kept_arms[0].name)
    return chosen.run(ROOT / "results" / study.study / part, workers, keep=("outcomes",)).folder


def rows_of(folder: Path) -> pl.DataFrame:
    """Defined outcomes of everybody: scenario, arm, replicate, day, outcome, value; sorted."""
    overall = (pl.col("group") == OVERALL) & pl.col("value").is_finite()
    some = Store(folder).scan("outcomes").filter(overall)
    chosen = some.select("scenario", "arm", "replicate", "day", "outcome", "value")
    return chosen.sort("scenario", "arm", "outcome", "day", "replicate").collect()


def keep(name: str, **tables: pl.DataFrame) -> None:
    """Write small tables, six digits that count, into the folder of a name."""
    (REFERENCE / name).mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        written = rows.with_columns(pl.selectors.float().fill_nan(None).round_sig_figs(6))
        (REFERENCE / name / f"{table}.csv").write_text(written.write_csv(), encoding="utf-8")


def kept(name: str, table: str) -> pl.DataFrame:
    """A table that `keep` wrote."""
    return pl.read_csv(REFERENCE / name / f"{table}.csv")


def telling(study: Study) -> pl.DataFrame:
    """The settings of a study's base by which one set of defaults is told from another: setting, value."""
    return pl.DataFrame({"setting": TELLING, "value": [float(value_at(study.base, path)) for path in TELLING]})


def value_at(record: object, path: str) -> float:
    """The value of a setting by its path."""
    for name in path.split("."):
        record = getattr(record, name)
    return float(record)  # type: ignore[arg-type]


def made_with(settings: pl.DataFrame) -> str:
    """A sentence on the defaults that a table was made with."""
    listed = ", ".join(f"`{row['setting']}` {row['value']:g}" for row in settings.to_dicts())
    return f"*Made with the defaults* {listed}.\n"


def mean_and_half(values: Floats) -> tuple[float, float]:
    """Mean and half of its 95% interval (Student); the half is not a number for fewer than `ENOUGH` values."""
    n = len(values)
    half = float(stdtrit(n - 1, 0.975) * values.std(ddof=1) / math.sqrt(n)) if n >= ENOUGH else math.nan
    return float(values.mean()) if n else math.nan, half


def with_half(outcome: str, difference: float, half: float | None) -> str:
    """A difference with half of its interval, in the unit shown."""
    words = measure(outcome)
    number = words.difference(difference, unit=False)
    return f"{number} ± {words.difference(half, unit=False).removeprefix('+')}" if half else number


def table(head: Iterable[str], rows: Iterable[Iterable[str]], left: int = 1) -> str:
    """A table in Markdown; all columns but the first are numbers, set to the right."""
    head = list(head)
    rule = [*["---"] * left, *["--:"] * (len(head) - left)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *rows))


def filled(text: str, parts: Parts) -> str:
    """A page with its marked parts written anew; every part must be marked once, and every mark have a part."""
    marks = [found[2] for found in MARKED.finditer(text)]
    if sorted(marks) != sorted(parts):
        raise KeyError(f"marked on the page: {sorted(marks)}; made: {sorted(parts)}")
    return MARKED.sub(lambda found: f"{found[1]}\n{parts[found[2]].rstrip()}\n\n{found[4]}", text)


def write_or_check(page: Path, parts: Parts, *, check: bool) -> int:
    """Write the parts into a page, or say whether they stand there; returns the exit code."""
    text = page.read_text(encoding="utf-8")
    wanted = filled(text, parts)
    if not check:
        page.write_text(wanted, encoding="utf-8")
    elif text != wanted:
        print(f"{page.name} is out of date with what is kept in results/reference", file=sys.stderr)
    return int(check and text != wanted)


def draw(name: str, drawings: Iterable[Drawing], title: str, legend: Legend = (), *, check: bool = False) -> str:
    """Write a picture into `docs/figures`, but for a check; returns the line that shows it on a page."""
    figure = sheet(list(drawings), title, legend)
    if not check:
        (FIGURES / f"{name}.png").write_bytes(picture(figure))
    return f"![{figure.description}](figures/{name}.png)\n"


def line(axes: Axes, x: Floats, y: Floats, half: Floats, mark: Mark) -> None:
    """A line with marks and their intervals."""
    axes.errorbar(
        x, y, yerr=np.nan_to_num(half), color=mark.colour, marker=mark.shape, label=mark.label, capsize=3, linewidth=1.8
    )


def main(make: Callable[[int], None], write: Callable[[bool], int], arguments: Sequence[str]) -> int:
    """Run what is missing and write the page; `--pages` only writes it, `--check` only compares it."""
    if not {"--pages", "--check"} & set(arguments):
        make(2)
    return write("--check" in arguments)
