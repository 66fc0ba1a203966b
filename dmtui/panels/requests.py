"""How a request looks: a block as wide as its size, a glyph, a word, a colour (pure; several panels use it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dmtui.model import numbers
from dmtui.model.listing import Lists, RequestKey
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.line import Line, Row
from emulator.snapshot import DeviceView, MdView, RequestView

_STATES: dict[str, tuple[str, str, str]] = {
    "SORTED": ("·", "SORTED", "label"),
    "LISTED": ("○", "LISTED", "value"),
    "PREPPED": ("◔", "PREPPED", "busy"),
    "MAPPING": ("◐", "MAPPING", "busy"),
    "HELD": ("■", "HELD", "busy"),
    "ISSUED": ("●", "ISSUED", "ok"),
    "DONE_PENDING": ("◑", "DONE", "marker"),
    "REQUEUED": ("↺", "REQUEUED", "requeue"),
    "QUEUED": ("○", "QUEUED", "value"),
    "STARTED": ("●", "STARTED", "ok"),
    "MEDIUM": ("●", "AT LUN", "ok"),
    "DONE": ("◑", "DONE", "marker"),
    "ENDING": ("◑", "ENDING", "marker"),
    "HUNG": ("×", "HUNG", "fault"),
}
"""Glyph, word and style for each state of the reference's charts."""

_OPS = {"R": "read", "W": "write", "F": "write", "D": "write", "M": "marker"}
WIDTH_MOST = 8
NONE_FOUND = " none that the filter finds"
"""Instead of a list of which the filter lets nothing pass."""


def width_of(sectors: int) -> int:
    """Cells of a request's block: 4 KiB and less is one, each doubling one more."""
    return max(1, min(WIDTH_MOST, (max(sectors, 1) * 2 - 1).bit_length() - 3))


def style_of(request: RequestView) -> str:
    """The style of its direction, or of what is more urgent about it."""
    if request.state == "HUNG" or "F" in request.flags:
        return "fault"
    if request.state == "REQUEUED" or (request.retries and request.state in ("LISTED", "PREPPED")):
        return "requeue"
    return _OPS.get(request.op, "dim")


def state_of(request: RequestView) -> tuple[str, str, str]:
    """Glyph, word and style of its state."""
    if request.op == "M":
        return "◆", "MARKER", "marker"
    if request.retries and request.state == "LISTED":
        return _STATES["REQUEUED"]
    if request.state == "ISSUED" and request.sectors and not request.bios:
        return _STATES["DONE_PENDING"]  # all its bios ended: only the softirq has not come to its clone
    return _STATES.get(request.state, ("?", request.state, "dim"))


def strip(requests: Sequence[RequestView], total: int, width: int, rows: int) -> list[Line]:
    """Requests as a row of blocks, front first; the last cells tell how many are not shown."""
    lines: list[Line] = []
    shown = 0
    for row_no in range(rows):
        row = Row(width)
        last = row_no == rows - 1
        while shown < len(requests):
            request = requests[shown]
            cells = width_of(request.sectors)
            reserve = 8 if last and total - shown > 1 else 0
            if row.left < cells + 1 + reserve:
                break
            style = style_of(request)
            letter = "◆" if request.op == "M" else "↺" if style == "requeue" else request.op
            row.add(letter.ljust(cells), f"{style}-block").add(" ")
            shown += 1
        if last and total > shown:
            row.add(f"+{numbers.count(total - shown)}", "label")
        lines.append(row.line())
        if shown >= total:
            break
    return lines


Again = Callable[[Model], Line | None]
"""See Line.again."""


def of_md(name: str, draw: Callable[[Model, MdView], Line]) -> Again:
    """A line about an md, drawn of what it is by then."""
    def again(model: Model) -> Line | None:
        md = model.find_md(name)
        return draw(model, md) if md is not None else None

    return again


def of_device(name: str, draw: Callable[[Model, DeviceView], Line]) -> Again:
    """The same of a device."""
    def again(model: Model) -> Line | None:
        device = next((each for each in model.devices if each.name == name), None)
        return draw(model, device) if device is not None else None

    return again


def row(request: RequestView, width: int, place: str = "", key: Key | None = None, chosen: bool = False) -> Line:
    """One request in words: direction, sector, size, bios, age, state, and where its clone went."""
    place = "▌" if chosen else place
    glyph, word, tone = state_of(request)
    if request.op == "M":
        line = Row(width).add(f"{place}{glyph} suspend marker", "marker")
        return line.right((word, "marker")).line(key, chosen)
    out = Row(width).add(place, "label").add(f"{request.op} ", _OPS.get(request.op, "dim"))
    out.add(f"{request.sector:>9} ", "").add(f"{numbers.size(request.sectors):>4} ", "value")
    if width >= 56:
        cells = width_of(request.sectors)
        out.add("▆" * cells + " " * (WIDTH_MOST - cells) + " ", style_of(request))
    if width >= 34:
        bios = f"{request.bios}b" if request.bios else ""
        out.add(f"{bios:>4} ", "label" if request.bios < 2 else "")
    tail: list[tuple[str, str]] = []
    room = out.left - 1
    for text, style, need in _tail(request, glyph, word, tone, room):
        if need <= room:
            tail.append((text, style))
            room -= need
    return out.right(*tail).line(key, chosen)


def window(
    lists: Lists, machine: str, shown: Sequence[RequestView], total: int, width: int, rows: int, front: str = " "
) -> list[Line]:
    """As many of the requests as fit, around the selected one, and how many there are besides."""
    if rows <= 0:
        return []
    at = next((i for i, request in enumerate(shown) if lists.is_chosen(machine, request.id)), 0)
    fit = len(shown) if len(shown) == total <= rows else min(len(shown), rows - 1)
    first = max(0, min(at - fit + 1, len(shown) - fit))
    lines = []
    for i, request in enumerate(shown[first : first + fit], first):
        identity = Key("request", RequestKey(machine, request.id).name)
        lines.append(row(request, width, " " if i else front, identity, lists.is_chosen(machine, request.id)))
    if total > fit and rows > fit:
        before = f"{numbers.count(first)} before, " if first else ""
        lines.append(Row(width).add(f"  … {before}{numbers.count(total - fit - first)} more", "dim").line())
    return lines


def _tail(request: RequestView, glyph: str, word: str, tone: str, room: int) -> Iterable[tuple[str, str, int]]:
    """What stands at the right end, the most telling first to be kept; order on screen is age, path, retries, state."""
    full = room >= 18
    state = f"{glyph} {word:<8}" if full else f"{glyph}"
    rest = room - len(state)
    age = f"{numbers.micros(request.age):>7} "
    path = f"→{request.path} " if request.path else ""
    again = f"#{request.retries} " if request.retries else ""
    if len(path) > rest:
        path = ""
    if len(age) <= rest - len(path):
        yield age, "label", len(age)
        rest -= len(age)
    if path:
        yield path, "accent", len(path)
        rest -= len(path)
    if again and len(again) <= rest:
        yield again, "requeue", len(again)
    yield state, tone, len(state)
