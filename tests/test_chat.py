"""Tweet chats: when they are, who comes, what is written, and how that compares with what chats look like (C-19)."""

from pathlib import Path

import numpy as np
import pytest

from experiments.calibration.targets import read_targets
from experiments.study import replicate_seed
from simulation import Hashtag, InputError, Kind, SupportNetworkModel, Target, TweetChat
from simulation.interventions import Seeds
from simulation.outcomes import OUTCOMES
from simulation.posts import OWN_SLOTS
from simulation.world import Occasion
from tests.fakes import FakeEngine, posts_of, small_world, snapshot, value_of, written
from tests.statistics import assert_share, assert_total

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("agents", "kernels")
TAGS = (Hashtag(seeds=Seeds(count=20)),)
BUSY = {"agents": 200, "warmup_days": 1, "outcomes": (), "activity__posts_median": 10.0}


def run(*chats, engine="kernels", seed=5, days=4, tags=TAGS, **settings):
    """A small run with chats under a general tag."""
    levers = {**BUSY, **settings, "days": days}
    model = SupportNetworkModel(rng=seed, engine=engine, interventions=[*tags, *chats], **levers)
    model.run()
    return model


def hours_of(model):
    """First step of each chat, in steps since day 0."""
    return [occasion.step - model.parameters.warmup_steps for occasion in model.engine.occasions]


def of_chat(model, occasion):
    """Rows of own posts that participants wrote in a chat."""
    posts = model.posts
    inside = (posts.step >= occasion.step) & (posts.step < occasion.end) & np.isin(posts.author, occasion.agents)
    return np.flatnonzero(inside & (posts.parent < 0))


# --- when ---------------------------------------------------------------------------------------------------------


def test_a_weekly_chat_comes_on_its_day_at_its_hour():
    model = run(TweetChat(publicity=1.0, weekday="tuesday", hour=9.5), days=16)
    assert hours_of(model) == [(1 + 7 * week) * 96 + 38 for week in range(3)][: len(hours_of(model))]
    assert len(hours_of(model)) == 3
    assert {occasion.end - occasion.step for occasion in model.engine.occasions} == {4}


def test_a_daily_chat_comes_every_day_while_it_is_in_force():
    model = run(TweetChat(publicity=1.0, every="day", hour=6.0, start_day=1.0, end_day=3.0))
    assert hours_of(model) == [96 + 24, 192 + 24]
    late = run(TweetChat(publicity=1.0, every="day", hour=6.0, start_day=1.5, end_day=3.0))
    assert hours_of(late) == [192 + 24]


@pytest.mark.parametrize(("minutes", "steps"), [(15.0, 4), (30.0, 2), (60.0, 1), (180.0, 1)])
def test_a_chat_lasts_an_hour_whatever_the_step(minutes, steps):
    model = run(TweetChat(publicity=1.0, every="day", hour=12.0), step_minutes=minutes)
    assert {occasion.end - occasion.step for occasion in model.engine.occasions} == {steps}


def test_a_chat_that_is_under_way_at_its_end_is_over():
    model = run(TweetChat(publicity=1.0, every="day", hour=23.5, end_day=1.0), days=2)
    assert hours_of(model) == [94]
    assert (model.engine.column("chat") == -1).all()


def test_there_is_no_chat_while_its_tag_is_not_in_use():
    chat = TweetChat(publicity=1.0, every="day", hour=12.0)
    model = run(chat, tags=(Hashtag(seeds=Seeds(count=9), start_day=1.0, end_day=3.0),))
    assert hours_of(model) == [96 + 48, 192 + 48]


# --- what is refused ----------------------------------------------------------------------------------------------


def test_a_chat_without_a_tag_is_refused():
    with pytest.raises(InputError, match=r"no tag 'general support' for it\n  this arm opens no tag"):
        run(TweetChat(), tags=())
    with pytest.raises(InputError, match=r"no tag 'surgery suport'[^?]*did you mean 'surgery support'"):
        run(TweetChat(tag="surgery suport"), tags=(Hashtag(breadth="specialty", specialty="surgery"),))
    with pytest.raises(InputError, match="is not in use while it is in force"):
        run(TweetChat(start_day=2.0), tags=(Hashtag(end_day=2.0),))


