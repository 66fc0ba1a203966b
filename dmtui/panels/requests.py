"""How a request looks: a block as wide as its size, a glyph, a word, a colour (pure; several panels use it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dmtui.model import numbers
from dmtui.model.listing import Listing, Lists, RequestKey
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
WITH_BIOS, WITH_BLOCKS = 34, 56
"""Width from which a row tells how many bios the request has, and shows it as a block."""
HEADED = 7
"""Lines of a list from which one of them names the columns."""
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
    if width >= WITH_BLOCKS:
        cells = width_of(request.sectors)
        out.add("▆" * cells + " " * (WIDTH_MOST - cells) + " ", style_of(request))
    if width >= WITH_BIOS:
        bios = f"{request.bios}b" if request.bios else ""
        out.add(f"{bios:>4} ", "label" if request.bios < 2 else "")
    tail = [(text, style) for text, style, _ in _tail(request, glyph, word, tone, out.left - 1)]
    return out.right(*tail).line(key, chosen)


def heads(shown: Sequence[RequestView], width: int, rows: int, listing: Listing) -> list[Line]:
    """The names of the columns over a :func:`row` for each request, where *rows* lines are room enough for it too.

    A click on a name sorts by it; the arrow of the one that is sorted by stands in the blank before it.
    """
    if rows < HEADED or not shown:
        return []
    sample = next((request for request in shown if request.path), shown[0])
    text = f" op{'sector':>9} size "
    text += " " * (WIDTH_MOST + 1) if width >= WITH_BLOCKS else ""
    text += "bios " if width >= WITH_BIOS else ""
    tail = _tail(sample, *state_of(sample), width - len(text) - 1)
    text += "".join(_head(column, len(cells)) for cells, _, column in tail).rjust(width - len(text))
    line = Row(width)
    before, word, after = text.partition(f" {listing.column}")
    if listing.column and word:
        line.add(before, "label").add(listing.arrow + listing.column, "accent").add(after, "label")
    else:
        line.add(text, "label")
    return [line.line(Key("column", ""))]


def _head(column: str, cells: int) -> str:
    """Its name over so many cells; nothing where it has no room."""
    word = f"{column} " if len(column) <= cells else ""
    return word.rjust(cells) if column == "age" else word[:cells].ljust(cells)


def window(
    lists: Lists, machine: str, shown: Sequence[RequestView], total: int, width: int, rows: int, front: str = " ",
    under: Listing | None = None,
) -> list[Line]:
    """As many of the requests as fit, around the selected one, and how many there are besides; under the heads of
    *under*, if there is room."""
    if rows <= 0:
        return []
    lines = heads(shown, width, rows, under) if under is not None else []
    rows -= len(lines)
    at = next((i for i, request in enumerate(shown) if lists.is_chosen(machine, request.id)), 0)
    fit = len(shown) if len(shown) == total <= rows else min(len(shown), rows - 1)
    first = max(0, min(at - fit + 1, len(shown) - fit))
    for i, request in enumerate(shown[first : first + fit], first):
        identity = Key("request", RequestKey(machine, request.id).name)
        lines.append(row(request, width, " " if i else front, identity, lists.is_chosen(machine, request.id)))
    if total > fit and rows > fit:
        before = f"{numbers.count(first)} before, " if first else ""
        lines.append(Row(width).add(f"  … {before}{numbers.count(total - fit - first)} more", "dim").line())
    return lines


def _tail(request: RequestView, glyph: str, word: str, tone: str, room: int) -> Iterable[tuple[str, str, str]]:
    """What stands at the right end, with its column, the most telling kept first; on screen: age, path, retries, state.
    """
    state = f"{glyph} {word:<8}" if room >= 18 else f"{glyph}"
    rest = room - len(state)
    age = f"{numbers.micros(request.age):>7} "
    path = f"→{request.path} " if request.path else ""
    again = f"#{request.retries} " if request.retries else ""
    if len(path) > rest:
        path = ""
    if len(age) <= rest - len(path):
        yield age, "label", "age"
        rest -= len(age)
    if path:
        yield path, "accent", "path"
        rest -= len(path)
    if again and len(again) <= rest:
        yield again, "requeue", "retries"
    yield state, tone, "state"
