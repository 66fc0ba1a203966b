"""Takes the screens: one app goes to each screen once a theme, and is drawn there in every size.

A picture is text: the characters once, then which cells have which look, then each look in the three themes and of an
app that was started with NO_COLOR.
What differs is told by tests/snapshots/telling.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate
from pathlib import Path

import pytest
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input, TextArea

from dmtui.app import DmtuiApp
from dmtui.theme import THEMES
from tests.helpers.settling import Settling
from tests.snapshots.screens import SHOTS, SIZES, Shot, frames
from tests.ui.fake import FakeSource

FOLDER = Path(__file__).parent / "golden"
Size = tuple[int, int]
Spans = tuple[tuple[int, Style | None], ...]
"""Looks of a line: how many characters, and their style."""
Grid = list[tuple[str, Spans]]
"""The lines of a screen."""
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def file_of(name: str, size: Size) -> Path:
    """Where the picture of a shot is kept."""
    return FOLDER / f"{size[0]}x{size[1]}" / f"{name}.txt"


async def take_all(place: Path, shots: Sequence[Shot] = SHOTS) -> dict[tuple[str, Size], str]:
    """Pictures by name and size; *place* is an empty folder for what the app keeps."""
    taken: dict[tuple[str, Size], dict[str, Grid]] = {(shot.name, size): {} for shot in shots for size in SIZES}
    with _environment(place):
        await _through(shots, {theme.name: theme.name for theme in THEMES}, taken)
        os.environ["NO_COLOR"] = "1"
        await _through([shot for shot in shots if shot.themed], {"NO_COLOR": THEMES[0].name}, taken)
    return {key: picture([*looks.values()], [*looks]) for key, looks in taken.items()}


async def _through(
    shots: Sequence[Shot], looks: Mapping[str, str], taken: dict[tuple[str, Size], dict[str, Grid]]
) -> None:
    """One app's pictures of *shots*; *looks* are names of looks and the theme of each, the first one for all shots."""
    source = FakeSource()
    app = DmtuiApp(source, clock=False)
    async with app.run_test(size=SIZES[-1]) as pilot:
        # What the screen measures about itself is never the same: it measures nothing.
        app._cpu = (float("inf"), 0.0)
        for at, (look, theme) in enumerate(looks.items()):
            app.theme = theme
            await pilot.pause()
            for shot in shots:
                if shot.themed or at == 0:
                    await _show(app, source, pilot, shot)
                    for size in reversed(SIZES):
                        taken[shot.name, size][look] = await _look(app, pilot, size)
                    await _back(app, pilot)


async def _show(app: DmtuiApp, source: FakeSource, pilot: Pilot[int], shot: Shot) -> None:
    """In the greatest size."""
    app.model.selection.stage = "devices"
    source.frames = frames(shot.way.scene, app.model.story.serial + 1)
    app.draw_frame()
    app.model.log._lines[:-_of_story(app)] = []
    app.model.log._first = 0
    app.model.touch()
    app.draw_frame()
    await pilot.pause()
    await shot.way.go(app, source, pilot)
    assert type(app.screen).__name__ == shot.kind, shot.name


def _of_story(app: DmtuiApp) -> int:
    """Lines of the log that are of this scenario."""
    return len(app.model.log) - app.model.log._first


async def _look(app: DmtuiApp, pilot: Pilot[int], size: Size) -> Grid:
    if app.size != size:
        await pilot.resize_terminal(*size)
    for field in app.screen.query("Input, TextArea"):
        if isinstance(field, Input | TextArea):
            field.cursor_blink = False
    app.model.touch()
    app.draw_frame()
    await pilot.pause()
    if app.screen is not app.dashboard:
        # What a dialog stands before is taken over from there as it was drawn last.
        for screen in app.screen_stack:
            screen.refresh()
            screen._on_timer_update()
        await pilot.pause()
    return [_line(strip) for strip in app.screen._compositor.render_strips()]


async def _back(app: DmtuiApp, pilot: Pilot[int]) -> None:
    """To the dashboard as it was at first."""
    while app.screen is not app.dashboard:
        app.pop_screen()
        await pilot.pause()
    if app.guide is not None:
        app.leave_tour()
    app.tour_at, app.tour_done, app.tour_skipped = "", (), ()
    if app.model.frozen:
        app.action_freeze()
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
    app.model.selection.chosen.clear()
    app.undo.clear()
    app._hush()
    app.clear_notifications()
    app.show_layout("overview")
    await pilot.resize_terminal(*SIZES[-1])


def _line(strip: Strip) -> tuple[str, Spans]:
    text = "".join(segment.text for segment in strip)
    return text, tuple((len(segment.text), segment.style) for segment in strip if segment.text)


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
    words = [[text for text, _ in grid] for grid in grids]
    for name, other in zip(names, words, strict=True):
        wrong = [f"{was!r}, {name}: {now!r}" for was, now in zip(words[0], other, strict=True) if was != now]
        assert not wrong, f"{name} shows other characters than {names[0]}: {wrong[0]}"
    looks: dict[str, str] = {}
    runs = []
    for lines in zip(*grids, strict=True):
        marks: list[tuple[str, int]] = []
        for number, styles in _together([spans for _, spans in lines]):
            look = " | ".join(_look_of(style) for style in styles)
            mark = looks.setdefault(look, _name(len(looks)))
            if marks and marks[-1][0] == mark:
                number += marks.pop()[1]
            marks.append((mark, number))
        runs.append(" ".join(f"{mark}{number}" for mark, number in marks))
    legend = [f"{mark}: {look}" for look, mark in looks.items()]
    lines = [line.rstrip() for line in words[0]]
    return "\n".join([*lines, f"--- looks: {' | '.join(names)}", *legend, "--- cells", *runs]) + "\n"


def _together(lines: list[Spans]) -> Iterator[tuple[int, list[Style | None]]]:
    """The same line in several looks: pieces in which none of them changes."""
    ends = [[*accumulate(number for number, _ in spans)] for spans in lines]
    at, start = [0] * len(lines), 0
    for cut in sorted({end for each in ends for end in each}):
        yield cut - start, [spans[i][1] for spans, i in zip(lines, at, strict=True)]
        at = [i + (each[i] == cut) for each, i in zip(ends, at, strict=True)]
        start = cut


def _name(number: int) -> str:
    head, last = divmod(number, len(_LETTERS))
    return (_LETTERS[head - 1] if head else "") + _LETTERS[last]


@contextmanager
def _environment(place: Path) -> Iterator[None]:
    """Nothing of this person's or this machine's is on the screen."""
    before, folder = dict(os.environ), Path.cwd()
    os.environ.update(XDG_STATE_HOME=str(place), XDG_CONFIG_HOME=str(place), XDG_DATA_HOME=str(place))
    os.environ.pop("NO_COLOR", None)
    os.chdir(place)
    try:
        with pytest.MonkeyPatch.context() as patch:
            Settling().install(patch)
            yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)
