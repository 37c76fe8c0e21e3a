"""Reading real networks: every format, every kind of mistake."""

import csv
import gzip
import io
import re
from collections.abc import Mapping
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.arc_text import integer_pairs
from simulation.datasets import DATASETS, PHYSICIANS, observed
from simulation.errors import DatasetError, GraphFileError, UnknownNameError
from simulation.generators.file import File
from simulation.graph import Dropped
from simulation.graph_files import FORMATS
from simulation.graph_files import read_network as read
from simulation.node_tables import read_node_table

WORDS = st.text("abcxyzäß_-.", min_size=1, max_size=6)
NAMES = st.one_of(st.integers(0, 10**17).map(str), WORDS)
NUMBERS = st.integers(0, 50).map(str)


def lines_of(arcs, separator):
    return "".join(f"{a}{separator}{b}\n" for a, b in arcs)


def write_edges(path, arcs):
    path.write_text("# follower author\n" + lines_of(arcs, "\t"), encoding="utf-8")


def write_konect(path, arcs):
    path.write_text("% asym unweighted\n" + lines_of(arcs, " "), encoding="utf-8")


def write_csv(path, arcs):
    text = io.StringIO()
    csv.writer(text).writerows([("author", "follower"), *((b, a) for a, b in arcs)])
    path.write_text(text.getvalue(), encoding="utf-8")


def write_parquet(path, arcs):
    pl.DataFrame(arcs, schema={"x": pl.String, "y": pl.String}, orient="row").write_parquet(path)


def write_graphml(path, arcs):
    nx.write_graphml(nx.DiGraph(arcs), path)


def write_gml(path, arcs):
    nx.write_gml(nx.DiGraph(arcs), path)


WRITERS = {
    "edges": ("g.txt", write_edges),
    "konect": ("out.g", write_konect),
    "csv": ("g.csv", write_csv),
    "parquet": ("g.parquet", write_parquet),
    "graphml": ("g.graphml", write_graphml),
    "gml": ("g.gml", write_gml),
}


def read_network(path, **how):
    """The network of a file, with the ids of its agents."""
    return read(path, keep_labels=True, **how)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("networks")


def ids_of(graph):
    """The agents by the ids of their file."""
    assert graph.labels is not None
    return [str(label) for label in graph.labels]


def following(graph):
    """Pairs (follower, author) of a graph's arcs, by the ids of its file."""
    labels = ids_of(graph)
    return {(labels[v], labels[u]) for u, v in zip(graph.authors, graph.followers, strict=True)}


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_there_is_a_round_trip_for_every_format():
    assert set(WRITERS) == set(FORMATS)


@pytest.mark.parametrize("kind", sorted(WRITERS))
@given(arcs=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=15))
def test_every_arc_of_a_file_is_read_with_its_direction(folder, kind, arcs):
    name, write = WRITERS[kind]
    write(folder / name, arcs)
    graph = read_network(folder / name)
    assert following(graph) == {arc for arc in arcs if arc[0] != arc[1]}
    assert set(ids_of(graph)) == {end for arc in arcs for end in arc}


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20), st.sampled_from([" ", "\t", ",", " , ", "  "]))
def test_blanks_tabs_and_commas_separate_alike_and_drops_are_counted(folder, arcs, separator):
    graph = read_network(written(folder, "s.txt", lines_of(arcs, separator)))
    distinct = {arc for arc in arcs if arc[0] != arc[1]}
    loops = sum(a == b for a, b in arcs)
    assert following(graph) == distinct
    assert graph.dropped == Dropped(loops, len(arcs) - loops - len(distinct))
    assert graph.labels is not None
    assert graph.labels.dtype == np.int64


@given(st.text("0123456789 ,\t\r\n#ab.-", max_size=40))
def test_the_compiled_reader_of_numbers_agrees_with_the_patient_one(folder, text):
    left, right, good = integer_pairs(np.frombuffer(text.encode(), dtype=np.uint8), ord("#"))
    path = written(folder, "p.txt", text)
    if not good:
        return
    rows = [line.replace(",", " ").split() for line in text.split("\n") if not line.strip().startswith("#")]
    assert [(str(a), str(b)) for a, b in zip(left, right, strict=True)] == [tuple(row[:2]) for row in rows if row]
    if len(left):
        assert read_network(path).n_agents == len(set(left) | set(right))


