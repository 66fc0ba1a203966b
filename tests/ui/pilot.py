"""An app over hand-made frames, driven by Pilot, its clock off; shared by the tests of the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.model.frame import Frame
from dmtui.screens.modal import Dialog
from emulator.commands import Command
from tests.ui.fake import FakeSource
from tests.ui.scenes import SCENES

D = TypeVar("D", bound=Dialog[Any])

SIZES = [(160, 50), (80, 24), (60, 20), (240, 70), (120, 40)]


@asynccontextmanager
async def opened(
    frames: Iterable[Frame] | str = "normal", size: tuple[int, int] = (160, 50)
) -> AsyncIterator[tuple[DmtuiApp, FakeSource, Pilot[int]]]:
    """An app that has drawn those frames."""
    source = FakeSource(SCENES[frames]() if isinstance(frames, str) else frames)
    app = DmtuiApp(source, clock=False)
    # It measures nothing about itself: a second later the header would say something else.
    app._cpu = (float("inf"), 0.0)
    async with app.run_test(size=size) as pilot:
        app.draw_frame()
        await pilot.pause()
        yield app, source, pilot


def orders(source: FakeSource) -> list[Command]:
    """Everything that was given to the feed."""
    return [order for _, order in source.orders]


def text(app: DmtuiApp, panel: str) -> str:
    """What a panel shows."""
    return app.dashboard.panel(panel).text


async def opened_dialog(app: DmtuiApp, pilot: Pilot[int], kind: type[D], *keys: str) -> D:
    """The dialog of that *kind* that these *keys* open."""
    await pilot.press(*keys)
    await pilot.pause()
    screen = app.screen
    assert isinstance(screen, kind), screen
    return screen
