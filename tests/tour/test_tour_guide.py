"""The guide and the predicates of the steps, over models made by hand; texts, their keys and their room."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from dmtui.keymap import HINTS
from dmtui.model.frame import Frame, Story
from dmtui.model.layout import Rect
from dmtui.model.layouts import LAYOUTS, place
from dmtui.model.selection import STAGES
from dmtui.model.state import Model
from dmtui.panels.line import Line, wrap
from dmtui.tour import words
from dmtui.tour.chapters import CHAPTERS, find_chapter
from dmtui.tour.guide import Guide
from dmtui.tour.moment import Totals, many, newest, since_suspend
from dmtui.tour.parts import Chapter, Step, with_keys
from dmtui.tour.place import make_room, rows_wanted
from emulator.events import Event
from emulator.scenario.library import load_scenario
from emulator.snapshot import DeviceView, MdView, SubmitterView
from tests.ui.scenes import SCENES

NAMES = {hint.id: hint.name for hint in HINTS} | {"tour.next": "n", "tour.back": "N"}
STEPS = [(chapter, step) for chapter in CHAPTERS for step in chapter.steps]
SMALL = [(60, 20), (80, 24), (100, 30), (120, 40), (160, 50), (240, 70)]


def scene(chapter: Chapter, name: str = "normal", serial: int = 2) -> Frame:
    """The last frame of a scene, as if the chapter's scenario showed it."""
    frame = list(SCENES[name]())[-1]
    return dataclasses.replace(frame, story=Story(chapter.story, "", frame.story.plan, serial), events=())


def with_views(frame: Frame, **changes: object) -> Frame:
    """Fields of the first md (``md__state``), of devices (``sda__errors``) or of the submitters (``app__failed``)."""
    views = dict(frame.views)
    for key, value in changes.items():
        who, _, field = key.partition("__")
        for name, view in views.items():
            named = isinstance(view, MdView) if who == "md" else name == who
            if named:
                views[name] = dataclasses.replace(view, **{field: value})  # type: ignore[arg-type]
    return dataclasses.replace(frame, views=views)


class Played:
    """A guide that stands in a step of a chapter."""

    def __init__(self, chapter: str, step: str, frame: Frame | None = None) -> None:
        found = find_chapter(chapter)
        assert found is not None
        self.chapter = found
        self.model = Model()
        self.guide = Guide(found)
        self.guide.begin(found, 1)
        self.frame = frame or scene(found)
        self.show(self.frame)
        while self.guide.step is not None and self.guide.step.name != step:
            self.guide.next(self.model)
        assert self.guide.step is not None

    def show(self, frame: Frame, *events: Event, screen: str = "", layout: str = "overview") -> Guide:
        """Another frame."""
        self.model.apply(dataclasses.replace(frame, events=events))
        self.guide.take(self.model, events, layout, screen)
        return self.guide


def event(kind: str, **details: object) -> Event:
    """An event of the md."""
    return Event(1, 1, "mpatha", kind, details)


# -- the texts -------------------------------------------------------------------------------------------------


def test_the_chapters_are_those_of_the_story() -> None:
    assert [chapter.name for chapter in CHAPTERS] == [
        "submission", "cloning", "completion", "softirq", "busy", "suspend", "resume", "failover",
    ]
    assert find_chapter("3") is CHAPTERS[2] and find_chapter("Suspend") is CHAPTERS[5]
    assert [find_chapter(words) for words in ("0", "9", "x", "", "²")] == [None] * 5


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_each_has_a_scenario_of_its_own_that_is_slow_and_long(chapter: Chapter) -> None:
    loaded = load_scenario(chapter.scenario)
    assert loaded.plan.name == chapter.story
    assert loaded.plan.speed <= 0.01 and loaded.plan.duration >= 3_600_000_000
    assert [md.name for md in loaded.plan.mds] == ["mpatha"]
    names = {spec.name for spec in (*loaded.plan.devices, *loaded.plan.submitters)}
    assert {step.pick[1] for step in chapter.steps if step.pick} <= names


