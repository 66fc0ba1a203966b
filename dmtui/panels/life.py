"""A life drawn: what led to what, where the time went, each step, bios and attempts (UI thread)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row, wrap
from emulator.trace.life import BioLife, Life, Step, Wait

_TONES = {"": ("·", ""), "good": ("✓", "ok"), "error": ("×", "fault"), "requeue": ("↺", "requeue"),
          "wait": ("◷", "busy"), "mark": ("◆", "marker")}
"""Glyph and style of a step's tone."""
_WAITS = {"way": "label", "way back": "label", "queue": "read", "busy": "busy", "held": "busy", "requeued": "requeue",
          "device queue": "lock", "service": "ok", "turn": "label", "softirq": "marker", "lock": "fault"}
BAR_MOST = 24


class LifePanel(LinePanel):
    """Scrolls over the lines of one life; ``follow`` keeps the end in sight."""

    def __init__(self) -> None:
        super().__init__(id="life")
        self.life: Life | None = None
        self.pattern = ""
        """Only steps with this in them, in any case."""
        self.first = 0
        self.follow = False
        self.at: int | None = None
        """Which of the steps that lead to a life is under the cursor; None = there is no cursor."""
        self._built: tuple[Life | None, int, str, int | None] = (None, 0, "", None)
        self._all: list[Line] = []
        self.label = ""
        """Whose life is awaited."""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if self.life is None:
            says = Row(width).add("◌ reading the flight recorder … ", "busy")
            return [says.add(self.label, "label").line()]
        lines = self._lines_of(self.life, width)
        if self.at is not None:
            row = next((y for y, line in enumerate(lines) if line.chosen), self.first)
            self.first = min(row, max(self.first, row - height + 2))
        most = max(0, len(lines) - height)
        self.first = most if self.follow else max(0, min(self.first, most))
        return lines[self.first : self.first + height]

    def _lines_of(self, life: Life, width: int) -> list[Line]:
        """All lines, made anew only when something changed: a lock's life has more than a thousand."""
        built = (life, width, self.pattern, self.at)
        if self._built[0] is not life or self._built[1:] != built[1:]:
            self._built, self._all = built, life_lines(*built)
        return self._all

    @property
    def leading(self) -> list[Step]:
        """The steps on the screen that lead to another life."""
        return [step for step in shown_steps(self.life, self.pattern) if step.about] if self.life else []

    def move(self, step: int) -> Step | None:
        """Put the cursor on the next (or the previous) step that leads to a life; None = there is none."""
        found = self.leading
        if not found:
            self.at = None
            return None
        at = (0 if step > 0 else len(found) - 1) if self.at is None else self.at + step
        self.at, self.follow = max(0, min(len(found) - 1, at)), False
        return found[self.at]

    def scroll_by(self, rows: int) -> None:
        """Down, or up (negative); up ends following."""
        self.follow = self.follow and rows > 0
        self.at = None
        self.first = max(0, self.first + rows)


def shown_steps(life: Life, pattern: str) -> list[Step]:
    """Those with *pattern* in them, in any case."""
    return [step for step in life.steps if pattern.lower() in _text(step).lower()]


def life_lines(life: Life, width: int, pattern: str = "", at: int | None = None) -> list[Line]:
    """All lines of *life* in *width* cells; the cursor is on the *at*-th of the steps that lead to a life."""
    lines = [*_head(life, width)]
    lines += _waits(life, width)
    lines += _bios(life, width)
    shown = shown_steps(life, pattern)
    unit = "step" if life.kind != "lock" else "hold"
    total = f"{len(life.steps)} {unit}{'' if len(life.steps) == 1 else 's'}"
    title = f"{len(shown)} of {total} with {pattern!r}" if pattern else total
    row = Row(width).add(f"{title} ", "head")
    if life.kind == "lock":
        row.fits("at times of the emulated clock; waited and held are real time ", "label")
    lines.append(row.rule().line())
    before = life.since_us
    leads = 0
    for step in shown:
        lines += _step(life, step, before, width, bool(step.about) and leads == at)
        leads += bool(step.about)
        before = step.at_us
    return lines


def _text(step: Step) -> str:
    return " ".join((step.machine, step.context, step.function, step.text, *step.locks))


def _head(life: Life, width: int) -> Iterator[Line]:
    if life.reason:
        for at, text in enumerate(wrap(life.reason, width - 8)):
            row = Row(width).add("why     " if at == 0 else "        ", "label")
            yield row.add(text, "fault" if "to the application" in text else "value").line()
    for text in life.facts:
        for at, part in enumerate(wrap(text, width - 2)):
            yield Row(width).add("  " if at else "").add(part, "label").line()
    for text in life.missing:
        for at, part in enumerate(wrap(text, width - 2)):
            yield Row(width).add("  " if at else "▲ ", "busy").add(part, "busy").line()
    if life.attempts:
        row = Row(width).add("tried   ", "label")
        for each in life.attempts:
            ended = ("✓", "ok") if each.verdict == "ok" else ("×", "fault")
            glyph, style = ended if each.verdict else ("…", "busy")
            row.fits(f"{glyph} {each.device or 'no path'} (clone {each.clone}) ", style)
        yield row.line()


