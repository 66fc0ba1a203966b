"""The device has vanished from its bus: everything on it and sent to it ends with an error at once."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.block.errors import errno_name
from emulator.faultset import Param, TargetKind, Verdict


class Gone:
    """See the module's text."""

    name = "gone"
    about = "everything on the device and sent to it fails at once"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {
        "errno": Param("errno", errno.EIO, "errno that every request ends with"),
    }
    standing = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Gone as long as it stands."""
        verdict.gone = True
        verdict.error = int(params["errno"])

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return f"gone ({errno_name(params['errno'])})"


FAULT = Gone()
