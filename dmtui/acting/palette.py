"""What the palette offers: every action, and every panel, layout, theme, scenario and fault by name (UI thread)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual.app import SystemCommand
from textual.screen import Screen

from dmtui.acting.breaking import Breaking
from dmtui.acting.looking import Looking
from dmtui.acting.opening import Opening
from dmtui.model import deeds
from dmtui.model.layouts import LAYOUTS
from dmtui.model.presets import PRESETS
from dmtui.model.selection import TITLES, Stage
from dmtui.theme import THEMES, plain_name
from emulator.plan import FaultSpec


class Palette(Breaking, Looking, Opening):
    """The palette's commands."""

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """All of them; what cannot be done now is still found, and says why when it is chosen."""
        for hint in self.hints:
            if hint.group != "go" and hint.id != "palette":
                yield SystemCommand(hint.description, f"{hint.tooltip} ({hint.name})", self._later(hint.action))
        for layout in LAYOUTS.values():
            yield SystemCommand(f"Layout {layout.name}", layout.about, partial(self.show_layout, layout.name))
        for stage in self.model.selection.stages:
            yield SystemCommand(f"Panel {TITLES[stage]}", "Go to it", partial(self.show_stage, stage))
        for theme in THEMES:
            chosen = partial(self.choose_theme, theme.name)
            yield SystemCommand(f"Theme {plain_name(theme.name)}", "Changes the colours", chosen)
        for preset in PRESETS:
            begun = partial(self.action_fault_dialog, preset.name)
            yield SystemCommand(f"Break: {preset.name}", f"{preset.about}…", begun)
        yield from self._faults()
        yield from self._scenarios()

    def _faults(self) -> Iterable[SystemCommand]:
        """Each type that fits the current target, without matchers."""
        kind, name = deeds.target_of(self.model)
        from emulator.device.faults import FAULTS

        fitting = [each for each, fault in sorted(FAULTS.items()) if kind in fault.targets and each != "noop"]
        for of_type in fitting if name else ():
            spec = FaultSpec(of_type, of_type, name)
            yield SystemCommand(f"Fault {of_type} on {name}", "Without matchers, until it is cleared",
                                partial(self.do, partial(deeds.inject, spec)))
        for fault in self.model.faults():
            clear = partial(self.clear_faults, fault.target, [fault])
            yield SystemCommand(f"Clear {fault.name} on {fault.target}", f"Fired {fault.fired} times", clear)

    def _scenarios(self) -> Iterable[SystemCommand]:
        from emulator.scenario.library import stories

        for story in stories():
            chosen = partial(self._open, story.name)
            yield SystemCommand(f"Open {story.name}", "Another scenario on this screen", chosen)

    def show_stage(self, stage: Stage) -> None:
        """Go to a panel."""
        self.model.selection.stage = stage
        self._selected()

    def _later(self, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action)

        return run
