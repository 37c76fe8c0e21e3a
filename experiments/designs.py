"""Designs: how the points of a study are chosen from its factors.

A point gives every factor one value and is a scenario. Every design is a frozen record, registered under the name of
its `type`; it says how many points it has and what it cannot do. Designs that draw work in the unit cube and are left
to SciPy (Latin hypercube) and SALib (Sobol, Morris); their seed follows from the study's, or is given.
"""

import hashlib
import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from experiments.factors import Factors, Point, Range, points_at
from experiments.point_tables import PointTable, read_points
from experiments.weighted_samples import golden_steps, read_sample, taken
from experiments.yaml_files import Located
from simulation import Record, Registry, parameter

MOST_POINTS = 1_000_000
"""Points that one design may have."""

Unit = NDArray[np.float64]
"""Coordinates [M, D] from 0 to 1: M points, D factors."""


def _salib(method: str) -> ModuleType:
    """A way of sampling of SALib, imported when it is used: with what it needs it takes longer than all designs do."""
    return importlib.import_module(f"SALib.sample.{method}")


def design_seed(seed: int) -> int:
    """The seed of a design: 31 bits of SHA-256 of the text `supportnet/SEED/design`.

    Args:
        seed: of the study.
    """
    digest = hashlib.sha256(f"supportnet/{seed}/design".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


class Design(Record, ABC):
    """A way to choose points; its fields are its settings."""

    draws: ClassVar[bool] = False
    """Whether a factor may be a range."""
    repeats: ClassVar[bool] = False
    """Whether a value may stand twice in the list of a factor."""

    @abstractmethod
    def number_of_points(self, factors: Factors) -> int:
        """How many points there are; two of them may be the same scenario."""

    @abstractmethod
    def choose(self, factors: Factors, seed: int) -> list[Point]:
        """The points, in an order that depends on nothing but factors, settings and seed.

        Args:
            factors: what varies.
            seed: of the study.
        """

    def problems(self, factors: Factors) -> Iterator[Located]:
        """What keeps this design from being made with these factors."""
        return iter(())

    def source(self) -> str | None:
        """The file that holds the factors, if they are not in the study itself."""
        return None

    source_key: ClassVar[str] = "file"
    """The setting that names that file."""
    endings: ClassVar[str] = "csv"
    """How the names of such files end."""

    def read(self, path: Path, seed: int) -> PointTable:
        """The factors in the file that holds them.

        Args:
            path: of the file.
            seed: of the study.

        Raises:
            InputError: the file holds no points; each problem with its line.
        """
        return read_points(path)

    def with_factors(self) -> "Design":
        """This design once its factors have been read."""
        return self


DESIGNS: Registry[type[Design]] = Registry("design")
"""Every design by the name of its `type`."""


@DESIGNS.register("grid")
class Grid(Design):
    """Every combination of the values of all factors; as many points as the product of their numbers."""

    type: Literal["grid"] = parameter("grid", "Every combination of the values.", grade="-", source="-")

    def number_of_points(self, factors: Factors) -> int:
        """The product of the numbers of values."""
        return math.prod(1 if isinstance(values, Range) else len(values) for values in factors.values())

    def choose(self, factors: Factors, seed: int) -> list[Point]:
        """The full product, the last factor changing fastest; one empty point when there are no factors."""
        lists = [() if isinstance(values, Range) else values for values in factors.values()]
        return [dict(zip(factors, values, strict=True)) for values in product(*lists)]


@DESIGNS.register("table")
class Table(Design):
    """The points of a CSV file whose header names the factors; as many points as rows.

    Without a file, row i takes the i-th value of every factor: lists of one length, side by side.
    """

    repeats: ClassVar[bool] = True
    type: Literal["table"] = parameter("table", "Points from a file, or lists side by side.", grade="-", source="-")
    file: str | None = parameter(
        None, "CSV file with the paths of factors in its first line, sought beside the study file.", grade="-",
        source="-",
    )  # fmt: skip

    def number_of_points(self, factors: Factors) -> int:
        """The number of rows."""
        return max((len(values) for values in factors.values() if isinstance(values, tuple)), default=0)

    def choose(self, factors: Factors, seed: int) -> list[Point]:
        """One point per row."""
        columns = [values for values in factors.values() if isinstance(values, tuple)]
        return [dict(zip(factors, row, strict=True)) for row in zip(*columns, strict=True)]

    def source(self) -> str | None:
        """The file of points."""
        return self.file

    def with_factors(self) -> Design:
        """The same with its columns beside each other under factors."""
        return Table()

    def problems(self, factors: Factors) -> Iterator[Located]:
        """Every column has a value in every row."""
        if not factors:
            yield Located(("design",), "a table without columns", "give a file, or lists of values under factors")
        rows = self.number_of_points(factors)
        for path, values in factors.items():
            if isinstance(values, tuple) and len(values) != rows:
                what = f"has {len(values)} values where another factor has {rows}"
                yield Located(("factors", path), what, "a table takes lists of one length, side by side")


class Drawn(Design):
    """A design that is drawn in the unit cube."""

    draws: ClassVar[bool] = True
    seed: int | None = parameter(
        None, "Of the points; none for one that follows from the study's seed.", allowed=(0, 2**31 - 1), grade="-",
        source="-",
    )  # fmt: skip

    def choose(self, factors: Factors, seed: int) -> list[Point]:
        """Coordinates drawn, then turned into values."""
        return points_at(factors, self.unit(len(factors), seed).tolist())

    def unit(self, dimensions: int, seed: int) -> Unit:
        """The coordinates of the points [M, D].

        Args:
            dimensions: number of factors D.
            seed: of the study.
        """
        return self.draw(dimensions, design_seed(seed) if self.seed is None else self.seed)

    @abstractmethod
    def draw(self, dimensions: int, seed: int) -> Unit:
        """The coordinates under a seed of the design's own."""

    def problems(self, factors: Factors) -> Iterator[Located]:
        """There is something to draw."""
        if not factors:
            allowed = "for example factors: {beliefs.stigma_mean: {from: 0.2, to: 0.8}}"
            yield Located(("design",), f"a {_words(self)} design needs a factor", allowed)


@DESIGNS.register("latin_hypercube")
class LatinHypercube(Drawn):
    """Points spread so that each of n equal parts of every factor holds one; n points (SciPy)."""

    type: Literal["latin_hypercube"] = parameter("latin_hypercube", "Latin hypercube.", grade="-", source="-")
    points: int = parameter(100, "Number of points n.", unit="points", allowed=(1, MOST_POINTS), grade="-", source="-")

    def number_of_points(self, factors: Factors) -> int:
        """As asked for."""
        return self.points

    def draw(self, dimensions: int, seed: int) -> Unit:
        """McKay, Beckman and Conover's design (Technometrics 21, 1979)."""
        return scipy.stats.qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(self.points)  # type: ignore[no-any-return]


@DESIGNS.register("sobol")
class Sobol(Drawn):
    """Saltelli's points for Sobol indices of D factors; n (D + 2) points, n (2 D + 2) with second order (SALib)."""

    type: Literal["sobol"] = parameter("sobol", "Saltelli's scheme on a Sobol sequence.", grade="-", source="-")
    base_points: int = parameter(
        64, "Number of base points n, a power of two.", unit="points", allowed=(2, 2**20), grade="-", source="-"
    )
    second_order: bool = parameter(False, "Whether indices of pairs are wanted.", grade="-", source="-")

    def number_of_points(self, factors: Factors) -> int:
        """Saltelli (Computer Physics Communications 145, 2002)."""
        return self.base_points * (2 * len(factors) + 2 if self.second_order else len(factors) + 2)

    def draw(self, dimensions: int, seed: int) -> Unit:
        """Base points and their cross-samples, base point by base point: twice as many begin with the same ones."""
        return _salib("sobol").sample(  # type: ignore[no-any-return]
            unit_problem(dimensions), self.base_points, calc_second_order=self.second_order, seed=seed
        )

    def problems(self, factors: Factors) -> Iterator[Located]:
        """A Sobol sequence is balanced at powers of two only."""
        yield from super().problems(factors)
        if self.base_points & (self.base_points - 1):
            below = 1 << (self.base_points.bit_length() - 1)
            what = f"{self.base_points} is not a power of two"
            yield Located(("design", "base_points"), what, f"for example {below} or {2 * below}")


@DESIGNS.register("morris")
class Morris(Drawn):
    """Trajectories that change D factors one at a time, for screening; r (D + 1) points (SALib)."""

    type: Literal["morris"] = parameter("morris", "Elementary effects along trajectories.", grade="-", source="-")
    trajectories: int = parameter(
        10, "Number of trajectories r.", unit="trajectories", allowed=(1, 100_000), grade="-", source="-"
    )
    levels: int = parameter(4, "Levels of every factor, an even number.", allowed=(2, 100), grade="-", source="-")

    def number_of_points(self, factors: Factors) -> int:
        """Morris (Technometrics 33, 1991)."""
        return self.trajectories * (len(factors) + 1)

    def draw(self, dimensions: int, seed: int) -> Unit:
        """Trajectory after trajectory."""
        return _salib("morris").sample(  # type: ignore[no-any-return]
            unit_problem(dimensions), self.trajectories, num_levels=self.levels, seed=seed
        )

    def problems(self, factors: Factors) -> Iterator[Located]:
        """Half the levels are left behind by each step."""
        yield from super().problems(factors)
        if self.levels % 2:
            what = f"{self.levels} is not an even number"
            yield Located(("design", "levels"), what, f"for example {self.levels - 1 or 2} or {self.levels + 1}")


def unit_problem(dimensions: int) -> dict[str, Any]:
    """What SALib calls a problem: D factors from 0 to 1."""
    names = [f"x{index}" for index in range(dimensions)]
    return {"num_vars": dimensions, "names": names, "bounds": [[0.0, 1.0]] * dimensions}


def _words(design: Design) -> str:
    """The type of a design in words."""
    return str(getattr(design, "type", "")).replace("_", " ")


RIDGE = Path(__file__).with_name("ridge.csv")


@DESIGNS.register("ridge")
class Ridge(Design):
    """Ten points that a baseline cannot tell apart: five pairs of psi and n0, each as it is and at beta_n = 0.

    How silence is read (psi) and what was believed before (n0) fit what is known only together, and believed prevalence
    need not move disclosure (beta_n = 0). This design has no factors of its own: it takes any study through these
    worlds, which `scripts/solve_ridge.py` solves for the model as it is.
    """

    type: Literal["ridge"] = parameter("ridge", "Pairs of psi and n0, and beta_n = 0.", grade="-", source="-")

    def number_of_points(self, factors: Factors) -> int:
        """The number of rows, once they are read."""
        return Table().number_of_points(factors)

    def choose(self, factors: Factors, seed: int) -> list[Point]:
        """One point per row."""
        return Table().choose(factors, seed)

    def source(self) -> str | None:
        """The file of points, which comes with the package."""
        return str(RIDGE)

    def with_factors(self) -> Design:
        """A table of these points."""
        return Table()


POSTERIOR = Path(__file__).with_name("posterior.parquet")


@DESIGNS.register("posterior")
class Posterior(Design):
    """Parameter sets that fit what is known, n points drawn by weight from a sample that a calibration left.

    How sure a result is, given what is not known of the parameters, is how far it is the same over these points. A set
    may be drawn twice; it is then one scenario, which stands twice in the table of scenarios.
    """

    source_key: ClassVar[str] = "path"
    endings: ClassVar[str] = "parquet"
    type: Literal["posterior"] = parameter("posterior", "Parameter sets that fit.", grade="-", source="-")
    path: str | None = parameter(
        None, "Sample of a calibration, sought beside the study file; none for that of the default world.", grade="-",
        source="-",
    )  # fmt: skip
    points: int = parameter(50, "Number of points n.", unit="points", allowed=(1, MOST_POINTS), grade="-", source="-")
    seed: int | None = parameter(
        None, "Of the points; none for one that follows from the study's seed.", allowed=(0, 2**31 - 1), grade="-",
        source="-",
    )  # fmt: skip

    def number_of_points(self, factors: Factors) -> int:
        """The number of rows, once they are drawn."""
        return Table().number_of_points(factors)

    def choose(self, factors: Factors, seed: int) -> list[Point]:
        """One point per row."""
        return Table().choose(factors, seed)

    def source(self) -> str | None:
        """The file of the sample; one comes with the package."""
        return self.path or str(POSTERIOR)

    def read(self, path: Path, seed: int) -> PointTable:
        """Points drawn by weight: the first of more points are those of fewer."""
        sample = read_sample(path)
        first = (design_seed(seed) if self.seed is None else self.seed) / 2**31
        rows = taken(sample.weights, golden_steps(first, self.points))
        factors = {name: tuple(values[row] for row in rows) for name, values in sample.columns.items()}
        return PointTable(factors, {("factors", name): f"{path}: column {name}" for name in factors})

    def with_factors(self) -> Design:
        """A table of these points."""
        return Table()
