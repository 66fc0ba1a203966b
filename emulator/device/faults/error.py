"""Matching requests end with an error, nothing of them done."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.block.errors import errno_name
from emulator.faultset import Param, TargetKind, Verdict


class Error:
    """See the module's text."""

    name = "error"
    about = "the request ends with an error"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "errno": Param("errno", errno.EIO, "errno or blk_status the request ends with"),
    }
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Fail it."""
        verdict.error = int(params["errno"])

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return f"error {errno_name(params['errno'])}"


FAULT = Error()
