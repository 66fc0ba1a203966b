"""``multipath``'s options, and ``help`` for every verb."""

from __future__ import annotations

import pytest

from emulator.lab import SyncLab
from emulator.lab.language import VERBS


def test_maps_are_listed_and_flushed_by_name(sim: SyncLab) -> None:
    sim.do("dmsetup create up --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/dm-0 1'")
    assert sim.do("multipath -ll -v1").out == ("mp", "up")
    assert sim.do("multipath -ll dm-0").out == sim.do("multipath -ll mp").out != ()
    unknown = sim.do("multipath -ll nup")
    assert unknown.rc == 1 and unknown.hint.endswith("(did you mean 'up'?)")
    assert sim.do("multipath -f mp").err == ("mp: map in use", "failed to remove multipath map mp")
    assert sim.do("multipath -F").rc == 1
    assert sim.do("multipath -F").rc == 0
    assert sim.do("multipath -f mp").err == ("mp is not a multipath device",)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_explained_with_examples(sim: SyncLab, verb: str) -> None:
    lines = sim.do(f"help {verb}").out
    examples = [line.strip() for line in lines[lines.index("Examples:") + 1 :]]
    assert any(line.startswith(verb) for line in examples)


def test_a_map_is_found_by_the_wwid_that_was_printed(sim: SyncLab) -> None:
    lines = sim.do("multipath -ll").out
    wwid = lines[0].split("(")[1].split(")")[0]
    assert sim.do(f"multipath -ll {wwid}").out == lines
    assert sim.do(f"multipath -f {wwid}").rc == 0
    assert sim.do("dmsetup ls").out == ("No devices found",)


def paths(sim: SyncLab, option: str = "-ll") -> list[list[str]]:
    """The last three words of each path."""
    return [line.split()[-3:] for line in sim.do(f"multipath {option}").out[-2:]]


def test_without_multipathd_each_path_is_checked_for_the_list(sim: SyncLab) -> None:
    sim.do("fault sda error")
    sim.do("kill sdb")
    assert paths(sim) == [["active", "faulty", "running"], ["active", "faulty", "offline"]]
    assert "prio=0" in sim.do("multipath -ll").out[-3]
    sim.do("clear sda")
    sim.do("dmsetup message mp 0 fail_path 8:0")
    assert paths(sim)[0] == ["failed", "ready", "running"]
    assert paths(sim, "-l")[0] == ["failed", "undef", "running"]


def test_a_check_that_a_path_does_not_answer_ends_after_thirty_seconds(sim: SyncLab) -> None:
    sim.do("hold sda")
    listing = sim.start("multipath -ll")
    sim.run("29s")
    assert not listing.done
    sim.run("2s")
    assert listing.result is not None
    assert listing.result.out[-2].endswith("active i/o timeout running")
