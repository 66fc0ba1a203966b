"""scsi: the request ends with what the SCSI layer makes of a status, a sense key or a host byte."""

from __future__ import annotations

import errno

import pytest
from helpers.device import DeviceBench

from emulator.block.errors import NOT_PATH_ERRORS


@pytest.mark.parametrize(
    ("result", "error", "path_is_to_blame"),
    [
        ("medium_error", errno.ENODATA, False),
        ("hardware_error", errno.EREMOTEIO, False),
        ("illegal_request", errno.EREMOTEIO, False),
        ("reservation_conflict", errno.EBADE, False),
        ("space_allocation", errno.ENOSPC, False),
        ("guard_check", errno.EILSEQ, False),
        ("aborted_command", errno.EIO, True),
        ("transport_disrupted", errno.ENOLINK, True),
    ],
)
def test_each_result_becomes_its_errno(result: str, error: int, path_is_to_blame: bool) -> None:
    bench = DeviceBench()
    bench.inject("scsi", params=(("result", result),))
    clone = bench.insert(0)
    bench.wait(100)
    assert bench.done() == [(clone, error)]
    assert (error not in NOT_PATH_ERRORS) == path_is_to_blame


def test_a_recovered_error_succeeds() -> None:
    bench = DeviceBench()
    bench.inject("scsi", params=(("result", "recovered_error"),))
    clone = bench.insert(0)
    bench.wait(100)
    assert bench.done() == [(clone, 0)]
