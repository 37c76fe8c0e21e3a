"""What became of one post, told from the tables of a run, and the picture of it."""

import json
import re

import numpy as np
import polars as pl
import pytest
from matplotlib.patches import FancyArrowPatch

from experiments import Arm, Study, trace
from experiments.figures import picture
from experiments.people_map import positions
from experiments.trace_drawing import trace_figure
from experiments.tracing import sources
from simulation import Hashtag, InputError, Moderation, Parameters, key_parts, key_text
from tests.test_cli import call as supportnet

WORLD = Parameters().with_values(
    {
        "agents": 120, "days": 5, "warmup_days": 1, "adoption.first_exposure": 0.3, "disclosure.intercept": -1.0,
        "reactions.reply": 0.2, "reactions.retweet": 0.2, "reading.search_others": 0.3, "reactions.derogatory": 0.3,
    }
)  # fmt: skip
TAG = Hashtag(seeds={"count": 20})
DESK = Moderation(regime="automatic_review", false_positive_rate=0.6, sensitivity=1.0)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A lively study with a log."""
    arms = [Arm("none"), Arm("tag, desk", [TAG, DESK])]
    study = Study(
        study="traced", base=WORLD, arms=arms, seed=4, events=["views", "reactions", "desk_events"],
        outcomes=["normalization"],
    )  # fmt: skip
    return study.run(tmp_path_factory.mktemp("traced"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The same without a log."""
    arms = [Arm("none"), Arm("tag, desk", [TAG, DESK])]
    study = Study(study="traced", base=WORLD, arms=arms, seed=4, outcomes=["normalization"])
    return study.run(tmp_path_factory.mktemp("bare"))


def posts_of(results, arm="tag, desk"):
    """Posts of an arm."""
    return results.table("posts").filter(arm=arm)


def struggle(results, **wanted):
    """The key of the most viewed struggle since day 0 with some values."""
    mine = posts_of(results).filter(kind="struggle", **wanted).sort("views", "key", descending=True)
    assert mine.height
    return mine["key"][0]


@pytest.fixture(scope="module")
def lively(results):
    """The trace of the struggle with most retweets among those with answers."""
    posts = posts_of(results)
    count = posts.filter(kind="retweet").group_by("root").len().rename({"root": "key"})
    key = posts.filter(kind="struggle").join(count, on="key").sort("len", "key", descending=True)["key"][0]
    return results.trace(key, arm="tag, desk")


# --- the table ----------------------------------------------------------------------------------------------------


def test_everybody_who_viewed_a_post_is_in_its_trace_once_per_view(results, lively):
    table = lively.table()
    views = results.table("views").filter(arm="tag, desk", post=lively.key)
    assert views.height == lively.root["views"] > 10
    mine = table.filter(event="views")
    assert sorted(zip(mine["step"], mine["agent"], strict=True)) == sorted(views.select("step", "agent").iter_rows())
    assert lively.first_views.height == lively.root["viewers"]


def test_everything_that_was_done_with_it_is_there(lively):
    table = lively.table()
    done = table["event"].value_counts().to_dict(as_series=False)
    count = dict(zip(done["event"], done["count"], strict=True))
    assert count["writes"] == 1
    assert count.get("likes", 0) == lively.root["likes"]
    assert count["passes on"] == lively.retweets.height > 2
    answers = sum(number for event, number in count.items() if event.startswith("answers"))
    assert answers == lively.replies.height > 0


def test_a_trace_goes_forward_in_time_and_begins_with_the_writing(lively):
    table = lively.table()
    assert table.row(0, named=True)["event"] == "writes"
    assert table["hours"].is_sorted()
    assert table["hours"][0] == 0.0
    assert (table["day"] * 96 - (table["step"] - 96)).abs().max() < 1.0


def test_a_view_through_a_retweet_names_who_passed_it_on(results, lively):
    graph = lively.run.world.graph
    for view, source in zip(lively.first_views.iter_rows(named=True), sources(lively), strict=True):
        if view["via"] == "retweet":
            assert key_parts(view["through"])[0] == source
            assert view["agent"] in graph.followers_of(source)
        else:
            assert source == lively.root["author"]


