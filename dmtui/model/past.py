"""What the panel that says why says once the emulation has ended: the same facts, as what was (pure, UI thread).

Of :mod:`dmtui.model.story`, whose sentences are about what goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dmtui.model.numbers import count, many

if TYPE_CHECKING:
    from dmtui.model.story import Sight


def over(sight: Sight) -> tuple[str, str] | None:
    """In full and in brief; None where what was counted is told as something past anyway."""
    found = stood(sight)
    if found is not None:
        return found
    if sight.busy:
        names = ", ".join(sight.busy)
        return (
            f"Every valid path of {names} said busy at the end, so dm_request_fn had stopped dispatching: "
            f"{count(sight.kept)} requests stayed on the md queue. The application saw latency, no error.",
            f"{names}: all paths were busy, requests waited.",
        )
    if sight.noticed or sight.clone_errors or sight.hidden:
        return None
    done = f"{count(sight.completed)} bios completed until the end, none with an error."
    return done, done


def stood(sight: Sight) -> tuple[str, str] | None:
    """What held everything up at the end."""
    if sight.deadlock:
        return (
            f"A deadlock stood at the end: the holder of {sight.deadlock} waited for itself. The application saw no "
            "error, its bios did not come back.",
            f"Deadlock on {sight.deadlock} until the end: no error.",
        )
    if sight.suspended:
        names = ", ".join(sight.suspended)
        return (
            f"{names} was SUSPENDED at the end, its md queue stopped with {count(sight.stopped)} requests on it. The "
            "application saw no error, those bios did not come back.",
            f"{names} was SUSPENDED at the end: no error.",
        )
    if sight.suspending:
        names = ", ".join(md.name for md in sight.suspending)
        flying = count(sum(md.nr_in_flight for md in sight.suspending))
        return (
            f"{names} was SUSPENDING at the end: dmsetup suspend waited for {flying} requests in flight. The "
            "application saw no error, new bios waited.",
            f"{names} was SUSPENDING: {flying} in flight at the end.",
        )
    if sight.stalled:
        names = ", ".join(sight.stalled)
        return (
            f"{names} handled nothing at the end, with {many(sight.done, 'finished clone')} on its done list. The "
            "application saw no error, those bios did not come back.",
            f"{names} was stalled at the end: no error.",
        )
    if sight.waiting and not sight.valid_paths:
        return (
            f"No valid path was left, and queue_if_no_path kept {count(sight.waiting)} clones inside the target until "
            "the end. The application saw no error for them, and never got them back.",
            "No valid path: queue_if_no_path kept them to the end.",
        )
    if sight.hung or sight.timing:
        names = ", ".join((*sight.hung, *sight.timing))
        return (
            f"Requests hung on {names} until the end: their clones neither succeeded nor failed, so there was nothing "
            "to retry. The application saw no error, its bios did not come back.",
            f"Requests hung on {names} until the end: no error.",
        )
    if sight.lost:
        names = ", ".join(sight.lost)
        return (
            f"No valid path of {names} was left at the end, and queue_if_no_path was on. The application saw no error, "
            "its bios did not come back.",
            "No valid path: queue_if_no_path was on to the end.",
        )
    return None
