"""The dashboard without a page: controls from declarations, studies from choices, pictures, runs, visitors."""

import math
import time
from threading import Thread
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.app import charts
from experiments.app.controls import FIRST, LIMITS, MOST_PEOPLE, action_groups, setting_groups
from experiments.app.picture import MOST_TIES, arcs_among, laid_out, picture_of, starting_places, thinned
from experiments.app.runs import ADOPTED, DAILY, REMEMBERED, SAW, STRUGGLES, SUPPORTED, Pair, Player, Status
from experiments.app.setup import ACTIONS, LARGEST_SEED, SETTINGS, START, Setup, problems_of
from experiments.app.visitor import Visitor
from experiments.store import Store
from experiments.study import Study
from experiments.sweep import sweep
from simulation import (
    INTERVENTIONS,
    NETWORKS,
    Guidelines,
    Hashtag,
    InputError,
    Moderation,
    Parameters,
    SupportNetworkModel,
    World,
    declarations,
)

SMALL = Setup({"agents": 120, "days": 5, "warmup_days": 2}, ({}, {"hashtag": {"seeds.count": 12}}), seed=3)


# --- controls ---------------------------------------------------------------------------------------------------------


def test_every_declared_setting_has_a_control_but_lists_and_what_the_network_needs():
    declared = {item.path for item in declarations(Parameters) if not item.path.startswith("network")}
    assert declared - set(SETTINGS) == {"population.time_zones"}
    assert set(SETTINGS) - declared == {"network.type"}


def test_every_setting_stands_in_one_group_and_the_most_important_stand_first():
    groups = setting_groups()
    paths = [item.path for group in groups for item in group.controls]
    assert len(paths) == len(set(paths))
    assert tuple(item.path for item in groups[0].controls) == FIRST
    assert all(group.title and group.sentence for group in groups)


def test_every_control_has_the_sentence_the_unit_and_the_default_of_its_declaration():
    declared = {item.path: item for item in declarations(Parameters)}
    for path, control in SETTINGS.items():
        if path != "network.type":
            expected = (declared[path].meaning, declared[path].unit, declared[path].default)
            assert (control.sentence, control.unit, control.default) == expected


def test_every_slider_holds_its_default_and_stays_within_what_is_allowed():
    every = [*SETTINGS.values(), *(item for levers in ACTIONS.values() for item in levers.values())]
    for item in every:
        if item.kind in {"number", "whole"} and item.default is not None and item.path not in LIMITS:
            assert item.start <= cast(float, item.default) <= item.end
        if item.kind in {"number", "whole"}:
            assert item.start < item.end
            assert item.low is None or item.start >= item.low
            assert item.high is None or item.end <= item.high


def test_every_intervention_can_be_switched_on_as_it_is_by_default():
    groups = action_groups()
    assert {group.name for group in groups} == set(INTERVENTIONS)
    assert groups[0].name == "hashtag"
    alone = {name: problems_of(Setup(SMALL.settings, ({}, {name: {}}))) for name in INTERVENTIONS}
    assert {name for name, problems in alone.items() if problems} == {"tweet_chat"}
    assert problems_of(Setup(SMALL.settings, ({}, {"hashtag": {}, "tweet_chat": {}}))) == []


def test_networks_that_need_a_file_are_not_offered():
    assert {"popularity", "growth", "ring"} <= set(SETTINGS["network.type"].choices)
    assert not {"file", "dataset"} & set(SETTINGS["network.type"].choices)


# --- choices and the study they stand for ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("agents", MOST_PEOPLE + 1),
        ("agents", 100.5),
        ("agents", "100"),
        ("agents", math.nan),
        ("agents", True),
        ("beliefs.stigma_mean", 1.0),
        ("beliefs.stigma_mean", None),
        ("beliefs.stigma", 0.3),
        ("reading.ranked", 1),
        ("network.type", "file"),
        ("__class__", 1),
    ],
)
def test_values_that_cannot_stand_are_refused_in_words(path, value):
    with pytest.raises(InputError) as error:
        SMALL.with_setting(path, value)
    assert path in str(error.value)


@pytest.mark.parametrize("seed", [-1, LARGEST_SEED + 1, 1.5, "1", None, True, 10**4000])
def test_seeds_are_whole_numbers_of_a_size_that_can_be_read_out(seed):
    with pytest.raises(InputError, match="not a seed"):
        SMALL.with_seed(seed)


def test_a_name_that_is_nearly_right_is_pointed_out():
    with pytest.raises(InputError, match=r"did you mean 'beliefs.stigma_mean'"):
        SMALL.with_setting("beliefs.stigma_maen", 0.3)
    with pytest.raises(InputError, match="did you mean 'hashtag'"):
        SMALL.with_action(0, "hashtags", True)
    with pytest.raises(InputError, match="interventions"):
        SMALL.with_lever(0, "hashtag", "breadth", "general")
    with pytest.raises(InputError, match="neither the left nor the right"):
        SMALL.with_action(2, "hashtag", True)


