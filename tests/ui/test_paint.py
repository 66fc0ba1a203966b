"""What goes straight to the terminal is what Textual would have drawn, and only where nothing lies over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import PropertyMock, patch

import pytest
from rich.color import ColorSystem
from rich.style import Style
from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row
from tests.ui.grid import Grid, cells_of
from tests.ui.pilot import opened
from tests.ui.scenes import SCENES


@contextmanager
def on_a_terminal(app: DmtuiApp) -> Iterator[list[str]]:
    """As if the driver were not a headless one; what is written to the terminal."""
    sent: list[str] = []
    headless = patch.object(DmtuiApp, "is_headless", PropertyMock(return_value=False))
    with headless, patch.object(app._driver, "write", sent.append):
        yield sent


def panels(app: DmtuiApp) -> list[LinePanel]:
    """All panels that are shown."""
    return [panel for panel in app.dashboard.query(LinePanel) if panel.content_size]


async def assert_same(app: DmtuiApp, pilot: Pilot[int]) -> int:
    """All lines of all panels, painted, are what Textual makes of them; how many there are."""
    system = app.console._color_system or ColorSystem.TRUECOLOR
    app.dashboard.draw_panels()
    await pilot.pause()
    drawn = [cells_of(strip, system) for strip in app.dashboard._compositor.render_strips()]
    for panel in panels(app):
        panel._lines = []
    with on_a_terminal(app) as sent:
        painted = app.dashboard.draw_panels()
    grid = Grid()
    grid.feed("".join(sent))
    assert grid.bare
    for (x, y), cell in grid.cells.items():
        assert cell == drawn[y][x], (x, y)
    regions = [(panel.content_region, len(panel._lines)) for panel in panels(app)]
    assert set(grid.cells) == {
        (x, area.y + row) for area, rows in regions for row in range(rows) for x in range(area.x, area.right)
    }
    return painted


@pytest.mark.parametrize("system", ["TRUECOLOR", "EIGHT_BIT", "STANDARD", "NO_COLOR"])
async def test_what_is_painted_is_what_textual_draws(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if system == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    # Rich gives the same style to every app of a test run, and a style remembers the codes of its first console.
    Style._add.cache_clear()
    async with opened("crowd") as (app, _, pilot):
        if system != "NO_COLOR":
            monkeypatch.setattr(app.console, "_color_system", ColorSystem[system])
        await pilot.press("5", "j")
        for theme in ("dmtui-dark", "dmtui-light", "dmtui-dark"):
            app.theme = theme
            await pilot.pause()
            assert await assert_same(app, pilot) > 60


async def test_lines_of_any_length_are_painted_as_textual_draws_them(monkeypatch: pytest.MonkeyPatch) -> None:
    Style._add.cache_clear()
    async with opened("normal") as (app, _, pilot):
        why = app.dashboard.panel("why")
        width = why.content_size.width
        wide = [("深圳", "fault"), (" ", "fault"), ("e\u0301", "ok"), ("上海", "read-block"), (" 東", "")]
        lines = [
            Line(), Line((("x" * width, "fault"),)), Line((("東" * width, "ok"),)), Line(tuple(wide), chosen=True),
            Row(width).add("四川" * width, "accent").line(), Line((*wide, ("y" * width, ""))), Line((("", "ok"),)),
        ]
        monkeypatch.setattr(why, "draw", lambda *_: lines)
        assert len(lines) <= why.content_size.height
        await assert_same(app, pilot)


async def test_a_frame_is_as_short_as_it_can_be_told() -> None:
    async with opened("normal") as (app, _, _pilot):
        why = app.dashboard.panel("why")
        drawn = [Row(40).add("one", "ok").add(" two", "ok").add(" three", "fault").line()]
        with patch.object(why, "draw", lambda *_: drawn), on_a_terminal(app) as sent:
            why._lines = []
            app.dashboard.draw_panels()
        assert "one two" in "".join(sent)


@pytest.mark.parametrize("sync", [True, False])
async def test_a_frame_is_one_write(sync: bool) -> None:
    async with opened("normal") as (app, source, _pilot):
        app._sync_available = sync
        with on_a_terminal(app) as sent:
            source.frames = SCENES["failed-path"]()
            app.draw_frame()
        assert len(sent) == 1
        assert (sent[0].startswith("\x1b[?2026h"), sent[0].endswith("\x1b[?2026l")) == (sync, sync)
        x, y = app.cursor_position
        assert f"\x1b[{y + 1};{x + 1}H" in sent[0][-20:]


async def test_textual_knows_what_was_painted_past_it() -> None:
    async with opened("normal") as (app, source, _pilot):
        app.dashboard._compositor.render_strips()
        with on_a_terminal(app) as sent:
            source.frames = SCENES["failed-path"]()
            app.draw_frame()
        assert sent
        screen = "\n".join(strip.text for strip in app.dashboard._compositor.render_strips())
        assert "▼ failed" in screen and "17 clone errors" in screen


@pytest.mark.parametrize("over", ["dialog", "console", "filter"])
async def test_nothing_is_painted_over_what_lies_above(over: str) -> None:
    async with opened("normal") as (app, source, pilot):
        await pilot.press({"dialog": "question_mark", "console": "colon", "filter": "slash"}[over])
        await pilot.pause()
        refreshed: list[Any] = []
        with on_a_terminal(app) as sent, patch.object(
            app.dashboard.panel("why"), "refresh", lambda *regions: refreshed.extend(regions)
        ):
            source.frames = SCENES["failed-path"]()
            app.draw_frame()
        assert not sent
        assert refreshed
