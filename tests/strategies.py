"""Hypothesis strategies for worlds: graphs, settings across their allowed ranges, interventions and regimes."""

from typing import Any

from hypothesis import strategies as st

from simulation import (
    Contact,
    EliteDisclosure,
    FacultyPledge,
    FeedDesign,
    Guidelines,
    Hashtag,
    Intervention,
    Licensing,
    Moderation,
    NormCorrection,
    Parameters,
    Privacy,
    Routing,
    Seeds,
    Target,
    TweetChat,
    UseLimit,
    declarations,
)

NETWORKS: tuple[dict[str, Any], ...] = (
    {"type": "popularity"},
    {"type": "complete"},
    {"type": "ring"},
    {"type": "star"},
    {"type": "growth"},
    {"type": "block"},
    {"type": "configuration"},
    {"type": "configuration", "followers": {"law": "fixed", "mean": 0}, "followed": {"law": "fixed", "mean": 0}},
)
"""Heavy-tailed, dense, lattice, star, communities, disconnected and empty graphs."""

ROLES: tuple[dict[str, float], ...] = (
    {},
    {"student": 0.3, "resident": 0.2, "faculty": 0.2, "other": 0.1, "public": 0.2},
)
"""The usual shares, and with patients and carers among them."""

SHAPE = ("agents", "days", "warmup_days", "step_minutes")
SPREADS = ("beliefs.stigma_mean", "beliefs.stigma_sd", "help.in_person_mean", "help.in_person_sd")
"""Pairs that must fit each other; drawn within ranges in which they do."""
NUMBERS = [
    declared
    for declared in declarations(Parameters)
    if declared.type in ("float", "int")
    and declared.path not in (*SHAPE, *SPREADS)
    and not declared.path.startswith(("network", "population.roles"))
]
"""Every number of the parameters that can be drawn on its own."""


def _value(declared: Any, *, extreme: bool) -> st.SearchStrategy[Any]:
    """A value of a setting, within its plausible range or, now and then, anywhere allowed (open ends are cut)."""
    low, high = declared.plausible or (declared.low, declared.high)
    if extreme:
        low, high = max(declared.low, -20.0), min(500.0 if declared.high is None else declared.high, 500.0)
    if declared.type == "int":
        return st.integers(int(low), int(high))
    return st.floats(low, high)


@st.composite
def settings(draw: st.DrawFn, most_agents: int = 120) -> Parameters:
    """Settings of a small world, a third of all numbers drawn anew."""
    chosen = draw(st.lists(st.sampled_from(NUMBERS), unique_by=lambda declared: declared.path, max_size=40))
    values = {declared.path: draw(_value(declared, extreme=draw(st.booleans()))) for declared in chosen}
    values |= {
        "network": draw(st.sampled_from(NETWORKS)),
        "agents": draw(st.sampled_from([size for size in (2, 5, 20, 60, 120) if size <= most_agents])),
        "days": draw(st.sampled_from([2, 9, 12])),
        "warmup_days": draw(st.sampled_from([0, 1, 3])),
        "step_minutes": draw(st.sampled_from([15.0, 30.0, 60.0, 180.0, 1440.0])),
        "beliefs.stigma_mean": draw(st.floats(0.2, 0.8)),
        "help.in_person_mean": draw(st.floats(0.3, 0.7)),
        "support.lonely_reply_counts": draw(st.booleans()),
        "reading.ranked": draw(st.booleans()),
        "population.roles": draw(st.sampled_from(ROLES)),
    }
    return Parameters().with_values(values)


def hashtags(breadth: str) -> st.SearchStrategy[Hashtag]:
    """Support tags that begin and perhaps end."""
    seeds = st.builds(
        Seeds, who=st.sampled_from(["hubs", "random", "faculty", "superusers"]), count=st.sampled_from([0, 3, 20])
    )
    return st.builds(
        Hashtag,
        breadth=st.just(breadth),
        start_day=st.sampled_from([0.0, 1.0, 1.5]),
        end_day=st.sampled_from([None, 5.0]),
        target=targets(),
        seeds=seeds,
    )


def moderations() -> st.SearchStrategy[Moderation]:
    """Every regime, with odd desks among them."""
    return st.builds(
        Moderation,
        regime=st.sampled_from(
            ["none", "guidelines", "reactive", "automatic_review", "automatic_removal", "pre_moderation"]
        ),
        start_day=st.sampled_from([0.0, 1.0]),
        end_day=st.sampled_from([None, 6.0]),
        target=targets(),
        explanation=st.booleans(),
        reports_needed=st.sampled_from([None, 1]),
        servers=st.sampled_from([None, 1, 3]),
        service_minutes=st.sampled_from([None, 0.0, 2000.0]),
        labelled=st.sampled_from([("misinformation",), (), ("privacy", "derogatory")]),
    )


