"""The tables of a report: what is shown, in words, and what can be taken away, in full."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from experiments.figures.left_out import division_name, group_name
from experiments.outcome_words import NONE, Measure, measure, plain_number
from experiments.report.answers import quoted
from experiments.report.done import Factor, Lever
from experiments.report.evidence import VARIED_ALONG_RIDGE, Grade, Risk

Row = Mapping[str, Any]


class Cell(NamedTuple):
    """What stands in a table.

    Args:
        text: in words.
        value: the stored number behind them, where there is one.
        is_number: whether it stands in a column of numbers.
        anchor: of the section of the page to which the words lead; empty where they lead nowhere.
    """

    text: str
    value: float | None = None
    is_number: bool = False
    anchor: str = ""


class Table(NamedTuple):
    """A table of the page; the first cell of a row is its head.

    Args:
        name: once in a page.
        caption: what it shows.
        heads: of its columns.
        groups: a heading for some rows, and these rows; an empty heading where rows need none.
    """

    name: str
    caption: str
    heads: Sequence[str]
    groups: Sequence[tuple[str, Sequence[Sequence[Cell]]]]

    @property
    def rows(self) -> list[Sequence[Cell]]:
        """All rows."""
        return [row for _, rows in self.groups for row in rows]


def number(text: str, value: float | None) -> Cell:
    """A cell with a number."""
    return Cell(text, value, True)


def titled(shown: Measure) -> str:
    """A heading for the rows of an outcome, with its unit."""
    return shown.title if shown.unit in ("", "%") else f"{shown.title}, {shown.unit}"


def short(shown: Measure, value: float | None) -> Cell:
    """A value where the unit stands in the heading."""
    text = plain_number(shown.shown(value))
    return number(f"{text}%" if shown.unit == "%" and text != NONE else text, value)


Groups = list[tuple[str, list[list[Cell]]]]


def by_outcome(table: pl.DataFrame, row_of: Callable[[Row, Measure], list[Cell]]) -> Groups:
    """Rows of a table under the titles of their outcomes."""
    found: dict[str, list[list[Cell]]] = {}
    for row in table.to_dicts():
        shown = measure(row["outcome"])
        found.setdefault(titled(shown), []).append(row_of(row, shown))
    return list(found.items())


def words(*texts: object) -> list[Cell]:
    """Cells without numbers behind them."""
    return [Cell(str(text)) for text in texts]


def differences(table: pl.DataFrame, baseline: str) -> Table:
    """What each arm changes, outcome by outcome."""
    heads = ("Arm", "Baseline", "Arm's mean", "Difference", "95% interval", "Better in", "Chance of being best",
             "Adjusted P", "Verdict")  # fmt: skip
    caption = (
        f"Each arm against {quoted(baseline)}, in pairs of runs "
        "with the same luck. Differences of percentages are in percentage points. Better in: the share of pairs."
    )
    return Table("differences", caption, heads, by_outcome(table, _difference))


def _difference(row: Row, shown: Measure) -> list[Cell]:
    """One difference."""
    return [
        Cell(row["arm"]),
        short(shown, row["mean_baseline"]),
        short(shown, row["mean_arm"]),
        number(shown.difference(row["difference"], unit=False), row["difference"]),
        interval(row, shown),
        percent(row["share_better"]),
        percent(row["chance_best"]),
        number(p_value(row["p_adjusted"]), row["p_adjusted"]),
        Cell(row["verdict"]),
    ]


def interval(row: Row, shown: Measure) -> Cell:
    """An interval of a difference."""
    low, high = row["lower"], row["upper"]
    if low is None or high is None:
        return number(NONE, None)
    return number(" to ".join(shown.difference(end, unit=False) for end in (low, high)), None)


def percent(share: float | None) -> Cell:
    """A share of pairs, or a chance."""
    return number(NONE if share is None else f"{100 * share:.0f}%", share)


def p_value(p: float | None) -> str:
    """A P value."""
    if p is None:
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def left_out(table: pl.DataFrame, arms: Sequence[str]) -> Table:
    """The share of each group under each arm; cells that are small or of unknown size are hidden."""
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for row in table.to_dicts():
        found.setdefault((row["division"], row["group"]), {})[row["arm"]] = row
    rows = [
        [Cell(f"{division_name(division)}: {group_name(group)}"), *(_hidden_or(by_arm.get(arm)) for arm in arms)]
        for (division, group), by_arm in found.items()
    ]
    outcome = measure(table["outcome"][0]) if table.height else measure("never_reached")
    return Table("left-out", f"{outcome.title}, by group and arm", ("Group", *arms), [("", rows)])


def _hidden_or(row: Row | None) -> Cell:
    """A mean, unless the cell is too small to show, or of unknown size."""
    if row is None:
        return number(NONE, None)
    if row["hidden"]:
        return number("size not kept" if row["cell"] is None else "too few", None)
    return short(measure(row["outcome"]), row["mean"])


def tradeoffs(table: pl.DataFrame) -> Table:
    """What each arm buys and what it costs in harm."""
    heads = (
        "Arm", "Reached by support in 7 days", "Rule-breaking posts met, per 10,000 views", "Removed wrongly, posts",
        "Not dominated", "Chance of that", "Dominated by",
    )  # fmt: skip
    names = {"reach": "support_reach_7d", "harm": "harm_exposure", "wrong_removals": "wrong_removals"}
    rows = []
    for row in table.to_dicts():
        values = [short(measure(outcome), row[name]) for name, outcome in names.items()]
        by = "; ".join(row["dominated_by"] or []) or NONE
        flag = Cell("yes" if row["non_dominated"] else "no")
        rows.append([Cell(row["arm"]), *values, flag, percent(row["chance_non_dominated"]), Cell(by)])
    caption = "An arm is dominated if another one is at least as good on every count and better on one."
    return Table("tradeoffs", caption, heads, [("", rows)])


def costs(table: pl.DataFrame) -> Table:
    """What each arm takes."""
    heads = ("Arm", "Desk hours", "Chat moderator hours", "Campaign contacts", "Additional supported strugglers",
             "Cost", "Cost of one more", "Note")  # fmt: skip
    rows = []
    for row in table.to_dicts():
        names = ("desk_hours", "chat_moderator_hours", "campaign_contacts", "additional_supported")
        values = [number(plain_number(row[name]), row[name]) for name in names]
        money = [number(_money(row[name], row["currency"]), row[name]) for name in ("cost", "cost_per_additional")]
        rows.append([Cell(row["arm"]), *values, *money, Cell(row["note"] or "")])
    return Table(
        "costs", "What each arm takes in one run, and what one more supported struggler costs", heads, [("", rows)]
    )


def _money(value: float | None, currency: str | None) -> str:
    """An amount."""
    text = plain_number(value)
    return text if text == NONE or not currency else f"{text} {currency}"


def robustness(table: pl.DataFrame) -> Table:
    """In how many worlds each arm is best and does badly, and the worst of them."""
    heads = ("Arm", "Best in", "Does badly in", "In words")
    return Table("robustness", "The worlds considered, all together", heads, by_outcome(table, _robust))


def _robust(row: Row, shown: Measure) -> list[Cell]:
    """One arm by one outcome over all worlds."""
    counts = [number(f"{row[name]} of {row['scenarios']}", row[name]) for name in ("best_in", "badly_in")]
    return [Cell(row["arm"]), *counts, Cell(row["sentence"].removeprefix(f"{shown.title}: "))]


def ridge(table: pl.DataFrame) -> Table:
    """What each arm changes over the worlds along the ridge."""
    heads = ("Arm", "Seen to be higher in", "Seen to be lower in", "Smallest difference", "at psi, beta_n",
             "Largest difference", "at psi, beta_n")  # fmt: skip
    caption = "Differences from the baseline along the ridge: worlds that a baseline cannot tell apart"
    arms = table.drop_nulls("difference").group_by("outcome", "arm", maintain_order=True).agg(pl.all())
    return Table("ridge", caption, heads, by_outcome(arms, _along_ridge))


def _along_ridge(row: Row, shown: Measure) -> list[Cell]:
    """One arm by one outcome over the worlds of the ridge."""
    worlds = len(row["difference"])
    higher = sum(low is not None and low > 0 for low in row["lower"])
    lower = sum(high is not None and high < 0 for high in row["upper"])
    cells = [Cell(row["arm"]), *(number(f"{count} of {worlds}", count) for count in (higher, lower))]
    for extreme in (min, max):
        value = extreme(row["difference"])
        place = row["difference"].index(value)
        cells += [
            number(shown.difference(value, unit=False), value),
            number(f"{row['silence_weight'][place]:g}, {row['norm'][place]:g}", None),
        ]
    return cells


def levers(found: Iterable[Lever]) -> Table:
    """Every lever that is set, with one sentence."""
    rows = [words(lever.path, lever.meaning, _settings(lever)) for lever in found]
    return Table("levers", "Every lever that some arm sets", ("Lever", "What it does", "Set to"), [("", rows)])


def _settings(lever: Lever) -> str:
    """What a lever is set to; with the arms where they differ."""
    unit = f" {lever.unit}" if lever.unit else ""
    if len(lever.values) == 1:
        return f"{lever.values[0][0]}{unit}, wherever it is done"
    return ". ".join(f"{value}{unit}: {'; '.join(quoted(arm) for arm in arms)}" for value, arms in lever.values)


def factors(found: Iterable[Factor]) -> Table:
    """What varies between the worlds."""
    rows = [words(item.path, item.meaning, f"{item.values}{f' {item.unit}' if item.unit else ''}") for item in found]
    return Table(
        "factors", "What varies between the worlds considered", ("Factor", "What it is", "Values"), [("", rows)]
    )


def risks(found: Iterable[Risk], ridge: str = "") -> Table:
    """The assumptions that can turn the answer around.

    Args:
        found: each of them.
        ridge: anchor of the section on the ridge; empty where the page has none.
    """
    heads = ("Setting", "What it is", "Why it matters", "Value here", "Plausible range", "In this study")
    rows = [
        [
            *words(item.path, item.meaning, item.why, item.value, item.plausible),
            Cell(item.varied, anchor=ridge if item.varied == VARIED_ALONG_RIDGE else ""),
        ]
        for item in found
    ]
    return Table("risks", "The assumptions that can turn the answer around", heads, [("", rows)])


def register(found: Iterable[Grade]) -> Table:
    """Settings by grade of evidence."""
    heads = ("Grade", "What it means", "Settings", "Share", "At their default", "Set by the study", "Varied by it")
    rows = []
    for item in found:
        counts = [number(str(count), count) for count in (item.default, item.set, item.varied)]
        share = number(f"{100 * item.share:.0f}%", item.share)
        rows.append([*words(item.grade, item.meaning), number(str(item.number), item.number), share, *counts])
    return Table("register", "The settings of the model by grade of evidence", heads, [("", rows)])


def reliance(table: pl.DataFrame | None) -> Table:
    """The shares of variance by grade of evidence; without rows where nobody has looked."""
    heads = ("Outcome", "Assumed (A)", "Read (V, V2)", "Computed (C)", "From memory (M)", "By")
    rows = []
    for row in [] if table is None else table.to_dicts():
        title = measure(row["outcome"]).title
        name = f"{title}: {row['arm']} less {row['against']}" if row["against"] else f"{title}: {row['arm']}"
        shares = (row["A"], row["V"] + row["V2"], row["C"], row["M"])
        rows.append([Cell(name), *(percent(share) for share in shares), Cell(METHODS[row["method"]])])
    caption = "Of the variance that comes from the settings that were varied, the share of each grade of evidence"
    return Table("reliance", caption, heads, [("", rows)])


METHODS = {"sobol": "total indices (Sobol)", "morris": "effects without luck (Morris)"}
"""Methods of a sensitivity analysis in words."""
