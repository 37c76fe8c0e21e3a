"""Measure what running studies at scale costs.

    python scripts/scale.py [--runs 100000] [--only NAME ...] [--folder DIR]

Prints one line per figure. Large stores are filled with made-up outcomes of the usual shape (30 outcomes, 60 days), in
the way in which workers write them; the rest is measured on the model. Close other programs first: figures of two
processes mean nothing on a busy machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import experiments.batch
from experiments import Arm, Store, Study
from experiments.provenance import code_version
from experiments.run import RunResult, attempt, peak_memory_mb, reset_peak_memory, with_keys
from experiments.study import Experiment
from experiments.summary import summary_table
from experiments.sweep import How, plan, sweep
from simulation import OUTCOMES, Hashtag, Parameters

DAYS = 61
NAMES = tuple(OUTCOMES)[:30]


def study_of(runs: int) -> Study:
    """A study of so many runs: 50 scenarios, two arms."""
    values = tuple(round(0.2 + 0.01 * place, 2) for place in range(50))
    arms = [Arm("none"), Arm("tag", [Hashtag()])]
    base = Parameters(agents=1000, days=60)
    factors = {"beliefs.stigma_mean": values}
    return Study(study="large", base=base, arms=arms, factors=factors, replicates=runs // 100, seed=1)


def made_up(experiment: Experiment) -> pl.DataFrame:
    """Outcomes of the usual shape: 30 outcomes on 61 days."""
    level = (experiment.seed % 1000) / 1000.0
    days = np.repeat(np.arange(DAYS), len(NAMES))
    table = pl.DataFrame(
        {
            "step": days * 96,
            "day": days.astype(np.float64),
            "group": np.full(len(days), "all"),
            "outcome": np.tile(np.array(NAMES), DAYS),
            "value": np.sin(np.arange(len(days)) + level) * level,
        }
    )
    return with_keys(table, experiment)


def fill(store: Store, study: Study) -> None:
    """Keep every run of a study, made up."""
    code = code_version()
    for group in batched(study.experiments(), 100):
        rows = [
            {name: getattr(item, name) for name in ("study", "scenario", "arm", "replicate", "seed")}
            | {"run": item.key(code), "status": "done", "error": "", "trace": "", "content": "{}", "code": code,
               "sweep": "0" * 16, "seconds": 1.0, "peak_memory_mb": 500.0}
            for item in group
        ]  # fmt: skip
        store.write({"outcomes": pl.concat([made_up(item) for item in group])}, rows)
    sweep(study, store.folder)


def large_store(folder: Path, runs: int) -> tuple[Store, Study]:
    """A store of so many finished runs, made when it is not there."""
    store, study = Store(folder / f"store-{runs}"), study_of(runs)
    if not store.folder.is_dir():
        fill(store, study)
    return store, study


def timed(what: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def say(name: str, **figures: float | str) -> None:
    """One line of figures."""
    print(json.dumps({"what": name, **figures}), flush=True)


def resume(folder: Path, runs: int) -> None:
    """Resuming a store in which everything is done, from the plan to the report, and the memory that takes."""
    small, small_study = large_store(folder, max(1000, runs // 100))
    store, study = large_store(folder, runs)
    for place, what in ((small, small_study), (store, study)):
        reset_peak_memory()
        before = peak_memory_mb()
        busy = time.process_time()
        seconds = timed(lambda what=what, place=place: sweep(what, place.folder))  # type: ignore[misc]
        busy = round(time.process_time() - busy, 2)
        memory = round(peak_memory_mb() - before, 1)
        say("resume", runs=what.number_of_runs, seconds=round(seconds, 2), processor_seconds=busy, memory_mb=memory)


def one_more_replicate(folder: Path, runs: int) -> None:
    """Planning what is new when replicates are added to a large study."""
    store, _ = large_store(folder, runs)
    more = study_of(runs + 100)
    say("plan 100 runs more", runs=runs, seconds=round(timed(lambda: plan(more, store.folder)), 2))


def check(folder: Path, runs: int) -> None:
    """`supportnet check`, from typing to answer."""
    file = folder / "large.yaml"
    file.write_text(
        "study: large\nbase: {agents: 1000}\narms: {none: [], tag: [{type: hashtag}]}\n"
        f"factors: {{beliefs.stigma_mean: {{from: 0.2, to: 0.8}}}}\ndesign: {{type: latin_hypercube, points: 500}}\n"
        f"replicates: {runs // 1000}\n"
    )
    command = [sys.executable, "-m", "experiments.cli", "check", str(file)]
    seconds = min(timed(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(3))
    inside = timed(lambda: Study.from_file(file).number_of_runs)
    say("check", runs=runs, seconds=round(seconds, 2), reading_the_study=round(inside, 2))


def query(folder: Path, runs: int) -> None:
    """Questions to a large store."""
    store, _ = large_store(folder, runs)
    size = sum(path.stat().st_size for path in store.folder.rglob("*.parquet")) / 1e6
    rows = pl.scan_parquet(store.folder / "shards" / "*" / "outcomes.parquet")
    mean = rows.filter(pl.col("outcome") == NAMES[0]).group_by("scenario", "arm", "day").agg(pl.col("value").mean())
    one = rows.filter(pl.col("replicate") == 1, pl.col("scenario") == "beliefs.stigma_mean=0.3")
    say("size", runs=runs, megabytes=round(size, 1), shards=len(store.shards()))
    say("query: mean of one outcome by day", seconds=round(timed(lambda: mean.collect(engine="streaming")), 2))
    say("query: all rows of two runs", seconds=round(timed(one.collect), 2))
    say("query: the table of runs", seconds=round(timed(store.runs), 2))
    reset_peak_memory()
    before, took = peak_memory_mb(), timed(lambda: summary_table(store.pieces("outcomes"), store.order()[1:]))
    say("summary of everything", seconds=round(took, 2), memory_mb=round(peak_memory_mb() - before, 1))


def small_study(agents: int, days: int, replicates: int) -> Study:
    """Runs on the model."""
    return Study(study="timed", base=Parameters(agents=agents, days=days), replicates=replicates, seed=1)


def speedup(folder: Path, runs: int) -> None:
    """Two processes against one, for runs of about a second, workers started before."""
    study = small_study(3000, 14, 40)
    attempt(next(study.experiments()))
    seconds = {}
    for workers, executor in ((1, "serial"), (2, "processes")):
        marks: list[tuple[float, int]] = []
        report = lambda now, marks=marks: marks.append((time.perf_counter(), now.done))  # noqa: E731
        with tempfile.TemporaryDirectory(dir=folder) as into:
            sweep(study, Path(into), How(executor=executor, workers=workers), report=report)
        first = next(mark for mark in marks if mark[1] >= 4)
        seconds[workers] = (marks[-1][0] - first[0]) / (marks[-1][1] - first[1])
    ratio = seconds[1] / seconds[2]
    say("two processes", per_run_serial=round(seconds[1], 3), per_run_two=round(seconds[2], 3), ratio=round(ratio, 2))


def overhead(folder: Path, runs: int) -> None:
    """What a run costs beyond itself, kept and counted: processor time, which other programs do not disturb."""
    for agents, days, replicates, keep in ((100, 3, 200, None), (1500, 10, 40, None), (1500, 10, 40, ("outcomes",))):
        study = small_study(agents, days, replicates)
        with tempfile.TemporaryDirectory(dir=folder) as into:
            sweep(small_study(agents, days, 2), Path(into) / "warm")
            inside = _Inside()
            vars(experiments.batch)["attempt"] = inside.attempt
            start = time.process_time()
            sweep(study, Path(into) / "timed", How(keep=keep))
            took = time.process_time() - start
            vars(experiments.batch)["attempt"] = attempt
        each = 1000 * (took - inside.seconds) / replicates
        kept = "all tables" if keep is None else ", ".join(keep)
        say("overhead", kept=kept, run_ms=round(1000 * inside.seconds / replicates, 1), overhead_ms=round(each, 2))


class _Inside:
    """Counts the processor time of runs themselves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def attempt(self, experiment: Experiment, *how: Any) -> RunResult:  # noqa: ANN401 - as `attempt` takes it
        """Do a run."""
        start = time.process_time()
        result = attempt(experiment, *how)
        self.seconds += time.process_time() - start
        return result


MEASURES = {
    "overhead": overhead,
    "speedup": speedup,
    "check": check,
    "resume": resume,
    "more": one_more_replicate,
    "query": query,
}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--folder", type=Path, help="where large stores are kept between calls")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        say("machine", cores=os.cpu_count() or 1, load=round(os.getloadavg()[0], 1))
        for name in given.only:
            MEASURES[name](folder, given.runs)


if __name__ == "__main__":
    main()
