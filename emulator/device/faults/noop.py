"""The fault that does nothing: counts what matches it.  The template for a new type."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class Noop:
    """See the module's text."""

    name = "noop"
    about = "counts matching requests and lets them pass"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Nothing."""

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "count only"


FAULT = Noop()
