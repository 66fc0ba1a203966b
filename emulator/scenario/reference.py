"""docs/scenarios.md: every key of a scenario, made from the model, so that none is missing and no default is wrong.

Run by whoever changed the model: ``python -m emulator.scenario.reference > docs/scenarios.md``.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from emulator.block.errors import errno_name
from emulator.device.faults import FAULTS
from emulator.faultset import Param
from emulator.scenario import units
from emulator.scenario.model import (
    AnchorPart,
    FaultPart,
    LoadPart,
    MdPathPart,
    MessagePart,
    RangePart,
    ResumePart,
    ScenarioPart,
    SuspendPart,
    TargetPart,
    TimelinePart,
)
from emulator.scenario.multipathd import MultipathdPart, MultipathPart
from emulator.scenario.steps import InfoPart, IoPart, StepPart
from emulator.scenario.topology import (
    BlockSizePart,
    DevicePart,
    LimitsPart,
    LunPart,
    MdPart,
    SoftirqPart,
    SubmitterPart,
)

SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("A scenario", ScenarioPart), ("`luns`", LunPart), ("`devices`", DevicePart),
    ("`limits` of a device or a mapped device", LimitsPart), ("`mds`", MdPart), ("`softirq`", SoftirqPart),
    ("`submitters`", SubmitterPart), ("`block_sizes` of a submitter", BlockSizePart),
    ("`faults`, and `inject` of a timeline", FaultPart), ("`range` of a fault", RangePart),
    ("`multipathd`", MultipathdPart), ("`multipaths` of multipathd", MultipathPart), ("`timeline`", TimelinePart),
    ("`after` of a timeline entry", AnchorPart), ("`clear`, `release`", TargetPart),
    ("`fail_path`, `reinstate_path`", MdPathPart), ("`message`", MessagePart), ("`suspend`", SuspendPart),
    ("`resume`", ResumePart), ("`load`", LoadPart), ("`steps`", StepPart), ("`info` of a step", InfoPart),
    ("`io` of a step", IoPart),
)
_HEAD = """# The keys of a scenario

Every key that a scenario file may have, for those who write one. A key without a default is required; *left out* is the
default of one that need not be there. Times and sizes are written with a unit: `250us`, `40ms`, `3s`; `512B`, `4KiB`,
`1GiB`, `8 sectors`. A distribution is a time, or `{fixed: 200us}`, `{uniform: [100us, 300us]}`,
`{exponential: 200us}` or `{lognormal: {median: 250us, sigma: 0.3}}`.

`dmtui validate FILE` says what is wrong, with place and line; `dmtui schema` prints the same
as a JSON Schema; `dmtui scenarios --names` lists what an expectation can name.
"""


def reference() -> str:
    """The whole document."""
    parts = [_HEAD]
    for title, part in SECTIONS:
        schema = part.model_json_schema()
        about = (part.__doc__ or "").strip()
        told = {field.alias or name: field.description or "" for name, field in part.model_fields.items()}
        rows = [
            _row(name, told[name], value, name in schema.get("required", ()))
            for name, value in schema["properties"].items()
        ]
        parts.append(f"## {title}\n\n{about}\n\n| key | value | default | |\n|---|---|---|---|\n" + "".join(rows))
    return "\n".join(parts) + "\n" + _fault_keys()


def _row(name: str, told: str, value: dict[str, Any], required: bool) -> str:
    about = " ".join(told.split()).replace("|", "\\|")
    return f"| `{name}` | {_words(value)} | {'' if required else _default(value.get('default'))} | {about} |\n"


def _default(value: Any) -> str:
    if value is None or isinstance(value, dict) or value in ("", []):
        return "*left out*"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _words(value: dict[str, Any]) -> str:
    """What kind of value it is."""
    if "enum" in value:
        return ", ".join(f"`{word}`" if word != "" else '`""`' for word in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if "anyOf" in value:
        kinds = dict.fromkeys(_words(each) for each in value["anyOf"] if each.get("type") != "null")
        return " or ".join(kind for kind in kinds if kind != "`0`" or len(kinds) == 1)
    if "$ref" in value or value.get("type") == "object":
        return "distribution" if "lognormal" in str(value) else "mapping"
    if value.get("type") == "array":
        return f"list of {_words(value.get('items', {}))}"
    return _plain(value)


def _plain(value: dict[str, Any]) -> str:
    named = {units.TIME_PATTERN: "time", units.SIZE_PATTERN: "size"}
    word = named.get(value.get("pattern", ""), {"boolean": "yes or no"}.get(value.get("type", ""), ""))
    word = word or {"integer": "whole number", "number": "number"}.get(value.get("type", ""), "text")
    least = value.get("minimum", value.get("exclusiveMinimum"))
    if least is None:
        return word
    most = f" to {value['maximum']:g}" if "maximum" in value and value["maximum"] < 1 << 40 else ""
    return f"{word} {'more than' if 'exclusiveMinimum' in value else 'from'} {least:g}{most}"


def _usual(param: Param) -> str:
    """The default as a person writes it."""
    if param.kind == "errno":
        return errno_name(int(param.default))
    if param.kind == "time":
        return units.time_text(int(param.default))
    word, _, time = str(param.default).partition(" ")
    return units.time_text(int(time)) if word == "fixed" and time.isdigit() else str(param.default)


def _fault_keys() -> str:
    """The keys that a type of fault adds."""
    rows = ""
    for name, kind in sorted(FAULTS.items()):
        keys = [f"`{key}`: {param.about} ({_usual(param)})" for key, param in kind.params.items()]
        rows += f"| `{name}` | {'; '.join(keys).replace('|', chr(92) + '|')} |\n"
    return f"## Keys of each type of fault\n\n| type | its own keys (default) |\n|---|---|\n{rows}"


if __name__ == "__main__":
    print(reference(), end="")
