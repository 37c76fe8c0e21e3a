"""Whom support reaches, and how fast."""

import numpy as np

from simulation.outcomes.base import Flags, Floats, Ints, Ratio, Snapshot, ones, ratio_outcome, shared, subset_outcome
from simulation.population import FACULTY
from simulation.posts import Kind

WEEK = 7
CENSORED_AFTER_HOURS = 72.0
NIGHT_ENDS = 6.0


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


@shared
def hours_to_support(snapshot: Snapshot) -> Floats:
    """Hours from each struggle of `snapshot.struggles` to its first supportive reply; infinite where there is none."""
    steps = snapshot.first_support - snapshot.threads.visible_step[snapshot.struggles]
    return np.where(snapshot.first_support >= 0, _hours(snapshot, steps), np.inf)


def _hours(snapshot: Snapshot, steps: Ints) -> Floats:
    """Steps as hours."""
    return np.asarray(steps * (snapshot.world.parameters.step_minutes / 60.0))


@ratio_outcome("supported_within_24h", "share", "higher", of="struggles")
@shared
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


@shared
def _day_old(snapshot: Snapshot) -> tuple[Ints, Flags]:
    """Rows of struggle posts at least 24 hours old, and their mask among `snapshot.struggles`."""
    old = snapshot.step - snapshot.threads.visible_step[snapshot.struggles] >= snapshot.world.parameters.steps_per_day
    return snapshot.struggles[old], old


@subset_outcome("hours_to_first_support", "h", "lower", grouped=True, of="struggles")
def hours_to_first_support(snapshot: Snapshot, who: Flags) -> float:
    """Kaplan-Meier median time from a struggle to its first supportive reply, censored at 72 h; none if not reached."""
    mine = who[snapshot.threads.author[snapshot.struggles]]
    times, follow_up = hours_to_support(snapshot)[mine], _follow_up(snapshot)[mine]
    answered = times <= follow_up
    moments, remaining = survival(np.where(answered, times, follow_up), answered)
    reached = remaining <= 0.5
    return float(moments[reached][0]) if reached.any() else float("nan")


def survival(times: Floats, ended: Flags) -> tuple[Floats, Floats]:
    """The Kaplan-Meier estimate: distinct times, ascending, and the share for whom it has not ended by then.

    Args:
        times: [K] until it ended, or as long as it was watched; none for no times.
        ended: [K] which of the two.
    """
    moments, place, count = np.unique(times, return_inverse=True, return_counts=True)
    left = len(times) - np.cumsum(count)
    if ended.all():
        return moments, 1.0 - np.cumsum(count) / max(1, len(times))
    at_risk = left + count
    events = np.bincount(place[ended], minlength=len(moments))
    return moments, np.cumprod((at_risk - events) / at_risk)


@shared
def _follow_up(snapshot: Snapshot) -> Floats:
    """Hours for which each struggle can be watched: to 72 hours, its removal or now."""
    rows = snapshot.struggles
    removed = snapshot.threads.removed_step[rows]
    end = np.where(removed >= 0, removed, snapshot.step)
    return np.minimum(_hours(snapshot, end - snapshot.threads.visible_step[rows]), CENSORED_AFTER_HOURS)


@shared
def _replies(snapshot: Snapshot) -> tuple[Ints, Ints]:
    """Rows of `threads` with the visible replies since day 0 to struggles, and those of their roots."""
    threads = snapshot.threads
    counted = (threads.step >= snapshot.world.parameters.warmup_steps) & (threads.visible_step >= 0)
    rows = np.flatnonzero((threads.kind != Kind.STRUGGLE) & counted)
    return rows, threads.root[rows]


@shared
def _supportive(snapshot: Snapshot) -> tuple[Ints, Ints]:
    """Authors of the supportive replies since day 0 to struggles, and authors of these struggles."""
    rows, roots = _replies(snapshot)
    supportive = snapshot.threads.kind[rows] == Kind.REPLY_SUPPORTIVE
    return snapshot.threads.author[rows[supportive]], snapshot.threads.author[roots[supportive]]


@ratio_outcome("supportive_share", "share", "higher", due="end")
def supportive_share(snapshot: Snapshot) -> Ratio:
    """Share of supportive ones among replies to struggles, by who struggles."""
    rows, roots = _replies(snapshot)
    supportive = snapshot.threads.kind[rows] == Kind.REPLY_SUPPORTIVE
    return Ratio(supportive, np.ones(len(rows)), snapshot.threads.author[roots])


@ratio_outcome("support_given", "replies per person", "higher", due="end")
def support_given(snapshot: Snapshot) -> Ratio:
    """Mean number of supportive replies to struggles that a person has given since day 0."""
    givers, _ = _supportive(snapshot)
    return Ratio(np.bincount(givers, minlength=snapshot.world.n_agents), ones(snapshot))


@ratio_outcome("peer_support", "share", "none", due="end")
def peer_support(snapshot: Snapshot) -> Ratio:
    """Share of supportive replies to struggles that come from somebody of the same role."""
    givers, receivers = _supportive(snapshot)
    role = snapshot.world.population.role
    return Ratio(role[givers] == role[receivers], np.ones(len(givers)), receivers)


@ratio_outcome("faculty_support", "share", "none", due="end")
def faculty_support(snapshot: Snapshot) -> Ratio:
    """Share of supportive replies to trainees' struggles that faculty give."""
    givers, receivers = _supportive(snapshot)
    population = snapshot.world.population
    trainees = population.trainee[receivers]
    return Ratio((population.role[givers] == FACULTY) & trainees, trainees, receivers)


@ratio_outcome("supported_at_night_24h", "share", "higher", due="end")
def supported_at_night(snapshot: Snapshot) -> Ratio:
    """Share of struggle posts written between 0 and 6 h on the author's clock with support within 24 hours."""
    rows, old = _day_old(snapshot)
    hours = (snapshot.threads.step[rows] + 0.5) * (snapshot.world.parameters.step_minutes / 60.0)
    author = snapshot.threads.author[rows]
    at_night = (hours + snapshot.world.population.clock[author]) % 24.0 < NIGHT_ENDS
    return Ratio((hours_to_support(snapshot)[old] <= 24.0) & at_night, at_night, author)
