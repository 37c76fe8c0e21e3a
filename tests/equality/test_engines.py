"""The two engines are one model: the same events, outcomes and states, bit for bit, on any world.

The engine `agents` is read and taught from; the engine `kernels` is fast. Their equality is how we know that the fast
one is right, so nothing here tolerates a difference.
"""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from simulation import (
    INTERVENTIONS,
    OUTCOMES,
    EventLog,
    Hashtag,
    Intervention,
    Moderation,
    Parameters,
    Seeds,
    SupportNetworkModel,
)
from simulation.errors import InputError
from simulation.posts import OWN_SLOTS
from simulation.world import COUNTERS, STATE
from tests import strategies
from tests.lively import ALL_MODULES, ALL_TWELVE, CAMPAIGNS, LIVELY, LIVELY_ACTIONS

SEEDS = st.integers(0, 2**63 - 1)
ENGINES = ({"engine": "agents"}, {"engine": "kernels"})


def assert_same_events(
    parameters: Parameters,
    actions: list[Intervention],
    seed: int,
    options: tuple[dict[str, Any], dict[str, Any]] = ENGINES,
) -> None:
    """Run one world in two ways and compare everything that can be asked of it."""
    one, other = (
        SupportNetworkModel(parameters, rng=seed, interventions=actions, events=EventLog(sample=9), **chosen)
        for chosen in options
    )
    one.run()
    other.run()
    for name, table in one.tables.items():
        assert table.equals(other.tables[name]), f"table {name}"
    assert one.outcomes.equals(other.outcomes), "outcomes"
    for name in STATE + COUNTERS:
        assert np.array_equal(one.engine.column(name), other.engine.column(name)), f"column {name}"
    for name, table in one.events.items():
        assert table.equals(other.events[name]), f"event log {name}"
    for flags, others in zip(one.engine.remembered(), other.engine.remembered(), strict=True):
        assert np.array_equal(flags, others), "memory"
    assert one.engine.adoptions == other.engine.adoptions
    assert one.engine.cases == other.engine.cases
    assert np.array_equal(one.engine.exposures, other.engine.exposures)
    assert one.engine.ties == other.engine.ties
    assert one.engine.fixes == other.engine.fixes
    for mine, theirs in zip(one.engine.occasions, other.engine.occasions, strict=True):
        assert mine[:4] == theirs[:4]
        assert np.array_equal(mine.agents, theirs.agents)
        assert np.array_equal(mine.moderators, theirs.moderators)


@budget(max_examples=60, suppress_health_check=list(HealthCheck))
@given(strategies.settings(), strategies.interventions(), SEEDS)
@pytest.mark.filterwarnings("ignore::simulation.SupportnetWarning")
@example(LIVELY, LIVELY_ACTIONS, 1)
@example(LIVELY, CAMPAIGNS, 3)
@example(ALL_MODULES, ALL_TWELVE, 4)
def test_both_engines_tell_the_same_story(parameters: Parameters, actions: list[Intervention], seed: int) -> None:
    assert_same_events(parameters, actions, seed)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::simulation.SupportnetWarning")
@budget(max_examples=400, suppress_health_check=list(HealthCheck))
@given(strategies.settings(), strategies.interventions(), SEEDS)
def test_both_engines_tell_the_same_story_in_four_hundred_worlds(
    parameters: Parameters, actions: list[Intervention], seed: int
) -> None:
    assert_same_events(parameters, actions, seed)


def test_the_desk_is_told_of_a_post_in_its_step_also_where_rings_have_to_grow_before_it_is_delivered():
    crowded = {
        "agents": 60, "days": 2, "warmup_days": 0, "step_minutes": 30.0, "reading.ranked": True,
        "reactions.retweet": 0.09375, "reactions.reply": 0.5, "reactions.like_per_reply": 2.0,
        "reactions.superuser_reply": 1.0, "beliefs.stigma_mean": 0.5, "support.lonely_reply_counts": False,
        "help.in_person_mean": 0.5,
    }  # fmt: skip
    world = Parameters.model_validate({"network": {"type": "complete"}}).with_values(crowded)
    assert_same_events(world, [Moderation(regime="automatic_review", start_day=0.0)], 6)


SMALL = {"agents": 25, "days": 4, "warmup_days": 1, "step_minutes": 60.0, "activity.posts_median": 30.0}


def within_four_days(actions: list[Intervention]) -> list[Intervention]:
    """The same interventions in less time."""
    return [action.model_copy(update={"start_day": action.start_day / 3, "end_day": 3.5}) for action in actions]


def small_worlds() -> None:
    """A few worlds small enough for loops that are not compiled."""
    parameters = LIVELY.with_values(SMALL)
    assert_same_events(parameters, LIVELY_ACTIONS, 1)
    unlike = {"network": {"type": "complete"}, "support.lonely_reply_counts": False, "reading.feed_length": 5}
    held = [Hashtag(breadth="specialty", seeds=Seeds(count=12)), Moderation(regime="pre_moderation", end_day=2.0)]
    assert_same_events(parameters.with_values(unlike), held, 2)
    assert_same_events(parameters, within_four_days(CAMPAIGNS), 3)
    assert_same_events(ALL_MODULES.with_values(SMALL | {"agents": 60}), within_four_days(ALL_TWELVE), 4)
    forgetful = {"reading.strangers_remembered": 1, "reading.live_days": 1.0, "reactions.retweet": 0.5}
    assert_same_events(parameters.with_values(forgetful), [], 2**63 - 1)


