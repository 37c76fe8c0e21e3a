"""The yardstick: the process of docs/model.md, sections 4.1 to 4.8, as plain Mesa.

Nothing of this project is used: `mesa.Model`, `mesa.Agent` with ordinary attributes, the model's own generators, a
NetworkX graph. It is written to be read and to be a fair rival, so what is cheap to do well is done well: feeds are
bounded deques of objects, only actions taken are remembered. Left out: moderation, notices of removals, the rarer
options. It agrees with the model in law, not event by event.

There are two of it. `PlainMesa` is what Mesa's own examples teach: every agent is activated in every step and decides
for itself. `TunedMesa` draws with NumPy who comes online and activates only them.
"""

import math
from collections import deque
from dataclasses import dataclass, field

import mesa
import networkx as nx
import numpy as np
from numpy.typing import NDArray

ROLES, SHARES = ("student", "resident", "faculty", "other"), (0.35, 0.30, 0.20, 0.15)
DISTRESS = {"student": 6.3, "resident": 6.94, "faculty": 5.0, "other": 5.5}
FEAR = {"student": 0.5, "resident": 0.6, "faculty": 0.4, "other": 0.3}
HAZARD = {"student": 7.2e-4, "resident": 8.8e-4, "faculty": 7.1e-4, "other": 7.1e-4}
STEPS = 96
LIVE = 7 * STEPS


def kept(half_life: float) -> float:
    """Share of a decaying stock that a day leaves."""
    return 0.5 ** (1.0 / half_life)


@dataclass(slots=True, eq=False)
class Post:
    """An own post, or a retweet of one (`root` is then the own post)."""

    author: "PlainPerson"
    step: int
    kind: str
    tagged: bool = False
    violation: bool = False
    appeal: float = 1.0
    root: "Post | None" = None
    replies: list[tuple["PlainPerson", str]] = field(default_factory=list)
    done: set[tuple["PlainPerson", str]] = field(default_factory=set)
    likes: int = 0
    reports: int = 0


