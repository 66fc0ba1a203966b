"""Why the application noticed nothing (or what it noticed): the numbers of error hiding, and the sentence they make.

Pure functions of the views (UI thread).  The chain is the seed's: a clone ends in error, end_clone_bio does not
complete the original bios, dm_softirq_done asks the target's rq_end_io, and the original goes back to the front of
the md queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dmtui.model.numbers import count
from dmtui.model.past import over
from emulator.snapshot import DeviceView, MdView, SubmitterView

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
    """Why it is slow, as far as that can be seen: "busy" or "slow"."""


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
    busy: tuple[str, ...] = ()
    """Mds all of whose valid paths say busy."""
    kept: int = 0
    """Requests on the queues of those mds."""
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

    @property
    def noticed(self) -> bool:
        """Whether the application saw an error."""
        return self.failed > 0

    @property
    def headline(self) -> str:
        """What the panel is about at this moment."""
        if _present(self):
            return "what held the application up" if self.ended else "what holds the application up"
        if self.noticed:
            return "what the application noticed"
        if self.clone_errors or self.hidden:
            return "why the application noticed nothing"
        return "what the application saw" if self.ended else "what the application sees"

    def brief(self) -> str:
        """The same in one sentence, where there is little room."""
        past = over(self) if self.ended else None
        return past[1] if past else _brief(self)

    def sentence(self) -> str:
        """Two or three sentences that explain the numbers."""
        past = over(self) if self.ended else None
        if past:
            return past[0]
        bad, good = _names(self.failed_paths), _names(self.valid_paths)
        present = _present(self)
        if present:
            return present[0]
        if self.waiting and not good:
            return (
                f"No valid path is left, and queue_if_no_path keeps {count(self.waiting)} clones inside the target. "
                "The application sees no error, only a long wait."
            )
        if self.hung:
            return (
                f"Requests hang on {_names(self.hung)}: their clones neither succeed nor fail, so there is nothing to "
                "retry. The application sees no error, its bios just do not come back ({fault.hang} again releases "
                "them)."
            )
        if self.busy:
            return (
                f"Every valid path of {_names(self.busy)} says busy, so dm_request_fn stops dispatching: "
                f"{count(self.kept)} requests stay on the md queue, where bios still merge into them. "
                "The application sees latency, no error."
            )
        if self.piled and not self.ended:
            return _pile(self.piled)
        if self.noticed:
            return (
                f"{count(self.failed)} bios came back with an error: the verdict of rq_end_io was to end the original, "
                "not to requeue it" + (" (no valid path left and queue_if_no_path off)." if not good else ".")
            )
        if self.clone_errors or self.hidden:
            moved = f" {bad} failed; the retries went to {good}." if bad and good else ""
            return (
                "end_clone_bio freed the failed clone bios without completing the original bios, dm_softirq_done "
                "asked the target, and the original request went back to the front of the md queue to be cloned "
                f"again.{moved}"
            )
        return (
            f"{count(self.completed)} bios completed, none with an error. Make a path fail "
            "({fault.error}, or {path.toggle}) and watch this panel: the error stops at the clone."
        )


def _present(sight: Sight) -> tuple[str, str] | None:
    """What holds everything up at this moment, in full and in brief: it goes before all that was counted."""
    if sight.deadlock:
        return (
            f"A deadlock stands: the holder of {sight.deadlock} waits for itself, so nothing behind that lock moves or "
            "ends. The application sees no error, its bios do not come back until it is broken ({md.deadlock}).",
            f"Deadlock on {sight.deadlock}: no error, nothing comes back ({{md.deadlock}} breaks it).",
        )
    if sight.suspended:
        names = _names(sight.suspended)
        return (
            f"{names} SUSPENDED: the md queue is stopped and keeps {count(sight.stopped)} requests. "
            "The application sees no error, its bios wait until the resume ({md.resume}).",
            f"{names} SUSPENDED: no error, bios wait for the resume.",
        )
    if sight.suspending:
        names = _names([md.name for md in sight.suspending])
        flying = count(sum(md.nr_in_flight for md in sight.suspending))
        flush = "" if all(md.noflush for md in sight.suspending) else " and for all before the marker"
        return (
            f"{names} SUSPENDING: dmsetup suspend waits for {flying} requests in flight{flush}. "
            "The application sees no error, only that new bios wait.",
            f"{names} SUSPENDING: waits for {flying} in flight.",
        )
    return None


def _pile(pile: Pile) -> str:
    why = f"{pile.selector} sends to each path in turn, whatever it holds: " if pile.selector == "round-robin" else ""
    return (
        f"{why}{count(pile.held)} requests are outstanding on {pile.path}, which is {pile.state}, while "
        f"{_names(pile.idle)} idles. The application sees latency, no error."
    )


def _brief(sight: Sight) -> str:
    bad, good = _names(sight.failed_paths), _names(sight.valid_paths)
    present = _present(sight)
    if present:
        return present[1]
    if sight.waiting and not good:
        return "No valid path: queue_if_no_path makes them wait."
    if sight.hung:
        return f"Requests hang on {_names(sight.hung)}: no error, only waiting."
    if sight.busy:
        return f"{_names(sight.busy)}: all paths busy, requests wait and merge."
    if sight.piled and not sight.ended:
        return f"All {count(sight.piled.held)} outstanding on {sight.piled.path}; {_names(sight.piled.idle)} idles."
    if sight.noticed:
        return "The target's verdict was to end the originals with the error."
    if sight.clone_errors or sight.hidden:
        told = "ended no bio: the original was" if sight.ended else "end no bio: the original is"
        return f"Failed clones {told} requeued and cloned again" + (f", {bad} → {good}." if bad and good else ".")
    return "No error so far. Try {fault.error} or {path.toggle}."


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _hangs(device: DeviceView) -> bool:
    return any(request.state in ("HUNG", "HELD") for request in device.service + device.queue)


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
            slow = device is not None and any(fault.type in _SLOW for fault in device.faults)
            if full[0].busy or slow:
                idle = tuple(path.name for path in valid if path is not full[0])
                return Pile(full[0].name, full[0].in_flight, idle, group.selector, "busy" if full[0].busy else "slow")
    return None


def look(
    mds: Sequence[MdView], devices: Sequence[DeviceView], submitters: Sequence[SubmitterView], deadlock: str = "",
    ended: bool = False,
) -> Sight:
    """Add up the views; *deadlock*: the lock of one that was found and not yet broken, *ended*: nothing goes on."""
    paths = [path for md in mds if md.target for group in md.target.groups for path in group.paths]
    lower = {path.name for path in paths}
    tops = [md for md in mds if md.name not in lower] or list(mds)
    stopped = [md for md in mds if md.state == "SUSPENDED"]
    crowded = [md for md in mds if _all_busy(md)]
    return Sight(
        clone_errors=sum(md.counters.clone_errors for md in mds),
        hidden=sum(md.counters.errors_hidden for md in mds),
        requeued=sum(md.counters.requeued for md in mds),
        failed=sum(view.failed for view in submitters) or sum(md.counters.bios_failed for md in tops),
        completed=sum(view.completed for view in submitters),
        failed_paths=tuple(dict.fromkeys(path.name for path in paths if not path.active)),
        valid_paths=tuple(dict.fromkeys(path.name for path in paths if path.active)),
        waiting=sum(md.target.queued for md in mds if md.target),
        hung=tuple(device.name for device in devices if _hangs(device)),
        busy=tuple(md.name for md in crowded),
        kept=sum(md.queue.nr_sorted + md.queue.nr_dispatch for md in crowded),
        deadlock=deadlock,
        suspended=tuple(md.name for md in stopped),
        stopped=sum(md.queue.nr_sorted + md.queue.nr_dispatch for md in stopped),
        suspending=tuple(md for md in mds if md.state == "SUSPENDING"),
        piled=_piled(mds, devices),
        ended=ended,
    )
