"""What exists only because of an intervention: answers that are known by construction."""

import json

import polars as pl
import pytest

from experiments import Arm, Results, Store, Study, compare_events
from experiments.event_comparison import BOTH, WITH, WITHOUT
from experiments.run import KEYS
from simulation import Hashtag, InputError, Moderation, Parameters, key_text
from simulation.posts import post_key
from tests.test_cli import call

WORLD = Parameters().with_values({"agents": 80, "days": 6, "warmup_days": 2, "step_minutes": 60.0})
ALL = ["views", "reactions"]


def ran(folder, arms, world=WORLD, **changes):
    """The results of a study with a log of views."""
    given = {"base": world, "arms": arms, "seed": 5, "events": ALL, "outcomes": ["normalization"]} | changes
    return Study(study="compared", **given).run(folder)


def where(found, event):
    """Set of the places in which events of a kind exist."""
    return set(found.table.filter(event=event)["exists"])


# --- worlds in which the answer is known --------------------------------------------------------------------------


def test_where_only_users_of_a_tag_disclose_every_struggle_exists_because_of_it(tmp_path):
    """Nobody dares but by the tag: P(disclose) is 6e-6 without it and 0.12 with it (P(any without) < 0.01)."""
    shy = {
        "disclosure.intercept": -12.0, "disclosure.tag": 10.0, "disclosure.distress": 0.0, "disclosure.fear": 0.0,
        "disclosure.perceived_stigma": 0.0, "disclosure.norm": 0.0, "disclosure.encouragement": 0.0,
        "reactions.reply": 0.5, "reactions.derogatory": 0.001,
        "adoption.first_exposure": 0.0, "activity.posts_median": 60.0,
    }  # fmt: skip
    tag = Hashtag(start_day=1.0, seeds={"count": 30})
    found = ran(tmp_path, [Arm("none"), Arm("tag", [tag])], WORLD.with_values(shy)).events()
    counts = {row["event"]: row for row in found.summary().iter_rows(named=True)}
    for event in ("struggle post", "supportive reply", "adoption", "person reached"):
        assert counts[event][WITH] > 5, event
        assert counts[event][WITHOUT] == counts[event][BOTH] == counts[event]["without"] == 0
        assert counts[event]["ratio"] is None
    adopters = set(found.table.filter(event="adoption")["agent"])
    assert len(adopters) == 30
    assert set(found.table.filter(event="struggle post")["agent"]) <= adopters
    onset = found.arm.study.base.warmup_steps + 24
    assert found.table["step_with"].min() >= onset


def test_an_arm_that_does_nothing_has_every_event_in_common_with_the_baseline(tmp_path):
    lively = WORLD.with_values({"disclosure.intercept": 0.0, "reactions.reply": 0.3, "activity.posts_median": 6.0})
    late = Hashtag(start_day=6.0, seeds={"count": 9})
    found = ran(tmp_path, [Arm("none"), Arm("too late", [late])], lively).events()
    assert found.table.height > 50
    assert set(found.table["exists"]) == {BOTH}
    assert found.table["step_with"].equals(found.table["step_without"], check_names=False)
    assert set(found.summary()["ratio"].drop_nulls()) == {1.0}


