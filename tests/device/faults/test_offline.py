"""offline: what comes is rejected, what is in service goes on; said once until the disk runs again."""

from __future__ import annotations

import errno

from helpers.device import DeviceBench


def said(bench: DeviceBench) -> list[str]:
    return [details["text"] for kind, details in bench.events if kind == "kernel_log"]


def test_requests_are_rejected_and_those_in_service_end_well() -> None:
    bench = DeviceBench(queue_depth=1)
    in_service = bench.insert(0)
    bench.inject("offline")
    assert bench.done() == [], "a request in flight is not killed"
    assert [kind for kind in bench.kinds() if kind.startswith("device_")] == ["device_offline"]
    bench.wait(100)
    rejected, again = bench.insert(8), bench.insert(16)
    assert bench.done() == [(in_service, 0), (rejected, errno.EIO), (again, errno.EIO)]
    assert said(bench) == ["sd 0:0:0:0: rejecting I/O to offline device"]


def test_it_is_said_again_after_the_disk_has_run() -> None:
    bench = DeviceBench()
    for _ in range(2):
        bench.inject("offline")
        bench.insert(0)
        bench.clear()
    assert len(said(bench)) == 2


def test_with_another_errno() -> None:
    bench = DeviceBench()
    bench.inject("offline", params=(("errno", errno.EIO),))
    assert bench.insert(0) and bench.done() == [(1, errno.EIO)]
