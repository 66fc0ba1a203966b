"""The bio-based md: splitting, cloning, ends, the deferred list, suspend and resume, devices that vanish."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from helpers.md import SECTORS, Bench
from helpers.stage import stamped

from emulator.block.bio import AHEAD, BARRIER, DISCARD, FLUSH, FUA, WRITE
from emulator.commands import (
    Attributes,
    ClearTable,
    Destroy,
    DevStatus,
    InterruptSuspend,
    LoadTable,
    Message,
    Resume,
    Suspend,
    TableStatus,
)
from emulator.messages import (
    BIO_ENDIO,
    BLK_UNPLUG,
    END_CLONE_BIO,
    INSERT_CLONE,
    OPEN_PATH,
    RAISE_SOFTIRQ,
    SUBMIT_BIO,
)
from emulator.plan import Limits

Sent = tuple[str, int, int, int, int, bytes | None]
TWO = "0 16 linear 8:0 100\n16 16 linear 8:16 0"
ERAS = ["2.6.31", "modern"]


def bench(line: str = "0 1000 linear 8:0 64", **spec: Any) -> Bench:
    made = Bench(line, **spec)
    made.sent.clear()
    return made


def bios(b: Bench) -> list[Sent]:
    """Bios sent to devices since the last look: device, number, sector, sectors, flags, data."""
    return [(to, *message[2:]) for to, message in b.take(SUBMIT_BIO)]


def end(b: Bench, bio: Sent, error: int = 0, data: bytes | None = None) -> None:
    """A disk ends what it made of a bio."""
    b.receive(bio[0], END_CLONE_BIO, f"C3:{bio[0]}", bio[1], 1, error, data)


@pytest.mark.parametrize("era", ERAS)
def test_linear_adds_its_start_and_nothing_of_requests_happens(era: str) -> None:
    b = bench(era=era)
    number = b.submit(8, 8, write=True, data=stamped(8, 8))
    (bio,) = bios(b)
    assert bio[0] == "sda" and bio[2:] == (72, 8, WRITE, stamped(8, 8))
    assert b.ended == []
    end(b, bio)
    assert b.ended == [(number, 0)]
    assert not b.take(INSERT_CLONE) and not b.take(RAISE_SOFTIRQ) and b.md.queue.requests == 0


@pytest.mark.parametrize("era", ERAS)
def test_a_bio_over_two_targets_is_split_and_ends_once_with_its_data_in_order(era: str) -> None:
    b = bench(TWO, era=era)
    number = b.submit(12, 8)
    first, second = bios(b)
    assert (first[0], first[2:4]) == ("sda", (112, 4)) and (second[0], second[2:4]) == ("sdb", (0, 4))
    replies: list[tuple[Any, ...]] = []
    b.md.send = lambda to, message: replies.append(message)  # type: ignore[method-assign]
    end(b, second, 0, stamped(200, 4))
    assert replies == []
    end(b, first, 0, None)
    assert replies == [(BIO_ENDIO, number, 0, bytes(4 * 512) + stamped(200, 4))]


def test_the_error_of_one_part_is_that_of_the_bio() -> None:
    b = bench(TWO)
    number = b.submit(12, 8)
    first, second = bios(b)
    end(b, first, errno.ENODATA)
    end(b, second)
    assert b.ended == [(number, errno.ENODATA)]
    assert ("io_error", {"md": "md", "bio": number, "sector": 12, "errno": errno.ENODATA, "why": ""}) in b.events


def test_later_kernels_send_pieces_that_the_queue_below_takes() -> None:
    b = bench("0 1000 linear 8:0 0", era="modern", limits=Limits(max_sectors=16))
    number = b.submit(0, 40)
    pieces = bios(b)
    assert [piece[2:4] for piece in pieces] == [(0, 16), (16, 16), (32, 8)]
    for piece in pieces:
        end(b, piece)
    assert b.ended == [(number, 0)]


def test_2631_refuses_a_bio_that_the_queue_below_would_not_take() -> None:
    b = bench("0 1000 linear 8:0 0", limits=Limits(max_sectors=16))
    assert b.ended == [(b.submit(0, 40), errno.EIO)] and bios(b) == []


@pytest.mark.parametrize("era", ERAS)
def test_beyond_the_end_and_barriers_are_refused(era: str) -> None:
    b = bench(era=era)
    beyond, barrier = b.submit(996, 8), b.submit(0, flags=BARRIER | WRITE)
    assert b.ended == [(beyond, errno.EIO), (barrier, errno.EOPNOTSUPP)] and bios(b) == []


@pytest.mark.parametrize("flags", [FLUSH, DISCARD | WRITE, FUA | WRITE])
def test_2631_knows_no_flush_and_no_discard(flags: int) -> None:
    b = bench()
    assert b.ended == [(b.submit(0, 0 if flags == FLUSH else 8, flags=flags), errno.EOPNOTSUPP)]


def test_a_flush_goes_once_to_each_target_that_wants_one() -> None:
    b = bench(TWO + "\n32 8 error", era="modern")
    number = b.submit(0, 0, flags=FLUSH)
    flushes = bios(b)
    assert [(to, sectors, flags) for to, _, _, sectors, flags, _ in flushes] == [("sda", 0, FLUSH), ("sdb", 0, FLUSH)]
    end(b, flushes[0])
    assert b.ended == []
    end(b, flushes[1], errno.EIO)
    assert b.ended == [(number, errno.EIO)]


def test_the_data_of_a_write_with_preflush_follow_the_flush() -> None:
    b = bench(era="modern")
    number = b.submit(8, 8, flags=FLUSH | FUA, write=True, data=stamped(8, 8))
    (flush,) = bios(b)
    assert flush[3:5] == (0, FLUSH | WRITE)
    end(b, flush)
    (write,) = bios(b)
    assert write[2:] == (72, 8, FUA | WRITE, stamped(8, 8))
    assert b.ended == []
    end(b, write)
    assert b.ended == [(number, 0)]


def test_a_failed_flush_keeps_the_data_back() -> None:
    b = bench(era="modern")
    number = b.submit(8, 8, flags=FLUSH, write=True)
    end(b, bios(b)[0], errno.EIO)
    assert bios(b) == [] and b.ended == [(number, errno.EIO)]


def test_a_discard_is_not_cut_by_max_sectors() -> None:
    b = bench("0 1000 linear 8:0 0", era="modern", limits=Limits(max_sectors=16))
    b.submit(0, 400, flags=DISCARD, write=True)
    assert [bio[2:4] for bio in bios(b)] == [(0, 400)]


def test_the_error_target_makes_a_new_device_bio_based_and_fails_every_bio() -> None:
    b = bench("0 100 error", era="modern")
    assert b.md.md_type == "bio"
    assert b.ended == [(b.submit(0), errno.EIO)]
    assert b.errno(TableStatus("md", "table")) == 0


# -- suspend and resume ------------------------------------------------------------------------------------


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("noflush", [False, True])
def test_a_suspend_waits_for_what_is_in_flight_and_new_bios_wait_for_the_resume(era: str, noflush: bool) -> None:
    b = bench(era=era)
    first = b.submit(0)
    (bio,) = bios(b)
    suspend = b.do(Suspend("md", noflush))
    second, third = b.submit(8), b.submit(16)
    assert suspend not in b.replies and bios(b) == []
    assert b.md.snapshot(10).state == "SUSPENDING" and b.md.snapshot(10).waiting_bios == 2
    end(b, bio)
    assert b.replies[suspend][0] == 0 and b.ended == [(first, 0)]
    assert b.md.snapshot(10).state == "SUSPENDED"
    resume = b.do(Resume("md"))
    assert b.replies[resume][0] == 0
    again = bios(b)
    assert [bio[2] for bio in again] == [72, 80], "oldest first"
    for bio in again:
        end(b, bio)
    assert b.ended[1:] == [(second, 0), (third, 0)]


def test_suspend_and_resume_twice() -> None:
    for era, error in (("2.6.31", errno.EINVAL), ("modern", 0)):
        b = bench(era=era)
        b.do(Suspend("md"))
        assert b.replies[b.do(Suspend("md"))][0] == error
        b.do(Resume("md"))
        assert b.replies[b.do(Resume("md"))][0] == error


def test_a_read_ahead_does_not_wait_for_a_resume() -> None:
    b = bench()
    b.do(Suspend("md"))
    assert b.ended == [(b.submit(0, flags=AHEAD), errno.EIO)]


def test_an_interrupted_suspend_lets_bios_go_on() -> None:
    b = bench()
    b.submit(0)
    (bio,) = bios(b)
    suspend = b.do(Suspend("md"))
    b.submit(8)
    assert b.errno(InterruptSuspend("md")) == 0
    assert b.replies[suspend][0] == errno.EINTR
    assert [again[2] for again in bios(b)] == [72]
    end(b, bio)
    assert b.md.snapshot(10).state == "RUNNING"


@pytest.mark.parametrize("era", ERAS)
def test_what_waited_meets_the_table_that_is_live_after_the_resume(era: str) -> None:
    b = bench(era=era)
    b.do(Suspend("md"))
    b.submit(8)
    assert b.errno(LoadTable("md", "0 1000 linear 8:16 0")) == 0
    assert b.replies[b.do(Resume("md"))][0] == 0
    assert [(to, sector) for to, _, sector, *_ in bios(b)] == [("sdb", 8)]
    assert b.errno(DevStatus("md")) == 0


def test_a_bio_beyond_a_table_that_shrank_meanwhile_fails() -> None:
    b = bench(era="modern")
    b.do(Suspend("md"))
    number = b.submit(992)
    b.errno(LoadTable("md", "0 100 linear 8:0 0"))
    b.do(Resume("md"))
    assert b.ended == [(number, errno.EIO)] and bios(b) == []


def test_a_resume_with_a_new_table_suspends_first() -> None:
    b = bench(era="modern")
    number = b.submit(0)
    (bio,) = bios(b)
    b.errno(LoadTable("md", "0 1000 error"))
    resume = b.do(Resume("md"))
    assert resume not in b.replies
    end(b, bio)
    assert b.replies[resume][0] == 0 and b.ended == [(number, 0)]
    late = b.submit(0)
    assert b.ended[1:] == [(late, errno.EIO)]


# -- life ---------------------------------------------------------------------------------------------------


def test_a_device_that_vanishes_ends_its_bios_and_those_that_come() -> None:
    b = bench()
    number = b.submit(0)
    bios(b)
    b.md.peer_gone(b.now, "sda")
    b.settle()
    assert b.ended == [(number, errno.EIO)]
    late = b.submit(0)
    assert b.ended[1:] == [(late, errno.EIO)]
    b.md.peer_back(b.now, "sda")
    b.submit(0)
    assert [bio[0] for bio in bios(b)] == ["sda"]


def test_a_destroyed_device_may_become_request_based() -> None:
    b = bench(era="modern")
    b.submit(0)
    assert b.errno(Destroy("md")) == errno.EBUSY
    end(b, bios(b)[0])
    assert b.errno(Destroy("md")) == 0 and b.md.md_type == ""
    assert b.errno(LoadTable("md", f"0 {SECTORS} multipath 0 0 1 1 round-robin 0 1 1 8:0 1")) == 0
    b.do(Resume("md"))
    b.submit(0, unplug=True)
    assert len(b.take(INSERT_CLONE)) == 1
    assert b.take(OPEN_PATH) == [("sda", (OPEN_PATH, False))], "its clones end by the softirq"


def test_the_tasks_unplug_reaches_the_md_below() -> None:
    b = bench("0 1000 linear 253:9 0", is_md=("lower",))
    b.submit(0)
    b.unplug()
    assert [(to, message[1]) for to, message in b.take(BLK_UNPLUG)] == [("lower", "C1:app")]


def test_the_view_shows_bios_and_what_is_open() -> None:
    b = bench(era="modern")
    b.submit(8, 8, write=True)
    b.errno(LoadTable("md", TWO))
    view = b.md.snapshot(10)
    assert view.type == "bio" and view.opens == ("sda", "sdb") and view.nr_in_flight == 1
    assert [(row.op, row.sector, row.state, row.path) for row in view.in_flight] == [("W", 8, "ISSUED", "sda")]
    assert view.target is not None and view.target.table == "8:0 64"
    b.errno(ClearTable("md"))
    assert b.md.snapshot(10).opens == ("sda",)


def test_linear_takes_no_messages() -> None:
    b = bench(era="modern")
    assert b.errno(Message("md", "fail_path 8:0")) == errno.EINVAL
    line = "device-mapper: ioctl: Target type does not support messages"
    assert ("kernel_log", {"md": "md", "text": line}) in b.events


def test_the_kernel_log_names_the_disk_that_failed() -> None:
    b = bench(era="modern")
    b.submit(8)
    end(b, bios(b)[0], errno.EIO)
    line = "I/O error, dev sda, sector 72 op 0x0:(READ) flags 0x800 phys_seg 1 prio class 2"
    assert ("kernel_log", {"md": "md", "text": line}) in b.events


def test_sys_block_counts_its_bios() -> None:
    b = bench(era="modern")
    b.submit(0)
    b.submit(8, write=True)
    first, second = bios(b)

    def file(name: str) -> list[str]:
        text = b.replies[b.do(Attributes("md"))][1]
        return next(line for line in text.splitlines() if line.startswith(f"{name}=")).partition("=")[2].split()

    assert file("inflight") == ["1", "1"] and file("stat")[8] == "2"
    end(b, first)
    end(b, second, errno.EIO)
    stat = file("stat")
    assert file("inflight") == ["0", "0"] and (stat[0], stat[2], stat[4], stat[6]) == ("1", "8", "1", "0")
