"""Where each panel stands for a size of screen: rectangles from a pure function, so tests can prove they fit.

Four shapes: wide shows the way of a bio in five columns, and multipath and charts where a column would stay empty; vast
has further panels below the way; medium shows it in three columns under the small pipeline; compact shows the small
pipeline and the panel of the current stage.
"""

from __future__ import annotations

from typing import NamedTuple

from dmtui.model.selection import Stage


class Rect(NamedTuple):
    """A panel's place."""

    x: int
    y: int
    width: int
    height: int


Places = dict[str, Rect]


class Holds(NamedTuple):
    """How much there is to show, in what decides how much room panels need."""

    submitters: int = 0
    """Submitters; 0 = not known."""
    devices: int = 0
    tree: int = 0
    """Lines of the tree of groups and paths; 0 = no table is multipath's."""


FURTHER: tuple[Stage, ...] = ("multipath", "heatmap", "charts", "lanes")
"""Panels that stand in the overview only where there is room for more than the way of a bio."""
VAST = (200, 60)
WIDE = (140, 34)
MEDIUM = (100, 30)
LEAST = (60, 20)
"""The smallest screen on which everything can be reached."""
NOTHING = Holds()
SIDE = 76
"""Columns from which the compact shape has a second panel beside the current one."""
HEADER = 2
SUBMITTER = 11
"""Rows of a submitter with all that is said of it, and one between two."""
KEYS_TWO = 14
"""Rows that the panels keep where the key line has two: the small pipeline, two devices, a line of the log."""
LANES_ROOMY = 20
"""Rows from which the messages leave some to the log: a request has ten of them."""
CHARTS_LEAST = 8
"""Rows from which charts stand below the submitters: two, in a frame."""
DEVICES_LEAST = 20
"""Rows that clones and devices keep where multipath stands below them."""


