"""Here-documents: ``dmsetup create x <<EOF`` with its table on the lines behind.  Run by the session and by consoles.

A console reads line by line: ``awaited`` says that more is to come; the whole goes to the session as one text.
"""

from __future__ import annotations

import re

from emulator.lab.results import LineError

_MARK = re.compile(r"""<<\s*(['"]?)([A-Za-z_][A-Za-z0-9_]*)\1\s*$""")
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""")


def awaited(text: str) -> str | None:
    """The word that ends the here-document which *text* has begun and not ended, None if there is none."""
    first, *rest = text.split("\n")
    mark = _mark(first)
    if mark is None or any(line.strip() == mark[2] for line in rest):
        return None
    return mark[2]


def here_document(text: str) -> tuple[str, str | None]:
    """The line without ``<<WORD``, and its standard input (None without such).  Raises LineError if it does not end."""
    first, *rest = text.split("\n")
    mark = _mark(first)
    if mark is None:
        return text, None
    for index, line in enumerate(rest):
        if line.strip() == mark[2]:
            if any(more.strip() for more in rest[index + 1 :]):
                raise LineError(f"found text behind the line {mark[2]!r} that ends the here-document")
            return first[: mark.start()], "".join(f"{each}\n" for each in rest[:index])
    raise LineError(f"found <<{mark[2]} without its end, expected lines and then a line {mark[2]!r}", mark.start())


def _mark(line: str) -> re.Match[str] | None:
    found = _MARK.search(line)
    if found is None or any(part.start() < found.start() < part.end() for part in _QUOTED.finditer(line)):
        return None
    return found
