"""Flags of a mapped device (DMF_*, reference 2.6), as far as a request-based md has them."""

from __future__ import annotations

BLOCK_IO_FOR_SUSPEND = 1 << 0
SUSPENDED = 1 << 1
NOFLUSH_SUSPENDING = 1 << 5
