"""Chapter 6: suspend with flush, from the marker at the tail to the queue that is stopped, and its interruption."""

from __future__ import annotations

from dmtui.model.numbers import count, micros
from dmtui.tour.moment import Moment, many, newest, since_suspend
from dmtui.tour.parts import Chapter, Step


def _inserted(moment: Moment) -> str:
    if not newest(moment.events, "marker_inserted"):
        return ""
    listed = [request.op for request in moment.md.queue.dispatch] if moment.md else []
    if "M" not in listed:
        return "The marker went to the tail of the md queue."
    before = many(listed.index("M"), "request")
    return f"The marker went to the tail: {before} before it now, and {count(moment.in_flight)} in flight."


def _not_flush(moment: Moment) -> str:
    if moment.state != "RUNNING" and newest(since_suspend(moment.past), "suspend_started", noflush=True):
        return "That was noflush, which needs no marker: {md.resume}, and then {md.suspend}."
    if moment.state == "SUSPENDED":
        return "mpatha is suspended already: {md.resume} first."
    return ""


def _blocking(moment: Moment) -> str:
    lately = since_suspend(moment.past)
    event = newest(lately, "marker_blocking")
    if event is not None:
        flying = int(event.details.get("in_flight", 0))
        return f"The marker came to the front and waited there for {many(flying, 'request')} in flight."
    if newest(lately, "marker_completed"):
        return "The marker came to the front when nothing was in flight any more, so it did not have to wait."
    return ""


def _no_suspend(moment: Moment) -> str:
    if moment.state == "RUNNING":
        return "mpatha is not suspending: {md.suspend} suspends it."
    return "" if newest(since_suspend(moment.past), "marker_inserted") else _not_flush(moment)


def _suspended(moment: Moment) -> str:
    event = newest(since_suspend(moment.past), "suspended")
    if moment.state != "SUSPENDED" or event is None:
        return ""
    return (
        f"dmsetup suspend returned after {micros(int(event.details.get('took_us', 0)))}. Nothing is in flight; "
        f"{many(moment.now.kept, 'request')} stay on the stopped md queue."
    )


def _resumed(moment: Moment) -> str:
    if moment.state != "RUNNING" or not newest(moment.past, "resumed"):
        return ""
    return "dm_resume started the md queue, and what waited on it is dispatched."


def _interrupted(moment: Moment) -> str:
    if not newest(moment.events, "suspend_failed", errno=4):
        return ""
    return (
        "dmsetup suspend returned EINTR and mpatha runs on. A marker that is left on the queue is invalid: dm_prep_fn "
        "kills it when it comes to the front."
    )


def _too_late(moment: Moment) -> str:
    if moment.state == "SUSPENDED" and not newest(moment.events, "suspend_started"):
        return "mpatha is still suspended: {md.resume} first, then {md.suspend} twice, quickly."
    if moment.state == "SUSPENDED":
        return "It had ended before the second key: {md.resume}, then {md.suspend} twice, a little faster."
    if moment.state == "SUSPENDING":
        return "It waits now: {md.suspend} interrupts it."
    return ""


SUSPEND = Chapter(
    "suspend", "Suspend", "how to come to a state in which nothing is in flight",
    (
        Step(
            "marker", "queue",
            "dmsetup suspend must leave nothing in flight. With flush, dm_suspend puts a marker at the tail of the md "
            "queue: everything before it will be dispatched, nothing behind it.",
            "Press {md.suspend} to suspend with flush.", _inserted, _not_flush,
        ),
        Step(
            "front", "queue",
            "dm_request_fn goes on until the marker is at the front. Then it dispatches nothing and waits for what is "
            "in flight. An original that is requeued meanwhile goes before the marker.",
            "Nothing to press: watch the marker move.", _blocking, _no_suspend,
        ),
        Step(
            "stopped", "queue",
            "With nothing in flight the md queue is stopped, the marker completed, and md->wait woken: dm_suspend "
            "returns. Later bios are queued, but stay.",
            "Nothing to press: wait for SUSPENDED.", _suspended, _no_suspend,
        ),
        Step(
            "resume", "queue",
            "A suspended md has no request in flight on any path, so its table can be changed. The application only "
            "waits.",
            "Press {md.resume} to resume.", _resumed,
        ),
        Step(
            "interrupt", "queue",
            "While dm_suspend waits, a signal can interrupt it: Ctrl-C at the dmsetup that hangs. Then the marker must "
            "be made harmless, as it may still be on the queue.",
            "Press {md.suspend} to suspend, then {md.suspend} again before it is done.", _interrupted, _too_late,
        ),
    ),
)
