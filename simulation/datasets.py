"""Real networks known by name. They are not part of the repository: each says where a copy is had and where it goes.

A dataset is looked for in `$SUPPORTNET_DATA`, then in `data/` of the working folder.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from simulation.errors import DatasetError, Problem
from simulation.graph import FollowerGraph
from simulation.graph_files import read_network
from simulation.graph_measures import followers_of_followed, reciprocity
from simulation.records import Record
from simulation.registry import Registry


class Status(NamedTuple):
    """Whether a dataset is here and is what it should be."""

    name: str
    here: bool
    as_expected: bool
    message: str


class Dataset(Record):
    """A network known by name."""

    name: str = Field(description="Name in `network: {type: dataset, name: ...}`.")
    what: str = Field(description="Who the agents are, and what an arc says.")
    source: str = Field(description="The publication.")
    licence: str = Field(description="Under which terms the copy is published.")
    where_to_get: str = Field(description="Who publishes a copy, in words.")
    file: str = Field(description="Path below the data folder.")
    expected: Mapping[str, float] = Field(description="Counts and measures of the right file (see `observed`).")

    def folders(self) -> list[Path]:
        """Where the dataset is looked for, in order."""
        chosen = os.environ.get("SUPPORTNET_DATA")
        return [*([Path(chosen)] if chosen else []), Path("data")]

    def find(self) -> Path:
        """The file.

        Raises:
            DatasetError: it is not on this machine; the text says what it is, where to get it and where to put it.
        """
        for folder in self.folders():
            if (folder / self.file).is_file():
                return folder / self.file
        raise DatasetError(self.missing())

    def load(self) -> FollowerGraph:
        """The network, with its counts checked.

        Raises:
            DatasetError: it is not on this machine, or its counts are not the expected ones.
        """
        path = self.find()
        graph = read_network(path)
        found = observed(graph)
        wrong = [name for name, value in self.expected.items() if abs(found[name] - value) > _TOLERANCE * abs(value)]
        if wrong:
            shown = "; ".join(f"{name} {found[name]:.6g}, not {self.expected[name]:.6g}" for name in wrong)
            raise DatasetError(Problem(str(path), f"is not the dataset '{self.name}': {shown}", self.description()))
        return graph

    def status(self) -> Status:
        """Whether the dataset is here and has the expected counts."""
        try:
            path = self.find()
        except DatasetError as error:
            return Status(self.name, False, False, str(error))
        try:
            self.load()
        except DatasetError as error:
            return Status(self.name, True, False, str(error))
        return Status(self.name, True, True, str(path))

    def missing(self) -> Problem:
        """What to say when the dataset is not on this machine."""
        looked = " and ".join(str(folder / self.file) for folder in self.folders())
        return Problem(f"dataset '{self.name}'", f"is not on this machine (looked for {looked})", self.description())

    def description(self) -> str:
        """What the dataset is, where a copy is had and where to put it."""
        return (
            f"{self.what}\n  Source: {self.source}.\n  Licence: {self.licence}.\n  To get it: {self.where_to_get}.\n"
            f"  To use it: put it at $SUPPORTNET_DATA/{self.file} or data/{self.file}."
        )


_TOLERANCE = 0.0005
"""Relative: expected measures are printed with four digits or more."""


def observed(graph: FollowerGraph) -> dict[str, float]:
    """The counts and measures by which a dataset is recognised."""
    return {
        "agents": graph.n_agents,
        "arcs": graph.n_arcs,
        "reciprocity": reciprocity(graph),
        "mean_followed": graph.n_arcs / max(1, graph.n_agents),
        "followers_of_followed": followers_of_followed(graph),
    }


DATASETS: Registry[Dataset] = Registry("dataset")
"""Every dataset by its name."""

PHYSICIANS = DATASETS.register("physicians")(
    Dataset(
        name="physicians",
        what="241 physicians of four towns in Illinois, 1,098 arcs: who names whom as adviser, discussion partner or "
        "friend. Who names somebody follows them.",
        source='Coleman, Katz & Menzel 1957, "The Diffusion of an Innovation Among Physicians", Sociometry 20:253-270',
        licence="CC BY-SA 2.0 DE, as KONECT states",
        where_to_get="network 'moreno_innovation' of the KONECT project (konect.cc), file out.moreno_innovation",
        file="physicians/out.moreno_innovation",
        expected={
            "agents": 241,
            "arcs": 1098,
            "reciprocity": 0.3188,
            "mean_followed": 4.5560,
            "followers_of_followed": 8.3224,
        },
    )
)
