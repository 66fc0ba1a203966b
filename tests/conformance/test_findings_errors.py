"""What the experiments taught about errors and about having no path, sentence by sentence."""

from __future__ import annotations

import pytest

from tests.conformance.story import QUEUEING, TWO, tell

RETRIED = (
    "EIO", "ETIMEDOUT", "ENOLINK", "ENOMEM", "EAGAIN", "EBUSY", "ENODEV", "EREMCHG", "ETOOMANYREFS", "EOVERFLOW",
)
OTHERS = ("EINVAL", "EPERM", "EROFS", "ECONNRESET", "EFBIG")
"""No block status stands for them: they are I/O errors."""
PASSED_UP = ("EOPNOTSUPP", "ENOSPC", "EREMOTEIO", "EBADE", "ENODATA", "EILSEQ")
LINES = {"read": "io read 0+8", "write": "io write 0+8 seed=5", "flush": "io flush", "discard": "io discard 0+128"}


@pytest.mark.parametrize("op", LINES)
@pytest.mark.parametrize("error", RETRIED + OTHERS)
def test_an_error_of_the_path_is_retried_on_another(error: str, op: str) -> None:
    wrong = tell(f"""
        fault loop0 error errno={error} times=1
        bg A {LINES[op]}
        run 200ms
        = job ok
        = status A 0 2 0 7:0 F 1 7:1 A 0
        = event 1
    """)
    assert not wrong, wrong


@pytest.mark.parametrize("table", [TWO, QUEUEING])
@pytest.mark.parametrize("op", LINES)
@pytest.mark.parametrize("error", PASSED_UP)
def test_an_error_of_the_request_goes_up_at_once(error: str, op: str, table: str) -> None:
    # blkdev_issue_discard and blkdev_fsync take it for a success that it is not supported.
    outcome = "ok" if error == "EOPNOTSUPP" and op in ("discard", "flush") else error
    wrong = tell(f"""
        fault loop0 error errno={error}
        fault loop1 error errno={error}
        bg A {LINES[op]}
        = job {outcome}
        = status A 0 2 0 7:0 A 0 7:1 A 0
        = event 0
        = loop1
    """, table)
    assert not wrong, wrong


@pytest.mark.parametrize("op", LINES)
@pytest.mark.parametrize("error", RETRIED + OTHERS)
def test_without_queueing_the_last_paths_own_error_goes_up_and_later_ones_get_eio(error: str, op: str) -> None:
    wrong = tell(f"""
        fault loop0 error errno={error}
        fault loop1 error errno={error}
        bg A {LINES[op]}
        run 200ms
        = job {"EIO" if error in OTHERS else error}
        = status 7:0 F 1 7:1 F 1
        = event 2
        log loop0
        log loop1
        bg B {LINES[op]}
        = job B EIO
        = loop0
        = loop1
    """)
    assert not wrong, wrong


