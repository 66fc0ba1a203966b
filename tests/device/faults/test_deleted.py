"""deleted: nothing goes to the disk any more, what was on it fails."""

from __future__ import annotations

import errno

from helpers.device import DeviceBench


def test_what_is_on_it_and_what_comes_fails_without_a_word_of_the_disk() -> None:
    bench = DeviceBench()
    in_service = bench.insert(0)
    bench.inject("deleted")
    sent = bench.insert(8)
    assert bench.done() == [(in_service, errno.EIO), (sent, errno.EIO)]
    assert not [kind for kind in bench.kinds() if kind == "kernel_log"]
