"""The moderation desk, the same for both engines: one queue, c servers, exact times inside a step.

Cases are few (about one post in a hundred), so the desk is plain Python whatever the engine.
"""

from heapq import heapify, heappop, heappush, heapreplace
from typing import NamedTuple

from simulation import draws, rules
from simulation.draws import Decision
from simulation.posts import Violation
from simulation.world import Case, DeskEvent, DeskSettings


class Subject(NamedTuple):
    """What the desk knows of a post."""

    row: int
    key: int
    author: int
    violation: int
    struggle: bool

    @property
    def guilty(self) -> bool:
        """Whether it breaks a rule."""
        return self.violation != Violation.NONE


class Ticket(NamedTuple):
    """A case on its way through the desk, ordered by the time of what happens next; times in days."""

    time: float
    post: int
    arrival: float
    start: float


class Desk:
    """Detects, queues and decides; it changes no post, it only says what was decided.

    Cases arrive in the order of time and are taken up first come, first served by the server that is free first.
    Service times, detections and correctness are addressed by the post, so they do not depend on the rest of the queue.
    """

    def __init__(self, seed: int, days_per_step: float) -> None:
        self.settings: DeskSettings | None = None
        self.log: list[DeskEvent] | None = None
        self._seed = seed
        self._days_per_step = days_per_step
        self._last = DeskSettings()
        self._arriving: list[tuple[float, int]] = []
        self._deciding: list[Ticket] = []
        self._free: list[float] = []
        self._subjects: dict[int, Subject] = {}
        self._known: set[int] = set()

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

    @property
    def detects(self) -> bool:
        """Whether new posts that break a rule or tell of a struggle are to be scanned."""
        return self.settings is not None and self.settings.detector

    @property
    def holds_tagged(self) -> bool:
        """Whether tagged posts wait for their case before anyone reads them."""
        return self.settings is not None and self.settings.hold_tagged

    @property
    def reports_needed(self) -> int | None:
        """Reports that open a case, or None where reports are not read."""
        return self.settings.reports_needed if self.settings is not None else None

    @property
    def explains(self) -> bool:
        """Whether authors are told why their posts were removed, by the rules under which cases are decided now."""
        return self._last.explanation

    @property
    def next_time(self) -> float | None:
        """A moment (days) before which nothing is decided, unless more arrives; None where nothing is under way."""
        waiting = [queue[0][0] for queue in (self._arriving, self._deciding) if queue]
        return min(waiting, default=None)

    def detect(self, post: Subject, step: int) -> None:
        """Scan a new post that breaks a rule or is a struggle; what is found arrives after the detector's delay."""
        assert self.settings is not None
        share = self.settings.sensitivity if post.guilty else self.settings.false_positive_rate
        if self._chance(Decision.DETECTION, post) < share:
            delay = rules.exponential(self._chance(Decision.DETECTION_DELAY, post), self.settings.detection_days)
            self._open(post, self._moment(post, step), delay, "detected")

    def receive(self, post: Subject, step: int, why: str = "reported") -> None:
        """A held or reported post comes before the desk within this step; `why` is for the log."""
        self._open(post, self._moment(post, step), 0.0, why)

    def decisions(self, now: float, step: int) -> list[tuple[Subject, Case]]:
        """What was decided before `now` (days), in the order of time; seen from `step` on."""
        self._serve(now)
        done = []
        while self._deciding and self._deciding[0].time < now:
            done.append(self._decide(heappop(self._deciding), step))
        return done

    def _serve(self, now: float) -> None:
        """Take up everything that arrived before `now`."""
        while self._arriving and self._arriving[0][0] < now:
            arrival, row = heappop(self._arriving)
            if self._last.servers is None:
                heappush(self._deciding, Ticket(arrival, row, arrival, arrival))
                continue
            start = max(arrival, self._free[0])
            service = rules.exponential(self._chance(Decision.SERVICE, self._subjects[row]), self._last.service_days)
            heapreplace(self._free, start + service)
            self._note(start, self._subjects[row], "start")
            heappush(self._deciding, Ticket(start + service, row, arrival, start))

    def _decide(self, ticket: Ticket, step: int) -> tuple[Subject, Case]:
        """The decision on one case."""
        post = self._subjects.pop(ticket.post)
        guilty = post.guilty
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
        self._note(ticket.time, post, "decision", decision, correct)
        return post, Case(
            post.row, post.key, ticket.arrival, ticket.start, ticket.time, decision, correct, step, servers
        )

    def _open(self, post: Subject, moment: float, delay: float, why: str) -> None:
        """Open a case, once for each post: noticed at a moment (days), it arrives after a delay."""
        if post.row not in self._known:
            self._known.add(post.row)
            self._subjects[post.row] = post
            heappush(self._arriving, (moment + delay, post.row))
            self._note(moment, post, why)
            self._note(moment + delay, post, "arrival")

    def _note(
        self, time: float, post: Subject, event: str, decision: str | None = None, correct: bool | None = None
    ) -> None:
        """Write an event down where a log is kept."""
        if self.log is not None:
            self.log.append(DeskEvent(time, post.key, post.author, event, decision, correct))

    def drained(self) -> list[DeskEvent]:
        """The log since it was last asked for."""
        log, self.log = self.log or [], []
        return log

    def _moment(self, post: Subject, step: int) -> float:
        """A moment within a step, in days since the start of the run."""
        return (step + self._chance(Decision.DETECTION_MOMENT, post)) * self._days_per_step

    def _chance(self, decision: int, post: Subject) -> float:
        """The uniform of a decision about a post."""
        return draws.uniform(self._seed, decision, post.author, post.key)
