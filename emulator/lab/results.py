"""What a command gives back: lines and an exit status as in a shell, and the same as typed values for programs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class LabError(Exception):
    """The emulation cannot do what was asked of it (the clock stands, a process is gone); one line for people."""


class Interrupted(LabError):
    """A signal came for a line that waits: it waits no more."""

    def __init__(self) -> None:
        super().__init__("interrupted")


class LineError(Exception):
    """A line that is not of the language: what was found and what would be right; ``offset`` is the word's place."""

    def __init__(self, text: str, offset: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.offset = offset


@dataclass(frozen=True, slots=True)
class IoResult:
    """What became of an ``io`` command."""

    op: str
    """read, write, flush or discard."""
    ok: int
    """Those that succeeded."""
    failed: int
    errors: Mapping[str, int] = field(default_factory=dict)
    """errno name -> how often."""
    bytes: int = 0
    crc32: int = 0
    """Of the data of the successful ones, in the order of the sectors."""
    verified: bool | None = None
    """Whether what was read is what the seed says; None = not asked."""
    short: int = 0
    """Those of which the end of the device left nothing or a part."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One answer of a device."""

    op: str
    """r, w, f (flush) or d (discard)."""
    sector: int
    sectors: int
    outcome: str
    """ok or an errno name."""

    def __str__(self) -> str:
        return f"{self.op} {self.sector}+{self.sectors} {self.outcome}"


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What ``dmsetup info`` says of a device."""

    name: str
    uuid: str
    major: int
    minor: int
    state: str
    """ACTIVE or SUSPENDED."""
    live: bool
    inactive: bool
    open_count: int
    event_nr: int
    targets: int
    size: int
    """Sectors of the live table."""
    target_type: str
    devices: tuple[str, ...]
    """major:minor of each device below."""

    read_only: bool = False
    deferred_remove: bool = False
    """It goes when nobody has it open any more."""

    @property
    def state_words(self) -> str:
        """The state with what dmsetup says behind it: ``ACTIVE (READ-ONLY)``."""
        marks = " (READ-ONLY)" if self.read_only else ""
        return f"{self.state}{marks}{' (DEFERRED REMOVE)' if self.deferred_remove else ''}"

    @property
    def tables(self) -> str:
        """LIVE, INACTIVE, LIVE & INACTIVE or None."""
        words = [word for word, there in (("LIVE", self.live), ("INACTIVE", self.inactive)) if there]
        return " & ".join(words) or "None"


@dataclass(frozen=True, slots=True)
class Result:
    """What a line did.  ``rc`` None: it has not ended and goes on in the background as ``job``."""

    line: str
    rc: int | None
    out: tuple[str, ...] = ()
    err: tuple[str, ...] = ()
    value: Any = None
    """IoResult, DeviceInfo, LogEntry...: what the verb says that it gives."""
    job: str = ""
    started: bool = False
    """It was to run in the background, and does."""
    hint: str = ""
    """For a person, beside what the command itself prints: why it was refused and what would be right."""

    @property
    def ok(self) -> bool:
        """Whether it has ended with exit status 0."""
        return self.rc == 0

    @property
    def blocked(self) -> bool:
        """Whether it waits for what does not come."""
        return self.rc is None and not self.started

    @property
    def text(self) -> str:
        """All it printed."""
        return "\n".join((*self.out, *self.err))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        value = self.value
        if isinstance(value, tuple):
            value = [_plain(item) for item in value]
        return {
            "line": self.line, "rc": self.rc, "out": list(self.out), "err": list(self.err), "value": _plain(value),
            "job": self.job or None, "blocked": self.blocked, "started": self.started,
            "hint": self.hint or None,
        }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


_PAIR = re.compile(r"([A-Za-z0-9_]+)=(\S+)")
_ENTRY = re.compile(r"([rwfd]) (\d+)\+(\d+) ([^\s;]+)")


def io_result(text: str) -> IoResult:
    """The IoResult of the console machine's answer."""
    words = dict(_PAIR.findall(text))
    verified = words.get("verify")
    return IoResult(
        op=text.split()[0],
        ok=int(words["ok"]),
        failed=int(words["err"]),
        errors={name: int(count) for name, count in words.items() if name[0] == "E" or name.isdigit()},
        short=int(words.get("short", "0")),
        bytes=int(words["bytes"]),
        crc32=int(words["crc32"], 16),
        verified=None if verified is None else verified == "good",
    )


def log_entries(text: str) -> tuple[LogEntry, ...]:
    """The entries of a device's log."""
    return tuple(LogEntry(op, int(first), int(count), how) for op, first, count, how in _ENTRY.findall(text))
