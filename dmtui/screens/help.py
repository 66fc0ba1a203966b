"""Help for the current panel: the kernel idea behind it in a few sentences, then the keys (UI thread)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from dmtui.keymap import HINTS, KeyHint
from dmtui.model.selection import TITLES, Stage
from dmtui.screens.simple import Reading

IDEAS: Mapping[Stage, str] = {
    "submitters": (
        "A submitter plays an application: it builds bios and gives them to the md with generic_make_request, "
        "which calls dm_request and __make_request. A bio either becomes a new request in the md queue or is "
        "merged into one that is there. The application only ever sees bi_end_io of its own bios: what happens to "
        "clones and paths below is hidden from it, and shows as waiting time at the most. 'out' are bios without "
        "an answer, 'oldest' the one that waits longest; every block read is compared with what was written."
    ),
    "queue": (
        "The md has its own request queue with an I/O scheduler. New requests wait in the elevator (SORTED), "
        "where bios are still merged into them. dm_request_fn takes them from the dispatch list, front first: "
        "dm_prep_fn clones the request and its bios (PREPPED: its clone is kept, and it is frozen, nothing merges "
        "into it any more). If the target's busy() says that every path is busy, dispatching stops and requests "
        "stay here, which helps merging. A failed clone's original comes back to the front (REQUEUED). A flush "
        "suspend puts a marker at the tail: all before it is dispatched, then dispatching stops until nothing is "
        "in flight. PLUGGED: dispatching waits for more requests or 3 ms. STOPPED: suspended. A block's width "
        "tells the size: 4K one cell, each doubling one more."
    ),
    "lock": (
        "Every request queue has a queue lock. Submitting, dispatching, completing and requeueing take it; "
        "dm_request_fn drops it while it maps a clone. Here the lock is real: contexts in other processes wait "
        "for it with messages. 'held' is the share of real time in which somebody has it, 'found taken' the part "
        "of the attempts that had to wait. A chain of calls that asks for a lock it holds itself waits for ever: "
        "that is the deadlock which the softirq avoids."
    ),
    "clones": (
        "An original that was dispatched has a clone: map_rq of the target chose a path for it, and "
        "blk_insert_cloned_request put it into that device's queue. The original stays with the md until its "
        "clone is done. ISSUED: the clone is on the device. HELD: the target keeps it, as there is no path and "
        "queue_if_no_path. DONE: finished, and on the softirq worker's done list. The arrow names the path."
    ),
    "devices": (
        "Each device is one path to the LUN, in a process of its own with a queue and a queue lock of its own. "
        "Clones wait in its queue, then are in service, as many as its depth. When a clone ends, end_clone_bio "
        "completes the original bios that succeeded and none that failed; end_clone_request then only raises the "
        "softirq. BUSY is what blk_lld_busy says. The path is active or failed: multipath fails it on a path "
        "error, and x does it by hand (dmsetup message fail_path). A fault that you inject stays until it is "
        "cleared; a failed path must also be reinstated, as multipathd would do."
    ),
    "softirq": (
        "end_clone_request runs with the device's queue lock held, so it must not complete the original: that "
        "would dispatch the next request, perhaps to the same device, and ask for the very lock that it holds. It "
        "only raises the softirq. This worker takes the finished clones off its done list later, with no lock "
        "held, and runs dm_softirq_done: free the clone, ask the target's rq_end_io, then end the original or "
        "requeue it. At most ten passes follow directly on each other, then ksoftirqd takes over. While this "
        "panel is current, d slows the worker and g stalls it."
    ),
    "completions": (
        "What came back to the applications: bios by emulated second, and the time from submitting to bi_end_io. "
        "p50, p95 and p99 are those of the selected submitter since it began; the bars show its bios of the last "
        "second, each bar twice the latency of the one before. A path failure shows as a second hump: the bios "
        "that were requeued took the way twice."
    ),
    "log": (
        "What happened, with its emulated time: paths, suspends, faults, deadlocks, processes, the scenario's "
        "timeline, and what you did (») with its outcome (✓ or the errno). Up and down or the wheel scroll; it "
        "stays where you scrolled to."
    ),
    "why": (
        "Request completion could be hooked by rq->end_io alone, but then the bios would have been completed "
        "already, errors included. So request-based dm clones the bios too. In an error case end_clone_bio does "
        "not complete the original bio, it frees the clone bio and leaves the matter to end_clone_request; in the "
        "softirq, the target decides whether the original is requeued (and cloned again, for another path) or "
        "ends with the error. The four numbers follow an error on its way up; the last is what the application "
        "got."
    ),
}
"""A few sentences for each stage."""

DEADLOCK = (
    "A completing clone ended its original directly, under the device's queue lock (completion: inline). Ending "
    "it ran the md's dm_request_fn, which mapped the next request to the same device, and "
    "blk_insert_cloned_request asks for the lock that this very chain of calls already holds. A spinlock does not "
    "know its owner: it waits for ever. D takes the lock away from it, and completion goes through the softirq "
    "from then on."
)


def help_screen(stage: Stage, deadlocked: bool, hints: Sequence[KeyHint] = HINTS) -> Reading:
    """The help for a stage."""
    parts = [Text(IDEAS[stage])]
    if deadlocked:
        parts.insert(0, Text(f"DEADLOCK. {DEADLOCK}\n", style="bold"))
    keys = Text("\nKeys\n", style="bold")
    for hint in hints:
        if hint.id.startswith("go.") and hint.id[3:].isdigit() and hint.id != "go.1":
            continue
        name = "1-9" if hint.id == "go.1" else hint.name
        text = "Go to a stage by its number" if hint.id == "go.1" else hint.description
        keys.append(f"{name:>10}", style="bold yellow").append(f"  {text}\n", style="not bold")
    parts.append(keys)
    parts.append(Text("The dashboard goes on behind a dialog, drawn five times a second.", style="italic"))
    return Reading(f"help: {TITLES[stage]}", parts)
