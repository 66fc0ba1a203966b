"""Whether anything makes progress, by the views of all machines; used by the session to call a line blocked."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.snapshot import DeviceView, MdView, SoftirqView, SubmitterView, View


def progress_of(views: Mapping[str, View]) -> tuple[tuple[int, ...], bool]:
    """Counters that grow when anything ends, and whether a device is at work."""
    counts: list[int] = []
    moving = False
    for view in views.values():
        if isinstance(view, DeviceView):
            counts.append(view.completed + view.errors)
            moving |= any(rq.state in ("STARTED", "MEDIUM", "ENDING") for rq in view.service)
        elif isinstance(view, SoftirqView):
            counts.append(view.handled)
        elif isinstance(view, SubmitterView):
            counts += [view.submitted, view.completed]
        elif isinstance(view, MdView):
            counts += [view.counters.bios_completed, view.counters.bios_failed, view.event_nr]
    return tuple(counts), moving
