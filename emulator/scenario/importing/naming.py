"""Names that a scenario can use for what a system calls its devices."""

from __future__ import annotations

import re

NAME_MOST = 32
_SD_MAJORS = (8, *range(65, 72), *range(128, 136))
_MINORS_EACH = 16
"""Of one disk: itself and its partitions."""


def disk_name(dev: str) -> str:
    """What Linux calls the disk *dev* (major:minor), when its number says so; else a name made of the number."""
    major, minor = map(int, dev.split(":"))
    if major not in _SD_MAJORS or minor % _MINORS_EACH:
        return f"dev{major}-{minor}"
    # Beyond the first 256 disks the numbers begin again at major 8 with minors from 256 on.
    index = minor // _MINORS_EACH % 16 + 16 * _SD_MAJORS.index(major) + 256 * (minor // 256)
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return f"sd{letters}"


class Names:
    """Gives each thing a name of its own that the scenario takes; remembers those that had to be changed."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self.changed: list[tuple[str, str]] = []
        """(what the system says, what the scenario says)."""

    def give(self, wanted: str, prefix: str) -> str:
        """*wanted*, or as near to it as can be; *prefix* goes before a name that does not begin with a letter."""
        name = re.sub(r"[^A-Za-z0-9_-]", "_", re.sub(r"\\x[0-9a-fA-F]{2}", "_", wanted)) or prefix
        if not re.match(r"[A-Za-z_]", name):
            name = f"{prefix}-{name}"
        if len(name) > NAME_MOST:
            name = f"{name[: len(prefix) + 4]}_{name[-(NAME_MOST - len(prefix) - 5) :]}"
        base, number = name, 2
        while name in self._taken:
            name = f"{base[: NAME_MOST - 4]}-{number}"
            number += 1
        self._taken.add(name)
        if name != wanted:
            self.changed.append((wanted, name))
        return name
