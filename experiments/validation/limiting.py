"""The laws of docs/model.md, 9, in small: the model with its settings at a limit, where a formula knows its outcome.

Every function runs the engine `kernels` once or a few times and returns what should equal the law: the law's own
quantity where it is a number, otherwise the quotient of what was found and what the law says (1), or the difference
(0). The tests hold the same laws on both engines, with more people and stated error probabilities.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from experiments.validation import laws
from experiments.validation.patterns import PATTERNS, Values
from experiments.validation.worlds import EVERYBODY_EVERY_STEP, Says, SeedsAt, alive, graph_of, lived, still
from simulation import FollowerGraph, Hashtag, Kind, Moderation, Parameters, SupportNetworkModel

Floats = NDArray[np.float64]

# --- 1: branching -----------------------------------------------------------------------------------------------------

AUTHORS = 4


def _cascades(n_agents: int, network: dict[str, Any], chance: float, days: int, seed: int) -> SupportNetworkModel:
    """Every fourth person writes one post, which every reader passes on with the same chance."""
    values = {"agents": n_agents, "network": network, "reactions.retweet": chance, "days": days}
    world = still(EVERYBODY_EVERY_STEP, {"reading.live_days": 60.0}, values)
    return lived(world, seed, Says(rows=np.arange(0, n_agents, AUTHORS)))


def _sizes(model: SupportNetworkModel) -> NDArray[np.int64]:
    """Posts in each cascade."""
    posts = model.posts
    return np.bincount(posts.root, minlength=len(posts.root))[posts.parent < 0]


@PATTERNS.register("branching")
def branching(seed: int) -> Values:
    """Mean size of a cascade over 1 / (1 - R), and posts never retweeted over those whose followers all decline."""
    n_agents = 20_000
    sparse = {"type": "block", "sizes": [n_agents], "rates": [[2.5 / n_agents]]}
    model = _cascades(n_agents, sparse, 0.2, 7, seed)
    expected = 1.0 / (1.0 - 0.2 * model.world.graph.n_arcs / n_agents)
    heavy = {"type": "configuration", "followers": {"law": "pareto", "mean": 6.0},
             "followed": {"law": "poisson", "mean": 6.0}}  # fmt: skip
    other = _cascades(n_agents, heavy, 0.06, 1, seed)
    none = laws.unshared(0.06, 0.0, other.world.graph.follower_counts[::AUTHORS])
    posts = other.posts
    alone = n_agents / AUTHORS - len(np.unique(posts.root[posts.kind == Kind.RETWEET]))
    return {"size": float(_sizes(model).mean()) / expected, "unshared": alone / float(none.sum())}


# --- 2 and 3: spread of a tag -----------------------------------------------------------------------------------------

TAGGED = {"posting.tip_share": 1.0, "posting.tag_use": 1.0, "adoption.abandon_half_life": 1e300}
"""Whatever an adopter writes carries the tag, and nobody gives it up."""
CROWD, SEEDS, CHANCE = 4000, 400, 0.001
RATE = math.log(CROWD / SEEDS - 1.0) / CROWD
"""beta per pair and day, such that the logistic curve reaches one half after a day."""


@PATTERNS.register("logistic")
def logistic(seed: int) -> Values:
    """Adoptions of a day less what the logistic equation, step by step, expects of them, as a share of all people."""
    minutes = 30.0
    steps = round(1440 / minutes)
    network = graph_of(CROWD, [], session_rate=12.0 * 1440.0 / minutes, posting_rate=RATE / CHANCE)
    settings = {
        "days": 2, "step_minutes": minutes, "activity.maximum": 96.0, "adoption.first_exposure": CHANCE,
        "adoption.reinforcement": 0.0, "reading.search_others": 1.0, "reading.search_adopters": 1.0,
        "reading.stream_scan_mean": 1e9, "reading.strangers_remembered": 1,
    }  # fmt: skip
    tag = Hashtag.model_validate({"seeds": {"count": SEEDS, "who": "random"}})
    model = lived(still(TAGGED, settings, network=network), seed, tag, days=(steps + 1) / steps)
    adopted = np.array([event.step for event in model.engine.adoptions])
    path = np.array([(adopted <= step).sum() for step in range(steps + 1)], dtype=float)
    means, _ = laws.adoptions_by_authors(path[:-1], CROWD, RATE, CHANCE, minutes / 1440.0)
    return {"surplus": float(path[-1] - SEEDS - means.sum()) / CROWD}


TWO_CONVINCE = {
    "adoption.first_exposure": 1e-6, "adoption.reinforcement": 1e6, "adoption.reinforcement_scale": 1e-6,
    "activity.posts_median": 240.0, "reading.live_days": 60.0, "days": 15,
}  # fmt: skip


@PATTERNS.register("threshold")
def threshold(seed: int) -> Values:
    """Share of ring lattices of 60 that a tag takes which needs two: seeds with a common reader, and without one."""
    rings, size = 20, 60
    place = np.arange(size)
    first = size * np.arange(rings)[:, None]
    ahead = [(first + place, first + (place + step) % size) for step in (1, 2)]
    network = graph_of(rings * size, [*ahead, *((follower, author) for author, follower in ahead)])
    apart = np.tile([2, 30], rings // 2)
    seeds = np.concatenate([[size * ring, size * ring + far] for ring, far in enumerate(apart)])
    model = lived(still(EVERYBODY_EVERY_STEP, TAGGED, TWO_CONVINCE, network=network), seed, SeedsAt(rows=seeds))
    share = model.engine.column("ever_adopted").astype(bool).reshape(rings, size).mean(axis=1)
    return {"near": float(share[apart == 2].mean()), "far": float(size * share[apart == 30].mean())}


# --- 4 and 13: the desk -----------------------------------------------------------------------------------------------

OFFENDING = {"posting.misinformation": 1.0}


def _desk(**levers: Any) -> Moderation:  # noqa: ANN401 - levers of a desk
    """A detector that finds everything, and a desk that is never wrong and removes what breaks a rule."""
    usual = {"regime": "automatic_review", "sensitivity": 1.0, "false_positive_rate": 0.0, "accuracy": 1.0}
    return Moderation.model_validate(usual | {"detection_minutes": 0.0, "labelled": ()} | levers)


def _share_waiting(servers: int, per_hour: float, days: int, seed: int) -> float:
    """Share of cases that wait where so many arrive in an hour and each takes ten minutes on average."""
    people = 1000
    network = graph_of(people, [], session_rate=24.0 * per_hour / people, posting_rate=24.0 * per_hour / people)
    model = lived(still(OFFENDING, {"days": days}, network=network), seed, _desk(servers=servers, service_minutes=10.0))
    cases = [case for case in model.engine.cases if case.arrival > 0.5]
    return float(np.mean([case.start > case.arrival for case in cases]))


@PATTERNS.register("queue")
def queue(seed: int) -> Values:
    """Share of cases that wait at the desk, for one, two, three and five servers."""
    return {f"servers_{servers}": _share_waiting(servers, lam, 30, seed) for servers, lam in laws.WAITS}


@PATTERNS.register("removal")
def removal(seed: int) -> Values:
    """Share of posts that are removed before their only reader comes, views and removals both twice a day."""
    pairs, rate = 2000, 2.0
    writes = np.arange(2 * pairs) < pairs
    network = graph_of(2 * pairs, [(np.arange(pairs), pairs + np.arange(pairs))], session_rate=rate,
                       posting_rate=np.where(writes, rate, 0.0))  # fmt: skip
    action = _desk(servers=1000, service_minutes=0.0, detection_minutes=1440.0 / rate)
    posts = lived(still(OFFENDING, {"days": 10}, network=network), seed, action).posts
    return {"prevented": float(np.mean(posts.views[posts.step < 4 * 96] == 0))}


# --- 5, 6 and 8: what readers of everybody count ----------------------------------------------------------------------

LEVEL = {
    "beliefs.prior_mean": 0.2, "beliefs.prior_weight": 10.0, "beliefs.one_way_weight": 1.0,
    "beliefs.stranger_weight": 1.0, "beliefs.faculty_weight": 1.0, "beliefs.repeat_weight": 0.0,
    "beliefs.evidence_half_life": 1e300, "reading.live_days": 60.0, "beliefs.silence_weight": 1.0,
}  # fmt: skip


def _everybody_speaks(n_agents: int, seed: int) -> SupportNetworkModel:
    """All write one post, strugglers of their struggle, and all read everything."""
    world = still(EVERYBODY_EVERY_STEP, LEVEL, {"agents": n_agents, "days": 2})
    return lived(world, seed, Says(rows=np.arange(n_agents), kind=None, each_step=2000))


@PATTERNS.register("counting")
def counting(seed: int) -> Values:
    """The friendship paradox, the majority illusion and Beta-Bernoulli learning, as readers meet them."""
    model = _everybody_speaks(4000, seed)
    counts, posts, graph = model.world.graph.follower_counts.astype(float), model.posts, model.world.graph
    struggling = np.zeros(graph.n_agents)
    struggling[posts.author] = posts.kind == Kind.STRUGGLE
    met = float((counts[posts.author] * posts.views).sum() / posts.views.sum())
    seen = float(model.engine.column("disclosing").sum() / model.engine.column("authors").sum())
    covariance = (counts * struggling).mean() - counts.mean() * struggling.mean()
    follower = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
    strugglers = np.bincount(follower, weights=struggling[graph.followed], minlength=graph.n_agents)
    expected = (10.0 * 0.2 + strugglers) / (10.0 + graph.followed_counts)
    return {
        "friendship": met / float((counts**2).mean() / counts.mean()),
        "illusion": seen - float(struggling.mean() + covariance / counts.mean()),
        "belief": float(np.abs(model.engine.column("believed") - expected).max()),
    }


# --- 7, 10 and 12: reading --------------------------------------------------------------------------------------------


@PATTERNS.register("activity")
def activity(seed: int) -> Values:
    """Sessions a day over l under a full swing of the day, and the Gini coefficient of rates less erf(sigma / 2)."""
    rates = np.array([0.5, 2.0, 12.0]).repeat(2000)
    network = graph_of(len(rates), [], session_rate=rates, posting_rate=rates)
    posts = lived(still({"activity.diurnal_amplitude": 1.0, "days": 2}, network=network), seed).posts
    drawn = {"agents": 50_000, "network": {"type": "ring"}, "days": 0, "activity.sessions_sigma": 1.0,
             "activity.sessions_minimum": 0.0}  # fmt: skip
    found = np.sort(alive(still(drawn), seed).world.population.session_rate)
    ranks = np.arange(1, len(found) + 1)
    gini = float(2.0 * (ranks * found).sum() / (len(found) * found.sum()) - (len(found) + 1) / len(found))
    return {"sessions": len(posts.key) / float(2.0 * rates.sum()), "gini": gini - float(erf(0.5))}


def _seen(sessions: float, lam: float, scan_mean: float, days: tuple[int, int], seed: int) -> float:
    """Share of posts seen by six readers of each of 300 authors; the first days count, the others let posts age."""
    authors, each = 300, 6
    reader = authors + np.arange(authors * each)
    writes = np.arange(authors * (1 + each)) < authors
    network = graph_of(
        len(writes), [(np.repeat(np.arange(authors), each), reader)],
        session_rate=np.where(writes, lam, sessions), posting_rate=np.where(writes, lam, 0.0),
    )  # fmt: skip
    posts = lived(still({"reading.scan_mean": scan_mean, "days": sum(days)}, network=network), seed).posts
    counted = posts.step < days[0] * 96
    return float(posts.views[counted].sum() / (each * counted.sum()))


DAYS = {(2.0, 20.0, 30.0): (4, 6), (1.0, 100.0, 30.0): (3, 4), (5.0, 400.0, 20.0): (2, 1)}
"""For each check of the visibility law the days that count and those after which nothing more is seen."""


@PATTERNS.register("visibility")
def visibility(seed: int) -> Values:
    """P(seen) for three triples of sessions, arrivals and length of a scan."""
    names = ("rare_posts", "many_posts", "flood")
    checks = zip(names, laws.SIGHTS, strict=True)
    return {name: _seen(*check, DAYS[check], seed) for name, check in checks}


@PATTERNS.register("first_reply")
def first_reply(seed: int) -> Values:
    """Share of posts without a reply after a quarter of a day, over what forty followers who read in steps make it."""
    groups, sources, k, days = 60, 4, 40, 6
    minutes, reply, steps = 36.0, 0.02, 10
    author = np.arange(groups)
    readers = groups + np.arange(groups * k).reshape(groups, k)
    source = groups * (1 + k) + np.arange(groups * sources).reshape(groups, sources)
    arcs = [(author[:, None], readers), (source[:, np.arange(k) % sources], readers)]
    rate = np.concatenate([np.ones(groups), np.full(groups * k, 2.0), np.full(groups * sources, 60.0)])
    network = graph_of(len(rate), arcs, session_rate=rate, posting_rate=np.where(rate == 60.0, rate, 0.0))
    settings = {"reading.scan_mean": 30.0, "reactions.reply": reply, "days": days, "step_minutes": minutes}
    posts = lived(still(settings, network=network), seed, Says(rows=author, every_days=1.0)).posts
    asked = np.flatnonzero((posts.author < groups) & (posts.parent < 0))
    first = np.full(len(posts.author), 10_000)
    replies = posts.parent >= 0
    np.minimum.at(first, posts.root[replies], (posts.step - posts.step[posts.root])[replies])
    law = laws.unanswered_in_steps(steps, np.full(k, 2.0), np.full(k, 60.0), 30.0, reply, minutes / 1440.0)
    return {"unanswered": float(np.mean(first[asked] > steps)) / law}


# --- 11 and 16: health ------------------------------------------------------------------------------------------------

BY_DAY = {"step_minutes": 1440.0, "activity.sessions_median": 1e-9, "activity.sessions_minimum": 0.0}
INDIFFERENT = {"help.stigma": 0.0, "help.fear": 0.0, "help.norm": 0.0, "help.encouragement": 0.0}


def _alone(n_agents: int, mean: float, *more: dict[str, Any]) -> Parameters:
    """People who follow nobody, with one mean of distress."""
    means = {f"distress.mean_{role}": mean for role in ("student", "resident", "faculty", "other")}
    return still(BY_DAY, means, *more, network=graph_of(n_agents, [], role=0))


@PATTERNS.register("distress")
def distress(seed: int) -> Values:
    """Spread of the passing state, and the share above the cut on one day and on any of four quarterly ones."""
    model = alive(_alone(10_000, 6.4, {"days": 274}), seed)
    looks = []
    for day in (1, 92, 183, 274):
        model.run(day - model.day)
        looks.append(model.engine.column("struggler").astype(bool))
    return {
        "state_sd": float(model.engine.column("state").std()),
        "above": float(looks[0].mean()),
        "ever_above": float(np.any(looks, axis=0).mean()),
    }


@PATTERNS.register("treatment")
def treatment(seed: int) -> Values:
    """Share of strugglers with a hazard of 15.7% a year (C-02) who enter treatment in 90 days."""
    settings = {"days": 90, "distress.trait_sd": 0.0, "distress.state_sd": 0.0, "help.hazard_student": 4.7e-4}
    model = lived(_alone(10_000, 20.0, INDIFFERENT, settings), seed)
    return {"entered": float(np.mean(model.engine.column("treated_since") >= 0))}


# --- 14, 15 and 17 ----------------------------------------------------------------------------------------------------

BUSY = {
    "agents": 1000, "days": 4, "warmup_days": 1, "disclosure.intercept": -1.0, "reactions.reply": 0.1,
    "adoption.first_exposure": 0.1, "posting.misinformation": 0.1, "activity.posts_median": 15.0,
}  # fmt: skip
COMPARED = ("disclosing", "authors", "believed", "stigma", "perceived", "fear", "distress", "adopted", "views")


def _differences(one: SupportNetworkModel, other: SupportNetworkModel) -> int:
    """Columns of people and posts that differ between two runs."""
    columns = [[model.engine.column(name) for name in COMPARED] + list(model.posts) for model in (one, other)]
    return sum(not np.array_equal(here, there) for here, there in zip(*columns, strict=True))


@PATTERNS.register("neutrality")
def neutrality(seed: int) -> Values:
    """What a blind detector and an arm before its onset change, and how far belief rises where nobody discloses."""
    world = Parameters().with_values(BUSY)
    none = lived(world, seed, Hashtag())
    blind = Moderation.model_validate({"regime": "automatic_removal", "sensitivity": 0.0, "false_positive_rate": 0.0})
    late = Moderation.model_validate({"regime": "automatic_removal", "start_day": 3.0})
    before = [lived(world, seed, Hashtag(), *actions, days=4.0) for actions in ((), (late,))]
    silent = lived(world.with_values({"disclosure.intercept": -1e9}), seed)
    rise = silent.engine.column("believed").max() - world.beliefs.prior_mean
    return {
        "blind": float(_differences(none, lived(world, seed, Hashtag(), blind))),
        "before_onset": float(_differences(*before)),
        "silent_rise": max(0.0, float(rise)),
    }


def _virality(network: FollowerGraph, days: int, seed: int) -> float:
    """Mean structural virality of posts by agent 0 that everybody passes on when they are new."""
    settings = {"days": days, "reactions.retweet": 1.0, "reading.live_days": 60.0}
    world = still(EVERYBODY_EVERY_STEP, settings, network=network)
    model = lived(world, seed, Says(rows=[0]), outcomes=("structural_virality",))
    last = model.outcomes.filter((model.outcomes["group"] == "all") & (model.outcomes["day"] == float(days)))
    return float(last["value"].item())


@PATTERNS.register("virality")
def virality(seed: int) -> Values:
    """Structural virality of a star of 1,000 and of a path of 40."""
    star = graph_of(1000, [(0, np.arange(1, 1000))])
    path = graph_of(40, [(np.arange(39), np.arange(1, 40))])
    return {"star": _virality(star, 1, seed), "path": _virality(path, 11, seed)}


@PATTERNS.register("loud_author")
def loud_author(seed: int) -> Values:
    """How far S of 1,000 readers moves by one author who discloses daily, less by one who did so once; r_rep = 0."""
    network = graph_of(1001, [(0, np.arange(1, 1001))], role=3)
    settings = {"days": 20, "beliefs.repeat_weight": 0.0, "reading.live_days": 60.0}
    world = still(EVERYBODY_EVERY_STEP, settings, network=network)
    found = [lived(world, seed, Says(rows=[0], kind=Kind.STRUGGLE, every_days=every)) for every in (1.0, None)]
    evidence = [model.engine.column("disclosing")[1:] for model in found]
    return {"surplus": float(np.abs(evidence[0] - evidence[1]).max()), "counted": float(evidence[1].mean())}
