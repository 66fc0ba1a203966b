"""Request-based device-mapper as machines, runtimes and scenarios; ``emulator.Lab`` is the door for programs.

The Lab is looked up when somebody asks for it: the processes that play the machines import this package too, and must
not carry YAML and schemas with them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.lab import Lab as Lab
    from emulator.lab import SyncLab as SyncLab

__all__ = ["Lab", "SyncLab"]


def __getattr__(name: str) -> Any:
    """PEP 562: ``Lab`` and ``SyncLab``, imported now."""
    if name in __all__:
        return getattr(import_module("emulator.lab"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
