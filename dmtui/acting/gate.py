"""Every key and click passes here: what cannot act at this moment says so instead (UI thread)."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.actions import ActionParseResult
from textual.dom import DOMNode

from dmtui.acting.base import Base
from dmtui.keymap import HINTS, KeyHint
from dmtui.model.hindrance import hindered, why_hindered

_HINTS: Mapping[str, KeyHint] = {hint.action: hint for hint in HINTS}


class Gate(Base):
    """Stands before the actions of dmtui.keymap."""

    def hears(self, hint: KeyHint) -> None:
        """A key of the table was pressed, or clicked; called before it acts."""

    def hears_other(self, key: str) -> None:
        """A letter was pressed that nothing is bound to."""
        self.notify(f"{key} is no key here: {self.key('help')} shows the keys", timeout=2)

    def on_key(self, event: events.Key) -> None:
        """A key on its way back from the screen, where nothing took it."""
        board = self.dashboard
        letter = event.character if event.is_printable else None
        if self.screen is board and board.jump.targets:
            board.take_letter(event.character or "")
        elif letter is not None and self.screen is board and event.key not in self._known():
            self.hears_other(letter)
        else:
            return
        event.prevent_default()

    def _known(self) -> set[str]:
        return {key.strip() for hint in self.hints for key in hint.keys.split(",")}

    async def run_action(
        self, action: str | ActionParseResult, default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """As Textual's, for what can act."""
        hint = _hint_of(action, default_namespace in (None, self))
        if hint is not None:
            if hindered(self.model, hint):
                why = why_hindered(self.model, self.key(hint.id), self.key("open"), self.key("quit"))
                self.notify(why, severity="warning")
                return True
            self.hears(hint)
        return await super().run_action(action, default_namespace, namespaces)


def _hint_of(action: str | ActionParseResult, of_app: bool) -> KeyHint | None:
    """The key whose action it is; those of dialogs may have the same words."""
    if not isinstance(action, str):
        return None
    word = action.removeprefix("app.")
    return _HINTS.get(word) if of_app or word != action else None
