"""What the experiments taught about event numbers and uevents, sentence by sentence."""

from __future__ import annotations

import pytest

from emulator.lab import Lab, SyncLab
from tests.conformance.story import TWO, paths_plan, tell

GROUPS = "0 131072 multipath 0 0 2 1 round-robin 0 1 1 7:0 1 round-robin 0 1 1 7:1 1"

STORIES: dict[str, tuple[str, str]] = {
    "group messages count, even if nothing changes, and send no uevent": (GROUPS, """
        dmsetup message mp 0 switch_group 1
        dmsetup message mp 0 switch_group 1
        dmsetup message mp 0 enable_group 2
        dmsetup message mp 0 disable_group 2
        dmsetup message mp 0 disable_group 2
        = event 5
    """),
    "what changes nothing, and what changes by itself, does not count": (GROUPS, f"""
        dmsetup message mp 0 reinstate_path 7:0
        dmsetup message mp 0 queue_if_no_path
        dmsetup message mp 0 fail_if_no_path
        dmsetup message mp 0 switch_group 3
        dmsetup suspend mp
        dmsetup resume mp
        dmsetup load mp --table '{TWO}'
        dmsetup resume mp
        = event 0
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:0
        io read 0+8
        = event 1
    """),
    "two paths that fail one after the other are two events": (TWO, """
        dmsetup message mp 0 queue_if_no_path
        hold loop0
        hold loop1
        bg A io read 0+8 n=2 stride=64 depth=2
        fault loop0 error errno=EIO
        fault loop1 error errno=EIO
        release loop0
        = event 1
        release loop1
        = event 2
    """),
    "a path that stands twice in the table fails twice": (TWO.replace("7:1", "7:0"), """
        dmsetup message mp 0 fail_path 07:00
        = status E 0 2 0 7:0 F 1 7:0 F 1
        = event 1
    """),
    "a rename counts, that of a device without a table does not": (TWO, """
        dmsetup rename mp mq
        dmsetup rename mq mp
        = event 2
        dmsetup create x --notable
        dmsetup rename x y
        dmsetup info y
        = io Event number:      0
        bg W dmsetup wait mp 1
        = job W ok
        bg V dmsetup wait mp 2
        = job V blocked
        dmsetup message mp 0 fail_path 7:0
        = job V ok
        bg U dmsetup wait mp 3
        dmsetup remove mp
        = job U ok
    """),
    "a deferred removal comes with the last close": (TWO, """
        bg W dmsetup wait mp 0
        hold loop0
        bg A io read 0+8
        dmsetup remove --deferred mp
        = job W blocked
        release loop0
        = job A ok
        = job W ok
    """),
}


@pytest.mark.parametrize("title", STORIES)
def test_event_numbers(title: str) -> None:
    table, story = STORIES[title]
    wrong = tell(story, table)
    assert not wrong, "\n" + "\n".join(wrong)


def _uevents(lab: SyncLab) -> list[tuple[object, ...]]:
    keys = ("DM_ACTION", "DM_SEQNUM", "DM_PATH", "DM_NR_VALID_PATHS", "DM_NAME", "DM_UUID")
    return [tuple(event.details[key] for key in keys) for event in lab.events if event.kind == "uevent"]


def test_uevents_say_what_the_device_is_called_when_they_are_sent() -> None:
    with Lab.sync(paths_plan(), era="modern") as lab:
        lab.do(f"dmsetup create mp -u U-1 --table '{TWO}'")
        lab.do("dmsetup message mp 0 fail_path 7:0")
        lab.do("dmsetup rename mp mq")
        lab.do("dmsetup message mq 0 reinstate_path 7:0")
        lab.do(f"dmsetup create mp --table '{TWO}'")
        lab.do("dmsetup rename mp --setuuid U-2")
        lab.do("dmsetup message mp 0 switch_group 1")
        lab.do("dmsetup message mp 0 fail_path 7:1")
        lab.run("1ms")
        assert _uevents(lab) == [
            ("PATH_FAILED", 1, "7:0", 1, "mp", "U-1"), ("PATH_REINSTATED", 2, "7:0", 2, "mq", "U-1"),
            ("PATH_FAILED", 1, "7:1", 1, "mp", "U-2"),
        ]
