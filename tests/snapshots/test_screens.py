"""Every screen looks as it did: four sizes, three themes and NO_COLOR, compared as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.style import Style

from dmtui.config.settings import LAYOUT_NAMES
from tests.snapshots.screens import SHOTS
from tests.snapshots.taking import file_of, picture, take_all
from tests.snapshots.telling import differences
from tests.ui.dialogs import dialog_classes

PARTS = 4
"""Tests among which the screens are dealt out: they run side by side."""
MOST = 80
"""Lines of all differences that are shown."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_screen_looks_as_it_did(part: int, tmp_path: Path) -> None:
    wrong: list[str] = []
    for (name, size), now in (await take_all(tmp_path, SHOTS[part::PARTS])).items():
        file = file_of(name, size)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if now != before:
            wrong += [f"{name} at {size[0]}x{size[1]}:", *differences(before, now), ""]
    if wrong:
        more = [f"... and {len(wrong) - MOST} lines more"] if len(wrong) > MOST else []
        meant = "if this is meant: python -m tests.snapshots, then look at git diff"
        pytest.fail("\n".join(["another look than before", *wrong[:MOST], *more, meant]), pytrace=False)


def test_every_dialog_and_every_layout_has_a_picture() -> None:
    assert {each.__name__ for each in dialog_classes()} <= {shot.kind for shot in SHOTS}
    names = {shot.name for shot in SHOTS}
    assert {f"layout-{name}" for name in LAYOUT_NAMES if name != "overview"} | {"overview"} <= names
    assert len(names) == len(SHOTS)


def _cells(text: str, *looks: tuple[int, str]) -> list[tuple[str, tuple[tuple[int, Style | None], ...]]]:
    return [(text, tuple((number, Style.parse(look)) for number, look in looks))]


def test_a_picture_says_where_a_look_changed() -> None:
    plain = picture([_cells("ab", (2, "bold")), _cells("ab", (1, "dim"), (1, "dim"))], ["dark", "light"])
    other = picture([_cells("ab", (2, "bold")), _cells("ab", (1, "dim"), (1, "italic"))], ["dark", "light"])
    assert plain == "ab\n--- looks: dark | light\na: - on - bold | - on - dim\n--- cells\na2\n"
    assert other.endswith("a1 b1\n")
    assert differences(plain, plain) == []
    assert differences(plain, other) == ["  1 'b' at 1: light: - on - dim -> - on - italic"]
    assert differences(plain, plain.replace("ab", "ac")) == ["  1 - ab", "  1 + ac"]
    assert differences("", plain) == ["there was no picture of it"]
    with pytest.raises(AssertionError, match="light shows other characters"):
        picture([_cells("a", (1, "bold")), _cells("b", (1, "bold"))], ["dark", "light"])