def frame(width: int, height: int, banner: int) -> tuple[Places, int, int]:
    """Header, banner and key line, and what is left between them: first row and number of rows."""
    places: Places = {"header": Rect(0, 0, width, HEADER)}
    most = max(1, (height - 12) // 2)
    lines = min(banner, most, 8)
    if lines:
        places["banner"] = Rect(0, HEADER, width, lines)
    top = HEADER + lines
    keys = 2 if height - top - 2 >= KEYS_TWO else 1
    body = max(3, height - top - keys)
    places["keys"] = Rect(0, height - keys, width, keys)
    return places, top, body


def console_height(body: int) -> int:
    """Rows of an open console below panels that share *body* rows with it."""
    return _between(5, body * 42 // 100, 20)


def arrange(
    width: int, height: int, stage: Stage, banner: int, mds: int = 1, console: bool = False, holds: Holds = NOTHING
) -> Places:
    """Places of all panels that are shown, by name; *banner* is the number of lines the alerts would like.

    An open *console* takes what it needs from the lower part: the log gives way where there is no room for both.
    """
    places, top, body = frame(width, height, banner)
    if width >= VAST[0] and height >= VAST[1]:
        places |= _vast(width, top, body, mds, console, holds)
    elif width >= WIDE[0] and height >= WIDE[1]:
        places |= _wide(width, top, body, mds, console, holds)
    elif width >= MEDIUM[0] and height >= MEDIUM[1]:
        places |= _medium(width, top, body, stage, mds, console)
    else:
        places |= _compact(width, top, body, stage, console)
    return places


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(high, value))


def _wide(width: int, top: int, body: int, mds: int, console: bool, holds: Holds) -> Places:
    foot = min(_between(15, body * 42 // 100, 26), body - 13) if console else _between(8, body // 5, 14)
    flow = body - foot
    why = _between(52, width * 36 // 100, 84)
    return _filled(_way(width, top, flow, mds), holds) | _foot(width, top + flow, foot, why, console)


def _vast(width: int, top: int, body: int, mds: int, console: bool, holds: Holds) -> Places:
    """The way, below it the paths with what became of them over time, below that what is told."""
    foot = _between(15, body * 30 // 100, 26) if console else _between(11, body // 5, 16)
    band = _between(12, body // 4, 18)
    flow = body - foot - band
    y = top + flow
    tree = width * 30 // 100 if holds.tree else 0
    heat = (width - tree) // 2
    places = _way(width, top, flow, mds) | {
        "heatmap": Rect(tree, y, heat, band),
        "charts": Rect(tree + heat, y, width - tree - heat, band),
    }
    if tree:
        places["multipath"] = Rect(0, y, tree, band)
    if console:
        return places | _foot(width, y + band, foot, 84, console)
    lanes, why = width * 36 // 100, width * 24 // 100
    log = width - lanes - why
    return places | {
        "log": Rect(0, y + band, log, foot),
        "lanes": Rect(log, y + band, lanes, foot),
        "why": Rect(log + lanes, y + band, why, foot),
    }


def _way(width: int, top: int, flow: int, mds: int) -> Places:
    """The way of a bio in five columns."""
    left = _between(22, width // 8, 30)
    right = _between(32, width * 18 // 100, 44)
    middle = width - left - right
    # Where there is room for every word of a clone, it is taken from the queue, whose lines end before.
    queue = middle * (35 if width >= VAST[0] else 42) // 100
    clones = middle * (32 if width >= VAST[0] else 26) // 100
    devices = middle - queue - clones
    lock = _between(7, 2 + 4 * mds, flow // 2)
    softirq = 10
    x_clones, x_devices = left + queue, left + queue + clones
    return {
        "submitters": Rect(0, top, left, flow),
        "queue": Rect(left, top, queue, flow - lock),
        "lock": Rect(left, top + flow - lock, queue, lock),
        "clones": Rect(x_clones, top, clones, flow),
        "devices": Rect(x_devices, top, devices, flow),
        "softirq": Rect(width - right, top, right, softirq),
        "completions": Rect(width - right, top + softirq, right, flow - softirq),
    }


def _filled(way: Places, holds: Holds) -> Places:
    """The charts below submitters that leave room, and multipath below clones and devices that keep enough."""
    submitters, clones, devices = way["submitters"], way["clones"], way["devices"]
    charts = submitters.height - 2 - SUBMITTER * holds.submitters
    more: Places = {}
    if holds.submitters and charts >= CHARTS_LEAST:
        more["submitters"] = submitters._replace(height=submitters.height - charts)
        more["charts"] = submitters._replace(y=submitters.y + submitters.height - charts, height=charts)
    rows = holds.tree + 2
    if holds.tree and devices.height - rows >= DEVICES_LEAST:
        rest = devices.height - rows
        more["clones"], more["devices"] = clones._replace(height=rest), devices._replace(height=rest)
        more["multipath"] = Rect(clones.x, clones.y + rest, clones.width + devices.width, rows)
    return way | more


def _foot(width: int, y: int, height: int, why: int, console: bool) -> Places:
    """The lower part: the log and why; with a console both stand beside it, one over the other."""
    if not console:
        return {"log": Rect(0, y, width - why, height), "why": Rect(width - why, y, why, height)}
    words = _between(5, height - 4, 8)
    return {
        "console": Rect(0, y, width - why, height),
        "why": Rect(width - why, y, why, words),
        "log": Rect(width - why, y + words, why, height - words),
    }


def _medium(width: int, top: int, body: int, stage: Stage, mds: int, console: bool) -> Places:
    pipe = 4
    foot = _between(9, body * 4 // 10, 18) if console else _between(7, body // 4, 10)
    flow = body - foot - pipe
    y = top + pipe
    left = 28
    queue = (width - left) * 53 // 100
    right = width - left - queue
    lock = _between(5, 2 + 3 * mds, flow // 2)
    submitters = _between(6, flow // 2, 9)
    clones = _between(5, flow // 3, 12)
    why = _between(46, width * 42 // 100, 60)
    rest = Rect(0, y + submitters, left, flow - submitters)
    if rest.height >= 18:
        below = {"softirq": rest._replace(height=8), "completions": Rect(0, rest.y + 8, left, rest.height - 8)}
    else:
        below = {"softirq" if stage == "softirq" else "completions": rest}
    return below | {
        "pipeline": Rect(0, top, width, pipe),
        "submitters": Rect(0, y, left, submitters),
        "queue": Rect(left, y, queue, flow - lock),
        "lock": Rect(left, y + flow - lock, queue, lock),
        "clones": Rect(left + queue, y, right, clones),
        "devices": Rect(left + queue, y + clones, right, flow - clones),
    } | _small_foot(width, y + flow, foot, why, stage, console)


def _small_foot(width: int, y: int, height: int, why: int, stage: Stage, console: bool) -> Places:
    """The lower part: beside a console only what is looked at, as its lines are long."""
    if not console:
        return {"log": Rect(0, y, width - why, height), "why": Rect(width - why, y, why, height)}
    if stage not in ("log", "why"):
        return {"console": Rect(0, y, width, height)}
    return {"console": Rect(0, y, width - why, height), stage: Rect(width - why, y, why, height)}


def _compact(width: int, top: int, body: int, stage: Stage, console: bool) -> Places:
    if console:
        lines = _between(4, body // 2, 16)
        return _compact(width, top, body - lines, stage, False) | {"console": Rect(0, top + body - lines, width, lines)}
    pipe = 4 if body >= 11 else 0
    y, rest = top + pipe, body - pipe
    places: Places = {"pipeline": Rect(0, top, width, pipe)} if pipe else {}
    log = _between(3 if rest < 11 else 4, rest * 3 // 10, 8) if rest >= 9 and stage != "log" else 0
    if stage == "lanes" and rest < LANES_ROOMY:
        log = 0
    main = rest - log
    side: Stage = "why" if stage == "devices" else "devices"
    if width >= SIDE and stage not in ("log", "why", "lanes"):
        beside = width * 46 // 100
        places[stage] = Rect(0, y, width - beside, main)
        places[side] = Rect(width - beside, y, beside, main)
    else:
        places[stage] = Rect(0, y, width, main)
    if log:
        places["log"] = Rect(0, y + main, width, log)
    return places


def too_small(width: int, height: int) -> str:
    """What to say instead of panels that cannot be read; "" = there is room."""
    if width >= LEAST[0] and height >= LEAST[1]:
        return ""
    said = f"window too small: {width}x{height}, needs {LEAST[0]}x{LEAST[1]}"
    return said if len(said) <= width else said.replace(": ", "\n")
