"""What a study will cost, before it is run: rough figures, right within a factor of two on a usual laptop."""

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.identity import kept_by_identity
from experiments.study import Study
from simulation import EventLog, InputError, Parameters, Problem

SECONDS_TO_START = 3.0
"""Loading the model, once per process; the very first time it is compiled, which takes 20 s more."""
SECONDS_PER_RUN = 0.3
SECONDS_PER_AGENT_DAY = 1.5e-5
"""Measured with the engine `kernels` at 96 steps a day; half of it goes with the number of steps."""
MB_TO_START = 380.0
MB_PER_AGENT = 0.01
MB_PER_POST = 3e-4
POSTS_PER_AGENT_DAY = 0.7
MB_ON_DISK_PER_RUN = 0.03
MB_ON_DISK_PER_DAY = 0.0025
"""Of outcomes, when all are kept."""
MB_ON_DISK_PER_POST = 2e-5
MB_ON_DISK_PER_AGENT_DAY = {"views": 1e-4, "reactions": 2e-5}
"""Of the event log, with the settings as they are: 16 views and 2 reactions, 6 to 8 bytes each."""
MB_ON_DISK_PER_STATE = 8e-5
"""Of one person of the sample on one day."""


MOST_LOOKED_AT = 500
"""Scenarios whose cost is worked out one by one; of more, so many at even distances stand for all."""


@dataclass(frozen=True)
class Estimate:
    """Cost of a study.

    Args:
        runs: number of runs.
        agents: largest number of people in a run.
        seconds: wall time on one core.
        memory_mb: of one worker.
        disk_mb: of the results.
    """

    runs: int
    agents: int
    seconds: float
    memory_mb: float
    disk_mb: float


def network_size(parameters: Parameters) -> int:
    """Number of people of a run; a network that is given is read for it.

    Raises:
        InputError: the network is not here or cannot be read.
    """
    try:
        return parameters.network.size(parameters.agents)
    except InputError as error:
        named = [Problem(p.where or "network", p.what, p.allowed, p.nearest) for p in error.problems]
        raise type(error)(*named) from None


def estimate(study: Study) -> Estimate:
    """Cost of every run of a study together.

    Raises:
        InputError: a network is not here or cannot be read.
    """
    scenarios = study.scenarios
    step = max(1, len(scenarios) // MOST_LOOKED_AT)
    each = [_one_run(scenarios[place].parameters, study.log) for place in range(0, len(scenarios), step)]
    times = len(study.arms) * study.most_replicates * len(scenarios) / len(each)
    return Estimate(
        runs=study.number_of_runs,
        agents=int(max(cost["agents"] for cost in each)),
        seconds=SECONDS_TO_START + times * sum(cost["seconds"] for cost in each),
        memory_mb=MB_TO_START + max(cost["memory"] for cost in each),
        disk_mb=times * sum(cost["disk"] for cost in each),
    )


@kept_by_identity
def work_of(parameters: Parameters) -> float:
    """What a run takes compared with others: the seconds that were estimated."""
    return _one_run(parameters)["seconds"]


def _one_run(parameters: Parameters, log: EventLog | None = None) -> Mapping[str, float]:
    """Cost of one run: agents, seconds, MB of memory, MB on disk."""
    agents = network_size(parameters)
    agent_days = agents * (parameters.days + parameters.warmup_days)
    fineness = 0.5 + 0.5 * parameters.steps_per_day / 96
    posts = POSTS_PER_AGENT_DAY * agent_days
    return {
        "agents": agents,
        "seconds": SECONDS_PER_RUN + SECONDS_PER_AGENT_DAY * agent_days * fineness,
        "memory": MB_PER_AGENT * agents + MB_PER_POST * posts,
        "disk": MB_ON_DISK_PER_RUN
        + MB_ON_DISK_PER_DAY * parameters.days
        + MB_ON_DISK_PER_POST * posts
        + _disk_of_log(parameters, agents, log),
    }


def _disk_of_log(parameters: Parameters, agents: int, log: EventLog | None) -> float:
    """MB that the event log of one run takes."""
    if log is None:
        return 0.0
    days = parameters.days + parameters.warmup_days
    states = MB_ON_DISK_PER_STATE * min(log.sample, agents) if "people" in log.tables else 0.0
    return days * (states + agents * sum(MB_ON_DISK_PER_AGENT_DAY.get(table, 0.0) for table in log.tables))


def in_words(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
