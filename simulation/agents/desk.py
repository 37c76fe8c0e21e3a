"""The moderation desk: one queue, c servers, exact times inside a step."""

from heapq import heapify, heappop, heappush, heapreplace
from typing import NamedTuple

from simulation import draws, rules
from simulation.agents.post import Post
from simulation.draws import Decision
from simulation.posts import Kind, Violation
from simulation.world import Case, DeskSettings


class Ticket(NamedTuple):
    """A case on its way through the desk, ordered by the time of what happens next; times in days."""

    time: float
    post: int
    arrival: float
    start: float


class Desk:
    """Detects, queues and decides; it changes no post, it only says what was decided.

    Cases arrive in the order of time and are taken up first come, first served by the server that is free first. Service
    times, detections and correctness are addressed by the post, so they do not depend on what else is in the queue.
    """

    def __init__(self, seed: int, days_per_step: float) -> None:
        self.settings: DeskSettings | None = None
        self._seed = seed
        self._days_per_step = days_per_step
        self._last = DeskSettings()
        self._arriving: list[tuple[float, int]] = []
        self._deciding: list[Ticket] = []
        self._free: list[float] = []

    def set(self, settings: DeskSettings | None, now: float) -> None:
        """New rules from now on (days); None ends the intake, and cases under way are finished under the last rules."""
        self.settings = settings
        if settings is None:
            return
        self._last = settings
        if settings.servers is not None:
            busy = sorted(self._free)[: settings.servers]
            self._free = busy + [now] * (settings.servers - len(busy))
            heapify(self._free)

    def detect(self, post: Post) -> None:
        """Scan a new post; what is found arrives after the detector's delay."""
        settings = self.settings
        if settings is None or not settings.detector:
            return
        if post.violation is not Violation.NONE:
            share = settings.sensitivity
        else:
            share = settings.false_positive_rate if post.struggle else 0.0
        if self._chance(Decision.DETECTION, post) < share:
            delay = rules.exponential(self._chance(Decision.DETECTION_DELAY, post), settings.detection_days)
            self._open(post, self._moment(post, post.step) + delay)

    def hold(self, post: Post) -> bool:
        """Whether a new post must wait for its case before anyone reads it; opens the case."""
        held = self.settings is not None and self.settings.hold_tagged and post.tag >= 0
        if held:
            self._open(post, self._moment(post, post.step))
        return held

    def report(self, post: Post, step: int) -> None:
        """Take note of a report; the last one needed opens a case."""
        needed = self.settings.reports_needed if self.settings is not None else None
        if needed is not None and post.reports >= needed:
            self._open(post, self._moment(post, step))

    def decisions(self, now: float, posts: list[Post], step: int) -> list[Case]:
        """What was decided before `now` (days), in the order of time; seen from `step` on."""
        self._serve(now, posts)
        done = []
        while self._deciding and self._deciding[0].time < now:
            done.append(self._decide(heappop(self._deciding), posts, step))
        return done

    def _serve(self, now: float, posts: list[Post]) -> None:
        """Take up everything that arrived before `now`."""
        while self._arriving and self._arriving[0][0] < now:
            arrival, row = heappop(self._arriving)
            if self._last.servers is None:
                heappush(self._deciding, Ticket(arrival, row, arrival, arrival))
                continue
            start = max(arrival, self._free[0])
            service = rules.exponential(self._chance(Decision.SERVICE, posts[row]), self._last.service_days)
            heapreplace(self._free, start + service)
            heappush(self._deciding, Ticket(start + service, row, arrival, start))

    def _decide(self, ticket: Ticket, posts: list[Post], step: int) -> Case:
        """The decision on one case."""
        post = posts[ticket.post]
        guilty = post.violation is not Violation.NONE
        if self._last.review:
            correct = self._chance(Decision.CORRECTNESS, post) < self._last.accuracy
            against = guilty == correct
        else:
            correct, against = guilty, True
        decision = "clear"
        if against:
            labels = self._last.review and post.violation in self._last.labelled
            decision = "label" if guilty and labels else "remove"
        servers = self._last.servers or 0
        return Case(post.row, ticket.arrival, ticket.start, ticket.time, decision, correct, step, servers)

    def _open(self, post: Post, arrival: float) -> None:
        """Open a case, once for each post; retweets share the fate of their root."""
        if not post.has_case and post.kind is not Kind.RETWEET:
            post.has_case = True
            heappush(self._arriving, (arrival, post.row))

    def _moment(self, post: Post, step: int) -> float:
        """A moment within a step, in days since the start of the run."""
        return (step + self._chance(Decision.DETECTION_MOMENT, post)) * self._days_per_step

    def _chance(self, decision: Decision, post: Post) -> float:
        """The uniform of a decision about a post."""
        return draws.uniform(self._seed, decision, post.author, post.key)
