"""``dmtui scenarios``: the stories that come with the package, and what their expectations can name."""

from __future__ import annotations

import re
import shutil
import textwrap

from dmtui.out import complain, say
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.library import DEFAULT, stories
from emulator.scenario.loader import load_file
from emulator.scenario.names import VOCABULARY


def list_stories() -> int:
    """Name and first sentence of every story."""
    found = stories()
    if not found:
        complain("dmtui: found no stories, expected them beside the package (is the installation whole?)")
        return 3
    margin = max(len(story.name) for story in found) + 2
    width = max(40, min(110, shutil.get_terminal_size().columns))
    status = 0
    for story in found:
        try:
            about = re.split(r"(?<=[.!?])\s", load_file(story.path).about, maxsplit=1)[0]
        except ScenarioErrors as errors:
            complain(str(errors.errors[0]))
            status = 2
            continue
        mark = " (the default)" if story.name == DEFAULT else ""
        head = story.name.ljust(margin)
        say(textwrap.fill(about + mark, width, initial_indent=head, subsequent_indent=" " * margin))
    return status


def list_names() -> int:
    """Every name of the expectation language."""
    width = max(len(name) for name in VOCABULARY) + 2
    for name, info in VOCABULARY.items():
        words = f" ({' | '.join(info.words)})" if info.words else " (time)" if info.kind == "time" else ""
        say(f"{name.ljust(width)}{info.about}{words}")
    return 0
