"""I2: a tweet chat, an hour of conversation under a tag that comes round every week or every day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, cast

import numpy as np

from simulation import draws
from simulation.draws import Decision
from simulation.errors import nearest_name
from simulation.generators import ROLES
from simulation.interventions.base import INTERVENTIONS, Intervention, Lack
from simulation.interventions.target import Agents, Role, Target
from simulation.parameters import Parameters
from simulation.posts import Kind
from simulation.records import parameter
from simulation.world import Engine, Occasion, World

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Day 0 of a run is a Monday."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Leader = Literal["anybody", "superuser", "student", "resident", "faculty", "other", "public"]


def lacks_tag(name: str, action: Intervention, others: Sequence[Intervention]) -> Lack | None:
    """What keeps an intervention from using the tag of this name among the others of its arm; None where it can."""
    opened = {tag.name for other in others for tag in other.tags()}
    if name not in opened:
        allowed = f"tags of this arm: {', '.join(sorted(opened))}" if opened else "this arm opens no tag: add a hashtag"
        return Lack("tag", f"there is no tag '{name}' for it", allowed, nearest_name(name, opened))
    if not any(action.overlaps(other) for other in others if name in {tag.name for tag in other.tags()}):
        return Lack("tag", f"the tag '{name}' is not in use while it is in force", "let their days overlap")
    return None


def open_tag(engine: Engine, name: str) -> int:
    """The number of the tag of this name that is in use now, -1 where there is none."""
    numbers = [number for number, tag in enumerate(engine.tags) if tag.name == name and engine.is_open(number)]
    return numbers[-1] if numbers else -1


@dataclass
class Series:
    """What a chat remembers from one hour to the next: whom it is for, and the place of the chat under way."""

    members: Agents
    under_way: int | None = None


@INTERVENTIONS.register("tweet_chat")
class TweetChat(Intervention):
    """A tweet chat: at a fixed hour people gather under a tag, led by moderators.

    Who has heard of it, uses the tag or came before may come, if in the target group. In the hour participants come
    online again and again, read the stream of the tag, and write, answer and pass on more than at other times; what
    they write carries the tag, and a share of it keeps to the purpose: tips, and struggles of those who struggle and
    dare to say so.
    """

    identifier: ClassVar[str] = "I2"

    type: Literal["tweet_chat"] = "tweet_chat"
    tag: str = parameter(
        "general support", "Name of the tag that it is bound to; a hashtag of the same arm opens it.", grade="-",
        source="lever",
    )  # fmt: skip
    every: Literal["week", "day"] = parameter(
        "week", "Whether it comes round every week or every day.", grade="-", source="lever"
    )
    weekday: Weekday = parameter("wednesday", "Day of a weekly chat; day 0 is a Monday.", grade="-", source="lever")
    hour: float = parameter(
        20.0, "Hour at which it begins, on the common clock.", unit="h", allowed=(0.0, 23.99), grade="-", source="lever"
    )
    purpose: float = parameter(
        0.8, "Share of the participants' own posts that keep to its purpose.", allowed=(0.0, 1.0),
        plausible=(0.4, 1.0), source="A-74, size assumed",
    )  # fmt: skip
    moderators: int = parameter(
        2, "Number of moderators, who lead it and always come.", unit="people", allowed=(0, 1000), plausible=(1, 4),
        source="A-75, size assumed",
    )  # fmt: skip
    moderator_role: Leader = parameter(
        "faculty", "Who moderates; drawn by chance from the group.", grade="-", source="lever"
    )
    publicity: float = parameter(
        0.1, "Share of the group that hears of a chat before it begins (pi_c).", allowed=(0.0, 1.0),
        plausible=(0.01, 0.5), source="A-76, size assumed",
    )  # fmt: skip

    def needs(self, others: Sequence[Intervention]) -> Lack | None:
        """A chat needs its tag."""
        return lacks_tag(self.tag, self, others)

    def sure_to_miss(self, parameters: Parameters) -> Lack | None:
        """Moderators, where nobody can be what they have to be."""
        return self._lack() if self._leader.impossible(parameters) else None

    def misses(self, world: World) -> Lack | None:
        """Moderators."""
        return None if len(np.intersect1d(self._leader.members(world), self.members(world))) else self._lack()

    def begin(self, engine: Engine) -> object:
        """Find whom it is for."""
        return Series(self.members(engine.world))

    def due(self, world: World, step: int) -> bool:
        """In the steps of a chat and in the one after."""
        return any(begin <= step <= end for begin, end in self.hours(world, step))

    def act(self, engine: Engine, begun: object) -> None:
        """End a chat, begin one, and let moderators lead."""
        series = cast(Series, begun)
        tag = open_tag(engine, self.tag)
        for begin, end in self.hours(engine.world, engine.step):
            if end == engine.step:
                self.finish(engine, begun)
            if begin == engine.step and tag >= 0:
                series.under_way = self._gather(engine, series.members, tag, end)
        if series.under_way is not None and tag >= 0:
            self._lead(engine, engine.occasions[series.under_way])

    def finish(self, engine: Engine, begun: object) -> None:
        """End a chat that is under way."""
        series = cast(Series, begun)
        if series.under_way is not None:
            engine.end_chat(series.under_way)
            series.under_way = None

    def hours(self, world: World, step: int) -> list[tuple[int, int]]:
        """Steps in which chats that may concern a step begin and end, earliest first, from the onset on."""
        parameters = world.parameters
        length = max(1, round(parameters.chat.minutes / parameters.step_minutes))
        today = int(np.floor(world.day_of(step)))
        days = [day for day in (today - 1, today, today + 1) if day >= 0 and self._is_on(day)]
        begins = [world.step_of(day + self.hour / 24.0) for day in days]
        return [(begin, begin + length) for begin in begins if begin >= world.step_of(self.start_day)]

    def _is_on(self, day: int) -> bool:
        """Whether there is a chat on a day."""
        return self.every == "day" or day % 7 == WEEKDAYS.index(self.weekday)

    def _gather(self, engine: Engine, members: Agents, tag: int, end: int) -> int | None:
        """Begin a chat with those who come; its place among the occasions of the run, None where nobody comes."""
        free = members[engine.column("chat")[members] < 0]
        moderators = self._leaders(engine.world, free, tag)
        came = np.union1d(moderators, self._comers(engine, free, tag))
        if not len(came):
            return None
        engine.begin_chat(Occasion(tag, self.purpose, engine.step, end, came, moderators))
        return len(engine.occasions) - 1

    @property
    def _leader(self) -> Target:
        """Who is what a moderator has to be."""
        if self.moderator_role in ROLES:
            return Target(roles=(cast(Role, self.moderator_role),))
        return Target(superusers=self.moderator_role == "superuser")

    def _lack(self) -> Lack | None:
        """What is said where nobody can moderate; nothing where no moderators are asked for."""
        if not self.moderators:
            return None
        return Lack("moderators", f"nobody of the group can moderate ({self.moderator_role}): no chat will be led")

    def _leaders(self, world: World, free: Agents, tag: int) -> Agents:
        """The moderators: the first of the group by chance who are what they have to be."""
        fit = np.intersect1d(free, self._leader.members(world))
        luck = draws.uniforms(world.seed, Decision.CHAT_MODERATOR, fit, tag)
        return np.sort(fit[np.lexsort((fit, luck))[: self.moderators]])

    def _comers(self, engine: Engine, free: Agents, tag: int) -> Agents:
        """Who comes: of those who know of the chat a share, and a larger one of those who came before."""
        settings, seed, what = engine.world.parameters.chat, engine.world.seed, tag << 32 | engine.step
        back = np.zeros(engine.world.n_agents, dtype=np.bool_)
        for occasion in engine.occasions:
            if occasion.tag == tag:
                back[occasion.agents] = True
        uses = (engine.column("adopted")[free] >> tag & 1).astype(np.bool_)
        hears = draws.uniforms(seed, Decision.CHAT_NOTICE, free, what) < self.publicity
        chance = settings.join * np.where(back[free], settings.return_factor, 1.0)
        comes = draws.uniforms(seed, Decision.CHAT_JOIN, free, what) < chance
        return free[(uses | hears | back[free]) & comes]

    def _lead(self, engine: Engine, occasion: Occasion) -> None:
        """The moderators take turns with the prompts of this step, which are spread over the hour."""
        prompts = engine.world.parameters.chat.prompts if len(occasion.moderators) else 0
        for number in range(prompts):
            if occasion.step + number * (occasion.end - occasion.step) // prompts == engine.step:
                moderator = int(occasion.moderators[number % len(occasion.moderators)])
                engine.prompt(moderator, Kind.TIP, occasion.tag)
