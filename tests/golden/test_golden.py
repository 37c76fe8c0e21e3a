"""Yesterday's numbers are today's, on both engines.

A difference means that a number, a graph or an order of events has moved. If that is meant, write the files anew
(`scripts/regenerate_golden.py`) and flag the change; if not, it is a mistake. The last digits are those of one
mathematical library: elsewhere, too, both engines agree with each other, which `tests/equality` holds them to.
"""

from pathlib import Path

import pytest

from tests.golden import worlds


@pytest.mark.parametrize("engine", worlds.ENGINES)
@pytest.mark.parametrize("file", worlds.FILES, ids=lambda file: file.stem)
def test_a_golden_run_still_comes_out_as_it_did(file: Path, engine: str) -> None:
    world = worlds.read(file)
    assert worlds.play(world, engine) == world["expected"]


def test_the_golden_runs_are_lively_enough_to_notice_a_change() -> None:
    """Five worlds in which everybody's rules have something to do: posts in all, adoptions and cases in several."""
    counts = [worlds.read(file)["expected"]["counts"] for file in worlds.FILES]
    assert len(counts) >= 5
    assert all(each["posts"] >= 100 for each in counts)
    assert sum(each["adoptions"] >= 20 for each in counts) >= 3
    assert sum(each["desk"] >= 10 for each in counts) >= 3
