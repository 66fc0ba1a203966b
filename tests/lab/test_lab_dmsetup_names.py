"""Names that libdevmapper refuses or mangles, devices that are not there, what the dmsetup of an era knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.lab import LineError, SyncLab
from tests.lab.conftest import TABLE, small_plan
from tests.lab.test_lab_dmsetup import BUSY, GONE, INVALID, failed


@pytest.fixture
def modern() -> Iterator[SyncLab]:
    """The small world under a later kernel."""
    with SyncLab(small_plan(), era="modern") as lab:
        yield lab


def test_an_empty_name_is_none(sim: SyncLab) -> None:
    assert sim.do("dmsetup rename mp ''").err == ("Non empty new name is required.", "Command failed.")
    assert sim.do("dmsetup create '' -n").err == failed("create", "", INVALID)
    assert sim.do("dmsetup ls").out == ("mp\t(253:0)",)


@pytest.mark.parametrize(
    ("line", "err"),
    [
        ("dmsetup suspend -u foo", f"device-mapper: suspend ioctl on  foo failed: {GONE}"),
        ("dmsetup remove -m 7", f"device-mapper: remove ioctl on  (253:7) failed: {GONE}"),
        ("dmsetup table -u foo", f"device-mapper: table ioctl on  foo failed: {GONE}"),
    ],
)
def test_a_device_that_is_not_there_is_called_as_it_was_asked_for(sim: SyncLab, line: str, err: str) -> None:
    assert sim.do(line).err == (err, "Command failed.")


def test_odd_characters_are_mangled_as_libdevmapper_does_today(modern: SyncLab) -> None:
    assert modern.do(f"dmsetup create 'a b' --table '{TABLE}'").rc == 0
    assert modern.do("dmsetup create é -n").rc == 0
    assert modern.do("dmsetup ls").out == ("\\xc3\\xa9\t(253:2)", "a\\x20b\t(253:1)", "mp\t(253:0)")
    assert modern.do("dmsetup info -c --noheadings -o unmangled_name,name é").out == ("é:\\xc3\\xa9",)
    assert modern.do("dmsetup create 'a b' -n").err == failed("create", "a\\x20b", BUSY)
    assert modern.do("dmsetup rename 'a b' 'c d'").rc == 0
    assert modern.do("dmsetup table 'c\\x20d'").out == (TABLE + " ",)
    assert modern.do("dmsetup remove 'c d'").rc == 0


def test_the_dmsetup_of_2_6_31_mangles_nothing_and_knows_no_deferred_removal(sim: SyncLab) -> None:
    assert sim.do("dmsetup create 'a b' -n").rc == 0
    assert sim.do("dmsetup ls").out == ("a b\t(253:1)", "mp\t(253:0)")
    for line in ("dmsetup remove --deferred mp", "dmsetup remove_all --deferred"):
        refused = sim.do(line)
        assert (refused.rc, refused.err) == (
            1, ("dmsetup: unrecognized option '--deferred'", "Couldn't process command line."),
        )
    assert sim.do("dmsetup ls").out == ("a b\t(253:1)", "mp\t(253:0)")


def test_too_many_words_behind_create(sim: SyncLab) -> None:
    with pytest.raises(LineError, match="Incorrect number of arguments: found 'c'"):
        sim.do("dmsetup create a b c")


def test_the_version_and_all_columns(sim: SyncLab) -> None:
    assert sim.do("dmsetup --version").out == sim.do("dmsetup version").out
    heading, row = sim.do("dmsetup info -c -o all --separator |").out
    assert heading.startswith("Name|MangledName|") and row.startswith("mp|mp|")


def test_a_deferred_removal_waits_for_who_has_it_open(modern: SyncLab) -> None:
    modern.do("hold sda")
    modern.do("bg A io read mp 0+8")
    assert modern.do("dmsetup remove mp").err == failed("remove", "mp", BUSY)
    assert modern.do("dmsetup remove --deferred mp").rc == 0
    assert modern.do("dmsetup info mp").out[1] == "State:             ACTIVE (DEFERRED REMOVE)"
    modern.do("release sda")
    assert modern.do("wait job A").rc == 0
    assert modern.do("dmsetup ls").out == ("No devices found",)