def test_the_loops_mean_the_same_when_they_are_not_compiled() -> None:
    """In a process of its own, with compilation switched off and every warning an error but those about the arms."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    code = (
        "import warnings; from simulation import SupportnetWarning; "
        "warnings.simplefilter('ignore', SupportnetWarning); "
        "from tests.equality.test_engines import small_worlds; small_worlds()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("threads", [2, 3, 4])
@pytest.mark.filterwarnings("ignore::simulation.SupportnetWarning")
@budget(max_examples=8, suppress_health_check=list(HealthCheck))
@given(strategies.settings(), strategies.interventions(), SEEDS)
@example(LIVELY, LIVELY_ACTIONS, 1)
@example(ALL_MODULES, ALL_TWELVE, 4)
def test_any_number_of_threads_tells_the_same_story(
    threads: int, parameters: Parameters, actions: list[Intervention], seed: int
) -> None:
    assert_same_events(parameters, actions, seed, ({"threads": 1}, {"threads": threads}))


@pytest.mark.filterwarnings("ignore::simulation.SupportnetWarning")
@budget(max_examples=10, suppress_health_check=list(HealthCheck))
@given(strategies.settings(), strategies.interventions(), SEEDS)
@example(LIVELY, LIVELY_ACTIONS, 1)
@example(ALL_MODULES, ALL_TWELVE, 4)
def test_steps_that_somebody_looks_at_are_the_steps_that_nobody_looks_at(
    parameters: Parameters, actions: list[Intervention], seed: int
) -> None:
    """Unwatched steps are computed together, watched ones one by one."""
    unwatched, watched = (SupportNetworkModel(parameters, rng=seed, interventions=actions) for _ in range(2))
    unwatched.run()
    while watched.running:
        watched.step()
        watched.engine.column("distress")
    assert unwatched.outcomes.equals(watched.outcomes)
    for name, table in unwatched.tables.items():
        assert table.equals(watched.tables[name]), f"table {name}"


def test_forgetting_posts_changes_neither_people_nor_struggles_nor_answers_to_them() -> None:
    kept, forgetful = (
        SupportNetworkModel(LIVELY, rng=1, interventions=LIVELY_ACTIONS, keep_posts=keep, outcomes=("normalization",))
        for keep in (True, False)
    )
    kept.run()
    forgetful.run()
    assert kept.outcomes.equals(forgetful.outcomes)
    for name in STATE + COUNTERS:
        assert np.array_equal(kept.engine.column(name), forgetful.engine.column(name)), f"column {name}"
    for one, other in zip(kept.engine.threads(), forgetful.engine.threads(), strict=True):
        assert np.array_equal(one, other)
    with pytest.raises(InputError, match="keep_posts=True"):
        _ = forgetful.posts


def test_outcomes_that_need_no_old_posts_are_the_same_without_them_and_others_are_refused() -> None:
    kept, forgetful = (
        SupportNetworkModel(LIVELY, rng=1, interventions=LIVELY_ACTIONS, keep_posts=keep) for keep in (True, False)
    )
    kept.run()
    forgetful.run()
    needy = [outcome.name for outcome in OUTCOMES.values() if outcome.posts]
    others = kept.outcomes.filter(~pl.col("outcome").is_in(needy)).sort("step", "outcome", "group")
    assert others.equals(forgetful.outcomes.sort("step", "outcome", "group"))
    for name in needy:
        with pytest.raises(InputError, match=f"{name} cannot be taken without posts"):
            SupportNetworkModel(LIVELY, keep_posts=False, outcomes=(name,))


def test_all_twelve_interventions_act_in_the_world_in_which_they_are_compared() -> None:
    """Every one of them is in the list, and the newest leave the traces by which their equality says something."""
    kinds = {type(action) for action in ALL_TWELVE}
    assert kinds == set(INTERVENTIONS.values())
    assert {f"I{number}" for number in range(1, 13)} == {kind.identifier for kind in kinds}
    model = SupportNetworkModel(ALL_MODULES, rng=4, interventions=ALL_TWELVE)
    model.run()
    posts = model.posts
    assert {occasion.tag for occasion in model.engine.occasions} >= {0}
    assert sum(len(occasion.agents) for occasion in model.engine.occasions) > 30
    assert np.count_nonzero(((posts.key & 0xFF) >= OWN_SLOTS) & (posts.parent < 0)) > 20
    assert len(model.engine.ties) > 20
    assert model.engine.fixes


def test_a_lively_world_is_lively_enough_to_compare() -> None:
    """The example above has removals, adoptions, supporters and strangers, or its equality would say little."""
    model = SupportNetworkModel(LIVELY, rng=1, interventions=LIVELY_ACTIONS)
    model.run()
    assert len(model.engine.adoptions) > 20
    assert any(case.decision == "remove" for case in model.engine.cases)
    assert (model.engine.column("encouragement") > 0).any()
    assert (model.posts.kind == 7).sum() > 50