class PlainPerson(mesa.Agent):
    """A person with ordinary attributes."""

    def __init__(self, model: "PlainMesa") -> None:
        super().__init__(model)
        rng = model.rng
        self.role = str(rng.choice(ROLES, p=SHARES))
        self.trainee = self.role in ("student", "resident")
        self.specialty = int(rng.integers(6))
        writes, visits = rng.normal(), rng.normal()
        visits = 0.7 * writes + math.sqrt(1 - 0.7**2) * visits
        self.posting = min(93.0, 2.0 / 30.0 * math.exp(2.3 * writes))
        self.sessions = max(min(93.0, max(0.02, 0.8 * math.exp(2.38 * visits))), self.posting)
        self.clock = -float(rng.integers(4)) - (10.0 if self.role == "resident" and rng.random() < 0.15 else 0.0)
        self.protected, self.superuser = rng.random() < 0.11, rng.random() < 0.01
        self.trait, self.state = rng.normal(DISTRESS[self.role], 4.2), rng.normal(0.0, 2.23)
        self.distress = min(27.0, max(0.0, self.trait + self.state))
        self.stigma = self.own_stigma = rng.beta(4.5, 5.5)
        self.perceived = self.own_perceived = min(
            1.0, max(0.0, 0.6 + 0.006 * (self.distress - 6) + rng.normal(0, 0.12))
        )
        self.fear = self.own_fear = min(1.0, max(0.0, rng.normal(FEAR[self.role], 0.2)))
        self.in_person = rng.beta(3.0, 2.0)
        self.followers: list[PlainPerson] = []
        self.followed: set[PlainPerson] = set()
        self.feed: deque[Post] = deque(maxlen=256)
        self.inbox: list[tuple[PlainPerson, str]] = []
        self.stream_read = 0
        self.counted: dict[PlainPerson, int] = {}
        self.disclosed: dict[PlainPerson, int] = {}
        self.threads: set[Post] = set()
        self.taggers: set[PlainPerson] = set()
        self.supporters: set[PlainPerson] = set()
        self.adopted, self.tag_seen, self.treated_since = False, -LIVE, -1
        self.disclosing = self.authors = self.encouragement = self.harm = 0.0
        self.minutes = self.minutes_today = self.isolation = 0.0
        self.visits, self.views, self.begun = 1.0, 0, 0

    @property
    def believed(self) -> float:
        """How common the person believes struggling to be."""
        return (2.0 + self.disclosing) / (10.0 + self.disclosing + 0.11 * max(0.0, self.authors - self.disclosing))

    # --- a step ---------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """First half of a step: maybe come online, then read, believe and react."""
        mean = self.sessions / STEPS * self.model.rhythm(self.clock)
        self.begun, luck = 0, self.random.random()
        term = below = math.exp(-mean)
        while luck >= below:
            self.begun += 1
            term *= mean / self.begun
            below += term
        if self.begun:
            self.visit()

    def speak(self) -> None:
        """Second half of a step: maybe write."""
        if self.begun:
            self.write(self.begun)

    # --- reading and believing ------------------------------------------------------------------------------------

    def visit(self) -> None:
        """One session: read feed and stream, take in, react."""
        seen = self.read()
        for post in seen:
            self.take_in(post.root or post)
        for who, what in self.inbox:
            self.take_answer(who, what)
        self.inbox.clear()
        for post in seen:
            self.react(post)

    def read(self) -> list[Post]:
        """The newest unread posts of the feed and, now and then, of the tag's stream."""
        seen = self.newest(self.feed, self.model.geometric(62.0))
        self.feed.clear()
        if self.model.tag_open and self.random.random() < (0.3 if self.adopted else 0.02):
            seen += self.newest(self.model.stream[self.stream_read :], self.model.geometric(10.0))
            self.stream_read = len(self.model.stream)
        self.minutes_today += 0.25 * len(seen)
        self.views += len(seen)
        return seen

    def newest(self, posts: "deque[Post] | list[Post]", length: int) -> list[Post]:
        """At most so many of the newest posts that are still alive and by somebody else."""
        now, seen = self.model.now, list[Post]()
        for post in reversed(posts):
            if len(seen) == length:
                break
            root = post.root or post
            if root.author is not self and now - root.step < LIVE:
                seen.append(post)
        return seen

    def take_in(self, root: Post) -> None:
        """Evidence on who struggles, contact, tone of the thread, exposure to the tag."""
        author, now = root.author, self.model.now
        weight = self.weight_of(author)
        if now - self.counted.get(author, -LIVE) >= LIVE:
            self.counted[author] = now
            self.authors += weight
        if root.kind == "struggle" and root not in self.threads:
            self.take_in_struggle(root, weight)
        if root.tagged:
            self.expose(author)

    def weight_of(self, author: "PlainPerson") -> float:
        """How much an author counts as evidence."""
        weight = 0.25
        if author in self.followed:
            weight = 1.0 if self in author.followed else 0.5
        return weight * 2.0 if self.trainee and author.role == "faculty" else weight

    def take_in_struggle(self, root: Post, weight: float) -> None:
        """A struggle is met for the first time, with its replies."""
        author, now = root.author, self.model.now
        self.threads.add(root)
        tones = [tone for _, tone in root.replies]
        self.views += len(tones)
        if now - self.disclosed.get(author, -LIVE) >= LIVE:
            self.disclosing += weight
            if "derogatory" not in tones:
                self.stigma -= min(1.0, 0.009 * weight) * max(0.0, self.stigma - 0.1)
        else:
            self.disclosing += 0.2 * weight
            self.authors += 0.2 * weight
        self.disclosed[author] = now
        for tone in tones:
            self.hear(tone)
        if author.role == "faculty":
            self.fear = min(self.fear, max(self.fear - 0.01, self.own_fear - 0.1, 0.0))

    def hear(self, tone: str) -> None:
        """A reply to a struggle moves perceived stigma."""
        if tone == "supportive":
            self.perceived -= 0.02 * self.perceived
        elif tone == "derogatory":
            self.perceived += 0.04 * (1.0 - self.perceived)

    def expose(self, author: "PlainPerson") -> None:
        """A further author of the tag may make the person adopt it."""
        self.tag_seen = self.model.now
        if author in self.taggers:
            return
        self.taggers.add(author)
        chance = 0.015 * (1.0 - 0.8 * (1.0 - math.exp(-(len(self.taggers) - 1) / 2.0)))
        if not self.adopted and self.random.random() < chance:
            self.adopted = True

    def take_answer(self, who: "PlainPerson", what: str) -> None:
        """A reply or like of a struggle of one's own."""
        if what == "supportive" and who not in self.supporters:
            self.supporters.add(who)
            self.encouragement += 1.0
        elif what == "like":
            self.encouragement += 0.02
        elif what == "derogatory":
            self.harm += 1.0

    # --- reacting and writing -------------------------------------------------------------------------------------

    def react(self, post: Post) -> None:
        """Like, answer, pass on, report; never the same twice."""
        root, random = post.root or post, self.random.random
        struggle = root.kind == "struggle"
        likeness = self.model.same if root.author.specialty == self.specialty else self.model.other
        if random() < 0.11 * self.visits and self.first_time(root, "like"):
            root.likes += 1
            if struggle:
                self.model.notes.append((root.author, self, "like"))
        reply = 0.022 * likeness * self.visits * (3.0 if self.superuser else 1.0) * (1.5 if struggle else 1.0)
        if random() < reply / math.sqrt(1.0 + len(root.replies)) and self.first_time(root, "reply"):
            self.minutes_today += 2.0
            self.model.new_replies.append((root, self, self.tone()))
        retweet = 0.0051 * root.appeal * likeness * self.visits * (1.0 - self.stigma if struggle else 1.0)
        fresh = (1.0 + (self.model.now - root.step - 0.5) * 0.5) ** -0.037
        if not root.author.protected and random() < retweet * fresh and self.first_time(root, "retweet"):
            self.model.new_posts.append(Post(self, self.model.now, "retweet", root=root))
        if root.violation and random() < 0.05 * self.visits and self.first_time(root, "report"):
            root.reports += 1

    def first_time(self, root: Post, action: str) -> bool:
        """Whether the person does this to this post for the first time; notes that it is done."""
        if (self, action) in root.done:
            return False
        root.done.add((self, action))
        return True

    def tone(self) -> str:
        """The tone of a reply."""
        derogatory = min(1.0, 0.03 * (self.stigma / 0.45) ** 2 * (0.1 if self.superuser else 1.0))
        luck = self.random.random()
        if luck < derogatory:
            return "derogatory"
        return "supportive" if luck < derogatory + (1.0 - derogatory) * 0.8 else "neutral"

    def write(self, sessions: int) -> None:
        """Each session may yield a post."""
        random, model = self.random.random, self.model
        for _ in range(sessions):
            if random() >= self.posting / self.sessions:
                continue
            self.minutes_today += 2.0
            kind = "struggle" if self.distress > 9.5 and random() < self.disclosure() else self.other_kind()
            tagged = self.adopted and model.tag_open and kind in ("struggle", "tip") and random() < 0.8
            rate = 0.006 + (0.05 if tagged else 0.0) + (0.015 if kind == "struggle" else 0.005)
            violation = random() < rate * (0.1 if self.superuser else 1.0)
            appeal = math.exp(self.random.gauss(0.0, 0.95) - 0.95**2 / 2.0)
            model.new_posts.append(Post(self, model.now, kind, tagged, violation, appeal))

    def disclosure(self) -> float:
        """Chance that a struggler's post says so."""
        x = -4.8 + 0.5 * (self.distress - 9.5) / 4.75 + 3.0 * (self.believed - 0.156) - 2.5 * (self.perceived - 0.6)
        x += -1.5 * self.fear * (0.3 if self.protected else 1.0) + (1.0 if self.adopted else 0.0) - 0.7 * self.harm
        return 1.0 / (1.0 + math.exp(-x - 0.5 * (1.0 - math.exp(-self.encouragement))))

    def other_kind(self) -> str:
        """What a post is that discloses nothing."""
        luck, tips = self.random.random(), 0.3 if self.superuser else 0.1
        return "tip" if luck < tips else "advocacy" if luck < tips + 0.01 else "ordinary"

    # --- the end of a day -----------------------------------------------------------------------------------------

    def live(self) -> None:
        """Distress, help-seeking, use, isolation; what was remembered fades."""
        day, keep, support = self.model.now // STEPS, kept(14.0), 1.0 - math.exp(-self.encouragement)
        self.state = self.state * keep + 2.23 * math.sqrt(1.0 - keep * keep) * self.random.gauss(0.0, 1.0)
        shifts = 1.5 if self.role == "student" and day % 28 >= 21 else 0.0
        shifts += 0.3 * self.harm - 0.5 * support - 0.2 * min(self.minutes, 45.0) / 45.0
        shifts += 0.1 * max(0.0, self.minutes - 45.0) / 60.0
        if self.treated_since >= 0:
            shifts -= 2.5 * min(1.0, (day - self.treated_since) / 42.0)
        self.distress = min(27.0, max(0.0, self.trait + self.state + shifts))
        if self.distress > 9.5 and self.treated_since < 0:
            terms = -0.3 * (self.stigma - 0.45) / 0.15 - 0.3 * (self.fear - 0.475) / 0.2 + 0.2 * support
            if self.random.random() < 1.0 - math.exp(-HAZARD[self.role] * math.exp(terms)):
                self.treated_since = day
        self.minutes += (self.minutes_today - self.minutes) / 7.0
        self.minutes_today = 0.0
        contact = self.in_person * math.exp(-0.1 * max(0.0, self.minutes - 45.0) / 60.0)
        self.isolation = 1.0 - min(1.0, contact + 0.3 * support)
        self.fade()

    def fade(self) -> None:
        """A day's decay, and abandoning the tag."""
        self.disclosing *= kept(30.0)
        self.authors *= kept(30.0)
        self.encouragement *= kept(7.0)
        self.harm *= kept(14.0)
        self.stigma = self.own_stigma + (self.stigma - self.own_stigma) * kept(60.0)
        self.perceived = self.own_perceived + (self.perceived - self.own_perceived) * kept(21.0)
        self.fear = self.own_fear + (self.fear - self.own_fear) * kept(30.0)
        unseen = self.model.now - self.tag_seen >= STEPS
        if self.adopted and unseen and self.random.random() < 1.0 - kept(14.0):
            self.adopted = False


