"""Requests with a story each, played in the simulation, and their lives as text (used by test_lives)."""

from __future__ import annotations

from collections.abc import Callable

from helpers.md import QUEUE_IF_NO_PATH, table
from helpers.stage import Stage, fixed, plan

from emulator.commands import ClearFault, InjectFault, Kill, Message, Resume, Suspend
from emulator.plan import FaultSpec, MdSpec
from emulator.trace.life import Life
from emulator.trace.lives import request_life
from emulator.trace.search import Search, look

LOWER = "253:9"


def lived(stage: Stage, search: Search) -> Life:
    """The life that *search* finds."""
    sim = stage.sim
    return look(search, lambda wanted: sim.recorded(sim.ask_recorded(wanted)) or {})


def stage_of(line: str = "", **changes: object) -> Stage:
    """A stage that records."""
    stage = Stage(plan(line or table("sda", "sdb"), **changes))  # type: ignore[arg-type]
    stage.sim.record(True)
    return stage


def fault(stage: Stage, device: str, type: str = "error", **matchers: object) -> None:
    """Put a fault named after its type in force."""
    stage.do(InjectFault(device, FaultSpec(type, type, device, **matchers)))  # type: ignore[arg-type]


def normal() -> Stage:
    stage = stage_of()
    stage.read(0, unplug=True)
    stage.play(20_000)
    return stage


def merged() -> Stage:
    stage = stage_of()
    stage.write(8)
    stage.write(16)
    stage.write(0)
    stage.unplug()
    stage.play(20_000)
    return stage


def one_path_fails() -> Stage:
    stage = stage_of()
    fault(stage, "sda")
    stage.read(0, unplug=True)
    stage.play(20_000)
    return stage


def partial_then_error() -> Stage:
    stage = stage_of()
    fault(stage, "sda", "partial", params=(("sectors", 8),))
    stage.read(0)
    stage.read(8)
    stage.unplug()
    stage.play(20_000)
    return stage


def busy() -> Stage:
    stage = stage_of()
    fault(stage, "sda", "busy")
    fault(stage, "sdb", "busy")
    stage.play(1_000)
    stage.read(0, unplug=True)
    stage.play(5_000)
    stage.do(ClearFault("sdb"))
    stage.do(ClearFault("sda"))
    stage.play(20_000)
    return stage


def noflush_suspend() -> Stage:
    stage = stage_of()
    stage.do(Suspend("md", noflush=True))
    stage.play(1_000)
    stage.read(0, unplug=True)
    stage.play(5_000)
    stage.do(Resume("md"))
    stage.play(20_000)
    return stage


def all_paths_failed() -> Stage:
    stage = stage_of()
    fault(stage, "sda")
    fault(stage, "sdb")
    stage.read(0, unplug=True)
    stage.play(20_000)
    return stage


def multipath_queueing() -> Stage:
    stage = stage_of(table("sda", features=QUEUE_IF_NO_PATH))
    fault(stage, "sda")
    stage.read(0, unplug=True)
    stage.play(10_000)
    stage.do(ClearFault("sda"))
    stage.do(Message("md", "reinstate_path 8:0"))
    stage.play(20_000)
    return stage


def queueing_modern() -> Stage:
    stage = stage_of(table("sda", features=QUEUE_IF_NO_PATH), era="modern")
    fault(stage, "sda")
    stage.read(0, unplug=True)
    stage.play(10_000)
    stage.do(ClearFault("sda"))
    stage.do(Message("md", "reinstate_path 8:0"))
    stage.play(200_000)
    return stage


def inline_deadlock() -> Stage:
    stage = stage_of(table("sda"), completion="inline", devices={"sda": {"queue_depth": 1}})
    stage.read(0, unplug=True)
    stage.play(50)
    stage.read(1000, unplug=True)
    stage.play(20_000)
    return stage


def stacked() -> Stage:
    lower = MdSpec("lower", LOWER, table("sda", "sdb"))
    stage = stage_of(f"0 65536 multipath 0 0 1 1 round-robin 0 1 1 {LOWER} 1", mds=(lower,))
    fault(stage, "sda")
    stage.read(0, unplug=True)
    stage.play(20_000)
    return stage


def linear_over_multipath() -> Stage:
    lower = MdSpec("lower", LOWER, table("sda", "sdb"))
    stage = stage_of(f"0 32768 linear {LOWER} 2048", mds=(lower,))
    fault(stage, "sda")
    stage.read(0, unplug=True)
    stage.play(20_000)
    return stage


def multipath_of_bios() -> Stage:
    line = table("sda", "sdb").replace("multipath 0 ", "multipath 2 queue_mode bio ")
    stage = stage_of(line, era="modern")
    fault(stage, "sda")
    stage.read(0, unplug=True)
    stage.play(20_000)
    return stage


def killed_device() -> Stage:
    stage = stage_of(devices={"*": {"service": fixed(5_000)}})
    stage.read(0, unplug=True)
    stage.play(1_000)
    stage.do(Kill("sda"))
    stage.play(20_000)
    return stage


STORIES: dict[str, Callable[[], Stage]] = {
    story.__name__: story
    for story in (
        normal, merged, one_path_fails, partial_then_error, busy, noflush_suspend, all_paths_failed,
        multipath_queueing, queueing_modern, inline_deadlock, stacked, linear_over_multipath, multipath_of_bios,
        killed_device,
    )
}


def text_of(life: Life) -> str:
    """Everything that a life says."""
    lines = [life.title, f"reason: {life.reason}", f"ended: {life.ended}", f"lanes: {' '.join(life.lanes)}"]
    lines += [f"missing: {text}" for text in life.missing] + [f"fact: {text}" for text in life.facts]
    for step in life.steps:
        locks = " ".join(step.locks) or "-"
        where = f"{step.at_us - life.since_us:>6} {step.machine:<8}{step.context or '-':<14}{locks:<18}"
        lines.append(f"{where} {step.function}: {step.text}{f' [{step.tone}]' if step.tone else ''}")
    for bio in life.bios:
        end = f"{bio.ended_us - life.since_us}" if bio.ended_us >= 0 else "open"
        lines.append(f"bio {bio.owner} {bio.bio} {bio.sector}+{bio.sectors} {bio.how}, ended {end} errno {bio.errno}")
    lines += [f"attempt {each.clone} {each.device or '-'} errno {each.errno} {each.verdict}" for each in life.attempts]
    for wait in life.waits:
        end = f"{wait.until_us - life.since_us}" if wait.until_us >= 0 else "open"
        lines.append(f"wait {wait.what} {wait.where} {wait.since_us - life.since_us} {end}")
    lines += [f"sent {each.word} {each.number} {each.source} > {each.destination}" for each in life.sent]
    return "\n".join(lines) + "\n"


def story_life(name: str) -> Life:
    """The life of the first request of a story (of the second where the first only makes it happen)."""
    stage = STORIES[name]()
    return lived(stage, request_life(stage.sim.plan, "md", 3 if name == "inline_deadlock" else 1))
