"""Texts that tell a key tell a person's own: nothing on the screen may send somebody to a key that does something else.

Every key of the table is remapped here, to a name that no text has by chance.
"""

from __future__ import annotations

import re

from dmtui.app import DmtuiApp
from dmtui.config.settings import Settings
from dmtui.keymap import HINTS, NAMES, names_of, with_names
from dmtui.model.selection import TITLES
from dmtui.screens.help import help_screen
from dmtui.screens.ideas import DEADLOCK, IDEAS
from tests.ui.fake import FakeSource
from tests.ui.scenes import SCENES

_FREE = [f"f{n}" for n in range(13, 24)]
OWN = dict(zip(
    ("fault.error", "fault.hang", "fault.dialog", "fault.clear", "fault.list", "path.toggle", "md.resume",
     "md.deadlock", "process.revive", "help", "undo"), _FREE, strict=True,
))


def told(app: DmtuiApp) -> str:
    """What stands on the whole screen, or in the box of a dialog, one blank between words."""
    x, y, width, height = next((box.region for box in app.screen.query(".box")), app.screen.region)
    strips = app.screen._compositor.render_strips()[y : y + height]
    lines = (strip.crop(x, x + width).text for strip in strips)
    return " ".join(" ".join(lines).replace("│", " ").split())


async def test_texts_tell_a_persons_own_keys() -> None:
    source = FakeSource()
    app = DmtuiApp(source, clock=False, settings=Settings(keys=OWN))
    async with app.run_test(size=(160, 50)) as pilot:
        for scene, wanted in (
            ("normal", "(f13, or f18)"), ("crowd", "f21 revive"), ("suspended", "f19 resume"),
            ("deadlock", "f20 break it · f22 why"),
        ):
            source.frames = SCENES[scene]()
            app.draw_frame()
            await pilot.pause()
            assert wanted in told(app), scene
        for key, wanted in (
            ("f17", "press f13, b, d or f14, or f15 for all kinds"), ("U", "(f13, b, d, f14, f18, f15)"),
            ("K", "f21 revives it"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert wanted in told(app), key
            await pilot.press("escape")


def test_every_idea_tells_keys_by_their_actions() -> None:
    own = {hint.id: f"<{hint.id}>" for hint in HINTS}
    for stage in TITLES:
        plain, mine = with_names(IDEAS[stage], NAMES), with_names(IDEAS[stage], own)
        assert "{" not in plain and not re.search(r"\b[A-Z] (goes|follows|stays|lists|stalls)\b", mine)
    assert "<md.deadlock> takes the lock" in with_names(DEADLOCK, own)
    assert names_of() == NAMES


def test_the_help_has_ones_own_keys() -> None:
    from dmtui.config.keys import remapped

    said = help_screen("devices", False, remapped(OWN)).content
    assert "f18 does it by hand" in said and "x does it" not in said
