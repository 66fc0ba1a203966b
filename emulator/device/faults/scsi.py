"""A matching command ends with a SCSI status, sense key or host byte, and the request as the SCSI layer decides it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.block.errors import errno_name
from emulator.faultset import Param, TargetKind, Verdict

RESULTS = {
    "medium_error": errno.ENODATA,
    "hardware_error": errno.EREMOTEIO,
    "illegal_request": errno.EREMOTEIO,
    "aborted_command": errno.EIO,
    "transport_disrupted": errno.ENOLINK,
    "reservation_conflict": errno.EBADE,
    "space_allocation": errno.ENOSPC,
    "guard_check": errno.EILSEQ,
    "recovered_error": 0,
}
"""What the command ends with -> errno of the request (scsi_result_to_blk_status, blk_status_to_errno); 0 = good."""


class Scsi:
    """See the module's text."""

    name = "scsi"
    about = "the command ends as named, and the request with the errno that the SCSI layer makes of it"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "result": Param("choice", "medium_error", "sense key, status or host byte", tuple(RESULTS)),
    }
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Fail it with that errno; a recovered error is none."""
        verdict.error = RESULTS[str(params["result"])]

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        error = RESULTS[str(params["result"])]
        return f"{params['result']} ({errno_name(error) if error else 'success'})"


FAULT = Scsi()