def test_a_desk_that_removes_at_once_prevents_answers_and_creates_no_disclosure(tmp_path):
    """Every struggle is removed before anybody reads it, and removal chills nobody: no answer, the same struggles."""
    world = WORLD.with_values(
        {
            "disclosure.intercept": 0.0, "reactions.reply": 0.3, "disclosure.encouragement": 0.0,
            "disclosure.norm": 0.0,
            "disclosure.perceived_stigma": 0.0, "disclosure.harm": 0.0, "moderation.chilling": 0.0,
            "distress.encouragement": 0.0, "distress.harm": 0.0, "beliefs.sanction": 0.0, "distress.use_gain": 0.0,
            "distress.use_loss": 0.0, "disclosure.fear": 0.0, "help.hazard_student": 0.0, "help.hazard_resident": 0.0,
            "help.hazard_other": 0.0,
        }
    )  # fmt: skip
    desk = Moderation(
        regime="automatic_removal", false_positive_rate=1.0, sensitivity=1.0, detection_minutes=0.0, start_day=0.0
    )
    found = ran(tmp_path, [Arm("none"), Arm("desk", [desk])], world).events("desk")
    late = found.table.filter(pl.min_horizontal("step_with", "step_without") >= found.arm.parameters.warmup_steps + 24)
    struggles = late.filter(event="struggle post")
    assert struggles.height > 20
    assert set(struggles["exists"]) == {BOTH}
    replies = found.table.filter(event="supportive reply")
    young = replies.join(found.table.filter(event="struggle post").select("post"), on="post", how="semi")
    assert young.height > 5
    assert set(young["exists"]) == {WITHOUT}


# --- tables made by hand ------------------------------------------------------------------------------------------

KEY = {(author, step): post_key(author, step, 0) for author in range(9) for step in range(200)}


def by_hand(folder, arms):
    """Results whose posts, adoptions and views are those given for each arm."""
    study = Study(study="hand", base=WORLD, arms=[Arm(name) for name in arms], seed=1, outcomes=["normalization"])
    store = Store(folder)
    store.describe(study.resolve(), {"study": "hand", "scenarios": ["-"], "arms": list(arms)})
    for experiment in study.experiments():
        keys = {key: getattr(experiment, key) for key in KEYS}
        made = {table: pl.DataFrame([keys | each for each in rows]) for table, rows in arms[experiment.arm].items()}
        store.append(experiment.key("by hand"), made, keys | {"status": "done"})
    return Results(study, folder, 80)


def post(author, step, kind="struggle", root=None):
    """A row of the table of posts."""
    key = KEY[author, step]
    return {"step": step, "author": author, "kind": kind, "key": key, "root": root or key, "parent": root}


def read(agent, step, what, root):
    """A row of the table of views."""
    return {"step": step, "agent": agent, "post": what, "root": root, "via": "thread"}


@pytest.fixture(scope="module")
def hand(tmp_path_factory):
    """Day 0 begins at step 48.

    Common: the struggle of 1. With alone: that of 2 and an answer to it by 3. Without alone: that of 4. 5 answers 1 in
    both, at another time; 6 answers 1 supportively with and neutrally without; 7 answers an ordinary post.
    """
    one, two, ordinary = KEY[1, 50], KEY[2, 60], KEY[8, 50]
    support = "reply_supportive"
    both = [
        post(1, 50),
        post(8, 50, "ordinary"),
        post(7, 55, support, ordinary),
        post(1, 40),
        post(5, 41, support, KEY[1, 40]),
    ]
    arms = {
        "none": {
            "posts": [*both, post(4, 70), post(5, 90, support, one), post(6, 80, "reply_neutral", one)],
            "adoptions": [{"step": 48, "agent": 0, "tag": "a"}],
            "views": [read(1, 91, KEY[5, 90], one), read(0, 92, KEY[6, 80], one), read(0, 93, KEY[7, 55], ordinary)],
        },
        "tag": {
            "posts": [
                *both, post(2, 60), post(3, 65, support, two), post(5, 88, support, one), post(6, 80, support, one),
            ],
            "adoptions": [{"step": 49, "agent": 0, "tag": "a"}, {"step": 50, "agent": 0, "tag": "b"}],
            "views": [read(1, 95, KEY[5, 88], one), read(2, 66, KEY[3, 65], two), read(0, 67, KEY[3, 65], two)],
        },
    }  # fmt: skip
    return by_hand(tmp_path_factory.mktemp("hand"), arms)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("struggle post", {(1, BOTH), (2, WITH), (4, WITHOUT)}),
        ("supportive reply", {(5, BOTH), (3, WITH), (6, WITH)}),
        ("adoption", {(0, BOTH), (0, WITH)}),
        ("person reached", {(1, BOTH), (0, WITH), (2, WITH)}),
    ],
)
def test_events_by_hand(event, expected, hand):
    mine = hand.events("tag").table.filter(event=event)
    assert set(mine.select("agent", "exists").iter_rows()) == expected
    assert mine.height == len(expected)


