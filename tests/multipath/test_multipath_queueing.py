"""No usable path in a later kernel: queueing on the md queue, the messages, the timeout (18.9)."""

from __future__ import annotations

import errno

from helpers.md import QUEUE_IF_NO_PATH, Bench, table

from emulator.commands import LoadTable, Message, NopathTimeout, Resume, Suspend
from emulator.dm.requeue import DELAY_US
from emulator.dm.targets.multipath import Multipath

SOON_US = 1000


def lost(features: str = QUEUE_IF_NO_PATH, **spec: int) -> Bench:
    """A bench whose two paths are failed."""
    bench = Bench(table("sda", "sdb", features=features), era="modern", **spec)
    for path in ("8:0", "8:16"):
        assert say(bench, f"fail_path {path}") == 0
    return bench


def say(bench: Bench, text: str) -> int:
    return bench.errno(Message("md", text))


def read(bench: Bench, *sectors: int) -> None:
    for sector in sectors:
        bench.submit(sector)
        bench.unplug()


def target(bench: Bench) -> Multipath:
    assert bench.md.table is not None and isinstance(bench.md.table.target, Multipath)
    return bench.md.table.target


def waiting(bench: Bench) -> list[int]:
    return [rq.sector for rq in bench.md.queue.requeue_list]


def test_without_queueing_it_fails_at_once() -> None:
    bench = lost("0")
    read(bench, 100)
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO)] and bench.inserted() == []


def test_queued_requests_are_on_the_md_queue_and_tried_again_every_100_ms() -> None:
    bench = lost()
    assert target(bench).status_line().startswith("2 1 0 0 1 1 E ")
    read(bench, 100, 300)
    assert waiting(bench) == [100, 300] and bench.md.queue.in_flight == [0, 0] and not target(bench).queued
    assert target(bench).status_line().startswith("2 0 0 0 1 1 E "), "the first field counts no queued I/O"
    tried = bench.md.dispatched
    bench.wait(DELAY_US - 1)
    assert bench.md.dispatched == tried
    bench.wait(2)
    assert bench.md.dispatched == tried + 2 and waiting(bench) == [100, 300]
    assert bench.ended == [] and bench.inserted() == []


def test_reinstating_lets_them_go_in_their_order() -> None:
    bench = lost()
    read(bench, 500, 100, 300)
    say(bench, "reinstate_path 8:16")
    bench.wait(SOON_US)
    clones = bench.inserted()
    assert [(clone.device, clone.sector) for clone in clones] == [("sdb", 500), ("sdb", 100), ("sdb", 300)]


def test_a_path_that_is_still_bad_fails_once_and_they_queue_again() -> None:
    bench = lost()
    read(bench, 100, 300)
    say(bench, "reinstate_path 8:16")
    bench.wait(SOON_US)
    for clone in bench.inserted():
        bench.finish(clone, errno.EIO)
    bench.wait(SOON_US)
    assert target(bench).status_line().endswith("8:16 F 2 ") and waiting(bench) == [100, 300] and bench.ended == []


def test_fail_if_no_path_fails_them() -> None:
    bench = lost()
    read(bench, 100, 300)
    say(bench, "fail_if_no_path")
    bench.wait(SOON_US)
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO), (2, errno.EIO)]
    assert target(bench).table_line().startswith("0 ")
    say(bench, "queue_if_no_path")
    assert target(bench).table_line().startswith("1 queue_if_no_path ")
    read(bench, 700)
    assert waiting(bench) == [700]


def test_the_last_paths_own_error_goes_up_only_without_queueing() -> None:
    for features, ended in (("0", [(1, errno.ENOLINK)]), (QUEUE_IF_NO_PATH, [])):
        bench = Bench(table("sda", features=features), era="modern")
        read(bench, 100)
        (clone,) = bench.inserted()
        bench.finish(clone, errno.ENOLINK)
        assert bench.ended == ended


def test_the_timeout_ends_queueing_for_good() -> None:
    bench = lost(queue_if_no_path_timeout_secs=3)
    read(bench, 100)
    bench.wait(2_999_000)
    assert bench.ended == []
    bench.wait(2_000)
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO)] and target(bench).table_line().startswith("0 ")
    line = "device-mapper: multipath: queue_if_no_path timeout on 253:0, failing queued IO"
    assert ("kernel_log", {"md": "md", "text": line}) in bench.events
    say(bench, "reinstate_path 8:0")
    say(bench, "fail_path 8:0")
    bench.wait(4_000_000)
    assert target(bench).table_line().startswith("0 ")


def test_a_path_that_comes_back_stops_the_timeout_and_the_message_starts_it() -> None:
    bench = lost(queue_if_no_path_timeout_secs=3)
    say(bench, "reinstate_path 8:0")
    bench.wait(4_000_000)
    assert target(bench).table_line().startswith("1 queue_if_no_path ")
    say(bench, "fail_if_no_path")
    say(bench, "fail_path 8:0")
    bench.wait(4_000_000)
    say(bench, "queue_if_no_path")
    bench.wait(2_999_000)
    assert target(bench).table_line().startswith("1 queue_if_no_path ")
    bench.wait(2_000)
    assert target(bench).table_line().startswith("0 ")


def test_the_module_parameter_can_be_changed() -> None:
    bench = lost()
    assert bench.errno(NopathTimeout("md", 1)) == 0
    say(bench, "queue_if_no_path")
    bench.wait(1_000_001)
    assert target(bench).table_line().startswith("0 ")


def test_no_groups_at_all() -> None:
    bench = Bench("0 2097152 multipath 1 queue_if_no_path 0 0 0", era="modern")
    assert target(bench).status_line() == "2 1 0 0 0 0 "
    read(bench, 100)
    assert target(bench).status_line() == "2 0 0 0 0 0 " and waiting(bench) == [100]
    bench.do(Suspend("md", noflush=True))
    assert bench.errno(LoadTable("md", table("sdb"))) == 0
    bench.do(Resume("md"))
    bench.wait(SOON_US)
    assert [clone.device for clone in bench.inserted()] == ["sdb"]
