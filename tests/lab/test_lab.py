"""The Lab itself: both runtimes, both styles, events, jobs and the end."""

from __future__ import annotations

import asyncio

import pytest

from emulator.commands import Message
from emulator.lab import Lab, LabError, SyncLab
from emulator.snapshot import MdView
from tests.lab.conftest import small_plan

RUNTIMES = ("simulation", "process")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_same_lines_give_the_same_on_both_runtimes(runtime: str) -> None:
    with SyncLab(small_plan(), runtime=runtime) as lab:  # type: ignore[arg-type]
        assert lab.do("io write 0+8 n=4 seed=9").rc == 0
        assert lab.do("io read 0+8 n=4 verify=9").value.verified is True
        assert lab.submit(Message("mp", "fail_path 8:0")).ok
        assert lab.event("path_failed", path="sda", md="mp").details["nr_valid_paths"] == 1
        assert lab.do("dmsetup status mp").out == ("0 131072 multipath 2 0 0 0 1 1 A 0 2 0 8:0 F 1 8:16 A 0 ",)
        lab.do("hold sdb")
        assert lab.do("bg A io read 0+8").job == "A"
        suspend = lab.do("dmsetup suspend mp")
        assert suspend.blocked
        lab.do("release sdb")
        assert lab.do("wait job A").value.verified is None
        assert lab.do(f"wait job {suspend.job}").rc == 0
        assert lab.do("dmsetup remove mp").rc == 0
        table = "0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/sda 1"
        assert lab.do(f"dmsetup create new --table '{table}'").rc == 0
        assert lab.do("io read new 0+8 verify=9").rc == 0


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_tasks_wait_side_by_side(runtime: str) -> None:
    async with Lab(small_plan(), runtime=runtime) as lab:  # type: ignore[arg-type]
        failing = asyncio.create_task(lab.event("path_failed", path="sda", timeout="20s"))
        healing = asyncio.create_task(lab.event("path_reinstated", path="sda", timeout="20s"))
        await lab.do("fault sda error errno=EIO times=1")
        read = await lab.do("io read 0+8 n=2")
        assert read.value.ok == 2
        assert (await failing).details["reason"] == "EIO"
        assert not healing.done()
        await lab.do("dmsetup message mp 0 reinstate_path sda")
        assert (await healing).kind == "path_reinstated"
        view = (await lab.views())["mp"]
        assert isinstance(view, MdView) and view.counters.errors_hidden == 1
        assert await lab.idle()


async def test_an_event_that_does_not_come_is_a_timeout_in_emulated_time() -> None:
    async with Lab(small_plan()) as lab:
        with pytest.raises(TimeoutError, match="no event path_failed path=sda within 3 s of emulated time"):
            await lab.event("path_failed", path="sda", timeout="3s")
        assert lab.now_us == 3_000_000


async def test_a_wait_that_is_cancelled_waits_no_more() -> None:
    async with Lab(small_plan()) as lab:
        task = asyncio.create_task(lab.event("path_failed", timeout="1000s"))
        await lab.run("1ms")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await lab.run("1ms")
        assert (await lab.do("io read 0+8")).ok


def test_each_event_is_returned_once_and_in_order(sim: SyncLab) -> None:
    for line in ("fail_path 8:0", "reinstate_path 8:0", "fail_path 8:0"):
        sim.do(f"dmsetup message mp 0 {line}")
    sim.run("1ms")
    first = sim.event("path_failed", path="sda")
    second = sim.event("path_failed", path="sda")
    assert second.serial > first.serial
    with pytest.raises(TimeoutError):
        sim.event("path_failed", timeout="1ms")


def test_time_passes_only_when_asked_for(sim: SyncLab) -> None:
    assert sim.now_us == 0
    sim.run("250ms")
    assert sim.now_us == 250_000
    sim.run(7)
    assert sim.do("now").out == ("0.250007",)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_standing_clock_is_said_and_not_waited_for(runtime: str) -> None:
    with SyncLab(small_plan(), runtime=runtime) as lab:  # type: ignore[arg-type]
        lab.do("pause")
        with pytest.raises(LabError, match="the clock stands: 'go'"):
            lab.do("run 1ms")
        lab.do("go")
        assert lab.do("run 1ms").ok


def test_a_scenario_plays_its_timeline_unless_told_not_to() -> None:
    with SyncLab("one-path-fails") as lab:
        assert lab.event("path_failed", timeout="3s")
        report = lab.report()
        assert report.bios["submitted"] and report.scenario == "one-path-fails"
    with SyncLab("one-path-fails", timeline=False) as lab, pytest.raises(TimeoutError):
        lab.event("path_failed", timeout="3s")


def test_a_dead_md_ends_what_waits(sim: SyncLab) -> None:
    sim.do("hold sda")
    sim.do("bg A io read 0+8")
    sim.do("kill mp")
    with pytest.raises(LabError, match="gone"):
        sim.do("dmsetup table mp")


def test_the_plain_twin_comes_from_the_lab() -> None:
    with Lab.sync(small_plan()) as lab:
        assert lab.do("io read 0+8").ok
    with pytest.raises(RuntimeError, match="not open"):
        lab.do("io read 0+8")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_an_interrupted_suspend_returns_eintr(runtime: str) -> None:
    with SyncLab("one-path-fails", runtime=runtime, timeline=False) as lab:  # type: ignore[arg-type]
        for line in ("stop app", "wait idle", "hold sda", "hold sdb", "bg A io read mpatha 0+8"):
            lab.do(line)
        blocked = lab.do("dmsetup suspend mpatha")
        assert blocked.blocked
        assert lab.do(f"interrupt {blocked.job}").ok
        ended = lab.do(f"wait job {blocked.job}")
        assert ended.rc == 1 and "failed: Interrupted system call" in ended.err[0]
        assert lab.do("dmsetup info mpatha").value.state == "ACTIVE"
        lab.interrupt(lab.jobs["A"])
        assert not lab.jobs["A"].done, "I/O that is under way hears no signal"
        waiting = lab.start("wait event path_failed")
        lab.interrupt(waiting)
        assert waiting.done
        with pytest.raises(LabError, match="interrupted"):
            assert waiting.result
