"""NO_COLOR: not one byte names a colour, and what must be seen is seen by other means."""

from __future__ import annotations

import re

import pytest

from dmtui.app import DmtuiApp
from tests.ui.dialogs import DIALOGS, MODES
from tests.ui.pilot import opened
from tests.ui.terminal import Terminal

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_PARTS = re.compile(r"(\x1b\[[0-9;:]*m)")
PLAIN = {"", "0", "1", "2", "3", "4", "7", "9", "22", "23", "24", "27", "29"}
"""Codes that name no colour: bold, faint, italic, underline, reverse, struck, and the ends of them."""


@pytest.fixture(autouse=True)
def _no_colour(monkeypatch: pytest.MonkeyPatch, _plain_environment: None) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def written(app: DmtuiApp) -> list[str]:
    """Each line of the screen as the terminal is sent it."""
    return [strip.render(app.console) for strip in app.screen._compositor.render_strips()]


def colours(text: str) -> set[str]:
    """Codes in *text* that name a colour, as none may."""
    return {code for codes in _SGR.findall(text) for code in re.split("[;:]", codes)} - PLAIN


def reversed_in(line: str) -> str:
    """The letters of a line that are written in reverse."""
    found, codes = "", ""
    for part in _PARTS.split(line):
        if _PARTS.fullmatch(part):
            codes = part[2:-1]
        elif "7" in codes.split(";"):
            found += part
    return found


@pytest.mark.parametrize("name", ["FaultDialog", "Editor", "palette", "jump"])
async def test_no_screen_names_a_colour(name: str) -> None:
    way = (DIALOGS | MODES)[name]
    async with opened(way.scene, (80, 24)) as (app, source, pilot):
        await way.go(app, source, pilot)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert colours("\n".join(written(app))) == set()


async def test_what_is_chosen_and_what_holds_everything_up_stands_out() -> None:
    async with opened("crowd", (80, 24)) as (app, _, pilot):
        lines = written(app)
        assert "sda 8:0 ▲ active" in "".join(map(reversed_in, lines))
        assert not any("sdb" in reversed_in(line) for line in lines)
        await pilot.press("space", "j")
        app.model.paused = True
        app.model.notice_standing()
        app.draw_frame()
        await pilot.pause()
        lines = written(app)
        assert any("sdb" in reversed_in(line) for line in lines)
        assert any("PAUSED: the emulated clock stands" in reversed_in(line) for line in lines)


async def test_a_request_in_a_chosen_row_is_still_a_block() -> None:
    async with opened("normal", (120, 40)) as (app, _, pilot):
        await pilot.press("5")
        await pilot.pause()
        panel = app.dashboard.panel("devices")
        looks = {style.reverse for name in ("read-block", "") for style in [panel._style(name, True)]}
        assert looks == {True, False}
        assert panel._style("read-block", False).reverse and not panel._style("", False).reverse


async def test_behind_a_dialog_everything_is_faint_and_the_focus_is_seen() -> None:
    async with opened(size=(80, 24)) as (app, _, pilot):
        await pilot.press("i")
        await pilot.pause()
        lines = written(app)
        x = app.screen.query_one(".box").region.x
        behind = [strip.crop(0, x) for strip in app.screen._compositor.render_strips()]
        assert all(segment.style and segment.style.dim for strip in behind for segment in strip if segment.text.strip())
        assert [reversed_in(line).strip() for line in lines if "type " in line and "error" in line] == ["error"]


@pytest.mark.alone
@pytest.mark.timeout(900)
def test_a_terminal_is_sent_no_colour() -> None:
    with Terminal("steady-load", width=80, height=24) as terminal:
        terminal.until("IOPS")
        terminal.type("i")
        terminal.until("inject a fault")
        terminal.type("\x1b")
        terminal.until("bios failed")
        terminal.type("q")
        assert terminal.end() == 0
        assert colours(terminal.raw) == set()
