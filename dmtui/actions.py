"""All that keys and clicks do: the base of the app, which adds the frame clock (UI thread)."""

from __future__ import annotations

from dmtui.acting.base import EXIT_ENDED, Source
from dmtui.acting.controlling import Controlling
from dmtui.acting.jumping import Jumping
from dmtui.acting.palette import Palette
from dmtui.acting.saving import Saving
from dmtui.acting.stepping import Stepping
from dmtui.acting.taking import Taking
from dmtui.acting.talking import Talking
from dmtui.acting.touring import Touring


class Actions(Palette, Touring, Controlling, Talking, Saving, Jumping, Taking, Stepping):
    """The actions behind the keys of dmtui.keymap."""


__all__ = ["EXIT_ENDED", "Actions", "Source"]
