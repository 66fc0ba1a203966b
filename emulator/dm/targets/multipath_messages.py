"""dmsetup message to a multipath target (multipath_message, reference 18.10).  Runs in the md's process."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.dm.targets.arguments import unsigned
from emulator.dm.targets.base import TableError

if TYPE_CHECKING:
    from emulator.dm.targets.multipath import Multipath

GROUPS = {"disable_group": "bypass_pg", "enable_group": "bypass_pg", "switch_group": "switch_pg_num"}
"""Group messages -> the function that the kernel log names."""
PATHS = frozenset({"fail_path", "reinstate_path"})
MODES = frozenset({"queue_if_no_path", "fail_if_no_path"})
MESSAGES = (*sorted(PATHS), *sorted(MODES), *GROUPS)
"""Every message's first word."""


def refused(text: str, error: int = errno.EINVAL) -> TableError:
    """The kernel refuses the message and says so."""
    return TableError(error, f"multipath: {text}", log=(f"multipath: {text}",))


def message(m: Multipath, words: list[str]) -> None:
    """Do what *words* say.  Raises TableError."""
    verb = words[0].lower() if words else ""
    if len(words) == 1 and verb in MODES:
        m.set_queue_if_no_path(verb == "queue_if_no_path")
    elif len(words) != 2 and m.host.era == "modern":
        raise refused(f"Invalid multipath message arguments. Expected 2 arguments, got {len(words)}.")
    elif len(words) == 2 and verb in GROUPS:
        _group_message(m, verb, words[1])
    elif len(words) == 2 and verb in PATHS:
        _path_message(m, verb, words[1])
    elif m.host.era == "modern":
        raise refused(f"Unrecognised multipath message received: {words[0]}")
    else:
        raise refused("Unrecognised multipath message received.")


def _path_message(m: Multipath, verb: str, device: str) -> None:
    try:
        lower = m.host.get_device(device)
    except TableError as error:
        number = error.errno if m.host.era == "modern" else errno.EINVAL
        raise refused(f"message: error getting device {device}", number) from None
    found = [path for group in m.groups for path in group.paths if path.lower is lower]
    if not found and m.host.era == "modern":
        raise TableError(errno.EINVAL, f"multipath: {device} is no path of {m.host.name}", log=())
    for path in found:
        if verb == "fail_path":
            m.fail_path(path, "message fail_path")
        else:
            m.reinstate_path(path)


def _group_message(m: Multipath, verb: str, word: str) -> None:
    number = unsigned(word)
    if not number or number > len(m.groups):
        raise refused(f"invalid PG number supplied to {GROUPS[verb]}")
    group = m.groups[number - 1]
    if verb == "switch_group":
        m.choice.switch_to(group)
        m.host.trigger_event()
    else:
        m.bypass(group, verb == "disable_group")
