"""What an arm takes, what that costs, and what one more supported struggler costs.

What an arm takes follows from its levers; the size of a group that it is meant for is the expected one. One more
supported struggler is somebody who was a struggler on day 0 and whom support has reached by the end under the arm, but
not under the baseline: the fall of the share never reached x prevalence on day 0 x number of people.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from experiments.comparison.pairing import Question, as_table, counts, means
from experiments.comparison.resampling import FEWEST_RESAMPLED, RESAMPLES, Floats, Intervals, intervals, level
from experiments.comparison.schemas import COSTS, POOLED
from experiments.comparison.source import Source
from simulation import ROLES, SPECIALTIES, Intervention, Parameters, Registry

CASES, NEVER_REACHED, PREVALENCE = "desk_cases", "never_reached", "prevalence"
NO_GAIN, UNSURE, FREE, NO_COSTS, NO_GAIN_KNOWN = (
    "no more strugglers reached than under the baseline",
    "perhaps no more strugglers reached than under the baseline: no upper bound",
    "costs no more than the baseline",
    "no unit costs declared",
    "needs the outcomes never_reached and prevalence",
)
DAY = 24.0

Efforts = dict[str, float]
"""Amounts by kind: desk_hours, chat_moderator_hours, campaign_contacts."""
Effort = Callable[[Mapping[str, Any], Parameters, float], Efforts]

EFFORTS: Registry[Effort] = Registry("effort")
"""What an intervention takes, by the name of its type: from levers, settings of the world and number of people.

Interventions that are not named here take nothing that is counted.
"""


def days_in_force(levers: Mapping[str, Any], parameters: Parameters) -> float:
    """For how many days an intervention is in force after day 0."""
    end = levers.get("end_day")
    last = float(parameters.days) if end is None else min(float(parameters.days), float(end))
    return max(0.0, last - float(levers["start_day"]))


def rounds(levers: Mapping[str, Any], parameters: Parameters) -> int:
    """How often something is done that comes round every so many days, the first time on the first day."""
    days, every = days_in_force(levers, parameters), levers.get("every_days")
    return 0 if days <= 0 else 1 if every is None else math.ceil(days / every)


@EFFORTS.register("moderation")
def desk_effort(levers: Mapping[str, Any], parameters: Parameters, people: float) -> Efforts:
    """Moderators on duty round the clock, under the regimes in which people decide."""
    if levers["regime"] in {"none", "guidelines", "automatic_removal"}:
        return {}
    servers = levers["servers"] or max(1, round(parameters.moderation.servers_per_agent * people))
    return {"desk_hours": servers * DAY * days_in_force(levers, parameters)}


@EFFORTS.register("tweet_chat")
def chat_effort(levers: Mapping[str, Any], parameters: Parameters, people: float) -> Efforts:
    """Moderators for the length of every chat that begins while it is in force; day 0 is a Monday."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    begins = (day + levers["hour"] / DAY for day in range(math.ceil(parameters.days)))
    on = {weekdays.index(levers["weekday"])} if levers["every"] == "week" else set(range(7))
    end = levers["start_day"] + days_in_force(levers, parameters)
    chats = sum(int(begin) % 7 in on and levers["start_day"] <= begin < end for begin in begins)
    hours = parameters.chat.minutes / 60.0
    return {"chat_moderator_hours": chats * levers["moderators"] * hours}


def campaign_effort(levers: Mapping[str, Any], parameters: Parameters, people: float) -> Efforts:
    """Every member of the group, once in every round."""
    target = levers.get("target")
    members = people * (1.0 if target is None else expected_share(target, parameters))
    return {"campaign_contacts": members * rounds(levers, parameters)}


@EFFORTS.register("contact")
def contact_effort(levers: Mapping[str, Any], parameters: Parameters, people: float) -> Efforts:
    """A contact campaign: every contact of every member's dose, in every round."""
    told = campaign_effort(levers, parameters, people)["campaign_contacts"]
    return {"campaign_contacts": told * levers["contacts"]}


EFFORTS.register("norm_correction")(campaign_effort)


def expected_share(target: Mapping[str, Any], parameters: Parameters) -> float:
    """The share of people expected in a target group, its conditions taken as independent of each other."""
    shares = parameters.population.roles.model_dump()
    total = sum(shares.get(role, 0.0) for role in ROLES) or 1.0
    ranks = [target[name] for name in ("top_share", "bottom_share") if target.get(name) is not None]
    return float(
        (sum(shares.get(role, 0.0) for role in target["roles"]) / total if target["roles"] else 1.0)
        * (len(target["specialties"]) / len(SPECIALTIES) if target["specialties"] else 1.0)
        * (parameters.population.superuser_share if target.get("superusers") else 1.0)
        * math.prod(ranks)
        * target["share"]
    )


def efforts_of(actions: tuple[Intervention, ...], parameters: Parameters) -> Efforts:
    """What the interventions of an arm take together in a world."""
    people = float(parameters.network.size(parameters.agents))
    total = dict.fromkeys(("desk_hours", "chat_moderator_hours", "campaign_contacts"), 0.0)
    for action in actions:
        levers = action.model_dump()
        for kind, amount in (
            EFFORTS[levers["type"]](levers, parameters, people).items() if levers["type"] in EFFORTS else ()
        ):
            total[kind] += amount
    return total


# --- the table --------------------------------------------------------------------------------------------------------


