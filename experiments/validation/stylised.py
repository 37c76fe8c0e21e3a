"""Stylised facts: the model at its default settings, and what a trial, a chat or a tag does to it."""

import numpy as np
import polars as pl

from experiments.validation.patterns import PATTERNS, Values
from simulation import (
    ROLES,
    Contact,
    Hashtag,
    Intervention,
    Kind,
    NormCorrection,
    Parameters,
    SupportNetworkModel,
    Target,
    TweetChat,
    Worlds,
)

PEOPLE, DAYS = 5000, 60
"""Size of the runs: that for which the settings were solved, and the horizon of the model."""
WORLDS = Worlds()
"""Runs with one seed share their world."""


def _lived(seed: int, *actions: Intervention, days: int = DAYS, outcomes: tuple[str, ...] = ()) -> SupportNetworkModel:
    """A run of the default world."""
    parameters = Parameters().with_values({"agents": PEOPLE, "days": days})
    model = SupportNetworkModel(parameters, rng=seed, interventions=actions, outcomes=outcomes, worlds=WORLDS)
    model.run()
    return model


def _at(model: SupportNetworkModel, outcome: str, day: float, group: str = "all") -> float:
    """An outcome on a day; not a number where it has none."""
    chosen = (pl.col("outcome") == outcome) & (pl.col("group") == group) & (pl.col("day") == day)
    found = model.outcomes.filter(chosen)["value"]
    return float(found[0]) if len(found) and found[0] is not None else float("nan")


# --- left to itself ---------------------------------------------------------------------------------------------------


@PATTERNS.register("baseline")
def baseline(seed: int) -> Values:
    """Sixty days without any intervention."""
    model = _lived(seed, outcomes=("help_seeking_yearly",))
    return {**_beliefs(model), **_latency(model), **_replies(model)} | {
        "students_entering_treatment": _at(model, "help_seeking_yearly", DAYS, "role=student")
    }


def _beliefs(model: SupportNetworkModel) -> Values:
    """Who struggles, and what people believe about it, at the end."""
    columns = {name: model.engine.column(name).astype(float) for name in ("struggler", "believed", "stigma")}
    struggler, believed = columns["struggler"], columns["believed"]
    student = model.world.population.role == ROLES.index("student")
    resident = model.world.population.role == ROLES.index("resident")
    affected = student & (struggler > 0.0)
    return {
        "residents_struggling": float(struggler[resident].mean()),
        "students_gap": float(struggler[student].mean() - believed[student].mean()),
        "adults_gap": float(struggler.mean() - believed.mean()),
        "affected_believe_more": float(believed[affected].mean() - believed[student & ~affected].mean()),
        "belief_with_stigma": float(np.corrcoef(believed, columns["stigma"])[0, 1]),
    }


def _latency(model: SupportNetworkModel) -> Values:
    """How soon posts with 5 to 60 retweets, at least two days old at the end, are passed on.

    A retweet of the k-th step after its post is taken to be k + 1/2 steps old.
    """
    posts, per_day = model.posts, model.parameters.steps_per_day
    shared = np.flatnonzero(posts.kind == Kind.RETWEET)
    counts = np.bincount(posts.root[shared], minlength=len(posts.kind))
    old = posts.step <= model.engine.step - 2 * per_day
    mine = shared[((counts >= 5) & (counts <= 60) & old)[posts.root[shared]]]
    hours = 24.0 / per_day * (posts.step[mine] - posts.visible_step[posts.root[mine]] + 0.5)
    if not len(hours):
        return dict.fromkeys(("within_15_min", "within_1_h", "within_6_h", "within_24_h", "median_hours"), float("nan"))
    shares = {"15_min": 0.25, "1_h": 1.0, "6_h": 6.0, "24_h": 24.0}
    found = {f"within_{name}": float(np.mean(hours < limit)) for name, limit in shares.items()}
    return found | {"median_hours": float(np.median(hours))}


def _replies(model: SupportNetworkModel) -> Values:
    """Among answered struggles the share with just one reply less the share with two."""
    posts = model.posts
    replies = (posts.parent >= 0) & (posts.kind != Kind.RETWEET)
    counts = np.bincount(posts.root[replies], minlength=len(posts.kind))[posts.kind == Kind.STRUGGLE]
    answered = counts[counts > 0]
    return {"one_less_two_replies": float(np.mean(answered == 1) - np.mean(answered == 2))}


# --- trials -----------------------------------------------------------------------------------------------------------


@PATTERNS.register("norm_correction")
def norm_correction(seed: int) -> Values:
    """What everybody is told in one sitting, less nothing, in pairs of equal luck."""
    outcomes = ("normalization", "perceived_stigma", "help_seeking")
    told, none = (_lived(seed, *actions, outcomes=outcomes) for actions in ((NormCorrection(),), ()))
    perceived = [_at(told, "perceived_stigma", day) - _at(none, "perceived_stigma", day) for day in (1.0, DAYS)]
    return {
        "belief": _at(told, "normalization", 1.0) - _at(none, "normalization", 1.0),
        "perceived_at_once": perceived[0],
        "perceived_left": perceived[1] / perceived[0],
        "help_seeking": _at(told, "help_seeking", DAYS) - _at(none, "help_seeking", DAYS),
    }


@PATTERNS.register("one_contact")
def one_contact(seed: int) -> Values:
    """One meeting of students with somebody who tells of a struggle: fall of stigma a week later, in its own SD."""
    action = Contact(contacts=1.0, target=Target(roles=("student",)))
    met, none = (_lived(seed, *actions, days=7) for actions in ((action,), ()))
    student = met.world.population.role == ROLES.index("student")
    stigma = [model.engine.column("stigma")[student] for model in (met, none)]
    return {"effect": float((stigma[1].mean() - stigma[0].mean()) / stigma[1].std())}


@PATTERNS.register("hashtag")
def hashtag(seed: int) -> Values:
    """Own posts under a general tag per person who used it, in its first 17 days."""
    model = _lived(seed, Hashtag(), days=17)
    posts = model.posts
    tagged = (posts.tag >= 0) & (posts.parent < 0)
    authors = len(np.unique(posts.author[tagged]))
    return {"posts_per_participant": float(tagged.sum() / authors) if authors else float("nan")}


CHAT = ("chat_originals", "chat_retweets", "chat_replies", "chat_return")


@PATTERNS.register("chat")
def chat(seed: int) -> Values:
    """A weekly chat under a general tag over six weeks."""
    model = _lived(seed, Hashtag(), TweetChat(), days=42, outcomes=CHAT)
    return {name: _at(model, name, 42.0) for name in CHAT}
