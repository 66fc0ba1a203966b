"""Matching requests are taken into service and complete only once the fault is cleared: a stall that heals."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class Stall:
    """See the module's text."""

    name = "stall"
    about = "the request completes only once the fault is cleared or expires"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Stall it."""
        verdict.stall = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "stall"


FAULT = Stall()
