"""Distress, help-seeking, isolation, and what the tag tells of them; never to be read as a clinical statement."""

import numpy as np

from simulation.generators import SPECIALTIES
from simulation.outcomes.base import Flags, Ratio, Snapshot, ones, ratio_outcome, subset_outcome
from simulation.population import RESIDENT
from simulation.posts import Kind

ISOLATED_ABOVE = 0.7
WEEK = 7
ERRORS_DEPRESSED, ERRORS_OTHERS = 1.55, 0.25
"""Medication errors per resident-month (C-06)."""


@ratio_outcome("distress", "points", "lower")
def distress(snapshot: Snapshot) -> Ratio:
    """Mean distress (d) on a PHQ-9-like scale."""
    return Ratio(snapshot["distress"], ones(snapshot))


@ratio_outcome("help_seeking", "share", "higher", of="strugglers")
def help_seeking(snapshot: Snapshot) -> Ratio:
    """Share of those who were strugglers on day 0 and have entered treatment since."""
    began = snapshot.start["struggler"]
    return Ratio(began & (snapshot["treated_since"] >= 0), began)


@subset_outcome("help_seeking_yearly", "per year", "higher", grouped=True, of="strugglers")
def help_seeking_yearly(snapshot: Snapshot, who: Flags) -> float:
    """The share of day-0 strugglers entering treatment, annualised: 1 - (1 - p)^(365 / days)."""
    began = snapshot.start["struggler"][who]
    if not began.any() or snapshot.day <= 0:
        return float("nan")
    share = np.mean(snapshot["treated_since"][who][began] >= 0)
    return float(1.0 - (1.0 - share) ** (365.0 / snapshot.day))


@ratio_outcome("isolation", "share", "lower")
def isolation(snapshot: Snapshot) -> Ratio:
    """Mean isolation."""
    return Ratio(snapshot["isolation"], ones(snapshot))


@ratio_outcome("isolated", "share", "lower")
def isolated(snapshot: Snapshot) -> Ratio:
    """Share of people with isolation above 0.7."""
    return Ratio(snapshot["isolation"] > ISOLATED_ABOVE, ones(snapshot))


@ratio_outcome("burnout", "share", "lower")
def burnout(snapshot: Snapshot) -> Ratio:
    """Share of people whose distress and load, over about a month, lie above the cut for burnout; solved for residents.

    The mean is a running one with a memory of 30 days that begins with the distress of the first day.
    """
    return Ratio(snapshot["strain"] > snapshot.world.parameters.distress.burnout_cut, ones(snapshot))


@ratio_outcome("medication_errors", "per resident-month", "lower")
def medication_errors(snapshot: Snapshot) -> Ratio:
    """Expected medication errors of residents: 1.55 a month of the depressed, 0.25 of the others (Fahrenkopf 2008)."""
    residents = np.flatnonzero(snapshot.world.population.role == RESIDENT)
    rates = np.where(snapshot["struggler"][residents], ERRORS_DEPRESSED, ERRORS_OTHERS)
    return Ratio(rates, np.ones(len(residents)), residents)


@ratio_outcome("relieved", "share", "higher")
def relieved(snapshot: Snapshot) -> Ratio:
    """Share of people from whose specialty institutions have taken some load."""
    mended = [fix.specialty for fix in snapshot.engine.fixes]
    return Ratio(np.isin(snapshot.world.population.specialty, mended), ones(snapshot))


@ratio_outcome("minutes_online", "min/day", "none")
def minutes_online(snapshot: Snapshot) -> Ratio:
    """Mean minutes online per day, over about the last week."""
    return Ratio(snapshot["minutes"], ones(snapshot))


@subset_outcome("sensor_quality", "correlation", "none", needs=("distress",), posts=True)
def sensor_quality(snapshot: Snapshot, who: Flags) -> float:
    """Correlation over weeks and specialties of the share of tagged struggles among posts with mean distress."""
    tagged, mean = [], []
    weeks = int(snapshot.day) // WEEK
    for code, name in enumerate(SPECIALTIES):
        daily = snapshot.past.get("distress", {}).get(f"specialty={name}", [])
        share = _tagged_share(snapshot, code, weeks)
        for week in range(min(weeks, (len(daily) - 1) // WEEK)):
            tagged.append(share[week])
            mean.append(np.mean(daily[1 + week * WEEK : 1 + (week + 1) * WEEK]))
    known = ~np.isnan(tagged) & ~np.isnan(mean)
    x, y = np.array(tagged)[known], np.array(mean)[known]
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def _tagged_share(snapshot: Snapshot, specialty: int, weeks: int) -> "np.typing.NDArray[np.float64]":
    """Tagged struggles over own posts of one specialty, for each week since day 0; NaN in a week without posts."""
    parameters = snapshot.world.parameters
    own = (snapshot.post("parent") < 0) & (snapshot.post("step") >= parameters.warmup_steps)
    mine = own & (snapshot.world.population.specialty[snapshot.post("author")] == specialty)
    week = (snapshot.post("step") - parameters.warmup_steps) // (WEEK * parameters.steps_per_day)
    tagged = mine & (snapshot.post("kind") == Kind.STRUGGLE) & (snapshot.post("tag") >= 0)
    posts = np.bincount(week[mine], minlength=weeks)[:weeks].astype(np.float64)
    posts[posts == 0] = np.nan
    return np.bincount(week[tagged], minlength=weeks)[:weeks] / posts