def targets() -> st.SearchStrategy[Target | None]:
    """Groups in which there is somebody in any world: by chance and by degree rank."""
    group = st.builds(
        Target,
        share=st.sampled_from([0.0, 0.3, 1.0]),
        sample=st.integers(0, 2),
        top_share=st.sampled_from([None, 0.5]),
    )
    return st.none() | group


def campaigns() -> st.SearchStrategy[Intervention]:
    """Interventions on what people are, think and do, in groups that overlap."""
    span: dict[str, Any] = {
        "target": targets(),
        "start_day": st.sampled_from([0.0, 1.0, 1.25]),
        "end_day": st.sampled_from([None, 1.5, 5.0]),
    }
    again = st.sampled_from([None, 0.5, 2.0])
    return st.one_of(
        st.builds(Guidelines, effect=st.sampled_from([None, 0.0, 0.5, 1.0]), **span),
        st.builds(Contact, contacts=st.floats(0.0, 100.0), weight=st.floats(0.0, 2.0), every_days=again, **span),
        st.builds(NormCorrection, prevalence=st.floats(0.0, 1.0), stigma=st.floats(0.0, 1.0), every_days=again, **span),
        st.builds(Licensing, factor=st.floats(0.0, 2.0), **span),
        st.builds(Privacy, protected_share=st.floats(0.0, 1.0), pseudonymous_share=st.floats(0.0, 1.0), **span),
        st.builds(UseLimit, minutes=st.floats(0.0, 20.0), **span),
    )


def designs() -> st.SearchStrategy[list[Intervention]]:
    """Two designs of feeds, one after the other."""
    levers: dict[str, Any] = {
        "design": st.sampled_from(["chronological", "ranked"]),
        "target": targets(),
        "hierarchy": st.sampled_from([None, 0.0, 0.5, 1.0]),
        "mutual": st.sampled_from([None, 0.0, 3.0]),
    }
    first = st.builds(FeedDesign, end_day=st.sampled_from([1.5, 3.0]), **levers)
    return st.tuples(first, st.builds(FeedDesign, start_day=st.just(3.0), **levers)).map(list)


def helpers() -> st.SearchStrategy[Intervention]:
    """People who are to help more than others."""
    span: dict[str, Any] = {
        "target": targets(),
        "start_day": st.sampled_from([0.0, 1.0, 1.25]),
        "end_day": st.sampled_from([None, 5.0]),
    }
    return st.one_of(
        st.builds(FacultyPledge, factor=st.floats(0.0, 30.0), **span),
        st.builds(EliteDisclosure, count=st.integers(1, 9), every_days=st.sampled_from([None, 0.5, 2.0]), **span),
        st.builds(
            Routing,
            delay_hours=st.sampled_from([0.0, 2.0, 30.0]),
            capacity=st.sampled_from([0, 1, 5]),
            copies=st.sampled_from([1, 3]),
            **span,
        ),
    )


def under_the_general_tag() -> st.SearchStrategy[Intervention]:
    """What needs the general tag: chats, and disclosures that carry it."""
    span: dict[str, Any] = {"start_day": st.sampled_from([0.0, 1.0, 1.25]), "end_day": st.sampled_from([None, 5.1])}
    return st.one_of(
        st.builds(EliteDisclosure, tag=st.just("general support"), target=targets(), **span),
        st.builds(
            TweetChat,
            every=st.sampled_from(["day", "week"]),
            weekday=st.sampled_from(["monday", "tuesday", "wednesday"]),
            hour=st.sampled_from([0.0, 12.3, 23.0]),
            purpose=st.floats(0.0, 1.0),
            publicity=st.sampled_from([0.0, 0.5, 1.0]),
            moderators=st.integers(0, 3),
            moderator_role=st.sampled_from(["anybody", "superuser", "faculty", "student"]),
            target=targets(),
            **span,
        ),
    )


@st.composite
def interventions(draw: st.DrawFn) -> list[Intervention]:
    """At most one general and one specialty tag, perhaps chats, moderation and feed designs, and some campaigns."""
    kinds = (hashtags("general"), hashtags("specialty"), moderations())
    chosen: list[Intervention] = [draw(kind) for kind in kinds if draw(st.booleans())]
    if "general support" in [tag.name for action in chosen for tag in action.tags()]:
        chosen += draw(st.lists(under_the_general_tag(), max_size=3))
    chosen += draw(designs()) if draw(st.booleans()) else []
    return chosen + draw(st.lists(st.one_of(campaigns(), helpers()), max_size=5))
