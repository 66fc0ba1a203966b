"""Freezing the view is not halting the emulator: nothing that comes meanwhile is lost, and the screen stands."""

from __future__ import annotations

from dmtui.model.freeze import EVENTS_MOST, Freezer
from emulator.events import Event
from tests.ui import build
from tests.ui.pilot import opened, orders
from tests.ui.scenes import SCENES


def _event(serial: int) -> Event:
    return build.event(serial, "mpatha", "requeued", md="mpatha", request=serial, reason="EIO")


def test_a_frozen_view_shows_no_frame_and_then_the_newest_with_every_event() -> None:
    freezer = Freezer()
    freezer.freeze()
    for i in range(1, 5):
        assert freezer.take(build.frame(i, events=(_event(i),))) is None
    shown = freezer.release()
    assert shown is not None and shown.now_us == build.frame(4).now_us
    assert [event.at_us for event in shown.events] == [1, 2, 3, 4]
    last = build.frame(9)
    assert freezer.take(last) is last


def test_what_a_long_freeze_cannot_keep_is_counted() -> None:
    freezer = Freezer()
    freezer.freeze()
    many = tuple(_event(i) for i in range(EVENTS_MOST))
    freezer.take(build.frame(1, events=many))
    freezer.take(build.frame(2, events=many[:7]))
    shown = freezer.release()
    assert shown is not None and len(shown.events) == EVENTS_MOST and shown.dropped == 7


def test_another_scenario_ends_the_freeze() -> None:
    freezer = Freezer()
    freezer.freeze()
    freezer.take(build.frame(1))
    other = build.frame(2, story=build.story(serial=2))
    assert freezer.take(other) is other and not freezer.frozen


async def test_the_screen_stands_with_its_banner_and_catches_up() -> None:
    frames = SCENES["failed-path"]()
    async with opened(frames[:30]) as (app, source, pilot):
        before = app.dashboard.header.text
        await pilot.press("v")
        app.draw_frame()
        assert "FROZEN" in app.dashboard.panel("banner").text
        source.frames += frames[30:]
        app.draw_frame()
        await pilot.pause()
        assert app.dashboard.header.text.split("▶")[1:] == before.split("▶")[1:]
        assert not orders(source), "the emulator was left alone"
        await pilot.press("v")
        app.draw_frame()
        await pilot.pause()
        assert not app.dashboard.panel("banner").display
        assert "sda failed" in app.dashboard.header.text
