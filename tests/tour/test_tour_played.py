"""Every chapter is played through by pressing the very keys that its steps say, on a live emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.keymap import HINTS
from dmtui.tour.chapters import CHAPTERS
from dmtui.tour.guide import Guide
from dmtui.tour.parts import Chapter
from tests.tour.playing import PlayedSource

FRAMES_MOST = 600
"""Frames after which a step is not going to happen: a minute of a person's time."""
KEYS = {hint.id: hint.keys.split(",")[0] for hint in HINTS} | {"esc": "escape"}


class Walk:
    """A person who does what the tour says."""

    def __init__(self, app: DmtuiApp, pilot: Pilot[int], source: PlayedSource) -> None:
        self.app, self.pilot, self.source = app, pilot, source
        self.said: list[str] = []

    @property
    def guide(self) -> Guide:
        """Of the tour that is taken."""
        assert self.app.guide is not None
        return self.app.guide

    async def frames(self, number: int) -> None:
        """Let time pass."""
        for _ in range(number):
            self.app.draw_frame()
        await self.pilot.pause()

    async def until_seen(self) -> str:
        """Let time pass until the step is noticed; what was seen."""
        for _ in range(FRAMES_MOST):
            self.app.draw_frame()
            if self.guide.seen:
                await self.pilot.pause()
                self.said.append(self.guide.seen)
                return self.guide.seen
        raise AssertionError(f"{self.guide.chapter.name}: {self.where}; in the way: {self.guide.remark!r}")

    @property
    def where(self) -> str:
        """Of the guide."""
        step = self.guide.step
        return f"step {step.name} did not happen" if step else "the tour is over"

    async def press_what_it_says(self) -> None:
        """The keys of the step, in its order."""
        step = self.guide.step
        assert step is not None
        for action in step.keys:
            await self.pilot.press(KEYS[action])
            await self.frames(2)


@asynccontextmanager
async def walking(chapter: Chapter, size: tuple[int, int] = (160, 50)) -> AsyncIterator[Walk]:
    """An app in the chapter, its scenario up."""
    source = PlayedSource(chapter.scenario)
    app = DmtuiApp(source, clock=False, tour=chapter.name)
    try:
        async with app.run_test(size=size) as pilot:
            walk = Walk(app, pilot, source)
            await walk.frames(30)
            yield walk
    finally:
        source.close()


@pytest.mark.parametrize("size", [(160, 50), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
async def test_a_chapter_is_done_by_pressing_what_it_says(chapter: Chapter, size: tuple[int, int]) -> None:
    async with walking(chapter, size) as walk:
        for number, step in enumerate(chapter.steps):
            guide = walk.guide
            assert (guide.at, guide.step) == (number, step)
            assert not guide.seen, f"{step.name} happened without its keys: {guide.seen}"
            assert walk.app.dashboard.look == step.look and walk.app.model.selection.stage == step.look
            await walk.press_what_it_says()
            await walk.until_seen()
            print(f"{chapter.name}/{step.name}: {guide.seen}")
            if number + 1 < len(chapter.steps):
                await walk.pilot.press(KEYS["filter.next"])
                await walk.frames(2)
        assert "{" not in " ".join(walk.said)
