"""What keys break and mend: faults, paths, processes, deadlocks (UI thread)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dmtui.acting.base import Base
from dmtui.model import deeds

if TYPE_CHECKING:
    from emulator.plan import FaultSpec
    from emulator.snapshot import FaultView


class Breaking(Base):
    """Faults, paths, processes, deadlocks."""

    def action_fault(self, word: str) -> None:
        """One-key fault."""
        self.do(lambda: deeds.toggle_fault(self.model, word))

    def action_toggle_path(self) -> None:
        """Fail or reinstate."""
        self.do(lambda: deeds.toggle_path(self.model))

    def action_clear(self) -> None:
        """Clear the target's faults."""
        name = deeds.target_of(self.model).name
        with self.present():
            standing = deeds.faults_on(self.model, name)
        self.clear_faults(name, standing)

    def clear_faults(self, target: str, faults: list[FaultView]) -> None:
        """Clear some faults of a target; the dialog's own specs make it possible to undo that."""
        self.do(lambda: deeds.clear_faults(self.model, target, faults, self.specs))

    def action_break_deadlock(self) -> None:
        """Break a deadlock."""
        self.do(lambda: deeds.break_deadlock(self.model))

    def action_fault_dialog(self, preset: str = "") -> None:
        """All fault types and matchers; begun with a *preset*."""
        from dmtui.screens.fault_dialog import FaultDialog

        model = self.model
        targets = {device.name: "device" for device in model.devices}
        targets |= {worker.name: "softirq" for worker in model.softirqs}
        targets |= {md.name: "md" for md in model.mds}
        if targets:
            own = None if self.state_file is None else self.state_file.with_name("presets.json")
            dialog = FaultDialog(targets, deeds.thing_of(model).name, model=model, own=own, preset=preset)
            self.push_screen(dialog, self._inject)

    def _inject(self, specs: tuple[FaultSpec, ...] | None) -> None:
        if specs:
            self.specs |= {f"{spec.target}/{spec.name}": spec for spec in specs}
            self.do(lambda: deeds.inject(*specs))

    def action_faults(self) -> None:
        """Faults in force."""
        from dmtui.screens.fault_list import FaultList

        self.push_screen(FaultList(self.model, self.clear_faults, self.do))

    def action_kill(self) -> None:
        """Kill, after a question."""
        key = deeds.thing_of(self.model)
        if not key.name:
            self.notify("nothing is selected", severity="warning")
            return
        revive = self.key("process.revive")
        consequence = {
            "device": f"{key.name} vanishes: what it had in flight fails or is requeued. {revive} revives it.",
            "md": f"{key.name} is the mapped device: the emulation ends (exit status 3).",
            "softirq": "Nobody completes requests any more: the emulation ends (exit status 3).",
            "submitter": f"{key.name} is the application: the emulation may end.",
        }.get(key.kind, "")
        self.ask(f"kill {key.name} (SIGKILL)?", consequence, lambda: deeds.kill(self.model, key))

    def action_revive(self) -> None:
        """Revive."""
        try:
            with self.present():
                deed = deeds.revive(self.model)
                lun = deeds.gone_one(self.model) in self.model.gone_luns
        except deeds.CannotDo as error:
            self.notify(str(error), severity="warning")
            return
        whose = "it comes back without what was written; a path that failed" if lun else "its path"
        self.notify(f"{deed.text}: {whose} {self.stays_failed()}")
        self.do(lambda: deed)
