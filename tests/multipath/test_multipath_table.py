"""The table grammar of a later kernel: what it accepts and prints, what it refuses, with errno and log lines (18.1)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import Bench

from emulator.commands import LoadTable
from emulator.dm.table import check_table

ONE = "1 1 round-robin 0 1 1 8:0 1"
ADDING = "device-mapper: ioctl: error adding target to table"


def load(line: str, era: str = "modern") -> tuple[Bench, int, list[str]]:
    """A bench without a table, the errno of loading *line*, and the kernel log."""
    bench = Bench("", era=era)
    for name in ("sda", "sdb"):
        bench.md.lower_by_name[name].handlers = ("alua",)
    error = bench.errno(LoadTable("md", line))
    return bench, error, [details["text"] for kind, details in bench.events if kind == "kernel_log"]


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (f"0 0 {ONE}", f"0 0 {ONE} "),
        ("0 0 0 0", "0 0 0 0 "),
        (f"1 QUEUE_IF_NO_PATH 0 {ONE}", f"1 queue_if_no_path 0 {ONE} "),
        (f"2 queue_if_no_path queue_if_no_path 0 {ONE}", f"1 queue_if_no_path 0 {ONE} "),
        (f"2 queue_mode rq 0 {ONE}", f"0 0 {ONE} "),
        (f"2 queue_mode MQ 0 {ONE}", f"0 0 {ONE} "),
        (
            "8 queue_mode rq retain_attached_hw_handler pg_init_delay_msecs 7 pg_init_retries 3 queue_if_no_path 0 "
            + ONE,
            f"6 queue_if_no_path pg_init_retries 3 pg_init_delay_msecs 7 retain_attached_hw_handler 0 {ONE} ",
        ),
        (f"2 pg_init_delay_msecs 0 0 {ONE}", f"2 pg_init_delay_msecs 0 0 {ONE} "),
        ("0 0 1 7 round-robin 0 1 1 8:0 1", f"0 0 {ONE} "),
        ("0 0 1 1 round-robin 1 5 1 1 8:0 1", f"0 0 {ONE} "),
        ("0 0 1 1 round-robin 0 1 0 8:0", f"0 0 {ONE} "),
        ("00 00 01 01 round-robin 00 01 01 8:0 01", f"0 0 {ONE} "),
        ("0 0 1 1 round-robin 0 1 1 /dev/sda 1", f"0 0 {ONE} "),
        ("0 0 1 1 round-robin 0 1 1 8:0 0", "0 0 1 1 round-robin 0 1 1 8:0 0 "),
        ("0 0 1 1 queue-length 0 1 0 8:0", "0 0 1 1 queue-length 0 1 1 8:0 1 "),
        ("0 0 1 1 service-time 0 1 1 8:0 1", "0 0 1 1 service-time 0 1 2 8:0 1 1 "),
        ("0 0 1 1 service-time 0 2 2 8:0 1 0 8:16 1 100", "0 0 1 1 service-time 0 2 2 8:0 1 0 8:16 1 100 "),
        ("0 0 1 1 round-robin 0 2 1 8:0 1 8:0 1", "0 0 1 1 round-robin 0 2 1 8:0 1 8:0 1 "),
        ("0 1 alua 1 1 round-robin 0 1 1 8:0 1", "0 1 alua 1 1 round-robin 0 1 1 8:0 1 "),
        ("0 2 alua 1 1 1 round-robin 0 1 1 8:0 1", "0 1 alua 1 1 round-robin 0 1 1 8:0 1 "),
        ("0 0 1 1 historical-service-time 0 1 1 8:0 1", "0 0 1 1 historical-service-time 2 972 0 1 1 8:0 0 "),
        (
            "0 0 1 1 historical-service-time 2 500 3 1 1 8:0 1",
            "0 0 1 1 historical-service-time 2 500 3 1 1 8:0 0 ",
        ),
    ],
)
def test_what_is_accepted_and_how_it_is_printed(given: str, printed: str) -> None:
    bench, error, log = load(f"0 100 multipath {given}")
    assert error == 0 and log == []
    assert bench.md.inactive is not None and bench.md.inactive.target.table_line() == printed


REFUSED = {
    "": "invalid number of feature args",
    f"x 0 {ONE}": "invalid number of feature args",
    f"-1 0 {ONE}": "invalid number of feature args",
    f"9 a b c d e f g h i 0 {ONE}": "invalid number of feature args",
    f"1 nosuch 0 {ONE}": "Unrecognised multipath feature request",
    f"1 queue_mode 0 {ONE}": "Unrecognised multipath feature request",
    f"1 pg_init_retries 0 {ONE}": "Unrecognised multipath feature request",
    f"2 queue_if_no_path 0 {ONE}": "Unrecognised multipath feature request",
    f"2 queue_mode foo 0 {ONE}": "Unknown 'queue_mode' requested",
    f"2 pg_init_retries 0 0 {ONE}": "pg_init_retries must be between 1 and 50",
    f"2 pg_init_retries 51 0 {ONE}": "pg_init_retries must be between 1 and 50",
    f"2 pg_init_delay_msecs 60001 0 {ONE}": "pg_init_delay_msecs must be between 0 and 60000",
    "0": "invalid number of hardware handler args",
    f"0 -1 {ONE}": "invalid number of hardware handler args",
    f"0 x {ONE}": "invalid number of hardware handler args",
    "0 2 alua 5 1 1 round-robin 0 1 1 8:0 1": "unable to set hardware handler parameters",
    "0 2 alua 1 1 round-robin 0 1 1 8:0 1": "invalid initial priority group number",
    "0 0": "invalid number of priority groups",
    "0 0 x 1 round-robin 0 1 1 8:0 1": "invalid number of priority groups",
    "0 0 1025 1 round-robin 0 1 1 8:0 1": "invalid number of priority groups",
    "0 0 1": "invalid initial priority group number",
    "0 0 1 0": "invalid initial priority group",
    "0 0 0 1": "invalid initial priority group",
    "0 0 1 1": "priority group count mismatch",
    "0 0 2 1 round-robin 0 1 1 8:0 1": "priority group count mismatch",
    "0 0 1 1 round-robin": "not enough priority group arguments",
    "0 0 1 1 round-robin 0 1 1 8:0 1 junk": "not enough priority group arguments",
    "0 0 1 1 nosuch 0 1 1 8:0 1": "unknown path selector type",
    "0 0 1 1 round-robin 0 1 1 8:0 1 8:16 1": "unknown path selector type",
    "0 0 1 1 round-robin x 1 1 8:0 1": "invalid number of path selector args",
    "0 0 1 1 round-robin 0": "invalid number of paths",
    "0 0 1 1 round-robin 0 0 1": "invalid number of paths",
    "0 0 1 1 round-robin 0 1025 1 8:0 1": "invalid number of paths",
    "0 0 1 1 round-robin 0 1": "invalid number of selector args",
    "0 0 1 1 round-robin 0 1 x 8:0 1": "invalid number of selector args",
    "0 0 1 1 round-robin 0 2 1 8:0 1": "not enough path parameters",
    "0 0 1 1 round-robin 0 1 1 8:0": "not enough path parameters",
    "0 0 1 1 round-robin 0 1 1 8:0 x": "round-robin ps: invalid repeat count",
    "0 0 1 1 round-robin 0 1 1 8:0 -1": "round-robin ps: invalid repeat count",
    "0 0 1 1 queue-length 0 1 1 8:0 1x": "queue-length ps: invalid repeat count",
    "0 0 1 1 service-time 0 1 2 8:0 x 1": "service-time ps: invalid repeat count",
    "0 0 1 1 service-time 0 1 2 8:0 1 101": "service-time ps: invalid relative_throughput value",
    "0 0 1 1 service-time 0 1 2 8:0 1 x": "service-time ps: invalid relative_throughput value",
    "0 0 1 1 round-robin 0 1 2 8:0 1 1": "round-robin ps: incorrect number of arguments",
    "0 0 1 1 service-time 0 1 3 8:0 1 1 1": "service-time ps: incorrect number of arguments",
    "0 0 1 1 historical-service-time 1 1024 1 1 8:0 1": "path selector constructor failed",
    "0 0 1 1 historical-service-time 3 1 1 1 1 1 8:0 1": "path selector constructor failed",
}


@pytest.mark.parametrize(("words", "reason"), REFUSED.items(), ids=list(REFUSED))
def test_what_is_refused(words: str, reason: str) -> None:
    bench, error, log = load(f"0 100 multipath {words}")
    assert error == errno.EINVAL and bench.md.inactive is None
    assert log == [f"device-mapper: table: 253:0: multipath: {reason} (-EINVAL)", ADDING]


@pytest.mark.parametrize(
    ("words", "reason", "error"),
    [
        ("0 0 1 1 round-robin 0 1 1 9:9 1", "error getting device", "ENXIO"),
        ("0 0 1 1 round-robin 0 1 1 /dev/nosuch 1", "error getting device", "ENODEV"),
        ("0 0 1 1 round-robin 0 1 1 sda 1", "error getting device", "ENODEV"),
        ("0 0 2 1 round-robin 0 1 1 9:9 1 nosuch 0 1 1 8:0 1", "error getting device", "ENXIO"),
        ("0 1 nosuch 1 1 round-robin 0 1 1 8:0 1", "error attaching hardware handler", "EINVAL"),
        ("0 1 emc 1 1 round-robin 0 1 1 8:0 1", "error attaching hardware handler", "ENODEV"),
        ("0 1 alua 1 1 round-robin 0 1 1 253:9 1", "error attaching hardware handler", "ENODEV"),
    ],
)
def test_devices_and_handlers(words: str, reason: str, error: str) -> None:
    _, number, log = load(f"0 100 multipath {words}")
    assert number == getattr(errno, error)
    assert log == [f"device-mapper: table: 253:0: multipath: {reason} (-{error})", ADDING]


TWO = f"0 50 multipath 0 0 {ONE}\n50 50 "


@pytest.mark.parametrize(
    ("table", "log"),
    [
        (f"0 0 multipath 0 0 {ONE}", ["table: 253:0: zero-length target"]),
        (f"0 -1 multipath 0 0 {ONE}", ["table: 253:0: too large device"]),
        (f"0 99999999999999999999 multipath 0 0 {ONE}", ["table: 253:0: too large device"]),
        (f"8 100 multipath 0 0 {ONE}", ["table: 253:0: multipath: Gap in table (-EINVAL)"]),
        ("0 100 nosuch 1", ["table: 253:0: nosuch: unknown target type"]),
        (f"{TWO}multipath 0 0 {ONE}", ["table: 253:0: target type multipath must appear alone in table"]),
        (f"{TWO}error", ["table: 253:0: target type multipath must appear alone in table"]),
        (
            f"0 50 error\n50 50 multipath 0 0 {ONE}",
            ["table: 253:0: multipath: singleton target type must appear alone in table (-EINVAL)"],
        ),
    ],
)
def test_the_table_around_the_target(table: str, log: list[str]) -> None:
    _, error, lines = load(table)
    assert error == errno.EINVAL
    assert lines == [*(f"device-mapper: {line}" for line in log), ADDING]


def test_a_table_longer_than_a_path() -> None:
    _, error, log = load(f"0 4194304 multipath 0 0 {ONE}")
    assert error == errno.EINVAL
    assert log == [
        "device-mapper: table: 253:0: sda too small for target: start=0, len=4194304, dev_size=2097152",
        "device-mapper: core: Cannot calculate initial queue limits",
        "device-mapper: ioctl: unable to set up device queue for new table.",
    ]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("0 100 linear 8:0 0", "can't replace immutable target type multipath"),
        (
            f"0 100 multipath 2 queue_mode bio 0 {ONE}",
            "can't change device type (old=2 vs new=1) after initial table load.",
        ),
    ],
)
def test_what_cannot_take_the_place_of_a_live_table(line: str, text: str) -> None:
    bench = Bench(era="modern")
    assert bench.errno(LoadTable("md", line)) == errno.EINVAL
    assert ("kernel_log", {"md": "md", "text": f"device-mapper: ioctl: {text}"}) in bench.events


def test_repeat_counts_above_one_are_deprecated() -> None:
    bench, error, log = load("0 100 multipath 0 0 1 1 queue-length 0 2 1 8:0 2 8:16 1000")
    assert error == 0
    line = "device-mapper: multipath queue-length: repeat_count > 1 is deprecated, using 1 instead"
    assert log == [line, line]
    assert bench.md.inactive is not None
    assert bench.md.inactive.target.table_line() == "0 0 1 1 queue-length 0 2 1 8:0 1 8:16 1 "


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (f"1 retain_attached_hw_handler 0 {ONE}", "Unrecognised multipath feature request"),
        (f"2 pg_init_delay_msecs 5 0 {ONE}", "Unrecognised multipath feature request"),
        (f"4 a b c d 0 {ONE}", "invalid number of feature args"),
        ("0 0 0 0", "invalid number of priority groups"),
        ("0 1 nosuch 1 1 round-robin 0 1 1 8:0 1", "unknown hardware handler type"),
        ("0 0 1 1 historical-service-time 0 1 1 8:0 1", "unknown path selector type"),
    ],
)
def test_what_2_6_31_does_not_know_yet(words: str, reason: str) -> None:
    _, error, log = load(f"0 100 multipath {words}", era="2.6.31")
    assert error == errno.EINVAL and log[0] == f"device-mapper: table: 253:0: multipath: {reason} (-EINVAL)"


@pytest.mark.parametrize(
    ("attached", "words", "printed", "retained"),
    [
        ("", "0 1 alua", "0 1 alua", False),
        ("alua", "0 0", "0 0", False),
        ("alua", "1 retain_attached_hw_handler 0", "1 retain_attached_hw_handler 1 alua", False),
        ("alua", "1 retain_attached_hw_handler 1 emc", "1 retain_attached_hw_handler 1 alua", False),
        ("alua", "0 1 emc", "0 1 alua", True),
        ("", "1 retain_attached_hw_handler 0", "1 retain_attached_hw_handler 0", False),
    ],
)
def test_the_attached_handler_stays(attached: str, words: str, printed: str, retained: bool) -> None:
    bench = Bench("", era="modern")
    lower = bench.md.lower_by_name["sda"]
    lower.handlers, lower.handler = ("alua",), attached
    assert bench.errno(LoadTable("md", f"0 100 multipath {words} {ONE}")) == 0
    assert bench.md.inactive is not None
    assert bench.md.inactive.target.table_line() == f"{printed} {ONE} "
    line = "device-mapper: multipath: retaining handler on device sda"
    assert (("kernel_log", {"md": "md", "text": line}) in bench.events) is retained


def test_a_check_without_devices_finds_the_device_words() -> None:
    text = f"0 100 multipath 1 queue_if_no_path 1 alua 2 1 {ONE[4:]} service-time 0 2 0 mpathb x:y"
    (line,), (words,) = check_table(text)
    assert line.length == 100 and words == ("8:0", "mpathb", "x:y")
