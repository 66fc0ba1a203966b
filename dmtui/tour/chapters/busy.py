"""Chapter 5: the target's busy() stops dispatching, so that requests wait where they can still be merged."""

from __future__ import annotations

from dmtui.tour.moment import Moment, many
from dmtui.tour.parts import Chapter, Step


def _one_busy(moment: Moment) -> str:
    sda = moment.device("sda")
    if sda is None or not sda.busy or moment.is_busy("sdb") or not sda.nr_queued:
        return ""
    return (
        "sda is busy, sdb is not: dispatching goes on. round-robin does not ask who is busy, so "
        f"{many(sda.nr_queued, 'clone')} stay{'s' * (sda.nr_queued == 1)} in the queue of sda."
    )


def _another(moment: Moment) -> str:
    if moment.is_busy("sdb") and not moment.is_busy("sda"):
        return "That was sdb. It does the same; this step asks for sda: {fault.busy} clears it, {go.up} selects sda."
    if moment.is_busy("sda"):
        return "sda is busy. Its next clone will wait."
    return ""


def _all_busy(moment: Moment) -> str:
    stops = moment.now.busy_stops - moment.start.busy_stops
    if not (moment.is_busy("sda") and moment.is_busy("sdb")) or not stops:
        return ""
    return f"Every path is busy: dm_request_fn stopped; on the md queue stay {many(moment.now.kept, 'request')}."


def _half(moment: Moment) -> str:
    busy = [name for name in ("sda", "sdb") if moment.is_busy(name)]
    if not busy:
        return "No path is busy: make both busy, {go.up} and {go.down} select, {fault.busy} makes busy."
    return "Both are busy. The next bio makes dm_request_fn ask." if len(busy) == 2 else ""


def _merged(moment: Moment) -> str:
    merged = moment.now.merged - moment.start.merged
    if merged < 8 or moment.md is None:
        return ""
    longest = max((request.bios for request in (*moment.md.queue.sorted, *moment.md.queue.dispatch)), default=0)
    return f"{many(merged, 'bio')} more, merged into requests that wait. The longest has {many(longest, 'bio')} now."


def _no_wait(moment: Moment) -> str:
    if not (moment.is_busy("sda") and moment.is_busy("sdb")):
        return "A path is ready, so requests do not wait: make both busy ({tour.back})."
    return ""


def _ready(moment: Moment) -> str:
    sent = moment.now.dispatched - moment.start.dispatched
    if moment.is_busy("sda") or moment.is_busy("sdb") or not sent:
        return ""
    whole = f"{many(moment.now.bios, 'bio')} became {many(moment.now.requests, 'request')}"
    return f"Dispatched since: {many(sent, 'request')}. Over the whole chapter {whole}."


def _one_left(moment: Moment) -> str:
    left = [name for name in ("sda", "sdb") if moment.is_busy(name)]
    return f"{left[0]} is still busy: select it and press {{fault.busy}}." if len(left) == 1 else ""


BUSY = Chapter(
    "busy", "Busy", "when a request had better wait in the md queue",
    (
        Step(
            "one", "devices",
            "dm_request_fn asks the target's busy() before it dispatches. multipath_busy asks blk_lld_busy of every "
            "path of the group, and says busy only if all active paths are.",
            "sda is selected: press {fault.busy}.", _one_busy, _another, ("device", "sda"),
        ),
        Step(
            "all", "devices",
            "With one path left that can take a clone, stopping would be wrong. Now the other one: then there is no "
            "path that could start a clone at once.",
            "Press {go.down} to select sdb, then {fault.busy}.", _all_busy, _half, ("device", "sda"),
        ),
        Step(
            "merge", "queue",
            "Dispatching has stopped; the md queue is plugged and looks again after 3 ms. Only its head is frozen, as "
            "it was peeked at. log goes on writing, and its bios go into the requests behind the head.",
            "Nothing to press: watch the merges.", _merged, _no_wait,
        ),
        Step(
            "ready", "devices",
            "Had they been dispatched, they would wait in a device's queue, where nothing is merged: many small "
            "clones. Now they will go as few large ones.",
            "sda is selected: {fault.busy} clears it. {go.down} selects sdb: {fault.busy} again.", _ready, _one_left,
            ("device", "sda"),
        ),
    ),
)
