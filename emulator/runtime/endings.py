"""How the end of a process is told: what it means in the emulated world, and how it came (supervisor's side)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.plan import Plan
from emulator.runtime.api import MachineKind

if TYPE_CHECKING:
    from emulator.runtime.supervisor import Exited

MEANING: Mapping[MachineKind, str] = {
    "md": "the mapped device is gone",
    "softirq": "nobody completes requests any more",
    "submitter": "the application is gone",
    "device": "the device vanished",
    "lun": "the LUN vanished",
    "multipathd": "nobody checks paths any more",
}


SURVIVABLE: frozenset[MachineKind] = frozenset({"device", "lun", "multipathd"})
"""Machines whose end is an incident of the emulated world, and that can be started again."""


def is_needed(plan: Plan, name: str, kind: MachineKind) -> bool:
    """Whether the end of machine *name* is that of the emulation.

    That of the console machine is not: it is the helper that ``io`` lines are for, and none of the scenario's load
    comes from it.  What it submitted ends in the md, and nobody is there to be told.
    """
    return kind not in SURVIVABLE and name != plan.console


def how(item: Exited) -> str:
    """``was ended by signal 9``, with its last words."""
    said = f"was ended by signal {-item.status}" if item.status < 0 else f"ended with status {item.status}"
    return f"{said} ({item.words})" if item.words else said


def why_it_ends(item: Exited, started: bool) -> str:
    """Why the emulation cannot go on without what has ended."""
    child = item.child
    where = f"; see {child.words_file}" if item.status > 0 else ""
    who = f"{child.name} ({child.kind}, pid {item.pid})"
    return f"{who} {how(item)}: {MEANING[child.kind]}{where}" if started else f"{who} {how(item)} before the start"
