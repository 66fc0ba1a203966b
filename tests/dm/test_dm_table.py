"""What table_load takes and refuses: several lines, areas, the type of a device, in both eras."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from helpers.md import SECTORS, Bench, table

from emulator.commands import ClearTable, DevStatus, LoadTable, Resume, Suspend, TableStatus
from emulator.dm.lower import Lower
from emulator.plan import Limits

ONE = "multipath 0 0 1 1 round-robin 0 1 1 8:0 1"
BIO = f"0 100 {ONE.replace('multipath 0', 'multipath 2 queue_mode bio')}"
ADDING = "ioctl: error adding target to table"
FIRST = ("core: Cannot calculate initial queue limits", "ioctl: unable to set up device queue for new table.")


def empty(era: str = "modern", sda: Lower | None = None) -> Bench:
    """A device without a table; *sda* in the place of the disk of that name."""
    b = Bench("", era=era)
    if sda is not None:
        for words in (b.md.lower_by_name, b.md.lower_by_word):
            words["sda"] = sda
        b.md.lower_by_word["8:0"] = sda
    b.events.clear()
    return b


def kernel(b: Bench) -> list[str]:
    return [str(fields["text"]).removeprefix("device-mapper: ") for kind, fields in b.events if kind == "kernel_log"]


def disk(sectors: int = SECTORS, block: int = 512, stackable: bool = True) -> Lower:
    lower = Lower("sda", "8:0", Limits(logical_block_size=block), sectors)
    lower.stackable = stackable
    return lower


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"0 0 {ONE}", ["table: 253:0: zero-length target", ADDING]),
        (f"0 -1 {ONE}", ["table: 253:0: too large device", ADDING]),
        (f"0 99999999999999999999 {ONE}", ["table: 253:0: too large device", ADDING]),
        (f"-8 8 {ONE}", ["table: 253:0: too large device", ADDING]),
        (f"0 {1 << 54} {ONE}", ["table: 253:0: too large device", ADDING]),
        (f"8 100 {ONE}", ["table: 253:0: multipath: Gap in table (-EINVAL)", ADDING]),
        ("0 8 linear 8:0 0\n16 8 linear 8:0 0", ["table: 253:0: linear: Gap in table (-EINVAL)", ADDING]),
        ("0 8 linear 8:0 0\n4 8 linear 8:0 0", ["table: 253:0: linear: Gap in table (-EINVAL)", ADDING]),
        (
            f"0 100 {ONE}\n100 100 {ONE}",
            ["table: 253:0: target type multipath must appear alone in table", ADDING],
        ),
        (
            f"0 100 {ONE}\n100 100 linear 8:0 0",
            ["table: 253:0: target type multipath must appear alone in table", ADDING],
        ),
        (
            f"0 100 linear 8:0 0\n100 100 {ONE}",
            ["table: 253:0: multipath: singleton target type must appear alone in table (-EINVAL)", ADDING],
        ),
        (f"0 8 nosuch\n8 8 {ONE}", ["table: 253:0: nosuch: unknown target type", ADDING]),
        ("", ["ioctl: populate_table: no targets specified"]),
        ("0 8 linear 8:0", ["table: 253:0: linear: Invalid argument count (-EINVAL)", ADDING]),
        ("0 8 linear 8:0 0 0", ["table: 253:0: linear: Invalid argument count (-EINVAL)", ADDING]),
        ("0 8 linear 8:0 x", ["table: 253:0: linear: Invalid device sector (-EINVAL)", ADDING]),
        ("0 8 linear 8:0 -1", ["table: 253:0: linear: Invalid device sector (-EINVAL)", ADDING]),
        (
            f"0 {SECTORS + 8} {ONE}",
            [f"table: 253:0: sda too small for target: start=0, len={SECTORS + 8}, dev_size={SECTORS}", *FIRST],
        ),
        (
            f"0 8 linear 8:0 {SECTORS}",
            [f"table: 253:0: sda too small for target: start={SECTORS}, len=8, dev_size={SECTORS}", *FIRST],
        ),
        (
            f"0 8 linear 253:9 {SECTORS - 4}",
            [f"table: 253:0: lower too small for target: start={SECTORS - 4}, len=8, dev_size={SECTORS}", *FIRST],
        ),
    ],
)
def test_what_later_kernels_refuse_and_say(text: str, lines: list[str]) -> None:
    b = empty()
    assert b.errno(LoadTable("md", text)) == errno.EINVAL
    assert kernel(b) == lines and b.md.inactive is None and b.md.md_type == ""


@pytest.mark.parametrize(
    ("text", "number"), [("0 8 linear 9:9 0", errno.ENXIO), ("0 8 linear /dev/nosuch 0", errno.ENODEV)]
)
def test_a_linear_device_that_is_not_there(text: str, number: int) -> None:
    b = empty()
    assert b.errno(LoadTable("md", text)) == number
    name = errno.errorcode[number]
    assert kernel(b) == [f"table: 253:0: linear: Device lookup failed (-{name})", ADDING]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("0 1001 linear 8:0 0", "len=1001"), ("0 1000 linear 8:0 4", "start=4"),
        (f"0 1001 {ONE}", "len=1001"),
    ],
)
def test_blocks_of_4096_bytes_must_be_met(text: str, what: str) -> None:
    b = empty(sda=disk(block=4096))
    assert b.errno(LoadTable("md", text)) == errno.EINVAL
    assert kernel(b) == [f"table: 253:0: {what} not aligned to h/w logical block size 4096 of sda", *FIRST]
    assert b.errno(LoadTable("md", "0 1000 linear 8:0 8")) == 0


def test_a_disk_that_is_not_set_up_and_a_larger_one_are_taken() -> None:
    assert empty(sda=disk(sectors=0)).errno(LoadTable("md", f"0 100 {ONE}")) == 0
    assert empty().errno(LoadTable("md", f"0 {SECTORS - 8} {ONE}")) == 0


@pytest.mark.parametrize(
    "text",
    [
        f"0 100 {ONE.replace('1 1 8:0', '2 1 8:0 1 8:0')}", "0 100 multipath 0 0 0 0", f"00 0100 {ONE.upper().lower()}",
        f"0\t100\t{ONE}", "0 100 error with words", "0 8 linear 8:0 0\n8 8 linear 8:0 0\n16 8 error",
        f"0 {SECTORS} multipath 0 0 1 1 round-robin 0 1 1 253:0 1",
    ],
)
def test_what_is_taken(text: str) -> None:
    assert empty().errno(LoadTable("md", text)) == 0


def test_a_table_that_does_not_fit_a_device_which_has_a_type_is_refused_when_it_is_swapped_in() -> None:
    b = Bench(table("sda"), era="modern")
    assert b.errno(LoadTable("md", f"0 {SECTORS + 8} {ONE}")) == 0
    resume = b.do(Resume("md"))
    assert b.replies[resume][0] == errno.EINVAL
    assert kernel(b) == [f"table: 253:0: sda too small for target: start=0, len={SECTORS + 8}, dev_size={SECTORS}"]
    assert b.md.inactive is None and b.md.capacity == SECTORS
    assert b.md.snapshot(10).state == "SUSPENDED", "as it was suspended for the swap"
    b.do(Resume("md"))
    assert b.md.snapshot(10).state == "RUNNING"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (f"0 100 {ONE}", "0 100 linear 8:0 0", "can't replace immutable target type multipath"),
        (f"0 100 {ONE}", BIO, "can't change device type (old=2 vs new=1) after initial table load."),
        (BIO, f"0 100 {ONE}", "can't change device type (old=1 vs new=2) after initial table load."),
        ("0 100 linear 8:0 0", f"0 100 {ONE}", "can't change device type (old=1 vs new=2) after initial table load."),
        ("0 100 error", f"0 100 {ONE}", "can't change device type (old=1 vs new=2) after initial table load."),
        (BIO, "0 100 linear 8:0 0", "can't replace immutable target type multipath"),
        (f"0 100 {ONE}", "0 100 striped 1 8 8:0 0", "can't replace immutable target type multipath"),
    ],
)
def test_the_first_table_of_a_later_kernel_fixes_the_type(first: str, second: str, said: str) -> None:
    b = Bench(first, era="modern")
    assert b.errno(LoadTable("md", second)) == errno.EINVAL
    assert kernel(b) == [f"ioctl: {said}"] and b.md.inactive is None


def test_it_is_fixed_by_the_load_even_if_that_table_is_cleared() -> None:
    b = empty()
    assert b.errno(LoadTable("md", f"0 100 {ONE}")) == 0
    assert b.errno(ClearTable("md")) == 0
    assert b.errno(LoadTable("md", "0 100 linear 8:0 0")) == errno.EINVAL
    assert kernel(b) == ["ioctl: can't change device type (old=2 vs new=1) after initial table load."]


@pytest.mark.parametrize(("line", "type"), [(f"0 100 {ONE}", "request"), (BIO, "bio")])
def test_an_error_table_takes_the_place_of_either_and_gives_it_back(line: str, type: str) -> None:
    b = Bench(line, era="modern")
    for text in ("0 100 error", line):
        assert b.errno(LoadTable("md", text)) == 0
        assert b.replies[b.do(Resume("md"))][0] == 0
        assert b.md.md_type == type


def test_2631_finds_the_type_changed_when_the_table_is_swapped_in() -> None:
    b = Bench(table("sda"))
    assert b.errno(LoadTable("md", "0 100 linear 8:0 0")) == 0
    assert b.replies[b.do(Resume("md"))][0] == errno.EINVAL
    assert kernel(b) == ["core: can't change the device type after a table is bound"]
    assert b.md.capacity == SECTORS and b.md.inactive is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"0 100 {ONE}\n100 100 {ONE}", "Request-based dm doesn't support multiple targets yet"),
        (f"0 100 linear 8:0 0\n100 100 {ONE}", "Inconsistent table: different target types can't be mixed up"),
    ],
)
def test_2631_looks_at_the_types_of_all_targets_at_the_end(text: str, said: str) -> None:
    b = empty("2.6.31")
    assert b.errno(LoadTable("md", text)) == errno.EINVAL
    assert kernel(b) == [f"table: {said}", "ioctl: unable to set table type"]


@pytest.mark.parametrize(
    ("era", "behind"),
    [("2.6.31", "ioctl: unable to set table type"), ("modern", "table: unable to determine table type")],
)
def test_a_request_based_table_wants_devices_that_take_requests(era: str, behind: str) -> None:
    b = empty(era, disk(stackable=False))
    assert b.errno(LoadTable("md", f"0 100 {ONE}")) == errno.EINVAL
    assert kernel(b) == ["table: table load rejected: including non-request-stackable devices", behind]
    assert b.errno(LoadTable("md", "0 100 linear 8:0 0")) == 0
    if era == "modern":
        assert empty(era, disk(stackable=False)).errno(LoadTable("md", BIO)) == 0


def test_a_load_says_which_mds_it_names_take_requests() -> None:
    over = "0 100 multipath 0 0 1 1 round-robin 0 1 1 253:9 1"
    b = empty()
    assert b.errno(LoadTable("md", over, types=(("253:9", False),))) == errno.EINVAL
    assert b.errno(LoadTable("md", over, types=(("253:9", True),))) == 0


def test_a_device_is_not_resumed_with_a_table_that_maps_it_to_itself() -> None:
    b = Bench(table("sda"), era="modern")
    own = f"0 {SECTORS} multipath 0 0 1 1 round-robin 0 1 1 253:0 1"
    assert b.errno(LoadTable("md", own)) == 0
    assert "md" in b.md.snapshot(10).opens
    b.do(Suspend("md"))
    assert b.replies[b.do(Resume("md"))][0] == errno.ELOOP
    assert b.md.capacity == SECTORS and "md" not in b.md.snapshot(10).opens


def test_status_and_size_of_several_lines() -> None:
    b = Bench("0 8 linear 8:0 0\n8 24 linear 8:16 8", era="modern")
    serial = b.do(TableStatus("md", "table"))
    assert b.replies[serial] == (0, "0 8 linear 8:0 0\n8 24 linear 8:16 8")
    serial = b.do(TableStatus("md", "status"))
    assert b.replies[serial] == (0, "0 8 linear \n8 24 linear ")
    said: Any = b.replies[b.do(DevStatus("md"))][1]
    assert "size=32 targets=2 stackable=0 type=linear devices=8:0,8:16 " in said
