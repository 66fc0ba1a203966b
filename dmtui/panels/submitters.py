"""Submitters: what each has outstanding, how fast it goes and whether its data is right (UI thread)."""

from __future__ import annotations

from collections.abc import Callable

from dmtui.model import numbers
from dmtui.model.listing import submitters
from dmtui.model.meters import SubmitterMeter
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row
from emulator.plan import SubmitterSpec
from emulator.snapshot import SubmitterView

_CONSOLE = SubmitterSpec("", "")
"""What there is no spec of: lines that a person types."""
_Part = Callable[[SubmitterView, SubmitterMeter, SubmitterSpec, Row], Row]


class SubmittersPanel(LinePanel):
    """One block of lines for each submitter, smaller when there are many."""

    STAGE = "submitters"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        views = submitters(model)
        if not views:
            return [Row(width).add("no submitter", "dim").line()]
        each = max(1, height // len(views))
        lines: list[Line] = []
        for view in views:
            block = _draw(model, view, width, each)
            lines += [*block, BLANK] if len(block) < each else block
        return lines


def _mark(view: SubmitterView) -> tuple[str, str]:
    if view.corruption or view.failed:
        return ("×" if view.corruption else "!"), "fault"
    return ("▶", "ok") if view.running else ("□", "label")


def _draw(model: Model, view: SubmitterView, width: int, rows: int) -> list[Line]:
    key = Key("submitter", view.name)
    chosen = model.selection.is_chosen("submitter", view.name)
    meter = model.submitter_meters.get(view.name) or SubmitterMeter()
    spec = next((spec for spec in model.story.plan.submitters if spec.name == view.name), None)
    glyph, style = _mark(view)
    title = Row(width).add("▌" if chosen else " ", "accent").add(f"{glyph} ", style).add(view.name, "head")
    if rows == 1:
        title.right((f"{view.outstanding} out ", "label"), (f"{numbers.count(meter.iops.value)}/s", "value"))
    else:
        title.right((f"→{view.target}" if view.target else "io lines", "label"))
    if spec is None:
        body = [_oldest(view, meter, _CONSOLE, Row(width).add(f" {view.outstanding} out ", "value")).line(key)]
        return [title.line(key), *body[: rows - 1]]
    kept = sorted(_PARTS[: rows - 1], key=lambda part: part[0])
    body = [part(view, meter, spec, Row(width).add(" ")).line(key) for _, part in kept]
    return [title.line(key, chosen and len(model.submitters) > 1), *body]


def _speed(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    row.add(numbers.count(meter.iops.value), "value").add(" IOPS", "label")
    return row.right((f"{numbers.volume(meter.bytes.value)}/s", "label"))


def _outstanding(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    most = max(1, spec.depth * spec.jobs)
    row.add(f"{view.outstanding}", "value").add(f"/{most} out ", "label")
    return row.add(numbers.bar(min(1.0, view.outstanding / most), max(1, row.left - 1)), "bar")


def _failed(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    tone, mark = ("fault", "×") if view.failed else ("ok", "✓")
    return row.add("failed ", "label").add(f"{numbers.count(view.failed)} {mark}", tone)


def _mix(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    row.add(spec.pattern if view.running else "stopped", "label" if view.running else "busy").add(" ")
    total = view.reads + view.writes
    if total:
        reads = round(view.reads * 100 / total)
        row.fits(f"R{reads}% " if reads else "", "read").fits(f"W{100 - reads}%" if reads < 100 else "", "write")
    return row


def _spark(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    cells = max(1, row.left - 1)
    values = meter.history.last(cells)
    return row.add(numbers.sparkline(values, cells, top=max(values, default=0.0) * 1.1), "spark")


def _oldest(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    return row.add("oldest ", "label").add(numbers.micros(view.oldest), "busy" if view.overdue else "value")


def _latency(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    row.add("p50 ", "label").add(numbers.micros(view.p50), "value")
    return row.fits(f" p99 {numbers.micros(view.p99)}", "label")


def _data(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    if view.corruption:
        return row.add(f"× {view.corruption} corrupt reads", "fault")
    if not spec.verify:
        return row.add("data not verified", "dim")
    if not view.reads:
        return row.add("nothing read yet", "dim")
    return row.add("verified ", "label").add(numbers.volume(view.verified * 512), "value").fits(" ✓", "ok")


def _total(view: SubmitterView, meter: SubmitterMeter, spec: SubmitterSpec, row: Row) -> Row:
    return row.add(numbers.count(view.completed), "value").add(" completed", "label")


_PARTS: tuple[tuple[int, _Part], ...] = (
    (1, _outstanding), (0, _speed), (6, _failed), (2, _spark), (4, _oldest), (3, _mix), (5, _latency), (7, _data),
    (8, _total),
)
"""Lines under the title, the most telling first, with their place on the screen."""