def test_the_story_of_a_removed_post_says_when_why_and_how_the_desk_came_to_it(results):
    found = results.trace(struggle(results, state="removed", violation="none"), arm="tag, desk")
    assert "removed by the desk" in found.fate()[0]
    assert found.fate()[0].endswith("it breaks no rule")
    events = found.table().filter(post=found.name)["event"].to_list()
    story = [event for event in events if "desk" in event or "detector" in event]
    assert story == [
        "found by the detector", "comes before the desk", "taken up by the desk", "decided by the desk",
    ]  # fmt: skip
    decided = found.table().filter(event="decided by the desk", post=found.name)
    assert decided["by"][0] == "remove, wrongly"
    assert decided["agent"][0] is None
    viewed = found.table().filter(event="views")
    assert viewed["step"].max() < found.root["removed_step"]


def test_a_post_that_stands_says_for_how_long_it_can_be_read(results):
    found = results.trace(struggle(results, state="visible"), arm="tag, desk")
    assert "to be read for 7 days from 0.25 hours on" in found.fate()[0]


def test_a_protected_author_is_named_as_a_reason(results):
    key = posts_of(results).filter(pl.col("protected") & pl.col("parent").is_null())["key"][0]
    assert "its author is protected" in results.trace(key, arm="tag, desk").fate()[1]


def test_followers_who_saw_it_and_who_did_not_are_counted(lively):
    followers = set(lively.run.world.graph.followers_of(lively.root["author"]).tolist())
    viewers = set(lively.first_views["agent"])
    said = lively.missed(lively.run.world)
    assert f"of {len(followers)} followers of the author {len(followers & viewers)} viewed it" in said
    assert f"so did {len(viewers - followers)} others" in said


def test_the_world_of_a_run_is_drawn_again_as_it_was(lively, results):
    known = results.table("network").filter(arm="tag, desk", measure="mean_degree")["value"][0]
    assert lively.run.world.graph.n_arcs / 120 == pytest.approx(known)


# --- which post ---------------------------------------------------------------------------------------------------


def test_a_key_is_taken_in_both_spellings(results, lively):
    for post in (lively.key, str(lively.key), key_text(lively.key)):
        assert trace(results.folder, post, arm="tag, desk").key == lively.key


def test_an_answer_or_a_retweet_leads_to_its_root(results, lively):
    for key in (lively.replies["key"][0], lively.retweets["key"][0]):
        found = results.trace(key, arm="tag, desk")
        assert (found.root["key"], found.key) == (lively.key, key)


def test_the_first_run_with_the_post_is_taken(results):
    none, tag = (set(posts_of(results, arm)["key"]) for arm in ("none", "tag, desk"))
    assert results.trace(min(none & tag)).run.arm == "none"
    assert results.trace(min(tag - none)).run.arm == "tag, desk"


