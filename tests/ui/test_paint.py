"""What goes straight to the terminal is what Textual would have drawn, and only where nothing lies over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import PropertyMock, patch

import pytest
from rich.color import Color
from rich.style import Style
from textual.strip import Strip

from dmtui.app import DmtuiApp
from dmtui.panels.paint import LinesUpdate
from tests.ui.pilot import opened
from tests.ui.scenes import SCENES

_ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")


@contextmanager
def on_a_terminal(app: DmtuiApp) -> Iterator[list[LinesUpdate]]:
    """As if the driver were not a headless one; what is painted straight to the terminal."""
    sent: list[LinesUpdate] = []
    headless = patch.object(DmtuiApp, "is_headless", PropertyMock(return_value=False))
    with headless, patch.object(app, "_display", lambda _, update: sent.append(update)):
        yield sent


def cells(strip: Strip) -> list[tuple[str, Color | None, Color | None, str]]:
    """Each cell with its colours and attributes.

    Not with the codes it is written with: a style remembers those of the first console that wrote it, and rich gives
    the same style to every app of a test run.
    """
    found = []
    for segment in strip:
        style = segment.style or Style()
        attributes = " ".join(name for name in _ATTRIBUTES if getattr(style, name))
        found += [(char, style.color, style.bgcolor, attributes) for char in segment.text]
    return found


def forget(app: DmtuiApp) -> None:
    """Every line of every panel is new to the next frame."""
    for panel in app.dashboard.query("LinePanel"):
        panel._lines = []  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["dmtui-dark", "dmtui-light"])
@pytest.mark.parametrize("colour", ["colour", "NO_COLOR"])
async def test_what_is_painted_is_what_textual_draws(theme: str, colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if colour == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    async with opened("crowd") as (app, _, pilot):
        app.theme = theme
        await pilot.press("5", "j")
        await pilot.pause()
        drawn = app.dashboard._compositor.render_strips()
        forget(app)
        with on_a_terminal(app) as sent:
            assert app.dashboard.draw_panels() > 60
        assert len(sent) == 1 and len(sent[0].lines) > 60
        for x, y, strip in sent[0].lines:
            assert cells(strip) == cells(drawn[y].crop(x, x + strip.cell_length))
        assert sent[0].render_segments(app.console).startswith("\x1b[1;1H")


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
        assert not any(isinstance(update, LinesUpdate) for update in sent)
        assert refreshed
