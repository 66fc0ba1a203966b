"""Chapter 1: bios become requests in the md queue, or are merged into one that waits there."""

from __future__ import annotations

from dmtui.model.numbers import clock, size
from dmtui.tour.moment import Moment, many
from dmtui.tour.parts import Chapter, Step


def _standing(moment: Moment) -> str:
    app = moment.submitter("app")
    if not moment.model.paused or app is None:
        return ""
    return (
        f"The clock stands at {clock(moment.model.now_us)}. app waits for {many(app.outstanding, 'bio')}; on the "
        f"md queue: {many(moment.now.kept, 'request')}."
    )


def _running(moment: Moment) -> str:
    if moment.model.paused or not moment.now.requests:
        return ""
    return f"Until now {many(moment.now.bios, 'bio')} became {many(moment.now.requests, 'request')}."


def _merging(moment: Moment) -> str:
    log = moment.submitter("log")
    merged = moment.now.merged - moment.start.merged
    if log is None or not log.submitted or merged < 4:
        return ""
    return f"log has submitted {many(log.submitted, 'bio')}; {many(merged, 'bio')} found a request to be merged into."


def _other_load(moment: Moment) -> str:
    app, log = moment.submitter("app"), moment.submitter("log")
    if app is not None and not app.running:
        return "app stands still now: {load.toggle} starts it again. Then select log with {go.up} or {go.down}."
    if log is not None and log.running:
        return "log runs, nothing more to press: its bios meet requests that wait in a moment."
    return ""


def _growing(moment: Moment) -> str:
    merged = moment.now.merged - moment.start.merged
    if not moment.faulty("busy") or merged < 8 or moment.md is None:
        return ""
    waiting = [*moment.md.queue.sorted, *moment.md.queue.dispatch]
    longest = max(waiting, key=lambda request: request.bios, default=None)
    if longest is None:
        return ""
    return (
        f"{many(merged, 'bio')} merged meanwhile. The longest request has {many(longest.bios, 'bio')}, "
        f"{size(longest.sectors)}, and is still one request."
    )


def _released(moment: Moment) -> str:
    sent = moment.now.dispatched - moment.start.dispatched
    if moment.faulty("busy") or sent < 2:
        return ""
    return f"Dispatched since: {many(sent, 'request')}, each as one clone, however many bios it has."


SUBMISSION = Chapter(
    "submission", "Submission and merging", "how a bio becomes a request, and when it needs none of its own",
    (
        Step(
            "bios", "submitters",
            "app plays an application. It submits bios, each a read or a write of some sectors: generic_make_request "
            "gives them to mpatha, and dm_request to __make_request. The clock is 200 times slower than yours.",
            "Press {clock.pause} to stop the clock and look in peace.", _standing, still=True,
        ),
        Step(
            "requests", "queue",
            "__make_request makes a request of a bio and hands it to the I/O scheduler of the md queue, which sorts by "
            "sector. Each block is a request: the wider, the more sectors.",
            "Press {clock.pause} again to let the clock go on.", _running, still=True,
        ),
        Step(
            "merging", "submitters",
            "A bio that continues a request which still waits is merged into it and needs no request of its own. log "
            "writes one sector after the other, so its bios can be merged.",
            "log is selected: press {load.toggle} to start it.", _merging, _other_load, ("submitter", "log"),
        ),
        Step(
            "head", "queue",
            "dm_request_fn peeks at the first request, which freezes it: it is STARTED and has a clone, so nothing is "
            "merged into it any more. Those behind it still grow, most of all while the path is busy.",
            "Press {fault.busy}: sda says busy. Watch them grow.", _growing, pick=("device", "sda"),
        ),
        Step(
            "dispatch", "queue",
            "So the md queue is the place for merging. Below, in the queue of the device, nothing is merged: what is "
            "dispatched as many small requests stays many small clones.",
            "Press {fault.busy} again to clear the fault.", _released, pick=("device", "sda"),
        ),
    ),
)
