"""Which path an ioctl on a multipath device passes through to (multipath_prepare_ioctl; 2.6.31: multipath_ioctl).

Runs in the md's process.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.dm.lower import Lower

if TYPE_CHECKING:
    from emulator.dm.targets.multipath import Multipath


def prepare_ioctl(m: Multipath) -> tuple[Lower | None, int]:
    """The device of a path, else a positive errno; ENOTCONN (later kernels): ask again."""
    if not m.modern:
        return _of_2631(m)
    choice, pg_init = m.choice, m.pg_init
    path = choice.current_path
    if path is None or not pg_init.queue_io:
        path = m.choose(0)
    if path is not None and not pg_init.queue_io:
        return path.lower, 0
    if path is None and not m.queue_if_no_path:
        return None, errno.EIO
    if choice.current_group is None:
        m.choose(0)
    if pg_init.required:
        pg_init.start()
    return None, errno.ENOTCONN


def _of_2631(m: Multipath) -> tuple[Lower | None, int]:
    path = m.choice.current_path or m.choose(0)
    if m.pg_init.queue_io:
        return None, errno.EAGAIN
    return (path.lower, 0) if path is not None else (None, errno.EIO)
