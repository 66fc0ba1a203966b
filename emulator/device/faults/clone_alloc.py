"""There is no memory for the clone: dm_prep_fn answers BLKPREP_DEFER."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from emulator.faultset import Param, TargetKind, Verdict


class CloneAlloc:
    """See the module's text."""

    name = "clone_alloc"
    about = "dm_prep_fn cannot allocate the clone and answers BLKPREP_DEFER"
    targets: frozenset[TargetKind] = frozenset({"md"})
    params: Mapping[str, Param] = {}
    standing = False

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Refuse the allocation."""
        verdict.no_memory = True

    def text(self, params: Mapping[str, Any]) -> str:
        """One line for people."""
        return "clone allocation fails"


FAULT = CloneAlloc()
