"""What must not be overlooked: the banners over the screen, worst first (pure functions of the model's views)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dmtui.model.numbers import clock, count, many, micros
from dmtui.model.selection import Key
from dmtui.model.vanished import is_dead, word
from emulator.events import Event
from emulator.snapshot import DeviceView, MdView, SoftirqView, SubmitterView

Level = Literal["fatal", "bad", "warn", "note", "view"]


@dataclass(frozen=True, slots=True)
class Alert:
    """A banner: one headline, and further lines where there is room."""

    level: Level
    text: str
    hint: str = ""
    """Keys that help, as ``{md.resume}``: see dmtui.keymap.with_names."""
    more: tuple[str, ...] = ()
    key: Key | None = None
    """What a click on it selects."""


def broken_emulation(failed: str) -> list[Alert]:
    """The md or the softirq worker is gone."""
    if not failed:
        return []
    return [Alert("fatal", f"EMULATION ENDED: {failed}", "{open} another scenario · {quit} quit (exit status 3)")]


def deadlock(event: Event | None) -> list[Alert]:
    """A deadlock that was found and not yet broken, with its whole cycle."""
    if event is None:
        return []
    details: Mapping[str, Any] = event.details
    cycle: Sequence[str] = [str(step) for step in details.get("cycle", ())]
    head = f"DEADLOCK: {details.get('context', '?')} waits for {details.get('lock', '?')}, which its own chain holds"
    return [Alert("fatal", head, "{md.deadlock} break it · {help} why", tuple(cycle))]


def suspended(mds: Sequence[MdView]) -> list[Alert]:
    """What each md that is not running waits for."""
    alerts = []
    for md in mds:
        queue = md.queue
        if md.state == "SUSPENDED":
            kept = queue.nr_sorted + queue.nr_dispatch
            text = f"{md.name} SUSPENDED: md queue stopped, {count(kept)} requests kept"
            if md.type == "bio":
                text = f"{md.name} SUSPENDED: {count(md.waiting_bios)} bios deferred"
            alerts.append(Alert("warn", text, "{md.resume} resume"))
        elif md.state == "SUSPENDING":
            how = "noflush" if md.noflush else "flush"
            text = f"{md.name} SUSPENDING ({how}): waits for {md.nr_in_flight} in flight"
            text += "" if md.noflush or md.type == "bio" else " and for all before the marker"
            alerts.append(Alert("warn", text, "{md.suspend} interrupt (EINTR)"))
    return alerts


def vanished(luns: Sequence[str]) -> list[Alert]:
    """LUNs whose process is gone: each command of their devices fails, which is the cause of what else is shown."""
    text = f"{'LUN' if len(luns) == 1 else 'LUNS'} GONE: {', '.join(luns)}: each command of its devices ends with EIO"
    return [Alert("bad", text, "{process.revive} revive")] * bool(luns)


def no_path(mds: Sequence[MdView], luns: Sequence[str] = ()) -> list[Alert]:
    """Mds whose target has no valid path; while *luns* are gone no path that is reinstated would last."""
    alerts = []
    for md in mds:
        target = md.target
        if target is None or target.type != "multipath" or target.nr_valid_paths or not target.groups:
            continue
        if target.queue_if_no_path:
            counters = md.counters
            waiting = many(counters.bios - counters.bios_completed - counters.bios_failed, "bio")
            where = f", {many(target.queued, 'clone')} held in the target" if target.queued else ""
            text = f"{md.name}: NO VALID PATH, queue_if_no_path on: {waiting} in the md wait{where}"
        else:
            text = f"{md.name}: NO VALID PATH, queue_if_no_path off: bios end with EIO"
        alerts.append(Alert("bad", text, "" if luns else "{path.toggle} reinstate a path"))
    return alerts


def workers(softirqs: Sequence[SoftirqView], devices: Sequence[DeviceView]) -> list[Alert]:
    """A stalled softirq worker and vanished devices."""
    alerts = [
        Alert("bad", f"{worker.name} STALLED: {count(worker.backlog)} finished clones wait on its done list",
              "{fault.list} faults · {fault.clear} clear")
        for worker in softirqs if worker.stalled
    ]
    dead = [device.name for device in devices if is_dead(device)]
    if dead:
        alerts.append(Alert("bad", f"DEVICE GONE: {', '.join(dead)}", "{process.revive} revive"))
    away = [device for device in devices if device.gone and not is_dead(device)]
    if away:
        words = ", ".join(f"{device.name} {word(device).upper()}" for device in away)
        text = f"{words} by a fault: what is sent to {'it' if len(away) == 1 else 'them'} fails"
        alerts.append(Alert("bad", text, "{fault.clear} clear", key=Key("device", away[0].name)))
    return alerts


def busy(devices: Sequence[DeviceView]) -> list[Alert]:
    """Devices that say busy for another reason than a full queue, while clones wait on them."""
    shown = [each for each in devices if stands_still(each)]
    if not shown:
        return []
    names = ", ".join(device.name for device in shown)
    whys = ", ".join(dict.fromkeys(device.busy_why for device in shown))
    waiting = sum(device.nr_queued for device in shown)
    text = f"{names} BUSY ({whys}): nothing is taken into service"
    if waiting:
        text += f", {count(waiting)} clone{' waits' if waiting == 1 else 's wait'} there"
    return [Alert("warn", text, "{fault.clear} clear", key=Key("device", shown[0].name))]


def stands_still(device: DeviceView) -> bool:
    """Whether it says busy though its queue is not full."""
    return device.busy and not device.gone and bool(device.busy_why) and not device.busy_why.startswith("queue depth")


def data(
    submitters: Sequence[SubmitterView], limits: Mapping[str, int], invariants: Sequence[Event]
) -> list[Alert]:
    """Corruption, bios that are late at this moment, broken invariants; *limits*: wait limit of each submitter."""
    alerts = []
    corrupt = sum(view.corruption for view in submitters)
    if corrupt:
        alerts.append(Alert("bad", f"CORRUPTION: {count(corrupt)} reads returned something else than was written"))
    if invariants:
        last = invariants[-1].details
        alerts.append(Alert("bad", f"INVARIANT {last.get('id', '?')} broken: {last.get('text', '')}"))
    late = [view for view in submitters if view.overdue and view.oldest >= limits.get(view.name, 0)]
    if late:
        worst = max(view.oldest for view in late)
        text = f"BIOS LATE at {', '.join(view.name for view in late)}: the oldest waits for {micros(worst)}"
        alerts.append(Alert("bad", text))
    return alerts


def standing(paused: bool) -> list[Alert]:
    """The emulated clock stands."""
    text = "PAUSED: the emulated clock stands, every machine between two steps"
    return [Alert("note", text, "{step.event} one event · {waiting} what waits · {clock.pause} go on")] * paused


def frozen(view: bool, now_us: int, paused: bool, ended: bool) -> list[Alert]:
    """The screen stands; whether the emulator does is another matter."""
    behind = "the emulation has ended" if ended else "the emulator is paused" if paused else "the emulator goes on"
    return [Alert("view", f"VIEW FROZEN at {clock(now_us)}: {behind}", "{freeze} thaw")] * view