class PlainMesa(mesa.Model):
    """Peer support on a follower graph: an edge u -> v delivers posts of u to v.

    `activity` [N, 2] gives posting and session rates per day, so that a comparison has equally busy people.
    """

    def __init__(
        self, graph: "nx.DiGraph[int]", rng: int = 1, activity: NDArray[np.float64] | None = None, tag: bool = True
    ) -> None:
        super().__init__(rng=rng)
        self.random.seed(rng)
        self.now = 0
        self.tag_open = tag
        self.stream: list[Post] = []
        self.new_posts: list[Post] = []
        self.new_replies: list[tuple[Post, PlainPerson, str]] = []
        self.notes: list[tuple[PlainPerson, PlainPerson, str]] = []
        self.people = [PlainPerson(self) for _ in range(graph.number_of_nodes())]
        for person, rates in zip(self.people, [] if activity is None else activity.tolist(), strict=False):
            person.posting, person.sessions = rates
        for author, follower in graph.edges():
            self.people[author].followers.append(self.people[follower])
            self.people[follower].followed.add(self.people[author])
        self.rates = np.array([person.sessions for person in self.people])
        self.clocks = np.array([person.clock for person in self.people])
        self.normalise(graph.number_of_edges())
        if tag:
            for person in sorted(self.people, key=lambda person: -len(person.followers))[: max(1, len(graph) // 250)]:
                person.adopted = True

    def normalise(self, n_arcs: int) -> None:
        """Factors of likeness and of frequent visits with mean 1 over ties and over expected views."""
        alike = sum(a.specialty == b.specialty for a in self.people for b in a.followers) / max(1, n_arcs)
        self.same, self.other = 1.5 / (1.0 + 0.5 * alike), 1.0 / (1.0 + 0.5 * alike)
        arrivals = np.array([sum(author.posting for author in person.followed) for person in self.people])
        views = arrivals * self.rates * 62.0 / np.maximum(arrivals + self.rates * 62.0, 1e-12)
        raw = (self.rates / np.median(self.rates)) ** 0.47
        for person, factor in zip(self.people, raw * views.sum() / max(1e-12, float(views @ raw)), strict=True):
            person.visits = float(factor)

    def geometric(self, mean: float) -> int:
        """A scan length."""
        return 1 + int(math.log(1.0 - self.random.random()) / math.log(1.0 - 1.0 / mean))

    def rhythm(self, clock: float) -> float:
        """How busy the present hour of somebody's clock is; mean 1 over a day."""
        hour = (self.now + 0.5) * 24.0 / STEPS + clock
        return 1.0 + 0.5 * math.cos(2.0 * math.pi * (hour - 20.0) / 24.0)

    def step(self) -> None:
        """Read, believe, react, write, deliver and, once a day, live."""
        self.activate()
        self.deliver()
        self.now += 1
        if self.now % STEPS == 0:
            self.agents.do("live")

    def activate(self) -> None:
        """Everybody looks, then everybody speaks."""
        self.agents.do("look")
        self.agents.do("speak")

    def deliver(self) -> None:
        """Posts to feeds and to the stream, replies under their posts, answers to authors."""
        for post in self.new_posts:
            for follower in post.author.followers:
                follower.feed.append(post)
            if post.tagged and not post.author.protected:
                self.stream.append(post)
        for root, who, tone in self.new_replies:
            root.replies.append((who, tone))
            if root.kind == "struggle":
                root.author.inbox.append((who, tone))
        for author, who, what in self.notes:
            author.inbox.append((who, what))
        self.new_posts, self.new_replies, self.notes = [], [], []


class TunedMesa(PlainMesa):
    """The same with one NumPy draw for everybody's sessions; only those who come online are activated."""

    def activate(self) -> None:
        """Who comes online visits, then writes."""
        hours = (self.now + 0.5) * 24.0 / STEPS + self.clocks
        sessions = self.rng.poisson(self.rates / STEPS * (1.0 + 0.5 * np.cos(2.0 * np.pi * (hours - 20.0) / 24.0)))
        online = np.flatnonzero(sessions).tolist()
        for row in online:
            self.people[row].visit()
        for row in online:
            self.people[row].write(int(sessions[row]))
