"""The allocation of requests (get_request, request_list): limits, congestion, batching (reference 4.4).

Called with the queue lock held; who has to sleep does so in :mod:`emulator.block.submit`.
"""

from __future__ import annotations

from emulator.machine import WaitQueue

BATCH_REQUESTS = 32
"""BLK_BATCH_REQ: credits of a batcher."""
BATCH_TIME_US = 20_000
"""BLK_BATCH_TIME."""
MIN_REQUESTS = 4
"""BLKDEV_MIN_RQ."""


class RequestList:
    """Slots of one queue, counted per class: index 0 async, 1 sync."""

    def __init__(self, nr_requests: int) -> None:
        self.nr_requests = max(MIN_REQUESTS, nr_requests)
        n = self.nr_requests
        self.congestion_on = min(n, n - n // 8 + 1)
        self.congestion_off = max(1, n - n // 8 - n // 16 - 1)
        self.cap = 3 * n // 2
        self.count = [0, 0]
        self.full = [False, False]
        self.congested = [False, False]
        self.starved = [False, False]
        self.wait = (WaitQueue("rq.wait[async]"), WaitQueue("rq.wait[sync]"))
        self._batchers: dict[str, tuple[int, int]] = {}
        """Task -> (credits left, last_waited)."""

    def get(self, sync: bool, task: str, now_us: int) -> bool:
        """get_request without the allocation: True if *task* got a slot."""
        count = self.count[sync]
        if count + 1 >= self.congestion_on:
            if count + 1 >= self.nr_requests:
                if not self.full[sync]:
                    self.full[sync] = True
                    self._make_batcher(task, now_us)
                elif not self._is_batcher(task, now_us):
                    return False
            self.congested[sync] = True
        if count >= self.cap:
            return False
        self.count[sync] = count + 1
        self.starved[sync] = False
        if self._batchers:
            self._spend(task, now_us)
        return True

    def waited(self, task: str, now_us: int) -> None:
        """*task* slept for a slot and woke: it becomes a batcher (ioc_set_batching)."""
        self._make_batcher(task, now_us)

    def put(self, sync: bool) -> list[WaitQueue]:
        """freed_request: gives a slot back; returns the wait queues of which one sleeper is to be woken."""
        self.count[sync] -= 1
        woken = self._freed(sync)
        if self.starved[not sync]:
            woken += self._freed(not sync)
        return woken

    def _freed(self, sync: bool) -> list[WaitQueue]:
        count = self.count[sync]
        if count < self.congestion_off:
            self.congested[sync] = False
        if count + 1 > self.nr_requests:
            return []
        self.full[sync] = False
        return [self.wait[sync]] if self.wait[sync].sleepers else []

    def _make_batcher(self, task: str, now_us: int) -> None:
        """ioc_set_batching: who is a batcher already stays what it is."""
        if self._is_batcher(task, now_us):
            return
        self._batchers[task] = (BATCH_REQUESTS, now_us)

    def _is_batcher(self, task: str, now_us: int) -> bool:
        """ioc_batching: a fresh batcher may always take at least one."""
        credits, since = self._batchers.get(task, (0, 0))
        return credits == BATCH_REQUESTS or (credits > 0 and now_us < since + BATCH_TIME_US)

    def _spend(self, task: str, now_us: int) -> None:
        entry = self._batchers.get(task)
        if entry is None:
            return
        credits, since = entry
        if credits <= 1 or not self._is_batcher(task, now_us):
            del self._batchers[task]
        else:
            self._batchers[task] = (credits - 1, since)
