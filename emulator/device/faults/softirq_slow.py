"""The softirq worker takes a time for each item of its done list."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class SoftirqSlow:
    """See the module's text."""

    name = "softirq_slow"
    about = "each item of the done list takes a time"
    targets: frozenset[TargetKind] = frozenset({"softirq"})
    params: Mapping[str, Param] = {
        "each": Param("time", 1000, "microseconds for each item"),
    }
    standing = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Slow as long as it stands."""
        verdict.item_delay_us = int(params["each"])

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return f"{params['each']} us for each item"


FAULT = SoftirqSlow()
