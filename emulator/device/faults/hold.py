"""A matching request is held before it is served, and everything behind it waits, until it is released."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class Hold:
    """See the module's text."""

    name = "hold"
    about = "the request is held at the front of the device queue until it is released"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Hold it."""
        verdict.hold = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "hold"


FAULT = Hold()
