"""Fault types, one file each.  A new type: a new file here (noop.py is the template), its test, one row in the README.

``FAULTS`` finds every module of this package that has a ``FAULT``; nothing else has to know of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from emulator.faultset import FaultType


def _discover() -> dict[str, FaultType]:
    found: dict[str, FaultType] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        fault = getattr(importlib.import_module(f"{__name__}.{module}"), "FAULT", None)
        if fault is not None:
            found[fault.name] = fault
    return found


FAULTS: Mapping[str, FaultType] = _discover()
"""Every fault type by name."""
