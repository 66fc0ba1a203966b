"""no_path_retry: how long I/O is queued when all paths of a map are lost (structs_vec.c of libmultipath).

    NORMAL --last active path lost--> RECOVERY (queueing for N polling intervals) --over--> RECOVERY, fail_if_no_path
       ^------------------------- a path is back: queue_if_no_path ------------------------------'

Runs in multipathd's process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.plan import NO_PATH_RETRY_FAIL, NO_PATH_RETRY_QUEUE, NO_PATH_RETRY_UNDEF

if TYPE_CHECKING:
    from emulator.multipathd.maps import Map


class Retry:
    """State of one map."""

    __slots__ = ("map", "retries", "in_recovery", "disabled", "until_us", "_timer")

    def __init__(self, map: Map) -> None:
        self.map = map
        self.retries = map.settings.no_path_retry
        self.in_recovery = False
        self.disabled = False
        """Whether the time was over and I/O fails now."""
        self.until_us = 0
        self._timer: int | None = None

    def begin(self, queueing: bool, active: int) -> None:
        """set_no_path_retry, when the map is first seen (again): *queueing* is what its features say."""
        retries = self.retries
        if retries == NO_PATH_RETRY_UNDEF:
            return
        if retries == NO_PATH_RETRY_FAIL:
            if queueing:
                self.map.message("fail_if_no_path")
        elif retries == NO_PATH_RETRY_QUEUE or active:
            if not queueing and not self.in_recovery:
                self.map.message("queue_if_no_path")
            self.path_back()
        elif queueing:
            self.all_lost()

    def all_lost(self) -> None:
        """enter_recovery_mode: the last active path is gone."""
        if self.in_recovery or self.retries <= 0:
            return
        daemon = self.map.daemon
        self.in_recovery = True
        self.until_us = daemon.now_us + self.retries * daemon.spec.polling_interval
        self._timer = daemon.arm(self.until_us, self._over)
        self.map.log(f"{self.map.name}: Entering recovery mode: max_retries={self.retries}")
        self._event("entered")

    def path_back(self) -> None:
        """leave_recovery_mode: a path is active again."""
        if not self.in_recovery:
            return
        self.stop()
        self.map.message("queue_if_no_path")
        self.map.log(f"{self.map.name}: queue_if_no_path enabled")
        self.map.log(f"{self.map.name}: Recovered to normal mode")
        self._event("recovered")

    def stop(self) -> None:
        """Nothing is waited for any more."""
        self.in_recovery = self.disabled = False
        if self._timer is not None:
            self.map.daemon.disarm(self._timer)
            self._timer = None

    def _over(self) -> None:
        """retry_count_tick has come to 0."""
        self._timer = None
        self.disabled = True
        self.map.message("fail_if_no_path")
        self.map.log(f"{self.map.name}: Disable queueing")
        self._event("queueing_disabled")

    def _event(self, mode: str) -> None:
        self.map.daemon.event("recovery_mode", md=self.map.name, mode=mode)

    @property
    def mode(self) -> str:
        """For the screen."""
        if self.retries == NO_PATH_RETRY_QUEUE:
            return "queue"
        if not self.in_recovery:
            return "normal"
        return "off" if self.disabled else "recovery"
