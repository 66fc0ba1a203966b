"""The event log: each event as one line a person reads, in a ring of bounded length (UI thread)."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from dmtui.model.frame import Done
from dmtui.model.numbers import errno_name, micros, times
from dmtui.model.talk import Ended
from emulator.events import Event

MOST = 2_000
"""Lines kept."""

BURSTS = frozenset({"io_error", "bio_overdue", "requeued", "corruption", "kernel_log"})
"""Kinds that come in bursts: those of one machine that follow closely on each other are one line."""

BURST_REACH = 3
"""How many lines back an equal one is looked for: bursts of two kinds come mingled."""

LIKENESS = 24
"""Letters in which two lines of the kernel log must agree to be of one burst."""

Tone = Literal["plain", "good", "warn", "bad", "mine"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log."""

    at_us: int
    glyph: str
    tone: Tone
    machine: str
    kind: str
    text: str
    count: int = 1
    """How many equal ones in a row the line stands for."""


_TEXTS: Mapping[str, tuple[str, Tone, str]] = {
    "path_failed": ("▼", "bad", "fail_path {path}: {nr_valid_paths} valid left{reason}"),
    "path_reinstated": ("▲", "good", "reinstate_path {path}: {nr_valid_paths} valid"),
    "no_path_left": ("▼", "bad", "no valid path left, queue_if_no_path {queue_if_no_path}"),
    "requeued": ("↺", "warn", "requeued{reason}, first request {request}, to the front of the md queue"),
    "io_error": ("×", "bad", "{bios}sector {sector} ended with {errno}, not requeued"),
    "table_loaded": ("≡", "plain", "inactive table: {table}"),
    "table_swapped": ("≡", "good", "live table is now: {table}"),
    "table_rejected": ("×", "bad", "table refused, {errno}: {error}"),
    "message": ("›", "plain", "message {text}: {errno}"),
    "md_removed": ("-", "plain", "the mapped device was removed"),
    "suspend_started": ("‖", "warn", "dm_suspend began ({noflush})"),
    "marker_inserted": ("◆", "warn", "marker at the tail of the md queue"),
    "marker_blocking": ("◆", "warn", "marker at the front, waits for {in_flight} in flight"),
    "marker_completed": ("◆", "good", "marker completed, md queue stopped"),
    "suspended": ("‖", "warn", "suspended, took {took_us}"),
    "suspend_failed": ("×", "bad", "dm_suspend returned {errno}"),
    "resumed": ("▶", "good", "dm_resume returned 0"),
    "fault_injected": ("+", "warn", "fault {fault} ({type}) in force"),
    "fault_fired": ("!", "warn", "fault {fault} fired for the first time"),
    "fault_cleared": ("-", "good", "fault {fault} cleared: armed {armed}, fired {fired}"),
    "device_busy": ("◐", "warn", "answers busy{reason}"),
    "device_ready": ("●", "good", "no longer busy"),
    "device_gone": ("×", "bad", "device vanished with {in_flight} in flight"),
    "device_offline": ("×", "bad", "disk offline: what comes is rejected, {in_flight} in flight go on"),
    "device_back": ("●", "good", "device is there again"),
    "released": ("▶", "good", "{requests} held requests released"),
    "softirq_stalled": ("■", "bad", "softirq worker handles nothing"),
    "softirq_running": ("▶", "good", "softirq worker handles its done list again"),
    "deadlock": ("■", "bad", "DEADLOCK on {lock}: context {context} waits for itself"),
    "deadlock_broken": ("▶", "good", "deadlock broken: {lock} taken from {context}"),
    "load_started": ("▶", "good", "load began"),
    "load_stopped": ("□", "plain", "submits no more"),
    "corruption": ("×", "bad", "CORRUPTION at sector {sector}: found {found}, expected {expected}"),
    "bio_overdue": ("!", "bad", "bio {bio} at sector {sector} still not complete after {age_us}"),
    "process_started": ("+", "plain", "process {pid} plays {machine}"),
    "process_exited": ("×", "bad", "process {pid} of {machine} is gone, status {status}{words}"),
    "paused": ("‖", "warn", "the emulated clock stands"),
    "running": ("▶", "good", "the emulated clock runs at {speed}"),
    "step": ("»", "mine", "step {number}: {line}{why}"),
    "action": ("»", "mine", "timeline: {text}{errno}"),
    "kernel_log": ("#", "plain", "kernel: {text}"),
    "uevent": ("~", "plain", "uevent {DM_ACTION} {DM_PATH}, {DM_NR_VALID_PATHS} valid"),
    "pg_init": ("~", "plain", "pg_init by {handler}: {result} {access}"),
    "multipathd": ("&", "plain", "multipathd: {text}"),
    "path_state": ("&", "plain", "checker: {path} is {state}, was {was}"),
    "recovery_mode": ("&", "warn", "no_path_retry of {md}: {mode}"),
    "failback": ("&", "good", "multipathd goes back to group {group} of {md}"),
    "access_state": ("~", "plain", "access state {state}, was {was}"),
    "invariant": ("×", "bad", "INVARIANT {id} broken: {text}"),
}
"""Glyph, tone and words for each kind of event."""


