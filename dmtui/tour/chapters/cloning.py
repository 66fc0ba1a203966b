"""Chapter 2: dm_request_fn clones the request and its bios, and the target chooses a path for the clone."""

from __future__ import annotations

from dmtui.model.numbers import count
from dmtui.tour.moment import Moment, many
from dmtui.tour.parts import Chapter, Step


def _cloned(moment: Moment) -> str:
    md = moment.md
    if not moment.model.paused or md is None:
        return ""
    shown = [request for request in md.in_flight if request.path][:2]
    went = ", ".join(f"of #{request.id} on {request.path}" for request in shown)
    said = f"In flight: {many(md.nr_in_flight, 'original')}, each with one clone"
    return f"{said} ({went})." if went else f"{said}."


def _life_read(moment: Moment) -> str:
    if "LifeScreen" not in moment.screens or moment.screen:
        return ""
    return "That is the way of one request. Whatever is retried takes all of it again, with a new clone."


def _both_used(moment: Moment) -> str:
    sda, sdb = moment.gone_to("sda"), moment.gone_to("sdb")
    if moment.model.paused or not sda or not sdb:
        return ""
    return f"Since then {many(sda, 'clone')} went to sda and {count(sdb)} to sdb."


def _teaching(moment: Moment) -> str:
    if moment.layout != "teaching":
        return ""
    return "Every machine is a process of its own and has a lane; the arrows between them are the kernel's calls."


def _layout_aside(moment: Moment) -> str:
    if moment.layout == "overview":
        return ""
    return f"This is the layout {moment.layout}; {{layout.next}} and {{layout.previous}} go through all of them."


def _overview(moment: Moment) -> str:
    return "Back in the overview: the way of a bio, from left to right." if moment.layout == "overview" else ""


CLONING = Chapter(
    "cloning", "Cloning", "why every request gets a twin, and how the twin finds its path",
    (
        Step(
            "clones", "clones",
            "dm_prep_fn clones the request at the front and all its bios. The target's map_rq chooses a path for the "
            "clone; blk_insert_cloned_request puts it into that device's queue. The original stays with the md.",
            "Press {clock.pause} to stop the clock and look at the pairs.", _cloned, still=True,
        ),
        Step(
            "life", "clones",
            "Bios are cloned too, as only then dm hears of each one's end before the application does. The life of a "
            "request shows it all: each function, with time, process and locks.",
            "Press {life} for the life of a request, and [esc] to come back.", _life_read, still=True,
        ),
        Step(
            "paths", "devices",
            "round-robin takes the paths in turn. On a device a clone is appended to the queue: it is neither sorted "
            "nor merged there. Then it is in service, here about 6 ms.",
            "Press {clock.pause} to let the clock go on.", _both_used,
        ),
        Step(
            "messages", "clones",
            "The overview shows where requests are. The teaching layout shows what is said: it follows requests "
            "from process to process.",
            "Press {layout.previous} for the teaching layout.", _teaching, _layout_aside, still=True,
        ),
        Step(
            "back", "log",
            "Five layouts answer five questions: overview, queue, paths, latency, teaching.",
            "Press {layout.next} to go back to the overview.", _overview, _layout_aside, still=True,
        ),
    ),
)
