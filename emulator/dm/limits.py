"""Queue limits of an md from those of its paths (dm_calculate_queue_limits, dm_table_set_restrictions), and what else
an md shares with the disks below it.  Runs in the md's process, when a table is bound or loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emulator.dm.lower import Lower
from emulator.machine import Steps
from emulator.messages import ATTACH_HANDLER, REPLY, SUPERVISOR
from emulator.plan import Era, Limits

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

ERA_2631_MAX_SECTORS = 255
"""SAFE_MAX_SECTORS, which a dm device of 2.6.31 never exceeds."""


def stacked(paths: Sequence[Limits], era: Era) -> Limits:
    """blk_stack_limits over all paths: the smallest requests, the largest blocks; one write cache or one spinning disk
    is enough for the md to have it.
    """
    if not paths:
        return Limits(max_sectors=ERA_2631_MAX_SECTORS) if era == "2.6.31" else Limits()
    sectors = min(path.max_sectors for path in paths)
    hardware = min(path.max_hw_sectors or path.max_sectors for path in paths)
    if era == "2.6.31":
        sectors = hardware = min(sectors, ERA_2631_MAX_SECTORS)
    return Limits(
        sectors,
        min(path.max_segments for path in paths),
        max(path.logical_block_size for path in paths),
        max(path.physical_block_size for path in paths),
        any(path.write_back for path in paths),
        any(path.rotational for path in paths),
        0 if hardware == sectors else hardware,
    )


def tell_attached(md: MappedDevice) -> bool:
    """scsi_dh_attach: tell the disks which handler a table had attached, whatever became of it; whether one was."""
    told = [lower for lower in md.lower_by_name.values() if _to_tell(lower)]
    for lower in told:
        md.send(lower.name, (ATTACH_HANDLER, lower.handler))
    return bool(told)


def attached(md: MappedDevice, serial: int, error: int, text: str) -> Steps:
    """The answer to a table_load that attached handlers: given when the disks have them."""
    while any(_to_tell(lower) for lower in md.lower_by_name.values()):
        yield md.attach_wait
    md.send(SUPERVISOR, (REPLY, serial, error, text))


def renew(md: MappedDevice, device: str, limits: tuple[Any, ...], handler: str) -> None:
    """A disk says what its queue limits and its handler are."""
    md.lower_by_name[device].renew(limits, handler)
    md.wake(md.attach_wait)


def _to_tell(lower: Lower) -> bool:
    return lower.handler != lower.handler_told and lower.up and not lower.is_md