@pytest.mark.parametrize(("chapter", "step"), STEPS, ids=lambda part: part.name)
def test_a_step_names_keys_that_exist_and_panels_of_the_overview(chapter: Chapter, step: Step) -> None:
    assert step.look in STAGES
    assert all(key == "esc" or key in NAMES for key in step.keys)
    assert step.keys or step.press.startswith("Nothing to press")
    assert "{" not in with_keys(f"{step.idea} {step.press}", NAMES)


@pytest.mark.parametrize("size", SMALL, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_step_fits_its_panel_uncut(size: tuple[int, int]) -> None:
    width, rows = size[0] - 2, rows_wanted(*size) - 2
    for chapter, step in STEPS:
        played = Guide(chapter)
        played.waiting = False
        played.at = chapter.steps.index(step)
        shown = said(words.lines(played, NAMES, width, rows))
        for part in (step.idea, step.press):
            assert all(word in shown for word in with_keys(part, NAMES).split()), f"{step.name}: {shown}"
        assert "…" not in shown and len(shown.splitlines()) <= rows
        played.seen = "x" * 20 + " and so on" * 10
        shown = said(words.lines(played, NAMES, width, rows))
        assert "x" * 20 in shown and "[n]" in shown, f"{step.name} at {size}: {shown}"
    for title in (words.title(played), words.short_title(played)):
        assert "step" in title
    assert all(len(words.short_title(Guide(chapter))) + 4 <= 58 for chapter in CHAPTERS)


def said(lines: Sequence[Line]) -> str:
    """The text of lines."""
    return "\n".join("".join(text for text, _ in line.cells) for line in lines)


@pytest.mark.parametrize("size", [*SMALL, (60, 15), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("console", [False, True])
def test_the_tour_has_rows_of_its_own(size: tuple[int, int], layout: str, console: bool) -> None:
    width, height = size
    rows = rows_wanted(width, height)
    for stage in LAYOUTS[layout].stages:
        for banner in (0, 2, 8):
            places = make_room(
                place(layout, False, width, height - rows, stage, banner, 1, console), width, height, rows
            )
            assert places["tour"].height == rows
            _tile(places, width, height)


def _tile(places: dict[str, Rect], width: int, height: int) -> None:
    """No two overlap, and none leaves the screen."""
    seen: set[tuple[int, int]] = set()
    for name, rect in places.items():
        assert rect.x >= 0 and rect.y >= 0 and rect.x + rect.width <= width and rect.y + rect.height <= height, name
        cells = {(x, y) for x in range(rect.x, rect.x + rect.width) for y in range(rect.y, rect.y + rect.height)}
        assert not cells & seen, name
        seen |= cells


def test_no_room_is_taken_without_a_tour() -> None:
    places = place("overview", False, 80, 24, "queue", 0)
    assert make_room(places, 80, 24, 0) == places


def test_words() -> None:
    assert [many(n, "bio") for n in (0, 1, 2)] == ["0 bios", "1 bio", "2 bios"] and many(3, "pass") == "3 passes"
    assert with_keys("{fault.error} and [esc]", {"fault.error": "E"}) == "[E] and [esc]"
    with pytest.raises(KeyError):
        with_keys("{fault.eror}", NAMES)
    assert wrap(words.END, 56)


def test_events_are_found_by_their_details() -> None:
    events = [event("suspend_started", noflush=True), event("suspended"), event("suspend_started", noflush=False)]
    assert since_suspend(events) == events[2:] and not since_suspend(events[1:2])
    assert newest(events, "suspend_started", noflush=True) is events[0] and newest(events, "resumed") is None


# -- the guide -------------------------------------------------------------------------------------------------


def test_a_chapter_begins_when_its_story_is_there() -> None:
    chapter = CHAPTERS[0]
    guide, model = Guide(chapter), Model()
    guide.begin(chapter, 2)
    old = scene(chapter, serial=2)
    model.apply(old)
    assert not guide.take(model, (), "overview", "") and guide.waiting and guide.next(model) is None
    model.apply(dataclasses.replace(old, story=Story("another", "", old.story.plan, 3)))
    assert not guide.take(model, (), "overview", "")
    model.apply(scene(chapter, serial=4))
    assert guide.take(model, (), "overview", "") and not guide.waiting and guide.at == 0


def test_next_goes_on_done_or_not_through_all_chapters_and_back() -> None:
    played = Played("submission", "bios")
    guide, model = played.guide, played.model
    for number, chapter in enumerate(CHAPTERS, 1):
        assert guide.chapter is chapter
        for at in range(1, len(chapter.steps)):
            assert guide.next(model) is None and guide.at == at
        if number < len(CHAPTERS):
            following = guide.next(model)
            assert following is CHAPTERS[number]
            guide.begin(following, number + 1)
            played.show(scene(following, serial=number + 2))
    assert guide.next(model) is None and guide.over and guide.next(model) is None
    assert words.title(guide) == words.short_title(guide) == "tour · the end"
    assert "[:]" in said(words.lines(guide, NAMES, 58, 7))
    assert guide.back(model) is None and guide.at == len(CHAPTERS[-1].steps) - 1
    for _ in range(len(CHAPTERS[-1].steps) - 1):
        assert guide.back(model) is None
    assert guide.at == 0 and guide.back(model) is CHAPTERS[-2]
    first = Played("1", "bios")
    assert first.guide.back(first.model) is None and first.guide.at == 0


def test_what_was_seen_stays_and_its_numbers_go_on() -> None:
    played = Played("suspend", "interrupt")
    guide = played.show(played.frame, event("suspend_failed", errno=4))
    assert guide.seen.startswith("dmsetup suspend returned EINTR") and not guide.remark
    assert played.show(with_views(played.frame, md__state="SUSPENDED")).seen == guide.seen
    assert not played.guide.remark and words.dots(guide) == "◌" * 4 + "●", "those before were gone past"


def test_a_step_counts_only_what_came_after_it_began() -> None:
    played = Played("completion", "error", with_counters(scene(CHAPTERS[2]), errors_hidden=7))
    assert not played.show(played.frame).seen
    seen = played.show(with_counters(played.frame, errors_hidden=9)).seen
    assert "requeued: 2 originals" in seen


def with_counters(frame: Frame, **counters: int) -> Frame:
    """Other counters of the md."""
    md = next(view for view in frame.views.values() if isinstance(view, MdView))
    return with_views(frame, md__counters=dataclasses.replace(md.counters, **counters))


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("frozen view", "frozen", "The view is frozen"),
        ("dead md", "failed", "The emulation ended (mpatha died)"),
        ("pause", "paused", "The emulated clock stands"),
        ("another scenario", "story", "This is the scenario one-path-fails"),
        ("device gone", "gone", "is gone: {process.revive}"),
        ("no load", "stopped", "No load runs"),
    ],
)
def test_what_is_in_the_way_is_said_with_a_way_out(name: str, change: str, says: str) -> None:
    played = Played("failover", "held")
    frame = played.frame
    if change == "frozen":
        played.model.frozen = True
    elif change == "failed":
        frame = dataclasses.replace(frame, failed="mpatha died")
    elif change == "paused":
        frame = dataclasses.replace(frame, paused=True)
    elif change == "story":
        frame = dataclasses.replace(frame, story=Story("one-path-fails", "", frame.story.plan, 9))
    elif change == "gone":
        device = next(view for view in frame.views.values() if isinstance(view, DeviceView))
        frame = with_views(frame, **{f"{device.name}__gone": True})
    else:
        loads = {view.name: False for view in frame.views.values() if isinstance(view, SubmitterView)}
        frame = with_views(frame, **{f"{load}__running": False for load in loads})
    guide = played.show(frame)
    assert says in guide.remark and not guide.seen, name
    assert guide.remark.startswith("This is") or "{" in guide.remark
    assert "[" in said(words.lines(guide, NAMES, 158, 5))


def test_what_was_never_held_is_not_said_to_be_mapped_again() -> None:
    played = Played("failover", "again")
    frame = played.frame
    loads = [view for view in frame.views.values() if isinstance(view, SubmitterView)]
    guide = played.show(with_views(frame, **{f"{load.name}__completed": load.completed + 6 for load in loads}))
    assert not guide.seen and "Nothing was held" in guide.remark


# -- what the steps notice ---------------------------------------------------------------------------------------


def test_pausing_is_seen_with_what_is_out() -> None:
    played = Played("submission", "bios")
    assert not played.show(played.frame).seen
    load = next(name for name, view in played.frame.views.items() if isinstance(view, SubmitterView))
    paused = dataclasses.replace(with_views(played.frame, **{f"{load}__name": "app"}), paused=True)
    assert played.show(paused).seen.startswith("The clock stands at ")


def test_a_life_is_read_when_it_is_closed_again() -> None:
    played = Played("cloning", "life")
    assert not played.show(played.frame, screen="LifeScreen").seen
    assert not Played("cloning", "life").show(played.frame).seen
    assert played.show(played.frame).seen.startswith("That is the way of one request")


def test_layouts_are_seen() -> None:
    played = Played("cloning", "messages")
    assert "layout paths" in played.show(played.frame, layout="paths").remark
    assert "process of its own" in played.show(played.frame, layout="teaching").seen


def test_noflush_instead_of_flush_is_told() -> None:
    played = Played("suspend", "marker")
    suspending = with_views(played.frame, md__state="SUSPENDING")
    guide = played.show(suspending, event("suspend_started", noflush=True))
    assert "That was noflush" in guide.remark and not guide.seen
    assert played.show(suspending, event("marker_inserted")).seen


def test_the_marker_may_come_to_the_front_before_the_step() -> None:
    played = Played("suspend", "marker")
    played.show(played.frame, event("suspend_started", noflush=False), event("marker_inserted"),
                event("marker_blocking", in_flight=3))
    played.guide.next(played.model)
    assert "3 requests in flight" in played.show(with_views(played.frame, md__state="SUSPENDING")).seen


def test_a_suspend_that_was_too_quick_is_told() -> None:
    played = Played("suspend", "interrupt")
    assert "interrupts it" in played.show(with_views(played.frame, md__state="SUSPENDING")).remark
    suspended = with_views(played.frame, md__state="SUSPENDED")
    assert "is still suspended" in played.show(suspended).remark, "by the step before"
    began = event("suspend_started", noflush=False)
    assert "ended before the second key" in played.show(suspended, began).remark


def test_a_deadlock_is_seen_until_it_is_broken() -> None:
    played = Played("softirq", "deadlock")
    guide = played.show(played.frame, event("deadlock", context="C3:sda", lock="sda.queue_lock", cycle=()))
    assert guide.seen == "A deadlock: C3:sda waits for sda.queue_lock, which it holds itself."
    guide.next(played.model)
    assert not played.show(played.frame).seen
    assert "through the softirq" in played.show(played.frame, event("deadlock_broken")).seen
    early = Played("softirq", "break")
    assert "no deadlock yet" in early.show(early.frame).remark


def test_another_path_than_the_one_that_was_meant() -> None:
    played = Played("busy", "one")
    assert "That was sdb" in played.show(with_views(played.frame, sda__busy=False, sdb__busy=True)).remark
    seen = played.show(with_views(played.frame, sda__busy=True, sda__nr_queued=3, sdb__busy=False)).seen
    assert "3 clones stay in the queue of sda" in seen
    seen = Played("busy", "one").show(with_views(played.frame, sda__busy=True, sda__nr_queued=1, sdb__busy=False)).seen
    assert "1 clone stays in the queue of sda" in seen


def test_a_fault_on_the_other_path_is_as_good_and_named() -> None:
    played = Played("completion", "error", with_counters(scene(CHAPTERS[2]), errors_hidden=0))
    seen = played.show(with_counters(played.frame, errors_hidden=1)).seen
    assert seen.startswith("It was another path than sda" if _active(played, "sda") else "Ended with an error")


def _active(played: Played, name: str) -> bool:
    return any(path.active for _, _, _, path in played.model.paths_to(name))


def test_reinstating_the_wrong_path_is_told() -> None:
    played = Played("completion", "reinstate")
    md = next(view for view in played.frame.views.values() if isinstance(view, MdView))
    assert md.target is not None
    none = with_views(played.frame, md__target=dataclasses.replace(md.target, nr_valid_paths=0))
    assert "Now both paths are F" in played.show(none).remark


def test_without_a_model_nothing_is_counted() -> None:
    assert Totals().inserted == {} and Guide(CHAPTERS[0]).step is CHAPTERS[0].steps[0]
