"""The page `docs/convergence.md`: length of a step, number of replicates and warm-up, with tables and pictures.

    python scripts/convergence.py            # run what is missing, write the page
    python scripts/convergence.py --pages    # write the page from what is kept in results/reference/convergence
    python scripts/convergence.py --check    # say whether the page is up to date; exit code 1 if it is not

Runs are those of configs/studies/step-length.yaml, warm-up.yaml, and four arms of main-small.yaml with 60 replicates.
"""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from scipy.special import stdtrit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments import Study
from experiments.figures import COLOURS, FIRST_COLOUR, GREY, Drawing, Look
from experiments.outcome_words import measure
from scripts.page_parts import (
    DOCS,
    STUDIES,
    Mark,
    Parts,
    draw,
    keep,
    kept,
    line,
    made_with,
    main,
    mean_and_half,
    rows_of,
    run_missing,
    table,
    telling,
    with_half,
    write_or_check,
)

NAME, PAGE = "convergence", DOCS / "convergence.md"
NONE = "none"

# --- length of a step -------------------------------------------------------------------------------------------------

STEP_ARM = "general tag, desk"
USUAL = 15.0
"""Minutes: the default, against which others are held."""
OTHERS = (5.0, 7.5, 30.0, 60.0)
STEPS = (5.0, 7.5, 15.0, 30.0, 60.0)
STEP_PANELS = (
    "views", "retweeted", "retweets_within_1h", "normalization", "struggle_posts", "support_reach_7d",
)  # fmt: skip


def changes(values: pl.DataFrame, factor: str, usual: float) -> pl.DataFrame:
    """What another value of a factor changes, in pairs of equal seeds: one row per arm, outcome and value.

    Args:
        values: at the end of each run: the factor, arm, replicate, outcome, value.
        factor: name of the column of the factor.
        usual: the value that others are held against.
    """
    key = ["arm", "replicate", "outcome"]
    base = values.filter(pl.col(factor) == usual).select(*key, base=pl.col("value"))
    rows = []
    joined = values.join(base, on=key, maintain_order="left")
    for (arm, outcome, level), some in joined.group_by("arm", "outcome", factor, maintain_order=True):
        mean, half = mean_and_half((some["value"] - some["base"]).to_numpy())
        rows.append((arm, outcome, level, some.height, some["base"].mean(), mean, half, some["base"].std()))
    columns = ("arm", "outcome", factor, "pairs", "usual", "change", "half", "sd")
    return pl.DataFrame(rows, columns, orient="row").sort("arm", "outcome", factor)


