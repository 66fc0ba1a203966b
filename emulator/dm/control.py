"""What a face can tell an md to do (emulator.commands), as the dm ioctls do it.  Runs in the md's process.

Every command has a context of its own (C6); what must not overlap waits on suspend_lock.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.dm import attributes, inline, ioctl, sg_io, suspend_mq
from emulator.dm.bio_based import suspend as bio_suspend
from emulator.dm.flags import SUSPENDED
from emulator.dm.limits import attached, tell_attached
from emulator.dm.loading import admit, refused, set_type
from emulator.dm.suspend import dm_resume, dm_suspend
from emulator.dm.table import SINGLETON, make_table
from emulator.dm.targets.base import TableError
from emulator.machine import Context, Steps
from emulator.messages import REPLY, SUPERVISOR
from emulator.plan import FaultSpec

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


def command(md: MappedDevice, message: tuple[Any, ...]) -> None:
    """Do the command of a COMMAND message and REPLY with its outcome."""
    _tag, serial, verb, arguments = message
    if verb in ("suspend", "resume"):
        context = md.context(f"C6:dmsetup#{serial}")
        md.call(context, _ioctl(md, context, serial, verb, arguments))
        return
    if verb in ioctl.WAITS:
        context = md.context(f"C6:dmsetup#{serial}")
        md.call(context, ioctl.ioctl(md, context, serial, verb, arguments))
        return
    if verb == "sg_io":
        context = md.context(f"C6:ioctl#{serial}")
        md.call(context, sg_io.command(md, context, serial))
        return
    if verb == "set_attribute":
        context = md.context(f"C6:sysfs#{serial}")
        md.call(context, attributes.store(md, context, serial, arguments[0], arguments[1]))
        return
    error, text = _at_once(md, verb, arguments)
    if verb == "load" and tell_attached(md):
        md.call(md.context(f"C6:dmsetup#{serial}"), attached(md, serial, error, text))
        return
    md.send(SUPERVISOR, (REPLY, serial, error, text))


def _ioctl(md: MappedDevice, context: Context, serial: int, verb: str, arguments: tuple[Any, ...]) -> Steps:
    if md.inactive is not None and md.table is None and not md.md_type:
        set_type(md, md.inactive.type)
    if md.bio_based is not None:
        do_bio = bio_suspend.do_suspend if verb == "suspend" else bio_suspend.do_resume
        error = yield from do_bio(md, md.bio_based, context, bool(arguments[0]))
    elif md.era == "modern":
        do = suspend_mq.do_suspend if verb == "suspend" else suspend_mq.do_resume
        error = yield from do(md, context, bool(arguments[0]))
    elif verb == "suspend":
        error = yield from dm_suspend(md, context, bool(arguments[0]))
    else:
        error = yield from dm_resume(md, context, bool(arguments[0]))
    text = f"{verb} {md.name}: {_REASONS.get((verb, error), 'done')}"
    md.send(SUPERVISOR, (REPLY, serial, error, text))


_REASONS = {
    ("suspend", errno.EINVAL): "already suspended (EINVAL)",
    ("suspend", errno.EBUSY): "the marker of an interrupted suspend is still queued (EBUSY): try again",
    ("suspend", errno.EINTR): "interrupted (EINTR)",
    ("resume", errno.EINVAL): "not suspended, or no table (EINVAL)",
}


def _at_once(md: MappedDevice, verb: str, arguments: tuple[Any, ...]) -> tuple[int, str]:
    """Commands that need no lock and do not wait."""
    if verb in ioctl.AT_ONCE:
        return ioctl.AT_ONCE[verb](md, arguments)
    if verb == "inject":
        return md.faults.inject(FaultSpec(*arguments[0]))
    if verb == "clear":
        return md.faults.clear(arguments[0])
    if verb == "message":
        return target_message(md, arguments[0], arguments[1])
    if verb == "load":
        return _load(md, *arguments)
    if verb == "clear_table":
        md.inactive, md.inactive_text = None, ""
        return 0, f"inactive table of {md.name} cleared"
    if verb == "nopath_timeout":
        md.nopath_timeout_us = int(arguments[0]) * 1_000_000
        return 0, f"queue_if_no_path_timeout_secs = {arguments[0]}"
    if verb == "interrupt_suspend":
        return _interrupt(md)
    if verb == "break_deadlock":
        return inline.break_deadlock(md)
    return errno.EINVAL, f"an md does not know the command {verb!r}"


def target_message(md: MappedDevice, text: str, sector: int) -> tuple[int, str]:
    """DM_TARGET_MSG: errno and text of its outcome."""
    try:
        _target_message(md, text.split(), sector)
    except TableError as error:
        _print(md, error)
        md.event("message", text=text, errno=error.errno)
        return error.errno, error.text
    # The work that the message queued is done before dmsetup comes back.
    md.flush_trigger_event()
    md.event("message", text=text, errno=0)
    return 0, f"{md.name}: {text}"


def _target_message(md: MappedDevice, words: list[str], sector: int) -> None:
    """target_message of dm-ioctl.c.  Raises TableError."""
    if not words:
        raise refused("Empty message received.")
    if words[0].startswith("@") and md.era == "modern":
        if words[0] not in CORE_MESSAGES:
            raise refused(f"Unsupported message sent to DM core: {words[0]}")
        return
    if md.table is None:
        raise refused("The device has no table.")
    if not 0 <= sector < md.capacity:
        raise refused("Target message sector outside device.")
    target = md.table.target_at(sector)
    if md.era == "modern" and md.flags & SUSPENDED and target.type == SINGLETON:
        # multipath_message from 2.6.33 on: it must not start I/O on a suspended device.
        raise TableError(errno.EBUSY, f"{md.name} is suspended (EBUSY)", log=())
    target.message(words)


def _print(md: MappedDevice, error: TableError) -> None:
    for line in error.lines(md.dev):
        md.log(line)


CORE_MESSAGES = frozenset({"@cancel_deferred_remove", "@stats_list"})
"""Messages to the dm core that change nothing here."""


def _load(
    md: MappedDevice, text: str, below: tuple[tuple[str, int, tuple[int, ...], str], ...] = (),
    types: tuple[tuple[str, bool], ...] = (),
) -> tuple[int, str]:
    for dev, request_based in types:
        if (lower := md.lower_by_word.get(dev)) is not None:
            lower.stackable = request_based
    for dev, sectors, limits, handler in below:
        if (lower := md.lower_by_word.get(dev)) is not None:
            lower.sectors = sectors if sectors >= 0 else lower.sectors
            lower.renew(limits, handler)
    try:
        if md.era == "modern":
            _replaceable(md, text)
        table = make_table(md, text)
        admit(md, table)
    except TableError as error:
        _print(md, error)
        md.event("table_rejected", errno=error.errno, error=error.text)
        return error.errno, f"{error.text} ({error.hint})" if error.hint else error.text
    md.inactive, md.inactive_text = table, text
    md.event("table_loaded", table=text)
    return 0, f"{md.name}: inactive table loaded"


OTHER_TARGETS = frozenset({"striped", "zero", "mirror", "crypt", "delay", "flakey", "snapshot", "thin"})
"""Bio-based targets of the kernel that are not emulated."""


def _replaceable(md: MappedDevice, text: str) -> None:
    """What table_load refuses because of the table that is there already.  Raises TableError."""
    words = text.split()
    kind = words[2] if len(words) > 2 else ""
    if kind not in OTHER_TARGETS:
        return
    if md.table is not None and md.table.target.type == SINGLETON:
        raise refused(f"can't replace immutable target type {SINGLETON}")
    if md.md_type == "request":
        raise refused("can't change device type (old=2 vs new=1) after initial table load.")


def _interrupt(md: MappedDevice) -> tuple[int, str]:
    if md.suspender is None:
        return errno.ESRCH, f"nobody waits in dm_suspend of {md.name}"
    md.signalled = True
    md.wake(md.wait)
    return 0, f"signal for {md.suspender.name}"
