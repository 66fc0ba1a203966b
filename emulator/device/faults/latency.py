"""Matching requests take longer."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict
from emulator.times import draw, parse_distribution


class Latency:
    """See the module's text."""

    name = "latency"
    about = "time is added to the service of a request"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "add": Param("distribution", "fixed 20000", "time added to the service time"),
    }
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Add a drawn time."""
        verdict.delay_us += draw(parse_distribution(str(params["add"])), rng)

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        kind, *numbers = str(params["add"]).split()
        drawn = () if kind == "fixed" else (kind,)
        return f"latency +{' '.join((*drawn, *(f'{float(number):.12g}' for number in numbers)))} us of service time"


FAULT = Latency()
