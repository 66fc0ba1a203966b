"""The order of actions that blktrace showed for each kind of request, told by what the machines record.

Q G and Q M are a bio that becomes a request or joins one; I and D the request that goes to the driver; A the clone that
is mapped to a path, D and C there its start and end; C the end of the clone's bios and of the request; R a request put
back.  What the task's own plug shows (P U UT) has no counterpart: here the queue is plugged.  A request is inserted at
once and not when the task's plug ends, so I is told where the request goes to the driver, as blktrace has it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.dm.codes import DM_MAPIO_REMAPPED
from emulator.lab import Lab
from emulator.trace.events import TraceEvent
from emulator.trace.merge import merge
from emulator.trace.recorder import Recorder, Wanted
from emulator.trace.unfold import unfold
from tests.conformance.story import QUEUEING, TWO, paths_plan

HEALTHY = "mp:Q mp:G mp:I mp:D loop0:A loop0:D loop0:C mp:C mp:C"
FLUSH = "mp:Q mp:G mp:D loop0:D loop0:C mp:C mp:C"
MERGED = "mp:Q mp:G" + " mp:Q mp:M" * 7 + " mp:I mp:D loop0:A loop0:D loop0:C mp:C"


def actions(table: str, prepare: tuple[str, ...], lines: tuple[str, ...]) -> str:
    """The actions of *lines*, in order."""
    with Lab.sync(paths_plan(), era="modern") as lab:
        lab.do(f"dmsetup create mp --table '{table}'")
        for line in prepare:
            lab.do(line)
        recorders = {
            name: Recorder(machine)
            for name, machine in lab.session.runtime.machines.items()  # type: ignore[attr-defined]
        }
        for line in lines:
            lab.do(line)
        streams = {name: unfold(recorder.answer(Wanted()).read()) for name, recorder in recorders.items()}
    return " ".join(_letters(merge(streams).events))


def _letters(found: list[TraceEvent]) -> Iterator[str]:
    flushing: set[int] = set()
    flushes: set[int] = set()
    for event in found:
        of, number = event.fields, event.number
        match event.function:
            case "__make_request":
                yield from ("mp:Q", "mp:G" if of["how"] == "new" else "mp:M")
            case "blk_insert_flush":
                flushing.add(number)
                if of["op"] == "flush":
                    flushes.add(number)
            case "map_request":
                # The steps of a flush sequence pass by the scheduler.
                yield from ("mp:D",) if number in flushing else ("mp:I", "mp:D")
                if of["verdict"] == DM_MAPIO_REMAPPED and number not in flushes:
                    yield f"{of['device']}:A"
            case "scsi_request_fn" | "end_clone_request":
                yield f"{event.machine}:{'D' if event.function == 'scsi_request_fn' else 'C'}"
            case "end_clone_bio" | "rq_completed" | "blk_flush_complete_seq":
                yield "mp:C"
            case "dm_requeue_original_request":
                yield "mp:R"


NO_PATHS = ("dmsetup message mp 0 fail_path 7:0", "dmsetup message mp 0 fail_path 7:1")
CASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], str]] = {
    "a healthy read": (TWO, (), ("io read 0+8",), HEALTHY),
    "a healthy write": (TWO, (), ("io write 64+8",), HEALTHY),
    "a discard": (TWO, (), ("io discard 2048+128",), HEALTHY),
    "the path asked first fails a read once": (
        TWO, ("fault loop0 error errno=EIO times=1",), ("io read 128+8",),
        "mp:Q mp:G mp:I mp:D loop0:A loop0:D loop0:C mp:C mp:R "
        "mp:I mp:D loop1:A loop1:D loop1:C mp:C mp:C",
    ),
    "each path fails a write once, then it is tried every 100 ms, and reinstated": (
        QUEUEING, ("fault loop0 error errno=EIO times=1", "fault loop1 error errno=EIO times=1"),
        ("bg A io write 256+8", "run 250ms", "dmsetup message mp 0 reinstate_path 7:0", "run 10ms"),
        "mp:Q mp:G mp:I mp:D loop0:A loop0:D loop0:C mp:C mp:R "
        "mp:I mp:D loop1:A loop1:D loop1:C mp:C mp:R "
        + "mp:I mp:D mp:R " * 3 + "mp:I mp:D loop0:A loop0:D loop0:C mp:C mp:C",
    ),
    "no path, and it queues": (
        QUEUEING, NO_PATHS, ("bg A io read 320+8", "run 150ms"), "mp:Q mp:G mp:I mp:D mp:R mp:I mp:D mp:R",
    ),
    "no path, and it does not": (TWO, NO_PATHS, ("io read 384+8",), "mp:Q mp:G mp:I mp:D mp:C"),
    "a flush": (TWO, (), ("io flush",), FLUSH),
    "a write with O_DSYNC": (
        TWO, (), ("io write 448+8 dsync",),
        "mp:Q mp:G mp:D loop0:A loop0:D loop0:C mp:C mp:C mp:D loop1:D loop1:C mp:C mp:C " + FLUSH,
    ),
    "eight adjacent writes submitted at once": (TWO, (), ("io write 512+8 n=8 depth=8 batch",), f"{MERGED} mp:C"),
    "and they fail once: all of them are put back and sent again": (
        TWO, ("fault loop0 error errno=EIO times=1",), ("io write 1024+8 n=8 depth=8 batch",),
        f"{MERGED} mp:R mp:I mp:D loop1:A loop1:D loop1:C mp:C mp:C",
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_the_order_of_actions(title: str) -> None:
    table, prepare, lines, wanted = CASES[title]
    assert actions(table, prepare, lines) == wanted
