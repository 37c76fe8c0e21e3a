"""Mutation testing: change one thing in a source file, and see whether a test notices.

    make mutants TARGET=rules                          every mutant of the decision rules
    make mutants TARGET=comparison SAMPLE=400          a random sample of the mutants
    python scripts/mutation.py rules --survivors       once more those that nothing noticed, now against new tests

Mutants are made by Cosmic Ray's operators (arithmetic, comparisons, signs, numbers, conditions, loops, exceptions).
Each is tested in a process of its own, with its source in memory alone: files are never touched. Functions run as
plain Python. A mutant meets the tests that reach its lines, the quickest first, until one fails. Results lie in
build/mutation; docs/mutation-testing.md discusses them, docs/decisions/0011 says why there is a runner of our own.
"""

import argparse
import ast
import gc
import importlib
import importlib.machinery
import json
import math
import multiprocessing
import os
import random
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from coverage import Coverage
from scipy.stats import binomtest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "mutation"
LIBRARIES = (
    "numpy", "numba", "polars", "scipy.stats", "networkx", "mesa", "pydantic", "ruamel.yaml", "sklearn.tree", "typer",
    "matplotlib.figure", "hypothesis.strategies", "coverage", "xlsxwriter", "jinja2", "SALib.sample", "optuna",
)  # fmt: skip
"""What is loaded once, before processes are forked."""
ARITHMETIC, BITS = {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow"}, {"BitOr", "BitAnd", "BitXor"}
ORDER, IDENTITY = {"Eq", "NotEq", "Lt", "LtE", "Gt", "GtE", "In", "NotIn"}, {"Is", "IsNot"}
LEFT_OUT = re.compile(r"RemoveDecorator|Variable|_Invert$|(Is|IsNot|Eq|NotEq)_(Lt|LtE|Gt|GtE)$")
"""Operators whose mutants are no news: a decorator is no decision, and identities and equalities have no order."""
MEMORY = 8 << 30
KILLED, TIMED_OUT, NOT_LOADED, SURVIVED, UNREACHED = "killed", "timed out", "not loaded", "survived", "not reached"
ALIVE = (SURVIVED, UNREACHED)


@dataclass(frozen=True)
class Target:
    """What is mutated, and which tests should notice; some are left out as too slow, so a score is a lower bound."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """The tests, for pytest."""
        return [*self.tests, *(f"--deselect={name}" for name in self.left_out)]


TARGETS = {
    "rules": Target(("simulation/rules*.py",), ("tests/test_rules.py",)),
    "comparison": Target(
        ("experiments/comparison/*.py", "experiments/comparing.py"),
        ("tests/test_comparison.py", "tests/test_comparing_numbers.py", "tests/test_resampling.py"),
        (
            "tests/test_comparison.py::test_comparisons_of_equal_arms_find_something_in_at_most_5_per_cent_of_studies",
            "tests/test_comparison.py::test_a_real_study_of_equal_arms_finds_nothing",
            "tests/test_comparison.py::test_a_real_study_of_arms_that_differ_by_luck_alone_finds_nothing",
        ),
    ),
    "store": Target(
        ("experiments/store.py", "experiments/shards.py", "experiments/claims.py"),
        ("tests/test_store.py", "tests/test_claims.py", "tests/test_reading_meanwhile.py"),
    ),
    "kernels": Target(
        ("simulation/kernels/*.py",),
        tuple(
            f"tests/golden/test_golden.py::test_a_golden_run_still_comes_out_as_it_did[{world}-kernels]"
            for world in ("complete", "growth", "popularity", "ring", "star")
        ),
    ),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: str
    operator: str
    occurrence: int
    line: int


@dataclass
class Reach:
    """Which tests reach which lines, and how long they take (seconds)."""

    lines: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Try the mutants of a target and print what survived."""
    options = argparse.ArgumentParser(description="Mutation testing.")
    options.add_argument("target", choices=TARGETS)
    options.add_argument("--sample", type=int, help="so many mutants, drawn at random; all by default")
    options.add_argument("--seed", type=int, default=1, help="of the order in which mutants are drawn")
    options.add_argument("--minutes", type=float, default=math.inf, help="after so many no further mutant is tried")
    options.add_argument("--only", default="", help="files whose path contains this")
    options.add_argument("--survivors", action="store_true", help="those alive last time, against tests new since")
    given = options.parse_args()
    os.chdir(ROOT)
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    for name in LIBRARIES:
        importlib.import_module(name)
    target, kept = TARGETS[given.target], RESULTS / f"{given.target}.json"
    known = json.loads(kept.read_text()) if given.survivors else {"tried": [], "reach": {}}
    chosen = [Mutant(*(one[name] for name in ("path", "operator", "occurrence", "line")))
              for one in known["tried"] if one["outcome"] in ALIVE]  # fmt: skip
    if not given.survivors:
        chosen = _drawn(target, given.only, given.sample, given.seed)
    nursery = Nursery()
    reach = Reach(**known["reach"]) if given.survivors else in_a_fork(lambda: reach_of(target), 3600.0)
    if isinstance(reach, Reach):
        trial = Trial(target, reach, nursery, only_new=given.survivors)
        tried = trial.of(chosen, time.monotonic() + 60.0 * given.minutes)
        tried += [one for one in known["tried"] if one["outcome"] not in ALIVE]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({"tried": tried, "reach": asdict(reach)}, indent=1))
        summarise(tried)
    nursery.close()
    if not isinstance(reach, Reach):
        raise SystemExit(f"the tests of {given.target} fail without any mutant: {reach}")


