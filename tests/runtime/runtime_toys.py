"""Small machines that pass the words of one I/O along, for tests of the runtimes (played in child processes)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from emulator import messages as m
from emulator.machine import OTHER_CPU, Machine, Message, QueueLock, Steps
from emulator.plan import DeviceSpec, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.api import MachineKind
from emulator.snapshot import DeviceView, LockView, LunView, MdCounters, MdView, QueueView, SoftirqView, SubmitterView


def plan(devices: int = 2, **submitter: Any) -> Plan:
    """One toy submitter, md, softirq, LUN and so many devices."""
    names = [f"sd{chr(97 + i)}" for i in range(devices)]
    return Plan(
        name="toys",
        luns=(LunSpec("lun0", 1 << 20),),
        devices=tuple(DeviceSpec(name, "lun0", f"8:{16 * i}") for i, name in enumerate(names)),
        mds=(MdSpec("mpatha", "253:0", ""),),
        submitters=(SubmitterSpec("app", "mpatha", **{"depth": 32, **submitter}),),
    )


def topology(plan: Plan) -> Mapping[str, MachineKind]:
    """Every machine's kind."""
    kinds: dict[str, MachineKind] = {plan.softirq: "softirq"}
    kinds.update((spec.name, "submitter") for spec in plan.submitters)
    kinds.update((spec.name, "md") for spec in plan.mds)
    kinds.update((spec.name, "device") for spec in plan.devices)
    kinds.update((spec.name, "lun") for spec in plan.luns)
    return kinds


def links(plan: Plan) -> frozenset[tuple[str, str]]:
    """Who talks to whom."""
    found = {(plan.softirq, "mpatha")}
    for spec in plan.submitters:
        found |= {(spec.name, "mpatha"), ("mpatha", spec.name)}
    for device in plan.devices:
        found |= {("mpatha", device.name), (device.name, "mpatha"), (device.name, "lun0"), ("lun0", device.name)}
        found.add((device.name, plan.softirq))
    return frozenset(found)


class Toy(Machine):
    """Counts what it got and answers commands; some texts of ``message`` make it raise, chat or never return."""

    def __init__(self, name: str, clock_ns: Callable[[], int]) -> None:
        super().__init__(name, clock_ns)
        self.handlers[m.COMMAND] = self.command
        self.count = 0
        self.gone: list[str] = []
        self.back: list[str] = []
        self.late = False
        """Something to be done by the next run, as a submitter that was started."""

    def run(self, now_us: int, pick: Random | None = None, most: int | None = None) -> int:
        """Do what is left for the end of a run."""
        steps = super().run(now_us, pick, most)
        if self.late:
            self.late = False
            self.send(m.SUPERVISOR, (m.EVENT, now_us, "message", {"text": "late", "errno": 0}))
        return steps

    def command(self, source: str, message: Message) -> None:
        """Answer a face."""
        _, serial, verb, arguments = message
        if self.trace is not None:
            self.trace.append((self.now_us, "event", "", 0, verb, arguments))
        if verb == "message" and arguments[0] == "spin":
            while True:
                self.count += 0
        if verb == "message" and arguments[0] == "late":
            self.late = True
        if verb == "message" and arguments[0] == "overdue":
            for at_us in (10, 20):
                self.arm(at_us, lambda: None)
        if verb == "message" and arguments[0] == "boom":
            raise RuntimeError("boom as told")
        if verb == "message" and arguments[0] == "chat":
            for number in range(arguments[1]):
                self.send(m.SUPERVISOR, (m.EVENT, self.now_us, "message", {"text": f"{number}", "errno": 0}))
        if verb == "message" and arguments[0] == "peers":
            self.send(m.SUPERVISOR, (m.REPLY, serial, 0, f"gone {self.gone} back {self.back}"))
            return
        self.send(m.SUPERVISOR, (m.REPLY, serial, 0, f"{verb} {arguments}"))

    def peer_gone(self, now_us: int, peer: str) -> None:
        """Remember."""
        super().peer_gone(now_us, peer)
        self.gone.append(peer)

    def peer_back(self, now_us: int, peer: str) -> None:
        """Remember."""
        super().peer_back(now_us, peer)
        self.back.append(peer)


