"""Chapter 4: the deadlock of ending an original under the device's queue lock, and the softirq that avoids it."""

from __future__ import annotations

from dmtui.tour.moment import Moment, many, newest
from dmtui.tour.parts import Chapter, Step


def _deadlock(moment: Moment) -> str:
    event = moment.model.deadlocked
    if event is None:
        return ""
    return (
        f"A deadlock: {event.details.get('context', 'a chain of calls')} "
        f"waits for {event.details.get('lock', 'a lock')}, which it holds itself."
    )


def _nearly(moment: Moment) -> str:
    if newest(moment.past, "deadlock_broken"):
        return "The deadlock was broken already: {tour.next} goes on, {tour.again} begins the chapter again."
    return ""


def _broken(moment: Moment) -> str:
    if moment.model.deadlocked is not None or not newest(moment.past, "deadlock_broken"):
        return ""
    return "The lock was taken from its holder, and mpatha completes through the softirq from now on."


def _none_yet(moment: Moment) -> str:
    if moment.model.deadlocked is None:
        return "There is no deadlock yet: start the load in the step before ({tour.back})."
    return ""


def _stalled(moment: Moment) -> str:
    worker = moment.worker
    if worker is None or not worker.stalled or not worker.backlog:
        return ""
    return (
        f"On the done list: {many(worker.backlog, 'finished clone')}. sda has done its work, and app still waits "
        "for its bios."
    )


def _inline(moment: Moment) -> str:
    if moment.md is not None and moment.model.deadlocked is not None:
        return "The deadlock still stands: {md.deadlock} breaks it."
    if moment.faulty("hang"):
        return "sda hangs, not the softirq: {fault.clear} clears that; select the softirq panel first."
    if moment.worker is not None and moment.worker.stalled:
        return "The worker is stalled. The next clone that sda ends stays on the done list."
    return ""


def _drained(moment: Moment) -> str:
    worker = moment.worker
    handled = moment.now.handled - moment.start.handled
    passes = moment.now.passes - moment.start.passes
    if worker is None or worker.stalled or not handled:
        return ""
    return (
        f"{many(handled, 'clone')} since, in {many(passes, 'pass')}. After ten passes in a row the rest is left to "
        "ksoftirqd."
    )


SOFTIRQ = Chapter(
    "softirq", "The softirq, and the deadlock without it", "why the end of a clone must not end its original",
    (
        Step(
            "deadlock", "submitters",
            "This mpatha is wrong on purpose: its end_clone_request ends the original itself and runs the md queue, "
            "all under the queue lock of sda. It works until the next request is mapped to sda as well.",
            "Press {load.toggle} to start app.", _deadlock, _nearly, ("submitter", "app"), idle=True,
        ),
        Step(
            "break", "lock",
            "A spinlock does not know its owner, so the chain waits for itself, for ever; the banner tells the circle. "
            "A kernel would hang here. This emulator can take the lock away.",
            "Press {md.deadlock} to break the deadlock.", _broken, _none_yet,
        ),
        Step(
            "stall", "softirq",
            "Now end_clone_request only raises the softirq. This worker takes finished clones off its done list later, "
            "with no queue lock held: dm_softirq_done frees the clone and ends or requeues the original.",
            "This panel is current, so {fault.hang} stalls the worker: press it.", _stalled, _inline,
        ),
        Step(
            "drain", "softirq",
            "The device has ended these clones, yet no request ends: that is the price of putting it off. Whatever "
            "waits for a completion, such as a suspend, waits for this worker.",
            "Press {fault.hang} again to let it work.", _drained,
        ),
    ),
)
