"""Why a device has nothing to do with anybody: nobody plays it any more, or a fault says that it is away (pure)."""

from __future__ import annotations

from emulator.snapshot import DeviceView, FaultView

AWAY = ("deleted", "gone", "offline")
"""Fault types that let a device be gone though its process runs; the words of sdev_state, and "gone" from its bus."""


def fault_away(device: DeviceView) -> FaultView | None:
    """The fault that keeps it away."""
    return next((fault for fault in device.faults if fault.type in AWAY), None)


def is_dead(device: DeviceView) -> bool:
    """Whether its process is gone, so that it can be revived."""
    return device.gone and fault_away(device) is None


def word(device: DeviceView) -> str:
    """How it is away: gone, deleted or offline."""
    fault = fault_away(device)
    return fault.type if fault is not None else "gone"
