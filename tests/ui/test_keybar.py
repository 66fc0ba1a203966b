"""The key line: which keys are named in which width and state, and that words for a person never shut the way out."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from tests.ui.pilot import opened, text

SMALL = ((60, 20), (80, 24))


async def settled(app: DmtuiApp, pilot: Pilot[int]) -> None:
    """Drawn at the sizes that the last layout gave."""
    app.draw_frame()
    keys = app.dashboard.keys
    while keys.size.height != app.dashboard._places["keys"].height:
        await pilot.pause()
    app.model.touch()
    app.draw_frame()


@pytest.mark.parametrize("size", SMALL)
async def test_a_small_screen_names_the_keys_that_break_open_and_look(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, _):
        line = text(app, "keys")
        assert all(key in f"{line} ".replace("\n", " ") for key in (
            " e error ", " b busy ", " d delay ", " H hang ", " i inject ", " x fail ", " s suspend ", " spc pause ",
            " w view ", " o open ", " ? help ", " ^p all ", " q quit ",
        )), line


@pytest.mark.parametrize("size", SMALL)
async def test_faults_in_force_have_their_key_named_on_a_small_screen(size: tuple[int, int]) -> None:
    async with opened("normal", size=size) as (app, _, _):
        assert size == (80, 24) or "f faults" not in text(app, "keys"), "there is none"
    async with opened("failed-path", size=size) as (app, _, _):
        assert "f faults" in text(app, "keys") and "x reinstate" in text(app, "keys")


async def test_a_row_is_filled_with_what_still_fits() -> None:
    async with opened("failed-path", size=(60, 20)) as (app, _, pilot):
        app.show_layout("paths")
        await settled(app, pilot)
        first = text(app, "keys").splitlines()[0]
        assert "d delay i inject x reinstate" in first, "w, f and o have the other row for themselves"


@pytest.mark.parametrize("scene", ["suspended", "deadlock"])
async def test_beside_a_banner_the_key_line_keeps_the_way_out_of_what_stands(scene: str) -> None:
    async with opened(scene, size=(60, 20)) as (app, _, pilot):
        await settled(app, pilot)
        line = text(app, "keys")
        rows = 1 if scene == "deadlock" else 2
        assert len(line.splitlines()) == rows, "a long banner needs the other row, one of two lines does not"
        assert all(key in line for key in (" ? help", " ^p all", " q quit"))
        assert ("D break" if scene == "deadlock" else "r resume spc go on") in " ".join(line.split())


@pytest.mark.parametrize("size", [*SMALL, (160, 50)])
async def test_a_notice_leaves_help_and_palette_and_goes_by_a_click(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        before = text(app, "keys")
        app.notify("something was done")
        app.draw_frame()
        said = text(app, "keys").splitlines()
        assert said[0] == before.splitlines()[0], "the keys of the selected thing stay"
        assert "· something was done" in said[1] and said[1].rstrip().endswith("? help ^p all")
        keys = app.dashboard.keys
        assert keys.key_at(said[1].index("help"), 1) != keys.key_at(5, 1)
        await pilot.click(keys, offset=(5, 1))
        app.draw_frame()
        assert text(app, "keys") == before


async def test_a_long_notice_is_read_rather_than_cut_for_a_key() -> None:
    async with opened(size=(60, 20)) as (app, _, _):
        app.notify("suspend mpatha: EBUSY, it waits for a reader now")
        app.draw_frame()
        assert "EBUSY, it waits for a reader now" in text(app, "keys") and "^p" not in text(app, "keys").splitlines()[1]


async def test_a_dot_parts_keys_of_a_thing_from_those_of_none() -> None:
    async with opened(size=(160, 50)) as (app, _, _):
        line = text(app, "keys").splitlines()[0]
        assert "K kill  · ↵ life  s suspend" in line and line.count("·") == 1
