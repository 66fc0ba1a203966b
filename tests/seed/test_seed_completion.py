"""The seed on completion, sentence by sentence (see test_seed.py)."""

from __future__ import annotations

import errno

from helpers.device import DeviceBench
from helpers.md import PLUG_US, Bench, table
from helpers.stage import Stage, plan
from helpers.target import scripted

from emulator.dm.codes import DM_ENDIO_REQUEUE
from emulator.trace.recorder import Recorder, Wanted
from emulator.trace.unfold import unfold


def three_bios(bench: Bench) -> None:
    for at in (100, 108, 116):
        bench.submit(at)
    bench.unplug()


def test_end_io_alone_would_be_too_late() -> None:
    """When a request's end_io is called all its bios have ended: a hook there alone could not hide an error."""
    device = DeviceBench()
    device.inject("error")
    device.insert(0, 8, 8)
    device.wait(100)
    assert [entry[0] for entry in device.log] == ["bios", "done"], "the bios end before the request does"


def test_both_ends_are_hooked() -> None:
    """Therefore bio and request are both hooked: end_clone_bio and end_clone_request."""
    device = DeviceBench()
    clone = device.insert(0, 8, 8)
    device.wait(100)
    assert device.log == [("bios", clone, 2, 0), ("done", clone, 0, 2)]


def test_every_clone_bio_is_ended_and_freed() -> None:
    """Completing a clone calls end_clone_bio for each of its bios, which frees the clone bio."""
    bench = Bench()
    three_bios(bench)
    (clone,) = bench.inserted()
    (tio,) = bench.md.clones.values()
    for count in (1, 2, 3):
        bench.end_bios(clone, 1)
        assert tio.ended == count


def test_success_completes_the_original_bio() -> None:
    """Success: the original bio is completed at once; error: it is not."""
    for error, ended in ((0, [(1, 0)]), (errno.EIO, [])):
        bench = Bench()
        three_bios(bench)
        (clone,) = bench.inserted()
        bench.end_bios(clone, 1, error)
        assert bench.ended == ended


def test_end_clone_request_leads_to_dm_softirq_done() -> None:
    """blk_finish_request calls end_clone_request, which raises the softirq, where dm_softirq_done runs."""
    stage = Stage(plan(table("sda")))
    recorder = Recorder(stage.md)
    stage.read(0, unplug=True)
    stage.play(1000)
    events = unfold(recorder.answer(Wanted()).read())
    words = [(event.function, event.context) for event in events]
    words = [word for word in words if word[0] in ("end_clone_bio", "dm_softirq_done")]
    assert words == [("end_clone_bio", "C3:sda"), ("dm_softirq_done", "C4:softirq")]


def test_the_softirq_frees_the_clone_and_ends_or_requeues() -> None:
    """dm_softirq_done frees the clone; success completes the original request, an error requeues it."""
    for error, state in ((0, "FINISHED"), (errno.EIO, "REQUEUED")):
        bench = Bench()
        three_bios(bench)
        (clone,) = bench.inserted()
        orig = bench.md.clones[clone.id].orig
        bench.finish(clone, error)
        assert orig.state == state and clone.id not in bench.md.clones


def test_the_original_advances_by_the_size_of_its_bio() -> None:
    """end_clone_bio completes the original request by the size of the original bio."""
    bench = Bench()
    three_bios(bench)
    (clone,) = bench.inserted()
    orig = bench.md.clones[clone.id].orig
    bench.end_bios(clone, 2)
    assert (orig.sector, orig.sectors, orig.reported) == (116, 8, 16)


def test_the_original_is_not_finished_before_its_clone() -> None:
    """Even with all bios done the original request is not completed yet, to keep the order that stacking needs."""
    bench = Bench()
    three_bios(bench)
    (clone,) = bench.inserted()
    orig = bench.md.clones[clone.id].orig
    bench.end_bios(clone, 3)
    assert not orig.bios and orig.state == "ISSUED" and sum(bench.md.queue.in_flight) == 1


def test_hence_only_bios_are_updated() -> None:
    """So end_clone_bio only updates the request (blk_update_request) and never ends it: its slot stays taken."""
    bench = Bench()
    three_bios(bench)
    (clone,) = bench.inserted()
    bench.end_bios(clone, 3)
    assert bench.md.queue.alloc.count == [0, 1] and bench.md.completed == 0
    bench.softirq(clone.id, 0, 3)
    assert bench.md.queue.alloc.count == [0, 0] and bench.md.completed == 1


def test_an_error_is_left_to_the_clones_end() -> None:
    """In error cases the original bio is left alone, the clone bio freed, and the rest is end_clone_request's."""
    bench = Bench()
    three_bios(bench)
    (clone,) = bench.inserted()
    bench.end_bios(clone, 1, errno.EIO)
    bench.end_bios(clone, 2)
    tio = bench.md.clones[clone.id]
    assert tio.error == errno.EIO and tio.ended == 3 and bench.ended == []


def test_the_real_end_has_no_queue_lock() -> None:
    """end_clone_request runs with the queue lock held; the real completion runs in a softirq, which has none."""
    device = DeviceBench(inline=True)
    device.insert(0)
    device.wait(100)
    assert device.device.lock.holder is not None, "what completes there holds the lock"
    bench, target = scripted()
    seen = []
    target.rq_end_io = lambda tio, error: seen.append(bench.md.context("C4:softirq").locks()) or 0  # type: ignore[func-returns-value,method-assign]
    three_bios(bench)
    bench.finish(bench.inserted()[0])
    assert seen == [()]


def inline() -> Stage:
    stage = Stage(plan(table("sda"), completion="inline"))
    stage.read(0, unplug=True)
    stage.play(50)
    stage.read(1000)
    stage.play(5000)
    return stage


def test_deadlock_the_next_request_may_map_to_the_same_device() -> None:
    """Otherwise it could deadlock: a request submitted during the completion may be mapped to the same device."""
    assert [event.details["lock"] for event in inline().of_kind("deadlock")] == ["sda.queue_lock"]


def test_deadlock_the_lock_is_its_own() -> None:
    """Submitting needs the queue lock, which the same chain holds without knowing it: it waits for itself."""
    (event,) = inline().of_kind("deadlock")
    assert len(event.details["cycle"]) == 1 and event.details["context"] == "C3:sda"


def test_no_clone_bio_is_left_in_the_softirq() -> None:
    """The clone request has no clone bio when dm_softirq_done is called."""
    bench, target = scripted()
    left = []
    target.rq_end_io = lambda tio, error: left.append(len(tio.sizes) - tio.ended) or error  # type: ignore[func-returns-value,method-assign]
    three_bios(bench)
    (clone,) = bench.inserted()
    bench.softirq(clone.id, 0, 3)
    assert left == [], "it waits until every end_clone_bio was called"
    bench.end_bios(clone, 3)
    assert left == [0]


def test_a_clone_is_never_sent_twice() -> None:
    """So a target cannot resubmit the clone, even in error cases: what is sent again is a new one."""
    bench = Bench()
    three_bios(bench)
    (clone,) = bench.inserted()
    bench.finish(clone, errno.EIO)
    bench.wait(PLUG_US)
    (again,) = bench.inserted()
    assert again.id != clone.id


def test_targets_ask_for_requeue_and_remap() -> None:
    """Instead it asks dm to requeue the original, which is mapped again."""
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    three_bios(bench)
    bench.finish(bench.inserted()[0], errno.EIO)
    bench.wait(PLUG_US)
    assert len(target.mapped) == 2 and target.mapped[0].orig is target.mapped[1].orig
