"""The table line of a later kernel, word by word, as a real one printed it."""

from __future__ import annotations

import pytest

from tests.lab.modern import create, kernel, modern, status, table

RR = "round-robin 0 2 1 8:0 1 8:16 1"


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (f"0 0 1 1 {RR}", f"0 0 1 1 {RR} "),
        ("0 0 1 1 round-robin 0 2 1 /dev/sda 1 /dev/sdb 1", f"0 0 1 1 {RR} "),
        (f"3 PG_INIT_RETRIES 5 queue_if_no_path 0 1 1 {RR}", f"3 queue_if_no_path pg_init_retries 5 0 1 1 {RR} "),
        (f"2 queue_if_no_path queue_if_no_path 0 1 1 {RR}", f"1 queue_if_no_path 0 1 1 {RR} "),
        (
            "6 retain_attached_hw_handler pg_init_delay_msecs 100 pg_init_retries 3 queue_if_no_path"
            f" 0 1 1 {RR}",
            "6 queue_if_no_path pg_init_retries 3 pg_init_delay_msecs 100 retain_attached_hw_handler"
            f" 0 1 1 {RR} ",
        ),
        (f"2 queue_mode rq 0 1 1 {RR}", f"0 0 1 1 {RR} "),
        (f"2 queue_mode mq 0 1 1 {RR}", f"0 0 1 1 {RR} "),
        (f"2 queue_mode bio 0 1 1 {RR}", f"3 retain_attached_hw_handler queue_mode bio 0 1 1 {RR} "),
        (f"0 0 1 1024 {RR}", f"0 0 1 1 {RR} "),
        ("0 0 0 0", "0 0 0 0 "),
        ("0 0 1 1 round-robin 1 5 2 1 8:0 1 8:16 1", f"0 0 1 1 {RR} "),
        ("0 0 1 1 round-robin 0 2 0 8:0 8:16", f"0 0 1 1 {RR} "),
        ("0 0 1 1 round-robin 0 2 1 8:0 0 8:16 1", "0 0 1 1 round-robin 0 2 1 8:0 0 8:16 1 "),
        ("0 0 1 1 queue-length 0 2 0 8:0 8:16", "0 0 1 1 queue-length 0 2 1 8:0 1 8:16 1 "),
        ("0 0 1 1 service-time 0 2 0 8:0 8:16", "0 0 1 1 service-time 0 2 2 8:0 1 1 8:16 1 1 "),
        ("0 0 1 1 service-time 0 2 2 8:0 1 7 8:16 1 9", "0 0 1 1 service-time 0 2 2 8:0 1 7 8:16 1 9 "),
    ],
)
def test_what_is_loaded_and_what_is_printed(given: str, printed: str) -> None:
    with modern() as lab:
        create(lab, given)
        assert table(lab) == printed


@pytest.mark.parametrize("selector", ["round-robin", "queue-length", "service-time"])
def test_a_repeat_count_above_one_is_stored_as_one_and_said_for_each_path(selector: str) -> None:
    with modern() as lab:
        create(lab, f"0 0 1 1 {selector} 0 2 1 8:0 1000 8:16 7")
        assert " 8:0 1 " in table(lab) and " 8:16 1 " in table(lab)
        said = f"device-mapper: multipath {selector}: repeat_count > 1 is deprecated, using 1 instead"
        assert kernel(lab) == [said, said]


def test_queue_if_no_path_follows_messages_timeout_and_suspends() -> None:
    with modern() as lab:
        create(lab)
        lab.do("dmsetup message mp 0 queue_if_no_path")
        assert table(lab).startswith("1 queue_if_no_path ")
        lab.do("dmsetup suspend --noflush mp")
        assert table(lab).startswith("1 queue_if_no_path "), "a noflush suspend leaves it"
        lab.do("dmsetup resume mp")
        lab.do("dmsetup suspend mp")
        assert table(lab).startswith("0 "), "while a flush suspend is in force it is off"
        lab.do("dmsetup resume mp")
        assert table(lab).startswith("1 queue_if_no_path ")
        lab.do("dmsetup message mp 0 fail_if_no_path")
        assert table(lab).startswith("0 ")
        assert lab.do("echo 2 > /sys/module/dm_multipath/parameters/queue_if_no_path_timeout_secs").rc == 0
        lab.do("dmsetup message mp 0 queue_if_no_path")
        lab.do("dmsetup message mp 0 fail_path 8:0")
        lab.do("dmsetup message mp 0 fail_path 8:16")
        lab.run("1900ms")
        assert table(lab).startswith("1 ")
        lab.run("200ms")
        assert table(lab).startswith("0 "), "the timeout ends it"
        assert kernel(lab)[-1] == "device-mapper: multipath: queue_if_no_path timeout on 253:0, failing queued IO"
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        assert table(lab).startswith("0 "), "for good, also after a reinstatement"


def test_the_group_number_is_the_current_one_or_the_one_asked_for_last() -> None:
    with modern() as lab:
        create(lab, "0 0 2 2 round-robin 0 1 1 8:0 1 round-robin 0 1 1 8:16 1")
        assert table(lab).startswith("0 0 2 2 "), "the initial group, before any request"
        lab.do("io read mp 0+8")
        assert table(lab).startswith("0 0 2 2 ") and " A 0 1 0 8:16" in status(lab)
        lab.do("dmsetup message mp 0 switch_group 1")
        assert table(lab).startswith("0 0 2 1 ")
        lab.do("dmsetup message mp 0 disable_group 2")
        assert table(lab).startswith("0 0 2 1 "), "the one asked for last, as long as no request used it"
        lab.do("io read mp 0+8")
        lab.do("dmsetup message mp 0 fail_path 8:0")
        lab.do("io read mp 0+8")
        assert table(lab).startswith("0 0 2 2 "), "it changes with fail-over"
        lab.do("dmsetup message mp 0 enable_group 1")
        assert table(lab).startswith("0 0 2 1 "), "no current group and none asked for: 1"
