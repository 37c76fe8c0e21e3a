"""Who gets support, and who is left out."""

import numpy as np

from simulation.generators import SPECIALTIES
from simulation.outcomes.activity import post_views
from simulation.outcomes.base import Flags, Floats, Ratio, Snapshot, mid_ranks, ratio_outcome, shared, subset_outcome
from simulation.outcomes.reach import supported_within_24h
from simulation.population import FACULTY
from simulation.posts import Kind


@shared
def supportive_replies(snapshot: Snapshot) -> Floats:
    """Number of supportive replies to each struggle of `snapshot.struggles`."""
    supportive = snapshot.threads.kind == Kind.REPLY_SUPPORTIVE
    count = np.bincount(snapshot.threads.root[supportive], minlength=len(snapshot.threads.kind))
    return count[snapshot.struggles].astype(np.float64)


@ratio_outcome("supportive_replies", "replies per post", "higher", due="end", of="struggles")
def mean_supportive_replies(snapshot: Snapshot) -> Ratio:
    """Mean number of supportive replies to a struggle post."""
    replies = supportive_replies(snapshot)
    return Ratio(replies, np.ones(len(replies)), snapshot.threads.author[snapshot.struggles])


def gini(values: Floats) -> float:
    """Gini coefficient of amounts of at least 0: 0 where all are alike, towards 1 where one has all."""
    if not len(values) or values.sum() == 0:
        return float("nan")
    ordered = np.sort(values)
    ranks = np.arange(1, len(ordered) + 1)
    return float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))


@subset_outcome("support_gini", "1", "lower")
def support_gini(snapshot: Snapshot, who: Flags) -> float:
    """Gini coefficient of supportive replies over struggle posts."""
    return gini(supportive_replies(snapshot))


def _share_24h(snapshot: Snapshot, who: Flags) -> float:
    """Share supported within 24 hours among struggle posts of some authors."""
    ratio = supported_within_24h(snapshot)
    assert ratio.agents is not None
    mine = who[ratio.agents]
    return float(np.mean(ratio.numerator[mine])) if mine.any() else float("nan")


@subset_outcome("trainee_faculty_ratio", "1", "none")
def trainee_faculty_ratio(snapshot: Snapshot, who: Flags) -> float:
    """Share supported within 24 hours of trainees over that of faculty."""
    faculty = _share_24h(snapshot, snapshot.world.population.role == FACULTY)
    return _share_24h(snapshot, snapshot.world.population.trainee) / faculty if faculty > 0 else float("nan")


@subset_outcome("reach_ratio", "1", "none", posts=True)
def reach_ratio(snapshot: Snapshot, who: Flags) -> float:
    """Views of a trainee's own post per follower over those of a faculty member's; 1 where attention knows no rank."""
    population, followers = snapshot.world.population, snapshot.world.graph.follower_counts
    views, _, authors = post_views(snapshot)
    assert authors is not None

    def per_follower(group: Flags) -> float:
        mine = group[authors]
        deliveries = followers[authors[mine]].sum()
        return float(views[mine].sum() / deliveries) if deliveries else float("nan")

    faculty = per_follower(population.role == FACULTY)
    return per_follower(population.trainee) / faculty if faculty > 0 else float("nan")


@subset_outcome("specialty_ratio", "1", "higher")
def specialty_ratio(snapshot: Snapshot, who: Flags) -> float:
    """Lowest over highest share supported within 24 hours among specialties that disclosed."""
    specialty = snapshot.world.population.specialty
    shares = np.array([_share_24h(snapshot, specialty == code) for code in range(len(SPECIALTIES))])
    shares = shares[~np.isnan(shares)]
    return float(shares.min() / shares.max()) if len(shares) and shares.max() > 0 else float("nan")


@subset_outcome("support_concentration", "1", "none")
def support_concentration(snapshot: Snapshot, who: Flags) -> float:
    """Concentration index of supportive replies over the authors' follower rank; above 0 they go to the well followed.

    2 cov(y, rank) / mean(y) with the fractional rank of the authors (Kakwani, Wagstaff & van Doorslaer 1997).
    """
    replies = supportive_replies(snapshot)
    if len(replies) < 2 or replies.sum() == 0:
        return float("nan")
    followers = snapshot.engine.graph.follower_counts[snapshot.threads.author[snapshot.struggles]]
    rank = (mid_ranks(followers) - 0.5) / len(followers)
    return float(2.0 * np.mean((replies - replies.mean()) * (rank - rank.mean())) / replies.mean())


@ratio_outcome("never_reached", "share", "lower", of="strugglers")
def never_reached(snapshot: Snapshot) -> Ratio:
    """Share of day-0 strugglers who since then neither received support nor viewed somebody else's."""
    begin = snapshot.world.parameters.warmup_steps
    reached = (snapshot["received_support_step"] >= begin) | (snapshot["saw_support_step"] >= begin)
    began = snapshot.start["struggler"]
    return Ratio(began & ~reached, began)