def test_one_spelling_is_one_agent(folder):
    graph = read_network(written(folder, "z.txt", "1 2\n01 2\n"))
    assert sorted(ids_of(graph)) == ["01", "1", "2"]


def test_agents_stand_in_the_order_of_their_ids_numbers_first(folder):
    graph = read_network(written(folder, "o.txt", "10 9\nann 9\n9 bob\n"))
    assert ids_of(graph) == ["9", "10", "ann", "bob"]


def test_who_is_named_on_the_left_follows_unless_told_otherwise(folder):
    path = written(folder, "d.txt", "1 2\n")
    assert read_network(path).followers_of(1).tolist() == [0]
    assert read_network(path, arcs="author_follower").followers_of(0).tolist() == [1]
    assert read_network(path, arcs="undirected").n_arcs == 2


def test_columns_named_follower_and_author_speak_for_themselves(folder):
    path = written(folder, "d.csv", "weight,author,follower\n1,u,v\n")
    assert following(read_network(path, arcs="author_follower")) == {("v", "u")}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("out.u", "% sym unweighted\n1 2\n"),
        ("u.txt", "# Undirected graph: u.txt\n1 2\n"),
        ("u.gml", 'graph [\n node [ id 1 label "1" ]\n node [ id 2 label "2" ]\n edge [ source 1 target 2 ]\n]'),
    ],
)
def test_undirected_files_tie_both_ways(folder, name, content):
    assert following(read_network(written(folder, name, content))) == {("1", "2"), ("2", "1")}


def test_packed_files_are_unpacked(folder):
    assert read_network(written(folder, "g.txt.gz", gzip.compress(b"1 2\n"))).n_arcs == 1
    assert read_network(written(folder, "out.g.gz", gzip.compress(b"% asym\n1 2\n"))).n_arcs == 1


def test_weights_and_times_behind_the_ids_are_passed_over(folder):
    assert following(read_network(written(folder, "out.w", "% asym\n1 2 0.5 1.2e9\n2 3 1 7\n"))) == {
        ("1", "2"),
        ("2", "3"),
    }


def test_a_konect_header_knows_of_people_without_ties(folder):
    assert read_network(written(folder, "out.h", "% asym unweighted\n% 1 4 4\n1 2\n")).n_agents == 4


def test_a_csv_file_may_come_without_a_header(folder):
    assert following(read_network(written(folder, "n.csv", "1,2\n2,3\n"))) == {("1", "2"), ("2", "3")}


