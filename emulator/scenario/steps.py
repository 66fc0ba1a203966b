"""``steps`` of a scenario: console lines one after another, each with what is expected of it.  Model and plain values.

The lines themselves are checked by emulator.lab.language, which knows the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from emulator.scenario.fields import Part, expected

JOB_PATTERN = r"^(blocked|done|done rc=[0-9]+)$"
CRC_PATTERN = r"^[0-9a-f]{8}$"
_NAMED: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}


def _named(value: Any) -> Any:
    if isinstance(value, str):
        return {"": value}
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return value
    raise expected("a line, or a line for each mapped device by its name")


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise expected("a line or a list of lines")


NamedLine = Annotated[dict[str, str], BeforeValidator(_named), WithJsonSchema(_NAMED)]
OutLines = Annotated[
    tuple[str, ...], BeforeValidator(_texts),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class InfoPart(Part):
    """What dmsetup info says of a mapped device."""

    md: str | None = None
    """Its name; the only mapped device when left out."""
    state: Literal["ACTIVE", "SUSPENDED"] | None = None
    """State of the device."""
    tables: Literal["LIVE", "INACTIVE", "LIVE & INACTIVE", "None"] | None = None
    """Tables that it has."""
    open: int | None = Field(default=None, ge=0)
    """Open count."""
    event: int | None = Field(default=None, ge=0)
    """Event number."""
    targets: int | None = Field(default=None, ge=0)
    """Number of targets."""
    dev: str | None = None
    """Major, minor."""


class IoPart(Part):
    """What an io line says."""

    ok: int | None = Field(default=None, ge=0)
    """Reads or writes that succeeded."""
    failed: int | None = Field(default=None, ge=0)
    """Those that did not."""
    errors: dict[str, int] | None = None
    """How often each error came, by its name."""
    bytes: int | None = Field(default=None, ge=0)
    """Bytes that were moved."""
    crc32: Annotated[str, Field(pattern=CRC_PATTERN)] | None = None
    """Checksum of the data."""
    verified: bool | None = None
    """Whether the data were those of the seed."""


class StepPart(Part):
    """A console line and what is expected after it."""

    do: Annotated[str, Field(min_length=1)]
    """The line, as in dmtui console."""
    rc: int | Literal["blocked", "any"] | None = None
    """Exit status; 'blocked' = it does not end; 0 when left out (of a line that is not in the background)."""
    out: OutLines | None = None
    """All that it prints on standard output."""
    err: OutLines | None = None
    """All that it prints on standard error."""
    table: NamedLine | None = None
    """dmsetup table afterwards."""
    status: NamedLine | None = None
    """dmsetup status afterwards."""
    info: InfoPart | None = None
    """dmsetup info afterwards."""
    io: IoPart | None = None
    """What the io line says."""
    log: dict[str, str] | None = None
    """What reached each device since its log was last asked: 'r 0+8 ok;w 8+8 EIO'."""
    jobs: dict[str, Annotated[str, Field(pattern=JOB_PATTERN)]] | None = None
    """How lines in the background stand afterwards: blocked, done, or done rc=N."""


@dataclass(frozen=True, slots=True)
class LineStep:
    """A step of which everything was checked; "" as a device's name = the only one."""

    line: str
    rc: int | str | None = None
    out: tuple[str, ...] | None = None
    err: tuple[str, ...] | None = None
    table: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    io: Mapping[str, Any] = field(default_factory=dict)
    log: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)


def line_step(part: StepPart) -> LineStep:
    """The plain values of *part*."""
    return LineStep(
        part.do, part.rc, part.out, part.err, part.table or {}, part.status or {},
        {} if part.info is None else part.info.model_dump(exclude_none=True),
        {} if part.io is None else part.io.model_dump(exclude_none=True), part.log or {}, part.jobs or {},
    )
