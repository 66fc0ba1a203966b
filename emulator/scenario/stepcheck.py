"""Whether lines of ``steps`` and of the timeline are of the language, and what they expect can be asked; used by the
checker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from emulator.scenario.document import Document, Where
from emulator.scenario.errors import nearest, one_of, shown
from emulator.scenario.steps import StepPart


def check_message(where: Where, text: str, say: Callable[[Where, str, int], None]) -> None:
    """Note by *say* a message that no target takes."""
    from emulator.dm.targets.multipath_messages import MESSAGES

    word = text.split()[0] if text.split() else ""
    if word.lower() not in MESSAGES and not word.startswith("@"):
        found = f"found a message {shown(word)} that no target takes"
        say(where, f"{found}, expected {one_of(MESSAGES)}{nearest(word, MESSAGES)}", 0)


def check_line(where: Where, line: str, say: Callable[[Where, str, int], None]) -> None:
    """Note by *say* (place, text, offset in it) what is wrong with a line of the timeline."""
    from emulator.lab import language
    from emulator.lab.results import LineError

    try:
        language.check(line)
    except LineError as error:
        say(where, error.text, error.offset)


def check_steps(
    document: Document, steps: Sequence[tuple[Where, StepPart]], devices: Collection[str],
    say: Callable[[Where, str, int], None],
) -> None:
    """Note what is wrong with *steps* by *say* (place, text, offset in it)."""
    if not steps:
        return
    # The language is built on scenarios: it is looked up only where a scenario speaks it.
    from emulator.lab import language
    from emulator.lab.results import LineError

    started: set[str] = set()
    for where, step in steps:
        if not step.do:
            continue
        try:
            words, background = language.split(step.do)
            language.check(step.do)
        except LineError as error:
            say((*where, "do"), error.text, error.offset)
            continue
        if background:
            started.add(background)
        if step.io is not None and words[:1] != ["io"] and words[:2] != ["wait", "job"]:
            say((*where, "io"), f"found an expectation about io behind {shown(words[0])}, expected it behind io", 0)
        for name in step.log or ():
            if name not in devices:
                near = nearest(name, devices)
                known = one_of(sorted(devices))
                say((*where, "log", name), f"found {shown(name)}, expected a device: {known}{near}", 0)
        for id in step.jobs or ():
            if id not in started and not id.isdigit():
                known = one_of(sorted(started))
                say((*where, "jobs", id), f"found {shown(id)}, expected a line in the background: {known}", 0)
