"""A path as multipathd keeps it for one map (struct path).  Runs in multipathd's process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.multipathd.marginal import IoErrStat
from emulator.multipathd.san_path_err import SanPathErr
from emulator.multipathd.words import USABLE, PathState
from emulator.plan import MapSettings
from emulator.snapshot import CheckedPathView

if TYPE_CHECKING:
    from emulator.multipathd.maps import Map

PRIORITIES = {"active/optimized": 50, "active/non-optimized": 10, "standby": 1}
"""What the alua prioritizer makes of an access state; 0 of any other."""
PREFERRED = 80
"""Added for a preferred port group that is not active/optimized."""


@dataclass(slots=True)
class Answer:
    """What a check came to."""

    state: PathState
    offline: bool = False


@dataclass(eq=False, slots=True)
class CheckedPath:
    """Times in microseconds."""

    map: Map
    name: str
    """Of its device; "" = no disk that could be checked."""
    dev: str
    group: int
    checkint: int
    active: bool = True
    """dmstate: what the kernel's status line says."""
    state: PathState = "unchecked"
    priority: int = 1
    tpgs: str = "none"
    """Whether its array has ALUA: none, implicit or explicit."""
    check: int = 0
    """Number of the check under way, 0 = none."""
    check_us: int = 0
    """When it began."""
    timeout_timer: int | None = None
    timer: int | None = None
    """Until the next check."""
    due_us: int = 0
    answer: Answer | None = None
    """Of a check that is over, until the kernel's state of the map is known."""
    messages: int = 0
    """Messages about it that the md has not answered: until then its line does not count."""
    wait_checks: int = 0
    """Good checks that are still wanted before it is reinstated."""
    watch_checks: int = 0
    """Good checks during which a failure will delay the next reinstatement."""
    san: SanPathErr = field(default_factory=SanPathErr)
    io_err: IoErrStat = field(default_factory=IoErrStat)
    checks: int = 0
    failures: int = 0
    reinstated: int = 0

    @property
    def settings(self) -> MapSettings:
        """Its map's."""
        return self.map.settings

    @property
    def usable(self) -> bool:
        """Whether it counts as an active path; before its first check the kernel's word counts."""
        return self.state in USABLE or (self.state == "unchecked" and self.active)

    def refresh_prio(self, access: str, preferred: bool, tpgs: str) -> None:
        """update_prio: const is 1, alua goes by the access state of its port group."""
        self.tpgs = tpgs
        prio = self.settings.prio
        if prio == "const" or (prio == "detect" and tpgs == "none"):
            self.priority = 1
            return
        self.priority = PRIORITIES.get(access, 0)
        if preferred and access != "active/optimized":
            self.priority += PREFERRED

    def view(self, now_us: int) -> CheckedPathView:
        """What a face shows of it."""
        return CheckedPathView(
            md=self.map.name,
            name=self.name,
            dev=self.dev,
            group=self.group,
            state=self.state,
            dm_active=self.active,
            prio=self.priority,
            interval=self.checkint,
            pending=now_us - self.check_us if self.check else 0,
            checks=self.checks,
            failures=self.failures,
            reinstated=self.reinstated,
            wait_checks=self.wait_checks,
            marginal=self.io_err.disable_reinstate or self.san.disable_reinstate,
        )
