"""Path selectors: which path of a group is next.  One file each; a new one is registered here."""

from __future__ import annotations

from emulator.dm.targets.selectors.base import Selector
from emulator.dm.targets.selectors.historical_service_time import HistoricalServiceTime
from emulator.dm.targets.selectors.path import Path
from emulator.dm.targets.selectors.queue_length import QueueLength
from emulator.dm.targets.selectors.round_robin import RoundRobin
from emulator.dm.targets.selectors.service_time import ServiceTime
from emulator.plan import Era

__all__ = ["Path", "Selector", "selectors_of"]

_OLD: tuple[type[Selector], ...] = (RoundRobin, QueueLength, ServiceTime)


def selectors_of(era: Era) -> dict[str, type[Selector]]:
    """Selectors of a kernel, by name."""
    known: tuple[type[Selector], ...] = _OLD if era == "2.6.31" else (*_OLD, HistoricalServiceTime)
    return {selector.name: selector for selector in known}
