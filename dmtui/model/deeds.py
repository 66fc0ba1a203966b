"""What a key means at this moment: the commands to give, the words for the log, and how to take it back (pure).

A *deed* is made of the model alone and given to the feed by the screen.  Keys and dialogs make the same deeds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.model.vanished import fault_away, is_dead, word
from emulator.commands import (
    BreakDeadlock,
    ClearFault,
    Command,
    Go,
    InjectFault,
    InterruptSuspend,
    Kill,
    Message,
    Pause,
    Release,
    Resume,
    Revive,
    SetSpeed,
    StartLoad,
    StopLoad,
    Suspend,
)
from emulator.plan import FaultSpec
from emulator.snapshot import FaultView

UNDO_MOST = 50
SPEED_LEAST, SPEED_MOST = 0.001, 100.0
SLOW_MOTION = 0.01
"""Speed of the slow-motion key: what takes 100 us takes 10 ms."""
SPEEDS = (SPEED_LEAST, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, SPEED_MOST)
"""Rungs of the speed keys: fixed, so that the way down meets the same ones as the way up, 1 among them."""

_BY_KEY: Mapping[str, Mapping[str, str]] = {
    "device": {"error": "error", "busy": "busy", "latency": "latency", "hang": "hang"},
    "softirq": {"latency": "softirq_slow", "hang": "softirq_stalled"},
}
"""Fault type behind each of the one-key faults, by kind of target."""

_HOLDS = frozenset({"hang", "hold"})
"""Types that keep requests until they are released."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Orders with the words for them; ``undo`` takes them back (empty: cannot be)."""

    text: str
    orders: tuple[Command, ...]
    undo: tuple[Command, ...] = ()


class CannotDo(Exception):
    """A key that means nothing here; the text says why."""


def target_of(model: Model) -> Key:
    """Whom the fault keys hit: the softirq worker while its panel is current, else the selected device."""
    selection = model.selection
    if selection.stage == "softirq" and selection.name("softirq"):
        return Key("softirq", selection.name("softirq"))
    return Key("device", selection.name("device"))


def thing_of(model: Model) -> Key:
    """What the current stage selects (of a warning what it is about); the selected device where it selects nothing."""
    key = model.selection.key or Key("device", model.selection.name("device"))
    if key.kind != "warning":
        return key
    about = next((each.key for each in model.watch.all if each.name == key.name), None)
    return about or Key("device", model.selection.name("device"))


def path_of(model: Model) -> str:
    """Which path the key for paths fails: the selected thing where it is one, else the selected device; "" = none."""
    names = (thing_of(model).name, model.selection.name("device"))
    return next((name for name in names if name and model.paths_to(name)), "")


def gone_one(model: Model) -> str:
    """Which device or LUN would be revived: the LUN, without which no device is of use, the selected device, or the
    first that is gone; "" = none.
    """
    gone = [*model.gone_luns, *(device.name for device in model.devices if is_dead(device))]
    name = model.selection.name("device")
    return name if name in gone and not model.gone_luns else next(iter(gone), "")


def has_fault_key(model: Model, word: str) -> bool:
    """Whether the one-key fault means something on its target."""
    kind, name = target_of(model)
    return bool(name) and word in _BY_KEY[kind]


def faults_on(model: Model, target: str) -> list[FaultView]:
    """Faults in force on a target."""
    return [fault for fault in model.faults() if fault.target == target]


def standing_faults(model: Model, word: str) -> list[FaultView]:
    """Faults of the type behind a one-key fault that are in force on the target."""
    kind, name = target_of(model)
    of_type = _BY_KEY[kind].get(word)
    return [fault for fault in faults_on(model, name) if fault.type == of_type]


def toggle_fault(model: Model, word: str) -> Deed:
    """Put the one-key fault *word* in force, or clear it where a fault of its type is in force."""
    kind, name = target_of(model)
    if not name:
        raise CannotDo("no device to act on")
    of_type = _BY_KEY[kind].get(word)
    if of_type is None:
        known = ", ".join(_BY_KEY[kind].values())
        raise CannotDo(f"{name} is a {kind}: one-key faults here are {known}")
    standing = standing_faults(model, word)
    if standing:
        return clear_faults(model, name, standing)
    return inject(FaultSpec(name=of_type, type=of_type, target=name))


