"""Every reader, tried with files that once did harm and with what comes of changing files that can be read.

The same harnesses are guided by coverage in `scripts/fuzz.py`; what it found lies in the corpus.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from experiments import Store, Study
from experiments.calibration.targets import read_targets
from experiments.exporting import export
from experiments.point_tables import read_points
from experiments.shards import RUNS
from experiments.store import SHARDS
from simulation import FollowerGraph, InputError, RunError
from simulation.graph_files import read_network
from simulation.node_tables import MOST_COLUMNS, MOST_UNPACKED, read_node_table
from tests.hostile.readers import CORPUS, READERS, ends_well, seeds_of
from tests.made_up import made_up

ROOT = Path(__file__).resolve().parents[2]
SLOW_READERS = ("results-runs", "results-outcomes", "results-scenarios", "results-manifest", "results-study")
SPLICES = st.sampled_from([
    b"", b"\0", b"\xff", b"\xfe", b"\r\n", b"\n", b"\t", b'"', b"'", b"[" * 99, b"{", b"<<: ", b"&a ", b"*a", b"!!",
    b"---\n", b"9" * 400, b"-1", b"1e999", b"nan", b".inf", b"0x" + b"F" * 999, "\u0661\u00b2".encode(),
    b"\xef\xbb\xbf", b"../../x", b"=1+1",
])  # fmt: skip


@st.composite
def changed(draw, files):
    """The content of one of some files after a few cuts, repeats and insertions."""
    content = draw(st.sampled_from(files)).read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(content)))
        end = min(len(content), begin + draw(st.integers(0, 40)))
        middle = draw(st.one_of(SPLICES, st.binary(max_size=9), st.just(content[begin:end] * 2)))
        content = content[:begin] + middle + content[end:]
    return content


def test_every_reader_has_files_to_be_tried_with_and_every_file_a_reader():
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} == set(READERS)
    assert all(len(seeds_of(reader)) >= 2 for reader in READERS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 200_000


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_ends_well_on_every_file_of_its_corpus(reader, tmp_path):
    for seed in seeds_of(reader):
        READERS[reader](seed.read_bytes(), tmp_path)


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_ends_well_on_files_that_were_changed(reader, tmp_path):
    _try_changed(reader, tmp_path, 8 if reader in SLOW_READERS else 40)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_ends_well_on_many_files_that_were_changed(reader, tmp_path):
    _try_changed(reader, tmp_path, 40 if reader in SLOW_READERS else 400)


def _try_changed(reader, folder, examples):
    @budget(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(changed(seeds_of(reader)))
    def attempt(content):
        READERS[reader](content, folder)

    attempt()


# --- time and memory --------------------------------------------------------------------------------------------------

BOMBS = {
    "brackets": "study: x\nbase: " + "[" * 900_000,
    "lists in a column": "study: x\nbase:\n  " + "- " * 400_000,
    "aliases of aliases": "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9) if n else 'x'}]\n" for n in range(30)),
    "merges": "a: &a {" + ", ".join(f"k{n}: 1" for n in range(5000)) + "}\nbase: {<<: [" + "*a, " * 50_000 + "*a]}\n",
    "merges of merges": "".join(
        f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9) if n else ''}], k{n}: 1}}\n" for n in range(30)
    ),
    "one long word": "study: " + "x" * 900_000,
    "keys without end": "".join(f"k{n}: 1\n" for n in range(40_000)),
    "anchors without end": "study: [" + "".join(f"&a{n} x, " for n in range(40_000)) + "]",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_study_made_to_cost_time_or_memory_is_refused_and_costs_little(bomb, tmp_path):
    (tmp_path / "bomb.yaml").write_text(BOMBS[bomb])
    used, words = _peak("Study.from_file(sys.argv[1])", tmp_path / "bomb.yaml")
    assert words.strip()
    assert used < 1_500_000


def _peak(code, path):
    """Kilobytes that reading takes above what importing takes, and what was said."""
    before = "import resource, sys; from experiments import Study; from simulation import InputError, read_network\n"
    before += "from simulation.node_tables import read_node_table; from pathlib import Path\n"
    before += "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\nbegin = peak()\n"
    caught = f"try:\n    {code}\nexcept InputError as error:\n    print(str(error)[:999])\n"
    caught += "print(peak() - begin, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", before + caught, str(path)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return int(done.stderr.split()[-1]), done.stdout


def test_a_packed_file_of_next_to_nothing_is_not_unpacked(tmp_path):
    (tmp_path / "bomb.txt.gz").write_bytes(gzip.compress(b"1 2\n" * 100_000_000, 9)[:2_000_000])
    used, words = _peak("read_network(sys.argv[1])", tmp_path / "bomb.txt.gz")
    assert f"unpacks to more than {MOST_UNPACKED} times its size" in words
    assert used < 150_000


@pytest.mark.parametrize("read", ["read_network(sys.argv[1])", "read_node_table(Path(sys.argv[1]))"])
def test_a_small_parquet_file_of_many_rows_is_not_read(read, tmp_path):
    one = pl.DataFrame({"id": [7], "author": [7]})
    table = pl.concat([one.lazy().select(pl.all().repeat_by(60_000_000).explode())]).collect()
    table.write_parquet(tmp_path / "bomb.parquet", compression="zstd", row_group_size=60_000_000)
    assert (tmp_path / "bomb.parquet").stat().st_size < 600_000
    used, words = _peak(read, tmp_path / "bomb.parquet")
    assert "60,000,000 rows" in words
    assert used < 300_000


def test_long_texts_many_times_over_are_refused(tmp_path):
    table = pl.DataFrame({"a": ["x" * 50_000] * 2000, "b": [str(row) for row in range(2000)]})
    table.write_parquet(tmp_path / "long.parquet")
    with pytest.raises(InputError, match="long texts many times over"):
        read_network(tmp_path / "long.parquet")


@pytest.mark.parametrize("name", ["wide.csv", "wide.parquet"])
def test_a_table_of_very_many_columns_is_refused(name, tmp_path):
    columns = [f"c{number}" for number in range(MOST_COLUMNS + 1)]
    if name.endswith("csv"):
        (tmp_path / name).write_text(",".join(columns) + "\n" + ",".join(columns) + "\n")
    else:
        pl.DataFrame({column: ["1"] for column in columns}).write_parquet(tmp_path / name)
    for read in (read_network, read_node_table):
        with pytest.raises(InputError, match=f"at most {MOST_COLUMNS:,} columns"):
            read(tmp_path / name)


def test_a_field_longer_than_a_reader_of_tables_takes_is_told(tmp_path):
    (tmp_path / "long.csv").write_text("follower,author\na," + "b" * 140_000 + "\nc\n")
    with pytest.raises(InputError, match="field larger than field limit"):
        read_network(tmp_path / "long.csv")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a system without devices")
def test_a_device_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in ("/dev/zero", "/dev/full", str(tmp_path), str(tmp_path / "pipe.csv")):
        for read in (lambda: read_network(path, format="edges"), lambda: read_node_table(Path(path))):  # noqa: B023
            with pytest.raises(InputError, match="no such file"):
                read()
    settings: tuple[Callable[[Path], object], ...] = (Study.from_file, read_targets, read_points)
    for read_settings in settings:
        with pytest.raises(InputError, match="too large"):
            read_settings(Path("/dev/zero"))


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "\ud800", "a\nb", "/proc/self/mem"])
def test_a_path_that_no_file_can_have_is_told(path, tmp_path):
    keys = (
        {"network": {"type": "file", "path": path}},
        {"network": {"type": "file", "path": str(tmp_path / "ties.txt"), "nodes": path}},
        {"base": {"calibrated": path}}, {"design": {"type": "table", "path": path}},
        {"design": {"type": "posterior", "path": path}},
    )  # fmt: skip
    (tmp_path / "ties.txt").write_text("1 2\n")
    for given_ in keys:
        (tmp_path / "study.yaml").write_text("study: x\n" + _as_yaml(given_), encoding="utf-8")
        try:
            study = Study.from_file(tmp_path / "study.yaml")
        except InputError:
            continue
        with pytest.raises(InputError):
            study.base.network.build(None, 1)  # type: ignore[arg-type]


def _as_yaml(value):
    """Plain values in one line, with every sign that could mean something escaped."""
    if isinstance(value, dict):
        return "".join(f"{key}: {_flow(item)}\n" for key, item in value.items())
    return _flow(value)


def _flow(value):
    """A value in flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    escaped = "".join(letter if letter.isalnum() or letter in "/._-" else f"\\u{ord(letter):04x}" for letter in value)
    return f'"{escaped}"'


