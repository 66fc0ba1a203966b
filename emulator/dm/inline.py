"""``completion: inline``: what happens without the softirq, and the deadlock that forms (reference 13).

Runs in the md's process, in the chain of the device interrupt (C3), which still holds the device's queue lock.  Such
a chain waits for the answer of every insertion, as a CPU that spins does; if the lock it then asks for is one that it
holds itself, or one whose holder waits for one of its own, it waits for ever.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.dm.clone import Tio
from emulator.dm.completion import dm_softirq_done
from emulator.dm.lower import Lower
from emulator.machine import Context, Steps
from emulator.messages import CHAIN_WAITS, OPEN_PATH, RETURNED, STEAL_LOCK

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

CALLS = (
    "end_clone_request -> dm_end_request -> blk_run_queue -> dm_request_fn -> map_request -> blk_insert_cloned_request"
)
"""The way of the chain from the completion to the lock it asks for."""
LOCK_SUFFIX = ".queue_lock"

Waiting = tuple[str, tuple[str, ...], str]
"""A chain that waits: its name, the locks it holds, the lock it asks for."""


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
    return f"{lower.name}{LOCK_SUFFIX}"


def inserting(md: MappedDevice, context: Context, lower: Lower) -> None:
    """*context* holds locks elsewhere and now asks for that of *lower*: tell the other mds, look for a cycle."""
    md.insertions[context.name] = (context, lower)
    _tell_others(md, (CHAIN_WAITS, context.name, context.locks(), lock_of(lower)))
    _look(md, context.name)


def inserted(md: MappedDevice, context: Context) -> None:
    """Its insertion has returned."""
    md.insertions.pop(context.name, None)
    _tell_others(md, (CHAIN_WAITS, context.name, (), ""))


def chain_waits(md: MappedDevice, source: str, message: tuple[Any, ...]) -> None:
    """A chain of another md waits for a lock, or ("") goes on."""
    _tag, name, locks, wanted = message
    if wanted:
        md.foreign_chains[source, name] = (locks, wanted)
        for own in md.insertions:
            _look(md, own)
    else:
        md.foreign_chains.pop((source, name), None)


def _tell_others(md: MappedDevice, message: tuple[Any, ...]) -> None:
    for lower in md.lower_by_name.values():
        if lower.is_md:
            md.send(lower.name, message)


def _look(md: MappedDevice, start: str) -> None:
    """Tell the log of a cycle through *start*, once."""
    cycle = _cycle(md, start)
    key = " ".join(sorted(name for name, _, _ in cycle))
    if not cycle or key in md.told_deadlocks:
        return
    md.told_deadlocks.add(key)
    texts = [f"{name} holds {', '.join(locks)}: {CALLS} waits for {wanted}" for name, locks, wanted in cycle]
    md.event("deadlock", cycle=texts, lock=cycle[0][2], context=start)


def _cycle(md: MappedDevice, start: str) -> list[Waiting]:
    """The waiting chains that lead from *start* back to a lock that it holds; [] if there is no such way."""
    waiting: list[Waiting] = [
        (name, context.locks(), lock_of(lower)) for name, (context, lower) in md.insertions.items()
    ]
    waiting += [(name, locks, wanted) for (_, name), (locks, wanted) in md.foreign_chains.items()]
    first = next(chain for chain in waiting if chain[0] == start)
    way: list[Waiting] = []
    chain: Waiting | None = first
    while chain is not None and chain not in way:
        way.append(chain)
        wanted = chain[2]
        if wanted in first[1]:
            return way
        chain = next((other for other in waiting if wanted in other[1]), None)
    return []


def break_deadlock(md: MappedDevice) -> tuple[int, str]:
    """Take their locks from the stuck chains; completions go through the softirq from then on."""
    stuck = [context for name, (context, _) in md.insertions.items() if _cycle(md, name)]
    if not stuck:
        return errno.ESRCH, f"no deadlock on {md.name}"
    md.completion = "softirq"
    for lower in md.lower_by_name.values():
        if lower.opened:
            md.send(lower.name, (OPEN_PATH, False))
    taken: list[str] = []
    for context in stuck:
        for lock in context.locks():
            md.send(lock.removesuffix(LOCK_SUFFIX), (STEAL_LOCK, lock))
            md.event("deadlock_broken", lock=lock, context=context.name)
            taken.append(lock)
        # It holds nothing any more, and must not be taken for a holder when it goes on.
        context.carried = ()
    return 0, f"broken: {', '.join(taken)} taken; completion goes through the softirq now"


def steal_lock(md: MappedDevice, lock: str) -> None:
    """Our own queue lock is taken from its stuck holder, and with it what its chain held below."""
    holder = md.queue.lock.holder
    if lock == md.queue.lock.name and holder is not None:
        holder.carried = ()
        md.unlock(md.queue.lock)