class ToySubmitter(Toy):
    """Keeps ``depth`` bios outstanding; ``ios`` bios in all (0 = for ever); carries data when ``read_share`` is 0."""

    kind = "submitter"

    def __init__(self, spec: SubmitterSpec, clock_ns: Callable[[], int]) -> None:
        super().__init__(spec.name, clock_ns)
        self.spec = spec
        self.submitted = 0
        self.data = None if spec.read_share else bytes(512 * spec.block_sizes[0][0])
        self.handlers[m.BIO_ENDIO] = self.endio
        if spec.pattern == "strided":
            raise RuntimeError("the toy cannot be built")
        self.arm(spec.start, self.start)

    def start(self) -> None:
        """Submit the first bios."""
        for _ in range(self.spec.depth):
            self.submit()

    def submit(self) -> None:
        """One bio more."""
        if not self.spec.ios or self.submitted < self.spec.ios:
            self.submitted += 1
            self.send(self.spec.target, (m.SUBMIT_BIO, "C1", self.submitted, self.submitted * 8, 8, 0, self.data))

    def endio(self, source: str, message: Message) -> None:
        """One bio has ended."""
        self.count += 1
        self.submit()

    def snapshot(self, most: int) -> SubmitterView:
        """What a face sees."""
        return SubmitterView(
            self.name, self.spec.target, self.now_us, True, self.submitted - self.count, 0, self.submitted, self.count,
            0, self.count, 0, 0, 0, 0, 0, 0, 0, 0, 0, (),
        )


class ToyMd(Toy):
    """Sends bios to its devices in turn; fails those of a device that vanished."""

    kind = "md"

    def __init__(self, plan: Plan, clock_ns: Callable[[], int]) -> None:
        super().__init__("mpatha", clock_ns)
        self.paths = [device.name for device in plan.devices]
        self.next = 0
        self.owner: dict[int, str] = {}
        self.handlers[m.SUBMIT_BIO] = self.submit
        self.handlers[m.END_CLONE_BIO] = self.end_bio
        self.handlers[m.SOFTIRQ_DONE] = self.done

    def submit(self, source: str, message: Message) -> None:
        """Map."""
        _, context, bio, sector, sectors, flags, data = message
        self.next += 1
        path = self.paths[self.next % len(self.paths)]
        self.owner[bio] = path
        self.send(path, (m.INSERT_CLONE, context, (), bio, flags, sector, (sectors,), data))

    def end_bio(self, source: str, message: Message) -> None:
        """Count."""
        self.count += 1

    def done(self, source: str, message: Message) -> None:
        """Complete, unless the device's end has done it."""
        if self.owner.pop(message[2], None):
            self.send("app", (m.BIO_ENDIO, message[2], message[3], None))

    def peer_gone(self, now_us: int, peer: str) -> None:
        """End what a device that vanished had."""
        super().peer_gone(now_us, peer)
        if peer in self.paths:
            self.paths.remove(peer)
            for bio in [bio for bio, path in self.owner.items() if path == peer]:
                self.done(peer, (m.SOFTIRQ_DONE, "softirq", bio, 5, 0))

    def peer_back(self, now_us: int, peer: str) -> None:
        """Use it again."""
        super().peer_back(now_us, peer)
        if peer.startswith("sd"):
            self.paths.append(peer)

    def snapshot(self, most: int) -> MdView:
        """What a face sees."""
        queue = QueueView("noop", (), 0, (), 0, (0, 0), False, False, 128, (0, 0), (False, False), (0, 0), 0, 0, 0)
        lock = LockView("L(M)", "", (), 0, 0, 0, 0, 0, 0, 0, self.clock_ns())
        return MdView(
            self.name, "253:0", self.now_us, "2.6.31", "RUNNING", False, "", "softirq", queue, lock, (), 0, None, 0,
            MdCounters(bios=self.next, bios_completed=self.count), (),
        )


