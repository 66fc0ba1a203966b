"""The screen of a life: whose it offers, how it asks, what it draws at every size, and that it lets go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dmtui.model.life import subjects
from dmtui.model.listing import RequestKey
from dmtui.model.numbers import micros
from dmtui.panels.life import life_lines
from dmtui.screens.life import LifeScreen
from dmtui.screens.modal import Dialog
from emulator.snapshot import MdView
from emulator.trace.life import Attempt, BioLife, Life, Step, Wait
from tests.ui import build
from tests.ui.pilot import SIZES, opened, opened_dialog

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


def test_what_goes_on_is_drawn_as_long_as_it_has_lasted() -> None:
    """Not only until the last step: a device that does not answer makes none."""
    waits = (Wait("queue", "mpatha", 1000, 3200), Wait("service", "sda", 3200, -1))
    told = replace(life(ended=False), steps=life().steps[:2], waits=waits, told_us=18_100)
    rows = ["".join(text for text, _ in line.cells) for line in life_lines(told, 120)]
    queue, service = (next(row for row in rows if row.startswith(word)) for word in ("queue", "service"))
    assert "2.20ms" in queue and "14.9ms" in service and "goes on" in service
    assert service.count("█") > 5 * queue.count("█")


def test_where_a_step_leads_stands_behind_all_of_its_words() -> None:
    words = "rq_end_io said the same of each of these clones of requests, one after another, the last at 5.005313s"
    led = replace(life(), steps=(replace(life().steps[1], text=words, about="mpatha 16662"),))
    rows = ["".join(text for text, _ in line.cells).rstrip() for line in life_lines(led, 140)]
    assert sum("›" in row for row in rows) == 1 and rows[-1].endswith("5.005313s › mpatha 16662")


@pytest.mark.parametrize("size", SIZES)
async def test_enter_opens_the_life_of_the_oldest_request(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, source, pilot):
        screen = await opened_dialog(app, pilot, LifeScreen, "4", "enter")
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
        screen = await opened_dialog(app, pilot, LifeScreen, "4", "enter")
        for ended, asks in ((False, 2), (True, 2)):
            source.life = life(ended)
            screen._asked_s = 0.0
            screen.draw_model(app.model)
            assert len(source.looked) == asks, "no ask while an answer is awaited, none for what is over"


async def test_left_and_right_go_to_others_and_slash_filters() -> None:
    async with opened() as (app, source, pilot):
        screen = await opened_dialog(app, pilot, LifeScreen, "4", "enter")
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


async def test_while_it_is_open_others_are_those_that_are_there_now() -> None:
    async with opened() as (app, source, pilot):
        screen = await opened_dialog(app, pilot, LifeScreen, "4", "enter")
        first, gone = (each.words for each in screen.subjects[:2])
        md = build.views(61)["mpatha"]
        assert isinstance(md, MdView)
        moved = tuple(replace(request, id=request.id + 90_000) for request in md.in_flight)
        source.frames = [build.frame(61, build.with_md(build.views(61), in_flight=moved))]
        app.draw_frame()
        await pilot.press("right")
        assert source.looked[-1][0] not in (first, gone) and int(source.looked[-1][0].split()[1]) > 90_000
        await pilot.press("left")
        assert source.looked[-1][0] == first


async def test_each_panel_offers_its_own() -> None:
    async with opened() as (app, _, pilot):
        model = app.model
        await pilot.press("3")
        lock = subjects(model)[0]
        assert (lock.words, lock.detail) == ("mpatha lock", True)
        await pilot.press("5", "j")
        words = [subject.words for subject in subjects(model)]
        assert words[0] == "mpatha sdb" and words[1].startswith("mpatha clone ") and words[-2] == "mpatha last"
        await pilot.press("2")
        assert subjects(model)[0].words.split()[0] == "mpatha"


def test_lines_never_pass_their_width() -> None:
    for width in (40, 76, 100, 156, 236):
        for line in life_lines(life(), width):
            assert sum(len(text) for text, _ in line.cells) <= width


async def test_a_selected_clone_opens_its_life_only_on_its_own_device_and_after_its_end_too() -> None:
    async with opened() as (app, _, pilot):
        model = app.model
        await pilot.press("2", "j", "j", "5")
        assert subjects(model)[0].words == "mpatha sda", "a request of the md queue is not one of the device"
        sdb = next(device for device in model.devices if device.name == "sdb")
        model.lists.pick(model, RequestKey("sdb", sdb.service[0].id))
        assert model.selection.name("device") == "sdb"
        assert subjects(model)[0].words == f"mpatha clone {sdb.service[0].id}"
        model.lists.pick(model, RequestKey("sdb", 999_999))
        assert [each.words for each in subjects(model)[:2]] == ["mpatha clone 999999", "mpatha sdb"]
        await pilot.press("k")
        assert subjects(model)[0].words == "mpatha sda"


async def test_a_request_that_is_forgotten_is_neither_live_nor_asked_for_again() -> None:
    async with opened() as (app, source, pilot):
        screen = await opened_dialog(app, pilot, LifeScreen, "2", "j", "j", "enter")
        source.life = Life("request", "request 71 of mpatha", (), 0, ("no such request is recorded: …",))
        screen._asked_s = 0.0
        screen.draw_model(app.model)
        asked = len(source.looked)
        screen._asked_s = 0.0
        screen.draw_model(app.model)
        assert "not recorded" in str(screen._box.border_title) and "live" not in str(screen._box.border_title)
        assert len(source.looked) == asked and "no such request" in screen.panel.text


async def test_until_the_recorders_answer_that_is_said() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("5", "enter")
        await pilot.pause()
        assert isinstance(app.screen, LifeScreen)
        assert app.screen.panel.text.startswith("◌ reading the flight recorder … path sda of mpatha")


PATH = Life(
    "path", "path sda of mpatha",
    (
        Step(1000, "sda", "", (), "map_request", "283 clones sent, all ended well", "good", "mpatha 3"),
        Step(2000, "sda", "", (), "fault_injected", "target=sda fault=error", "mark"),
        Step(3000, "mpatha", "C4:softirq", (), "dm_softirq_done", "request 5, clone 6: EIO", "requeue", "mpatha 5"),
    ),
    1000, facts=("284 clones sent to it: 283 ended well, 1 EIO",),
)


async def test_lines_of_a_paths_life_open_the_lives_of_its_requests() -> None:
    async with opened(size=(80, 24)) as (app, source, pilot):
        screen = await opened_dialog(app, pilot, LifeScreen, "5", "enter")
        source.life = PATH
        screen.draw_model(app.model)
        assert "› mpatha 5" in screen.panel.text and "284 clones sent to it" in screen.panel.text
        await pilot.press("tab", "tab", "enter")
        assert source.looked[-1] == ("mpatha 5", False)
        source.life = life()
        screen.draw_model(app.model)
        await pilot.press("escape")
        assert app.screen is screen and source.looked[-1] == ("mpatha sda", False), "back, not away"
        source.life = PATH
        screen.draw_model(app.model)
        row = next(y for y, key in screen.panel.things if key.name == "mpatha 3")
        await pilot.click(screen.panel, offset=(30, row))
        await pilot.pause()
        assert source.looked[-1] == ("mpatha 3", False)
        await pilot.press("backspace", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)


async def test_a_life_is_copied_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened() as (app, source, pilot):
        screen = await opened_dialog(app, pilot, LifeScreen, "2", "enter")
        await pilot.press("E")
        assert "nothing to take" in str(screen._box.border_subtitle)
        source.life = life()
        screen.draw_model(app.model)
        for key in ("E", "J"):
            await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause()
        assert "wrote " in str(screen._box.border_subtitle)
        stem = "dmtui-one-path-fails-life-request-3-of-mpatha"
        steps = (tmp_path / f"{stem}.csv").read_text(encoding="utf-8").splitlines()
        assert len(steps) == 5 and steps[0].startswith("at_us,since_start_us,machine")
        assert json.loads((tmp_path / f"{stem}.json").read_text(encoding="utf-8"))["reason"] == REASON
        await pilot.press("y")
        assert REASON in app.clipboard and "scsi_done: clone 4: EIO" in app.clipboard


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 50)])
async def test_its_edge_always_says_how_to_close_it(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        await pilot.press("4", "enter")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, LifeScreen)
        app.draw_frame()
        screen._title()
        said = str(screen._box.border_subtitle)
        assert said.endswith("esc close") and len(said) <= screen._box.size.width - 2


def test_what_no_bar_has_is_told_and_bars_add_up() -> None:
    waits = (Wait("queue", "mpatha", 1000, 2000), Wait("lock", "mpatha", 1500, 2500))
    waits += (Wait("service", "sda", 4000, 4500),)
    told = replace(life(), waits=waits)
    rows = ["".join(text for text, _ in line.cells) for line in life_lines(told, 120)]
    rest = next(row for row in rows if row.startswith("the rest"))
    assert micros(1500) in rest, "what two bars share counts once"
    full = replace(told, waits=(Wait("service", "sda", told.since_us, told.steps[-1].at_us),))
    assert not any("the rest" in "".join(text for text, _ in line.cells) for line in life_lines(full, 120))


def test_the_time_of_a_bio_says_where_it_was_taken() -> None:
    rows = ["".join(text for text, _ in line.cells) for line in life_lines(life(), 120)]
    assert any(" in the md" in row and ("ok after" in row or "EIO after" in row) for row in rows)


def test_the_ways_of_many_bios_take_one_row() -> None:
    ways = tuple(Wait("way", "mpatha", 1000 + 400 * n, 1100 + 400 * n) for n in range(3))
    again = (Wait("requeued", "mpatha", 3000, 3100), Wait("requeued", "mpatha", 3300, 3400))
    told = replace(life(), waits=(*ways, *again))
    rows = ["".join(text for text, _ in line.cells) for line in life_lines(told, 120)]
    (way,) = [row for row in rows if row.startswith("way ")]
    assert "300µs" in way and way.rstrip().endswith("of 3 bios") and " █" in way.partition("█")[2]
    assert sum(row.startswith("requeued ") for row in rows) == 2