def test_what_was_chosen_stands_in_the_study():
    chosen = SMALL.with_setting("beliefs.stigma_mean", 0.6).with_setting("network.type", "ring").with_seed(9)
    chosen = chosen.with_action(0, "moderation", True).with_lever(0, "moderation", "regime", "automatic_review")
    study = chosen.with_lever(0, "moderation", "servers", 2.0).with_action(1, "guidelines", True).study()
    left, right = study.arms
    desk, (tag, shown) = cast(Moderation, left.interventions[0]), right.interventions
    assert (study.base.agents, study.base.beliefs.stigma_mean, type(study.base.network)) == (120, 0.6, NETWORKS["ring"])
    assert (study.seed, study.baseline) == (9, left.name)
    assert (desk.regime, desk.servers) == ("automatic_review", 2)
    assert (type(tag), type(shown)) == (Hashtag, Guidelines)
    assert cast(Hashtag, tag).seeds.count == 12


def test_arms_that_do_the_same_have_different_names():
    assert Setup({}, ({}, {})).names == ("none (left)", "none (right)")
    assert SMALL.names == ("none", "hashtag")
    assert len(Setup({}, ({}, {})).study().arms) == 2


def test_what_does_not_go_together_is_told_in_words():
    assert problems_of(START) == []
    told = problems_of(SMALL.with_setting("population.roles.student", 0.5))
    assert len(told) == 1
    assert told[0].startswith("base.population.roles: the five shares must add up to 1")


def test_the_downloaded_study_gives_the_numbers_of_the_curves(tmp_path):
    file = tmp_path / "dashboard.yaml"
    file.write_text(SMALL.text(), encoding="utf-8")
    pair = Pair(SMALL)
    while not pair.finished:
        pair.advance()
    done = sweep(Study.from_file(file), tmp_path / "results")
    assert done.failed == 0
    rows = Store(tmp_path / "results").table("outcomes")
    for side in pair.frame().sides:
        for name in DAILY:
            wanted = rows.filter(
                (pl.col("arm") == side.name) & (pl.col("outcome") == name) & (pl.col("group") == "all")
            )
            expected = [math.nan if value is None else value for value in wanted.sort("day")["value"]]
            assert side.series[name] == pytest.approx(expected, rel=0.0, abs=0.0, nan_ok=True), name


# --- pictures ---------------------------------------------------------------------------------------------------------


def _world(agents, seed=5):
    return World.build(Parameters(agents=agents), seed)


def test_the_same_graph_has_the_same_picture():
    one, other = picture_of(_world(150)), picture_of(_world(150))
    assert one.values() == other.values()
    assert one.values() != picture_of(_world(150, seed=6)).values()


def test_everybody_is_drawn_where_there_is_room_and_a_sample_elsewhere():
    all_of_them = picture_of(_world(150))
    assert all_of_them.agents.tolist() == list(range(150))
    assert all_of_them.caption.startswith("All 150 people")
    some = picture_of(_world(150), most_drawn=40)
    assert len(some.agents) == len(set(some.agents.tolist())) == 40
    assert some.caption.startswith("A sample of 40 of 150 people")


def test_drawn_ties_are_arcs_of_the_graph_from_the_author_to_the_follower():
    world = _world(150)
    picture = picture_of(world, most_drawn=60, most_ties=100)
    assert 0 < len(picture.ties) <= 100
    for author, follower in picture.agents[picture.ties].tolist():
        first, last = world.graph.follower_offsets[author : author + 2]
        assert follower in world.graph.followers[first:last]


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), unique=True), st.integers(1, 60))
def test_thinning_keeps_arcs_once_and_never_too_many(pairs, most):
    arcs = np.array(sorted(pairs, key=lambda pair: pair[::-1]), dtype=np.int64).reshape(-1, 2)
    kept = [tuple(arc) for arc in thinned(arcs, most).tolist()]
    assert len(kept) == len(set(kept)) <= max(most, 0)
    assert set(kept) <= set(pairs)
    assert len(kept) == len(pairs) or len(kept) > 0


def test_people_stand_apart_and_inside_the_picture():
    world = _world(200)
    arcs = arcs_among(world.graph, np.arange(200))
    start = starting_places(world.population.community, world.population.specialty)
    places = laid_out(start, thinned(arcs, MOST_TIES))
    assert places.shape == (200, 2)
    assert (places >= 0.0).all()
    assert (places <= 1.0).all()
    assert len(np.unique(places.round(9), axis=0)) == 200


