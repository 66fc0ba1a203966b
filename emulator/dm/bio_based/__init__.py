"""The bio-based mapped device (dm.c without requests): bios are split at targets, cloned, mapped and sent on.

An md is of this type from the first table load that makes it so; it then has no request queue: no merging, no elevator,
no softirq.  :mod:`emulator.dm.dispatch` and its neighbours are the other type.
"""
