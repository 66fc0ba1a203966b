"""``completion: inline``: what happens without the softirq, and the deadlock that forms (reference 13).

Runs in the md's process, in the chain of the device interrupt (C3), which still holds the device's queue lock.  Such
a chain waits for the answer of every insertion, as a CPU that spins does; if the lock it then asks for is one that it
holds itself, or one whose holder waits for one of its own, it waits for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.dm.clone import Tio
from emulator.dm.completion import dm_softirq_done
from emulator.dm.lower import Lower
from emulator.machine import Context, Steps
from emulator.messages import OPEN_PATH, RETURNED, STEAL_LOCK

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

CALLS = (
    "end_clone_request -> dm_end_request -> blk_run_queue -> dm_request_fn -> map_request -> blk_insert_cloned_request"
)
"""The way of the chain from the completion to the lock it asks for."""


def end_clone_request(md: MappedDevice, source: str, message: tuple[Any, ...]) -> None:
    """The device's end_clone_request finishes the original at once instead of raising the softirq."""
    _tag, name, carried, clone, error, ended = message
    tio = md.clones.get(clone)
    if tio is None or tio.done:
        md.send(source, (RETURNED, name))
        return
    tio.done = True
    context = md.chain(name, carried)
    md.call(context, _complete(md, context, tio, error, ended, source, name), carried)


def _complete(
    md: MappedDevice, context: Context, tio: Tio, error: int, ended: int, source: str, caller: str
) -> Steps:
    yield from dm_softirq_done(md, context, tio, error, ended)
    md.send(source, (RETURNED, caller))


def lock_of(lower: Lower) -> str:
    """Name of the queue lock of *lower*."""
    return f"{lower.name}.queue_lock"


def inserting(md: MappedDevice, context: Context, lower: Lower) -> None:
    """*context* holds locks elsewhere and now asks for that of *lower*: look for a cycle."""
    md.insertions[context.name] = (context, lower)
    cycle = _cycle(md, context)
    if not cycle:
        return
    key = " ".join(sorted(each.name for each in cycle))
    if key in md.told_deadlocks:
        return
    md.told_deadlocks.add(key)
    texts = []
    for each in cycle:
        wanted = lock_of(md.insertions[each.name][1])
        texts.append(f"{each.name} holds {', '.join(each.locks())}: {CALLS} waits for {wanted}")
    md.event("deadlock", cycle=texts, lock=lock_of(lower), context=context.name)


def _cycle(md: MappedDevice, start: Context) -> list[Context]:
    """The chain of waiting contexts that leads from *start* back to a lock it holds; [] if there is none."""
    chain: list[Context] = []
    context: Context | None = start
    while context is not None and context not in chain:
        chain.append(context)
        wanted = lock_of(md.insertions[context.name][1])
        if wanted in start.locks():
            return chain
        context = next((other for other, _ in md.insertions.values() if wanted in other.locks()), None)
    return []


def break_deadlock(md: MappedDevice) -> tuple[int, str]:
    """Take the locks that stuck chains wait for from their holders; completions go through the softirq then."""
    stuck = [(context, lower) for context, lower in md.insertions.values() if _cycle(md, context)]
    if not stuck:
        return 3, f"no deadlock on {md.name}"
    md.completion = "softirq"
    for lower in md.lower_by_name.values():
        if lower.opened:
            md.send(lower.name, (OPEN_PATH, False))
    for context, lower in stuck:
        md.send(lower.name, (STEAL_LOCK, lock_of(lower)))
        md.event("deadlock_broken", lock=lock_of(lower), context=context.name)
    taken = ", ".join(lock_of(lower) for _, lower in stuck)
    return 0, f"broken: {taken} taken; completion goes through the softirq now"


def steal_lock(md: MappedDevice, lock: str) -> None:
    """Our own queue lock is taken from its stuck holder."""
    if lock == md.queue.lock.name and md.queue.lock.holder is not None:
        md.unlock(md.queue.lock)
