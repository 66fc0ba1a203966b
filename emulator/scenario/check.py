"""What one part of a scenario says about another: names, numbers, tables, events, faults; used by the loader.

Works on whatever could be read, so that one wrong value does not hide what is wrong elsewhere.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.events import KINDS
from emulator.plan import Era
from emulator.scenario.document import Document, Where
from emulator.scenario.errors import ScenarioError, nearest, one_of, shown
from emulator.scenario.expect import ExpectError, Expression, parse_expectation
from emulator.scenario.faultkeys import check_fault
from emulator.scenario.fields import Part
from emulator.scenario.model import ExpectPart, FaultPart, ScenarioPart, TimelinePart
from emulator.scenario.multipathd import MultipathdPart
from emulator.scenario.pathcheck import MULTIPATHD, check_multipaths, check_port_groups
from emulator.scenario.salvage import salvaged
from emulator.scenario.stepcheck import check_line, check_message, check_steps
from emulator.scenario.steps import StepPart
from emulator.scenario.tables import read_table
from emulator.scenario.topology import DevicePart, LunPart, MdPart, SubmitterPart
from emulator.scenario.units import time_text, whole_us

RESERVED = "supervisor"
"""No machine may have this name."""
_MACHINES = {"luns": "lun", "devices": "device", "mds": "md", "submitters": "submitter"}
"""Sections whose entries are machines, and what one of them is."""


@dataclass(slots=True)
class Draft:
    """Every part of a scenario that could be read, each with its place, and the names that the file declares."""

    luns: list[tuple[Where, LunPart]] = field(default_factory=list)
    devices: list[tuple[Where, DevicePart]] = field(default_factory=list)
    mds: list[tuple[Where, MdPart]] = field(default_factory=list)
    submitters: list[tuple[Where, SubmitterPart]] = field(default_factory=list)
    faults: list[tuple[Where, FaultPart]] = field(default_factory=list)
    timeline: list[tuple[Where, TimelinePart]] = field(default_factory=list)
    expect: list[tuple[Where, ExpectPart]] = field(default_factory=list)
    steps: list[tuple[Where, StepPart]] = field(default_factory=list)
    softirq: str = "softirq"
    era: Era = "2.6.31"
    """Kernel of the mds that name none."""
    multipathd: MultipathdPart | None = None
    duration: int | None = None
    """Microseconds; None if it could not be read."""
    names: dict[str, set[str]] = field(default_factory=dict)
    """Declared names by what they name: lun device md submitter softirq fault."""
    unclear: set[str] = field(default_factory=set)
    """Kinds of which a name could not be read: nothing can be said to be undeclared."""

    def machines(self) -> list[tuple[Where, LunPart | DevicePart | MdPart | SubmitterPart]]:
        """Every machine but the softirq worker, with its place."""
        return [*self.luns, *self.devices, *self.mds, *self.submitters]

    def numbered(self) -> list[DevicePart | MdPart]:
        """Everything that has a major:minor."""
        return [part for _, part in self.machines() if isinstance(part, DevicePart | MdPart)]


def draft_of(data: Mapping[str, Any]) -> Draft:
    """What can be read of every part of *data*."""
    draft = Draft()
    parts: dict[str, type[Part]] = {
        "luns": LunPart, "devices": DevicePart, "mds": MdPart, "submitters": SubmitterPart, "faults": FaultPart,
        "timeline": TimelinePart, "expect": ExpectPart, "steps": StepPart,
    }
    for section, part in parts.items():
        items = data.get(section, [])
        kind = _MACHINES.get(section)
        if not isinstance(items, list):
            if kind or section in ("faults", "timeline"):
                draft.unclear.add(kind or "fault")
            continue
        for index, item in enumerate(items):
            if kind:
                _declare(draft, kind, item)
            _declare_fault(draft, section, item)
            said = {"finally": item} if part is ExpectPart and isinstance(item, str) else item
            read = salvaged(part, said)
            if read is not None:
                getattr(draft, section).append(((section, index), read))
    softirq = data.get("softirq", {})
    if isinstance(softirq, dict) and isinstance(softirq.get("name", "softirq"), str):
        draft.softirq = softirq.get("name", "softirq")
    draft.names["softirq"] = {draft.softirq}
    if data.get("era") == "modern":
        draft.era = "modern"
    if data.get("multipathd") is not None:
        draft.names["multipathd"] = {MULTIPATHD}
        draft.multipathd = salvaged(MultipathdPart, data["multipathd"])
    try:
        draft.duration = whole_us(data.get("duration", ScenarioPart.model_fields["duration"].default))
    except ValueError:
        draft.duration = None  # the whole file's validation reports it
    return draft


def _declare(draft: Draft, kind: str, item: Any) -> None:
    name = item.get("name") if isinstance(item, dict) else None
    if isinstance(name, str):
        draft.names.setdefault(kind, set()).add(name)
    else:
        draft.unclear.add(kind)


def _declare_fault(draft: Draft, section: str, item: Any) -> None:
    """Note the name of a fault, of a broken entry too."""
    fault = item.get("inject") if section == "timeline" and isinstance(item, dict) else item
    if section not in ("faults", "timeline") or (section == "timeline" and fault is None):
        return
    _declare(draft, "fault", fault)


class Checker:
    """One pass over a draft; ``errors`` is what it found, ``expressions`` the expectations that could be parsed."""

    def __init__(self, document: Document, draft: Draft) -> None:
        self.document = document
        self.draft = draft
        self.errors: list[ScenarioError] = []
        self.expressions: list[tuple[ExpectPart, Expression]] = []
        self.lengths: dict[str, list[int]] = {}
        """Sectors of each table that a mapped device has or gets; 0 of one that cannot be read."""

    def check(self) -> None:
        """Everything, in the order of the file's usual sections."""
        self._unique()
        for where, device in self.draft.devices:
            self._name((*where, "lun"), device.lun, "lun")
        self._tables()
        check_multipaths(self.draft.multipathd, lambda where, name: self._name(where, name, "md"), self._once)
        check_port_groups(self.draft.devices, self.say)
        for where, submitter in self.draft.submitters:
            self._name((*where, "target"), submitter.target, "md")
            self._region(where, submitter)
        seen: dict[str, Where] = {}
        for where, fault in self.draft.faults:
            self._once(seen, fault.name, (*where, "name"), "a fault")
            self._fault(where, fault)
        for where, entry in self.draft.timeline:
            self._entry(where, entry)
        check_steps(self.document, self.draft.steps, self._known("device"), self.say)
        self._expectations()

    # -- names ---------------------------------------------------------------------------------------------

    def say(self, where: Where, text: str, offset: int = 0) -> None:
        """Note an error."""
        self.errors.append(self.document.error(where, text, offset=offset))

    def _known(self, *kinds: str) -> set[str]:
        return {name for kind in kinds for name in self.draft.names.get(kind, ())}

    def _name(self, where: Where, name: str | None, *kinds: str, offset: int = 0) -> bool:
        """Whether *name* is declared as one of *kinds*; notes it if not (None: it could not be read)."""
        known = self._known(*kinds)
        if name is None or name in known or self.draft.unclear & set(kinds):
            return True
        what = " or ".join(_WORDS[kind] for kind in kinds)
        self.say(where, f"found {shown(name)}, expected {what}: {one_of(sorted(known))}{nearest(name, known)}", offset)
        return False

    def _daemon(self) -> tuple[str, ...]:
        return ("multipathd",) if self.draft.names.get("multipathd") else ()

    def _once(self, seen: dict[str, Where], name: str | None, where: Where, what: str) -> None:
        if name is None:
            return
        if name in seen:
            line = self.document.values.get(seen[name], (0, 0))[0]
            first = f" (first in line {line})" if line else ""
            self.say(where, f"found {shown(name)} a second time{first}, expected {what} of its own")
        seen.setdefault(name, where)

    def _unique(self) -> None:
        names: dict[str, Where] = {RESERVED: (), self.draft.softirq: ("softirq",)}
        numbers: dict[str, Where] = {}
        for where, part in self.draft.machines():
            if part.name == RESERVED or part.name in self._known("multipathd"):
                self.say((*where, "name"), f"found '{part.name}', expected another name (it is the emulator's own)")
            else:
                self._once(names, part.name, (*where, "name"), "a name")
            if isinstance(part, DevicePart | MdPart) and part.dev is not None:
                self._once(numbers, part.dev, (*where, "dev"), "a number")

    # -- tables --------------------------------------------------------------------------------------------

    def _tables(self) -> None:
        below: dict[str, set[str]] = {}
        for where, md in self.draft.mds:
            if md.table:
                below.setdefault(md.name, set()).update(self._table((*where, "table"), md.name, md.table))
        for where, entry in self.draft.timeline:
            if entry.load is not None and entry.load.table is not None and entry.answer == "ok":
                paths = self._table((*where, "load", "table"), entry.load.md, entry.load.table)
                below.setdefault(entry.load.md, set()).update(paths)
        for where, md in self.draft.mds:
            cycle = _cycle(below, md.name)
            if cycle:
                said = " -> ".join(cycle)
                self.say((*where, "table"), f"found a cycle of mapped devices ({said}), expected paths below the md")
                return

    def _table(self, where: Where, md: str, line: str) -> list[str]:
        """Names of the paths in *line*."""
        try:
            table = read_table(line, self._era(md))
        except ValueError as error:
            self.say(where, str(error))
            self.lengths.setdefault(md, []).append(0)
            return []
        self.lengths.setdefault(md, []).append(table.length)
        numbers = {part.dev: part.name for part in self.draft.numbered() if part.dev}
        names = []
        for word in table.devices:
            name = numbers.get(word.text, word.text)
            if name[:1].isdigit():
                if not numbers.keys() >= {word.text} and not self._numbered(word.text):
                    known = one_of(sorted(self._known("device", "md")))
                    self.say(where, f"found {word.text!r}, which no device has, expected {known}", word.offset)
                continue
            if self._name(where, name, "device", "md", offset=word.offset):
                names.append(name)
                self._fits(where, word.needed, table.length_offset, name)
        return names

    def _era(self, md: str) -> Era:
        """The kernel that reads the tables of *md*."""
        return next((part.era for _, part in self.draft.mds if part.name == md and part.era), self.draft.era)

    def _numbered(self, dev: str) -> bool:
        """Whether *dev* could be a number that is given out in order (compile gives them)."""
        return dev in number_devices(self.draft)[0].values()

    def _fits(self, where: Where, length: int, offset: int, name: str) -> None:
        luns = {lun.name: lun.size for _, lun in self.draft.luns if lun.size is not None}
        lun = next((device.lun for _, device in self.draft.devices if device.name == name), None)
        if lun in luns and length > luns[lun]:
            self.say(where, f"found a length of {length} sectors, expected at most {luns[lun]} (LUN {lun})", offset)

    def _region(self, where: Where, submitter: SubmitterPart) -> None:
        """Whether the region of *submitter* is inside the largest table of its target."""
        lengths = self.lengths.get(submitter.target, [0])
        end, most = submitter.offset + submitter.size, max(lengths)
        key = "size" if submitter.size else "offset"
        if 0 in lengths or end < most or (end == most and submitter.size):
            return
        region = f"an offset of {end} sectors"
        if submitter.size:
            region = f"a region from sector {submitter.offset} to {end}"
        self.say((*where, key), f"found {region}, expected it inside the {most} sectors of {submitter.target}")

    # -- faults and the timeline ---------------------------------------------------------------------------

    def _fault(self, where: Where, fault: FaultPart) -> None:
        if not self._name((*where, "target"), fault.target, "device", "softirq", "md") or fault.type is None:
            return
        kinds = [kind for kind in ("device", "softirq", "md") if fault.target in self._known(kind)]
        for key, text in check_fault(fault, kinds[0] if kinds else None):
            keyed = key if (*where, key) in self.document.values else ""
            place = (*where, keyed) if keyed else where
            self.errors.append(self.document.error(place, text, key=text.startswith("found unknown key")))

    def _entry(self, where: Where, entry: TimelinePart) -> None:
        for verb, value in entry.actions():
            self._action((*where, verb), verb, value, entry.answer)
        if entry.line is not None and entry.answer not in ("ok", "none", "any"):
            self.say((*where, "answer"), f"found {shown(entry.answer)}, expected ok, none or any of a line")
        elif entry.answer not in ("ok", "none", "any") and entry.answer not in errno.errorcode.values():
            valid = ["ok", "none", "any", *errno.errorcode.values()]
            said = f"found {shown(entry.answer)}, expected ok, none, any or an errno name such as EBUSY"
            self.say((*where, "answer"), said + nearest(entry.answer, valid))
        if entry.at is not None and self.draft.duration is not None and entry.at >= self.draft.duration:
            end = time_text(self.draft.duration)
            self.say((*where, "at"), f"found {time_text(entry.at)}, expected a time before the end of the run ({end})")
        if entry.after is not None:
            self._anchor((*where, "after"), entry)

    def _action(self, place: Where, verb: str, value: Any, answer: str) -> None:
        if verb == "inject":
            self._fault(place, value)
        elif verb == "line":
            check_line(place, value, self.say)
        elif verb in ("clear", "release"):
            self._name((*place, "target"), value.target, "device", "softirq", "md")
            self._name((*place, "name"), value.name, "fault")
        elif verb in ("start", "stop"):
            self._name(place, value, "submitter")
        elif verb == "kill":
            self._name(place, value, "device", "md", "softirq", "submitter", "lun", *self._daemon())
        elif verb == "revive":
            self._name(place, value, "device", "lun", *self._daemon())
        elif verb == "break_deadlock":
            self._name(place, value, "md", "device")
        elif verb != "speed":
            self._name((*place, "md"), value.md, "md")
            if verb == "message" and answer == "ok":
                check_message((*place, "text"), value.text, self.say)
            if verb in ("fail_path", "reinstate_path"):
                self._name((*place, "path"), value.path, "device", "md")

    def _anchor(self, where: Where, entry: TimelinePart) -> None:
        anchor = entry.after
        assert anchor is not None
        if anchor.event is not None and anchor.event not in KINDS:
            near = nearest(anchor.event, KINDS)
            self.say((*where, "event"), f"found {shown(anchor.event)}, expected {one_of(KINDS, 60)}{near}")
        if anchor.machine is not None:
            kinds = ("device", "md", "softirq", "submitter", "lun", *self._daemon())
            self._name((*where, "machine"), anchor.machine, *kinds)
        if anchor.md is not None:
            self._name((*where, "md"), anchor.md, "md")
        if anchor.path is not None:
            self._name((*where, "path"), anchor.path, "device", "md")

    def _expectations(self) -> None:
        unclear = self.draft.unclear
        names: dict[str, Iterable[str] | None] = {
            kind: None if kind in unclear else sorted(self._known(kind))
            for kind in ("md", "device", "lun", "submitter", "fault", *self._daemon())
        }
        paths = self._known("device", "md")
        names |= {"path": None if unclear & {"device", "md"} else sorted(paths), "softirq": [self.draft.softirq]}
        for where, part in self.draft.expect:
            key = "always" if part.always is not None else "finally"
            text = part.always if part.always is not None else part.at_end
            if text is None:
                continue
            place = (*where, key) if (*where, key) in self.document.values else where
            try:
                self.expressions.append((part, parse_expectation(text, names)))
            except ExpectError as error:
                self.say(place, str(error), error.offset)


