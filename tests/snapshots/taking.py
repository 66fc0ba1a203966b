"""Takes the screens: one app a size goes through all of them, in each theme.

A picture is text: the characters once, then which cells have which look, then each look in the three themes and with
NO_COLOR, for which the filter is applied that Textual applies (that it does is in tests/ui/test_app.py).
So a change of layout and a change of colour both read well in a diff, and all pictures are small.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from rich.style import Style
from textual.filter import monochrome_style
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from dmtui.app import DmtuiApp
from dmtui.theme import THEMES
from tests.snapshots.screens import SHOTS, Shot, frames
from tests.ui.fake import FakeSource

FOLDER = Path(__file__).parent / "golden"
Cell = tuple[str, Style | None]
"""A character and its look."""
Grid = list[list[Cell]]
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def file_of(shot: Shot, size: tuple[int, int]) -> Path:
    """Where a picture is kept."""
    return FOLDER / f"{size[0]}x{size[1]}" / f"{shot.name}.txt"


async def take_all(size: tuple[int, int], place: Path) -> dict[str, str]:
    """All pictures of a size, by the names of their screens; *place* is an empty folder for what the app keeps."""
    with _environment(place):
        taken = await _through(size)
    return {name: picture([*looks.values()], [*looks]) for name, looks in taken.items()}


async def _through(size: tuple[int, int]) -> dict[str, dict[str, Grid]]:
    source = FakeSource()
    app = DmtuiApp(source, clock=False)
    taken: dict[str, dict[str, Grid]] = {}
    names = [theme.name for theme in THEMES]
    async with app.run_test(size=size) as pilot:
        # What the screen measures about itself is never the same: it measures nothing.
        app._cpu = (float("inf"), 0.0)
        for serial, shot in enumerate(SHOTS, 2):
            await _show(app, source, pilot, shot, serial)
            looks = {}
            # To and fro: each change of theme costs as much as all the rest of a screen.
            for theme in sorted(names, key=lambda name: name != app.theme) if shot.themed else [app.theme]:
                looks[theme] = await _look(app, pilot, theme)
            taken[shot.name] = {name: looks[name] for name in names if name in looks}
            if names[0] in looks:
                taken[shot.name]["NO_COLOR"] = _without_colour(looks[names[0]])
            await _back(app, pilot)
    return taken


async def _show(app: DmtuiApp, source: FakeSource, pilot: Pilot[int], shot: Shot, serial: int) -> None:
    app.model.selection.stage = "devices"
    source.frames = frames(shot.scene, serial)
    app.draw_frame()
    app.model.log._lines[:-_of_story(app)] = []
    app.model.log._first = 0
    app.model.touch()
    app.draw_frame()
    await pilot.pause()
    if shot.keys:
        await pilot.press(*shot.keys)
    await app.workers.wait_for_complete()
    await pilot.pause()
    if shot.extra is not None:
        await shot.extra(app, source, pilot)
        await pilot.pause()
    assert shot.kind is None or isinstance(app.screen, shot.kind), shot.name


def _of_story(app: DmtuiApp) -> int:
    """Lines of the log that are of this scenario."""
    return len(app.model.log) - app.model.log._first


async def _look(app: DmtuiApp, pilot: Pilot[int], theme: str) -> Grid:
    if app.theme != theme:
        app.theme = theme
        await pilot.pause()
    for field in app.screen.query(Input):
        field.cursor_blink = False
    app.model.touch()
    app.draw_frame()
    await pilot.pause()
    return [_cells(strip) for strip in app.screen._compositor.render_strips()]


async def _back(app: DmtuiApp, pilot: Pilot[int]) -> None:
    """To the dashboard as it was at first."""
    while app.screen is not app.dashboard:
        app.pop_screen()
        await pilot.pause()
    board = app.dashboard
    board.close_console()
    board.close_entry()
    board.prompt.value = ""
    board.jump.targets = {}
    for panel in board._panels.values():
        panel.letter({})
    board.log_panel.cursor = None
    app.model.lists.of.clear()
    app.model.lists.chosen = None
    app._hush()
    app.show_layout("overview")
    await pilot.pause()


def _cells(strip: Strip) -> list[Cell]:
    return [(character, segment.style) for segment in strip for character in segment.text]


def _without_colour(grid: Grid) -> Grid:
    """What Textual makes of it where NO_COLOR is set: the same filter."""
    return [[(character, style and monochrome_style(style)) for character, style in row] for row in grid]


@cache
def _look_of(style: Style | None) -> str:
    if style is None:
        return "-"
    words = [_colour(style.color and style.color.triplet), "on", _colour(style.bgcolor and style.bgcolor.triplet)]
    words += [name for name in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, name)]
    return " ".join(words)


def _colour(triplet: object) -> str:
    return getattr(triplet, "hex", "-") if triplet else "-"


def picture(grids: list[Grid], names: list[str]) -> str:
    """One screen in all its looks; raises AssertionError where a theme changes more than colours."""
    words = [["".join(character for character, _ in row) for row in grid] for grid in grids]
    for name, other in zip(names, words, strict=True):
        assert other == words[0], f"{name} shows other characters than {names[0]}"
    looks: dict[str, str] = {}
    runs = []
    for rows in zip(*grids, strict=True):
        marks: list[str] = []
        for cells in zip(*rows, strict=True):
            look = " | ".join(_look_of(style) for _, style in cells)
            marks.append(looks.setdefault(look, _name(len(looks))))
        runs.append(" ".join(f"{mark}{number}" for mark, number in _runs(marks)))
    legend = [f"{mark}: {look}" for look, mark in looks.items()]
    lines = [line.rstrip() for line in words[0]]
    return "\n".join([*lines, f"--- looks: {' | '.join(names)}", *legend, "--- cells", *runs]) + "\n"


def _name(number: int) -> str:
    head, last = divmod(number, len(_LETTERS))
    return (_LETTERS[head - 1] if head else "") + _LETTERS[last]


def _runs(marks: list[str]) -> Iterator[tuple[str, int]]:
    start = 0
    for at in range(1, len(marks) + 1):
        if at == len(marks) or marks[at] != marks[start]:
            yield marks[start], at - start
            start = at


@contextmanager
def _environment(place: Path) -> Iterator[None]:
    """Nothing of this person's or this machine's is on the screen."""
    before, folder = dict(os.environ), Path.cwd()
    os.environ.update(XDG_STATE_HOME=str(place), XDG_CONFIG_HOME=str(place), XDG_DATA_HOME=str(place))
    os.environ.pop("NO_COLOR", None)
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


