"""Our themes: dark, light and one that is safe for colour-blind eyes, with the colours of the domain as variables."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

_DARK: Mapping[str, str] = {
    "read": "#6cb6ff", "write": "#57d6a4", "marker": "#d2a6ff", "requeue": "#ffb454", "ok": "#8bd649",
    "busy": "#f0d060", "fault": "#ff6b6b", "lock": "#c9a4f0", "mine": "#7fdbca",
    "text": "#b9c4d0", "bright": "#f2f6fa", "label": "#8793a2", "dim": "#667180", "rule": "#333d4a",
    "ink": "#0b0f14", "panel": "#11161d", "chosen": "#1e2c3d", "accent": "#ffd173", "bar": "#6cb6ff",
    "spark": "#57d6a4", "border": "#364252", "current": "#ffd173",
    "heat1": "#2f5d8c", "heat2": "#3f9bb5", "heat3": "#e0b548", "heat4": "#ff7b54",
}

_LIGHT: Mapping[str, str] = {
    "read": "#0b62b8", "write": "#0d7a55", "marker": "#8135b5", "requeue": "#a85a00", "ok": "#2f7d10",
    "busy": "#8a6a00", "fault": "#c11f2e", "lock": "#6c3fa8", "mine": "#0a7a74",
    "text": "#2b333d", "bright": "#06090d", "label": "#56616d", "dim": "#79838f", "rule": "#cfd6dd",
    "ink": "#ffffff", "panel": "#fbfcfd", "chosen": "#dcebfa", "accent": "#9a5b00", "bar": "#0b62b8",
    "spark": "#0d7a55", "border": "#b9c2cc", "current": "#b06a00",
    "heat1": "#a9cbe8", "heat2": "#4f93c7", "heat3": "#b9770a", "heat4": "#a8231c",
}

_SAFE: Mapping[str, str] = {
    # Okabe and Ito's palette, lightened where a dark ground needs it; red and green are never a pair.
    "read": "#56b4e9", "write": "#f0e442", "marker": "#cc79a7", "requeue": "#e69f00", "ok": "#7cc7f2",
    "busy": "#e6c200", "fault": "#ff7f2a", "lock": "#cc79a7", "mine": "#9ad0f5",
    "text": "#c8ccd2", "bright": "#ffffff", "label": "#959ba5", "dim": "#727883", "rule": "#3a3f48",
    "ink": "#000000", "panel": "#101216", "chosen": "#22303f", "accent": "#f0e442", "bar": "#56b4e9",
    "spark": "#56b4e9", "border": "#454b55", "current": "#f0e442",
    "heat1": "#1f4e73", "heat2": "#2f86b8", "heat3": "#b9b02f", "heat4": "#fff7a8",
}


def _variables(colours: Mapping[str, str]) -> dict[str, str]:
    return {f"dm-{name}": colour for name, colour in colours.items()}


DEFAULTS = _variables(_DARK)
"""Values of the domain's variables for themes that do not know them."""


def _theme(name: str, colours: Mapping[str, str], dark: bool) -> Theme:
    return Theme(
        name=name, dark=dark, primary=colours["read"], secondary=colours["write"], accent=colours["accent"],
        warning=colours["busy"], error=colours["fault"], success=colours["ok"], foreground=colours["text"],
        background="#0b0f14" if dark else "#eef1f4", surface=colours["panel"],
        panel=colours["chosen"], variables=_variables(colours),
    )


THEMES = (_theme("dmtui-dark", _DARK, True), _theme("dmtui-light", _LIGHT, False), _theme("dmtui-safe", _SAFE, True))
"""In the order in which the theme key goes through them."""


def plain_name(name: str) -> str:
    """A theme's name as a person writes it, in the configuration and with ``--theme``."""
    return name.removeprefix("dmtui-")
