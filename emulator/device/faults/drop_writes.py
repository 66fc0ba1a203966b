"""A write ends well and never reaches the medium (dm-flakey's drop_writes): what was there before is read later."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class DropWrites:
    """See the module's text."""

    name = "drop_writes"
    about = "writes succeed and never reach the medium"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Drop it if it is a write."""
        verdict.dropped = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "writes are dropped"


FAULT = DropWrites()
