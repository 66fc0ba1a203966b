"""Matching requests are taken into service and never complete, until they are released."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class Hang:
    """See the module's text."""

    name = "hang"
    about = "the request never completes until it is released"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Hang it."""
        verdict.hang = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "hang"


FAULT = Hang()
