"""The screens that are compared: which frames they show, and the keys that lead to them from the dashboard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.feed import Notice
from dmtui.model.frame import Frame
from dmtui.screens.life import LifeScreen
from dmtui.screens.simple import Confirm
from tests.ui.fake import FakeSource
from tests.ui.scenes import SCENES
from tests.ui.test_life import life

SIZES = ((60, 20), (80, 24), (160, 50), (240, 70))
Extra = Callable[[DmtuiApp, FakeSource, Pilot[int]], Awaitable[None]]


async def _life(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    assert isinstance(app.screen, LifeScreen)
    source.life = life()
    app.screen.draw_model(app.model)


async def _notice(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    app.show_notice(Notice("x.yaml cannot be opened", ("x.yaml:3:1: unknown key 'abuot': 'about' is meant",)))


@dataclass(frozen=True, slots=True)
class Shot:
    """One screen."""

    name: str
    scene: str
    keys: tuple[str, ...] = ()
    extra: Extra | None = None
    kind: type[object] | None = None
    """What the screen must be."""
    themed: bool = True
    """Whether in all themes: not where another screen has the same looks already."""


SHOTS: tuple[Shot, ...] = (
    Shot("overview", "normal"),
    Shot("overview-failed-path", "failed-path"),
    Shot("overview-busy", "busy", ("2",), themed=False),
    Shot("overview-suspending", "suspending", ("2",), themed=False),
    Shot("overview-suspended", "suspended", ("3",), themed=False),
    Shot("overview-deadlock", "deadlock", ("9",)),
    Shot("overview-crowd", "crowd"),
    Shot("overview-ended", "ended", ("8",), themed=False),
    Shot("layout-queue", "busy", ("w",)),
    Shot("layout-paths", "failed-path", ("w", "w")),
    Shot("layout-latency", "normal", ("w", "w", "w")),
    Shot("layout-teaching", "normal", ("w", "w", "w", "w")),
    Shot("maximised", "crowd", ("z",), themed=False),
    Shot("filtered", "busy", ("2", "comma", "slash", *"op:w", "enter", "j", "j"), themed=False),
    Shot("filter-wrong", "failed-path", ("8", "slash", *"pth:sda"), themed=False),
    Shot("jump", "normal", ("apostrophe",)),
    Shot("console", "normal", ("colon", *"dmsetup st")),
    Shot("life", "normal", ("4", "enter"), _life, LifeScreen),
    Shot("fault-dialog", "normal", ("i",)),
    Shot("fault-list", "crowd", ("f",)),
    Shot("help", "normal", ("question_mark",)),
    Shot("palette", "normal", ("ctrl+p",)),
    Shot("question", "normal", ("K",), None, Confirm),
    Shot("problem", "normal", (), _notice),
)


def frames(scene: str, serial: int) -> list[Frame]:
    """The frames of a scene, as of a scenario that was opened after those before."""
    return [replace(frame, story=replace(frame.story, serial=serial)) for frame in SCENES[scene]()]


__all__ = ["SHOTS", "SIZES", "Shot", "frames"]
