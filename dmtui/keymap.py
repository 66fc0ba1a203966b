"""Every key of the dashboard in one table: bindings, key line, help, palette and what texts say of keys (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Group = Literal["target", "md", "clock", "go", "app"]


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key."""

    id: str
    keys: str
    """As Textual names them, comma-separated."""
    action: str
    label: str
    """One word or two for the key line; "" = not shown there."""
    description: str
    """What it does, for palette and help."""
    tooltip: str
    group: Group
    shown: str = ""
    """How the key is written on the key line, if not as *keys*."""
    rank: int = 5
    """0 = kept on the key line to the last; of equal ones the later goes first."""

    @property
    def name(self) -> str:
        """How the key is written."""
        return self.shown or self.keys.split(",")[0]


HINTS: tuple[KeyHint, ...] = (
    KeyHint("fault.error", "e", "fault('error')", "error", "Error on the selected device (again: clear)",
            "Every request that reaches the device ends with EIO", "target", rank=1),
    KeyHint("fault.busy", "b", "fault('busy')", "busy", "Busy: the device says it is busy (again: clear)",
            "blk_lld_busy is 1: the target's busy() stops dm_request_fn once every path is busy", "target", rank=1),
    KeyHint("fault.latency", "d", "fault('latency')", "delay", "Delay: added latency on the device (again: clear)",
            "Requests take longer on the device", "target", rank=2),
    KeyHint("fault.hang", "H", "fault('hang')", "hang", "Hang: requests on the device never complete (again: release)",
            "Requests stay in service until released", "target", rank=2),
    KeyHint("fault.dialog", "i", "fault_dialog", "inject…", "Inject a fault with all its matchers…",
            "Every fault type, by operation, sectors, n-th, probability, times, duration", "target", rank=1),
    KeyHint("life", "enter", "life", "life", "A request's life: every function it passed, and why it went so",
            "Of the requests of this panel, of a path, of the queue lock; a warning: the moment in the log", "go",
            "↵", rank=3),
    KeyHint("path.toggle", "x", "toggle_path", "fail path", "Fail or reinstate the selected path",
            "dmsetup message: fail_path or reinstate_path", "target", rank=1),
    KeyHint("fault.clear", "c", "clear", "clear", "Clear every fault of the selected thing",
            "All faults of the selected device, md or softirq worker", "target", rank=2),
    KeyHint("process.kill", "K", "kill", "kill", "Kill the process of the selected thing…",
            "SIGKILL: a device vanishes and can be revived; md and softirq worker end the emulation", "target", rank=4),
    KeyHint("process.revive", "V", "revive", "revive", "Revive the LUN, or the device, that vanished",
            "A new process for it; a LUN comes back without what was written", "target", rank=4),
    KeyHint("md.suspend", "s", "suspend", "suspend", "Suspend with flush (while suspending: interrupt)",
            "dmsetup suspend: the marker goes to the tail of the md queue; again: EINTR", "md", rank=1),
    KeyHint("md.noflush", "S", "suspend_noflush", "noflush", "Suspend without flush",
            "dmsetup suspend --noflush: the md queue just stops", "md", rank=3),
    KeyHint("md.resume", "r", "resume", "resume", "Resume the selected md", "dmsetup resume: starts the md queue",
            "md", rank=1),
    KeyHint("md.deadlock", "D", "break_deadlock", "break deadlock", "Break a deadlock that was found",
            "Takes the lock from its stuck holder", "md", rank=4),
    KeyHint("load.toggle", "p", "toggle_load", "load", "Stop or start the selected submitter",
            "It submits no more; what is outstanding ends", "md", rank=4),
    KeyHint("clock.pause", "space", "pause", "pause", "Pause or go on: the emulated clock",
            "Every machine stands between two steps", "clock", "spc", rank=1),
    KeyHint("step.event", "full_stop", "step('event')", "step", "Step: let exactly one event happen (running: pause)",
            "What has waited longest; when nothing waits, the next timer", "clock", ".", rank=2),
    KeyHint("step.dispatch", "greater_than_sign", "step('dispatch')", "dispatch", "Step until the md has dispatched",
            "Events until dm_request_fn of the selected md has mapped a request", "clock", ">", rank=4),
    KeyHint("step.softirq", "less_than_sign", "step('softirq')", "softirq", "Step until the softirq worker made a pass",
            "Events until blk_done_softirq has gone over its done list", "clock", "<", rank=4),
    KeyHint("waiting", "M", "waiting", "what waits", "Messages that wait: let any of them go next…",
            "While the clock stands: pipes, contexts, timers of every process", "clock", rank=3),
    KeyHint("clock.faster", "plus,equals_sign", "faster", "speed", "Faster: the next higher speed", "Up to 100×",
            "clock", "+ -", rank=3),
    KeyHint("clock.slower", "minus", "slower", "", "Slower: the next lower speed", "Down to 0.001×", "clock", "-"),
    KeyHint("clock.slow", "m", "slow_motion", "slow motion", "Slow motion (0.01×), or back",
            "Slow enough to see every message", "clock", rank=4),
    KeyHint("lanes.follow", "F", "follow_request", "follow", "Messages: follow this request, then older ones",
            "The messages panel shows only that one's; behind the oldest the newest again", "clock", rank=5),
    KeyHint("console", "colon", "console", "console", "Console: type dmsetup, multipath, io, fault…",
            "The lines of dmtui console; esc leaves it", "app", ":", rank=3),
    KeyHint("console.close", "escape", "close_console", "back", "Away with filter, selected request or console",
            "One after the other", "app", "esc", rank=2),
    KeyHint("freeze", "v", "freeze", "freeze", "Freeze the view (the emulator goes on), or thaw it",
            "Unlike pausing, which stops the emulated clock", "clock", rank=4),
    KeyHint("layout.next", "w", "layout(1)", "view", "Next layout: overview, queue, paths, latency, teaching",
            "Each layout answers one question", "app", rank=1),
    KeyHint("layout.previous", "W", "layout(-1)", "", "Previous layout", "The other way round", "app"),
    KeyHint("maximise", "z", "maximise", "", "Maximise the current panel, or give the room back", "One panel alone",
            "app"),
    KeyHint("filter", "slash", "filter", "filter", "Filter the current list: words, or field:value as op:W age>5ms",
            "Event log, md queue, clones, devices; esc takes the filter away", "app", "/", rank=3),
    KeyHint("filter.next", "n", "match(1)", "", "The next that the filter finds", "In the current list", "app"),
    KeyHint("filter.previous", "N", "match(-1)", "", "The one before that the filter finds", "In the current list",
            "app"),
    KeyHint("sort", "comma", "sort(1)", "sort", "Sort the current list by the next column", "Requests and submitters",
            "app", ",", rank=4),
    KeyHint("sort.reverse", "semicolon", "reverse", "", "Sort the other way round", "Most first, or least first", "app",
            ";"),
    KeyHint("jump", "apostrophe", "jump", "jump", "Jump: a letter on every panel and thing, press it to go there",
            "Any other key goes nowhere", "app", "'", rank=4),
    KeyHint("copy", "y", "copy", "copy", "Copy what is selected, as text", "Into the terminal's clipboard (OSC 52)",
            "app", rank=5),
    KeyHint("copy.panel", "ctrl+y", "copy_panel", "", "Copy the current panel, as text",
            "Into the terminal's clipboard (OSC 52)", "app", "^y"),
    KeyHint("picture", "P", "picture", "", "Screenshot: write the screen as an SVG picture",
            "Into the current directory", "app"),
    KeyHint("rows.csv", "E", "rows('csv')", "", "Write the current panel's rows as CSV",
            "Into the current directory", "app"),
    KeyHint("rows.json", "J", "rows('json')", "", "Write the current panel's rows as JSON",
            "Into the current directory", "app"),
    KeyHint("fault.list", "f", "faults", "faults", "Active faults: counters, clear, release…",
            "Every fault in force with how often it was armed and fired", "app", rank=1),
    KeyHint("undo", "u", "undo", "undo", "Undo the last action", "Takes back what you did last", "app", rank=3),
    KeyHint("undo.list", "U", "undo_list", "", "Undo several: choose down to where…", "Lists what you did", "app"),
    KeyHint("save", "Y", "save", "save…", "Save what you did as a scenario…",
            "A YAML file that does the same again at the same times", "app", rank=4),
    KeyHint("open", "o", "open", "open", "Open another scenario…", "A list of stories with what to watch", "app",
            rank=1),
    KeyHint("tour", "T", "tour", "tour", "Take the guided tour, or choose another chapter of it…",
            "The story of request-based dm, step by step, on a live emulator", "app", rank=4),
    KeyHint("tour.again", "R", "tour_again", "", "The tour's chapter from its beginning", "With its scenario anew",
            "app"),
    KeyHint("edit", "ctrl+e", "edit", "", "Edit the scenario that runs, or a copy of it…",
            "Checked as you type; saved, and played by a key", "app"),
    KeyHint("theme", "t", "theme", "theme", "Next theme: dark, light, colour-blind-safe", "Changes the colours", "app",
            rank=4),
    KeyHint("help", "question_mark,f1", "help", "help", "Help: the kernel idea behind the current panel, and the keys",
            "Explains what you look at", "app", "?", rank=0),
    KeyHint("palette", "ctrl+p", "command_palette", "all", "Palette with every action", "Search for an action", "app",
            "^p", rank=0),
    KeyHint("quit", "q", "leave", "quit", "Quit", "Stops every process and leaves", "app", rank=0),
    KeyHint("shell", "ctrl+z", "to_shell", "", "Back to the shell, which fg leaves again",
            "The dashboard is stopped meanwhile, its emulator's processes go on", "app", "^z"),
    KeyHint("go.left", "left,h", "stage(-1)", "", "Go one stage to the left", "Against the way of a bio", "go", "h ←"),
    KeyHint("go.right", "right,l", "stage(1)", "", "Go one stage to the right", "Along the way of a bio", "go", "l →"),
    KeyHint("go.up", "up,k", "select(-1)", "", "Select the one above (log: older)", "In the current stage", "go",
            "k ↑"),
    KeyHint("go.down", "down,j", "select(1)", "", "Select the one below (log: newer)", "In the current stage", "go",
            "j ↓"),
    KeyHint("go.first", "home,g", "edge(-1)", "", "To the first (log: the oldest)", "In the current stage", "go", "g"),
    KeyHint("go.last", "end,G", "edge(1)", "", "To the last (log: the newest, and follow it)", "In the current stage",
            "go", "G"),
    KeyHint("go.page_up", "pageup,ctrl+u", "page(-1)", "", "Half a page up", "In the current stage", "go", "^u"),
    KeyHint("go.page_down", "pagedown,ctrl+d", "page(1)", "", "Half a page down", "In the current stage", "go", "^d"),
    KeyHint("go.next", "tab", "cycle(1)", "", "Next stage", "Round and round", "go", "tab"),
    KeyHint("go.previous", "shift+tab", "cycle(-1)", "", "Previous stage", "Round and round", "go"),
    *(
        KeyHint(f"go.{n}", str(n), f"open_stage({n})", "", f"Go to panel {n}", "By the digit on its frame", "go")
        for n in range(1, 10)
    ),
    KeyHint("go.further", "0", "open_further", "", "Go to the panels with a 0 on their frame, one after the other",
            "Where there is room for more than nine", "go"),
)
"""In the order of the key line and of the help."""

_PLACE = re.compile(r"\{([a-z]+(?:[._][a-z_0-9]+)*)\}")


def names_of(hints: Sequence[KeyHint] = HINTS) -> Mapping[str, str]:
    """How the key of each action is written."""
    return {hint.id: hint.name for hint in hints}


NAMES = names_of()
"""With nobody's own keys."""


def with_names(text: str, names: Mapping[str, str]) -> str:
    """*text* with each ``{fault.error}`` replaced by that action's key in *names*.  Raises KeyError for no action."""
    return _PLACE.sub(lambda match: names[match[1]], text)