class ToyDevice(Toy):
    """Asks the LUN, then completes under its queue lock."""

    kind = "device"

    def __init__(self, spec: DeviceSpec, md: str, softirq: str, clock_ns: Callable[[], int]) -> None:
        super().__init__(spec.name, clock_ns)
        self.spec, self.md, self.softirq = spec, md, softirq
        self.lock = QueueLock(f"{spec.name} queue_lock", clock_ns)
        self.handlers[m.INSERT_CLONE] = self.insert
        self.handlers[m.LUN_DONE] = self.lun_done

    def insert(self, source: str, message: Message) -> None:
        """Serve."""
        self.send(self.spec.lun, (m.LUN_IO, message[3], message[4], message[5], message[6][0], message[7]))

    def lun_done(self, source: str, message: Message) -> None:
        """Complete in one of four contexts."""
        self.call(self.context(f"irq{message[1] % 4}"), self.complete(message[1], message[2]))

    def complete(self, clone: int, errno: int) -> Steps:
        """Like a device's interrupt."""
        self.send(self.md, (m.END_CLONE_BIO, "irq", clone, 1, errno, None))
        yield self.lock
        yield OTHER_CPU
        self.count += 1
        self.send(self.softirq, (m.RAISE_SOFTIRQ, self.md, clone, errno, 1))
        self.unlock(self.lock)

    def snapshot(self, most: int) -> DeviceView:
        """What a face sees."""
        lock = self.lock
        waiters = tuple(context.name for context, _ in lock.waiters)
        view = LockView(
            lock.name, lock.holder.name if lock.holder else "", waiters, lock.acquired, lock.contended, lock.held_ns,
            lock.held_ns_max, lock.waited_ns, lock.waited_ns_max, lock.waiters_max, self.clock_ns(),
        )
        return DeviceView(
            self.name, self.spec.dev, self.spec.lun, self.now_us, False, (), 0, (), 0, 32, False, "", view, (),
            self.count, 0, 0, 0, self.count, (),
        )


class ToyLun(Toy):
    """Answers; keeps nothing."""

    kind = "lun"

    def __init__(self, spec: LunSpec, clock_ns: Callable[[], int]) -> None:
        super().__init__(spec.name, clock_ns)
        self.handlers[m.LUN_IO] = self.io

    def io(self, source: str, message: Message) -> None:
        """Answer."""
        self.count += 1
        self.send(source, (m.LUN_DONE, message[1], 0, None))

    def snapshot(self, most: int) -> LunView:
        """What a face sees."""
        return LunView(self.name, self.now_us, 1 << 20, 0, self.count, 0)


class ToySoftirq(Toy):
    """Passes on."""

    kind = "softirq"

    def __init__(self, name: str, clock_ns: Callable[[], int]) -> None:
        super().__init__(name, clock_ns)
        self.handlers[m.RAISE_SOFTIRQ] = self.raised

    def raised(self, source: str, message: Message) -> None:
        """Pass on."""
        self.count += 1
        self.send(message[1], (m.SOFTIRQ_DONE, "softirq", message[2], message[3], message[4]))

    def snapshot(self, most: int) -> SoftirqView:
        """What a face sees."""
        return SoftirqView(self.name, self.now_us, (), 0, 0, 0, 0, 0, self.count, self.count, False, 0, ())


def build_machine(plan: Plan, name: str, seed: int, clock_ns: Callable[[], int]) -> Machine:
    """The toy of that name."""
    for submitter in plan.submitters:
        if submitter.name == name:
            return ToySubmitter(submitter, clock_ns)
    for device in plan.devices:
        if device.name == name:
            return ToyDevice(device, "mpatha", plan.softirq, clock_ns)
    if name == "mpatha":
        return ToyMd(plan, clock_ns)
    if name == "lun0":
        return ToyLun(plan.luns[0], clock_ns)
    return ToySoftirq(name, clock_ns)
