"""I1: a support hashtag, general or one per specialty, begun by a few people."""

from collections.abc import Callable
from typing import ClassVar, Literal, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from simulation import draws
from simulation.draws import Decision
from simulation.generators import SPECIALTIES
from simulation.interventions.base import INTERVENTIONS, Intervention, Lack
from simulation.interventions.target import Agents, Specialty, Target
from simulation.parameters import Parameters
from simulation.population import FACULTY
from simulation.records import Record, parameter
from simulation.world import Engine, Tag, World


class Seeds(Record):
    """Who uses the tag first."""

    who: Literal["hubs", "random", "faculty", "superusers"] = parameter(
        "hubs", "Most followed people, people by chance, faculty by chance or superusers by chance.", grade="-",
        source="lever",
    )  # fmt: skip
    count: int | None = parameter(
        None, "How many people; for tags per specialty, in all; none for the share.", unit="people", allowed=(0, None),
        grade="-", source="lever",
    )  # fmt: skip
    share: float = parameter(
        0.004, "How many as a share of all, at least one, where no count is given.", allowed=(0.0, 1.0),
        plausible=(0.002, 0.02),
    )  # fmt: skip

    def number(self, n_agents: int) -> int:
        """How many seeds there are among so many people."""
        return self.count if self.count is not None else max(1, round(self.share * n_agents))


def _by_chance(world: World) -> NDArray[np.float64]:
    """An order by chance: one uniform [N] for each agent."""
    return draws.uniforms(world.seed, Decision.SEEDS, np.arange(world.n_agents), 0)


ORDERS: dict[str, Callable[[World], NDArray[np.float64]]] = {
    "hubs": lambda world: -world.graph.follower_counts.astype(np.float64),
    "random": _by_chance,
    "faculty": lambda world: np.where(world.population.role == FACULTY, _by_chance(world), np.inf),
    "superusers": lambda world: np.where(world.population.superuser, _by_chance(world), np.inf),
}
"""For each kind of seeds a score [N]: the lowest come first, infinite ones never."""
SOURCES: dict[str, Target] = {"faculty": Target(roles=("faculty",)), "superusers": Target(superusers=True)}
"""For kinds of seeds that not everybody may be, who may."""


@INTERVENTIONS.register("hashtag")
class Hashtag(Intervention):
    """A support hashtag is introduced: it gathers posts in a stream that anyone can read.

    Its seeds come from the target group; everybody may take it up.
    """

    identifier: ClassVar[str] = "I1"

    type: Literal["hashtag"] = "hashtag"
    breadth: Literal["general", "specialty"] = parameter(
        "general", "One tag for everybody, or tags for specialties.", grade="-", source="lever"
    )
    specialty: Specialty | None = parameter(
        None, "The one specialty of the tag; none for a tag in every specialty.", grade="-", source="lever"
    )
    name: str = parameter(
        "support", "Name of the tag, after the word general or the specialty; tags of one arm have different names.",
        grade="-", source="lever",
    )  # fmt: skip
    seeds: Seeds = Seeds()

    @model_validator(mode="after")
    def _specialty_fits_breadth(self) -> Self:
        if self.specialty is not None and self.breadth == "general":
            raise ValueError("a general tag has no specialty: set breadth: specialty, or leave specialty out")
        return self

    def tags(self) -> list[Tag]:
        """The tags that it opens."""
        if self.breadth == "general":
            return [Tag(f"general {self.name}")]
        chosen = SPECIALTIES if self.specialty is None else (self.specialty,)
        return [Tag(f"{name} {self.name}", SPECIALTIES.index(name)) for name in chosen]

    def sure_to_miss(self, parameters: Parameters) -> Lack | None:
        """Tags that begin without a seed: nobody may be one, or fewer are asked for than there are tags."""
        source = SOURCES.get(self.seeds.who)
        if source is not None and source.impossible(parameters):
            return self._lack([0] * len(self.tags()))
        return None if self.seeds.count is None else self._lack(self._shared_out(self.seeds.count))

    def misses(self, world: World) -> Lack | None:
        """Tags that begin without a seed."""
        return self._lack([len(seeds) for seeds in self.first_users(world)])

    def begin(self, engine: Engine) -> object:
        """Open the tags and let the seeds adopt them."""
        numbers = []
        for tag, seeds in zip(self.tags(), self.first_users(engine.world), strict=True):
            numbers.append(engine.open_tag(tag))
            engine.adopt(numbers[-1], seeds)
        return numbers

    def finish(self, engine: Engine, begun: object) -> None:
        """Close the tags."""
        for number in cast(list[int], begun):
            engine.close_tag(number)

    def first_users(self, world: World) -> list[Agents]:
        """The seeds of each tag that it opens: rows, ascending."""
        counts = self._shared_out(self.seeds.number(world.n_agents))
        return [self._seeds(world, tag, count) for tag, count in zip(self.tags(), counts, strict=True)]

    def _shared_out(self, total: int) -> list[int]:
        """So many seeds, shared out evenly over the tags."""
        tags = len(self.tags())
        return [(total * (place + 1)) // tags - (total * place) // tags for place in range(tags)]

    def _lack(self, counts: list[int]) -> Lack | None:
        """What is said of tags that begin with so many seeds each; nothing where none are asked for."""
        names = [f"'{tag.name}'" for tag, count in zip(self.tags(), counts, strict=True) if count == 0]
        if not names or self.seeds.count == 0:
            return None
        tags, them = ("tag", "it") if len(names) == 1 else ("tags", "them")
        what = f"there is no seed for the {tags} {', '.join(names)}"
        return Lack("seeds", f"{what}: only a chat or an elite disclosure can bring {them} into use")

    def _seeds(self, world: World, tag: Tag, count: int) -> Agents:
        """The first `count` people by the chosen order, of the tag's specialty where it has one; ascending."""
        score = ORDERS[self.seeds.who](world)
        if tag.specialty is not None:
            score = np.where(world.population.specialty == tag.specialty, score, np.inf)
        if self.target is not None:
            outside = np.ones(world.n_agents, dtype=np.bool_)
            outside[self.members(world)] = False
            score = np.where(outside, np.inf, score)
        order = np.lexsort((np.arange(len(score)), score))
        return np.sort(order[: min(count, int(np.isfinite(score).sum()))])
