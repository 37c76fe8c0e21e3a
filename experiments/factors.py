"""Factors: what may vary in a study, and how a number between 0 and 1 becomes a value of one.

A factor is written as a list of values or as a range `{from, to, scale}`. The names of factors are dotted paths of
settings or of levers (`levers.py`). Values drawn from a range are rounded to six significant digits: that is finer
than any setting is known, keeps names of scenarios readable, and makes points the same on any machine, whatever its
logarithm does with the last bit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

DIGITS = 6
"""Significant digits of a value that is drawn from a range."""

Point = dict[str, Any]
"""A value for each factor, by dotted path."""


@dataclass(frozen=True)
class Range:
    """Every value between two ends.

    Args:
        low: smallest value.
        high: largest value.
        scale: `linear`, all values alike; `log`, all orders of magnitude alike.
        whole: whether values are whole numbers, both ends included; taken from the setting.
    """

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False

    def at(self, share: float) -> float:
        """The value at a share of the way from the lower end, from 0 to 1."""
        top = self.high + 1 if self.whole else self.high
        value = self._between(top, share)
        if self.whole:
            return min(math.floor(round(value, 9)), int(self.high))
        return min(max(float(f"{value:.{DIGITS}g}"), float(self.low)), float(self.high))

    def _between(self, top: float, share: float) -> float:
        """Linear or logarithmic interpolation between the lower end and `top`."""
        if self.scale == "log":
            return math.exp(math.log(self.low) + share * (math.log(top) - math.log(self.low)))
        return self.low + share * (top - self.low)

    def written(self) -> dict[str, Any]:
        """The range as a study file has it."""
        return {"from": self.low, "to": self.high, "scale": self.scale}


Values = Sequence[Any] | Range
"""What a factor may be: some values, or a range."""

Factors = Mapping[str, Values]
"""Factors by dotted path, in the order in which they were written."""


def value_at(values: Values, share: float) -> Any:  # noqa: ANN401 - whatever the setting holds
    """The value of a factor at a number from 0 to 1; the values of a list have equal parts of that stretch."""
    if isinstance(values, Range):
        return values.at(share)
    return values[min(int(share * len(values)), len(values) - 1)]


def as_values(given: object) -> Values:
    """Values as a Python call gives them: a sequence, a `Range`, or `{"from": 0.2, "to": 0.8}`.

    A whole number is an integer, however it is written, as in a study file: labels hold values, and results are read
    back with the study file that lies beside them.
    """
    if isinstance(given, Mapping):
        return Range(given["from"], given["to"], given.get("scale", "linear"))
    return given if isinstance(given, Range) else tuple(map(_as_in_a_file, given))  # type: ignore[call-overload]


def _as_in_a_file(value: Any) -> Any:  # noqa: ANN401 - whatever a factor takes
    """A value as it comes back from a study file."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def written_values(values: Values) -> Any:  # noqa: ANN401 - plain values for a file
    """Values as a study file has them."""
    return values.written() if isinstance(values, Range) else list(values)


def points_at(factors: Factors, shares: Sequence[Sequence[float]]) -> list[Point]:
    """Points from coordinates.

    Args:
        factors: D of them.
        shares: [M, D], from 0 to 1.
    """
    return [
        {path: value_at(values, share) for (path, values), share in zip(factors.items(), row, strict=True)}
        for row in shares
    ]
