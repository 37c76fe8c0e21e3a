"""How support tags spread."""

from functools import partial

import numpy as np

from simulation.outcomes.base import Flags, Ints, Ratio, Snapshot, Tagwise, ones, ratio_outcome, shared, subset_outcome
from simulation.world import Adoption


def _share_with(column: str) -> Tagwise:
    """The share of people in whose column [N] of bits a tag stands."""
    return lambda snapshot, tag: float(np.mean(snapshot[column] >> tag & 1))


@ratio_outcome("adoption", "share", "none", by_tag=_share_with("ever_adopted"))
def adoption(snapshot: Snapshot) -> Ratio:
    """Share of people who ever adopted a support tag."""
    return Ratio(_has_adopted(snapshot), ones(snapshot))


def _adopters_of(snapshot: Snapshot, tag: int) -> float:
    """How many people ever adopted a tag."""
    return float(np.count_nonzero(snapshot["ever_adopted"] >> tag & 1))


@subset_outcome("adopters", "people", "none", due="daily", grouped=True, by_tag=_adopters_of)
def adopters(snapshot: Snapshot, who: Flags) -> float:
    """Number of people who ever adopted a support tag, seeds included."""
    return float(np.count_nonzero(_has_adopted(snapshot) & who))


@shared
def _has_adopted(snapshot: Snapshot) -> Flags:
    """Who ever adopted a support tag [N]."""
    return np.asarray(snapshot["ever_adopted"] != 0)


@ratio_outcome("active_adoption", "share", "none", by_tag=_share_with("adopted"))
def active_adoption(snapshot: Snapshot) -> Ratio:
    """Share of people who use a support tag now."""
    return Ratio(snapshot["adopted"] != 0, ones(snapshot))


def _days_of_first_adoption(snapshot: Snapshot, tag: int | None = None) -> Ints:
    """Whole days since day 0 of first adoptions, of one tag or of any, in the order of time.

    Seeds are left out: whoever sets up a tag puts them there, all on the day on which it begins.
    """
    first: dict[int, Adoption] = {}
    for event in snapshot.engine.adoptions:
        if tag is None or event.tag == tag:
            first.setdefault(event.agent, event)
    begin, per_day = snapshot.world.parameters.warmup_steps, snapshot.world.parameters.steps_per_day
    return np.array([(event.step - begin) // per_day for event in first.values() if event.exposure], dtype=np.int64)


def _peak_day(snapshot: Snapshot, tag: int | None = None) -> float:
    """Day with the most new adopters, seeds left out."""
    days = _days_of_first_adoption(snapshot, tag)
    return float(np.bincount(days).argmax()) if len(days) else float("nan")


def _half_day(snapshot: Snapshot, tag: int | None = None) -> float:
    """Day by which half of all who adopted by the end had done so, seeds left out."""
    days = _days_of_first_adoption(snapshot, tag)
    return float(days[(len(days) - 1) // 2]) if len(days) else float("nan")


def _entropy(snapshot: Snapshot, tag: int | None = None) -> float:
    """Entropy over communities of those who ever adopted, as a share of the highest possible."""
    community, bits = snapshot.world.population.community, snapshot["ever_adopted"]
    kinds = int(community.max()) + 1
    count = np.bincount(community[bits != 0 if tag is None else (bits >> tag & 1) != 0], minlength=kinds)
    if count.sum() == 0 or kinds < 2:
        return float("nan")
    share = count[count > 0] / count.sum()
    return float(-(share * np.log(share)).sum() / np.log(kinds))


@subset_outcome("adoption_peak_day", "days", "none", by_tag=_peak_day)
def adoption_peak_day(snapshot: Snapshot, who: Flags) -> float:
    """Day with the most new adopters, seeds left out."""
    return _peak_day(snapshot)


@subset_outcome("adoption_half_day", "days", "none", by_tag=_half_day)
def adoption_half_day(snapshot: Snapshot, who: Flags) -> float:
    """Day by which half of all who adopted by the end had done so, seeds left out."""
    return _half_day(snapshot)


@subset_outcome("adoption_entropy", "1", "none", by_tag=_entropy)
def adoption_entropy(snapshot: Snapshot, who: Flags) -> float:
    """Entropy of adopters over communities, as a share of the highest possible."""
    return _entropy(snapshot)


def _measured_chance(snapshot: Snapshot, who: Flags, *, low: int, high: int | None) -> float:
    """Adoptions over people at risk, at exposures low..high."""
    at_risk, adopted = snapshot.engine.exposures[low : None if high is None else high + 1].sum(axis=0)
    return float(adopted / at_risk) if at_risk else float("nan")


for _low, _high, _name in ((1, 1, "1"), (2, 2, "2"), (3, 3, "3"), (4, 6, "4_6"), (7, None, "7_up")):
    _function = partial(_measured_chance, low=_low, high=_high)
    _function.__doc__ = f"Measured chance to adopt at distinct tagging author number {_name.replace('_', ' to ')}."
    subset_outcome(f"adoption_chance_{_name}", "per exposure", "none")(_function)
