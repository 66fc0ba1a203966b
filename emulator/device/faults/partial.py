"""A request completes some of its sectors and then fails: those bios are reported, the rest is retried."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.block.errors import errno_name
from emulator.faultset import Param, TargetKind, Verdict


class Partial:
    """See the module's text."""

    name = "partial"
    about = "some sectors complete, the rest ends with an error"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "sectors": Param("sectors", 8, "sectors that complete before the error"),
        "errno": Param("errno", errno.EIO, "errno or blk_status of the rest"),
    }
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Complete a part, fail the rest."""
        verdict.partial_sectors = int(params["sectors"])
        verdict.error = int(params["errno"])

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return f"{params['sectors']} sectors, then {errno_name(params['errno'])}"


FAULT = Partial()
