"""No number is wider than the place that holds it: runs whose counters stand near the limits of their widths."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulation import Parameters, SupportNetworkModel
from simulation.errors import RunError
from simulation.kernels import state as widths
from simulation.kernels.actions import LIKED, THREAD, place_of, rehash
from simulation.kernels.blocks import empty_actions
from simulation.kernels.state import BASE, LAST_ROW, MANY, USED, arc_type
from simulation.parameters import MOST_AGENTS
from simulation.posts import OWN_SLOTS, PROMPT_SLOTS, REACTION_SLOTS, key_from_text, key_parts, key_text, post_key
from simulation.world import MAX_TAGS
from tests.equality.test_engines import assert_same_events
from tests.lively import LIVELY, LIVELY_ACTIONS

ROOT = Path(__file__).resolve().parents[2]
YEAR = {"days": 3660, "warmup_days": 366, "step_minutes": 1.0}
"""The longest run in the smallest steps that there is."""
DENSE = LIVELY.with_values(
    {"network": {"type": "complete"}, "days": 8, "warmup_days": 1, "activity.posts_median": 30.0}
)


def begun(parameters=DENSE, actions=(), **options):
    return SupportNetworkModel(parameters, rng=5, interventions=actions, engine="kernels", **options)


def told(model):
    """Everything that came of a run, but for numbers of rows."""
    model.run()
    return model.outcomes, model.posts.table(("general support",)), model.engine.adoptions


def assert_same_story(one, other):
    for mine, theirs in zip(told(one), told(other), strict=True):
        assert mine.equals(theirs) if hasattr(mine, "equals") else mine == theirs


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_post_key_holds_the_last_person_the_last_step_and_the_last_slot():
    last_step = Parameters().with_values(YEAR).total_steps - 1
    slots = OWN_SLOTS + PROMPT_SLOTS + REACTION_SLOTS
    assert last_step < 2**24
    assert slots == 2**8
    for parts in ((MOST_AGENTS - 1, last_step, slots - 1), (2**31 - 1, 2**24 - 1, 2**8 - 1)):
        key = post_key(*parts)
        assert 0 <= key < 2**63
        assert key_parts(key) == parts
        assert key_from_text(key_text(key)) == key


def test_what_people_did_is_kept_for_the_last_person_and_the_last_post():
    table, larger = empty_actions(97), empty_actions(191)
    pairs = [(agent, row) for agent in (0, 1, MOST_AGENTS - 1) for row in (0, 1, LAST_ROW - 1)]
    for agent, row in pairs:
        place = place_of(table, agent, row)
        assert table[place] == -1
        table[place] = (agent << 32 | row) << 5 | LIKED | THREAD
    assert rehash(table, larger, 0) == len(pairs)
    for kept in (table, larger):
        assert all(kept[place_of(kept, agent, row)] & 31 == LIKED | THREAD for agent, row in pairs)
        assert (kept >= -1).all()


def test_more_people_than_an_address_holds_are_refused():
    with pytest.raises(ValueError, match="67108864"):
        Parameters(agents=MOST_AGENTS + 1)
    code = (
        "from simulation.generators.star import Star\n"
        "from simulation import InputError, Parameters, SupportNetworkModel\n"
        f"Star.size = lambda self, agents: {MOST_AGENTS + 1}\n"
        "try:\n    SupportNetworkModel(Parameters(network={'type': 'star'}), rng=1)\n"
        "except InputError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "67,108,865 people" in done.stdout


# --- steps ------------------------------------------------------------------------------------------------------------


def test_steps_are_remembered_in_sixteen_bits_only_while_they_fit():
    assert arc_type(2**16 - 1)["counted"] == np.uint16
    assert arc_type(2**16)["counted"] == np.int32
    longest = Parameters().with_values({**YEAR, "reading.live_days": 60.0})
    last_step = longest.total_steps + round(longest.reading.live_days * longest.steps_per_day) + 2
    assert arc_type(last_step)["counted"] == np.int32
    assert 8 * arc_type(0)["tags"].itemsize >= MAX_TAGS


def test_the_last_step_that_fits_sixteen_bits_is_remembered_as_one_of_thirty_two(monkeypatch):
    lasting = {"agents": 12, "step_minutes": 1.0, "days": 36, "warmup_days": 1, "reading.live_days": 8.5}
    parameters = DENSE.with_values({**lasting, "activity.posts_median": 12.0})
    last_step = parameters.total_steps + round(8.5 * parameters.steps_per_day) + 2
    assert 2**16 - 100 < last_step <= 2**16 - 1
    narrow = begun(parameters, LIVELY_ACTIONS)
    monkeypatch.setattr(widths, "STEPS", {np.int32: 2**31 - 1})
    wide = begun(parameters, LIVELY_ACTIONS)
    assert {model.engine.state.arcs.dtype["counted"] for model in (narrow, wide)} == {np.dtype("u2"), np.dtype("i4")}
    assert_same_story(narrow, wide)
    for name in ("counted", "disclosed", "tags"):
        assert np.array_equal(narrow.engine.state.arcs[name], wide.engine.state.arcs[name])
    assert int(narrow.engine.state.arcs["counted"].max()) > 2**16 - 2000


# --- counters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_posts", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
def test_posts_are_numbered_up_to_the_last_number_of_thirty_two_bits(threads, keep_posts):
    usual = begun(actions=LIVELY_ACTIONS, threads=threads)
    late = begun(actions=LIVELY_ACTIONS, threads=threads, keep_posts=keep_posts, outcomes=("adoption", "stigma"))
    usual.run()
    posts = len(usual.posts.key)
    spare = 1 if threads == 1 else 2000  # blocks ask for the room of a whole step
    late.engine.state.counters[BASE] = LAST_ROW - posts - spare
    late.run()
    counters = late.engine.state.counters
    assert counters[BASE] + counters[USED] == LAST_ROW - spare
    chosen = usual.outcomes.filter(usual.outcomes["outcome"].is_in(["adoption", "stigma"]))
    assert late.outcomes.equals(chosen)
    assert late.engine.adoptions == usual.engine.adoptions
    assert late.engine.threads().key.tolist() == usual.engine.threads().key.tolist()


@pytest.mark.parametrize("threads", [1, 2])
def test_one_post_more_than_can_be_numbered_ends_the_run_with_a_sentence(threads):
    model = begun(threads=threads)
    model.engine.state.counters[BASE] = LAST_ROW - 500
    with pytest.raises(RunError, match=r"more than 2,147,483,647 posts in one run; simulate fewer people"):
        model.run()


@pytest.mark.parametrize("ranked", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
def test_deliveries_may_be_more_than_thirty_two_bits_count(threads, ranked):
    parameters = DENSE.with_values({"reading.ranked": ranked, "reading.feed_length": 48})
    usual, late = (begun(parameters, LIVELY_ACTIONS, threads=threads) for _ in range(2))
    boxes = late.engine.state.boxes
    boxes["delivered"] = boxes["read"] = 2**31 - 1024
    assert_same_story(usual, late)
    assert int(late.engine.state.boxes["delivered"].max()) < MANY
    assert int(late.engine.state.boxes["delivered"].min()) >= 0


def test_whoever_never_reads_does_not_make_deliveries_overflow():
    parameters = DENSE.with_values({"activity.sessions_minimum": 0.0})
    model = begun(parameters)
    model.engine.state.boxes["delivered"] = MANY + 5
    model.engine.state.boxes["read"] = 0
    model.engine._blocks.look_after_counters()
    boxes = model.engine.state.boxes
    most_room = 256
    assert set(boxes["delivered"].tolist()) == {most_room + 5}
    assert set(boxes["read"].tolist()) == {5}


def test_somebody_who_views_more_than_can_be_counted_ends_the_run_with_a_sentence():
    model = begun()
    model.engine.state.people["views"][7] = MANY
    with pytest.raises(RunError, match=r"more than 1,073,741,824 views of one person"):
        model.run()


def test_no_day_adds_more_views_than_are_left_above_the_limit():
    most_sessions = Parameters().with_values(YEAR).steps_per_day
    assert most_sessions * (4096 + 16 * 4096) < 2**31 - MANY


# --- what a day can bring ---------------------------------------------------------------------------------------------


def test_more_clocks_than_fit_eight_bits_are_kept_apart(tmp_path):
    people = 300
    lines = [f"{a},{(a + hop) % people}" for a in range(people) for hop in range(1, 9)]
    (tmp_path / "ties.csv").write_text("follower,author\n" + "\n".join(lines))
    zones = "".join(f"{agent},{-14 + 28 * agent / people:.4f}\n" for agent in range(people))
    (tmp_path / "people.csv").write_text("id,time_zone\n" + zones)
    network = {"type": "file", "path": str(tmp_path / "ties.csv"), "nodes": str(tmp_path / "people.csv")}
    parameters = LIVELY.with_values({"network": network, "days": 3, "warmup_days": 1, "activity.posts_median": 10.0})
    model = begun(parameters)
    assert len(model.engine.state.clocks) >= people
    assert_same_events(parameters, [], 2)


def test_nobody_writes_more_reactions_in_a_step_than_there_are_slots():
    eager = DENSE.with_values({
        "agents": 300, "step_minutes": 1440.0, "days": 3, "warmup_days": 0, "reactions.reply": 1.0,
        "reactions.retweet": 1.0, "reading.scan_mean": 4000.0, "reactions.session_power": 0.0,
        "reactions.bystander_power": 0.0, "activity.sessions_median": 20.0,
    })  # fmt: skip
    assert_same_events(eager, [], 3)
    model = begun(eager)
    model.run()
    posts = model.posts
    reactions = posts.parent >= 0
    _, counts = np.unique(posts.key[reactions] >> 8, return_counts=True)
    assert counts.max() == REACTION_SLOTS
    assert len(np.unique(posts.key)) == len(posts.key)
    assert (posts.author >= 0).all()
