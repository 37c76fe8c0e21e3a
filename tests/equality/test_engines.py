"""The two engines are one model: the same events, outcomes and states, bit for bit, on any world.

The engine `agents` is read and taught from; the engine `kernels` is fast. Their equality is how we know that the fast
one is right, so nothing here tolerates a difference.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from simulation import EventLog, Hashtag, Intervention, Moderation, Parameters, SupportNetworkModel
from simulation.interventions import Seeds
from simulation.world import COUNTERS, STATE
from tests import strategies

SEEDS = st.integers(0, 2**63 - 1)
LIVELY = Parameters().with_values({"agents": 120, "days": 12, "warmup_days": 3, "adoption.first_exposure": 0.3})
LIVELY_ACTIONS = [
    Hashtag(seeds=Seeds(count=6)),
    Moderation(regime="automatic_review", sensitivity=0.9, false_positive_rate=0.2, explanation=True),
]


def assert_same_events(parameters: Parameters, actions: list[Intervention], seed: int) -> None:
    """Run both engines and compare everything that can be asked of them."""
    one, other = (
        SupportNetworkModel(parameters, rng=seed, engine=engine, interventions=actions, events=EventLog(sample=9))
        for engine in ("agents", "kernels")
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
    for mine, yours in zip(one.engine.remembered(), other.engine.remembered(), strict=True):
        assert np.array_equal(mine, yours), "memory"
    assert one.engine.adoptions == other.engine.adoptions
    assert one.engine.cases == other.engine.cases


@budget(max_examples=60, suppress_health_check=list(HealthCheck))
@given(strategies.settings(), strategies.interventions(), SEEDS)
@example(LIVELY, LIVELY_ACTIONS, 1)
def test_both_engines_tell_the_same_story(parameters: Parameters, actions: list[Intervention], seed: int) -> None:
    assert_same_events(parameters, actions, seed)


@pytest.mark.slow
@budget(max_examples=400, suppress_health_check=list(HealthCheck))
@given(strategies.settings(), strategies.interventions(), SEEDS)
def test_both_engines_tell_the_same_story_in_four_hundred_worlds(
    parameters: Parameters, actions: list[Intervention], seed: int
) -> None:
    assert_same_events(parameters, actions, seed)


SMALL = {"agents": 25, "days": 4, "warmup_days": 1, "step_minutes": 60.0, "activity.posts_median": 30.0}


def small_worlds() -> None:
    """A few worlds small enough for loops that are not compiled."""
    parameters = LIVELY.with_values(SMALL)
    assert_same_events(parameters, LIVELY_ACTIONS, 1)
    unlike = {"network": {"type": "complete"}, "support.lonely_reply_counts": False, "reading.feed_length": 5}
    held = [Hashtag(breadth="specialty", seeds=Seeds(count=12)), Moderation(regime="pre_moderation", end_day=2.0)]
    assert_same_events(parameters.with_values(unlike), held, 2)
    forgetful = {"reading.strangers_remembered": 1, "reading.live_days": 1.0, "reactions.retweet": 0.5}
    assert_same_events(parameters.with_values(forgetful), [], 2**63 - 1)


def test_the_loops_mean_the_same_when_they_are_not_compiled() -> None:
    """In a process of its own, with compilation switched off and every warning an error."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    code = "from tests.equality.test_engines import small_worlds; small_worlds()"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_lively_world_is_lively_enough_to_compare() -> None:
    """The example above has removals, adoptions, supporters and strangers, or its equality would say little."""
    model = SupportNetworkModel(LIVELY, rng=1, interventions=LIVELY_ACTIONS)
    model.run()
    assert len(model.engine.adoptions) > 20
    assert any(case.decision == "remove" for case in model.engine.cases)
    assert (model.engine.column("encouragement") > 0).any()
    assert (model.posts.kind == 7).sum() > 50
