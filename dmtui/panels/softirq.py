"""The softirq worker: its done list, backlog and passes, and whether it is stalled (UI thread)."""

from __future__ import annotations

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.devices import mark
from dmtui.panels.line import Line, Row, wrap
from emulator.snapshot import SoftirqView


class SoftirqPanel(LinePanel):
    """The worker, and which mds complete without it."""

    STAGE = "softirq"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        lines: list[Line] = []
        for worker in model.softirqs:
            lines += _draw(model, worker, width, height)
        inline = [md.name for md in model.mds if md.completion == "inline"]
        if inline:
            text = f"{', '.join(inline)}: completion inline, the clone ends the original under the device's queue lock"
            lines += [Row(width).add(f" {part}", "fault").line() for part in wrap(text, width - 1)]
        return lines or [Row(width).add("no softirq worker", "dim").line()]


def _draw(model: Model, worker: SoftirqView, width: int, height: int) -> list[Line]:
    key = Key("softirq", worker.name)
    meter = model.softirq_meters.get(worker.name)
    state = ("× GONE", "fault") if model.is_dead(worker.name) else ("● running", "ok")
    title = Row(width).add(" ").add(*(("■ STALLED", "fault") if worker.stalled else state))
    if worker.delay:
        title.fits(f" +{numbers.micros(worker.delay)}", "busy")
    handled = meter.handled.value if meter else 0.0
    rate = () if model.is_dead(worker.name) else ((f"{numbers.count(handled)}/s", "value"),)
    lines = [title.right(*rate).line(key)]
    backlog = Row(width).add(" backlog ", "label").add(numbers.count(worker.backlog), _tone(worker.backlog))
    backlog.right((f"most {numbers.count(worker.backlog_max)}", "label"))
    lines.append(backlog.line(key))
    if meter and height >= 6:
        spark = numbers.sparkline(meter.backlog.last(width - 2), width - 2)
        lines.append(Row(width).add(" ").add(spark, "spark").line(key))
    lines += [_fault_line(model, worker, i, width).line(key) for i in range(len(worker.faults))][:2]
    done = Row(width).add(" done list ", "label")
    if worker.done:
        for item in worker.done:
            done.fits(f"{item} ", "marker")
    else:
        done.add("empty", "dim")
    lines.append(done.line(key))
    passes = meter.passes.value if meter else 0.0
    each = handled / passes if passes else 0.0
    row = Row(width).add(" passes ", "label").add(f"{numbers.count(passes)}/s", "value")
    lines.append(row.fits(f"  {each:.1f} each", "label").line(key))
    row = Row(width).add(" restarts ", "label").add(numbers.count(worker.restarts), "value")
    row.pair("  ksoftirqd ", numbers.count(worker.ksoftirqd), "busy" if worker.ksoftirqd else "value")
    lines.append(row.line(key))
    return lines


def _tone(backlog: int) -> str:
    return "fault" if backlog >= 64 else "busy" if backlog >= 16 else "value"


def _fault_line(model: Model, worker: SoftirqView, index: int, width: int) -> Row:
    fault = worker.faults[index]
    row = Row(width).add(f" {mark(fault)} {fault.type.upper()}", "fault")
    if fault.name != fault.type:
        row.fits(f" {fault.name}", "label")
    return row.right((f"fired {numbers.count(fault.fired)}", "value"))
