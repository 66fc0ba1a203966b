"""The screen of a life: whose it offers, how it asks, what it draws at every size, and that it lets go."""

from __future__ import annotations

import pytest

from dmtui.model.life import subjects
from dmtui.panels.life import life_lines
from dmtui.screens.life import LifeScreen
from dmtui.screens.modal import Dialog
from emulator.trace.life import Attempt, BioLife, Life, Step, Wait
from tests.ui.pilot import SIZES, opened

REASON = "EIO -> path error -> fail_path sda -> requeue #1 -> sdb ok, hidden from the application"


def life(ended: bool = True) -> Life:
    """A request that failed on one path."""
    steps = (
        Step(1000, "mpatha", "C1:db.0", ("mpatha.queue_lock",), "__make_request", "bio 7 -> request 3"),
        Step(1400, "sda", "-", (), "scsi_done", "clone 4: EIO", "error"),
        Step(1500, "mpatha", "C4:softirq", (), "dm_softirq_done", "rq_end_io(EIO) -> DM_ENDIO_REQUEUE", "requeue"),
        Step(4500, "mpatha", "C4:softirq", (), "dm_end_request", "the original ends: ok", "good"),
    )
    return Life(
        "request", "request 3 of mpatha: read 0+8", steps, 1000, ("sdb has no process",), ended, REASON,
        bios=(BioLife("db", 7, 0, 8, 1000, "new", 4500, 0),),
        attempts=(Attempt(4, "sda", 1000, 1500, 5, "DM_ENDIO_REQUEUE"), Attempt(5, "sdb", 1600, 4500, 0, "ok")),
        waits=(Wait("service", "sda", 1000, 1400), Wait("softirq", "softirq", 1400, -1)),
    )


@pytest.mark.parametrize("size", SIZES)
async def test_enter_opens_the_life_of_the_oldest_request(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, source, pilot):
        await pilot.press("4", "enter")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, LifeScreen)
        assert source.looked == [(screen.subjects[0].words, False)]
        source.life = life()
        screen.draw_model(app.model)
        shown = screen.panel.text
        assert "why" in shown and "EIO -> path error" in shown
        assert all(len(line) <= screen.panel.content_size.width for line in shown.splitlines())
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog) and source.looked[-1] == ("", False)


async def test_it_follows_only_what_has_not_ended() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("4", "enter")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, LifeScreen)
        for ended, asks in ((False, 2), (True, 2)):
            source.life = life(ended)
            screen._asked_s = 0.0
            screen.draw_model(app.model)
            assert len(source.looked) == asks, "no ask while an answer is awaited, none for what is over"


async def test_left_and_right_go_to_others_and_slash_filters() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("4", "enter")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, LifeScreen)
        await pilot.press("right")
        assert source.looked[-1][0] == screen.subjects[1].words
        await pilot.press("left")
        source.life = life()
        screen.draw_model(app.model)
        await pilot.press("slash", *"softirq", "enter")
        await pilot.pause()
        assert "2 of 4 steps" in screen.panel.text and "scsi_done" not in screen.panel.text
        await pilot.press("escape")
        assert app.screen is screen and "4 steps" in screen.panel.text, "the first escape takes the filter away"


async def test_each_panel_offers_its_own() -> None:
    async with opened() as (app, _, pilot):
        model = app.model
        await pilot.press("3")
        lock = subjects(model)[0]
        assert (lock.words, lock.detail) == ("mpatha lock", True)
        await pilot.press("5", "j")
        words = [subject.words for subject in subjects(model)]
        assert "mpatha sdb" in words and words[0].startswith("mpatha clone ") and words[-2] == "mpatha last"
        await pilot.press("2")
        assert subjects(model)[0].words.split()[0] == "mpatha"


def test_lines_never_pass_their_width() -> None:
    for width in (40, 76, 100, 156, 236):
        for line in life_lines(life(), width):
            assert sum(len(text) for text, _ in line.cells) <= width
