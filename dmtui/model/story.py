"""Why the application noticed nothing (or what it noticed): the numbers of error hiding, and the sentence they make.

Pure functions of the views (UI thread).  The chain is the seed's: a clone ends in error, end_clone_bio does not
complete the original bios, dm_softirq_done asks the target's rq_end_io, and the original goes back to the front of
the md queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dmtui.model.blame import Blame, noticed
from dmtui.model.holdup import pile, pile_brief, present
from dmtui.model.numbers import many
from dmtui.model.past import over, stood
from emulator.snapshot import DeviceView, MdView, RequestView, SoftirqView, SubmitterView

PILE_LEAST = 4
"""Requests in flight on one path from which on it is said that they all went there."""
_SLOW = frozenset({"latency", "stall"})


@dataclass(frozen=True, slots=True)
class Pile:
    """One path of a group that holds every clone in flight."""

    path: str
    held: int
    idle: tuple[str, ...]
    selector: str
    state: str
    """Why it keeps them, as far as that can be seen: "is busy", "is slow" or "answers none"."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Errors by how far up they came."""

    clone_errors: int
    """Clones that ended with an error, as the mds saw it: a device that was killed cannot tell any more."""
    hidden: int
    """Failed clones whose original was requeued instead of ended."""
    requeued: int
    """Originals put back for any reason."""
    failed: int
    """Bios that the application got back with an error."""
    completed: int
    failed_paths: tuple[str, ...]
    valid_paths: tuple[str, ...]
    waiting: int
    """Clones held in targets for want of a path."""
    hung: tuple[str, ...] = ()
    """Devices that keep requests which will not complete by themselves."""
    hang_key: bool = False
    """Whether the key for hangs releases them."""
    timing: tuple[str, ...] = ()
    """Devices that lost commands, whose timeouts run."""
    lost_for: int = 0
    """Age of the oldest of those."""
    busy: tuple[str, ...] = ()
    """Mds all of whose valid paths say busy."""
    kept: int = 0
    """Requests on the queues of those mds."""
    sorted: int = 0
    """Those of them that the elevator has: bios merge into no others."""
    deadlock: str = ""
    """The lock of a deadlock that stands."""
    suspended: tuple[str, ...] = ()
    stopped: int = 0
    """Requests on the queues of the suspended mds."""
    suspending: tuple[MdView, ...] = ()
    piled: Pile | None = None
    """A path that has all that is outstanding while others idle."""
    ended: bool = False
    """The emulation is over: all this is what was."""
    stalled: tuple[str, ...] = ()
    """Softirq workers that handle nothing."""
    done: int = 0
    """Finished clones on their done lists."""
    lost: tuple[str, ...] = ()
    """Mds without a valid path that queue."""
    oldest: int = 0
    """Age of the oldest bio without an answer."""
    outstanding: int = 0
    killed: int = 0
    """Requests that map_rq refused."""
    errors: tuple[int, ...] = ()
    """Errnos of the failed bios, that of most first."""
    disabled: bool = False
    """Whether multipathd took queue_if_no_path away."""
    luns: tuple[str, ...] = ()
    """LUNs whose process is gone."""
    modern: bool = False
    """Whether blk_path_error judges."""

    @property
    def noticed(self) -> bool:
        """Whether the application saw an error."""
        return self.failed > 0

    @property
    def headline(self) -> str:
        """What the panel is about at this moment."""
        if self.held_up:
            return "what held the application up" if self.ended else "what holds the application up"
        if self.noticed:
            return "what the application noticed"
        if self.clone_errors or self.hidden:
            return "why the application noticed nothing"
        return "what the application saw" if self.ended else "what the application sees"

    @property
    def held_up(self) -> bool:
        """Whether its bios wait for something that is the matter now, or was at the end."""
        return (stood(self) if self.ended else present(self)) is not None

    def brief(self) -> str:
        """The same in one sentence, where there is little room."""
        told = over(self) if self.ended else present(self)
        return told[1] if told else _brief(self)

    def sentence(self) -> str:
        """Two or three sentences that explain the numbers."""
        told = over(self) if self.ended else present(self)
        if told:
            return told[0]
        bad, good = _names(self.failed_paths), _names(self.valid_paths)
        if self.busy:
            stay = f"{many(self.kept, 'request')} stay{'s' if self.kept == 1 else ''} on the md queue"
            merge = (
                "where bios still merge into those that the elevator has" if self.sorted
                else f"off the elevator, so no bio merges into {'it' if self.kept == 1 else 'them'}"
            )
            return (
                f"Every valid path of {_names(self.busy)} says busy, so dm_request_fn stops dispatching: {stay}, "
                f"{merge}. The application sees latency, no error."
            )
        if self.piled and not self.ended:
            return f"{pile(self.piled)} The application sees latency, no error."
        if self.noticed:
            return noticed(self)[0]
        if self.clone_errors or self.hidden:
            moved = f" {bad} failed; the retries went to {good}." if bad and good else ""
            return (
                "end_clone_bio freed the failed clone bios without completing the original bios, dm_softirq_done "
                "asked the target, and the original request went back to the front of the md queue to be cloned "
                f"again.{moved}"
            )
        return (
            f"{many(self.completed, 'bio')} completed, none with an error. Make a path fail "
            "({fault.error}, or {path.toggle}) and watch this panel: the error stops at the clone."
        )