_WORDS = {
    "lun": "a LUN", "device": "a device", "md": "a mapped device", "softirq": "the softirq worker",
    "submitter": "a submitter", "fault": "a fault", "multipathd": "multipathd",
}


def _cycle(below: Mapping[str, set[str]], start: str) -> list[str]:
    """A way from *start* back to itself, or []."""
    way: list[str] = []
    done: set[str] = set()

    def walk(name: str) -> bool:
        if name == start and way:
            return True
        if name in done:
            return False
        done.add(name)
        way.append(name)
        if any(walk(path) for path in sorted(below.get(name, ()))):
            return True
        way.pop()
        return False

    return [*way, start] if walk(start) else []


_SD_MAJORS = (8, 65, 66, 67, 68, 69, 70, 71)
"""Majors of SCSI disks, sixteen disks each."""


def number_devices(draft: Draft) -> tuple[dict[str, str], dict[str, str]]:
    """major:minor of each device and of each md by name: as given, the others in order."""
    given = {part.dev for part in draft.numbered() if part.dev}
    disks = (f"{major}:{minor}" for major in _SD_MAJORS for minor in range(0, 256, 16))
    free_disks = (dev for dev in disks if dev not in given)
    free_mds = (dev for dev in (f"253:{minor}" for minor in range(4096)) if dev not in given)
    devices = {part.name: part.dev or next(free_disks) for _, part in draft.devices}
    return devices, {part.name: part.dev or next(free_mds) for _, part in draft.mds}


def draft_from(scenario: ScenarioPart) -> Draft:
    """The draft of a scenario of which every part is valid."""
    draft = Draft(softirq=scenario.softirq.name, era=scenario.era, duration=scenario.duration)
    for section in ("luns", "devices", "mds", "submitters", "faults", "timeline", "expect", "steps"):
        parts = getattr(scenario, section)
        getattr(draft, section).extend(((section, index), part) for index, part in enumerate(parts))
        if section in _MACHINES:
            draft.names[_MACHINES[section]] = {part.name for part in parts}
    injected = [entry.inject for entry in scenario.timeline if entry.inject is not None]
    draft.names["fault"] = {fault.name for fault in (*scenario.faults, *injected)}
    draft.names["softirq"] = {draft.softirq}
    if scenario.multipathd is not None:
        draft.names["multipathd"], draft.multipathd = {MULTIPATHD}, scenario.multipathd
    return draft
