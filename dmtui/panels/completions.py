"""What reached the applications: I/Os per second, latency and its spread, errors (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from dmtui.model import numbers
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row, area
from emulator.snapshot import SubmitterView


class CompletionsPanel(LinePanel):
    """Sums over all submitters; the percentiles are the selected one's."""

    STAGE = "completions"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        views = model.submitters
        if not views:
            return [Row(width).add("no submitter", "dim").line()]
        failed = sum(view.failed for view in views)
        octets = sum(meter.bytes.value for meter in model.submitter_meters.values())
        top = Row(width).add(" IOPS ", "label").add(numbers.count(model.iops), "value")
        lines = [top.right((f"{numbers.volume(octets)}/s", "label")).line()]
        verdict = Row(width).add(" failed ", "label").add(numbers.count(failed), "fault" if failed else "ok")
        if failed:
            verdict.add(" ×", "fault").fits(" the application saw them", "fault")
        else:
            verdict.add(" ✓ none", "ok")
        lines.append(verdict.line())
        view = model.submitter or views[0]
        tail = [_percentiles(view, width)]
        if height >= 11:
            head = Row(width).add(f" {view.name} since its start", "label")
            tail.insert(0, head.rule().line())
        if height >= 9:
            tail.append(_worst(view, width, "" if height >= 11 else "since its start"))
        bars = _spread(model, view, width, height - len(lines) - len(tail) - 2) if height >= 10 else []
        chart = height - len(lines) - len(tail) - len(bars)
        if chart > 0:
            rows = min(chart, 6)
            values = model.iops_history.last(width - 2)
            picture = area(values, width - 2, rows, top=max(values, default=0.0) * 1.1)
            lines += [Row(width).add(" ").add(text, "spark").line() for text in picture]
        return lines + tail + bars


def _percentiles(view: SubmitterView, width: int) -> Line:
    row = Row(width)
    for name, value in (("p50", view.p50), ("p95", view.p95), ("p99", view.p99)):
        row.pair(f" {name} ", numbers.micros_short(value))
    return row.line()


def _worst(view: SubmitterView, width: int, words: str) -> Line:
    row = Row(width).pair(" max ", numbers.micros(view.latency_max))
    return row.right((words, "label")).line()


def _spread(model: Model, view: SubmitterView, width: int, most: int) -> list[Line]:
    """Bios of lately by latency, a bar for each power of two that has any."""
    meter = model.submitter_meters.get(view.name)
    gained: Sequence[int] = meter.latency.gained if meter else ()
    used = [i for i, number in enumerate(gained) if number > 0]
    if not used or most < 3:
        return []
    total = sum(gained)
    buckets = list(range(used[0], used[-1] + 1))[-(most - 1):]
    head = Row(width).add(" lately", "label").rule().line()
    lines = [head]
    for bucket in buckets:
        share = gained[bucket] / total
        row = Row(width).add(f" <{numbers.micros(2 ** bucket):>6} ", "label")
        row.add(numbers.bar(share, max(1, width - 15)), "bar").right((numbers.percent(share), "value"))
        lines.append(row.line())
    return lines
