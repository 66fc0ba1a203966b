"""A YAML file as plain data with the line and column of every key and value; used by the loader.

ruamel.yaml parses; the tree is walked here, because a scenario needs what no constructor keeps: all duplicate keys at
once, a place for every value, and limits that make a hostile file as cheap as a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from emulator.scenario.errors import ScenarioError, ScenarioErrors, shown

MAX_BYTES = 1 << 20
"""A scenario file is at most so long."""
MAX_ALIASES = 100
"""Aliases of one file."""
MAX_NODES = 50_000
"""Values of one file, each alias counted with all that it stands for."""
MAX_DEPTH = 32
"""Mappings and lists inside each other."""

Place = tuple[int, int]
"""Line and column, from 1."""
Where = tuple[str | int, ...]
"""Keys and list indexes from the top of the file to a value."""


@dataclass(slots=True)
class Document:
    """A parsed file: plain data, and where each part of it stands."""

    file: str
    data: Any
    text: str = ""
    """The file as it is."""
    values: dict[Where, Place] = field(default_factory=dict)
    keys: dict[Where, Place] = field(default_factory=dict)
    exact: dict[Where, int] = field(default_factory=dict)
    """Texts that stand in the file as they are in the data, on one line, and the length of their opening quote:
    a column inside them can be said."""
    errors: list[ScenarioError] = field(default_factory=list)

    def error(self, where: Where, text: str, *, key: bool = False, offset: int = 0) -> ScenarioError:
        """The error *text* at *where* (at its key if *key*), *offset* characters into the value."""
        while where and where not in self.values:
            where = where[:-1]
        line, column = (self.keys.get(where) if key else None) or self.values.get(where, (1, 1))
        if offset and where in self.exact:
            column += self.exact[where] + offset
        return ScenarioError(self.file, line, column, text)


def read_document(path: Path, shown_as: str | None = None) -> Document:
    """The document in *path*.  Raises ScenarioErrors with one line when it cannot be read or parsed."""
    name = shown_as or str(path)
    try:
        if path.is_dir():
            raise _whole(name, "found a directory, expected a YAML file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _whole(name, "found no such file, expected a scenario") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _whole(name, f"cannot be read: {reason}") from None
    return parse_document(raw, name)


def parse_document(raw: bytes, name: str) -> Document:
    """The document in *raw*, called *name* in errors.  Raises ScenarioErrors when it is not usable YAML."""
    if len(raw) > MAX_BYTES:
        raise _whole(name, f"found more than {MAX_BYTES} bytes, expected a scenario of at most 1 MiB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        what = "a binary file" if b"\0" in raw else f"byte 0x{raw[error.start]:02x}"
        raise ScenarioErrors([ScenarioError(name, line, column, f"found {what}, expected text in UTF-8")]) from None
    if "\0" in text:
        raise _whole(name, "found a binary file, expected YAML text")
    try:
        _bound(text, name)
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise _syntax(name, text, error) from None
    except ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        said = f"found a control character (0x{ord(text[error.position]):02x}), expected printable text"
        raise _whole(name, said, line, column) from None
    except YAMLError as error:
        raise _whole(name, f"found text that is not YAML ({_one_line(str(error))}), expected a mapping") from None
    if root is None:
        raise _whole(name, "found an empty file, expected a mapping with at least 'name'", 1, 1)
    document = Document(name, None, text)
    document.data = _Builder(document).build(root)
    if not isinstance(document.data, dict):
        raise _whole(name, f"found {_token(document.data)}, expected a mapping with at least 'name'", *_place(root))
    return document


def _token(data: Any) -> str:
    """What stands where a mapping should, by its first word only: the file may be anything, a secret too."""
    if isinstance(data, list):
        return "a list"
    words = str(data).split(maxsplit=1) if isinstance(data, str) else [shown(data)]
    word = words[0] if words else ""
    return repr(word if len(word) <= 30 else word[:29] + "…") if isinstance(data, str) else word[:40]


def _whole(name: str, text: str, line: int = 0, column: int = 0) -> ScenarioErrors:
    return ScenarioErrors([ScenarioError(name, line, column, text)])


def _place(node: Any) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _one_line(text: str) -> str:
    return " ".join(text.split())[:120]


def _bound(text: str, name: str) -> None:
    """Refuse what would cost too much to build, from the flat stream of events."""
    depth = aliases = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif isinstance(event, AliasEvent):
            aliases += 1
        if depth > MAX_DEPTH:
            raise _whole(name, f"found more than {MAX_DEPTH} levels, expected a flatter file", *_place(event))
        if aliases > MAX_ALIASES:
            raise _whole(name, f"found more than {MAX_ALIASES} aliases, expected values written out", *_place(event))
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _whole(name, "found a second document, expected one scenario in a file", *_place(event))


_TAB = "found a tab, expected spaces (YAML indents with spaces only)"
_COLON = (
    "found a ':' where no key can stand, expected 'key: value' "
    "(is the line indented like its neighbours, or does the text need quotes?)"
)
_TOKENS = {
    "'block sequence start'": "a list item", "'block mapping start'": "a key", "'scalar'": "text",
    "'stream end'": "the end of the file", "block end": "the end of the block",
}
"""ruamel's words for parts of a file, and ours."""
_SYNTAX = (
    ("mapping values are not allowed", _COLON),
    ("undefined alias", "found an alias of an anchor that does not exist, expected '&name' before '*name'"),
    ("duplicate anchor", "found an anchor twice, expected each '&name' once"),
    ("cannot start any token", "found a character that cannot begin a value, expected the text in quotes"),
    ("could not find expected ':'", "found a line without ':', expected 'key: value'"),
    ("unexpected end of stream", "found a text that is never closed, expected its closing quote"),
)
_AT_CONTEXT = ("could not find expected ':'", "unexpected end of stream")
"""Problems whose cause stands where the construct began."""


