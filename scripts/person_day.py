"""What a person-day of the engine `kernels` consists of: one world with more and more going on, and what each adds.

    python scripts/person_day.py                      2,000, 10,000 and 100,000 people
    python scripts/person_day.py --agents 2000 --repeats 9

Processor time, the smallest of several repeats that take turns; no outcomes, one thread, posts not kept.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from simulation import Parameters, SupportNetworkModel
from simulation.draws import Decision, uniforms

WARM, DAYS = 2, {2_000: 20, 10_000: 8, 100_000: 2}
SILENT: dict[str, Any] = {"activity.posts_median": 1e-9, "activity.posts_sigma": 0.01, "disclosure.intercept": -60.0}
UNMOVED: dict[str, Any] = {
    "reactions.retweet": 0.0, "reactions.reply": 0.0, "reactions.report": 0.0, "disclosure.intercept": -60.0,
}  # fmt: skip
WORLDS: dict[str, dict[str, Any]] = {
    "nobody online": SILENT | {"activity.sessions_median": 1e-6, "activity.sessions_minimum": 1e-6},
    "sessions, nothing to read": SILENT,
    "posts delivered and read, no reaction": UNMOVED,
    "everything": {},
}
"""Settings of each world, in the order in which more goes on."""


class Took(NamedTuple):
    """What a world took: microseconds and views, both per person-day."""

    microseconds: float
    views: float


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description="What a person-day consists of.")
    options.add_argument("--agents", type=int, nargs="*", default=list(DAYS), help="numbers of people")
    options.add_argument("--repeats", type=int, default=5, help="of which the fastest counts")
    given = options.parse_args()
    print(f"A uniform by address: {1e9 * seconds_per_draw():.1f} ns\n")
    print("| people | world | us per person-day | added | views | added per view, ns |")
    print("|--:|---|--:|--:|--:|--:|")
    for agents in given.agents:
        for line in lines(agents, measured(agents, DAYS.get(agents, 5), given.repeats)):
            print(line)


def measured(agents: int, days: int, repeats: int) -> dict[str, Took]:
    """The fastest of several runs of each world; worlds take turns."""
    found: dict[str, list[Took]] = {name: [] for name in WORLDS}
    for _ in range(repeats):
        for name, settings in WORLDS.items():
            found[name].append(_took(agents, days, settings))
    return {name: min(every) for name, every in found.items()}


def _took(agents: int, days: int, settings: Mapping[str, Any]) -> Took:
    """One run of a world, after days that fill the feeds."""
    parameters = Parameters().with_values({"agents": agents, "days": WARM + days, "warmup_days": 0, **settings})
    model = SupportNetworkModel(parameters, rng=1, outcomes=[], keep_posts=False)
    model.run(WARM)
    before = int(model.engine.column("views").sum())
    start = time.process_time()
    model.run()
    seconds = time.process_time() - start
    views = int(model.engine.column("views").sum()) - before
    return Took(1e6 * seconds / (agents * days), views / (agents * days))


def lines(agents: int, found: Mapping[str, Took]) -> Sequence[str]:
    """Rows of the table: each world, and what it adds to the one before."""
    rows, before = [], Took(0.0, 0.0)
    for name, took in found.items():
        added = took.microseconds - before.microseconds
        per_view = f"{1e3 * added / took.views:.0f}" if took.views else ""
        rows.append(f"| {agents:,} | {name} | {took.microseconds:.2f} | {added:.2f} | {took.views:.1f} | {per_view} |")
        before = took
    return rows


def seconds_per_draw(draws: int = 2_000_000) -> float:
    """Of one uniform by its address."""
    who = np.arange(draws)
    uniforms(7, Decision.PRIVACY, who[:1], 1)
    start = time.process_time()
    uniforms(7, Decision.PRIVACY, who, 1)
    return (time.process_time() - start) / draws


if __name__ == "__main__":
    main()
