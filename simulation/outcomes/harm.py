"""What people are exposed to, who falls silent, and how much is disclosed at all."""

from functools import partial

import numpy as np

from simulation.outcomes.base import Flags, Ints, Ratio, Snapshot, ratio_outcome, subset_outcome
from simulation.posts import Kind
from simulation.world import VIOLATIONS

PER_VIEWS = 10_000
AFTER_DAYS = 30


@ratio_outcome("harm_exposure", "views per 10,000", "lower", flow=True)
def harm_exposure(snapshot: Snapshot) -> Ratio:
    """Views of visible posts that break a rule, per 10,000 views since day 0; mostly mirrors base rates, see types."""
    columns = [snapshot.since_yesterday(f"harmful_{violation.name.lower()}") for violation in VIOLATIONS]
    return Ratio(PER_VIEWS * np.sum(columns, axis=0), snapshot.since_yesterday("views"))


def _exposure(snapshot: Snapshot, *, violation: str) -> Ratio:
    """Views of one type."""
    return Ratio(
        PER_VIEWS * snapshot.since_yesterday(f"harmful_{violation}"),
        snapshot.since_yesterday("views"),
    )


for _violation in VIOLATIONS:
    _function = partial(_exposure, violation=_violation.name.lower())
    _function.__doc__ = (
        f"Views of visible posts with the violation '{_violation.name.lower()}' per 10,000 views since day 0."
    )
    ratio_outcome(f"harm_{_violation.name.lower()}", "views per 10,000", "lower", flow=True)(_function)


@ratio_outcome("disclosers_hurt_24h", "share", "lower", due="end", of="struggles")
def disclosers_hurt(snapshot: Snapshot) -> Ratio:
    """Share of disclosers with a derogatory reply within 24 hours of a struggle post, over posts that could be read."""
    replies = np.flatnonzero(snapshot.threads.kind == Kind.REPLY_DEROGATORY)
    root = snapshot.threads.root[replies]
    soon = snapshot.threads.visible_step[replies] - snapshot.threads.visible_step[root]
    hurt_roots = np.unique(root[soon <= snapshot.world.parameters.steps_per_day])
    rows = snapshot.struggles
    disclosers = np.unique(snapshot.threads.author[rows])
    hurt = np.unique(snapshot.threads.author[rows[np.isin(rows, hurt_roots)]])
    return Ratio(np.isin(disclosers, hurt), np.ones(len(disclosers)), disclosers)


@subset_outcome("struggle_posts", "posts", "none", due="daily", grouped=True)
def struggle_posts(snapshot: Snapshot, who: Flags) -> float:
    """Number of struggle posts written since day 0, shown or not; its ratio between paired arms tells of chilling."""
    return float(np.count_nonzero(who[snapshot.threads.author[snapshot.written]]))


@ratio_outcome("disclosing", "share", "none", of="strugglers")
def disclosing(snapshot: Snapshot) -> Ratio:
    """Share of those who were strugglers on day 0 and have written a struggle post since, shown or not."""
    disclosed = np.zeros(snapshot.world.n_agents, dtype=np.bool_)
    disclosed[snapshot.threads.author[snapshot.written]] = True
    began = snapshot.start["struggler"]
    return Ratio(disclosed & began, began)


@subset_outcome("most_active_tenth", "share", "none")
def most_active_tenth(snapshot: Snapshot, who: Flags) -> float:
    """Share of all struggle posts that the most active tenth of disclosers wrote."""
    count = np.sort(np.unique(snapshot.threads.author[snapshot.written], return_counts=True)[1])[::-1]
    return float(count[: -(-len(count) // 10)].sum() / count.sum()) if len(count) else float("nan")


def _falsely_removed(snapshot: Snapshot) -> Ints:
    """Rows of struggle posts since day 0 that were removed though they broke no rule, shown before or not."""
    rows = snapshot.written
    wrong = (snapshot.threads.removed_step[rows] >= 0) & (snapshot.threads.violation[rows] == 0)
    return np.asarray(rows[wrong])


def _matched(snapshot: Snapshot, removed: Ints) -> Ints:
    """For each removed post the standing struggle nearest in time, by a never removed author of like trainee status.

    A struggle that is still held does not stand.
    """
    rows, author = snapshot.written, snapshot.threads.author
    hit = np.unique(author[rows[snapshot.threads.removed_step[rows] >= 0]])
    standing = snapshot.struggles[~np.isin(author[snapshot.struggles], hit)]
    trainee, step = snapshot.world.population.trainee, snapshot.threads.step
    chosen = []
    for row in removed:
        alike = standing[trainee[author[standing]] == trainee[author[row]]]
        if len(alike):
            chosen.append(int(alike[np.argmin(np.abs(step[alike] - step[row]))]))
    return np.array(chosen, dtype=np.int64)


def _rate_after(snapshot: Snapshot, rows: Ints, after: Ints) -> float:
    """Mean number of struggle posts per 30 days that the authors of `rows` wrote in the 30 days after step `after`."""
    author, step, per_day = snapshot.threads.author, snapshot.threads.step, snapshot.world.parameters.steps_per_day
    own = snapshot.written
    rates = []
    for row, begin in zip(rows, after, strict=True):
        watched = min(AFTER_DAYS * per_day, snapshot.step - begin)
        if watched > 0:
            mine = own[(author[own] == author[row]) & (step[own] > begin) & (step[own] <= begin + watched)]
            rates.append(len(mine) * AFTER_DAYS * per_day / watched)
    return float(np.mean(rates)) if rates else float("nan")


@subset_outcome("disclosure_after_removal", "posts per 30 days", "higher")
def disclosure_after_removal(snapshot: Snapshot, who: Flags) -> float:
    """Rate of struggle posts in the 30 days after a struggle was wrongly removed, by its author."""
    removed = _falsely_removed(snapshot)
    return _rate_after(snapshot, removed, snapshot.threads.removed_step[removed])


@subset_outcome("disclosure_of_matched", "posts per 30 days", "none")
def disclosure_of_matched(snapshot: Snapshot, who: Flags) -> float:
    """The same after a struggle that stood, by authors matched on time and trainee status to the wrongly removed."""
    matched = _matched(snapshot, _falsely_removed(snapshot))
    return _rate_after(snapshot, matched, snapshot.threads.visible_step[matched])


@subset_outcome("chilling_ratio", "1", "higher")
def chilling_ratio(snapshot: Snapshot, who: Flags) -> float:
    """Rate of struggle posts in the 30 days after a wrong removal over that of matched authors; below 1 is chilling."""
    matched = disclosure_of_matched(snapshot, who)
    return disclosure_after_removal(snapshot, who) / matched if matched > 0 else float("nan")
