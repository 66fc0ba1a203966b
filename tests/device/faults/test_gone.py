"""gone: everything on the device and sent to it fails at once."""

from __future__ import annotations

import errno

from helpers.device import DeviceBench


def test_everything_fails_at_once() -> None:
    bench = DeviceBench(queue_depth=1)
    in_service, queued = bench.insert(0), bench.insert(8)
    bench.inject("gone")
    sent = bench.insert(16)
    assert bench.done() == [(in_service, errno.EIO), (queued, errno.EIO), (sent, errno.EIO)]
    assert bench.now == 0 and bench.view.gone
    bench.wait(1000)
    assert len(bench.done()) == 3, "no late completion"


def test_with_another_errno_and_back_again() -> None:
    bench = DeviceBench()
    bench.inject("gone", params=(("errno", errno.ENOLINK),))
    bench.insert(0)
    bench.clear()
    after = bench.insert(8)
    bench.wait(100)
    assert bench.done() == [(1, errno.ENOLINK), (after, 0)]
    assert [kind for kind in bench.kinds() if kind.startswith("device_")] == ["device_gone", "device_back"]


def test_hung_and_held_requests_fail_too() -> None:
    bench = DeviceBench()
    bench.inject("hang", name="h", nth=1)
    bench.inject("hold", name="k", nth=2)
    hung, held, behind = bench.insert(0), bench.insert(8), bench.insert(16)
    bench.inject("gone", name="g")
    assert sorted(bench.done()) == [(hung, errno.EIO), (held, errno.EIO), (behind, errno.EIO)]
