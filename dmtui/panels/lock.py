"""The queue lock: who holds it, who waits, and the share of time that it is held (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row
from emulator.snapshot import MdView

_LEAST = 4
"""Lines from which the histograms are drawn."""


class LockPanel(LinePanel):
    """The queue lock of each md."""

    STAGE = "lock"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if not model.mds:
            return [Row(width).add("no mapped device", "dim").line()]
        each = max(1, height // len(model.mds))
        lines: list[Line] = []
        for md in model.mds:
            lines += _draw(model, md, width, each)[:each]
        return lines


def _draw(model: Model, md: MdView, width: int, rows: int) -> list[Line]:
    key, lock, meter = Key("md", md.name), md.lock, model.lock_meter(md.name)
    share = meter.held.value
    many = len(model.mds) > 1
    chosen = many and model.selection.is_chosen("md", md.name)
    holder = Row(width).add("▌" if chosen else " ", "accent")
    if many or rows == 1:
        holder.add(f"{md.name} ", "head")
    if lock.holder:
        holder.add("● held by ", "lock").add(lock.holder, "value")
    else:
        holder.add("○ free", "label")
    held = (f"held {numbers.percent(share)} of time", "value" if share >= 0.5 else "")
    lines = [holder.right(held).line(key, chosen)]
    cells = max(8, width - 2)
    spark = numbers.sparkline(meter.history.last(cells), cells, top=1.0)
    waiters = Row(width).add(" ")
    if lock.waiters:
        waiters.add(f"◷ {len(lock.waiters)} waiting: ", "busy").add(", ".join(lock.waiters), "")
    else:
        waiters.add("nobody waits", "label")
    waiters.right((f"most {lock.waiters_max}", "label"))
    taken, contended = meter.acquired.value, meter.contended.value
    part = contended / taken if taken else 0.0
    counts = Row(width).add(" taken ", "label").add(f"{numbers.count(taken)}/s", "value")
    if model.speed != 1:
        counts.fits(" real time", "label")  # as all of a lock's times; the rates beside it go by the emulated clock
    counts.pair("  found taken ", numbers.percent(part), "busy" if part > 0.1 else "value")
    times = Row(width).add(" held at most ", "label").add(numbers.nanos(lock.held_ns_max), "value")
    times.pair("  waited at most ", numbers.nanos(lock.waited_ns_max))
    lines.append(waiters.line(key))
    if rows >= 5 or rows == 3:
        lines.insert(1, Row(width).add(" ").add(spark, "lock").line(key))
    lines += [counts.line(key), times.line(key)]
    if rows - len(lines) >= _LEAST:
        lines += _histograms(model, md, width, rows - len(lines))
    return lines


def _histograms(model: Model, md: MdView, width: int, rows: int) -> list[Line]:
    """Holds and waits of late by their time, a bar for each power of four; both on one scale of times."""
    meter = model.lock_meter(md.name)
    holds, waits = fours(meter.holds.gained), fours(meter.waits.gained)
    used = [i for i in range(max(len(holds), len(waits))) if _at(holds, i) or _at(waits, i)]
    if not used:
        return []
    shown = list(range(used[0], used[-1] + 1))[-(rows - 1):]
    half = (width - 10) // 2
    head = Row(width).add(" lately".ljust(10), "label").add("held".ljust(half), "lock").add("waited", "busy")
    lines = [head.line(Key("md", md.name))]
    most = [max((_at(counts, i) for i in shown), default=0) or 1 for counts in (holds, waits)]
    for i in shown:
        row = Row(width).add(f" <{numbers.nanos(4 ** (i + 1)):>7} ", "label")
        for counts, top, style in ((holds, most[0], "lock"), (waits, most[1], "busy")):
            number = _at(counts, i)
            text = numbers.count(number).rjust(7) if number else " " * 7
            row.add(numbers.bar(number / top, max(1, half - 9)), style).add(f"{text}  ", "value")
        lines.append(row.line(Key("md", md.name)))
    return lines


def fours(counts: Sequence[int]) -> list[int]:
    """Buckets of powers of two as those of powers of four: place i counts what is below 4**(i+1)."""
    return [sum(counts[2 * i + (1 if i else 0): 2 * i + 3]) for i in range(len(counts) // 2 + 1)]


def _at(counts: Sequence[int], index: int) -> int:
    return counts[index] if index < len(counts) else 0