STORIES: dict[str, tuple[str, str]] = {
    "each path is asked once": (TWO, """
        fault loop0 error errno=EIO
        fault loop1 error errno=EIO
        io read 0+8
        = loop0 r 0+8 EIO
        = loop1 r 0+8 EIO
    """),
    "a merged request is retried as one": (TWO, """
        fault loop0 error errno=EIO times=1
        io write 0+8 n=8 depth=8 batch seed=2
        = rc 0
        = loop0 w 0+64 EIO
        = loop1 w 0+64 ok
        = status A 0 2 0 7:0 F 1 7:1 A 0
    """),
    "a healed path stays F, only the message reinstates it": (TWO, """
        fault loop0 error errno=EIO times=1
        io read 0+8
        io read 0+8 n=4
        = status A 0 2 0 7:0 F 1 7:1 A 0
        dmsetup message mp 0 reinstate_path 7:0
        = status A 0 2 0 7:0 A 1 7:1 A 0
    """),
    "a load reinstates it too": (TWO, f"""
        fault loop0 error errno=EIO times=1
        io read 0+8
        dmsetup load mp --table '{TWO}'
        dmsetup resume mp
        = status E 0 2 0 7:0 A 0 7:1 A 0
    """),
    "with queueing an error of the path blocks": (QUEUEING, """
        fault loop0 error errno=ETIMEDOUT
        fault loop1 error errno=ETIMEDOUT
        bg A io read 0+8
        = job blocked
        = open 1
        = event 2
    """),
    "a flush that fails on both paths waits, and is sent again": (QUEUEING, """
        fault loop0 error errno=EIO times=1
        fault loop1 error errno=EIO times=1
        bg A io flush
        = job blocked
        = loop0 f 0+0 EIO
        = loop1 f 0+0 EIO
        dmsetup message mp 0 reinstate_path 7:1
        = job ok
        = loop1 f 0+0 ok
    """),
    "the write of an O_DSYNC write fails over, its flushes follow": (TWO, """
        fault loop0 error errno=EIO times=1 op=write
        io write 0+8 seed=3 dsync
        = rc 0
        = loop0 w 0+8 EIO
        = loop1 w 0+8 ok;f 0+0 ok;f 0+0 ok
        = status A 0 2 0 7:0 F 1 7:1 A 0
    """),
    "the flush of an O_DSYNC write fails: its write is not repeated": (TWO, """
        fault loop1 error errno=EIO times=1 op=flush
        io write 0+8 seed=3 dsync
        = rc 0
        = loop0 w 0+8 ok;f 0+0 ok;f 0+0 ok
        = loop1 f 0+0 EIO
    """),
    "an O_DSYNC write whose flush is not supported fails": (TWO, """
        fault loop1 error errno=EREMOTEIO op=flush
        bg A io write 0+8 seed=3 dsync
        = job EREMOTEIO
        = status A 0 2 0 7:0 A 0 7:1 A 0
    """),
    "queued reads go in the order they came, when a path is back": (QUEUEING, """
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:1
        bg A io read 0+8
        bg B io read 64+8
        bg C io read 32+8
        dmsetup message mp 0 reinstate_path 7:1
        = loop1 r 0+8 ok;r 64+8 ok;r 32+8 ok
        = loop0
    """),
    "a reinstated path that is still bad: one fail count, and they queue again": (QUEUEING, """
        fault loop0 error errno=EIO
        fault loop1 error errno=EIO
        bg A io read 0+8
        bg B io read 64+8
        dmsetup message mp 0 reinstate_path 7:1
        run 200ms
        = job blocked
        = job B blocked
        = status E 0 2 0 7:0 F 1 7:1 F 2
    """),
    "fail_if_no_path fails what is queued; the messages are accepted at any time": (QUEUEING, """
        dmsetup message mp 0 queue_if_no_path
        = rc 0
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:1
        bg A io write 0+8
        dmsetup message mp 0 fail_if_no_path
        = job EIO
        dmsetup message mp 0 fail_if_no_path
        = rc 0
        = table multipath 0 0
        dmsetup message mp 0 queue_if_no_path
        = table multipath 1 queue_if_no_path
        = event 2
    """),
    "the table without any group queues or fails": ("0 131072 multipath 1 queue_if_no_path 0 0 0", """
        bg A io read 0+8
        = job blocked
        dmsetup message mp 0 fail_if_no_path
        = job EIO
        = table multipath 0 0 0 0
    """),
    "what is queued is in flight nowhere": (QUEUEING, """
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:1
        bg A io read 0+8
        bg F io flush
        = job blocked
        = open 2
        cat /sys/block/dm-0/inflight
        = io        0        0
        cat /sys/block/loop0/inflight
        = io        0        0
    """),
    "over another: its error is told once, as that of a clone, and fails the path above": (TWO, """
        dmsetup create up --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 253:0 1'
        fault loop0 error errno=EIO
        fault loop1 error errno=EIO
        bg A io read up 0+8
        = job EIO
        = kernel I/O error, dev dm-0, sector 0 op 0x0:(READ) flags 0x4a00 phys_seg 1 prio class 2
        = kernel 253:1: Failing path 253:0.
        = kernel I/O error, dev dm-1, sector 0 op 0x0:(READ) flags 0x800 phys_seg 1 prio class 2
        = no kernel dm-0, sector 0 op 0x0:(READ) flags 0x800
    """),
    "changes of one moment are one event": (QUEUEING, """
        hold loop0
        hold loop1
        bg A io read 0+8
        bg B io read 8+8
        fault loop0 error errno=EIO times=1
        fault loop1 error errno=EIO times=1
        release loop0
        release loop1
        = event 2
    """),
    "what raises the event number": (TWO, """
        dmsetup message mp 0 fail_path 7:0
        = event 1
        dmsetup message mp 0 fail_path 7:0
        = event 1
        dmsetup message mp 0 reinstate_path 7:0
        = event 2
        dmsetup message mp 0 reinstate_path 7:0
        = event 2
        dmsetup message mp 0 switch_group 1
        dmsetup message mp 0 switch_group 1
        = event 4
        dmsetup message mp 0 disable_group 1
        dmsetup message mp 0 disable_group 1
        dmsetup message mp 0 enable_group 1
        dmsetup message mp 0 enable_group 1
        = event 8
        dmsetup message mp 0 queue_if_no_path
        dmsetup message mp 0 fail_if_no_path
        dmsetup message mp 0 nonsense 7:0
        dmsetup suspend mp
        dmsetup resume mp
        = event 8
        dmsetup rename mp other
        dmsetup rename other mp
        = event 10
    """),
    "the event number is kept by a load and a swap": (TWO, f"""
        dmsetup message mp 0 fail_path 7:0
        dmsetup load mp --table '{TWO}'
        dmsetup resume mp
        = event 1
    """),
}


@pytest.mark.parametrize("title", STORIES)
def test_errors_and_having_no_path(title: str) -> None:
    table, story = STORIES[title]
    wrong = tell(story, table)
    assert not wrong, "\n" + "\n".join(wrong)
