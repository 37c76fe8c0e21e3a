"""Whatever a file holds, reading it ends with a valid object or with an error that says where and what is allowed.

Nothing else may come out: no other exception, no hang (every test has a time limit), no memory without bounds.
"""

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from experiments import Store, Study
from simulation import FollowerGraph, InputError
from simulation.graph_files import FORMATS, read_network
from tests.sweeps import STUDY, are_equal, tiny

FEW = budget(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LETTERS = st.sampled_from("abc019 -:,.[]{}()<>&*!|>'\"%@#?\n\t\r\0\ufeff/\\=~\u202e\U0001f600é")
SOUP = st.text(LETTERS, max_size=200)
ODD_NUMBERS = st.sampled_from(
    [
        "1e400",
        "-1e400",
        ".nan",
        ".inf",
        "-.inf",
        "9" * 30,
        "9" * 5000,
        "0x1F",
        "1_000",
        "0o17",
        "1e-400",
        "-0",
        "+1",
        "\u0661",
    ]
)
SCALARS = st.one_of(ODD_NUMBERS, st.sampled_from(["null", "~", "true", "no", "''", "[]", "{}", "x", "2021-01-01"]))
KEYS = [
    "study", "question", "base", "arms", "baseline", "factors", "design", "replicates", "outcomes", "network", "seed",
    "events", "costs", "threads", "nonsense", "<<", "? [a]", "'a b'", "base.days",
]  # fmt: skip


def ends_well(read, what):
    """A valid object of this kind, or an error in three parts."""
    try:
        found = read()
    except InputError as error:
        found, words = None, str(error)
    assert isinstance(found, what) if found is not None else words.strip()


# --- studies ----------------------------------------------------------------------------------------------------------


@FEW
@given(st.one_of(st.binary(max_size=300), SOUP.map(str.encode)))
@example(b"\xff\xfes\0t\0u\0d\0y\0")
@example(b"\xef\xbb\xbfstudy: x\r\nseed: 1\r\n")
def test_any_bytes_as_a_study(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("study") / "study.yaml"
    path.write_bytes(content)
    ends_well(lambda: Study.from_file(path), Study)


@FEW
@given(st.dictionaries(st.sampled_from(KEYS), st.one_of(SCALARS, SOUP.map(json.dumps)), max_size=6))
@example({"seed": "9" * 5000})
@example({"study": "../../elsewhere"})
@example({"base": "&a {b: *a}"})
@example({"base": "[" * 5000})
def test_any_values_for_the_keys_of_a_study(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("study") / "study.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in values.items()), encoding="utf-8")
    ends_well(lambda: Study.from_file(path), Study)


@FEW
@given(
    st.lists(
        st.tuples(st.sampled_from(["base.agents", "base.days", "seed", "design.type", "arms", "x", "a[0]", "[", ""]),
                  st.one_of(SCALARS, SOUP)),
        max_size=4,
    )
)  # fmt: skip
def test_any_overrides_of_a_study(tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("study") / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    ends_well(lambda: Study.from_file(path, [f"{key}={value}" for key, value in pairs]), Study)


def test_anchors_that_explode_cost_nothing(tmp_path):
    names = "abcdefghij"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in pairwise(names)]
    (tmp_path / "bomb.yaml").write_text("\n".join([*lines, "study: x"]))
    with pytest.raises(InputError, match="more than 100,000 values"):
        Study.from_file(tmp_path / "bomb.yaml")


def test_a_study_that_asks_for_more_runs_than_anybody_can_do_is_refused_at_once(tmp_path):
    values = "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]"
    paths = ("beliefs.stigma_mean", "beliefs.prior_mean", "beliefs.silence_weight", "help.norm", "disclosure.norm")
    text = "study: x\nreplicates: 1000000\nfactors:\n" + "".join(f"  {path}: {values}\n" for path in paths)
    (tmp_path / "large.yaml").write_text(text)
    with pytest.raises(InputError, match="runs"):
        Study.from_file(tmp_path / "large.yaml")


# --- networks ---------------------------------------------------------------------------------------------------------


@FEW
@given(st.sampled_from(list(FORMATS)), st.one_of(st.binary(max_size=300), SOUP.map(str.encode)))
def test_any_bytes_as_a_network(tmp_path_factory, kind, content):
    path = tmp_path_factory.mktemp("network") / "network"
    path.write_bytes(content)
    ends_well(lambda: read_network(path, format=kind), FollowerGraph)


@FEW
@given(
    st.sampled_from(["edges", "csv", "konect"]),
    st.lists(st.lists(st.one_of(ODD_NUMBERS, st.integers(-5, 9).map(str), SOUP), min_size=1, max_size=3), max_size=8),
)
def test_any_fields_in_the_lines_of_a_network(tmp_path_factory, kind, rows):  # fmt: skip
    path = tmp_path_factory.mktemp("network") / "network"
    separator = "," if kind == "csv" else " "
    path.write_text("".join(separator.join(row) + "\n" for row in rows), encoding="utf-8")
    ends_well(lambda: read_network(path, format=kind), FollowerGraph)


XML = '<?xml version="1.0"?>{}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{}</graphml>'
GRAPH = '<graph edgedefault="directed"><node id="{0}"/><node id="b"/><edge source="b" target="{0}"/></graph>'
HOSTILE = {
    "entities that explode": (
        "graphml",
        XML.format(
            '<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>', GRAPH.format("&b;")
        ),
    ),
    "entities behind a long comment": (
        "graphml",
        XML.format(f'<!--{"x" * 2_000_000}--><!DOCTYPE x [<!ENTITY a "xxx">]>', GRAPH.format("&a;")),
    ),
    "an entity that lies elsewhere": (
        "graphml",
        XML.format('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', GRAPH.format("&a;")),
    ),
    "a document type that lies elsewhere": (
        "graphml",
        XML.format('<!DOCTYPE graphml SYSTEM "http://127.0.0.1:9/x.dtd">', GRAPH.format("a")),
    ),
    "elements without end": ("graphml", "<a>" * 50_000),
    "lists without end": ("gml", "graph [ " + "node [ " * 3000 + "]" * 3001),
    "a header of 10^9 nodes": ("konect", "% asym unweighted\n% 2 1000000000 1000000000\n1 2\n2 3\n"),
    "a header of 10^5000 nodes": ("konect", f"% asym unweighted\n% 2 {'9' * 5000} 5\n1 2\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_network_file_made_to_harm_is_refused(name, tmp_path):
    kind, text = HOSTILE[name]
    (tmp_path / "network").write_text(text)
    with pytest.raises(InputError):
        read_network(tmp_path / "network", format=kind)


def test_a_document_type_in_another_encoding_is_seen_too(tmp_path):
    text = XML.format('<!DOCTYPE x [<!ENTITY a "xxx">]>', GRAPH.format("&a;")).replace("?>", ' encoding="UTF-16"?>', 1)
    (tmp_path / "network").write_bytes(text.encode("utf-16"))
    with pytest.raises(InputError, match="document type"):
        read_network(tmp_path / "network", format="graphml")


def test_a_small_file_that_claims_much_takes_little_memory(tmp_path):
    (tmp_path / "network").write_text(HOSTILE["a header of 10^9 nodes"][1])
    code = (
        "import resource, sys\n"
        "from simulation import InputError\nfrom simulation.graph_files import read_network\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    read_network(sys.argv[1], format='konect')\n"
        "except InputError:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "network")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert int(done.stdout) < 50_000


def test_people_without_ties_may_outnumber_the_arcs_of_a_header(tmp_path):
    (tmp_path / "network").write_text("% asym unweighted\n% 1 900000 900000\n1 2\n")
    assert read_network(tmp_path / "network", format="konect").n_agents == 900_000


# --- stored results ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "out"
    tiny().run(out=folder)
    return folder


@budget(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_stored_results_with_any_damage_are_told_or_mended(results, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged") / "out"
    shutil.copytree(results, folder)
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.suffix in (".parquet", ".json", ".yaml")
    )
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    place = data.draw(st.integers(0, max(0, len(content) - 1)))
    damage = data.draw(st.sampled_from(["cut", "flip", "replace", "delete"]))
    if damage == "delete":
        path.unlink()
    else:
        made = {"cut": content[:place], "flip": content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :],
                "replace": data.draw(st.binary(max_size=50))}  # fmt: skip
        path.write_bytes(made[damage])
    for read in (lambda: Store(folder).runs(), lambda: Store(folder).table("outcomes")):
        ends_well(read, object)
    try:
        tiny().run(out=folder)
    except InputError:
        return
    assert are_equal(folder, results)
