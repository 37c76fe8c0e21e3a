"""Study files as text: read strictly, with the line of every key, and overlaid with `key=value` from the command line.

YAML 1.2: `no` is a text, `1e5` a number. A key given twice is refused. A `Document` holds plain Python values and knows
where each of them was written, so that a mistake found later can be told with file, line and path of the key.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from simulation import InputError, Problem

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of mappings and indices of lists."""

LARGEST_FILE = 1_000_000
"""Bytes; a study file of this size is a mistake."""
MOST_VALUES = 100_000
DEEPEST = 50
MOST_BITS = 1024
"""Of a whole number; what is larger is no number that anything here could take."""
COMMAND_LINE = "command line"
_BEGINS = "a study file begins like study: my-study"

_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float")}
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|\[(?P<index>[0-9]{1,9})\]|(?P<bare>[^."\[\]]+)')


class Located(NamedTuple):
    """A problem at the path of a key, before it is known where that key was written."""

    path: KeyPath
    what: str
    allowed: str = ""
    nearest: str = ""

    def at(self, where: str) -> Problem:
        """The same as a problem that names its place."""
        return Problem(where, self.what, self.allowed, self.nearest)


def shown(path: KeyPath) -> str:
    """A path as people write it: `arms."general tag"[0].breadth`."""
    parts = [f"[{key}]" if isinstance(key, int) else "." + _quoted(key) for key in path]
    return "".join(parts).removeprefix(".")


def shown_value(value: object) -> str:
    """A value as it was written, shortened to one line."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def canonical(value: object) -> str:
    """JSON with one spelling for one content: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def parse_json(text: str | bytes, where: str, allowed: str) -> Any:  # noqa: ANN401 - whatever was written
    """The content of a JSON text.

    Args:
        text: UTF-8 where it is given as bytes.
        where: what to call it in messages.
        allowed: what should be there.

    Raises:
        InputError: not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(Problem(where, "is not what was written", allowed)) from None


def _quoted(key: str) -> str:
    """A key, in quotation marks where it is more than one word."""
    mark = "'" if '"' in key else '"'
    return key if _PLAIN_KEY.fullmatch(key) else f"{mark}{key}{mark}"


@dataclass
class Document:
    """Plain values with the place of each.

    Args:
        source: what to call the file in messages.
        data: mappings, lists and scalars; a whole number written as `60.0` or `1e3` is an integer.
        lines: line, from 1, of each key and each item of a list.
        typed: paths set on the command line, as they were typed there.
        elsewhere: where values stand that were read from another file.
        problems: what is wrong with the text itself (a key given twice).
    """

    source: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    typed: dict[KeyPath, str] = field(default_factory=dict)
    elsewhere: Mapping[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, path: KeyPath) -> str:
        """File, line and path of a key; a key that was not written has the line of what it belongs to."""
        for length in range(len(path), 0, -1):
            head, tail = path[:length], path[length:]
            if head in self.elsewhere:
                return self.elsewhere[head]
            if head in self.typed:
                return f"{COMMAND_LINE}: {self.typed[head]}{_tail(tail)}"
            if head in self.lines:
                return f"{self.source}:{self.lines[head]}: {shown(path)}"
        typed = self.typed_within(path)
        if typed:
            return f"{COMMAND_LINE}: {typed}"
        return f"{self.source}: {shown(path)}" if path else self.source

    def typed_within(self, path: KeyPath) -> str:
        """What was typed on the command line for a key or for something in it; empty where nothing was."""
        return next((text for there, text in self.typed.items() if path and there[: len(path)] == path), "")

    def forget_below(self, path: KeyPath) -> None:
        """Forget where values at and below a path were written: another one has taken their place."""
        for places in (self.lines, self.typed):
            for there in [there for there in places if there[: len(path)] == path]:
                del places[there]

    def place(self, located: Iterable[Located]) -> list[Problem]:
        """Problems with their place in this document."""
        return [problem.at(self.where(problem.path)) for problem in located]


def _tail(path: KeyPath) -> str:
    """What follows a path that was typed."""
    text = shown(path)
    return text if not text or text.startswith("[") else f".{text}"


def read_document(path: str | Path) -> Document:
    """The document in a file.

    Raises:
        InputError: no such file, too large, not UTF-8, not YAML, or not a mapping at the top.
    """
    return parse_document(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """The text of a file of reasonable size.

    Raises:
        InputError: no such file, too large, or not UTF-8.
    """
    return _decoded(_bytes(Path(path)), str(path))


def parse_document(text: str, source: str) -> Document:
    """The document in a text.

    Raises:
        InputError: not YAML, empty, or not a mapping at the top.
    """
    root = _composed(text, source)
    if root is None:
        raise InputError(Problem(source, "is empty", "'supportnet init FILE' writes a study file that runs"))
    if not isinstance(root, MappingNode):
        raise InputError(Problem(f"{source}:{root.start_mark.line + 1}", "is not a mapping of keys to values", _BEGINS))
    document = Document(source)
    document.data = _Builder(document).mapping(root, ())
    return document


def _bytes(path: Path) -> bytes:
    """The content of a file of reasonable size."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise InputError(Problem(str(path), "no such file", nearest=_nearest_file(path))) from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or error
        raise InputError(Problem(str(path), f"cannot be read: {words}", "the path of a file")) from None
    if len(content) > LARGEST_FILE:
        raise InputError(Problem(str(path), "is too large", f"a file of settings has at most {LARGEST_FILE:,} bytes"))
    return content


def _nearest_file(path: Path) -> str:
    """A file of the same name but for a missing or wrong ending, if there is one."""
    others = [path.with_name(path.name + ".yaml"), path.with_suffix(".yaml"), path.with_suffix(".yml")]
    return next((str(other) for other in others if os.path.isfile(other)), "")


def _decoded(content: bytes, source: str) -> str:
    """Text from UTF-8, with or without a byte-order mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        raise InputError(Problem(f"{source}:{line}", what, "save the file as UTF-8")) from None


def _composed(text: str, source: str) -> Node | None:
    """The tree of nodes of a text, with the place of each."""
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    try:
        return yaml.compose(text)  # type: ignore[no-any-return]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{source}:{mark.line + 1}" if mark else source
        raise InputError(Problem(where, _yaml_says(error), _yaml_hint(error, text))) from None
    except (YAMLError, ValueError) as error:
        raise InputError(Problem(source, f"is not YAML: {str(error).splitlines()[0]}")) from None
    except RecursionError:
        raise InputError(Problem(source, f"is nested more than {DEEPEST} levels deep")) from None


def _yaml_says(error: MarkedYAMLError) -> str:
    """The complaint of the YAML reader in one line."""
    parts = [" ".join(str(part).split()) for part in (error.context, error.problem) if part]
    return f"is not YAML: {', '.join(parts)}"


def _yaml_hint(error: MarkedYAMLError, text: str) -> str:
    """What is most likely meant, where that is known."""
    mark = error.problem_mark
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line:
        return "indent with spaces; YAML does not allow tabs"
    if "mapping values" in str(error.problem):
        return "put a text that holds ': ' into quotation marks, and give keys of one group the same indent"
    return "check indent, brackets and quotation marks"


class _Builder:
    """Turns nodes into plain values and writes down the line of each.

    Counts values and depth, so that aliases that point at each other cannot fill the memory.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.values = 0
        self.constructor = YAML(typ="safe", pure=True).constructor

    def mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        """The mapping at a path; a key given twice is a problem, the first one stands."""
        out: dict[str, Any] = {}
        for key_node, value_node in self._merged(node):
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in out:
                self._twice((*path, key), key_node)
                continue
            out[key] = self._placed(value_node, (*path, key), key_node)
        return out

    def _merged(self, node: MappingNode) -> Iterator[tuple[Node, Node]]:
        """Pairs of a mapping, with what `<<` brings in after the keys written out, which win."""
        own = [pair for pair in node.value if pair[0].value != "<<"]
        yield from own
        known = {key.value for key, _ in own if isinstance(key, ScalarNode)}
        for _, value in (pair for pair in node.value if pair[0].value == "<<"):
            for source in value.value if isinstance(value, SequenceNode) else [value]:
                self._count(1)
                if isinstance(source, MappingNode) and source is not node:
                    self._count(len(source.value))
                    pairs = [(key, item) for key, item in source.value if isinstance(key, ScalarNode)]
                    fresh = [(key, item) for key, item in pairs if key.value not in known]
                    known |= {key.value for key, _ in fresh}
                    yield from fresh

    def _count(self, values: int) -> None:
        """Count values of the document.

        Raises:
            InputError: there are more than anybody writes.
        """
        self.values += values
        if self.values > MOST_VALUES:
            raise self._too_much()

    def _too_much(self) -> InputError:
        """The error of a document that is larger than anybody writes."""
        what = f"holds more than {MOST_VALUES:,} values or is nested more than {DEEPEST} levels deep"
        return InputError(Problem(self.document.source, what, "fewer values; aliases count each time they are used"))

    def _key(self, node: Node, path: KeyPath) -> str | None:
        """The text of a key; keys are taken as they are written."""
        if isinstance(node, ScalarNode):
            return str(node.value)
        self._problem(path, node, "a key must be one word or a text in quotation marks")
        return None

    def _placed(self, node: Node, path: KeyPath, place: Node) -> object:
        """The value at a path, after its line was written down."""
        self.document.lines[path] = place.start_mark.line + 1
        self._count(1)
        if len(path) > DEEPEST:
            raise self._too_much()
        return self._value(node, path)

    def _value(self, node: Node, path: KeyPath) -> object:
        """The plain value of a node."""
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._placed(item, (*path, i), item) for i, item in enumerate(node.value)]
        if node.tag not in _SCALARS:
            return str(node.value)
        try:
            found = _whole(self.constructor.construct_object(node, deep=True))
        except (ValueError, OverflowError, IndexError) as error:  # of a number with thousands of digits, or of none
            raise self._unreadable(path, node, str(error).split(";")[0]) from None
        if isinstance(found, int) and found.bit_length() > MOST_BITS:
            raise self._unreadable(path, node, "a whole number with hundreds of digits")
        return found

    def _unreadable(self, path: KeyPath, node: Node, words: str) -> InputError:
        """The error of a number that is none."""
        where = f"{self.document.source}:{node.start_mark.line + 1}: {shown(path)}"
        return InputError(Problem(where, f"cannot be read: {words}", "a number, or a text in quotation marks"))

    def _twice(self, path: KeyPath, node: Node) -> None:
        """Report a key that was given before."""
        first = self.document.lines[path]
        self._problem(path, node, f"given twice, first in line {first}", "give every key once")

    def _problem(self, path: KeyPath, node: Node, what: str, allowed: str = "") -> None:
        """Report something at a node."""
        where = f"{self.document.source}:{node.start_mark.line + 1}: {shown(path)}"
        self.document.problems.append(Problem(where, what, allowed))


def _whole(value: object) -> object:
    """A number without a fractional part as an integer, so that `60.0` and `1e3` pass for whole numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def overlay(document: Document, overrides: Iterable[str], roots: Mapping[str, KeyPath]) -> Document:
    """Lay `key=value` from the command line over a document, which is changed and returned.

    Args:
        document: of a study file.
        overrides: as typed, such as `replicates=5`, `beliefs.stigma_mean=0.3`, `arms."general tag"[0].breadth=general`.
        roots: where the first word of a key belongs, such as `beliefs` -> `("base", "beliefs")`.

    Problems are added to those of the document.
    """
    for text in overrides:
        key, equals, value = _split(text)
        words = words_of(key)
        if not equals or not words:
            what = "is neither an option nor of the form key=value"
            document.problems.append(Problem(f"{COMMAND_LINE}: {text}", what, "for example replicates=5"))
            continue
        path = _rooted(words, roots)
        if not _set(document.data, path, parse_value(value, f"{COMMAND_LINE}: {key}")):
            what = f"there is nothing at {shown(path[:-1])} to set this in"
            document.problems.append(Problem(f"{COMMAND_LINE}: {key}", what))
        document.forget_below(path)
        document.typed[path] = key
    return document


def parse_value(text: str, where: str) -> object:
    """The value of a YAML text on one line, such as `0.3`, `[1, 2]` or `{type: growth}`.

    Raises:
        InputError: not YAML.
    """
    try:
        return parse_document(f"value: {text}", where).data["value"]
    except InputError as error:
        raise InputError(*(Problem(where, problem.what, problem.allowed) for problem in error.problems)) from None


def _split(text: str) -> tuple[str, str, str]:
    """Key, equals sign and value; an equals sign inside quotation marks belongs to the key."""
    found = re.match(r'((?:"[^"]*"|[^"=])*)(=)(.*)', text, re.DOTALL)
    return (found[1].strip(), found[2], found[3]) if found else (text, "", "")


def words_of(key: str) -> KeyPath:
    """The path that a written key such as `arms."general tag"[0].breadth` stands for; empty when it is not one."""
    found = list(_TOKEN.finditer(key))
    left_over = _TOKEN.sub("", key).replace(".", "")
    if left_over:
        return ()
    return tuple(int(match["index"]) if match["index"] else match["quoted"] or match["bare"] for match in found)


def _rooted(words: KeyPath, roots: Mapping[str, KeyPath]) -> KeyPath:
    """A typed path as a path in the document; the dotted path of a factor is one key."""
    path = (*roots.get(str(words[0]), (words[0],)), *words[1:])
    return _factor(path[1:]) if path[0] == "factors" and len(path) > 2 else path


_ENDS = ("from", "to", "scale")
"""Keys of a range."""


def _factor(words: KeyPath) -> KeyPath:
    """The path of a factor: a dotted path, which may have indices inside it, and perhaps an item of its values."""
    has_item = isinstance(words[-1], int) or words[-1] in _ENDS
    name, item = (words[:-1], words[-1:]) if has_item else (words, ())
    return ("factors", _written_factor(name), *item)


def _written_factor(words: KeyPath) -> str:
    """A path as the key of a factor; words are quoted only where they would be read as two."""
    parts = (f"[{word}]" if isinstance(word, int) else f'."{word}"' if "." in word else f".{word}" for word in words)
    return "".join(parts).removeprefix(".")


def _set(data: dict[str, Any], path: KeyPath, value: object) -> bool:
    """Put a value at a path, with new groups on the way; False when something there is not a group or list."""
    place: Any = data
    for key, following in pairwise(path):
        if isinstance(place, dict) and place.get(str(key)) is None and isinstance(following, str):
            place[str(key)] = {}
        if not _holds(place, key):
            return False
        place = place[key]
    if isinstance(place, dict) and isinstance(path[-1], str):
        place[path[-1]] = value
        return True
    if _holds(place, path[-1]):
        place[path[-1]] = value
        return True
    return False


def _holds(place: object, key: str | int) -> bool:
    """Whether a mapping or list has something at a key or index."""
    if isinstance(key, int):
        return isinstance(place, list) and key < len(place)
    return isinstance(place, dict) and key in place
