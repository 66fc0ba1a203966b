"""What stands on the frames of list panels: the filter and the order, and where the selected request is (UI thread)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from textual.content import Content

from dmtui.model.jump import Jump
from dmtui.model.layout import Places
from dmtui.model.listing import FILTERED, SORTED, whereabouts
from dmtui.model.selection import SHORT, TITLES, Stage
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel

AT_THE_END = " at the end"
_OF_NOW: frozenset[Stage] = frozenset(
    ("submitters", "queue", "lock", "clones", "devices", "softirq", "multipath", "faults")
)
"""Panels that show what is, not what became of it over time."""
EDGES = 6
"""Cells of a frame's upper and lower side that bear no words: corners, and what stands beside the words."""


def head_lists(
    model: Model, panels: Mapping[str, LinePanel], titles: Mapping[str, str], problem: str, jump: Jump,
    elsewhere: str, places: Places,
) -> None:
    """Bring titles and subtitles up to date; setting one repaints the panel, so only where the words differ.

    *titles* are the panels' own, by panel; *problem* is what is wrong with the filter that is being typed,
    *elsewhere* says which keys open panels that are not on the screen, *places* are where the panels stand.
    """
    current = model.selection.stage
    where = whereabouts(model)
    chosen = model.lists.chosen
    of_device = chosen is not None and model.find_md(chosen.machine) is None
    for name, panel in panels.items():
        stage = panel.STAGE
        if not panel.display or stage is None or name not in titles:
            continue
        asked = model.lists.get(stage).words if stage in FILTERED or stage in SORTED else ()
        letter = jump.panel(stage) if jump.targets else ""
        # Of where it is placed: its own size is that of the last layout.
        room = (places[name].width if name in places else panel.size.width) - EDGES
        title = _ended(titles[name], stage) if model.failed else titles[name]
        said = fitting(_titles(title, stage, asked, letter), room)
        below = _below(stage, current, where, of_device, problem) or (elsewhere if stage == current else "")
        if below == where and where:
            below = fitting((where, where.replace(" in flight", ""), where.removeprefix("request ")), room)
        if panel.headed != (said, below):
            # As content: words that a person typed are no markup.
            panel.headed = (said, below)
            panel.border_title, panel.border_subtitle = Content(said), Content(below)


def fitting(words: Iterable[str], room: int) -> str:
    """The first of *words* that fits, else the last."""
    last = ""
    for last in words:
        if len(last) <= room:
            break
    return last


def _ended(title: str, stage: Stage) -> str:
    """Of a panel that shows what is: once nothing goes on any more it is what was so at the end."""
    if stage not in _OF_NOW:
        return title
    said = title.removesuffix(" ▶").replace("active faults", "faults")
    return f"{said}{AT_THE_END}"


def _titles(title: str, stage: Stage, asked: Sequence[str], letter: str) -> Iterator[str]:
    """A title with what is asked of its list, shorter and shorter; the panel's own word goes last."""
    jump = f"«{letter}» " if letter else ""
    *worded, bare = _shorter(title, stage)
    if not asked:
        yield from (f"{jump}{each}" for each in (*worded, bare))
        return
    yield from (f"{jump}{each} · {asked[0]}" for each in worded)
    yield from (f"{jump}{worded[-1]} {less}" for less in asked[1:])
    yield f"{jump}{bare} {asked[-1]}"


def _shorter(title: str, stage: Stage) -> Iterator[str]:
    """A panel's title, shorter and shorter: what is asked of its list has to be seen behind it."""
    yield title
    bare = title.removesuffix(" ▶").replace("◀ look here", "◀ look")
    yield bare
    if title.endswith(AT_THE_END):
        bare = bare.removesuffix(AT_THE_END)
        yield bare.replace(TITLES[stage], SHORT.get(stage, TITLES[stage].rpartition(" ")[2])) + AT_THE_END
    whole = TITLES[stage]
    yield bare.replace(whole, SHORT.get(stage, whole.rpartition(" ")[2]))
    yield bare.partition(" ")[0] + (" ◀" if "◀" in bare else "")


def _below(stage: Stage, current: Stage, where: str, of_device: bool, problem: str) -> str:
    if stage != current:
        return ""
    if problem and stage in FILTERED:
        return problem
    return where if (stage == "devices") == of_device and stage in ("queue", "clones", "devices") else ""