def _drawn(target: Target, only: str, size: int | None, seed: int) -> list[Mutant]:
    """The mutants of a target, or some of them, in an order by chance: the first ones are a sample, too."""
    paths = [path for pattern in target.sources for path in sorted(ROOT.glob(pattern)) if only in str(path)]
    every = [mutant for path in paths for mutant in mutants_of(path)]
    chosen = random.Random(seed).sample(every, len(every) if size is None else min(size, len(every)))
    print(f"{len(every)} mutants, of which {len(chosen)} are tried", flush=True)
    return chosen


def mutants_of(path: Path) -> Iterator[Mutant]:
    """The mutants of a source file, but for those in annotations."""
    source = path.read_text(encoding="utf-8")
    nodes, skipped = list(ast_nodes(get_ast(source))), _annotations(source)
    for name in filter(_is_asked, operator_names()):
        operator = get_operator(name)()
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, (start, _end) in enumerate(places):
            if not any(first <= start < last for first, last in skipped):
                yield Mutant(str(path.relative_to(ROOT)), name, occurrence, start[0])


def _is_asked(operator: str) -> bool:
    """Whether an operator's mutants are tried: numbers stay numbers, and masks stay masks."""
    if LEFT_OUT.search(operator):
        return False
    _, *kinds = operator.split("_")
    if "BinaryOperator" in operator:
        return set(kinds) <= ARITHMETIC or set(kinds) <= BITS
    return "ComparisonOperator" not in operator or set(kinds) <= ORDER or set(kinds) <= IDENTITY


def _annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations stand: line and column of their beginnings and ends."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg | ast.AnnAssign):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            found.append(node.returns)
    return [((n.lineno, n.col_offset), (n.end_lineno or 0, n.end_col_offset or 0)) for n in found if n is not None]


def mutated(mutant: Mutant) -> str:
    """The source of a mutant."""
    source = (ROOT / mutant.path).read_text(encoding="utf-8")
    return str(mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence))


# --- which tests reach what -------------------------------------------------------------------------------------------


class _Watch:
    """Tells the coverage which test is running, and takes its time."""

    def __init__(self, coverage: Any, seconds: dict[str, float]) -> None:  # noqa: ANN401 - of a library without types
        self.coverage = coverage
        self.seconds = seconds
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Watch a test, with what is made for it."""
        self.coverage.switch_context(item.nodeid)
        begun = time.perf_counter()
        result = yield
        self.seconds[item.nodeid] = time.perf_counter() - begun
        self.coverage.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what fails."""
        if report.failed:
            self.failed.append(report.nodeid)


def reach_of(target: Target) -> Reach | str:
    """Run the tests of a target once under coverage; what failed, if anything did."""
    reach = Reach()
    watched = Coverage(data_file=None, include=list(target.sources), config_file=False)
    watched.start()
    watch = _Watch(watched, reach.seconds)
    if code := pytest.main([*_QUIET, "--timeout=3000", *target.arguments], plugins=[watch]):
        return f"pytest says {code!r}, {watch.failed}"
    watched.stop()
    data = watched.get_data()
    for path in data.measured_files():
        by_line = data.contexts_by_lineno(path)
        reach.lines[str(Path(path).relative_to(ROOT))] = {str(line): names for line, names in by_line.items()}
    return reach


