"""Measure the engines against plain Mesa, against NumPy and against bare compiled loops; write docs/benchmarks.*.

    python scripts/benchmark.py                          up to a million people, about ten minutes
    python scripts/benchmark.py --sizes 1000 10000       smaller
    python scripts/benchmark.py --huge                   ten million, too (needs about 25 GB)
    python scripts/benchmark.py --json trial.json   elsewhere; the page is written beside it

Every measurement is a process of its own, so that its peak memory is its own. Repeats are interleaved run by run, so
that a slow minute of the machine meets every program; medians are reported.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

from tests.benchmarks.programs import PROGRAMS, Measured  # noqa: E402 - the script runs from anywhere
from tests.benchmarks.starting import STARTS, seconds_of  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks.json"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
HUGE = 10_000_000
COMPARED = 2_000
"""Size at which every program is measured."""
MOST_PERSON_DAYS = 100_000
MOST_DAYS = 20
FEW_REPEATS = {100_000: 3, 1_000_000: 1, HUGE: 1}
"""Sizes that take too long for more."""

Row = dict[str, Any]


class Case(NamedTuple):
    """One program at one size."""

    program: str
    agents: int
    days: int
    repeats: int


def main() -> None:
    """Measure, print, write."""
    options = _options()
    if options.measure:
        measured = PROGRAMS[options.measure](options.agents, options.days)
        print(json.dumps(measured._asdict()))
        return
    sizes = [*options.sizes, *([HUGE] if options.huge else [])]
    runs = _measure(list(_cases(sizes, options.repeats)))
    report = {
        "machine": _machine(),
        "rows": _compared([_row(case, several) for case, several in runs.items()]),
        "starts": {
            name: statistics.median(seconds_of(start) for _ in range(options.repeats + 1))
            for name, start in STARTS.items()
        },
    }
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    page = _page(report)
    options.json.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)


def _options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Measure time and memory of the engines and of their rivals.")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of people")
    parser.add_argument("--huge", action="store_true", help="ten million people, too")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each; fewer at the largest sizes")
    parser.add_argument("--json", type=Path, default=PAGE, help="where the figures go; a page goes beside them")
    parser.add_argument("--measure", choices=PROGRAMS, help=argparse.SUPPRESS)
    parser.add_argument("--agents", type=int, default=COMPARED, help=argparse.SUPPRESS)
    parser.add_argument("--days", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- measuring --------------------------------------------------------------------------------------------------------


MEASURED: Mapping[str, tuple[int, int]] = {
    "kernels": (1_000, 1_000_000),
    "kernels, all outcomes": (1_000, 100_000),
    "kernels, posts not kept": (100_000, HUGE),
    "kernels, two threads": (100_000, HUGE),
    "plain Mesa": (100_000, 100_000),
    "NumPy, deliver and read": (10_000, 100_000),
}
"""Least and largest size at which a program is measured, beside the one at which all are compared."""


def _cases(sizes: Sequence[int], repeats: int) -> Iterator[Case]:
    """Every program where all are compared, and those that can bear it at every other size."""
    for program in PROGRAMS:
        yield Case(program, COMPARED, 5, repeats)
    for size in sizes:
        for program, (least, most) in MEASURED.items():
            if least <= size <= most:
                yield Case(program, size, _days(size), min(repeats, FEW_REPEATS.get(size, repeats)))


def _days(size: int) -> int:
    """Days that are measured at a size: fewer, the more people."""
    return max(1, min(MOST_DAYS, MOST_PERSON_DAYS // size))


def _measure(cases: Sequence[Case]) -> dict[Case, list[Measured]]:
    """Run every case, round by round."""
    runs: dict[Case, list[Measured]] = {case: [] for case in cases}
    for turn in range(max(case.repeats for case in cases)):
        for case in cases:
            if turn < case.repeats:
                _tell(f"round {turn + 1}: {case.program}, {case.agents:,} people, {case.days} days")
                runs[case].append(_fresh(case))
    return runs


def _fresh(case: Case) -> Measured:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--measure", case.program]
    command += ["--agents", str(case.agents), "--days", str(case.days)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{case} failed:\n{done.stderr[-2000:]}")
    return Measured(**json.loads(done.stdout))


def _tell(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


# --- what it means ----------------------------------------------------------------------------------------------------


def _row(case: Case, several: Sequence[Measured]) -> Row:
    """Medians of a case, per person and day, per view and per person."""
    middle = Measured(*(statistics.median(values) for values in zip(*several, strict=True)))
    return {
        **case._asdict(),
        "build_seconds": middle.build_seconds,
        "us_per_person_day": middle.seconds / (case.agents * case.days) * 1e6,
        "us_spread": [
            run.seconds / (case.agents * case.days) * 1e6 for run in sorted(several, key=lambda m: m.seconds)
        ],
        "views_per_person_day": middle.views / (case.agents * case.days),
        "views_per_second": middle.views / middle.seconds,
        "ns_per_view": middle.seconds / middle.views * 1e9,
        "bytes_per_person": middle.bytes_per_person or None,
        "step_to_push": middle.seconds / middle.push_seconds if middle.push_seconds else None,
        "step_to_push_and_scan": middle.seconds / middle.scan_seconds if middle.scan_seconds else None,
    }


RIVALS: Mapping[str, str] = {
    "plain Mesa": "times_plain_mesa",
    "tuned Mesa": "times_tuned_mesa",
    "agents": "times_agents",
    "NumPy, deliver and read": "times_numpy",
    "kernels, posts not kept": "times_one_thread",
}
"""What others are compared with at the same size, where both were measured, and the name of the ratio."""


def _compared(rows: list[Row]) -> list[Row]:
    """Rows with their speed relative to each rival of the same size; threads are compared with one thread alone."""
    for rival, name in RIVALS.items():
        times = {row["agents"]: row["us_per_person_day"] for row in rows if row["program"] == rival}
        for row in rows:
            base = times.get(row["agents"])
            row[name] = base / row["us_per_person_day"] if base and _is_comparable(row, rival) else None
    return rows


def _is_comparable(row: Row, rival: str) -> bool:
    """Whether a ratio says something: two threads against one, and what does everything against what does less."""
    if rival == "kernels, posts not kept":
        return bool(row["program"] == "kernels, two threads")
    return not row["program"].startswith("NumPy") or rival.startswith("NumPy")


def _machine() -> dict[str, str]:
    """The machine and the versions that matter."""
    names = ("numba", "llvmlite", "numpy", "mesa")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def _processor() -> str:
    """The name of the processor, as far as the system tells."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


