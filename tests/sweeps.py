"""Small studies, and what is done to sweeps: models that fail, workers that die, tables that are compared."""

import os
import signal
from pathlib import Path
from typing import Any

import experiments.run
from experiments import Arm, Store, Study
from experiments.batch import Batch, do_batch
from experiments.provenance import code_version
from experiments.run import KEYS
from experiments.study import replicate_seed
from experiments.sweep import plan
from simulation import Hashtag, Moderation, Parameters, RunError, SupportNetworkModel

ROOT = Path(__file__).resolve().parents[1]
BASE = Parameters(agents=40, days=2, warmup_days=1, step_minutes=120)
STUDY = """
study: tiny
base: {agents: 40, days: 2, warmup_days: 1, step_minutes: 120}
arms: {none: [], tag: [{type: hashtag, seeds: {count: 3}}]}
seed: 3
"""
"""A study file; replicates are added by whoever uses it."""


def tiny(**changes):
    given: dict[str, Any] = {
        "study": "tiny",
        "base": BASE,
        "arms": [Arm("none"), Arm("tag", [Hashtag(), Moderation(regime="automatic_review")])],
        "replicates": 2,
        "seed": 3,
    }
    return Study(**(given | changes))


def tables_of(folder):
    """Every table but that of the runs, in the order of the study."""
    store = Store(Path(folder))
    return {name: store.table(name) for name in store.names() if name != "runs"}


def runs_of(folder):
    """What does not depend on time and place in the table of runs."""
    return Store(Path(folder)).runs().select(*KEYS, "run", "status", "error", "content", "code")


def are_equal(one, other):
    """Whether two folders hold the same results, row for row."""
    first, second = tables_of(one), tables_of(other)
    same = first.keys() == second.keys() and all(first[name].equals(second[name]) for name in first)
    return same and runs_of(one).equals(runs_of(other))


def batch_of(study, folder, **changes):
    """All runs of a study as one batch."""
    items = tuple(plan(study, folder).runs())
    given: dict[str, Any] = {"folder": folder, "name": "0", "sweep": "0" * 16, "code": code_version(), "items": items}
    return Batch(**(given | changes))


def is_chosen(interventions, rng):
    """Whether a run is the one that things happen to: the arm with a tag in the second replicate."""
    return bool(interventions) and rng == replicate_seed(3, 2)


class Failing(SupportNetworkModel):
    """A model that does not survive the chosen run."""

    def __init__(self, parameters, *, rng, interventions=(), **rest):
        super().__init__(parameters, rng=rng, interventions=interventions, **rest)
        if is_chosen(interventions, rng):
            raise RunError("the desk\ncaught fire")


class Greedy(SupportNetworkModel):
    """A model that asks for eight gigabytes in the chosen run."""

    def __init__(self, parameters, *, rng, interventions=(), **rest):
        super().__init__(parameters, rng=rng, interventions=interventions, **rest)
        self.hoard = [bytes(8 * 2**30)] if is_chosen(interventions, rng) else []


class Lethal(SupportNetworkModel):
    """A model whose process is killed in the chosen run."""

    def __init__(self, parameters, *, rng, interventions=(), **rest):
        super().__init__(parameters, rng=rng, interventions=interventions, **rest)
        if is_chosen(interventions, rng):
            os.kill(os.getpid(), signal.SIGKILL)


def do_lethal_batch(batch: Batch):
    """What `do_batch` does where the chosen run kills its worker."""
    vars(experiments.run)["SupportNetworkModel"] = Lethal
    return do_batch(batch)


def die_once(path: str) -> str:
    """Kill the own process, unless that has happened before."""
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path


def die(_: object) -> None:
    """Kill the own process."""
    os.kill(os.getpid(), signal.SIGKILL)


def do_greedy_batch(batch: Batch):
    """What `do_batch` does where the chosen run asks for more memory than there is."""
    vars(experiments.run)["SupportNetworkModel"] = Greedy
    return do_batch(batch)


def say_environment(name: str) -> str:
    """A variable of the environment of whoever is asked."""
    return os.environ[name]
