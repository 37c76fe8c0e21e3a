"""Who the people are: one array per attribute, drawn by address or taken from a node table.

`draw_classes` comes before the follower graph (the graph depends on role, specialty and community), `draw_population`
after it (activity may depend on the number of followers). Axis: N agents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

from simulation import draws, rules
from simulation._compile import compiled
from simulation.draws import Decision
from simulation.generators import ROLES, SPECIALTIES, Classes
from simulation.graph import FollowerGraph
from simulation.parameters import BeliefSettings, DistressSettings, Parameters

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STUDENT, RESIDENT, FACULTY, OTHER, PUBLIC = range(len(ROLES))
STANDING = (-0.5, 0.0, 0.5, 0.0, 0.0)
"""Rank of each role for attention under a hierarchy (z_role)."""


@dataclass(frozen=True, eq=False)
class Population:
    """What is fixed about each agent, and the state in which each one begins; all arrays [N].

    Args:
        role: code of `ROLES`; specialty: code of `SPECIALTIES`; community: number of the school.
        trainee: student or resident.
        clock: hours to add to the common clock for the local hour online (time zone, night shift).
        session_rate: l_i, per day; posting_rate: a_i, posts per day, at most l_i.
        protected, pseudonymous, superuser, new_resident, guided: flags.
        visits: factor of all reaction chances, mean 1 over expected views.
        trait: b_i; state: y_i on day 0 of the warm-up; distress: d_i, points.
        stigma: s_i; perceived: q_i; fear: c_i; in_person: f0_i; each 0 to 1.
        hazard: base hazard of help-seeking, per day.
        visibility: v_i, career visibility of the account.
        same_specialty, other_specialty: normalised likeness factors (numbers, not arrays).
    """

    role: NDArray[np.int8]
    specialty: NDArray[np.int8]
    community: NDArray[np.int32]
    trainee: Flags
    clock: Floats
    session_rate: Floats
    posting_rate: Floats
    protected: Flags
    pseudonymous: Flags
    superuser: Flags
    new_resident: Flags
    guided: Flags
    visits: Floats
    trait: Floats
    state: Floats
    distress: Floats
    stigma: Floats
    perceived: Floats
    fear: Floats
    in_person: Floats
    hazard: Floats
    visibility: Floats
    same_specialty: float
    other_specialty: float

    def __len__(self) -> int:
        return len(self.role)


def draw_classes(parameters: Parameters, n_agents: int, given: Mapping[str, NDArray[Any]], seed: int) -> Classes:
    """Role, specialty and community of each agent; arrays in `given` are taken as they are."""
    agents = np.arange(n_agents)
    shares = parameters.population.roles
    edges = np.cumsum([shares.student, shares.resident, shares.faculty, shares.other])
    if not shares.public:
        edges = edges[:-1]  # rounding must not make a public of the last few
    communities = parameters.population.communities(n_agents)

    def share(decision: int) -> Floats:
        return draws.uniforms(seed, decision, agents, 0)

    drawn = {
        "role": np.searchsorted(edges, share(Decision.ROLE), side="right"),
        "specialty": np.floor(share(Decision.SPECIALTY) * len(SPECIALTIES)),
        "community": np.floor(share(Decision.COMMUNITY) * communities),
    }
    chosen = {name: np.asarray(given.get(name, values)) for name, values in drawn.items()}
    return Classes(
        n_agents,
        chosen["role"].astype(np.int8),
        chosen["specialty"].astype(np.int8),
        chosen["community"].astype(np.int32),
    )


def draw_population(parameters: Parameters, classes: Classes, graph: FollowerGraph, seed: int) -> Population:
    """Everything else about the agents, given their classes and the graph; `graph.attributes` take precedence."""
    settings, given = parameters.population, graph.attributes
    agents = np.arange(classes.n_agents)

    def flag(name: str, decision: int, share: float) -> Flags:
        drawn = draws.uniforms(seed, decision, agents, 0) < share
        return np.asarray(given.get(name, drawn)).astype(np.bool_)

    posting, sessions = _activity(parameters, graph, given, seed)
    protected = flag("protected", Decision.PROTECTED, settings.protected_share)
    pseudonymous = ~protected & flag("pseudonymous", Decision.PSEUDONYM, settings.pseudonymous_share)
    resident = classes.role == RESIDENT
    trait, state, distress = _distress(parameters.distress, classes.role, seed)
    stigma, perceived, fear = _beliefs(parameters.beliefs, classes.role, distress, parameters.distress, seed)
    same, other = _likeness(parameters.reactions.same_specialty, classes.specialty, graph)
    return Population(
        role=classes.role,
        specialty=classes.specialty,
        community=classes.community,
        trainee=classes.role <= RESIDENT,
        clock=_clock(parameters, resident, given, seed),
        session_rate=sessions,
        posting_rate=posting,
        protected=protected,
        pseudonymous=pseudonymous,
        superuser=flag("superuser", Decision.SUPERUSER, settings.superuser_share),
        new_resident=resident & flag("new_resident", Decision.COHORT, parameters.distress.new_resident_share),
        guided=np.asarray(given.get("guided", np.zeros(classes.n_agents))).astype(np.bool_),
        visits=_visits(parameters, posting, sessions, graph),
        trait=trait,
        state=state,
        distress=distress,
        stigma=stigma,
        perceived=perceived,
        fear=fear,
        in_person=_beta(draws.uniforms(seed, Decision.IN_PERSON, agents, 0), parameters.help.in_person_mean,
                        parameters.help.in_person_sd),
        hazard=_by_role(classes.role, parameters.help, "hazard"),
        visibility=_visibility(parameters, protected, pseudonymous),
        same_specialty=same,
        other_specialty=other,
    )  # fmt: skip


def _by_role(role: NDArray[np.int8], settings: object, prefix: str) -> Floats:
    """The setting `<prefix>_<role>` of each agent."""
    return np.array([getattr(settings, f"{prefix}_{name}") for name in ROLES], dtype=np.float64)[role]


def _beta(u: Floats, mean: float, sd: float) -> Floats:
    """Beta quantiles with given mean and standard deviation; sd^2 must lie below mean (1 - mean)."""
    size = mean * (1.0 - mean) / sd**2 - 1.0
    return np.asarray(betaincinv(mean * size, (1.0 - mean) * size, u), dtype=np.float64)


def _clock(parameters: Parameters, resident: Flags, given: Mapping[str, NDArray[Any]], seed: int) -> Floats:
    """Hours to add to the common clock: time zone, less the shift of residents who work at night."""
    agents = np.arange(len(resident))
    zones = np.array(parameters.population.time_zones)
    place = np.floor(draws.uniforms(seed, Decision.TIME_ZONE, agents, 0) * len(zones)).astype(np.int64)
    zone = np.asarray(given.get("time_zone", zones[place]), dtype=np.float64)
    drawn = draws.uniforms(seed, Decision.NIGHT_SHIFT, agents, 0) < parameters.population.night_shift_share
    night = np.asarray(given.get("night_shift", resident & drawn)).astype(np.bool_)
    return zone - np.where(night, parameters.population.night_shift_hours, 0.0)


def _activity(
    parameters: Parameters, graph: FollowerGraph, given: Mapping[str, NDArray[Any]], seed: int
) -> tuple[Floats, Floats]:
    """Posting rates a and session rates l, per day: log-normal, tied by a Gaussian copula, cut, l raised to a."""
    settings = parameters.activity
    agents = np.arange(graph.n_agents)
    own = draws.normals(seed, Decision.ACTIVITY, agents, 0)
    with_rank = 2.0 * np.sin(np.pi / 6.0 * settings.correlation_with_followers)
    place = np.lexsort((draws.uniforms(seed, Decision.FOLLOWER_RANK, agents, 0), graph.follower_counts)).argsort()
    score = ndtri((place + 0.5) / max(1, graph.n_agents))
    writes = with_rank * score + np.sqrt(1.0 - with_rank**2) * own
    visits = settings.correlation * writes + np.sqrt(1.0 - settings.correlation**2) * draws.normals(
        seed, Decision.SESSION_RATE, agents, 0
    )
    posting = np.minimum(settings.posts_median / 30.0 * np.exp(settings.posts_sigma * writes), settings.maximum)
    sessions = np.clip(
        settings.sessions_median * np.exp(settings.sessions_sigma * visits), settings.sessions_minimum, settings.maximum
    )
    posting = np.asarray(given.get("posting_rate", posting), dtype=np.float64)
    sessions = np.asarray(given.get("session_rate", sessions), dtype=np.float64)
    return posting, np.maximum(sessions, posting)


def _visits(parameters: Parameters, posting: Floats, sessions: Floats, graph: FollowerGraph) -> Floats:
    """(l / median l)^power for each agent, normalised to mean 1 over expected views (visibility law)."""
    followed = np.repeat(np.arange(graph.n_agents), graph.followed_counts)
    arrivals = np.bincount(followed, weights=posting[graph.followed], minlength=graph.n_agents)
    median, reading = float(np.median(sessions)), parameters.reading
    views, raw = _views_and_factors(sessions, arrivals, reading.scan_mean, median, parameters.reactions.session_power)
    mean = (views * raw).sum() / views.sum() if views.sum() > 0 else 1.0
    return np.asarray(raw / mean, dtype=np.float64)


@compiled
def _views_and_factors(
    sessions: Floats, arrivals: Floats, scan_mean: float, median: float, power: float
) -> tuple[Floats, Floats]:
    """Expected views per day and the factor of frequent visits before normalisation, both [N]."""
    views, factors = np.empty(len(sessions)), np.empty(len(sessions))
    for agent in range(len(sessions)):
        views[agent] = rules.expected_views(sessions[agent], scan_mean, arrivals[agent])
        factors[agent] = rules.visits_factor(sessions[agent], median, power)
    return views, factors


def _likeness(same: float, specialty: NDArray[np.int8], graph: FollowerGraph) -> tuple[float, float]:
    """Factors for same and other specialty with mean 1 over all ties."""
    if graph.n_arcs == 0:
        return same, 1.0
    share = float(np.mean(specialty[graph.authors] == specialty[graph.followers]))
    mean = 1.0 + (same - 1.0) * share
    return (same / mean, 1.0 / mean) if mean > 0 else (same, 1.0)


def _distress(settings: DistressSettings, role: NDArray[np.int8], seed: int) -> tuple[Floats, Floats, Floats]:
    """Trait b, state y and distress d = clip(b + y, 0, 27)."""
    agents = np.arange(len(role))
    trait = _by_role(role, settings, "mean") + settings.trait_sd * draws.normals(seed, Decision.TRAIT, agents, 0)
    state = settings.state_sd * draws.normals(seed, Decision.STATE, agents, 0)
    return trait, state, np.clip(trait + state, 0.0, 27.0)


def _beliefs(
    settings: BeliefSettings, role: NDArray[np.int8], distress: Floats, scale: DistressSettings, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Personal stigma s, perceived public stigma q (higher for the distressed) and career fear c."""
    agents = np.arange(len(role))
    stigma = _beta(draws.uniforms(seed, Decision.STIGMA, agents, 0), settings.stigma_mean, settings.stigma_sd)
    sd = max(float(np.hypot(scale.trait_sd, scale.state_sd)), 1e-12)
    score = (distress - distress.mean()) / sd
    noise = settings.perceived_sd * draws.normals(seed, Decision.PERCEIVED_STIGMA, agents, 0)
    level = settings.stigma_mean + settings.perceived_shift
    perceived = np.clip(level + settings.perceived_distress * score + noise, 0.0, 1.0)
    return stigma, perceived, _fear(settings, role, seed)


def _fear(settings: BeliefSettings, role: NDArray[np.int8], seed: int) -> Floats:
    """Career fear [N]; patients and carers have no licence to lose."""
    noise = settings.fear_sd * draws.normals(seed, Decision.FEAR, np.arange(len(role)), 0)
    means = [getattr(settings, f"fear_{name}") for name in ROLES[:PUBLIC]]
    return np.where(role == PUBLIC, 0.0, np.clip(np.array([*means, 0.0])[role] + noise, 0.0, 1.0))


def _visibility(parameters: Parameters, protected: Flags, pseudonymous: Flags) -> Floats:
    """Career visibility of each account: public 1; protected comes before pseudonymous."""
    settings = parameters.disclosure
    return np.select(
        [protected, pseudonymous], [settings.visibility_protected, settings.visibility_pseudonymous], default=1.0
    )


def expected_prevalence(mean: float, settings: DistressSettings) -> float:
    """Share above the cut among people of this mean distress when nothing else acts: Phi((mean - cut) / sd)."""
    return float(ndtr((mean - settings.cut) / np.hypot(settings.trait_sd, settings.state_sd)))
