"""Calibrated worlds that come with the program: where their files are, and which of them fits a network and its people.

They were found by `supportnet calibrate` with the targets file of the same name (docs/calibration.md). Beside each lies
its weighted sample of parameter sets that fit; that of the default world is `posterior.parquet` of this package.
"""

import math
from functools import cache
from pathlib import Path

from experiments.yaml_files import read_document
from simulation import NETWORKS, InputError, Network

CALIBRATED = "calibrated"
"""Key of base that names a file with the settings of a calibrated world."""
FAR = 4.0
"""A world that has so many times more or fewer people than its rates were found for is told of.

By docs/how-many-people.md no outcome but the rarest cascades differs clearly between 2,000 and 5,000 people. At 20,000
an eighth fewer posts are answered and passed on, and from there on the page asks to calibrate again. Below 1,000 the
graph is another one.
"""
_PACKAGE = Path(__file__).resolve().parent


def came_with_the_program(ending: str = "yaml") -> dict[str, Path]:
    """Files of calibrated worlds by their names: in the installed package, or in the repository.

    Args:
        ending: `yaml` for the worlds, `parquet` for their samples.
    """
    folders = [place / "configs" / CALIBRATED for place in (_PACKAGE, _PACKAGE.parent)]
    return {path.name: path for folder in folders for path in sorted(folder.glob(f"*.{ending}"))}


def is_far(people: int, found_for: int) -> bool:
    """Whether a world has so many more or fewer people than rates were found for that this is told."""
    return not found_for / FAR < people < found_for * FAR


def people_of(network: Network, agents: int) -> int:
    """How many people a world has: as many as asked for, or those of a given network that can be read here."""
    try:
        return network.size(agents)
    except InputError:
        return agents


def found_for(network: Network, agents: int) -> str | None:
    """The name of the file whose values were found for a network and about so many people; None where there is none.

    Args:
        network: of the world.
        agents: how many people it asks for.
    """
    people = people_of(network, agents)
    near = [
        (abs(math.log(people / size)), name)
        for name, known, size in _worlds()
        if known == network and not is_far(people, size)
    ]
    return min(near)[1] if near else None


@cache
def _worlds() -> tuple[tuple[str, Network, int], ...]:
    """Name, network and number of people of every file that came with the program."""
    found = []
    for name, path in came_with_the_program().items():
        base = read_document(path).data["base"]
        network = NETWORKS[base["network"]["type"]](**base["network"])
        found.append((name, network, people_of(network, base["agents"])))
    return tuple(found)