class Place(NamedTuple):
    """Where a mutant is.

    Args:
        lines: of its statement; of one with a body, of its head.
        constant: the statement, where it gives names at the head of a module to values that nothing is called for.
        inside: whether it is in the body of a function.
    """

    lines: range
    constant: ast.stmt | None
    inside: bool


def place_of(mutant: Mutant, source: str) -> Place:
    """Where a mutant is, in a source that it has changed or not."""
    tree, line, inside = ast.parse(source), mutant.line, False
    lines = range(line, line + 1)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or line):
            body = getattr(node, "body", None)
            last = max(body[0].lineno - 1, node.lineno) if body else node.end_lineno or line
            if line <= last:
                lines = range(node.lineno, last + 1)
            elif isinstance(node, ast.FunctionDef):
                inside = True
    plain = [node for node in tree.body if isinstance(node, ast.Assign) and node.lineno == lines.start]
    called = any(isinstance(part, ast.Call | ast.Lambda) for node in plain for part in ast.walk(node))
    return Place(lines, plain[0] if plain and not called else None, inside)


# --- trying mutants ---------------------------------------------------------------------------------------------------

_QUIET = ("-x", "-q", "-p", "no:cacheprovider", "-n", "0", "--no-header", "--tb=no", "--no-summary", "-W", "default")


@dataclass
class Trial:
    """Mutants against the tests of a target.

    Tests are collected once. For a mutant inside a function the code of the function is changed in place, and for that
    of a plain constant the constant; any other mutant, and a constant of which nobody notices that (it may have been
    used on import), meets a process that has loaded none of our modules yet.

    Args:
        target: whose mutants are tried.
        reach: of its tests.
        nursery: where processes come from that have loaded none of our modules.
        only_new: try tests that are not in the reach, and no others.
    """

    target: Target
    reach: Reach
    nursery: "Nursery"
    only_new: bool
    tried: list[dict[str, Any]] = field(default_factory=list)

    def of(self, mutants: Sequence[Mutant], until: float) -> list[dict[str, Any]]:
        """What became of the mutants that were tried before a moment of the monotonic clock."""
        self.mutants, self.until = mutants, until
        pytest.main([*_QUIET, "-s", *self.target.arguments], plugins=[self])
        return self.tried

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try mutants in place of running tests once."""
        for mutant in self.mutants:
            if time.monotonic() < self.until:
                self._try(mutant, session)
        return True

    def _try(self, mutant: Mutant, session: pytest.Session) -> None:
        """Try one mutant and keep what became of it, with the first line that it changes."""
        was, source = (ROOT / mutant.path).read_text(encoding="utf-8"), mutated(mutant)
        place = place_of(mutant, was)
        tests = self._tests(mutant.path, place, session)
        limit = 60.0 + 30.0 * sum(self.reach.seconds.get(name, 1.0) for name in tests)
        told = UNREACHED
        if tests and (place.inside or place.constant):
            told = in_a_fork(lambda: _changed_in_place(mutant, source, session, tests), limit)
        if tests and not place.inside and told in ALIVE:
            told = self.nursery.outcome(mutant.path, source, tests, limit)
        both = zip(was.splitlines(), source.splitlines(), strict=False)
        old, new = next((pair for pair in both if pair[0] != pair[1]), ("", ""))
        self.tried.append(asdict(mutant) | {"outcome": told, "was": old.strip(), "became": new.strip()})
        if told not in (KILLED, NOT_LOADED):
            print(f"{told} {mutant.path}:{mutant.line} {mutant.operator}\n  - {old}\n  + {new}", flush=True)

    def _tests(self, path: str, place: Place, session: pytest.Session) -> list[str]:
        """The tests that reach the statement of a mutant, the quickest first; all where it is run on import."""
        seconds, lines = self.reach.seconds, self.reach.lines.get(path, {})
        if self.only_new:
            return [item.nodeid for item in session.items if item.nodeid not in seconds]
        names = set[str]().union(*(lines.get(str(line), []) for line in place.lines))
        return sorted(seconds if "" in names else names, key=seconds.__getitem__)


def _changed_in_place(mutant: Mutant, source: str, session: pytest.Session, tests: Sequence[str]) -> str:
    """Change functions and constants that are loaded, and run tests that are collected; in a process of its own."""
    _limit_memory()
    file = str(ROOT / mutant.path)
    if constant := place_of(mutant, source).constant:
        _set_constant(file, constant)
    codes = list(_codes_in(compile(source, file, "exec", dont_inherit=True)))
    by_name = {(code.co_qualname, code.co_firstlineno): code for code in codes}
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == file:
            name = (function.__code__.co_qualname, function.__code__.co_firstlineno)
            if function.__code__ != by_name[name] and "<lambda>" not in name[0]:
                function.__code__ = by_name[name]
    items = {item.nodeid: item for item in session.items}
    for test in tests:
        items[test].config.hook.pytest_runtest_protocol(item=items[test], nextitem=None)
        if session.testsfailed:
            return KILLED
    return SURVIVED


def _set_constant(file: str, statement: ast.stmt) -> None:
    """Run an assignment anew in its module, and in every module that has the old values under the same names."""
    modules = [module for module in list(sys.modules.values()) if str(ROOT) in (getattr(module, "__file__", "") or "")]
    home = next(module for module in modules if module.__file__ == file)
    scope = dict(vars(home))
    exec(compile(ast.Module([statement], []), file, "exec"), scope)
    for name in [part.id for part in ast.walk(statement) if isinstance(part, ast.Name)]:
        old = vars(home).get(name)
        for module in modules:
            if name in vars(module) and vars(module)[name] is old:
                setattr(module, name, scope[name])


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    """Code and all code within it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _codes_in(part)


