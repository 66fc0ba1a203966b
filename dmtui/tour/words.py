"""The tour's words as lines for a width: head, idea, what to press, what was seen, with a person's own keys (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dmtui.panels.line import BLANK, Line, Row, wrap
from dmtui.tour.chapters import CHAPTERS
from dmtui.tour.guide import Guide
from dmtui.tour.parts import with_keys
from dmtui.tour.place import WIDE

_KEY = re.compile(r"(\[[^\]\s]+\])")
END = (
    "That was the whole story: from a bio to its end, suspended and resumed, over paths that fail. Everything goes on "
    "working here, and nothing can be damaged."
)
ONWARDS = (
    "{open} opens scenarios, {console} takes dmsetup and multipath lines, {help} explains a panel; docs/seed.md shows "
    "sentence by sentence where it is in the code."
)


def title(guide: Guide) -> str:
    """Where we are, for the frame."""
    said = f"tour · chapter {guide.number} of {len(CHAPTERS)}: {guide.chapter.title}"
    if guide.over:
        return "tour · the end"
    return f"{said} · step {guide.at + 1} of {len(guide.chapter.steps)} {dots(guide)}"


def short_title(guide: Guide) -> str:
    """The same where there is little room."""
    if guide.over:
        return "tour · the end"
    where = f"tour {guide.number}/{len(CHAPTERS)} · {guide.chapter.name}"
    return f"{where} · step {guide.at + 1}/{len(guide.chapter.steps)} {dots(guide)}"


def dots(guide: Guide) -> str:
    """A dot for each step: ● done, ◉ now, ◌ gone past, ○ to come."""
    def dot(i: int) -> str:
        return "●" if i in guide.met else "◉" if i == guide.at else "◌" if i < guide.at else "○"

    return "".join(dot(i) for i in range(len(guide.chapter.steps)))


def lines(guide: Guide, keys: Mapping[str, str], width: int, height: int) -> list[Line]:
    """What the panel shows."""
    idea, todo = _texts(guide, keys)
    if width >= WIDE - 2:
        half = width * 55 // 100
        left = [(part, "") for part in wrap(idea, half - 3)]
        right = _todo(todo, width - half - 2)
        return [_beside(left, right, y, half, width) for y in range(height)]
    below = _todo(todo, width - 1)[:height]
    above = [Row(width).add(" ").add(part).line() for part in wrap(idea, width - 2)]
    room = height - len(below)
    if len(above) <= room:
        return [*above, *[BLANK] * (room - len(above)), *(_draw(cells, width) for cells in below)]
    # What was read already goes first once something was seen.
    return [*(above[-room:] if room and guide.seen else above[:room]), *(_draw(cells, width) for cells in below)]


Words = list[tuple[str, str]]


def _texts(guide: Guide, keys: Mapping[str, str]) -> tuple[str, list[tuple[str, str, str]]]:
    """The idea; then (glyph, text, style) of what to do and what was seen."""
    if guide.waiting:
        return f"Opening chapter {guide.number}: {guide.chapter.about}.", []
    step = guide.step
    if step is None:
        return END, [("→", with_keys(ONWARDS, keys), "")]
    press = ("▶", with_keys(step.press, keys), "head")
    if guide.seen:
        onward = "{tour.next} goes on." if guide.at + 1 < len(guide.chapter.steps) else _onward(guide)
        return step.idea, [("✓", f"{with_keys(guide.seen, keys)} {with_keys(onward, keys)}", "ok")]
    todo = [press]
    if guide.remark:
        todo.append(("▲", with_keys(guide.remark, keys), "busy"))
    return step.idea, todo


def _onward(guide: Guide) -> str:
    if guide.number == len(CHAPTERS):
        return "{tour.next} ends the tour."
    return f"{{tour.next}} opens chapter {guide.number + 1}, {CHAPTERS[guide.number].title}."


def _todo(todo: list[tuple[str, str, str]], width: int) -> list[Words]:
    found: list[Words] = []
    for glyph, text, style in todo:
        for i, part in enumerate(wrap(text, width - 4)):
            head = f" {glyph} " if i == 0 else "   "
            words: Words = [(head, style or "label")]
            words += [(piece, "key" if _KEY.fullmatch(piece) else style) for piece in _KEY.split(part) if piece]
            found.append(words)
    return found


def _draw(cells: Words, width: int) -> Line:
    row = Row(width)
    for text, style in cells:
        row.add(text, style)
    return row.line()


def _beside(left: list[tuple[str, str]], right: list[Words], y: int, half: int, width: int) -> Line:
    row = Row(width).add(" ")
    if y < len(left):
        row.add(*left[y])
    row.pad(half).add("│", "rule")
    for text, style in right[y] if y < len(right) else ():
        row.add(text, style)
    return row.line()
