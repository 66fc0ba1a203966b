"""The seed, sentence by sentence: each test's text is one statement of the commit message, in our own words.

Here up to the dispatch below; then test_seed_completion.py and test_seed_suspend.py.  docs/seed.md says for each
statement where in the code it is; test_seed_table.py holds that table to the code.
"""

from __future__ import annotations

import errno

from helpers.device import DeviceBench
from helpers.md import Bench, table
from helpers.stage import Stage, ok, plan
from helpers.target import scripted

from emulator.block.elevator import ELEVATORS
from emulator.block.request import DONTPREP
from emulator.commands import Resume, Suspend
from emulator.dm.codes import DM_MAPIO_SUBMITTED
from emulator.dm.md import MappedDevice
from emulator.messages import (
    END_CLONE_BIO,
    INSERT_CLONE,
    LLD_BUSY,
    OPEN_PATH,
    RAISE_SOFTIRQ,
    SOFTIRQ_DONE,
    SUBMIT_BIO,
)
from emulator.trace.recorder import Recorder, Wanted
from emulator.trace.unfold import unfold


def three_bios(bench: Bench) -> None:
    for at in (100, 108, 116):
        bench.submit(at)
    bench.unplug()


def test_the_option_is_a_mapped_device_that_dispatches_requests() -> None:
    """The patch prepares dm for the request-based option: an md takes bios and sends cloned requests below."""
    bench = Bench()
    three_bios(bench)
    assert [clone.sizes for clone in bench.inserted()] == [(8, 8, 8)]


def test_the_md_has_an_io_scheduler_from_its_beginning() -> None:
    """When an md is initialised, its queue has an I/O scheduler."""
    for name in ("noop", "deadline"):
        assert Bench("", elevator=name).md.queue.elevator.name == name and name in ELEVATORS


def test_the_five_hooks_of_the_queue() -> None:
    """make_request, prep, request, softirq_done and lld_busy of the queue are functions of dm."""
    md: MappedDevice = Bench().md
    assert {SUBMIT_BIO, SOFTIRQ_DONE, INSERT_CLONE, OPEN_PATH} <= md.handlers.keys()
    assert md.queue.request_fn(md.context("C2")).__name__ == "dm_request_fn"
    bench = Bench()
    bench.receive("upper", OPEN_PATH, False)
    assert bench.take(LLD_BUSY), "dm_lld_busy answers whoever stacks on it"


def test_a_table_makes_it_request_based() -> None:
    """The queue functions come into force elsewhere (in the kernel a second patch): here, when a table is bound."""
    bench = Bench("")
    assert bench.md.queue.stopped and bench.md.table is None
    assert not Bench().md.queue.stopped


def test_from_bio_to_end_suspend_and_resume() -> None:
    """In short: requests are made, cloned, mapped, dispatched, completed; the md can be suspended and resumed."""
    stage = Stage(plan(table("sda", "sdb")))
    stage.write(0, unplug=True)
    stage.play(1000)
    stage.do(Suspend("md"))
    stage.play(1000)
    stage.write(100, unplug=True)
    stage.play(1000)
    assert stage.bios() == ok([1])
    stage.do(Resume("md"))
    stage.play(1000)
    assert stage.bios() == ok([1, 2])


def test_a_submitted_bio_goes_through_make_request() -> None:
    """make_request_fn calls __make_request for each bio submitted to the md."""
    bench = Bench()
    bench.submit(100)
    assert bench.md.queue.requests == 1 and bench.md.queue.plugged


def test_a_bio_becomes_a_request_or_is_merged() -> None:
    """The bio is kept on the queue as a new request, or merged into one that is there."""
    bench = Bench()
    for at in (100, 108, 500):
        bench.submit(at)
    assert [(rq.sector, rq.sectors) for rq in bench.md.queue.elevator] == [(100, 16), (500, 8)]


def test_cloning_and_mapping_come_after_the_scheduler_sorted() -> None:
    """Requests are cloned and mapped in request_fn, when they are dispatched after the scheduler sorted them."""
    bench = Bench(table("sda"))
    for at in (300, 100, 500):
        bench.submit(at)
    assert bench.md.clones == {}
    bench.unplug()
    assert [clone.sector for clone in bench.inserted()] == [300, 500, 100], "the oldest, then its one-way scan"


def test_busy_stops_dispatching() -> None:
    """dm_request_fn asks the target's busy(); if it is busy, dispatching stops and requests stay on the md's queue."""
    bench = Bench()
    bench.busy("sda", "sdb")
    for at in (100, 300):
        bench.submit(at)
    bench.unplug()
    assert bench.inserted() == [] and bench.md.busy_stops == 1 and not bench.md.queue.empty()


def test_waiting_on_the_md_makes_better_merges() -> None:
    """This helps merging, for below nothing merges: a bio still joins a request that waits on the md."""
    bench = Bench()
    bench.busy("sda", "sdb")
    for at in (100, 300):
        bench.submit(at)
    bench.unplug()
    bench.submit(308)
    assert [rq.sectors for rq in bench.md.queue.elevator] == [16]
    device = DeviceBench(queue_depth=1)
    for at in (0, 100, 108):
        device.insert(at)
    assert device.view.nr_queued == 2, "on the device adjacent clones stay two"


def test_prep_and_map_are_called_from_request_fn() -> None:
    """The real work is in dm_prep_fn and map_request, both called from dm_request_fn."""
    bench, target = scripted()
    recorder = Recorder(bench.md)
    three_bios(bench)
    functions = [event.function for event in unfold(recorder.answer(Wanted()).read())]
    order = [function for function in functions if function in ("dm_prep_fn", "map_request")]
    assert order == ["dm_prep_fn", "map_request"] and len(target.mapped) == 1


def test_bios_are_cloned_too() -> None:
    """Not only the request but its bios are cloned, so that dm can hold their completion back in error cases."""
    bench = Bench()
    three_bios(bench)
    (tio,) = bench.md.clones.values()
    assert tio.sizes == (8, 8, 8) and tio.orig.flags & DONTPREP
    (clone,) = bench.inserted()
    bench.end_bios(clone, 3, errno.EIO)
    assert bench.ended == [] and len(tio.orig.bios) == 3


def test_map_rq_decides_and_the_clone_is_inserted_below() -> None:
    """The clone is mapped by the target's map_rq and put on the device's queue by blk_insert_cloned_request."""
    bench, target = scripted()
    target.maps = [DM_MAPIO_SUBMITTED]
    bench.submit(100, unplug=True)
    assert bench.inserted() == [] and len(target.held) == 1
    bench.submit(300, unplug=True)
    assert [(clone.device, clone.sector) for clone in bench.inserted()] == [("sda", 300)]
    device = DeviceBench()
    device.insert(0)
    assert device.view.inserted == 1


def test_what_travels_between_them_are_the_kernels_calls() -> None:
    """The functions that the message names are the words between the processes."""
    from emulator.messages import NAMES

    assert {NAMES[tag] for tag in (INSERT_CLONE, END_CLONE_BIO, RAISE_SOFTIRQ, SOFTIRQ_DONE)} == {
        "INSERT_CLONE",
        "END_CLONE_BIO",
        "RAISE_SOFTIRQ",
        "SOFTIRQ_DONE",
    }