def _loaded_anew(path: str, source: str, tests: Sequence[str]) -> str:
    """Run tests with a mutated source in place of a file's; in a process of its own that has loaded nothing of ours."""
    _limit_memory()
    loader: Any = importlib.machinery.SourceFileLoader
    original = loader.get_code

    def get_code(self: Any, fullname: str) -> Any:  # noqa: ANN401 - as the library has it
        if Path(self.path) == ROOT / path:
            return compile(source, self.path, "exec", dont_inherit=True)
        return original(self, fullname)

    loader.get_code = get_code
    return {0: SURVIVED, 1: KILLED}.get(int(pytest.main([*_QUIET, *tests])), NOT_LOADED)


def _limit_memory() -> None:
    """Let a mutant that asks for the world fail."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def in_a_fork[T](work: Callable[[], T], limit: float) -> T | str:
    """What a function returns in a forked process without a voice; what became of that, if it does not return."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)

    def run() -> None:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            sending.send(work())

    sys.stdout.flush()
    process = context.Process(target=run)
    process.start()
    sending.close()
    try:
        return receiving.recv() if receiving.poll(limit) else TIMED_OUT
    except EOFError:
        return KILLED
    finally:
        process.kill()
        process.join()


class Nursery:
    """A process that has loaded none of our modules, and from which others are forked."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=self._serve, args=(theirs,))
        self._process.start()

    def outcome(self, path: str, source: str, tests: Sequence[str], limit: float) -> str:
        """What became of a mutant in a new process."""
        self._ours.send((path, source, tests, limit))
        return str(self._ours.recv())

    def close(self) -> None:
        """End it."""
        self._ours.send(None)
        self._process.join()

    @staticmethod
    def _serve(pipe: Any) -> None:  # noqa: ANN401 - a connection
        """Fork a process for every mutant that comes."""
        while (asked := pipe.recv()) is not None:
            path, source, tests, limit = asked
            pipe.send(in_a_fork(lambda: _loaded_anew(path, source, tests), limit))  # noqa: B023 - done with at once


def summarise(tried: Sequence[dict[str, Any]]) -> None:
    """Print the share that was noticed, file by file, with a 95% interval after Wilson."""
    by_file: dict[str, Counter[str]] = defaultdict(Counter)
    for one in tried:
        by_file[one["path"]][one["outcome"]] += 1
        by_file["all"][one["outcome"]] += 1
    print("| file | mutants | died | survived | not reached | score |\n|---|--:|--:|--:|--:|--:|")
    for name, seen in by_file.items():
        died = seen.total() - seen[SURVIVED] - seen[UNREACHED]
        ends = binomtest(died, seen.total()).proportion_ci(method="wilson")
        score = f"{died / seen.total():.1%} ({ends.low:.1%} to {ends.high:.1%})"
        print(f"| {name} | {seen.total()} | {died} | {seen[SURVIVED]} | {seen[UNREACHED]} | {score} |")


if __name__ == "__main__":
    main()
