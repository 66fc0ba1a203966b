"""The queue lock: who holds it, who waits, and the share of time that it is held (UI thread)."""

from __future__ import annotations

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row
from emulator.snapshot import MdView


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
    counts.pair("  found taken ", numbers.percent(part), "busy" if part > 0.1 else "value")
    times = Row(width).add(" held at most ", "label").add(numbers.nanos(lock.held_ns_max), "value")
    times.pair("  waited at most ", numbers.nanos(lock.waited_ns_max))
    lines.append(waiters.line(key))
    if rows >= 5 or rows == 3:
        lines.insert(1, Row(width).add(" ").add(spark, "lock").line(key))
    lines += [counts.line(key), times.line(key)]
    return lines