@pytest.mark.parametrize(
    ("post", "options", "said"),
    [
        ("5-16000000-0", {}, [r"--post 5-16000000-0: no post has this key in .*", "there are .* posts in 2 runs; most "
                              "viewed struggles: ", r"did you mean '\d+-\d+-\d+'"]),
        ("seven", {}, ["--post seven: is not the key of a post", "for example 17-1402-0"]),
        ("7", {"arm": "tga, desk"}, ["--arm tga, desk: the study has no such arm", "arms: none; tag, desk",
                                     "did you mean 'tag, desk'"]),
        ("7", {"scenario": "x"}, ["--scenario x: the study has no such scenario", "scenarios: -"]),
        ("7", {"replicate": 2}, ["--replicate 2: there is no such replicate", "replicates there: 1 to 1"]),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_in_three_parts(post, options, said, results):
    with pytest.raises(InputError) as error:
        results.trace(post, **options)
    for part in said:
        assert re.search(part, str(error.value)), part


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no results"):
        trace(tmp_path, 7)


def test_a_post_of_another_arm_alone_is_unknown_in_this_one(results):
    only = min(set(posts_of(results)["key"]) - set(posts_of(results, "none")["key"]))
    with pytest.raises(InputError, match=r"no post has this key in .*, arm none"):
        results.trace(only, arm="none")


# --- without a log ------------------------------------------------------------------------------------------------


def test_without_a_log_the_cascade_and_the_desk_are_known_all_the_same(bare, results):
    key = struggle(results, state="removed")
    full, found = (each.trace(key, arm="tag, desk") for each in (results, bare))
    assert found.views is None
    assert found.posts.equals(full.posts)
    assert found.first_views.is_empty()
    desk = found.table().filter(pl.col("agent").is_null())
    assert set(desk["event"]) == {"comes before the desk", "taken up by the desk", "decided by the desk"}
    mine = full.table().filter(pl.col("event").is_in(desk["event"].implode()))
    assert desk["hours"].to_list() == pytest.approx(mine["hours"].to_list())
    reactions = found.table().filter(pl.col("event").str.contains("answers|passes"))
    assert reactions.height == found.posts.height - 1


# --- the picture --------------------------------------------------------------------------------------------------


def test_everybody_has_a_place_of_their_own_that_no_arm_changes(results, lively):
    one = positions(lively.run.world)
    other = positions(results.trace(posts_of(results, "none")["key"][0], arm="none").run.world)
    assert np.array_equal(one, other)
    assert len(np.unique(one.round(9), axis=0)) == 120
    distance = np.linalg.norm(one[:, None] - one[None], axis=2) + np.eye(120) * 9
    assert distance.min() > 0.2


def test_communities_lie_apart(lively):
    place, community = positions(lively.run.world), lively.run.world.population.community
    for code in np.unique(community):
        mine = place[community == code]
        centre = mine.mean(axis=0)
        radius = np.linalg.norm(mine - centre, axis=1).max()
        others = np.linalg.norm(place[community != code] - centre, axis=1)
        assert others.min() > 0.9 * radius


def test_the_most_followed_stand_in_the_middle_of_their_community(lively):
    world = lively.run.world
    place = positions(world)
    for code in np.unique(world.population.community):
        mine = np.flatnonzero(world.population.community == code)
        hub = mine[np.argmax(world.graph.follower_counts[mine])]
        centre = place[mine].mean(axis=0)
        assert np.linalg.norm(place[hub] - centre) < np.linalg.norm(place[mine] - centre, axis=1).mean()


def test_the_picture_has_an_arrow_for_every_retweet_and_answer_and_a_legend_of_what_is_there(lively):
    figure = trace_figure(lively, lively.run.world)
    arrows = [
        patch
        for patch in figure.axes[0].patches
        if isinstance(patch, FancyArrowPatch) and patch.get_mutation_scale() >= 13
    ]
    assert len(arrows) >= lively.retweets.height
    words = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"author", "passed it on"} <= words
    via = set(lively.first_views["via"])
    assert ("viewed through a retweet" in words) == ("retweet" in via)
    assert ("brought by the routing" in words) == ("routed" in via)


def test_the_same_trace_gives_the_same_bytes(lively):
    for ending in ("png", "svg"):
        one, other = (picture(trace_figure(lively, lively.run.world), ending) for _ in range(2))
        assert one == other


def test_a_post_that_nobody_saw_can_be_drawn(results):
    lonely = posts_of(results).filter(pl.col("parent").is_null() & (pl.col("views") == 0))["key"][0]
    found = results.trace(lonely, arm="tag, desk")
    assert len(picture(trace_figure(found, found.run.world))) > 10_000
    assert found.table()["event"].to_list()[0] == "writes"


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_prints_the_trace_and_writes_table_and_picture(results, lively, tmp_path):
    done = supportnet("trace", results.folder, "--post", lively.name, "--arm", "tag, desk", "-o", tmp_path)
    assert done.exit_code == 0, done.output
    assert f"post {lively.name} ({lively.key}), struggle" in done.stdout
    assert "arm tag, desk, replicate 1" in done.stdout
    stem = f"trace-{lively.name}-tag--desk-1"
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{stem}.csv", f"{stem}.png", f"{stem}.svg"]
    assert pl.read_csv(tmp_path / f"{stem}.csv").height == lively.table().height


def test_the_command_speaks_json(results, lively, tmp_path):
    done = supportnet("trace", results.folder, "--post", lively.key, "--arm", "tag, desk", "-o", tmp_path, "--json")
    told = json.loads(done.stdout)
    assert told["post"] == lively.key
    assert told["viewers"] == lively.first_views.height
    assert len(told["events"]) == lively.table().height


def test_the_command_says_what_a_study_without_a_log_lacks(bare, results, tmp_path):
    done = supportnet("trace", bare.folder, "--post", struggle(results), "--arm", "tag, desk", "-o", tmp_path)
    assert "'events: [views, reactions]' in its file does" in done.stdout


def test_the_command_refuses_an_unknown_post_with_code_2(results):
    done = supportnet("trace", results.folder, "--post", "5-5-5")
    assert done.exit_code == 2
    assert "no post has this key" in done.stderr
