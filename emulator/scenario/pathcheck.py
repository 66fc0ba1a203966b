"""What multipathd's settings and port groups say about the rest of a scenario; used by the checker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.plan import MultipathdSpec
from emulator.scenario.document import Where
from emulator.scenario.errors import shown
from emulator.scenario.multipathd import MultipathdPart
from emulator.scenario.topology import DevicePart

MULTIPATHD = MultipathdSpec().name
"""Name of the path checker, where there is one."""


def check_multipaths(
    part: MultipathdPart | None,
    is_md: Callable[[Where, str], object],
    once: Callable[[dict[str, Where], str, Where, str], None],
) -> None:
    """Each map of ``multipaths`` is there, and once."""
    seen: dict[str, Where] = {}
    for index, each in enumerate((part.multipaths if part is not None else ()) or ()):
        where = ("multipathd", "multipaths", index, "alias")
        is_md(where, each.alias)
        once(seen, each.alias, where, "each map once")


def check_port_groups(devices: Sequence[tuple[Where, DevicePart]], say: Callable[[Where, str], None]) -> None:
    """Ports of one group of a LUN begin with one access state."""
    first: dict[tuple[str, int], DevicePart] = {}
    for where, device in devices:
        if not device.group:
            continue
        other = first.setdefault((device.lun, device.group), device)
        if other.access != device.access:
            wanted = f"expected {other.access}, which {other.name} of the same port group has"
            say((*where, "access"), f"found {shown(device.access)}, {wanted}")
