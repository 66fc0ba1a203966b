"""Every screen looks as it did: four sizes, three themes and NO_COLOR, compared as text."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from rich.style import Style

from tests.snapshots.screens import SHOTS, SIZES
from tests.snapshots.taking import file_of, picture, take_all

MOST = 60
"""Lines of a difference that are shown."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_looks_as_it_did(size: tuple[int, int], tmp_path: Path) -> None:
    pictures = await take_all(size, tmp_path)
    wrong = []
    for shot in SHOTS:
        file = file_of(shot, size)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if pictures[shot.name] != before:
            lines = difflib.unified_diff(
                before.splitlines(), pictures[shot.name].splitlines(), f"{shot.name} before", "now", "", "", 1, ""
            )
            wrong.append("\n".join([*lines][:MOST]))
    assert not wrong, "\n\n".join([*wrong, "if this is meant: python -m tests.snapshots, then look at git diff"])


def test_a_picture_says_where_a_look_changed() -> None:
    def cells(*words: str) -> list[list[tuple[str, Style | None]]]:
        return [[(character, Style.parse(word)) for character, word in zip("ab", words, strict=True)]]

    plain = picture([cells("bold", "bold"), cells("dim", "dim")], ["dark", "light"])
    other = picture([cells("bold", "bold"), cells("dim", "italic")], ["dark", "light"])
    assert plain == "ab\n--- looks: dark | light\na: - on - bold | - on - dim\n--- cells\na2\n"
    assert other.endswith("a1 b1\n")
    with pytest.raises(AssertionError, match="light shows other characters"):
        picture([[[("a", None)]], [[("b", None)]]], ["dark", "light"])
