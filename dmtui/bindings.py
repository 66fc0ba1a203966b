"""The key table as Textual wants it: bindings of the dashboard and of the app (UI thread)."""

from __future__ import annotations

from textual.binding import Binding

from dmtui.keymap import HINTS

ALWAYS = [
    Binding("ctrl+q", "leave", "Quit from anywhere", show=False, id="quit.always", priority=True,
            tooltip="Stops every process and leaves, whatever is open"),
    Binding("ctrl+c", "interrupt", "Quit; while typing in the console: interrupt the line that waits", show=False,
            id="interrupt", priority=True, tooltip="A dmsetup suspend that waits returns EINTR"),
]
"""Bindings that also hold while a dialog is open."""


def bindings() -> list[Binding]:
    """The bindings of the dashboard, for Textual; its actions are the app's."""
    return [
        Binding(hint.keys, f"app.{hint.action}", hint.description, show=False, id=hint.id, tooltip=hint.tooltip,
                key_display=hint.name)
        for hint in HINTS
    ]
