"""Real networks from files: KONECT, plain edge lists, tables, GraphML and GML, with or without a node table.

In most published follower data the line `a b` says that a follows b, so the arc of posts runs from b to a. That is the
default of every reader (`arcs="follower_author"`); `author_follower` turns it round, `undirected` takes both ways.
"""

import io
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

import networkx as nx
import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulation.arc_text import arc_pairs, comment_lines
from simulation.errors import GraphFileError
from simulation.graph import FollowerGraph
from simulation.node_tables import (
    KNOWN_COLUMNS,
    MOST_COLUMNS,
    UNREADABLE,
    NodeTable,
    Where,
    as_ids,
    broken,
    column_arrays,
    csv_rows,
    read_node_table,
    read_parquet,
    text_of,
    texts_of,
    unpacked,
)
from simulation.registry import Registry

ArcOrder = Literal["follower_author", "author_follower", "undirected"]
"""What the two ends of a line are."""

Labels = NDArray[Any]
Places = NDArray[np.int64]


class ArcList(NamedTuple):
    """What a reader found.

    Args:
        left, right: ids [E] as they stand in the file, all int64 or all strings (object arrays).
        nodes: ids that the file lists apart from its arcs, or None.
        columns: attributes of those nodes, by name, as text.
        order: what left and right are, where the file itself says so.
    """

    left: Labels
    right: Labels
    nodes: Labels | None = None
    columns: dict[str, list[str]] | None = None
    order: ArcOrder | None = None


FORMATS: Registry[Callable[[Path], ArcList]] = Registry("network file format")
"""Readers by the name of their format."""

_SUFFIXES = {
    ".txt": "edges",
    ".edges": "edges",
    ".el": "edges",
    ".tsv": "edges",
    ".csv": "csv",
    ".parquet": "parquet",
    ".graphml": "graphml",
    ".gml": "gml",
}

_DIGITS = re.compile(r"[0-9]+")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")
_GML_LABEL = re.compile(r"(^|[\s\[])label\s")
_GML_TEXT = re.compile(r'"[^"]*"')
_MOST_DIGITS, _ANY_NUMBER, _MOST_PER_ARC = 15, 1_000_000, 100
_PLAUSIBLE = f"up to {_ANY_NUMBER:,} nodes, or up to {_MOST_PER_ARC} for each arc"
_GML_POSITION = re.compile(r"\((\d+), \d+\)")


def read_network(
    path: str | Path,
    *,
    format: str | None = None,
    arcs: ArcOrder = "follower_author",
    nodes: str | Path | None = None,
    keep_labels: bool = False,
) -> FollowerGraph:
    """The follower graph of a file, checked; self-loops and duplicates are left out and counted.

    Agents are numbered in ascending order of their ids (numbers before names). Ids, and texts of other columns than
    those with a meaning, are forgotten then, since they may name people.

    Args:
        path: the file; a name that ends in .gz is unpacked.
        format: a name of `FORMATS`; when not given, read off the file's name.
        arcs: what left and right of a line are; columns named follower and author say it themselves.
        nodes: a node table (CSV or Parquet) with a column `id`; agents of the table without arcs are agents too.
        keep_labels: keep the ids as `labels`, and texts of other columns among the attributes.

    Raises:
        GraphFileError: the file is missing, malformed, or does not agree with its node table.
        UnknownNameError: `format` is not known.
    """
    path = Path(path)
    found = FORMATS[format or format_of(path)](path)
    table = read_node_table(Path(nodes)) if nodes is not None else None
    labels, left, right = _numbered(found, table)
    if not len(labels):
        raise broken(str(path), "holds no arcs", "at least one line with two ids")
    attributes = _attributes(path, found, table, labels)
    if not keep_labels:
        attributes = {name: values for name, values in attributes.items() if values.dtype != object}
    authors, followers = _directed(left, right, found.order or arcs)
    kept = labels if keep_labels else None
    return FollowerGraph.from_arcs(len(labels), authors, followers, attributes=attributes, labels=kept)


