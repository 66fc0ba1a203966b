"""struct pgpath with its dm_path: one path of one priority group."""

from __future__ import annotations

from emulator.dm.lower import Lower


class Path:
    """A path; its counters outlive failure and reinstatement, not the table."""

    __slots__ = ("lower", "active", "fail_count", "in_flight", "bytes", "repeat", "throughput")

    def __init__(self, lower: Lower) -> None:
        self.lower = lower
        self.active = True
        self.fail_count = 0
        self.in_flight = 0
        """Clones mapped to it whose rq_end_io has not run."""
        self.bytes = 0
        self.repeat = 1
        self.throughput = 1
        """relative_throughput (service-time)."""
