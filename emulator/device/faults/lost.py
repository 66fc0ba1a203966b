"""A matching command is lost: after its timeout and error handling the disk is offline, and the request fails."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class Lost:
    """See the module's text."""

    name = "lost"
    about = "the command is never answered: it times out (device/timeout), error handling sets the disk offline"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Lose it."""
        verdict.hang = verdict.lost = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "command lost"


FAULT = Lost()
