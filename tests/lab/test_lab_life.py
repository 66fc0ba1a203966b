"""A life from the Lab and from its lines, on both runtimes."""

from __future__ import annotations

import pytest

from emulator.lab import Lab, LineError, SyncLab
from emulator.plan import MdSpec
from tests.lab.conftest import small_plan

RUNTIMES = ("simulation", "process")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_an_error_that_the_application_never_saw_is_told(runtime: str) -> None:
    with SyncLab(small_plan(), runtime=runtime) as lab:  # type: ignore[arg-type]
        lab.record()
        lab.do("fault sda error errno=EIO times=1")
        assert lab.do("io read 0+8 n=2").value.ok == 2
        failed = [event for event in lab.life("sda").steps if event.function == "dm_softirq_done"]
        assert len(failed) == 1 and "path error -> fail_path sda" in failed[0].text
        number = failed[0].text.split()[1].rstrip(",")
        life = lab.life(number)
        assert life.ended and life.missing == ()
        assert life.reason == "EIO -> path error -> fail_path sda -> requeue #1 -> sdb ok, hidden from the application"
        assert [each.device for each in life.attempts] == ["sda", "sdb"]
        assert life.lanes[0] == "mp" and life.lanes[-1] == "softirq"
        out = lab.do(f"life {number}").out
        assert out[1] == life.reason and len(out) == 2 + len(life.steps)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_killed_path_takes_its_part_along(runtime: str) -> None:
    with SyncLab(small_plan(), runtime=runtime) as lab:  # type: ignore[arg-type]
        lab.record()
        lab.do("io read 0+8 n=1")
        device = lab.life().attempts[0].device
        lab.do(f"kill {device}")
        assert f"{device} has no process: its part of the story is lost with it" in lab.life().missing


async def test_words_that_name_nobody_are_refused() -> None:
    async with Lab(small_plan()) as lab:
        await lab.record()
        with pytest.raises(LineError, match="found 'sdx', expected last"):
            await lab.life("sdx")
        assert (await lab.do("life")).out[0] == "request 0 of mp"
        with pytest.raises(LineError, match="expected record on"):
            await lab.do("record maybe")


async def test_a_number_that_no_request_has_is_said_to_be_unknown() -> None:
    async with Lab(small_plan()) as lab:
        await lab.record()
        out = (await lab.do("life 0")).out
        assert out[0] == "request 0 of mp" and "no such request is recorded" in out[1]


def test_the_last_one_is_the_newest_while_none_has_ended() -> None:
    table = "0 131072 multipath 1 queue_if_no_path 0 1 1 round-robin 0 2 1 8:0 1 8:16 1"
    with SyncLab(small_plan(mds=(MdSpec("mp", "253:0", table),))) as lab:
        lab.record(detail=True)
        lab.do("dmsetup message mp 0 fail_path 8:0")
        lab.do("dmsetup message mp 0 fail_path 8:16")
        lab.start("io read 0+8")
        lab.run("10ms")
        life = lab.life()
        assert life.title.startswith("request 1 of mp") and life.steps and not life.ended
