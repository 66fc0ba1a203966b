"""What a clone passes on a device, made of the times noted on it.

Runs in the device's process, when a face asks its recorder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emulator.device.clone import DeviceClone
from emulator.machine import Context, Machine
from emulator.trace.events import Raw, Serial, stamp

_STARTED, _DONE, _ENDED = range(3)


class StraightWays(Machine):
    """The part of a device that tells it."""

    service: dict[int, DeviceClone]
    interrupt: Context
    way_functions = frozenset({"scsi_request_fn", "scsi_done", "end_clone_request"})

    def under_way(self) -> Iterable[DeviceClone]:
        """What is in service."""
        return self.service.values()

    def way_number(self, passed: DeviceClone) -> int:
        """The clone's; those of other mds may have the same."""
        return passed.id

    def noted_wholly(self, passed: DeviceClone) -> bool:
        """Of those in service: that it was started, and that it waits for its turn to end."""
        return hasattr(passed, "started_us") and (not passed.ready or hasattr(passed, "done_us"))

    def way(self, passed: DeviceClone) -> Iterator[tuple[Serial, Raw]]:
        """Its start, and its end."""
        command, number, md = passed.command, passed.id, passed.md
        if hasattr(passed, "started_us"):
            fault = passed.verdict.by if passed.verdict is not None else ""
            about = (number, md, command, fault, passed.inserted_us, passed.first, passed.sizes)
            yield (stamp(passed, "started_at"), command, _STARTED), (passed.started_us, "scsi_request_fn", "", *about)
        waited = stamp(passed, "done_at") >= 0 or stamp(passed, "done_us") != stamp(passed, "ended_us")
        if hasattr(passed, "done_us") and waited:
            good = sum(passed.sizes)
            yield (stamp(passed, "done_at"), command, _DONE), (passed.done_us, "scsi_done", "", number, md, good, 0)
        if hasattr(passed, "ended_us"):
            end = (passed.ended_us, "end_clone_request", self.interrupt.name, number, md, passed.error, passed.ended)
            yield (passed.ended_at, command, _ENDED), end