@pytest.mark.parametrize(
    ("name", "content", "where", "message"),
    [
        ("e1.txt", "1 2\n# fine\n3\n", ":3", "two ids"),
        ("e2.txt", "1 2\n1 2 x\n", ":2", "two ids"),
        ("e3.txt", "1 2\n1,,2\n", ":2", "two ids"),
        ("e4.txt", b"1 2\n\xff 3\n", ":2", "UTF-8"),
        ("e5.txt", "# nothing\n", "", "holds no arcs"),
        ("out.e1", "% asym\n1 2\n3\n", ":3", "begin with %"),
        ("out.e2", "% bip\n1 2\n", ":1", "bipartite"),
        ("out.e3", "% asym\n% 1 2 2\n1 3\n", ":2", "ids 1..2"),
        ("e1.csv", "follower,author\na,b\nc\n", ":3", "where the header has 2"),
        ("e2.csv", "follower,author\na,b\nc,\n", ":3", "an empty entry"),
        ("e3.csv", "follower,x\na,b\n", ":1", "'follower' and 'author'"),
        ("e4.csv", "", ":1", "no header"),
        ("e.graphml", "<graphml>\n<x></graphml>", ":2", "no valid XML"),
        ("e.gml", 'graph [\n node [ id 1 label "a" ]\n edge ]', ":3", "GML"),
        ("e.parquet", "no", "", "Parquet"),
        ("e.txt.gz", "plain", "", "gzip"),
        ("e.unknown", "1 2", "", "set format"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line_and_what_is_allowed(folder, name, content, where, message):
    path = written(folder, name, content)
    with pytest.raises(GraphFileError) as caught:
        read_network(path)
    first, *rest = str(caught.value).split("\n")
    assert first.startswith(f"{path}{where}: ")
    assert rest
    assert message in str(caught.value)


def test_a_missing_file_and_an_unknown_format_are_said_to_be_so(folder):
    with pytest.raises(GraphFileError, match="no such file"):
        read_network(folder / "nothing.txt")
    with pytest.raises(UnknownNameError, match="did you mean 'graphml'"):
        read_network(folder / "nothing.txt", format="grafml")


# names

NAMED = {
    "edges": ("names.txt", "ann bob\nbob cy\n"),
    "csv": ("names.csv", "follower,author\nann,bob\nbob,cy\n"),
    "konect": ("out.names", "% asym\nann bob\nbob cy\n"),
    "gml": ("names.gml", "\n".join([
        "graph [", *(f'node [ id {n} label "{name}" town "far" ]' for n, name in enumerate(("ann", "bob", "cy"))),
        "edge [ source 0 target 1 ]", "edge [ source 1 target 2 ]", "]",
    ])),
}  # fmt: skip


def everything_in(value, depth=6):
    """All texts that an object holds, wherever they are."""
    if depth == 0 or value is None:
        return set()
    if isinstance(value, str):
        return {value}
    inside = list(value.items()) if isinstance(value, Mapping) else []
    if isinstance(value, np.ndarray):
        inside = value.tolist() if value.dtype == object else []
    if isinstance(value, (list, tuple)):
        inside = list(value)
    inside += list(vars(value).values()) if hasattr(value, "__dict__") else []
    return {text for item in inside for text in everything_in(item, depth - 1)}


@pytest.mark.parametrize("kind", NAMED)
def test_names_are_forgotten_unless_they_are_asked_for(folder, kind):
    path = written(folder, *NAMED[kind])
    table = written(folder, "named.csv", "id,role,name,age\nann,student,Ann A,20\nbob,other,Bob B,30\ncy,other,Cy,40\n")
    graph = read(path, nodes=table)
    assert graph.labels is None
    assert set(graph.attributes) == {"role", "age"}
    assert not {text for text in everything_in(graph) if re.search("ann|bob|cy|far", text, re.IGNORECASE)}
    assert list(graph.to_networkx().nodes) == [0, 1, 2]
    asked = read(path, nodes=table, keep_labels=True)
    assert ids_of(asked) == ["ann", "bob", "cy"]
    assert asked.attributes["name"].tolist() == ["Ann A", "Bob B", "Cy"]


def test_a_network_of_a_study_forgets_names_and_joins_its_table_all_the_same(folder):
    path = written(folder, *NAMED["csv"])
    table = written(folder, "roles.csv", "id,role\ncy,faculty\nbob,other\nann,student\n")
    graph = File(path=str(path), nodes=str(table)).load()
    assert graph.labels is None
    assert graph.attributes["role"].tolist() == [0, 3, 2]
    assert not everything_in(graph) & {"ann", "bob", "cy"}


# node tables

TABLE = """id,role,specialty,community,time_zone,protected,age
a,Student,internal medicine,north,-1.5,yes,31
b,faculty,general_practice,east,0,false,40
c,other,surgery,north,2,0,
"""


@pytest.fixture
def network_file(folder):
    return written(folder, "abc.txt", "a b\nb c\n")


def test_a_node_table_gives_codes_flags_and_whatever_else_it_has(folder, network_file):
    known = read_network(network_file, nodes=written(folder, "t.csv", TABLE)).attributes
    assert known["role"].tolist() == [0, 2, 3]
    assert known["specialty"].tolist() == [3, 5, 1]
    assert known["community"].tolist() == [1, 0, 1]
    assert known["time_zone"].tolist() == [-1.5, 0, 2]
    assert known["protected"].tolist() == [True, False, False]
    assert known["age"][:2].tolist() == [31, 40]
    assert np.isnan(known["age"][2])


def test_a_node_table_in_parquet_is_the_same(folder, network_file):
    written(folder, "t.csv", TABLE)
    pl.read_csv(folder / "t.csv").write_parquet(folder / "t.parquet")
    known = [read_network(network_file, nodes=folder / name).attributes for name in ("t.csv", "t.parquet")]
    assert set(known[0]) == set(known[1])
    assert all(np.array_equal(known[0][name], known[1][name], equal_nan=name == "age") for name in known[0])


def test_people_of_the_table_without_ties_are_agents_too(folder, network_file):
    table = written(folder, "more.csv", "id,role\nd,student\nc,student\nb,student\na,resident\n")
    graph = read_network(network_file, nodes=table)
    assert ids_of(graph) == ["a", "b", "c", "d"]
    assert graph.attributes["role"].tolist() == [1, 0, 0, 0]


def test_numbers_as_ids_match_between_network_and_table(folder):
    table = written(folder, "num.csv", "id,role\n10,student\n9,faculty\n")
    graph = read_network(written(folder, "num.txt", "9 10\n"), nodes=table)
    assert graph.attributes["role"].tolist() == [2, 0]


@pytest.mark.parametrize(
    ("table", "where", "message"),
    [
        ("id,role\na,studnt\n", ":2", "did you mean 'student'"),
        ("id,specialty\na,surgery\nb,\n", ":3", "anaesthesia, surgery, paediatrics"),
        ("id,protected\na,maybe\n", ":2", "true, 1, yes"),
        ("id,time_zone\na,99\n", ":2", "from -14 to 14"),
        ("id,role\na,student\na,other\n", ":3", "second time"),
        ("name,role\na,student\n", ":1", "no column 'id'"),
        ("id,role\na,student\n", "", "2 agents of the network have no row, the first of them 'b'"),
        ("id,role\na\n", ":2", "where the header has 2"),
    ],
)
def test_a_wrong_node_table_is_refused_with_its_line(folder, network_file, table, where, message):
    path = written(folder, "wrong.csv", table)
    with pytest.raises(GraphFileError) as caught:
        read_network(network_file, nodes=path)
    assert str(caught.value).startswith(f"{path}{where}: ")
    assert message in str(caught.value)


def test_a_missing_node_table_is_said_to_be_missing():
    with pytest.raises(GraphFileError, match="no such file"):
        read_node_table(Path("nothing.csv"))


def test_attributes_inside_a_graphml_file_are_read_as_those_of_a_table(folder):
    graph = nx.DiGraph([("a", "b")])
    nx.set_node_attributes(graph, {"a": "student", "b": "faculty"}, "role")
    nx.write_graphml(graph, folder / "roles.graphml")
    assert read_network(folder / "roles.graphml").attributes["role"].tolist() == [0, 2]
    nx.set_node_attributes(graph, {"a": "pupil"}, "role")
    nx.write_graphml(graph, folder / "roles.graphml")
    with pytest.raises(GraphFileError, match=r"node 'a': role 'pupil'"):
        read_network(folder / "roles.graphml")


# datasets


@pytest.fixture
def physicians_file():
    try:
        return PHYSICIANS.find()
    except DatasetError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_dataset_says_what_it_is_where_to_get_it_and_where_to_put_it(name):
    dataset = DATASETS[name]
    assert dataset.name == name
    for part in (dataset.what, dataset.source, dataset.licence, dataset.where_to_get, dataset.file):
        assert part in dataset.description()


def test_the_physicians_are_who_they_should_be(physicians_file):
    assert PHYSICIANS.status().as_expected
    assert observed(PHYSICIANS.load()) == pytest.approx(PHYSICIANS.expected, rel=5e-4)


def test_a_damaged_dataset_is_noticed(physicians_file, tmp_path, monkeypatch):
    (tmp_path / "physicians").mkdir()
    lines = physicians_file.read_text().splitlines()
    (tmp_path / PHYSICIANS.file).write_text("\n".join(lines[:-10]))
    monkeypatch.setenv("SUPPORTNET_DATA", str(tmp_path))
    status = PHYSICIANS.status()
    assert status.here
    assert not status.as_expected
    assert "arcs 1088, not 1098" in status.message


def test_a_dataset_that_is_missing_has_that_status(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPORTNET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert not PHYSICIANS.status().here


def test_a_dataset_is_found_in_the_folder_data_when_no_other_is_set(physicians_file, tmp_path, monkeypatch):
    (tmp_path / "data" / "physicians").mkdir(parents=True)
    (tmp_path / "data" / PHYSICIANS.file).write_bytes(physicians_file.read_bytes())
    monkeypatch.delenv("SUPPORTNET_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    assert PHYSICIANS.load().n_agents == 241
