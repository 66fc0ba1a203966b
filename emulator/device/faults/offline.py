"""The disk is offline (device/state): commands are rejected before they are sent; those in flight end as they would."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.block.errors import errno_name
from emulator.faultset import Param, TargetKind, Verdict


class Offline:
    """See the module's text."""

    name = "offline"
    about = "the disk is offline: requests are rejected, those in flight go on"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "errno": Param("errno", errno.EIO, "errno of a rejected request (ENODEV is BLK_STS_OFFLINE)"),
    }
    standing = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Offline as long as it stands."""
        verdict.gone = verdict.offline = True
        verdict.error = int(params["errno"])

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return f"offline ({errno_name(params['errno'])})"


FAULT = Offline()
