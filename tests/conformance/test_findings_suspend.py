"""What the experiments taught about suspend, resume and loading of tables, sentence by sentence."""

from __future__ import annotations

import pytest

from tests.conformance.story import QUEUEING, TWO, tell

FRESH = TWO.replace("7:0 1 7:1", "7:2 1 7:3")
FRESH_QUEUEING = QUEUEING.replace("7:0 1 7:1", "7:2 1 7:3")
NO_PATHS = """
        dmsetup message mp 0 fail_path 7:0
        dmsetup message mp 0 fail_path 7:1
"""
BOTH = ("", " --noflush")

STORIES: dict[str, tuple[str, str]] = {
    "a request that fails on the last path during a flush suspend gets EIO, even with queueing": (QUEUEING, """
        dmsetup message mp 0 fail_path 7:1
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend mp
        fault loop0 error errno=EIO times=1
        release loop0
        = job EIO
        = job S ok
        = state SUSPENDED
    """),
    "during a noflush suspend it is kept, even without queueing: EIO with the same table": (TWO, """
        dmsetup message mp 0 fail_path 7:1
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend --noflush mp
        fault loop0 error errno=EIO times=1
        release loop0
        = job S ok
        = job blocked
        dmsetup resume mp
        run 200ms
        = job EIO
    """),
    "during a noflush suspend it is kept: success with a new path": (TWO, f"""
        dmsetup message mp 0 fail_path 7:1
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend --noflush mp
        fault loop0 error errno=EIO times=1
        release loop0
        dmsetup load mp --table '{FRESH}'
        dmsetup resume mp
        run 200ms
        = job ok
        = loop2 r 0+8 ok
    """),
    "a flush suspend fails what is queued and succeeds; queueing is on again after resume": (QUEUEING, f"""
        {NO_PATHS}
        bg A io read 0+8
        dmsetup suspend mp
        = rc 0
        = job EIO
        = table multipath 0 0
        dmsetup resume mp
        = table multipath 1 queue_if_no_path
        bg B io read 0+8
        = job B blocked
    """),
    "a noflush suspend keeps it, shows queueing, and a new table gets it": (QUEUEING, f"""
        {NO_PATHS}
        bg A io write 0+8 seed=7
        bg B io flush
        dmsetup suspend --noflush mp
        = rc 0
        = job blocked
        = table multipath 1 queue_if_no_path
        dmsetup load mp --table '{FRESH_QUEUEING}'
        dmsetup resume mp
        run 200ms
        = job ok
        = job B ok
        io read 0+8 verify=7
        = rc 0
    """),
    "resume with an inactive table flushes: what is queued gets EIO though there are new paths": (QUEUEING, f"""
        {NO_PATHS}
        bg A io read 0+8
        dmsetup load mp --table '{FRESH_QUEUEING}'
        = tables LIVE & INACTIVE
        = job blocked
        dmsetup resume mp
        = rc 0
        = job EIO
        = tables LIVE
        = loop2
        io read 0+8
        = loop2 r 0+8 ok
    """),
    "resume --noflush with an inactive table gives it to the new paths": (QUEUEING, f"""
        {NO_PATHS}
        bg A io read 0+8
        dmsetup load mp --table '{FRESH_QUEUEING}'
        dmsetup resume --noflush mp
        run 200ms
        = job ok
        = loop2 r 0+8 ok
        = state ACTIVE
    """),
    "a swap to fresh paths: Q 1, no group A, fail counts 0, the event number kept": (QUEUEING, f"""
        io read 0+8
        {NO_PATHS}
        dmsetup load mp --table '{FRESH_QUEUEING}'
        dmsetup resume mp
        = status 0 131072 multipath 2 1 0 0 1 1 E 0 2 0 7:2 A 0 7:3 A 0
        = event 2
    """),
    "a swap to error ends what is queued, and multipath can be loaded again": (QUEUEING, f"""
        {NO_PATHS}
        bg A io read 0+8
        dmsetup load mp --table '0 131072 error'
        dmsetup resume mp
        = job EIO
        = table 0 131072 error
        bg B io read 0+8
        = job B EIO
        dmsetup load mp --table '{TWO}'
        dmsetup resume mp
        bg C io read 0+8
        = job C ok
        = event 2
    """),
    "so does resume --noflush": (QUEUEING, f"""
        {NO_PATHS}
        bg A io read 0+8
        dmsetup load mp --table '0 131072 error'
        dmsetup resume --noflush mp
        run 200ms
        = job EIO
    """),
    "wipe_table ends what is queued, even while it is open": (QUEUEING, f"""
        {NO_PATHS}
        bg A io read 0+8
        bg F io flush
        = open 2
        dmsetup wipe_table mp
        = rc 0
        run 200ms
        = job EIO
        = job F EIO
        = table 0 131072 error
        dmsetup load mp --table '{TWO}'
        dmsetup resume mp
        bg B io read 0+8
        = job B ok
    """),
    "remove --force ends what is queued": (QUEUEING, f"""
        {NO_PATHS}
        bg A io read 0+8
        dmsetup remove --force mp
        run 200ms
        = job EIO
    """),
    "a killed wipe_table leaves the live table, and its own inactive": (TWO, """
        hold loop0
        bg A io read 0+8
        bg X dmsetup wipe_table mp
        = job X blocked
        interrupt X
        = job X rc=1
        = state ACTIVE
        = tables LIVE & INACTIVE
        = table 7:0 1 7:1 1
        release loop0
        = job ok
    """),
    "a killed flush suspend leaves queueing off, saved for the next resume": (QUEUEING, """
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend mp
        interrupt S
        = table multipath 0 0
        release loop0
        dmsetup suspend mp
        = kernel 253:0: QIFNP disabled but saved as enabled, saving again loses state, not saving!
        = table multipath 0 0
        dmsetup resume mp
        = table multipath 1 queue_if_no_path
    """),
    "status --inactive is the status of the inactive table": (TWO, f"""
        io read 0+8
        dmsetup load mp --table '{FRESH}'
        dmsetup status --inactive mp
        = io 0 131072 multipath 2 1 0 0 1 1 E 0 2 0 7:2 A 0 7:3 A 0
        dmsetup table --inactive mp
        = io 0 131072 multipath 0 0 1 1 round-robin 0 2 1 7:2 1 7:3 1
    """),
    "a suspended device: messages are refused, table, status and info work": (TWO, """
        dmsetup suspend mp
        dmsetup message mp 0 fail_path 7:0
        = rc 1
        = err Device or resource busy
        dmsetup message mp 0 nonsense
        = err Device or resource busy
        = status E 0 2 0 7:0 A 0 7:1 A 0
        = table round-robin 0 2 1 7:0 1 7:1 1
        = state SUSPENDED
        = event 0
    """),
    "it is multipath that is busy: a suspended error target takes no messages as ever": (TWO, """
        dmsetup wipe_table mp
        dmsetup suspend mp
        dmsetup message mp 0 fail_path 7:0
        = rc 1
        = err Invalid argument
        = kernel device-mapper: ioctl: Target type does not support messages
    """),
    "load replaces the inactive table, a bad one leaves it, clear drops it": (TWO, f"""
        dmsetup load mp --table '{FRESH}'
        dmsetup load mp --table '{QUEUEING}'
        = tables LIVE & INACTIVE
        dmsetup load mp --table '0 131072 multipath nonsense'
        = rc 1
        = kernel multipath: invalid number of feature args (-EINVAL)
        dmsetup resume mp
        = table multipath 1 queue_if_no_path
        dmsetup load mp --table '{FRESH}'
        dmsetup clear mp
        = tables LIVE
    """),
    "disabled groups stay disabled over suspend and resume": (
        "0 131072 multipath 0 0 2 1 round-robin 0 1 1 7:0 1 round-robin 0 1 1 7:1 1", """
        io read 0+8
        dmsetup message mp 0 disable_group 1
        dmsetup suspend mp
        dmsetup resume mp
        io read 0+8
        = status D 0 1 0 7:0 A 0 A 0 1 0 7:1 A 0
    """),
}
for _how in BOTH:
    STORIES[f"suspend{_how} waits for what is in flight; meanwhile nothing new is sent, messages work"] = (TWO, f"""
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend{_how} mp
        = job S blocked
        = state ACTIVE
        bg B io read 8+8
        = job B blocked
        = loop1
        dmsetup message mp 0 fail_path 7:1
        = rc 0
        dmsetup message mp 0 reinstate_path 7:1
        release loop0
        = job ok
        = job S ok
        = state SUSPENDED
        = job B blocked
        dmsetup resume mp
        = job B ok
    """)
    STORIES[f"a request to be retried that fails in flight does not hold suspend{_how} up"] = (TWO, f"""
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend{_how} mp
        fault loop0 error errno=EIO times=1
        release loop0
        = job S ok
        = job blocked
        = loop1
        dmsetup resume mp
        = job ok
        = loop1 r 0+8 ok
    """)
    STORIES[f"a killed suspend{_how} leaves the device ACTIVE and I/O flows again"] = (TWO, f"""
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend{_how} mp
        bg B io read 8+8
        = job B blocked
        interrupt S
        = state ACTIVE
        = job B ok
        release loop0
        = job ok
        = state ACTIVE
        dmsetup suspend{_how} mp
        = state SUSPENDED
    """)
    STORIES[f"suspend{_how} twice, resume twice: success, nothing happens"] = (TWO, f"""
        dmsetup suspend{_how} mp
        dmsetup suspend{_how} mp
        = rc 0
        dmsetup resume mp
        dmsetup resume mp
        = rc 0
        = state ACTIVE
        = event 0
    """)
    STORIES[f"resume{_how} with an inactive table waits for what is in flight"] = (TWO, f"""
        hold loop0
        bg A io read 0+8
        dmsetup load mp --table '{FRESH}'
        = tables LIVE & INACTIVE
        bg R dmsetup resume{_how} mp
        = job R blocked
        = tables LIVE
        = state ACTIVE
        = table 7:0 1 7:1 1
        release loop0
        = job ok
        = job R ok
        = tables LIVE
        = table 7:2 1 7:3 1
    """)
    STORIES[f"a suspend that finds another under way waits, and then finds it suspended{_how}: EINVAL"] = (TWO, f"""
        hold loop0
        bg A io read 0+8
        bg S dmsetup suspend{_how} mp
        bg T dmsetup suspend mp
        dmsetup resume mp
        = rc 0
        = job S blocked
        = job T blocked
        release loop0
        = job S ok
        = job T rc=1
        = state SUSPENDED
    """)
    STORIES[f"a killed resume{_how} with an inactive table: it is inactive again, the live one goes on"] = (TWO, f"""
        hold loop0
        bg A io read 0+8
        dmsetup load mp --table '{FRESH}'
        bg R dmsetup resume{_how} mp
        bg B io read 8+8
        = job B blocked
        = tables LIVE
        interrupt R
        = job R rc=1
        = state ACTIVE
        = tables LIVE & INACTIVE
        = table 7:0 1 7:1 1
        = job B ok
        release loop0
        = job ok
        dmsetup resume{_how} mp
        = table 7:2 1 7:3 1
    """)
    STORIES[f"a table loaded while resume{_how} waits is the inactive one afterwards"] = (TWO, f"""
        hold loop0
        bg A io read 0+8
        dmsetup load mp --table '{FRESH}'
        bg R dmsetup resume{_how} mp
        dmsetup load mp --table '{QUEUEING}'
        = tables LIVE & INACTIVE
        release loop0
        = job R ok
        = tables LIVE & INACTIVE
        = table 7:2 1 7:3 1
        dmsetup clear mp
        = tables LIVE
    """)
    STORIES[f"I/O submitted while suspended{_how} goes to the table that is live after resume"] = (TWO, f"""
        dmsetup suspend{_how} mp
        bg A io write 0+8 seed=9
        bg D io discard 64+8
        bg F io flush
        dmsetup load mp --table '{FRESH}'
        = job blocked
        dmsetup resume mp
        = job ok
        = job D ok
        = job F ok
        = loop0
        = loop1
        io read 0+8 verify=9
        = rc 0
    """)


@pytest.mark.parametrize("title", STORIES)
def test_suspend_resume_and_loading(title: str) -> None:
    table, story = STORIES[title]
    wrong = tell(story, table)
    assert not wrong, "\n" + "\n".join(wrong)
