"""The model as a whole: Mesa's tools on it, its clock, its luck, and what it says to wrong requests."""

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import polars as pl
import pytest
from mesa.experimental.mesa_signals import ALL
from mesa.experimental.scenarios import Scenario

from simulation import (
    Contact,
    Hashtag,
    InputError,
    Moderation,
    Parameters,
    Person,
    SupportnetWarning,
    SupportNetworkModel,
    UnknownNameError,
)
from simulation.model import ENGINES
from simulation.outcomes import OUTCOMES
from simulation.posts import Kind

ROOT = Path(__file__).resolve().parents[1]
LIVELY = {"disclosure__intercept": -2.0, "reactions__reply": 0.2, "adoption__first_exposure": 0.2}


def a_model(**changes):
    """A small model in which much happens."""
    usual = {"agents": 80, "days": 4, "warmup_days": 1, "rng": 11, **LIVELY}
    return SupportNetworkModel(**(usual | changes))


def busy(engine):
    """A model with a tag and a desk."""
    arms = [Hashtag(seeds={"share": 0.3}), Moderation(regime="automatic_review", start_day=1, false_positive_rate=0.5)]
    return a_model(engine=engine, interventions=arms, posting__tip_share=0.5)


def same_tables(first, second):
    """Whether two runs left the same posts, adoptions, cases and outcomes."""
    tables = zip(first.tables.values(), second.tables.values(), strict=True)
    return first.outcomes.equals(second.outcomes) and all(one.equals(other) for one, other in tables)


@pytest.fixture(params=sorted(ENGINES))
def engine(request):
    return request.param


# --- the same luck ------------------------------------------------------------------------------------------------


def test_the_same_seed_leaves_the_same_tables(engine):
    first, second = busy(engine), busy(engine)
    first.run()
    second.run()
    assert first.tables["desk"].height > 0
    assert first.tables["adoptions"].height > 0
    assert same_tables(first, second)


def test_another_seed_is_another_run(engine):
    first, second = a_model(engine=engine), a_model(engine=engine, rng=12)
    first.run()
    second.run()
    assert not np.array_equal(first.posts.key, second.posts.key)


