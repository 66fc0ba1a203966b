"""Where every outstanding bio is, from the views alone: used by the director when a run has ended.

An outstanding bio is **lost** when nothing holds it any more, so that it can never complete:

- its submitter waits for it, but no md has it (the md counts it as completed, or never saw it), or
- an md has it in a request that is ISSUED to a path, but that path holds fewer clones than were issued to it, or in
  one that is DONE_PENDING, but the softirq worker's done list is shorter than that.

It is merely **outstanding** while something holds it, however long: queued in an md (no path, suspended, stopped), held
inside the target, hung or held by a fault, on the done list of a stalled softirq worker, or in a chain of calls that is
deadlocked (which can be broken).  Messages on their way would look like a loss, so the director looks twice, with time
between, and takes the smaller number.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from emulator.snapshot import DeviceView, MdView, RequestView, SoftirqView, SubmitterView, View


def lost_bios(views: Mapping[str, View], alive: Collection[str]) -> int | None:
    """Bios that nothing holds, by *views* (with whole lists); None when a view is missing.

    *alive* are the machines that still have a process: what a dead submitter waited for is nobody's loss.
    """
    mds = [view for view in views.values() if isinstance(view, MdView)]
    submitters = [view for view in views.values() if isinstance(view, SubmitterView) and view.name in alive]
    if not mds:
        return None
    lost = 0
    for md in mds:
        waiting = sum(view.outstanding for view in submitters if view.target == md.name)
        holds = md.counters.bios - md.counters.bios_completed - md.counters.bios_failed
        lost += max(0, waiting - max(0, holds))
        if md.lock.holder or md.lock.waiters:
            return lost  # a chain of calls stands in the middle: what it carries is in no list, and not lost
    return lost + _vanished(views, mds)


def _vanished(views: Mapping[str, View], mds: list[MdView]) -> int:
    """Bios of requests whose clone should be somewhere and is not.

    What a bio-based md has on an md below is counted there, where bios have become requests.
    """
    issued: dict[str, list[RequestView]] = {}
    pending: list[RequestView] = []
    for md in mds:
        for request in md.in_flight:
            if request.state == "ISSUED" and (md.type != "bio" or not isinstance(views.get(request.path), MdView)):
                issued.setdefault(request.path, []).append(request)
            elif request.state == "DONE_PENDING":
                pending.append(request)
    backlog = sum(view.backlog for view in views.values() if isinstance(view, SoftirqView))
    # A clone of which the device is done is on the done list, though its original still says ISSUED.
    spare = max(0, backlog - len(pending))
    lost = _oldest(pending, len(pending) - backlog)
    for path, requests in issued.items():
        missing = len(requests) - _held(views.get(path))
        covered = min(spare, max(0, missing))
        spare -= covered
        lost += _oldest(requests, missing - covered)
    return lost


def _held(view: View | None) -> int:
    """Clones that a path holds."""
    if isinstance(view, DeviceView):
        return view.nr_queued + view.nr_service
    if isinstance(view, MdView):
        return view.queue.nr_sorted + view.queue.nr_dispatch + view.nr_in_flight
    return 0


def _oldest(requests: list[RequestView], count: int) -> int:
    """Bios of the *count* oldest requests."""
    oldest = sorted(requests, key=lambda request: request.age, reverse=True)
    return sum(max(1, request.bios) for request in oldest[: max(0, count)])
