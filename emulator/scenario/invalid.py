"""pydantic's errors in our words: what was found, what was expected, the nearest valid key; used by the loader."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from emulator.scenario.document import Document, Where
from emulator.scenario.errors import ScenarioError, nearest, one_of, shown
from emulator.scenario.faultkeys import parameter_names
from emulator.scenario.fields import DEV_PATTERN, NAME_PATTERN, Part
from emulator.scenario.model import ExpectPart, FaultPart, ScenarioPart
from emulator.scenario.steps import CRC_PATTERN, JOB_PATTERN

_PATTERNS = {
    NAME_PATTERN: "a name (letters, digits, _ and -, not beginning with a digit)",
    DEV_PATTERN: "major:minor, such as 8:16",
    r"^[0-9]+:[0-9]+:[0-9]+:[0-9]+$": "host:channel:id:lun, such as 2:0:0:1",
    JOB_PATTERN: "blocked, done or 'done rc=N'",
    CRC_PATTERN: "eight hexadecimal digits in quotes, such as 'dfaad54f'",
}
_PLAIN = {
    "int_type": "a whole number", "int_from_float": "a whole number", "int_parsing": "a whole number",
    "int_parsing_size": "a smaller whole number", "float_type": "a number", "finite_number": "a finite number",
    "bool_type": "true or false", "string_type": "a text", "tuple_type": "a list", "list_type": "a list",
}


def part_at(where: Where) -> type[Part] | None:
    """The model of the mapping at *where*; None if there is none."""
    here: Any = ScenarioPart
    for step in where:
        here = bare(here)
        if isinstance(step, int):
            if get_origin(here) is not tuple:
                return None
            here = get_args(here)[0]
        elif isinstance(here, type) and issubclass(here, Part):
            named = {info.alias or name: info.annotation for name, info in here.model_fields.items()}
            if step not in named:
                return None
            here = named[step]
        else:
            return None
    here = bare(here)
    return here if isinstance(here, type) and issubclass(here, Part) else None


def bare(hint: Any) -> Any:
    """*hint* without Annotated and without ``| None``."""
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint = get_args(hint)[0]
        elif origin in (Union, types.UnionType):
            hint = next(arg for arg in get_args(hint) if arg is not type(None))
        else:
            return hint


def keys_of(part: type[Part]) -> list[str]:
    """The keys that a mapping of *part* may have, as people write them."""
    keys = [info.alias or name for name, info in part.model_fields.items()]
    return keys + sorted(parameter_names()) if part is FaultPart else keys


def explain(document: Document, error: ValidationError) -> list[ScenarioError]:
    """Each of pydantic's errors as a line of ours."""
    said = []
    for detail in error.errors(include_url=False):
        where: Where = tuple(detail["loc"])
        kind, found = detail["type"], detail["input"]
        if kind == "too_short" and isinstance(found, list) and len(found) >= detail["ctx"]["min_length"]:
            continue  # its items are wrong, and each of them is reported
        if kind == "missing":
            said.append(document.error(where[:-1], _missing(where), key=False))
        elif kind == "extra_forbidden":
            said.append(document.error(where, _unknown_key(where), key=True))
        else:
            said.append(document.error(where, f"found {shown(found)}, expected {_wanted(detail, where)}"))
    return said


def _missing(where: Where) -> str:
    part = part_at(where[:-1])
    key = str(where[-1])
    fields = part.model_fields if part else {}
    field = next((info for name, info in fields.items() if (info.alias or name) == key), None)
    about = f" ({field.description.rstrip('.')})" if field is not None and field.description else ""
    return f"found no key '{key}', expected '{key}:'{about}"


def _unknown_key(where: Where) -> str:
    part = part_at(where[:-1]) or Part
    valid = keys_of(part)
    near = nearest(str(where[-1]), valid)
    return f"found unknown key '{where[-1]}', expected {one_of(valid, 40)}{near}"


def _wanted(detail: ErrorDetails, where: Where) -> str:
    kind, context, found = detail["type"], detail.get("ctx", {}), detail["input"]
    match kind:
        case "expected":
            return str(context["words"])
        case "literal_error":
            valid = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
            return one_of(valid) + (nearest(found, valid) if isinstance(found, str) else "")
        case "greater_than_equal":
            return f"at least {context['ge']:g}"
        case "less_than_equal":
            return f"at most {context['le']:g}"
        case "greater_than":
            return f"more than {context['gt']:g}"
        case "string_pattern_mismatch":
            return _PATTERNS.get(str(context["pattern"]), f"text like {context['pattern']}")
        case "string_too_long" | "too_long":
            return f"at most {context['max_length']} {'characters' if kind[0] == 's' else 'items'}"
        case "string_too_short":
            return "a text that is not empty"
        case "too_short":
            return "at least one item"
        case "model_type" | "dict_type" | "model_attributes_type":
            part = part_at(where)
            return "a mapping" + (f" with {one_of(keys_of(part))}" if part not in (None, ExpectPart) and part else "")
    return _PLAIN.get(kind, str(detail["msg"]))
