"""Whatever a page sends, its visitor keeps choices that can be told, and other visitors keep theirs."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from experiments.app import visitor as visiting
from experiments.app.charts import CHOICES
from experiments.app.setup import ACTIONS, SETTINGS, START
from experiments.app.visitor import Visitor

NAMES = st.sampled_from([*SETTINGS, *ACTIONS, *list(CHOICES)[:9], "seeds.count", "left", "__class__", "../x", ""])
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**400), 10**400), st.integers(-3, 30_000), st.floats(),
    st.text(max_size=9),
    NAMES,
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
KEYS = ("path", "value", "side", "name", "on")
DATA = st.one_of(VALUES, st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, VALUES)))
EVENTS = ("set_setting", "set_seed", "set_action", "set_lever", "choose", "set_pace", "reset", "play", "pause", "step")


class _Player:
    """Runs nothing, and remembers what it was asked."""

    def __init__(self, _: Any) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.asked.append(name)


@pytest.fixture(scope="module", autouse=True)
def players():
    """Visitors without a thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visiting, "Player", _Player)
        yield


@budget(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(EVENTS), DATA), max_size=6))
def test_whatever_a_page_sends_is_taken_or_told(events):
    mine, other = Visitor(lambda: None), Visitor(lambda: None)
    for name, data in events:
        getattr(mine, name)(data)
        assert all(len(problem) < 9_000 for problem in mine.view.problems)
        assert set(mine.view.setup.settings) <= set(SETTINGS)
        assert all(set(arm) <= set(ACTIONS) for arm in mine.view.setup.arms)
        assert set(mine.view.chosen) <= set(CHOICES)
        assert mine.view.setup.text()
    assert other.view.setup == START
    assert vars(other._player)["asked"] == []
