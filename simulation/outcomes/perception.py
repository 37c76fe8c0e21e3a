"""How common people believe struggling to be, how that compares with the truth, and what they think of it."""

import numpy as np

from simulation._compile import compiled
from simulation.outcomes.base import Flags, Floats, Ints, Ratio, Snapshot, ones, ratio_outcome, shared


@ratio_outcome("normalization", "share", "higher")
def normalization(snapshot: Snapshot) -> Ratio:
    """Mean believed prevalence of struggling (n)."""
    return Ratio(snapshot["believed"], ones(snapshot))


@ratio_outcome("prevalence", "share", "lower")
def prevalence(snapshot: Snapshot) -> Ratio:
    """Share of strugglers (pi), which nobody in the model sees."""
    return Ratio(snapshot["struggler"], ones(snapshot))


@ratio_outcome("normalization_ratio", "1", "none")
def normalization_ratio(snapshot: Snapshot) -> Ratio:
    """Mean believed prevalence over the true prevalence among all."""
    return Ratio(snapshot["believed"], ones(snapshot) * snapshot.prevalence)


@ratio_outcome("descriptive_gap", "share", "none")
def descriptive_gap(snapshot: Snapshot) -> Ratio:
    """True prevalence less mean believed prevalence; positive where struggling is underestimated."""
    return Ratio(snapshot.prevalence - snapshot["believed"], ones(snapshot))


@shared
def local_prevalence(snapshot: Snapshot) -> Floats:
    """Weighted share of strugglers among those whom each agent follows [N]; pi for people who follow nobody."""
    around = snapshot.neighbourhood
    struggling = around.weights @ snapshot["struggler"].astype(np.float64)
    return np.where(around.total > 0, struggling / np.where(around.total > 0, around.total, 1.0), snapshot.prevalence)


@shared
def full_disclosure_belief(snapshot: Snapshot) -> Floats:
    """n_all [N]: belief if every struggler among those followed had been seen disclosing in the memory window."""
    beliefs = snapshot.world.parameters.beliefs
    unseen, uncounted = _unseen_strugglers(snapshot)
    disclosing = snapshot["disclosing"] + unseen
    silent = np.maximum(snapshot["authors"] + uncounted - disclosing, 0.0)
    return np.asarray(
        (beliefs.prior_weight * beliefs.prior_mean + disclosing)
        / (beliefs.prior_weight + disclosing + beliefs.silence_weight * silent)
    )


def _unseen_strugglers(snapshot: Snapshot) -> tuple[Floats, Floats]:
    """Weights [N] of the strugglers among those followed who were not seen disclosing in the memory window.

    The second counts only those of them whom the agent has not seen at all in that time.
    """
    weights = snapshot.neighbourhood.weights
    counted, disclosed = snapshot.remembered
    return unseen_weights(
        weights.indptr, weights.indices, weights.data, snapshot["struggler"].astype(np.bool_), counted, disclosed
    )


@compiled
def unseen_weights(
    offsets: Ints, followed: Ints, weights: Floats, struggler: Flags, counted: Flags, disclosed: Flags
) -> tuple[Floats, Floats]:
    """Sums [N] over the strugglers among those followed: of who was not seen disclosing, and of who was not seen.

    Args:
        offsets: [N + 1] of the arcs of each follower.
        followed: [E] whom.
        weights: [E] w_ij.
        struggler: [N].
        counted: [E] whether the follower has counted them in the memory window.
        disclosed: [E] whether the follower has counted them as disclosing in it.
    """
    unseen, uncounted = np.zeros(len(struggler)), np.zeros(len(struggler))
    for agent in range(len(struggler)):
        for arc in range(offsets[agent], offsets[agent + 1]):
            if struggler[followed[arc]] and not disclosed[arc]:
                unseen[agent] += weights[arc]
                if not counted[arc]:
                    uncounted[agent] += weights[arc]
    return unseen, uncounted


@ratio_outcome("gap_network", "share", "none")
def gap_network(snapshot: Snapshot) -> Ratio:
    """Part of the descriptive gap that the network makes: prevalence less weighted prevalence among those followed."""
    return Ratio(snapshot.prevalence - local_prevalence(snapshot), ones(snapshot))


@ratio_outcome("gap_prior", "share", "none")
def gap_prior(snapshot: Snapshot) -> Ratio:
    """Part of the descriptive gap that the prior makes: prevalence around, less belief if every struggler disclosed."""
    return Ratio(local_prevalence(snapshot) - full_disclosure_belief(snapshot), ones(snapshot))


@ratio_outcome("gap_silence", "share", "none")
def gap_silence(snapshot: Snapshot) -> Ratio:
    """Part of the descriptive gap that silence makes: belief if every struggler followed had disclosed, less belief."""
    return Ratio(full_disclosure_belief(snapshot) - snapshot["believed"], ones(snapshot))


@ratio_outcome("over_normalization", "share", "lower")
def over_normalization(snapshot: Snapshot) -> Ratio:
    """Share of people who believe struggling more common than it is, by more than 0.1."""
    return Ratio(snapshot["believed"] > snapshot.prevalence + 0.1, ones(snapshot))


@ratio_outcome("injunctive_gap", "share", "lower")
def injunctive_gap(snapshot: Snapshot) -> Ratio:
    """Mean perceived public stigma less mean personal stigma."""
    return Ratio(snapshot["perceived"] - snapshot["stigma"], ones(snapshot))


@ratio_outcome("stigma", "share", "lower")
def stigma(snapshot: Snapshot) -> Ratio:
    """Mean personal stigma (s)."""
    return Ratio(snapshot["stigma"], ones(snapshot))


@ratio_outcome("perceived_stigma", "share", "lower")
def perceived_stigma(snapshot: Snapshot) -> Ratio:
    """Mean perceived public stigma (q)."""
    return Ratio(snapshot["perceived"], ones(snapshot))


@ratio_outcome("career_fear", "share", "lower")
def career_fear(snapshot: Snapshot) -> Ratio:
    """Mean career fear (c)."""
    return Ratio(snapshot["fear"], ones(snapshot))
