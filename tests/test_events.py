"""The event log: it says what happened, changes nothing, and means the same in every arm."""

import copy
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulation import (
    EVENT_TABLES,
    EventLog,
    Hashtag,
    InputError,
    Kind,
    MemorySink,
    Moderation,
    Parameters,
    Routing,
    SupportNetworkModel,
    Target,
    key_from_text,
    key_parts,
    key_text,
)
from simulation.events import people_sample
from simulation.interventions import Seeds
from simulation.posts import post_key
from simulation.world import COUNTERS, STATE
from tests.fakes import Stage

ENGINES = ("agents", "kernels")
LIVELY = Parameters().with_values(
    {
        "agents": 120, "days": 9, "warmup_days": 2, "adoption.first_exposure": 0.3, "disclosure.intercept": -1.0,
        "reactions.reply": 0.1, "reactions.report": 0.5, "posting.misinformation": 0.05, "reading.search_others": 0.2,
    }
)  # fmt: skip
ACTIONS = [
    Hashtag(seeds=Seeds(count=6)),
    Moderation(regime="automatic_review", sensitivity=0.9, false_positive_rate=0.2, reports_needed=1),
]


def ran(engine, events=None, sink=None, actions=ACTIONS, parameters=LIVELY):
    """A lively world, run to its end."""
    model = SupportNetworkModel(
        parameters, rng=1, engine=engine, interventions=actions, events=events, sink=sink
    )  # fmt: skip
    model.run()
    return model


@pytest.fixture(scope="module", params=ENGINES)
def logged(request):
    """A run with a complete log."""
    return ran(request.param, EventLog(sample=10))


# --- recording and the run ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_is_the_same_with_and_without_a_log(engine):
    one, other = ran(engine), ran(engine, EventLog())
    assert one.outcomes.equals(other.outcomes)
    for name, table in one.tables.items():
        assert table.equals(other.tables[name]), name
    for name in STATE + COUNTERS:
        assert np.array_equal(one.engine.column(name), other.engine.column(name)), name


def test_a_run_without_a_log_says_how_to_get_one():
    model = SupportNetworkModel(agents=5, days=1, warmup_days=0, rng=1, engine="agents")
    with pytest.raises(InputError, match=r"events: this run keeps no event log\n  ask for one: events=EventLog\(\)"):
        model.events  # noqa: B018


def test_only_the_tables_that_are_asked_for_are_kept():
    model = ran("agents", ["reactions", "people"])
    assert set(model.events) == {"reactions", "people"}


def test_a_table_that_no_log_has_is_refused():
    with pytest.raises(ValidationError, match="'views', 'reactions'"):
        ran("agents", ["view"])


def test_the_log_does_not_depend_on_the_number_of_threads():
    one, other = (
        SupportNetworkModel(LIVELY, rng=1, interventions=ACTIONS, events=EventLog(), threads=threads)
        for threads in (1, 3)
    )
    one.run()
    other.run()
    for name, table in one.events.items():
        assert table.equals(other.events[name]), name


def test_a_log_asked_for_in_the_middle_of_a_day_loses_nothing():
    model = SupportNetworkModel(LIVELY, rng=1, interventions=ACTIONS)
    model.engine.log_events(frozenset({"views"}))
    rows = []
    for part in range(5):
        model.run(days=part + 0.3)
        rows.append(model.engine.logged("views"))
    model.run()
    rows.append(model.engine.logged("views"))
    assert sum(len(part) for part in rows) == model.engine.column("views").sum()


# --- what is written ----------------------------------------------------------------------------------------------


def test_every_view_is_in_the_log(logged):
    views = logged.events["views"]
    assert views.height == logged.engine.column("views").sum() > 1000
    count = np.bincount(views["agent"], minlength=LIVELY.agents)
    assert np.array_equal(count, logged.engine.column("views"))
    posts = logged.tables["posts"].select("key", "views").filter(pl.col("views") > 0).sort("key")
    by_post = views.group_by("post").len().sort("post")
    assert posts["key"].to_list() == by_post["post"].to_list()
    assert posts["views"].to_list() == by_post["len"].to_list()


