"""The words that pass between machines, in one place.

A message is a tuple whose first item is one of the small integers below; everything in it survives msgpack.  A
call message stands for what the design writes as ``lock``, operations, ``unlock`` sent in one write: the owner
of the queue puts the call into the line of the context named in it, and the called function takes and drops the
owner's queue lock where the kernel function does.  *carried* names the locks that the context's chain already
holds in other processes: with it a chain that asks for its own lock is found at once.

Data is ``bytes`` of whole sectors, or ``None`` for sectors that are all zero (the zero page).
"""

from __future__ import annotations

from typing import Any

VERSION = 1
"""Version of these words; each process says it in its first message to the supervisor."""

# submitter -> md ------------------------------------------------------------------------------------------
SUBMIT_BIO = 1
"""(tag, context, bio, sector, sectors, flags, data): generic_make_request; flags are emulator.block.bio.*."""
UNPLUG = 2
"""(tag, context): the task is about to wait: blk_unplug -> dm_unplug_all."""
OPEN_BDEV = 80
"""(tag, serial): open() of the block device by a program of the console."""
# md -> submitter ------------------------------------------------------------------------------------------
BIO_ENDIO = 3
"""(tag, bio, errno, data): bi_end_io; errno 0 or positive; data of a read, else None."""
BDEV_OPENED = 81
"""(tag, serial, sectors, most): its size in sectors (i_size), -1 = no table (ENXIO); sectors that bio_add_page puts
into one bio (2.6.31 looks at max_sectors there), 0 = as many as there is room for."""

# md -> device, md -> lower md -----------------------------------------------------------------------------
INSERT_CLONE = 10
"""(tag, context, carried, clone, flags, sector, sizes, data): blk_insert_cloned_request.

``sizes`` are the sectors of each clone bio; ``data`` one bytes/None for the whole clone (writes)."""
BLK_UNPLUG = 11
"""(tag, context): unplug_fn of an underlying queue."""
OPEN_PATH = 13
"""(tag, inline): dm_get_device: the md wants busy hints; *inline*: its clones complete without the softirq."""
ACTIVATE_PATH = 15
"""(tag, activation, handler): scsi_dh_activate for the path, through the attached *handler*."""
SG_IO = 16
"""(tag, serial): an ioctl passes through to the path (TEST UNIT READY), beside the request queue's reads and writes."""
ATTACH_HANDLER = 17
"""(tag, handler): scsi_dh_attach: the hardware handler is attached to the disk from now on."""
STEAL_LOCK = 14
"""(tag, lock): a deadlock is broken: the lock is taken from its holder as if it had unlocked."""

# device -> md, lower md -> upper md -----------------------------------------------------------------------
END_CLONE_BIO = 20
"""(tag, context, clone, bios, errno, data): bi_end_io of the next *bios* clone bios, head to tail, no queue lock."""
LLD_BUSY = 21
"""(tag, blocked, depth, outstanding, seen): the hint behind blk_lld_busy; *seen* counts the asker's insertions."""
INSERTED = 22
"""(tag, context): answer to an INSERT_CLONE that carried locks: the insertion has returned."""
END_CLONE_REQUEST_INLINE = 23
"""(tag, context, carried, clone, errno, ended): completion without softirq: the caller holds its queue lock and
waits for RETURNED."""

QUEUE_LIMITS = 28
"""(tag, limits, handler): the fields of emulator.plan.Limits and the attached hardware handler have changed."""
SG_DONE = 29
"""(tag, serial, errno): the ioctl has returned."""
PG_INIT_DONE = 27
"""(tag, activation, result): what the hardware handler says (SCSI_DH_* without the prefix)."""

# md -> md -------------------------------------------------------------------------------------------------
CHAIN_WAITS = 26
"""(tag, context, locks, wanted): without softirq, a chain that holds *locks* waits for *wanted*; "" = it goes on."""

# md -> device ---------------------------------------------------------------------------------------------
RETURNED = 25
"""(tag, context): the inline completion has returned."""

# device -> softirq, md -> softirq -------------------------------------------------------------------------
RAISE_SOFTIRQ = 30
"""(tag, md, clone, errno, ended): blk_complete_request; *ended* = END_CLONE_BIO bios sent for it before this."""
# softirq -> md --------------------------------------------------------------------------------------------
SOFTIRQ_DONE = 31
"""(tag, context, clone, errno, ended): softirq_done_fn of the md: dm_softirq_done."""
DONE_LIST_DRAINED = 32
"""(tag, device): the worker has passed on everything that the vanished *device* had raised."""

# device <-> LUN -------------------------------------------------------------------------------------------
LUN_IO = 40
"""(tag, command, flags, sector, sectors, data): the command reaches the medium."""
LUN_DONE = 41
"""(tag, command, errno, data)."""

# multipathd -> device ------------------------------------------------------------------------------------
CHECK_PATH = 60
"""(tag, slot, check, checker): a path check; a check of the same slot that still waits is forgotten (timed out)."""
SAMPLE_PATH = 61
"""(tag, slot, check, reads): direct reads by which the error rate of a path is measured."""
# device -> multipathd
CHECK_DONE = 62
"""(tag, slot, check, state, access, preferred, tpgs): up, down, ghost or offline; what is said of its port group, and
whether the array has ALUA (none, implicit, explicit)."""
PATH_SAMPLED = 63
"""(tag, slot, check, reads, errors)."""
# multipathd -> md
DM_MESSAGE = 64
"""(tag, serial, text): dmsetup message."""
DM_READ = 65
"""(tag,): status and table are wanted, and each event from now on."""
# md -> multipathd
DM_MESSAGE_DONE = 66
"""(tag, serial, errno)."""
DM_MAP = 67
"""(tag, status, table): the lines of the live table, "" without one."""
DM_EVENT = 68
"""(tag, event_nr): the event number grew, or the live table is another one (a uevent of the map)."""

# device <-> LUN
SET_PORT_GROUP = 70
"""(tag, group): SET TARGET PORT GROUPS: make the group active/optimized."""
PORT_GROUP = 71
"""(tag, state): the access state of the device's target port group."""

# control: any machine -------------------------------------------------------------------------------------
COMMAND = 50
"""(tag, serial, verb, arguments): a command from a face (emulator.commands)."""
REPLY = 51
"""(tag, serial, errno, text): its outcome; errno 0 or positive."""
EVENT = 52
"""(tag, now_us, kind, details): something a person wants to read in the log (emulator.events)."""

SUPERVISOR = "supervisor"
"""Destination of REPLY and EVENT, and source of COMMAND."""

NAMES = {value: name for name, value in list(globals().items()) if name.isupper() and isinstance(value, int)}
"""The word for each tag, for traces and errors."""

NUMBER_AT = {
    SUBMIT_BIO: 2, BIO_ENDIO: 1, INSERT_CLONE: 3, END_CLONE_BIO: 2, END_CLONE_REQUEST_INLINE: 3, RAISE_SOFTIRQ: 2,
    SOFTIRQ_DONE: 2, LUN_IO: 1, LUN_DONE: 1,
}
"""Where the number of the bio, clone or command stands in a message that is about one."""


def name_message(message: tuple[Any, ...]) -> tuple[int, int]:
    """Tag and number of what it is about (0: of nothing that has one)."""
    tag = message[0]
    at = NUMBER_AT.get(tag)
    return tag, message[at] if at else 0
