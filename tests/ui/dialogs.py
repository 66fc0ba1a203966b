"""How every dialog is opened, and every other state of the dashboard: shared by tests of keys, sizes, deaths, pictures.

tests/ui/test_every_key.py fails where a dialog of dmtui is not among them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from textual.binding import Binding
from textual.pilot import Pilot

import dmtui.screens
from dmtui.app import DmtuiApp
from dmtui.feed import Notice
from dmtui.model.frame import Frame
from dmtui.model.lanes import Pending
from dmtui.screens.modal import Dialog
from emulator.lab.deedlog import Did, Told
from emulator.runtime.waiting import Waiting
from emulator.scenario.library import load_scenario
from tests.ui.fake import FakeSource
from tests.ui.scenes import SCENES
from tests.ui.test_life import life

Act = Callable[[DmtuiApp, FakeSource, Pilot[int]], Awaitable[None]]

WAITING = (
    Waiting("softirq", "message", "sda", 1, "RAISE_SOFTIRQ", 12, "mpatha#12 EIO: onto the done list", 49_000, "fault"),
    Waiting("softirq", "message", "sda", 2, "RAISE_SOFTIRQ", 13, "mpatha#13 ok: onto the done list", 49_500, "ok",
            "behind another from sda"),
    Waiting("mpatha", "context", "C1:app", 0, "", 0, "", 50_000),
    Waiting("app", "timer", "", 0, "", 0, "", 61_000),
)
DID = (
    Did(1_250_000, {"fail_path": {"md": "mpatha", "path": "sda"}}, "ok"),
    Did(1_900_001, {"line": "dmsetup message mpatha 0 queue_if_no_path"}, "any"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """From the dashboard, showing a scene, to another screen."""

    scene: str = "normal"
    keys: tuple[str, ...] = ()
    before: Act | None = None
    """What the source must hold before the keys."""
    after: Act | None = None

    async def go(self, app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
        """Go it; the scene is shown already."""
        if self.before is not None:
            await self.before(app, source, pilot)
        await pilot.press(*self.keys)
        if self.after is not None:
            await self.after(app, source, pilot)
        await pilot.pause()


async def _done(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    source.done = Told(load_scenario("one-path-fails"), 2_000_000, DID, 0)


async def _standing(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    frame = standing(app.model.story.serial)
    source.frames = [frame]
    app.draw_frame()


async def _tell(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    app.show_notice(Notice("x.yaml cannot be opened", ("x.yaml:3:1: unknown key 'abuot': 'about' is meant",)))


async def _live(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    await pilot.pause()
    source.life = life()
    assert isinstance(app.screen, Dialog)
    app.screen.draw_model(app.model)


def standing(serial: int = 1) -> Frame:
    """A frame of a paused emulator that tells what waits."""
    frame = SCENES["suspended"]()[-1]
    story = replace(frame.story, serial=serial)
    return replace(frame, story=story, now_us=50_000, paused=True, pending=Pending(WAITING, 3))


DIALOGS: dict[str, Way] = {
    "Confirm": Way(keys=("K",)),
    "Reading": Way(after=_tell),
    "Help": Way(keys=("question_mark",)),
    "FaultDialog": Way(keys=("i",)),
    "FaultList": Way("crowd", ("f",)),
    "LifeScreen": Way(keys=("4", "enter"), after=_live),
    "ScenarioPicker": Way(keys=("o", *"one-path-fails")),
    "SaveDialog": Way(keys=("Y",), before=_done),
    "UndoList": Way(keys=("x", "e", "U")),
    "Editor": Way(keys=("ctrl+e",), before=_done),
    "AskName": Way(keys=("ctrl+e", "ctrl+s"), before=_done),
    "WaitingList": Way("suspended", ("M",), before=_standing),
    "ChapterList": Way(keys=("T",)),
}
"""By the names of their classes."""

MODES: dict[str, Way] = {
    "console": Way(keys=("colon", *"dmsetup st")),
    "filter": Way("busy", ("2", "slash", *"op:w")),
    "filtered": Way("busy", ("2", "slash", *"op:w", "enter", "j")),
    "jump": Way(keys=("apostrophe",)),
    "maximised": Way("crowd", ("z",)),
    "frozen": Way(keys=("v",)),
    "tour": Way(keys=("T", "3")),
    "palette": Way(keys=("ctrl+p",)),
}
"""States of the dashboard that are no dialog of ours."""


def dialog_classes(of: type[object] = Dialog) -> Iterator[type[Dialog[object]]]:
    """Every class of dialog that dmtui has."""
    for file in Path(str(dmtui.screens.__file__)).parent.glob("*.py"):
        __import__(f"dmtui.screens.{file.stem}")
    for each in of.__subclasses__():
        if each.__module__.startswith("dmtui."):
            yield each  # type: ignore[misc]
        yield from dialog_classes(each)


def keys_of(dialog: type[object]) -> dict[str, str]:
    """Each key of a dialog, its own and those it inherits, with its action."""
    found: dict[str, str] = {}
    for each in reversed(dialog.__mro__):
        if issubclass(each, Dialog):
            for binding in each.__dict__.get("BINDINGS", []):
                assert isinstance(binding, Binding)
                found |= dict.fromkeys(binding.key.split(","), binding.action)
    return found
