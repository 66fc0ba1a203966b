"""The host adapter is busy: a matching request is given back and sent again 3 ms later; the path is not to blame."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class HostBusy:
    """See the module's text."""

    name = "host_busy"
    about = "the host gives the request back (SCSI_MLQUEUE_HOST_BUSY): it is sent again after 3 ms"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Give it back."""
        verdict.hold = verdict.refused = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "host busy"


FAULT = HostBusy()
