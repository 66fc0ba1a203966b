"""The softirq worker raises and queues, and handles nothing."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class SoftirqStalled:
    """See the module's text."""

    name = "softirq_stalled"
    about = "the worker handles nothing, its done list grows"
    targets: frozenset[TargetKind] = frozenset({"softirq"})
    params: Mapping[str, Param] = {}
    standing = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Stalled as long as it stands."""
        verdict.stalled = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "stalled"


FAULT = SoftirqStalled()