def format_of(path: Path) -> str:
    """The format that a file's name speaks of.

    Raises:
        GraphFileError: the name says nothing.
    """
    name = path.name.removesuffix(".gz")
    if name.startswith("out."):
        return "konect"
    suffix = Path(name).suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    allowed = f"a name out.* (KONECT) or one that ends in {', '.join(_SUFFIXES)}; or set format: {', '.join(FORMATS)}"
    raise broken(str(path), "cannot tell the format of the file from its name", allowed)


def _directed(left: Places, right: Places, arcs: ArcOrder) -> tuple[Places, Places]:
    """Authors and followers of the lines."""
    ends = {"follower_author": (right, left), "author_follower": (left, right)}
    if arcs in ends:
        return ends[arcs]
    return np.concatenate([left, right]), np.concatenate([right, left])


def _numbered(found: ArcList, table: NodeTable | None) -> tuple[Labels, Places, Places]:
    """The ids of all agents in ascending order, and the lines in rows of that order."""
    listed = [found.nodes, table.ids if table is not None else None]
    parts = [found.left, found.right, *(ids for ids in listed if ids is not None)]
    if all(part.dtype == np.int64 for part in parts):
        labels, rows = _numbered_integers(np.concatenate(parts))
    else:
        labels, rows = _numbered_names(pl.concat([_as_text(part) for part in parts]))
    n_lines = len(found.left)
    return labels, rows[:n_lines], rows[n_lines : 2 * n_lines]


def _numbered_integers(ids: Places) -> tuple[Labels, Places]:
    """Distinct ids, ascending, and the row of each given id; linear in the largest id where that is not too large."""
    top = int(ids.max(initial=0))
    if top > 4 * len(ids) + 1_000_000:
        return np.unique(ids, return_inverse=True)
    present = np.zeros(top + 1, dtype=np.bool_)
    present[ids] = True
    labels = np.flatnonzero(present)
    rows = np.cumsum(present, dtype=np.int64) - 1
    return labels, rows[ids]


def _as_text(ids: Labels) -> pl.Series:
    """Ids as text."""
    return pl.Series("id", ids, dtype=pl.String if ids.dtype == object else None).cast(pl.String)


def _numbered_names(series: pl.Series) -> tuple[Labels, Places]:
    """Distinct ids in ascending order, numbers before names, and the row of each given id."""
    distinct = sorted(series.unique().to_list(), key=_label_order)
    order = pl.DataFrame({"id": distinct, "row": np.arange(len(distinct))}, schema={"id": pl.String, "row": pl.Int64})
    rows = series.to_frame().join(order, on="id", how="left", maintain_order="left")["row"].to_numpy()
    labels = np.empty(len(distinct), dtype=object)
    labels[:] = distinct
    return labels, rows.astype(np.int64)


def _label_order(label: str) -> tuple[bool, int, str]:
    """Whole numbers by value, then everything else by letters."""
    number = label.isascii() and label.isdigit() and len(label) < 19
    return (not number, int(label) if number else 0, label)


def _attributes(path: Path, found: ArcList, table: NodeTable | None, labels: Labels) -> dict[str, NDArray[Any]]:
    """The attributes [N] from the node table, else those of the file itself, in the order of the labels.

    Raises:
        GraphFileError: an agent of the file is missing from the node table.
    """
    if table is None:
        if not found.columns or found.nodes is None:
            return {}
        ids = found.nodes
        arrays = column_arrays(found.columns, lambda row: f"{path}: node '{ids[row]}'")
    else:
        path, ids, arrays = table.path, table.ids, table.columns
    place = {str(label): row for row, label in enumerate(ids)}
    missing = [str(label) for label in labels if str(label) not in place]
    if missing:
        what = f"{len(missing)} agents of the network have no row, the first of them '{missing[0]}'"
        raise broken(str(path), what, "one row with an id for every agent that has an arc")
    rows = np.array([place[str(label)] for label in labels], dtype=np.int64)
    return {name: values[rows] for name, values in arrays.items()}


# Text with two ids on a line: KONECT and plain edge lists.