# --- what is never done -----------------------------------------------------------------------------------------------

NEVER = {
    r"\bpickle\b": {"experiments/executors.py", "experiments/study.py"},  # speak of what can be pickled; read none
    r"allow_pickle\s*=\s*True": set(),
    r"np\.load\(|np\.fromfile\(|read_pickle|joblib|\bshelve\b|\bmarshal\b": set(),
    r"\beval\(|\bexec\(|os\.system\(|shell\s*=\s*True": set(),
    r"yaml\.load\(|yaml\.unsafe|typ=[\"']unsafe": set(),
}


@pytest.mark.parametrize("words", NEVER)
def test_no_code_is_read_from_files(words):
    found = {
        str(path.relative_to(ROOT))
        for package in ("simulation", "experiments")
        for path in (ROOT / package).rglob("*.py")
        if re.search(words, path.read_text(encoding="utf-8"))
    }
    assert found <= NEVER[words]
    assert not any(re.search(r"^\s*(import|from) pickle", (ROOT / path).read_text(), re.MULTILINE) for path in found)


def test_every_yaml_reader_is_the_safe_one():
    for path in (*(ROOT / "simulation").rglob("*.py"), *(ROOT / "experiments").rglob("*.py")):
        for words in re.findall(r"YAML\(([^)]*)\)", path.read_text(encoding="utf-8")):
            is_writer = path.name == "writing.py" and not words
            assert is_writer or 'typ="safe"' in words, path


