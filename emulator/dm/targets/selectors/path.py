"""struct pgpath with its dm_path: one path of one priority group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.dm.lower import Lower

if TYPE_CHECKING:
    from emulator.dm.targets.selectors.base import Selector


class Path:
    """A path; its counters outlive failure and reinstatement, not the table."""

    __slots__ = ("lower", "active", "fail_count", "in_flight", "bytes", "repeat", "throughput", "selector")

    def __init__(self, lower: Lower, selector: Selector) -> None:
        self.lower = lower
        self.selector = selector
        self.active = True
        self.fail_count = 0
        self.in_flight = 0
        """Clones mapped to it whose rq_end_io has not run."""
        self.bytes = 0
        self.repeat = 1
        self.throughput = 1
        """relative_throughput (service-time)."""
