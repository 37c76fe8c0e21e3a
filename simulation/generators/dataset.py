"""A real network known by name."""

from functools import lru_cache
from typing import Literal

from simulation.datasets import DATASETS
from simulation.generators.base import NETWORKS
from simulation.generators.given import Given, stamp
from simulation.graph import FollowerGraph
from simulation.records import parameter


@NETWORKS.register("dataset")
class KnownDataset(Given):
    """A real network known by name."""

    type: Literal["dataset"] = parameter("dataset", "A real network known by name.", grade="-", source="-")
    name: str = parameter("physicians", "A name of the list of datasets.", grade="-", source="-")

    def load(self) -> FollowerGraph:
        """The dataset, with its counts checked.

        Raises:
            UnknownNameError: no dataset has this name.
            DatasetError: it is not on this machine, or not what it should be.
        """
        path = str(DATASETS[self.name].find())
        return _load(self.name, path, stamp(path))

    def files(self) -> tuple[str, ...]:
        """The file of the dataset.

        Raises:
            DatasetError: it is not on this machine.
        """
        return (str(DATASETS[self.name].find()),)


@lru_cache(maxsize=4)
def _load(name: str, _path: str, _stamp: tuple[int, int]) -> FollowerGraph:
    """A dataset that was read, kept."""
    return DATASETS[name].load()
