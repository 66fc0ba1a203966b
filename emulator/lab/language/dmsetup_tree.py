"""``dmsetup ls --tree``: every mapped device that is under no other, and below it what its live table opens."""

from __future__ import annotations

from emulator.lab.language.dmsetup_base import device_info
from emulator.lab.session import Session, Wait


def tree(session: Session) -> Wait[list[str]]:
    """The lines, as libdevmapper draws them in ASCII; disks have no name there."""
    names: dict[str, str] = {}
    below: dict[str, list[str]] = {}
    for cell in session.names.all():
        names[cell.dev] = cell.name
        # Each device that a table opened is at the head of the kernel's list.
        below[cell.dev] = list(reversed((yield from device_info(session, cell)).devices))
    used = {dev for devices in below.values() for dev in devices}
    lines: list[str] = []
    for dev in below:
        if dev not in used:
            lines += _drawn(dev, names, below, ())
    return lines


def _drawn(dev: str, names: dict[str, str], below: dict[str, list[str]], above: tuple[str, ...]) -> list[str]:
    """*dev* and what is below it; each level is three columns wide."""
    lines = [f"{names.get(dev, '')} ({dev})"]
    children = [child for child in below.get(dev, []) if child not in above and child != dev]
    for child in children:
        last = child is children[-1]
        drawn = _drawn(child, names, below, (*above, dev))
        lines.append((" `-" if last else " |-") + drawn[0])
        lines += [("   " if last else " | ") + line for line in drawn[1:]]
    return lines