def inject(*specs: FaultSpec) -> Deed:
    """Put *specs*, alike but for their targets, in force."""
    undo: list[Command] = []
    for spec in specs:
        undo.append(ClearFault(spec.target, spec.name))
        if spec.type in _HOLDS:
            undo.append(Release(spec.target, spec.name))
    where = " and ".join(spec.target for spec in specs) if len(specs) < 3 else f"{len(specs)} devices"
    orders = tuple(InjectFault(spec.target, spec) for spec in specs)
    return Deed(f"inject {specs[0].type} on {where}", orders, tuple(undo))


def clear_faults(
    model: Model, target: str, faults: list[FaultView], known: Mapping[str, FaultSpec] | None = None
) -> Deed:
    """Clear some faults of a target, and let go what they hold."""
    if not faults:
        raise CannotDo(f"no fault is in force on {target}")
    specs = known_specs(model) | dict(known or {})
    orders: list[Command] = []
    undo: list[Command] = []
    for fault in faults:
        orders.append(ClearFault(target, fault.name))
        if fault.type in _HOLDS:
            orders.append(Release(target, fault.name))
        spec = specs.get(f"{target}/{fault.name}")
        if spec is None and fault.name == fault.type:
            spec = FaultSpec(name=fault.name, type=fault.type, target=target)
        if spec is not None:
            undo.append(InjectFault(target, spec))
    names = ", ".join(fault.name for fault in faults)
    return Deed(f"clear {names} on {target}", tuple(orders), tuple(undo))


def left_failed(model: Model, deed: Deed) -> list[str]:
    """Paths that are failed and stay so though *deed* clears the faults of their devices."""
    cleared = dict.fromkeys(order.target for order in deed.orders if isinstance(order, ClearFault))
    return [name for name in cleared if any(not path.active for _, _, _, path in model.paths_to(name))]


def release(target: str, fault: str) -> Deed:
    """Let go what a fault holds; it stays in force."""
    return Deed(f"release {fault} on {target}", (Release(target, fault),))


def known_specs(model: Model) -> dict[str, FaultSpec]:
    """Faults of the scenario, its timeline and the console, by target and name, so that clearing one can be undone."""
    return {f"{spec.target}/{spec.name}": spec for spec in model.story.plan.faults} | dict(model.injected)


def toggle_path(model: Model) -> Deed:
    """Fail the selected path in every md that has it, or reinstate it where it is failed."""
    places = model.paths_to(path_of(model))
    if not places:
        raise CannotDo(f"{thing_of(model).name or 'nothing'} is not a path of a multipath target")
    failed = [(md, path) for md, _, _, path in places if not path.active]
    todo = failed or [(md, path) for md, _, _, path in places]
    verb, back = ("reinstate_path", "fail_path") if failed else ("fail_path", "reinstate_path")
    return Deed(
        f"{verb} {todo[0][1].name}",
        tuple(Message(md.name, f"{verb} {path.dev}") for md, path in todo),
        tuple(Message(md.name, f"{back} {path.dev}") for md, path in todo),
    )


def suspend(model: Model, noflush: bool) -> Deed:
    """Suspend the selected md; while it is suspending, interrupt that."""
    md = model.md
    if md is None:
        raise CannotDo("no mapped device")
    if md.state == "SUSPENDING":
        return Deed(f"interrupt the suspend of {md.name}", (InterruptSuspend(md.name),))
    word = "suspend --noflush" if noflush else "suspend"
    return Deed(f"{word} {md.name}", (Suspend(md.name, noflush=noflush),), (Resume(md.name),))


def resume(model: Model) -> Deed:
    """Resume the selected md.  One that runs and has no inactive table is left alone, as ``dmsetup resume`` does."""
    md = model.md
    if md is None:
        raise CannotDo("no mapped device")
    if md.state == "RUNNING" and not md.inactive_table:
        raise CannotDo(f"{md.name} is not suspended")
    return Deed(f"resume {md.name}", (Resume(md.name),), (Suspend(md.name, noflush=md.noflush),))


def needs_time(deed: Deed) -> bool:
    """Whether nothing of it can be seen, nor is answered, while the emulated clock stands: it waits in a context."""
    return any(isinstance(order, Suspend | Resume) for order in deed.orders)


def break_deadlock(model: Model) -> Deed:
    """Take the lock from its stuck holder."""
    event = model.deadlocked
    if event is None:
        raise CannotDo("no deadlock was found")
    md = model.find_md(event.machine)
    target = md.name if md else event.machine
    return Deed(f"break the deadlock on {event.details.get('lock', target)}", (BreakDeadlock(target),))


