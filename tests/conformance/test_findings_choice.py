"""What the experiments taught about the choice of a path and about status lines, sentence by sentence."""

from __future__ import annotations

import pytest

from tests.conformance.story import QUEUEING, TWO, tell

THREE = {
    name: f"0 131072 multipath 0 0 1 1 {name} 0 3 0 7:0 7:1 7:2"
    for name in ("round-robin", "queue-length", "service-time")
}
GROUPS = "0 131072 multipath 0 0 2 1 round-robin 0 2 1 7:0 1 7:1 1 round-robin 0 2 1 7:2 1 7:3 1"

STORIES: dict[str, tuple[str, str]] = {
    "round-robin alternates, and the turn is kept between commands": (TWO, """
        io read 0+8 n=3 stride=64
        = loop0 r 0+8 ok;r 128+8 ok
        = loop1 r 64+8 ok
        io read 0+8
        = loop0
        = loop1 r 0+8 ok
    """),
    "with eight at a time it alternates all the same": (TWO, """
        io read 0+8 n=16 stride=64 depth=8 batch
        = loop0 r 0+8 ok;r 128+8 ok;r 256+8 ok;r 384+8 ok;r 512+8 ok;r 640+8 ok;r 768+8 ok;r 896+8 ok
    """),
    "a repeat count changes nothing": (TWO.replace("7:0 1 7:1 1", "7:0 5 7:1 5"), """
        io read 0+8 n=4 stride=64
        = loop0 r 0+8 ok;r 128+8 ok
        = table 7:0 1 7:1 1
        = kernel repeat_count > 1 is deprecated, using 1 instead
    """),
    "merged requests count as one": (TWO, """
        io write 0+8 n=8 depth=8 batch seed=2
        io read 800+8
        = loop0 w 0+64 ok
        = loop1 r 800+8 ok
    """),
    "suspend and resume keep the turn": (TWO, """
        io read 0+8
        dmsetup suspend mp
        dmsetup resume mp
        io read 8+8
        = loop0 r 0+8 ok
        = loop1 r 8+8 ok
    """),
    "a load of the same table starts at the first path": (TWO, f"""
        io read 0+8
        = loop0 r 0+8 ok
        dmsetup load mp --table '{TWO}'
        dmsetup resume mp
        io read 8+8
        = loop0 r 8+8 ok
        = loop1
    """),
    "switch_group keeps the turn of each group": (GROUPS, """
        io read 0+8
        dmsetup message mp 0 switch_group 2
        io read 8+8
        dmsetup message mp 0 switch_group 1
        io read 16+8
        dmsetup message mp 0 switch_group 2
        io read 24+8
        = loop0 r 0+8 ok
        = loop1 r 16+8 ok
        = loop2 r 8+8 ok
        = loop3 r 24+8 ok
    """),
    "round-robin takes a reinstated path next": (THREE["round-robin"], """
        io read 0+8
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 reinstate_path 7:0
        io read 8+8
        io read 16+8
        = loop0 r 0+8 ok;r 8+8 ok
        = loop1 r 16+8 ok
        = loop2
    """),
    "several reinstated ones: the last of them first": (THREE["round-robin"], """
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:1
        dmsetup message mp 0 fail_path 7:2
        dmsetup message mp 0 reinstate_path 7:0
        dmsetup message mp 0 reinstate_path 7:1
        dmsetup message mp 0 reinstate_path 7:2
        io read 0+8 n=3 stride=8
        = loop2 r 0+8 ok
        = loop1 r 8+8 ok
        = loop0 r 16+8 ok
    """),
    "a path that was never failed keeps its turn when it is reinstated": (TWO, """
        io read 0+8
        dmsetup message mp 0 reinstate_path 7:0
        io read 8+8
        = loop1 r 8+8 ok
    """),
    "a flush goes to one path, the next in turn, and takes a turn": (TWO, """
        io read 0+8
        io flush
        io read 8+8
        = loop0 r 0+8 ok;r 8+8 ok
        = loop1 f 0+0 ok
    """),
    "a flush by queue-length counts while it is in flight": (THREE["queue-length"], """
        hold loop0
        bg A io flush
        = status A 0 3 1 7:0 A 0 1 7:1 A 0 0 7:2 A 0 0
        release loop0
        = job ok
        = status A 0 3 1 7:0 A 0 0 7:1 A 0 0 7:2 A 0 0
    """),
    "a flush by service-time weighs nothing, a discard weighs its bytes": (THREE["service-time"], """
        hold loop0
        hold loop1
        bg A io flush
        = status A 0 3 2 7:0 A 0 0 1 7:1 A 0 0 1 7:2 A 0 0 1
        bg B io discard 0+128
        = status A 0 3 2 7:0 A 0 0 1 7:1 A 0 65536 1 7:2 A 0 0 1
    """),
    "Q is 1 until a request chooses a path, and again after each load": (TWO, f"""
        = status 0 131072 multipath 2 1 0 0 1 1 E 0 2 0 7:0 A 0 7:1 A 0
        io read 0+8
        = status 0 131072 multipath 2 0 0 0 1 1 A 0 2 0 7:0 A 0 7:1 A 0
        dmsetup load mp --table '{TWO}'
        dmsetup resume mp
        = status 0 131072 multipath 2 1 0 0 1 1 E 0 2 0 7:0 A 0 7:1 A 0
    """),
    "a flush is a request that chooses a path, too": (TWO, """
        io flush
        = status 0 131072 multipath 2 0 0 0 1 1 A 0 2 0 7:0 A 0 7:1 A 0
    """),
    "Q is no count of queued I/O": (QUEUEING, """
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:1
        bg A io read 0+8
        = job blocked
        = status 0 131072 multipath 2 0 0 0 1 1 E 0 2 0 7:0 F 1 7:1 F 1
    """),
    "fail counts are set to 0 by a load, not by suspend and resume": (TWO, f"""
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 reinstate_path 7:0
        dmsetup suspend mp
        dmsetup resume mp
        = status 2 0 7:0 A 1 7:1 A 0
        dmsetup load mp --table '{TWO}'
        = status 2 0 7:0 A 1 7:1 A 0
        dmsetup resume mp
        = status 2 0 7:0 A 0 7:1 A 0
    """),
    "several requests failing on one path count once": (TWO, """
        hold loop0
        bg A io read 0+8
        bg B io read 8+8
        bg C io read 16+8
        fault loop0 error errno=EIO
        release loop0
        = job ok
        = job C ok
        = status A 0 2 0 7:0 F 1 7:1 A 0
        = event 1
    """),
    "a doomed request fails a reinstated path a second time": (TWO, """
        hold loop0
        bg A io read 0+8
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 reinstate_path 7:0
        fault loop0 error errno=EIO times=1
        release loop0
        = job ok
        = status A 0 2 0 7:0 F 2 7:1 A 0
        = event 3
    """),
    "an error from a path that is F already counts nothing": (TWO, """
        hold loop0
        bg A io read 0+8
        dmsetup message mp 0 fail_path 7:0
        fault loop0 error errno=EIO times=1
        release loop0
        = job ok
        = status A 0 2 0 7:0 F 1 7:1 A 0
        = event 1
    """),
    "numbers in flight outlive failure and reinstatement": (THREE["service-time"], """
        hold loop0
        bg A io read 0+8
        dmsetup message mp 0 fail_path 7:0
        = status 7:0 F 1 4096 1 7:1 A 0 0 1 7:2 A 0 0 1
        dmsetup message mp 0 reinstate_path 7:0
        = status 7:0 A 1 4096 1 7:1 A 0 0 1 7:2 A 0 0 1
        release loop0
        = status 7:0 A 1 0 1 7:1 A 0 0 1 7:2 A 0 0 1
    """),
    "when the last path goes the group keeps A until a request looks for a path": (QUEUEING, """
        io read 0+8
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:1
        = status A 0 2 0 7:0 F 1 7:1 F 1
        bg A io read 0+8
        = status E 0 2 0 7:0 F 1 7:1 F 1
        dmsetup message mp 0 fail_if_no_path
        dmsetup message mp 0 reinstate_path 7:0
        = status E 0 2 0 7:0 A 1 7:1 F 1
        io read 0+8
        = status A 0 2 0 7:0 A 1 7:1 F 1
    """),
}
for _name in ("queue-length", "service-time"):
    STORIES[f"{_name} puts a reinstated path last"] = (THREE[_name], """
        io read 0+8
        dmsetup message mp 0 fail_path 7:1
        dmsetup message mp 0 reinstate_path 7:1
        io read 8+8
        io read 16+8
        io read 24+8
        = loop0 r 0+8 ok;r 16+8 ok
        = loop1 r 24+8 ok
        = loop2 r 8+8 ok
    """)
    STORIES[f"ties go round by {_name}"] = (THREE[_name], """
        io read 0+8 n=6 stride=64
        = loop0 r 0+8 ok;r 192+8 ok
        = loop1 r 64+8 ok;r 256+8 ok
        = loop2 r 128+8 ok;r 320+8 ok
    """)


@pytest.mark.parametrize("title", STORIES)
def test_the_choice_of_a_path_and_status_lines(title: str) -> None:
    table, story = STORIES[title]
    wrong = tell(story, table)
    assert not wrong, "\n" + "\n".join(wrong)
