"""What every part of the house calls alike: the operation that a request's flags say, and the names of errnos.

Apart from the block layer, as messages are told to a reader where nobody knows what a request is.
"""

from __future__ import annotations

import errno as _errno

WRITE = 1 << 0
DISCARD = 1 << 6
FLUSH = 1 << 10
"""Later kernels: REQ_PREFLUSH of a bio; of a request REQ_OP_FLUSH, which has no bio and no data."""


def op_of(flags: int) -> str:
    """read, write, flush or discard: what a request with these *flags* is (REQ_OP_*)."""
    if flags & FLUSH:
        return "flush"
    return "discard" if flags & DISCARD else "write" if flags & WRITE else "read"


_CANONICAL = {number: name for name, number in vars(_errno).items() if name.startswith("E") and isinstance(number, int)}
_CANONICAL |= _errno.errorcode
_CANONICAL[_errno.EOPNOTSUPP] = "EOPNOTSUPP"
_CANONICAL[_errno.EAGAIN] = "EAGAIN"


def errno_name(number: int) -> str:
    """``EIO`` for 5 (or -5); "0" for 0."""
    return "0" if number == 0 else _CANONICAL.get(abs(number), str(abs(number)))
