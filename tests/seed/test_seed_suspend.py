"""The seed on suspend and resume, sentence by sentence (see test_seed.py)."""

from __future__ import annotations

from helpers.md import PLUG_US, Bench, table

from emulator.commands import Resume, Suspend


def test_suspend_is_stopping_the_queue() -> None:
    """Suspending the md means stopping its queue."""
    bench = Bench()
    bench.do(Suspend("md"))
    bench.submit(100, unplug=True)
    bench.wait(PLUG_US)
    assert bench.md.queue.stopped and bench.inserted() == []


def test_noflush_just_stops() -> None:
    """A noflush suspend just stops the queue: what is on it stays on it."""
    bench = Bench()
    bench.submit(100)
    bench.do(Suspend("md", noflush=True))
    assert bench.md.queue.stopped and bench.inserted() == [] and "marker_inserted" not in bench.kinds()


def flushing() -> Bench:
    """A flush suspend that waits: a marker behind one request whose clone is out."""
    bench = Bench(table("sda"))
    bench.submit(100)
    bench.do(Suspend("md"))
    return bench


def test_flush_inserts_a_marker_at_the_tail() -> None:
    """A flush suspend inserts a marker request at the tail of the queue."""
    bench = Bench()
    bench.busy("sda", "sdb")
    for at in (100, 300):
        bench.submit(at)
    bench.do(Suspend("md"))
    assert bench.head() == [100, 300, -1]


def test_everything_before_the_marker_is_dispatched() -> None:
    """Requests are dispatched until the marker comes to the front."""
    bench = flushing()
    assert len(bench.inserted()) == 1 and bench.head() == [-1]


def test_then_dispatching_waits_for_what_was_dispatched() -> None:
    """Then nothing more is dispatched, and all dispatched requests are waited for."""
    bench = flushing()
    (clone,) = bench.inserted()
    bench.submit(300, unplug=True)
    bench.wait(10 * PLUG_US)
    assert bench.inserted() == [] and bench.replies == {}
    bench.finish(clone)
    assert bench.replies[1][0] == 0 and bench.inserted() == []


def test_then_the_marker_ends_the_queue_stops_and_the_waiter_wakes() -> None:
    """After that the marker is completed, the queue stopped, and who waits on md->wait is woken."""
    bench = flushing()
    assert [context.name for context in bench.md.wait.sleepers] == ["C6:dmsetup#1"]
    bench.finish(bench.inserted()[0])
    assert bench.head() == [] and bench.md.queue.stopped and not bench.md.wait.sleepers
    assert [kind for kind in bench.kinds() if "marker" in kind or kind == "suspended"] == [
        "marker_inserted",
        "marker_blocking",
        "marker_completed",
        "suspended",
    ]


def test_resume_starts_the_queue() -> None:
    """Resuming starts the md's queue."""
    bench = Bench()
    bench.do(Suspend("md"))
    bench.submit(100)
    bench.do(Resume("md"))
    assert not bench.md.queue.stopped and len(bench.inserted()) == 1