def leveled(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the value of the one factor of their scenario as a column of its name."""
    factor = rows["scenario"][0].partition("=")[0]
    return rows.with_columns(pl.col("scenario").str.split("=").list.last().cast(pl.Float64).alias(factor))


def slopes(values: pl.DataFrame) -> pl.DataFrame:
    """What the default step adds to the limit of ever shorter ones, by a straight line over all steps of each seed."""
    rows = []
    for (arm, outcome), some in values.group_by("arm", "outcome", maintain_order=True):
        wide = some.sort("step_minutes").pivot("step_minutes", index="replicate", values="value").drop_nulls()
        if wide.height >= 3:
            steps = np.array([float(name) for name in wide.columns[1:]])
            each = np.polyfit(steps, wide.drop("replicate").to_numpy().T, 1)[0]
            rows.append((arm, outcome, *mean_and_half(USUAL * each)))
    return pl.DataFrame(rows, ("arm", "outcome", "change", "half"), orient="row").sort("arm", "outcome")


def step_rows(arm: str) -> Iterator[list[str]]:
    """Rows of a table: the value at the default step, what others change, and what the default adds to the limit."""
    found, lines = kept(NAME, "steps").filter(arm=arm), kept(NAME, "step-slopes").filter(arm=arm)
    for outcome in _named(found, "step-length"):
        rows = {row["step_minutes"]: row for row in found.filter(outcome=outcome).to_dicts()}
        words = measure(outcome)
        changed = (_change(outcome, rows[step]) for step in OTHERS)
        added = [_change(outcome, row) for row in lines.filter(outcome=outcome).to_dicts()]
        yield [_title(outcome), words.value(rows[USUAL]["usual"]).split(" ")[0], *changed, *(added or [""])]


def _named(found: pl.DataFrame, study: str) -> Iterator[str]:
    """Outcomes of a study that are not zero throughout."""
    some = set(found.filter((pl.col("usual").abs() > 0) | (pl.col("change").abs() > 0))["outcome"])
    yield from (name for name in Study.from_file(STUDIES / f"{study}.yaml").outcomes if name in some)


def _title(outcome: str) -> str:
    """What an outcome is called in a table, with its unit where that is not per cent."""
    words = measure(outcome)
    return f"{words.title}, {words.unit}" if words.unit not in ("", "%") else words.title


def _change(outcome: str, row: Mapping[str, Any]) -> str:
    """A difference with half of its interval; bold where the interval leaves out 0."""
    text = with_half(outcome, row["change"], row["half"])
    return f"**{text}**" if _seen(row) else text


def _seen(row: Mapping[str, Any]) -> bool:
    """Whether an interval leaves out 0."""
    return row["half"] is not None and abs(row["change"]) > row["half"]


def step_drawings() -> Iterator[Drawing]:
    """What steps of other lengths change, in per cent of the value at the default."""
    found = kept(NAME, "steps")
    for outcome in STEP_PANELS:
        rows = found.filter(outcome=outcome)
        told = "; ".join(
            f"{row['arm']}, {row['step_minutes']:g} min: {100 * row['change'] / row['usual']:+.1f}"
            for row in rows.to_dicts() if row["step_minutes"] != USUAL
        )  # fmt: skip
        yield Drawing(
            title=measure(outcome).title,
            note="change from steps of 15 minutes, per cent of the value",
            description=f"{measure(outcome).title}, per cent of change: {told}.",
            draw=lambda axes, rows=rows: _draw_steps(axes, rows),  # type: ignore[misc]
            height=2.3,
        )


def _draw_steps(axes: Axes, rows: pl.DataFrame) -> None:
    """Two lines with intervals around no change."""
    axes.axhline(0.0, color=GREY, linewidth=1.0)
    for arm, mark, shift in (
        (NONE, Mark("no tag", FIRST_COLOUR), 0.98),
        (STEP_ARM, Mark("tag and desk", COLOURS[0], "s"), 1.02),
    ):
        some = rows.filter(arm=arm).sort("step_minutes")
        x, y, half = (some[name].fill_null(0.0).to_numpy() for name in ("step_minutes", "change", "half"))
        unit = 100.0 / some["usual"].to_numpy()
        line(axes, shift * x, unit * y, unit * half, mark)
    axes.set_xscale("log")
    axes.set_xticks(STEPS, [f"{step:g}" for step in STEPS])
    axes.minorticks_off()
    axes.set_xlabel("length of a step, minutes", fontsize=9)
    axes.legend(frameon=False, fontsize=9)


# --- number of replicates ---------------------------------------------------------------------------------------------

MOST = 60
COUNTS = (5, 10, 20, 30, 60)
"""Replicates of which the half-width is told."""
ARMS = ("none, desk", "general tag", "general tag, desk")
OF_ARMS = {arm: Look(colour, "-") for arm, colour in zip(ARMS, COLOURS, strict=False)}
COMPARED = (
    "normalization", "support_reach_7d", "supported_within_24h", "struggle_posts", "harm_exposure", "help_seeking",
)  # fmt: skip
REPLICATE_PANELS = COMPARED[:4]
WANTED = 0.2
"""A difference is known well when half of its interval is this share of it."""


def spreads(values: pl.DataFrame) -> pl.DataFrame:
    """Every difference from the baseline: mean, standard deviation of pairs, and of runs that are not paired."""
    rows = []
    base = {outcome: some.sort("replicate")["value"].to_numpy() for (outcome,), some in _by_outcome(values, NONE)}
    for arm in ARMS:
        for (outcome,), some in _by_outcome(values, arm):
            numbers = some.sort("replicate")["value"].to_numpy()
            pairs = numbers - base[outcome]
            apart = math.hypot(numbers.std(ddof=1), base[outcome].std(ddof=1))
            rows.append((arm, outcome, len(pairs), pairs.mean(), pairs.std(ddof=1), apart))
    return pl.DataFrame(rows, ("arm", "outcome", "replicates", "difference", "sd", "sd_unpaired"), orient="row")


def _by_outcome(values: pl.DataFrame, arm: str) -> Iterator[tuple[tuple[object, ...], pl.DataFrame]]:
    """The rows of an arm by outcome."""
    some = values.filter((pl.col("arm") == arm) & pl.col("outcome").is_in(COMPARED))
    return iter(some.group_by("outcome", maintain_order=True))


def half_width(sd: float, replicates: int) -> float:
    """Half of Student's 95% interval of a mean."""
    return float(stdtrit(replicates - 1, 0.975)) * sd / math.sqrt(replicates)


def needed(sd: float, wanted: float) -> str:
    """The fewest replicates with which half of an interval is no wider than wanted."""
    enough = next((n for n in range(3, 10_001) if half_width(sd, n) <= wanted), None)
    return f"{enough:,}" if enough else "> 10,000"


def replicate_rows() -> Iterator[list[str]]:
    """Rows of a table: the difference, what pairing saves, half-widths, and the replicates that it takes."""
    for row in kept(NAME, "replicates").to_dicts():
        words, sd = measure(row["outcome"]), row["sd"]
        if not sd:
            continue
        halves = [words.size(half_width(sd, count)).split(" ")[0] for count in COUNTS]
        size = abs(row["difference"])
        yield [
            row["arm"], _title(row["outcome"]), str(row["replicates"]), words.difference(row["difference"], unit=False),
            *halves,
            f"{(row['sd_unpaired'] / sd) ** 2:.1f}", needed(sd, size), needed(sd, WANTED * size),
        ]  # fmt: skip


def replicate_drawings() -> Iterator[Drawing]:
    """Half of the interval over the number of replicates: in pairs, and with runs that share no luck."""
    found = kept(NAME, "replicates")
    for outcome in REPLICATE_PANELS:
        rows = [row for row in found.filter(outcome=outcome).to_dicts() if row["sd"]]
        words = measure(outcome)
        told = "; ".join(
            f"{row['arm']}: {words.size(half_width(row['sd'], 30))} with 30 pairs, "
            f"{words.size(half_width(row['sd_unpaired'], 30))} without pairing"
            for row in rows
        )
        yield Drawing(
            title=words.title,
            note=f"half of the 95% interval, {words.difference_unit}",
            description=f"{words.title}, half of the interval: {told}.",
            draw=lambda axes, rows=rows: _draw_halves(axes, rows),  # type: ignore[misc]
            height=2.6,
            lines=True,
        )


def _draw_halves(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Falling lines on two logarithmic axes: full in pairs, dashed without pairing."""
    counts = np.arange(5, MOST + 1)
    for row in rows:
        factor = measure(row["outcome"]).factor
        for sd, dashes in ((row["sd"], "-"), (row["sd_unpaired"], (0, (3, 2)))):
            halves = [factor * half_width(sd, int(count)) for count in counts]
            axes.plot(counts, halves, color=OF_ARMS[row["arm"]].colour, linestyle=dashes, linewidth=1.9)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(COUNTS, [str(count) for count in COUNTS])
    axes.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(lambda value, _place: f"{value:g}" if f"{value:e}"[0] in "25" else "")
    axes.tick_params(axis="y", which="minor", labelsize=9)
    axes.set_xlabel("replicates (full: pairs, dashed: not paired)", fontsize=9)


def main_rows() -> Iterator[list[str]]:
    """Rows of the main study, at the middle level of stigma: differences with half of their intervals."""
    found = kept("hashtag-moderation-stigma", "differences").filter(scenario="beliefs.stigma_mean=0.45")
    for arm in ARMS:
        for outcome in COMPARED:
            row = found.filter(arm=arm, outcome=outcome).to_dicts()[0]
            half = (row["upper"] - row["lower"]) / 2.0
            factor = f"{row['pairing_factor']:.1f}" if row["pairing_factor"] is not None else ""
            enough = needed(half / half_width(1.0, row["replicates"]), WANTED * abs(row["difference"]))
            yield [arm, _title(outcome), with_half(outcome, row["difference"], half), factor, enough]


# --- length of the warm-up --------------------------------------------------------------------------------------------

LONGEST = 56.0
WARM_UPS = (0.0, 3.0, 7.0, 14.0, 28.0, 56.0)
TAG = "general tag"
SERIES = ("normalization", "support_reach_7d")


def series(rows: pl.DataFrame) -> pl.DataFrame:
    """Means over replicates of the baseline by day, for each warm-up."""
    some = rows.filter((pl.col("arm") == NONE) & pl.col("outcome").is_in(SERIES))
    groups = some.group_by("outcome", "warmup_days", "day", maintain_order=True)
    return groups.agg(pl.col("value").mean().alias("mean")).sort("outcome", "warmup_days", "day")


def effects(values: pl.DataFrame) -> pl.DataFrame:
    """What the tag changes, in place of the value with the tag: the rows of an arm named `effect`."""
    key = ["warmup_days", "replicate", "outcome"]
    base = values.filter(pl.col("arm") == NONE).select(*key, base=pl.col("value"))
    made = values.filter(pl.col("arm") == TAG).join(base, on=key, maintain_order="left")
    return made.with_columns(pl.lit("effect").alias("arm"), (pl.col("value") - pl.col("base")).alias("value")).drop(
        "base"
    )


def sizes_of(values: pl.DataFrame) -> pl.DataFrame:
    """Mean effects with half of their intervals: outcome, warmup_days, mean, half."""
    groups = values.filter(pl.col("outcome").is_in(SERIES)).group_by("outcome", "warmup_days")
    rows = [(*key, *mean_and_half(some["value"].to_numpy())) for key, some in groups]
    return pl.DataFrame(rows, ("outcome", "warmup_days", "mean", "half"), orient="row").sort("outcome", "warmup_days")


def warm_up_rows(arm: str) -> Iterator[list[str]]:
    """Rows of a table: the value after the longest warm-up, and what shorter ones change."""
    found = kept(NAME, "warm-ups").filter(arm=arm)
    for outcome in _named(found, "warm-up"):
        rows = {row["warmup_days"]: row for row in found.filter(outcome=outcome).to_dicts()}
        words = measure(outcome)
        usual = rows[LONGEST]["usual"]
        value = words.value(usual).split(" ")[0] if arm == NONE else words.difference(usual, unit=False)
        yield [_title(outcome), value, *(_change(outcome, rows[days]) for days in WARM_UPS[:-1])]


def warm_up_drawings() -> Iterator[Drawing]:
    """Daily means against the days since the run began, and what the tag changes by length of the warm-up."""
    for outcome in SERIES:
        words, rows = measure(outcome), kept(NAME, "series").filter(outcome=outcome).sort("warmup_days", "day")
        first = rows.filter(day=0.0).to_dicts()
        told = "; ".join(f"after {row['warmup_days']:g} days {words.value(row['mean'])}" for row in first)
        yield Drawing(
            title=words.title,
            note=f"baseline, {words.axis}; a line for each warm-up",
            description=f"{words.title} on day 0, by length of the warm-up: {told}.",
            draw=lambda axes, rows=rows, words=words: _draw_series(axes, rows, words.factor),  # type: ignore[misc]
            height=2.6,
        )
    for outcome in SERIES:
        words, made = measure(outcome), kept(NAME, "effects").filter(outcome=outcome).sort("warmup_days")
        told = "; ".join(f"{row['warmup_days']:g} days {words.difference(row['mean'])}" for row in made.to_dicts())
        yield Drawing(
            title=f"By a tag: {words.title[0].lower()}{words.title[1:]}",
            note=f"what the tag changes by day 30, {words.difference_unit}",
            description=f"What a tag changes in {words.phrase}, by length of the warm-up: {told}.",
            draw=lambda axes, made=made, words=words: _draw_effect(axes, made, words.factor),  # type: ignore[misc]
            height=2.6,
        )


def _draw_series(axes: Axes, rows: pl.DataFrame, factor: float) -> None:
    """A line for each warm-up, each beginning, with a mark, where its warm-up ends."""
    for colour, days in zip((FIRST_COLOUR, *COLOURS[:5]), WARM_UPS, strict=True):
        some = rows.filter(warmup_days=days)
        x, y = days + some["day"].to_numpy(), factor * some["mean"].to_numpy()
        axes.plot(x, y, color=colour, linewidth=1.9, marker="o", markevery=[0], label=f"{days:g}")
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("days since the run began", fontsize=9)
    axes.legend(frameon=False, fontsize=8.5, title="warm-up, days", title_fontsize=8.5, ncols=3)


def _draw_effect(axes: Axes, made: pl.DataFrame, factor: float) -> None:
    """Effects with their intervals, by length of the warm-up."""
    y, half = (factor * made[name].to_numpy() for name in ("mean", "half"))
    line(axes, np.arange(len(WARM_UPS), dtype=np.float64), y, half, Mark("tag", COLOURS[0]))
    axes.axhline(0.0, color=GREY, linewidth=1.0)
    axes.set_xticks(range(len(WARM_UPS)), [f"{days:g}" for days in WARM_UPS])
    axes.set_xlabel("warm-up, days", fontsize=9)


# --- together ---------------------------------------------------------------------------------------------------------


def make(workers: int) -> None:
    """Run what is missing, and keep small tables."""
    study = Study.from_file(STUDIES / "step-length.yaml")
    steps = leveled(rows_of(run_missing(study, "all", workers)))
    small = ["factors.beliefs.stigma_mean=[0.45]", f"replicates={MOST}"]
    folder = run_missing(Study.from_file(STUDIES / "main-small.yaml", small), "replicates", workers, (NONE, *ARMS))
    warm = leveled(rows_of(run_missing(Study.from_file(STUDIES / "warm-up.yaml"), "all", workers)))
    last = pl.col("day") == pl.col("day").max()
    both = pl.concat([warm.filter(last), effects(warm.filter(last))])
    keep(
        NAME,
        settings=telling(study),
        steps=changes(steps.filter(last), "step_minutes", USUAL),
        replicates=spreads(rows_of(folder).filter(last)),
        series=series(warm),
        effects=sizes_of(both.filter(pl.col("arm") == "effect")),
        **{"warm-ups": changes(both, "warmup_days", LONGEST), "step-slopes": slopes(steps.filter(last))},
    )


def write(check: bool) -> int:
    """Write the page and its pictures, or compare the page."""
    steps = ["outcome", "15 min", *(f"{step:g} min" for step in OTHERS), "15 min less limit"]
    warm = [f"{days:g} days" for days in WARM_UPS[:-1]]
    halves = [f"± of {count}" for count in COUNTS]
    replicates = ["arm", "outcome", "pairs", "difference", *halves, "pairing", "to see it", "to know it"]
    parts: Parts = {
        "settings": made_with(kept(NAME, "settings")),
        "steps-baseline": table(steps, step_rows(NONE)),
        "steps-tag": table(steps, step_rows(STEP_ARM)),
        "replicates": table(replicates, replicate_rows(), left=2),
        "main-study": table(["arm", "outcome", "difference", "pairing", "to know it"], main_rows(), left=2),
        "warm-up-baseline": table(["outcome, baseline", "56 days", *warm], warm_up_rows(NONE)),
        "warm-up-effect": table(["what the tag changes", "56 days", *warm], warm_up_rows("effect")),
        "picture-steps": draw("convergence-steps", step_drawings(), "Length of a step", check=check),
        "picture-replicates": draw(
            "convergence-replicates", replicate_drawings(), "Number of replicates", tuple(OF_ARMS.items()), check=check
        ),
        "picture-warm-up": draw("convergence-warm-up", warm_up_drawings(), "Length of the warm-up", check=check),
    }
    return write_or_check(PAGE, parts, check=check)


if __name__ == "__main__":
    raise SystemExit(main(make, write, sys.argv[1:]))
