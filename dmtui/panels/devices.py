"""The underlying devices: queue, requests in service, busy, faults, and the state of the path (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from dmtui.model import numbers
from dmtui.model.listing import oldest_first
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.model.vanished import word
from dmtui.panels import requests
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row, still
from emulator.snapshot import DeviceView, FaultView, RequestView

_MOST = 18
"""Lines of one device at the most."""
_FAULT_MARKS = {"error": "!", "busy": "◐", "latency": "◷", "hang": "■", "hold": "‖", "partial": "◩", "gone": "×"}


class DevicesPanel(LinePanel):
    """One block of lines for each device; eight devices still fit, with fewer lines each."""

    STAGE = "devices"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if not model.devices:
            return [Row(width).add("no device", "dim").line()]
        each = max(1, min(_MOST, height // len(model.devices)))
        lines: list[Line] = []
        for device in model.devices:
            lines += draw_device(model, device, width, each)
        return lines


def path_cells(model: Model, device: DeviceView) -> tuple[str, str]:
    """Glyph, word and style of the state of the path that the device is, worst first."""
    if device.gone:
        return f"× {word(device).upper()}", "fault"
    places = model.paths_to(device.name)
    if any(not path.active for _, _, _, path in places):
        return "▼ failed", "fault"
    return ("▲ active", "ok") if places else ("○ no path", "label")


def draw_device(model: Model, device: DeviceView, width: int, rows: int) -> list[Line]:
    """A device in *rows* lines; what matters most comes first: faults before figures."""
    key = Key("device", device.name)
    chosen = model.selection.is_chosen("device", device.name)
    lines = [_title(model, device, width, rows).line(key, chosen)]
    if rows >= 2:
        lines.append(_load(device, width, chosen))
    room = max(1, (rows - 1) // 2) if rows >= 3 else 0
    if len(device.faults) > room > 0:
        faults = [_badges(device, width).line(key)]
    else:
        faults = [_fault(fault, width).line(key) for fault in device.faults[:room]]
    spare = rows - len(lines) - len(faults)
    blocks = spare >= 2
    if spare >= 3 or spare == 1:
        lines.append(_speed(model, device, width).line(key))
    lines += faults
    if blocks:
        lines += [_queued(device, width), _in_service(device, width)]
    if rows - len(lines) >= 4:
        # Of very many the rows are a sample, with which no count can disagree: the blocks move.
        few = device.nr_queued + device.nr_service <= rows
        lines = [*(still(lines) if few else lines), *_busiest(model, device, width, rows - len(lines))]
    return (lines + [BLANK] * rows)[:rows]


def _busiest(model: Model, device: DeviceView, width: int, rows: int) -> list[Line]:
    """The requests that are longest on the device, or as they are asked for."""
    listing = model.lists.get("devices")
    shown = listing.requests(oldest_first((*device.service, *device.queue)))
    if not shown and listing.filter is not None:
        return [Row(width).add(requests.NONE_FOUND, "dim").line()]
    total = device.nr_service + device.nr_queued if listing.filter is None else len(shown)
    return requests.window(model.lists, device.name, shown, total, width, rows, under=listing)


def _title(model: Model, device: DeviceView, width: int, rows: int) -> Row:
    chosen = model.selection.is_chosen("device", device.name)
    text, style = path_cells(model, device)
    row = Row(width).add("▌" if chosen else " ", "accent").add(device.name, "head").add(f" {device.dev} ", "label")
    row.add(text, style)
    if device.busy and not device.gone:
        row.fits(" ◐ BUSY", "busy")
    if rows < 3:
        for fault in device.faults:
            row.fits(f" {mark(fault)}{fault.type} {fault.fired}", "fault")
    if rows == 1:
        row.right((f"{device.nr_queued}q {device.nr_service}s", "value"))
        return row
    places = model.paths_to(device.name)
    if places:
        _, number, state, path = places[0]
        return row.right((f"{'▸' if path.current else ''}group {number} {state}", "label"))
    return row.right((device.lun, "label"))


def mark(fault: FaultView) -> str:
    """The glyph of a fault's type."""
    return _FAULT_MARKS.get(fault.type, "!")


def _load(device: DeviceView, width: int, chosen: bool) -> Line:
    row = Row(width).add(f" {device.nr_service:>2}/{device.depth}", "value").add(" in service ", "label")
    share = device.nr_service / device.depth if device.depth else 0.0
    row.add(numbers.bar(share, max(4, min(12, width - 30))), "busy" if device.busy else "bar")
    row.fits(f" {device.nr_queued}", "value").fits(" queued", "label")
    again = requests.of_device(device.name, lambda _, it: _load(it, width, chosen))
    return row.line(Key("device", device.name), chosen, again)


def _speed(model: Model, device: DeviceView, width: int) -> Row:
    row = Row(width).add(" ")
    meter = model.device_meters.get(device.name)
    if meter is None:
        return row
    row.add(f"{numbers.count(meter.iops.value)}/s ", "value").fits(f"{numbers.volume(meter.bytes.value)}/s ", "label")
    row.fits(f"used {numbers.percent(meter.busy.value)} ", "label")
    row.fits(f"lock {numbers.percent(meter.lock.held.value)} ", "lock")
    if device.lock.holder and model.deadlocked is not None:
        row.fits(f"■ held by {device.lock.holder} ", "fault")
    if device.errors:
        row.fits(f"× {numbers.many(device.errors, 'error')}", "fault")
    return row


def _queued(device: DeviceView, width: int) -> Line:
    again = requests.of_device(device.name, lambda _, it: _queued(it, width))
    return _blocks(" queue   ", device.queue, device.nr_queued, width, Key("device", device.name), again)


def _in_service(device: DeviceView, width: int) -> Line:
    again = requests.of_device(device.name, lambda _, it: _in_service(it, width))
    return _blocks(" service ", device.service, device.nr_service, width, Key("device", device.name), again)


def _blocks(
    name: str, shown: Sequence[RequestView], total: int, width: int, key: Key, again: requests.Again
) -> Line:
    if not total:
        return Row(width).add(name, "label").add("empty", "dim").line(key, again=again)
    line = requests.strip(shown, total, width - len(name), 1)[0]
    return Line(((name, "label"), *line.cells), key, again=again)


def _badges(device: DeviceView, width: int) -> Row:
    """All faults in one line."""
    row = Row(width).add(" ")
    for fault in device.faults:
        row.fits(f"{mark(fault)} {fault.type.upper()} {numbers.count(fault.fired)}  ", "fault")
    return row


def _fault(fault: FaultView, width: int) -> Row:
    row = Row(width).add(f" {mark(fault)} {fault.type.upper()} ", "fault")
    row.add(f"{fault.name} " if fault.name != fault.type else "", "label")
    armed = (f"armed {numbers.count(fault.armed)} ", "label")
    fired = (f"fired {numbers.count(fault.fired)}", "value")
    return row.right(armed, fired) if row.left > 26 else row.right(fired)