# --- runs -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played():
    """Every day of a small pair of runs."""
    setup = SMALL.with_setting("disclosure.intercept", 0.0).with_setting("reactions.reply", 0.2)
    pair = Pair(setup)
    frames = [pair.frame()]
    while not pair.finished:
        pair.advance()
        frames.append(pair.frame())
    return frames


def test_both_arms_begin_alike(played):
    left, right = played[0].sides
    assert left.links == right.links == ()
    assert [state & STRUGGLES for state in left.states] == [state & STRUGGLES for state in right.states]
    assert not any(state & ADOPTED for state in left.states)


def test_days_are_counted_and_every_outcome_has_a_value_a_day(played):
    assert [frame.day for frame in played] == [0, 1, 2, 3, 4, 5]
    for frame in played:
        assert {len(values) for side in frame.sides for values in side.series.values()} == {frame.day + 1}


def test_who_reached_whom_is_told_for_people_of_the_picture_in_the_last_days(played):
    last = played[-1]
    links = [link for side in last.sides for link in side.links]
    assert {kind for *_, kind in links} >= {SAW, SUPPORTED}
    people = len(last.picture.agents)
    assert all(0 <= end < people and 0 <= start < people and start != end for _, start, end, _ in links)
    assert all(max(0, last.day - REMEMBERED) < day <= last.day for day, *_ in links)


def test_supportive_answers_of_the_picture_are_those_of_the_run(played):
    side = played[-1].sides[0]
    setup = played[-1].setup
    experiment = setup.experiments()[0]
    model = SupportNetworkModel(experiment.parameters, rng=experiment.seed)
    model.run()
    posts = model.posts
    answers = posts.root[posts.kind == 4]
    rows = np.flatnonzero((posts.kind == 4) & (posts.step >= model.parameters.warmup_steps))
    rows = rows[posts.kind[posts.root[rows]] == 2]
    expected = {
        (
            int(posts.step[row]) // model.parameters.steps_per_day - 1,
            int(posts.author[row]),
            int(posts.author[posts.root[row]]),
        )
        for row in rows
    }
    assert len(answers) > 0
    found = {(day, start, end) for day, start, end, kind in side.links if kind == SUPPORTED}
    assert found == {item for item in expected if item[1] != item[2]}


def test_curves_are_scaled_and_named_as_everywhere_else(played):
    made = charts.charts(played[-1], charts.FIRST)
    first = made[0]
    assert first["unit"] == "%"
    assert [line["dashed"] for line in first["lines"]] == [False, False, True, True]
    assert first["lines"][0]["values"] == pytest.approx(
        [100 * value for value in played[-1].sides[0].series["normalization"]], abs=1e-6
    )
    assert len(charts.table(played[-1], charts.FIRST)) == len(charts.FIRST) + 1
    assert charts.kept(["adoption", "nonsense", 3, "adoption", "stigma"]) == ("adoption", "stigma")
    assert charts.kept("adoption") == ()
    assert {item["name"] for item in charts.choices()} | {charts.TRUTH} == set(DAILY)


