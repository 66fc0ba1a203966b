"""Reading and checking config.yaml; YAML as the scenarios are, since its parser says line and column of every value.

Every mistake is one line: file, line, column, what was found, what would be right.  A wrong file starts nothing.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from dmtui.config.keys import KEY_WORDS, clashes, unknown_key
from dmtui.config.settings import Settings
from dmtui.keymap import HINTS
from emulator.scenario.document import Document, Where, parse_document
from emulator.scenario.errors import ScenarioError, ScenarioErrors, nearest, one_of, shown

_ADAPTER: TypeAdapter[Settings] = TypeAdapter(Settings)
_FIELDS = tuple(Settings.__dataclass_fields__)
_PLAIN = {
    "int_type": "a whole number", "int_from_float": "a whole number", "bool_type": "true or false",
    "string_type": "a text", "dict_type": "a mapping of actions to keys",
}


def read_settings(path: Path) -> Settings:
    """The settings in *path*; the defaults when there is no such file.  Raises ScenarioErrors, a line each."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise ScenarioErrors([ScenarioError(str(path), 0, 0, f"cannot be read: {error.strerror}")]) from None
    return parse_settings(raw, str(path))


def parse_settings(raw: bytes, name: str) -> Settings:
    """The settings in *raw*, called *name* in errors.  Raises ScenarioErrors."""
    if not any(line.split(b"#")[0].strip() for line in raw.splitlines()):
        return Settings()  # all of it commented out: nothing is preferred
    document = _document(raw, name)
    errors = list(document.errors)
    settings = Settings()
    try:
        # As JSON: exact types there still let a mapping stand for the dataclass.
        settings = _ADAPTER.validate_json(json.dumps(document.data))
    except ValidationError as error:
        errors += [_explain(document, detail) for detail in error.errors(include_url=False)]
    keys = document.data.get("keys")
    errors += _key_errors(document, keys if isinstance(keys, dict) else {})
    if errors:
        raise ScenarioErrors(errors)
    return settings


def _document(raw: bytes, name: str) -> Document:
    """The parsed file; what the parser of scenarios says about a scenario is said about a configuration."""
    try:
        return parse_document(raw, name)
    except ScenarioErrors as errors:
        raise ScenarioErrors(
            dataclasses.replace(error, text=error.text.replace(" with at least 'name'", "").replace(*_OURS))
            for error in errors.errors
        ) from None


_OURS = ("scenario", "configuration")


def _explain(document: Document, detail: ErrorDetails) -> ScenarioError:
    where: Where = tuple(detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "unexpected_keyword_argument":
        near = nearest(str(where[-1]), _FIELDS)
        return document.error(where, f"found unknown key '{where[-1]}', expected {one_of(_FIELDS)}{near}", key=True)
    found = detail["input"]
    match kind:
        case "literal_error":
            valid = _choices(str(where[0]))
            wanted = one_of(valid) + (nearest(found, valid) if isinstance(found, str) else "")
        case "greater_than_equal":
            wanted = f"at least {context['ge']}"
        case "less_than_equal":
            wanted = f"at most {context['le']}"
        case _:
            wanted = _PLAIN.get(kind, "a text that is neither empty nor endless" if "string" in kind else detail["msg"])
    return document.error(where, f"found {shown(found)}, expected {wanted}")


def _choices(field: str) -> tuple[str, ...]:
    """The words that a field with a choice takes."""
    hint: Any = typing.get_type_hints(Settings)[field]
    literal = next((arg for arg in get_args(hint) if get_args(arg)), hint)
    return tuple(str(word) for word in get_args(literal))


def _key_errors(document: Document, keys: Mapping[Any, Any]) -> list[ScenarioError]:
    actions = [hint.id for hint in HINTS]
    errors = []
    wrong = False
    for action, words in keys.items():
        where: Where = ("keys", action)
        if action not in actions:
            said = f"found unknown action '{action}', expected {one_of(actions, 8)}{nearest(str(action), actions)}"
            errors.append(document.error(where, said, key=True))
            wrong = True
        elif isinstance(words, str):
            for word in words.split(","):
                near = unknown_key(word.strip())
                if near is not None:
                    errors.append(document.error(where, f"found key {word.strip()!r}, expected {KEY_WORDS}{near}"))
                    wrong = True
        else:
            wrong = True
    if not wrong:
        for action, key, other in clashes(keys):
            said = f"found key '{key}' for {action}, but it is {other}'s too: expected another key for one of them"
            errors.append(document.error(("keys", action), said))
    return errors


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of config.yaml."""
    schema = _ADAPTER.json_schema()
    schema["properties"]["keys"] = schema["properties"]["keys"] | {
        "propertyNames": {"enum": [hint.id for hint in HINTS]}
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def description(field: str) -> str:
    """What a field is for, in one line."""
    return " ".join(str(_ADAPTER.json_schema()["properties"][field].get("description", "")).split())
