"""The page `docs/reference-results.md`: three pictures and tables of the main study, from results/reference.

    python scripts/reference_results.py            # write the page and its pictures
    python scripts/reference_results.py --check    # say whether the page is up to date; exit code 1 if it is not

What is kept of the main study is made by `supportnet run configs/studies/hashtag-moderation-stigma.yaml` and
`supportnet compare`; nothing is run here.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments import Study
from experiments.figures import GREY, Drawing, Look, looks
from experiments.outcome_words import measure
from scripts.page_parts import DOCS, REFERENCE, Parts, draw, kept, made_with, main, table, telling, write_or_check

NAME, PAGE = "hashtag-moderation-stigma", DOCS / "reference-results.md"
NONE = "none"
TAGS = ("general tag", "specialty tag")
REGIMES = ("none, reactive", "none, desk", "general tag", "general tag, reactive", "general tag, desk")
LEVELS = (NONE, "none, desk", "general tag", "general tag, desk", "specialty tag")
FIRST = ("adoption", "normalization", "support_reach_7d", "supported_within_24h")
SECOND = ("harm_exposure", "struggle_posts", "normalization", "support_reach_7d")
THIRD = ("normalization", "support_reach_7d", "never_reached", "help_seeking")


def by_level(name: str) -> pl.DataFrame:
    """A kept table of the main study with the level of stigma as a number."""
    rows = kept(NAME, name).filter(pl.col("scenario").str.contains("="))
    return rows.with_columns(level=pl.col("scenario").str.split("=").list.last().cast(pl.Float64)).sort("level")


def levels() -> list[float]:
    """The levels of stigma."""
    return by_level("means")["level"].unique(maintain_order=True).to_list()


def changed(arms: Sequence[str], outcomes: Sequence[str], style: Mapping[str, Look]) -> Iterator[Drawing]:
    """Paired differences from doing nothing, by level of stigma: a panel for each outcome, an arm beside the other."""
    for outcome in outcomes:
        unit = measure(outcome).difference_unit or "as counted"
        yield _panel("difference", arms, outcome, style, f"difference from doing nothing, {unit}")


def stood(arms: Sequence[str], outcomes: Sequence[str], style: Mapping[str, Look]) -> Iterator[Drawing]:
    """Means at the end, by level of stigma: a panel for each outcome."""
    for outcome in outcomes:
        yield _panel("mean", arms, outcome, style, f"at the end, {measure(outcome).axis}")


def _panel(column: str, arms: Sequence[str], outcome: str, style: Mapping[str, Look], note: str) -> Drawing:
    """A panel of one outcome: a column of the table of differences or of means."""
    words = measure(outcome)
    rows = by_level(f"{column}s").filter((pl.col("outcome") == outcome) & pl.col("arm").is_in(arms))
    return Drawing(
        title=words.title,
        note=note,
        description=f"{words.title}, {note}: {_told(rows, arms, outcome, column)}.",
        draw=lambda axes: _draw(axes, rows, arms, style, words.factor, column),
        height=2.6,
    )


def _told(rows: pl.DataFrame, arms: Sequence[str], outcome: str, column: str) -> str:
    """A panel in words: every arm from the lowest to the highest level."""
    words = measure(outcome)
    say = words.difference if column == "difference" else words.value
    ends = ((arm, rows.filter(pl.col("arm") == arm)[column]) for arm in arms)
    return "; ".join(f"{arm} from {say(values[0])} at low to {say(values[-1])} at high stigma" for arm, values in ends)


def _draw(
    axes: Axes, rows: pl.DataFrame, arms: Sequence[str], style: Mapping[str, Look], factor: float, column: str
) -> None:
    """A line for each arm over the levels, with intervals; arms stand a little apart."""
    places = np.arange(len(levels()), dtype=np.float64)
    for number, arm in enumerate(arms):
        some = rows.filter(pl.col("arm") == arm)
        y, low, high = (factor * some[name].to_numpy() for name in (column, "lower", "upper"))
        axes.errorbar(
            places + 0.05 * (number - (len(arms) - 1) / 2.0), y, yerr=np.nan_to_num(np.abs([y - low, high - y])),
            color=style[arm].colour, linestyle=style[arm].dashes, marker=style[arm].marker, capsize=3, linewidth=1.5,
            markersize=5,
        )  # fmt: skip
    axes.axhline(0.0, color=GREY, linewidth=1.0)
    axes.set_xticks(places, [f"{level:.2f}" for level in levels()])
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.set_xlabel("mean personal stigma, scale from 0 to 1", fontsize=9)


def rows(arms: Sequence[str], outcomes: Sequence[str]) -> Iterator[list[str]]:
    """Rows of differences with their intervals: an outcome of an arm, by level of stigma."""
    found = by_level("differences")
    for outcome in outcomes:
        for arm in arms:
            cells = found.filter((pl.col("outcome") == outcome) & (pl.col("arm") == arm)).to_dicts()
            yield [title(outcome), arm, *(difference(outcome, cell) for cell in cells)]


def title(outcome: str) -> str:
    """What an outcome is called in a table, with the unit of a difference."""
    words = measure(outcome)
    return f"{words.title}, {words.difference_unit}" if words.difference_unit else words.title


def difference(outcome: str, row: Mapping[str, Any]) -> str:
    """A difference with its interval."""
    words = measure(outcome)
    number = words.difference(row["difference"], unit=False)
    if row["lower"] is None:
        return number
    return f"{number} ({words.difference(row['lower'], unit=False)} to {words.difference(row['upper'], unit=False)})"


def stood_rows(arms: Sequence[str], outcomes: Sequence[str]) -> Iterator[list[str]]:
    """Rows of means: an outcome in an arm, by level of stigma."""
    found = by_level("means")
    for outcome in outcomes:
        for arm in arms:
            cells = found.filter((pl.col("outcome") == outcome) & (pl.col("arm") == arm)).to_dicts()
            yield [measure(outcome).title, arm, *(measure(outcome).value(cell["mean"]) for cell in cells)]


def write(check: bool) -> int:
    """Write the page and its pictures, or compare the page."""
    study = Study.from_file(REFERENCE / NAME / "study.yaml")
    style = looks([arm.name for arm in study.arms], NONE)
    head = ["outcome", "arm", *(f"stigma {level:.2f}" for level in levels())]
    shown = {
        "adoption": (changed(TAGS, FIRST, style), TAGS, "What a hashtag does"),
        "moderation": (changed(REGIMES, SECOND, style), REGIMES, "What moderation does, with and without a hashtag"),
        "stigma": (stood(LEVELS, THIRD, style), LEVELS, "What the level of stigma does"),
    }
    parts: Parts = {
        "settings": made_with(telling(study)),
        "table-adoption": table(head, rows(TAGS, FIRST), left=2),
        "table-moderation": table(head, rows(REGIMES, SECOND), left=2),
        "table-stigma": table(head, stood_rows(LEVELS, THIRD), left=2),
        **{
            f"picture-{name}": draw(
                f"reference-{name}", panels, words, [(arm, style[arm]) for arm in arms], check=check
            )
            for name, (panels, arms, words) in shown.items()
        },
    }
    return write_or_check(PAGE, parts, check=check)


if __name__ == "__main__":
    raise SystemExit(main(lambda _workers: None, write, sys.argv[1:]))
