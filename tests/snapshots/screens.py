"""The screens that are compared: which frames they show, and the way that leads to them from the dashboard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.model.frame import Frame
from dmtui.screens.editor import Editor
from dmtui.tour.chapters import CHAPTERS
from tests.ui.dialogs import DIALOGS, MODES, Way
from tests.ui.fake import FakeSource
from tests.ui.scenes import SCENES

SIZES = ((60, 20), (80, 24), (160, 50), (240, 70))


@dataclass(frozen=True, slots=True)
class Shot:
    """One screen."""

    name: str
    way: Way
    kind: str = "Dashboard"
    """The class that the screen must be of."""
    themed: bool = True
    """Whether in all themes: not where another screen has the same looks already."""


def _seen(name: str, scene: str, *keys: str, themed: bool = True) -> Shot:
    return Shot(name, Way(scene, keys), themed=themed)


def _dialog(name: str, kind: str) -> Shot:
    return Shot(name, DIALOGS[kind], kind)


async def _wrong(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    await pilot.press("ctrl+home", *"abuot: x", "enter")
    assert isinstance(app.screen, Editor)
    app.screen._check()


async def _in_the_chapter(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    for _ in range(2):
        frame = frames("normal", app.model.story.serial + 1)[-1]
        source.frames = [replace(frame, story=replace(frame.story, name=CHAPTERS[2].story))]
        app.draw_frame()
        await pilot.pause()


SHOTS: tuple[Shot, ...] = (
    _seen("overview", "normal"),
    _seen("overview-failed-path", "failed-path"),
    _seen("overview-busy", "busy", "2", themed=False),
    _seen("overview-suspending", "suspending", "2", themed=False),
    _seen("overview-suspended", "suspended", "3", themed=False),
    _seen("overview-deadlock", "deadlock", "9"),
    _seen("overview-crowd", "crowd"),
    _seen("overview-ended", "ended", "8", themed=False),
    _seen("overview-failed-bios", "failed-bios", "9", themed=False),
    _seen("layout-queue", "busy", "w"),
    _seen("layout-paths", "failed-path", "w", "w"),
    _seen("layout-latency", "normal", "w", "w", "w"),
    _seen("layout-teaching", "messages", "w", "w", "w", "w"),
    _seen("filtered", "busy", "2", "comma", "slash", *"op:w", "enter", "j", "j", themed=False),
    _seen("filter-wrong", "failed-path", "8", "slash", *"pth:sda", themed=False),
    *(Shot(name, MODES[name], themed=name != "maximised") for name in ("maximised", "frozen", "jump", "console")),
    Shot("palette", MODES["palette"], "CommandPalette"),
    Shot("tour", replace(MODES["tour"], after=_in_the_chapter)),
    Shot("tour-opening", MODES["tour"], themed=False),
    _dialog("tour-chapters", "ChapterList"),
    _dialog("life", "LifeScreen"),
    _dialog("fault-dialog", "FaultDialog"),
    _dialog("fault-list", "FaultList"),
    _dialog("help", "Help"),
    _dialog("question", "Confirm"),
    _dialog("problem", "Reading"),
    _dialog("scenarios", "ScenarioPicker"),
    _dialog("save", "SaveDialog"),
    _dialog("undo-list", "UndoList"),
    _dialog("waiting", "WaitingList"),
    _dialog("editor", "Editor"),
    Shot("editor-wrong", replace(DIALOGS["Editor"], after=_wrong), "Editor", themed=False),
    _dialog("editor-save-as", "AskName"),
)


@cache
def _frames(scene: str) -> tuple[Frame, ...]:
    return tuple(SCENES[scene]())


def frames(scene: str, serial: int) -> list[Frame]:
    """The frames of a scene, as of a scenario that was opened after those before."""
    return [replace(frame, story=replace(frame.story, serial=serial)) for frame in _frames(scene)]


__all__ = ["SHOTS", "SIZES", "Shot", "frames"]
