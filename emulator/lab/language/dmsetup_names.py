"""Names of mapped devices as libdevmapper takes them: which it refuses, and how it mangles odd characters."""

from __future__ import annotations

import re

from emulator.lab.names import NAME_MOST
from emulator.lab.session import Session

_PLAIN = re.compile(rb"[0-9A-Za-z#+\-.:=@_]")
_HEX = re.compile(r"\\x([0-9a-fA-F]{2})")


def mangled(session: Session, name: str) -> str:
    """*name* with each byte that udev does not allow as ``\\xNN``; as it is where it has such words already.

    libdevmapper does so since 1.02.74, long after era 2.6.31.
    """
    if session.era == "2.6.31" or _HEX.search(name):
        return name
    raw = name.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if _PLAIN.match(bytes([byte])) else f"\\x{byte:02x}" for byte in raw)


def unmangled(name: str) -> str:
    """What a person called it."""
    raw = b"".join(
        bytes([int(part, 16)]) if index % 2 else part.encode() for index, part in enumerate(_HEX.split(name))
    )
    return raw.decode("utf-8", "replace")


def bad_name(name: str) -> str:
    """libdevmapper's complaint about a name; "" if it takes it."""
    if "/" in name:
        return f'Name "{name}" invalid. It contains "/".'
    return f'Name "{name}" too long.' if len(name) > NAME_MOST else ""
