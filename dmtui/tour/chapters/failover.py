"""Chapter 8: a path error changes the path, then the priority group; with no path left queue_if_no_path waits."""

from __future__ import annotations

from dmtui.model.numbers import count
from dmtui.tour.moment import Moment, many, newest
from dmtui.tour.parts import Chapter, Step


def _switched(moment: Moment) -> str:
    if moment.is_valid("sda") or not moment.is_valid("sdb") or not moment.gone_to("sdb"):
        return ""
    requeued = moment.now.requeued - moment.start.requeued
    return (
        f"sda is F. Requeued: {many(requeued, 'original')}; sent to sdb: {many(moment.gone_to('sdb'), 'clone')}. "
        f"Errors that app saw: {count(moment.now.failed)}."
    )


def _spare(moment: Moment) -> str:
    if "sdb" in moment.faulty() or not moment.is_valid("sdb"):
        return "sdb is the spare path here: {fault.clear} or {path.toggle} mends it, {go.up} selects sda."
    return "The next clone that sda ends has the error." if "sda" in moment.faulty("error") else ""


def _stays(moment: Moment) -> str:
    if not moment.is_valid("sda") or moment.faulty() or not newest(moment.past, "path_reinstated"):
        return ""
    return (
        "sda is A again, but clones still go to sdb. Going back is for multipathd: its failback sends switch_group 1."
        if moment.is_valid("sdb") else "sda is A again and takes every clone, as sdb is F."
    )


def _not_mended(moment: Moment) -> str:
    if moment.is_valid("sda") and moment.faulty("error"):
        return "The error is still in force on sda: {fault.clear} clears it."
    if moment.is_valid("sda") and not newest(moment.past, "path_failed"):
        return "sda has not failed: {tour.back} goes back to the step in which it does."
    return "The fault is gone. Now {path.toggle} reinstates the path." if not moment.faulty() else ""


def _held(moment: Moment) -> str:
    target = moment.md.target if moment.md else None
    if target is None or target.nr_valid_paths or not target.queued:
        return ""
    return (
        f"No valid path is left. queue_if_no_path keeps {many(target.queued, 'clone')} inside the target (HELD). app "
        "waits and sees no error."
    )


def _one_more(moment: Moment) -> str:
    left = [name for name in ("sda", "sdb") if moment.is_valid(name)]
    if len(left) == 1:
        return f"{left[0]} is still A: select it and press {{path.toggle}}."
    return "" if left else "Both are F. The next request that is mapped will be held."


def _going_on(moment: Moment) -> str:
    if not newest(moment.past, "no_path_left"):
        return ""
    target = moment.md.target if moment.md else None
    answered = moment.now.answered - moment.start.answered
    if target is None or not target.nr_valid_paths or target.queued or not answered:
        return ""
    back = ", ".join(device.name for device in moment.model.devices if moment.is_valid(device.name))
    are = "are" if ", " in back else "is"
    return f"{back} {are} A: what was held was mapped again, and {many(answered, 'bio')} came back since."


def _never_held(moment: Moment) -> str:
    if newest(moment.past, "no_path_left"):
        return ""
    return "Nothing was held: {tour.back} goes back to the step in which both paths fail."


FAILOVER = Chapter(
    "failover", "Failover", "what multipath makes of all this: errors that change the path",
    (
        Step(
            "error", "devices",
            "Two priority groups: sda in the first, sdb in the second. multipath stays in a group as long as it has a "
            "usable path. Now the first one loses its only path.",
            "sda is selected: press {fault.error}.", _switched, _spare, ("device", "sda"),
        ),
        Step(
            "failback", "devices",
            "A path error came up in dm_softirq_done: fail_path, requeue, and the next map_rq found only the second "
            "group usable. What happens when the first path is well again?",
            "sda is selected: {fault.clear} clears the fault, {path.toggle} reinstates the path.", _stays, _not_mended,
            ("device", "sda"),
        ),
        Step(
            "held", "devices",
            "With no valid path the bios would end with EIO. But this table says queue_if_no_path: map_rq keeps the "
            "clone inside the target and waits for a path.",
            "Press {path.toggle} to fail sda, {go.down} to select sdb, {path.toggle} to fail it too.", _held,
            _one_more, ("device", "sda"),
        ),
        Step(
            "again", "devices",
            "So a storage that is gone for a minute costs a minute and no error. But with no path ever again, nothing "
            "ends: hence no_path_retry of multipathd.",
            "sdb is selected: {path.toggle} reinstates it.", _going_on, _never_held, ("device", "sdb"),
        ),
    ),
)
