"""What a sensitivity analysis looks at: last values of outcomes in the baseline, and differences between arms."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from experiments.comparison.source import Source
from experiments.designs import Drawn
from experiments.outcome_words import measure
from experiments.sensitivity.indices import Floats
from experiments.study import Study

USUAL = ("normalization", "support_reach_7d", "supported_within_24h", "harm_exposure", "struggle_posts", "help_seeking")
"""Outcomes of an analysis where neither the study nor the user names a few."""
MOST_OUTCOMES = 8
"""A study that names more outcomes than this has not chosen among them."""


class Output(NamedTuple):
    """An outcome in an arm, or its paired difference from another arm.

    Args:
        outcome, arm: names.
        against: the arm from which the difference is taken; empty for the outcome itself.
    """

    outcome: str
    arm: str
    against: str = ""

    @property
    def title(self) -> str:
        """In words."""
        title = measure(self.outcome).title
        return f"{title}: {self.arm} less {self.against}" if self.against else f"{title}: {self.arm}"


def usual_outcomes(study: Study) -> tuple[str, ...]:
    """The outcomes of a study that are looked at: its own where it has chosen, the usual ones otherwise."""
    if len(study.outcomes) <= MOST_OUTCOMES:
        return tuple(study.outcomes)
    return tuple(name for name in USUAL if name in study.outcomes) or tuple(study.outcomes)[:MOST_OUTCOMES]


def outputs_of(folder: Path) -> Iterator[tuple[Output, Floats]]:
    """Every output of a stage with its values [M, R] at the points of the design; not a number where a run has none."""
    source = Source(folder)
    places = _places(source)
    baseline = source.study.baseline
    for outcome in source.outcomes:
        values = source.cube.of(outcome)[places]
        by_arm = {arm: values[:, place] for place, arm in enumerate(source.arms)}
        yield Output(outcome, baseline), by_arm[baseline]
        for arm in source.arms:
            if arm != baseline:
                yield Output(outcome, arm, baseline), by_arm[arm] - by_arm[baseline]


def _places(source: Source) -> Sequence[int]:
    """For every point of the design the place of its scenario."""
    scenarios = source.study.scenarios
    place = {label: number for number, label in enumerate(scenarios.labels_once)}
    return [place[label] for label in scenarios.labels]


def unit_of(study: Study) -> Floats:
    """Coordinates [M, D] of the points of a drawn design."""
    design = study.design
    if not isinstance(design, Drawn):
        raise TypeError("only the points of a drawn design have coordinates")
    return design.unit(len(study.factors), study.seed)
