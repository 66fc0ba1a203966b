"""The hardware handler answers an activation of the path with a result of its own, perhaps late."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict

RESULTS = (
    "RETRY", "IMM_RETRY", "RES_TEMP_UNAVAIL", "DEV_TEMP_BUSY", "DEV_OFFLINED", "DEV_FAILED", "IO", "TIMED_OUT", "NOSYS",
    "OK",
)
"""SCSI_DH_* without the prefix."""


class PgInit:
    """See the module's text.  Counts activations, not requests."""

    name = "pg_init"
    about = "an activation of the path by its hardware handler ends with a result of its own"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "result": Param("choice", "RETRY", "what the handler answers", RESULTS),
        "delay": Param("time", 0, "added before it answers"),
    }
    standing = False
    activation = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Answer for the handler."""
        verdict.pg_init = str(params["result"])
        verdict.delay_us += float(params["delay"])

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return f"pg_init {params['result']}"


FAULT = PgInit()
