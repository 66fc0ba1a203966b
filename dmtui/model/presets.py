"""Common faults by their names in the field, ready for the dialog; a person's own are kept beside the state (pure but
for reading and writing that file).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dmtui.files import write_whole

EVERY = "every device"
"""In place of a target: all underlying devices."""
OWN_MOST = 100
"""Presets of a person's own.  Policy: the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What the dialog is filled with."""

    name: str
    about: str
    kind: str
    """Kind of target: device, softirq or md."""
    type: str
    texts: Mapping[str, str] = field(default_factory=dict)
    """Fields and parameters by name, as a person would type them."""
    everywhere: bool = False
    """On every device: what the LUN or the array does shows on all paths."""


PRESETS: tuple[Preset, ...] = (
    Preset("cable cut", "every request on the path ends with a transport error", "device", "error",
           {"name": "cable-cut", "errno": "TRANSPORT"}),
    Preset("silent black hole", "requests vanish without an answer", "device", "stall", {"name": "black-hole"}),
    Preset("slow path", "15 to 25 ms more for each request", "device", "latency",
           {"name": "congested", "add": "{uniform: [15ms, 25ms]}"}),
    Preset("flapping path", "gone for 400 ms, once each time", "device", "error",
           {"name": "loose", "errno": "TRANSPORT", "for": "400ms"}),
    Preset("marginal path", "every fourth request times out", "device", "error",
           {"name": "tired", "errno": "ETIMEDOUT", "probability": "0.25"}),
    Preset("medium error", "reads of some sectors fail on all paths: the disk, not the path", "device", "error",
           {"name": "scratch", "errno": "MEDIUM", "op": "read", "sector": "4096", "length": "2048"}, True),
    Preset("reservation conflict", "writes fail on all paths: another host has reserved the LUN", "device", "error",
           {"name": "reserved", "errno": "EBADE", "op": "write"}, True),
    Preset("busy path", "the path's queue is full", "device", "busy", {"name": "queue-full"}),
    Preset("busy array", "every path says busy: requests wait and merge in the md queue", "device", "busy",
           {"name": "array-full"}, True),
    Preset("lost writes", "writes succeed and never reach the medium", "device", "drop_writes", {"name": "liar"}),
    Preset("softirq stalled", "nobody completes requests", "softirq", "softirq_stalled", {"name": "stalled"}),
    Preset("softirq slow", "each completion takes 1 ms", "softirq", "softirq_slow",
           {"name": "slow-softirq", "each": "1ms"}),
    Preset("clones short", "every second allocation of a clone fails", "md", "clone_alloc",
           {"name": "no-memory", "every": "2"}),
)
"""Those that come with the program."""


def read_own(path: Path | None) -> tuple[list[Preset], str]:
    """A person's own presets, and one line about why some were left out."""
    if path is None:
        return [], ""
    try:
        data = json.loads(path.read_bytes())
        return [_preset(each) for each in data], ""
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a list of presets"
        return [], f"your own presets are left out: {reason} ({path})"


def _preset(data: Any) -> Preset:
    texts = {str(key): str(value) for key, value in data["texts"].items()}
    return Preset(str(data["name"]), "your own", str(data["kind"]), str(data["type"]), texts, bool(data["everywhere"]))


def keep_own(path: Path, preset: Preset) -> str:
    """Add *preset*, in place of one of its name; one line about why it could not be kept, or ""."""
    kept, complaint = read_own(path)
    if complaint:
        return complaint
    kept = [*(each for each in kept if each.name != preset.name), preset][-OWN_MOST:]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps([asdict(each) for each in kept], indent=1), replace=True)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return ""
