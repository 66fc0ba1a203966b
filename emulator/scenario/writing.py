"""A scenario's file with more entries in its timeline: every byte that was there stays.  Used to save what was done.

The entries are put where the list ends, in its own indentation; the parser says where that is.  Only a file whose
timeline is written in brackets, or that is JSON, is written anew (ruamel keeps its comments and its order).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import LiteralScalarString

from emulator.scenario.errors import ScenarioError, ScenarioErrors
from emulator.scenario.loader import Scenario, load_text
from emulator.scenario.saying import time_words

NAME_MOST = 32
"""Letters of a scenario's name at the most."""
WIDTH = 110
"""Characters of a line before it is folded."""
_STEP_US = 1_000
"""A longer duration is a whole number of these."""

Entry = Mapping[str, Any]
"""An entry of a timeline, plain."""


def with_entries(scenario: Scenario, entries: Sequence[Entry], now_us: int) -> str:
    """The text of *scenario* with *entries* behind those of its timeline.

    It lasts as long as it did, or until *now_us* if one of them comes later; so does a story that has nothing more to
    come then, and of whose end nothing is expected.  Without entries it is the text itself.
    Raises ScenarioErrors if it came from no file, or if what comes out is no scenario (too many entries).
    """
    source = scenario.source
    if not source:
        raise ScenarioErrors([ScenarioError(scenario.file or scenario.name, 0, 0, "found no text that it came from")])
    if not entries:
        return source
    last_us = max(entry["at"] for entry in entries)
    duration_us = scenario.plan.duration
    if last_us >= duration_us or _is_over(scenario, max(now_us, last_us)):
        duration_us = (max(now_us, last_us) // _STEP_US + 1) * _STEP_US
    wanted = None if duration_us == scenario.plan.duration else time_words(duration_us)
    text = _inserted(source, entries, wanted)
    if text is None or not _adds(text, scenario, len(entries)):
        text = _written_anew(source, entries, wanted)
    load_text(text, scenario.file)
    return text


def _is_over(scenario: Scenario, at_us: int) -> bool:
    """Whether nothing but the load goes on from then on, and nothing is expected of it."""
    times = [*(step.at_us for step in scenario.timeline), *(spec.start for spec in scenario.plan.submitters)]
    over = all(each is not None and each <= at_us for each in times)
    return over and not scenario.expectations and not scenario.steps


def _adds(text: str, scenario: Scenario, count: int) -> bool:
    """Whether *text* is a scenario with so many entries more."""
    try:
        found = load_text(text, scenario.file)
    except ScenarioErrors:
        return False
    return len(found.timeline) == len(scenario.timeline) + count and found.plan.devices == scenario.plan.devices


def name_for(stem: str) -> str:
    """The name of a scenario whose file has that name without its suffix: what no name can hold becomes ``-``."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")
    return (name if name[:1].isalpha() else f"s-{name}")[:NAME_MOST].rstrip("-")


def with_name(text: str, name: str) -> str:
    """The text of a scenario under another name; every other byte stays where it is written as lines."""
    root = YAML(typ="safe", pure=True).compose(text)
    value = next((value for key, value in root.value if key.value == "name"), None) if root is not None else None
    if value is None or not isinstance(value, ScalarNode) or value.value == name:
        return text
    plain = YAML(typ="safe", pure=True).load(name) == name  # "null" is none
    quote = value.style if value.style in ("'", '"') else "" if plain else '"'
    return f"{text[: value.start_mark.index]}{quote}{name}{quote}{text[value.end_mark.index :]}"


# -- in place ------------------------------------------------------------------------------------------------


def _inserted(source: str, entries: Sequence[Entry], duration: str | None) -> str | None:
    """*source* with the entries put in, None if there is no place for lines of their own."""
    root = YAML(typ="safe", pure=True).compose(source)
    if not isinstance(root, MappingNode) or root.flow_style:
        return None
    nodes = {key.value: (key, value) for key, value in root.value if isinstance(key, ScalarNode)}
    newline = "\r\n" if "\r\n" in source else "\n"
    edits: list[tuple[int, int, str]] = []
    if "timeline" in nodes:
        value = nodes["timeline"][1]
        if not isinstance(value, SequenceNode) or value.flow_style or not value.value:
            return None
        at, indent = _end_of_line(source, _last_index(value)), value.start_mark.column
        text = entries_text(entries, indent)
        edits.append((at, at, text if source[at - 1 : at] == "\n" else newline + text))
    else:
        text = f"timeline:\n{entries_text(entries, 2)}"
        edits.append((len(source), len(source), ("\n" if source.endswith("\n") else "\n\n") + text))
    if duration is not None:
        edits.append(_duration_edit(nodes, duration))
    for start, end, text in sorted(edits, reverse=True):
        lines = text.replace("\r\n", "\n").replace("\n", newline)
        source = source[:start] + lines + source[end:]
    return source


def _duration_edit(nodes: Mapping[str, tuple[Node, Node]], duration: str) -> tuple[int, int, str]:
    if "duration" in nodes:
        value = nodes["duration"][1]
        return value.start_mark.index, value.end_mark.index, duration
    at = nodes["luns"][0].start_mark.index
    return at, at, f"duration: {duration}\n"


def _last_index(node: Node) -> int:
    """Where the last value of *node* ends."""
    if isinstance(node, SequenceNode | MappingNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_index(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _end_of_line(source: str, index: int) -> int:
    """Behind the end of the line in which a value ends at *index*; a block of text ends before the next line."""
    if index and source[index - 1] == "\n":
        return index
    at = source.find("\n", index)
    return len(source) if at < 0 else at + 1


def entries_text(entries: Sequence[Entry], indent: int = 2) -> str:
    """*entries* as lines of a timeline, *indent* blanks before each."""
    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=2, offset=0)
    stream = StringIO()
    yaml.dump(CommentedSeq(_block(entry) for entry in entries), stream)
    return "".join(" " * indent + line if line.strip() else line for line in stream.getvalue().splitlines(True))


def _block(entry: Entry) -> CommentedMap:
    block = CommentedMap()
    for key, value in entry.items():
        if key == "at":
            block[key] = time_words(value) if value else 0
        elif isinstance(value, str) and "\n" in value:
            block[key] = LiteralScalarString(value)
        else:
            block[key] = _flow(value)
    return block


def _flow(value: Any) -> Any:
    if isinstance(value, Mapping):
        found = CommentedMap((key, _flow(part)) for key, part in value.items())
        found.fa.set_flow_style()
        return found
    if isinstance(value, list):
        items = CommentedSeq(map(_flow, value))
        items.fa.set_flow_style()
        return items
    return value


# -- anew ----------------------------------------------------------------------------------------------------


def _written_anew(source: str, entries: Sequence[Entry], duration: str | None) -> str:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.load(source)
    timeline = data.get("timeline")
    if not timeline:
        timeline = data["timeline"] = CommentedSeq()
    timeline.extend(_block(entry) for entry in entries)
    if duration is not None:
        data["duration"] = duration
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def entry_of(at_us: int, action: Mapping[str, Any], answer: str = "ok") -> dict[str, Any]:
    """An entry at a time; ``answer: ok`` goes without saying."""
    return {"at": at_us, **action} | ({} if answer == "ok" else {"answer": answer})
