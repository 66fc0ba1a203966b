"""Errno and blk_status names (reference 18.8), the one table that faults, targets and the screen share."""

from __future__ import annotations

import difflib
import errno as _errno

from emulator.naming import errno_name as errno_name

BLK_STATUS: dict[str, int] = {
    "OK": 0,
    "NOTSUPP": _errno.EOPNOTSUPP,
    "TIMEOUT": _errno.ETIMEDOUT,
    "NOSPC": _errno.ENOSPC,
    "TRANSPORT": _errno.ENOLINK,
    "TARGET": _errno.EREMOTEIO,
    "NEXUS": _errno.EBADE,
    "MEDIUM": _errno.ENODATA,
    "PROTECTION": _errno.EILSEQ,
    "RESOURCE": _errno.ENOMEM,
    "DEV_RESOURCE": _errno.EBUSY,
    "AGAIN": _errno.EAGAIN,
    "OFFLINE": _errno.ENODEV,
    "DM_REQUEUE": _errno.EREMCHG,
    "ZONE_OPEN_RESOURCE": _errno.ETOOMANYREFS,
    "ZONE_ACTIVE_RESOURCE": _errno.EOVERFLOW,
    "IOERR": _errno.EIO,
}
"""BLK_STS_* without the prefix -> errno."""

NOT_PATH_ERRORS = frozenset(
    BLK_STATUS[name] for name in ("NOTSUPP", "NOSPC", "TARGET", "NEXUS", "MEDIUM", "PROTECTION")
)
"""Errors that blk_path_error() says a path is not to blame for."""

_STATUS_ERRNOS = frozenset(BLK_STATUS.values())


def blk_errno(number: int) -> int:
    """blk_status_to_errno(errno_to_blk_status()): an errno that no blk_status stands for becomes EIO."""
    return number if number in _STATUS_ERRNOS else _errno.EIO


def errno_of(word: str) -> int:
    """Positive errno of ``EIO``, ``IOERR``, ``BLK_STS_IOERR`` or ``5``, in any case.

    Raises ValueError, naming the nearest valid word.
    """
    key = word.strip().upper().removeprefix("BLK_STS_")
    if key.isdigit() and int(key) in _errno.errorcode:
        return int(key)
    if key != "OK" and key in BLK_STATUS:
        return BLK_STATUS[key]
    found = getattr(_errno, key, None)
    if isinstance(found, int):
        return found
    valid = [*BLK_STATUS, *_errno.errorcode.values()]
    near = difflib.get_close_matches(key, valid, n=1)
    raise ValueError(f"no such errno or blk_status: {word!r}" + (f" (nearest: {near[0]})" if near else ""))
