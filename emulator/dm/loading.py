"""A table's way into an md: what table_load admits, how it is swapped in and bound (dm-ioctl.c, dm.c).

Runs in the md's process.  The type of an md (bio-based or request-based) is that of its first table: later kernels fix
it when that is loaded, 2.6.31 when it is bound.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.dm import limits
from emulator.dm.bio_based.core import BioBased
from emulator.dm.flags import SUSPENDED
from emulator.dm.table import SINGLETON, TYPE_NUMBERS, Table, TableType
from emulator.dm.targets.area import check_areas
from emulator.dm.targets.base import TableError
from emulator.messages import OPEN_PATH

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


def refused(text: str) -> TableError:
    """dm-ioctl.c refuses it and says so."""
    return TableError(errno.EINVAL, text, log=(f"ioctl: {text}",))


def admit(md: MappedDevice, table: Table) -> None:
    """The rest of table_load: does *table* fit the md and its live table?  Raises TableError."""
    targets = [target for _, target in table.all]
    if md.era == "2.6.31":
        check_areas(targets, first=True)
        return
    types = {target.type for target in targets}
    if md.table is not None and md.table.target.type == SINGLETON and not types & {SINGLETON, "error"}:
        raise refused(f"can't replace immutable target type {SINGLETON}")
    if not md.md_type:
        check_areas(targets, first=True)
        set_type(md, table.type)
    elif md.md_type != table.type:
        old, new = TYPE_NUMBERS[md.md_type], TYPE_NUMBERS[table.type]
        raise refused(f"can't change device type (old={old} vs new={new}) after initial table load.")


def set_type(md: MappedDevice, type: TableType) -> None:
    """dm_setup_md_queue: from now on bios take the way of this type."""
    md.md_type = type
    if type == "bio":
        md.bio_based = BioBased(md)
        md.handlers.update(md.bio_based.handlers)


def forget_type(md: MappedDevice) -> None:
    """The device is destroyed: the next one that gets this md chooses anew."""
    md.md_type = ""
    md.bio_based = None
    md.handlers.update(md.request_handlers)
    for lower in md.lower_by_name.values():
        lower.opened = False


def take_inactive(md: MappedDevice) -> Table | None:
    """As do_resume begins: the inactive table is on its way in, and the place is empty; None = there was none."""
    if md.inactive is not None:
        md.incoming, md.inactive, md.inactive_text = md.inactive, None, ""
        return md.incoming
    return None


def put_back(md: MappedDevice, new: Table, error: int) -> int:
    """do_resume of later kernels when dm_suspend failed: *new* is the inactive table again, if there is no other."""
    md.incoming = None
    if md.inactive is None:
        md.inactive, md.inactive_text = new, new.text()
        return error
    for _, target in new.all:
        target.destroy()
    return errno.ENXIO


def swap_table(md: MappedDevice, new: Table) -> int:
    """dm_swap_table with what was taken: 0, or a positive errno, and then that is gone and the live one stays."""
    md.incoming = None
    try:
        if not md.flags & SUSPENDED:
            raise TableError(errno.EINVAL, "the device is not suspended", log=())
        _swappable(md, new)
    except TableError as error:
        for line in error.lines(md.dev):
            md.log(line)
        md.event("table_rejected", errno=error.errno, error=error.text)
        for _, target in new.all:
            target.destroy()
        return error.errno
    md.bind(new)
    return 0


def _swappable(md: MappedDevice, table: Table) -> None:
    if any(lower.name == md.name for lower in table.devices()):
        # The kernel takes it, and every bio then meets itself for ever.
        raise TableError(errno.ELOOP, "the table maps the device to itself", log=())
    if md.era == "2.6.31":
        if md.md_type and md.md_type != table.type:
            text = "can't change the device type after a table is bound"
            raise TableError(errno.EINVAL, text, log=(f"core: {text}",))
        return
    check_areas([target for _, target in table.all], first=False)


def bind(md: MappedDevice, table: Table) -> None:
    """__bind: the table is live; the queue limits are those of its devices."""
    had = md.table is not None
    if md.table is not None:
        for _, target in md.table.all:
            target.destroy()
    if not md.md_type:
        set_type(md, table.type)
    md.table = table
    devices = table.devices()
    limits.tell_attached(md)
    if table.type == "request":
        for lower in devices:
            if not lower.opened:
                lower.opened = True
                md.send(lower.name, (OPEN_PATH, md.completion == "inline"))
    # From 3.10 on a table without devices leaves the limits as they are (3ae706561637).
    if devices or not had or md.era == "2.6.31":
        md.queue.set_limits(md.spec.limits or limits.stacked([lower.limits for lower in devices], md.era))
    if had:
        md.event("table_swapped", table=table.text())
