"""The keys in the help: as many as there is room for are seen at once, each written as the key that it is."""

from __future__ import annotations

import re

import pytest

from tests.ui.pilot import opened


async def rows(size: tuple[int, int], *keys: str) -> list[str]:
    """What stands on the screen with the help open."""
    async with opened(size=size) as (app, _, pilot):
        await pilot.press("question_mark", *keys)
        await pilot.pause()
        return [strip.text for strip in app.screen._compositor.render_strips()]


async def test_a_wide_help_has_two_columns_that_begin_on_one_row() -> None:
    seen = await rows((160, 50))
    heads = next(row for row in seen if "Breaking and mending" in row)
    assert "Looking, taking, the app" in heads
    assert sum(bool(re.search(r"\bq  Quit\b", row)) for row in seen) == 1


@pytest.mark.parametrize("size", [(160, 50), (80, 24)])
async def test_faster_and_slower_are_told_by_their_own_keys(size: tuple[int, int]) -> None:
    seen = "\n".join(await rows(size, "pagedown") + await rows(size, "pagedown", "pagedown") + await rows(size))
    assert re.search(r" {5}\+  Faster", seen) and re.search(r" {5}-  Slower", seen)
    assert "+ -  Faster" not in seen