# --- who ----------------------------------------------------------------------------------------------------------


def test_nobody_comes_who_has_not_heard_of_it_and_does_not_use_the_tag():
    settings = {"chat__join": 1.0, "adoption__first_exposure": 0.0, "adoption__abandon_half_life": 1e9}
    model = run(TweetChat(publicity=0.0, every="day", moderators=0), **settings)
    adopters = np.flatnonzero(model.engine.column("ever_adopted"))
    for occasion in model.engine.occasions:
        np.testing.assert_array_equal(occasion.agents, adopters)


def test_of_those_who_know_a_share_comes_and_three_times_as_many_of_those_who_came_before():
    """Everybody hears of it; the second chat is the first at which anybody can come again."""
    came, again, eligible = 0, 0, 0
    for seed in range(6):
        model = run(TweetChat(publicity=1.0, every="day", moderators=0, end_day=2.0), days=2, agents=2000, seed=seed)
        first, second = (occasion.agents for occasion in model.engine.occasions)
        came += len(first)
        eligible += len(first)
        again += len(np.intersect1d(first, second))

    assert_share(came, 12000, 0.05)
    assert_share(again, eligible, 0.15)


def test_only_the_group_comes_and_moderators_are_of_their_role():
    chat = TweetChat(publicity=1.0, every="day", moderators=3, moderator_role="resident",
                     target=Target(roles=("student", "resident")))  # fmt: skip
    model = run(chat, chat__join=0.5)
    role = model.world.population.role
    for occasion in model.engine.occasions:
        assert (role[occasion.agents] <= 1).all()
        assert (role[occasion.moderators] == 1).all()
        assert len(occasion.moderators) == 3
        assert np.isin(occasion.moderators, occasion.agents).all()


def test_nobody_is_in_two_chats_at_once():
    chat = TweetChat(publicity=1.0, every="day", moderators=0)
    model = run(chat, chat.model_copy(update={"hour": 20.5}), chat__join=0.6, chat__return_factor=1.0)
    for first, second in zip(model.engine.occasions[::2], model.engine.occasions[1::2], strict=True):
        assert second.step < first.end
        assert not len(np.intersect1d(first.agents, second.agents))
        assert len(second.agents)


# --- what is written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_moderators_prompt_six_times_in_turns_spread_over_the_hour(engine):
    model = run(TweetChat(publicity=0.0, every="day", moderators=2, moderator_role="anybody"), engine=engine, days=2)
    posts = model.posts
    for occasion in model.engine.occasions:
        rows = of_chat(model, occasion)
        prompts = rows[(posts.key[rows] & 0xFF) >= OWN_SLOTS]
        assert (posts.step[prompts] - occasion.step).tolist() == [0, 0, 1, 2, 2, 3]
        assert sorted(posts.author[prompts].tolist()) == sorted(occasion.moderators.tolist() * 3)
        assert (posts.kind[prompts] == Kind.TIP).all()
        assert (posts.tag[prompts] == occasion.tag).all()
    assert len(np.unique(posts.key)) == len(posts.key)


def test_one_person_is_led_to_no_more_posts_in_a_step_than_there_are_slots_for():
    model = run(
        TweetChat(publicity=0.0, every="day", moderators=1, moderator_role="anybody"), step_minutes=60.0, days=2
    )
    posts = model.posts
    prompts = (posts.parent < 0) & ((posts.key & 0xFF) >= OWN_SLOTS)
    assert np.bincount(posts.step[prompts])[[o.step for o in model.engine.occasions]].tolist() == [4, 4]
    assert len(np.unique(posts.key)) == len(posts.key)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_participants_write_carries_the_tag_and_keeps_to_the_purpose_as_often_as_it_says(engine):

    counts = np.zeros(2, dtype=int)
    for seed in range(3):
        model = run(TweetChat(publicity=1.0, every="day", purpose=0.7, moderators=0), engine=engine, chat__join=0.5,
                    seed=seed)  # fmt: skip
        posts = model.posts
        for occasion in model.engine.occasions:
            rows = of_chat(model, occasion)
            assert (posts.tag[rows] == occasion.tag).all()
            assert set(posts.kind[rows]) <= {Kind.ORDINARY, Kind.TIP, Kind.STRUGGLE}
            counts += (np.count_nonzero(posts.kind[rows] != Kind.ORDINARY), len(rows))
    assert_share(counts[0], counts[1], 0.7)