def test_a_tag_of_python_makes_no_object(tmp_path):
    (tmp_path / "study.yaml").write_text(
        "study: x\nquestion: !!python/object/apply:os.mkdir ['" + str(tmp_path / "made") + "']\n"
    )
    with pytest.raises(InputError):
        Study.from_file(tmp_path / "study.yaml")
    assert not (tmp_path / "made").exists()


# --- names ------------------------------------------------------------------------------------------------------------

CLIMBING = ["../../x", "/srv/x", "..", ".", "a/b", "a\\b", "", ".hidden", "a\0b", "x" * 81, "con\n"]


@pytest.mark.parametrize("name", CLIMBING)
def test_no_name_of_a_study_leads_out_of_the_results(name, tmp_path):
    (tmp_path / "study.yaml").write_text(f"study: {_flow(name)}\n")
    with pytest.raises(InputError, match="cannot be the name of a folder"):
        Study.from_file(tmp_path / "study.yaml")


@pytest.mark.parametrize("name", CLIMBING)
def test_no_name_of_a_calibration_or_of_its_searches_leads_out_of_the_results(name, tmp_path):
    wanted = "{t: {outcome: adoption, value: 1, uncertainty: 1}}"
    search = f"{{parameters: {{disclosure.intercept: {{between: [-4, -1]}}}}, targets: {wanted}}}"
    for text in (f"calibration: {_flow(name)}\njoint: {{s: {search}}}\n", f"joint: {{{_flow(name)}: {search}}}\n"):
        (tmp_path / "targets.yaml").write_text(text)
        with pytest.raises(InputError, match="cannot be the name of a"):
            read_targets(tmp_path / "targets.yaml")


NASTY = [
    "../../../outside", "/srv/outside", "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=\n1+1|cmd",
    "\n=1", "\uff1d1+1", "<script>alert(1)</script>",
]  # fmt: skip


def test_names_of_arms_write_nowhere_else_and_are_no_formulas(tmp_path):
    folder = made_up(tmp_path / "deep" / "deeper" / "out", lambda *_: 0.5, arms=["none", *NASTY], replicates=3)
    before = {path for path in tmp_path.rglob("*") if folder not in path.parents}
    files = [*export(folder, "csv", tables=["outcomes", "final", "runs", "scenarios"]), *export(folder, "xlsx")]
    assert {path for path in tmp_path.rglob("*") if folder not in path.parents} == before
    assert all(folder in path.resolve().parents for path in files)
    assert not Path("/srv/outside").exists()
    for path in (path for path in files if path.suffix == ".csv"):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        cells = {cell for row in rows[1:] for cell in row if not re.fullmatch(r"[+-]?([\d.]+(e[+-]?\d+)?)?", cell)}
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n\uff1d"))]
    book = pl.read_excel(folder / "export" / "results.xlsx", sheet_name="final")
    assert set(NASTY) - set(book["arm"]) <= {"\t=1", "\r=1"}


@pytest.mark.parametrize("name", ["../../../outside", "/srv/outside", "a/b", "Up", "", "a.b"])
def test_a_shard_that_names_files_elsewhere_is_damaged_and_touches_nothing(name, tmp_path):
    folder = made_up(tmp_path / "out", lambda *_: 0.5, replicates=2)
    store = Store(folder)
    real, kept = store.shards()[0], io.BytesIO()
    files = json.dumps({"outcomes": [1, "x"], name: [1, "x"]})
    real.runs().write_parquet(kept, metadata={"schema_version": "2", "files": files})
    (real.folder / f"{RUNS}.parquet").write_bytes(kept.getvalue())
    real.folder.rename(folder / SHARDS / hashlib.sha256(kept.getvalue()).hexdigest()[:16])
    assert "names of tables" in store.inventory().damaged[0].words
    assert "names of tables" in next(iter(store.damage().values()))
    store.tidy()
    assert not (tmp_path / "outside.parquet").exists()
    assert not Path("/srv/outside.parquet").exists()


def test_the_harness_itself_lets_nothing_pass():
    with pytest.raises(ZeroDivisionError):
        ends_well(lambda: 1 / 0, float)
    with pytest.raises(AssertionError):
        ends_well(lambda: 1, FollowerGraph)
    with pytest.raises(RunError):
        ends_well(lambda: (_ for _ in ()).throw(RunError("x")), FollowerGraph)
