"""A scenario before it is opened: what it is about, what it is built of, what happens, what must hold (pure).

Lines of (text, style); styles are head, dim and "" (plain).  Wrapping is the screen's.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.plan import Distribution, MdSpec, Plan, SubmitterSpec
from emulator.scenario.loader import Scenario, Step
from emulator.scenario.saying import time_words

Line = tuple[str, str]
MIB = 2048
"""Sectors."""


def brochure(scenario: Scenario) -> list[Line]:
    """All of it."""
    plan = scenario.plan
    eras = ", ".join(sorted({md.era for md in plan.mds}))
    facts = f"era {eras} · {time_words(plan.duration)} · seed {plan.seed}"
    if plan.speed != 1:
        facts += f" · {plan.speed:g}× speed"
    lines: list[Line] = [(scenario.about, ""), ("", ""), (facts, "dim"), ("", ""), ("topology", "head")]
    for md in plan.mds:
        lines += [(line, "") for line in topology(plan, md)]
    if plan.multipathd is not None:
        lines.append((f"multipathd checks paths every {time_words(plan.multipathd.polling_interval)}", ""))
    lines += _section("load", [load_text(spec) for spec in plan.submitters], "nothing reads or writes by itself")
    happens = [f"from the start  {fault.type} on {fault.target} ({fault.name})" for fault in plan.faults]
    happens += [step_text(step) for step in scenario.timeline]
    happens += [f"step {number}  {step.line}" for number, step in enumerate(scenario.steps, 1)]
    lines += _section("what happens", happens, "nothing: break it yourself")
    expects = [f"always {each.text}" if each.always else each.text for each in scenario.expectations]
    return lines + _section("what must hold", expects, "nothing is expected")


def _section(title: str, items: list[str], empty: str) -> list[Line]:
    shown: list[Line] = [(f"  {item}", "") for item in items] or [(f"  {empty}", "dim")]
    return [("", ""), (title, "head"), *shown]


def topology(plan: Plan, md: MdSpec) -> Iterator[str]:
    """*md* as ``multipath -ll`` draws it: each priority group with its paths."""
    by_dev = dict(plan.labels)
    if not md.table:
        yield f"{md.name} ({md.dev}) without a table"
        return
    words = md.table.split()
    size = int(words[1]) // MIB
    yield f"{md.name} ({md.dev}) {words[2]}, {size:,} MiB" + (", completes inline" if md.completion == "inline" else "")
    groups = [("", list(dict.fromkeys(word for word in words if word in by_dev)))]
    if words[2] == "multipath":
        groups = list(_groups(words))
    for number, (selector, devs) in enumerate(groups, 1):
        last_group = number == len(groups)
        yield f"{'`' if last_group else '|'}-+- " + (f"policy='{selector}'" if selector else words[2])
        for index, dev in enumerate(devs):
            stem = " " if last_group else "|"
            path = _path(plan, by_dev.get(dev, ""), dev)
            yield f"{stem} {'`' if index == len(devs) - 1 else '|'}- {path}"


def _groups(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """(selector with its arguments, major:minor of each path) of a multipath line that the grammar accepts."""
    at = 3
    for _ in ("features", "hardware handler"):
        at += int(words[at]) + 1
    count, at = int(words[at]), at + 2
    for _ in range(count):
        arguments = int(words[at + 1])
        selector = " ".join(words[at : at + 2 + arguments])
        at += 2 + arguments
        paths, each = int(words[at]), int(words[at + 1])
        at += 2
        yield selector, [words[at + number * (each + 1)] for number in range(paths)]
        at += paths * (each + 1)


def _path(plan: Plan, name: str, dev: str) -> str:
    device = next((device for device in plan.devices if device.name == name), None)
    if device is None:
        return f"{name} {dev}".lstrip()
    return f"{device.host} {name} {dev}  {device.lun}, depth {device.queue_depth}, {times_text(device.service)}"


def times_text(times: Distribution) -> str:
    """``6ms lognormal``."""
    a = time_words(times.a)
    if times.kind == "uniform":
        return f"{a}..{time_words(times.b)}"
    return a if times.kind == "fixed" else f"{a} {times.kind}"


def load_text(spec: SubmitterSpec) -> str:
    """A submitter in one line."""
    jobs = f"{spec.jobs} jobs of " if spec.jobs > 1 else ""
    pace = f"{spec.rate:g} bios/s" if spec.rate else f"depth {spec.depth}"
    sizes = ", ".join(f"{sectors / 2:g} KiB" for sectors, _ in spec.block_sizes)
    reads = round(100 * spec.read_share)
    kind = "reads" if reads == 100 else "writes" if reads == 0 else f"{reads}% reads"
    return f"{spec.name} → {spec.target}: {jobs}{pace}, {spec.pattern} {kind} of {sizes}"


def step_text(step: Step) -> str:
    """An entry of the timeline in one line."""
    if step.after is None:
        return f"{time_words(step.at_us or 0)}  {step.text}"
    about = " ".join(filter(None, (step.after.machine, *step.after.names)))
    plus = f" + {time_words(step.after.plus_us)}" if step.after.plus_us else ""
    which = f" #{step.after.nth}" if step.after.nth > 1 else ""
    return f"after {' '.join(filter(None, (step.after.kind, about)))}{which}{plus}  {step.text}"