def toggle_load(model: Model) -> Deed:
    """Stop or start the selected submitter."""
    view = model.submitter
    if view is None:
        raise CannotDo("no submitter")
    start, stop = StartLoad(view.name), StopLoad(view.name)
    if view.running:
        return Deed(f"stop load {view.name}", (stop,), (start,))
    return Deed(f"start load {view.name}", (start,), (stop,))


def kill(model: Model, key: Key) -> Deed:
    """SIGKILL a process."""
    if not key.name:
        raise CannotDo("nothing is selected")
    undo = (Revive(key.name),) if key.kind == "device" else ()
    return Deed(f"kill {key.name}", (Kill(key.name),), undo)


def revive(model: Model) -> Deed:
    """Bring a LUN that is gone back, the selected device, or the only one that is gone."""
    name = gone_one(model)
    if not name:
        away = [f"{device.name} is {word(device)}" for device in model.devices if fault_away(device)]
        raise CannotDo(f"{', '.join(away)} by a fault: clear it" if away else "no device and no LUN is gone")
    return Deed(f"revive {name}", (Revive(name),), (Kill(name),))


def pause(model: Model) -> Deed:
    """Stop the emulated clock, or let it go on."""
    stop, go = Pause(), Go()
    return Deed("go on", (go,), (stop,)) if model.paused else Deed("pause", (stop,), (go,))


def change_speed(model: Model, step: int) -> Deed:
    """Change the speed of the emulated clock to the next rung above (*step* 1) or below (-1)."""
    speed = model.speed
    rungs = [rung for rung in SPEEDS if (rung > speed if step > 0 else rung < speed)]
    if not rungs:
        raise CannotDo(f"the speed is at its limit, {speed:g}×")
    new = min(rungs) if step > 0 else max(rungs)
    return Deed(f"speed {new:g}×", (SetSpeed(speed=new),), (SetSpeed(speed=speed),))


def slow_motion(model: Model, before: float) -> Deed:
    """Into slow motion, or out of it to the speed *before*."""
    speed = model.speed
    if speed > SLOW_MOTION:
        return Deed(f"slow motion {SLOW_MOTION:g}×", (SetSpeed(speed=SLOW_MOTION),), (SetSpeed(speed=speed),))
    back = before if before > SLOW_MOTION else 1.0
    return Deed(f"out of slow motion: speed {back:g}×", (SetSpeed(speed=back),), (SetSpeed(speed=speed),))


class Undoable(NamedTuple):
    """What can be taken back, for a list."""

    at_us: int
    """Emulated time at which it was done."""
    text: str


class History:
    """What was done, the newest last, bounded: beyond the bound the oldest can no longer be undone.

    Stopping the clock and letting it go on is no part of it: the same key takes it back.
    """

    def __init__(self, most: int = UNDO_MOST) -> None:
        self._deeds: deque[tuple[int, Deed]] = deque(maxlen=most)

    def add(self, deed: Deed, at_us: int = 0) -> None:
        """Remember a deed that was done, at that emulated time."""
        if not any(isinstance(order, Pause | Go) for order in deed.orders):
            self._deeds.append((at_us, deed))

    def take(self) -> Deed:
        """The deed that takes back the last one.  Raises CannotDo where there is none."""
        if not self._deeds:
            raise CannotDo("nothing to undo")
        _, last = self._deeds.pop()
        if not last.undo:
            raise CannotDo(f"{last.text!r} cannot be undone")
        return Deed(f"undo: {last.text}", last.undo)

    def undoable(self) -> list[Undoable]:
        """What can be undone, the newest first."""
        return [Undoable(at_us, deed.text) for at_us, deed in reversed(self._deeds) if deed.undo]

    def take_many(self, count: int) -> list[Deed]:
        """The deeds that take back the *count* newest that can be, the newest first; others before them are dropped."""
        found: list[Deed] = []
        while self._deeds and len(found) < count:
            _, deed = self._deeds.pop()
            if deed.undo:
                found.append(Deed(f"undo: {deed.text}", deed.undo))
        return found

    def forget(self, text: str) -> None:
        """A deed was refused: there is nothing of it to take back."""
        at = next((i for i in range(len(self._deeds) - 1, -1, -1) if self._deeds[i][1].text == text), None)
        if at is not None:
            del self._deeds[at]

    def clear(self) -> None:
        """Forget everything (another scenario was opened)."""
        self._deeds.clear()
