"""Mistakes in Python are told in a sentence, as those in files are."""

from typing import Any

import numpy as np
import pytest

from experiments import Arm, Study
from simulation import Hashtag, InputError, Moderation, Parameters, SupportNetworkModel

TINY: dict[str, Any] = {"agents": 20, "days": 1, "warmup_days": 0, "step_minutes": 240.0}


def message_of(call):
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"interventions": Hashtag()}, "is not a list of interventions"),
        ({"interventions": "hashtag"}, "interventions: 'hashtag' is not a list of interventions"),
        ({"interventions": 3}, "interventions: 3 is not a list of interventions"),
        ({"interventions": ["hashtag"]}, "interventions[0]: 'hashtag' is not an intervention"),
        ({"interventions": [Moderation(), Hashtag]}, "interventions[1]: "),
        ({"parameters": {"agents": 50}}, "parameters: {'agents': 50} is not Parameters"),
        ({"rng": -1}, "rng: -1 is not a seed"),
        ({"rng": 2**63}, f"rng: {2**63} is not a seed"),
        ({"rng": 1.5}, "rng: 1.5 is not a seed"),
        ({"rng": "one"}, "rng: 'one' is not a seed"),
        ({"rng": True}, "rng: True is not a seed"),
        ({"outcomes": "adoption"}, "outcomes: 'adoption' is not a list of names"),
        ({"outcomes": 3}, "outcomes: 3 is not a list of names"),
    ],
)
def test_a_model_says_what_it_was_given_and_what_it_takes(given, message):
    assert message in message_of(lambda: SupportNetworkModel(**given, **TINY))


def test_an_intervention_in_words_is_told_the_nearest_class():
    given: Any = ["hashtag"]
    assert message_of(lambda: SupportNetworkModel(interventions=given)).endswith("did you mean 'Hashtag'?")


def test_everything_wrong_is_told_at_once():
    text = message_of(lambda: SupportNetworkModel({}, rng=-1, outcomes="adoption"))  # type: ignore[arg-type]
    assert [line.split(":")[0] for line in text.splitlines() if line[0] != " "] == ["parameters", "rng", "outcomes"]


@pytest.mark.parametrize("rng", [0, 2**63 - 1, np.int64(7), np.random.default_rng(1), None])
def test_every_seed_that_there_is_can_be_given(rng):
    assert SupportNetworkModel(rng=rng, **TINY).run_seed >= 0


def test_interventions_may_come_one_by_one():
    model = SupportNetworkModel(rng=1, interventions=(kind() for kind in (Hashtag, Moderation)), **TINY)
    assert model.interventions == (Hashtag(), Moderation())


@pytest.mark.parametrize("days", ["x", -1, float("nan"), float("inf")])
def test_a_run_of_no_number_of_days_is_refused(days):
    model = SupportNetworkModel(rng=1, **TINY)
    assert message_of(lambda: model.run(days=days)).startswith(f"days: {days!r} is no number of days")
    model.run(days=np.float64(0.5))
    assert model.engine.step == 3


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Arm("tag", Hashtag()), "arm 'tag': "),  # type: ignore[arg-type]
        (lambda: Arm("tag", ["hashtag"]), "arm 'tag'[0]: 'hashtag' is not an intervention"),  # type: ignore[list-item]
        (lambda: Study(arms=["none"]), "arms: ['none'] is not a list of arms"),  # type: ignore[list-item]
        (lambda: Study(arms=Arm("none")), "arms: Arm("),  # type: ignore[arg-type]
        (lambda: Study(base={"agents": 50}), "base: {'agents': 50} is not Parameters"),  # type: ignore[arg-type]
        (lambda: Study(outcomes="adoption"), "outcomes: 'adoption' is not a list of outcomes"),
    ],
)
def test_a_study_says_what_it_was_given_and_what_it_takes(build, message):
    assert message_of(build).startswith(message)


def test_a_study_with_everything_in_its_place_stands():
    arms = [Arm("none"), Arm("tag", [Hashtag()])]
    assert Study(base=Parameters(agents=50), arms=arms, outcomes=["adoption"]).arms == tuple(arms)
