"""Chapter 7: noflush stops the md queue at once, and resume starts it: requests stay in the queue in between."""

from __future__ import annotations

from dmtui.model.numbers import count, micros
from dmtui.tour.moment import Moment, many, newest, since_suspend
from dmtui.tour.parts import Chapter, Step


def _stopped(moment: Moment) -> str:
    if moment.state != "SUSPENDED":
        return ""
    flushed = newest(since_suspend(moment.past), "suspend_started", noflush=False)
    how = "with flush, so what was on the queue was dispatched before" if flushed else "noflush"
    return f"mpatha is SUSPENDED ({how}): nothing is in flight, {many(moment.now.kept, 'request')} on the md queue."


def _waits(moment: Moment) -> str:
    if moment.state == "SUSPENDING":
        return f"The md queue is stopped. dm_suspend still waits for {count(moment.in_flight)} in flight."
    return ""


def _piling(moment: Moment) -> str:
    view = moment.submitter("app")
    if moment.state != "SUSPENDED" or view is None or view.oldest < 15_000:
        return ""
    return (
        f"app waits for {many(view.outstanding, 'bio')}, the oldest since {micros(view.oldest)}. It got "
        f"{many(view.failed, 'error')}."
    )


def _not_suspended(moment: Moment) -> str:
    return "mpatha is running: {md.noflush} suspends it without flush." if moment.state == "RUNNING" else ""


def _started(moment: Moment) -> str:
    sent = moment.now.dispatched - moment.start.dispatched
    if moment.state != "RUNNING" or not sent or not newest(moment.past, "resumed"):
        return ""
    return f"dm_request_fn ran at once. Dispatched since: {many(sent, 'request')}."


def _answered(moment: Moment) -> str:
    view = moment.submitter("app")
    answered = moment.now.answered - moment.start.answered
    if view is None or answered < 20 or moment.state != "RUNNING":
        return ""
    return (
        f"{many(answered, 'bio')} came back, {count(view.failed)} of {count(view.completed)} with an error. The "
        f"longest took {micros(view.latency_max)}."
    )


RESUME = Chapter(
    "resume", "Resume", "where requests are while the md is suspended, and how they go on",
    (
        Step(
            "noflush", "queue",
            "Without flush there is no marker: dm_suspend just stops the md queue. What is in flight ends, or comes "
            "back to the queue; what waits on the queue stays there.",
            "Press {md.noflush} to suspend without flush.", _stopped, _waits,
        ),
        Step(
            "waiting", "submitters",
            "app does not know. Its bios still become requests on the stopped queue. There is no second list: "
            "submitters would only sleep once all nr_requests were taken.",
            "Nothing to press: watch the age of the oldest bio.", _piling, _not_suspended,
        ),
        Step(
            "resume", "queue",
            "If another table was loaded meanwhile, dmsetup resume first swaps it in; so a path can be added under "
            "load. Then dm_resume starts the md queue, which runs dm_request_fn.",
            "Press {md.resume} to resume.", _started, _not_suspended,
        ),
        Step(
            "answers", "completions",
            "Every request was kept in its place, so nothing is lost and nothing fails. What is left of the suspend is "
            "latency: those bios took as long as it lasted.",
            "Nothing to press: watch the bios come back.", _answered,
        ),
    ),
)
