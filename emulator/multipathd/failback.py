"""failback: going back to the best priority group once it has a good path again (need_switch_pathgroup of multipathd).

Runs in multipathd's process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.plan import FAILBACK_FOLLOWOVER, FAILBACK_IMMEDIATE, FAILBACK_MANUAL

if TYPE_CHECKING:
    from emulator.multipathd.maps import Map
    from emulator.multipathd.path import CheckedPath


class Failback:
    """State of one map."""

    __slots__ = ("map", "mode", "count", "due_us", "_timer", "_switching")

    def __init__(self, map: Map) -> None:
        self.map = map
        self.mode = map.settings.failback
        self.count = 0
        """Switches that it asked for."""
        self.due_us = 0
        """When the deferred one is due, 0 = none is."""
        self._timer: int | None = None
        self._switching = False

    def path_checked(self, path: CheckedPath, new_path_up: bool, was_lost: bool) -> None:
        """A check of *path* is over: switch, now or later, if another group than the kernel's next one is best."""
        if not self.needed():
            return
        if self.mode > 0:
            if new_path_up or self._timer is None:
                self._defer()
        elif self.mode == FAILBACK_IMMEDIATE or (was_lost and self._follows(path)):
            self._switch()

    def needed(self) -> bool:
        """need_switch_pathgroup."""
        if self.mode == FAILBACK_MANUAL or self._switching:
            return False
        best = self.best_group()
        return bool(best) and best != self.map.nextpg

    def best_group(self) -> int:
        """select_path_group: the group of the highest average priority, then of the most active paths; 0 = none."""
        best, chosen = (-1.0, 0), 0
        for number in range(1, self.map.group_count + 1):
            paths = [path for path in self.map.paths if path.group == number and path.usable]
            if paths:
                rank = (float(self.priority(number)), len(paths))
                if rank > best:
                    best, chosen = rank, number
        return chosen

    def priority(self, number: int) -> int:
        """path_group_prio_update: the average of its active paths; 0 without one."""
        found = [path.priority for path in self.map.paths if path.group == number and path.usable]
        return sum(found) // len(found) if found else 0

    def cancel(self) -> None:
        """A path failed: a deferred failback is off."""
        if self._timer is not None:
            self.map.daemon.disarm(self._timer)
        self._timer, self.due_us = None, 0

    def _defer(self) -> None:
        self.cancel()
        self.due_us = self.map.daemon.now_us + self.mode
        self._timer = self.map.daemon.arm(self.due_us, self._due)

    def _due(self) -> None:
        """deferred_failback_tick."""
        self._timer, self.due_us = None, 0
        if self.needed():
            self._switch()

    def _follows(self, path: CheckedPath) -> bool:
        """followover_should_failback: it is the first of the best group that is back."""
        if self.mode != FAILBACK_FOLLOWOVER or path.group != self.best_group():
            return False
        return not any(each.usable for each in self.map.paths if each.group == path.group and each is not path)

    def _switch(self) -> None:
        """switch_pathgroup."""
        number = self.best_group()
        self.count += 1
        self._switching = True
        self.map.log(f"{self.map.name}: switch to path group #{number}")
        self.map.daemon.event("failback", md=self.map.name, group=number)
        self.map.message(f"switch_group {number}", self._switched)

    def _switched(self, error: int) -> None:
        self._switching = False
