"""What wakes the reader thread: an eventfd that the UI thread writes to, and to which every wait there listens."""

from __future__ import annotations

import os
import select
import weakref


class Bell:
    """Rung by any thread, heard by one.  Raises OSError when there are no descriptors left.

    It stays open as long as anybody holds it: nobody ever rings a descriptor that is another one's by now.
    """

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        """For somebody else's wait (:meth:`emulator.runtime.api.Runtime.wake_by`), which then takes what was rung."""
        self._poll = select.poll()
        self._poll.register(self.fd, select.POLLIN)
        weakref.finalize(self, os.close, self.fd)

    def ring(self) -> None:
        """Let the wait that is under way end, or the next one; rings that nobody has heard are one."""
        os.eventfd_write(self.fd, 1)

    def wait(self, limit_s: float) -> bool:
        """Wait for a ring at most so many real seconds; whether there was one, which is taken."""
        rung = bool(self._poll.poll(limit_s * 1000))
        if rung:
            os.eventfd_read(self.fd)
        return rung
