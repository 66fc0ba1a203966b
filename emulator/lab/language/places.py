"""Which words may stand in a place of a line, for completion: by the words before it.

A key is those words: ``*`` is any one, ``...`` any number of them.  Made for dmtui.console.completing, in the session's
thread.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

from emulator.block.attributes import limit_files
from emulator.device.faults import FAULTS
from emulator.dm.targets.multipath_messages import MESSAGES
from emulator.events import KINDS
from emulator.lab import sysfs
from emulator.lab.language import dmsetup, dmsetup_show, faults
from emulator.lab.language.dmsetup_columns import FIELDS
from emulator.lab.session import Session
from emulator.plan import Limits
from emulator.scenario.faultkeys import own_keys

OPS = ("read", "write", "flush", "discard")
QUEUE_FILES = (*limit_files(Limits()), "queue/nomerges", "queue/scheduler", "inflight", "stat", "ro", "size", "dev")
DEVICE_FILES = (
    "holders/", "device/state", "device/dh_state", "device/queue_depth", "device/timeout", "device/eh_timeout",
)
MD_FILES = ("slaves/", "queue/nr_requests", "dm/name", "dm/suspended", "dm/uuid")
"""Below /sys/block/X."""
_OPTION = re.compile(r"--[a-z_]+")
_NAMELESS = {"create", "remove_all", "targets", "version", *dmsetup_show.UDEV}


def places(session: Session) -> dict[str, Sequence[str]]:
    """Words by the place where they may stand."""
    files = _files(session)
    return _dmsetup(session) | _faults() | {
        "cat": files, "ls": files, "echo": (), "echo ... >": files,
        "wait event": sorted(KINDS),
        "wait job": list(session.jobs),
        "wait idle": ("timeout=",),
        "log *": (), "held *": (), "help *": (), "run": (), "speed": (),
    }


def _dmsetup(session: Session) -> dict[str, Sequence[str]]:
    names = [cell.name for cell in session.names.all()]
    usage: dict[str, set[str]] = {}
    for line in dmsetup.USAGE:
        for command in line.split()[1].split("|"):
            usage.setdefault(command, set()).update(_OPTION.findall(line))
    found: dict[str, Sequence[str]] = {"dmsetup": [*dmsetup.COMMANDS]}
    for command in dmsetup.COMMANDS:
        taken = [] if command in _NAMELESS else names
        found[f"dmsetup {command} ..."] = [*taken, *sorted(usage.get(command, ()))]
    paths = [*(device.dev for device in session.plan.devices), *(cell.dev for cell in session.names.all())]
    return found | {
        "dmsetup message": names,
        "dmsetup message *": ("0",),
        "dmsetup message * *": MESSAGES,
        "dmsetup message * * fail_path": paths,
        "dmsetup message * * reinstate_path": paths,
        "dmsetup message * * * ...": (),
        "dmsetup info ... -o": [*FIELDS, "all", "help"],
        "dmsetup info ... --sort": [*FIELDS],
        "dmsetup ... --target": ("error", "linear", "multipath"),
    }


def _faults() -> dict[str, Sequence[str]]:
    own = [f"{key}=" for key in own_keys() if key not in ("type", "target")] + [f"op={op}" for op in OPS]
    found: dict[str, Sequence[str]] = {"fault *": sorted(FAULTS)}
    for type, kind in FAULTS.items():
        keys = [f"{key}=" for key in kind.params]
        for key, param in kind.params.items():
            words = sorted(errno.errorcode.values()) if param.kind == "errno" else param.choices
            keys += [f"{key}={word}" for word in words]
        found[f"fault * {type} ..."] = [*keys, *own]
    for verb, type in (("hold", "hang"), ("busy", "busy")):
        found[f"{verb} * ..."] = [*(f"{key}=" for key in FAULTS[type].params), *own]
    return found | {f"{verb} *": (faults.HOLD,) for verb in ("release", "clear")}


def _files(session: Session) -> list[str]:
    found = [sysfs.TIMEOUT]
    for disk in sysfs.disks(session):
        names = (*QUEUE_FILES, *MD_FILES) if disk.is_md else (*QUEUE_FILES, *DEVICE_FILES)
        found += [f"{sysfs.BLOCK}{disk.name}/{name}" for name in names]
    return found
