"""Files of /sys/block/X/queue that mds and devices have in common: how limits look there, and what a write changes.

Used in the process that owns the queue.  A device's logical_block_size may be written here, which the kernel does not
allow: it stands for setting the disk up anew.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import replace

from emulator.plan import Limits

SECTORS_A_KB = 2
CACHES = {"write back": True, "write through": False}
BLOCK_SIZES = (512, 1024, 2048, 4096)


def limit_files(limits: Limits) -> dict[str, str]:
    """Value by file name below /sys/block/X."""
    hardware = limits.max_hw_sectors or limits.max_sectors
    return {
        "queue/max_sectors_kb": str(limits.max_sectors // SECTORS_A_KB),
        "queue/max_hw_sectors_kb": str(hardware // SECTORS_A_KB),
        "queue/max_segments": str(limits.max_segments),
        "queue/logical_block_size": str(limits.logical_block_size),
        "queue/hw_sector_size": str(limits.logical_block_size),
        "queue/physical_block_size": str(limits.physical_block_size),
        "queue/minimum_io_size": str(limits.physical_block_size),
        "queue/write_cache": next(text for text, back in CACHES.items() if back == limits.write_back),
        "queue/fua": "0",
        "queue/rotational": str(int(limits.rotational)),
    }


def limits_of(files: Mapping[str, str]) -> Limits:
    """The limits that such files tell."""
    sectors, hardware = (int(files[f"queue/max_{word}sectors_kb"]) * SECTORS_A_KB for word in ("", "hw_"))
    return Limits(
        sectors, int(files["queue/max_segments"]), int(files["queue/logical_block_size"]),
        int(files["queue/physical_block_size"]), CACHES[files["queue/write_cache"]], files["queue/rotational"] != "0",
        0 if hardware == sectors else hardware,
    )


def _max_sectors(limits: Limits, value: str) -> Limits | None:
    hardware = limits.max_hw_sectors or limits.max_sectors
    sectors = int(value) * SECTORS_A_KB if value.isdigit() and len(value) < 10 else 0
    if not limits.logical_block_size // 512 <= sectors <= hardware or sectors < 8:
        return None
    return replace(limits, max_sectors=sectors, max_hw_sectors=hardware if sectors != hardware else 0)


def _rotational(limits: Limits, value: str) -> Limits | None:
    return replace(limits, rotational=value != "0") if value.isdigit() else None


def _write_cache(limits: Limits, value: str) -> Limits | None:
    return replace(limits, write_back=CACHES[value]) if value in CACHES else None


def _block_size(limits: Limits, value: str) -> Limits | None:
    size = int(value) if value.isdigit() and len(value) < 10 else 0
    if size not in BLOCK_SIZES:
        return None
    return replace(limits, logical_block_size=size, physical_block_size=size)


WRITABLE: Mapping[str, Callable[[Limits, str], Limits | None]] = {
    "queue/max_sectors_kb": _max_sectors,
    "queue/rotational": _rotational,
    "queue/write_cache": _write_cache,
}
DEVICE_WRITABLE = {**WRITABLE, "queue/logical_block_size": _block_size}


def changed(
    writable: Mapping[str, Callable[[Limits, str], Limits | None]], limits: Limits, name: str, value: str
) -> tuple[Limits, int]:
    """*limits* after *value* was written to the file *name*, and 0 or a positive errno."""
    change = writable.get(name)
    if change is None:
        return limits, errno.EACCES
    new = change(limits, value.strip())
    return (limits, errno.EINVAL) if new is None else (new, 0)


def as_text(files: Mapping[str, str]) -> str:
    """One ``name=value`` line each: what the command "attributes" answers."""
    return "\n".join(f"{name}={value}" for name, value in files.items())