def test_an_answer_at_another_time_is_the_same_answer(hand):
    same = hand.events().table.filter(event="supportive reply", agent=5)
    assert same.select("step_with", "step_without").row(0) == (88, 90)


def test_counts_and_ratio_by_hand(hand):
    rows = {row["event"]: row for row in hand.events().summary().iter_rows(named=True)}
    assert rows["struggle post"] == {
        "event": "struggle post", WITH: 1, WITHOUT: 1, BOTH: 1, "with": 2, "without": 2, "ratio": 1.0,
    }  # fmt: skip
    assert (rows["supportive reply"]["with"], rows["supportive reply"]["without"]) == (3, 1)
    assert rows["supportive reply"]["ratio"] == 3.0


def test_the_other_way_round_with_and_without_change_places(hand):
    one, other = hand.events("tag").summary(), hand.events("none", baseline="tag").summary()
    assert one[WITH].to_list() == other[WITHOUT].to_list()
    assert one[BOTH].to_list() == other[BOTH].to_list()


def test_without_views_only_those_are_reached_whose_struggle_was_answered(tmp_path):
    one = KEY[1, 50]
    arms = {
        "none": {"posts": [post(1, 50)], "adoptions": [{"step": 48, "agent": 0, "tag": "a"}]},
        "tag": {
            "posts": [post(1, 50), post(5, 88, "reply_supportive", one)],
            "adoptions": [{"step": 48, "agent": 0, "tag": "a"}],
        },
    }
    found = by_hand(tmp_path, arms).events()
    reached = found.table.filter(event="person reached")
    assert reached.select("agent", "exists", "step_with").rows() == [(1, WITH, 88)]
    assert "kept no views" in found.notes[0]


# --- what can be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"arm": "none"}, "--arm none: is the baseline itself\n  other arms: tag"),
        ({"arm": "tga"}, "--arm tga: the study has no such arm\n  arms: none; tag\n  did you mean 'tag'"),
        ({"baseline": "non"}, "--arm non: the study has no such arm"),
        ({"replicate": 3}, "--replicate 3: there is no such replicate\n  replicates there: 1 to 1"),
    ],
)
def test_what_is_not_there_is_refused(options, said, hand):
    with pytest.raises(InputError) as error:
        compare_events(hand.folder, **options)
    assert said in str(error.value)


def test_a_study_of_one_arm_has_nothing_to_compare(tmp_path):
    alone = ran(tmp_path, [Arm("none")], events=None)
    with pytest.raises(InputError, match="the study has one arm"):
        alone.events()


def test_a_notebook_shows_the_counts(hand):
    shown = hand.events()._repr_html_()
    assert "with: tag; without: none; replicate 1" in shown
    assert "struggle post" in shown


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_prints_counts_and_what_exists_in_one_arm_alone(hand):
    done = call("compare", hand.folder, "--events")
    assert done.exit_code == 0, done.output
    assert "with: tag; without: none; replicate 1" in done.stdout
    assert key_text(KEY[2, 60]) in done.stdout
    assert key_text(KEY[1, 50]) in done.stdout  # answered by 6 with the tag alone
    lines = [line for line in done.stdout.splitlines() if " struggle post " in f" {line} "]
    assert len(lines) == 1 + 2


def test_the_command_speaks_json(hand):
    told = json.loads(call("compare", hand.folder, "--events", "--arm", "tag", "--json").stdout)
    assert (told["arm"], told["baseline"], told["replicate"]) == ("tag", "none", 1)
    assert len(told["events"]) == hand.events().table.height
    assert told["summary"][0]["event"] == "struggle post"


def test_the_command_refuses_a_folder_without_results(tmp_path):
    done = call("compare", tmp_path, "--events")
    assert done.exit_code == 2
    assert "holds no results" in done.stderr