def _waits(life: Life, width: int) -> list[Line]:
    """Where the time went, as bars on one scale."""
    if not life.waits or not life.steps:
        return []
    end = max(life.steps[-1].at_us, 0 if life.ended else life.told_us)
    whole = max(1, end - life.since_us)
    bar = max(8, min(BAR_MOST * 2, width - 46))
    lines = [Row(width).add("time ", "head").rule().line()]
    for alike in _rows_of(life.waits):
        what, where = alike[0].what, alike[0].where
        spans = [(wait.since_us, end if wait.until_us < 0 else wait.until_us) for wait in alike]
        style = _WAITS.get(what, "bar")
        row = Row(width).add(f"{what:<13}", style).add(f"{where[:12]:<13}", "label")
        row.add(f"{numbers.micros(_covered(spans)):>9} ", "value")
        row.add(_bar([(since - life.since_us, until - life.since_us) for since, until in spans], whole, bar), style)
        if len(alike) > 1:
            row.fits(f" of {len(alike)} bios", "label")
        if any(wait.until_us < 0 for wait in alike):
            row.add(" goes on", "busy")
        lines.append(row.line())
    rest = whole - _covered([(wait.since_us, end if wait.until_us < 0 else wait.until_us) for wait in life.waits])
    if rest * 100 >= whole:
        row = Row(width).add(f"{'the rest':<26}", "label").add(f"{numbers.micros(rest):>9} ", "value")
        lines.append(row.add("messages on their way, and what the machines did between", "dim").line())
    return lines


def _rows_of(waits: Sequence[Wait]) -> list[list[Wait]]:
    """Those of one row each: of the ways of bios, whose they are is of no interest."""
    rows: dict[tuple[str, str, int], list[Wait]] = {}
    for nth, wait in enumerate(waits):
        rows.setdefault((wait.what, wait.where, 0 if wait.what in ("way", "way back") else nth), []).append(wait)
    return list(rows.values())


def _bar(spans: Sequence[tuple[int, int]], whole: int, cells: int) -> str:
    """*spans* of *whole* microseconds, drawn in so many cells, none of them on nothing."""
    drawn = [" "] * cells
    for since_us, until_us in spans:
        first = max(0, min(round(since_us / whole * cells), cells - 1))
        last = min(first + max(1, round((until_us - since_us) / whole * cells)), cells)
        drawn[first:last] = "█" * (last - first)
    return "".join(drawn).rstrip()


def _covered(spans: Sequence[tuple[int, int]]) -> int:
    """Microseconds that lie in at least one of *spans*."""
    covered, reached = 0, -1
    for since_us, until_us in sorted(spans):
        covered += max(0, until_us - max(since_us, reached))
        reached = max(reached, until_us)
    return covered


def _in_md(bio: BioLife) -> str:
    """Not what the submitter measured: that has the ways there and back in it."""
    return f"after {numbers.micros(bio.ended_us - bio.came_us)} in the md"


def _bios(life: Life, width: int) -> list[Line]:
    if not life.bios:
        return []
    lines = [Row(width).add(f"{len(life.bios)} bio{'' if len(life.bios) == 1 else 's'} ", "head").rule().line()]
    for bio in life.bios[:16]:
        row = Row(width).add(f"{bio.owner} {bio.bio} ", "value").add(f"{bio.sector}+{bio.sectors} {bio.how} ", "label")
        if bio.ended_us < 0:
            row.fits("not ended", "busy")
        elif bio.errno:
            row.fits(f"× {numbers.errno_name(bio.errno)} {_in_md(bio)}", "fault")
        else:
            row.fits(f"✓ ok {_in_md(bio)}", "ok")
        lines.append(row.line())
    if len(life.bios) > 16:
        lines.append(Row(width).add(f"… {len(life.bios) - 16} more", "dim").line())
    return lines


def _step(life: Life, step: Step, before_us: int, width: int, chosen: bool) -> Iterator[Line]:
    """One line where there is room, else the words on a second one; a click on it opens the life that it leads to."""
    glyph, style = _TONES[step.tone]
    key = Key("life", step.about) if step.about else None
    leads = f" › {step.about}" if step.about else ""
    delta = step.at_us - before_us
    row = Row(width).add(f"{numbers.micros(step.at_us - life.since_us):>8} ", "value")
    row.add(f"{'+' + numbers.micros(delta) if delta else '':>8} ", "label")
    if life.kind == "lock":
        yield from _hold(step, row.add(f"{glyph} ", style), style)
        return
    row.add(f"{step.machine[:9]:<10}", "accent")
    context = step.context
    locks = "".join(f" ⚿{lock.removesuffix('.queue_lock')}" for lock in step.locks)
    room = 30 if width >= 130 else 0
    if room:
        row.add(context[:16]).add(locks[: room - 17], "lock").pad(28 + room)
        row.add(f"{glyph} {step.function[:27]:<28}", style or "head")
        column = width - row.left
        first, *more = wrap(step.text, max(10, row.left - len(leads))) or [""]
        rows = [row.add(first, style), *(Row(width).pad(column).add(part, style) for part in more)]
        rows[-1].add(leads, "accent")
        yield from (each.line(key, chosen) for each in rows)
        return
    row.add(f"{glyph} {step.function} ", style or "head").fits(context, "label").fits(locks, "lock")
    yield row.fits(leads, "accent").line(key, chosen)
    for part in wrap(step.text, max(10, width - 31)):
        yield Row(width).add(" " * 30).add(part, style or "").line(key, chosen)


def _hold(step: Step, row: Row, style: str) -> Iterator[Line]:
    """A turn with the lock: whose, and what is told of it."""
    first, *more = wrap(step.text, max(10, row.left - 18)) or [""]
    column = row.width - row.left + 17
    yield row.add(f"{step.context[:16]:<17}", "head").add(first, style).line()
    for part in more:
        yield Row(row.width).pad(column).add(part, style).line()


def sequence(lines: Sequence[Line]) -> str:
    """The lines as plain text, for copying."""
    return "\n".join("".join(text for text, _ in line.cells).rstrip() for line in lines)


__all__ = ["BLANK", "LifePanel", "life_lines", "sequence", "shown_steps"]