# --- the page ---------------------------------------------------------------------------------------------------------

HEAD = """\
# Benchmarks

Written by `scripts/benchmark.py`; `make bench` prints the smaller measurements of `tests/benchmarks`. Every measurement
is a process of its own; medians of repeats that were interleaved run by run (range in brackets). A support tag begun by
hubs, no moderation, steps of 15 minutes; the first day is not measured. Memory is the growth of the largest resident
memory over that of a tiny run. Plain Mesa (`tests/benchmarks/plain_mesa.py`) is the same process without this project,
on the same graph with equally busy people.
"""

COLUMNS: Mapping[str, str] = {
    "program": "program",
    "agents": "people",
    "days": "days",
    "repeats": "repeats",
    "build_seconds": "build, s",
    "us_per_person_day": "µs per person-day",
    "views_per_second": "views per s",
    "ns_per_view": "ns per view",
    "bytes_per_person": "bytes per person",
    "times_plain_mesa": "speed, plain Mesa = 1",
    "times_tuned_mesa": "speed, tuned Mesa = 1",
    "times_agents": "speed, agents = 1",
    "times_numpy": "speed, NumPy = 1",
    "times_one_thread": "speed, one thread = 1",
    "step_to_push": "step / bare push",
    "step_to_push_and_scan": "step / bare push and scan",
}
"""Columns of the table and their heads."""

NOTES = """\
Speeds relative to a rival are ratios of time per person-day at the same size. Plain Mesa activates every agent in every
step, as Mesa's own examples do; tuned Mesa draws with NumPy who comes online. NumPy delivers and reads as array
operations, without beliefs and reactions, so it does much less than what it is compared with.

Bare push: a compiled loop that delivers the same posts into the same followers' feeds, and does nothing else; bare push
and scan also reads them, beginning with empty feeds. Nothing can be faster than they are and still deliver, so the two
last columns say what the rest of the model costs.
"""


def _page(report: Mapping[str, Any]) -> str:
    """The page, in Markdown."""
    machine = "; ".join(f"{name}: {value}" for name, value in report["machine"].items())
    rows = [[_cell(row, name) for name in COLUMNS] for row in report["rows"]]
    starts = [[name, f"{seconds:.2f}"] for name, seconds in report["starts"].items()]
    return "\n".join(
        [
            HEAD,
            f"Machine: {machine}.\n",
            *_table(list(COLUMNS.values()), rows),
            "",
            NOTES,
            *_table(["start, compiled code in the cache", "s"], starts),
            "",
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown; all columns but the first are set to the right."""
    yield f"| {' | '.join(head)} |"
    yield f"|---{'|--:' * (len(head) - 1)}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _cell(row: Row, name: str) -> str:
    """A figure with as many digits as it deserves."""
    value = row[name]
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if name == "us_per_person_day":
        return f"{value:.3g} ({row['us_spread'][0]:.3g}-{row['us_spread'][-1]:.3g})"
    return f"{value:,.0f}" if value >= 100 or isinstance(value, int) else f"{value:.3g}"


if __name__ == "__main__":
    main()
