"""The fault dialog's fields as text, read into a FaultSpec by the rules of a scenario (UI thread, no Textual)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from emulator.block.errors import errno_name
from emulator.device.faults import FAULTS
from emulator.faultset import Param
from emulator.plan import FaultSpec
from emulator.scenario import units
from emulator.scenario.errors import shown
from emulator.scenario.faultkeys import check_fault, fault_spec
from emulator.scenario.model import FaultPart


@dataclass(frozen=True, slots=True)
class Field:
    """A field that every fault has."""

    key: str
    default: str
    about: str
    expected: str


FIELDS: tuple[Field, ...] = (
    Field("name", "", "how clear and the log call it", "a name: letters, digits, _ and -, not beginning with a digit"),
    Field("op", "any", "any, read, write, flush or discard", "one of any, read, write, flush, discard"),
    Field("sector", "0", "first sector it matches", "a whole number from 0"),
    Field("length", "0", "sectors it matches; 0 = whole device", "a whole number from 0"),
    Field("nth", "0", "only the n-th match; 0 = all", "a whole number from 0"),
    Field("every", "0", "every n-th match; 0 = all", "a whole number from 0"),
    Field("probability", "1", "0 to 1", "a number from 0 to 1"),
    Field("times", "0", "fires at most so often; 0 = no limit", "a whole number from 0"),
    Field("for", "0", "cleared after, e.g. 500ms; 0 = stays", units.TIME_WORDS),
)
"""In the order of the dialog."""

_EXPECTED = {field.key: field.expected for field in FIELDS}


def types_for(kind: str) -> list[str]:
    """Fault types that a target of this kind can have."""
    return [name for name, fault in sorted(FAULTS.items()) if kind in fault.targets and name != "noop"]


def about(type_name: str) -> str:
    """What a type does."""
    return FAULTS[type_name].about


def parameters(type_name: str) -> Mapping[str, Param]:
    """The type's own parameters."""
    return FAULTS[type_name].params


def default_text(param: Param) -> str:
    """A parameter's default as a person would write it."""
    if param.kind == "errno":
        return errno_name(int(param.default))
    if param.kind == "time":
        return units.time_text(float(param.default))
    if param.kind == "distribution":
        kind, _, rest = str(param.default).partition(" ")
        numbers = [units.time_text(float(word)) for word in rest.split()]
        return numbers[0] if kind == "fixed" else f"{{{kind}: {numbers[0] if len(numbers) == 1 else numbers}}}"
    return str(param.default)


def read(texts: Mapping[str, str], type_name: str, target: str, kind: str) -> FaultSpec | dict[str, str]:
    """The spec that the texts describe, or what is wrong with each field."""
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {"type": type_name, "target": target, "name": texts.get("name", "").strip() or type_name}
    for key, text in texts.items():
        if key == "name" or not text.strip():
            continue
        try:
            values[key] = _scalar(text.strip())
        except YAMLError:
            wrong[key] = f"found {shown(text)}, expected {_EXPECTED.get(key, 'a value')}"
    if "probability" in values and isinstance(values["probability"], int):
        values["probability"] = float(values["probability"])
    sector, length = values.pop("sector", 0), values.pop("length", 0)
    if length:
        values["range"] = {"sector": sector, "sectors": length}
    elif sector:
        wrong["length"] = "expected how many sectors, at least 1, as there is a first one"
    return _check(values, wrong, kind)


def _check(values: dict[str, Any], wrong: dict[str, str], kind: str) -> FaultSpec | dict[str, str]:
    try:
        part = FaultPart.model_validate(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = str(detail["loc"][-1]) if detail["loc"] else "name"
            if detail["loc"][:1] == ("range",):
                key = "length" if key == "sectors" else "sector"
            wrong[key] = f"found {shown(detail['input'])}, expected {_EXPECTED.get(key, detail['msg'])}"
        return wrong
    for key, problem in check_fault(part, kind):
        wrong[key] = problem
    return wrong or fault_spec(part)


@cache
def _yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def _scalar(text: str) -> Any:
    return _yaml().load(text)
