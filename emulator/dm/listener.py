"""What the md answers multipathd (emulator.multipathd): its lines, its events, and the messages that it gets from
there.

Runs in the md's process.  dm-ioctl.c does the same for any task; multipathd sleeps in dm_wait_event or polls
/dev/mapper/control, and hears of another table by the uevent of the map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.dm import ioctl
from emulator.dm.control import target_message
from emulator.messages import DM_EVENT, DM_MAP, DM_MESSAGE_DONE

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


def dm_read(md: MappedDevice, source: str) -> None:
    """DM_TABLE_STATUS twice; from now on *source* hears of events."""
    md.listener = source
    _, status = ioctl.table_status(md, ("status",))
    _, table = ioctl.table_status(md, ("table",))
    md.send(source, (DM_MAP, status, table))


def dm_message(md: MappedDevice, source: str, message: tuple[Any, ...]) -> None:
    """DM_TARGET_MSG."""
    _tag, serial, text = message
    error, _ = target_message(md, text, 0)
    md.send(source, (DM_MESSAGE_DONE, serial, error))


def tell_listener(md: MappedDevice) -> None:
    """The event number grew, or the table is another one."""
    if md.listener:
        md.send(md.listener, (DM_EVENT, md.event_nr))
