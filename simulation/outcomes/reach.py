"""Whom support reaches, and how fast."""

import numpy as np
from scipy import stats

from simulation.outcomes.base import Flags, Floats, Ints, Ratio, Snapshot, ratio_outcome, subset_outcome

WEEK = 7
CENSORED_AFTER_HOURS = 72.0


def _within_week(snapshot: Snapshot, name: str) -> Flags:
    """Whether the step in a column [N] lies in the last seven days."""
    steps = snapshot[name]
    window = WEEK * snapshot.world.parameters.steps_per_day
    return np.asarray((steps >= 0) & (snapshot.step - steps < window))


@ratio_outcome("support_received_7d", "share", "higher", of="strugglers")
def support_received(snapshot: Snapshot) -> Ratio:
    """Share of strugglers whose struggle drew a supportive reply in the last 7 days."""
    return Ratio(_within_week(snapshot, "received_support_step") & snapshot["struggler"], snapshot["struggler"])


@ratio_outcome("support_seen_7d", "share", "higher", of="strugglers")
def support_seen(snapshot: Snapshot) -> Ratio:
    """Share of strugglers who viewed a supported struggle of somebody else in the last 7 days."""
    return Ratio(_within_week(snapshot, "saw_support_step") & snapshot["struggler"], snapshot["struggler"])


@ratio_outcome("support_reach_7d", "share", "higher", of="strugglers")
def support_reach(snapshot: Snapshot) -> Ratio:
    """Share of strugglers who received support or viewed somebody else's in the last 7 days."""
    reached = _within_week(snapshot, "received_support_step") | _within_week(snapshot, "saw_support_step")
    return Ratio(reached & snapshot["struggler"], snapshot["struggler"])


@ratio_outcome("thread_reach", "people", "higher", due="end", of="struggles")
def thread_reach(snapshot: Snapshot) -> Ratio:
    """Mean number of distinct people who viewed a struggle and a supportive reply to it, over struggle posts."""
    rows = snapshot.struggles
    return Ratio(snapshot.threads.supported_viewers[rows], np.ones(len(rows)), snapshot.threads.author[rows])


@ratio_outcome("thread_viewers", "people", "higher", due="end", of="struggles")
def thread_viewers(snapshot: Snapshot) -> Ratio:
    """Mean number of distinct people who viewed a struggle post."""
    rows = snapshot.struggles
    return Ratio(snapshot.threads.viewers[rows], np.ones(len(rows)), snapshot.threads.author[rows])


def hours_to_support(snapshot: Snapshot) -> Floats:
    """Hours from each struggle of `snapshot.struggles` to its first supportive reply; infinite where there is none."""
    steps = snapshot.first_support - snapshot.threads.visible_step[snapshot.struggles]
    return np.where(snapshot.first_support >= 0, _hours(snapshot, steps), np.inf)


def _hours(snapshot: Snapshot, steps: Ints) -> Floats:
    """Steps as hours."""
    return np.asarray(steps * (snapshot.world.parameters.step_minutes / 60.0))


@ratio_outcome("supported_within_24h", "share", "higher", of="struggles")
def supported_within_24h(snapshot: Snapshot) -> Ratio:
    """Share of struggle posts since day 0, at least 24 hours old, with a supportive reply within 24 hours."""
    rows, old = _day_old(snapshot)
    return Ratio(hours_to_support(snapshot)[old] <= 24.0, np.ones(len(rows)), snapshot.threads.author[rows])


@ratio_outcome("disclosers_supported_24h", "share", "higher", of="struggles")
def disclosers_supported(snapshot: Snapshot) -> Ratio:
    """Mean over disclosers of the share of their struggle posts with a supportive reply within 24 hours."""
    rows, old = _day_old(snapshot)
    authors, place, count = np.unique(snapshot.threads.author[rows], return_inverse=True, return_counts=True)
    supported = np.bincount(place, weights=hours_to_support(snapshot)[old] <= 24.0, minlength=len(authors))
    return Ratio(supported / count, np.ones(len(authors)), authors)


def _day_old(snapshot: Snapshot) -> tuple[Ints, Flags]:
    """Rows of struggle posts at least 24 hours old, and their mask among `snapshot.struggles`."""
    old = snapshot.step - snapshot.threads.visible_step[snapshot.struggles] >= snapshot.world.parameters.steps_per_day
    return snapshot.struggles[old], old


@subset_outcome("hours_to_first_support", "h", "lower", grouped=True, of="struggles")
def hours_to_first_support(snapshot: Snapshot, who: Flags) -> float:
    """Kaplan-Meier median time from a struggle to its first supportive reply, censored at 72 h; none if not reached."""
    mine = who[snapshot.threads.author[snapshot.struggles]]
    times, follow_up = hours_to_support(snapshot)[mine], _follow_up(snapshot)[mine]
    if not len(times):
        return float("nan")
    answered = times <= follow_up
    sample = stats.CensoredData(uncensored=times[answered], right=follow_up[~answered])
    survival = stats.ecdf(sample).sf
    reached = survival.probabilities <= 0.5
    return float(survival.quantiles[reached][0]) if reached.any() else float("nan")


def _follow_up(snapshot: Snapshot) -> Floats:
    """Hours for which each struggle can be watched: to 72 hours, its removal or now."""
    rows = snapshot.struggles
    removed = snapshot.threads.removed_step[rows]
    end = np.where(removed >= 0, removed, snapshot.step)
    return np.minimum(_hours(snapshot, end - snapshot.threads.visible_step[rows]), CENSORED_AFTER_HOURS)