@FORMATS.register("konect")
def read_konect(path: Path) -> ArcList:
    """KONECT's `out.*`: `%` comments, then `left right [weight [time]]`; `% sym` files hold ties both ways.

    Where the header gives the number of nodes, every id from 1 to it is an agent.
    """
    data = unpacked(path)
    header = [line[1:].split() for line in comment_lines(data, "%")]
    kind = header[0][0] if header and header[0] else ""
    if kind == "bip":
        allowed = "a network of one kind of nodes: '% asym' or '% sym' in the first line"
        raise broken(f"{path}:1", "the file holds a bipartite network", allowed)
    left, right = arc_pairs(path, data, "%")
    return ArcList(left, right, _konect_nodes(path, header, left, right), order="undirected" if kind == "sym" else None)


def _konect_nodes(path: Path, header: list[list[str]], left: Labels, right: Labels) -> Labels | None:
    """The ids 1..n of a KONECT header, if it gives n.

    Raises:
        GraphFileError: an id outside 1..n.
    """
    if len(header) < 2 or len(header[1]) < 2 or not all(_DIGITS.fullmatch(word) for word in header[1]):
        return None
    if any(len(word) > _MOST_DIGITS for word in header[1]):
        raise broken(f"{path}:2", "the header speaks of more nodes than there can be", _PLAUSIBLE)
    count = max(int(word) for word in header[1][1:])
    if count > max(_ANY_NUMBER, _MOST_PER_ARC * len(left)):
        what = f"the header speaks of {count:,} nodes, the file holds {len(left):,} arcs"
        raise broken(f"{path}:2", what, _PLAUSIBLE)
    if object in (left.dtype, right.dtype) or not len(left):
        return None if len(left) else np.arange(1, count + 1)
    low, high = min(left.min(), right.min()), max(left.max(), right.max())
    if low < 1 or high > count:
        raise broken(
            f"{path}:2", f"the header speaks of {count} nodes, but ids run from {low} to {high}", f"ids 1..{count}"
        )
    return np.arange(1, count + 1)


@FORMATS.register("edges")
def read_edges(path: Path) -> ArcList:
    """SNAP and plain edge lists: `#` comments, then two ids (and at most two numbers), blanks or a comma between."""
    data = unpacked(path)
    undirected = any("undirected graph" in line.lower() for line in comment_lines(data, "#"))
    left, right = arc_pairs(path, data, "#")
    return ArcList(left, right, order="undirected" if undirected else None)


@FORMATS.register("csv")
def read_csv(path: Path) -> ArcList:
    """A CSV table with a header; columns `follower` and `author`, or else the first two as left and right.

    A first line of two whole numbers is no header but the first arc.
    """
    data = unpacked(path)
    first = data.split(b"\n", 1)[0].decode("utf-8", "replace").split(",")
    if len(first) > MOST_COLUMNS:
        raise broken(f"{path}:1", f"{len(first):,} fields", f"at most {MOST_COLUMNS:,} columns")
    bare = all(_WHOLE.fullmatch(field.strip()) for field in first[:2])
    try:
        frame = pl.read_csv(data, has_header=not bare, infer_schema=False)
    except UNREADABLE:
        frame = _slow_frame(path)
    return _from_frame(path, frame, lambda row: f"{path}:{_line_of_row(path, row + (not bare))}")


def _slow_frame(path: Path) -> pl.DataFrame:
    """The table of a CSV file that the fast reader refused: finds the bad line.

    Raises:
        GraphFileError: always when a line is bad; what both readers accept in different ways is returned.
    """
    rows, _ = csv_rows(path)
    return pl.DataFrame({name: [row[k] for row in rows[1:]] for k, name in enumerate(rows[0])}, orient="col")


def _line_of_row(path: Path, row: int) -> int:
    """The line on which a row of a CSV file stands, the header being row 0; the last where two readers disagree."""
    lines = csv_rows(path)[1]
    return lines[min(row, len(lines) - 1)]


@FORMATS.register("parquet")
def read_parquet_arcs(path: Path) -> ArcList:
    """A Parquet table; columns `follower` and `author`, or else the first two as left and right."""
    return _from_frame(path, read_parquet(path), lambda row: f"{path}: row {row + 1}")


