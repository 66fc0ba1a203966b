"""Hardware handlers (scsi_dh_*) as a table sees them: attached to the disk below a path, with their parameters.

Runs in the md's process when a table is loaded.  What a handler does when it is activated is the device's business
(emulator.device.access).
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from emulator.dm.lower import Lower
from emulator.dm.targets.arguments import Words, unsigned
from emulator.plan import Era

HANDLERS = ("alua", "rdac", "emc", "hp_sw")
"""Handlers that exist."""
MOST_PARAMS = {"alua": 1, "emc": 2}
"""Handlers with a set_params, and how many numbers (0 or 1) it takes."""


class Handler:
    """hw_handler_name and hw_handler_params of a struct multipath."""

    __slots__ = ("name", "params")

    def __init__(self, name: str, params: list[str]) -> None:
        self.name = name
        self.params = params

    def attach(self, args: Words, lower: Lower, retain: bool, log: Callable[[str], None]) -> None:
        """setup_scsi_dh for one path; ``name`` becomes that of the handler really attached.  Raises TableError."""
        if retain and lower.handler:
            self._keep(lower)
        if not self.name:
            return
        error = attach_handler(lower, self.name)
        if error == errno.EBUSY:
            log(f"device-mapper: multipath: retaining handler on device {lower.name}")
            self._keep(lower)
        elif error:
            fit = f"{lower.name} is not fit for {self.name!r}: its 'handlers' are {', '.join(lower.handlers) or 'none'}"
            hint = fit if error == errno.ENODEV else ""
            raise args.bad("error attaching hardware handler", error, hint)
        if self.params and not params_fit(self.name, self.params):
            raise args.bad("unable to set hardware handler parameters")

    def _keep(self, lower: Lower) -> None:
        if self.name != lower.handler:
            self.params = []
        self.name = lower.handler


def attach_handler(lower: Lower, name: str) -> int:
    """scsi_dh_attach: 0 or a positive errno (EBUSY: another one is attached)."""
    if not lower.scsi:
        return errno.ENODEV
    if name not in HANDLERS:
        return errno.EINVAL
    if lower.handler:
        return 0 if lower.handler == name else errno.EBUSY
    if name not in lower.handlers:
        return errno.ENODEV
    lower.handler = name
    return 0


def params_fit(name: str, params: list[str]) -> bool:
    """scsi_dh_set_params: alua takes 1 (optimize), emc 2 (short trespass, honour reservations), each 0 or 1."""
    return len(params) == MOST_PARAMS.get(name, -1) and all(unsigned(word) in (0, 1) for word in params)


def read_handler(args: Words, era: Era) -> Handler:
    """parse_hw_handler: the name ("" = none) and its arguments.  Raises TableError."""
    count = args.group(0, 1024, "invalid number of hardware handler args")
    if not count:
        return Handler("", [])
    name, *params = args.take(count)
    if era == "2.6.31":
        if name not in HANDLERS:
            raise args.bad("unknown hardware handler type", hint=f"found {name!r}, known: {', '.join(HANDLERS)}")
        params = []
    return Handler(name, params)
