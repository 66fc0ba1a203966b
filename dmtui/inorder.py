"""Keys one after the other: the next is taken when the one before, and all it set off, is done (UI thread, Textual).

Textual hands a key to the widget that has the focus and asks the bindings only once the key has bubbled up to the app.
Of keys that come in one read (a slow line, type-ahead, a macro) the letters are then typed before Backspace or Enter
between them acts, and those behind a key that moves the focus go to the widget that had it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from textual import events
from textual.app import App, ScreenStackError
from textual.message_pump import MessagePump
from textual.widgets import Input

HELD_MOST = 8_192
"""Keys and mouse reports that wait for those before them.  Policy: what comes then is refused, and that is told."""
_WORDS = {"alt+b": "ctrl+left", "alt+f": "ctrl+right", "alt+d": "ctrl+backspace", "alt+backspace": "ctrl+w"}
"""Keys that move by words where a line is typed, by what Textual calls the same."""

Typed = events.InputEvent | events.Paste


class InOrder(App[int]):
    """Passes keys, pastes and clicks on one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[Typed] = deque()
        self._busy: asyncio.Task[None] | None = None
        """Goes behind the newest key wherever it goes."""
        self._refused = 0

    async def on_event(self, event: events.Event) -> None:
        """See App.on_event; what comes back from the screen was passed on before."""
        if not isinstance(event, Typed) or event.is_forwarded:
            await super().on_event(event)
        elif self._busy is None:
            await self._pass_on(event)
        else:
            self._hold(event)

    def _hold(self, event: Typed) -> None:
        if isinstance(event, events.MouseMove) and self._held and isinstance(self._held[-1], events.MouseMove):
            self._held[-1] = event
        elif len(self._held) < HELD_MOST:
            self._held.append(event)
        else:
            self._refused += 1

    async def _pass_on(self, event: Typed) -> None:
        """Hand it over; a key, a click or a paste has to be done before the next one."""
        if isinstance(event, events.Key):
            event = self._meant(event)
        way = self._key_way()
        await super().on_event(event)
        if isinstance(event, (events.Key, events.Paste, events.MouseUp)):
            self._busy = asyncio.create_task(self._go_behind(way))

    def _meant(self, key: events.Key) -> events.Key:
        """Escape and a letter in one read are what a terminal sends for Alt and the letter: where that is nothing, they
        are the two keys."""
        name = key.key.removeprefix("alt+")
        if name == key.key:
            return key
        if isinstance(self.focused, Input) and key.key in _WORDS:
            return events.Key(_WORDS[key.key], None)
        if key.character is None or any(key.key in each.key_to_bindings for _, each in self.screen._binding_chain):
            return key
        self._held.appendleft(events.Key(name, key.character))
        return events.Key("escape", "\x1b")

    def _key_way(self) -> Sequence[MessagePump]:
        """Where a key passes: from the focus up to the app."""
        return (self.focused or self.screen).ancestors_with_self

    async def _go_behind(self, way: Sequence[MessagePump]) -> None:
        """Be done when the newest key is: behind it once, behind what it posted on its way, and behind what has the
        focus now."""
        await _go(way)
        await _go(way)
        try:
            now = self._key_way()
        except ScreenStackError:
            return  # it was the key that ends the app
        if now != way:
            await _go(now)
        self.call_later(self._take_next)

    async def _take_next(self) -> None:
        self._busy = None
        while self._held and self._busy is None:
            await self._pass_on(self._held.popleft())
        if self._refused and not self._held:
            refused, self._refused = self._refused, 0
            self.notify(f"too much was typed at once: the last {refused} keys were not taken", severity="error")


async def _go(way: Sequence[MessagePump]) -> None:
    """Be done when everything that waits now in each of *way*, the first first, is done; one that ends has none."""
    for pump in way:
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if pump.call_later(passed.set_result, None):
            ends = {pump._task} if pump._task is not None else set()
            await asyncio.wait({passed, *ends}, return_when=asyncio.FIRST_COMPLETED)