def _from_frame(path: Path, frame: pl.DataFrame, where: Where) -> ArcList:
    """The arcs of a table.

    Raises:
        GraphFileError: fewer than two columns, one of the two names without the other, or an empty entry.
    """
    named = {"follower", "author"} & set(frame.columns)
    if frame.width < 2 or len(named) == 1:
        what = f"columns {', '.join(frame.columns) or 'none'}"
        raise broken(f"{path}:1", what, "columns 'follower' and 'author', or any two: the first two are left and right")
    names = ["follower", "author"] if named else frame.columns[:2]
    ends = [texts_of(path, frame.select(name))[name].str.strip_chars() for name in names]
    empty = (ends[0].is_null() | ends[1].is_null() | (ends[0] == "") | (ends[1] == "")).fill_null(value=True)
    if empty.any():
        raise broken(where(int(empty.arg_max() or 0)), "an empty entry", "an id in both columns")
    left, right = (_column_ids(frame[name], end) for name, end in zip(names, ends, strict=True))
    return ArcList(left, right, order="follower_author" if named else None)


def _column_ids(raw: pl.Series, text: pl.Series) -> Labels:
    """The ids of a column: as they are where they are whole numbers already, else from their text."""
    if raw.dtype.is_integer() and (not len(raw) or int(raw.min()) >= 0):  # type: ignore[arg-type]
        return raw.cast(pl.Int64).to_numpy()
    return as_ids(text.to_list())


@FORMATS.register("graphml")
def read_graphml(path: Path) -> ArcList:
    """GraphML, through NetworkX; attributes of the nodes come along."""
    data = unpacked(path)
    try:
        if _has_document_type(data):
            what = "declares a document type, whose entities may be huge or lie elsewhere"
            raise broken(str(path), what, "GraphML without <!DOCTYPE ...>")
        graph = nx.read_graphml(io.BytesIO(data))
    except GraphFileError:
        raise
    except ParseError as error:
        raise broken(f"{path}:{error.position[0]}", f"no valid XML: {error}", "a GraphML file") from None
    except Exception as error:  # whatever a reader of others stumbles over
        raise broken(str(path), f"is not readable as GraphML: {_briefly(error)}", "a GraphML file") from None
    return _from_networkx(graph)


def _briefly(error: Exception) -> str:
    """What an error says, in a line of reasonable length."""
    return " ".join(str(error).split())[:200] or type(error).__name__


class _Begun(Exception):  # noqa: N818 - no error: what there is to know is known
    """The first element of a document, after which no document type can come."""


def _has_document_type(data: bytes) -> bool:
    """Whether an XML document declares a document type; nothing behind its beginning is read."""
    found: list[str] = []

    def begun(_name: str, _attributes: object) -> None:
        raise _Begun

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda name, *_: found.append(name)
    parser.StartElementHandler = begun
    with suppress(_Begun, expat.ExpatError, LookupError, ValueError):
        parser.Parse(data, True)
    return bool(found)


@FORMATS.register("gml")
def read_gml(path: Path) -> ArcList:
    """GML, through NetworkX; ids are the nodes' labels where they have any; attributes of the nodes come along."""
    lines = text_of(path, unpacked(path)).splitlines()
    label = "label" if any(_GML_LABEL.search(_GML_TEXT.sub("", line)) for line in lines) else "id"
    try:
        graph = nx.parse_gml(lines, label=label)
    except RecursionError:
        raise broken(str(path), "is not readable as GML: lists within lists without end", "a GML file") from None
    except Exception as error:  # whatever a reader of others stumbles over
        found = _GML_POSITION.search(str(error))
        where = f"{path}:{found[1]}" if found else str(path)
        raise broken(where, f"is not readable as GML: {_briefly(error)}", "a GML file") from None
    return _from_networkx(graph)


def _from_networkx(graph: "nx.Graph[Any]") -> ArcList:
    """Arcs, nodes and the attributes of nodes; an attribute that is not ours and not on every node is left out."""
    nodes = [str(node) for node in graph.nodes]
    edges = [(str(u), str(v)) for u, v in graph.edges()]
    names = dict.fromkeys(name for _, row in graph.nodes(data=True) for name in row)
    columns = {
        str(name): [str(row.get(name, "")) for _, row in graph.nodes(data=True)]
        for name in names
        if name in KNOWN_COLUMNS or all(name in row for _, row in graph.nodes(data=True))
    }
    left, right = as_ids([u for u, _ in edges]), as_ids([v for _, v in edges])
    return ArcList(left, right, as_ids(nodes), columns, None if graph.is_directed() else "undirected")