def _brief(sight: Sight) -> str:
    bad, good = _names(sight.failed_paths), _names(sight.valid_paths)
    if sight.busy:
        return f"{_names(sight.busy)}: all paths busy, requests wait{' and merge' if sight.sorted else ''}."
    if sight.piled and not sight.ended:
        return pile_brief(sight.piled)
    if sight.noticed:
        return noticed(sight)[1]
    if sight.clone_errors or sight.hidden:
        told = "ended no bio: the original was" if sight.ended else "end no bio: the original is"
        return f"Failed clones {told} requeued and cloned again" + (f", {bad} → {good}." if bad and good else ".")
    return "No error so far. Try {fault.error} or {path.toggle}."


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _hanging(device: DeviceView) -> list[RequestView]:
    return [request for request in device.service + device.queue if request.state in ("HUNG", "HELD")]


def _loses(device: DeviceView) -> bool:
    """Whether what hangs there was lost on its way, so that its timeout runs, and is not kept by another fault."""
    types = {fault.type for fault in device.faults}
    return "lost" in types and not types & {"hang", "hold"}


def _queues_for_a_path(md: MdView) -> bool:
    """Whether bios wait in an md that has no valid path and does not fail them."""
    target, counters = md.target, md.counters
    if target is None or not target.groups or target.nr_valid_paths or not target.queue_if_no_path:
        return False
    return counters.bios > counters.bios_completed + counters.bios_failed


def _all_busy(md: MdView) -> bool:
    """Whether requests wait and every valid path says busy."""
    paths = [path for group in md.target.groups for path in group.paths if path.active] if md.target else []
    waiting = md.queue.nr_sorted + md.queue.nr_dispatch
    return bool(paths) and waiting > 0 and all(path.busy for path in paths)


def _piled(mds: Sequence[MdView], devices: Sequence[DeviceView]) -> Pile | None:
    """The first path that holds everything in flight of its group, busy or slow, while the other valid ones idle."""
    seen = {device.name: device for device in devices}
    for md in mds:
        for group in md.target.groups if md.target else ():
            valid = [path for path in group.paths if path.active]
            full = [path for path in valid if path.in_flight]
            if len(valid) < 2 or len(full) != 1 or full[0].in_flight < PILE_LEAST:
                continue
            device = seen.get(full[0].name)
            faults = {fault.type for fault in device.faults} if device is not None else set()
            if full[0].busy or faults & _SLOW:
                idle = tuple(path.name for path in valid if path is not full[0])
                why = "answers none" if "stall" in faults else "is busy" if full[0].busy else "is slow"
                return Pile(full[0].name, full[0].in_flight, idle, group.selector, why)
    return None


def look(
    mds: Sequence[MdView], devices: Sequence[DeviceView], submitters: Sequence[SubmitterView], deadlock: str = "",
    ended: bool = False, softirqs: Sequence[SoftirqView] = (), blame: Blame | None = None, luns: Sequence[str] = (),
) -> Sight:
    """Add up the views; *deadlock*: the lock of one that was found and not yet broken, *ended*: nothing goes on,
    *luns*: those whose process is gone.
    """
    blame = blame or Blame()
    stalled = [worker for worker in softirqs if worker.stalled and worker.backlog]
    paths = [path for md in mds if md.target for group in md.target.groups for path in group.paths]
    lower = {path.name for path in paths}
    tops = [md for md in mds if md.name not in lower] or list(mds)
    stopped = [md for md in mds if md.state == "SUSPENDED"]
    crowded = [md for md in mds if _all_busy(md)]
    hung = [device for device in devices if _hanging(device)]
    return Sight(
        clone_errors=sum(md.counters.clone_errors for md in mds),
        hidden=sum(md.counters.errors_hidden for md in mds),
        requeued=sum(md.counters.requeued for md in mds),
        failed=sum(view.failed for view in submitters) or sum(md.counters.bios_failed for md in tops),
        completed=sum(view.completed for view in submitters),
        failed_paths=tuple(dict.fromkeys(path.name for path in paths if not path.active)),
        valid_paths=tuple(dict.fromkeys(path.name for path in paths if path.active)),
        waiting=sum(md.target.queued for md in mds if md.target),
        hung=tuple(device.name for device in hung if not _loses(device)),
        hang_key=any(fault.type == "hang" for device in hung for fault in device.faults),
        timing=tuple(device.name for device in hung if _loses(device)),
        lost_for=max((each.age for device in hung if _loses(device) for each in _hanging(device)), default=0),
        busy=tuple(md.name for md in crowded),
        kept=sum(md.queue.nr_sorted + md.queue.nr_dispatch for md in crowded),
        sorted=sum(md.queue.nr_sorted for md in crowded),
        deadlock=deadlock,
        suspended=tuple(md.name for md in stopped),
        stopped=sum(md.queue.nr_sorted + md.queue.nr_dispatch for md in stopped),
        suspending=tuple(md for md in mds if md.state == "SUSPENDING"),
        piled=_piled(mds, devices),
        ended=ended,
        stalled=tuple(worker.name for worker in stalled),
        done=sum(worker.backlog for worker in stalled),
        lost=tuple(md.name for md in mds if _queues_for_a_path(md)),
        oldest=max((view.oldest for view in submitters), default=0),
        outstanding=sum(view.outstanding for view in submitters),
        killed=sum(md.counters.killed for md in mds),
        errors=blame.errors,
        disabled=blame.disabled,
        luns=tuple(luns),
        modern=any(md.era == "modern" for md in mds),
    )
