"""Whom an intervention is meant for."""

from collections.abc import Callable, Iterator
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from simulation import draws
from simulation.draws import Decision
from simulation.generators import ROLES, SPECIALTIES, Network
from simulation.parameters import Parameters
from simulation.records import Record, parameter
from simulation.world import World

Agents = NDArray[np.int64]
Flags = NDArray[np.bool_]
Role = Literal["student", "resident", "faculty", "other", "public"]
Specialty = Literal["anaesthesia", "surgery", "paediatrics", "internal medicine", "psychiatry", "general practice"]

SHARE = (0.0, 1.0)


class Target(Record):
    """A group of people: those who meet every condition that is set, and of these a share by chance.

    Degree ranks are those of the follower graph on day 0, among everybody. Whether somebody belongs to the share is
    drawn by address, so a larger share holds everybody of a smaller one, two interventions with one `sample` reach the
    same people, and with different ones independent people.
    """

    roles: tuple[Role, ...] = parameter((), "Roles of the group; any where left out.", grade="-", source="lever")
    specialties: tuple[Specialty, ...] = parameter(
        (), "Specialties of the group; any where left out.", grade="-", source="lever"
    )
    communities: tuple[int, ...] = parameter(
        (), "Numbers of the communities (schools), from 0; any where left out.", grade="-", source="lever"
    )
    superusers: bool = parameter(False, "Superusers alone.", grade="-", source="lever")
    top_share: float | None = parameter(
        None, "The most followed people alone: which share of everybody.", allowed=SHARE, grade="-", source="lever"
    )
    bottom_share: float | None = parameter(
        None, "The least followed people alone: which share of everybody.", allowed=SHARE, grade="-", source="lever"
    )
    share: float = parameter(
        1.0, "Share of those who meet all conditions, by chance.", allowed=SHARE, grade="-", source="lever"
    )
    sample: int = parameter(
        0, "Number of the draw of the share; another number draws other people.", allowed=(0, 2**31 - 1), grade="-",
        source="lever",
    )  # fmt: skip

    @model_validator(mode="after")
    def _communities_are_numbers_from_0(self) -> Self:
        if any(number < 0 for number in self.communities):
            raise ValueError("communities are numbered from 0")
        return self

    def eligible(self, world: World) -> Agents:
        """Who meets every condition, before chance has its say; rows [M], ascending."""
        meets = np.ones(world.n_agents, dtype=np.bool_)
        for condition in CONDITIONS:
            meets &= condition(self, world)
        return np.flatnonzero(meets)

    def members(self, world: World) -> Agents:
        """The people of the group: rows [M], ascending."""
        rows = self.eligible(world)
        if self.share >= 1.0:
            return rows
        return rows[draws.uniforms(world.seed, Decision.TARGET, rows, self.sample) < self.share]

    def impossible(self, parameters: Parameters) -> str:
        """Why the settings alone leave nobody in the group, as the end of a sentence; empty where they may not."""
        if type(parameters.network).attributes is not Network.attributes:
            return ""
        return next(iter(_reasons_for_nobody(self, parameters)), "")

    def __str__(self) -> str:
        """The group in words, without the share."""
        parts = [
            " or ".join(self.roles),
            f"of {' or '.join(self.specialties)}" if self.specialties else "",
            f"of community {' or '.join(map(str, self.communities))}" if self.communities else "",
            "superusers" if self.superusers else "",
            f"among the {self.top_share:.4g} most followed" if self.top_share is not None else "",
            f"among the {self.bottom_share:.4g} least followed" if self.bottom_share is not None else "",
        ]
        return ", ".join(part for part in parts if part) or "everybody"


def _by_followers(world: World, count: int, sign: int) -> Flags:
    """The `count` people first in the order of `sign` times their number of followers; ties by number."""
    order = np.lexsort((np.arange(world.n_agents), sign * world.graph.follower_counts))
    chosen = np.zeros(world.n_agents, dtype=np.bool_)
    chosen[order[:count]] = True
    return chosen


def _ranked(world: World, share: float | None, sign: int) -> Flags:
    """A share of everybody by degree rank, at least one person where it is not 0; everybody where no share is given."""
    if share is None:
        return np.ones(world.n_agents, dtype=np.bool_)
    return _by_followers(world, max(round(share * world.n_agents), int(share > 0)), sign)


def _among(codes: NDArray[np.integer], wanted: tuple[int, ...]) -> Flags:
    """Whose code is one of those wanted; everybody's where none is."""
    return np.isin(codes, wanted) if wanted else np.ones(len(codes), dtype=np.bool_)


CONDITIONS: tuple[Callable[[Target, World], Flags], ...] = (
    lambda target, world: _among(world.population.role, tuple(ROLES.index(name) for name in target.roles)),
    lambda target, world: _among(
        world.population.specialty, tuple(SPECIALTIES.index(name) for name in target.specialties)
    ),
    lambda target, world: _among(world.population.community, target.communities),
    lambda target, world: world.population.superuser | (not target.superusers),
    lambda target, world: _ranked(world, target.top_share, -1),
    lambda target, world: _ranked(world, target.bottom_share, 1),
)
"""Each condition as a mask [N]."""


def _reasons_for_nobody(target: Target, parameters: Parameters) -> Iterator[str]:
    """What in the settings leaves nobody in a group, where roles and the rest are drawn and not given."""
    settings = parameters.population
    if target.roles and not any(getattr(settings.roles, role) for role in target.roles):
        yield f"population.roles has no {' or '.join(target.roles)}"
    if target.superusers and settings.superuser_share == 0.0:
        yield "population.superuser_share is 0"
    n_communities = settings.communities(parameters.network.size(parameters.agents))
    if target.communities and min(target.communities) >= n_communities:
        yield f"there are {n_communities} communities, numbered from 0"
    if target.top_share == 0.0 or target.bottom_share == 0.0:
        yield "a degree rank with a share of 0 holds nobody"
