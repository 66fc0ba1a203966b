"""Priority groups of a later kernel, as a real one chose them."""

from __future__ import annotations

import pytest

from emulator.lab import SyncLab
from tests.lab.modern import create, event_nr, kernel, log, modern, status

THREE = "0 0 3 1 round-robin 0 1 1 8:0 1 round-robin 0 1 1 8:16 1 round-robin 0 1 1 8:32 1"


def carried(lab: SyncLab) -> str:
    """The path that serves a read now."""
    devices = ("sda", "sdb", "sdc")
    log(lab, *devices)
    assert lab.do("io read mp 0+8").rc == 0
    return next(device for device, entries in zip(devices, log(lab, *devices), strict=True) if entries)


def letters(lab: SyncLab) -> str:
    """D, A or E of each group."""
    words = status(lab).split()
    return "".join(words[index] for index in (6, 13, 20))


def test_fail_over_takes_the_first_group_from_one_that_is_not_disabled_and_has_a_path() -> None:
    with modern(3) as lab:
        create(lab, THREE)
        lab.do("dmsetup message mp 0 switch_group 3")
        assert carried(lab) == "sdc"
        lab.do("dmsetup message mp 0 fail_path 8:32")
        assert carried(lab) == "sda", "from 1, not the next one"
        lab.do("dmsetup message mp 0 disable_group 2")
        lab.do("dmsetup message mp 0 fail_path 8:0")
        assert carried(lab) == "sdb", "only disabled ones are left"
        assert letters(lab) == "EDE", "a disabled group that carries the I/O shows D, and then none shows A"


def test_there_is_no_fail_back() -> None:
    with modern(3) as lab:
        create(lab, THREE)
        lab.do("dmsetup message mp 0 fail_path 8:0")
        assert carried(lab) == "sdb"
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        assert carried(lab) == "sdb"


def test_switch_group_prefers_one_and_clears_all_disabled_marks() -> None:
    with modern(3) as lab:
        create(lab, THREE)
        carried(lab)
        for group in (1, 2):
            lab.do(f"dmsetup message mp 0 disable_group {group}")
        assert letters(lab) == "DDE"
        lab.do("dmsetup message mp 0 switch_group 2")
        assert letters(lab) == "EEE", "the current group is dropped"
        assert carried(lab) == "sdb" and letters(lab) == "EAE"
        lab.do("dmsetup message mp 0 fail_path 8:32")
        lab.do("dmsetup message mp 0 switch_group 3")
        assert carried(lab) == "sda", "it has no path: the search begins at 1"


def test_enable_group_is_a_hidden_fail_back_whichever_group_is_meant() -> None:
    with modern(3) as lab:
        create(lab, THREE)
        lab.do("dmsetup message mp 0 fail_path 8:0")
        assert carried(lab) == "sdb"
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        lab.do("dmsetup message mp 0 enable_group 3")
        assert letters(lab) == "EEE" and carried(lab) == "sda"


def test_marks_survive_suspend_and_resume() -> None:
    with modern(3) as lab:
        create(lab, THREE)
        carried(lab)
        lab.do("dmsetup message mp 0 disable_group 1")
        lab.do("dmsetup suspend mp")
        lab.do("dmsetup resume mp")
        assert letters(lab) == "DEE" and carried(lab) == "sdb"


@pytest.mark.parametrize(
    ("word", "function"),
    [("switch_group", "switch_pg_num"), ("disable_group", "bypass_pg"), ("enable_group", "bypass_pg")],
)
def test_group_numbers(word: str, function: str) -> None:
    with modern(3) as lab:
        create(lab, THREE)
        assert lab.do(f"dmsetup message mp 0 {word} 01").rc == 0
        assert event_nr(lab) == 1
        for bad in ("0", "4", "two"):
            result = lab.do(f"dmsetup message mp 0 {word} {bad}")
            assert result.rc == 1 and result.err[0].endswith("Invalid argument")
        assert kernel(lab) == [f"device-mapper: multipath: invalid PG number supplied to {function}"] * 3
        assert event_nr(lab) == 1, "what is refused is no event"
