"""The disk was deleted (device/delete): nothing goes to it any more, what was on it fails."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class Deleted:
    """See the module's text."""

    name = "deleted"
    about = "the disk was deleted: its queue is dying, requests fail at once"
    targets: frozenset[TargetKind] = frozenset({"device"})
    params: Mapping[str, Param] = {}
    standing = True

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Gone as long as it stands."""
        verdict.gone = True
        verdict.error = errno.EIO

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "deleted"


FAULT = Deleted()