def test_participants_have_six_sessions_in_the_hour_and_write_in_a_share_of_them():

    settings = {"chat__join": 1.0, "chat__original": 0.2, "help__write_minutes": 0.0}
    model = run(TweetChat(publicity=1.0, every="day", moderators=0), **settings, agents=300, days=2)
    written_own = sum(len(of_chat(model, occasion)) for occasion in model.engine.occasions)
    mean = 0.2 * 6 * sum(len(occasion.agents) for occasion in model.engine.occasions)
    assert_total(written_own, mean, mean)


def test_after_the_hour_people_are_online_as_often_as_before():
    """A chat nobody writes, answers or passes on in is followed by the same posts as no chat."""
    silent = {"chat__original": 0.0, "chat__prompts": 0, "chat__join": 0.0, "reading__search_others": 0.0}
    one = run(TweetChat(publicity=1.0, every="day"), **silent, days=2)
    none = run(days=2, reading__search_others=0.0)
    after = one.engine.occasions[0].end
    rates = [np.bincount(model.posts.step[model.posts.step >= after] // 96, minlength=3) for model in (one, none)]
    np.testing.assert_array_equal(one.engine.column("chat"), none.engine.column("chat"))
    assert abs(rates[0].sum() - rates[1].sum()) <= 0.1 * rates[1].sum()


# --- outcomes -----------------------------------------------------------------------------------------------------


def test_outcomes_of_chats_count_participants_and_what_they_wrote():
    posts = posts_of(
        written(0, 10, tag=0),
        written(1, 11, Kind.RETWEET, to=0),
        written(1, 11, Kind.REPLY_SUPPORTIVE, to=0),
        written(2, 12),
        written(3, 12, tag=0),
        written(1, 20, tag=0),
        written(2, 20, tag=0),
    )
    engine = FakeEngine(small_world(5), step=96, posts=posts)
    who = {"agents": np.array([0, 1, 2, 4]), "moderators": np.array([0])}
    engine.occasions = [Occasion(0, 1.0, 10, 14, **who), Occasion(0, 1.0, 20, 24, **who)]
    values = {name: value_of(OUTCOMES[name], snapshot(engine)) for name in OUTCOMES if name.startswith("chat_")}
    assert values == {
        "chat_participants": 2.0, "chat_originals": (0.5 + 1.0) / 2, "chat_retweets": 0.25, "chat_replies": 0.25,
        "chat_return": 0.5,
    }  # fmt: skip


@pytest.mark.slow
def test_a_chat_of_the_usual_size_looks_like_chats_do():
    """C-19 at the default settings, in the world in which these were found from it; so this is a fit that still holds.

    Sixteen seeds that the fit did not use. Each mean lies within one uncertainty of `configs/targets/chat.yaml`: 26
    participants, 5.6 posts each, 30% (SD 7) who come again. That SD is one over the twelve chats of #pulmcc, which were
    larger; the mean here is 34%, with a standard error of 0.7%: known to be higher, and within what chats differ.
    """
    targets = read_targets(ROOT / "configs" / "targets" / "chat.yaml")
    aims = {aim.quantity: aim for aim in targets.every.values()}
    values: dict[str, list[float]] = {name: [] for name in aims}
    for replicate in range(101, 117):
        model = SupportNetworkModel(targets.base, rng=replicate_seed(targets.seed, replicate),
                                    interventions=targets.arms["chat"], outcomes=list(aims))  # fmt: skip
        model.run()
        for name in aims:
            values[name].append(model.series(name)[-1])
    means = {name: float(np.mean(found)) for name, found in values.items()}
    for name, aim in aims.items():
        assert means[name] == pytest.approx(aim.value, rel=0.0, abs=aim.uncertainty), name
    kinds = np.array([means[f"chat_{kind}"] for kind in ("originals", "retweets", "replies")])
    np.testing.assert_allclose(kinds / kinds.sum(), [0.26, 0.36, 0.38], atol=0.03)
