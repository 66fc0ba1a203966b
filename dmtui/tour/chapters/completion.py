"""Chapter 3: both ends are hooked, bi_end_io and end_io, so that an error never reaches the application too early."""

from __future__ import annotations

from dmtui.model.numbers import count
from dmtui.tour.moment import Moment, many
from dmtui.tour.parts import Chapter, Step


def _hidden(moment: Moment) -> str:
    hidden = moment.now.hidden - moment.start.hidden
    if not hidden:
        return ""
    errors = moment.now.clone_errors - moment.start.clone_errors
    other = "" if not moment.is_valid("sda") else "It was another path than sda, which is as good. "
    return (
        f"{other}Ended with an error: {many(errors, 'clone')}; requeued: {many(hidden, 'original')}. "
        f"Bios that app got back with an error: {count(moment.now.failed)}."
    )


def _not_yet(moment: Moment) -> str:
    faults = [fault for fault in moment.model.faults() if fault.type != "error"]
    if faults:
        fault = faults[0]
        return f"{fault.type} on {fault.target} is no error: {{fault.clear}} clears it, {{fault.error}} is meant."
    if moment.faulty("error"):
        return "The fault is in force. The next clone that the device ends has the error."
    if moment.valid < 2:
        return "A path was failed by hand: no clone ended with an error. {path.toggle} reinstates it."
    return ""


def _help_read(moment: Moment) -> str:
    if "Help" not in moment.screens or moment.screen:
        return ""
    return "Every panel has such a page. The four numbers here follow an error on its way up."


def _cleared(moment: Moment) -> str:
    failed = [device.name for device in moment.model.devices if (p := moment.path(device.name)) and not p.active]
    if moment.faulty() or not failed:
        return ""
    return (
        f"{failed[0]} would answer again, but the path stays F and gets nothing: testing paths is not the kernel's "
        "work, it is multipathd's."
    )


def _no_failed(moment: Moment) -> str:
    faulty = moment.faulty()
    if faulty and moment.model.selection.name("device") not in faulty:
        return f"The fault is on {faulty[0]}: {{fault.list}} lists it, whatever is selected."
    if moment.valid == 2 and not faulty:
        return "No path is failed and no fault in force: {tour.back} goes back to the step that makes one."
    return ""


def _reinstated(moment: Moment) -> str:
    if moment.valid < 2 or moment.faulty("error"):
        return ""
    return (
        f"Both paths are A. Until now {many(moment.now.answered, 'bio')} came back to app, "
        f"{count(moment.now.failed)} with an error."
    )


def _still_broken(moment: Moment) -> str:
    if moment.faulty("error"):
        return "The error is still in force and would fail the path again: {fault.clear} clears it."
    if not moment.valid:
        return "Now both paths are F: that was the good one. {path.toggle} on each of them reinstates it."
    return ""


COMPLETION = Chapter(
    "completion", "Completion, and why errors stay hidden", "who may tell the application that a bio has ended",
    (
        Step(
            "error", "devices",
            "The driver below ends a clone with blk_end_request. blk_update_request then calls end_clone_bio for each "
            "clone bio; on success that completes the original bio at once. And on an error?",
            "sda is selected: press {fault.error}, and it ends every clone with EIO.", _hidden, _not_yet,
            ("device", "sda"),
        ),
        Step(
            "why", "why",
            "end_clone_bio freed the failed clone bios and did not touch the original bios. With rq->end_io alone it "
            "would be too late: by then every bio has been completed, with its error.",
            "Press {help} for the idea behind this panel, and [esc] to close it.", _help_read, still=True,
        ),
        Step(
            "requeue", "queue",
            "dm_softirq_done asked the target's rq_end_io. multipath failed the path and answered DM_ENDIO_REQUEUE: "
            "the original went back to the front of the md queue, to be cloned again for another path.",
            "Press {fault.clear} to clear the fault on the selected device.", _cleared, _no_failed,
        ),
        Step(
            "reinstate", "devices",
            "The failed path must be reinstated from outside: dmsetup message mpatha 0 reinstate_path. multipathd "
            "does that when its checker finds the path up.",
            "Press {path.toggle} to reinstate the selected path.", _reinstated, _still_broken,
        ),
    ),
)
