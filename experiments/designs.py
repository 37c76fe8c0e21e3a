"""Designs: how the points of a study are chosen from its factors.

A factor is a setting of the world with the values it takes; a point gives every factor one value. Every design is a
frozen record, registered under the name of its `type`; this version holds the full grid.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from itertools import product
from typing import Any, Literal

from simulation import Record, Registry, parameter

Point = dict[str, Any]
"""A value for each factor, by dotted path."""

Factors = Mapping[str, tuple[Any, ...]]
"""The values of each factor, by dotted path of the setting (`beliefs.stigma_mean`)."""


class Design(Record, ABC):
    """A way to choose points; its fields are its settings."""

    @abstractmethod
    def points(self, factors: Factors) -> list[Point]:
        """The points, in an order that depends on nothing but factors and settings."""


DESIGNS: Registry[type[Design]] = Registry("design")
"""Every design by the name of its `type`."""


@DESIGNS.register("grid")
class Grid(Design):
    """Every combination of the values of all factors; the last factor changes fastest."""

    type: Literal["grid"] = parameter("grid", "Every combination of the values.", grade="-", source="-")

    def points(self, factors: Factors) -> list[Point]:
        """The full product; one empty point when there are no factors."""
        return [dict(zip(factors, values, strict=True)) for values in product(*factors.values())]
