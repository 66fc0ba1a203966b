"""The end of a clone in the device's interrupt (reference 11.2): clone bios first and without a lock, then the clone.

Runs in the device's process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.block.bio import KEPT, SECTOR
from emulator.device import bios
from emulator.device.bios import DeviceBio
from emulator.device.clone import DeviceClone
from emulator.machine import Steps
from emulator.messages import END_CLONE_BIO, END_CLONE_REQUEST_INLINE, RAISE_SOFTIRQ
from emulator.times import draw
from emulator.trace.noting import LONG_US

if TYPE_CHECKING:
    from emulator.device.device import Device

LATENCY_BUCKETS = 32
"""Bucket i counts clones that took less than 2**i us; the last takes the rest."""


def end_in_turn(device: Device) -> None:
    """In order: those whose turn has come; nobody overtakes one that ends in pieces."""
    for each in device.service.values():  # a call is begun later: nobody leaves while we look
        if each.ready:
            if each.state == "DONE":
                each.state = "ENDING"
                device.call(device.interrupt, blk_end_request(device, each))
            if device.spec.partial:
                return
        elif each.state not in ("HUNG", "STALLED"):
            return


def blk_end_request(device: Device, rq: DeviceClone) -> Steps:
    """blk_end_request for a clone, in pieces if the device reports partial completions."""
    rq.state = "ENDING"
    step = device.spec.partial
    if step and rq.good:
        piece = rq.sizes[rq.at_bio] - rq.done_of_bio if step < 0 else step
        if piece < rq.good or (piece == rq.good and rq.error):
            _blk_update_request(device, rq, piece, 0)
            rq.good -= piece
            gap = max(1, round(draw(device.spec.partial_gap, device.rng)))
            device.arm(device.now_us + gap, lambda: device.call(device.interrupt, blk_end_request(device, rq)))
            return
    if rq.good:
        _blk_update_request(device, rq, rq.good, 0)
    if rq.sectors:
        _blk_update_request(device, rq, rq.sectors, rq.error)
    yield device.lock
    yield from _blk_finish_request(device, rq)
    if device.spec.partial and not device.spec.out_of_order:
        end_in_turn(device)
    device.request_fn()
    device.unlock(device.lock, device.interrupt)


def _blk_update_request(device: Device, rq: DeviceClone, sectors: int, error: int) -> None:
    """end_clone_bio for each clone bio that these sectors finish, head to tail, no queue lock held."""
    start = rq.sector - rq.done_of_bio
    done = rq.update(sectors)
    if not error:
        device.bytes += sectors * SECTOR
    if device.trace is not None and (rq.sectors or error or start > rq.first):
        at = (device.now_us, "blk_update_request", device.interrupt.name)
        device.trace.append((*at, rq.id, rq.md, sectors, done, error))
    if not done:
        return
    data = None
    if not error and not rq.write and rq.data is not None:
        end = rq.sector - rq.done_of_bio
        whole = start == rq.first and not rq.sectors
        data = rq.data if whole else rq.data[(start - rq.first) * SECTOR : (end - rq.first) * SECTOR]
    rq.ended += done
    device.send(rq.md, (END_CLONE_BIO, device.interrupt.name, rq.id, done, error, data))


def _blk_finish_request(device: Device, rq: DeviceClone) -> Steps:
    """blk_finish_request under the queue lock: rq->end_io() == end_clone_request raises the softirq."""
    del device.service[rq.command]
    if not device.service:
        device.busy_us += device.now_us - device.busy_since
    if rq.error:
        device.errors += 1
        device.stir()
    else:
        device.completed += 1
    device.log.add(rq.flags, rq.first, sum(rq.sizes), rq.error)
    took = device.now_us - rq.inserted_us
    device.stat.ended(rq.flags, rq.sector - rq.first if not rq.error else 0, took)
    device.latency[min(took.bit_length(), LATENCY_BUCKETS - 1)] += 1
    kept = device.keeps or rq.error or took >= LONG_US or rq.flags & KEPT
    if kept and device.trace is not None and (not device.rests or hasattr(rq, "started_us")):
        rq.ended_us = device.now_us
        rq.ended_at = device.traced + len(device.trace)
        rq.data = None  # told, or written: it is kept for its times only
        device.ways.append(rq)
        if rq.error:
            device.troubled.append(rq)
    if device.inline.get(rq.md):
        if isinstance(rq, DeviceBio):
            bios.ended(device, rq)
            return
        carried = device.interrupt.locks()
        message = (END_CLONE_REQUEST_INLINE, device.interrupt.name, carried, rq.id, rq.error, rq.ended)
        device.send(rq.md, message)
        yield device.returned
    else:
        device.send(device.softirq, (RAISE_SOFTIRQ, rq.md, rq.id, rq.error, rq.ended))
