"""The words that pass between machines, in one place.

A message is a tuple whose first item is one of the small integers below; everything in it survives msgpack.  A
call message stands for what the design writes as ``lock``, operations, ``unlock`` sent in one write: the owner
of the queue puts the call into the line of the context named in it, and the called function takes and drops the
owner's queue lock where the kernel function does.  *carried* names the locks that the context's chain already
holds in other processes: with it a chain that asks for its own lock is found at once.

Data is ``bytes`` of whole sectors, or ``None`` for sectors that are all zero (the zero page).
"""

from __future__ import annotations

VERSION = 1
"""Version of these words; each process says it in its first message to the supervisor."""

# submitter -> md ------------------------------------------------------------------------------------------
SUBMIT_BIO = 1
"""(tag, context, bio, sector, sectors, flags, data): generic_make_request; flags are emulator.block.bio.*."""
UNPLUG = 2
"""(tag, context): the task is about to wait: blk_unplug -> dm_unplug_all."""
# md -> submitter ------------------------------------------------------------------------------------------
BIO_ENDIO = 3
"""(tag, bio, errno, data): bi_end_io; errno 0 or positive; data of a read, else None."""

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
