"""How the moderation desk works, and what it gets wrong; over cases decided since day 0."""

import numpy as np

from simulation.outcomes.base import Flags, Snapshot, subset_outcome
from simulation.world import Case

MINUTES = 1440.0


def _cases(snapshot: Snapshot) -> list[Case]:
    """Cases decided since day 0."""
    return [case for case in snapshot.engine.cases if case.step >= snapshot.world.parameters.warmup_steps]


def _mean(values: list[float]) -> float:
    """The mean, NaN of nothing."""
    return float(np.mean(values)) if values else float("nan")


@subset_outcome("desk_cases", "cases", "none")
def desk_cases(snapshot: Snapshot, who: Flags) -> float:
    """Number of cases decided."""
    return float(len(_cases(snapshot)))


@subset_outcome("desk_wait", "min", "lower")
def desk_wait(snapshot: Snapshot, who: Flags) -> float:
    """Mean time that a case waits before it is taken up."""
    return _mean([(case.start - case.arrival) * MINUTES for case in _cases(snapshot)])


@subset_outcome("desk_load", "share", "none")
def desk_load(snapshot: Snapshot, who: Flags) -> float:
    """Share of the moderators' time since day 0 that cases took."""
    cases = [case for case in _cases(snapshot) if case.servers]
    if not cases or snapshot.day <= 0:
        return float("nan")
    return sum((case.finish - case.start) / case.servers for case in cases) / snapshot.day


@subset_outcome("removals", "posts", "none")
def removals(snapshot: Snapshot, who: Flags) -> float:
    """Number of posts removed."""
    return float(sum(case.decision == "remove" for case in _cases(snapshot)))


@subset_outcome("wrongly_removed", "share", "lower")
def wrongly_removed(snapshot: Snapshot, who: Flags) -> float:
    """Share of removed posts that broke no rule."""
    return _mean([float(not case.correct) for case in _cases(snapshot) if case.decision == "remove"])


@subset_outcome("struggles_removed", "share", "lower")
def struggles_removed(snapshot: Snapshot, who: Flags) -> float:
    """Share of struggle posts that were removed, rightly or wrongly, before or after anybody could read them."""
    rows = snapshot.written
    return float(np.mean(snapshot.threads.removed_step[rows] >= 0)) if len(rows) else float("nan")


@subset_outcome("views_before_removal", "views", "lower")
def views_before_removal(snapshot: Snapshot, who: Flags) -> float:
    """Mean number of views of a post before it was removed."""
    return _mean([float(case.views) for case in _cases(snapshot) if case.decision == "remove"])
