"""``dmsetup ls --tree``: mapped devices with what they stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.lab.language.base import Words, pick
from emulator.lab.language.dmsetup_columns import Seen

OPTIONS = (
    "device", "nodevice", "blkdevname", "active", "open", "rw", "uuid", "ascii", "utf", "inverted", "notrunc",
)
"""Of ``-o``."""
_SYMBOLS = {"ascii": ("|-", "`-", "| ", "  "), "utf": ("├─", "└─", "│ ", "  ")}
"""A branch with more behind it, the last branch, and what stands below each."""


def tree_lines(words: Words, seen: Mapping[str, Seen], names: Mapping[str, str], given: dict[str, str]) -> list[str]:
    """The tree of *seen* (mapped devices by number); *names* are kernel names of all devices by number.

    Raises LineError for an option that there is not.
    """
    chosen = {pick(words, word, OPTIONS, "a tree option") for word in given.get("options", "").split(",") if word}
    children = {dev: tuple(reversed(each.info.devices)) for dev, each in seen.items()}
    if "inverted" in chosen:
        children = _inverted(children)
    used = {child for below in children.values() for child in below}
    tops = [dev for dev in children if dev not in used]
    lines: list[str] = []
    for dev in tops:
        lines.append(_label(dev, seen, names, chosen))
        _walk((dev,), children, [], lines, lambda each: _label(each, seen, names, chosen), "utf" in chosen)
    return lines


def _inverted(children: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """From what is below to what is above."""
    above: dict[str, tuple[str, ...]] = {}
    for dev, below in children.items():
        for child in below:
            above[child] = (*above.get(child, ()), dev)
    return above


def _walk(
    above: tuple[str, ...], children: Mapping[str, tuple[str, ...]], more: list[bool], lines: list[str],
    label: Callable[[str], str], utf: bool,
) -> None:
    branch, last, through, nothing = _SYMBOLS["utf" if utf else "ascii"]
    below = [child for child in children.get(above[-1], ()) if child not in above]
    for index, child in enumerate(below):
        ends = index == len(below) - 1
        prefix = "".join(f" {through if goes_on else nothing}" for goes_on in more)
        lines.append(f"{prefix} {last if ends else branch}{label(child)}")
        _walk((*above, child), children, [*more, not ends], lines, label, utf)


def _label(dev: str, seen: Mapping[str, Seen], names: Mapping[str, str], chosen: set[str]) -> str:
    device = seen.get(dev)
    text = device.info.name if device is not None else ""
    if "blkdevname" in chosen:
        text += f" <{names.get(dev, dev)}>"
    if "nodevice" not in chosen:
        text += f" ({dev})"
    if device is None:
        return text
    info = device.info
    words: list[str] = []
    if "active" in chosen:
        words.append(info.state)
    if "rw" in chosen:
        words.append("RO" if info.read_only else "RW")
    if "open" in chosen:
        words.append(str(info.open_count))
    if "uuid" in chosen:
        words.append(info.uuid)
    return f"{text} [{', '.join(words)}]" if words else text
