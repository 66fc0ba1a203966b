"""A target that answers as the test says, to try every outcome of map_rq and rq_end_io."""

from __future__ import annotations

from emulator.dm.clone import Tio
from emulator.dm.codes import DM_MAPIO_REMAPPED, DM_MAPIO_SUBMITTED
from emulator.dm.lower import Lower
from emulator.dm.table import Table, TableLine
from emulator.dm.targets.error import ErrorTarget

from .md import SECTORS, Bench


class Script(ErrorTarget):
    """Answers from lists; when they are empty: REMAPPED to sda, and the error itself."""

    type = "script"

    def __init__(self, bench: Bench, length: int = SECTORS) -> None:
        super().__init__(bench.md, length, [])
        self.lower = bench.md.lower_by_name["sda"]
        self.maps: list[int] = []
        self.verdicts: list[int] = []
        self.is_busy = False
        self.asked_busy = 0
        self.mapped: list[Tio] = []
        self.ended: list[tuple[int, int]] = []
        """(clone, error) of every rq_end_io."""
        self.held: list[Tio] = []

    def devices(self) -> list[Lower]:
        """sda."""
        return [self.lower]

    def map_rq(self, tio: Tio) -> int:
        """The next answer."""
        self.mapped.append(tio)
        r = self.maps.pop(0) if self.maps else DM_MAPIO_REMAPPED
        if r == DM_MAPIO_REMAPPED:
            tio.device = "sda"
        elif r == DM_MAPIO_SUBMITTED:
            self.held.append(tio)
        return r

    def rq_end_io(self, tio: Tio, error: int) -> int:
        """The next verdict."""
        self.ended.append((tio.id, error))
        return self.verdicts.pop(0) if self.verdicts else error

    def busy(self) -> bool:
        """As the test says."""
        self.asked_busy += 1
        return self.is_busy

    def take_queued(self) -> list[Tio]:
        """Everything held."""
        taken, self.held = self.held, []
        return taken

    def map_queued(self, tio: Tio) -> int:
        """As map_rq."""
        return self.map_rq(tio)


def scripted(**spec: object) -> tuple[Bench, Script]:
    """A bench whose md has a Script as its target."""
    bench = Bench(**spec)  # type: ignore[arg-type]
    target = Script(bench)
    bench.md.bind(Table(TableLine(0, target.length, "script", ()), target))
    bench.settle()
    bench.sent.clear()
    bench.events.clear()
    return bench, target