def _syntax(name: str, text: str, error: MarkedYAMLError) -> ScenarioErrors:
    problem = _one_line(error.problem or "text that is not YAML")
    mark = error.problem_mark or error.context_mark
    if any(part in problem for part in _AT_CONTEXT):
        mark = error.context_mark or mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    margin = here[: len(here) - len(here.lstrip())]
    if "\t" in margin:
        return _whole(name, _TAB, line, margin.index("\t") + 1)
    if here[column - 1 : column] == "\t":
        return _whole(name, _TAB, line, column)
    for part, words in _SYNTAX:
        if part in problem:
            return _whole(name, words, line, column)
    problem = problem.replace("<", "").replace(">", "").replace("but got", "but found")
    for token, words in _TOKENS.items():
        problem = problem.replace(token, words)
    if ", but found " in problem:
        wanted, found = problem.split(", but found ", 1)
        return _whole(name, f"found {found}, {wanted} (is the indentation right?)", line, column)
    return _whole(name, f"found text that is not YAML ({problem}), expected 'key: value'", line, column)


class _Builder:
    """Turns nodes into data once, noting places; stops at MAX_NODES."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.scalars = SafeConstructor(loader=YAML(typ="safe", pure=True))
        self.nodes = 0
        self.open: set[int] = set()

    def build(self, root: Node) -> Any:
        """Data of the whole tree."""
        return self._node(root, ())

    def _node(self, node: Node, where: Where) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            said = f"found more than {MAX_NODES} values, expected a smaller file"
            raise _whole(self.document.file, said, *_place(node))
        if id(node) in self.open:
            raise _whole(self.document.file, "found an alias of what it stands in, expected no cycle", *_place(node))
        self.document.values[where] = _place(node)
        if isinstance(node, ScalarNode):
            return self._scalar(node, where)
        self.open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                return [self._node(item, (*where, index)) for index, item in enumerate(node.value)]
            if isinstance(node, MappingNode):
                return self._mapping(node, where)
        finally:
            self.open.discard(id(node))
        raise _whole(self.document.file, "found an unknown kind of YAML node, expected a value", *_place(node))

    def _mapping(self, node: MappingNode, where: Where) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = _place(key_node)
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str):
                self._say(place, "found a list or mapping as key, expected a word")
                continue
            if key in data:
                line = self.document.keys[(*where, key)][0]
                self._say(place, f"found key '{key}' a second time (first in line {line}), expected each key once")
                continue
            data[key] = self._node(value_node, (*where, key))
            self.document.keys[(*where, key)] = place
        return data

    def _scalar(self, node: ScalarNode, where: Where) -> Any:
        tag = str(node.tag).rsplit(":", 1)[-1]
        if node.start_mark.line == node.end_mark.line:
            quote = 1 if node.style in ("'", '"') else 0
            if node.end_mark.column - node.start_mark.column - 2 * quote == len(node.value):
                self.document.exact[where] = quote
        try:
            match tag:
                case "null":
                    return None
                case "bool":
                    return self.scalars.construct_yaml_bool(node)
                case "int":
                    return self.scalars.construct_yaml_int(node)
                case "float":
                    return self.scalars.construct_yaml_float(node)
                case "str" | "timestamp" | "merge" | "value":
                    return node.value
        except (ValueError, OverflowError):
            return node.value
        self._say(_place(node), f"found the tag '!{tag.lstrip('!')}', expected a plain value")
        return node.value

    def _say(self, place: Place, text: str) -> None:
        self.document.errors.append(ScenarioError(self.document.file, *place, text))
