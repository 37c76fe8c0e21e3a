"""A sensitivity analysis in words: one page of Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from experiments.estimates import in_words
from experiments.figures import Drawing
from experiments.outcome_words import measure
from experiments.sensitivity import tables
from experiments.sensitivity.outputs import Output
from experiments.sensitivity.results import MORRIS, Result

PAGE = "sensitivity.md"
MOST_NAMED = 10


def page(found: Result, figures: Mapping[str, Drawing]) -> str:
    """The page.

    Args:
        found: what the analysis found.
        figures: drawings by the names of their pictures in the folder `figures`.
    """
    parts = [section(found) for section in (_head, _inert, _matters, _signs, _reliance, _held, _timings)]
    pictures = "\n\n".join(f"![{item.description}](figures/{name}.png)" for name, item in figures.items())
    return "\n\n".join([*("\n".join(part) for part in parts), "## Figures", pictures]) + "\n"


def _head(found: Result) -> Iterator[str]:
    """What was done."""
    study, base = found.study, found.study.base
    yield f"# Which settings matter: {study.study}\n"
    yield f"{study.question}\n" if study.question else ""
    trajectories = found.stages[0].scenario_table().height // (len(found.choice.ranges) + 1)
    yield (
        f"{len(found.choice.ranges)} settings that no fact fixes were screened over their plausible ranges, along "
        f"{trajectories} trajectories (Morris), with {study.most_replicates} replicates of {base.agents:,} people over "
        f"{base.days} days after {base.warmup_days} of warm-up. Every replicate has the same luck at every point and "
        "in every arm."
    )
    if len(found.stages) > 1:
        yield (
            f"The {len(found.survivors)} that matter most then went through Saltelli's points (Sobol indices), all "
            "others at the value that the study gives them."
        )


def _inert(found: Result) -> Iterator[str]:
    """What can be fixed."""
    yield "## What can be fixed\n"
    yield (
        f"A setting is *inert* for an outcome if the mean size of its effects (mu*) is below {tables.INERT:.0%} of the "
        "largest one that is told from luck; *not told from luck* if it is less than "
        f"{tables.TOLD_FROM_LUCK:g} times what luck alone would give; *untouched* if no run changed at all.\n"
    )
    heads = {
        tables.UNTOUCHED: "Without any trace in these outcomes",
        tables.IS_INERT: "Inert for all outcomes and differences",
        tables.LUCK: "Not told from luck where not inert: fixing them is safe for runs of this size",
    }
    for verdict, head in heads.items():
        names = found.ranks.filter(pl.col("verdict") == verdict)["parameter"].to_list()
        yield f"- {head} ({len(names)}): {_listed(names)}."


def _matters(found: Result) -> Iterator[str]:
    """What matters, by output."""
    yield "## What matters\n"
    rows = found.ranks.filter(pl.col("verdict") == tables.MATTERS).head(2 * MOST_NAMED).to_dicts()
    yield "| rank | setting | grade | share of effects, mean over outcomes | matters for |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows:
        cells = (row["rank"], f"`{row['parameter']}`", row["grade"], f"{row['share']:.0%}",
                 f"{row['matters_for']} of {row['outputs']}")  # fmt: skip
        yield f"| {' | '.join(str(cell) for cell in cells)} |"
    yield ""
    for output, mine in _by_output(found.screening):
        yield f"- {output.title}: {_largest(output, mine, found)}."


def _largest(output: Output, rows: pl.DataFrame, found: Result) -> str:
    """The settings that matter most for an output, with their indices or effects."""
    keys = dict(zip(("outcome", "arm", "against"), output, strict=True))
    sobol = found.indices.filter(*(pl.col(name) == value for name, value in keys.items()))
    luck = None if sobol.is_empty() else sobol["luck"][0]
    mostly = "" if luck is None else f" ({luck:.0%} of the variance between the points of the second stage is luck)"
    if not sobol.is_empty() and (luck or 0.0) <= tables.MOSTLY_LUCK:
        best = sobol.sort("total", descending=True).head(3).to_dicts()
        words = [f"`{row['parameter']}` {row['total']:.0%} (+-{row['total_conf']:.0%})" for row in best]
        return f"of the variance {', '.join(words)}{mostly}"
    best = rows.filter(pl.col("verdict") == tables.MATTERS).sort("mu_star", descending=True).head(3).to_dicts()
    shown = measure(output.outcome)
    words = [f"`{row['parameter']}` {shown.size(row['mu_star'])}" for row in best]
    return f"{'across its range ' if words else ''}{', '.join(words) or 'nothing told from luck'}{mostly}"


def _signs(found: Result) -> Iterator[str]:
    """What decides the sign of an effect."""
    yield "## What decides the sign of an effect\n"
    yield (
        "A setting decides the sign of a difference between arms if the mean difference is above 0 in one half of its "
        "range and below 0 in the other, both intervals leaving out 0; *perhaps* if an interval holds it.\n"
    )
    for verdict in (tables.YES, tables.PERHAPS):
        rows = found.signs.filter(pl.col("decides") == verdict).to_dicts()
        if verdict == tables.YES or rows:
            yield f"{'Decides' if verdict == tables.YES else 'Perhaps'}:\n"
            yield "\n".join(_sign(row) for row in rows[: 2 * MOST_NAMED]) or "- none of the settings that were varied."
            yield f"- ... and {len(rows) - 2 * MOST_NAMED} more\n" if len(rows) > 2 * MOST_NAMED else ""


def _sign(row: tables.Row) -> str:
    """One of them."""
    shown, output = measure(row["outcome"]), Output(row["outcome"], row["arm"], row["against"])
    low, high = (shown.difference(row[side]) for side in ("low", "high"))
    return f"- `{row['parameter']}` for {output.title}: {low} in the lower half, {high} in the upper"


def _reliance(found: Result) -> Iterator[str]:
    """How much rests on assumptions."""
    yield "## How much rests on assumptions\n"
    yield (
        "Of the variance that comes from the settings varied here, the share of those of each grade of evidence "
        "(A: assumed), by total indices (Sobol) or mean squares of effects without luck (Morris):\n"
    )
    yield "| outcome | by | V | V2 | C | M | A |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in found.reliance.to_dicts():
        cells = [f"{row[grade]:.0%}" for grade in ("V", "V2", "C", "M", "A")]
        title = Output(row["outcome"], row["arm"], row["against"]).title
        yield f"| {title} | {row['method']} | {' | '.join(cells)} |"


def _held(found: Result) -> Iterator[str]:
    """What was not screened."""
    yield "## What was not screened\n"
    reasons: dict[str, list[str]] = {}
    for item in found.choice.held:
        reasons.setdefault(item.why, []).append(item.path)
    for why, paths in reasons.items():
        yield f"- {why}: {_listed(paths)}."


def _timings(found: Result) -> Iterator[str]:
    """What it took."""
    yield "## What it took\n"
    for item in found.timings:
        name = "screening" if item.stage == MORRIS else "indices"
        done = f"{item.ran:,} of them done just now in {in_words(item.measured)} by {item.workers} at once"
        yield f"- {name}: {item.runs:,} runs, estimated {in_words(item.estimated)} on one core; {done}."


def _by_output(table: pl.DataFrame) -> Iterator[tuple[Output, pl.DataFrame]]:
    """Rows by output, in their order."""
    for keys, rows in table.group_by("outcome", "arm", "against", maintain_order=True):
        yield Output(*(str(key) for key in keys)), rows


def _listed(names: Sequence[str]) -> str:
    """Names as code, parted by commas; `none`."""
    quoted: Callable[[str], str] = "`{}`".format
    return ", ".join(map(quoted, names)) or "none"