def test_the_order_of_hashing_moves_nothing():
    program = (
        "from simulation import Hashtag, Moderation, SupportNetworkModel\n"
        "m = SupportNetworkModel(agents=80, days=3, warmup_days=1, rng=11, adoption__first_exposure=0.2,\n"
        "    interventions=[Hashtag(), Moderation(regime='automatic_review')])\n"
        "m.run()\n"
        "print(m.outcomes.write_csv(), *(table.write_csv() for table in m.tables.values()))\n"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(answers[0]) > 10_000
    assert answers[0] == answers[1]


def test_taking_fewer_outcomes_changes_no_event():
    everything, one = a_model(), a_model(outcomes=["normalization"])
    everything.run()
    one.run()
    assert set(one.outcomes["outcome"]) == {"normalization"}
    np.testing.assert_array_equal(everything.posts.key, one.posts.key)
    kept = everything.outcomes.filter(pl.col("outcome") == "normalization")
    assert kept.equals(one.outcomes)


def test_a_generator_or_nothing_yields_a_seed():
    seeds = [SupportNetworkModel(agents=10, days=1, rng=rng).run_seed for rng in (np.random.default_rng(3), None, None)]
    again = SupportNetworkModel(agents=10, days=1, rng=np.random.default_rng(3)).run_seed
    assert seeds[0] == again
    assert len(set(seeds)) == 3
    assert all(0 <= seed < 2**63 for seed in seeds)


# --- the clock ----------------------------------------------------------------------------------------------------


def test_the_clock_begins_with_the_warm_up_and_stops_at_the_end():
    model = a_model()
    assert model.day == -1.0
    model.step()
    assert model.day == pytest.approx(-1 + 1 / 96)
    model.run()
    assert (model.day, model.running) == (4.0, False)
    assert model.engine.step == model.parameters.total_steps == 5 * 96


def test_running_day_by_day_is_running_at_once():
    at_once, daily = a_model(), a_model()
    at_once.run()
    while daily.running:
        daily.run(days=1)
    assert same_tables(at_once, daily)


BUSY = (Hashtag(start_day=0.4, end_day=2.26), Moderation(), Contact(start_day=0.3, every_days=0.77))


@pytest.mark.parametrize("interventions", [(), BUSY])
def test_running_is_stepping_to_the_last_bit_of_the_clock(interventions):
    run, stepped = (SupportNetworkModel(agents=40, days=4, rng=3, interventions=interventions) for _ in range(2))
    run.run(days=2.3)
    for _ in range(round(2.3 * 96)):
        stepped.step()
    assert clock_of(run) == clock_of(stepped)
    run.run()
    while stepped.running:
        stepped.step()
    assert clock_of(run) == clock_of(stepped)
    assert same_tables(run, stepped)
    assert run.datacollector.model_vars == stepped.datacollector.model_vars


def clock_of(model):
    """What Mesa knows of the time."""
    schedule = model._default_schedule
    return model.steps, model.time, model.running, schedule.execution_count, schedule.next_scheduled_time


def test_a_subclass_is_asked_in_every_step():
    class Counting(SupportNetworkModel):
        stepped = begun = 0

        def step(self):
            self.stepped += 1
            super().step()

    class Watching(SupportNetworkModel):
        begun = 0

        def intervene(self):
            self.begun += 1
            super().intervene()

    counting, watching = Counting(agents=20, days=1, rng=1), Watching(agents=20, days=1, rng=1)
    counting.run()
    watching.run()
    assert counting.stepped == watching.begun == counting.parameters.total_steps


def test_events_and_listeners_of_mesa_meet_a_run_at_their_time():
    model, heard, met = a_model(), [], []

    def meet():
        met.append((model.time, model.engine.step))

    def hear(signal):
        heard.append(signal.additional_kwargs["new"])

    model.schedule_event(meet, at=100.5)
    model.run(days=2)
    assert met == [(100.5, 100)]
    model.observe("time", ALL, hear)
    model.run(days=1)
    assert heard == [float(step) for step in range(193, 289)]


def test_some_days_are_run_and_no_more_than_are_left():
    model = a_model()
    model.run(days=2)
    assert model.day == 1.0
    model.run(days=99)
    assert model.day == 4.0


def test_progress_is_told_after_every_day():
    told: list[float] = []
    a_model().run(progress=told.append)
    assert told == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_outcomes_begin_on_day_0_and_are_taken_at_the_end_of_every_day():
    model = a_model()
    model.run()
    daily = model.outcomes.filter((pl.col("outcome") == "stigma") & (pl.col("group") == "all"))
    assert daily["day"].to_list() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert daily["step"].to_list() == [96, 192, 288, 384, 480]
    due_at_end = {name for name, outcome in OUTCOMES.items() if outcome.due == "end"}
    assert set(model.outcomes.filter(pl.col("outcome").is_in(due_at_end))["day"]) == {4.0}


def test_nobody_enters_treatment_before_day_0():
    model = a_model(help__hazard_student=1.0, help__hazard_resident=1.0, distress__cut=0.0)
    model.run(days=1)
    assert (model.engine.column("treated_since") == -1).all()
    model.run(days=1)
    assert (model.engine.column("treated_since") >= 0).any()


# --- Mesa ---------------------------------------------------------------------------------------------------------


def test_the_model_and_its_people_are_mesa_s():
    model = a_model(engine="agents")
    assert isinstance(model, mesa.Model)
    assert len(model.agents) == 80
    assert all(isinstance(person, Person) for person in model.agents)


def test_batch_run_works_unchanged():
    rows = mesa.batch_run(
        SupportNetworkModel,
        parameters={"agents": 40, "days": 2, "warmup_days": 0, "beliefs__stigma_mean": [0.3, 0.6]},
        rng=[1, 2],
        max_steps=1000,
        display_progress=False,
        data_collection_period=1,
    )
    assert {(row["beliefs__stigma_mean"], row["rng"]) for row in rows} == {(0.3, 1), (0.3, 2), (0.6, 1), (0.6, 2)}
    assert sorted({row["day"] for row in rows}) == [0.0, 1.0, 2.0]
    assert len(rows) == 4 * 3


def test_the_data_collector_takes_reporters_of_one_s_own():
    model = a_model(engine="agents")
    mine = mesa.DataCollector(model_reporters={"day": "day"}, agent_reporters={"fear": "fear"})
    while model.running:
        model.run(days=1)
        mine.collect(model)
    assert mine.get_model_vars_dataframe()["day"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert len(mine.get_agent_vars_dataframe()) == 5 * 80


def test_the_data_collector_of_the_model_agrees_with_its_outcomes():
    model = a_model()
    model.run()
    collected = model.datacollector.get_model_vars_dataframe()
    assert collected["day"].tolist() == [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    daily = model.outcomes.filter((pl.col("outcome") == "normalization") & (pl.col("group") == "all"))
    assert collected["normalization"].tolist()[1:] == pytest.approx(daily["value"].to_list())
    assert collected["struggle_posts"].iloc[-1] == np.count_nonzero(model.posts.kind == Kind.STRUGGLE)


def test_a_deep_copy_goes_on_exactly_like_the_original(engine):
    model = busy(engine)
    model.run(days=2)
    other = copy.deepcopy(model)
    model.run()
    assert other.day == 1.0
    other.run()
    assert same_tables(model, other)


def test_what_is_done_to_a_copy_leaves_the_original_alone(engine):
    model = busy(engine)
    model.run(days=2)
    other = copy.deepcopy(model)
    other.engine.assign("fear", np.arange(80), 0.0)
    assert model.engine.column("fear").mean() > 0.3
    assert other.engine.column("fear").mean() == 0.0


# --- tables -------------------------------------------------------------------------------------------------------


def test_the_tables_speak_in_names_and_keys():
    model = busy("agents")
    model.run()
    posts, adoptions, desk = (model.tables[name] for name in ("posts", "adoptions", "desk"))
    assert posts["key"].n_unique() == posts.height
    assert set(posts["kind"]) <= {kind.name.lower() for kind in Kind}
    assert set(posts["tag"].drop_nulls()) == {"general support"}
    assert set(posts["parent"].drop_nulls()) <= set(posts["key"])
    assert set(desk["post"]) <= set(posts["key"])
    assert (adoptions["exposure"] == 0).any()
    assert desk.filter((pl.col("start") < pl.col("arrival")) | (pl.col("finish") < pl.col("start"))).is_empty()


def test_the_graph_has_an_edge_the_way_a_post_travels():
    model = a_model()
    assert model.graph.number_of_edges() == model.world.graph.n_arcs
    author, follower = next(iter(model.graph.edges))
    assert follower in model.world.graph.followers_of(author)


def test_a_model_says_what_it_is_and_how_far_it_has_come():
    model = a_model()
    model.run(days=1)
    assert str(model) == "80 people, seed 11, day 0 of 4"
    assert repr(model) == "<SupportNetworkModel: 80 people, seed 11, day 0 of 4, engine kernels>"
    assert repr(a_model(engine="agents")).endswith("day -1 of 4, engine agents>")


@pytest.mark.parametrize("agents", [1, 2, 3])
def test_a_handful_of_people_is_enough(agents):
    model = SupportNetworkModel(agents=agents, days=2, warmup_days=0, rng=1, interventions=[Hashtag()])
    model.run()
    assert model.outcomes.height > 0


# --- wrong requests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"beliefs__stigma_men": 0.3}, "did you mean 'beliefs__stigma_mean'"),
        ({"dayz": 3}, "did you mean 'days'"),
        ({"agents": 0}, "agents: 0 cannot stand"),
        ({"engine": "agnets"}, "did you mean 'agents'"),
        ({"outcomes": ["stgma"]}, "did you mean 'stigma'"),
        ({"network": {"type": "rinng"}}, "did you mean 'ring'"),
    ],
)
def test_a_wrong_request_is_told_what_is_meant(request_, answer):
    with pytest.raises(InputError, match=answer):
        SupportNetworkModel(**request_)


def test_a_class_of_one_s_own_needs_the_engine_that_asks_it():
    class Own(Person):
        pass

    with pytest.warns(SupportnetWarning, match="people of class Own need the engine 'agents'") as told:
        model = a_model(agent_class=Own)
    assert [warning.filename for warning in told] == [a_model.__code__.co_filename]
    assert {type(person) for person in model.agents} == {Own}
    assert "engine agents" in repr(model)
    assert {type(person) for person in a_model(agent_class=Own, engine="agents").agents} == {Own}
    with pytest.raises(InputError, match="cannot run people of class Own"):
        a_model(agent_class=Own, engine="kernels")


def test_unknown_names_are_lookup_errors_too():
    with pytest.raises(UnknownNameError):
        SupportNetworkModel(agents=5, engine="nothing")


def test_overrides_go_on_top_of_the_parameters_given():
    model = SupportNetworkModel(Parameters(agents=30, days=7), days=3, rng=1)
    assert (model.parameters.agents, model.parameters.days) == (30, 3)


def test_the_series_of_an_outcome_is_its_column_in_the_table():
    model = a_model()
    assert model.series("normalization") == []
    model.run()
    rows = model.outcomes.filter(pl.col("outcome") == "normalization")
    for group in ("all", "role=student"):
        assert model.series("normalization", group) == rows.filter(pl.col("group") == group)["value"].to_list()
    with pytest.raises(InputError, match="did you mean 'normalization'"):
        model.series("normalisation")
    with pytest.raises(InputError, match="did you mean 'role=student'"):
        model.series("normalization", "role=students")


def test_what_mesa_s_page_hands_over_on_a_reset_gives_nothing_but_a_seed():
    scenario: Any = Scenario(rng=7)
    assert a_model(rng=None, scenario=scenario).run_seed == a_model(rng=7).run_seed == 7
    assert a_model(rng=8, scenario=scenario).run_seed == 8
