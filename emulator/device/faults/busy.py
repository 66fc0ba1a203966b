"""The device answers busy (blk_lld_busy) and takes nothing into service."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class Busy:
    """See the module's text."""

    name = "busy"
    about = "blk_lld_busy says 1 and nothing is taken into service"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Busy as long as it stands."""
        verdict.busy_why = "fault busy"

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "busy"


FAULT = Busy()
