"""The panel of warnings: the chosen one is told whole, its keys act on what it is about."""

from __future__ import annotations

from typing import Any

import pytest

from dmtui.model.deeds import thing_of
from dmtui.model.selection import Key
from dmtui.model.warnings import FLAPS
from tests.ui import build
from tests.ui.pilot import opened, text


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_the_chosen_one_is_told_whole(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, source, pilot):
        app.show_layout("latency")
        failures = [("sda", 1_000_000), ("sdb", 1_500_000)]
        why: dict[str, Any] = {"md": "mpatha", "nr_valid_paths": 1, "reason": "EIO"}
        source.frames = [
            build.frame(60, events=tuple(
                build.event(at + 10 * i, "mpatha", "path_failed", path=path, **why)
                for path, at in failures for i in range(FLAPS)
            ))
        ]
        app.model.watch._say("slow path", Key("device", "sdb"), "half of " + "what no row has room for " * 6, 3_000_000)
        app.draw_frame()
        app.model.selection.stage = "warnings"
        app.draw_frame()
        await pilot.pause()
        seen: set[str] = set()
        for warning in app.model.watch.all:
            app.model.selection.pick(Key("warning", warning.name))
            app.model.touch()
            app.draw_frame()
            await pilot.pause()
            app.draw_frame()
            told = " ".join(text(app, "warnings").replace("▌", " ").split())
            assert warning.text.split()[-1] in told and " ".join(warning.text.split()[:2]) in told
            assert thing_of(app.model) == warning.key
            assert warning.name not in text(app, "keys") and f"{warning.key.name}:" in text(app, "keys")
            seen.add(warning.key.name)
        assert seen == {"sda", "sdb"}
