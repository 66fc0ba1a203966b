"""The kernel idea behind each panel, in a few sentences that a student understands (texts, UI thread)."""

from __future__ import annotations

from collections.abc import Mapping

from dmtui.model.selection import Stage

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
        "tells the size: 4K one cell, each doubling one more. Up and down select a request, which stays selected "
        "while it moves; {life} tells its life."
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
        "Each device is one path to the LUN, in a process of its own with a queue and a queue lock of its own. Clones "
        "wait in its queue, then are in service, as many as its depth. When a clone ends, end_clone_bio completes the "
        "original bios that succeeded and none that failed; end_clone_request then only raises the softirq. BUSY is "
        "what blk_lld_busy says. At the right stands the path's priority group with its letter in dmsetup status: A "
        "active, E enabled, D disabled; ▸ the path that map_rq took last. "
        "The path is active or failed: multipath fails it on a path error, and {path.toggle} "
        "does it by hand (dmsetup message fail_path). A fault that you inject stays until it is cleared; a failed "
        "path must also be reinstated, as multipathd would do."
    ),
    "softirq": (
        "end_clone_request runs with the device's queue lock held, so it must not complete the original: that "
        "would dispatch the next request, perhaps to the same device, and ask for the very lock that it holds. It "
        "only raises the softirq. This worker takes the finished clones off its done list later, with no lock "
        "held, and runs dm_softirq_done: free the clone, ask the target's rq_end_io, then end the original or "
        "requeue it. At most ten passes follow directly on each other, then ksoftirqd takes over. While this "
        "panel is current, {fault.latency} slows the worker and {fault.hang} stalls it."
    ),
    "completions": (
        "What came back to the applications: bios by emulated second, and the time from submitting to bi_end_io. "
        "p50, p95 and p99 are those of the selected submitter since it began; the bars show its bios of the last "
        "second, each bar twice the latency of the one before. A path failure shows as a second hump: the bios "
        "that were requeued took the way twice."
    ),
    "log": (
        "What happened, with its emulated time: paths, suspends, faults, deadlocks, processes, the scenario's "
        "timeline, and what you did (») with its outcome (✓ or the errno). Up and down or the wheel move a cursor, "
        "whose line is shown whole; with it the log stays where it is, {go.last} follows again. {filter} keeps the "
        "lines that have all the words, or field:value with time, machine, kind, text, path (path:sda time>2s)."
    ),
    "why": (
        "Request completion could be hooked by rq->end_io alone, but then the bios would have been completed "
        "already, errors included. So request-based dm clones the bios too. In an error case end_clone_bio does "
        "not complete the original bio, it frees the clone bio and leaves the matter to end_clone_request; in the "
        "softirq, the target decides whether the original is requeued (and cloned again, for another path) or "
        "ends with the error. The four numbers follow an error on its way up; the last is what the application "
        "got."
    ),
    "multipath": (
        "The maps as multipath -ll draws them: a map has priority groups, a group has paths and a path selector. "
        "map_rq takes a path of the active group from the selector; when all its paths failed, the target goes to "
        "the next enabled group (with an hwhandler: pg_init first, so that the storage moves the LUN to its other "
        "controller). A path error in rq_end_io fails the path and the original is requeued; 'fails' counts that. "
        "multipathd, where it runs, checks every path and reinstates those that answer: its last word stands "
        "beside the path. 'held': no path is valid and queue_if_no_path keeps the requests in the target. "
        "{path.toggle} fails or reinstates the selected path."
    ),
    "faults": (
        "What is broken on purpose, and stays so until it is cleared or its time is over. A fault sits on a device, "
        "an md or the softirq worker and has matchers (operation, sectors, every n-th, probability, how often). "
        "'armed' counts the requests that its matchers let through, 'fired' those that it hit. {fault.error} "
        "{fault.busy} {fault.latency} {fault.hang} put the common ones on the selected device, {fault.dialog} asks "
        "for all matchers, {fault.clear} clears, {undo} takes the last one back."
    ),
    "warnings": (
        "What looks wrong over time: a queue lock held long or most of the time (all who submit, dispatch and "
        "complete wait then), a requeue storm (originals go back to the md queue faster than they end: often a path "
        "that is failed and reinstated again and again), a backlog on the softirq's done list that only grows, a "
        "path that flaps, a path much slower than the others of its LUN, a broken invariant. A warning stays after "
        "it is over (✓). {life} goes to its moment in the log."
    ),
    "heatmap": (
        "Each path has a block of rows: upwards the time from inserting the clone into the device's queue to its "
        "end, to the right the time of the run, the newest at the right end; the fuller a cell, the more clones "
        "took that long in that slice. A path that gets slow moves up; two bands on one path are two ways through "
        "it (a queue that is full, a part of the disk that is slow). The applications see more than this: waiting "
        "in the md queue and being requeued are not in it."
    ),
    "charts": (
        "The same seconds one below the other: bios completed to the applications, what waits in the md queue, "
        "what is in flight, the share of time in which the queue lock is held. Every chart begins at zero and has "
        "its own top, which stands beside it. A queue that grows while completions stay flat waits for the paths; "
        "one that grows while little is in flight waits for the lock, a plug, a suspend or busy paths."
    ),
    "lanes": (
        "One lane for each process, one arrow for each message between them, the newest at the bottom. md, each "
        "device and the softirq worker are processes of their own here, so what the kernel does by calling a function "
        "across a lock is a message: blk_insert_cloned_request goes to a device, end_clone_bio comes back, "
        "blk_complete_request only raises the softirq, dm_softirq_done tells the md. R and W are the direction on the "
        "way there, ✓ and × the outcome on the way back. At full speed you see a sample: the newest request until its "
        "bios end, then the next ({lanes.follow} stays with one, again it goes to older ones). In slow motion "
        "({clock.slow}) and while the clock stands every message is shown; what nobody has received yet is dashed. "
        "Then {step.event} lets one event happen, {step.dispatch} goes on to the next dispatch, {step.softirq} to the "
        "next softirq pass, and {waiting} lists what waits: any head of a pipe may go next, nothing overtakes within "
        "one."
    ),
}
"""A few sentences for each stage."""

