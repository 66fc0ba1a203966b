"""The path is in another access state (ALUA) as long as this is in force."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict
from emulator.plan import ACCESS_STATES


class Alua:
    """See the module's text."""

    name = "alua"
    about = "the path is in another access state: standby and the like refuse I/O, in transition it waits"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "state": Param("choice", "standby", "the access state", ACCESS_STATES),
    }
    standing = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """The last one in force wins."""
        verdict.access = str(params["state"])

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return f"alua {params['state']}"


FAULT = Alua()