_SIGNALS = {int(each): each.name for each in signal.Signals}


class _Details(dict[str, str]):
    """Details as words: what an event does not say reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def _word(kind: str, name: str, value: Any) -> str:
    if name == "errno":
        number = int(value)
        if kind == "action":
            return f" ({errno_name(number)})" if number else ""
        return errno_name(number) if number else "ok"
    if kind == "requeued" and name == "reason":
        return f": {str(value).replace(' said ', ': ')}" if value else ""
    if name in ("reason", "words", "why"):
        return f": {value}" if value else ""
    if name == "noflush":
        return "noflush" if value else "flush"
    if name == "queue_if_no_path":
        return "on" if value else "off"
    if name == "status" and isinstance(value, int) and value < 0:
        return _SIGNALS.get(-value, f"signal {-value}")
    if name == "bios":
        return f"{value} bio{'s' if value != 1 else ''} at "
    if name in ("took_us", "age_us"):
        return micros(float(value))
    if name == "speed":
        return times(float(value))
    return str(value)


def describe(event: Event) -> LogLine:
    """The line for an event; a kind without words of its own is shown with all its details."""
    words = _Details({name: _word(event.kind, name, value) for name, value in event.details.items()})
    known = _TEXTS.get(event.kind)
    if known is None:
        text = f"{event.kind.replace('_', ' ')} " + " ".join(f"{name}={value}" for name, value in words.items())
        return LogLine(event.at_us, "·", "plain", event.machine, event.kind, text.strip())
    glyph, tone, template = known
    if (event.kind == "action" and int(event.details.get("errno", 0))) or event.details.get("held", True) is not True:
        tone = "bad"
    return LogLine(event.at_us, glyph, tone, event.machine, event.kind, template.format_map(words))


def describe_done(done: Done) -> LogLine:
    """The line for a command of the person at the keyboard."""
    outcome = done.outcome
    if outcome.ok and done.text.startswith(("step", "pick")):
        return LogLine(outcome.at_us, "»", "mine", "you", "step", f"{done.text}: {outcome.text}")
    if outcome.ok:
        text = f"{done.text}: ok" + (f" ({outcome.text})" if outcome.text else "")
        return LogLine(outcome.at_us, "✓", "mine", "you", "command", text)
    return LogLine(outcome.at_us, "×", "bad", "you", "command", f"{done.text}: {why_not(done)}")


def why_not(done: Done) -> str:
    """Why a command failed: its errno and the reason, each of them, and the command itself, said once."""
    name, text = errno_name(done.outcome.errno), done.outcome.text.removeprefix(f"{done.text}: ")
    return text if name in text else f"{name}: {text}" if text else name


def describe_ended(ended: Ended, now_us: int) -> LogLine:
    """The line for a console line that waited or failed."""
    if ended.rc == 0:
        return LogLine(now_us, "✓", "mine", "you", "line", f"{ended.line}: ok")
    status = "" if ended.rc is None else f" exit status {ended.rc}"
    why = f" {ended.why}" if ended.why else ""
    return LogLine(now_us, "×", "bad", "you", "line", f"{ended.line}:{status}{why}")


def _of_one_burst(last: LogLine, line: LogLine) -> bool:
    alike = line.kind != "kernel_log" or last.text[:LIKENESS] == line.text[:LIKENESS]
    return alike and (last.kind, last.machine) == (line.kind, line.machine)


class Log:
    """The last lines, oldest first: in the order of their times, whoever's word came first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lines: list[LogLine] = []
        self._first = 0
        """Lines before this one belong to an earlier scenario, whose time was another."""
        self.changes = 0
        """Grows with every change, also when a burst grows."""
        self.total = 0
        """Lines ever appended: grows with every line, also when an old one falls out."""

    def start_again(self) -> None:
        """The time begins anew: what comes stands behind what is there."""
        self._first = len(self._lines)

    def append(self, line: LogLine) -> None:
        """Add a line; beyond the bound the oldest falls out.  Bursts of one kind become one line with a count."""
        lines = self._lines
        self.changes += 1
        if line.kind in BURSTS:
            for back in range(1, min(BURST_REACH, len(lines) - self._first) + 1):
                old = lines[-back]
                if _of_one_burst(old, line):
                    # Its place is that of the first of the burst, and so is its time.
                    lines[-back] = replace(line, at_us=old.at_us, count=old.count + 1)
                    return
        at = len(lines)
        while at > self._first and lines[at - 1].at_us > line.at_us:
            at -= 1
        lines.insert(at, line)
        self.total += 1
        over = len(lines) - self._most
        if over > 0:
            del lines[:over]
            self._first = max(0, self._first - over)

    def tail(self, most: int, skip: int = 0) -> list[LogLine]:
        """The newest *most* lines before the newest *skip*, oldest first."""
        end = len(self._lines) - skip
        start = max(0, end - most)
        return [self._lines[i] for i in range(start, max(start, end))]

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[LogLine]:
        return iter(self._lines)
