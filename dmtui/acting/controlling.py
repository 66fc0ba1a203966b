"""What keys do to a healthy emulator: suspend and resume, load, clock (UI thread)."""

from __future__ import annotations

from dmtui.acting.base import Base
from dmtui.model import deeds


class Controlling(Base):
    """Suspend and resume, load, clock."""

    def action_suspend(self) -> None:
        """Suspend with flush, or interrupt."""
        self.do(lambda: deeds.suspend(self.model, noflush=False))

    def action_suspend_noflush(self) -> None:
        """Suspend without flush."""
        self.do(lambda: deeds.suspend(self.model, noflush=True))

    def action_resume(self) -> None:
        """Resume."""
        self.do(lambda: deeds.resume(self.model))

    def action_toggle_load(self) -> None:
        """Stop or start a submitter."""
        self.do(lambda: deeds.toggle_load(self.model))

    def action_pause(self) -> None:
        """Pause or go on."""
        self.do(lambda: deeds.pause(self.model))

    def action_faster(self) -> None:
        """Twice the speed."""
        self.do(lambda: deeds.change_speed(self.model, 1))

    def action_slower(self) -> None:
        """Half the speed."""
        self.do(lambda: deeds.change_speed(self.model, -1))