def test_every_way_to_a_post_is_met_and_told_apart(logged):
    views = logged.events["views"]
    assert set(views["via"]) == {"feed", "retweet", "stream", "notification", "thread"}
    assert (views["through"].is_not_null() == (views["via"] == "retweet")).all()
    under = views["via"].is_in(["thread", "notification"])
    assert ((views["post"] != views["root"]) == under).all()
    posts = logged.tables["posts"]
    carried = views.filter(pl.col("via") == "retweet").join(posts, left_on="through", right_on="key", suffix="_of_item")
    assert (carried["kind"] == "retweet").all()
    assert (carried["root"] == carried["root_of_item"]).all()


def test_nobody_views_a_post_of_their_own_but_as_a_notification_of_an_answer(logged):
    views = logged.events["views"]
    assert (views["author"] != views["agent"]).all()
    told = views.filter(pl.col("via") == "notification")
    assert (told["root"] // 2**32 == told["agent"]).all()


def test_a_feed_brings_posts_of_people_who_are_followed(logged):
    graph = logged.world.graph
    direct = logged.events["views"].filter(pl.col("via") == "feed")
    assert all(agent in graph.followers_of(author) for agent, author in direct.select("agent", "author").iter_rows())


def test_every_answer_and_retweet_is_a_reaction_with_its_key(logged):
    reactions = logged.events["reactions"]
    posts = logged.tables["posts"].filter(pl.col("parent").is_not_null())
    made = reactions.drop_nulls("new").join(posts, left_on="new", right_on="key", suffix="_of_post")
    assert made.height == posts.height > 100
    assert (made["reaction"] == made["kind"]).all()
    assert (made["agent"] == made["author_of_post"]).all()
    assert (made["post"] == made["parent"]).all()
    assert (made["root"] == made["root_of_post"]).all()
    assert (made["step"] == made["step_of_post"]).all()


@pytest.mark.parametrize(("reaction", "counter"), [("like", "likes"), ("report", "reports")])
def test_likes_and_reports_are_those_that_posts_count(reaction, counter, logged):
    mine = logged.events["reactions"].filter(pl.col("reaction") == reaction)
    assert mine["new"].is_null().all()
    counted = logged.tables["posts"].filter(pl.col(counter) > 0).select("key", counter).sort("key")
    found = mine.group_by("post").len().sort("post")
    assert counted.height > 5
    assert counted["key"].to_list() == found["post"].to_list()
    assert counted[counter].to_list() == found["len"].to_list()


def test_nobody_reacts_to_what_they_have_not_viewed(logged):
    viewed = logged.events["views"].select("step", "agent", "root").unique()
    reactions = logged.events["reactions"]
    assert reactions.join(viewed, on=["step", "agent", "root"], how="anti").is_empty()


def test_adoptions_are_those_of_the_run(logged):
    assert logged.events["adoptions"].equals(logged.tables["adoptions"])
    assert logged.events["adoptions"].height > 10


def test_a_case_is_noticed_arrives_is_taken_up_and_decided(logged):
    events = logged.events["desk_events"]
    decided = logged.tables["desk"]
    story = events.group_by("post", maintain_order=True).agg("event", "day", "decision", "author")
    whole = story.join(decided, on="post")
    assert whole.height == decided.height > 10
    for kinds, days, arrival, start, finish in whole.select("event", "day", "arrival", "start", "finish").iter_rows():
        assert kinds[0] in {"detected", "reported"}
        assert kinds[1:] == ["arrival", "start", "decision"]
        assert days == sorted(days)
        assert days[1:] == pytest.approx([arrival, start, finish])
    assert set(events["event"]) == {"detected", "reported", "arrival", "start", "decision"}
    last = events.filter(pl.col("event") == "decision").join(decided, on="post", suffix="_of_case")
    assert (last["decision"] == last["decision_of_case"]).all()
    assert (last["correct"] == last["correct_of_case"]).all()
    assert (events["author"] == events["post"] // 2**32).all()


def test_nothing_is_written_before_it_has_happened():
    busy = [Moderation(regime="automatic_review", servers=1, sensitivity=1.0, service_minutes=3000.0)]
    model = ran("agents", ["desk_events"], actions=busy)
    events = model.events["desk_events"]
    assert events["day"].max() < LIVELY.days
    assert events.filter(pl.col("event") == "arrival").height > events.filter(pl.col("event") == "start").height > 1


def test_held_posts_come_before_the_desk_as_held():
    model = ran("agents", ["desk_events"], actions=[ACTIONS[0], Moderation(regime="pre_moderation")])
    assert "held" in set(model.events["desk_events"]["event"])


def test_states_of_the_sample_are_those_of_the_run(logged):
    people = logged.events["people"]
    assert people["agent"].n_unique() == 10
    assert people.height == 10 * (1 + LIVELY.days + LIVELY.warmup_days)
    last = people.filter(pl.col("day") == LIVELY.days)
    for name in STATE:
        assert np.array_equal(last[name], logged.engine.column(name)[last["agent"]]), name


def test_both_arms_of_a_seed_sample_the_same_people(logged):
    alone = ran("agents", EventLog(tables=("people",), sample=10), actions=[])
    assert set(alone.events["people"]["agent"]) == set(logged.events["people"]["agent"])


def test_every_person_is_as_likely_to_be_sampled():
    """Of 200 samples of 30 among 100 each person is in 60 +- 6.5; all within 5 standard deviations: P(fail) < 1e-4."""
    count = np.zeros(100)
    for seed in range(200):
        count[people_sample(seed, 100, 30)] += 1
    assert abs(count - 60).max() < 5 * 6.5


def test_a_sample_larger_than_everybody_is_everybody():
    assert people_sample(1, 4, 9).tolist() == [0, 1, 2, 3]


def test_arms_agree_event_by_event_until_onset():
    late = [Hashtag(start_day=5.0, seeds=Seeds(count=20))]
    one, other = (ran("agents", ["views", "reactions"], actions=actions) for actions in ([], late))
    onset = other.world.step_of(5.0)
    for name in ("views", "reactions"):
        before = [model.events[name].filter(pl.col("step") < onset) for model in (one, other)]
        assert before[0].equals(before[1])
        assert not one.events[name].equals(other.events[name])


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_put_at_the_top_of_a_feed_came_by_the_routing(engine):
    """Helpers are strangers to nearly all authors, so most of what they are shown they would not have met."""
    routing = Routing(target=Target(share=0.1), delay_hours=0.25, capacity=50)
    quiet = LIVELY.with_values({"reactions.reply": 0.001})
    model = ran(engine, ["views"], actions=[routing], parameters=quiet)
    routed = model.events["views"].filter(pl.col("via") == "routed")
    assert routed.height > 20
    shown = model.engine.shown
    assert all(shown[agent, post] <= step for step, agent, post in routed.select("step", "agent", "post").iter_rows())
    posts = model.tables["posts"].filter(kind="struggle")["key"]
    assert routed["post"].is_in(posts.implode()).all()
    feed = model.events["views"].filter(pl.col("via") == "feed").select("step", "agent", "post").iter_rows()
    assert all(shown.get((agent, post), step + 1) > step for step, agent, post in feed)


@pytest.mark.parametrize("engine", ENGINES)
def test_ties_in_the_log_are_those_of_the_run(engine):
    moving = LIVELY.with_values({"ties.follow": 0.5, "ties.unfollow": 0.3})
    model = ran(engine, ["ties"], parameters=moving)
    assert model.events["ties"].equals(model.tables["ties"])
    assert set(model.events["ties"]["added"]) == {True, False}


def test_an_empty_run_has_every_table_with_its_columns():
    model = SupportNetworkModel(agents=5, days=0, warmup_days=0, rng=1, engine="agents", events=EventLog())
    assert set(model.events) == set(EVENT_TABLES)
    assert model.events["views"].columns == ["step", "agent", "post", "root", "author", "via", "through"]
    assert model.events["ties"].columns == ["step", "follower", "followed", "added"]


# --- sinks --------------------------------------------------------------------------------------------------------


class Largest:
    """A sink that keeps no rows, only how many came at once and how many in all."""

    def __init__(self):
        self.most, self.sum = {}, {}

    def write(self, table, rows):
        self.most[table] = max(self.most.get(table, 0), rows.height)
        self.sum[table] = self.sum.get(table, 0) + rows.height


def test_no_more_than_a_day_is_held_in_memory(logged):
    sink = Largest()
    model = ran("agents", EventLog(sample=10), sink)
    days = LIVELY.days + LIVELY.warmup_days
    for name, table in logged.events.items():
        assert sink.sum[name] == table.height
        assert sink.most[name] <= max(10, 6 * table.height / days), name
    with pytest.raises(InputError, match="goes to the sink"):
        model.events  # noqa: B018


def test_a_copy_of_a_model_goes_on_with_a_log_of_its_own():
    model = SupportNetworkModel(LIVELY, rng=1, engine="agents", events=EventLog())
    model.run(days=3)
    other = copy.deepcopy(model)
    height = model.events["views"].height
    other.run()
    assert model.events["views"].height == height < other.events["views"].height
    model.run()
    assert model.events["views"].equals(other.events["views"])


def test_a_sink_in_memory_keeps_days_in_order():
    sink = MemorySink()
    for day in range(3):
        sink.write("views", pl.DataFrame({"step": [day]}))
    assert sink["views"]["step"].to_list() == [0, 1, 2]
    assert list(sink) == ["views"]


# --- by hand ------------------------------------------------------------------------------------------------------


def test_a_view_through_a_retweet_by_hand():
    """1 follows 0, 2 follows 1 alone: what 0 wrote comes to 2 through the retweet of 1."""
    stage = Stage(3, [(0, 1), (1, 2)])
    stage.engine.log_events(frozenset({"views", "reactions"}))
    post = stage.write(0, Kind.STRUGGLE)
    stage.read(1)
    passed = stage.answer(1, post, Kind.RETWEET)
    reply = stage.answer(1, post, Kind.REPLY_SUPPORTIVE)
    stage.read(2)
    stage.read(0)
    views = [tuple(row) for row in stage.engine.logged("views").tolist()]
    assert [row[1:] for row in views] == [
        (1, post.key, post.key, 0, -1),
        (2, post.key, post.key, 1, passed.key),
        (2, reply.key, post.key, 4, -1),
        (0, reply.key, post.key, 3, -1),
    ]
    reactions = stage.engine.logged("reactions").tolist()
    assert [row[1:] for row in reactions] == [
        [1, 7, post.key, post.key, passed.key],
        [1, 4, post.key, post.key, reply.key],
    ]
    assert stage.engine.logged("views").shape == (0, 6)


# --- keys ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**24 - 1), st.integers(0, 255))
def test_a_key_is_read_in_both_spellings(author, step, slot):
    key = post_key(author, step, slot)
    assert key_parts(key) == (author, step, slot)
    assert key_from_text(key_text(key)) == key_from_text(str(key)) == key


@pytest.mark.parametrize("text", ["", "-", "17-1402", "1-2-3-4", "a-1-0", "-5", "1-2-256", "99999999999-1-0", "9" * 19])
def test_what_is_no_key_is_none(text):
    assert key_from_text(text) is None


# --- the page -----------------------------------------------------------------------------------------------------

PAGE = Path(__file__).resolve().parents[1] / "docs" / "events.md"


def test_the_example_of_the_page_runs():
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert "assert" in example
    exec(compile(example, PAGE.name, "exec"), {"__name__": "example"})


@pytest.mark.parametrize("table", EVENT_TABLES)
def test_the_page_names_every_table_and_its_columns(table, logged):
    text = PAGE.read_text(encoding="utf-8")
    assert f"**`{table}`**" in text
    if table in {"views", "reactions", "desk_events"}:
        assert [name for name in logged.events[table].columns if f"`{name}`" not in text] == []
