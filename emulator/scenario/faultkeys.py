"""Fault entries by the registry of fault types: which keys a type adds, what they may say, and the spec they make.

Nothing here knows a type: a new file in emulator.device.faults brings its keys into scenarios and into the schema.
"""

from __future__ import annotations

from typing import Any

from emulator.block.errors import errno_of
from emulator.device.faults import FAULTS
from emulator.faultset import Param
from emulator.plan import FaultSpec
from emulator.scenario import units
from emulator.scenario.errors import nearest, one_of, shown
from emulator.scenario.fields import DISTRIBUTION_SCHEMA, TIME_SCHEMA
from emulator.scenario.model import FaultPart

_KINDS = {"device": "a device", "softirq": "the softirq worker", "md": "a mapped device"}


def own_keys() -> list[str]:
    """The keys that every fault has."""
    return [info.alias or name for name, info in FaultPart.model_fields.items()]


def parameter_names() -> set[str]:
    """Keys that some fault type adds."""
    return {name for fault in FAULTS.values() for name in fault.params}


def check_fault(fault: FaultPart, kind: str | None) -> list[tuple[str, str]]:
    """(key, what is wrong with it) of a fault on a target of *kind* (None = not known)."""
    found = FAULTS.get(fault.type)
    if found is None:
        near = nearest(fault.type, FAULTS)
        return [("type", f"found {shown(fault.type)}, expected a type of fault: {one_of(sorted(FAULTS), 40)}{near}")]
    wrong: list[tuple[str, str]] = []
    if kind is not None and kind not in found.targets:
        fits = " or ".join(_KINDS[target] for target in sorted(found.targets))
        wrong.append(("target", f"found {shown(fault.target)} ({_KINDS[kind]}), expected {fits} for '{fault.type}'"))
    for key, value in (fault.model_extra or {}).items():
        if key not in found.params:
            valid = [*found.params, *own_keys()]
            said = f"found unknown key '{key}', expected {one_of(valid, 40)}{nearest(key, valid)}"
            wrong.append((key, said))
            continue
        try:
            _value(found.params[key], value)
        except ValueError as error:
            wrong.append((key, f"found {shown(value)}, expected {error}"))
    return wrong


def _value(param: Param, value: Any) -> int | float | str:
    """*value* as a FaultSpec carries it.  Raises ValueError with what was expected."""
    match param.kind:
        case "errno":
            return _errno(value)
        case "time":
            return units.whole_us(value)
        case "distribution":
            read = units.distribution(value)
            second = f" {read.b:g}" if read.kind in ("uniform", "lognormal") else ""
            return f"{read.kind} {read.a!r}{second}"
        case "choice":
            if value not in param.choices:
                raise ValueError(one_of(param.choices) + nearest(str(value), param.choices))
            return str(value)
        case "sectors" if isinstance(value, str):
            return units.size_sectors(value)
        case "float":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError("a number")
            return float(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value > 2**53:
        raise ValueError("a number of sectors, or a size with a unit" if param.kind == "sectors" else "a whole number")
    return value


def _errno(value: Any) -> int:
    words = "an errno or blk_status name, such as EIO or TRANSPORT"
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(words)
    try:
        return errno_of(str(value))
    except ValueError as error:
        near = str(error).rpartition("(nearest: ")[2].rstrip(")") if "(nearest: " in str(error) else ""
        raise ValueError(words + (f" (did you mean '{near}'?)" if near else "")) from None


def fault_spec(fault: FaultPart) -> FaultSpec:
    """The spec of a fault that :func:`check_fault` found nothing wrong with."""
    params = FAULTS[fault.type].params
    return FaultSpec(
        name=fault.name,
        type=fault.type,
        target=fault.target,
        op=fault.op,
        sector=fault.range.sector if fault.range else 0,
        sectors=fault.range.sectors if fault.range else 0,
        nth=fault.nth,
        every=fault.every,
        probability=fault.probability,
        times=fault.times,
        duration=fault.lasts,
        params=tuple((key, _value(params[key], value)) for key, value in (fault.model_extra or {}).items()),
    )


def _schema_of(param: Param) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "errno": {"type": ["string", "integer"]},
        "time": TIME_SCHEMA,
        "distribution": DISTRIBUTION_SCHEMA,
        "choice": {"enum": list(param.choices)},
        "float": {"type": "number"},
        "int": {"type": "integer", "minimum": 0},
        "sectors": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": units.SIZE_PATTERN}]},
    }
    return {**kinds[param.kind], "description": f"{param.about} (default {param.default})"}


def extend_schema(fault: dict[str, Any]) -> None:
    """Put the types and their keys into the schema of a fault entry."""
    fault["properties"]["type"] = {
        "description": "Type of fault.",
        "oneOf": [{"const": name, "description": found.about} for name, found in sorted(FAULTS.items())],
    }
    fault["additionalProperties"] = False
    for found in FAULTS.values():
        for name in found.params:
            fault["properties"].setdefault(name, {})
    fault["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}},
            "then": {
                "properties": {
                    key: _schema_of(found.params[key]) if key in found.params else False
                    for key in sorted(parameter_names())
                }
            },
        }
        for name, found in sorted(FAULTS.items())
    ]
