"""How the end of a process is told: what it means in the emulated world, and how it came (supervisor's side)."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.runtime.api import MachineKind
from emulator.runtime.supervisor import Exited

MEANING: Mapping[MachineKind, str] = {
    "md": "the mapped device is gone",
    "softirq": "nobody completes requests any more",
    "submitter": "the application is gone",
    "device": "the device vanished",
    "lun": "the LUN vanished",
    "multipathd": "nobody checks paths any more",
}


def how(item: Exited) -> str:
    """``was ended by signal 9``, with its last words."""
    said = f"was ended by signal {-item.status}" if item.status < 0 else f"ended with status {item.status}"
    return f"{said} ({item.words})" if item.words else said


def why_it_ends(item: Exited, started: bool, console: str = "") -> str:
    """Why the emulation cannot go on without what has ended; *console* is who reads and writes for console lines."""
    child = item.child
    meaning = MEANING[child.kind] if child.name != console else "nobody reads and writes for the console any more"
    where = f"; see {child.words_file}" if item.status > 0 else ""
    who = f"{child.name} ({child.kind}, pid {item.pid})"
    return f"{who} {how(item)}: {meaning}{where}" if started else f"{who} {how(item)} before the start"
