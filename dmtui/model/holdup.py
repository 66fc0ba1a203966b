"""What holds the application up at this moment: it goes before all that was counted (pure, UI thread)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dmtui.model.numbers import count, many, micros

if TYPE_CHECKING:
    from dmtui.model.story import Pile, Sight

LATE_US = 1_000_000
"""Age of the oldest bio from which on the application is held up, whatever the reason."""


def present(sight: Sight) -> tuple[str, str] | None:
    """In full and in brief; None while nothing does."""
    return _stands(sight) or _gone(sight) or _lost(sight) or _late(sight)


def _stands(sight: Sight) -> tuple[str, str] | None:
    if sight.deadlock:
        return (
            f"A deadlock stands: the holder of {sight.deadlock} waits for itself, so nothing behind that lock moves or "
            "ends. The application sees no error, its bios do not come back until it is broken ({md.deadlock}).",
            f"Deadlock on {sight.deadlock}: no error, nothing comes back ({{md.deadlock}} breaks it).",
        )
    if sight.suspended:
        names = _names(sight.suspended)
        return (
            f"{names} SUSPENDED: the md queue is stopped and keeps {many(sight.stopped, 'request')}. "
            "The application sees no error, its bios wait until the resume ({md.resume}).",
            f"{names} SUSPENDED: no error, bios wait for the resume.",
        )
    if sight.stalled:
        names = _names(sight.stalled)
        return (
            f"{names} handles nothing: {many(sight.done, 'finished clone')} on its done list, and no original can be "
            "ended or requeued before. The application sees no error, its bios wait ({fault.list} lists the faults).",
            f"{names} stalled: {many(sight.done, 'finished clone')} on its done list.",
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


def _gone(sight: Sight) -> tuple[str, str] | None:
    """The LUN under all paths."""
    if not sight.luns:
        return None
    names = _names(sight.luns)
    left = f"{_names(sight.valid_paths)} still valid" if sight.valid_paths else "no valid path is left"
    took = f", so fail_path takes one path after the other ({left}). No path is to blame" if sight.failed_paths else ""
    seen = f"{many(sight.failed, 'bio') if sight.failed else 'No bio'} came back with an error so far"
    again = "; then the failed paths are to be reinstated ({path.toggle}, or multipathd)" if sight.failed_paths else ""
    return (
        f"{names} is gone: each command that its devices send ends with EIO{took}. {seen}. "
        f"{{process.revive}} revives {names}{again}.",
        f"{names} is gone: its devices answer EIO on every path ({{process.revive}} revives it).",
    )


def _lost(sight: Sight) -> tuple[str, str] | None:
    """No path, or one that keeps what it got."""
    if sight.waiting and not sight.valid_paths:
        return (
            f"No valid path is left, and queue_if_no_path keeps {many(sight.waiting, 'clone')} inside the target. "
            "The application sees no error, only a long wait.",
            "No valid path: queue_if_no_path makes them wait.",
        )
    if sight.lost:
        return (
            f"No valid path of {_names(sight.lost)} is left, and queue_if_no_path is on: each request goes back to the "
            "md queue and is tried again later. The application sees no error, only a long wait.",
            "No valid path: queue_if_no_path makes them wait.",
        )
    if sight.hung:
        ends = "{fault.hang} again releases them" if sight.hang_key else "{fault.list} lists what holds them"
        return (
            f"Requests hang on {_names(sight.hung)}: their clones neither succeed nor fail, so there is nothing to "
            f"retry. The application sees no error, its bios just do not come back ({ends}).",
            f"Requests hang on {_names(sight.hung)}: no error, only waiting.",
        )
    if sight.timing:
        names, age = _names(sight.timing), micros(sight.lost_for)
        return (
            f"Commands to {names} are lost, the oldest for {age}. Each times out (device/timeout); then error handling "
            "tries in vain to get the disk back and sets it offline, and only then its requests fail and are retried. "
            "Until then the application sees no error, only a long wait.",
            f"Commands to {names} are lost for {age}: timeouts run, then it goes offline.",
        )
    return None


def _late(sight: Sight) -> tuple[str, str] | None:
    """The oldest bio waits for long."""
    if sight.oldest < LATE_US:
        return None
    age = micros(sight.oldest)
    seen = f"The application sees no error; its oldest bio has waited for {age}."
    if sight.busy:
        return (
            f"Every valid path of {_names(sight.busy)} says busy, so dm_request_fn stops dispatching: "
            f"{many(sight.kept, 'request')} on the md queue. {seen}",
            f"{_names(sight.busy)}: all paths busy; the oldest bio waits for {age}.",
        )
    if sight.piled:
        return f"{pile(sight.piled)} {seen}", f"{pile_brief(sight.piled)} The oldest bio waits for {age}."
    return (
        f"Its oldest bio has waited for {age}; {many(sight.outstanding, 'bio')} did not come back yet. Open one with "
        "{life} to see where it waits.",
        f"The oldest bio waits for {age}.",
    )


def pile(found: Pile) -> str:
    """One path that has everything."""
    why = f"{found.selector} sends to each path in turn, whatever it holds: " if found.selector == "round-robin" else ""
    return (
        f"{why}{count(found.held)} requests are outstanding on {found.path}, which {found.state}, while "
        f"{_names(found.idle)} idle{'s' if len(found.idle) == 1 else ''}."
    )


def pile_brief(found: Pile) -> str:
    """The same in short."""
    idle = f"idle{'s' if len(found.idle) == 1 else ''}"
    return f"All {count(found.held)} outstanding on {found.path}; {_names(found.idle)} {idle}."


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)
