"""Whether targets fit on their devices (device_area_is_invalid of dm-table.c).

Runs in the md's process: 2.6.31 looks when a table is loaded; later kernels when the first table of a device is loaded
(dm_setup_md_queue), and of all others not before they are swapped in.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable

from emulator.block.bio import SECTOR
from emulator.dm.kernel_log import dm_name
from emulator.dm.lower import Lower
from emulator.dm.targets.base import TableError, Target

FIRST = ("core: Cannot calculate initial queue limits", "ioctl: unable to set up device queue for new table.")
"""What the kernel log says of the first table of a device, behind the reason."""


def check_areas(targets: Iterable[Target], first: bool) -> None:
    """Raises TableError for the first target with a device on which it does not fit; *first* table of its device."""
    for target in targets:
        areas = target.areas()
        block = max((lower.limits.logical_block_size for lower, _ in areas), default=SECTOR)
        for lower, start in areas:
            reason = _reason(lower, start, target.length, block)
            if reason:
                more = FIRST if first else ()
                raise TableError(errno.EINVAL, reason, log=(f"table: {{dev}}: {reason}", *more))


def _reason(lower: Lower, start: int, length: int, block: int) -> str:
    name = dm_name(lower.dev) if lower.is_md else lower.name
    if not lower.sectors:
        return ""
    if start >= lower.sectors or start + length > lower.sectors:
        return f"{name} too small for target: start={start}, len={length}, dev_size={lower.sectors}"
    if start * SECTOR % block:
        return f"start={start} not aligned to h/w logical block size {block} of {name}"
    if length * SECTOR % block:
        return f"len={length} not aligned to h/w logical block size {block} of {name}"
    return ""