FLOW = (
    "The picture: submitters, md queue with its lock, clones, devices, softirq, completions, from left to right. "
    "A block is a request, its letter and colour say read or write, its width its size; it goes right as a clone "
    "and comes back below as a completion. A column that fills up is where the work waits. A requeued request goes "
    "back to the left (↺) and stands at the front of the dispatch list; the marker (◆) is a suspend's."
)
"""For the layout that has the picture."""

CONSOLE = (
    "The lines of dmtui console: dmsetup, multipath, io, fault, wait, and more; 'help' lists them. Tab completes, "
    "up and down go through the history, which is kept between visits. A line that waits (a suspend, a read) does "
    "not stop the dashboard; ^C interrupts it as in a shell. Esc gives the keys back to the panels, Esc once more "
    "closes the console."
)

LIFE = (
    "Every kernel function that the request passed, oldest first, with the emulated time, how long after the line "
    "before, the process and the context that ran it (process, irq, softirq), and the locks it held. Lines between "
    "tell where it waited and why a verdict fell: 'EIO -> path error -> fail_path' is multipath's rq_end_io. A "
    "request that is cloned again shows each try. ← and → go to the other requests of the panel, / keeps the "
    "steps with some letters in them, End follows what has not ended. A path's life is what happened to the path: how "
    "many clones ended well is counted between its changes of state. A lock's life are its holds: who took it, whom "
    "it waited for, how long, and how long it was held (real time of the process). A line with › leads to a request's "
    "life: click it, or tab to it and enter; backspace goes back. E and J write the steps as CSV, all of it as JSON; "
    "y copies it."
)

DEADLOCK = (
    "A completing clone ended its original directly, under the device's queue lock (completion: inline). Ending it "
    "ran the md's dm_request_fn, which mapped the next request to the same device, and blk_insert_cloned_request asks "
    "for the lock that this very chain of calls already holds. A spinlock does not know its owner: it waits for ever. "
    "{md.deadlock} takes the lock away from it, and completion goes through the softirq from then on."
)
