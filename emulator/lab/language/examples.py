"""Lines that ``help VERB`` shows: what people really type, for verbs that do not bring their own."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "multipath": ("multipath -ll", "multipath -ll mpatha", "multipath -f mpatha"),
    "io": (
        "io read mpatha 0+8", "io write mpatha 0+2048 seed=9", "io read mpatha 0+2048 verify=9",
        "io read 0+8 n=64 depth=8", "io flush mpatha", "bg A io write 4096+8 dsync",
    ),
    "fault": (
        "fault sda error errno=ETIMEDOUT times=1", "fault sda error range=4096+8 errno=ENODATA op=read",
        "fault sdb latency add=40ms probability=0.2", "fault sda gone for=2s name=cable",
        "fault softirq softirq_stalled",
    ),
    "clear": ("clear sda", "clear sda cable"),
    "busy": ("busy sda", "busy sda for=200ms"),
    "hold": ("hold sda", "hold sda op=write times=1"),
    "release": ("release sda",),
    "kill": ("kill sda",),
    "revive": ("revive sda",),
    "start": ("start app",),
    "stop": ("stop app",),
    "break_deadlock": ("break_deadlock mpatha",),
    "log": ("log sda",),
    "held": ("held sda",),
    "record": ("record on", "record detail"),
    "life": ("life last", "life sda", "life lock"),
    "run": ("run 250ms", "run 2s"),
    "wait": ("wait idle", "wait event path_failed path=sda", "wait event uevent timeout=2s", "wait job A"),
    "pause": ("pause",),
    "go": ("go",),
    "speed": ("speed 0.1",),
    "now": ("now",),
    "events": ("events 5",),
    "jobs": ("jobs", "jobs A"),
    "interrupt": ("interrupt A",),
    "cat": ("cat /sys/block/dm-0/queue/max_sectors_kb", "cat /sys/block/sda/inflight"),
    "echo": ("echo 64 > /sys/block/sda/queue/max_sectors_kb",),
    "ls": ("ls /sys/block/dm-0/slaves",),
    "blockdev": ("blockdev --getsz /dev/mapper/mpatha",),
    "sg_turs": ("sg_turs mpatha",),
    "help": ("help dmsetup", "help io"),
}