def cost_table(source: Source, asked: Question) -> pl.DataFrame:
    """What each arm takes and costs: `schemas.COSTS`."""
    amounts, gained = amounts_of(source), additional_supported(source, asked.baseline)
    scenarios = source.scenarios
    if len(scenarios) > 1:
        scenarios = (*scenarios, POOLED)
        amounts = {kind: _with_mean(values) for kind, values in amounts.items()}
        gained = _with_mean(gained)
    costs = _money(source, amounts)
    base = source.arms.index(asked.baseline)
    extra = costs - costs[:, base : base + 1]
    keys = [{"study": asked.study, "scenario": scenario, "arm": arm} for scenario in scenarios for arm in source.arms]
    taken = amounts | {"cost": costs, "extra_cost": extra}
    flat = {kind: means(values.reshape(len(keys), -1)) for kind, values in taken.items()}
    more = gained.reshape(len(keys), -1)
    ends = intervals(more, asked.seed, looked_at=asked.adaptive)
    rows = _per_person(extra.reshape(len(keys), -1), more, ends, asked.seed)
    baseline = [key["arm"] == asked.baseline for key in keys]
    declared = any(source.study.costs.units().values()) or bool(source.study.costs.fixed)
    notes = [
        "" if is_base else note if declared else NO_COSTS for is_base, note in zip(baseline, rows["note"], strict=True)
    ]
    columns = {
        **flat, "replicates": counts(more), "currency": [source.study.costs.currency] * len(keys),
        "additional_supported": means(more), "additional_lower": ends.lower, "additional_upper": ends.upper, **rows,
        "note": notes,
    }  # fmt: skip
    if not declared:
        columns = {name: values for name, values in columns.items() if not name.startswith(("cost", "extra"))}
    return as_table(keys, columns, COSTS)


def _with_mean(values: Floats) -> Floats:
    """Values [S, A, R] with their mean over scenarios behind them."""
    return np.concatenate([values, values.mean(axis=0, keepdims=True)])


def amounts_of(source: Source) -> dict[str, Floats]:
    """What is taken, by kind, [S, A, R]: cases as they were decided, all else by levers, alike in all replicates."""
    shape = (len(source.scenarios), len(source.arms), source.cube.values.shape[-1])
    amounts = {
        kind: np.zeros(shape) for kind in ("desk_hours", "desk_cases", "chat_moderator_hours", "campaign_contacts")
    }
    for place, scenario in enumerate(source.study.scenarios):
        for row, arm in enumerate(scenario.arms):
            for kind, amount in efforts_of(arm.interventions, scenario.parameters).items():
                amounts[kind][place, row] = amount
    amounts["desk_cases"] = source.cube.of(CASES) if CASES in source.outcomes else np.full(shape, np.nan)
    return amounts


def _money(source: Source, amounts: Mapping[str, Floats]) -> Floats:
    """What it all costs [S, A, R]; what has no unit cost counts nothing, known or not."""
    costs = source.study.costs
    fixed = np.array([costs.fixed.get(arm, 0.0) for arm in source.arms])
    total: Floats = np.zeros_like(amounts["desk_hours"]) + fixed[None, :, None]
    for kind, unit in costs.units().items():
        total = total + (unit * amounts[kind] if unit else 0.0)
    return total


def additional_supported(source: Source, baseline: str) -> Floats:
    """Strugglers of day 0 reached by support under an arm and not under the baseline [S, A, R]."""
    if NEVER_REACHED not in source.outcomes or PREVALENCE not in source.outcomes:
        return np.full((len(source.scenarios), len(source.arms), source.cube.values.shape[-1]), np.nan)
    missed, base = source.cube.of(NEVER_REACHED), source.arms.index(baseline)
    people = np.array([float(s.parameters.network.size(s.parameters.agents)) for s in source.study.scenarios])
    strugglers = source.first(PREVALENCE)[:, base : base + 1] * people[:, None, None]
    return np.asarray((missed[:, base : base + 1] - missed) * strugglers)


def _per_person(extra: Floats, gained: Floats, ends: Intervals, seed: int) -> dict[str, Any]:
    """Cost per additional supported struggler of rows [K, R], with its interval, and what there is to say of it."""
    ratios, notes = np.full((3, len(extra)), np.nan), []
    for row in range(len(extra)):
        both = np.isfinite(extra[row]) & np.isfinite(gained[row])
        ratios[:, row], note = _ratio(extra[row, both], gained[row, both], ends.lower[row], ends.upper[row], seed)
        notes.append(note)
    return {"cost_per_additional": ratios[0], "cost_per_additional_lower": ratios[1],
            "cost_per_additional_upper": ratios[2], "note": notes}  # fmt: skip


def _ratio(extra: Floats, gained: Floats, lower: float, upper: float, seed: int) -> tuple[tuple[float, ...], str]:
    """A ratio of means with its ends, and a note.

    Where the interval of what is gained holds 0, the ratio has a lower end alone: any greater cost cannot be ruled out.
    """
    nothing = (math.nan, math.nan, math.nan)
    if not len(gained):
        return nothing, NO_GAIN_KNOWN
    cost, gain = float(extra.mean()), float(gained.mean())
    if cost <= 0:
        return nothing, FREE
    if gain <= 0:
        return nothing, NO_GAIN
    if not math.isfinite(lower):
        return (cost / gain, math.nan, math.nan), ""
    if lower <= 0:
        return (cost / gain, cost / upper, math.nan), UNSURE
    if np.ptp(extra) == 0.0 or len(gained) < FEWEST_RESAMPLED:
        return (cost / gain, cost / upper, cost / lower), ""
    return (cost / gain, *_resampled_ratio(extra, gained, seed)), ""


def _resampled_ratio(extra: Floats, gained: Floats, seed: int) -> tuple[float, float]:
    """BCa interval of the ratio of two means, by SciPy, over the same replicates for both."""
    found = stats.bootstrap(
        (extra, gained), lambda one, other, axis: one.mean(axis=axis) / other.mean(axis=axis), paired=True,
        n_resamples=RESAMPLES, vectorized=True, confidence_level=level(len(gained)), method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)
