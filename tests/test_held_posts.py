"""Struggles that are removed before anybody could read them: what outcomes and authors know of it, on both engines."""

from typing import Any

import numpy as np
import pytest

from simulation import Hashtag, Moderation, Seeds, SupportNetworkModel
from simulation.posts import Kind, PostState
from tests.golden.worlds import ENGINES

WORLD: dict[str, Any] = {
    "agents": 150, "days": 6, "warmup_days": 1, "step_minutes": 60.0, "activity__posts_median": 20.0,
    "disclosure__intercept": 3.0, "posting__tag_use": 1.0, "adoption__abandon_half_life": 1e6,
    "reading__live_days": 1.0, "posting__irrelevant": 0.0, "posting__misinformation": 0.0, "posting__privacy": 0.0,
    "posting__copyright": 0.0, "help__hazard_student": 0.0, "help__hazard_resident": 0.0,
}  # fmt: skip
"""Strugglers say so, every struggle carries a tag, no post breaks a rule, and old posts have left the window."""


EVERYBODY = Hashtag(seeds=Seeds(who="random", share=1.0))


def ran(engine, accuracy, keep_posts=True):
    """A run in which every struggle is held until a desk that always, or never, decides rightly has served it."""
    desk = Moderation(regime="pre_moderation", accuracy=accuracy, servers=150, service_minutes=0.0)
    model = SupportNetworkModel(rng=4, engine=engine, interventions=[EVERYBODY, desk], keep_posts=keep_posts, **WORLD)
    model.run()
    return model


def last_values(model):
    """The outcomes of everybody at the end."""
    rows = model.outcomes.filter(model.outcomes["step"] == model.engine.step, model.outcomes["group"] == "all")
    return dict(zip(rows["outcome"], rows["value"], strict=True))


def written(model):
    """Author, state and first step to be read of the struggles since day 0, from the table of posts."""
    posts = model.posts
    rows = np.flatnonzero((posts.kind == Kind.STRUGGLE) & (posts.step >= model.parameters.warmup_steps))
    return posts.author[rows], posts.state[rows], posts.visible_step[rows]


@pytest.mark.parametrize("engine", ENGINES)
def test_struggles_removed_while_held_count_as_written_and_as_removed(engine):
    model = ran(engine, accuracy=0.0)
    authors, states, visible = written(model)
    assert (visible == -1).all()
    removed = int((states == PostState.REMOVED).sum())
    assert len(authors) > removed > 0.9 * len(authors) > 90
    values = last_values(model)
    assert values["struggle_posts"] == len(authors)
    assert values["struggles_removed"] == removed / len(authors)
    assert values["wrongly_removed"] == 1.0
    begun = SupportNetworkModel(rng=4, engine=engine, **WORLD)
    begun.run(days=1)
    strugglers = begun.engine.column("struggler")
    assert values["disclosing"] == strugglers[np.unique(authors)].sum() / strugglers.sum()
    assert values["disclosure_after_removal"] > 0.0
    assert values["disclosure_of_matched"] is None
    for name in ("thread_viewers", "supported_within_24h", "supportive_replies", "disclosers_hurt_24h"):
        assert values[name] is None, name


@pytest.mark.parametrize("engine", ENGINES)
def test_a_desk_that_is_always_right_removes_no_struggle(engine):
    model = ran(engine, accuracy=1.0)
    authors, states, visible = written(model)
    values = last_values(model)
    assert 0 < (states == PostState.HELD).sum() < 0.1 * len(authors)
    assert ((visible >= 0) == (states == PostState.VISIBLE)).all()
    assert values["struggle_posts"] == len(authors)
    assert values["struggles_removed"] == 0.0
    assert values["disclosure_after_removal"] is None
    assert values["supported_within_24h"] is not None


def ended(engine, **settings):
    """A run in which a desk that explains its mistakes ends on day 2, while a day's work is left."""
    desk = Moderation(
        regime="pre_moderation", accuracy=0.0, servers=150, service_minutes=1440.0, explanation=True, end_day=2.0
    )
    model = SupportNetworkModel(rng=4, engine=engine, interventions=[EVERYBODY, desk], **WORLD, **settings)
    model.run()
    late = [case for case in model.engine.cases if case.step > 3 * 24 and case.decision == "remove"]
    assert len(late) > 20
    return model


@pytest.mark.parametrize("engine", ENGINES)
def test_removals_after_the_end_of_a_desk_are_explained_by_its_last_rules(engine):
    """Where an explanation takes all of the chilling away, nobody is chilled, neither before nor after the end."""
    assert (ended(engine, moderation__explanation_relief=0.0).engine.column("willingness") == 1.0).all()


def test_both_engines_chill_alike_after_the_end_of_a_desk():
    one, other = (ended(engine).engine.column("willingness") for engine in ENGINES)
    assert one.min() < 1.0
    np.testing.assert_array_equal(one, other)


def test_outcomes_of_held_struggles_do_not_need_the_posts_that_nobody_can_read():
    kept, forgetful = (last_values(ran("kernels", accuracy=0.0, keep_posts=keep)) for keep in (True, False))
    assert forgetful == {name: kept[name] for name in forgetful}
