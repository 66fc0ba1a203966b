"""How numbers are written on the screen: short, of steady width, the unit always there (no state, any thread)."""

from __future__ import annotations

import errno as _errno

KIB_PER_SECTOR = 0.5
_BARS = " ▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def count(value: float) -> str:
    """6412 -> "6,412", 1234567 -> "1.23M"; never longer than seven characters."""
    if value < 0:
        return "-" + count(-value)
    if value < 100_000:
        return f"{round(value):,}"
    for limit, unit in ((1e6, "k"), (1e9, "M"), (1e12, "G")):
        if value < limit * 0.9995:
            scaled = value / (limit / 1000)
            return f"{scaled:.{0 if scaled >= 99.95 else 1 if scaled >= 9.995 else 2}f}{unit}"
    return f"{value / 1e12:.2f}T"


def many(number: float, thing: str) -> str:
    """``1 bio``, ``2 bios``, ``2 passes``."""
    return f"{count(number)} {thing}{'' if number == 1 else 'es' if thing.endswith('s') else 's'}"


def rate(value: float) -> str:
    """A rate per second; one decimal while it is small."""
    return f"{value:.1f}" if 0 < value < 9.95 else count(value)


def micros(value: float) -> str:
    """A time in microseconds with its unit: "320µs", "1.25ms", "2.10s"; never longer than seven characters."""
    if value < 1_000:
        return f"{value:.0f}µs"
    if value < 10_000:
        return f"{value / 1e3:.2f}ms"
    if value < 1_000_000:
        return f"{value / 1e3:.{1 if value < 100_000 else 0}f}ms"
    if value < 100_000_000:
        return f"{value / 1e6:.{2 if value < 10_000_000 else 1}f}s"
    return f"{value / 1e6:.0f}s"


def micros_short(value: float) -> str:
    """A time in at most five characters: "320µs", "8.4ms", "120ms", "2.1s"."""
    for limit, unit in ((1e3, "µs"), (1e6, "ms"), (1e9, "s")):
        if value < limit * 0.9995:
            scaled = value / (limit / 1e3)
            return f"{scaled:.{1 if scaled < 9.95 and unit != 'µs' else 0}f}{unit}"
    return ">999s"


def nanos(value: float) -> str:
    """A time in nanoseconds with its unit."""
    return f"{value:.0f}ns" if value < 1_000 else micros(value / 1_000)


def size(sectors: int) -> str:
    """Sectors of 512 bytes as a person says it: 1 -> "512", 8 -> "4K", 4096 -> "2M"."""
    if not sectors:
        return "0"
    if sectors % 2 and sectors < 64:
        return str(sectors * 512) if sectors == 1 else f"{sectors * KIB_PER_SECTOR:.1f}K"
    kib = sectors * KIB_PER_SECTOR
    if kib < 1024:
        return f"{kib:.0f}K"
    if kib < 1024 * 1024:
        return f"{kib / 1024:.{0 if kib % 1024 == 0 else 1}f}M"
    return f"{kib / 1024 / 1024:.1f}G"


def volume(octets: float) -> str:
    """Bytes with a binary unit: "12.3MiB"."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if octets < 1024 or unit == "GiB":
            return f"{octets:.0f}{unit}" if unit == "B" else f"{octets:.1f}{unit}"
        octets /= 1024
    return ""


def clock(at_us: int, fine: bool = False) -> str:
    """Emulated time: "12.345s", "2:03.45", "1:02:03.4"; *fine*: to the microsecond, "12.345678s"."""
    seconds = at_us / 1e6
    if fine:
        minutes, rest = divmod(at_us, 60_000_000)
        parts = f"{rest // 1_000_000}.{rest % 1_000_000:06}"
        return f"{minutes}:{parts:0>9}" if minutes else f"{parts}s"
    if seconds < 60:
        return f"{seconds:.3f}s"
    if seconds < 3600:
        return f"{int(seconds // 60)}:{seconds % 60:05.2f}"
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02}:{seconds % 60:04.1f}"


def percent(share: float) -> str:
    """A share of one as "7%"; "<1%" where rounding would hide that it is not zero."""
    if 0 < share < 0.01:
        return "<1%"
    return f"{min(share, 9.99) * 100:.0f}%"


def times(speed: float) -> str:
    """A speed factor: 1.0 -> "1×", 0.05 -> "0.05×"."""
    return f"{speed:g}×"


def errno_name(number: int) -> str:
    """The kernel's name of an errno: 5 -> "EIO"; the number where it has none."""
    return _errno.errorcode.get(abs(number), str(number))


def sparkline(values: list[float], width: int, top: float | None = None) -> str:
    """The last *width* values as eighth blocks, scaled from zero; padded on the left."""
    shown = values[-width:]
    high = top if top is not None else max(shown, default=0.0)
    cells = "".join(
        _BARS[0] if value <= 0 or high <= 0 else _BARS[max(1, min(8, round(value / high * 8)))] for value in shown
    )
    return cells.rjust(width)


def bar(share: float, width: int) -> str:
    """A horizontal bar of *width* cells, filled by *share* (0..1) with eighths; never empty unless zero."""
    eighths = max(0, min(width * 8, round(share * width * 8)))
    if share > 0 and not eighths:
        eighths = 1
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)
