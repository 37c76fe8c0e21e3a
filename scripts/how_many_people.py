"""The page `docs/how-many-people.md`: which outcomes depend on the number of people, with its tables and picture.

    python scripts/how_many_people.py            # run what is missing (configs/studies/people.yaml), write the page
    python scripts/how_many_people.py --pages    # write the page from what is kept in results/reference/people
    python scripts/how_many_people.py --check    # say whether the page is up to date; exit code 1 if it is not

Small worlds get more replicates than large ones, so that each size has about as many people in all.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from scipy.stats import ttest_ind

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments import Study
from experiments.figures import COLOURS, FIRST_COLOUR, GREY, Drawing
from experiments.outcome_words import MINUS, measure
from scripts.page_parts import (
    DOCS,
    ENOUGH,
    STUDIES,
    Floats,
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
from simulation.generators import Popularity
from simulation.graph_measures import followers_of_followed, reciprocity
from simulation.parameters import Parameters
from simulation.population import draw_classes

NAME, PAGE = "people", DOCS / "how-many-people.md"
REPLICATES: Mapping[int, int] = {500: 32, 2000: 20, 5000: 10, 20000: 4, 100000: 2}
"""Replicates of a world of so many people."""
DEFAULT, SMALL = 5000, 2000
NONE, SHARE, COUNT = "none", "general tag", "general tag, 20 seeds"
CLEAR, LEAST = 0.01, 0.05
"""Two sizes differ where the P value is below, and the relative difference above this."""
PER_1000 = "struggle_posts"
"""Counted in posts; shown per 1,000 people."""
SEEDS = (1, 2, 3)
"""Of the graphs that are measured."""


FEW: Mapping[int, int] = {2000: 8, 5000: 4, 20000: 3}
"""Replicates of worlds in which one thing is taken away, with the tag alone."""
HUBS, STREAM = "hubs as at 2,000", "no streams"
AWAY: Mapping[str, Callable[[int], list[str]]] = {
    HUBS: lambda agents: [f"base.network.follower_cap={0.11 * SMALL / agents:.4f}"],
    STREAM: lambda agents: ["base.reading.search_others=0", "base.reading.search_adopters=0"],
}
"""What is taken away, as settings laid over the study: hubs larger than those of 2,000 people; the streams of tags."""


# --- running ----------------------------------------------------------------------------------------------------------


def make(workers: int) -> None:
    """Run what is missing, and keep small tables."""
    study = Study.from_file(STUDIES / "people.yaml")
    sizes = []
    for agents, count in REPLICATES.items():
        given = [f"factors.agents=[{agents}]", f"replicates={count}"]
        folder = run_missing(Study.from_file(STUDIES / "people.yaml", given), str(agents), workers)
        last = rows_of(folder).filter(pl.col("day") == pl.col("day").max())
        sizes.append(last.with_columns(agents=pl.lit(agents)))
    values = pl.concat(sizes).with_columns(value=pl.when(pl.col("outcome") == PER_1000).then(
        pl.col("value") * 1000.0 / pl.col("agents")).otherwise(pl.col("value")))  # fmt: skip
    keep(NAME, means=means(values), differences=differences(values), against=against(values))
    keep(NAME, graphs=graphs(), settings=telling(study), away=away(workers))


def away(workers: int) -> pl.DataFrame:
    """Adoption where something is taken away that grows with the number of people: what, agents, mean, half."""
    rows = []
    for number, (what, laid_over) in enumerate(AWAY.items(), 1):
        for agents, count in FEW.items():
            given = [f"factors.agents=[{agents}]", f"replicates={count}", *laid_over(agents)]
            study = Study.from_file(STUDIES / "people.yaml", given)
            found = rows_of(run_missing(study, f"away-{number}-{agents}", workers, (SHARE,)))
            last = found.filter((pl.col("day") == pl.col("day").max()) & (pl.col("arm") == SHARE))
            rows.append((what, agents, *mean_and_half(last.filter(outcome="adoption")["value"].to_numpy())))
    return pl.DataFrame(rows, ("what", "agents", "mean", "half"), orient="row")


def means(values: pl.DataFrame) -> pl.DataFrame:
    """Mean of every outcome at the end, by number of people and arm, with half of its interval and the spread."""
    rows = []
    for (agents, arm, outcome), some in values.group_by("agents", "arm", "outcome", maintain_order=True):
        numbers = some["value"].to_numpy()
        mean, half = mean_and_half(numbers)
        rows.append((agents, arm, outcome, len(numbers), mean, half))
    columns = ("agents", "arm", "outcome", "replicates", "mean", "half")
    return pl.DataFrame(rows, columns, orient="row").sort("agents", "arm", "outcome")


def differences(values: pl.DataFrame) -> pl.DataFrame:
    """Mean paired difference of every arm from the baseline, with half of its interval and the spread of pairs."""
    rows = []
    key = ["agents", "replicate", "outcome"]
    base = values.filter(pl.col("arm") == NONE).select(*key, base=pl.col("value"))
    pairs = values.filter(pl.col("arm") != NONE).join(base, on=key)
    for (agents, arm, outcome), some in pairs.group_by("agents", "arm", "outcome", maintain_order=True):
        numbers = (some["value"] - some["base"]).to_numpy()
        mean, half = mean_and_half(numbers)
        rows.append((agents, arm, outcome, len(numbers), mean, half, float(numbers.std(ddof=1))))
    columns = ("agents", "arm", "outcome", "replicates", "mean", "half", "sd")
    return pl.DataFrame(rows, columns, orient="row").sort("agents", "arm", "outcome")


def against(values: pl.DataFrame) -> pl.DataFrame:
    """Every size against the default one, in the baseline: ratio of means and the P value of a t test."""
    rows = []
    for (outcome,), some in values.filter(pl.col("arm") == NONE).group_by("outcome", maintain_order=True):
        by_size = {agents: some.filter(pl.col("agents") == agents)["value"].to_numpy() for agents in REPLICATES}
        usual = by_size[DEFAULT]
        rows += [(outcome, agents, *_compared(numbers, usual)) for agents, numbers in by_size.items()]
    return pl.DataFrame(rows, ("outcome", "agents", "ratio", "p"), orient="row").sort("outcome", "agents")


def _compared(numbers: Floats, usual: Floats) -> tuple[float, float]:
    """Ratio of means and P value; not a number where there is nothing to compare."""
    if not len(numbers) or not usual.mean() or np.ptp(numbers) + np.ptp(usual) == 0:
        return np.nan, np.nan
    return float(numbers.mean() / usual.mean()), float(ttest_ind(numbers, usual).pvalue)


def graphs() -> pl.DataFrame:
    """Measures of the default network by number of people, means over seeds."""
    rows = []
    for agents in REPLICATES:
        each = [_measured(agents, seed) for seed in SEEDS]
        rows.append({"agents": agents, **{name: float(np.mean([one[name] for one in each])) for name in each[0]}})
    return pl.DataFrame(rows)


def _measured(agents: int, seed: int) -> dict[str, float]:
    """Measures of one graph that bear on outcomes."""
    graph = Popularity().build(draw_classes(Parameters(), agents, {}, seed), seed)
    followers = graph.follower_counts
    return {
        "mean_degree": graph.n_arcs / graph.n_agents,
        "median_followers": float(np.median(followers)),
        "few_followers": float(np.mean(followers <= 5)),
        "most_followers": float(followers.max()),
        "followers_of_followed": followers_of_followed(graph),
        "reciprocity": reciprocity(graph),
    }


# --- the page ---------------------------------------------------------------------------------------------------------

WORDS = {
    "mean_degree": "Followers, mean",
    "median_followers": "Followers, median",
    "few_followers": "People with at most 5 followers",
    "most_followers": "Followers of the most followed",
    "followers_of_followed": "Followers of somebody followed, mean",
    "reciprocity": "Arcs that are returned",
}
SHARES = ("few_followers", "reciprocity")


def sizes() -> list[int]:
    """Numbers of people of which results are kept."""
    return sorted(set(kept(NAME, "means")["agents"]))


def head() -> list[str]:
    """The heads of columns of sizes."""
    return [f"{agents:,}" for agents in sizes()]


def shown(outcome: str, mean: float | None, half: float | None) -> str:
    """A mean with half of its interval, in the unit shown."""
    words = measure(outcome)
    number = words.value(mean).removesuffix(f" {words.unit}")
    return f"{number} ± {words.value(half).removesuffix('%').removesuffix(f' {words.unit}')}" if half else number


def title(outcome: str) -> str:
    """What an outcome is called in a table."""
    words = measure(outcome)
    if outcome == PER_1000:
        return "Struggle posts per 1,000 people"
    return f"{words.title}, {words.unit}" if words.unit not in ("", "%") else words.title


def replicates() -> str:
    """A table of the replicates of each size, and which of them are too few for an interval."""
    counted = dict(kept(NAME, "means").group_by("agents").agg(pl.col("replicates").max()).iter_rows())
    rows = table(["people", *head()], [["replicates", *(str(counted[agents]) for agents in sizes())]])
    few = [f"{agents:,} people have {counted[agents]} replicates" for agents in sizes() if counted[agents] < ENOUGH]
    return f"{rows}\n{' and '.join(few)}: too few for an interval, so none stands there.\n" if few else rows


def outcome_rows() -> Iterator[list[str]]:
    """Rows of the baseline: every outcome by size, and whether the largest world differs from the default one."""
    found, compared = kept(NAME, "means"), kept(NAME, "against")
    for outcome in Study.from_file(STUDIES / "people.yaml").outcomes:
        rows = {row["agents"]: row for row in found.filter(arm=NONE, outcome=outcome).to_dicts()}
        if outcome == "adoption":
            continue
        cells = [shown(outcome, rows[agents]["mean"], rows[agents]["half"]) for agents in sizes()]
        yield [title(outcome), *cells, *(verdict(compared, outcome, agents) for agents in (SMALL, sizes()[-1]))]


def verdict(compared: pl.DataFrame, outcome: str, agents: int) -> str:
    """Whether an outcome at a size differs from that at the default size, and by how much of itself."""
    row = compared.filter(outcome=outcome, agents=agents).to_dicts()[0]
    ratio, chance = row["ratio"], row["p"]
    if ratio is None or chance is None or not chance < CLEAR or abs(ratio - 1.0) < LEAST:
        return "no"
    return f"**{'+' if ratio > 1 else MINUS}{abs(ratio - 1.0):.0%}**"


def tag_rows() -> Iterator[list[str]]:
    """Rows of what a tag does by size: differences from the baseline, for seeds as a share and as a number."""
    found = kept(NAME, "differences")
    for arm, words in ((SHARE, "0.4% of people"), (COUNT, "20 people")):
        for outcome in ("adoption", "normalization", "support_reach_7d", "supported_within_24h", PER_1000):
            rows = {row["agents"]: row for row in found.filter(arm=arm, outcome=outcome).to_dicts()}
            cells = [with_half(outcome, rows[agents]["mean"], rows[agents]["half"]) for agents in sizes()]
            yield [words, title(outcome), *cells]


def away_rows() -> Iterator[list[str]]:
    """Rows of adoption with everything, and with one thing taken away."""
    whole = kept(NAME, "means").filter(arm=SHARE, outcome="adoption").with_columns(what=pl.lit("everything"))
    found = pl.concat([whole.select("what", "agents", "mean", "half"), kept(NAME, "away")])
    for what in ("everything", *AWAY):
        rows = {row["agents"]: row for row in found.filter(what=what).to_dicts()}
        cells = (rows.get(agents, {"mean": None, "half": None}) for agents in FEW)
        yield [what, *(shown("adoption", cell["mean"], cell["half"]) for cell in cells)]


def spread_rows() -> Iterator[list[str]]:
    """Rows of the spread of one pair: standard deviation of the difference that a tag makes, by size."""
    found = kept(NAME, "differences")
    for outcome in ("normalization", "support_reach_7d", "supported_within_24h", PER_1000):
        rows = {row["agents"]: row["sd"] for row in found.filter(arm=SHARE, outcome=outcome).to_dicts()}
        yield [title(outcome), *(measure(outcome).size(rows[agents]).split(" ")[0] for agents in sizes())]


def graph_rows() -> Iterator[list[str]]:
    """Rows of measures of the graph by size."""
    rows = {row["agents"]: row for row in kept(NAME, "graphs").to_dicts()}
    for name, words in WORDS.items():
        values = [rows[agents][name] for agents in sizes()]
        yield [words, *(f"{value:.0%}" if name in SHARES else f"{value:,.0f}" for value in values)]


class Line(NamedTuple):
    """A line of a panel: how it is drawn, in which arm, which outcome."""

    mark: Mark
    arm: str
    outcome: str


NO_TAG, TAGGED = Mark("no tag", FIRST_COLOUR), Mark("tag, 0.4% seeds", COLOURS[0], "s")
PANELS: Mapping[str, tuple[str, tuple[Line, ...]]] = {
    "Reactions": (
        "share of own posts, baseline, per cent",
        (
            Line(Mark("replied to", COLOURS[0]), NONE, "replied"),
            Line(Mark("retweeted", COLOURS[1], "s"), NONE, "retweeted"),
        ),
    ),
    "Belief and truth": (
        "mean over people, baseline, per cent",
        (
            Line(Mark("truth", GREY, "s"), NONE, "prevalence"),
            Line(Mark("belief", COLOURS[0]), NONE, "normalization"),
        ),
    ),
    "Struggle posts": (
        "posts per 1,000 people in 30 days",
        (
            Line(NO_TAG, NONE, PER_1000),
            Line(TAGGED, SHARE, PER_1000),
        ),
    ),
    "People who ever adopted a tag": (
        "share of people, per cent",
        (
            Line(Mark("seeds: 0.4%", COLOURS[0], "s"), SHARE, "adoption"),
            Line(Mark("seeds: 20 people", COLOURS[1], "^"), COUNT, "adoption"),
        ),
    ),
    "Struggle posts supported within 24 h": (
        "share of struggle posts, per cent",
        (
            Line(NO_TAG, NONE, "supported_within_24h"),
            Line(TAGGED, SHARE, "supported_within_24h"),
        ),
    ),
    "Strugglers reached by support in 7 days": (
        "share of strugglers, per cent",
        (
            Line(NO_TAG, NONE, "support_reach_7d"),
            Line(TAGGED, SHARE, "support_reach_7d"),
        ),
    ),
}


def drawings() -> Iterator[Drawing]:
    """One panel for each group of outcomes."""
    found = kept(NAME, "means")
    for name, (note, lines) in PANELS.items():
        yield Drawing(
            title=name,
            note=note,
            description=f"{name}, by number of people: {'; '.join(_told(found, each) for each in lines)}.",
            draw=lambda axes, lines=lines: _draw(axes, found, lines),  # type: ignore[misc]
            height=2.7,
        )


def _told(found: pl.DataFrame, each: Line) -> str:
    """A line in words."""
    rows = found.filter(arm=each.arm, outcome=each.outcome).sort("agents").to_dicts()
    words = measure(each.outcome)
    return f"{each.mark.label} from {words.value(rows[0]['mean'])} to {words.value(rows[-1]['mean'])}"


def _draw(axes: Axes, found: pl.DataFrame, lines: tuple[Line, ...]) -> None:
    """Means with their intervals over the number of people."""
    for each in lines:
        rows = found.filter(arm=each.arm, outcome=each.outcome).sort("agents")
        factor = measure(each.outcome).factor
        x, y, half = (rows[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in ("agents", "mean", "half"))
        line(axes, x, factor * y, factor * half, each.mark)
    axes.axvline(DEFAULT, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xscale("log")
    axes.set_xticks(sizes(), head(), fontsize=9)
    axes.minorticks_off()
    axes.set_xlabel("people (dashed: the default)", fontsize=9)
    axes.set_ylim(bottom=0.0)
    axes.legend(frameon=False, fontsize=9)


def write(check: bool) -> int:
    """Write the page and its picture, or compare the page."""
    parts: Parts = {
        "settings": made_with(kept(NAME, "settings")),
        "replicates": replicates(),
        "graphs": table(["measure", *head()], graph_rows()),
        "outcomes": table(["outcome, baseline", *head(), f"{SMALL:,}?", f"{sizes()[-1]:,}?"], outcome_rows()),
        "tags": table(["seeds", "difference", *head()], tag_rows(), left=2),
        "away": table(["adoption, seeds 0.4%", *(f"{agents:,}" for agents in FEW)], away_rows()),
        "spread": table(["difference", *head()], spread_rows()),
    }
    shown_as = draw("how-many-people", drawings(), "What depends on the number of people", check=check)
    return write_or_check(PAGE, {**parts, "picture": shown_as}, check=check)


if __name__ == "__main__":
    raise SystemExit(main(make, write, sys.argv[1:]))