class Told:
    """What a player said, and a way to wait for it."""

    def __init__(self):
        self.all: list[Status] = []

    def __call__(self, status):
        self.all.append(status)

    def wait(self, holds, seconds=120.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.all and holds(self.all[-1]):
                return self.all[-1]
            time.sleep(0.01)
        raise AssertionError(f"never so; the last was {self.all[-1:]}")


@pytest.fixture
def player():
    """A player, and what it says."""
    told = Told()
    made = Player(told)
    made.set_pace(1000.0)
    yield made, told
    made.close()


def test_a_player_plays_to_the_end_and_a_reset_gives_the_first_picture_again(player):
    made, told = player
    made.reset(SMALL)
    first = told.wait(lambda status: status.phase == "ready").frame
    made.play()
    last = told.wait(lambda status: status.phase == "finished").frame
    assert (first.day, last.day) == (0, 5)
    made.reset(SMALL)
    again = told.wait(lambda status: status.phase == "ready").frame
    assert repr(again.sides) == repr(first.sides)  # a value that is missing is not equal to itself
    assert again.picture.values() == first.picture.values()
    assert again.number == first.number + 1


def test_one_step_is_one_day_and_a_pause_is_told(player):
    made, told = player
    made.reset(SMALL)
    told.wait(lambda status: status.phase == "ready")
    made.step()
    assert told.wait(lambda status: status.frame is not None and status.frame.day == 1).phase == "ready"
    made.set_pace(2.0)
    made.play()
    told.wait(lambda status: status.phase == "playing")
    made.pause()
    paused = told.wait(lambda status: status.phase == "ready")
    time.sleep(0.8)
    assert told.all[-1] == paused
    assert paused.frame.day < SMALL.settings["days"]


def test_a_long_preparation_gives_way_to_another_setup(player):
    made, told = player
    made.reset(SMALL.with_setting("warmup_days", 60).with_setting("agents", 2000))
    told.wait(lambda status: status.phase == "preparing")
    made.reset(SMALL)
    frame = told.wait(lambda status: status.phase == "ready").frame
    assert len(frame.picture.agents) == 120


def test_what_cannot_be_run_is_told_and_another_setup_can_follow(player):
    made, told = player
    made.reset(SMALL.with_setting("population.roles.student", 0.9))
    assert "add up to 1" in told.wait(lambda status: status.phase == "wrong").messages[0]
    made.reset(SMALL)
    assert told.wait(lambda status: status.phase == "ready").frame.day == 0


def test_a_closed_player_ends_its_thread():
    told = Told()
    made = Player(told)
    made.reset(SMALL)
    made.close()
    thread = cast(Thread, made._thread)
    thread.join(timeout=120.0)
    assert not thread.is_alive()


# --- a visitor -------------------------------------------------------------------------------------------------------


def test_quick_changes_count_all_of_them_before_anything_is_drawn():
    visitor = Visitor(lambda: None)
    visitor.set_setting({"path": "agents", "value": 100})
    visitor.set_setting({"path": "days", "value": 4})
    visitor.set_seed(8)
    visitor.set_action({"side": 0, "name": "guidelines", "on": True})
    visitor.set_lever({"side": 0, "name": "guidelines", "path": "effect", "value": 0.1})
    for name in ("stigma", "distress"):
        visitor.choose({"name": name, "on": True})
    visitor.choose({"name": "adoption", "on": False})
    assert visitor.view.setup == Setup(
        {"agents": 100, "days": 4}, ({"guidelines": {"effect": 0.1}}, START.arms[1]), seed=8
    )
    assert visitor.view.chosen == (*(name for name in charts.FIRST if name != "adoption"), "stigma", "distress")
    assert (visitor.view.problems, visitor.view.possible) == ((), True)


@pytest.mark.parametrize(
    "data", [{}, {"path": "agents"}, {"path": ["agents"], "value": 100}, None, {"path": 1, "value": 1}]
)
def test_what_a_page_cannot_mean_changes_nothing_and_is_told(data):
    visitor = Visitor(lambda: None)
    visitor.set_setting(data)
    visitor.set_pace("at once")
    assert visitor.view.problems
    assert visitor.view.setup == START
    assert visitor.view.possible


def test_what_cannot_be_run_is_not_begun_and_the_picture_stays():
    visitor = Visitor(lambda: None)
    for path, value in SMALL.settings.items():
        visitor.set_setting({"path": path, "value": value})
    visitor.open()
    _until(lambda: visitor.view.status.phase == "ready")
    assert not visitor.view.changed
    visitor.set_setting({"path": "population.roles.student", "value": 0.9})
    visitor.reset()
    shown = visitor.view.frame
    visitor.step()
    _until(lambda: visitor.view.frame is not shown)
    assert shown is not None
    assert visitor.view.frame is not None
    assert (visitor.view.frame.day, visitor.view.frame.number) == (1, shown.number)
    assert visitor.view.changed
    visitor.close()


def _until(holds, seconds=120.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


# --- Mesa's own page --------------------------------------------------------------------------------------------------


def test_the_model_works_in_the_page_that_mesa_brings():
    """Mesa's page is drawn, and its buttons are pressed, without a browser."""
    solara, vuetify = pytest.importorskip("solara"), pytest.importorskip("ipyvuetify")
    viz = pytest.importorskip("mesa.visualization.solara_viz")
    settings: dict[str, Any] = {"agents": 40, "days": 3, "warmup_days": 0, "step_minutes": 60.0}
    model = solara.reactive(SupportNetworkModel(Parameters(**settings), rng=1))
    _, page = solara.render(viz.SolaraViz(model, components=[], model_params=settings), handle_error=False)
    paces = {name: solara.reactive(value) for name, value in (("play_interval", 100), ("render_interval", 1))}
    control = viz.ModelController(
        model, model_parameters=solara.reactive(settings), use_threads=solara.reactive(False), **paces
    )
    _, buttons = solara.render(control, handle_error=False)
    reset, step = (
        next(item for item in buttons.find(vuetify.Btn).widgets if word in str(item.children))
        for word in ("Reset", "Step")
    )
    step.click()
    assert model.value.steps == 1
    reset.click()
    assert model.value.steps == 0
    assert isinstance(model.value, SupportNetworkModel)
    page.close()
    buttons.close()
