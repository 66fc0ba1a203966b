"""``dmesg``: the lines of the kernel log alone, as that prints them; ``events`` has them among everything else."""

from __future__ import annotations

from emulator.lab.language.base import Verb, Words
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait


def _dmesg(session: Session, words: Words) -> Wait[Result]:
    if words:
        raise words.error(f"found {words[0]!r}, expected nothing behind dmesg", words[0])
    yield session.now_us()  # what was said by now is heard, and no time passes
    found = tuple(event for event in session.events if event.kind == "kernel_log")
    return words.result((f"[{event.at_us / 1e6:12.6f}] {event.details['text']}" for event in found), found)


VERBS = (
    Verb(
        "dmesg", ("dmesg",), "Say what the kernel log has. Each line with its emulated time in seconds, oldest first.",
        _dmesg, examples=("dmesg",),
    ),
)
